//! Customers under contract, who are seen to leave: survival, retention and what is left of a subscription's value.
//!
//! Two views of the same lives. Contracts that renew period by period are counted in a [`RenewalTable`], and a
//! [`RetentionCurve`] (shifted beta-geometric, beta-discrete-Weibull, constant churn) projects it beyond what has been
//! seen. Lives in continuous time are [`Observation`]s for [`kaplan_meier`], [`cox`] and [`weibull_aft`]. Those who
//! have not left yet are never thrown away: they are what is known so far. [`retention`] joins the two for a report.

pub mod beta_discrete_weibull;
pub mod concordance;
pub mod constant_churn;
pub mod covariates;
pub mod cox;
pub mod kaplan_meier;
pub mod retention;
pub mod shifted_beta_geometric;
pub mod weibull_aft;

use crate::{ModelError, Result};

/// One life in continuous time, or several that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Time from the start to the end, or as far as the life was observed.
    pub duration: f64,
    /// Whether the end was seen; otherwise the life goes on beyond the duration.
    pub ended: bool,
    /// How many such lives.
    pub weight: f64,
}

/// Checks what every method needs of its observations.
fn check_observations(observations: &[Observation]) -> Result<()> {
    if observations.is_empty() {
        return Err(ModelError::Invalid {
            name: "observations".into(),
            value: "empty".into(),
            expected: "at least one observation",
        });
    }
    for (row, o) in observations.iter().enumerate() {
        if !(o.duration.is_finite() && o.duration >= 0.0) {
            return Err(ModelError::invalid(
                format!("duration of row {row}"),
                o.duration,
                "a finite number, 0 or more",
            ));
        }
        if !(o.weight.is_finite() && o.weight > 0.0) {
            return Err(ModelError::invalid(format!("weight of row {row}"), o.weight, "a finite number above 0"));
        }
    }
    Ok(())
}

/// How many periods a customer, or several alike, has been under contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tenure {
    /// Lost: the period (from 1) at whose end they did not renew. Still active: periods that they have completed and
    /// renewed after.
    pub periods: u32,
    /// Whether they are lost.
    pub ended: bool,
    /// How many customers.
    pub weight: f64,
}

/// Longest table: a century of weeks is 5,200 periods, so a longer one is a mistake in the length of a period.
const LONGEST: u32 = 100_000;

/// Renewals by period of tenure, pooled over cohorts of any age: who could renew, and who was lost.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RenewalTable {
    at_risk: Vec<f64>,
    lost: Vec<f64>,
}

impl RenewalTable {
    /// One cohort: how many were active at its start and after each period.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where there are fewer than two numbers, or they rise or are not finite.
    pub fn from_survivors(survivors: &[f64]) -> Result<Self> {
        if survivors.len() < 2 {
            return Err(ModelError::invalid(
                "number of survivor counts",
                survivors.len() as f64,
                "at least 2: the start and the end of the first period",
            ));
        }
        for (t, pair) in survivors.windows(2).enumerate() {
            if !(pair[0].is_finite() && pair[0] > 0.0) {
                return Err(ModelError::invalid(format!("survivors after {t} periods"), pair[0], "a number above 0"));
            }
            if !(pair[1] >= 0.0 && pair[1] <= pair[0]) {
                let name = format!("survivors after {} periods", t + 1);
                return Err(ModelError::invalid(name, pair[1], "a number from 0 to that of the period before"));
            }
        }
        let at_risk = survivors[..survivors.len() - 1].to_vec();
        Ok(Self { at_risk, lost: survivors.windows(2).map(|pair| pair[0] - pair[1]).collect() })
    }

    /// Customers one by one, of any cohort. Those who have not reached the end of their first period say nothing yet.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a weight that is not a positive number, a loss in period 0, or a tenure beyond
    /// 100,000 periods.
    pub fn from_tenures(tenures: &[Tenure]) -> Result<Self> {
        for (row, tenure) in tenures.iter().enumerate() {
            if !(tenure.weight.is_finite() && tenure.weight > 0.0) {
                return Err(ModelError::invalid(format!("weight of row {row}"), tenure.weight, "a number above 0"));
            }
            if tenure.periods > LONGEST || (tenure.ended && tenure.periods == 0) {
                let expected = "a whole number up to 100000, at least 1 where the customer is lost";
                return Err(ModelError::invalid(format!("periods of row {row}"), f64::from(tenure.periods), expected));
            }
        }
        let periods = tenures.iter().map(|t| t.periods).max().unwrap_or(0) as usize;
        let mut table = Self { at_risk: vec![0.0; periods], lost: vec![0.0; periods] };
        for tenure in tenures.iter().filter(|t| t.periods > 0) {
            let last = tenure.periods as usize - 1;
            table.at_risk[last] += tenure.weight;
            if tenure.ended {
                table.lost[last] += tenure.weight;
            }
        }
        for period in (1..periods).rev() {
            table.at_risk[period - 1] += table.at_risk[period];
        }
        Ok(table)
    }

    /// Who could renew at the end of period 1, 2, ..., and who was lost.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the two differ in length, or more are lost than could renew.
    pub fn from_counts(at_risk: Vec<f64>, lost: Vec<f64>) -> Result<Self> {
        if at_risk.len() != lost.len() || at_risk.len() > LONGEST as usize {
            return Err(ModelError::invalid(
                "number of periods",
                lost.len() as f64,
                "as many as counts at risk, to 100000",
            ));
        }
        for (t, (&risk, &lost)) in at_risk.iter().zip(&lost).enumerate() {
            if !(risk.is_finite() && 0.0 <= lost && lost <= risk) {
                let name = format!("lost in period {}", t + 1);
                return Err(ModelError::invalid(name, lost, "a number from 0 to that at risk"));
            }
        }
        Ok(Self { at_risk, lost })
    }

    /// Adds another cohort.
    pub fn pool(&mut self, other: &Self) {
        let periods = self.periods().max(other.periods());
        for (mine, theirs) in [(&mut self.at_risk, &other.at_risk), (&mut self.lost, &other.lost)] {
            mine.resize(periods, 0.0);
            for (sum, value) in mine.iter_mut().zip(theirs) {
                *sum += value;
            }
        }
    }

    /// The first periods alone, as if nothing later had been seen.
    pub fn first(&self, periods: usize) -> Self {
        let periods = periods.min(self.periods());
        Self { at_risk: self.at_risk[..periods].to_vec(), lost: self.lost[..periods].to_vec() }
    }

    /// Periods of tenure seen.
    pub fn periods(&self) -> usize {
        self.at_risk.len()
    }

    /// Customers who came to the end of period 1, 2, ... under observation.
    pub fn at_risk(&self) -> &[f64] {
        &self.at_risk
    }

    /// Those of them who did not renew.
    pub fn lost(&self) -> &[f64] {
        &self.lost
    }

    /// Customers who came to the end of their first period.
    pub fn customers(&self) -> f64 {
        self.at_risk.first().copied().unwrap_or(0.0)
    }

    /// (renewed, lost, at risk) of each period, with t - 1 for period t.
    fn rows(&self) -> impl Iterator<Item = (usize, f64, f64, f64)> {
        self.at_risk.iter().zip(&self.lost).enumerate().map(|(t, (&risk, &lost))| (t, risk - lost, lost, risk))
    }

    /// Binomial log-likelihood of the periods from `first` (counted from 0) on, under the retention of `curve`.
    pub fn log_likelihood(&self, curve: &dyn RetentionCurve, first: usize) -> f64 {
        let term = |count: f64, p: f64| if count > 0.0 { count * p.ln() } else { 0.0 };
        self.rows()
            .skip(first)
            .map(|(t, renewed, lost, _)| {
                let retention = curve.retention(t as u32 + 1);
                term(renewed, retention) + term(lost, 1.0 - retention)
            })
            .sum()
    }

    /// Fails where a model with this many parameters can learn nothing from the table; a penalty fills most gaps.
    fn check_identifies(&self, model: &'static str, parameters: usize, penalty: f64) -> Result<()> {
        let advice = "observe more periods, pool more cohorts, add a penalty, or assume constant churn";
        let not_identified = |found: String| Err(ModelError::NotIdentified { model, found, advice });
        let (lost, customers) = (self.lost.iter().sum::<f64>(), self.customers());
        if customers <= 0.0 {
            return not_identified("no customer has come to the end of a period".into());
        }
        if penalty > 0.0 {
            return Ok(());
        }
        if lost <= 0.0 {
            return not_identified(format!("none of {customers} customers was lost"));
        }
        if lost >= self.at_risk.iter().sum() {
            return not_identified(format!("all {customers} customers were lost in their first period"));
        }
        if self.periods() < parameters {
            return not_identified(format!("{} periods were seen for {parameters} parameters", self.periods()));
        }
        Ok(())
    }
}

/// How a cohort melts away, period by period, and what follows for one who is still there.
pub trait RetentionCurve {
    /// The model's name as its users know it.
    fn name(&self) -> &'static str;

    /// Share of a cohort that is still active after `periods` renewals fell due: S(t).
    fn survival(&self, periods: u32) -> f64;

    /// Share of those who came to the end of `period` (from 1) that renewed: r(t) = S(t) / S(t - 1).
    fn retention(&self, period: u32) -> f64;

    /// Probability that a customer who has renewed `renewals` times will renew at least `periods` times more.
    fn conditional_survival(&self, renewals: u32, periods: u32) -> f64 {
        let before = self.survival(renewals);
        if before > 0.0 { self.survival(renewals.saturating_add(periods)) / before } else { 0.0 }
    }

    /// Expected number of renewals, of the next `horizon`, by a customer who has renewed `renewals` times; each is
    /// discounted by 1 + `discount` (0 or more) per period after the first, which falls due now.
    fn expected_renewals(&self, renewals: u32, horizon: u32, discount: f64) -> f64 {
        sum_of_renewals(self, renewals, horizon, discount)
    }

    /// Discounted expected residual lifetime, in periods, of a customer who has renewed `renewals` times, just before
    /// the next renewal falls due: the sum over k >= 1 of S(n + k) / S(n) / (1 + d)^(k - 1), which is DERL of Fader &
    /// Hardie (2010) with their period n being `renewals` + 1.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the discount per period is below 1e-6: the sum may not end. Use
    /// [`RetentionCurve::expected_renewals`] with a horizon there.
    fn discounted_residual_lifetime(&self, renewals: u32, discount: f64) -> Result<f64> {
        check_discount(discount)?;
        // Beyond this many periods the discount factor alone is below 1e-17.
        let enough = (40.0 / discount.ln_1p()).ceil().min(f64::from(u32::MAX / 2));
        Ok(self.expected_renewals(renewals, enough as u32, discount))
    }

    /// [`RetentionCurve::discounted_residual_lifetime`] for every number of renewals from 0 to `most`, by the
    /// recurrence DERL(n) = r(n + 1) (1 + DERL(n + 1) / (1 + d)): the cost of one.
    ///
    /// # Errors
    /// As for one.
    fn discounted_residual_lifetimes(&self, most: u32, discount: f64) -> Result<Vec<f64>> {
        let mut lifetimes = vec![self.discounted_residual_lifetime(most, discount)?; most as usize + 1];
        for n in (0..most).rev() {
            let after = lifetimes[n as usize + 1];
            lifetimes[n as usize] = self.retention(n + 1) * (1.0 + after / (1.0 + discount));
        }
        Ok(lifetimes)
    }
}

/// The sum of S(n + k) / S(n) / (1 + d)^(k - 1) over k = 1 ..= `horizon`, term by term.
fn sum_of_renewals<C: RetentionCurve + ?Sized>(curve: &C, renewals: u32, horizon: u32, discount: f64) -> f64 {
    let discount = discount.max(0.0);
    let (mut weight, mut sum) = (1.0, 0.0);
    for period in 1..=horizon {
        weight *= curve.retention(renewals.saturating_add(period));
        sum += weight;
        weight /= 1.0 + discount;
        if weight <= 1e-17 * sum * discount {
            break; // all that follows is below the last digit
        }
    }
    sum
}

/// Fails where an endless discounted sum would not come to an end.
fn check_discount(discount: f64) -> Result<()> {
    if discount.is_finite() && discount >= 1e-6 {
        Ok(())
    } else {
        Err(ModelError::invalid("discount per period", discount, "a number from 1e-6, or a finite horizon instead"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenures_and_survivors_make_the_same_table() {
        let by_survivors = RenewalTable::from_survivors(&[10.0, 6.0, 5.0, 5.0]).unwrap();
        let by_tenures = RenewalTable::from_tenures(&[
            Tenure { periods: 1, ended: true, weight: 4.0 },
            Tenure { periods: 2, ended: true, weight: 1.0 },
            Tenure { periods: 3, ended: false, weight: 5.0 },
            Tenure { periods: 0, ended: false, weight: 7.0 },
        ])
        .unwrap();
        assert_eq!(by_survivors, by_tenures);
        assert_eq!(by_tenures.at_risk(), [10.0, 6.0, 5.0]);
        assert_eq!(by_tenures.lost(), [4.0, 1.0, 0.0]);
    }

    #[test]
    fn cohorts_of_different_age_are_pooled() {
        let mut pooled = RenewalTable::from_survivors(&[10.0, 6.0, 5.0]).unwrap();
        pooled.pool(&RenewalTable::from_survivors(&[20.0, 12.0]).unwrap());
        assert_eq!((pooled.at_risk(), pooled.lost()), (&[30.0, 6.0][..], &[12.0, 1.0][..]));
    }

    #[test]
    fn counts_make_the_same_table() {
        let counted = RenewalTable::from_counts(vec![10.0, 6.0], vec![4.0, 1.0]).unwrap();
        assert_eq!(counted, RenewalTable::from_survivors(&[10.0, 6.0, 5.0]).unwrap());
        let error = RenewalTable::from_counts(vec![10.0], vec![11.0]).unwrap_err().to_string();
        assert_eq!(error, "lost in period 1 is 11; expected a number from 0 to that at risk");
    }

    #[test]
    fn wrong_counts_are_named() {
        let error = RenewalTable::from_survivors(&[10.0, 11.0]).unwrap_err().to_string();
        assert_eq!(error, "survivors after 1 periods is 11; expected a number from 0 to that of the period before");
        let lost_at_zero = [Tenure { periods: 0, ended: true, weight: 1.0 }];
        assert!(RenewalTable::from_tenures(&lost_at_zero).unwrap_err().to_string().starts_with("periods of row 0"));
    }
}

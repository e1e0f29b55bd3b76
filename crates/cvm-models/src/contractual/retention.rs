//! From contracts to the retention of the base, its projection, and what each customer's remaining contract is worth.
//!
//! Three curves compete: constant churn, the shifted beta-geometric and the beta-discrete-Weibull model. Each is fitted
//! to the early periods, and judged by how it explains these (less its number of parameters) and predicts the last
//! ones, which it has not seen, together: most customers of a base are young, so a curve that is right about the end
//! alone would not do. Of those that this cannot tell apart, the best by AIC wins, and is fitted to all periods.

use super::beta_discrete_weibull::BetaDiscreteWeibull;
use super::constant_churn::ConstantChurn;
use super::kaplan_meier::normal_quantile;
use super::shifted_beta_geometric::ShiftedBetaGeometric;
use super::{RenewalTable, RetentionCurve, Tenure};
use crate::fitting::{self, Estimate, Fitted, Parameters};
use crate::{ModelError, Result};
use std::collections::BTreeMap;

/// One customer's contract. Times are in one unit throughout, for instance days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contract {
    /// The group that started together, for instance months since the year 0; any number will do.
    pub cohort: i32,
    /// Time from the start to the end, or to the end of observation.
    pub duration: f64,
    /// Whether it has ended.
    pub ended: bool,
    /// Time from the start to the end of observation: how long the contract could have been seen. Without it, losses of
    /// the current period would count and renewals not. Infinite where it is not known.
    pub observed: f64,
    /// Revenue each period, where known.
    pub value: Option<f64>,
    /// How many such contracts.
    pub weight: f64,
}

/// What to compute, and with which prices.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Length of a period between renewals, in the unit of the durations. Durations in whole periods and 1 are best
    /// where the calendar decides (months).
    pub period: f64,
    /// By which share of a period a contract may run over and still have ended with that period: calendar months
    /// differ from their mean by less than 0.1.
    pub grace: f64,
    /// Last periods of tenure that judge the curves; `None` is a third of those seen.
    pub holdout: Option<usize>,
    /// Periods of tenure to project to, from the start.
    pub project: u32,
    /// Share of revenue that is margin.
    pub margin: f64,
    /// Discount per period.
    pub discount: f64,
    /// Confidence of the intervals of empirical retention.
    pub confidence: f64,
    /// How to fit.
    pub fit: fitting::Settings,
}

impl Default for Settings {
    /// Monthly periods counted in days, 10% a year, 90% intervals. The slight penalty of the fit is not felt where the
    /// data speak; where retention does not change with tenure, it lets the curves of the richer models be flat.
    fn default() -> Self {
        Self {
            period: 365.25 / 12.0,
            grace: 0.1,
            holdout: None,
            project: 36,
            margin: 1.0,
            discount: 1.1_f64.powf(1.0 / 12.0) - 1.0,
            confidence: 0.9,
            fit: fitting::Settings { penalty: 0.01, ..Default::default() },
        }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let positive = |name: &str, value: f64| {
            let fine = value.is_finite() && value > 0.0;
            if fine { Ok(()) } else { Err(ModelError::invalid(name, value, "a finite number above 0")) }
        };
        positive("period", self.period)?;
        super::check_discount(self.discount)?;
        if !self.margin.is_finite() {
            return Err(ModelError::invalid("margin", self.margin, "a finite number, 1 for all revenue"));
        }
        if !(0.0..1.0).contains(&self.grace) {
            return Err(ModelError::invalid("grace", self.grace, "a share of a period, from 0 to below 1"));
        }
        if self.project > super::LONGEST {
            return Err(ModelError::invalid("project", f64::from(self.project), "at most 100000 periods"));
        }
        normal_quantile(self.confidence).map(|_| ())
    }

    /// The contract as a tenure in whole periods. Only periods that were seen to their end count: a contract that ended
    /// later than those is, so far as they tell, still active.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a negative or missing duration or observation, or one beyond 100,000 periods.
    pub fn tenure(&self, contract: &Contract) -> Result<Tenure> {
        let Contract { duration, ended, observed, weight, .. } = *contract;
        if !(duration >= 0.0 && duration / self.period <= f64::from(super::LONGEST)) {
            return Err(ModelError::invalid("duration", duration, "a number from 0 to 100000 periods"));
        }
        if observed.is_nan() || observed < 0.0 {
            return Err(ModelError::invalid("observed", observed, "a number, 0 or more; infinity where not known"));
        }
        let complete = |time: f64| (time / self.period + 1e-9).floor().min(f64::from(u32::MAX)) as u32;
        if !ended {
            return Ok(Tenure { periods: complete(duration.min(observed)), ended, weight });
        }
        let lost_in = ((duration / self.period - self.grace).ceil() as u32).max(1);
        let seen = complete(observed);
        Ok(Tenure { periods: lost_in.min(seen), ended: lost_in <= seen, weight })
    }
}

/// Empirical retention of one period of tenure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetentionPeriod {
    /// Period of tenure, from 1.
    pub period: u32,
    /// Customers who came to its end.
    pub at_risk: f64,
    /// Those who did not renew.
    pub lost: f64,
    /// Share that renewed.
    pub retention: f64,
    /// Lower bound of the share.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Share of all that is still there after the period: the product of retention so far.
    pub survival: f64,
}

/// Retention period by period, with intervals of Wilson (1927), which stay within 0 and 1 and hold for small numbers.
///
/// # Errors
/// [`ModelError::Invalid`] for a confidence that is not between 0 and 1.
pub fn empirical_retention(table: &RenewalTable, confidence: f64) -> Result<Vec<RetentionPeriod>> {
    let z = normal_quantile(confidence)?;
    let mut survival = 1.0;
    let due = table.rows().take_while(|row| row.3 > 0.0);
    Ok(due
        .map(|(t, renewed, lost, at_risk)| {
            let retention = renewed / at_risk;
            survival *= retention;
            let (low, high) = wilson(retention, at_risk, z);
            RetentionPeriod { period: t as u32 + 1, at_risk, lost, retention, low, high, survival }
        })
        .collect())
}

fn wilson(share: f64, count: f64, z: f64) -> (f64, f64) {
    let z2 = z * z / count;
    let centre = share + z2 / 2.0;
    let spread = z * ((share * (1.0 - share) + z2 / 4.0) / count).sqrt();
    // At 0 and 1 the bound equals the share; rounding must not push it past.
    (((centre - spread) / (1.0 + z2)).clamp(0.0, share), ((centre + spread) / (1.0 + z2)).clamp(share, 1.0))
}

/// The curve that was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// Everyone leaves at one rate.
    ConstantChurn(ConstantChurn),
    /// Customers differ.
    ShiftedBetaGeometric(ShiftedBetaGeometric),
    /// Customers differ, and change with tenure.
    BetaDiscreteWeibull(BetaDiscreteWeibull),
}

impl Curve {
    /// The curve as what all curves can do.
    pub fn as_dyn(&self) -> &dyn RetentionCurve {
        match self {
            Self::ConstantChurn(curve) => curve,
            Self::ShiftedBetaGeometric(curve) => curve,
            Self::BetaDiscreteWeibull(curve) => curve,
        }
    }
}

/// One curve in the competition.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The model's name.
    pub model: &'static str,
    /// Its parameters, fitted to all periods; empty where it could not be fitted.
    pub estimates: Vec<Estimate>,
    /// Log-likelihood on all periods.
    pub log_likelihood: Option<f64>,
    /// Log-likelihood of the periods held out, by the fit to the periods before; higher is better. `None` where nothing
    /// was held out, or that fit took for impossible what happened then.
    pub holdout_log_likelihood: Option<f64>,
    /// Mean absolute error of the retention of the periods held out, weighted by customers at risk.
    pub holdout_error: Option<f64>,
    /// Whether it projects.
    pub chosen: bool,
    /// Why it could not be fitted, where so.
    pub failure: Option<ModelError>,
}

impl Candidate {
    fn new(model: &'static str) -> Self {
        Self {
            model,
            estimates: Vec::new(),
            log_likelihood: None,
            holdout_log_likelihood: None,
            holdout_error: None,
            chosen: false,
            failure: None,
        }
    }
}

/// One period of the projected curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectedPeriod {
    /// Period of tenure, from 1.
    pub period: u32,
    /// Share of new customers expected to be there still after it: S(t).
    pub survival: f64,
    /// Lower bound of the share, as far as the parameters are in doubt and the model holds.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Share of those who come to its end that renew: r(t).
    pub retention: f64,
}

/// The result.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Renewals of all cohorts together.
    pub table: RenewalTable,
    /// Renewals of each cohort.
    pub cohorts: BTreeMap<i32, RenewalTable>,
    /// Retention as it was, pooled.
    pub empirical: Vec<RetentionPeriod>,
    /// Periods of tenure held out to choose; 0 where too few were seen, and the curve was chosen by AIC.
    pub holdout: usize,
    /// All curves tried.
    pub candidates: Vec<Candidate>,
    /// The chosen curve, fitted to all periods.
    pub curve: Curve,
    /// The curve from period 1 to as far as was asked.
    pub projection: Vec<ProjectedPeriod>,
    settings: Settings,
}

/// Scores that lie this near to the best one do not tell curves apart.
const TOO_CLOSE_TO_CALL: f64 = 1.0;

/// Analyses contracts.
///
/// # Errors
/// [`ModelError::Invalid`] for settings or contracts out of their domain; [`ModelError::NotIdentified`] where no
/// contract has come to the end of its first period.
pub fn analyse(contracts: &[Contract], settings: &Settings) -> Result<Retention> {
    settings.check()?;
    let mut tenures: BTreeMap<i32, Vec<Tenure>> = BTreeMap::new();
    for (row, contract) in contracts.iter().enumerate() {
        let tenure = settings.tenure(contract).map_err(|error| match error {
            ModelError::Invalid { name, value, expected } => {
                ModelError::Invalid { name: format!("{name} of row {row}"), value, expected }
            }
            other => other,
        })?;
        tenures.entry(contract.cohort).or_default().push(tenure);
    }
    let mut cohorts = BTreeMap::new();
    let mut table = RenewalTable::default();
    for (cohort, tenures) in tenures {
        let one = RenewalTable::from_tenures(&tenures)?;
        table.pool(&one);
        cohorts.insert(cohort, one);
    }
    project(table, cohorts, settings)
}

/// Chooses the curve for a table of renewals and projects it.
///
/// # Errors
/// As [`analyse`].
pub fn project(table: RenewalTable, cohorts: BTreeMap<i32, RenewalTable>, settings: &Settings) -> Result<Retention> {
    settings.check()?;
    let periods = table.periods();
    // The richest curve needs three periods before the hold-out.
    let holdout = settings.holdout.unwrap_or(periods / 3).min(periods.saturating_sub(3));
    let (candidates, fitted) = choose(&table, periods - holdout, &settings.fit)?;
    let z = normal_quantile(settings.confidence)?;
    let projection = (1..=settings.project).map(|period| fitted.project(period, &table, z)).collect();
    let curve = fitted.curve;
    let empirical = empirical_retention(&table, settings.confidence)?;
    Ok(Retention { table, cohorts, empirical, holdout, candidates, curve, projection, settings: settings.clone() })
}

/// A curve with the doubt about it.
struct FittedCurve {
    curve: Curve,
    estimates: Vec<Estimate>,
    /// Covariance of the logarithms of the parameters; none for constant churn, whose interval is Wilson's.
    log_covariance: Vec<f64>,
}

impl FittedCurve {
    fn new<M>(fitted: Fitted<M>, curve: fn(M) -> Curve) -> Self {
        Self { curve: curve(fitted.model), estimates: fitted.estimates, log_covariance: fitted.log_covariance }
    }

    fn constant(table: &RenewalTable) -> Result<Self> {
        let constant = ConstantChurn::fit(table)?;
        let due: f64 = table.at_risk().iter().sum();
        let standard_error = (constant.churn * (1.0 - constant.churn) / due).sqrt();
        let estimate = Estimate { name: "churn".into(), value: constant.churn, standard_error };
        Ok(Self { curve: Curve::ConstantChurn(constant), estimates: vec![estimate], log_covariance: Vec::new() })
    }

    fn project(&self, period: u32, table: &RenewalTable, z: f64) -> ProjectedPeriod {
        let curve = self.curve.as_dyn();
        let survival = curve.survival(period);
        let (low, high) = match self.curve {
            Curve::ConstantChurn(constant) => {
                let (low, high) = wilson(1.0 - constant.churn, table.at_risk().iter().sum(), z);
                (low.powf(f64::from(period)), high.powf(f64::from(period)))
            }
            Curve::ShiftedBetaGeometric(model) => self.bounds(&model, period, z),
            Curve::BetaDiscreteWeibull(model) => self.bounds(&model, period, z),
        };
        ProjectedPeriod { period, survival, low, high, retention: curve.retention(period) }
    }

    /// Bounds of S(t) by the delta method on the scale of its logit, which keeps them between 0 and 1.
    fn bounds<M: Parameters + RetentionCurve>(&self, model: &M, period: u32, z: f64) -> (f64, f64) {
        const STEP: f64 = 1e-5;
        let survival = model.survival(period);
        let at = model.parameters();
        let slope = |i: usize| {
            let moved = |by: f64| {
                let mut parameters = at.clone();
                parameters[i] *= by.exp();
                M::from_parameters(&parameters).map_or(survival, |m| m.survival(period))
            };
            (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        };
        let slopes: Vec<f64> = (0..at.len()).map(slope).collect();
        let entry = |(k, covariance): (usize, &f64)| slopes[k / at.len()] * slopes[k % at.len()] * covariance;
        let variance: f64 = self.log_covariance.iter().enumerate().map(entry).sum();
        let spread = z * variance.max(0.0).sqrt() / (survival * (1.0 - survival));
        if !spread.is_finite() {
            return (survival, survival); // S(t) has met 0 or 1 to the last digit
        }
        let odds = survival / (1.0 - survival);
        let share = |factor: f64| 1.0 / (1.0 + 1.0 / (odds * factor));
        (share((-spread).exp()), share(spread.exp()))
    }
}

type Fit = fn(&RenewalTable, &fitting::Settings) -> Result<FittedCurve>;

/// From the simplest to the richest, with their numbers of parameters.
const CANDIDATES: [(&str, f64, Fit); 3] = [
    ("constant churn", 1.0, |table, _| FittedCurve::constant(table)),
    ("sBG", 2.0, |table, settings| {
        ShiftedBetaGeometric::fit(table, settings).map(|f| FittedCurve::new(f, Curve::ShiftedBetaGeometric))
    }),
    ("BdW", 3.0, |table, settings| {
        BetaDiscreteWeibull::fit(table, settings).map(|f| FittedCurve::new(f, Curve::BetaDiscreteWeibull))
    }),
];

/// Fits all curves to all periods and to the first `before`, and marks the winner.
fn choose(table: &RenewalTable, before: usize, settings: &fitting::Settings) -> Result<(Vec<Candidate>, FittedCurve)> {
    let mut candidates = Vec::new();
    let mut fitted = Vec::new();
    for (model, parameters, fit) in CANDIDATES {
        match judge(table, before, settings, (model, fit)) {
            Ok((candidate, explained, curve)) => {
                let aic = 2.0 * parameters - 2.0 * candidate.log_likelihood.unwrap_or(f64::NEG_INFINITY);
                let score = candidate.holdout_log_likelihood.map(|holdout| explained - parameters + holdout);
                fitted.push((candidates.len(), score, aic, curve));
                candidates.push(candidate);
            }
            Err(error) => candidates.push(Candidate { failure: Some(error), ..Candidate::new(model) }),
        }
    }
    let best = fitted.iter().filter_map(|f| f.1).fold(f64::NEG_INFINITY, f64::max);
    let in_reach =
        |score: Option<f64>| best == f64::NEG_INFINITY || score.is_some_and(|s| s >= best - TOO_CLOSE_TO_CALL);
    let winner = fitted.into_iter().filter(|f| in_reach(f.1)).min_by(|a, b| a.2.total_cmp(&b.2));
    match winner {
        Some((winner, _, _, curve)) => {
            candidates[winner].chosen = true;
            Ok((candidates, curve))
        }
        None => Err(candidates.swap_remove(0).failure.expect("a curve that was not fitted says why")),
    }
}

/// One curve, fitted to all periods, with what its fit to the first `before` says of these (the log-likelihood that is
/// returned) and of the rest.
fn judge(
    table: &RenewalTable,
    before: usize,
    settings: &fitting::Settings,
    (model, fit): (&'static str, Fit),
) -> Result<(Candidate, f64, FittedCurve)> {
    let all = fit(table, settings)?;
    let log_likelihood = Some(table.log_likelihood(all.curve.as_dyn(), 0));
    let mut candidate = Candidate { estimates: all.estimates.clone(), log_likelihood, ..Candidate::new(model) };
    let mut explained = 0.0;
    if before < table.periods() {
        let seen = table.first(before);
        let early = fit(&seen, settings)?.curve;
        explained = seen.log_likelihood(early.as_dyn(), 0);
        let holdout = table.log_likelihood(early.as_dyn(), before);
        candidate.holdout_log_likelihood = holdout.is_finite().then_some(holdout);
        candidate.holdout_error = Some(holdout_error(table, early.as_dyn(), before));
    }
    Ok((candidate, explained, all))
}

/// Mean absolute error of retention, weighted by customers at risk.
fn holdout_error(table: &RenewalTable, curve: &dyn RetentionCurve, first: usize) -> f64 {
    let (mut error, mut due) = (0.0, 0.0);
    for (t, renewed, _, at_risk) in table.rows().skip(first) {
        error += (renewed - at_risk * curve.retention(t as u32 + 1)).abs();
        due += at_risk;
    }
    if due > 0.0 { error / due } else { 0.0 }
}

/// What is left of one contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Renewals so far.
    pub renewals: u32,
    /// Probability that the next renewal comes.
    pub next_renewal: f64,
    /// Discounted expected residual lifetime, in periods, just before the next renewal.
    pub periods: f64,
    /// That times value and margin; `None` where the value is not known.
    pub value: Option<f64>,
}

impl Retention {
    /// What is left of each contract, in their order; nothing is left of one that has ended.
    ///
    /// A customer in period n of the contract has renewed n - 1 times and the next renewal falls due at the period's
    /// end. The value is that of the moment of that renewal; for one a full period earlier, divide by 1 + discount.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a contract or value out of its domain.
    pub fn residuals(&self, contracts: &[Contract]) -> Result<Vec<Residual>> {
        let renewals = contracts.iter().map(|contract| self.renewals(contract)).collect::<Result<Vec<u32>>>()?;
        let most = renewals.iter().copied().max().unwrap_or(0);
        let curve = self.curve.as_dyn();
        let lifetimes = curve.discounted_residual_lifetimes(most, self.settings.discount)?;
        let next: Vec<f64> = (0..=most).map(|n| curve.retention(n + 1)).collect();
        let residual = |(row, (contract, &renewals)): (usize, (&Contract, &u32))| {
            if let Some(value) = contract.value.filter(|value| !value.is_finite()) {
                return Err(ModelError::invalid(format!("value of row {row}"), value, "a finite number"));
            }
            let active = if contract.ended { 0.0 } else { 1.0 };
            let periods = active * lifetimes[renewals as usize];
            Ok(Residual {
                renewals,
                next_renewal: active * next[renewals as usize],
                periods,
                value: contract.value.map(|value| value * self.settings.margin * periods),
            })
        };
        contracts.iter().zip(&renewals).enumerate().map(residual).collect()
    }

    /// An active contract that has completed n periods has renewed n times; one that was lost in period n, n - 1 times.
    fn renewals(&self, contract: &Contract) -> Result<u32> {
        let tenure = self.settings.tenure(contract)?;
        Ok(if tenure.ended { tenure.periods - 1 } else { tenure.periods })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Beta, Distribution};
    use rand_pcg::Pcg64Mcg;

    fn contract(duration: f64, ended: bool, observed: f64) -> Contract {
        Contract { cohort: 0, duration, ended, observed, value: Some(20.0), weight: 1.0 }
    }

    /// Percent surviving of the high-end customers, Fader & Hardie (2007), table 1.
    const HIGH_END: [f64; 13] =
        [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0, 468.0, 445.0, 427.0, 409.0, 394.0];

    fn yearly() -> Settings {
        Settings { period: 1.0, discount: 0.1, project: 12, ..Settings::default() }
    }

    #[test]
    fn calendar_months_are_whole_periods() {
        let monthly = Settings::default();
        // From the 1st of July to the 1st of September: 62 days, 2.04 mean months, two renewals due.
        let two = monthly.tenure(&contract(62.0, true, 400.0)).unwrap();
        assert_eq!((two.periods, two.ended), (2, true));
        // Ended in a period that is not over yet: with those who stay unknown, the loss must not count either.
        let early = monthly.tenure(&contract(70.0, true, 75.0)).unwrap();
        assert_eq!((early.periods, early.ended), (2, false));
        let active = monthly.tenure(&contract(95.0, false, 95.0)).unwrap();
        assert_eq!((active.periods, active.ended), (3, false));
        let at_once = monthly.tenure(&contract(0.0, true, f64::INFINITY)).unwrap();
        assert_eq!((at_once.periods, at_once.ended), (1, true));
    }

    #[test]
    fn counting_current_periods_would_bias_retention() {
        // Everyone leaves with 20% a period at its end, started on any day, and is observed for 3 periods at most.
        let mut rng = Pcg64Mcg::seed_from_u64(3);
        let contracts: Vec<Contract> = (0..20_000)
            .map(|_| {
                let observed = 3.0 * rng.random::<f64>();
                match (1..=3).find(|_| rng.random::<f64>() < 0.2).map(f64::from) {
                    Some(end) if end <= observed => contract(end, true, observed),
                    _ => contract(observed, false, observed),
                }
            })
            .collect();
        let result = analyse(&contracts, &yearly()).unwrap();
        for period in &result.empirical {
            assert!((period.retention - 0.8).abs() < 0.02, "{period:?}");
        }
        assert!(matches!(result.curve, Curve::ConstantChurn(_)), "{:?}", result.candidates);
    }

    #[test]
    fn empirical_retention_has_wilson_intervals() {
        let table = RenewalTable::from_survivors(&[100.0, 80.0, 80.0]).unwrap();
        let rows = empirical_retention(&table, 0.95).unwrap();
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion", method 3, gives 0.7112 to 0.8666
        // for 80 of 100 by its formula.
        close(rows[0].low, 0.71117, 1e-4);
        close(rows[0].high, 0.86663, 1e-4);
        assert_eq!((rows[1].retention, rows[1].high, rows[1].survival), (1.0, 1.0, 0.8));
        assert!(rows[1].low > 0.95 && rows[1].low < 1.0);
    }

    #[test]
    fn the_high_end_customers_need_duration_dependence() {
        let table = RenewalTable::from_survivors(&HIGH_END).unwrap();
        let result = project(table, BTreeMap::new(), &Settings { holdout: Some(5), ..yearly() }).unwrap();
        let names: Vec<&str> = result.candidates.iter().map(|c| c.model).collect();
        assert_eq!(names, ["constant churn", "sBG", "BdW"]);
        assert_eq!(result.holdout, 5);
        for c in &result.candidates {
            assert!(c.failure.is_none() && c.holdout_log_likelihood.unwrap().is_finite(), "{c:?}");
        }
        let error = |i: usize| result.candidates[i].holdout_error.unwrap();
        assert!(error(0) > 3.0 * error(1), "constant churn falls behind: {} {}", error(0), error(1));
        assert!(!result.candidates[0].chosen);
        assert_eq!(result.candidates.iter().filter(|c| c.chosen).count(), 1);
        assert!(result.candidates[2].chosen, "{:?}", result.candidates);
        for p in result.projection {
            assert!((p.survival - HIGH_END[p.period as usize] / 1000.0).abs() < 0.02, "{p:?}");
            assert!(p.low < p.survival && p.survival < p.high && p.high - p.low < 0.06, "{p:?}");
        }
    }

    #[test]
    fn a_curve_that_is_right_about_the_end_alone_does_not_win() {
        // Churn falls quickly from 9% to 1% and stays there; the mean rate of the early periods happens to foretell
        // the late ones better than their trend, but explains none of the early ones.
        let churn = |t: i32| if t < 12 { 0.09 - 0.007 * f64::from(t) } else { 0.01 + 0.02 * f64::from(t % 2) };
        let mut survivors = vec![1e4];
        (0..18).for_each(|t| survivors.push(survivors[t as usize] * (1.0 - churn(t))));
        let table = RenewalTable::from_survivors(&survivors).unwrap();
        let result = project(table, BTreeMap::new(), &yearly()).unwrap();
        assert!(!result.candidates[0].chosen, "{:?}", result.candidates);
    }

    #[test]
    fn rising_churn_is_recognised() {
        // Everyone alike, and each period harder to survive: a discrete Weibull life, the far end of the BdW model.
        let survivors: Vec<f64> = (0..12).map(|t: i32| 1e5 * 0.98_f64.powf(f64::from(t).powf(1.7))).collect();
        let table = RenewalTable::from_survivors(&survivors).unwrap();
        let result = project(table, BTreeMap::new(), &yearly()).unwrap();
        assert!(
            matches!(result.curve, Curve::BetaDiscreteWeibull(m) if (m.c - 1.7).abs() < 0.05),
            "{:?}",
            result.candidates
        );
        assert!((result.projection[11].survival - 0.98_f64.powf(12_f64.powf(1.7))).abs() < 0.01);
    }

    #[test]
    fn bounds_of_the_projection_hold_the_truth_as_often_as_they_say() {
        let mut rng = Pcg64Mcg::seed_from_u64(90);
        let churn = Beta::new(1.0, 3.0).unwrap();
        let truth = ShiftedBetaGeometric { alpha: 1.0, beta: 3.0 }.survival(12);
        let held = (0..300)
            .filter(|_| {
                let mut survivors = [1000.0; 7];
                for _ in 0..1000 {
                    let theta = churn.sample(&mut rng);
                    let end = (1..=6).find(|_| rng.random::<f64>() < theta).unwrap_or(7);
                    survivors[end..].iter_mut().for_each(|s| *s -= 1.0);
                }
                let table = RenewalTable::from_survivors(&survivors).unwrap();
                let fitted = ShiftedBetaGeometric::fit(&table, &Default::default()).unwrap();
                let p = FittedCurve::new(fitted, Curve::ShiftedBetaGeometric).project(12, &table, 1.6448536);
                p.low <= truth && truth <= p.high
            })
            .count();
        assert!((250..=288).contains(&held), "{held} of 300 for 90%");
    }

    #[test]
    fn a_heterogeneous_base_is_recognised_and_valued() {
        let mut rng = Pcg64Mcg::seed_from_u64(2010);
        let churn = Beta::new(0.6, 2.0).unwrap();
        let contracts: Vec<Contract> = (0..20_000)
            .map(|i| {
                let (theta, observed) = (churn.sample(&mut rng), f64::from(1 + i % 15));
                let end = (1..=15).find(|_| rng.random::<f64>() < theta).map_or(f64::INFINITY, f64::from);
                Contract { cohort: i % 15, ..contract(end.min(observed), end <= observed, observed) }
            })
            .collect();
        let result = analyse(&contracts, &yearly()).unwrap();
        assert_eq!(result.cohorts.len(), 15);
        assert!(matches!(result.curve, Curve::ShiftedBetaGeometric(_)), "{:?}", result.candidates);
        let pooled: f64 = result.cohorts.values().map(RenewalTable::customers).sum();
        assert_eq!(pooled, result.table.customers());
        let residuals = result.residuals(&contracts).unwrap();
        let truth = ShiftedBetaGeometric { alpha: 0.6, beta: 2.0 };
        for (c, r) in contracts.iter().zip(&residuals).take(500) {
            if c.ended {
                assert_eq!((r.periods, r.next_renewal, r.value), (0.0, 0.0, Some(0.0)));
            } else {
                close(r.periods, truth.discounted_residual_lifetime(r.renewals, 0.1).unwrap(), 0.05);
                close(r.value.unwrap(), 20.0 * r.periods, 1e-14);
                assert_eq!(f64::from(r.renewals), c.duration);
            }
        }
    }

    #[test]
    fn small_bases_get_a_defined_answer() {
        let one = analyse(&[contract(4.0, false, 4.0)], &yearly()).unwrap();
        assert!(matches!(one.curve, Curve::ConstantChurn(c) if c.churn == 0.0));
        let plain = Settings { fit: fitting::Settings::default(), ..yearly() };
        let unpenalised = analyse(&[contract(4.0, false, 4.0)], &plain).unwrap();
        let failure = unpenalised.candidates[1].failure.as_ref().unwrap().to_string();
        assert!(failure.contains("none of 1 customers was lost"), "{failure}");
        assert!(matches!(unpenalised.curve, Curve::ConstantChurn(c) if c.churn == 0.0));
        close(one.residuals(&[contract(4.0, false, 4.0)]).unwrap()[0].periods, 11.0, 1e-12);
        let all = analyse(&[contract(1.0, true, 9.0), contract(1.0, true, 9.0)], &yearly()).unwrap();
        assert!(matches!(all.curve, Curve::ConstantChurn(c) if c.churn == 1.0));
        let new = analyse(&[contract(0.5, false, 0.5)], &yearly()).unwrap_err().to_string();
        assert!(
            new.starts_with("constant churn cannot be fitted: no customer has come to the end of a period"),
            "{new}"
        );
        assert!(analyse(&[], &yearly()).is_err());
        let negative = analyse(&[contract(1.0, true, 9.0), contract(-1.0, true, 9.0)], &yearly()).unwrap_err();
        assert_eq!(negative.to_string(), "duration of row 1 is -1; expected a number from 0 to 100000 periods");
        let free = analyse(&[contract(1.0, true, 9.0)], &Settings { discount: 0.0, ..yearly() }).unwrap_err();
        assert!(free.to_string().starts_with("discount per period is 0"), "{free}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn every_base_gives_finite_numbers_or_an_error(
            contracts in prop::collection::vec((0.0..9.0_f64, any::<bool>(), 0.0..4.0_f64, 0.1..5.0_f64), 1..60),
        ) {
            let contracts: Vec<Contract> = contracts
                .iter()
                .map(|&(duration, ended, more, weight)| Contract {
                    weight,
                    ..contract(duration, ended, duration + if ended { more } else { 0.0 })
                })
                .collect();
            if let Ok(result) = analyse(&contracts, &yearly()) {
                for p in &result.projection {
                    prop_assert!(0.0 <= p.low && p.low <= p.survival + 1e-12, "{:?}", p);
                    prop_assert!(p.survival <= p.high + 1e-12 && p.high <= 1.0, "{:?}", p);
                    prop_assert!(p.retention <= 1.0 + 1e-12, "{:?}", p);
                }
                for r in result.residuals(&contracts).unwrap() {
                    prop_assert!(r.periods >= 0.0 && r.periods <= 11.0 + 1e-9 && r.value.unwrap().is_finite());
                }
                for period in &result.empirical {
                    prop_assert!(period.low <= period.retention && period.retention <= period.high);
                }
                prop_assert_eq!(result.candidates.iter().filter(|c| c.chosen).count(), 1);
            }
        }
    }
}

//! Customer value by formula: what was earned, and what simple assumptions make of it.
//!
//! The retention formula is that of S. Gupta and D. R. Lehmann (2003), "Customers as Assets", Journal of Interactive
//! Marketing 17(1); which of its three variants is meant depends on when the first margin comes ([`FirstMargin`]).
//! Predictive value, from a model's expected purchases, is discounted by [`StepDiscount`].

use crate::{ModelError, Result};

/// Margin of what was sold so far: revenue less costs where the costs are known, else revenue times a margin rate.
///
/// # Errors
/// [`ModelError::Invalid`] for numbers that are not finite.
pub fn historic_margin(revenue: f64, costs: Option<f64>, margin: f64) -> Result<f64> {
    let revenue = finite("revenue", revenue)?;
    match costs {
        Some(costs) => finite("historic margin", revenue - finite("costs", costs)?),
        None => finite("historic margin", revenue * finite("margin", margin)?),
    }
}

/// The simple formula: average order value x purchases a year x lifetime in years x margin rate (1 for revenue).
///
/// It assumes that all customers behave alike and nothing changes; it is a yardstick, not a forecast.
///
/// # Errors
/// [`ModelError::Invalid`] where a number is not finite, or the frequency or lifetime is negative.
pub fn simple_value(order_value: f64, purchases_per_year: f64, lifetime_years: f64, margin: f64) -> Result<f64> {
    let frequency = not_negative("purchases per year", purchases_per_year)?;
    let lifetime = not_negative("lifetime", lifetime_years)?;
    let value = finite("average order value", order_value)? * frequency * lifetime * finite("margin", margin)?;
    finite("simple value", value)
}

/// The lifetime that a rate of retention stands for: the mean number of periods a customer stays, the first included.
///
/// # Errors
/// [`ModelError::Invalid`] where the retention is not a share below 1.
pub fn lifetime_of_retention(retention: f64) -> Result<f64> {
    let retention = share("retention", retention)?;
    if retention == 1.0 {
        return Err(ModelError::invalid("retention", retention, "a share below 1; nobody would ever leave"));
    }
    Ok(1.0 / (1.0 - retention))
}

/// When the first margin of a customer comes, and whether it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstMargin {
    /// Now and certain, the next ones after each renewal: m (1 + d) / (1 + d - r). Subscriptions paid in advance.
    Immediate,
    /// At the end of the first period and certain: m / (1 + d - r). Payment in arrears.
    EndOfPeriod,
    /// At the end of the first period from those retained until then: m r / (1 + d - r). The value of a base that
    /// exists, whose current period is earned already.
    #[default]
    AfterRenewal,
}

/// What the retention formula assumes beside margin and retention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetentionSettings {
    /// Discount rate per period, the one that retention refers to.
    pub discount: f64,
    /// When the first margin comes.
    pub first: FirstMargin,
    /// Number of margins counted; `None` for all of them.
    pub periods: Option<u32>,
}

impl Default for RetentionSettings {
    /// A discount of 10%, for periods of a year.
    fn default() -> Self {
        Self { discount: 0.1, first: FirstMargin::default(), periods: None }
    }
}

/// The retention formula: a margin per period, earned for as long as the customer is retained, discounted.
///
/// ```
/// use cvm_models::value::formulas::{RetentionSettings, retention_value};
/// // 80% stay each year: the future is worth 100 x 0.8 / (1.1 - 0.8).
/// let value = retention_value(100.0, 0.8, &RetentionSettings::default())?;
/// assert!((value - 266.666_666_667).abs() < 1e-6);
/// # Ok::<(), cvm_models::ModelError>(())
/// ```
///
/// # Errors
/// [`ModelError::Invalid`] where retention is not a share, the discount is negative, or nobody leaves, nothing is
/// discounted and the horizon is open, so that the sum has no end.
pub fn retention_value(margin: f64, retention: f64, settings: &RetentionSettings) -> Result<f64> {
    let margin = finite("margin", margin)?;
    let retention = share("retention", retention)?;
    let discount = not_negative("discount", settings.discount)?;
    let growth = 1.0 + discount;
    let left = (1.0 - retention) + discount; // 1 + d - r without losing the digits of a small d
    if left == 0.0 {
        let Some(periods) = settings.periods else {
            let expected = "a share below 1, or a discount above 0, or a limited number of periods";
            return Err(ModelError::invalid("retention", retention, expected));
        };
        return finite("retention value", margin * f64::from(periods));
    }
    let all = match settings.first {
        FirstMargin::Immediate => margin * growth / left,
        FirstMargin::EndOfPeriod => margin / left,
        FirstMargin::AfterRenewal => margin * retention / left,
    };
    // Of a geometric series, the first n terms are the share 1 - q^n; written with ln(1 - left / growth) because q is
    // often so near 1 that its power would lose digits.
    let counted = match settings.periods {
        Some(0) => 0.0,
        Some(n) => -(f64::from(n) * (-left / growth).ln_1p()).exp_m1(),
        None => 1.0,
    };
    finite("retention value", all * counted)
}

/// The rate per step that compounds to `annual` over `steps_per_year` steps: 12 for months.
///
/// # Errors
/// [`ModelError::Invalid`] where the rate is not above -1 or the number of steps not above 0.
pub fn rate_per_step(annual: f64, steps_per_year: f64) -> Result<f64> {
    if !(annual.is_finite() && annual > -1.0) {
        return Err(ModelError::invalid("annual rate", annual, "a number above -1"));
    }
    if !(steps_per_year.is_finite() && steps_per_year > 0.0) {
        return Err(ModelError::invalid("steps per year", steps_per_year, "a number above 0"));
    }
    finite("rate per step", (annual.ln_1p() / steps_per_year).exp_m1())
}

/// Weeks in the month of the common predictive CLV.
pub const WEEKS_PER_MONTH: f64 = 4.345;
/// Days in the month of the common predictive CLV.
pub const DAYS_PER_MONTH: f64 = 30.0;

/// Discounting of predictive CLV by steps: the purchases of a step count at its end, divided by (1 + d)^step.
///
/// The usual convention is 12 steps of a month ([`WEEKS_PER_MONTH`], [`DAYS_PER_MONTH`]) at 1% each. The factors are
/// worked out once and serve all customers.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDiscount {
    /// What one unit of expected purchases is worth that has come by the end of each step but not of the next; summing
    /// by parts makes of the differences a plain product of two rows.
    weights: Vec<f64>,
}

impl StepDiscount {
    /// Factors for a number of steps at a discount `rate` per step.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the rate is not above -1 or the factors overflow.
    pub fn new(rate: f64, steps: usize) -> Result<Self> {
        if !(rate.is_finite() && rate > -1.0) {
            return Err(ModelError::invalid("discount per step", rate, "a number above -1"));
        }
        let factor = |step: usize| (-(step as f64) * rate.ln_1p()).exp();
        let weights = (1..=steps).map(|i| factor(i) - if i < steps { factor(i + 1) } else { 0.0 }).collect::<Vec<_>>();
        if let Some(bad) = weights.iter().find(|w| !w.is_finite()) {
            return Err(ModelError::invalid("discount factor", *bad, "finite; use fewer steps or a rate nearer 0"));
        }
        Ok(Self { weights })
    }

    /// Number of steps.
    pub fn steps(&self) -> usize {
        self.weights.len()
    }

    /// Discounted purchases, from the expected purchases up to the end of each step (`cumulative`, one a step).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the number of steps differs, or a number is negative or not finite.
    pub fn purchases(&self, cumulative: &[f64]) -> Result<f64> {
        if cumulative.len() != self.weights.len() {
            let expected = "one for each step of the discount";
            return Err(ModelError::invalid("number of cumulative purchases", cumulative.len() as f64, expected));
        }
        let mut sum = 0.0;
        let mut before = 0.0;
        for (step, (&now, weight)) in cumulative.iter().zip(&self.weights).enumerate() {
            // Expectations from a series may waver in their last digits; anything more is not cumulative.
            if !(now.is_finite() && now >= before - 1e-9 * (1.0 + before)) {
                let expected = "a number not below the one before, since purchases accumulate";
                return Err(ModelError::invalid(format!("cumulative purchases at step {}", step + 1), now, expected));
            }
            sum += now * weight;
            before = now;
        }
        finite("discounted purchases", sum)
    }

    /// Predictive CLV: discounted purchases x spend per purchase x margin rate.
    ///
    /// # Errors
    /// As [`StepDiscount::purchases`], and for spend or margin not finite.
    pub fn value(&self, cumulative: &[f64], spend: f64, margin: f64) -> Result<f64> {
        let each = finite("spend per purchase", spend)? * finite("margin", margin)?;
        finite("discounted value", self.purchases(cumulative)? * each)
    }
}

/// Predictive CLV of one customer; for many, make the [`StepDiscount`] once.
///
/// # Errors
/// As [`StepDiscount::new`] and [`StepDiscount::value`].
pub fn discounted_value(cumulative: &[f64], spend: f64, margin: f64, discount_per_step: f64) -> Result<f64> {
    StepDiscount::new(discount_per_step, cumulative.len())?.value(cumulative, spend, margin)
}

pub(super) fn finite(name: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(ModelError::invalid(name, value, "a finite number")) }
}

pub(super) fn not_negative(name: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(ModelError::invalid(name, value, "0 or more")) }
}

fn share(name: &'static str, value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(ModelError::invalid(name, value, "a share from 0 to 1")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn history_prefers_known_costs() {
        close(historic_margin(250.0, None, 0.3).unwrap(), 75.0);
        close(historic_margin(250.0, Some(300.0), 0.3).unwrap(), -50.0);
        close(historic_margin(-20.0, None, 0.5).unwrap(), -10.0);
        assert!(historic_margin(f64::NAN, None, 0.3).is_err());
        assert!(historic_margin(1.0, Some(f64::INFINITY), 0.3).is_err());
        assert!(historic_margin(1e308, None, 10.0).is_err(), "too large");
    }

    #[test]
    fn the_simple_formula() {
        close(simple_value(40.0, 6.0, 3.0, 0.25).unwrap(), 180.0);
        close(simple_value(0.0, 0.0, 0.0, 1.0).unwrap(), 0.0);
        assert!(simple_value(40.0, -1.0, 3.0, 0.25).is_err());
        assert!(simple_value(1e300, 1e300, 1.0, 1.0).is_err());
        close(lifetime_of_retention(0.8).unwrap(), 5.0);
        close(lifetime_of_retention(0.0).unwrap(), 1.0);
        assert!(lifetime_of_retention(1.0).is_err());
    }

    #[test]
    fn the_retention_formula_by_hand() {
        // Margin 100, retention 0.8, discount 0.1: 80/0.3, 110/0.3, 100/0.3.
        let settings = |first, periods| RetentionSettings { discount: 0.1, first, periods };
        let value = |first, periods| retention_value(100.0, 0.8, &settings(first, periods)).unwrap();
        close(value(FirstMargin::AfterRenewal, None), 800.0 / 3.0);
        close(value(FirstMargin::Immediate, None), 1100.0 / 3.0);
        close(value(FirstMargin::EndOfPeriod, None), 1000.0 / 3.0);
        // Three margins: 100 (1 + 8/11 + 64/121), that / 1.1, and that x 0.8 / 1.1.
        close(value(FirstMargin::Immediate, Some(3)), 100.0 * (1.0 + 8.0 / 11.0 + 64.0 / 121.0));
        close(value(FirstMargin::EndOfPeriod, Some(3)), 100.0 * (1.0 + 8.0 / 11.0 + 64.0 / 121.0) / 1.1);
        close(value(FirstMargin::AfterRenewal, Some(3)), 80.0 * (1.0 + 8.0 / 11.0 + 64.0 / 121.0) / 1.1);
        close(value(FirstMargin::Immediate, Some(0)), 0.0);
        close(value(FirstMargin::Immediate, Some(1)), 100.0);
    }

    #[test]
    fn retention_at_its_limits() {
        let free = |periods| RetentionSettings { discount: 0.0, first: FirstMargin::Immediate, periods };
        close(retention_value(10.0, 1.0, &free(Some(12))).unwrap(), 120.0);
        let error = retention_value(10.0, 1.0, &free(None)).unwrap_err();
        assert!(error.to_string().contains("retention is 1; expected a share below 1"), "{error}");
        close(retention_value(10.0, 0.0, &free(None)).unwrap(), 10.0);
        close(retention_value(10.0, 0.0, &free(Some(4))).unwrap(), 10.0);
        for (retention, discount) in [(1.1, 0.1), (-0.1, 0.1), (f64::NAN, 0.1), (0.5, -0.1), (0.5, f64::NAN)] {
            let settings = RetentionSettings { discount, ..RetentionSettings::default() };
            assert!(retention_value(10.0, retention, &settings).is_err(), "{retention} {discount}");
        }
    }

    #[test]
    fn rates_compound() {
        close(rate_per_step(0.12682503013196977, 12.0).unwrap(), 0.01); // 1.01^12 - 1
        close(rate_per_step(0.0, 12.0).unwrap(), 0.0);
        assert!(rate_per_step(-1.0, 12.0).is_err());
        assert!(rate_per_step(0.1, 0.0).is_err());
    }

    /// CDNOW sample, customer 1, BG/NBD at its maximum likelihood: expected purchases after 4.345, 8.69, ... weeks,
    /// computed with scipy 1.17.1; spend and CLV (12 months at 1%) as lifetimes 0.11.3 gives them.
    #[test]
    fn twelve_months_as_the_common_tool_counts_them() {
        let cumulative = CDNOW_CUSTOMER_1;
        let value = discounted_value(&cumulative, 24.658616383228306, 1.0, 0.01).unwrap();
        assert!((value / 36.27849702877497 - 1.0).abs() < 1e-9, "{value}");
    }

    const CDNOW_CUSTOMER_1: [f64; 12] = [
        0.15972433600572303,
        0.3122441252827828,
        0.4583093431245785,
        0.598549554232452,
        0.7334995168378606,
        0.8636181298495549,
        0.9893027388993828,
        1.110900128714792,
        1.2287151000074354,
        1.343017253218205,
        1.4540464194289577,
        1.5620170557964248,
    ];

    #[test]
    fn what_does_not_accumulate_is_refused() {
        assert!(discounted_value(&[1.0, 0.5], 1.0, 1.0, 0.01).is_err());
        assert!(discounted_value(&[1.0, f64::NAN], 1.0, 1.0, 0.01).is_err());
        assert!(discounted_value(&[-1.0], 1.0, 1.0, 0.01).is_err());
        assert!(discounted_value(&[1.0], 1.0, 1.0, -1.0).is_err());
        assert!(discounted_value(&[1e300], 1e300, 1.0, 0.1).is_err(), "too large");
        assert!(StepDiscount::new(0.01, 3).unwrap().purchases(&[1.0]).is_err());
        close(discounted_value(&[], 1.0, 1.0, 0.01).unwrap(), 0.0);
    }

    proptest! {
        #[test]
        fn retention_is_the_sum_of_its_payments(
            retention in 0.0..1.0_f64, discount in 0.0..0.5_f64, periods in 0_u32..200,
        ) {
            let q = retention / (1.0 + discount);
            let series = (0..periods).map(|t| q.powi(t as i32)).sum::<f64>();
            for (first, factor) in [
                (FirstMargin::Immediate, 1.0),
                (FirstMargin::EndOfPeriod, 1.0 / (1.0 + discount)),
                (FirstMargin::AfterRenewal, q),
            ] {
                let settings = RetentionSettings { discount, first, periods: Some(periods) };
                let found = retention_value(7.0, retention, &settings).unwrap();
                prop_assert!((found - 7.0 * factor * series).abs() < 1e-9 * (1.0 + found), "{} {}", found, series);
            }
        }

        #[test]
        fn steps_are_discounted_one_by_one(
            steps in prop::collection::vec(0.0..5.0_f64, 0..30), rate in -0.05..0.2_f64,
        ) {
            let mut total = 0.0;
            let cumulative = steps.iter().map(|s| { total += s; total }).collect::<Vec<_>>();
            let slow = steps.iter().enumerate().map(|(i, s)| s / (1.0 + rate).powi(i as i32 + 1)).sum::<f64>();
            let found = discounted_value(&cumulative, 3.0, 0.5, rate).unwrap();
            prop_assert!((found - 1.5 * slow).abs() < 1e-10 * (1.0 + slow));
        }
    }
}

//! Looks at a running campaign, as many as one likes: an interval that holds at all of them together, not at one chosen
//! beforehand.
//!
//! The asymptotic confidence sequence of I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy & A. Ramdas (2024),
//! "Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics 52(6). It was chosen
//! over the mixture sequential probability ratio test (R. Johari, P. Koomen, L. Pekelis & D. Walsh 2017, "Peeking at
//! A/B tests"), whose formula it shares, because it asks of the outcomes no more than the central limit theorem does
//! (revenue is nothing like normal), and over group-sequential plans, because nobody keeps to the planned looks. The
//! price is an interval about 1.5 times as wide as Welch's.

use super::arm::Arm;
use super::difference::difference_of_means;
use super::{Effect, normal_two_sided};
use crate::{ModelError, Result};

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Chance that the interval holds at all looks.
    pub confidence: f64,
    /// Customers, of both arms together, at which the interval shall be as narrow as it can be: when the decision is
    /// expected. Set before the first look and not moved.
    pub tightest_at: f64,
    /// Customers of the smaller arm before which nothing is said: the mean is not near normal yet. For revenue ask
    /// [`super::power::customers_for_skewness`].
    pub first_look: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { confidence: 0.95, tightest_at: 10_000.0, first_look: 500 }
    }
}

/// The difference of means now; `None` before the first look is due.
///
/// The p-value is always valid too: act when it is at most 1 - confidence, at any look. Adjusted outcomes
/// ([`super::cuped`]) and linearised ratios ([`super::difference::linearised`]) may be looked at in the same way.
///
/// # Errors
/// [`ModelError::Invalid`] for arms and settings out of their domain.
pub fn look(treated: &Arm, control: &Arm, settings: &Settings) -> Result<Option<Effect>> {
    let rho2 = mixing(settings)?;
    if treated.customers.min(control.customers) < settings.first_look.max(2) {
        return Ok(None);
    }
    let plain = difference_of_means(treated, control, settings.confidence)?;
    let x = (treated.customers + control.customers) as f64 * rho2;
    let margin = plain.standard_error * width(x, settings);
    // The smallest alpha whose interval leaves 0 out.
    let p_value = if plain.standard_error > 0.0 {
        let z = plain.estimate / plain.standard_error;
        ((x + 1.0).sqrt() * (-z * z * x / (2.0 * (x + 1.0))).exp()).min(1.0)
    } else {
        plain.p_value
    };
    Ok(Some(Effect { low: plain.estimate - margin, high: plain.estimate + margin, p_value, ..plain }))
}

/// The confidence of a plain interval that is as wide as the sequence's when there are so many customers of both arms. What is
/// computed at it (returns, strata) may be looked at as often as the sequence.
///
/// # Errors
/// [`ModelError::Invalid`] for settings out of their domain and no customers.
pub fn plain_confidence(customers: f64, settings: &Settings) -> Result<f64> {
    let x = customers * mixing(settings)?;
    if !(x.is_finite() && x > 0.0) {
        return Err(ModelError::invalid("number of customers", customers, "a number above 0"));
    }
    // Nearer to 1, quantiles of Student's distribution are not finite. What a million million looks would leave out once holds at
    // all of them, however much wider the sequence still is.
    Ok((1.0 - normal_two_sided(width(x, settings))).min(1.0 - 1e-12))
}

/// Half-width of the sequence's interval in standard errors, `x` being the customers times the square of its parameter.
fn width(x: f64, settings: &Settings) -> f64 {
    let alpha = 1.0 - settings.confidence;
    ((x + 1.0) / x * ((x + 1.0) / (alpha * alpha)).ln()).sqrt()
}

/// The square of the sequence's parameter that makes it narrowest at the wanted number of customers.
fn mixing(settings: &Settings) -> Result<f64> {
    let Settings { confidence, tightest_at, .. } = *settings;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(ModelError::invalid("confidence", confidence, "a number between 0 and 1, usually 0.95"));
    }
    if !(tightest_at.is_finite() && tightest_at >= 1.0) {
        return Err(ModelError::invalid("customers for the narrowest interval", tightest_at, "a number from 1"));
    }
    // The width's derivative by x = rho^2 n is 0 where x = ln(1 + x) - 2 ln alpha; the iteration contracts.
    let fixed = -2.0 * (1.0 - confidence).ln();
    let x = (0..100).fold(fixed.max(1e-3), |x, _| x.ln_1p() + fixed);
    Ok(x / tightest_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const TREATED: Arm = Arm { customers: 6_000, mean: 1.05, variance: 4.0 };
    const CONTROL: Arm = Arm { customers: 4_000, mean: 1.0, variance: 4.0 };

    #[test]
    fn the_published_boundary() {
        // Equation 14 of the paper with sigma^2 / n = 4/6000 + 4/4000 and rho from -W_{-1}(-alpha^2 / e) - 1 over n
        // (scipy.special.lambertw 1.17.1).
        let settings = Settings::default();
        close(mixing(&settings).unwrap() * 10_000.0, 8.211968062068253, 1e-12);
        let effect = look(&TREATED, &CONTROL, &settings).unwrap().unwrap();
        close((effect.high - effect.low) / 2.0, 0.12390835364674606, 1e-9);
    }

    #[test]
    fn narrowest_where_asked() {
        let width = |tightest_at| {
            let settings = Settings { tightest_at, ..Settings::default() };
            let effect = look(&TREATED, &CONTROL, &settings).unwrap().unwrap();
            effect.high - effect.low
        };
        assert!(width(10_000.0) < width(9_000.0) && width(10_000.0) < width(11_000.0));
        // Twice the customers of the plan, or half of them, cost little.
        assert!(width(20_000.0) < 1.04 * width(10_000.0) && width(5_000.0) < 1.04 * width(10_000.0));
        let plain = difference_of_means(&TREATED, &CONTROL, 0.95).unwrap();
        let price = width(10_000.0) / (plain.high - plain.low);
        assert!((1.4..1.7).contains(&price), "{price}");
    }

    #[test]
    fn the_chance_and_the_interval_agree() {
        let settings = Settings::default();
        for mean in [1.0, 1.05, 1.1, 1.12, 1.2, 1.3] {
            let effect = look(&Arm { mean, ..TREATED }, &CONTROL, &settings).unwrap().unwrap();
            assert_eq!(effect.p_value <= 0.05, effect.low > 0.0, "{effect:?}");
        }
    }

    #[test]
    fn a_plain_interval_at_its_confidence_is_as_wide() {
        let settings = Settings { tightest_at: 25_000.0, ..Settings::default() };
        let effect = look(&TREATED, &CONTROL, &settings).unwrap().unwrap();
        let confidence = plain_confidence(10_000.0, &settings).unwrap();
        let plain = difference_of_means(&TREATED, &CONTROL, confidence).unwrap();
        // The plain one knows degrees of freedom, the sequence is asymptotic.
        close(plain.low, effect.low, 2e-3);
        close(plain.high, effect.high, 2e-3);
        assert!(plain_confidence(1e-6, &settings).unwrap() < 1.0);
        assert!(plain_confidence(0.0, &settings).is_err());
    }

    #[test]
    fn too_early_says_nothing() {
        let few = Arm { customers: 499, ..CONTROL };
        assert_eq!(look(&TREATED, &few, &Settings::default()).unwrap(), None);
        assert!(look(&TREATED, &CONTROL, &Settings { tightest_at: 0.0, ..Settings::default() }).is_err());
        assert!(look(&TREATED, &CONTROL, &Settings { confidence: 1.0, ..Settings::default() }).is_err());
    }
}

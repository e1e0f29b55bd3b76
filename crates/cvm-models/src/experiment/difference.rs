//! How much more the treated brought: difference of means (Welch), in all, as a share of the control group's, and of
//! ratios such as revenue per order.
//!
//! B. L. Welch (1947), "The generalization of 'Student's' problem when several different population variances are
//! involved", Biometrika 34. It does not ask for equal variances: a treatment that works on some raises them. Revenue
//! is heavy-tailed; the mean of many customers is near normal all the same, and [`super::power::customers_for_skewness`]
//! says how many that takes. Ratios by the delta method: A. Deng, U. Knoblich & J. Lu (2018), "Applying the delta
//! method in metric analytics", KDD.

use super::Effect;
use super::arm::{Arm, PairedArm};
use super::fieller::{Ratio, ratio_of_estimates};
use crate::{ModelError, Result};

/// Difference of the mean outcome per customer, treated less control.
///
/// For what the campaign brought in all, take it [`Effect::times`] the number of treated customers.
///
/// # Errors
/// [`ModelError::Invalid`] for an arm with fewer than two customers or numbers out of their domain, and a confidence not
/// between 0 and 1.
///
/// ```
/// use cvm_models::experiment::{arm::Arm, difference::difference_of_means};
///
/// let treated = Arm::of(&[0.0, 40.0, 25.0, 0.0, 60.0])?;
/// let control = Arm::of(&[0.0, 30.0, 0.0, 0.0, 20.0])?;
/// let effect = difference_of_means(&treated, &control, 0.95)?;
/// assert_eq!(effect.estimate, 15.0);
/// assert!(effect.low < 0.0 && effect.high > 0.0, "five customers prove nothing");
/// # Ok::<(), cvm_models::ModelError>(())
/// ```
pub fn difference_of_means(treated: &Arm, control: &Arm, confidence: f64) -> Result<Effect> {
    treated.check("the treated")?;
    control.check("the control group")?;
    let (a, b) = (treated.error(), control.error());
    let variance = a + b;
    let shares = a * a / (treated.customers - 1) as f64 + b * b / (control.customers - 1) as f64;
    // Without any variance all degrees of freedom will do.
    let freedom = if shares > 0.0 { variance * variance / shares } else { f64::MAX };
    Effect::new(treated.mean - control.mean, variance.sqrt(), freedom, confidence)
}

/// By which share the treated brought more than the control group: 0.1 is 10% more.
///
/// # Errors
/// As [`difference_of_means`].
pub fn relative_difference(treated: &Arm, control: &Arm, confidence: f64) -> Result<Ratio> {
    let effect = difference_of_means(treated, control, confidence)?;
    // The difference holds the control group's mean with the sign changed.
    let variances = [effect.standard_error.powi(2), control.error()];
    ratio_of_estimates([effect.estimate, control.mean], variances, -control.error(), confidence)
}

/// Difference of a ratio of two outcomes, for instance revenue per order: the sum of the first outcome over all
/// customers of an arm by the sum of the second.
///
/// Customers are what the lot was drawn for, so they, not their orders, are what is counted as independent.
///
/// # Errors
/// As [`difference_of_means`], and where the second outcome's mean is 0.
pub fn difference_of_ratios(treated: &PairedArm, control: &PairedArm, confidence: f64) -> Result<Effect> {
    difference_of_means(&linearised(treated)?, &linearised(control)?, confidence)
}

/// The ratio as a mean over customers of what moves it.
pub fn linearised(arm: &PairedArm) -> Result<Arm> {
    let [above, below] = arm.means;
    if !(below.is_finite() && below != 0.0) {
        return Err(ModelError::invalid("mean of the outcome below the line", below, "a number other than 0"));
    }
    let ratio = above / below;
    let residual = arm.less(ratio);
    Ok(Arm { customers: arm.customers, mean: ratio, variance: residual.variance / (below * below) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    /// Spend in the two weeks after an e-mail, K. Hillstrom (2008), "MineThatData E-Mail Analytics And Data Mining
    /// Challenge": 64,000 customers in three arms.
    const MENS: Arm = Arm { customers: 21307, mean: 1.422616511005773, variance: 315.21179886555484 };
    const WOMENS: Arm = Arm { customers: 21387, mean: 1.0772015710478329, variance: 228.4966748346595 };
    const NONE: Arm = Arm { customers: 21306, mean: 0.6527893551112361, variance: 134.28637185302165 };

    #[test]
    fn welch_of_scipy() {
        // scipy.stats.ttest_ind 1.17.1, equal_var=False, with its confidence_interval.
        for (treated, p_value, low, high) in [
            (MENS, 1.163814968225482e-07, 0.4851397325684076, 1.0545145792206658),
            (WOMENS, 0.0011293971023632495, 0.1689567898837787, 0.6798676419894147),
        ] {
            let effect = difference_of_means(&treated, &NONE, 0.95).unwrap();
            close(effect.p_value, p_value, 1e-9);
            close(effect.low, low, 1e-10);
            close(effect.high, high, 1e-10);
        }
        let a = Arm::of(&[3.1, 0.0, 4.7, 12.2, 0.0, 7.4, 1.3]).unwrap();
        let b = Arm::of(&[2.2, 0.5, 0.0, 3.1, 0.0]).unwrap();
        let effect = difference_of_means(&a, &b, 0.9).unwrap();
        close(effect.p_value, 0.1431176561316071, 1e-10);
        close(effect.low, -0.4312780688149034, 1e-9);
        close(effect.high, 6.3112780688149, 1e-10);
    }

    #[test]
    fn retention_of_a_game() {
        // Cookie Cats, 90,189 players, gate at level 40 against 30, retention after 7 days; scipy as above.
        let late = Arm { customers: 45489, mean: 0.18200004396667327, variance: 0.14887930082658976 };
        let early = Arm { customers: 44700, mean: 0.19020134228187918, variance: 0.1540282374979186 };
        let effect = difference_of_means(&late, &early, 0.95).unwrap();
        close(effect.p_value, 0.001556530181006654, 1e-8);
        close(effect.low, -0.013281677028690975, 1e-9);
        close(effect.high, -0.00312091960172085, 1e-9);
    }

    #[test]
    fn spend_per_buyer_is_a_ratio() {
        // Spend by conversion of the same e-mails. By the delta method in numpy, from the per-customer values.
        let mens = PairedArm {
            customers: 21307,
            means: [1.422616511005773, 267.0 / 21307.0],
            variances: [315.21179886555484, 0.012374645552935442],
            covariance: 1.4048555050953468,
        };
        let none = PairedArm {
            customers: 21306,
            means: [0.6527893551112361, 122.0 / 21306.0],
            variances: [134.28637185302165, 0.005693565709509337],
            covariance: 0.6490818915126215,
        };
        let effect = difference_of_ratios(&mens, &none, 0.95).unwrap();
        // Only buyers have both: the mean and the variance of the ratio are those of a buyer's spend.
        close(linearised(&mens).unwrap().mean, 1.422616511005773 * 21307.0 / 267.0, 1e-12);
        close(effect.estimate, -0.4757760790814558, 1e-9);
        close(effect.standard_error, 11.525843270138953, 1e-9);
    }

    #[test]
    fn relative_to_the_control_group() {
        let lift = relative_difference(&MENS, &NONE, 0.95).unwrap();
        close(lift.estimate, 1.422616511005773 / 0.6527893551112361 - 1.0, 1e-12);
        // The ratio of two independent means, by Fieller, less 1.
        let (x, y) = (MENS.mean, NONE.mean);
        let (vx, vy, t2) = (MENS.error(), NONE.error(), 1.959963984540054_f64.powi(2));
        let (a, b, c) = (y * y - t2 * vy, x * y, x * x - t2 * vx);
        let root = (b * b - a * c).sqrt();
        let (low, high) = lift.interval.unwrap();
        close(low, (b - root) / a - 1.0, 1e-10);
        close(high, (b + root) / a - 1.0, 1e-10);
    }

    #[test]
    fn nobody_differs() {
        let same = Arm::of(&[5.0; 4]).unwrap();
        let effect = difference_of_means(&same, &same, 0.95).unwrap();
        assert_eq!((effect.estimate, effect.low, effect.high, effect.p_value), (0.0, 0.0, 0.0, 1.0));
        let error = difference_of_means(&Arm { customers: 1, ..same }, &same, 0.95).unwrap_err();
        assert_eq!(error.to_string(), "customers of the treated is 1; expected at least 2");
        assert!(difference_of_means(&same, &same, 1.0).is_err());
        let nothing = PairedArm::of(&[0.0, 1.0], &[0.0, 0.0]).unwrap();
        assert!(difference_of_ratios(&nothing, &nothing, 0.95).is_err());
    }
}

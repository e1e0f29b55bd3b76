//! For whom it worked: the effect in each segment or value tier, with the doubt that comes of asking many times.
//!
//! Of twenty segments one shows an effect by chance. So each has, beside its own interval, one that holds for all
//! together (C. E. Bonferroni 1936) and a chance corrected for the number asked (S. Holm 1979, "A simple sequentially
//! rejective multiple test procedure"). Whether segments differ at all is a question of its own: W. G. Cochran (1954),
//! "The combination of estimates from different experiments". The overall effect weighs strata by their size
//! (L. W. Miratrix, J. S. Sekhon & B. Yu 2013, "Adjusting treatment effect estimates by post-stratification").

use super::arm::Arm;
use super::difference::difference_of_means;
use super::{Effect, chi_square_tail, normal_two_sided};
use crate::contractual::kaplan_meier::normal_quantile;
use crate::{ModelError, Result};

/// The effect in one stratum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// The effect with the interval it would have if it were the only one asked for.
    pub alone: Effect,
    /// Lower bound of the interval that holds for all strata together.
    pub low_together: f64,
    /// Upper bound.
    pub high_together: f64,
    /// Chance corrected for the number of strata: the one to go by when saying for whom it worked.
    pub p_value_together: f64,
}

/// The effect by stratum.
#[derive(Debug, Clone, PartialEq)]
pub struct Strata {
    /// In the order given; `None` where an arm has fewer than two customers.
    pub strata: Vec<Option<Stratum>>,
    /// Over all strata that could be compared, each with the weight of its customers.
    pub overall: Effect,
    /// Chance of differences between strata at least as large if the effect were the same in all. Unless it is small,
    /// prefer the overall effect for each of them.
    pub p_value_same: f64,
}

/// Compares (treated, control) in each stratum. Strata are fixed before the treatment.
///
/// # Errors
/// [`ModelError::Invalid`] where no stratum has two customers in both arms, and as
/// [`difference_of_means`].
pub fn by_stratum(arms: &[(Arm, Arm)], confidence: f64) -> Result<Strata> {
    let z = normal_quantile(confidence)?;
    let comparable = |arms: &&(Arm, Arm)| arms.0.customers.min(arms.1.customers) >= 2;
    let asked = arms.iter().filter(comparable).count();
    if asked == 0 {
        return Err(ModelError::invalid("strata with two customers in both arms", 0.0, "at least 1"));
    }
    let each = 1.0 - (1.0 - confidence) / asked as f64;
    let mut strata = Vec::with_capacity(arms.len());
    let mut customers = Vec::with_capacity(asked);
    for pair in arms {
        if !comparable(&pair) {
            strata.push(None);
            continue;
        }
        let alone = difference_of_means(&pair.0, &pair.1, confidence)?;
        let together = difference_of_means(&pair.0, &pair.1, each)?;
        let (low_together, high_together) = (together.low, together.high);
        strata.push(Some(Stratum { alone, low_together, high_together, p_value_together: 1.0 }));
        customers.push((pair.0.customers + pair.1.customers) as f64);
    }
    holm(&mut strata);
    let effects = strata.iter().flatten().map(|stratum| stratum.alone).collect::<Vec<_>>();
    let whole = customers.iter().sum::<f64>();
    let shares = customers.iter().map(|n| n / whole);
    let (mut estimate, mut variance) = (0.0, 0.0);
    for (effect, share) in effects.iter().zip(shares) {
        estimate += share * effect.estimate;
        variance += (share * effect.standard_error).powi(2);
    }
    let error = variance.sqrt();
    let p_value = if error > 0.0 { normal_two_sided(estimate / error) } else { f64::from(estimate == 0.0) };
    let (low, high) = (estimate - z * error, estimate + z * error);
    let overall = Effect { estimate, standard_error: error, low, high, p_value };
    Ok(Strata { strata, overall, p_value_same: same(&effects) })
}

/// Holm's chances, from the strongest effect down; none is below that of a stronger one.
fn holm(strata: &mut [Option<Stratum>]) {
    let mut order = strata.iter_mut().flatten().collect::<Vec<_>>();
    order.sort_by(|a, b| a.alone.p_value.total_cmp(&b.alone.p_value));
    let (asked, mut highest) = (order.len(), 0.0_f64);
    for (rank, stratum) in order.into_iter().enumerate() {
        highest = highest.max((asked - rank) as f64 * stratum.alone.p_value).min(1.0);
        stratum.p_value_together = highest;
    }
}

/// Cochran's test; strata where nobody differs from anybody have no say.
fn same(effects: &[Effect]) -> f64 {
    let weighted = effects.iter().filter(|effect| effect.standard_error > 0.0);
    let weighted = weighted.map(|effect| (effect.estimate, effect.standard_error.powi(-2))).collect::<Vec<_>>();
    if weighted.len() < 2 {
        return 1.0;
    }
    let whole = weighted.iter().map(|(_, weight)| weight).sum::<f64>();
    let mean = weighted.iter().map(|(estimate, weight)| estimate * weight / whole).sum::<f64>();
    let distance = weighted.iter().map(|(estimate, weight)| weight * (estimate - mean).powi(2)).sum::<f64>();
    chi_square_tail(distance, weighted.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    fn effect(estimate: f64, standard_error: f64, p_value: f64) -> Effect {
        Effect { estimate, standard_error, low: 0.0, high: 0.0, p_value }
    }

    #[test]
    fn holm_of_statsmodels() {
        // statsmodels 0.15.0 multipletests(method="holm").
        let chances = [0.01, 0.04, 0.03, 0.005, 0.6];
        let stratum =
            |p| Stratum { alone: effect(0.0, 1.0, p), low_together: 0.0, high_together: 0.0, p_value_together: 1.0 };
        let mut strata = chances.map(|p| Some(stratum(p))).to_vec();
        strata.insert(2, None);
        holm(&mut strata);
        let found = strata.iter().flatten().map(|s| s.p_value_together).collect::<Vec<_>>();
        for (found, expected) in found.iter().zip([0.04, 0.09, 0.09, 0.025, 0.6]) {
            close(*found, expected, 1e-12);
        }
    }

    #[test]
    fn cochran_by_scipy() {
        // numpy for the sum, 7.497619, scipy.stats.chi2.sf 1.17.1.
        let effects = [effect(1.0, 0.5, 0.0), effect(3.0, 1.0, 0.0), effect(-0.5, 0.8, 0.0), effect(9.0, 0.0, 0.0)];
        close(same(&effects), 0.023545759844188805, 1e-10);
        assert_eq!(same(&effects[..1]), 1.0);
    }

    #[test]
    fn the_whole_weighs_strata_by_their_size() {
        let arm = |customers, mean| Arm { customers, mean, variance: 4.0 };
        let arms = [(arm(300, 2.0), arm(100, 1.0)), (arm(60, 8.0), arm(40, 4.0)), (arm(1, 5.0), arm(50, 5.0))];
        let found = by_stratum(&arms, 0.95).unwrap();
        // 400 customers with an effect of 1 and 100 with one of 4.
        close(found.overall.estimate, 1.6, 1e-12);
        let error = (0.64 * (4.0 / 300.0 + 4.0 / 100.0) + 0.04_f64 * (4.0 / 60.0 + 4.0 / 40.0)).sqrt();
        close(found.overall.standard_error, error, 1e-12);
        assert_eq!(found.strata[2], None);
        assert!(found.p_value_same < 1e-6);
        for stratum in found.strata.iter().flatten() {
            assert!(stratum.low_together < stratum.alone.low && stratum.high_together > stratum.alone.high);
            assert!(stratum.p_value_together >= stratum.alone.p_value);
        }
        assert!(by_stratum(&arms[2..], 0.95).is_err());
    }
}

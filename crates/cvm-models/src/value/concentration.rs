//! How unevenly value is spread over customers: Lorenz curve, Gini coefficient, share of the best, whale curve.
//!
//! M. O. Lorenz (1905), "Methods of Measuring the Concentration of Wealth"; C. Gini (1914). Where some values are
//! negative (customers who returned more than they bought, or cost more than they brought), the classical Gini may
//! pass 1; then the mean in its denominator is replaced by the mean of the absolute values, which keeps it between 0
//! and 1 and changes nothing where no value is negative: E. Raffinetti, E. Siletti and A. Vernizzi (2015), "On the Gini
//! coefficient normalization when attributes with negative values are considered", Statistical Methods & Applications
//! 24. The curves themselves are left as they are: with negative values, Lorenz dips below 0 and the whale rises
//! above 1.

use crate::{ModelError, Result};

/// How finely, and what share of customers counts as the best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Equal steps in which the curves are drawn; they have one point more.
    pub steps: usize,
    /// The best customers, as a share of all.
    pub top: f64,
}

impl Default for Settings {
    /// A point for each percent, and the best 20% of Pareto's rule.
    fn default() -> Self {
        Self { steps: 100, top: 0.2 }
    }
}

/// The spread of a value over customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// Lorenz curve: (share of customers from the lowest value up, their share of the value), from (0, 0) to (1, 1).
    pub lorenz: Vec<(f64, f64)>,
    /// 0 where all are equal, towards 1 where one has all.
    pub gini: f64,
    /// Share of the value held by the best customers; above 1 where others are negative.
    pub top_share: f64,
    /// Whale curve: (share of customers from the highest value down, their share of the value), from (0, 0) to (1, 1).
    pub whale: Vec<(f64, f64)>,
    /// The whale's highest point: beyond these customers, each more takes value away.
    pub whale_peak: (f64, f64),
}

/// The spread of `values`, one a customer, each counted `weights` times (once where `None`).
///
/// A base of zeros counts as equal. Where a curve's step falls within a customer (or a weight), it is drawn straight.
///
/// # Errors
/// [`ModelError::Invalid`] without customers, where the total is negative or 0 while values are not (shares of it would
/// mean nothing), for values or weights out of their domain, and for settings out of theirs.
pub fn concentration(values: &[f64], weights: Option<&[f64]>, settings: &Settings) -> Result<Concentration> {
    if settings.steps == 0 {
        return Err(ModelError::invalid("steps", 0.0, "at least 1"));
    }
    if !(settings.top > 0.0 && settings.top <= 1.0) {
        return Err(ModelError::invalid("top share of customers", settings.top, "a share above 0, up to 1"));
    }
    let sorted = sorted(values, weights)?;
    let sums = Sums::of(&sorted)?;
    if sums.absolute == 0.0 {
        return Ok(all_equal(settings));
    }
    let wanted = (1..settings.steps).map(|i| i as f64 / settings.steps as f64);
    let marks = wanted.clone().chain([1.0 - settings.top]);
    let mut order = marks.collect::<Vec<_>>();
    order.sort_by(f64::total_cmp);
    let curve = lorenz_at(&sorted, &sums, &order);
    let at = |share: f64| curve[order.partition_point(|&mark| mark < share).min(curve.len() - 1)];
    let inner = wanted.map(|share| (share, at(share))).collect::<Vec<_>>();
    let lorenz = ends_and(inner.iter().copied());
    // The whale is Lorenz turned round: what the best hold is all less what the rest holds.
    let whale = ends_and(inner.iter().rev().map(|&(share, held)| (1.0 - share, 1.0 - held)));
    Ok(Concentration {
        lorenz,
        gini: sums.gini,
        top_share: if settings.top == 1.0 { 1.0 } else { 1.0 - at(1.0 - settings.top) },
        whale,
        whale_peak: (1.0 - sums.not_positive / sums.weight, 1.0 - sums.negative / sums.total),
    })
}

fn ends_and(inner: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    [(0.0, 0.0)].into_iter().chain(inner).chain([(1.0, 1.0)]).collect()
}

fn all_equal(settings: &Settings) -> Concentration {
    let steps = settings.steps;
    let diagonal = ends_and((1..steps).map(|i| (i as f64 / steps as f64, i as f64 / steps as f64)));
    Concentration {
        lorenz: diagonal.clone(),
        gini: 0.0,
        top_share: settings.top,
        whale: diagonal,
        whale_peak: (1.0, 1.0),
    }
}

/// (value, weight) pairs from the lowest value up, without those of weight 0.
fn sorted(values: &[f64], weights: Option<&[f64]>) -> Result<Vec<(f64, f64)>> {
    if values.is_empty() {
        return Err(ModelError::invalid("number of customers", 0.0, "at least 1"));
    }
    if let Some(at) = values.iter().position(|v| !v.is_finite()) {
        return Err(ModelError::invalid(format!("value of customer {}", at + 1), values[at], "a finite number"));
    }
    let Some(weights) = weights else {
        // Alone, numbers sort faster than pairs.
        let mut alone = values.to_vec();
        alone.sort_unstable_by(f64::total_cmp);
        return Ok(alone.into_iter().map(|value| (value, 1.0)).collect());
    };
    if weights.len() != values.len() {
        return Err(ModelError::invalid("number of weights", weights.len() as f64, "one for each customer"));
    }
    if let Some(at) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(ModelError::invalid(format!("weight of customer {}", at + 1), weights[at], "0 or more"));
    }
    let mut pairs = values.iter().copied().zip(weights.iter().copied()).filter(|p| p.1 > 0.0).collect::<Vec<_>>();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    Ok(pairs)
}

struct Sums {
    weight: f64,
    total: f64,
    absolute: f64,
    negative: f64,
    not_positive: f64,
    gini: f64,
}

impl Sums {
    fn of(sorted: &[(f64, f64)]) -> Result<Self> {
        let mut sums = Self { weight: 0.0, total: 0.0, absolute: 0.0, negative: 0.0, not_positive: 0.0, gini: 0.0 };
        for &(value, weight) in sorted {
            let part = value * weight;
            sums.weight += weight;
            sums.total += part;
            sums.absolute += part.abs();
            if value <= 0.0 {
                sums.negative += part;
                sums.not_positive += weight;
            }
        }
        if sums.weight == 0.0 {
            return Err(ModelError::invalid("total weight", 0.0, "a number above 0"));
        }
        if !(sums.total.is_finite() && sums.absolute.is_finite() && sums.weight.is_finite()) {
            return Err(ModelError::invalid("total value", sums.total, "a finite number"));
        }
        if sums.absolute > 0.0 && sums.total <= 0.0 {
            return Err(ModelError::invalid("total value", sums.total, "a number above 0, to have shares of it"));
        }
        sums.gini = gini(sorted, sums.weight, sums.absolute);
        Ok(sums)
    }
}

/// Half the mean absolute difference of two customers over the mean absolute value.
fn gini(sorted: &[(f64, f64)], weight: f64, absolute: f64) -> f64 {
    if absolute == 0.0 {
        return 0.0;
    }
    // A customer is higher than the weight below and lower than the weight above: the sum of (below - above) x value
    // over customers is the sum of the differences of all pairs. Centring the values on 0 in the middle rank keeps the
    // terms small.
    let mut below = 0.0;
    let mut differences = 0.0;
    for &(value, w) in sorted {
        let above = weight - below - w;
        differences += (below - above) / weight * (value * w);
        below += w;
    }
    (differences / absolute).clamp(0.0, 1.0)
}

/// The Lorenz curve at ascending shares of customers.
fn lorenz_at(sorted: &[(f64, f64)], sums: &Sums, shares: &[f64]) -> Vec<f64> {
    let mut rest = sorted.iter().copied();
    let mut here = rest.next().unwrap_or_default();
    let (mut below, mut held) = (0.0, 0.0);
    let curve = shares.iter().map(|share| {
        let wanted = share * sums.weight;
        while below + here.1 < wanted {
            let Some(next) = rest.next() else { break };
            below += here.1;
            held += here.0 * here.1;
            here = next;
        }
        (held + here.0 * (wanted - below).clamp(0.0, here.1)) / sums.total
    });
    curve.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    fn of(values: &[f64]) -> Result<Concentration> {
        concentration(values, None, &Settings { steps: 5, top: 0.2 })
    }

    #[test]
    fn five_customers_by_hand() {
        // 1 2 3 4 10, total 20: differences of pairs 1+2+3+9+1+2+8+1+7+6 = 40, Gini 40 / (5 x 20) = 0.4.
        let found = of(&[3.0, 10.0, 1.0, 4.0, 2.0]).unwrap();
        close(found.gini, 0.4);
        close(found.top_share, 0.5);
        let lorenz = [(0.0, 0.0), (0.2, 0.05), (0.4, 0.15), (0.6, 0.3), (0.8, 0.5), (1.0, 1.0)];
        let whale = [(0.0, 0.0), (0.2, 0.5), (0.4, 0.7), (0.6, 0.85), (0.8, 0.95), (1.0, 1.0)];
        for (curve, expected) in [(&found.lorenz, lorenz), (&found.whale, whale)] {
            assert_eq!(curve.len(), 6);
            for (&(x, y), (ex, ey)) in curve.iter().zip(expected) {
                close(x, ex);
                close(y, ey);
            }
        }
        assert_eq!(found.whale_peak, (1.0, 1.0));
    }

    #[test]
    fn negative_values_dip_and_rise() {
        // -10 0 5 15 40, total 50, absolute 70: differences 10+15+25+50+5+15+40+10+35+25 = 230, Gini 230 / (5 x 70).
        let found = of(&[5.0, -10.0, 40.0, 0.0, 15.0]).unwrap();
        close(found.gini, 230.0 / 350.0);
        close(found.lorenz[1].1, -0.2);
        close(found.lorenz[3].1, -0.1);
        close(found.top_share, 0.8);
        close(found.whale[3].1, 1.2);
        assert_eq!(found.whale_peak, (0.6, 1.2));
    }

    #[test]
    fn steps_within_a_customer_are_straight() {
        let found = concentration(&[1.0, 3.0], None, &Settings::default()).unwrap();
        assert_eq!(found.lorenz.len(), 101);
        close(found.lorenz[25].1, 0.125);
        close(found.lorenz[50].1, 0.25);
        close(found.lorenz[75].1, 0.625);
        close(found.top_share, 0.3);
        close(found.gini, 0.25);
    }

    #[test]
    fn edges() {
        let equal = of(&[7.0; 9]).unwrap();
        close(equal.gini, 0.0);
        close(equal.top_share, 0.2);
        let zero = of(&[0.0; 3]).unwrap();
        assert_eq!((zero.gini, zero.top_share, zero.lorenz[2]), (0.0, 0.2, (0.4, 0.4)));
        let one = of(&[5.0]).unwrap();
        close(one.gini, 0.0);
        let all_with_one = of(&[0.0, 0.0, 0.0, 8.0]).unwrap();
        close(all_with_one.gini, 0.75);
        let whole = concentration(&[1.0, 2.0], None, &Settings { steps: 1, top: 1.0 }).unwrap();
        assert_eq!((whole.top_share, whole.lorenz), (1.0, vec![(0.0, 0.0), (1.0, 1.0)]));
        for bad in [&[] as &[f64], &[1.0, f64::NAN], &[-1.0, -2.0], &[-1.0, 1.0], &[f64::MAX, f64::MAX]] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
        assert!(concentration(&[1.0], Some(&[]), &Settings::default()).is_err());
        assert!(concentration(&[1.0], Some(&[-1.0]), &Settings::default()).is_err());
        assert!(concentration(&[1.0], Some(&[0.0]), &Settings::default()).is_err());
        assert!(concentration(&[1.0], None, &Settings { steps: 0, top: 0.2 }).is_err());
        assert!(concentration(&[1.0], None, &Settings { steps: 5, top: 0.0 }).is_err());
    }

    #[test]
    fn the_message_names_the_customer() {
        let error = of(&[1.0, f64::INFINITY]).unwrap_err().to_string();
        assert_eq!(error, "value of customer 2 is inf; expected a finite number");
    }

    proptest! {
        #[test]
        fn agrees_with_all_pairs(values in prop::collection::vec(-20_i32..100, 1..40)) {
            let values = values.into_iter().map(f64::from).collect::<Vec<_>>();
            let total = values.iter().sum::<f64>();
            prop_assume!(total > 0.0);
            let n = values.len() as f64;
            let pairs = values.iter().flat_map(|a| values.iter().map(move |b| (a - b).abs())).sum::<f64>();
            let absolute = values.iter().map(|v| v.abs()).sum::<f64>();
            let found = of(&values).unwrap();
            prop_assert!((found.gini - pairs / (2.0 * n * absolute)).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&found.gini));
            for (&(_, low), &(x, _)) in found.lorenz.iter().zip(&found.lorenz) {
                prop_assert!(low <= x + 1e-12, "Lorenz lies under the diagonal");
            }
            let best = values.iter().filter(|v| **v > 0.0).sum::<f64>();
            prop_assert!((found.whale_peak.1 - best / total).abs() < 1e-12);
        }

        #[test]
        fn a_weight_is_that_many_customers(rows in prop::collection::vec((0_i32..50, 1_usize..5), 1..20)) {
            let long = rows.iter().flat_map(|&(v, w)| vec![f64::from(v); w]).collect::<Vec<_>>();
            let (values, weights): (Vec<_>, Vec<_>) = rows.iter().map(|&(v, w)| (f64::from(v), w as f64)).unzip();
            let settings = Settings::default();
            let weighted = concentration(&values, Some(&weights), &settings).unwrap();
            let counted = concentration(&long, None, &settings).unwrap();
            prop_assert!((weighted.gini - counted.gini).abs() < 1e-12);
            prop_assert!((weighted.top_share - counted.top_share).abs() < 1e-9);
            for (a, b) in weighted.lorenz.iter().zip(&counted.lorenz) {
                prop_assert!((a.1 - b.1).abs() < 1e-9);
            }
        }
    }
}

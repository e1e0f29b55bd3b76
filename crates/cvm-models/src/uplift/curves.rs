//! How well scores rank customers by the effect on them: uplift and Qini curves, their areas, and the uplift of the best.
//!
//! N. J. Radcliffe (2007), "Using control groups to target on predicted lift", Direct Marketing Analytics Journal 3;
//! F. Devriendt, T. Guns & W. Verbeke (2020), "Learning to rank for uplift modeling". Definitions and normalisation are
//! those of scikit-uplift, so that figures compare.

use crate::{ModelError, Result};

/// A curve over customers from the highest score down: (how many, what treating them gained).
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// From (0, 0); customers with the same score come together.
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// Area between the curve and the straight line to its end, which random targeting would give.
    pub fn area_above_random(&self) -> f64 {
        let (n, end) = self.points[self.points.len() - 1];
        let pairs = self.points.windows(2);
        pairs.map(|p| (p[1].0 - p[0].0) * (p[0].1 + p[1].1) / 2.0).sum::<f64>() - n * end / 2.0
    }
}

/// How the best share is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Best {
    /// The best of all, compared by who of them was treated.
    Overall,
    /// The best of the treated and the best of the others, each by their own order.
    ByGroup,
}

/// Gain by difference of means among the customers so far, times how many they are.
///
/// # Errors
/// [`ModelError::Invalid`] for slices of different length, or empty, or scores that are not numbers.
pub fn uplift_curve(outcomes: &[f64], scores: &[f64], treated: &[bool]) -> Result<Curve> {
    curve(outcomes, scores, treated, |sums| {
        let mean = |total: f64, n: f64| if n > 0.0 { total / n } else { 0.0 };
        (mean(sums.treated, sums.n_treated) - mean(sums.control, sums.n_control)) * (sums.n_treated + sums.n_control)
    })
}

/// Gain by outcomes of the treated so far, less those of as many of the control group.
///
/// # Errors
/// As [`uplift_curve`].
pub fn qini_curve(outcomes: &[f64], scores: &[f64], treated: &[bool]) -> Result<Curve> {
    curve(outcomes, scores, treated, |sums| {
        let ratio = if sums.n_control > 0.0 { sums.n_treated / sums.n_control } else { 0.0 };
        sums.treated - sums.control * ratio
    })
}

/// Area under the uplift curve, 0 for random scores and 1 for the best ranking there could be.
///
/// # Errors
/// As [`uplift_curve`]; outcomes have to be 0 or 1, as the best ranking is not known otherwise.
pub fn area_under_uplift(outcomes: &[f64], scores: &[f64], treated: &[bool]) -> Result<f64> {
    check_binary(outcomes)?;
    let answers_control = outcomes.iter().zip(treated).filter(|(y, t)| **y == 1.0 && !**t).count();
    let silent_treated = outcomes.iter().zip(treated).filter(|(y, t)| **y == 0.0 && **t).count();
    // Persuaded first, the disturbed last; of the rest, those come first who are more of one kind.
    let perfect = outcomes.iter().zip(treated).map(|(y, t)| {
        let t = f64::from(*t);
        2.0 * f64::from(*y == t) + if answers_control > silent_treated { *y } else { t }
    });
    let perfect = uplift_curve(outcomes, &perfect.collect::<Vec<_>>(), treated)?;
    normalised(&uplift_curve(outcomes, scores, treated)?, &perfect)
}

/// Area under the Qini curve, 0 for random scores and 1 for the best ranking there could be.
///
/// # Errors
/// As [`area_under_uplift`].
pub fn qini_coefficient(outcomes: &[f64], scores: &[f64], treated: &[bool]) -> Result<f64> {
    check_binary(outcomes)?;
    let perfect = outcomes.iter().zip(treated).map(|(y, t)| if *t { *y } else { -*y });
    let perfect = qini_curve(outcomes, &perfect.collect::<Vec<_>>(), treated)?;
    normalised(&qini_curve(outcomes, scores, treated)?, &perfect)
}

/// Difference of mean outcomes among the best `share` of customers.
///
/// # Errors
/// As [`uplift_curve`]; also for a share not above 0 up to 1, or so small that a side has nobody in it.
pub fn uplift_at(outcomes: &[f64], scores: &[f64], treated: &[bool], share: f64, best: Best) -> Result<f64> {
    let order = descending(outcomes, scores, treated)?;
    if !(share > 0.0 && share <= 1.0) {
        return Err(ModelError::invalid("share of customers", share, "a share above 0, up to 1"));
    }
    let first = |n: usize| (share * n as f64) as usize;
    let mean = |side: bool| {
        let mine = |c: &&usize| treated[**c] == side;
        let count = match best {
            Best::Overall => order[..first(order.len())].iter().filter(mine).count(),
            Best::ByGroup => first(order.iter().filter(mine).count()),
        };
        if count == 0 {
            return Err(ModelError::invalid("share of customers", share, "so large that both sides have somebody"));
        }
        Ok(order.iter().filter(mine).take(count).map(|c| outcomes[*c]).sum::<f64>() / count as f64)
    };
    Ok(mean(true)? - mean(false)?)
}

#[derive(Default)]
struct Sums {
    n_treated: f64,
    n_control: f64,
    treated: f64,
    control: f64,
}

fn curve(outcomes: &[f64], scores: &[f64], treated: &[bool], gain: impl Fn(&Sums) -> f64) -> Result<Curve> {
    let order = descending(outcomes, scores, treated)?;
    let mut sums = Sums::default();
    let mut points = vec![(0.0, 0.0)];
    for (at, &customer) in order.iter().enumerate() {
        let (n, total) = if treated[customer] {
            (&mut sums.n_treated, &mut sums.treated)
        } else {
            (&mut sums.n_control, &mut sums.control)
        };
        *n += 1.0;
        *total += outcomes[customer];
        if order.get(at + 1).is_none_or(|next| scores[*next] != scores[customer]) {
            points.push(((at + 1) as f64, gain(&sums)));
        }
    }
    Ok(Curve { points })
}

/// Customers from the highest score down; of equal ones the last first, as scikit-uplift has them.
fn descending(outcomes: &[f64], scores: &[f64], treated: &[bool]) -> Result<Vec<usize>> {
    let n = outcomes.len();
    if n == 0 || scores.len() != n || treated.len() != n {
        return Err(ModelError::invalid(
            "number of scores",
            scores.len() as f64,
            "one a customer, with a treatment each",
        ));
    }
    if let Some(at) = scores.iter().position(|score| score.is_nan()) {
        return Err(ModelError::invalid(format!("score of customer {}", at + 1), scores[at], "a number"));
    }
    let mut order = (0..n).rev().collect::<Vec<_>>();
    // -0 and 0 are one score, so that `total_cmp` will not do.
    order.sort_by(|a, b| scores[*b].partial_cmp(&scores[*a]).expect("scores are numbers"));
    Ok(order)
}

fn check_binary(outcomes: &[f64]) -> Result<()> {
    match outcomes.iter().find(|y| **y != 0.0 && **y != 1.0) {
        Some(other) => Err(ModelError::invalid("outcome", *other, "0 or 1")),
        None => Ok(()),
    }
}

fn normalised(curve: &Curve, perfect: &Curve) -> Result<f64> {
    let best = perfect.area_above_random();
    if best == 0.0 {
        return Err(ModelError::NotIdentified {
            model: "uplift curve",
            found: "no ranking is better than any other".into(),
            advice: "wait until some have answered and some have not",
        });
    }
    Ok(curve.area_above_random() / best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    fn reference() -> (Vec<f64>, Vec<f64>, Vec<bool>) {
        let lines = include_str!("../../tests/data/uplift.csv").lines().skip(1);
        let rows = lines.map(|line| {
            let [y, score, treated] = line.split(',').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
            (y.parse::<f64>().unwrap(), score.parse::<f64>().unwrap(), treated == "1")
        });
        let (mut outcomes, mut scores, mut treated) = (Vec::new(), Vec::new(), Vec::new());
        for (y, score, t) in rows {
            outcomes.push(y);
            scores.push(score);
            treated.push(t);
        }
        (outcomes, scores, treated)
    }

    #[test]
    fn two_thousand_customers_as_scikit_uplift_has_them() {
        // scikit-uplift 0.5.1: uplift_auc_score, qini_auc_score, uplift_at_k, uplift_curve, qini_curve.
        let (y, score, t) = reference();
        close(area_under_uplift(&y, &score, &t).unwrap(), 0.06584029915818293, 1e-12);
        close(qini_coefficient(&y, &score, &t).unwrap(), 0.06666406404417086, 1e-12);
        for (share, overall, by_group) in [
            (0.1, 0.22228921716410416, 0.19686868686868686),
            (0.3, 0.17519466073414908, 0.16502040179268207),
            (0.5, 0.1453543256692107, 0.14502122076394752),
        ] {
            close(uplift_at(&y, &score, &t, share, Best::Overall).unwrap(), overall, 1e-12);
            close(uplift_at(&y, &score, &t, share, Best::ByGroup).unwrap(), by_group, 1e-12);
        }
        assert_eq!(uplift_curve(&y, &score, &t).unwrap().points.len(), 1994);
        let last = *qini_curve(&y, &score, &t).unwrap().points.last().unwrap();
        assert_eq!(last.0, 2000.0);
        close(last.1, 80.3638170974155, 1e-12);
    }

    #[test]
    fn the_best_ranking_has_one() {
        let y = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        let t = [true, true, false, false, true, false];
        let best = y.iter().zip(t).map(|(y, t)| if t { *y } else { -*y }).collect::<Vec<_>>();
        close(qini_coefficient(&y, &best, &t).unwrap(), 1.0, 1e-12);
        // The same score for all is a straight line.
        assert_eq!(qini_coefficient(&y, &[0.3; 6], &t).unwrap(), 0.0);
    }

    #[test]
    fn money_has_curves_but_no_best_ranking() {
        let (y, score, t) = ([0.0, 12.5, 3.0], [3.0, 2.0, 1.0], [false, true, true]);
        assert_eq!(qini_curve(&y, &score, &t).unwrap().points.last(), Some(&(3.0, 15.5)));
        assert_eq!(qini_coefficient(&y, &score, &t).unwrap_err().to_string(), "outcome is 12.5; expected 0 or 1");
    }

    #[test]
    fn refusals() {
        assert!(uplift_curve(&[1.0], &[], &[true]).is_err());
        assert!(uplift_curve(&[1.0], &[f64::NAN], &[true]).is_err());
        assert!(uplift_at(&[1.0, 0.0], &[0.2, 0.1], &[true, false], 0.5, Best::Overall).is_err());
        assert!(qini_coefficient(&[0.0, 0.0], &[0.2, 0.1], &[true, false]).is_err());
    }
}

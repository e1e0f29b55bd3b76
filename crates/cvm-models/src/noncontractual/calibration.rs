//! How good was the forecast: predictions against the purchases of a hold-out that the model had not seen.
//!
//! The views are those of P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "Counting Your Customers the Easy Way":
//! error per customer, conditional expectation by past frequency, and cumulative purchases by week. To these come the
//! logarithmic score of I. J. Good (1952) and the coverage of intervals.

use crate::{ModelError, Result};

/// Predictions of customers and what came of them. All rows are customers, in one order.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    /// What the model expected of each.
    pub predicted: &'a [f64],
    /// What each did.
    pub actual: &'a [f64],
    /// How often each counts; once where `None`.
    pub weights: Option<&'a [f64]>,
}

/// The error of a forecast over customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Weight of the customers compared.
    pub customers: f64,
    /// Mean absolute error. It favours forecasts of the median, which for rare purchases is 0.
    pub mae: f64,
    /// Root mean squared error. It favours forecasts of the mean, which is what totals are made of.
    pub rmse: f64,
    /// Mean of predicted less actual; positive where too much was predicted.
    pub bias: f64,
    /// Sum predicted.
    pub predicted: f64,
    /// Sum there was.
    pub actual: f64,
    /// Mean logarithm of the probability given to what happened, the higher the better; `None` without probabilities.
    pub log_score: Option<f64>,
}

/// Measures a forecast. `probabilities` are those the model gave to each customer's actual outcome, where known.
///
/// A probability of 0 counts as the smallest normal double (logarithm -708): one outcome thought impossible condemns a
/// model, but its score stays a number.
///
/// # Errors
/// [`ModelError::Invalid`] where columns differ in length, or a value is out of its domain, or no customer counts.
pub fn accuracy(outcomes: &Outcomes, probabilities: Option<&[f64]>) -> Result<Accuracy> {
    outcomes.check()?;
    if let Some(probabilities) = probabilities {
        outcomes
            .check_column("probability", probabilities, "a probability from 0 to 1", |p| (0.0..=1.0).contains(&p))?;
    }
    let (mut customers, mut absolute, mut squared) = (0.0, 0.0, 0.0);
    let (mut predicted, mut actual, mut log) = (0.0, 0.0, 0.0);
    for (row, weight) in outcomes.weights().enumerate() {
        let error = outcomes.predicted[row] - outcomes.actual[row];
        customers += weight;
        absolute += weight * error.abs();
        squared += weight * error * error;
        predicted += weight * outcomes.predicted[row];
        actual += weight * outcomes.actual[row];
        if let Some(probabilities) = probabilities {
            log += weight * probabilities[row].max(f64::MIN_POSITIVE).ln();
        }
    }
    let found = Accuracy {
        customers,
        mae: absolute / customers,
        rmse: (squared / customers).sqrt(),
        bias: (predicted - actual) / customers,
        predicted,
        actual,
        log_score: probabilities.map(|_| log / customers),
    };
    if [found.rmse, found.predicted, found.actual].iter().all(|v| v.is_finite()) {
        return Ok(found);
    }
    Err(ModelError::invalid("sum of squared errors", squared, "a finite number; rescale the predictions"))
}

/// Customers with the same number of repeat purchases before the hold-out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrequencyClass {
    /// Repeat purchases in the calibration.
    pub frequency: u32,
    /// Whether customers with more are counted here too ("7+").
    pub or_more: bool,
    /// Weight of the customers.
    pub customers: f64,
    /// Mean purchases in the hold-out.
    pub actual: f64,
    /// Mean purchases predicted.
    pub predicted: f64,
}

/// The usual last frequency class, seven or more.
pub const LAST_FREQUENCY_CLASS: u32 = 7;

/// Mean purchases by class of `frequency` in the calibration, those of `last` and more in one; empty classes left out.
///
/// # Errors
/// As [`accuracy`].
pub fn by_frequency(outcomes: &Outcomes, frequency: &[u32], last: u32) -> Result<Vec<FrequencyClass>> {
    outcomes.check()?;
    if frequency.len() != outcomes.actual.len() {
        return Err(ModelError::invalid("number of frequencies", frequency.len() as f64, "one for each customer"));
    }
    let highest = frequency.iter().copied().max().unwrap_or(0).min(last);
    let new = |frequency| {
        let or_more = frequency == last;
        FrequencyClass { frequency, or_more, customers: 0.0, actual: 0.0, predicted: 0.0 }
    };
    let mut classes = (0..=highest).map(new).collect::<Vec<_>>();
    for (row, weight) in outcomes.weights().enumerate() {
        let class = &mut classes[frequency[row].min(last) as usize];
        class.customers += weight;
        class.actual += weight * outcomes.actual[row];
        class.predicted += weight * outcomes.predicted[row];
    }
    classes.retain(|class| class.customers > 0.0);
    for class in &mut classes {
        class.actual /= class.customers;
        class.predicted /= class.customers;
        if !(class.actual.is_finite() && class.predicted.is_finite()) {
            let name = format!("mean purchases at frequency {}", class.frequency);
            return Err(ModelError::invalid(name, class.predicted + class.actual, "a finite number"));
        }
    }
    Ok(classes)
}

/// One step of tracking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackingStep {
    /// Steps since the first day, from 1.
    pub step: usize,
    /// Repeat purchases up to the end of the step.
    pub actual: f64,
    /// Repeat purchases expected up to then of the customers who had started.
    pub predicted: f64,
}

/// Cumulative repeat purchases of a mix of cohorts by step, mostly by week, actual against expected.
///
/// `starts[d]` is how many customers made their first purchase on day d, `repeats[d]` how many repeat purchases fell on
/// it; days count from the first of the data. A step's end is the start of the day after it, so that a customer who
/// started on day d has by then been one for `days_per_step * step - d` days, which is what `expected` is asked: the
/// purchases expected of a new customer in that many days. It is asked once for each number of days, however many
/// customers there are. (For a model in weeks: `|days| model.expected_purchases(days / 7.0)`.)
///
/// # Errors
/// [`ModelError::Invalid`] where steps have no length, counts are negative or not finite, or the model's answer is.
pub fn tracking(
    starts: &[f64],
    repeats: &[f64],
    days_per_step: usize,
    steps: usize,
    mut expected: impl FnMut(f64) -> f64,
) -> Result<Vec<TrackingStep>> {
    if days_per_step == 0 {
        return Err(ModelError::invalid("days per step", 0.0, "at least 1"));
    }
    check_column("customers who started", starts, "0 or more", |n| n >= 0.0)?;
    check_column("repeat purchases", repeats, "0 or more", |n| n >= 0.0)?;
    let Some(first) = starts.iter().position(|&n| n > 0.0) else {
        return Err(ModelError::invalid("customers who started", 0.0, "at least 1"));
    };
    let days = steps * days_per_step;
    // On the day of the first purchase nothing can have been repeated, so the model is not asked.
    let by_age = (0..=days.saturating_sub(first)).map(|age| if age == 0 { 0.0 } else { expected(age as f64) });
    let by_age = by_age.collect::<Vec<_>>();
    check_column("expected purchases after days", &by_age, "0 or more", |e| e >= 0.0)?;
    let mut actual = 0.0;
    let step = |step: usize| {
        let end = step * days_per_step;
        let day = |d: usize| repeats.get(d).copied().unwrap_or(0.0);
        actual += (end - days_per_step..end).map(day).sum::<f64>();
        let started = starts.iter().enumerate().take(end).skip(first);
        let predicted = started.map(|(start, &n)| n * by_age[end - start]).sum();
        TrackingStep { step, actual, predicted }
    };
    let found = (1..=steps).map(step).collect::<Vec<_>>();
    let column = |of: fn(&TrackingStep) -> f64| found.iter().map(of).collect::<Vec<_>>();
    check_column("repeat purchases up to step", &column(|step| step.actual), "a finite number", f64::is_finite)?;
    check_column("expected purchases up to step", &column(|step| step.predicted), "a finite number", f64::is_finite)?;
    Ok(found)
}

/// How intervals fared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Share of customers whose outcome lay within their bounds, the bounds included.
    pub inside: f64,
    /// Share below the lower bound.
    pub below: f64,
    /// Share above the upper bound.
    pub above: f64,
}

/// The shares of customers inside, below and above their bounds.
///
/// Outcomes are often 0 with more than the nominal probability; then bounds that include 0 rightly cover more.
///
/// # Errors
/// [`ModelError::Invalid`] where columns differ in length, a number is not finite, bounds are crossed, or no customer
/// counts.
pub fn coverage(low: &[f64], high: &[f64], actual: &[f64], weights: Option<&[f64]>) -> Result<Coverage> {
    let outcomes = Outcomes { predicted: low, actual, weights };
    outcomes.check()?;
    outcomes.check_column("upper bound", high, "a finite number", f64::is_finite)?;
    let (mut all, mut below, mut above) = (0.0, 0.0, 0.0);
    for (row, weight) in outcomes.weights().enumerate() {
        if low[row] > high[row] {
            let name = format!("lower bound of customer {}", row + 1);
            return Err(ModelError::invalid(name, low[row], "no higher than the upper bound"));
        }
        all += weight;
        below += if actual[row] < low[row] { weight } else { 0.0 };
        above += if actual[row] > high[row] { weight } else { 0.0 };
    }
    Ok(Coverage { inside: (all - below - above).max(0.0) / all, below: below / all, above: above / all })
}

/// A model tried on the hold-out.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub model: String,
    /// Its error, or why it could not be fitted.
    pub result: std::result::Result<Accuracy, ModelError>,
}

/// How to choose among candidates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChoiceSettings {
    /// Candidates whose RMSE is at most this share above the lowest are equally good by it.
    pub tie: f64,
}

impl Default for ChoiceSettings {
    /// Half a percent. On the CDNOW sample (2,357 customers), BG/NBD, MBG/NBD and Pareto/NBD lie within 0.33% of one
    /// another, and which is lowest depends on a handful of heavy buyers.
    fn default() -> Self {
        Self { tie: 0.005 }
    }
}

/// Ranks candidates, the one to use first; every one stays in the table.
///
/// The lowest RMSE leads. Those tied with it ([`ChoiceSettings::tie`]) are ordered by the logarithmic score where all
/// of them have it, since it judges the whole distribution, else by the smallest absolute bias, since their errors per
/// customer being equal, the better total is worth more; last by the order given, so put the simpler model first.
/// Behind them follow the others by RMSE, then those that could not be fitted.
pub fn choose(mut candidates: Vec<Candidate>, settings: &ChoiceSettings) -> Vec<Candidate> {
    let rmse = |candidate: &Candidate| candidate.result.as_ref().map_or(f64::INFINITY, |accuracy| accuracy.rmse);
    candidates.sort_by(|a, b| rmse(a).total_cmp(&rmse(b)));
    let limit = candidates.first().map_or(0.0, |best| rmse(best) * (1.0 + settings.tie.max(0.0)));
    let tied = candidates.iter().take_while(|c| c.result.is_ok() && rmse(c) <= limit).count();
    let accuracy = |candidate: &Candidate| candidate.result.clone().ok();
    let scored = candidates[..tied].iter().all(|c| accuracy(c).is_some_and(|a| a.log_score.is_some()));
    let key = |candidate: &Candidate| match accuracy(candidate) {
        Some(Accuracy { log_score: Some(score), .. }) if scored => -score,
        Some(Accuracy { bias, .. }) => bias.abs(),
        None => f64::INFINITY,
    };
    candidates[..tied].sort_by(|a, b| key(a).total_cmp(&key(b)));
    candidates
}

impl Outcomes<'_> {
    /// The weight of each row.
    fn weights(&self) -> impl Iterator<Item = f64> {
        (0..self.actual.len()).map(|row| self.weights.map_or(1.0, |weights| weights[row]))
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.actual.is_empty() {
            return Err(ModelError::invalid("number of customers", 0.0, "at least 1"));
        }
        self.check_column("prediction", self.predicted, "a finite number", f64::is_finite)?;
        self.check_column("outcome", self.actual, "a finite number", f64::is_finite)?;
        match self.weights {
            Some(weights) => self.check_column("weight", weights, "0 or more", |w| w >= 0.0)?,
            None => return Ok(()),
        }
        let total = self.weights().sum::<f64>();
        if total > 0.0 && total.is_finite() {
            return Ok(());
        }
        Err(ModelError::invalid("weight of all customers", total, "a finite number above 0"))
    }

    fn check_column(
        &self,
        name: &str,
        column: &[f64],
        expected: &'static str,
        good: impl Fn(f64) -> bool,
    ) -> Result<()> {
        if column.len() != self.actual.len() {
            let count = column.len() as f64;
            return Err(ModelError::invalid(format!("number of values of {name}"), count, "one for each customer"));
        }
        check_column(name, column, expected, good)
    }
}

fn check_column(name: &str, column: &[f64], expected: &'static str, good: impl Fn(f64) -> bool) -> Result<()> {
    match column.iter().position(|&value| !(value.is_finite() && good(value))) {
        Some(row) => Err(ModelError::invalid(format!("{name} {}", row + 1), column[row], expected)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn errors_by_hand() {
        // Errors 1, -2, 0, weights 1, 2, 1.
        let outcomes =
            Outcomes { predicted: &[2.0, 1.0, 5.0], actual: &[1.0, 3.0, 5.0], weights: Some(&[1.0, 2.0, 1.0]) };
        let found = accuracy(&outcomes, Some(&[0.5, 0.25, 1.0])).unwrap();
        close(found.mae, 1.25);
        close(found.rmse, 1.5);
        close(found.bias, -0.75);
        close(found.log_score.unwrap(), -5.0 * std::f64::consts::LN_2 / 4.0);
        assert_eq!((found.customers, found.predicted, found.actual), (4.0, 9.0, 12.0));
    }

    #[test]
    fn an_impossible_outcome_scores_low_but_finite() {
        let outcomes = Outcomes { predicted: &[0.0], actual: &[1.0], weights: None };
        let score = accuracy(&outcomes, Some(&[0.0])).unwrap().log_score.unwrap();
        assert!(score < -708.0 && score.is_finite());
    }

    #[test]
    fn wrong_columns_are_named() {
        let outcomes = |predicted, actual, weights| Outcomes { predicted, actual, weights };
        for (given, probabilities, message) in [
            (outcomes(&[], &[], None), None, "number of customers is 0; expected at least 1"),
            (outcomes(&[1.0], &[1.0, 2.0], None), None, "number of values of prediction is 1"),
            (outcomes(&[1.0, f64::NAN], &[1.0, 2.0], None), None, "prediction 2 is NaN"),
            (outcomes(&[1.0], &[1.0], Some(&[-1.0])), None, "weight 1 is -1"),
            (outcomes(&[1.0], &[1.0], Some(&[0.0])), None, "weight of all customers is 0"),
            (outcomes(&[1.0], &[1.0], None), Some(&[1.5] as &[f64]), "probability 1 is 1.5"),
            (outcomes(&[1e200], &[1.0], None), None, "sum of squared errors is inf"),
        ] {
            let error = accuracy(&given, probabilities).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn frequency_classes_by_hand() {
        let outcomes = Outcomes {
            predicted: &[0.1, 0.3, 2.0, 8.0, 9.0],
            actual: &[0.0, 1.0, 1.0, 10.0, 4.0],
            weights: Some(&[3.0, 1.0, 1.0, 1.0, 1.0]),
        };
        let found = by_frequency(&outcomes, &[0, 0, 2, 7, 30], LAST_FREQUENCY_CLASS).unwrap();
        let class = |frequency, or_more, customers, actual, predicted| FrequencyClass {
            frequency,
            or_more,
            customers,
            actual,
            predicted,
        };
        assert_eq!(found.len(), 3);
        close(found[0].predicted, 0.15);
        assert_eq!(found[0], class(0, false, 4.0, 0.25, found[0].predicted));
        assert_eq!(found[1], class(2, false, 1.0, 1.0, 2.0));
        assert_eq!(found[2], class(7, true, 2.0, 7.0, 8.5));
        assert!(by_frequency(&outcomes, &[0], 7).is_err());
        let huge = Outcomes { predicted: &[1e308; 2], actual: &[0.0; 2], weights: None };
        assert!(by_frequency(&huge, &[0; 2], 7).is_err());
    }

    /// Gauss's hypergeometric series, slow and obvious; for 0 <= z < 1.
    fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
        let mut term = 1.0;
        let mut sum = 1.0;
        for n in 0..100_000 {
            let n = f64::from(n);
            term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
            sum += term;
            if term < 1e-17 * sum {
                break;
            }
        }
        sum
    }

    /// Expected purchases of a new customer (Fader, Hardie and Lee 2005, equation 9) at the maximum likelihood of the
    /// CDNOW sample in exact weeks (log-likelihood -9582.429207), found with scipy 1.17.1.
    fn bgnbd_expected(weeks: f64) -> f64 {
        let (r, alpha, a, b) = (0.24259451898513001, 4.413602027289638, 0.7929219448891364, 2.425906566336411);
        let z = weeks / (alpha + weeks);
        (a + b - 1.0) / (a - 1.0) * (1.0 - (1.0 - z).powf(r) * hypergeometric(r, b, a + b - 1.0, z))
    }

    fn table(text: &str) -> Vec<Vec<f64>> {
        text.lines().skip(1).map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect()
    }

    // Both tables: tests/data/tracking/SOURCE.md.
    #[test]
    fn cdnow_is_tracked_as_published() {
        let days = table(include_str!("../../tests/data/tracking/cdnow_cohort_by_day.csv"));
        let weeks = table(include_str!("../../tests/data/tracking/cdnow_bgnbd_cumulative_by_week.csv"));
        let column = |at: usize| days.iter().map(|row| row[at]).collect::<Vec<_>>();
        let mut asked = 0;
        let found = tracking(&column(1), &column(2), 7, 78, |days| {
            asked += 1;
            bgnbd_expected(days / 7.0)
        });
        let found = found.unwrap();
        assert_eq!(found.len(), 78);
        for (step, row) in found.iter().zip(weeks) {
            assert_eq!((step.step as f64, step.actual), (row[0], row[1]));
            assert!((step.predicted / row[2] - 1.0).abs() < 1e-7, "week {}: {} {}", step.step, step.predicted, row[2]);
        }
        assert_eq!((found[38].actual, found[77].actual), (2_457.0, 4_339.0));
        assert_eq!(asked, 546, "once for each age in days");
    }

    #[test]
    fn tracking_refuses_what_it_cannot_track() {
        assert!(tracking(&[1.0], &[], 0, 1, |_| 1.0).is_err());
        assert!(tracking(&[0.0], &[], 7, 1, |_| 1.0).is_err());
        assert!(tracking(&[1.0], &[f64::NAN], 7, 1, |_| 1.0).is_err());
        assert!(tracking(&[1.0], &[], 7, 1, |_| f64::NAN).is_err());
        assert!(tracking(&[2.0], &[], 7, 1, |_| 1e308).is_err());
        assert_eq!(tracking(&[1.0], &[], 7, 0, |_| 1.0).unwrap(), []);
        let late = tracking(&[0.0, 0.0, 0.0, 1.0], &[0.0; 4], 2, 2, |days| days).unwrap();
        assert_eq!((late[0].predicted, late[1].predicted), (0.0, 1.0));
    }

    #[test]
    fn coverage_by_hand() {
        let found = coverage(&[0.0, 1.0, 2.0], &[1.0, 2.0, 2.0], &[1.0, 0.5, 3.0], Some(&[2.0, 1.0, 1.0])).unwrap();
        assert_eq!(found, Coverage { inside: 0.5, below: 0.25, above: 0.25 });
        assert!(coverage(&[2.0], &[1.0], &[1.0], None).is_err());
        assert!(coverage(&[], &[], &[], None).is_err());
        assert!(coverage(&[0.0; 2], &[1.0; 2], &[1.0; 2], Some(&[1e308; 2])).is_err());
    }

    fn candidate(model: &str, rmse: f64, bias: f64, log_score: Option<f64>) -> Candidate {
        let result = Ok(Accuracy { customers: 1.0, mae: rmse, rmse, bias, predicted: 0.0, actual: 0.0, log_score });
        Candidate { model: model.into(), result }
    }

    fn order(candidates: Vec<Candidate>, tie: f64) -> Vec<String> {
        choose(candidates, &ChoiceSettings { tie }).into_iter().map(|c| c.model).collect()
    }

    #[test]
    fn the_table_of_candidates_is_ranked_and_whole() {
        let failed = Candidate { model: "failed".into(), result: Err(ModelError::invalid("x", 1.0, "2")) };
        let three = || vec![candidate("a", 1.003, -0.1, None), candidate("b", 1.0, 0.3, None)];
        let mut candidates = vec![failed, candidate("far", 2.0, 0.0, None)];
        candidates.extend(three());
        assert_eq!(order(candidates.clone(), 0.005), ["a", "b", "far", "failed"], "the tie goes to the better total");
        assert_eq!(order(candidates, 0.0), ["b", "a", "far", "failed"], "no tie");
        let scored = vec![candidate("a", 1.003, 0.0, Some(-1.2)), candidate("b", 1.0, 0.3, Some(-1.1))];
        assert_eq!(order(scored, 0.005), ["b", "a"], "the tie goes to the better distribution");
        let same = vec![candidate("simple", 1.0, 0.1, None), candidate("rich", 1.0, -0.1, None)];
        assert_eq!(order(same, 0.005), ["simple", "rich"], "the order given");
        assert!(order(vec![], 0.005).is_empty());
    }

    proptest! {
        #[test]
        fn tracking_agrees_with_a_customer_at_a_time(
            customers in prop::collection::vec(0_usize..30, 1..50), days in 1_usize..9, steps in 0_usize..8,
        ) {
            let mut starts = vec![0.0; 30];
            for &start in &customers {
                starts[start] += 1.0;
            }
            let expected = |age: f64| age.sqrt();
            let found = tracking(&starts, &[], days, steps, expected).unwrap();
            for step in found {
                let end = step.step * days;
                let slow = customers.iter().filter(|s| **s < end).map(|s| expected((end - s) as f64)).sum::<f64>();
                prop_assert!((step.predicted - slow).abs() < 1e-9);
            }
        }

        #[test]
        fn rmse_is_no_less_than_mae_and_bias(
            rows in prop::collection::vec((0.0..9.0_f64, 0.0..9.0_f64, 0.1..3.0_f64), 1..40),
        ) {
            let predicted = rows.iter().map(|r| r.0).collect::<Vec<_>>();
            let actual = rows.iter().map(|r| r.1).collect::<Vec<_>>();
            let weights = rows.iter().map(|r| r.2).collect::<Vec<_>>();
            let outcomes = Outcomes { predicted: &predicted, actual: &actual, weights: Some(&weights) };
            let found = accuracy(&outcomes, None).unwrap();
            prop_assert!(found.bias.abs() <= found.mae + 1e-12 && found.mae <= found.rmse + 1e-12);
        }
    }
}

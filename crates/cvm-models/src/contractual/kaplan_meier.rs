//! The Kaplan-Meier estimate: the share of customers still there after any time, with those not yet gone counted for as
//! long as they were seen; and the log-rank test of whether groups differ.
//!
//! Kaplan & Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53; variance after Greenwood
//! (1926), intervals on the scale of log(-log S) after Kalbfleisch & Prentice (1980), "The statistical analysis of
//! failure time data"; log-rank test after Mantel (1966).

use super::{Observation, check_observations};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::gamma_ur;

/// The curve, one step for each time at which someone left.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    steps: Vec<Step>,
    /// The longest duration seen, ended or not: the curve says nothing beyond.
    pub longest: f64,
}

/// From `time` on, until the next step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// When.
    pub time: f64,
    /// Lives that reached this time under observation.
    pub at_risk: f64,
    /// Those that ended at it.
    pub ended: f64,
    /// Share that lives on.
    pub survival: f64,
    /// Lower confidence bound of the share.
    pub low: f64,
    /// Upper confidence bound.
    pub high: f64,
    /// Greenwood's sum, the variance of ln S.
    variance: f64,
}

impl KaplanMeier {
    /// Estimates the curve with pointwise intervals of this confidence (0.95 is usual).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for empty data, a duration or weight out of its domain, or a confidence not between 0
    /// and 1.
    ///
    /// ```
    /// use cvm_models::contractual::{Observation, kaplan_meier::KaplanMeier};
    ///
    /// // Two left after 2 and 5 months, one has been here for 4 and is still a customer.
    /// let lives = [(2.0, true), (5.0, true), (4.0, false)]
    ///     .map(|(duration, ended)| Observation { duration, ended, weight: 1.0 });
    /// let curve = KaplanMeier::fit(&lives, 0.9)?;
    /// assert!((curve.survival(3.0) - 2.0 / 3.0).abs() < 1e-12);
    /// assert_eq!(curve.median(), Some(5.0));
    /// # Ok::<(), cvm_models::ModelError>(())
    /// ```
    pub fn fit(observations: &[Observation], confidence: f64) -> Result<Self> {
        check_observations(observations)?;
        let z = normal_quantile(confidence)?;
        let times = event_times(&[observations]);
        let longest = observations.iter().map(|o| o.duration).fold(0.0, f64::max);
        let (mut survival, mut variance, mut high) = (1.0, 0.0, 1.0);
        let steps = times
            .iter()
            .map(|at| {
                let (at_risk, ended) = (at.groups[0].0, at.groups[0].1);
                let left = at_risk - ended;
                // The sum of weights may leave a crumb where nobody is left.
                survival *= if left > 1e-12 * at_risk { left / at_risk } else { 0.0 };
                let mut low = 0.0;
                if survival > 0.0 {
                    variance += ended / (at_risk * left);
                    let (spread, log) = (z * variance.sqrt() / survival.ln(), (-survival.ln()).ln());
                    (low, high) = ((-(log - spread).exp()).exp(), (-(log + spread).exp()).exp());
                }
                Step { time: at.time, at_risk, ended, survival, low, high, variance }
            })
            .collect();
        Ok(Self { steps, longest })
    }

    /// The steps in order of time; none where nobody left.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Share that lives longer than `time`. Beyond the longest duration it is the last known share.
    pub fn survival(&self, time: f64) -> f64 {
        self.step_at(time).map_or(1.0, |step| step.survival)
    }

    /// The share with its confidence bounds (low, high). Where nobody is left the variance is unknown, and the upper
    /// bound is that of the step before.
    pub fn interval(&self, time: f64) -> (f64, f64) {
        self.step_at(time).map_or((1.0, 1.0), |step| (step.low, step.high))
    }

    fn step_at(&self, time: f64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.time <= time);
        after.checked_sub(1).map(|i| &self.steps[i])
    }

    /// The first time at which the share is `share` or less; `None` where it never gets there.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.steps.iter().find(|step| step.survival <= share * (1.0 + 1e-12)).map(|step| step.time)
    }

    /// The time by which half have left; `None` where fewer did.
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// Mean lifetime up to `horizon`, with its standard error: the area under the curve.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the horizon is not positive or beyond the longest duration, unless nobody is left.
    pub fn restricted_mean(&self, horizon: f64) -> Result<(f64, f64)> {
        let all_left = self.steps.last().is_some_and(|step| step.survival == 0.0);
        if !(horizon > 0.0 && horizon.is_finite() && (horizon <= self.longest || all_left)) {
            return Err(ModelError::invalid("horizon", horizon, "a number above 0, at most the longest duration"));
        }
        let (mut end, mut area, mut variance) = (horizon, 0.0, 0.0);
        for step in self.steps.iter().rev().filter(|step| step.time < horizon) {
            area += step.survival * (end - step.time);
            end = step.time;
            let left = step.at_risk - step.ended;
            if step.survival > 0.0 {
                variance += area * area * step.ended / (step.at_risk * left);
            }
        }
        Ok((area + end, variance.sqrt()))
    }
}

/// The outcome of a log-rank test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRank {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Groups less one.
    pub degrees: usize,
    /// Probability of so large a statistic where the groups do not differ.
    pub p_value: f64,
}

/// Do these groups leave at the same rate? Weights count lives.
///
/// # Errors
/// [`ModelError::Invalid`] for fewer than two groups, an empty one, or values out of their domain;
/// [`ModelError::NotIdentified`] where nobody left while there were lives to compare with.
pub fn log_rank(groups: &[&[Observation]]) -> Result<LogRank> {
    if groups.len() < 2 {
        return Err(ModelError::invalid("number of groups", groups.len() as f64, "at least 2"));
    }
    for group in groups {
        check_observations(group)?;
    }
    let degrees = groups.len() - 1;
    let mut excess = DVector::<f64>::zeros(degrees);
    let mut variance = DMatrix::<f64>::zeros(degrees, degrees);
    for at in event_times(groups) {
        let at_risk: f64 = at.groups.iter().map(|g| g.0).sum();
        let ended: f64 = at.groups.iter().map(|g| g.1).sum();
        let spread = if at_risk > 1.0 { ended * (at_risk - ended).max(0.0) / (at_risk - 1.0) } else { 0.0 };
        for i in 0..degrees {
            let share = at.groups[i].0 / at_risk;
            excess[i] += at.groups[i].1 - ended * share;
            for j in 0..degrees {
                let same = if i == j { 1.0 } else { 0.0 };
                variance[(i, j)] += spread * share * (same - at.groups[j].0 / at_risk);
            }
        }
    }
    let solved = variance.cholesky().map(|factor| factor.solve(&excess)).ok_or(ModelError::NotIdentified {
        model: "log-rank test",
        found: "a group has nobody who left, or nobody to compare with, while the others were observed".into(),
        advice: "observe longer, or join that group with another",
    })?;
    let statistic = excess.dot(&solved).max(0.0);
    let p_value = if statistic > 0.0 { gamma_ur(degrees as f64 / 2.0, statistic / 2.0) } else { 1.0 };
    Ok(LogRank { statistic, degrees, p_value })
}

/// At one time at which someone left: (at risk, ended) of each group.
struct EventTime {
    time: f64,
    groups: Vec<(f64, f64)>,
}

/// The times at which anyone left, in order.
fn event_times(groups: &[&[Observation]]) -> Vec<EventTime> {
    let mut lives: Vec<(Observation, usize)> =
        groups.iter().enumerate().flat_map(|(g, group)| group.iter().map(move |o| (*o, g))).collect();
    lives.sort_unstable_by(|a, b| b.0.duration.total_cmp(&a.0.duration));
    let mut at_risk = vec![0.0; groups.len()];
    let mut times = Vec::new();
    for same in lives.chunk_by(|a, b| a.0.duration == b.0.duration) {
        let mut ended = vec![0.0; groups.len()];
        for &(o, g) in same {
            at_risk[g] += o.weight;
            if o.ended {
                ended[g] += o.weight;
            }
        }
        if ended.iter().any(|&e| e > 0.0) {
            let groups = at_risk.iter().copied().zip(ended).collect();
            times.push(EventTime { time: same[0].0.duration, groups });
        }
    }
    times.reverse();
    times
}

/// The z with this probability between -z and z.
pub(crate) fn normal_quantile(confidence: f64) -> Result<f64> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(ModelError::invalid("confidence", confidence, "a number between 0 and 1, usually 0.95"));
    }
    let normal = Normal::new(0.0, 1.0).expect("the standard normal distribution exists");
    Ok(normal.inverse_cdf(0.5 + confidence / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;

    /// Lifetimes of fruit flies in two groups; tests/data/SOURCE.md.
    const WALTONS: &str = include_str!("../../tests/data/waltons.csv");

    fn waltons() -> Vec<(Observation, bool)> {
        let parse = |line: &str| {
            let fields: Vec<&str> = line.trim().split(',').collect();
            let observation =
                Observation { duration: fields[0].parse().unwrap(), ended: fields[1] == "1", weight: 1.0 };
            (observation, fields[2] == "control")
        };
        let flies: Vec<_> = WALTONS.lines().skip(1).map(parse).collect();
        assert_eq!(flies.len(), 163);
        flies
    }

    fn life(duration: f64, ended: bool) -> Observation {
        Observation { duration, ended, weight: 1.0 }
    }

    #[test]
    fn equals_lifelines_on_the_flies() {
        // lifelines 0.30.3.
        let flies: Vec<Observation> = waltons().into_iter().map(|f| f.0).collect();
        let curve = KaplanMeier::fit(&flies, 0.95).unwrap();
        for (time, survival) in [
            (10.0, 0.9692101226993866),
            (20.0, 0.9136503067484664),
            (30.0, 0.8272239263803682),
            (40.0, 0.7778374233128837),
            (50.0, 0.6168168456032719),
            (60.0, 0.31152365939559185),
            (70.0, 0.014340509102144797),
        ] {
            close(curve.survival(time), survival, 1e-12);
        }
        for (time, low, high) in [
            (26.0, 0.794213194951949, 0.9033358984288105),
            (38.0, 0.7056735521659415, 0.8343794818554625),
            (56.0, 0.35268900481936244, 0.5046796092328875),
        ] {
            close(curve.interval(time).0, low, 1e-9);
            close(curve.interval(time).1, high, 1e-9);
        }
        assert_eq!(curve.median(), Some(56.0));
        close(curve.restricted_mean(50.0).unwrap().0, 43.15604585605545, 1e-12);
        close(curve.restricted_mean(60.0).unwrap().0, 48.27749481651898, 1e-12);
    }

    #[test]
    fn weights_count_lives() {
        // lifelines 0.30.3 with weight 3 for the control group.
        let flies: Vec<Observation> = waltons()
            .into_iter()
            .map(|(o, control)| Observation { weight: if control { 3.0 } else { 1.0 }, ..o })
            .collect();
        let curve = KaplanMeier::fit(&flies, 0.95).unwrap();
        close(curve.survival(50.0), 0.7076184546995096, 1e-12);
        close(curve.interval(56.0).0, 0.4413301627129662, 1e-9);
        close(curve.interval(56.0).1, 0.5373059384248938, 1e-9);
    }

    #[test]
    fn the_restricted_mean_of_complete_lives_is_their_mean_with_its_usual_error() {
        let lives: Vec<Observation> = [2.0, 3.0, 7.0, 8.0].iter().map(|&t| life(t, true)).collect();
        let (mean, error) = KaplanMeier::fit(&lives, 0.9).unwrap().restricted_mean(8.0).unwrap();
        close(mean, 5.0, 1e-14);
        // Sum of squares 26 over n^2: what Greenwood's formula is without censoring.
        close(error, (26.0_f64 / 4.0 / 4.0).sqrt(), 1e-14);
    }

    #[test]
    fn the_log_rank_test_equals_lifelines() {
        let (control, other): (Vec<_>, Vec<_>) = waltons().into_iter().partition(|f| f.1);
        let control: Vec<Observation> = control.into_iter().map(|f| f.0).collect();
        let other: Vec<Observation> = other.into_iter().map(|f| f.0).collect();
        let test = log_rank(&[&control, &other]).unwrap();
        close(test.statistic, 122.24912557300615, 1e-11);
        close(test.p_value, 2.0359832222855426e-28, 1e-6);
        assert_eq!(test.degrees, 1);
        let same = log_rank(&[&control, &control]).unwrap();
        assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
    }

    #[test]
    fn the_log_rank_test_takes_many_groups() {
        // lifelines 0.30.3 on the Rossi data by age up to 21, 25 and above.
        let (lives, covariates) = crate::contractual::cox::tests::rossi();
        let mut groups: [Vec<Observation>; 3] = Default::default();
        for (o, row) in lives.iter().zip(covariates.rows.chunks(7)) {
            groups[if row[1] <= 21.0 {
                0
            } else if row[1] <= 25.0 {
                1
            } else {
                2
            }]
            .push(*o);
        }
        let test = log_rank(&[&groups[0], &groups[1], &groups[2]]).unwrap();
        close(test.statistic, 13.310193351378812, 1e-11);
        close(test.p_value, 0.001287443672768532, 1e-9);
    }

    #[test]
    fn edges_are_defined() {
        let nobody_left = KaplanMeier::fit(&[life(3.0, false), life(5.0, false)], 0.9).unwrap();
        assert_eq!(
            (nobody_left.survival(4.0), nobody_left.interval(4.0), nobody_left.median()),
            (1.0, (1.0, 1.0), None)
        );
        assert_eq!(nobody_left.restricted_mean(5.0).unwrap(), (5.0, 0.0));
        let error = nobody_left.restricted_mean(6.0).unwrap_err().to_string();
        assert_eq!(error, "horizon is 6; expected a number above 0, at most the longest duration");
        let one = KaplanMeier::fit(&[life(3.0, true)], 0.9).unwrap();
        assert_eq!((one.survival(2.9), one.survival(3.0), one.median()), (1.0, 0.0, Some(3.0)));
        assert_eq!(one.restricted_mean(9.0).unwrap(), (3.0, 0.0));
        assert!(KaplanMeier::fit(&[], 0.9).unwrap_err().to_string().contains("at least one observation"));
        assert!(KaplanMeier::fit(&[life(f64::NAN, true)], 0.9).unwrap_err().to_string().contains("duration of row 0"));
        assert!(KaplanMeier::fit(&[life(1.0, true)], 1.0).unwrap_err().to_string().contains("confidence is 1"));
        assert!(log_rank(&[&[life(1.0, false)], &[life(2.0, false)]]).is_err());
        assert!(log_rank(&[&[life(1.0, true)]]).unwrap_err().to_string().contains("number of groups is 1"));
    }

    proptest! {
        #[test]
        fn shares_fall_and_bounds_hold_them(
            lives in prop::collection::vec((0u8..9, any::<bool>(), 0.1..3.0_f64), 1..40),
        ) {
            let lives: Vec<Observation> =
                lives.iter().map(|l| Observation { duration: l.0.into(), ended: l.1, weight: l.2 }).collect();
            let curve = KaplanMeier::fit(&lives, 0.9).unwrap();
            let mut before = 1.0;
            for step in curve.steps() {
                prop_assert!(step.survival >= 0.0 && step.survival <= before);
                prop_assert!(step.low <= step.survival && step.survival <= step.high && step.high <= 1.0);
                before = step.survival;
            }
            if curve.longest > 0.0 {
                let (mean, error) = curve.restricted_mean(curve.longest).unwrap();
                prop_assert!(mean >= 0.0 && mean <= curve.longest && error.is_finite());
            }
        }
    }
}

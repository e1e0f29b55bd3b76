//! Cox regression: which traits of a customer raise or lower the risk of leaving, whatever the risk's course in time.
//!
//! Cox (1972), "Regression models and life-tables", JRSS B 34; ties after Efron (1977), "The efficiency of Cox's
//! likelihood function for censored data", JASA 72; baseline after Breslow (1972).

use super::concordance::concordance_index;
use super::covariates::{Standardised, check_row, check_separation, covariance, effect};
use super::{Observation, check_observations};
use crate::fitting::{Covariates, Estimate, check_penalty};
use crate::numerics::newton::{self, Evaluation};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

const NAME: &str = "Cox regression";

/// How to fit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Precision of a normal prior on each coefficient, per standard deviation of its column, centred at 0: half of
    /// this times the sum of their squares is taken from the log-likelihood. 0 is maximum likelihood.
    pub penalty: f64,
    /// The search. The function it climbs is the mean per life.
    pub newton: newton::Settings,
}

/// A fitted regression.
#[derive(Debug, Clone)]
pub struct Cox {
    /// Coefficients with standard errors: one unit of the column multiplies the risk of leaving by e to the
    /// coefficient.
    pub estimates: Vec<Estimate>,
    /// Covariance of the coefficients, row-major.
    pub covariance: Vec<f64>,
    /// Partial log-likelihood at the maximum, penalty not included.
    pub log_likelihood: f64,
    /// How well the risk orders those it was fitted to; `None` where no pair can be compared.
    pub concordance: Option<f64>,
    /// Mean of each column, to which the baseline belongs.
    pub mean: Vec<f64>,
    /// Cumulative hazard of an average customer: (time, hazard up to it) for each time at which someone left.
    pub baseline: Vec<(f64, f64)>,
    /// Newton steps taken.
    pub iterations: usize,
    names: Vec<String>,
}

impl Cox {
    /// Fits to lives and their covariates. Whole weights count lives; other weights share out the ties as their mean.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for values out of their domain or a column that does not vary;
    /// [`ModelError::NotIdentified`] where nobody left, columns overlap, or one separates those who left from the rest.
    pub fn fit(observations: &[Observation], covariates: &Covariates, settings: &Settings) -> Result<Self> {
        check(observations, covariates, settings)?;
        let columns = Standardised::new(covariates, observations)?;
        let mut partial = PartialLikelihood::new(observations, &columns);
        let size = covariates.names.len();
        let total: f64 = observations.iter().map(|o| o.weight).sum();
        let mut last = DVector::zeros(size);
        let maximum = newton::maximize(NAME, DVector::zeros(size), &settings.newton, |at| {
            last.copy_from(at);
            let mut evaluation = partial.evaluate(at);
            evaluation.value = (evaluation.value - 0.5 * settings.penalty * at.norm_squared()) / total;
            evaluation.gradient = (evaluation.gradient - at * settings.penalty) / total;
            evaluation.hessian = (evaluation.hessian - DMatrix::identity(size, size) * settings.penalty) / total;
            evaluation
        });
        // A search that strayed far did so because a column separates, which is the error to report.
        if maximum.is_err() {
            check_separation(NAME, &covariates.names, last.as_slice())?;
        }
        let maximum = maximum?;
        let scaled = maximum.at;
        let scaled_covariance =
            covariance(NAME, -maximum.evaluation.hessian * total, &covariates.names, scaled.as_slice())?;
        let log_likelihood = partial.evaluate(&scaled).value;
        let baseline = partial.baseline();
        let deviation = &columns.deviation;
        let covariance = DMatrix::from_fn(size, size, |i, j| scaled_covariance[(i, j)] / (deviation[i] * deviation[j]));
        let estimate = |i: usize| Estimate {
            name: covariates.names[i].clone(),
            value: scaled[i] / deviation[i],
            standard_error: covariance[(i, i)].sqrt(),
        };
        let risk: Vec<f64> = (0..observations.len()).map(|row| dot(columns.row(row), scaled.as_slice())).collect();
        Ok(Self {
            estimates: (0..size).map(estimate).collect(),
            covariance: covariance.as_slice().to_vec(),
            log_likelihood,
            concordance: concordance_index(observations, &risk),
            baseline,
            iterations: maximum.evaluations,
            names: covariates.names.clone(),
            mean: columns.mean,
        })
    }

    /// ln of how many times an average customer's risk this customer has.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where the row has not one finite value for each name.
    pub fn log_partial_hazard(&self, row: &[f64]) -> Result<f64> {
        check_row(&self.names, row)?;
        Ok(self.estimates.iter().zip(row).zip(&self.mean).map(|((e, x), mean)| effect(e.value, x - mean)).sum())
    }

    /// Probability that a customer with these covariates stays longer than `time`.
    ///
    /// # Errors
    /// As [`Cox::log_partial_hazard`].
    pub fn survival(&self, row: &[f64], time: f64) -> Result<f64> {
        let steps = self.baseline.partition_point(|step| step.0 <= time);
        let hazard = steps.checked_sub(1).map_or(0.0, |i| self.baseline[i].1);
        let risk = self.log_partial_hazard(row)?.exp();
        Ok(if hazard > 0.0 { (-hazard * risk).exp() } else { 1.0 })
    }

    /// The time by which half of customers with these covariates have left; `None` beyond what was observed.
    ///
    /// # Errors
    /// As [`Cox::log_partial_hazard`].
    pub fn median(&self, row: &[f64]) -> Result<Option<f64>> {
        let needed = std::f64::consts::LN_2 / self.log_partial_hazard(row)?.exp();
        Ok(self.baseline.iter().find(|step| step.1 >= needed).map(|step| step.0))
    }
}

fn check(observations: &[Observation], covariates: &Covariates, settings: &Settings) -> Result<()> {
    check_observations(observations)?;
    if covariates.names.is_empty() {
        return Err(ModelError::invalid("number of covariates", 0.0, "at least 1; without any, take Kaplan-Meier"));
    }
    check_penalty(settings.penalty)?;
    if observations.iter().all(|o| !o.ended) {
        let found = format!("none of {} customers left", observations.len());
        return Err(ModelError::NotIdentified { model: NAME, found, advice: "observe longer" });
    }
    Ok(())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Efron's partial likelihood, over lives from the longest to the shortest, so that the set at risk only grows.
struct PartialLikelihood {
    lives: Vec<Observation>,
    /// Row-major, in the order of `lives`.
    rows: Vec<f64>,
    size: usize,
    /// Whether weights are counts, so that a tie is of as many lives as their sum.
    counts: bool,
    /// Risk of each life at the last evaluation, relative to e to the power of `shift`.
    risk: Vec<f64>,
    shift: f64,
}

/// Σ risk, Σ risk x, Σ risk x x' of a set of lives.
struct Moments {
    zero: f64,
    one: DVector<f64>,
    two: DMatrix<f64>,
}

impl Moments {
    fn new(size: usize) -> Self {
        Self { zero: 0.0, one: DVector::zeros(size), two: DMatrix::zeros(size, size) }
    }

    fn add(&mut self, risk: f64, row: &[f64]) {
        self.zero += risk;
        for (j, &xj) in row.iter().enumerate() {
            let product = risk * xj;
            self.one[j] += product;
            for (i, &xi) in row.iter().enumerate().skip(j) {
                self.two[(i, j)] += product * xi; // the lower triangle; `evaluate` mirrors it at the end
            }
        }
    }

    fn clear(&mut self) {
        self.zero = 0.0;
        self.one.fill(0.0);
        self.two.fill(0.0);
    }
}

/// Sums over the lives of a tie, l = 0 .. d with a = l / d and φ = at risk - a dying: Efron lets the dead leave in
/// turn.
#[derive(Default)]
struct Tie {
    log: f64,
    inverse: f64,
    part: f64,
    square: f64,
    part_square: f64,
    part_part_square: f64,
}

impl Tie {
    fn new(at_risk: f64, dying: f64, lives: usize) -> Self {
        let mut tie = Self::default();
        for l in 0..lives {
            let a = l as f64 / lives as f64;
            let inverse = 1.0 / (at_risk - a * dying);
            tie.log -= inverse.ln();
            tie.inverse += inverse;
            tie.part += a * inverse;
            tie.square += inverse * inverse;
            tie.part_square += a * inverse * inverse;
            tie.part_part_square += a * a * inverse * inverse;
        }
        tie
    }
}

impl PartialLikelihood {
    fn new(observations: &[Observation], columns: &Standardised) -> Self {
        let mut order: Vec<usize> = (0..observations.len()).collect();
        order.sort_by(|&i, &j| observations[j].duration.total_cmp(&observations[i].duration));
        Self {
            lives: order.iter().map(|&i| observations[i]).collect(),
            rows: order.iter().flat_map(|&i| columns.row(i).iter().copied()).collect(),
            size: columns.mean.len(),
            counts: observations.iter().all(|o| o.weight.fract() == 0.0),
            risk: vec![0.0; observations.len()],
            shift: 0.0,
        }
    }

    fn set_risk(&mut self, at: &DVector<f64>) {
        for (risk, row) in self.risk.iter_mut().zip(self.rows.chunks_exact(self.size)) {
            *risk = dot(row, at.as_slice());
        }
        // Risks enter as ratios only; the largest is made 1, so that none overflows.
        self.shift = self.risk.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (risk, life) in self.risk.iter_mut().zip(&self.lives) {
            *risk = life.weight * (*risk - self.shift).exp();
        }
    }

    fn evaluate(&mut self, at: &DVector<f64>) -> Evaluation {
        self.set_risk(at);
        let size = self.size;
        let (mut at_risk, mut dying) = (Moments::new(size), Moments::new(size));
        let mut sum = Evaluation { value: 0.0, gradient: DVector::zeros(size), hessian: DMatrix::zeros(size, size) };
        let mut first = 0;
        while first < self.lives.len() {
            let time = self.lives[first].duration;
            let (mut deaths, mut weight) = (0_usize, 0.0);
            dying.clear();
            while first < self.lives.len() && self.lives[first].duration == time {
                let (life, row) = (&self.lives[first], &self.rows[first * size..(first + 1) * size]);
                at_risk.add(self.risk[first], row);
                if life.ended {
                    dying.add(self.risk[first], row);
                    deaths += 1;
                    weight += life.weight;
                    sum.value += life.weight * (dot(row, at.as_slice()) - self.shift);
                    for (g, x) in sum.gradient.iter_mut().zip(row) {
                        *g += life.weight * x;
                    }
                }
                first += 1;
            }
            if deaths > 0 {
                let lives = if self.counts { weight as usize } else { deaths };
                add_tie(&mut sum, &at_risk, &dying, lives, weight / lives as f64);
            }
        }
        sum.hessian.fill_upper_triangle_with_lower_triangle();
        if !sum.value.is_finite() {
            sum.value = f64::NEG_INFINITY;
        }
        sum
    }

    /// Breslow's cumulative hazard at zero of the centred columns, at the risks of the last evaluation.
    fn baseline(&self) -> Vec<(f64, f64)> {
        let mut at_risk = 0.0;
        let mut steps = Vec::new();
        let mut first = 0;
        for same in self.lives.chunk_by(|a, b| a.duration == b.duration) {
            at_risk += self.risk[first..first + same.len()].iter().sum::<f64>();
            first += same.len();
            let ended: f64 = same.iter().filter(|life| life.ended).map(|life| life.weight).sum();
            if ended > 0.0 {
                steps.push((same[0].duration, ended / at_risk * (-self.shift).exp()));
            }
        }
        steps.reverse();
        let mut hazard = 0.0;
        for step in &mut steps {
            hazard += step.1;
            step.1 = hazard;
        }
        steps
    }
}

/// Takes the log of the risk set off, once for each life of the tie, with derivatives.
fn add_tie(sum: &mut Evaluation, at_risk: &Moments, dying: &Moments, lives: usize, weight: f64) {
    let tie = Tie::new(at_risk.zero, dying.zero, lives);
    sum.value -= weight * tie.log;
    let size = sum.gradient.len();
    for j in 0..size {
        sum.gradient[j] -= weight * (at_risk.one[j] * tie.inverse - dying.one[j] * tie.part);
        for i in j..size {
            let second = at_risk.two[(i, j)] * tie.inverse - dying.two[(i, j)] * tie.part;
            let mixed = at_risk.one[i] * dying.one[j] + dying.one[i] * at_risk.one[j];
            let outer = at_risk.one[i] * at_risk.one[j] * tie.square - mixed * tie.part_square
                + dying.one[i] * dying.one[j] * tie.part_part_square;
            sum.hessian[(i, j)] -= weight * (second - outer);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    /// Convicts after their release, weeks to arrest; tests/data/SOURCE.md.
    const ROSSI: &str = include_str!("../../tests/data/rossi.csv");

    pub(crate) fn rossi() -> (Vec<Observation>, Covariates) {
        let mut lines = ROSSI.lines();
        let names = lines.next().unwrap().trim().split(',').skip(2).map(String::from).collect();
        let (mut lives, mut rows) = (Vec::new(), Vec::new());
        for line in lines {
            let fields: Vec<f64> = line.trim().split(',').map(|field| field.parse().unwrap()).collect();
            lives.push(Observation { duration: fields[0], ended: fields[1] == 1.0, weight: 1.0 });
            rows.extend_from_slice(&fields[2..]);
        }
        assert_eq!(lives.len(), 432);
        (lives, Covariates { names, rows })
    }

    fn assert_estimates(fitted: &Cox, values: [f64; 7], errors: [f64; 7]) {
        for ((e, value), error) in fitted.estimates.iter().zip(values).zip(errors) {
            close(e.value, value, 1e-5);
            close(e.standard_error, error, 1e-5);
        }
    }

    #[test]
    fn equals_lifelines_on_the_convicts() {
        // lifelines 0.30.3.
        let (lives, covariates) = rossi();
        let fitted = Cox::fit(&lives, &covariates, &Settings::default()).unwrap();
        assert_estimates(
            &fitted,
            [
                -0.3794221657180835,
                -0.05743774002920776,
                0.3138997872674409,
                -0.14979570182124166,
                -0.43370388118524955,
                -0.0848710806345732,
                0.09149708173533616,
            ],
            [
                0.19137948069828947,
                0.021999470362241924,
                0.30799277660836105,
                0.21222429637584322,
                0.38186805708539334,
                0.1957566718758514,
                0.028648549895298747,
            ],
        );
        close(fitted.log_likelihood, -658.7476594460858, 1e-9);
        close(fitted.concordance.unwrap(), 0.6403292470997135, 1e-12);
        close(fitted.baseline.last().unwrap().1, 0.2743728376430713, 1e-6);
        close(fitted.survival(&covariates.rows[..7], 52.0).unwrap(), 0.7156993140570004, 1e-6);
        close(fitted.survival(&covariates.rows[21..28], 20.0).unwrap(), 0.95996541, 1e-6);
        assert_eq!(fitted.survival(&covariates.rows[..7], 0.5).unwrap(), 1.0);
        assert_eq!(fitted.median(&covariates.rows[..7]).unwrap(), None);
    }

    #[test]
    fn whole_weights_count_lives_with_their_ties() {
        // lifelines 0.30.3 on rows repeated 1, 2, 3, 1, 2, 3, ... times.
        let (mut lives, covariates) = rossi();
        for (row, life) in lives.iter_mut().enumerate() {
            life.weight = (1 + row % 3) as f64;
        }
        let fitted = Cox::fit(&lives, &covariates, &Settings::default()).unwrap();
        assert_estimates(
            &fitted,
            [
                -0.3371227199206917,
                -0.0635865467222681,
                0.17337599152482264,
                -0.05291099314935561,
                -0.8864171142200357,
                -0.1363549464896326,
                0.10479627893569833,
            ],
            [
                0.13556049397426634,
                0.015739435517332923,
                0.21432170812120402,
                0.14811023314098223,
                0.3179801894942405,
                0.1386150125964808,
                0.019908580590158476,
            ],
        );
        close(fitted.log_likelihood, -1474.275708788729, 1e-9);
        close(fitted.concordance.unwrap(), 0.6543805762761445, 1e-12);
    }

    #[test]
    fn other_weights_share_out_ties_by_their_mean() {
        // lifelines 0.30.3 with weights 0.5, 1.2, 1.9 in turn.
        let (mut lives, covariates) = rossi();
        for (row, life) in lives.iter_mut().enumerate() {
            life.weight = 0.5 + (row % 3) as f64 * 0.7;
        }
        let fitted = Cox::fit(&lives, &covariates, &Settings::default()).unwrap();
        assert_estimates(
            &fitted,
            [
                -0.3290884059988899,
                -0.06460822061108336,
                0.1480692453488622,
                -0.037769980962084934,
                -0.9796984132737743,
                -0.1445518644886539,
                0.10660346858056713,
            ],
            [
                0.17512161138669322,
                0.0203645606425888,
                0.27598989596116197,
                0.19077073339680972,
                0.42538038907762266,
                0.17912606721477936,
                0.025633562624676642,
            ],
        );
        close(fitted.log_likelihood, -814.1525337672679, 1e-9);
    }

    #[test]
    fn recovers_what_was_simulated() {
        let mut rng = Pcg64Mcg::seed_from_u64(1972);
        let (truth, mut lives, mut rows) = ([0.8, -0.5], Vec::new(), Vec::new());
        for _ in 0..5_000 {
            let row = [rng.random::<f64>() * 4.0 + 100.0, f64::from(rng.random::<bool>())];
            let risk = (truth[0] * (row[0] - 102.0) + truth[1] * row[1]).exp();
            let end = -(1.0 - rng.random::<f64>()).ln() / (0.1 * risk);
            let seen = 3.0 + 20.0 * rng.random::<f64>();
            lives.push(Observation { duration: end.min(seen), ended: end <= seen, weight: 1.0 });
            rows.extend(row);
        }
        let covariates = Covariates { names: vec!["price".into(), "loyal".into()], rows };
        let fitted = Cox::fit(&lives, &covariates, &Settings::default()).unwrap();
        for (e, truth) in fitted.estimates.iter().zip(truth) {
            assert!((e.value - truth).abs() < 3.5 * e.standard_error, "{e:?} for {truth}");
            assert!(e.standard_error < 0.05, "{e:?}");
        }
        close(fitted.survival(&[102.0, 0.0], 5.0).unwrap(), (-0.5_f64).exp(), 0.05);
    }

    #[test]
    fn says_what_is_wrong_with_the_data() {
        let (lives, mut covariates) = rossi();
        let fit = |lives: &[Observation], covariates: &Covariates| {
            Cox::fit(lives, covariates, &Settings::default()).map(|_| ()).unwrap_err().to_string()
        };
        let active: Vec<Observation> = lives.iter().map(|o| Observation { ended: false, ..*o }).collect();
        assert_eq!(
            fit(&active, &covariates),
            "Cox regression cannot be fitted: none of 432 customers left; observe longer"
        );
        for row in covariates.rows.chunks_mut(7) {
            row[6] = row[5] * 2.0 - row[4];
        }
        assert!(fit(&lives, &covariates).contains("the covariates overlap"), "{}", fit(&lives, &covariates));
        for row in covariates.rows.chunks_mut(7) {
            row[6] = 5.0;
        }
        let constant = fit(&lives, &covariates);
        assert_eq!(constant, "covariate `prio` of every row is 5; expected a column that varies; leave it out");
        for (row, o) in covariates.rows.chunks_mut(7).zip(&lives) {
            row[6] = if o.ended { 100.0 - o.duration } else { 0.0 };
        }
        assert!(fit(&lives, &covariates).contains("`prio` separates"), "{}", fit(&lives, &covariates));
        covariates.rows[9] = f64::NAN;
        assert!(fit(&lives, &covariates).starts_with("covariate `race` of row 1 is NaN"));
        let one = Covariates { names: vec!["x".into()], rows: vec![1.0] };
        assert!(fit(&lives[..1], &one).contains("a column that varies"));
        assert!(fit(&lives[..2], &one).starts_with("number of covariate values is 1"));
    }

    proptest! {
        #[test]
        fn a_fit_is_finite_or_says_why(
            lives in prop::collection::vec((0u8..6, any::<bool>(), -2i8..3, -2i8..3), 1..25),
        ) {
            let observations: Vec<Observation> =
                lives.iter().map(|l| Observation { duration: l.0.into(), ended: l.1, weight: 1.0 }).collect();
            let rows = lives.iter().flat_map(|l| [f64::from(l.2), f64::from(l.3)]).collect();
            let covariates = Covariates { names: vec!["a".into(), "b".into()], rows };
            if let Ok(fitted) = Cox::fit(&observations, &covariates, &Settings::default()) {
                prop_assert!(fitted.log_likelihood.is_finite());
                prop_assert!(fitted.estimates.iter().all(|e| e.value.is_finite() && e.standard_error.is_finite()));
                prop_assert!((0.0..=1.0).contains(&fitted.survival(&[500.0, -500.0], 3.0).unwrap()));
            }
        }
    }
}

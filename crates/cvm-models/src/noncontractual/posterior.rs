//! Draws from the posterior of a model's parameters: by Hamiltonian Monte Carlo (NUTS), or by the normal approximation.
//!
//! Hoffman, Gelman (2014), "The No-U-Turn Sampler", Journal of Machine Learning Research 15, in the crate `nuts-rs`.
//! The sampler moves in coordinates where the normal approximation at the mode is a standard normal. There the exact
//! trajectories are circles, which its integrator follows without error, so that what is left to correct is only how
//! far the posterior is from normal: a draw costs about three gradients, and a hundred draws are enough warm-up.

pub mod diagnostics;

use super::{Estimate, Likelihood, Parameters};
use crate::numerics::newton;
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};
use nuts_rs::{
    Chain, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, KineticEnergyKind, LogpError, Settings as _,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;
use std::collections::HashMap;

/// Independent normal distributions of the coordinates of a [`Likelihood`]: what is held possible before the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// How many of the coordinates, from the first on, are logarithms of positive parameters.
    pub positive: usize,
    /// Mean of each coordinate.
    pub centre: Vec<f64>,
    /// Standard deviation of each coordinate.
    pub sd: Vec<f64>,
}

impl Prior {
    /// Says little: each positive parameter, in its unit, has a log-normal prior around 1 with a standard deviation of
    /// 3 on the logarithm, which puts 95% between 1/360 and 360; each coefficient of a covariate is normal around 0
    /// with a standard deviation of 3.
    ///
    /// `units` makes the prior independent of what time and money are counted in: 1 for a shape, the mean age of the
    /// customers for a parameter that is a time (alpha, beta), the mean spend for one that is money (gamma).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where a unit is not a finite positive number.
    pub fn weakly_informative(units: &[f64], coefficients: usize) -> Result<Self> {
        for (index, &unit) in units.iter().enumerate() {
            if !(unit.is_finite() && unit > 0.0) {
                return Err(ModelError::invalid(format!("unit of parameter {index}"), unit, "a finite number above 0"));
            }
        }
        let centre: Vec<f64> = units.iter().map(|u| u.ln()).chain(std::iter::repeat_n(0.0, coefficients)).collect();
        Ok(Self { positive: units.len(), sd: vec![3.0; centre.len()], centre })
    }

    /// Logarithm of the density, but for a constant; its gradient is added to `gradient`.
    fn add_to(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let mut value = 0.0;
        for (k, (x, g)) in at.iter().zip(gradient).enumerate() {
            let z = (x - self.centre[k]) / self.sd[k];
            value -= 0.5 * z * z;
            *g -= z / self.sd[k];
        }
        value
    }

    fn check(&self, dimension: usize) -> Result<()> {
        if self.centre.len() != dimension || self.sd.len() != dimension || self.positive > dimension {
            let given = self.centre.len() as f64;
            return Err(ModelError::invalid("length of the prior", given, "one centre and sd for each coordinate"));
        }
        match self.sd.iter().position(|s| !(s.is_finite() && *s > 0.0)) {
            Some(k) => Err(ModelError::invalid(format!("prior sd {k}"), self.sd[k], "a finite number above 0")),
            None => Ok(()),
        }
    }
}

/// How much to sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Independent chains, one thread each; at least 2, so that they can be compared.
    pub chains: usize,
    /// Draws of each chain that only tune the step size and are thrown away.
    pub warmup: usize,
    /// Draws kept of each chain; at least 8.
    pub draws: usize,
    /// The same seed gives the same draws.
    pub seed: u64,
    /// Share of proposals to accept; nearer to 1 takes smaller steps, which helps where there are divergences.
    pub target_accept: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { chains: 4, warmup: 100, draws: 500, seed: 20_050_415, target_accept: 0.8 }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.chains < 2 {
            return Err(ModelError::invalid("chains", self.chains as f64, "2 or more"));
        }
        if self.draws < 8 {
            return Err(ModelError::invalid("draws", self.draws as f64, "8 or more"));
        }
        if !(self.target_accept > 0.0 && self.target_accept < 1.0) {
            return Err(ModelError::invalid("target_accept", self.target_accept, "a number between 0 and 1"));
        }
        Ok(())
    }
}

/// What the draws say of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Marginal {
    /// The parameter's letter.
    pub name: String,
    /// Posterior mean.
    pub mean: f64,
    /// Posterior standard deviation.
    pub sd: f64,
    /// Rank-normalised split r-hat; above 1.01 the chains disagree and the draws should not be used.
    pub r_hat: f64,
    /// Effective sample size of the centre.
    pub effective_sample_size: f64,
    /// Effective sample size of the 5% and 95% quantiles.
    pub tail_effective_sample_size: f64,
}

/// Draws of all parameters, on the scale of the literature.
#[derive(Debug, Clone)]
pub struct Posterior {
    /// Draws kept of each chain.
    pub draws_per_chain: usize,
    /// For each parameter its draws, one chain after the other.
    pub values: Vec<Vec<f64>>,
    /// For each parameter what the draws say.
    pub marginals: Vec<Marginal>,
    /// Kept draws whose trajectory left the region where the integrator holds; more than a few cast doubt on the tails.
    pub divergences: usize,
    /// Evaluations of the gradient, warm-up included.
    pub gradients: u64,
}

impl Posterior {
    /// Draws of all chains together.
    pub fn draws(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    /// The parameters of one draw, in the model's order.
    pub fn draw(&self, index: usize) -> Vec<f64> {
        self.values.iter().map(|v| v[index]).collect()
    }

    /// `count` draws, evenly spaced over all chains.
    pub fn thinned(&self, count: usize) -> Vec<Vec<f64>> {
        let count = count.min(self.draws());
        (0..count).map(|k| self.draw((2 * k + 1) * self.draws() / (2 * count))).collect()
    }

    /// `count` models of the posterior, evenly spaced over all draws.
    ///
    /// # Errors
    /// Those of [`Parameters::from_parameters`], which draws beyond the model's domain would cause.
    pub fn models<M: Parameters>(&self, count: usize) -> Result<Vec<M>> {
        self.thinned(count).iter().map(|values| M::from_parameters(values)).collect()
    }

    /// Posterior quantile of the parameter at `index`.
    pub fn quantile(&self, index: usize, p: f64) -> f64 {
        diagnostics::quantile(&self.values[index], p)
    }

    /// The worst r-hat of all parameters.
    pub fn r_hat(&self) -> f64 {
        self.marginals.iter().map(|m| m.r_hat).fold(1.0, f64::max)
    }

    /// The smallest effective sample size of all parameters.
    pub fn effective_sample_size(&self) -> f64 {
        self.marginals.iter().map(|m| m.effective_sample_size).fold(f64::INFINITY, f64::min)
    }
}

/// Samples the posterior of `likelihood` and `prior`, searching its mode from `start` (the maximum likelihood).
///
/// # Errors
/// [`ModelError::Invalid`] for settings, prior or start outside their domain; [`ModelError::NoConvergence`] or
/// [`ModelError::NotIdentified`] where the posterior has no mode with finite curvature near `start`.
pub fn sample<L: Likelihood + Clone + Send>(
    likelihood: &L,
    prior: &Prior,
    start: &[Estimate],
    settings: &Settings,
) -> Result<Posterior> {
    settings.check()?;
    prior.check(likelihood.dimension())?;
    let target = Target::at_mode(likelihood.clone(), prior, &coordinates(start, prior.positive)?)?;
    let chains = std::thread::scope(|scope| {
        let run = |chain: usize| {
            let target = target.clone();
            scope.spawn(move || run_chain(target, chain as u64, settings))
        };
        let running: Vec<_> = (0..settings.chains).map(run).collect();
        let join = |thread: std::thread::ScopedJoinHandle<_>| thread.join().expect("a chain returns its errors");
        running.into_iter().map(join).collect::<Result<Vec<ChainDraws>>>()
    })?;
    Ok(collect(&chains, start, prior.positive, settings))
}

/// Draws from the normal approximation at the maximum: normal on the logarithms of the first `positive` parameters.
///
/// `log_covariance` is that of [`super::Fitted`]. Draws come in mirrored pairs and, from twice as many as there are
/// parameters on, have exactly the mean and covariance of the approximation, so that few of them do.
///
/// # Errors
/// [`ModelError::NotIdentified`] where the covariance is not positive definite.
pub fn laplace_draws(
    estimates: &[Estimate],
    positive: usize,
    log_covariance: &[f64],
    count: usize,
    rng: &mut impl Rng,
) -> Result<Vec<Vec<f64>>> {
    let dimension = estimates.len();
    let mode = coordinates(estimates, positive)?;
    if log_covariance.len() != dimension * dimension {
        let given = log_covariance.len() as f64;
        return Err(ModelError::invalid("length of the covariance", given, "the square of the number of parameters"));
    }
    let factor = DMatrix::from_row_slice(dimension, dimension, log_covariance).cholesky().ok_or_else(not_identified)?;
    let standard = matched_normals(count.div_ceil(2), dimension, rng);
    let draw = |k: usize| {
        let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        let at = &mode + factor.l() * standard.row(k / 2).transpose() * sign;
        natural(at.as_slice(), positive)
    };
    Ok((0..count).map(draw).collect())
}

/// `rows` of independent standard normals; where they are at least as many as the columns, turned and stretched so
/// that their mean square is exactly the identity.
fn matched_normals(rows: usize, columns: usize, rng: &mut impl Rng) -> DMatrix<f64> {
    let drawn = DMatrix::from_fn(rows, columns, |_, _| rng.sample(StandardNormal));
    if rows < columns {
        return drawn;
    }
    let square = drawn.transpose() * &drawn / rows as f64;
    match square.cholesky() {
        // drawn' drawn / rows = l l', so that drawn times the inverse of l' has the identity in its place.
        Some(factor) => match factor.l().solve_lower_triangular(&drawn.transpose()) {
            Some(matched) => matched.transpose(),
            None => drawn,
        },
        None => drawn,
    }
}

fn not_identified() -> ModelError {
    ModelError::NotIdentified {
        model: "the posterior",
        found: "the curvature at its mode is not that of a maximum".into(),
        advice: "use a narrower prior or a model with fewer parameters",
    }
}

/// From the scale of the literature to the coordinates of the likelihood.
fn coordinates(estimates: &[Estimate], positive: usize) -> Result<DVector<f64>> {
    let coordinate = |(k, estimate): (usize, &Estimate)| {
        let value = if k < positive { estimate.value.ln() } else { estimate.value };
        if value.is_finite() {
            Ok(value)
        } else {
            Err(ModelError::invalid(estimate.name.as_str(), estimate.value, "finite, and above 0 unless a coefficient"))
        }
    };
    Ok(DVector::from_vec(estimates.iter().enumerate().map(coordinate).collect::<Result<_>>()?))
}

fn natural(coordinates: &[f64], positive: usize) -> Vec<f64> {
    coordinates.iter().enumerate().map(|(k, &c)| if k < positive { c.exp() } else { c }).collect()
}

/// The posterior seen from its mode, in coordinates where it is close to a standard normal.
#[derive(Debug, Clone)]
struct Target<L> {
    likelihood: L,
    prior: Prior,
    frame: Frame,
    at: Vec<f64>,
    gradient: Vec<f64>,
}

/// Coordinates z in which the normal approximation is standard: those of the likelihood are mode + factor z.
#[derive(Debug, Clone)]
struct Frame {
    mode: DVector<f64>,
    /// Upper triangular.
    factor: DMatrix<f64>,
}

impl Frame {
    fn place(&self, z: &[f64], at: &mut [f64]) {
        for (i, at) in at.iter_mut().enumerate() {
            *at = self.mode[i] + (i..z.len()).map(|j| self.factor[(i, j)] * z[j]).sum::<f64>();
        }
    }
}

impl<L: Likelihood> Target<L> {
    fn at_mode(mut likelihood: L, prior: &Prior, start: &DVector<f64>) -> Result<Self> {
        let dimension = likelihood.dimension();
        if start.len() != dimension {
            return Err(ModelError::invalid("parameters to start from", start.len() as f64, "one for each coordinate"));
        }
        let customers = likelihood.customers();
        let found = newton::maximize("the posterior", start.clone(), &newton::Settings::default(), |at| {
            let mut here = likelihood.evaluate(at.as_slice());
            here.value += prior.add_to(at.as_slice(), here.gradient.as_mut_slice());
            for (k, sd) in prior.sd.iter().enumerate() {
                here.hessian[(k, k)] -= 1.0 / (sd * sd);
            }
            here.value /= customers;
            here.gradient /= customers;
            here.hessian /= customers;
            here
        })?;
        let precision = (-found.evaluation.hessian * customers).cholesky().ok_or_else(not_identified)?;
        let factor = precision.l().try_inverse().ok_or_else(not_identified)?.transpose();
        let frame = Frame { mode: found.at, factor };
        let zeros = vec![0.0; dimension];
        Ok(Self { likelihood, prior: prior.clone(), frame, at: zeros.clone(), gradient: zeros })
    }
}

/// The likelihood has no value at a proposed point; the sampler turns back from there.
#[derive(Debug, thiserror::Error)]
#[error("the likelihood is not finite")]
struct OutsideDomain;

impl LogpError for OutsideDomain {
    fn is_recoverable(&self) -> bool {
        true
    }
}

impl<L: Likelihood> HasDims for Target<L> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_owned(), self.frame.mode.len() as u64)])
    }
}

impl<L: Likelihood> CpuLogpFunc for Target<L> {
    type LogpError = OutsideDomain;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        self.frame.mode.len()
    }

    fn logp(&mut self, z: &[f64], gradient: &mut [f64]) -> std::result::Result<f64, OutsideDomain> {
        self.frame.place(z, &mut self.at);
        let mut value = self.likelihood.gradient(&self.at, &mut self.gradient);
        value += self.prior.add_to(&self.at, &mut self.gradient);
        for (j, g) in gradient.iter_mut().enumerate() {
            *g = (0..=j).map(|i| self.frame.factor[(i, j)] * self.gradient[i]).sum();
        }
        if value.is_finite() && gradient.iter().all(|g| g.is_finite()) { Ok(value) } else { Err(OutsideDomain) }
    }

    fn expand_vector<R: Rng + ?Sized>(&mut self, _: &mut R, at: &[f64]) -> std::result::Result<Vec<f64>, CpuMathError> {
        Ok(at.to_vec())
    }
}

struct ChainDraws {
    /// Row-major, one row a draw, in the likelihood's coordinates.
    rows: Vec<f64>,
    divergences: usize,
    gradients: u64,
}

fn sampler_settings(settings: &Settings) -> DiagNutsSettings {
    let mut nuts = DiagNutsSettings { num_tune: settings.warmup as u64, ..DiagNutsSettings::default() };
    nuts.trajectory_kind = KineticEnergyKind::ExactNormal;
    let adapt = &mut nuts.adapt_options;
    adapt.step_size_settings.target_accept = settings.target_accept;
    adapt.step_size_settings.initial_step = 1.0;
    // A step of pi would carry every point to its mirror image; half of that is as far as a draw wants to go.
    adapt.step_size_settings.adapt_options.dual_average.max_step_size = std::f64::consts::FRAC_PI_2;
    // The scales are known from the curvature at the mode, better than a short warm-up could estimate them.
    adapt.early_window = 0.0;
    adapt.mass_matrix_switch_freq = 1 << 40;
    adapt.mass_matrix_update_freq = u64::MAX;
    nuts
}

fn run_chain<L: Likelihood>(target: Target<L>, chain: u64, settings: &Settings) -> Result<ChainDraws> {
    let mut rng = Pcg64Mcg::seed_from_u64(settings.seed.wrapping_add(chain));
    // The sampler takes its first scales from the gradient at the start: at distance 1 on every axis these are 1.
    let frame = target.frame.clone();
    let start: Vec<f64> = frame.mode.iter().map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).collect();
    let failed = |_| ModelError::NotIdentified {
        model: "the posterior",
        found: "the likelihood is not finite near its mode".into(),
        advice: "use a narrower prior",
    };
    let mut walk = sampler_settings(settings).new_chain(chain, CpuMath::new(target), &mut rng).map_err(failed)?;
    walk.set_position(&start).map_err(failed)?;
    let mut at = vec![0.0; start.len()];
    let mut drawn = ChainDraws { rows: Vec::new(), divergences: 0, gradients: 0 };
    for index in 0..settings.warmup + settings.draws {
        let (z, progress) = walk.draw().map_err(failed)?;
        drawn.gradients += progress.num_gradients;
        if index >= settings.warmup {
            frame.place(&z, &mut at);
            drawn.rows.extend_from_slice(&at);
            drawn.divergences += usize::from(progress.diverging);
        }
    }
    Ok(drawn)
}

fn collect(chains: &[ChainDraws], start: &[Estimate], positive: usize, settings: &Settings) -> Posterior {
    let rows = chains.iter().flat_map(|c| c.rows.chunks_exact(start.len()));
    let mut values = vec![Vec::with_capacity(settings.chains * settings.draws); start.len()];
    for row in rows {
        for (of_parameter, value) in values.iter_mut().zip(natural(row, positive)) {
            of_parameter.push(value);
        }
    }
    let marginals = values.iter().zip(start).map(|(v, e)| marginal(&e.name, v, settings.draws)).collect();
    Posterior {
        draws_per_chain: settings.draws,
        values,
        marginals,
        divergences: chains.iter().map(|c| c.divergences).sum(),
        gradients: chains.iter().map(|c| c.gradients).sum(),
    }
}

fn marginal(name: &str, values: &[f64], draws_per_chain: usize) -> Marginal {
    let chains: Vec<&[f64]> = values.chunks_exact(draws_per_chain).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    Marginal {
        name: name.to_owned(),
        mean,
        sd: (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt(),
        r_hat: diagnostics::r_hat(&chains),
        effective_sample_size: diagnostics::effective_sample_size(&chains),
        tail_effective_sample_size: diagnostics::tail_effective_sample_size(&chains),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::newton::Evaluation;

    fn estimates(values: &[(&str, f64)]) -> Vec<Estimate> {
        let estimate = |&(name, value): &(&str, f64)| Estimate { name: name.to_owned(), value, standard_error: 0.1 };
        values.iter().map(estimate).collect()
    }

    /// Purchases at a constant rate: `counts` in `time` each, one rate a coordinate. With a flat prior on its logarithm
    /// the posterior of a rate is Gamma(count, time).
    #[derive(Clone)]
    struct Rates {
        counts: Vec<f64>,
        time: f64,
    }

    impl Likelihood for Rates {
        fn dimension(&self) -> usize {
            self.counts.len()
        }

        fn customers(&self) -> f64 {
            1.0
        }

        fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
            let mut value = 0.0;
            for ((log_rate, count), g) in at.iter().zip(&self.counts).zip(gradient) {
                *g = count - log_rate.exp() * self.time;
                value += count * log_rate - log_rate.exp() * self.time;
            }
            value
        }

        fn evaluate(&mut self, at: &[f64]) -> Evaluation {
            let mut gradient = DVector::zeros(at.len());
            let value = self.gradient(at, gradient.as_mut_slice());
            let curvature = DVector::from_iterator(at.len(), at.iter().map(|l| -l.exp() * self.time));
            Evaluation { value, gradient, hessian: DMatrix::from_diagonal(&curvature) }
        }
    }

    /// A normal distribution with strong correlation, to be found as it is.
    #[derive(Clone)]
    struct Normal {
        precision: DMatrix<f64>,
    }

    impl Likelihood for Normal {
        fn dimension(&self) -> usize {
            self.precision.nrows()
        }

        fn customers(&self) -> f64 {
            100.0
        }

        fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
            let found = self.evaluate(at);
            gradient.copy_from_slice(found.gradient.as_slice());
            found.value
        }

        fn evaluate(&mut self, at: &[f64]) -> Evaluation {
            let at = DVector::from_column_slice(at);
            let gradient = -&self.precision * &at;
            Evaluation { value: 0.5 * gradient.dot(&at), gradient, hessian: -self.precision.clone() }
        }
    }

    fn flat(positive: usize, dimension: usize) -> Prior {
        Prior { positive, centre: vec![0.0; dimension], sd: vec![1e6; dimension] }
    }

    #[test]
    fn the_posterior_of_a_rate_is_a_gamma_distribution() {
        let rates = Rates { counts: vec![3.0, 40.0], time: 2.0 };
        let settings = Settings { draws: 2000, ..Settings::default() };
        let start = estimates(&[("lambda", 1.0), ("mu", 1.0)]);
        let posterior = sample(&rates, &flat(2, 2), &start, &settings).unwrap();
        // A gamma distribution of shape k and rate 2: mean k/2, sd sqrt(k)/2; quantiles by scipy 1.17.1.
        for (index, (count, low, high)) in
            [(3.0, 0.408_845, 3.147_896), (40.0, 15.097_87, 25.469_86)].iter().enumerate()
        {
            let marginal = &posterior.marginals[index];
            let (mean, sd): (f64, f64) = (count / 2.0, f64::sqrt(*count) / 2.0);
            let error = sd / marginal.effective_sample_size.sqrt();
            assert!((marginal.mean - mean).abs() < 4.0 * error, "{marginal:?}");
            assert!((marginal.sd / sd - 1.0).abs() < 0.06, "{marginal:?}");
            assert!((posterior.quantile(index, 0.05) - low).abs() < 0.05 * sd, "{}", posterior.quantile(index, 0.05));
            assert!((posterior.quantile(index, 0.95) - high).abs() < 0.12 * sd, "{}", posterior.quantile(index, 0.95));
            assert!(marginal.r_hat < 1.01 && marginal.effective_sample_size > 3000.0, "{marginal:?}");
        }
        assert!(posterior.divergences < 8, "{}", posterior.divergences);
        println!("{} gradients, {:?}", posterior.gradients, posterior.marginals);
    }

    #[test]
    fn correlation_costs_nothing() {
        let covariance = nalgebra::dmatrix![1.0, 0.99, 0.0; 0.99, 1.0, 0.0; 0.0, 0.0, 1e-4];
        let normal = Normal { precision: covariance.try_inverse().unwrap() };
        let start = estimates(&[("a", 0.3), ("b", -0.3), ("c", 0.0)]);
        let posterior = sample(&normal, &flat(0, 3), &start, &Settings::default()).unwrap();
        for (marginal, sd) in posterior.marginals.iter().zip([1.0, 1.0, 0.01]) {
            assert!(marginal.mean.abs() < 0.1 * sd && (marginal.sd / sd - 1.0).abs() < 0.1, "{marginal:?}");
            assert!(marginal.r_hat < 1.01 && marginal.effective_sample_size > 1000.0, "{marginal:?}");
        }
        assert!(posterior.gradients < 4 * 600 * 5, "{}", posterior.gradients);
    }

    #[test]
    fn the_other_models_are_sampled_as_well() {
        use crate::noncontractual::bgnbd::tests::cdnow;
        use crate::noncontractual::gamma_gamma::{self, GammaGamma, GammaGammaLikelihood, Spend};
        use crate::noncontractual::pareto_nbd::{self, ParetoNbd, ParetoNbdLikelihood};
        let patterns = cdnow();
        let fitted = pareto_nbd::fit(&patterns, &pareto_nbd::Settings::default()).unwrap();
        let prior = Prior::weakly_informative(&[1.0, 32.7, 1.0, 32.7], 0).unwrap();
        // The likelihood hardly falls along large s and beta, so this posterior has a long tail that mixes slowly.
        let settings = Settings { draws: 1000, seed: 1, ..Settings::default() };
        let posterior = sample(&ParetoNbdLikelihood::new(&patterns), &prior, &fitted.estimates, &settings).unwrap();
        assert!(posterior.r_hat() < 1.02 && posterior.effective_sample_size() > 200.0, "{:?}", posterior.marginals);
        assert!((posterior.marginals[0].mean - 0.553).abs() < 0.05);
        assert_eq!(posterior.models::<ParetoNbd>(3).unwrap().len(), 3);

        let spend: Vec<Spend> =
            (1..400).map(|i| Spend { purchases: i % 7 + 1, mean: 20.0 + f64::from(i % 31), weight: 1.0 }).collect();
        let fitted = gamma_gamma::fit(&spend, &gamma_gamma::Settings::default()).unwrap();
        let prior = Prior::weakly_informative(&[1.0, 1.0, 35.0], 0).unwrap();
        let likelihood = GammaGammaLikelihood::new(&spend).unwrap();
        let posterior = sample(&likelihood, &prior, &fitted.estimates, &settings).unwrap();
        assert!(posterior.r_hat() < 1.01 && posterior.effective_sample_size() > 400.0, "{:?}", posterior.marginals);
        assert_eq!(posterior.models::<GammaGamma>(3).unwrap().len(), 3);
    }

    #[test]
    fn the_same_seed_gives_the_same_draws() {
        let rates = Rates { counts: vec![5.0], time: 1.0 };
        let settings = Settings { draws: 50, ..Settings::default() };
        let run =
            |seed| sample(&rates, &flat(1, 1), &estimates(&[("rate", 4.0)]), &Settings { seed, ..settings }).unwrap();
        assert_eq!(run(1).values, run(1).values);
        assert_ne!(run(1).values, run(2).values);
        assert_eq!(run(1).thinned(5).len(), 5);
        assert_eq!(run(1).thinned(5)[0], run(1).draw(20));
    }

    #[test]
    fn a_prior_alone_is_sampled_where_the_data_say_nothing() {
        let silent = Normal { precision: DMatrix::zeros(2, 2) };
        let prior = Prior::weakly_informative(&[7.0], 1).unwrap();
        let settings = Settings { draws: 4000, ..Settings::default() };
        let posterior = sample(&silent, &prior, &estimates(&[("alpha", 1.0), ("alpha:age", 0.0)]), &settings).unwrap();
        assert!((posterior.quantile(0, 0.5).ln() - 7f64.ln()).abs() < 0.15);
        assert!((posterior.marginals[1].sd - 3.0).abs() < 0.1, "{:?}", posterior.marginals[1]);
    }

    #[test]
    fn a_few_laplace_draws_have_the_mean_and_the_covariance() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let covariance = [0.04, 0.01, 0.01, 0.09];
        let draws = laplace_draws(&estimates(&[("r", 2.0), ("b", -1.0)]), 1, &covariance, 8, &mut rng).unwrap();
        let logs: Vec<[f64; 2]> = draws.iter().map(|d| [d[0].ln() - 2f64.ln(), d[1] + 1.0]).collect();
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let found = logs.iter().map(|d| d[i] * d[j]).sum::<f64>() / 8.0;
            assert!((found - covariance[2 * i + j]).abs() < 1e-12, "{found}");
            assert!(logs.iter().map(|d| d[i]).sum::<f64>().abs() < 1e-12);
        }
        let error = laplace_draws(&estimates(&[("r", 2.0)]), 1, &[-1.0], 4, &mut rng).unwrap_err();
        assert!(error.to_string().contains("not that of a maximum"), "{error}");
    }

    #[test]
    fn says_what_is_wrong() {
        let rates = Rates { counts: vec![5.0], time: 1.0 };
        let start = estimates(&[("rate", 4.0)]);
        let text = |prior: &Prior, settings: &Settings, start: &[Estimate]| {
            sample(&rates, prior, start, settings).unwrap_err().to_string()
        };
        let settings = Settings { chains: 1, ..Settings::default() };
        assert_eq!(text(&flat(1, 1), &settings, &start), "chains is 1; expected 2 or more");
        assert!(text(&flat(1, 2), &Settings::default(), &start).contains("one centre and sd for each coordinate"));
        let negative = text(&flat(1, 1), &Settings::default(), &estimates(&[("rate", -4.0)]));
        assert_eq!(negative, "rate is -4; expected finite, and above 0 unless a coefficient");
        assert!(Prior::weakly_informative(&[0.0], 0).is_err());
    }

    /// Posterior of the BG/NBD on CDNOW with this crate's weakly informative prior, by importance sampling: 300,000
    /// draws from a multivariate t with 6 degrees of freedom around the mode (numpy 2.4.6, scipy 1.17.1, its own
    /// likelihood on tests/data/cdnow_weeks.csv), worth 263,006 independent ones. Mean, sd, 5% and 95% quantile.
    const CDNOW: [(&str, f64, f64, f64, f64); 4] = [
        ("r", 0.243_249_171, 0.012_614_600, 0.223_143_342, 0.264_603_300),
        ("alpha", 4.444_854_101, 0.381_497_001, 3.842_582_186, 5.095_901_495),
        ("a", 0.836_009_352, 0.213_213_345, 0.556_079_275, 1.225_312_369),
        ("b", 2.630_916_991, 0.848_277_120, 1.576_037_626, 4.191_719_164),
    ];

    #[test]
    fn the_posterior_on_cdnow_is_that_of_an_independent_sampler() {
        use crate::noncontractual::bgnbd::{BgLikelihood, FirstLeave, Settings as FitSettings, fit, tests::cdnow};
        let patterns = cdnow();
        let customers: f64 = patterns.iter().map(|p| p.weight).sum();
        let mean_age = patterns.iter().map(|p| p.weight * p.history.age).sum::<f64>() / customers;
        let prior = Prior::weakly_informative(&[1.0, mean_age, 1.0, 1.0], 0).unwrap();
        let start = fit(&patterns, &FitSettings::default()).unwrap().estimates;
        let likelihood = BgLikelihood::new(&patterns, FirstLeave::AfterRepeat);
        let settings = Settings { draws: 1000, ..Settings::default() };
        let posterior = sample(&likelihood, &prior, &start, &settings).unwrap();
        for (index, (name, mean, sd, low, high)) in CDNOW.into_iter().enumerate() {
            let marginal = &posterior.marginals[index];
            assert_eq!(marginal.name, name);
            assert!((marginal.mean - mean).abs() < 0.1 * sd, "{marginal:?}");
            assert!((marginal.sd / sd - 1.0).abs() < 0.1, "{marginal:?}");
            assert!((posterior.quantile(index, 0.05) - low).abs() < 0.15 * sd, "{marginal:?}");
            assert!((posterior.quantile(index, 0.95) - high).abs() < 0.25 * sd, "{marginal:?}");
            assert!(marginal.r_hat < 1.01 && marginal.effective_sample_size > 400.0, "{marginal:?}");
        }
        assert!(posterior.divergences < 10, "{}", posterior.divergences);
        println!("{} gradients, {:?}", posterior.gradients, posterior.marginals);
    }
}

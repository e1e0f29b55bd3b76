//! The purchase models side by side: one name for all, so that the rest need not know which predicts.

use super::population::{Group, Population};
use cvm_models::noncontractual::bgnbd::{
    self, BgLikelihood, BgNbd, BgNbdWithCovariates, CovariateLikelihood, FirstLeave,
};
use cvm_models::noncontractual::mbgnbd::{self, MbgNbd};
use cvm_models::noncontractual::pareto_nbd::{self, ParetoNbd, ParetoNbdLikelihood, ParetoNbdWithCovariates};
use cvm_models::noncontractual::posterior::{self, Prior};
use cvm_models::noncontractual::{BuyTillYouDie, Estimate, Fitted, History, Likelihood, Parameters, PurchaseProcess};
use cvm_models::{ModelError, Result};
use rand::Rng;
use rayon::prelude::*;

/// A purchase model that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Beta-geometric / negative binomial.
    BgNbd,
    /// Modified beta-geometric / negative binomial: customers may leave right after their first purchase.
    MbgNbd,
    /// Pareto / negative binomial: customers may leave at any moment.
    ParetoNbd,
    /// BG/NBD whose parameters depend on what else is known of customers.
    BgNbdCovariates,
    /// Pareto/NBD whose parameters do.
    ParetoNbdCovariates,
}

impl Kind {
    /// In the order in which they are tried.
    pub const ALL: [Self; 5] =
        [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd, Self::BgNbdCovariates, Self::ParetoNbdCovariates];

    /// As in the literature.
    pub fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
            Self::BgNbdCovariates => "BG/NBD with covariates",
            Self::ParetoNbdCovariates => "Pareto/NBD with covariates",
        }
    }

    /// As in options.
    pub fn flag(self) -> &'static str {
        match self {
            Self::BgNbd => "bg-nbd",
            Self::MbgNbd => "mbg-nbd",
            Self::ParetoNbd => "pareto-nbd",
            Self::BgNbdCovariates => "bg-nbd-covariates",
            Self::ParetoNbdCovariates => "pareto-nbd-covariates",
        }
    }

    /// Whether it needs to know more of customers than their purchases.
    pub fn needs_covariates(self) -> bool {
        matches!(self, Self::BgNbdCovariates | Self::ParetoNbdCovariates)
    }
}

/// How many parameters each has beside the coefficients of covariates; all of them are positive.
pub const POSITIVE: usize = 4;

/// One of the models, fitted or drawn.
#[derive(Debug, Clone)]
#[expect(clippy::enum_variant_names, reason = "the literature names them so")]
pub enum Model {
    /// BG/NBD.
    BgNbd(BgNbd),
    /// MBG/NBD.
    MbgNbd(MbgNbd),
    /// Pareto/NBD.
    ParetoNbd(ParetoNbd),
}

/// Runs `$body` with `$model` bound to the model inside.
macro_rules! each {
    ($self:expr, $model:ident => $body:expr) => {
        match $self {
            Model::BgNbd($model) => $body,
            Model::MbgNbd($model) => $body,
            Model::ParetoNbd($model) => $body,
        }
    };
}

impl Model {
    /// Probability that the customer is still one.
    pub fn probability_alive(&self, history: &History) -> f64 {
        each!(self, model => model.probability_alive(history))
    }

    /// The future of a living customer.
    pub fn if_alive(&self, frequency: u32, age: f64) -> Box<dyn PurchaseProcess> {
        each!(self, model => Box::new(model.if_alive(frequency, age)))
    }

    /// Expected purchases by each of `times` of living customers who share a frequency: a row for each of the pairs.
    pub fn expected_purchases_if_alive(&self, pairs: &[(u32, f64)], times: &[f64]) -> Vec<f64> {
        let Some(&(frequency, _)) = pairs.first() else { return Vec::new() };
        let ages: Vec<f64> = pairs.iter().map(|&(_, age)| age).collect();
        each!(self, model => model.expected_purchases_if_alive(frequency, &ages, times))
    }

    /// Expected purchases in `time` of living customers, for each pair of a group.
    pub fn expected_purchases_of_pairs(&self, population: &Population, group: &Group, time: f64) -> Vec<f64> {
        let expected = |pairs: &[(u32, f64)]| self.expected_purchases_if_alive(pairs, &[time]);
        population.pairs_by_frequency(group).map(expected).collect::<Vec<_>>().concat()
    }

    /// Expected repeat purchases of a new customer in `(0, time]`.
    pub fn expected_purchases(&self, time: f64) -> f64 {
        each!(self, model => model.expected_purchases(time))
    }
}

/// The model of every customer: one for all of them, or one for each group of the population.
#[derive(Debug, Clone)]
pub struct GroupModels(Vec<Model>);

impl GroupModels {
    /// The model of a group.
    pub fn of(&self, group: usize) -> &Model {
        self.0.get(group).unwrap_or(&self.0[0])
    }

    /// Whether groups differ.
    pub fn is_grouped(&self) -> bool {
        self.0.len() > 1
    }

    /// The models at these parameters, those of the literature first, then the coefficients.
    fn from_parameters(kind: Kind, values: &[f64], population: &Population) -> Result<Self> {
        let (own, coefficients) = values.split_at(POSITIVE.min(values.len()));
        let names = &population.covariates;
        let of_parameter = |i: usize| coefficients[i * names.len()..(i + 1) * names.len()].to_vec();
        let each_group = |model_for: &dyn Fn(&[f64]) -> Result<Model>| -> Result<Self> {
            Ok(Self(population.groups.iter().map(|group| model_for(&group.row)).collect::<Result<_>>()?))
        };
        match kind {
            Kind::BgNbd => Ok(Self(vec![Model::BgNbd(BgNbd::from_parameters(values)?)])),
            Kind::MbgNbd => Ok(Self(vec![Model::MbgNbd(MbgNbd::from_parameters(values)?)])),
            Kind::ParetoNbd => Ok(Self(vec![Model::ParetoNbd(ParetoNbd::from_parameters(values)?)])),
            Kind::BgNbdCovariates => {
                let base = BgNbd::from_parameters(own)?;
                let (alpha, a, b) = (of_parameter(0), of_parameter(1), of_parameter(2));
                let model = BgNbdWithCovariates { base, names: names.clone(), alpha, a, b };
                each_group(&|row| model.model_for(row).map(Model::BgNbd))
            }
            Kind::ParetoNbdCovariates => {
                let base = ParetoNbd::from_parameters(own)?;
                let (alpha, beta) = (of_parameter(0), of_parameter(1));
                let model = ParetoNbdWithCovariates { base, names: names.clone(), alpha, beta };
                each_group(&|row| model.model_for(row).map(Model::ParetoNbd))
            }
        }
    }
}

/// A fitted model with the evidence of its fit.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Which.
    pub kind: Kind,
    /// At the maximum likelihood.
    pub models: GroupModels,
    /// The parameters: those of the literature, then the coefficients of covariates.
    pub estimates: Vec<Estimate>,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
    /// Customers it was fitted to.
    pub customers: f64,
    /// Whether a weak prior had to settle what the data leave open.
    pub weak_prior: bool,
    log_covariance: Vec<f64>,
}

impl Fit {
    fn of<M>(kind: Kind, fitted: Fitted<M>, population: &Population) -> Result<Self> {
        let values: Vec<f64> = fitted.estimates.iter().map(|estimate| estimate.value).collect();
        Ok(Self {
            kind,
            models: GroupModels::from_parameters(kind, &values, population)?,
            estimates: fitted.estimates,
            log_likelihood: fitted.log_likelihood,
            customers: fitted.customers,
            weak_prior: false,
            log_covariance: fitted.log_covariance,
        })
    }

    /// Estimate and standard error of a sum of coefficients, each an index into the estimates with its factor.
    pub fn combination(&self, terms: &[(usize, f64)]) -> (f64, f64) {
        let width = self.estimates.len();
        let value = terms.iter().map(|&(i, factor)| factor * self.estimates[i].value).sum();
        let covariance = |i: usize, j: usize| self.log_covariance[i * width + j];
        let pairs = terms.iter().flat_map(|&(i, a)| terms.iter().map(move |&(j, b)| a * b * covariance(i, j)));
        (value, pairs.sum::<f64>().max(0.0).sqrt())
    }

    /// Whether a coefficient is as open as a weak prior would leave it: nobody of its kind did what it speaks of.
    fn is_open(&self) -> bool {
        self.estimates.iter().skip(POSITIVE).any(|coefficient| coefficient.standard_error > WEAK_PRIOR_SD)
    }
}

/// Standard deviation, on each logarithm and coefficient, of the weak prior that settles what the data leave open; the
/// same that the sampler takes.
const WEAK_PRIOR_SD: f64 = 3.0;

/// Fits one model to a population.
///
/// Data may leave a parameter open: where nobody seems to leave, any small rate of leaving is as good as another. Then
/// a weak prior decides, and the fit says so.
pub fn fit(kind: Kind, population: &Population) -> Result<Fit> {
    let weakly =
        || fit_with(kind, population, 1.0 / (WEAK_PRIOR_SD * WEAK_PRIOR_SD)).map(|fit| Fit { weak_prior: true, ..fit });
    match fit_with(kind, population, 0.0) {
        Err(ModelError::NotIdentified { .. } | ModelError::NoConvergence { .. }) => weakly(),
        Ok(fit) if fit.is_open() => weakly(),
        fitted => fitted,
    }
}

fn fit_with(kind: Kind, population: &Population, penalty: f64) -> Result<Fit> {
    let patterns = &population.patterns;
    let bg = bgnbd::Settings { penalty, ..Default::default() };
    let pareto = pareto_nbd::Settings { penalty, ..Default::default() };
    match kind {
        Kind::BgNbd => Fit::of(kind, bgnbd::fit(patterns, &bg)?, population),
        Kind::MbgNbd => Fit::of(kind, mbgnbd::fit(patterns, &bg)?, population),
        Kind::ParetoNbd => Fit::of(kind, pareto_nbd::fit(patterns, &pareto)?, population),
        Kind::BgNbdCovariates => {
            Fit::of(kind, bgnbd::fit_with_covariates(patterns, &population.covariate_rows(), &bg)?, population)
        }
        Kind::ParetoNbdCovariates => {
            Fit::of(kind, pareto_nbd::fit_with_covariates(patterns, &population.covariate_rows(), &pareto)?, population)
        }
    }
}

/// Other parameters that the data leave possible, `count` of them, by the normal approximation at the maximum.
pub fn laplace_draws(fit: &Fit, population: &Population, count: usize, rng: &mut impl Rng) -> Result<Vec<GroupModels>> {
    posterior::laplace_draws(&fit.estimates, POSITIVE, &fit.log_covariance, count, rng)?
        .iter()
        .map(|values| GroupModels::from_parameters(fit.kind, values, population))
        .collect()
}

/// Draws of the parameters from their posterior, by NUTS, of which `count` are kept.
///
/// # Errors
/// What the sampler gives, and [`ModelError::NoConvergence`] where the chains disagree (r-hat above 1.05).
pub fn nuts_draws(fit: &Fit, population: &Population, count: usize, seed: u64) -> Result<Vec<GroupModels>> {
    let patterns = &population.patterns;
    let ages: f64 = patterns.iter().map(|pattern| pattern.weight * pattern.history.age).sum();
    let mean_age = (ages / patterns.iter().map(|pattern| pattern.weight).sum::<f64>()).max(1.0);
    // The posterior of the Pareto/NBD has long tails in s and beta, which 500 draws a chain do not reach.
    let settings = posterior::Settings { seed, draws: 1000, ..posterior::Settings::default() };
    let sample = |likelihood: &dyn Sample, units: [f64; POSITIVE]| {
        let prior = Prior::weakly_informative(&units, fit.estimates.len() - POSITIVE)?;
        likelihood.sample(&prior, &fit.estimates, &settings)
    };
    let (bg_units, pareto_units) = ([1.0, mean_age, 1.0, 1.0], [1.0, mean_age, 1.0, mean_age]);
    let posterior = match fit.kind {
        Kind::BgNbd => sample(&BgLikelihood::new(patterns, FirstLeave::AfterRepeat), bg_units),
        Kind::MbgNbd => sample(&BgLikelihood::new(patterns, FirstLeave::AtOnce), bg_units),
        Kind::ParetoNbd => sample(&ParetoNbdLikelihood::new(patterns), pareto_units),
        Kind::BgNbdCovariates => sample(&CovariateLikelihood::new(patterns, &population.covariate_rows())?, bg_units),
        Kind::ParetoNbdCovariates => {
            sample(&ParetoNbdLikelihood::of_covariates(patterns, &population.covariate_rows())?, pareto_units)
        }
    }?;
    if posterior.r_hat() > 1.05 {
        return Err(ModelError::NoConvergence {
            model: fit.kind.name(),
            iterations: posterior.draws(),
            gradient: posterior.r_hat(),
            advice: "its chains disagree; use --uncertainty laplace",
        });
    }
    posterior.thinned(count).iter().map(|values| GroupModels::from_parameters(fit.kind, values, population)).collect()
}

/// The sampler for any likelihood, so that all need one call.
trait Sample {
    fn sample(&self, prior: &Prior, start: &[Estimate], settings: &posterior::Settings)
    -> Result<posterior::Posterior>;
}

impl<L: Likelihood + Clone + Send> Sample for L {
    fn sample(
        &self,
        prior: &Prior,
        start: &[Estimate],
        settings: &posterior::Settings,
    ) -> Result<posterior::Posterior> {
        posterior::sample(self, prior, start, settings)
    }
}

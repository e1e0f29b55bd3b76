//! The purchase models side by side: one name for three, so that the rest need not know which predicts.

use cvm_models::noncontractual::bgnbd::{self, BgLikelihood, BgNbd, FirstLeave};
use cvm_models::noncontractual::mbgnbd::{self, MbgNbd};
use cvm_models::noncontractual::pareto_nbd::{self, ParetoNbd, ParetoNbdLikelihood};
use cvm_models::noncontractual::posterior::{self, Prior};
use cvm_models::noncontractual::{
    BuyTillYouDie, Estimate, Fitted, History, Likelihood, Parameters, Pattern, PurchaseProcess,
};
use cvm_models::{ModelError, Result};
use rand::Rng;

/// A purchase model that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Beta-geometric / negative binomial.
    BgNbd,
    /// Modified beta-geometric / negative binomial: customers may leave right after their first purchase.
    MbgNbd,
    /// Pareto / negative binomial: customers may leave at any moment.
    ParetoNbd,
}

impl Kind {
    /// In the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd];

    /// As in the literature.
    pub fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD",
            Self::MbgNbd => "MBG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
        }
    }

    /// As in options.
    pub fn flag(self) -> &'static str {
        match self {
            Self::BgNbd => "bg-nbd",
            Self::MbgNbd => "mbg-nbd",
            Self::ParetoNbd => "pareto-nbd",
        }
    }
}

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
    fn from_parameters(kind: Kind, values: &[f64]) -> Result<Self> {
        Ok(match kind {
            Kind::BgNbd => Self::BgNbd(BgNbd::from_parameters(values)?),
            Kind::MbgNbd => Self::MbgNbd(MbgNbd::from_parameters(values)?),
            Kind::ParetoNbd => Self::ParetoNbd(ParetoNbd::from_parameters(values)?),
        })
    }

    /// Probability that the customer is still one.
    pub fn probability_alive(&self, history: &History) -> f64 {
        each!(self, model => model.probability_alive(history))
    }

    /// The future of a living customer.
    pub fn if_alive(&self, frequency: u32, age: f64) -> Box<dyn PurchaseProcess> {
        each!(self, model => Box::new(model.if_alive(frequency, age)))
    }

    /// Expected repeat purchases of a new customer in `(0, time]`.
    pub fn expected_purchases(&self, time: f64) -> f64 {
        each!(self, model => model.expected_purchases(time))
    }
}

/// A fitted model with the evidence of its fit.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Which.
    pub kind: Kind,
    /// At the maximum likelihood.
    pub model: Model,
    /// The parameters.
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
    fn of<M>(kind: Kind, fitted: Fitted<M>, wrap: impl Fn(M) -> Model) -> Self {
        Self {
            kind,
            model: wrap(fitted.model),
            estimates: fitted.estimates,
            log_likelihood: fitted.log_likelihood,
            customers: fitted.customers,
            weak_prior: false,
            log_covariance: fitted.log_covariance,
        }
    }
}

/// Precision of the weak prior that settles what the data leave open: a standard deviation of 3 on each logarithm, the
/// same that the sampler takes.
const WEAK_PRIOR: f64 = 1.0 / 9.0;

/// Fits one model to customers counted by pattern.
///
/// Data may leave a parameter open: where nobody seems to leave, any small rate of leaving is as good as another. Then
/// a weak prior decides, and the fit says so.
pub fn fit(kind: Kind, patterns: &[Pattern]) -> Result<Fit> {
    match fit_with(kind, patterns, 0.0) {
        Err(ModelError::NotIdentified { .. } | ModelError::NoConvergence { .. }) => {
            fit_with(kind, patterns, WEAK_PRIOR).map(|fit| Fit { weak_prior: true, ..fit })
        }
        fitted => fitted,
    }
}

fn fit_with(kind: Kind, patterns: &[Pattern], penalty: f64) -> Result<Fit> {
    let bg = bgnbd::Settings { penalty, ..Default::default() };
    let pareto = pareto_nbd::Settings { penalty, ..Default::default() };
    Ok(match kind {
        Kind::BgNbd => Fit::of(kind, bgnbd::fit(patterns, &bg)?, Model::BgNbd),
        Kind::MbgNbd => Fit::of(kind, mbgnbd::fit(patterns, &bg)?, Model::MbgNbd),
        Kind::ParetoNbd => Fit::of(kind, pareto_nbd::fit(patterns, &pareto)?, Model::ParetoNbd),
    })
}

/// Other parameters that the data leave possible, `count` of them, by the normal approximation at the maximum.
pub fn laplace_draws(fit: &Fit, count: usize, rng: &mut impl Rng) -> Result<Vec<Model>> {
    posterior::laplace_draws(&fit.estimates, fit.estimates.len(), &fit.log_covariance, count, rng)?
        .iter()
        .map(|values| Model::from_parameters(fit.kind, values))
        .collect()
}

/// Draws of the parameters from their posterior, by NUTS, of which `count` are kept.
///
/// # Errors
/// What the sampler gives, and [`ModelError::NoConvergence`] where the chains disagree (r-hat above 1.05).
pub fn nuts_draws(fit: &Fit, patterns: &[Pattern], count: usize, seed: u64) -> Result<Vec<Model>> {
    let ages: f64 = patterns.iter().map(|pattern| pattern.weight * pattern.history.age).sum();
    let mean_age = (ages / patterns.iter().map(|pattern| pattern.weight).sum::<f64>()).max(1.0);
    // The posterior of the Pareto/NBD has long tails in s and beta, which 500 draws a chain do not reach.
    let settings = posterior::Settings { seed, draws: 1000, ..posterior::Settings::default() };
    let sample = |likelihood: &dyn Sample, units: &[f64]| {
        likelihood.sample(&Prior::weakly_informative(units, 0)?, &fit.estimates, &settings)
    };
    let posterior = match fit.kind {
        Kind::BgNbd => sample(&BgLikelihood::new(patterns, FirstLeave::AfterRepeat), &[1.0, mean_age, 1.0, 1.0]),
        Kind::MbgNbd => sample(&BgLikelihood::new(patterns, FirstLeave::AtOnce), &[1.0, mean_age, 1.0, 1.0]),
        Kind::ParetoNbd => sample(&ParetoNbdLikelihood::new(patterns), &[1.0, mean_age, 1.0, mean_age]),
    }?;
    if posterior.r_hat() > 1.05 {
        return Err(ModelError::NoConvergence {
            model: fit.kind.name(),
            iterations: posterior.draws(),
            gradient: posterior.r_hat(),
            advice: "its chains disagree; use --uncertainty laplace",
        });
    }
    posterior.thinned(count).iter().map(|values| Model::from_parameters(fit.kind, values)).collect()
}

/// The sampler for any likelihood, so that the three need one call.
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

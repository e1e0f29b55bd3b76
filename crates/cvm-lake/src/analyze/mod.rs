//! The main job: from files of purchases to what every customer is worth.
//!
//! [`analyze`] is the whole of it, step by step. It fills a folder aside ([`Output`]), to which the caller may add (the
//! report as a page) before it is put in place.

#[doc(hidden)]
pub mod bench;
mod clusters;
mod covariates;
mod describe;
mod forecast;
mod models;
mod output;
mod population;
mod progress;
mod reasons;
mod sampling;
mod score;
mod spend;
#[cfg(test)]
mod tests;
mod validate;

pub use crate::output::Output;
pub use models::Kind;
pub use progress::{Progress, Step};

use crate::features::base::{AMOUNT_SCALE, Base};
use crate::features::calendar;
use crate::ingest::covariates::Wanted;
use crate::ingest::{self, ProblemLog, Role, SavedMapping};
use crate::{LakeError, engine};
use covariates::Design;
use cvm_core::Language;
use cvm_core::report::{Report, Run, Warning};
use forecast::{Component, Forecast, ForecastSettings};
use population::Population;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files, patterns, or "-" for standard input.
    pub files: Vec<String>,
    /// How they are read.
    pub ingest: ingest::Options,
    /// How far ahead to look.
    pub horizon_days: u32,
    /// Discount a year, as a fraction.
    pub discount_rate: f64,
    /// Margin on revenue, as a fraction; `None` takes it from the files' costs, else counts revenue.
    pub margin: Option<f64>,
    /// How much of the end to hold out.
    pub holdout: Holdout,
    /// The file of what else is known of customers, if there is one.
    pub covariates: Option<Wanted>,
    /// The one purchase model to use; `None` chooses.
    pub model: Option<Kind>,
    /// How bounds are made.
    pub uncertainty: Uncertainty,
    /// Language of the words in the results.
    pub language: Language,
    /// Whether to write `customers.csv` too.
    pub csv: bool,
    /// How much of the machine to use.
    pub limits: engine::Limits,
    /// Seed of everything random.
    pub seed: u64,
}

/// How much of the end of the data is kept from the models, to judge them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holdout {
    /// A third of the time, at most the horizon; nothing where the data are too short.
    Auto,
    /// Nothing.
    None,
    /// So many days.
    Days(u32),
}

/// How the doubt about parameters enters the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncertainty {
    /// Normal approximation at the maximum likelihood.
    Laplace,
    /// Draws from the posterior.
    Nuts,
    /// No bounds.
    None,
}

impl Uncertainty {
    /// The same, but not sampled: for the many fits of a comparison.
    fn quick(self) -> Self {
        if self == Self::Nuts { Self::Laplace } else { self }
    }

    /// As in options.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Laplace => "laplace",
            Self::Nuts => "nuts",
            Self::None => "none",
        }
    }
}

impl Options {
    /// A year ahead, discounted by a tenth, the model chosen, with bounds.
    pub fn new(files: Vec<String>, ingest: ingest::Options) -> Self {
        Self {
            files,
            ingest,
            horizon_days: 365,
            discount_rate: 0.1,
            margin: None,
            holdout: Holdout::Auto,
            covariates: None,
            model: None,
            uncertainty: Uncertainty::Laplace,
            language: Language::En,
            csv: false,
            limits: engine::Limits::default(),
            seed: 0,
        }
    }

    /// Checks what no file can make right.
    fn check(&self) -> Result<(), LakeError> {
        let wrong = |message: String| Err(LakeError::Option(message));
        if !(1..=3650).contains(&self.horizon_days) {
            return wrong(format!("the horizon is {} days; expected 1 to 3650", self.horizon_days));
        }
        if !(0.0..=1.0).contains(&self.discount_rate) {
            return wrong(format!("the discount is {}; expected a yearly rate from 0 to 1", self.discount_rate));
        }
        if let Some(kind) = self.model.filter(|kind| kind.needs_covariates() && self.covariates.is_none()) {
            return wrong(format!(
                "the model {} needs to know more of customers than their purchases; give a file with --covariates, or \
                 use --model {}",
                kind.flag(),
                kind.flag().trim_end_matches("-covariates")
            ));
        }
        if self.covariates.as_ref().is_some_and(|wanted| wanted.file == "-") && self.files.iter().any(|f| f == "-") {
            return wrong(
                "standard input can be the purchases or the covariates, not both; name a file for one".to_owned(),
            );
        }
        match self.margin {
            Some(margin) if !(margin > 0.0 && margin <= 1.0) => {
                wrong(format!("the margin is {margin}; expected a share of revenue above 0 and up to 1"))
            }
            _ => Ok(()),
        }
    }

    /// Models to try, the simplest first.
    fn candidates(&self) -> Vec<Kind> {
        let can = |kind: &Kind| self.covariates.is_some() || !kind.needs_covariates();
        self.model.map_or_else(|| Kind::ALL.into_iter().filter(can).collect(), |kind| vec![kind])
    }
}

/// Does the main job: the report, and the choices of reading that can be saved. The results stand in `output`, not yet
/// in place.
///
/// # Errors
/// [`LakeError`] for anything that the user can change; then `output` is to be dropped.
pub async fn analyze(
    options: &Options,
    output: &Output,
    progress: &Progress,
) -> Result<(Report, SavedMapping), LakeError> {
    options.check()?;
    progress.enter(Step::Look, 0);
    let dataset = ingest::open(&options.files, &options.ingest)?;
    let customers = match &options.covariates {
        Some(wanted) => {
            let called = dataset.mapping().columns.iter().find(|column| column.role == Role::Customer);
            let called = called.map(|column| column.column.as_str());
            Some(ingest::covariates::open(wanted, called, &options.ingest)?)
        }
        None => None,
    };
    let more_bytes = customers.as_ref().map_or(0, |customers| customers.bytes_total());
    progress.enter(Step::Read, dataset.bytes_total() + more_bytes);
    let limits = engine::Limits { spill: Some(output.spill()), ..options.limits.clone() };
    let log = ProblemLog::create(&output.path("problems.parquet"))?;
    let (base, problems) = Base::load(&dataset, &limits, log, &progress.done).await?;
    let Some((first_day, last_purchase)) = base.observed_days() else { return Err(LakeError::NoPurchases) };
    let as_of = options.ingest.as_of.map_or(last_purchase, calendar::day);
    let design = match &customers {
        Some(customers) => {
            let until = validate::calibration_end((first_day, as_of), options)?.unwrap_or(as_of);
            Some(Design::read(customers, &base, until, &progress.done)?)
        }
        None => None,
    };

    progress.enter(Step::Choose, 0);
    let choice = validate::choose(&base, (first_day, as_of), options, design.as_ref())?;
    progress.enter(Step::Fit, 0);
    // Groups are told apart only where a model does, for each has its own patterns and tables.
    let grouping = design.as_ref().filter(|_| choice.shares.iter().any(|(kind, _)| kind.needs_covariates()));
    let members = score::Members::of(&base, as_of, grouping);
    let spend = spend::fit(&members.population);
    let components = fit_shares(&choice.shares, &members.population);
    let mut warnings = choice.warnings;
    warnings.extend(spend.warnings);
    warnings.extend(members.warnings());
    warnings.extend(design.as_ref().and_then(Design::warnings));
    let margin = score::Margin::of(&base, options.margin);
    if margin.is_unknown() {
        warnings.push(Warning::NoCosts);
    }
    for component in components.iter().flatten().filter(|component| component.fit.weak_prior) {
        warnings.push(Warning::WeakPrior { model: component.fit.kind.name().to_owned() });
    }
    progress.enter(Step::Score, 0);
    let settings = ForecastSettings {
        horizon_days: f64::from(options.horizon_days),
        discount_rate: options.discount_rate,
        uncertainty: options.uncertainty,
        seed: options.seed,
    };
    let forecast = match components {
        Ok(components) => Some(Forecast::new(&members.population, components, spend.model, &settings)?),
        Err(_) => {
            warnings.push(Warning::NoModel);
            None
        }
    };
    let scores = score::score(&base, &members, forecast.as_ref(), &margin, as_of, options)?;
    let run = Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        files: options.files.clone(),
        rows_read: problems.rows_read,
        rows_used: problems.rows_used,
        as_of: calendar::date(as_of).to_string(),
        first_day: calendar::date(first_day).to_string(),
        horizon_days: options.horizon_days,
        discount_rate: options.discount_rate,
        margin: margin.rate(),
        timezone: options.ingest.timezone.name().to_owned(),
        currency: dataset.mapping().currency.clone(),
        model: forecast.as_ref().map_or_else(String::new, Forecast::name),
        uncertainty: options.uncertainty.flag().to_owned(),
    };
    let evidence = describe::Evidence {
        run,
        validation: choice.validation,
        warnings,
        covariates: design.map(|design| design.describe(forecast.as_ref().and_then(Forecast::covariate_fit))),
        mapping: dataset.mapping().mapped_columns(),
        problems,
    };
    let report = describe::describe(&base, &members, forecast.as_ref(), &scores, &margin, evidence)?;
    progress.enter(Step::Write, 0);
    output::write(&base, &scores, &report, options, output)?;
    Ok((report, dataset.mapping().to_saved().clone()))
}

/// Fits the chosen models to everyone.
fn fit_shares(shares: &[(Kind, f64)], population: &Population) -> Result<Vec<Component>, cvm_models::ModelError> {
    shares.iter().map(|&(kind, share)| Ok(Component { fit: models::fit(kind, population)?, share })).collect()
}

/// A whole number of 1/10,000 as an amount.
fn amount(units: i64) -> f64 {
    units as f64 / AMOUNT_SCALE
}

//! Single steps of the main job, for the benchmark only.

use super::forecast::{Component, Forecast, ForecastSettings};
use super::models::{self, Kind};
use super::score::Members;
use super::{Uncertainty, spend};
use crate::LakeError;
use crate::features::Base;

/// The customers of a base, before anything is fitted.
pub struct Customers(Members);

impl Customers {
    /// Those with a purchase, as known on the day of the last one.
    pub fn of(base: &Base) -> Self {
        Self(Members::of(base, base.observed_days().map_or(0, |(_, last)| last)))
    }
}

/// Runs one job: `fit-bg-nbd`, `fit-pareto-nbd`, `score` (fit and point CLV of everyone) or `nuts`.
///
/// # Errors
/// [`LakeError::Option`] for a job that is not known, else what the models give.
pub fn run(job: &str, customers: &Customers) -> Result<(), LakeError> {
    let population = &customers.0.population;
    match job {
        "fit-bg-nbd" => models::fit(Kind::BgNbd, &population.patterns).map(drop)?,
        "fit-pareto-nbd" => models::fit(Kind::ParetoNbd, &population.patterns).map(drop)?,
        "nuts" => {
            let fit = models::fit(Kind::BgNbd, &population.patterns)?;
            models::nuts_draws(&fit, &population.patterns, 24, 1)?;
        }
        "score" => {
            let components = vec![Component { fit: models::fit(Kind::BgNbd, &population.patterns)?, share: 1.0 }];
            let settings =
                ForecastSettings { horizon_days: 365.0, discount_rate: 0.1, uncertainty: Uncertainty::None, seed: 1 };
            let forecast = Forecast::new(population, components, spend::fit(population).model, &settings)?;
            let total: f64 = (0..population.len()).map(|customer| forecast.customer(population, customer).clv).sum();
            if !total.is_finite() {
                return Err(LakeError::Internal("the total CLV is not finite".to_owned()));
            }
        }
        other => return Err(LakeError::Option(format!("job `{other}` is not known"))),
    }
    Ok(())
}

//! Single steps of the main job, for the benchmark only.

use super::forecast::{Component, Forecast, ForecastSettings};
use super::models::{self, Kind};
use super::score::Members;
use super::{Uncertainty, spend};
use crate::LakeError;
use crate::features::Base;

/// A job made ready: what is called is what is timed.
pub type Job<'a> = Box<dyn FnOnce() -> Result<(), LakeError> + 'a>;

/// Makes a job ready: `fit-bg-nbd`, `fit-pareto-nbd`, `score` (point CLV of everyone by models fitted beforehand) or
/// `nuts`. Each begins with one row a customer, so collapsing them to patterns is part of it.
///
/// # Errors
/// [`LakeError::Option`] for a job that is not known, else what the models give.
pub fn job<'a>(name: &str, base: &'a Base) -> Result<Job<'a>, LakeError> {
    let members = || Members::of(base, base.observed_days().map_or(0, |(_, last)| last), None);
    Ok(match name {
        "fit-bg-nbd" => Box::new(move || Ok(models::fit(Kind::BgNbd, &members().population).map(drop)?)),
        "fit-pareto-nbd" => Box::new(move || Ok(models::fit(Kind::ParetoNbd, &members().population).map(drop)?)),
        "nuts" => Box::new(move || {
            let population = members().population;
            models::nuts_draws(&models::fit(Kind::BgNbd, &population)?, &population, 24, 1)?;
            Ok(())
        }),
        "score" => {
            let population = members().population;
            let components = vec![Component { fit: models::fit(Kind::BgNbd, &population)?, share: 1.0 }];
            let spend = spend::fit(&population).model;
            let settings =
                ForecastSettings { horizon_days: 365.0, discount_rate: 0.1, uncertainty: Uncertainty::None, seed: 1 };
            Box::new(move || {
                let population = members().population;
                let forecast = Forecast::new(&population, components, spend, &settings)?;
                let clv = |customer| forecast.customer(&population, customer).clv;
                let values: Vec<f64> = (0..population.len()).map(clv).collect();
                match values.iter().all(|value| value.is_finite()) {
                    true => Ok(()),
                    false => Err(LakeError::Internal("a CLV is not finite".to_owned())),
                }
            })
        }
        other => return Err(LakeError::Option(format!("job `{other}` is not known"))),
    })
}

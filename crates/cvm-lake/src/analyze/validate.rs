//! Choosing the model by purchases it has not seen, and showing how good the choice is.

use super::covariates::Design;
use super::forecast::{Component, Forecast, ForecastSettings};
use super::models::{self, Fit, Kind};
use super::population::Population;
use super::{Holdout, Options, sampling, spend};
use crate::LakeError;
use crate::features::base::{AMOUNT_SCALE, Base};
use crate::features::calendar;
use cvm_core::report::{self, Validation, Warning};
use cvm_models::noncontractual::calibration::{self, Candidate, ChoiceSettings, Outcomes};
use cvm_models::noncontractual::combination::{self, combine};
use cvm_models::noncontractual::summary::{Observation, Split, split};

/// Beyond this many customers the models are compared on a sample of them: the error of the comparison is then far
/// below any difference that matters.
const COMPARED_CUSTOMERS: usize = 100_000;

/// A hold-out needs this many repeat customers before it.
const LEAST_REPEAT_CUSTOMERS: usize = 30;

/// The models that will predict, with their shares, and how well they did.
pub struct Choice {
    /// Shares sum to 1.
    pub shares: Vec<(Kind, f64)>,
    /// The evidence; `None` where the data are too short.
    pub validation: Option<Validation>,
    /// What the reader must know of it.
    pub warnings: Vec<Warning>,
}

/// Compares the candidates on the last part of the observation.
pub fn choose(
    base: &Base,
    observed: (i32, i32),
    options: &Options,
    design: Option<&Design>,
) -> Result<Choice, LakeError> {
    let candidates = options.candidates();
    let untested = |shares: Vec<(Kind, f64)>| Choice { shares, validation: None, warnings: vec![Warning::NoHoldout] };
    let Some(calibration_end) = calibration_end(observed, options)? else {
        return Ok(untested(vec![(candidates[0], 1.0)]));
    };
    let (rows, splits) = sample(base, calibration_end, observed.1);
    if splits.iter().filter(|split| split.calibration.history.frequency > 0).count() < LEAST_REPEAT_CUSTOMERS {
        return Ok(untested(vec![(candidates[0], 1.0)]));
    }
    let trial = Trial::new(&rows, &splits, design, calibration_end, observed);
    let tried = trial.try_all(&candidates);
    let Some(judged) = trial.judge(tried)? else {
        return Ok(untested(vec![(candidates[0], 1.0)]));
    };
    trial.show(base, judged, options)
}

/// Last day of the calibration, or `None` where no hold-out was wanted or fits.
pub fn calibration_end((first, last): (i32, i32), options: &Options) -> Result<Option<i32>, LakeError> {
    let span = last - first + 1;
    let holdout = match options.holdout {
        Holdout::None => return Ok(None),
        // A third of the time shows the future without starving the past.
        Holdout::Auto => (span / 3).min(options.horizon_days as i32),
        Holdout::Days(days) if (days as i32) < span => days as i32,
        Holdout::Days(days) => {
            return Err(LakeError::Option(format!(
                "the hold-out of {days} days is as long as the data, which cover {span} days; give a shorter \
                 --holdout, or --holdout none"
            )));
        }
    };
    let long_enough = holdout >= 14 && span - holdout >= 28;
    Ok((long_enough || options.holdout != Holdout::Auto).then_some(last - holdout))
}

/// Customers known at the end of the calibration, with their rows of the base; of a large base those whose number, well
/// mixed, comes out low.
fn sample(base: &Base, calibration_end: i32, holdout_end: i32) -> (Vec<u32>, Vec<Split>) {
    let known = || (0..base.len()).filter(|&i| base.purchases[i] > 0 && base.first_day[i] <= calibration_end);
    let count = known().count();
    let in_sample = sampling::keeps(count, COMPARED_CUSTOMERS);
    let calibration = Observation::until(calibration_end);
    let split = |i: usize| Some((i as u32, split(base.history(i), &calibration, holdout_end)?));
    known().filter(|&i| in_sample(i)).filter_map(split).unzip()
}

/// Customers split in time, ready for any model.
struct Trial<'a> {
    splits: &'a [Split],
    design: Option<&'a Design>,
    population: Population,
    actual: Vec<f64>,
    calibration_end: i32,
    observed: (i32, i32),
    holdout_days: f64,
}

/// A candidate with what it predicted.
struct Tried {
    kind: Kind,
    outcome: Result<(Fit, Vec<f64>), cvm_models::ModelError>,
}

/// The candidates in order, and the shares of those that predict.
struct Judged {
    ranked: Vec<Candidate>,
    tried: Vec<Tried>,
    shares: Vec<f64>,
}

impl<'a> Trial<'a> {
    fn new(
        rows: &[u32],
        splits: &'a [Split],
        design: Option<&'a Design>,
        calibration_end: i32,
        observed: (i32, i32),
    ) -> Self {
        let histories: Vec<_> = splits.iter().map(|split| split.calibration.history).collect();
        let monetary = splits.iter().map(|split| split.calibration.monetary / AMOUNT_SCALE).collect();
        Self {
            splits,
            design,
            population: Design::population(design, rows, &histories, monetary),
            actual: splits.iter().map(|split| f64::from(split.holdout.purchases)).collect(),
            calibration_end,
            observed,
            holdout_days: f64::from(observed.1 - calibration_end),
        }
    }

    fn try_all(&self, candidates: &[Kind]) -> Vec<Tried> {
        use rayon::prelude::*;
        let tried = |&kind: &Kind| Tried {
            kind,
            outcome: models::fit(kind, &self.population).map(|fit| {
                let predicted = self.predict(&fit);
                (fit, predicted)
            }),
        };
        candidates.par_iter().map(tried).collect()
    }

    /// Purchases expected of each customer in the hold-out.
    fn predict(&self, fit: &Fit) -> Vec<f64> {
        let population = &self.population;
        let mut of_pattern = Vec::with_capacity(population.patterns.len());
        for (number, group) in population.groups.iter().enumerate() {
            let model = fit.models.of(number);
            let expected = model.expected_purchases_of_pairs(population, group, self.holdout_days);
            let patterns = population.patterns[group.patterns.clone()].iter();
            of_pattern.extend(patterns.zip(&population.pair_of[group.patterns.clone()]).map(|(pattern, &pair)| {
                model.probability_alive(&pattern.history) * expected[pair as usize - group.pairs.start]
            }));
        }
        population.pattern_of.iter().map(|&pattern| of_pattern[pattern as usize]).collect()
    }

    /// Probability that the model gave to what each customer did.
    fn probabilities(&self, fit: &Fit) -> Vec<f64> {
        let population = &self.population;
        let mut most = vec![0_usize; population.pairs.len()];
        for (customer, split) in self.splits.iter().enumerate() {
            let pair = population.pair_of[population.pattern_of[customer] as usize] as usize;
            most[pair] = most[pair].max(split.holdout.purchases as usize);
        }
        let (mut distributions, mut alive) = (Vec::with_capacity(most.len()), Vec::new());
        for (number, group) in population.groups.iter().enumerate() {
            let model = fit.models.of(number);
            let pairs = population.pairs[group.pairs.clone()].iter().zip(&most[group.pairs.clone()]);
            distributions.extend(pairs.map(|(&(frequency, age), &most)| {
                model.if_alive(frequency, age).purchase_distribution(self.holdout_days, most)
            }));
            let patterns = population.patterns[group.patterns.clone()].iter();
            alive.extend(patterns.map(|pattern| model.probability_alive(&pattern.history)));
        }
        let probability = |(customer, split): (usize, &Split)| {
            let pattern = population.pattern_of[customer] as usize;
            let pair = population.pair_of[pattern] as usize;
            let purchases = split.holdout.purchases as usize;
            let gone = if purchases == 0 { 1.0 - alive[pattern] } else { 0.0 };
            (gone + alive[pattern] * distributions[pair][purchases]).clamp(0.0, 1.0)
        };
        self.splits.iter().enumerate().map(probability).collect()
    }

    fn outcomes<'b>(&'b self, predicted: &'b [f64]) -> Outcomes<'b> {
        Outcomes { predicted, actual: &self.actual, weights: None }
    }

    /// Ranks the candidates and finds the shares; `None` where none could be fitted.
    fn judge(&self, tried: Vec<Tried>) -> Result<Option<Judged>, LakeError> {
        let candidate = |tried: &Tried| Candidate {
            model: tried.kind.name().to_owned(),
            result: tried.outcome.clone().and_then(|(fit, predicted)| {
                calibration::accuracy(&self.outcomes(&predicted), Some(&self.probabilities(&fit)))
            }),
        };
        let ranked = calibration::choose(tried.iter().map(candidate).collect(), &ChoiceSettings::default());
        let Some(best) = ranked.first().filter(|candidate| candidate.result.is_ok()) else { return Ok(None) };
        let fitted: Vec<&[f64]> =
            tried.iter().filter_map(|tried| tried.outcome.as_ref().ok()).map(|(_, predicted)| &predicted[..]).collect();
        let combined = combine(&fitted, &self.actual, None, &combination::Settings::default())?;
        let mut weights = combined.weights.iter();
        let share = |tried: &Tried| match (&tried.outcome, combined.used) {
            (Err(_), _) => 0.0,
            (Ok(_), true) => weights.next().copied().unwrap_or(0.0),
            (Ok(_), false) => f64::from(u8::from(tried.kind.name() == best.model)),
        };
        let shares = tried.iter().map(share).collect();
        Ok(Some(Judged { ranked, tried, shares }))
    }

    /// Puts the evidence together.
    fn show(&self, base: &Base, judged: Judged, options: &Options) -> Result<Choice, LakeError> {
        let components: Vec<(&Tried, f64)> =
            judged.tried.iter().zip(judged.shares.iter().copied()).filter(|(_, share)| *share > 0.0).collect();
        let predicted = self.combined(&components);
        let chosen = calibration::accuracy(&self.outcomes(&predicted), None)?;
        let frequency: Vec<u32> = self.splits.iter().map(|split| split.calibration.history.frequency).collect();
        let classes =
            calibration::by_frequency(&self.outcomes(&predicted), &frequency, calibration::LAST_FREQUENCY_CLASS)?;
        let coverage = self.coverage(&components, options)?;
        let mut warnings = Vec::new();
        let bias = chosen.predicted / chosen.actual.max(1.0) - 1.0;
        if bias.abs() > 0.1 {
            warnings.push(Warning::HoldoutBias { share: bias });
        }
        // Bounds of customers who mostly buy nothing include 0 and cover more than 90%; what must not be large is
        // the share above the upper bound.
        if coverage.above > 0.08 {
            warnings.push(Warning::Coverage { share: 1.0 - coverage.above });
        }
        let validation = Validation {
            calibration_end: calendar::date(self.calibration_end).to_string(),
            holdout_end: calendar::date(self.observed.1).to_string(),
            customers: self.splits.len() as u64,
            candidates: judged.ranked.iter().map(|candidate| shown(candidate, &judged)).collect(),
            by_frequency: classes.iter().map(class).collect(),
            tracking: self.tracking(base, &components)?,
            coverage,
        };
        let shares = components.iter().map(|(tried, share)| (tried.kind, *share)).collect();
        Ok(Choice { shares, validation: Some(validation), warnings })
    }

    fn combined(&self, components: &[(&Tried, f64)]) -> Vec<f64> {
        let mut sum = vec![0.0; self.splits.len()];
        for (tried, share) in components {
            if let Ok((_, predicted)) = &tried.outcome {
                sum.iter_mut().zip(predicted).for_each(|(sum, predicted)| *sum += share * predicted);
            }
        }
        sum
    }

    /// Bounds for the hold-out by the very code that bounds the future.
    fn coverage(&self, components: &[(&Tried, f64)], options: &Options) -> Result<report::Coverage, LakeError> {
        let components = components
            .iter()
            .filter_map(|(tried, share)| tried.outcome.as_ref().ok().map(|(fit, _)| (fit, *share)))
            .map(|(fit, share)| Component { fit: fit.clone(), share })
            .collect();
        let settings = ForecastSettings {
            horizon_days: self.observed.1 as f64 - f64::from(self.calibration_end),
            discount_rate: 0.0,
            uncertainty: options.uncertainty.quick(),
            seed: options.seed,
        };
        let forecast = Forecast::new(&self.population, components, spend::fit(&self.population).model, &settings)?;
        let spent: Vec<f64> = self.splits.iter().map(|split| split.holdout.spend as f64 / AMOUNT_SCALE).collect();
        let bounds: Vec<(f64, f64)> =
            (0..self.splits.len()).map(|i| forecast.customer(&self.population, i)).map(|c| (c.low, c.high)).collect();
        let (low, high): (Vec<f64>, Vec<f64>) = bounds.into_iter().unzip();
        let found = calibration::coverage(&low, &high, &spent, None)?;
        Ok(report::Coverage {
            nominal: 0.9,
            customers: found.inside,
            above: found.above,
            total: forecast.totals(&self.population).spend,
            total_actual: spent.iter().sum(),
        })
    }

    /// Cumulative repeat purchases of all customers by week.
    fn tracking(&self, base: &Base, components: &[(&Tried, f64)]) -> Result<Vec<report::TrackingWeek>, LakeError> {
        let (first, last) = self.observed;
        let days = (last - first + 1) as usize;
        let is_grouped = |(tried, _): &(&Tried, f64)| tried.kind.needs_covariates();
        let design = self.design.filter(|_| components.iter().any(is_grouped));
        let groups = design.map_or(1, Design::groups);
        let (mut starts, mut repeats) = (vec![vec![0.0; days]; groups], vec![vec![0.0; days]; groups]);
        for customer in (0..base.len()).filter(|&i| base.purchases[i] > 0 && base.first_day[i] <= self.calibration_end)
        {
            let group = design.map_or(0, |design| design.group_of(customer));
            starts[group][(base.first_day[customer] - first) as usize] += 1.0;
            for (day, _) in base.history(customer).skip(1) {
                repeats[group][(day - first) as usize] += 1.0;
            }
        }
        let mut steps: Vec<calibration::TrackingStep> = Vec::new();
        // Groups may have nobody yet.
        for group in (0..groups).filter(|&group| starts[group].iter().any(|count| *count > 0.0)) {
            let expected = |days: f64| {
                let of = |(tried, share): &(&Tried, f64)| {
                    tried.outcome.as_ref().map_or(0.0, |(fit, _)| share * fit.models.of(group).expected_purchases(days))
                };
                components.iter().map(of).sum()
            };
            let theirs = calibration::tracking(&starts[group], &repeats[group], 7, days / 7, expected)?;
            if steps.is_empty() {
                steps = theirs;
                continue;
            }
            for (all, theirs) in steps.iter_mut().zip(theirs) {
                all.actual += theirs.actual;
                all.predicted += theirs.predicted;
            }
        }
        let holdout_from = (self.calibration_end - first + 1) as usize;
        Ok(steps
            .iter()
            .map(|step| report::TrackingWeek {
                week: step.step as u32,
                actual: step.actual,
                predicted: step.predicted,
                holdout: step.step * 7 > holdout_from,
            })
            .collect())
    }
}

fn shown(candidate: &Candidate, judged: &Judged) -> report::Candidate {
    let position = judged.tried.iter().position(|tried| tried.kind.name() == candidate.model);
    let share = position.map_or(0.0, |position| judged.shares[position]);
    let fit = position.and_then(|position| judged.tried[position].outcome.as_ref().ok());
    let accuracy = candidate.result.as_ref().ok();
    report::Candidate {
        model: candidate.model.clone(),
        mae: accuracy.map_or(0.0, |a| a.mae),
        rmse: accuracy.map_or(0.0, |a| a.rmse),
        predicted: accuracy.map_or(0.0, |a| a.predicted),
        actual: accuracy.map_or(0.0, |a| a.actual),
        log_likelihood: fit.map(|(fit, _)| fit.log_likelihood),
        chosen: share > 0.0,
        weight: share,
        failure: candidate.result.as_ref().err().map(ToString::to_string),
    }
}

fn class(class: &calibration::FrequencyClass) -> report::FrequencyClass {
    report::FrequencyClass {
        frequency: format!("{}{}", class.frequency, if class.or_more { "+" } else { "" }),
        customers: class.customers as u64,
        actual: class.actual,
        predicted: class.predicted,
    }
}

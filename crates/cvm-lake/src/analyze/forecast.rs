//! What each customer, and all of them together, will buy and spend over a horizon.

use super::Uncertainty;
use super::models::{self, Fit, GroupModels, Model};
use super::population::Population;
use super::score::YEAR_DAYS;
use crate::LakeError;
use cvm_core::report::{Interval, ModelParameters};
use cvm_models::noncontractual::gamma_gamma::GammaGamma;
use cvm_models::noncontractual::predictive::{self, Place, PurchaseModel, Total};
use cvm_models::noncontractual::{Estimate, Fitted, History, Parameters, posterior};
use cvm_models::value::formulas::{self, StepDiscount};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// Bounds hold 90% of outcomes.
const LOW: f64 = 0.05;
const HIGH: f64 = 0.95;

/// Repeat purchases that the base's average weighs as, where no spend model draws a customer's own average to it.
const PRIOR_PURCHASES: f64 = 2.0;

/// Customers asked how far the total moves with the parameters: they show it to a hundredth.
const DOUBT_CUSTOMERS: usize = 4_000;

/// Every purchase model may have a share.
const MOST_PARTS: usize = models::Kind::ALL.len();

/// A fitted model and its share in the forecast.
#[derive(Debug, Clone)]
pub struct Component {
    /// The model.
    pub fit: Fit,
    /// Shares of all components sum to 1.
    pub share: f64,
}

/// How far to look, and how.
#[derive(Debug, Clone, Copy)]
pub struct ForecastSettings {
    /// The future, in days.
    pub horizon_days: f64,
    /// Discount a year.
    pub discount_rate: f64,
    /// How bounds are made.
    pub uncertainty: Uncertainty,
    /// Seed of the draws.
    pub seed: u64,
}

/// The forecast of one customer. Money is revenue until [`CustomerForecast::with_margin`].
#[derive(Debug, Clone, Copy)]
pub struct CustomerForecast {
    /// Probability of still being a customer.
    pub p_alive: f64,
    /// Expected purchases.
    pub purchases: f64,
    /// Expected revenue.
    pub spend: f64,
    /// 5% of outcomes lie below; the expectation without bounds.
    pub low: f64,
    /// 5% of outcomes lie above.
    pub high: f64,
    /// Expected discounted margin.
    pub clv: f64,
    /// Its lower bound, discounted as the expectation is.
    pub clv_low: f64,
    /// Its upper bound.
    pub clv_high: f64,
}

impl CustomerForecast {
    /// CLV from discounted revenue to discounted margin.
    pub fn with_margin(self, margin: f64) -> Self {
        // A base that loses on each sale turns the bounds around.
        let (a, b) = (self.clv_low * margin, self.clv_high * margin);
        Self { clv: self.clv * margin, clv_low: a.min(b), clv_high: a.max(b), ..self }
    }
}

/// The base in all.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// Customers still alive.
    pub active: Interval,
    /// Purchases.
    pub purchases: Interval,
    /// Revenue, not discounted.
    pub spend: Interval,
    /// Discounted revenue.
    pub discounted: Interval,
}

/// One component, evaluated for every kind of customer there is.
struct Part {
    component: Component,
    /// Probability of being alive, one a pattern.
    alive: Vec<f64>,
    /// Expected purchases of a living customer, one a (frequency, age).
    expected: Vec<f64>,
    /// The same, discounted.
    discounted: Vec<f64>,
    /// Other parameters that the data leave possible.
    draws: Vec<GroupModels>,
}

/// Expected spend per purchase.
enum SpendPerPurchase {
    Model(GammaGamma),
    /// The base's average, where there is no model.
    Average(f64),
}

/// The future of a population.
pub struct Forecast {
    parts: Vec<Part>,
    spend: SpendPerPurchase,
    spend_fit: Option<Fitted<GammaGamma>>,
    spend_draws: Vec<GammaGamma>,
    /// From which bounds are read: one for all, or one for each group where a model tells groups apart; none without
    /// bounds.
    tables: Vec<predictive::Forecast>,
    /// For each pair its place in the tables of its group.
    places: Vec<Place>,
    settings: ForecastSettings,
}

impl PurchaseModel for Model {
    fn alive(&self, history: &History) -> f64 {
        self.probability_alive(history)
    }

    fn purchases_if_alive(&self, frequency: u32, age: f64, time: f64, most: usize) -> Vec<f64> {
        self.if_alive(frequency, age).purchase_distribution(time, most)
    }
}

impl Forecast {
    /// Evaluates the models for every kind of customer in the population.
    ///
    /// # Errors
    /// What sampling gives where it was asked for.
    pub fn new(
        population: &Population,
        components: Vec<Component>,
        spend: Option<Fitted<GammaGamma>>,
        settings: &ForecastSettings,
    ) -> Result<Self, LakeError> {
        // Months of the horizon: steps of equal length, as near to a twelfth of a year as they come.
        let steps = (settings.horizon_days * 12.0 / YEAR_DAYS).round().max(1.0);
        let step_days = settings.horizon_days / steps;
        let rate = formulas::rate_per_step(settings.discount_rate, YEAR_DAYS / step_days)?;
        let steps = StepDiscount::new(rate, steps as usize)?;
        let mut rng = Pcg64Mcg::seed_from_u64(settings.seed);
        let draws = predictive::draws_for(population.pairs.len());
        let mut parts = Vec::with_capacity(components.len());
        for component in components {
            let drawn = draw(&component.fit, population, draws, settings, &mut rng)?;
            parts.push(Part::new(component, drawn, population, &steps, step_days)?);
        }
        let mut forecast = Self {
            parts,
            spend: match &spend {
                Some(fitted) => SpendPerPurchase::Model(fitted.model),
                None => SpendPerPurchase::Average(average_spend(population)),
            },
            spend_draws: draw_spend(spend.as_ref(), draws, settings.uncertainty, &mut rng),
            spend_fit: spend,
            tables: Vec::new(),
            places: Vec::new(),
            settings: *settings,
        };
        if settings.uncertainty != Uncertainty::None {
            forecast.tabulate(population)?;
        }
        Ok(forecast)
    }

    /// Fills the tables from which bounds are read.
    fn tabulate(&mut self, population: &Population) -> Result<(), LakeError> {
        let settings = predictive::Settings { horizon: self.settings.horizon_days, ..Default::default() };
        let build = |group: usize, pairs: &[(u32, f64)]| {
            let component = |part: &Part| {
                let draws = part.draws.iter().map(|models| models.of(group).clone());
                predictive::Component::new(part.component.share, draws)
            };
            let components = self.parts.iter().map(component).collect();
            predictive::Forecast::build(components, &self.spend_draws, pairs, &settings)
        };
        let tables = if self.parts.iter().any(|part| part.component.fit.models.is_grouped()) {
            let groups = population.groups.iter().enumerate();
            groups
                .map(|(number, group)| build(number, &population.pairs[group.pairs.clone()]))
                .collect::<Result<_, _>>()?
        } else {
            vec![build(0, &population.pairs)?]
        };
        self.tables = tables;
        let place = |(pair, &(frequency, age)): (usize, &(u32, f64))| {
            let tables = &self.tables[self.table_of(population, pair)];
            tables.place(frequency, age).expect("the tables were built for the frequencies of this population")
        };
        self.places = population.pairs.iter().enumerate().map(place).collect();
        Ok(())
    }

    /// The number of the tables that a pair's place is in.
    fn table_of(&self, population: &Population, pair: usize) -> usize {
        if self.tables.len() > 1 { population.group_of_pair(pair) } else { 0 }
    }

    /// Whether customers have bounds.
    pub fn has_bounds(&self) -> bool {
        !self.tables.is_empty()
    }

    /// The models, as one reads them.
    pub fn name(&self) -> String {
        self.parts.iter().map(|part| part.component.fit.kind.name()).collect::<Vec<_>>().join(" + ")
    }

    /// The model with covariates that has the largest share, if any has one.
    pub fn covariate_fit(&self) -> Option<&Fit> {
        let with = self.parts.iter().map(|part| &part.component).filter(|one| one.fit.kind.needs_covariates());
        with.max_by(|a, b| a.share.total_cmp(&b.share)).map(|component| &component.fit)
    }

    /// The fitted parameters.
    pub fn parameters(&self) -> Vec<ModelParameters> {
        let rows = |estimates: &[Estimate]| {
            estimates.iter().map(|e| (e.name.clone(), e.value, e.standard_error)).collect::<Vec<_>>()
        };
        let purchases = self.parts.iter().map(|part| ModelParameters {
            model: part.component.fit.kind.name().to_owned(),
            parameters: rows(&part.component.fit.estimates),
            log_likelihood: part.component.fit.log_likelihood,
            customers: part.component.fit.customers,
        });
        let spend = self.spend_fit.iter().map(|fitted| ModelParameters {
            model: "Gamma-Gamma".to_owned(),
            parameters: rows(&fitted.estimates),
            log_likelihood: fitted.log_likelihood,
            customers: fitted.customers,
        });
        purchases.chain(spend).collect()
    }

    /// The forecast of one customer of the population that the tables were made for.
    pub fn customer(&self, population: &Population, customer: usize) -> CustomerForecast {
        let expected = self.expectation(population, customer);
        let spend = expected.purchases * expected.per_purchase;
        let bounds = self.has_bounds().then(|| {
            let tables = &self.tables[self.table_of(population, expected.pair)];
            let (place, alive) = (self.places[expected.pair], &expected.alive[..self.parts.len()]);
            tables.bounds(place, alive, population.monetary[customer], LOW, HIGH).unwrap_or_else(|| {
                let (low, high) = tables.purchase_bounds(place, alive, LOW, HIGH);
                (f64::from(low) * expected.per_purchase, f64::from(high) * expected.per_purchase)
            })
        });
        let (low, high) = bounds.unwrap_or((spend, spend));
        // Bounds are discounted by the same share as the expectation: when in the horizon the money comes is uncertain
        // too, but by weeks, and a week's discount is a few thousandths.
        let discount = if expected.purchases > 0.0 { expected.discounted / expected.purchases } else { 1.0 };
        CustomerForecast {
            p_alive: expected.p_alive,
            purchases: expected.purchases,
            spend,
            low,
            high,
            clv: expected.discounted * expected.per_purchase,
            clv_low: low * discount,
            clv_high: high * discount,
        }
    }

    /// Probability that the customer is still one.
    pub fn p_alive(&self, population: &Population, customer: usize) -> f64 {
        let pattern = population.pattern_of[customer] as usize;
        self.parts.iter().map(|part| part.component.share * part.alive[pattern]).sum()
    }

    /// Expected discounted revenue.
    pub fn discounted(&self, population: &Population, customer: usize) -> f64 {
        let expected = self.expectation(population, customer);
        expected.discounted * expected.per_purchase
    }

    fn expectation(&self, population: &Population, customer: usize) -> Expectation {
        let pattern = population.pattern_of[customer] as usize;
        let pair = population.pair_of[pattern] as usize;
        let mut found = Expectation {
            pair,
            alive: [0.0; MOST_PARTS],
            p_alive: 0.0,
            purchases: 0.0,
            discounted: 0.0,
            // The pairs are few enough to stay near the processor, the patterns are not.
            per_purchase: self.spend_per_purchase(population.pairs[pair].0, population.monetary[customer]),
        };
        for (part, alive) in self.parts.iter().zip(&mut found.alive) {
            *alive = part.alive[pattern];
            let share = part.component.share * *alive;
            found.p_alive += share;
            found.purchases += share * part.expected[pair];
            found.discounted += share * part.discounted[pair];
        }
        found
    }

    fn spend_per_purchase(&self, frequency: u32, mean_spend: f64) -> f64 {
        match &self.spend {
            SpendPerPurchase::Model(model) => model
                .expected_average_spend(frequency, mean_spend)
                .expect("the mean exists: only models with q above 1 are taken"),
            SpendPerPurchase::Average(average) => {
                let repeats = f64::from(frequency);
                (PRIOR_PURCHASES * average + repeats * mean_spend) / (PRIOR_PURCHASES + repeats)
            }
        }
    }

    /// Totals of the population with their bounds: the chance of each customer, which mostly cancels out, and the doubt
    /// about parameters, which does not.
    pub fn totals(&self, population: &Population) -> Totals {
        let (mut spend, mut discounted) = (0.0, 0.0);
        for customer in 0..population.len() {
            let expected = self.expectation(population, customer);
            spend += expected.purchases * expected.per_purchase;
            discounted += expected.discounted * expected.per_purchase;
        }
        let counts = |pick: &dyn Fn(&Part) -> &GroupModels| self.counts(population, pick);
        let centre = counts(&|part| &part.component.fit.models);
        if !self.has_bounds() {
            let only = |value: f64| Interval { value, low: value, high: value };
            return Totals {
                active: only(centre.active.mean),
                purchases: only(centre.purchases.mean),
                spend: only(spend),
                discounted: only(discounted),
            };
        }
        let draws = self.parts.iter().map(|part| part.draws.len()).max().unwrap_or(0);
        let drawn: Vec<Counts> = (0..draws).map(|k| counts(&|part| &part.draws[k % part.draws.len()])).collect();
        let bounded = |value: f64, of: &dyn Fn(&Counts) -> Total| {
            let doubt: Vec<f64> = drawn.iter().map(|counts| of(counts).mean / value.max(f64::MIN_POSITIVE)).collect();
            let (low, high) = Total { mean: value, ..of(&centre) }.bounds(&doubt, LOW, HIGH);
            Interval { value, low: low.min(value), high: high.max(value) }
        };
        let purchases = bounded(centre.purchases.mean, &|counts| counts.purchases);
        let spend = self.spend_total(population, spend).unwrap_or_else(|| {
            let of = |end: f64| spend * end / purchases.value.max(f64::MIN_POSITIVE);
            Interval { value: spend, low: of(purchases.low), high: of(purchases.high) }
        });
        let share = if spend.value > 0.0 { discounted / spend.value } else { 1.0 };
        Totals {
            active: bounded(centre.active.mean, &|counts| counts.active),
            purchases,
            spend,
            discounted: Interval { value: discounted, low: spend.low * share, high: spend.high * share },
        }
    }

    /// Customers alive and their purchases, with the variance by chance, at one choice of parameters.
    fn counts(&self, population: &Population, pick: &dyn Fn(&Part) -> &GroupModels) -> Counts {
        let mut counts = Counts::default();
        for part in &self.parts {
            for (number, group) in population.groups.iter().enumerate() {
                let model = pick(part).of(number);
                let means = model.expected_purchases_of_pairs(population, group, self.settings.horizon_days);
                let mut pair = usize::MAX;
                let (mut mean, mut square) = (0.0, 0.0);
                let patterns = &population.patterns[group.patterns.clone()];
                for (pattern, &its_pair) in patterns.iter().zip(&population.pair_of[group.patterns.clone()]) {
                    if its_pair as usize != pair {
                        pair = its_pair as usize;
                        let frequency = population.pairs[pair].0;
                        mean = means[pair - group.pairs.start];
                        // The variance of a count is near its mean times one more than what heterogeneity adds, which
                        // for these mixtures is the mean over the shape of the customer's own rate.
                        square = mean * mean * (1.0 + 1.0 / (f64::from(frequency) + 1.0)) + mean;
                    }
                    let share = part.component.share;
                    let alive = model.probability_alive(&pattern.history);
                    counts.active.mean += pattern.weight * share * alive;
                    counts.active.variance += pattern.weight * share * alive * (1.0 - alive);
                    counts.purchases.mean += pattern.weight * share * alive * mean;
                    counts.purchases.variance += pattern.weight * share * (alive * square - (alive * mean).powi(2));
                }
            }
        }
        counts
    }

    /// The spend of all by the tables; `None` where there is no spend model.
    fn spend_total(&self, population: &Population, expected: f64) -> Option<Interval> {
        let alive: Vec<Vec<f64>> = (0..population.patterns.len())
            .map(|pattern| self.parts.iter().map(|part| part.alive[pattern]).collect())
            .collect();
        let pair_of = |customer: usize| population.pair_of[population.pattern_of[customer] as usize] as usize;
        let step = (population.len() / DOUBT_CUSTOMERS).max(1);
        let mut totals = Vec::with_capacity(self.tables.len());
        for (number, tables) in self.tables.iter().enumerate() {
            let is_here = |customer: &usize| self.table_of(population, pair_of(*customer)) == number;
            let customers = (0..population.len()).filter(is_here).map(|customer| {
                let pattern = population.pattern_of[customer] as usize;
                (self.places[pair_of(customer)], &alive[pattern][..], population.monetary[customer])
            });
            let total = tables.total(customers)?;
            let sample: Vec<(History, f64)> = (0..population.len())
                .step_by(step)
                .filter(is_here)
                .map(|customer| (*population.history(customer), population.monetary[customer]))
                .collect();
            totals.push((total, tables.doubt(&sample)));
        }
        let total = Total {
            mean: totals.iter().map(|(total, _)| total.mean).sum(),
            variance: totals.iter().map(|(total, _)| total.variance).sum(),
        };
        // The draws are those of the same parameters in every group, so the groups err together.
        let share = |of: &Total| if total.mean > 0.0 { of.mean / total.mean } else { 1.0 / totals.len() as f64 };
        let draws = totals.iter().map(|(_, doubt)| doubt.len()).max().unwrap_or(0);
        let doubt: Vec<f64> =
            (0..draws).map(|draw| totals.iter().map(|(of, doubt)| share(of) * doubt[draw]).sum()).collect();
        let (low, high) = total.bounds(&doubt, LOW, HIGH);
        // The tables average over parameters, the expectation stands at the best ones; the interval moves with it.
        let scale = if total.mean > 0.0 { expected / total.mean } else { 1.0 };
        Some(Interval { value: expected, low: (low * scale).min(expected), high: (high * scale).max(expected) })
    }
}

/// What one customer is expected to do.
struct Expectation {
    pair: usize,
    /// By component.
    alive: [f64; MOST_PARTS],
    p_alive: f64,
    purchases: f64,
    discounted: f64,
    per_purchase: f64,
}

/// Totals of counts at one choice of parameters.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    active: Total,
    purchases: Total,
}

impl Part {
    fn new(
        component: Component,
        draws: Vec<GroupModels>,
        population: &Population,
        steps: &StepDiscount,
        step_days: f64,
    ) -> Result<Self, LakeError> {
        let ends: Vec<f64> = (1..=steps.steps()).map(|step| step as f64 * step_days).collect();
        let (mut alive, mut both) = (Vec::with_capacity(population.patterns.len()), Vec::new());
        for (number, group) in population.groups.iter().enumerate() {
            let model = component.fit.models.of(number);
            let patterns = population.patterns[group.patterns.clone()].par_iter().with_min_len(1024);
            alive.par_extend(patterns.map(|pattern| model.probability_alive(&pattern.history)));
            let expectation = |cumulative: &[f64]| {
                let whole = cumulative.last().copied().unwrap_or(0.0); // the steps fill the horizon
                Ok((whole, steps.purchases(cumulative)?))
            };
            let expectations = |pairs: &[(u32, f64)]| {
                let expected = model.expected_purchases_if_alive(pairs, &ends);
                expected.chunks_exact(ends.len()).map(expectation).collect()
            };
            let pieces = population.pairs_by_frequency(group).map(expectations);
            both.extend(pieces.collect::<Result<Vec<Vec<(f64, f64)>>, LakeError>>()?);
        }
        let (expected, discounted) = both.into_iter().flatten().unzip();
        Ok(Self { component, alive, expected, discounted, draws })
    }
}

fn draw(
    fit: &Fit,
    population: &Population,
    count: usize,
    settings: &ForecastSettings,
    rng: &mut Pcg64Mcg,
) -> Result<Vec<GroupModels>, LakeError> {
    Ok(match settings.uncertainty {
        Uncertainty::None => vec![fit.models.clone()],
        // A covariance that is no covariance means that the data hardly bound a parameter: then the estimate stands
        // alone, and the standard errors in the report say so.
        Uncertainty::Laplace => {
            models::laplace_draws(fit, population, count, rng).unwrap_or_else(|_| vec![fit.models.clone()])
        }
        Uncertainty::Nuts => models::nuts_draws(fit, population, count, settings.seed)?,
    })
}

fn draw_spend(
    fitted: Option<&Fitted<GammaGamma>>,
    count: usize,
    uncertainty: Uncertainty,
    rng: &mut Pcg64Mcg,
) -> Vec<GammaGamma> {
    let Some(fitted) = fitted else { return Vec::new() };
    let drawn = match uncertainty {
        Uncertainty::None => Vec::new(),
        _ => posterior::laplace_draws(&fitted.estimates, 3, &fitted.log_covariance, count, rng).unwrap_or_default(),
    };
    // A draw without a mean would put infinity into every average.
    let models = drawn.iter().filter_map(|values| GammaGamma::from_parameters(values).ok());
    let models: Vec<GammaGamma> = models.filter(|model| model.customer_shape(0) > 1.05).collect();
    if models.is_empty() { vec![fitted.model] } else { models }
}

/// Mean amount of all repeat purchases; of customers without one nothing is known here.
fn average_spend(population: &Population) -> f64 {
    let (amount, purchases) = population.spenders().fold((0.0, 0.0), |(amount, n), (frequency, mean)| {
        (amount + f64::from(frequency) * mean, n + f64::from(frequency))
    });
    if purchases > 0.0 { amount / purchases } else { 0.0 }
}

//! What each customer, and all of them together, will buy and spend over a horizon.

use super::models::{self, Fit, Model};
use super::population::Population;
use super::score::YEAR_DAYS;
use super::Uncertainty;
use crate::LakeError;
use cvm_core::report::{Interval, ModelParameters};
use cvm_models::noncontractual::gamma_gamma::GammaGamma;
use cvm_models::noncontractual::predictive::{self, Place, PurchaseModel, Spend};
use cvm_models::noncontractual::{Estimate, Fitted, History, Parameters, posterior};
use cvm_models::value::formulas::{self, StepDiscount};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Mcg;

/// Bounds hold 90% of outcomes.
const LOW: f64 = 0.05;
const HIGH: f64 = 0.95;

/// Repeat purchases that the base's average weighs as, where no spend model draws a customer's own average to it.
const PRIOR_PURCHASES: f64 = 2.0;

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
    draws: Vec<Model>,
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
    tables: Option<predictive::Forecast>,
    places: Vec<Place>,
    settings: ForecastSettings,
    steps: StepDiscount,
    step_days: f64,
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
            parts.push(Part::new(component, drawn, population, settings, &steps, step_days)?);
        }
        let mut forecast = Self {
            parts,
            spend: match &spend {
                Some(fitted) => SpendPerPurchase::Model(fitted.model),
                None => SpendPerPurchase::Average(average_spend(population)),
            },
            spend_draws: draw_spend(spend.as_ref(), draws, settings.uncertainty, &mut rng),
            spend_fit: spend,
            tables: None,
            places: Vec::new(),
            settings: *settings,
            steps,
            step_days,
        };
        if settings.uncertainty != Uncertainty::None {
            forecast.tabulate(population)?;
        }
        Ok(forecast)
    }

    /// Fills the tables from which bounds are read.
    fn tabulate(&mut self, population: &Population) -> Result<(), LakeError> {
        let component = |part: &Part| predictive::Component {
            weight: part.component.share,
            draws: part.draws.iter().map(|draw| Box::new(draw.clone()) as Box<dyn PurchaseModel>).collect(),
        };
        let components = self.parts.iter().map(component).collect();
        let spend: Vec<Spend> = self
            .spend_draws
            .iter()
            .map(|model| Spend { p: model.p(), q: model.q(), gamma: model.gamma() })
            .collect();
        let settings = predictive::Settings { horizon: self.settings.horizon_days, ..Default::default() };
        let tables = predictive::Forecast::build(components, &spend, &population.pairs, &settings)?;
        self.places = population
            .pairs
            .iter()
            .map(|&(frequency, age)| {
                tables.place(frequency, age).expect("the tables were built for the frequencies of this population")
            })
            .collect();
        self.tables = Some(tables);
        Ok(())
    }

    /// Whether customers have bounds.
    pub fn has_bounds(&self) -> bool {
        self.tables.is_some()
    }

    /// The models, as one reads them.
    pub fn name(&self) -> String {
        self.parts.iter().map(|part| part.component.fit.kind.name()).collect::<Vec<_>>().join(" + ")
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
        let pattern = population.pattern_of[customer] as usize;
        let pair = population.pair_of[pattern] as usize;
        let history = &population.patterns[pattern].history;
        let mean_spend = population.monetary[customer];
        let (mut alive, mut purchases, mut discounted) = ([0.0; 8], 0.0, 0.0);
        let mut p_alive = 0.0;
        for (part, alive) in self.parts.iter().zip(&mut alive) {
            *alive = part.alive[pattern];
            let share = part.component.share * *alive;
            p_alive += share;
            purchases += share * part.expected[pair];
            discounted += share * part.discounted[pair];
        }
        let per_purchase = self.spend_per_purchase(history.frequency, mean_spend);
        let spend = purchases * per_purchase;
        let (low, high) = match &self.tables {
            Some(tables) => tables
                .bounds(self.places[pair], &alive[..self.parts.len()], mean_spend, LOW, HIGH)
                .unwrap_or_else(|| {
                    let (low, high) =
                        tables.purchase_bounds(self.places[pair], &alive[..self.parts.len()], LOW, HIGH);
                    (f64::from(low) * per_purchase, f64::from(high) * per_purchase)
                }),
            None => (spend, spend),
        };
        // Bounds are discounted by the same share as the expectation: when in the horizon the money comes is uncertain
        // too, but by weeks, and a week's discount is a few thousandths.
        let discount = if purchases > 0.0 { discounted / purchases } else { 1.0 };
        CustomerForecast {
            p_alive,
            purchases,
            spend,
            low,
            high,
            clv: discounted * per_purchase,
            clv_low: low * discount,
            clv_high: high * discount,
        }
    }

    fn spend_per_purchase(&self, frequency: u32, mean_spend: f64) -> f64 {
        match &self.spend {
            SpendPerPurchase::Model(model) => model.expected_average_spend(frequency, mean_spend),
            SpendPerPurchase::Average(average) => {
                let repeats = f64::from(frequency);
                (PRIOR_PURCHASES * average + repeats * mean_spend) / (PRIOR_PURCHASES + repeats)
            }
        }
    }

    /// Totals of the population with their bounds: the chance of each customer, which mostly cancels out, and the doubt
    /// about parameters, which does not.
    ///
    /// # Errors
    /// What evaluating the models at drawn parameters gives.
    pub fn totals(&self, population: &Population) -> Result<Totals, LakeError> {
        let groups = Groups::of(population);
        let sums = |models: &[(&Model, f64)], spend: &SpendPerPurchase| self.sums(population, &groups, models, spend);
        let shares = || self.parts.iter().map(|part| part.component.share);
        let at_mode: Vec<(&Model, f64)> =
            self.parts.iter().map(|part| &part.component.fit.model).zip(shares()).collect();
        let centre = sums(&at_mode, &self.spend)?;
        if self.settings.uncertainty == Uncertainty::None {
            return Ok(centre.exactly());
        }
        let draws = self.parts.iter().map(|part| part.draws.len()).max().unwrap_or(0);
        let mut drawn = Vec::with_capacity(draws);
        for k in 0..draws {
            let models: Vec<(&Model, f64)> =
                self.parts.iter().map(|part| &part.draws[k % part.draws.len()]).zip(shares()).collect();
            let spend = match self.spend_draws.is_empty() {
                true => None,
                false => Some(SpendPerPurchase::Model(self.spend_draws[k % self.spend_draws.len()])),
            };
            drawn.push(sums(&models, spend.as_ref().unwrap_or(&self.spend))?);
        }
        let mut rng = Pcg64Mcg::seed_from_u64(self.settings.seed);
        Ok(centre.with_bounds(&drawn, &mut rng))
    }

    /// Means and variances of the totals at given parameters.
    fn sums(
        &self,
        population: &Population,
        groups: &Groups,
        models: &[(&Model, f64)],
        spend: &SpendPerPurchase,
    ) -> Result<Sums, LakeError> {
        use rayon::prelude::*;
        let futures: Vec<Vec<Future>> = models
            .iter()
            .map(|(model, _)| {
                population
                    .pairs
                    .par_iter()
                    .with_min_len(64)
                    .map(|&(frequency, age)| self.future(model, frequency, age))
                    .collect::<Result<Vec<_>, LakeError>>()
            })
            .collect::<Result<_, _>>()?;
        let mut sums = Sums::default();
        for (pattern, counted) in population.patterns.iter().enumerate() {
            let pair = population.pair_of[pattern] as usize;
            let history = &counted.history;
            let (mut alive, mut mean, mut square, mut discounted) = (0.0, 0.0, 0.0, 0.0);
            for ((model, share), futures) in models.iter().zip(&futures) {
                let p = share * model.probability_alive(history);
                let future = &futures[pair];
                alive += p;
                mean += p * future.purchases;
                square += p * future.square;
                discounted += p * future.discounted;
            }
            let group = &groups.of_pattern[pattern];
            let variance = (square - mean * mean).max(0.0);
            sums.active.add(group.count * alive, group.count * alive * (1.0 - alive));
            sums.purchases.add(group.count * mean, group.count * variance);
            // The spend of a group: its customers' expected spend per purchase, and the squares of it.
            let each = self.spend_moments(spend, history.frequency, group);
            let spend_variance = each.square * variance + each.spread * mean;
            sums.spend.add(each.sum * mean, spend_variance);
            let discount = if mean > 0.0 { discounted / mean } else { 1.0 };
            sums.discounted.add(each.sum * discounted, spend_variance * discount * discount);
        }
        Ok(sums)
    }

    fn future(&self, model: &Model, frequency: u32, age: f64) -> Result<Future, LakeError> {
        let process = model.if_alive(frequency, age);
        let cumulative: Vec<f64> =
            (1..=self.steps.steps()).map(|step| process.expected_purchases(step as f64 * self.step_days)).collect();
        let purchases = cumulative.last().copied().unwrap_or(0.0);
        // The second moment, up to where the chance of more is nothing.
        let most = (purchases * 8.0 + 20.0).min(2000.0) as usize;
        let distribution = process.purchase_distribution(self.settings.horizon_days, most);
        let square = distribution.iter().enumerate().map(|(n, p)| (n * n) as f64 * p).sum::<f64>();
        Ok(Future { purchases, square: square.max(purchases * purchases), discounted: self.steps.purchases(&cumulative)? })
    }

    fn spend_moments(&self, spend: &SpendPerPurchase, frequency: u32, group: &Group) -> SpendMoments {
        let x = f64::from(frequency);
        let (slope, constant, relative) = match spend {
            SpendPerPurchase::Model(model) => {
                // E[spend] = p (gamma + x m) / (q + p x - 1), linear in the customer's mean m.
                let (p, q, gamma) = (model.p(), model.q(), model.gamma());
                let shape = q + p * x;
                let per = p / (shape - 1.0);
                // Relative variance of one purchase: of the purchase around the customer's rate, and of the rate
                // around what is known of it; the latter does not exist for shape <= 2 and is held there.
                (per * x, per * gamma, 1.0 / p + (1.0 + 1.0 / p) / (shape - 2.0).max(0.5))
            }
            SpendPerPurchase::Average(average) => {
                let weight = PRIOR_PURCHASES + x;
                (x / weight, PRIOR_PURCHASES * average / weight, 1.0)
            }
        };
        let sum = slope * group.mean + constant * group.count;
        let square = slope * slope * group.square + 2.0 * slope * constant * group.mean + constant * constant * group.count;
        SpendMoments { sum, square, spread: square * relative }
    }
}

impl Part {
    fn new(
        component: Component,
        draws: Vec<Model>,
        population: &Population,
        settings: &ForecastSettings,
        steps: &StepDiscount,
        step_days: f64,
    ) -> Result<Self, LakeError> {
        use rayon::prelude::*;
        let model = &component.fit.model;
        let alive = population
            .patterns
            .par_iter()
            .with_min_len(1024)
            .map(|pattern| model.probability_alive(&pattern.history))
            .collect();
        let both: Vec<(f64, f64)> = population
            .pairs
            .par_iter()
            .with_min_len(64)
            .map(|&(frequency, age)| {
                let process = model.if_alive(frequency, age);
                let step = |step: usize| process.expected_purchases(step as f64 * step_days);
                let cumulative: Vec<f64> = (1..=steps.steps()).map(step).collect();
                Ok((process.expected_purchases(settings.horizon_days), steps.purchases(&cumulative)?))
            })
            .collect::<Result<_, LakeError>>()?;
        let (expected, discounted) = both.into_iter().unzip();
        Ok(Self { component, alive, expected, discounted, draws })
    }
}

fn draw(
    fit: &Fit,
    population: &Population,
    count: usize,
    settings: &ForecastSettings,
    rng: &mut Pcg64Mcg,
) -> Result<Vec<Model>, LakeError> {
    Ok(match settings.uncertainty {
        Uncertainty::None => vec![fit.model.clone()],
        // A covariance that is no covariance means that the data hardly bound a parameter: then the estimate stands
        // alone, and the standard errors in the report say so.
        Uncertainty::Laplace => {
            models::laplace_draws(fit, count, rng).unwrap_or_else(|_| vec![fit.model.clone()])
        }
        Uncertainty::Nuts => models::nuts_draws(fit, &population.patterns, count, settings.seed)?.draws,
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
    let models: Vec<GammaGamma> = models.filter(|model| model.q() > 1.05).collect();
    if models.is_empty() { vec![fitted.model] } else { models }
}

/// Mean amount of all repeat purchases; of customers without one nothing is known here.
fn average_spend(population: &Population) -> f64 {
    let (amount, purchases) = population
        .spenders()
        .fold((0.0, 0.0), |(amount, n), (frequency, mean)| (amount + f64::from(frequency) * mean, n + f64::from(frequency)));
    if purchases > 0.0 { amount / purchases } else { 0.0 }
}

/// What a living customer does over the horizon.
struct Future {
    purchases: f64,
    square: f64,
    discounted: f64,
}

/// Customers of one pattern, with what their spend sums need.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    count: f64,
    /// Sum of their mean amounts.
    mean: f64,
    /// Sum of the squares of their mean amounts.
    square: f64,
}

struct Groups {
    of_pattern: Vec<Group>,
}

impl Groups {
    fn of(population: &Population) -> Self {
        let mut of_pattern = vec![Group::default(); population.patterns.len()];
        for (&pattern, &mean) in population.pattern_of.iter().zip(&population.monetary) {
            let group = &mut of_pattern[pattern as usize];
            group.count += 1.0;
            group.mean += mean;
            group.square += mean * mean;
        }
        Self { of_pattern }
    }
}

/// Sums over a group: of expected spend per purchase, of its square, and of the variance of one purchase.
struct SpendMoments {
    sum: f64,
    square: f64,
    spread: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

impl Moments {
    fn add(&mut self, mean: f64, variance: f64) {
        self.mean += mean;
        self.variance += variance;
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    active: Moments,
    purchases: Moments,
    spend: Moments,
    discounted: Moments,
}

impl Sums {
    fn exactly(&self) -> Totals {
        let only = |moments: Moments| Interval { value: moments.mean, low: moments.mean, high: moments.mean };
        Totals {
            active: only(self.active),
            purchases: only(self.purchases),
            spend: only(self.spend),
            discounted: only(self.discounted),
        }
    }

    fn with_bounds(&self, drawn: &[Self], rng: &mut Pcg64Mcg) -> Totals {
        let mut bounds = |of: fn(&Self) -> Moments| {
            let (low, high) = mixture_bounds(&drawn.iter().map(of).collect::<Vec<_>>(), rng);
            let value = of(self).mean;
            Interval { value, low: low.min(value), high: high.max(value) }
        };
        Totals {
            active: bounds(|sums| sums.active),
            purchases: bounds(|sums| sums.purchases),
            spend: bounds(|sums| sums.spend),
            discounted: bounds(|sums| sums.discounted),
        }
    }
}

/// 5% and 95% points of an equal mixture of normal distributions: by draws from it, which for sums over a whole base
/// is precise enough and needs no root to be found.
fn mixture_bounds(normals: &[Moments], rng: &mut Pcg64Mcg) -> (f64, f64) {
    const DRAWS_IN_ALL: usize = 20_000;
    let each = DRAWS_IN_ALL.div_ceil(normals.len().max(1));
    let mut values = Vec::with_capacity(each * normals.len());
    for normal in normals {
        let deviation = normal.variance.max(0.0).sqrt();
        for _ in 0..each {
            let standard: f64 = StandardNormal.sample(rng);
            values.push((normal.mean + deviation * standard).max(0.0));
        }
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| values[((values.len() as f64 * p) as usize).min(values.len() - 1)];
    if values.is_empty() { (0.0, 0.0) } else { (at(LOW), at(HIGH)) }
}

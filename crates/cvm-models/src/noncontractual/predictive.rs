//! What one customer will really buy and spend over a horizon, chance included, and what the whole base will.
//!
//! A customer is alive with some probability; alive, they make n purchases with a probability that depends on their
//! frequency x and age T only; n purchases cost S = (gamma + x m) B, where m is their mean spend so far and B has a
//! beta-prime distribution that depends on x only (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value").
//! So the tail of S / (gamma + x m) is tabulated once for each frequency and age, averaged over draws of the
//! parameters and so with the doubt about them; a customer is then two binary searches in it.
//!
//! Two approximations save nearly all the work and are far below the width of any interval. Between ages that are a few
//! percent apart the table is interpolated. And in averaging over draws, gamma + x m is taken to move with gamma as it
//! does for a customer of typical spend.

mod tables;
mod tails;
mod total;

pub use total::Total;

use super::gamma_gamma::GammaGamma;
use super::{BuyTillYouDie, History, PurchaseProcess};
use crate::{ModelError, Result};
use tables::Table;

/// What a forecast needs to know of a purchase model; every [`BuyTillYouDie`] has it.
pub trait PurchaseModel: Send + Sync {
    /// Probability that the customer is still one.
    fn alive(&self, history: &History) -> f64;

    /// Probability of n = 0 ..= `most` purchases in the next `time` by a customer who is alive.
    fn purchases_if_alive(&self, frequency: u32, age: f64, time: f64, most: usize) -> Vec<f64>;
}

impl<M: BuyTillYouDie> PurchaseModel for M {
    fn alive(&self, history: &History) -> f64 {
        self.probability_alive(history)
    }

    fn purchases_if_alive(&self, frequency: u32, age: f64, time: f64, most: usize) -> Vec<f64> {
        self.if_alive(frequency, age).purchase_distribution(time, most)
    }
}

/// One purchase model of a combination: its weight, and the model at each draw of its parameters.
pub struct Component {
    /// Share in the combination; those of all components add up to 1.
    pub weight: f64,
    /// The model at draws from its posterior, or at its estimates alone.
    pub draws: Vec<Box<dyn PurchaseModel>>,
}

impl Component {
    /// A component of models of one kind.
    pub fn new<M: PurchaseModel + 'static>(weight: f64, draws: impl IntoIterator<Item = M>) -> Self {
        Self { weight, draws: draws.into_iter().map(|model| Box::new(model) as Box<dyn PurchaseModel>).collect() }
    }

    /// Probability of this component and of being alive. Whatever a caller's division by 0 may hand in counts as 0.
    #[inline]
    fn chance(&self, alive: f64) -> f64 {
        if alive > 0.0 { self.weight * alive.min(1.0) } else { 0.0 }
    }
}

/// Parameters of the spend model at one draw.
#[derive(Debug, Clone, Copy)]
struct Spend {
    p: f64,
    q: f64,
    gamma: f64,
}

impl From<&GammaGamma> for Spend {
    fn from(model: &GammaGamma) -> Self {
        let [p, q, gamma] = model.values();
        Self { p, q, gamma }
    }
}

/// How far to look, and how finely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The future to forecast, in the models' unit of time.
    pub horizon: f64,
    /// Purchases are counted up to where the chance of more is below this; what is left is added to the last count.
    pub neglected: f64,
    /// Ever more purchases are counted, but no more than this.
    pub most_purchases: usize,
    /// Chances of very small and very large sums are cut here; moments that do not exist (spend with q + p x <= 1, or
    /// badly, <= 3) are those of the sum cut at the top of its grid.
    pub tail: f64,
    /// Ages closer than this, relative to themselves, share a table and are interpolated.
    pub age_spacing: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { horizon: 1.0, neglected: 1e-6, most_purchases: 20_000, tail: 1e-5, age_spacing: 0.04 }
    }
}

/// How many draws of the parameters are worth their time for a base with so many distinct (frequency, age) pairs: 24
/// for small ones, where the parameters are in doubt; 4 for very large ones, where they hardly are.
pub fn draws_for(pairs: usize) -> usize {
    (240_000 / pairs.max(1)).clamp(4, 24) / 2 * 2
}

/// Where a customer's tables are; see [`Forecast::place`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    table: u32,
    age: u32,
    /// Weight of the next age's table.
    share: f32,
}

/// Tables of the future of every kind of customer in a base.
pub struct Forecast {
    components: Vec<Component>,
    /// The draws in use: as many as the longest list of draws; shorter lists are gone through again.
    draws: usize,
    spend: Vec<Spend>,
    /// Mean of gamma over the draws: the scale of a customer is this + x m.
    gamma: f64,
    frequencies: Vec<u32>,
    /// For each low frequency its table's index plus 1, or 0; most customers are found here without a search.
    table_of: Vec<u32>,
    tables: Vec<Table>,
}

impl Forecast {
    /// Tabulates the future of customers with these frequencies and ages (in any order, repeated or not).
    ///
    /// Without draws of `spend` only purchases can be forecast.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for settings, weights or ages outside their domain, or a component
    /// without draws.
    pub fn build(
        components: Vec<Component>,
        spend: &[GammaGamma],
        customers: &[(u32, f64)],
        settings: &Settings,
    ) -> Result<Self> {
        check(&components, customers, settings)?;
        let spend: Vec<Spend> = spend.iter().map(Spend::from).collect();
        let draws = components.iter().map(|c| c.draws.len()).chain([spend.len()]).max().unwrap_or(1);
        let count = spend.len().max(1) as f64;
        let mut forecast = Self {
            components,
            draws,
            gamma: spend.iter().map(|s| s.gamma).sum::<f64>() / count,
            spend,
            frequencies: Vec::new(),
            table_of: vec![0; 256],
            tables: Vec::new(),
        };
        let mut sorted = customers.to_vec();
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut builder = tables::Builder::new(&forecast.components, &forecast.spend, draws, settings);
        for same in sorted.chunk_by(|a, b| a.0 == b.0) {
            let ages = tables::nodes_of(same.iter().map(|c| c.1), settings.age_spacing);
            let table = builder.table(same[0].0, ages);
            forecast.frequencies.push(same[0].0);
            forecast.tables.push(table);
            if let Some(index) = forecast.table_of.get_mut(same[0].0 as usize) {
                *index = forecast.tables.len() as u32;
            }
        }
        Ok(forecast)
    }

    /// Where the tables for this frequency and age are; `None` for a frequency that was not there when they were
    /// built. Ages beyond those given then are taken as the nearest of them.
    pub fn place(&self, frequency: u32, age: f64) -> Option<Place> {
        let table = match self.table_of.get(frequency as usize) {
            Some(&table) => table.checked_sub(1)? as usize,
            None => self.frequencies.binary_search(&frequency).ok()?,
        };
        let (age, share) = self.tables[table].ages.between(age);
        Some(Place { table: table as u32, age, share })
    }

    /// Sums that the customer's spend over the horizon stays below with probabilities `low` and `high`.
    ///
    /// `alive` holds the probability of being alive by each component, `mean_spend` the mean value of the repeat
    /// purchases so far (of no matter where there are none). `None` where the forecast was built without spend.
    pub fn bounds(&self, place: Place, alive: &[f64], mean_spend: f64, low: f64, high: f64) -> Option<(f64, f64)> {
        let table = &self.tables[place.table as usize];
        let spend = table.spend.as_ref()?;
        let chances = Chances::new(&self.components, alive);
        let scale = scale(self.gamma, table.frequency, mean_spend);
        let tail = |j: usize| chances.blend(&spend.survival, spend.width, place, table.ages.len(), j);
        let sum = |chance: f64| (scale * spend.sum_at(tail, chance)).min(f64::MAX);
        Some((sum(1.0 - low), sum(1.0 - high)))
    }

    /// Numbers of purchases over the horizon that the customer stays at or below with probabilities `low` and `high`.
    pub fn purchase_bounds(&self, place: Place, alive: &[f64], low: f64, high: f64) -> (u32, u32) {
        let table = &self.tables[place.table as usize];
        let chances = Chances::new(&self.components, alive);
        let more = |n: usize| chances.blend(&table.more, table.counts, place, table.ages.len(), n);
        let least = |chance: f64| partition(table.counts, |n| more(n) > chance as f32) as u32;
        (least(1.0 - low), least(1.0 - high))
    }
}

/// gamma + x m; a mean of no purchases may be anything.
#[inline]
fn scale(gamma: f64, frequency: u32, mean_spend: f64) -> f64 {
    if frequency == 0 { gamma } else { gamma + f64::from(frequency) * mean_spend.max(0.0) }
}

/// The first index in `0..length` for which `before` no longer holds; the last index at most.
///
/// Three places are looked at together, and without a branch: the processor does them side by side, where the usual
/// bisection would wait for each answer or guess it wrong half of the time.
#[inline]
fn partition(length: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut base, mut size) = (0, length - 1);
    while size >= 4 {
        let quarter = size / 4;
        let passed = |k: usize| usize::from(before(base + k * quarter - 1));
        base += (passed(1) + passed(2) + passed(3)) * quarter;
        size -= 3 * quarter;
    }
    base + (0..size).map(|k| usize::from(before(base + k))).sum::<usize>()
}

/// The most components that a customer's search keeps on the stack.
const MOST_COMPONENTS: usize = 8;

/// Probability of being alive and of this component, for each component.
struct Chances {
    values: [f32; MOST_COMPONENTS],
    count: usize,
}

impl Chances {
    #[inline]
    fn new(components: &[Component], alive: &[f64]) -> Self {
        let mut values = [0.0; MOST_COMPONENTS];
        for ((value, component), alive) in values.iter_mut().zip(components).zip(alive) {
            *value = component.chance(*alive) as f32;
        }
        Self { values, count: components.len() }
    }

    /// The entry at `j` of the tables at this place, averaged over ages and components.
    #[inline]
    fn blend(&self, tables: &[f32], width: usize, place: Place, ages: usize, j: usize) -> f32 {
        let next = if place.share > 0.0 { width } else { 0 };
        let mut sum = 0.0;
        for (k, chance) in self.values[..self.count].iter().enumerate() {
            let at = (k * ages + place.age as usize) * width + j;
            sum += chance * (tables[at] + place.share * (tables[at + next] - tables[at]));
        }
        sum
    }
}

fn check(components: &[Component], customers: &[(u32, f64)], settings: &Settings) -> Result<()> {
    let above_0 = |name: &str, value: f64| {
        let fine = value.is_finite() && value > 0.0;
        if fine { Ok(()) } else { Err(ModelError::invalid(name, value, "a finite number above 0")) }
    };
    above_0("horizon", settings.horizon)?;
    above_0("neglected", settings.neglected)?;
    above_0("tail", settings.tail)?;
    above_0("age_spacing", settings.age_spacing)?;
    above_0("most_purchases", settings.most_purchases as f64)?;
    if !(1..=MOST_COMPONENTS).contains(&components.len()) {
        return Err(ModelError::invalid("number of components", components.len() as f64, "from 1 to 8"));
    }
    for (k, component) in components.iter().enumerate() {
        if component.draws.is_empty() {
            return Err(ModelError::invalid(format!("draws of component {k}"), 0.0, "1 or more"));
        }
        if !(component.weight.is_finite() && component.weight >= 0.0) {
            return Err(ModelError::invalid(format!("weight of component {k}"), component.weight, "0 or more"));
        }
    }
    let weight: f64 = components.iter().map(|c| c.weight).sum();
    if (weight - 1.0).abs() > 1e-6 {
        return Err(ModelError::invalid("sum of the components' weights", weight, "1"));
    }
    match customers.iter().find(|(_, age)| !(age.is_finite() && *age >= 0.0)) {
        Some((_, age)) => Err(ModelError::invalid("age", *age, "a finite number of periods, 0 or more")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;

//! What a whole base will spend over the horizon, with its interval: the chance of each customer and the common doubt
//! about the parameters.

use super::{Forecast, History, Place, scale};
use statrs::distribution::{ContinuousCDF, Normal};

/// The sum of what customers will spend.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Total {
    /// Its mean.
    pub mean: f64,
    /// Its variance by chance alone, were the parameters known: customers are independent then.
    pub variance: f64,
}

impl Total {
    /// Sums that the total stays below with probabilities `low` and `high`.
    ///
    /// `doubt` holds, for each draw of the parameters, the total that it leads to in proportion to the average
    /// ([`Forecast::doubt`]); given a draw the sum of many customers is taken as normal. No total is below 0.
    pub fn bounds(&self, doubt: &[f64], low: f64, high: f64) -> (f64, f64) {
        (self.quantile(doubt, low), self.quantile(doubt, high))
    }

    fn quantile(&self, doubt: &[f64], p: f64) -> f64 {
        let normal = Normal::standard();
        let certain = [1.0];
        let doubt = if doubt.is_empty() { &certain } else { doubt };
        let sd = self.variance.sqrt();
        let z = normal.inverse_cdf(p.clamp(1e-9, 1.0 - 1e-9));
        let ends = doubt.iter().map(|factor| self.mean * factor + z * sd);
        let (mut below, mut above) = ends.fold((f64::MAX, f64::MIN), |(a, b), end| (a.min(end), b.max(end)));
        // The mixture's quantile lies between those of its parts.
        for _ in 0..100 {
            let middle = 0.5 * (below + above);
            if sd <= 0.0 || above - below <= 1e-9 * sd {
                break;
            }
            let reached = doubt.iter().map(|factor| normal.cdf((middle - self.mean * factor) / sd)).sum::<f64>();
            if reached / (doubt.len() as f64) < p { below = middle } else { above = middle }
        }
        (0.5 * (below + above)).max(0.0)
    }
}

impl Forecast {
    /// Mean and variance of what a customer will spend; arguments as for [`Forecast::bounds`].
    pub fn moments(&self, place: Place, alive: &[f64], mean_spend: f64) -> Option<(f64, f64)> {
        let table = &self.tables[place.table as usize];
        let spend = table.spend.as_ref()?;
        let scale = scale(self.gamma, table.frequency, mean_spend);
        let share = f64::from(place.share);
        let (mut mean, mut square) = (0.0, 0.0);
        for (k, (component, alive)) in self.components.iter().zip(alive).enumerate() {
            let at = k * table.ages.len() + place.age as usize;
            let next = if share > 0.0 { at + 1 } else { at };
            let chance = component.chance(*alive);
            mean += chance * ((1.0 - share) * spend.moments[at][0] + share * spend.moments[next][0]);
            square += chance * ((1.0 - share) * spend.moments[at][1] + share * spend.moments[next][1]);
        }
        let variance = (square - mean * mean).max(0.0);
        Some(((mean * scale).min(f64::MAX), (variance * scale * scale).min(f64::MAX)))
    }

    /// The sum over customers, each with its place, probabilities of being alive and mean spend.
    pub fn total<'a>(&self, customers: impl Iterator<Item = (Place, &'a [f64], f64)>) -> Option<Total> {
        let mut total = Total::default();
        for (place, alive, mean_spend) in customers {
            let (mean, variance) = self.moments(place, alive, mean_spend)?;
            total.mean += mean;
            total.variance += variance;
        }
        Some(total)
    }

    /// For each draw of the parameters the total spend of these customers in proportion to its average over the draws.
    ///
    /// Each customer is asked once a draw, so for a large base give a sample: a few thousand customers, evenly taken,
    /// show how the draws differ. Customers without a place are left out. Empty where the forecast has no spend.
    pub fn doubt(&self, customers: &[(History, f64)]) -> Vec<f64> {
        let mut totals = vec![0.0; if self.spend.is_empty() { 0 } else { self.draws }];
        for (history, mean_spend) in customers {
            let Some(place) = self.place(history.frequency, history.age) else { continue };
            for (draw, total) in totals.iter_mut().enumerate() {
                *total += self.mean_by_draw(draw, place, history, *mean_spend);
            }
        }
        let mean = totals.iter().sum::<f64>() / totals.len().max(1) as f64;
        totals.iter().map(|total| if mean > 0.0 { total / mean } else { 1.0 }).collect()
    }

    /// Mean spend of one customer by one draw of the parameters.
    fn mean_by_draw(&self, draw: usize, place: Place, history: &History, mean_spend: f64) -> f64 {
        let table = &self.tables[place.table as usize];
        let Some(spend) = &table.spend else { return 0.0 };
        let rows = self.components.len() * table.ages.len();
        let share = f64::from(place.share);
        let scale = scale(self.spend[draw % self.spend.len()].gamma, table.frequency, mean_spend);
        let mut mean = 0.0;
        for (k, component) in self.components.iter().enumerate() {
            let at = draw * rows + k * table.ages.len() + place.age as usize;
            let next = if share > 0.0 { at + 1 } else { at };
            let chance = component.chance(component.draws[draw % component.draws.len()].alive(history));
            mean += chance * ((1.0 - share) * spend.means[at] + share * spend.means[next]);
        }
        mean * scale
    }
}

//! Customers as the models see them: those with the same history counted once.

use cvm_models::noncontractual::{History, Pattern, collapse};

/// A population, and where each customer stands in it.
#[derive(Debug)]
pub struct Population {
    /// Distinct histories with their number of customers, sorted by frequency, then age, then recency.
    pub patterns: Vec<Pattern>,
    /// For each customer the index of their pattern.
    pub pattern_of: Vec<u32>,
    /// Distinct (frequency, age): all that the future of a living customer depends on.
    pub pairs: Vec<(u32, f64)>,
    /// For each pattern the index of its pair.
    pub pair_of: Vec<u32>,
    /// Mean net amount of each customer's repeat purchases; 0 where there are none.
    pub monetary: Vec<f64>,
}

impl Population {
    /// Counts customers by history; `monetary` has one value a customer.
    pub fn new(histories: &[History], monetary: Vec<f64>) -> Self {
        let (patterns, pattern_of) = collapse(histories);
        let mut pairs: Vec<(u32, f64)> = Vec::new();
        let pair_of = patterns
            .iter()
            .map(|pattern| {
                let pair = (pattern.history.frequency, pattern.history.age);
                if pairs.last() != Some(&pair) {
                    pairs.push(pair);
                }
                (pairs.len() - 1) as u32
            })
            .collect();
        Self { patterns, pattern_of, pairs, pair_of, monetary }
    }

    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.pattern_of.len()
    }

    /// The history of a customer.
    pub fn history(&self, customer: usize) -> &History {
        &self.patterns[self.pattern_of[customer] as usize].history
    }

    /// Customers with a repeat purchase: (repeat purchases, their mean amount).
    pub fn spenders(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        (0..self.len())
            .map(|customer| (self.history(customer).frequency, self.monetary[customer]))
            .filter(|&(frequency, _)| frequency > 0)
    }
}

//! Customers as the models see them: those with the same history counted once.

use cvm_models::noncontractual::{Covariates, History, Pattern, collapse};
use rayon::prelude::*;
use std::ops::Range;

/// Ages of one frequency in a piece of work: many, as they share a part of it, but not all, as threads share the whole.
const AGES_AT_ONCE: usize = 256;

/// A population, and where each customer stands in it.
#[derive(Debug)]
pub struct Population {
    /// Distinct histories of each group with their number of customers, sorted by group, frequency, age and recency.
    pub patterns: Vec<Pattern>,
    /// For each customer the index of their pattern.
    pub pattern_of: Vec<u32>,
    /// Distinct (frequency, age) of each group: all that the future of a living customer depends on.
    pub pairs: Vec<(u32, f64)>,
    /// For each pattern the index of its pair.
    pub pair_of: Vec<u32>,
    /// Mean net amount of each customer's repeat purchases; 0 where there are none.
    pub monetary: Vec<f64>,
    /// Customers whom a model may tell apart by more than their history; one group where nothing else is known.
    pub groups: Vec<Group>,
    /// Names of the covariates; none where nothing else is known.
    pub covariates: Vec<String>,
}

/// Customers with the same covariates.
#[derive(Debug)]
pub struct Group {
    /// The covariates, in the order of their names.
    pub row: Vec<f64>,
    /// Where its patterns are.
    pub patterns: Range<usize>,
    /// Where its pairs are.
    pub pairs: Range<usize>,
}

/// What else is known of customers than their history.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Names of the covariates.
    pub names: &'a [String],
    /// The covariates of each group.
    pub rows: &'a [Vec<f64>],
    /// For each customer the number of their group.
    pub group_of: &'a [u8],
}

impl Population {
    /// Counts customers by history; `monetary` has one value a customer.
    pub fn new(histories: &[History], monetary: Vec<f64>) -> Self {
        let mut population = Self::of(monetary, Vec::new());
        population.pattern_of = population.add(histories, Vec::new());
        population
    }

    /// Counts customers by group and history.
    pub fn grouped(histories: &[History], monetary: Vec<f64>, known: &Known<'_>) -> Self {
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); known.rows.len()];
        for (customer, &group) in (0..).zip(known.group_of) {
            members[usize::from(group)].push(customer);
        }
        let mut population = Self::of(monetary, known.names.to_vec());
        population.pattern_of = vec![0; histories.len()];
        for (members, row) in members.iter().zip(known.rows) {
            let theirs: Vec<History> = members.iter().map(|&customer| histories[customer as usize]).collect();
            let patterns = population.add(&theirs, row.clone());
            for (&customer, pattern) in members.iter().zip(patterns) {
                population.pattern_of[customer as usize] = pattern;
            }
        }
        population
    }

    fn of(monetary: Vec<f64>, covariates: Vec<String>) -> Self {
        Self {
            patterns: Vec::new(),
            pattern_of: Vec::new(),
            pairs: Vec::new(),
            pair_of: Vec::new(),
            monetary,
            groups: Vec::new(),
            covariates,
        }
    }

    /// Adds a group of customers; for each of them the index of their pattern.
    fn add(&mut self, histories: &[History], row: Vec<f64>) -> Vec<u32> {
        let (patterns, mut pattern_of) = collapse(histories);
        let (first_pattern, first_pair) = (self.patterns.len(), self.pairs.len());
        for pattern in &patterns {
            let pair = (pattern.history.frequency, pattern.history.age);
            if self.pairs[first_pair..].last() != Some(&pair) {
                self.pairs.push(pair);
            }
            self.pair_of.push((self.pairs.len() - 1) as u32);
        }
        if first_pattern == 0 {
            self.patterns = patterns;
        } else {
            self.patterns.extend(patterns);
            pattern_of.iter_mut().for_each(|pattern| *pattern += first_pattern as u32);
        }
        let (patterns, pairs) = (first_pattern..self.patterns.len(), first_pair..self.pairs.len());
        self.groups.push(Group { row, patterns, pairs });
        pattern_of
    }

    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.pattern_of.len()
    }

    /// The history of a customer.
    pub fn history(&self, customer: usize) -> &History {
        &self.patterns[self.pattern_of[customer] as usize].history
    }

    /// The group of a pair.
    pub fn group_of_pair(&self, pair: usize) -> usize {
        self.groups.partition_point(|group| group.pairs.end <= pair)
    }

    /// The pairs of a group in their order, in pieces that share a frequency.
    pub fn pairs_by_frequency(&self, group: &Group) -> impl IndexedParallelIterator<Item = &[(u32, f64)]> {
        let pairs = &self.pairs[group.pairs.clone()];
        let pieces: Vec<_> =
            pairs.chunk_by(|one, next| one.0 == next.0).flat_map(|same| same.chunks(AGES_AT_ONCE)).collect();
        pieces.into_par_iter()
    }

    /// For each pattern its covariates.
    pub fn covariate_rows(&self) -> Covariates {
        let rows = self.groups.iter().flat_map(|group| group.patterns.clone().flat_map(|_| &group.row));
        Covariates { names: self.covariates.clone(), rows: rows.copied().collect() }
    }

    /// Customers with a repeat purchase: (repeat purchases, their mean amount).
    pub fn spenders(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        (0..self.len())
            .map(|customer| (self.history(customer).frequency, self.monetary[customer]))
            .filter(|&(frequency, _)| frequency > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_count_the_same_customers() {
        let history = |frequency, recency, age| History { frequency, recency, age };
        let histories: Vec<History> = (0..60_u32)
            .map(|i| history(i % 3, if i % 3 == 0 { 0.0 } else { f64::from(i % 4 + 1) }, f64::from(10 + i % 2)))
            .collect();
        let group_of: Vec<u8> = (0..60).map(|i| [2, 0, 2, 0, 0][i % 5]).collect();
        let rows = [vec![0.0], vec![0.5], vec![1.0]];
        let known = Known { names: &["age".to_owned()], rows: &rows, group_of: &group_of };
        let population = Population::grouped(&histories, vec![0.0; 60], &known);
        assert_eq!(population.groups.len(), 3, "also one that nobody is in");
        for (customer, history) in histories.iter().enumerate() {
            assert_eq!(population.history(customer), history);
            let pattern = population.pattern_of[customer] as usize;
            let pair = population.pair_of[pattern] as usize;
            assert_eq!(population.pairs[pair], (history.frequency, history.age));
            let group = usize::from(group_of[customer]);
            assert!(population.groups[group].patterns.contains(&pattern));
            assert_eq!(population.group_of_pair(pair), group);
            assert_eq!(population.covariate_rows().rows[pattern], rows[group][0]);
        }
        assert_eq!(population.patterns.iter().map(|pattern| pattern.weight).sum::<f64>(), 60.0);
        let plain = Population::new(&histories, vec![0.0; 60]);
        assert_eq!((plain.groups.len(), plain.groups[0].patterns.len()), (1, plain.patterns.len()));
    }
}

//! How good recommendations are: recall and NDCG on what customers bought after the time that models learned from.
//!
//! K. Järvelin & J. Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20; recall as in
//! D. Liang et al. (2018), "Variational autoencoders for collaborative filtering": by the smaller of k and what could be
//! found, so that a perfect list has 1. Time is split for all customers at one moment, as it is when recommending.

use super::{Purchases, Recommender};
use crate::experiment::Effect;
use crate::experiment::arm::Arm;
use crate::{ModelError, Result};

/// How good a model was on each customer who bought something later that could be recommended.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Which customers.
    pub customers: Vec<u32>,
    /// Share of what could be found that was among the first k, one a customer.
    pub recall: Vec<f64>,
    /// The same with more for what stands higher, one a customer.
    pub ndcg: Vec<f64>,
}

/// Mean differences of two models over the same customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Of recall.
    pub recall: Effect,
    /// Of NDCG.
    pub ndcg: Effect,
}

/// Purchases up to a time, and the items each customer bought from then on: (customer, item, amount, time).
///
/// # Errors
/// As [`Purchases::gather`].
pub fn split_by_time(
    customers: usize,
    items: usize,
    purchases: &[(u32, u32, f32, i64)],
    at: i64,
) -> Result<(Purchases, Vec<Vec<u32>>)> {
    let of = |after: bool| purchases.iter().filter(move |p| (p.3 >= at) == after).map(|p| (p.0, p.1, p.2));
    let later = Purchases::gather(customers, items, of(true))?;
    let later = later.histories().map(|history| history.iter().map(|(item, _)| *item).collect());
    Ok((Purchases::gather(customers, items, of(false))?, later.collect()))
}

/// Recommends `k` items to each customer with a past and compares them with what they bought later. Unless `again`, what
/// they had already is neither recommended nor asked for.
///
/// # Errors
/// [`ModelError::Invalid`] for k of 0, other customers or items than the model's, and where no customer bought anything
/// that could be recommended.
pub fn evaluate(
    model: &impl Recommender,
    before: &Purchases,
    after: &[Vec<u32>],
    k: usize,
    again: bool,
) -> Result<Evaluation> {
    if k == 0 {
        return Err(ModelError::invalid("number of recommendations", 0.0, "at least 1"));
    }
    if after.len() != before.customers() || model.items() != before.items() {
        return Err(ModelError::invalid("number of customers", after.len() as f64, "as many as have a past"));
    }
    let mut found = Evaluation { customers: Vec::new(), recall: Vec::new(), ndcg: Vec::new() };
    for ((customer, history), wanted) in (0..).zip(before.histories()).zip(after) {
        let mut wanted = wanted.clone();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|item| again || history.binary_search_by_key(item, |(item, _)| *item).is_err());
        if history.is_empty() || wanted.is_empty() {
            continue;
        }
        let listed = model.recommend(history, k, again);
        let hit = |(item, _): &(u32, f32)| wanted.binary_search(item).is_ok();
        let hits = listed.iter().map(hit).collect::<Vec<_>>();
        let possible = wanted.len().min(k);
        let worth = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let gained = hits.iter().enumerate().filter(|(_, hit)| **hit).map(|(rank, _)| worth(rank)).sum::<f64>();
        found.customers.push(customer);
        found.recall.push(hits.iter().filter(|hit| **hit).count() as f64 / possible as f64);
        found.ndcg.push(gained / (0..possible).map(worth).sum::<f64>());
    }
    if found.customers.is_empty() {
        return Err(ModelError::invalid("customers who bought something new later", 0.0, "at least 1"));
    }
    Ok(found)
}

impl Evaluation {
    /// Mean recall over customers.
    pub fn mean_recall(&self) -> f64 {
        mean(&self.recall)
    }

    /// Mean NDCG over customers.
    pub fn mean_ndcg(&self) -> f64 {
        mean(&self.ndcg)
    }

    /// By how much this model is better than another, customer by customer.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for evaluations of different customers, or of fewer than two.
    pub fn compared_with(&self, other: &Self, confidence: f64) -> Result<Comparison> {
        if self.customers != other.customers {
            let expected = "the same customers as this evaluation";
            return Err(ModelError::invalid("customers of the other", other.customers.len() as f64, expected));
        }
        let effect = |mine: &[f64], theirs: &[f64]| {
            let arm = Arm::of(&mine.iter().zip(theirs).map(|(a, b)| a - b).collect::<Vec<_>>())?;
            Effect::new(arm.mean, arm.error().sqrt(), (arm.customers - 1) as f64, confidence)
        };
        Ok(Comparison { recall: effect(&self.recall, &other.recall)?, ndcg: effect(&self.ndcg, &other.ndcg)? })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::popularity::Popularity;
    use super::*;
    use crate::testing::close;

    #[test]
    fn by_hand() {
        // Popularity: item 0 (4 buyers), 1 (3), 2 (2), 3 (1).
        let bought = [&[0, 1, 2, 3][..], &[0, 1, 2], &[0, 1], &[0], &[]];
        let all = (0..).zip(bought).flat_map(|(c, items)| items.iter().map(move |item| (c, *item, 1.0)));
        let before = Purchases::gather(5, 4, all).unwrap();
        let after = [vec![], vec![3, 0], vec![3], vec![3, 2, 1, 1], vec![0]].to_vec();
        let model = Popularity::fit(&before).unwrap();
        let found = evaluate(&model, &before, &after, 2, false).unwrap();
        // Customer 1 can only be offered 3; customer 2 is offered 2, 3; customer 3 is offered 1, 2. Those without a past
        // or without anything new do not count.
        assert_eq!(found.customers, [1, 2, 3]);
        assert_eq!(found.recall, [1.0, 1.0, 1.0]);
        close(found.ndcg[1], 1.0 / 3.0_f64.log2(), 1e-12);
        assert_eq!((found.ndcg[0], found.ndcg[2]), (1.0, 1.0));
        let again = evaluate(&model, &before, &after, 2, true).unwrap();
        // Offered 0, 1: customer 1 wanted 0 and 3, customer 2 wanted 3, customer 3 wanted 1, 2, 3.
        assert_eq!(again.recall, [0.5, 0.0, 0.5]);
        close(again.ndcg[0], 1.0 / (1.0 + 1.0 / 3.0_f64.log2()), 1e-12);
        let difference = found.compared_with(&again, 0.95).unwrap().recall;
        // 0.5, 1, 0.5: mean 2/3, standard error 1/6.
        close(difference.estimate, 2.0 / 3.0, 1e-12);
        close(difference.standard_error, 1.0 / 6.0, 1e-12);
    }

    #[test]
    fn split_at_a_moment() {
        let all = [(0, 1, 1.0, 10), (0, 1, 1.0, 19), (0, 2, 1.0, 20), (1, 0, 2.0, 30), (1, 0, 2.0, 31)];
        let (before, after) = split_by_time(2, 3, &all, 20).unwrap();
        assert_eq!(before.of(0), [(1, 2.0)]);
        assert_eq!(after, [vec![2], vec![0]]);
    }

    #[test]
    fn refusals() {
        let before = Purchases::gather(1, 2, [(0, 0, 1.0)]).unwrap();
        let model = Popularity::fit(&before).unwrap();
        assert!(evaluate(&model, &before, &[vec![1]], 0, false).is_err());
        assert!(evaluate(&model, &before, &[], 1, false).is_err());
        assert!(evaluate(&model, &before, &[vec![0]], 1, false).is_err());
    }
}

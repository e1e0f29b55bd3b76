//! How well a score orders lives: the share of comparable pairs in which the one with the higher risk ended first.
//!
//! Harrell, Califf, Pryor, Lee & Rosati (1982), "Evaluating the yield of medical tests", JAMA 247.

use super::Observation;

/// Harrell's concordance index: 1 a perfect order, 0.5 chance; equal risks count a half.
///
/// A pair is comparable where the shorter life was seen to end; of equal durations, where exactly one was. `None` where
/// no pair is comparable, where a risk is not a number, or where the two slices differ in length.
pub fn concordance_index(observations: &[Observation], risk: &[f64]) -> Option<f64> {
    if observations.len() != risk.len() || risk.iter().any(|r| r.is_nan()) {
        return None;
    }
    let (ranks, distinct) = ranks(risk);
    let mut lives: Vec<(Observation, usize)> = observations.iter().copied().zip(ranks).collect();
    // From the longest life down; of equal ones the unfinished first, as they outlive the finished.
    lives.sort_unstable_by(|(a, _), (b, _)| b.duration.total_cmp(&a.duration).then(a.ended.cmp(&b.ended)));
    let mut outlived = RankSums::new(distinct);
    let (mut concordant, mut comparable) = (0.0, 0.0);
    for group in lives.chunk_by(|(a, _), (b, _)| a.duration == b.duration && a.ended == b.ended) {
        for &(life, rank) in group.iter().filter(|(life, _)| life.ended) {
            let (below, equal) = (outlived.below(rank), outlived.below(rank + 1));
            concordant += life.weight * (below + equal) / 2.0;
            comparable += life.weight * outlived.total;
        }
        for &(life, rank) in group {
            outlived.add(rank, life.weight);
        }
    }
    (comparable > 0.0).then(|| concordant / comparable)
}

/// The place of each value among the distinct values, and how many of those there are.
fn ranks(values: &[f64]) -> (Vec<usize>, usize) {
    // Adding 0 turns -0 into 0, which `total_cmp` would keep apart.
    let mut order: Vec<(f64, usize)> = values.iter().enumerate().map(|(i, v)| (v + 0.0, i)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0; values.len()];
    let mut distinct = 0;
    for equal in order.chunk_by(|a, b| a.0 == b.0) {
        for &(_, i) in equal {
            ranks[i] = distinct;
        }
        distinct += 1;
    }
    (ranks, distinct)
}

/// Fenwick's tree (1994): sums over all ranks below a given one, in logarithmic time.
struct RankSums {
    tree: Vec<f64>,
    total: f64,
}

impl RankSums {
    fn new(ranks: usize) -> Self {
        Self { tree: vec![0.0; ranks + 1], total: 0.0 }
    }

    fn add(&mut self, rank: usize, weight: f64) {
        self.total += weight;
        let mut i = rank + 1;
        while i < self.tree.len() {
            self.tree[i] += weight;
            i += i & i.wrapping_neg();
        }
    }

    fn below(&self, rank: usize) -> f64 {
        let (mut i, mut sum) = (rank, 0.0);
        while i > 0 {
            sum += self.tree[i];
            i -= i & i.wrapping_neg();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_all_pairs(observations: &[Observation], risk: &[f64]) -> Option<f64> {
        let (mut concordant, mut comparable) = (0.0, 0.0);
        for (i, a) in observations.iter().enumerate().filter(|(_, a)| a.ended) {
            for (j, b) in observations.iter().enumerate() {
                if b.duration > a.duration || (b.duration == a.duration && !b.ended) {
                    let pair = a.weight * b.weight;
                    comparable += pair;
                    concordant += pair
                        * if risk[i] > risk[j] {
                            1.0
                        } else if risk[i] == risk[j] {
                            0.5
                        } else {
                            0.0
                        };
                }
            }
        }
        (comparable > 0.0).then(|| concordant / comparable)
    }

    proptest! {
        #[test]
        fn equals_the_count_over_all_pairs(
            lives in prop::collection::vec((0u8..6, any::<bool>(), 1u8..4, 0i8..5), 0..40),
        ) {
            let observations: Vec<Observation> = lives
                .iter()
                .map(|&(t, ended, w, _)| Observation { duration: t.into(), ended, weight: w.into() })
                .collect();
            let risk: Vec<f64> = lives.iter().map(|l| f64::from(l.3)).collect();
            let (fast, slow) = (concordance_index(&observations, &risk), by_all_pairs(&observations, &risk));
            prop_assert_eq!(fast.is_some(), slow.is_some());
            if let (Some(fast), Some(slow)) = (fast, slow) {
                prop_assert!((fast - slow).abs() < 1e-12, "{} {}", fast, slow);
            }
        }
    }

    #[test]
    fn nothing_to_compare_is_none() {
        let active = Observation { duration: 3.0, ended: false, weight: 1.0 };
        assert_eq!(concordance_index(&[active; 3], &[1.0, 2.0, 3.0]), None);
        assert_eq!(concordance_index(&[active], &[f64::NAN]), None);
        assert_eq!(concordance_index(&[], &[]), None);
    }
}

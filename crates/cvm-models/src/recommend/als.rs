//! Items and customers as points of a few dimensions, near where they go together.
//!
//! Y. Hu, Y. Koren & C. Volinsky (2008), "Collaborative filtering for implicit feedback datasets", ICDM: what was bought
//! is liked with confidence that grows by how much, what was not is disliked with little. Items and customers are solved
//! for in turn. Memory and time grow with the number of items, not its square: for large catalogues.

use super::{Purchases, Recommender};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// How to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Dimensions.
    pub factors: usize,
    /// Keeps points near the middle where little is known.
    pub penalty: f64,
    /// How much surer a purchase is than none, for each unit of its amount: confidence is 1 + this x amount.
    pub confidence: f64,
    /// Rounds of solving for customers, then items.
    pub rounds: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { factors: 32, penalty: 1.0, confidence: 4.0, rounds: 15 }
    }
}

/// A fitted model; customers are found anew from their history.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// A column for each item.
    items: DMatrix<f64>,
    /// Sum of the products of the items' coordinates.
    inside: DMatrix<f64>,
    settings: Settings,
}

impl Factors {
    /// Learns from who bought how much of what.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for no purchases and settings out of their domain.
    pub fn fit(purchases: &Purchases, settings: &Settings, rng: &mut impl Rng) -> Result<Self> {
        purchases.check()?;
        crate::fitting::positive("penalty", settings.penalty)?;
        crate::fitting::positive("confidence", settings.confidence)?;
        if settings.factors == 0 || settings.rounds == 0 {
            return Err(ModelError::invalid("factors or rounds", 0.0, "at least 1"));
        }
        let by_item = purchases.by_item();
        let mut normal = || {
            let drawn: f64 = StandardNormal.sample(rng);
            0.01 * drawn
        };
        let mut items = DMatrix::from_fn(settings.factors, purchases.items(), |_, _| normal());
        for _ in 0..settings.rounds {
            let customers = solved(purchases, &items, settings);
            items = solved(&by_item, &customers, settings);
        }
        let inside = penalised(&items, settings);
        Ok(Self { items, inside, settings: *settings })
    }
}

impl Recommender for Factors {
    fn items(&self) -> usize {
        self.items.ncols()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        let place = place(history, &self.items, &self.inside, self.settings.confidence);
        for (score, item) in scores.iter_mut().zip(self.items.column_iter()) {
            *score = item.dot(&place) as f32;
        }
    }
}

/// The place of everyone on one side, given the other's.
fn solved(purchases: &Purchases, others: &DMatrix<f64>, settings: &Settings) -> DMatrix<f64> {
    let inside = penalised(others, settings);
    let mut places = DMatrix::zeros(settings.factors, purchases.customers());
    for (mut column, history) in places.column_iter_mut().zip(purchases.histories()) {
        if !history.is_empty() {
            column.copy_from(&place(history, others, &inside, settings.confidence));
        }
    }
    places
}

fn penalised(others: &DMatrix<f64>, settings: &Settings) -> DMatrix<f64> {
    let mut inside = others * others.transpose();
    for i in 0..settings.factors {
        inside[(i, i)] += settings.penalty;
    }
    inside
}

/// Where one stands who has this history.
fn place(history: &[(u32, f32)], others: &DMatrix<f64>, inside: &DMatrix<f64>, confidence: f64) -> DVector<f64> {
    let mut matrix = inside.clone();
    let mut right = DVector::zeros(inside.nrows());
    for &(other, amount) in history {
        let (other, sure) = (others.column(other as usize), confidence * f64::from(amount));
        matrix.syger(sure, &other, &other, 1.0);
        right.axpy(1.0 + sure, &other, 1.0);
    }
    matrix.cholesky().expect("squares with a penalty are positive definite").solve(&right)
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::evaluate;
    use super::super::popularity::Popularity;
    use super::super::testing::three_tastes;
    use super::*;
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    const SMALL: Settings = Settings { factors: 4, penalty: 1.0, confidence: 4.0, rounds: 10 };

    #[test]
    fn a_place_minimises_the_loss() {
        // The loss of the paper, equation 3, over one customer: no other place is better.
        let (before, _) = three_tastes(50);
        let model = Factors::fit(&before, &SMALL, &mut Pcg64Mcg::seed_from_u64(1)).unwrap();
        let history = before.of(7);
        let loss = |at: &DVector<f64>| {
            let each = (0..60).map(|item| {
                let amount = history.iter().find(|h| h.0 == item).map_or(0.0, |h| f64::from(h.1));
                let liked = f64::from(amount > 0.0);
                (1.0 + SMALL.confidence * amount) * (liked - model.items.column(item as usize).dot(at)).powi(2)
            });
            each.sum::<f64>() + SMALL.penalty * at.norm_squared()
        };
        let best = place(history, &model.items, &model.inside, SMALL.confidence);
        for i in 0..4 {
            for step in [-1e-3, 1e-3] {
                let mut other = best.clone();
                other[i] += step;
                assert!(loss(&other) > loss(&best));
            }
        }
    }

    #[test]
    fn finds_tastes_that_popularity_does_not() {
        let (before, after) = three_tastes(2_000);
        let model = Factors::fit(&before, &SMALL, &mut Pcg64Mcg::seed_from_u64(1)).unwrap();
        let found = evaluate(&model, &before, &after, 5, false).unwrap();
        let popular = evaluate(&Popularity::fit(&before).unwrap(), &before, &after, 5, false).unwrap();
        let better = found.compared_with(&popular, 0.95).unwrap();
        assert!(better.recall.low > 0.1 && better.ndcg.low > 0.1, "{better:?}");
    }

    #[test]
    fn refusals() {
        let (before, _) = three_tastes(10);
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        for bad in [
            Settings { factors: 0, ..SMALL },
            Settings { rounds: 0, ..SMALL },
            Settings { penalty: 0.0, ..SMALL },
            Settings { confidence: -1.0, ..SMALL },
        ] {
            assert!(Factors::fit(&before, &bad, &mut rng).is_err(), "{bad:?}");
        }
    }
}

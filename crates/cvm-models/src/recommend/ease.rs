//! Items that predict each other: one linear model over items, in closed form.
//!
//! H. Steck (2019), "Embarrassingly shallow autoencoders for sparse data", WWW (EASE^R). The best weights with which the
//! items of a history predict each other item, none predicting itself, follow from one inverse of the matrix of how many
//! customers bought both. That matrix has items by items, so it is for some thousand items; beyond, see [`super::als`].

use super::evaluation::evaluate;
use super::{Purchases, Recommender};
use crate::{ModelError, Result};
use nalgebra::DMatrix;

/// How to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Keeps rare coincidences small: customers who would have to buy two items for it to count by half. Best chosen on
    /// a hold-out; a few hundred is usual, in proportion to the number of customers.
    pub penalty: f64,
    /// Most items; the matrix takes 8 bytes for each pair, and the time grows with the cube.
    pub items_most: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { penalty: 300.0, items_most: 10_000 }
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ease {
    items: usize,
    /// Row by row: how much having the row's item speaks for each item.
    weights: Vec<f32>,
}

impl Ease {
    /// Learns from who bought what; how much of it does not count.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for no purchases, a penalty not above 0, or more items than are allowed.
    pub fn fit(purchases: &Purchases, settings: &Settings) -> Result<Self> {
        purchases.check()?;
        crate::fitting::positive("penalty", settings.penalty)?;
        let items = purchases.items();
        if items > settings.items_most {
            let expected = "at most the largest number of items; take fewer, by category, or factors";
            return Err(ModelError::invalid("number of items", items as f64, expected));
        }
        let mut together = DMatrix::from_diagonal_element(items, items, settings.penalty);
        for history in purchases.histories() {
            for (at, (a, _)) in history.iter().enumerate() {
                // Items of a history ascend: this is the lower triangle.
                for (b, _) in &history[at..] {
                    together[(*b as usize, *a as usize)] += 1.0;
                }
            }
        }
        together.fill_upper_triangle_with_lower_triangle();
        let inverse = inverse(together);
        let mut weights = vec![0.0; items * items];
        for row in 0..items {
            for column in (0..items).filter(|column| *column != row) {
                weights[row * items + column] = (-inverse[(row, column)] / inverse[(column, column)]) as f32;
            }
        }
        Ok(Self { items, weights })
    }

    /// How much having one item speaks for another: why an item is recommended.
    ///
    /// # Panics
    /// Beyond the last item.
    pub fn weight(&self, has: u32, other: u32) -> f32 {
        self.weights[has as usize * self.items..][other as usize]
    }
}

/// Of these penalties the one that recommends best (by NDCG of `k` items) what customers bought after the time the
/// purchases end at. Judge the model itself on a later time: here the best of several is lucky as well as good.
///
/// # Errors
/// [`ModelError::Invalid`] for no penalties, and as [`Ease::fit`] and [`evaluate`].
pub fn best_penalty(
    before: &Purchases,
    after: &[Vec<u32>],
    (k, again): (usize, bool),
    penalties: &[f64],
    settings: &Settings,
) -> Result<f64> {
    let mut best: Option<(f64, f64)> = None;
    for &penalty in penalties {
        let model = Ease::fit(before, &Settings { penalty, ..*settings })?;
        let ndcg = evaluate(&model, before, after, k, again)?.mean_ndcg();
        if best.is_none_or(|(_, highest)| ndcg > highest) {
            best = Some((penalty, ndcg));
        }
    }
    best.map(|(penalty, _)| penalty).ok_or_else(|| ModelError::invalid("number of penalties", 0.0, "at least 1"))
}

/// Columns eliminated at once.
const BLOCK: usize = 64;

/// The inverse of a positive definite matrix, by Gauss and Jordan in blocks: nearly all of the work is products of
/// matrices, twenty times as fast as column by column.
fn inverse(mut matrix: DMatrix<f64>) -> DMatrix<f64> {
    let n = matrix.nrows();
    for begin in (0..n).step_by(BLOCK) {
        let width = BLOCK.min(n - begin);
        let pivot = matrix.view((begin, begin), (width, width)).into_owned();
        let pivot = pivot.cholesky().expect("counts with a penalty are positive definite").inverse();
        let mut columns = matrix.columns(begin, width).into_owned();
        columns.rows_mut(begin, width).fill(0.0);
        let mut rows = &pivot * matrix.rows(begin, width);
        rows.columns_mut(begin, width).copy_from(&pivot);
        matrix.columns_mut(begin, width).fill(0.0);
        matrix.gemm(-1.0, &columns, &rows, 1.0);
        matrix.rows_mut(begin, width).copy_from(&rows);
    }
    matrix
}

impl Recommender for Ease {
    fn items(&self) -> usize {
        self.items
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        for &(item, _) in history {
            let row = &self.weights[item as usize * self.items..][..self.items];
            scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::popularity::Popularity;
    use super::super::testing::three_tastes;
    use super::*;
    use crate::testing::close;

    const WEIGHTS: [[f64; 4]; 4] = [
        [0.0, 0.4050632911392405, 0.4050632911392405, -0.18181818181818182],
        [0.36363636363636365, 0.0, -0.012658227848101273, 0.22727272727272727],
        [0.36363636363636365, -0.012658227848101273, 0.0, 0.22727272727272727],
        [-0.18181818181818182, 0.2531645569620253, 0.2531645569620253, 0.0],
    ];

    #[test]
    fn weights_of_numpy() {
        // numpy 2.4.6: P = inv(X'X + 2 I), B = -P / diag(P), diagonal 0.
        let bought = [&[0, 1, 2][..], &[0, 1], &[1, 3], &[2, 3], &[0, 2]];
        let all = (0..).zip(bought).flat_map(|(customer, items)| items.iter().map(move |item| (customer, *item, 1.0)));
        let purchases = Purchases::gather(5, 4, all).unwrap();
        let model = Ease::fit(&purchases, &Settings { penalty: 2.0, ..Settings::default() }).unwrap();
        for (row, expected) in WEIGHTS.iter().enumerate() {
            for (column, expected) in expected.iter().enumerate() {
                assert!((f64::from(model.weight(row as u32, column as u32)) - expected).abs() < 1e-6, "{row} {column}");
            }
        }
        let mut scores = [0.0; 4];
        model.score(&[(0, 1.0), (3, 2.0)], &mut scores);
        close(f64::from(scores[1]), WEIGHTS[0][1] + WEIGHTS[3][1], 1e-5);
    }

    #[test]
    fn blocks_make_the_same_inverse() {
        // More than two blocks, the last one short; a matrix times its inverse is 1.
        let n = 150;
        let matrix = DMatrix::from_fn(n, n, |i, j| ((i * j + i + j) % 7) as f64 / 7.0);
        let matrix = &matrix * matrix.transpose() + DMatrix::identity(n, n) * 0.5;
        let off = &matrix * inverse(matrix.clone()) - DMatrix::identity(n, n);
        assert!(off.amax() < 1e-9, "{}", off.amax());
    }

    #[test]
    fn finds_tastes_that_popularity_does_not() {
        let (before, after) = three_tastes(2_000);
        let model = Ease::fit(&before, &Settings::default()).unwrap();
        let found = evaluate(&model, &before, &after, 5, false).unwrap();
        let popular = evaluate(&Popularity::fit(&before).unwrap(), &before, &after, 5, false).unwrap();
        let better = found.compared_with(&popular, 0.95).unwrap();
        assert!(better.recall.low > 0.1 && better.ndcg.low > 0.1, "{better:?}");
    }

    #[test]
    fn a_penalty_that_fits_is_chosen() {
        // Among few customers an absurd penalty, either way, hides the tastes.
        let (before, after) = three_tastes(150);
        let best = |penalties: &[f64]| best_penalty(&before, &after, (5, false), penalties, &Settings::default());
        assert_eq!(best(&[1e-3, 30.0]).unwrap(), 30.0);
        assert!(best(&[]).is_err());
    }

    #[test]
    fn refusals() {
        let (before, _) = three_tastes(10);
        assert!(Ease::fit(&before, &Settings { penalty: 0.0, ..Settings::default() }).is_err());
        let error = Ease::fit(&before, &Settings { items_most: 59, ..Settings::default() }).unwrap_err().to_string();
        assert!(error.starts_with("number of items is 60; expected at most"), "{error}");
        assert!(Ease::fit(&Purchases::gather(3, 3, []).unwrap(), &Settings::default()).is_err());
    }
}

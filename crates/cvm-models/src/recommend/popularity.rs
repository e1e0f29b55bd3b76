//! What everyone buys, and what this customer buys again and again: what a recommendation has to be better than.

use super::{Purchases, Recommender};
use crate::Result;

/// The share of customers who bought each item.
#[derive(Debug, Clone, PartialEq)]
pub struct Popularity {
    shares: Vec<f32>,
}

/// What the customer bought most comes first, then what is popular. Where people buy the same things again, as in a food
/// shop, this is hard to beat.
#[derive(Debug, Clone, PartialEq)]
pub struct Habit(Popularity);

impl Popularity {
    /// Counts who bought what.
    ///
    /// # Errors
    /// [`crate::ModelError::Invalid`] for no purchases.
    pub fn fit(purchases: &Purchases) -> Result<Self> {
        purchases.check()?;
        let mut counts = vec![0_u32; purchases.items()];
        purchases.histories().flatten().for_each(|(item, _)| counts[*item as usize] += 1);
        let customers = purchases.customers() as f32;
        Ok(Self { shares: counts.into_iter().map(|count| count as f32 / customers).collect() })
    }
}

impl Habit {
    /// Counts who bought what.
    ///
    /// # Errors
    /// As [`Popularity::fit`].
    pub fn fit(purchases: &Purchases) -> Result<Self> {
        Popularity::fit(purchases).map(Self)
    }
}

impl Recommender for Popularity {
    fn items(&self) -> usize {
        self.shares.len()
    }

    fn score(&self, _: &[(u32, f32)], scores: &mut [f32]) {
        scores.copy_from_slice(&self.shares);
    }
}

impl Recommender for Habit {
    fn items(&self) -> usize {
        self.0.items()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        // A share is at most 1, so that it only ranks items of one amount; where amounts are not whole, halves decide.
        scores.iter_mut().zip(&self.0.shares).for_each(|(score, share)| *score = share * 0.5);
        history.iter().for_each(|(item, amount)| scores[*item as usize] += amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popular_items_and_habits() {
        let all = [(0, 2, 5.0), (1, 2, 1.0), (1, 0, 3.0), (2, 2, 1.0), (2, 1, 1.0), (3, 1, 1.0)];
        let purchases = Purchases::gather(4, 4, all).unwrap();
        let popular = Popularity::fit(&purchases).unwrap();
        assert_eq!(popular.recommend(&[], 3, false), [(2, 0.75), (1, 0.5), (0, 0.25)]);
        assert_eq!(popular.recommend(&[(2, 1.0)], 2, false), [(1, 0.5), (0, 0.25)]);
        let habit = Habit::fit(&purchases).unwrap();
        let items = |history: &[(u32, f32)]| habit.recommend(history, 4, true).iter().map(|r| r.0).collect::<Vec<_>>();
        assert_eq!(items(&[(0, 3.0), (3, 1.0)]), [0, 3, 2, 1]);
    }
}

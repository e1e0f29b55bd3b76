//! What a customer might want next, from what all customers bought.
//!
//! | question | file | reference |
//! |---|---|---|
//! | items alike by who bought them, for up to some thousand items | [`ease`] | Steck (2019) |
//! | the same through factors, for large catalogues | [`als`] | Hu, Koren & Volinsky (2008) |
//! | what everyone buys, what this customer always buys | [`popularity`] | |
//! | how good is it, on purchases it has not seen | [`evaluation`] | Järvelin & Kekäläinen (2002) |
//!
//! A model scores a history, not a customer it was fitted to, so that new customers and today's basket count at once.
//! EASE is preferred wherever it fits into memory: it has one setting, one answer, and on published comparisons is
//! not beaten by deep models; factors take over where items are too many for a matrix of items by items.

pub mod als;
pub mod ease;
pub mod evaluation;
pub mod popularity;

use crate::{ModelError, Result};

/// What customers bought, by customer: items are numbered from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchases {
    items: usize,
    /// Where each customer's entries begin; one more than customers.
    begins: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

/// What can score items.
pub trait Recommender {
    /// Number of items.
    fn items(&self) -> usize;

    /// A score for each item, higher for what fits better, given (item, how much of it) of a customer's past.
    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]);

    /// The `most` items with the highest scores, best first; what is in the past is left out unless `again`.
    fn recommend(&self, history: &[(u32, f32)], most: usize, again: bool) -> Vec<(u32, f32)> {
        let mut scores = vec![0.0; self.items()];
        self.score(history, &mut scores);
        best(&scores, history, most, again)
    }
}

/// The highest scores, best first; of equal ones the lower item.
pub(crate) fn best(scores: &[f32], history: &[(u32, f32)], most: usize, again: bool) -> Vec<(u32, f32)> {
    let mut known = vec![false; scores.len()];
    if !again {
        history.iter().for_each(|(item, _)| known[*item as usize] = true);
    }
    let mut ranked = (0..).zip(scores.iter().copied()).zip(&known).filter(|(_, known)| !**known);
    let mut ranked = ranked.by_ref().map(|(scored, _)| scored).collect::<Vec<(u32, f32)>>();
    let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if most < ranked.len() {
        if most > 0 {
            ranked.select_nth_unstable_by(most - 1, order);
        }
        ranked.truncate(most);
    }
    ranked.sort_unstable_by(order);
    ranked
}

impl Purchases {
    /// Gathers (customer, item, how much); what a customer bought several times is summed.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a customer or an item beyond their number, and amounts that are not above 0.
    pub fn gather(
        customers: usize,
        items: usize,
        purchases: impl IntoIterator<Item = (u32, u32, f32)>,
    ) -> Result<Self> {
        let mut all = purchases.into_iter().collect::<Vec<_>>();
        for &(customer, item, amount) in &all {
            if customer as usize >= customers {
                return Err(ModelError::invalid("customer", f64::from(customer), "a number below that of customers"));
            }
            if item as usize >= items {
                return Err(ModelError::invalid("item", f64::from(item), "a number below that of items"));
            }
            if !(amount > 0.0 && amount.is_finite()) {
                return Err(ModelError::invalid("amount of a purchase", f64::from(amount), "a number above 0"));
            }
        }
        all.sort_unstable_by_key(|(customer, item, _)| (*customer, *item));
        let mut entries: Vec<(u32, f32)> = Vec::with_capacity(all.len());
        let mut begins = Vec::with_capacity(customers + 1);
        begins.push(0);
        for same in all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (customer, item, _) = same[0];
            while begins.len() <= customer as usize {
                begins.push(entries.len());
            }
            entries.push((item, same.iter().map(|purchase| purchase.2).sum()));
        }
        while begins.len() <= customers {
            begins.push(entries.len());
        }
        Ok(Self { items, begins, entries })
    }

    /// Number of customers.
    pub fn customers(&self) -> usize {
        self.begins.len() - 1
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.items
    }

    /// What one customer bought: (item, how much), by item.
    ///
    /// # Panics
    /// Beyond the last customer.
    pub fn of(&self, customer: usize) -> &[(u32, f32)] {
        &self.entries[self.begins[customer]..self.begins[customer + 1]]
    }

    /// The histories of all customers.
    pub fn histories(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        (0..self.customers()).map(|customer| self.of(customer))
    }

    /// The same by item: who bought it.
    fn by_item(&self) -> Self {
        let turned = self
            .histories()
            .zip(0..)
            .flat_map(|(history, customer)| history.iter().map(move |(item, amount)| (*item, customer, *amount)));
        Self::gather(self.items, self.customers(), turned).expect("numbers were checked when they were gathered")
    }

    fn check(&self) -> Result<()> {
        if self.entries.is_empty() {
            return Err(ModelError::invalid("number of purchases", 0.0, "at least 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::Purchases;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    /// Customers of three tastes, each with twenty items of their own that they mostly buy from, sixty items in all;
    /// within a taste the first items sell best. (bought before, bought after)
    pub fn three_tastes(customers: u32) -> (Purchases, Vec<Vec<u32>>) {
        let mut rng = Pcg64Mcg::seed_from_u64(6);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for customer in 0..customers {
            let mut draw = || {
                let taste = if rng.random_bool(0.85) { customer % 3 } else { rng.random_range(0..3) };
                let within = (20.0 * rng.random::<f64>().powf(1.5)) as u32;
                20 * taste + within
            };
            before.extend((0..6).map(|_| (customer, draw(), 1.0)));
            after.push((0..3).map(|_| draw()).collect::<Vec<_>>());
        }
        (Purchases::gather(customers as usize, 60, before).unwrap(), after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathered_by_customer_and_by_item() {
        let all = [(2, 1, 1.0), (0, 3, 2.0), (2, 0, 1.0), (2, 1, 4.0)];
        let found = Purchases::gather(4, 5, all).unwrap();
        assert_eq!(found.histories().collect::<Vec<_>>(), [&[(3, 2.0)][..], &[], &[(0, 1.0), (1, 5.0)], &[]]);
        let turned = found.by_item();
        assert_eq!((turned.customers(), turned.items()), (5, 4));
        assert_eq!(turned.of(1), [(2, 5.0)]);
        assert_eq!(turned.by_item(), found);
    }

    #[test]
    fn the_best_come_first_and_known_ones_not_again() {
        let scores = [0.5, 2.0, 2.0, -1.0, 3.0];
        let history = [(4, 1.0)];
        assert_eq!(best(&scores, &history, 2, false), [(1, 2.0), (2, 2.0)]);
        assert_eq!(best(&scores, &history, 2, true), [(4, 3.0), (1, 2.0)]);
        assert_eq!(best(&scores, &history, 9, false).len(), 4);
        assert_eq!(best(&scores, &history, 0, false), []);
    }

    #[test]
    fn refusals() {
        let message = |purchase| Purchases::gather(2, 2, [purchase]).unwrap_err().to_string();
        assert_eq!(message((2, 0, 1.0)), "customer is 2; expected a number below that of customers");
        assert_eq!(message((0, 2, 1.0)), "item is 2; expected a number below that of items");
        assert_eq!(message((0, 0, 0.0)), "amount of a purchase is 0; expected a number above 0");
    }
}

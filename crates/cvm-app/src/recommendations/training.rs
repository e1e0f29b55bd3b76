//! Finding what goes with what: EASE against what everybody buys, judged by later purchases.
//!
//! Time is cut twice, for all customers at one moment: on what came after the first cut the penalty is chosen, on what came
//! after the second the model is judged. Then it learns from everything. Products are at most some hundreds (`job`), for which
//! EASE is exact; factors would be for catalogues of which no matrix fits.

use cvm_models::recommend::Purchases;
use cvm_models::recommend::ease::{Ease, Settings, best_penalty};
use cvm_models::recommend::evaluation::{Evaluation, evaluate, split_by_time};
use cvm_models::recommend::popularity::Popularity;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Recommendations that are judged.
const K: usize = 10;

/// Penalties to choose from.
const PENALTIES: [f64; 4] = [10.0, 50.0, 250.0, 1_000.0];

/// Shares of purchases before the two cuts.
const CUTS: [f64; 2] = [0.7, 0.85];

/// A purchase: customer, product, how many, when.
pub(super) type Bought = (u32, u32, f32, i64);

/// How a model was found, and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecommenderDescription)]
pub struct Description {
    /// What recommends.
    pub kind: Kind,
    /// Keeps rare coincidences small: customers who would have to buy two products for it to count by half.
    pub penalty: f64,
    /// Whether products that a customer has had are recommended again: where most purchases are of such.
    pub again: bool,
    /// Customers that it learned from.
    pub customers: usize,
    /// Products.
    pub products: usize,
    /// How good the model was on purchases that it had not seen; null where there were too few.
    pub quality: Option<Quality>,
    /// The same of recommending to everybody what most buy.
    pub popularity: Option<Quality>,
}

/// What recommends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecommenderKind)]
pub enum Kind {
    /// Products that go together (EASE).
    Together,
    /// What most buy.
    Popular,
}

/// How good ten recommendations are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecommenderQuality)]
pub struct Quality {
    /// Customers it was judged by.
    pub customers: usize,
    /// Of what they bought later and could be found, the share among the ten.
    pub recall: f64,
    /// The same with more for what stands higher (NDCG).
    pub ndcg: f64,
}

impl Quality {
    fn of(found: &Evaluation) -> Self {
        Self { customers: found.customers.len(), recall: found.mean_recall(), ndcg: found.mean_ndcg() }
    }
}

/// A model.
pub(super) struct Trained {
    pub description: Description,
    /// Customers who bought each product.
    pub buyers: Vec<u32>,
    /// Row by row, how much having one speaks for each other; none where what most buy is better.
    pub weights: Vec<Vec<f32>>,
}

/// Learns from purchases.
///
/// # Errors
/// For a customer or product beyond their number.
pub(super) fn train(customers: usize, products: usize, bought: &[Bought]) -> cvm_models::Result<Trained> {
    let all = Purchases::gather(customers, products, bought.iter().map(|it| (it.0, it.1, it.2)))?;
    let mut times: Vec<i64> = bought.iter().map(|it| it.3).collect();
    times.sort_unstable();
    let cut = |share: f64| times.get((share * times.len() as f64) as usize).copied().unwrap_or(i64::MAX);
    let (choosing, judging) = (cut(CUTS[0]), cut(CUTS[1]));
    let again = buys_again(customers, products, bought, judging)?;
    let until: Vec<Bought> = bought.iter().copied().filter(|it| it.3 < judging).collect();
    let settings = Settings { items_most: products.max(1), ..Settings::default() };
    let penalty = split_by_time(customers, products, &until, choosing)
        .and_then(|(before, after)| best_penalty(&before, &after, (K, again), &PENALTIES, &settings));
    // Too few purchases to choose by: the usual penalty.
    let penalty = penalty.unwrap_or(settings.penalty);
    let settings = Settings { penalty, ..settings };
    let (before, after) = split_by_time(customers, products, bought, judging)?;
    let judged = || -> cvm_models::Result<(Evaluation, Evaluation)> {
        let together = evaluate(&Ease::fit(&before, &settings)?, &before, &after, K, again)?;
        Ok((together, evaluate(&Popularity::fit(&before)?, &before, &after, K, again)?))
    };
    let judged = judged().ok();
    let is_better = judged.as_ref().is_some_and(|(ease, popular)| ease.mean_ndcg() > popular.mean_ndcg());
    let (quality, popularity) = match &judged {
        Some((ease, popular)) => {
            (Some(Quality::of(if is_better { ease } else { popular })), Some(Quality::of(popular)))
        }
        None => (None, None),
    };
    let weights = match is_better {
        true => {
            let model = Ease::fit(&all, &settings)?;
            let numbers = 0..products as u32;
            numbers.clone().map(|row| numbers.clone().map(|other| model.weight(row, other)).collect()).collect()
        }
        false => Vec::new(),
    };
    let mut buyers = vec![0; products];
    all.histories().flatten().for_each(|(product, _)| buyers[*product as usize] += 1);
    let kind = if is_better { Kind::Together } else { Kind::Popular };
    let description = Description { kind, penalty, again, customers, products, quality, popularity };
    Ok(Trained { description, buyers, weights })
}

/// Whether most of what is bought after a moment had been bought by the same customer before.
fn buys_again(customers: usize, products: usize, bought: &[Bought], at: i64) -> cvm_models::Result<bool> {
    let (before, after) = split_by_time(customers, products, bought, at)?;
    let (mut again, mut all) = (0, 0);
    for (history, later) in before.histories().zip(&after).filter(|(history, _)| !history.is_empty()) {
        let had = |product: &&u32| history.binary_search_by_key(*product, |(known, _)| *known).is_ok();
        again += later.iter().filter(had).count();
        all += later.len();
    }
    Ok(2 * again > all)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    /// Customers of three tastes, with thirty products each.
    pub fn made_up(customers: u32) -> Vec<Bought> {
        let mut rng = Pcg64Mcg::seed_from_u64(9);
        let mut bought = Vec::new();
        for customer in 0..customers {
            for time in 0..12 {
                let taste = if rng.random_bool(0.9) { customer % 3 } else { rng.random_range(0..3) };
                // The first of a taste sell best.
                let product = 30 * taste + (30.0 * rng.random::<f64>().powi(2)) as u32;
                bought.push((customer, product, 1.0, time));
            }
        }
        bought
    }

    #[test]
    fn tastes_are_found_where_there_are_any() {
        let found = train(600, 90, &made_up(600)).unwrap();
        let description = &found.description;
        let (quality, popularity) = (description.quality.unwrap(), description.popularity.unwrap());
        assert_eq!(description.kind, Kind::Together);
        assert!(quality.ndcg > popularity.ndcg + 0.1 && quality.recall > popularity.recall, "{description:?}");
        // Within a taste products speak for each other, across they do not.
        let mean =
            |of: std::ops::Range<usize>| of.clone().map(|it| found.weights[0][it]).sum::<f32>() / of.len() as f32;
        assert!(mean(1..10) > mean(30..60) + 0.005, "{} {}", mean(1..10), mean(30..60));
        assert!(found.buyers[0] > found.buyers[9] && !description.again);
    }

    #[test]
    fn what_is_bought_again_and_again_is_recommended_again() {
        let habits = |customer: u32| (0..12).map(move |time| (customer, customer % 30, 1.0, time));
        let bought: Vec<Bought> = (0..300).flat_map(habits).collect();
        assert!(train(300, 30, &bought).unwrap().description.again);
        // One purchase each: nothing can be judged, so it is what most buy.
        let once: Vec<Bought> = (0..50).map(|customer| (customer, customer % 3, 1.0, 0)).collect();
        let found = train(50, 3, &once).unwrap();
        assert_eq!((found.description.kind, found.description.quality), (Kind::Popular, None));
        assert!(train(50, 2, &once).is_err(), "there is no third product");
    }
}

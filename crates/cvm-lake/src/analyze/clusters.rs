//! Groups of customers who behave alike, found without being told what to look for.

use super::score::{Members, Scores};
use crate::LakeError;
use crate::features::base::{AMOUNT_SCALE, Base};
use cvm_core::report::ClusterTrait;
use cvm_models::ModelError;
use cvm_models::segments::kmeans;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// What customers are compared by; the names of [`ClusterTrait::column`].
const COLUMNS: [&str; 4] = ["days_since_last", "purchases", "order_value", "age_days"];

/// With fewer customers, clusters are an accident.
const LEAST_CUSTOMERS: usize = 50;

/// A trait of a cluster lies at least this many standard deviations from the base.
const NOTABLE_EFFECT: f64 = 0.35;

/// Numbers each customer's cluster, the one with the highest mean value first, and keeps what tells it apart.
pub fn set_clusters(base: &Base, members: &Members, scores: &mut Scores, seed: u64) -> Result<(), LakeError> {
    if members.rows.len() < LEAST_CUSTOMERS {
        return Ok(());
    }
    let rows: Vec<f64> = members.rows.iter().flat_map(|&row| features(base, row as usize, scores.as_of)).collect();
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut clusters = match kmeans::fit(&rows, COLUMNS.len(), None, &kmeans::Settings::default(), &mut rng) {
        Ok(clusters) => clusters,
        Err(ModelError::NotIdentified { .. }) => return Ok(()), // all alike: no clusters is the answer
        Err(error) => return Err(error.into()),
    };
    let labels = clusters.assign(&rows)?;
    let mut value = vec![(0.0, 0_u32); clusters.count()];
    for (&label, &row) in labels.iter().zip(&members.rows) {
        let (sum, count) = &mut value[usize::from(label)];
        *sum += scores.value(row as usize);
        *count += 1;
    }
    let means: Vec<f64> = value.iter().map(|(sum, count)| sum / f64::from((*count).max(1))).collect();
    clusters.reorder(&means);
    for (label, &row) in clusters.assign(&rows)?.into_iter().zip(&members.rows) {
        scores.cluster[row as usize] = label + 1;
    }
    scores.cluster_traits = clusters.traits.iter().map(|traits| notable(traits)).collect();
    Ok(())
}

fn features(base: &Base, row: usize, as_of: i32) -> [f64; 4] {
    let purchases = f64::from(base.purchases[row]);
    [
        f64::from(as_of - base.last_day[row]),
        purchases,
        base.purchase_amount[row] as f64 / AMOUNT_SCALE / purchases,
        f64::from(as_of - base.first_day[row]),
    ]
}

fn notable(traits: &[kmeans::Trait]) -> Vec<ClusterTrait> {
    traits
        .iter()
        .filter(|found| found.effect.abs() >= NOTABLE_EFFECT)
        .map(|found| ClusterTrait {
            column: COLUMNS[found.column].to_owned(),
            above: found.effect > 0.0,
            typical: found.typical,
            base: found.base,
        })
        .collect()
}

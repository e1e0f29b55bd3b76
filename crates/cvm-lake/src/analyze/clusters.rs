//! Groups of customers who behave alike, found without being told what to look for.

use super::sampling;
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

/// Customers whom clusters are looked for in; all are then put to the nearest.
const LOOKED_AT: usize = 100_000;

/// Customers put to their clusters at once.
const ROWS: usize = 65_536;

/// Numbers each customer's cluster, the one with the highest mean value first, and keeps what tells it apart.
pub fn set_clusters(base: &Base, members: &Members, scores: &mut Scores<'_>, seed: u64) -> Result<(), LakeError> {
    if members.rows.len() < LEAST_CUSTOMERS {
        return Ok(());
    }
    let as_of = scores.as_of;
    let rows = |rows: &mut dyn Iterator<Item = u32>| -> Vec<f64> {
        rows.flat_map(|row| features(base, row as usize, as_of)).collect()
    };
    let in_sample = sampling::keeps(members.rows.len(), LOOKED_AT);
    let sample = rows(&mut members.rows.iter().copied().filter(|&row| in_sample(row as usize)));
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut clusters = match kmeans::fit(&sample, COLUMNS.len(), None, &kmeans::Settings::default(), &mut rng) {
        Ok(clusters) => clusters,
        Err(ModelError::NotIdentified { .. }) => return Ok(()), // all alike: no clusters is the answer
        Err(error) => return Err(error.into()),
    };
    let mut value = vec![(0.0, 0_u32); clusters.count()];
    for some in members.rows.chunks(ROWS) {
        for (label, &row) in clusters.assign(&rows(&mut some.iter().copied()))?.into_iter().zip(some) {
            scores.cluster[row as usize] = label;
            let (sum, count) = &mut value[usize::from(label)];
            *sum += scores.value(row as usize);
            *count += 1;
        }
    }
    let means: Vec<f64> = value.iter().map(|(sum, count)| sum / f64::from((*count).max(1))).collect();
    let place = clusters.reorder(&means);
    for &row in &members.rows {
        let cluster = &mut scores.cluster[row as usize];
        *cluster = place[usize::from(*cluster)] + 1;
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

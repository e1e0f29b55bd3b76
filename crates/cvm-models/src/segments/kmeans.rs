//! Clusters of customers who behave alike, how many there are, and what tells each from the base.
//!
//! Weighted k-means: S. P. Lloyd (1982), "Least Squares Quantization in PCM", started as in D. Arthur and
//! S. Vassilvitskii (2007), "k-means++: The Advantages of Careful Seeding". The number of clusters is the one with the
//! highest mean silhouette (P. J. Rousseeuw, 1987, "Silhouettes"), computed in full over a random sample of rows that
//! is the same for all numbers tried, so that they compare. Everything is fitted to a sample; all rows are assigned.
//!
//! Columns are brought to one scale first ([`Standardisation`]): amounts and counts of customers are so skewed that
//! without logarithms a few heavy buyers would be all the clusters there are.

use super::standardisation::check_rows;
pub use super::standardisation::{Scaling, Standardisation};
use crate::{ModelError, Result};
use rand::{Rng, RngExt};
use std::ops::RangeInclusive;

/// How to look for clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Numbers of clusters to try, from 2 to 64; fewer where there are not as many different rows.
    pub clusters: RangeInclusive<usize>,
    /// Fresh starts for each number; the best one counts.
    pub restarts: usize,
    /// Most rounds of Lloyd's algorithm for each start.
    pub iterations: usize,
    /// A start ends when a round lowers the squared distances by less than this share; the best is then run to its end.
    pub tolerance: f64,
    /// Rows to fit to, at random, where there are more.
    pub sample: usize,
    /// Rows of these to try fresh starts on; the best one continues with all of them.
    pub start_sample: usize,
    /// Rows of these to compute the silhouette over; the work grows with their square.
    pub silhouette_sample: usize,
    /// Columns at least this skewed are taken in logarithms if that makes them less so.
    pub skewness: f64,
}

impl Default for Settings {
    /// Three to eight clusters: two are mostly "more" and "less", and more than eight nobody tells apart.
    fn default() -> Self {
        Self {
            clusters: 3..=8,
            restarts: 4,
            iterations: 100,
            tolerance: 1e-3,
            sample: 20_000,
            start_sample: 4_000,
            silhouette_sample: 1_000,
            skewness: 1.0,
        }
    }
}

/// Clusters found. They are numbered from 0, the largest first, until [`Clusters::reorder`] says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// How rows were brought to one scale.
    pub standardisation: Standardisation,
    /// Mean silhouette: 1 for clusters far apart, 0 for a base without any, below for wrong ones.
    pub silhouette: f64,
    /// Weighted sum of squared distances (standardised) to the nearest centre, over the sample.
    pub inertia: f64,
    /// Each number of clusters tried.
    pub tried: Vec<Tried>,
    /// Share of the sample's weight in each cluster.
    pub shares: Vec<f64>,
    /// What tells each cluster from the base, the strongest first, over the sample.
    pub traits: Vec<Vec<Trait>>,
    centres: Vec<f64>,
}

/// One number of clusters tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// How many clusters.
    pub clusters: usize,
    /// Their mean silhouette.
    pub silhouette: f64,
    /// Their weighted sum of squared distances.
    pub inertia: f64,
}

/// A column in which a cluster differs from the base.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trait {
    /// The column's number.
    pub column: usize,
    /// Median in the cluster, in the column's own unit.
    pub typical: f64,
    /// Median in the base.
    pub base: f64,
    /// How far the cluster's mean lies above the base's, in standard deviations of the base, on the scale on which
    /// clusters were found. Beyond 0.8 either way is usually called large (J. Cohen, 1988).
    pub effect: f64,
}

/// Finds clusters among `rows` (row-major, `columns` numbers each), each counted `weights` times.
///
/// # Errors
/// [`ModelError::Invalid`] for rows of the wrong length, numbers not finite, weights below 0 and settings out of their
/// domain; [`ModelError::NotIdentified`] where all rows are alike.
pub fn fit(
    rows: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
    settings: &Settings,
    rng: &mut impl Rng,
) -> Result<Clusters> {
    check_settings(settings)?;
    check_rows(rows, columns, weights)?;
    let raw = Sample::of(rows, columns, weights, settings.sample, rng);
    let standardisation = Standardisation::of(&raw.rows, columns, Some(&raw.weights), settings.skewness)?;
    let sample = Sample { rows: standardisation.applied(&raw.rows), ..raw.clone() };
    let silhouette = Silhouette::of(&sample, settings.silhouette_sample, rng);
    let few = Sample::of(&sample.rows, columns, Some(&sample.weights), settings.start_sample, rng);
    let most = few.seeds(*settings.clusters.end(), rng).len() / columns;
    if most < 2 {
        return Err(ModelError::NotIdentified {
            model: "k-means",
            found: format!("all {} rows sampled are alike", sample.weights.len()),
            advice: "add columns in which customers differ",
        });
    }
    let mut best: Option<(Tried, Vec<f64>)> = None;
    let mut tried = Vec::new();
    for clusters in (*settings.clusters.start()).min(most)..=most {
        let Some((inertia, centres)) = sample.best_start(&few, clusters, settings, rng) else { continue };
        let this = Tried { clusters, silhouette: silhouette.mean(&centres), inertia };
        tried.push(this);
        if best.as_ref().is_none_or(|(best, _)| this.silhouette > best.silhouette) {
            best = Some((this, centres));
        }
    }
    let (chosen, centres) = best.expect("as many different rows were found as clusters are tried");
    let labels = sample.labels(&centres);
    let traits = describe(&raw.rows, columns, Some(&raw.weights), &labels, chosen.clusters, &standardisation)?;
    let mut shares = vec![0.0; chosen.clusters];
    for (&label, weight) in labels.iter().zip(&sample.weights) {
        shares[usize::from(label)] += weight / sample.total;
    }
    let mut found = Clusters {
        standardisation,
        silhouette: chosen.silhouette,
        inertia: chosen.inertia,
        tried,
        shares,
        traits,
        centres,
    };
    let largest = found.shares.clone();
    found.reorder(&largest);
    Ok(found)
}

impl Clusters {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.shares.len()
    }

    /// The cluster of each row (row-major, as many columns as fitted).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] for a rest that makes no row, or a row with a number that is not finite (or so large
    /// that its distance is not).
    pub fn assign(&self, rows: &[f64]) -> Result<Vec<u8>> {
        let columns = self.standardisation.columns.len();
        if !rows.len().is_multiple_of(columns) {
            return Err(ModelError::invalid("numbers in rows", rows.len() as f64, "a multiple of the columns"));
        }
        let lanes = Lanes::of(&self.centres, columns);
        let mut scaled = vec![0.0; columns];
        let mut labels = Vec::with_capacity(rows.len() / columns);
        for row in rows.chunks_exact(columns) {
            self.standardisation.write(row, &mut scaled);
            let (label, distance) = lanes.nearest(&scaled);
            if !distance.is_finite() {
                let name = format!("distance of row {}", labels.len() + 1);
                return Err(ModelError::invalid(name, distance, "finite, as all numbers of a row have to be"));
            }
            labels.push(label as u8);
        }
        Ok(labels)
    }

    /// A cluster's centre in the columns' own units.
    ///
    /// # Panics
    /// Where there is no cluster of that number.
    pub fn centre(&self, cluster: usize) -> Vec<f64> {
        let columns = &self.standardisation.columns;
        let centre = self.centres[cluster * columns.len()..].iter();
        centre.zip(columns).map(|(scaled, column)| column.original(*scaled)).collect()
    }

    /// Numbers the clusters anew, the one with the highest `value` first (one value a cluster; equal ones stay), and
    /// returns the new number of each.
    ///
    /// # Panics
    /// With fewer values than clusters.
    pub fn reorder(&mut self, value: &[f64]) -> Vec<u8> {
        let columns = self.standardisation.columns.len();
        let mut order = (0..self.count()).collect::<Vec<_>>();
        order.sort_by(|&a, &b| value[b].total_cmp(&value[a]));
        self.centres = order.iter().flat_map(|&k| self.centres[k * columns..][..columns].to_vec()).collect();
        self.shares = order.iter().map(|&k| self.shares[k]).collect();
        self.traits = order.iter().map(|&k| self.traits[k].clone()).collect();
        let mut numbers = vec![0; order.len()];
        for (new, old) in (0..).zip(order) {
            numbers[old] = new;
        }
        numbers
    }
}

/// What tells each cluster from the base, the strongest trait first. `labels` are the rows' clusters, from 0.
///
/// Medians are the lowest value with half of the weight at it or below. For a large base a sample of rows will do.
///
/// # Errors
/// As [`fit`], for rows and weights, and where labels are not one a row or name a cluster beyond `clusters`.
pub fn describe(
    rows: &[f64],
    columns: usize,
    weights: Option<&[f64]>,
    labels: &[u8],
    clusters: usize,
    standardisation: &Standardisation,
) -> Result<Vec<Vec<Trait>>> {
    check_rows(rows, columns, weights)?;
    if labels.len() * columns != rows.len() || standardisation.columns.len() != columns {
        return Err(ModelError::invalid("number of labels", labels.len() as f64, "one a row, with a scale a column"));
    }
    if let Some(row) = labels.iter().position(|label| usize::from(*label) >= clusters) {
        let name = format!("label of row {}", row + 1);
        return Err(ModelError::invalid(name, f64::from(labels[row]), "a number below that of clusters"));
    }
    let mut traits = vec![Vec::with_capacity(columns); clusters];
    for (column, scaling) in standardisation.columns.iter().enumerate() {
        let mut groups = vec![Group::default(); clusters];
        let mut base = Group::default();
        for (row, &label) in labels.iter().enumerate() {
            let value = rows[row * columns + column];
            let weight = weights.map_or(1.0, |weights| weights[row]);
            let scaled = scaling.scaled(value);
            groups[usize::from(label)].add(value, scaled, weight);
            base.add(value, scaled, weight);
        }
        let base_mean = base.mean();
        let base_median = base.median().unwrap_or(0.0);
        for (group, traits) in groups.iter_mut().zip(&mut traits) {
            // A cluster without rows has nothing to tell.
            let Some(typical) = group.median() else { continue };
            let effect = group.mean() - base_mean;
            if !effect.is_finite() {
                let name = format!("distance of column {} from its scale", column + 1);
                return Err(ModelError::invalid(name, effect, "finite; learn the scale from rows like these"));
            }
            traits.push(Trait { column, typical, base: base_median, effect });
        }
    }
    for traits in &mut traits {
        traits.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    }
    Ok(traits)
}

/// The values of a column in one group.
#[derive(Debug, Clone, Default)]
struct Group {
    values: Vec<(f64, f64)>,
    weight: f64,
    scaled: f64,
}

impl Group {
    fn add(&mut self, value: f64, scaled: f64, weight: f64) {
        if weight > 0.0 {
            self.values.push((value, weight));
            self.weight += weight;
            self.scaled += weight * scaled;
        }
    }

    fn mean(&self) -> f64 {
        self.scaled / self.weight
    }

    fn median(&mut self) -> Option<f64> {
        self.values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0.0;
        let at_half = |&&(_, weight): &&(f64, f64)| {
            below += weight;
            below >= 0.5 * self.weight * (1.0 - 1e-12)
        };
        self.values.iter().find(at_half).or(self.values.last()).map(|pair| pair.0)
    }
}

/// Rows to learn from.
#[derive(Debug, Clone)]
struct Sample {
    rows: Vec<f64>,
    weights: Vec<f64>,
    columns: usize,
    total: f64,
}

impl Sample {
    fn of(rows: &[f64], columns: usize, weights: Option<&[f64]>, most: usize, rng: &mut impl Rng) -> Self {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        // Rows that count for nothing are left out, so that they cannot crowd out those that do.
        let mut chosen = (0..rows.len() / columns).filter(|row| weight(*row) > 0.0).collect::<Vec<_>>();
        if chosen.len() > most {
            let drawn = rand::seq::index::sample(rng, chosen.len(), most);
            chosen = drawn.iter().map(|at| chosen[at]).collect();
            chosen.sort_unstable();
        }
        let weights = chosen.iter().map(|row| weight(*row)).collect::<Vec<_>>();
        let rows = chosen.iter().flat_map(|row| &rows[row * columns..][..columns]).copied().collect();
        Self { rows, columns, total: weights.iter().sum(), weights }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * self.columns..][..self.columns]
    }

    fn weighted(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.rows.chunks_exact(self.columns).zip(self.weights.iter().copied())
    }

    fn labels(&self, centres: &[f64]) -> Vec<u8> {
        let lanes = Lanes::of(centres, self.columns);
        self.rows.chunks_exact(self.columns).map(|row| lanes.nearest(row).0 as u8).collect()
    }

    /// k-means++: each next centre is a row, drawn by its squared distance to those there are. Fewer than `most` where
    /// there are not as many different rows.
    fn seeds(&self, most: usize, rng: &mut impl Rng) -> Vec<f64> {
        let mut centres = Vec::with_capacity(most * self.columns);
        let mut distances = vec![1.0; self.weights.len()];
        for placed in 0..most {
            let Some(row) = self.drawn(&distances, rng) else { break };
            let centre = self.row(row).to_vec();
            for ((row, _), distance) in self.weighted().zip(&mut distances) {
                let near = squared_distance(row, &centre);
                *distance = if placed == 0 { near } else { distance.min(near) };
            }
            centres.extend(centre);
        }
        centres
    }

    /// A row drawn with probability in proportion to weight x distance; `None` where all are 0.
    fn drawn(&self, distances: &[f64], rng: &mut impl Rng) -> Option<usize> {
        let parts = || self.weights.iter().zip(distances).map(|(weight, distance)| weight * distance);
        let mut left = parts().sum::<f64>() * rng.random::<f64>();
        let mut last = None;
        for (row, part) in parts().enumerate().filter(|(_, part)| *part > 0.0) {
            last = Some(row);
            left -= part;
            if left <= 0.0 {
                break;
            }
        }
        last
    }

    /// The best of several starts, run to its end: (squared distances, centres). The starts are tried on `few` of the
    /// rows, which is enough to find the neighbourhood.
    fn best_start(
        &self,
        few: &Self,
        clusters: usize,
        settings: &Settings,
        rng: &mut impl Rng,
    ) -> Option<(f64, Vec<f64>)> {
        let mut best: Option<(f64, Vec<f64>)> = None;
        for _ in 0..settings.restarts {
            let mut centres = few.seeds(clusters, rng);
            if centres.len() < clusters * self.columns {
                return None;
            }
            let inertia = few.lloyd(&mut centres, settings.iterations, settings.tolerance);
            if best.as_ref().is_none_or(|best| inertia < best.0) {
                best = Some((inertia, centres));
            }
        }
        let mut centres = best?.1;
        let inertia = self.lloyd(&mut centres, settings.iterations, 0.0);
        Some((inertia, centres))
    }

    /// Moves centres to the mean of their rows until that gains too little; returns their weighted squared distances.
    fn lloyd(&self, centres: &mut [f64], iterations: usize, tolerance: f64) -> f64 {
        let clusters = centres.len() / self.columns;
        let mut sums = vec![0.0; centres.len()];
        let mut masses = vec![0.0; clusters];
        let mut before = f64::INFINITY;
        for iteration in 0.. {
            let lanes = Lanes::of(centres, self.columns);
            sums.fill(0.0);
            masses.fill(0.0);
            let mut inertia = 0.0;
            for (row, weight) in self.weighted() {
                let (cluster, distance) = lanes.nearest(row);
                inertia += weight * distance;
                masses[cluster] += weight;
                for (sum, value) in sums[cluster * self.columns..].iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            let settled = before - inertia <= tolerance * before && before.is_finite();
            if settled || iteration >= iterations {
                return inertia;
            }
            before = inertia;
            for (cluster, mass) in masses.iter().enumerate() {
                for column in 0..self.columns {
                    let at = cluster * self.columns + column;
                    centres[at] = if *mass > 0.0 { sums[at] / mass } else { f64::INFINITY };
                }
            }
            for cluster in (0..clusters).filter(|cluster| masses[*cluster] == 0.0) {
                let farthest = self.farthest(centres);
                centres[cluster * self.columns..][..self.columns].copy_from_slice(self.row(farthest));
            }
        }
        unreachable!("the loop ends by returning")
    }

    /// The row that contributes most to the squared distances: where a centre that lost all its rows is put to use.
    fn farthest(&self, centres: &[f64]) -> usize {
        let lanes = Lanes::of(centres, self.columns);
        let parts = self.weighted().map(|(row, weight)| weight * lanes.nearest(row).1);
        parts.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(row, _)| row)
    }
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Centres laid out so that the distances to eight of them are computed side by side.
struct Lanes {
    /// Blocks of eight centres, column by column; places without a centre are infinitely far.
    blocks: Vec<[f64; 8]>,
    columns: usize,
}

impl Lanes {
    fn of(centres: &[f64], columns: usize) -> Self {
        let mut blocks = vec![[f64::INFINITY; 8]; (centres.len() / columns).div_ceil(8) * columns];
        for (cluster, centre) in centres.chunks_exact(columns).enumerate() {
            for (column, value) in centre.iter().enumerate() {
                blocks[cluster / 8 * columns + column][cluster % 8] = *value;
            }
        }
        Self { blocks, columns }
    }

    /// The nearest centre and its squared distance, infinite where no distance is a finite number.
    #[inline]
    fn nearest(&self, row: &[f64]) -> (usize, f64) {
        let mut best = (0, f64::INFINITY);
        for (block, lanes) in self.blocks.chunks_exact(self.columns).enumerate() {
            let mut distances = [0.0; 8];
            for (value, centres) in row.iter().zip(lanes) {
                for (distance, centre) in distances.iter_mut().zip(centres) {
                    let off = value - centre;
                    *distance += off * off;
                }
            }
            // Which of eight is nearest cannot be foretold, so the least is found without branching on it.
            let least = distances.iter().fold(f64::INFINITY, |least, &d| if d < least { d } else { least });
            if least < best.1 {
                let lane = distances.iter().position(|d| *d == least).expect("the least is one of them");
                best = (block * 8 + lane, least);
            }
        }
        best
    }
}

/// Rows with the distances between all of them, which serve every number of clusters tried.
struct Silhouette {
    rows: Sample,
    distances: Vec<f64>,
}

impl Silhouette {
    fn of(sample: &Sample, most: usize, rng: &mut impl Rng) -> Self {
        let rows = Sample::of(&sample.rows, sample.columns, Some(&sample.weights), most, rng);
        let all = || rows.rows.chunks_exact(rows.columns);
        let distances = all().flat_map(|a| all().map(move |b| squared_distance(a, b).sqrt())).collect();
        Self { rows, distances }
    }

    /// The mean silhouette of these clusters. Weights count customers: a row of weight 3 is three alike.
    fn mean(&self, centres: &[f64]) -> f64 {
        let labels = self.rows.labels(centres);
        self.of_labels(&labels, centres.len() / self.rows.columns)
    }

    fn of_labels(&self, labels: &[u8], clusters: usize) -> f64 {
        let mut masses = vec![0.0; clusters];
        for (&label, weight) in labels.iter().zip(&self.rows.weights) {
            masses[usize::from(label)] += weight;
        }
        let mut sums = vec![0.0; clusters];
        let mut total = 0.0;
        for (row, distances) in self.distances.chunks_exact(labels.len()).enumerate() {
            sums.fill(0.0);
            for ((&label, weight), distance) in labels.iter().zip(&self.rows.weights).zip(distances) {
                sums[usize::from(label)] += weight * distance;
            }
            total += self.rows.weights[row] * silhouette(&sums, &masses, usize::from(labels[row]));
        }
        total / self.rows.total
    }
}

/// How much nearer a row of cluster `own` is to its own cluster than to the next, from its summed distances to each.
fn silhouette(sums: &[f64], masses: &[f64], own: usize) -> f64 {
    // By convention 0 for the only one in its cluster, and where there is no other cluster.
    if masses[own] <= 1.0 {
        return 0.0;
    }
    let within = sums[own] / (masses[own] - 1.0);
    let others = (0..sums.len()).filter(|&k| k != own && masses[k] > 0.0);
    let next = others.map(|k| sums[k] / masses[k]).fold(f64::INFINITY, f64::min);
    let larger = within.max(next);
    if larger > 0.0 && larger.is_finite() { (next - within) / larger } else { 0.0 }
}

fn check_settings(settings: &Settings) -> Result<()> {
    let (low, high) = (*settings.clusters.start(), *settings.clusters.end());
    if low < 2 || high < low {
        return Err(ModelError::invalid("fewest clusters", low as f64, "at least 2, and not above the most"));
    }
    if high > 64 {
        return Err(ModelError::invalid("most clusters", high as f64, "at most 64"));
    }
    for (name, value) in [
        ("restarts", settings.restarts),
        ("iterations", settings.iterations),
        ("sample", settings.sample),
        ("start sample", settings.start_sample),
        ("silhouette sample", settings.silhouette_sample),
    ] {
        if value == 0 {
            return Err(ModelError::invalid(name, 0.0, "at least 1"));
        }
    }
    for (name, value) in [("tolerance", settings.tolerance), ("skewness", settings.skewness)] {
        if value.is_nan() || value < 0.0 {
            return Err(ModelError::invalid(name, value, "0 or more"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    fn rng(seed: u64) -> Pcg64Mcg {
        Pcg64Mcg::seed_from_u64(seed)
    }

    /// Rows scattered evenly within `spread` of these centres, in turn.
    fn blobs(centres: &[[f64; 2]], rows: usize, spread: f64, seed: u64) -> Vec<f64> {
        let mut rng = rng(seed);
        let row = |i: usize| centres[i % centres.len()].map(|c| c + spread * rng.random_range(-1.0..1.0));
        (0..rows).flat_map(row).collect()
    }

    const THREE: [[f64; 2]; 3] = [[0.0, 0.0], [10.0, 0.0], [5.0, 9.0]];

    fn range(clusters: RangeInclusive<usize>) -> Settings {
        Settings { clusters, ..Settings::default() }
    }

    #[test]
    fn three_blobs_are_three_clusters() {
        let rows = blobs(&THREE, 900, 2.0, 1);
        let found = fit(&rows, 2, None, &range(2..=8), &mut rng(2)).unwrap();
        assert_eq!(found.count(), 3);
        assert!(found.silhouette > 0.7, "{}", found.silhouette);
        assert_eq!(found.tried.iter().map(|t| t.clusters).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
        assert!(found.tried.windows(2).all(|two| two[1].inertia < two[0].inertia));
        let labels = found.assign(&rows).unwrap();
        for blob in 0..3 {
            assert!(labels.iter().skip(blob).step_by(3).all(|label| *label == labels[blob]), "blob {blob}");
            let centre = found.centre(usize::from(labels[blob]));
            assert!(centre.iter().zip(THREE[blob]).all(|(c, truth)| (c - truth).abs() < 0.3), "{centre:?}");
        }
        assert!(found.shares.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-12));
    }

    #[test]
    fn the_same_seed_finds_the_same_and_a_sample_will_do() {
        let rows = blobs(&THREE, 3_000, 2.0, 1);
        let settings = Settings { sample: 300, silhouette_sample: 100, ..range(2..=6) };
        let found = fit(&rows, 2, None, &settings, &mut rng(3)).unwrap();
        assert_eq!(found, fit(&rows, 2, None, &settings, &mut rng(3)).unwrap());
        assert_eq!(found.count(), 3);
        assert_eq!(found.assign(&rows).unwrap().len(), 3_000);
    }

    #[test]
    fn skewed_columns_are_taken_in_logarithms() {
        // Two groups in the logarithm of a column, which plainly is one heap with a tail.
        let mut random = rng(5);
        let mut log_row = |i: usize| [6.0, 2.0, 2.0, 2.0][i % 4] + random.random_range(-0.5..0.5_f64);
        let rows = (0..400).map(|i| log_row(i).exp()).collect::<Vec<_>>();
        let found = fit(&rows, 1, None, &range(2..=5), &mut rng(6)).unwrap();
        assert!(found.standardisation.columns[0].log);
        assert_eq!(found.count(), 2);
        let even = (0..400).map(f64::from).collect::<Vec<_>>();
        assert!(!Standardisation::of(&even, 1, None, 1.0).unwrap().columns[0].log);
    }

    #[test]
    fn silhouette_as_another_program_has_it() {
        // scikit-learn 1.9.1, silhouette_score on these rows and labels.
        let sample = Sample::of(&SILHOUETTE_ROWS, 2, None, 100, &mut rng(1));
        let found = Silhouette::of(&sample, 100, &mut rng(1)).of_labels(&SILHOUETTE_LABELS, 3);
        assert!((found - SILHOUETTE).abs() < 1e-12, "{found}");
    }

    const SILHOUETTE_ROWS: [f64; 24] = [
        2.04, -2.56, 2.92, -0.57, 0.55, 1.78, -2.02, -0.23, 1.63, 3.32, 1.23, 1.65, -0.28, -0.67, 1.44, -0.39, 1.48,
        1.76, 0.96, -0.2, 2.52, 1.55, 1.55, 1.49,
    ];
    const SILHOUETTE_LABELS: [u8; 12] = [0, 1, 1, 0, 1, 2, 0, 1, 2, 0, 1, 0];
    const SILHOUETTE: f64 = -0.05262587621050934;

    /// The least inertia of all ways to part few rows of one column in two.
    fn least_inertia(values: &[f64]) -> f64 {
        let spread = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len().max(1) as f64;
            part.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
        };
        let part = |set: u32, side: u32| {
            let inside = values.iter().enumerate().filter(|(i, _)| set >> i & 1 == side).map(|(_, v)| *v);
            spread(&inside.collect::<Vec<_>>())
        };
        (1..(1_u32 << values.len()) - 1).map(|set| part(set, 0) + part(set, 1)).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn restarts_reach_the_best_partition_of_few_rows() {
        for seed in 0..40 {
            let mut random = rng(seed);
            let values = (0..9).map(|_| random.random_range(0.0..1.0)).collect::<Vec<f64>>();
            let sample = Sample::of(&values, 1, None, 100, &mut random);
            let settings = Settings { restarts: 20, ..Settings::default() };
            let (inertia, _) = sample.best_start(&sample, 2, &settings, &mut random).unwrap();
            let least = least_inertia(&values);
            assert!((inertia - least).abs() < 1e-9, "seed {seed}: {inertia} {least}");
        }
    }

    #[test]
    fn few_different_rows_make_few_clusters() {
        let rows = [1.0, 1.0, 1.0, 2.0, 2.0, 9.0];
        let found = fit(&rows, 1, None, &Settings::default(), &mut rng(1)).unwrap();
        assert_eq!((found.count(), found.inertia), (3, 0.0));
        let two = fit(&[1.0, 1.0, 2.0], 1, None, &Settings::default(), &mut rng(1)).unwrap();
        assert_eq!(two.count(), 2);
        let error = fit(&[4.0; 10], 1, None, &Settings::default(), &mut rng(1)).unwrap_err().to_string();
        assert_eq!(
            error,
            "k-means cannot be fitted: all 10 rows sampled are alike; add columns in which customers differ"
        );
        let weightless = fit(&[4.0, 5.0], 1, Some(&[1.0, 0.0]), &Settings::default(), &mut rng(1));
        assert!(weightless.is_err(), "a row that counts for nothing makes no difference");
    }

    #[test]
    fn traits_by_hand() {
        // Column 0 parts the clusters, column 1 does so weakly, column 2 not at all.
        let rows = [0.0, 3.0, 7.0, 2.0, 1.0, 7.0, 10.0, 4.0, 7.0, 12.0, 2.0, 7.0];
        let scale = Standardisation::of(&rows, 3, None, 9.0).unwrap();
        let found = describe(&rows, 3, None, &[0, 0, 1, 1], 3, &scale).unwrap();
        assert_eq!(found[1].iter().map(|t| t.column).collect::<Vec<_>>(), [0, 1, 2]);
        let strongest = found[1][0];
        assert_eq!((strongest.typical, strongest.base), (10.0, 2.0));
        assert!((strongest.effect - 5.0 / 26.0_f64.sqrt()).abs() < 1e-12, "{strongest:?}");
        assert!((found[0][0].effect + strongest.effect).abs() < 1e-12);
        assert_eq!(found[0][2].effect, 0.0);
        assert_eq!(found[2], [], "no rows");
        let heavy = describe(&rows, 3, Some(&[1.0, 1.0, 1.0, 5.0]), &[0, 0, 1, 1], 2, &scale).unwrap();
        assert_eq!((heavy[1][0].typical, heavy[1][0].base), (12.0, 12.0));
        assert!(describe(&rows, 3, None, &[0, 0, 1], 2, &scale).is_err());
        assert!(describe(&rows, 3, None, &[0, 0, 1, 2], 2, &scale).is_err());
    }

    #[test]
    fn clusters_are_numbered_as_asked() {
        let mut found = fit(&blobs(&THREE, 90, 1.0, 1), 2, None, &range(3..=3), &mut rng(2)).unwrap();
        let heights = (0..3).map(|k| found.centre(k)[1]).collect::<Vec<_>>();
        found.reorder(&heights);
        assert!((found.centre(0)[1] - 9.0).abs() < 1.0);
        assert_eq!(found.assign(&[5.0, 9.0]).unwrap(), [0]);
        assert!(found.traits[0].iter().any(|t| t.column == 1 && t.effect > 1.0));
    }

    #[test]
    fn wrong_input_is_named() {
        let settings = Settings::default();
        for (rows, columns, weights, settings, message) in [
            (&[1.0, f64::NAN] as &[f64], 2, None, settings.clone(), "column 2 of row 1 is NaN"),
            (&[], 2, None, settings.clone(), "numbers in rows is 0"),
            (&[1.0], 0, None, settings.clone(), "number of columns is 0"),
            (&[1.0, 2.0, 3.0], 2, None, settings.clone(), "numbers in rows is 3"),
            (&[1.0], 1, Some(&[-1.0] as &[f64]), settings.clone(), "weight of row 1 is -1"),
            (&[1.0], 1, Some(&[0.0]), settings.clone(), "weight of all rows is 0"),
            (&[1.0], 1, Some(&[]), settings, "number of weights is 0"),
            (&[1.0], 1, None, range(1..=3), "fewest clusters is 1"),
            (&[1.0], 1, None, range(2..=65), "most clusters is 65"),
            (&[1.0], 1, None, Settings { restarts: 0, ..Settings::default() }, "restarts is 0"),
            (&[1.0], 1, None, Settings { tolerance: f64::NAN, ..Settings::default() }, "tolerance is NaN"),
            (&[1e200, -1e200, 0.0], 1, None, Settings { skewness: 9.0, ..Settings::default() }, "standard deviation"),
        ] {
            let error = fit(rows, columns, weights, &settings, &mut rng(1)).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        let found = fit(&[1.0, 2.0, 3.0], 1, None, &Settings::default(), &mut rng(1)).unwrap();
        assert!(found.assign(&[1.0, f64::NAN]).unwrap_err().to_string().starts_with("distance of row 2"));
    }

    proptest! {
        #[test]
        fn the_nearest_is_the_nearest(
            centres in prop::collection::vec(-9.0..9.0_f64, 3..60), row in prop::collection::vec(-9.0..9.0_f64, 3),
        ) {
            let centres = &centres[..centres.len() / 3 * 3];
            let (found, distance) = Lanes::of(centres, 3).nearest(&row);
            let slow = centres.chunks_exact(3).map(|c| squared_distance(c, &row)).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(distance, slow);
            prop_assert_eq!(squared_distance(&centres[found * 3..][..3], &row), slow);
        }

        #[test]
        fn each_centre_is_the_mean_of_its_rows(
            rows in prop::collection::vec((-9_i32..9, -9_i32..9, 1_u8..4), 2..40),
            clusters in 2_usize..6,
            seed in 0_u64..99,
        ) {
            let values = rows.iter().flat_map(|r| [f64::from(r.0), f64::from(r.1)]).collect::<Vec<_>>();
            let weights = rows.iter().map(|r| f64::from(r.2)).collect::<Vec<_>>();
            let sample = Sample::of(&values, 2, Some(&weights), 100, &mut rng(seed));
            let settings = Settings::default();
            let Some((inertia, centres)) = sample.best_start(&sample, clusters, &settings, &mut rng(seed)) else {
                return Ok(());
            };
            let labels = sample.labels(&centres);
            let mut slow = 0.0;
            for (k, centre) in centres.chunks_exact(2).enumerate() {
                let own = || sample.weighted().zip(&labels).filter(move |(_, l)| usize::from(**l) == k).map(|(r, _)| r);
                let mass = own().map(|(_, w)| w).sum::<f64>();
                prop_assert!(mass > 0.0, "no cluster is empty");
                for column in 0..2 {
                    let mean = own().map(|(row, w)| w * row[column]).sum::<f64>() / mass;
                    prop_assert!((mean - centre[column]).abs() < 1e-9);
                }
                slow += own().map(|(row, w)| w * squared_distance(row, centre)).sum::<f64>();
            }
            prop_assert!((inertia - slow).abs() < 1e-9 * (1.0 + slow));
        }

        #[test]
        fn a_weight_counts_customers_in_the_silhouette(
            rows in prop::collection::vec((-9_i32..9, 1_usize..4, 0_u8..3), 2..20),
        ) {
            let of = |rows: &[(f64, f64, u8)]| {
                let values = rows.iter().map(|r| r.0).collect::<Vec<_>>();
                let weights = rows.iter().map(|r| r.1).collect::<Vec<_>>();
                let labels = rows.iter().map(|r| r.2).collect::<Vec<_>>();
                let sample = Sample::of(&values, 1, Some(&weights), 100, &mut rng(1));
                Silhouette::of(&sample, 100, &mut rng(1)).of_labels(&labels, 3)
            };
            let short = rows.iter().map(|&(v, w, l)| (f64::from(v), w as f64, l)).collect::<Vec<_>>();
            let long = rows.iter().flat_map(|&(v, w, l)| vec![(f64::from(v), 1.0, l); w]).collect::<Vec<_>>();
            let (short, long) = (of(&short), of(&long));
            prop_assert!((short - long).abs() < 1e-9 && (-1.0..=1.0).contains(&short));
        }
    }
}

//! The tables of a forecast: for one frequency, what a living customer of each age buys and spends.

use super::tails::{GammaTails, Kernel, purchase_nodes, spread_over_nodes};
use super::{Component, Settings, Spend};
use std::ops::Range;

/// Coarsest grid of sums: 8 points to a factor of e.
const COARSEST: i32 = 3;
/// Finest grid, 64 points: what no interval needs to be more exact than.
const FINEST: i32 = 6;

/// The future of customers who share a frequency. Rows of its tables are components, then ages.
pub(super) struct Table {
    pub frequency: u32,
    pub ages: Vec<f64>,
    /// Columns of `more`.
    pub counts: usize,
    /// P(more than n purchases | alive), for n = 0 .. `counts`.
    pub more: Vec<f32>,
    pub spend: Option<SpendTable>,
}

/// Spend in units of gamma + x m.
pub(super) struct SpendTable {
    /// Columns of `survival`.
    pub width: usize,
    /// P(S > u_j | alive), averaged over draws; the logarithms of u_j are evenly spaced.
    pub survival: Vec<f32>,
    first: f64,
    step: f64,
    /// Mean of S and of S^2 given alive, averaged over draws.
    pub moments: Vec<[f64; 2]>,
    /// Mean of S given alive for each draw (outer) and row, in units of that draw's own gamma + x m.
    pub means: Vec<f64>,
}

impl SpendTable {
    /// The sum that is exceeded with probability `chance`, where `tail` is the customer's row.
    pub fn sum_at(&self, tail: &impl Fn(usize) -> f64, chance: f64) -> f64 {
        if tail(0) <= chance {
            return 0.0; // that likely, they spend nothing
        }
        let above = super::partition(self.width, |j| tail(j) > chance);
        let (before, after) = (tail(above - 1), tail(above));
        let share =
            if before > chance && after < before { ((before - chance) / (before - after)).min(1.0) } else { 1.0 };
        (self.first + self.step * ((above - 1) as f64 + share)).exp()
    }
}

impl Table {
    /// The node below `age`, and the weight of the one above it.
    pub fn between_ages(&self, age: f64) -> (u32, f32) {
        let above = self.ages.partition_point(|a| *a <= age);
        match (above, self.ages.get(above)) {
            (0, _) => (0, 0.0),
            (_, None) => (above as u32 - 1, 0.0),
            (_, Some(next)) => {
                let before = self.ages[above - 1];
                (above as u32 - 1, ((age - before) / (next - before)) as f32)
            }
        }
    }
}

/// Some of the ascending `ages`, so that each of them is one or lies between two that are within `spacing`.
pub(super) fn nodes_of(ages: impl Iterator<Item = f64>, spacing: f64) -> Vec<f64> {
    let mut nodes: Vec<f64> = Vec::new();
    let mut previous = f64::NEG_INFINITY;
    for age in ages {
        let Some(&last) = nodes.last() else {
            nodes.push(age);
            previous = age;
            continue;
        };
        if age > last * (1.0 + spacing) {
            if previous > last {
                nodes.push(previous);
            }
            if age > previous * (1.0 + spacing) {
                nodes.push(age);
            }
        }
        previous = age;
    }
    if nodes.last().is_some_and(|last| *last < previous) {
        nodes.push(previous);
    }
    nodes
}

/// Purchases of one frequency, component, draw and age, as far as the spend tables need them.
struct Purchases {
    /// Probability of each node's number of purchases.
    nodes: Vec<f64>,
    mean: f64,
    mean_square: f64,
}

/// What is shared between the tables of one forecast.
pub(super) struct Builder<'a> {
    components: &'a [Component],
    spend: &'a [Spend],
    draws: usize,
    settings: &'a Settings,
    nodes: Vec<usize>,
    typical_spend: f64,
    /// For each spend draw and fineness of the grid.
    tails: Vec<GammaTails>,
}

const LEVELS: usize = (FINEST - COARSEST + 1) as usize;

fn step_of(level: usize) -> f64 {
    0.5f64.powi(COARSEST + level as i32)
}

impl<'a> Builder<'a> {
    pub fn new(components: &'a [Component], spend: &'a [Spend], draws: usize, settings: &'a Settings) -> Self {
        let tails = |s: &Spend| {
            let p = s.p;
            (0..LEVELS).map(move |level| GammaTails::new(p, step_of(level), settings.tail))
        };
        Self {
            components,
            spend,
            draws,
            settings,
            nodes: purchase_nodes(settings.most_purchases),
            typical_spend: spend.iter().map(|s| s.p * s.gamma / s.q).sum::<f64>() / spend.len().max(1) as f64,
            tails: spend.iter().flat_map(tails).collect(),
        }
    }

    pub fn table(&mut self, frequency: u32, ages: Vec<f64>) -> Table {
        let (more, counts, purchases) = self.purchases(frequency, &ages);
        let spend = if self.spend.is_empty() { None } else { Some(self.spend_table(frequency, &purchases)) };
        Table { frequency, ages, counts, more, spend }
    }

    /// The table of purchases, its width, and for each draw (outer) and row what the spend table needs.
    fn purchases(&self, frequency: u32, ages: &[f64]) -> (Vec<f32>, usize, Vec<Purchases>) {
        let rows = self.components.len() * ages.len();
        let mut tails: Vec<Vec<f64>> = vec![Vec::new(); rows];
        let mut purchases = Vec::with_capacity(rows * self.draws);
        for draw in 0..self.draws {
            for (k, component) in self.components.iter().enumerate() {
                let model = &component.draws[draw % component.draws.len()];
                let mut expected_most = 15;
                for (i, &age) in ages.iter().enumerate() {
                    let time = self.settings.horizon;
                    let distribution =
                        self.truncated(expected_most, |most| model.purchases_if_alive(frequency, age, time, most));
                    expected_most = distribution.len() + 1;
                    add_tail(&distribution, &mut tails[k * ages.len() + i]);
                    purchases.push(self.summary(&distribution));
                }
            }
        }
        let counts = tails.iter().map(Vec::len).max().unwrap_or(1);
        let mut more = vec![0.0; rows * counts];
        for (row, tail) in more.chunks_exact_mut(counts).zip(&tails) {
            for (m, t) in row.iter_mut().zip(tail) {
                *m = (t / self.draws as f64) as f32;
            }
        }
        (more, counts, purchases)
    }

    /// The distribution up to where what is left can be neglected, which is added to the last count.
    fn truncated(&self, expected_most: usize, distribution: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let mut most = expected_most.min(self.settings.most_purchases);
        loop {
            let mut found = distribution(most);
            let mut left = 1.0;
            for n in 0..found.len() {
                // A model's rounding must not turn into a negative chance or one that is not a number.
                let probability = if found[n] > 0.0 { found[n].min(left) } else { 0.0 };
                left -= probability;
                found[n] = probability;
                if left < self.settings.neglected || n == self.settings.most_purchases {
                    found[n] += left.max(0.0);
                    found.truncate(n + 1);
                    return found;
                }
            }
            most = (2 * most + 2).min(self.settings.most_purchases);
        }
    }

    fn summary(&self, distribution: &[f64]) -> Purchases {
        let mut nodes = Vec::new();
        if !self.spend.is_empty() {
            spread_over_nodes(distribution, &self.nodes, &mut nodes);
        }
        let (mut mean, mut mean_square) = (0.0, 0.0);
        for (n, p) in distribution.iter().enumerate() {
            let n = n as f64;
            mean += n * p;
            mean_square += n * n * p;
        }
        Purchases { nodes, mean, mean_square }
    }

    fn spend_table(&mut self, frequency: u32, purchases: &[Purchases]) -> SpendTable {
        let level = self.level(frequency, purchases);
        let step = step_of(level);
        let nodes = purchases.iter().map(|p| p.nodes.len()).max().unwrap_or(0).max(1);
        let kernels = self.kernels(frequency, level, nodes);
        let window = kernels.iter().enumerate().map(|(s, k)| k.window(&self.tails[s * LEVELS + level], nodes));
        let window = window.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..2);
        let (rows, width) = (purchases.len() / self.draws, window.len());
        let mut survival = vec![0.0; rows * width];
        let mut moments = vec![[0.0; 2]; rows];
        let mut means = vec![0.0; purchases.len()];
        let share = 1.0 / self.draws as f64;
        for (s, kernel) in kernels.iter().enumerate() {
            let matrix = kernel.spend_tails(&self.tails[s * LEVELS + level], nodes, &window);
            let costs = self.costs(s, frequency, &matrix, &window, step);
            for draw in (s..self.draws).step_by(self.spend.len()) {
                for row in 0..rows {
                    let bought = &purchases[draw * rows + row];
                    add_rows(&bought.nodes, &matrix, &mut survival[row * width..(row + 1) * width]);
                    let of_draw = costs.moments(bought);
                    means[draw * rows + row] = of_draw[0] / costs.unit;
                    moments[row][0] += share * of_draw[0];
                    moments[row][1] += share * of_draw[1];
                }
            }
        }
        let survival = survival.iter().map(|s| (s * share) as f32).collect();
        SpendTable { width, survival, first: f64::from(window.start) * step, step, moments, means }
    }

    /// How fine a grid shows the narrowest feature of the tails: a third of its standard deviation, as logarithms.
    fn level(&self, frequency: u32, purchases: &[Purchases]) -> usize {
        let most = purchases.iter().map(|p| p.mean).fold(1.0, f64::max);
        let variance = |s: &Spend| 1.0 / (s.q + s.p * f64::from(frequency)) + 1.0 / (s.p * most);
        let narrowest = self.spend.iter().map(variance).fold(f64::INFINITY, f64::min).sqrt();
        let fits = |level: &usize| step_of(*level) <= narrowest / 3.0;
        (0..LEVELS).find(fits).unwrap_or(LEVELS - 1)
    }

    /// For each spend draw the gamma density of the customers' spend rates, in units of the table's gamma + x m; and
    /// sees to it that the rows for the first `nodes` numbers of purchases are there.
    fn kernels(&mut self, frequency: u32, level: usize, nodes: usize) -> Vec<Kernel> {
        let (x, tail) = (f64::from(frequency), self.settings.tail);
        for s in 0..self.spend.len() {
            self.tails[s * LEVELS + level].extend(&self.nodes[..nodes]);
        }
        let kernel = |s: &Spend| Kernel::new(s.q + s.p * x, -self.unit(s, x).ln(), step_of(level), tail);
        self.spend.iter().map(kernel).collect()
    }

    /// gamma + x m of a draw over that of the table, for a customer of typical spend.
    fn unit(&self, spend: &Spend, x: f64) -> f64 {
        let gamma = self.spend.iter().map(|s| s.gamma).sum::<f64>() / self.spend.len() as f64;
        (spend.gamma + x * self.typical_spend) / (gamma + x * self.typical_spend)
    }

    fn costs(&self, draw: usize, frequency: u32, matrix: &[f64], window: &Range<i32>, step: f64) -> Costs {
        let spend = &self.spend[draw];
        let shape = spend.q + spend.p * f64::from(frequency);
        let cut = |tails: &[f64]| cut_moments(tails, f64::from(window.start) * step, step);
        let cut = if shape > 3.0 { Vec::new() } else { matrix.chunks_exact(window.len()).map(cut).collect() };
        Costs { p: spend.p, shape, unit: self.unit(spend, f64::from(frequency)), cut }
    }
}

/// What n purchases cost on average by one spend draw, in units of the table.
struct Costs {
    p: f64,
    /// q + p x
    shape: f64,
    unit: f64,
    /// Mean and mean square for each node, cut at the top of the grid, where they do not exist or hang on chances of
    /// one in many thousand.
    cut: Vec<[f64; 2]>,
}

impl Costs {
    /// Mean of S and S^2.
    fn moments(&self, bought: &Purchases) -> [f64; 2] {
        let (p, unit) = (self.p, self.unit);
        let cut = |k: usize| bought.nodes.iter().zip(&self.cut).map(|(w, m)| w * m[k]).sum::<f64>();
        let mean = if self.shape > 1.0 { unit * p * bought.mean / (self.shape - 1.0) } else { cut(0) };
        if self.shape <= 3.0 {
            return [mean, cut(1).max(mean * mean)];
        }
        let gamma_square = p * (p * bought.mean_square + bought.mean);
        [mean, unit * unit * gamma_square / ((self.shape - 1.0) * (self.shape - 2.0))]
    }
}

/// Mean and mean square of a sum with these tails on a logarithmic grid, none beyond the grid.
fn cut_moments(tails: &[f64], first: f64, step: f64) -> [f64; 2] {
    let mut moments = [first.exp(), (2.0 * first).exp()];
    for (j, tail) in tails.iter().enumerate() {
        let sum = (first + step * j as f64).exp();
        let width = if j == 0 { 0.5 * step } else { step };
        moments[0] += width * sum * tail;
        moments[1] += width * 2.0 * sum * sum * tail;
    }
    moments
}

/// Adds to `tails` the chance of more than n, for each n.
fn add_tail(distribution: &[f64], tails: &mut Vec<f64>) {
    if tails.len() < distribution.len() {
        tails.resize(distribution.len(), 0.0);
    }
    let mut more = 0.0;
    for (tail, probability) in tails[..distribution.len()].iter_mut().zip(distribution).rev() {
        *tail += more;
        more += probability;
    }
}

/// Adds the weighted rows of the matrix.
fn add_rows(weights: &[f64], matrix: &[f64], sum: &mut [f64]) {
    for (&weight, row) in weights.iter().zip(matrix.chunks_exact(sum.len())) {
        if weight < 1e-12 {
            continue;
        }
        for (s, value) in sum.iter_mut().zip(row) {
            *s += weight * value;
        }
    }
}

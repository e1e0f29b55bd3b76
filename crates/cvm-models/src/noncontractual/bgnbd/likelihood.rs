//! The log-likelihood of BG/NBD and MBG/NBD with exact first and second derivatives, for many customers at once.
//!
//! Everything that depends on the frequency, the age or the recency alone is computed once per distinct value, so that
//! one pattern costs one exponential and one logarithm.

use crate::noncontractual::{Likelihood, Pattern};
use crate::numerics::gamma_ratio::ln_gamma_ratio;
use crate::numerics::newton::Evaluation;
use crate::numerics::special::{digamma, trigamma};
use nalgebra::{DMatrix, DVector};

/// When a customer can leave for the first time: all that tells the two models apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstLeave {
    /// After the first repeat purchase (BG/NBD).
    AfterRepeat,
    /// Right after the first purchase (MBG/NBD).
    AtOnce,
}

impl FirstLeave {
    /// How often a customer with this many repeat purchases could have left.
    pub(in crate::noncontractual) fn chances(self, frequency: u32) -> f64 {
        f64::from(frequency) + if self == Self::AtOnce { 1.0 } else { 0.0 }
    }
}

/// The log-likelihood as a function of ln r, ln alpha, ln a, ln b.
#[derive(Debug, Clone)]
pub struct BgLikelihood {
    groups: Vec<Group>,
    cells: Vec<Cell>,
    ages: Vec<Age>,
    recencies: Vec<Time>,
    customers: f64,
    purchases: f64,
}

/// All who share a frequency.
#[derive(Debug, Clone)]
struct Group {
    frequency: f64,
    chances: f64,
    weight: f64,
    cells: std::ops::Range<usize>,
}

/// All who share a frequency, age and recency and may have left.
#[derive(Debug, Clone, Copy)]
struct Cell {
    age: u32,
    recency: u32,
    weight: f64,
}

#[derive(Debug, Clone, Copy)]
struct Age {
    time: Time,
    weight: f64,
    purchases: f64,
}

/// A time with what the current alpha makes of it.
#[derive(Debug, Clone, Copy)]
struct Time {
    time: f64,
    /// ln(1 + time / alpha)
    log: f64,
    /// alpha / (alpha + time)
    share: f64,
}

impl Time {
    fn new(time: f64) -> Self {
        Self { time, log: 0.0, share: 0.0 }
    }

    fn set(&mut self, alpha: f64) {
        self.log = (self.time / alpha).ln_1p();
        self.share = alpha / (alpha + self.time);
    }
}

impl BgLikelihood {
    /// Sorts the patterns out; they may come in any order.
    pub fn new(patterns: &[Pattern], first_leave: FirstLeave) -> Self {
        let mut order: Vec<u32> = (0..patterns.len() as u32).collect();
        let frequency = |&i: &u32| patterns[i as usize].history.frequency;
        if !patterns.is_sorted_by_key(|p| p.history.frequency) {
            order.sort_by_key(frequency);
        }
        let (age_values, age_of) = distinct(patterns.iter().map(|p| p.history.age).collect());
        let (recency_values, recency_of) = distinct(patterns.iter().map(|p| p.history.recency).collect());
        let mut ages: Vec<Age> =
            age_values.into_iter().map(|t| Age { time: Time::new(t), weight: 0.0, purchases: 0.0 }).collect();
        let recencies = recency_values.into_iter().map(Time::new).collect();
        let mut cells = Vec::with_capacity(patterns.len());
        let mut groups = Vec::new();
        for members in order.chunk_by(|i, j| frequency(i) == frequency(j)) {
            let (x, start) = (frequency(&members[0]), cells.len());
            let chances = first_leave.chances(x);
            let mut total = 0.0;
            for &i in members {
                let weight = patterns[i as usize].weight;
                let (age, recency) = (age_of[i as usize], recency_of[i as usize]);
                total += weight;
                ages[age as usize].weight += weight;
                ages[age as usize].purchases += weight * f64::from(x);
                if chances > 0.0 {
                    cells.push(Cell { age, recency, weight });
                }
            }
            groups.push(Group { frequency: f64::from(x), chances, weight: total, cells: start..cells.len() });
        }
        let customers = groups.iter().map(|g| g.weight).sum();
        let purchases = groups.iter().map(|g| g.weight * g.frequency).sum();
        Self { groups, cells, ages, recencies, customers, purchases }
    }

    /// Total weight of repeat purchases.
    pub(super) fn purchases(&self) -> f64 {
        self.purchases
    }

    /// Value, gradient and Hessian in the logarithms of the parameters.
    fn sums(&mut self, at: &[f64]) -> Sums {
        let [r, alpha, a, b] = [at[0], at[1], at[2], at[3]].map(f64::exp);
        let mut sums = Sums::default();
        if ![r, alpha, a, b].iter().all(|p| (1e-100..1e18).contains(p)) {
            sums.value = f64::NEG_INFINITY;
            return sums;
        }
        for age in &mut self.ages {
            age.time.set(alpha);
        }
        for recency in &mut self.recencies {
            recency.set(alpha);
        }
        self.add_ages(r, alpha, &mut sums);
        let mut rises = [Rise::new(r), Rise::new(b), Rise::new(a + b)];
        for group in &self.groups {
            add_frequency(group, [r, a, b], &mut rises, &mut sums);
            if !group.cells.is_empty() {
                self.add_cells(group, r, a, b, &mut sums);
            }
        }
        sums
    }

    /// -(r + x) ln(1 + T / alpha) - x ln alpha.
    fn add_ages(&self, r: f64, alpha: f64, sums: &mut Sums) {
        for age in &self.ages {
            let Time { time, log, share } = age.time;
            let rate = r * age.weight + age.purchases;
            let rest = time * share / alpha; // 1 - share, to the last digit
            sums.value -= rate * log;
            sums.gradient[R] -= r * age.weight * log;
            sums.gradient[ALPHA] += rate * rest;
            sums.hessian[R][R] -= r * age.weight * log;
            sums.hessian[R][ALPHA] += r * age.weight * rest;
            sums.hessian[ALPHA][ALPHA] -= rate * rest * share;
        }
        sums.value -= self.purchases * alpha.ln();
        sums.gradient[ALPHA] -= self.purchases;
    }

    /// ln(1 + odds that the customer has left), whose logarithm is
    /// g = ln a - ln(b + chances - 1) + (r + x) (ln(alpha + T) - ln(alpha + t_x)).
    fn add_cells(&self, group: &Group, r: f64, a: f64, b: f64, sums: &mut Sums) {
        let rate = r + group.frequency;
        let others = b + group.chances - 1.0;
        let base = a.ln() - others.ln();
        let mut s = CellSums::default();
        for cell in &self.cells[group.cells.clone()] {
            let (late, last) = (&self.ages[cell.age as usize].time, &self.recencies[cell.recency as usize]);
            let silence = late.log - last.log;
            let log_odds = base + rate * silence;
            let small = (-log_odds.abs()).exp();
            let near = 1.0 / (1.0 + small);
            let gone = cell.weight * if log_odds > 0.0 { near } else { small * near };
            let spread = cell.weight * small * near * near;
            let drift = late.share - last.share;
            s.value += cell.weight * (log_odds.max(0.0) - near.ln());
            s.gone += gone;
            s.gone_silence += gone * silence;
            s.gone_drift += gone * drift;
            s.gone_bend += gone * drift * (1.0 - late.share - last.share);
            s.spread += spread;
            s.silence += spread * silence;
            s.drift += spread * drift;
            s.silence_silence += spread * silence * silence;
            s.silence_drift += spread * silence * drift;
            s.drift_drift += spread * drift * drift;
        }
        s.add_to(sums, r, rate, b / others);
    }
}

const R: usize = 0;
const ALPHA: usize = 1;
const A: usize = 2;
const B: usize = 3;

/// The upper triangle of `hessian` is filled.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sums {
    pub value: f64,
    pub gradient: [f64; 4],
    pub hessian: [[f64; 4]; 4],
}

/// Weighted sums over the cells of one group: `gone` is the probability of having left, `spread` its variance.
#[derive(Default)]
struct CellSums {
    value: f64,
    gone: f64,
    gone_silence: f64,
    gone_drift: f64,
    gone_bend: f64,
    spread: f64,
    silence: f64,
    drift: f64,
    silence_silence: f64,
    silence_drift: f64,
    drift_drift: f64,
}

impl CellSums {
    /// With g the log odds, the derivatives of ln(1 + e^g) are gone dg and gone ddg + spread dg dg'.
    fn add_to(&self, sums: &mut Sums, r: f64, rate: f64, b_share: f64) {
        sums.value += self.value;
        let gradient = [r * self.gone_silence, rate * self.gone_drift, self.gone, -b_share * self.gone];
        for (total, part) in sums.gradient.iter_mut().zip(gradient) {
            *total += part;
        }
        let h = &mut sums.hessian;
        h[R][R] += r * self.gone_silence + r * r * self.silence_silence;
        h[R][ALPHA] += r * self.gone_drift + r * rate * self.silence_drift;
        h[R][A] += r * self.silence;
        h[R][B] -= b_share * r * self.silence;
        h[ALPHA][ALPHA] += rate * self.gone_bend + rate * rate * self.drift_drift;
        h[ALPHA][A] += rate * self.drift;
        h[ALPHA][B] -= b_share * rate * self.drift;
        h[A][A] += self.spread;
        h[A][B] -= b_share * self.spread;
        h[B][B] += b_share * b_share * self.spread - b_share * (1.0 - b_share) * self.gone;
    }
}

/// ln gamma(r + x) - ln gamma(r), and ln of the mean chance to stay every time.
fn add_frequency(group: &Group, [r, a, b]: [f64; 3], rises: &mut [Rise; 3], sums: &mut Sums) {
    let weight = group.weight;
    let [buy, stay, all] = rises;
    buy.advance(group.frequency);
    stay.advance(group.chances);
    all.advance(group.chances);
    sums.value += weight * (buy.log + stay.log - all.log);
    sums.gradient[R] += weight * r * buy.first;
    sums.gradient[A] -= weight * a * all.first;
    sums.gradient[B] += weight * b * (stay.first - all.first);
    let h = &mut sums.hessian;
    h[R][R] += weight * r * (buy.first + r * buy.second);
    h[A][A] -= weight * a * (all.first + a * all.second);
    h[A][B] -= weight * a * b * all.second;
    h[B][B] += weight * b * (stay.first - all.first + b * (stay.second - all.second));
}

/// ln gamma(start + steps) - ln gamma(start) with its derivatives by `start`, for a growing number of steps.
struct Rise {
    start: f64,
    steps: f64,
    log: f64,
    first: f64,
    second: f64,
}

impl Rise {
    fn new(start: f64) -> Self {
        Self { start, steps: 0.0, log: 0.0, first: 0.0, second: 0.0 }
    }

    /// Short ways are walked, which is cheaper and exacter than the special functions.
    fn advance(&mut self, steps: f64) {
        const SHORT: f64 = 16.0;
        if steps - self.steps > SHORT {
            let end = self.start + steps;
            self.log = ln_gamma_ratio(self.start, steps);
            self.first = digamma(end) - digamma(self.start);
            self.second = trigamma(end) - trigamma(self.start);
            self.steps = steps;
            return;
        }
        let mut product = 1.0;
        while self.steps < steps {
            let here = self.start + self.steps;
            let inverse = 1.0 / here;
            product *= here;
            self.first += inverse;
            self.second -= inverse * inverse;
            self.steps += 1.0;
        }
        self.log += product.ln();
    }
}

impl Likelihood for BgLikelihood {
    fn dimension(&self) -> usize {
        4
    }

    fn customers(&self) -> f64 {
        self.customers
    }

    fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let sums = self.sums(at);
        gradient.copy_from_slice(&sums.gradient);
        sums.value
    }

    fn evaluate(&mut self, at: &[f64]) -> Evaluation {
        let sums = self.sums(at);
        Evaluation {
            value: sums.value,
            gradient: DVector::from_column_slice(&sums.gradient),
            hessian: DMatrix::from_fn(4, 4, |i, j| sums.hessian[i.min(j)][i.max(j)]),
        }
    }
}

/// The distinct values, and for each input the index of its value.
fn distinct(values: Vec<f64>) -> (Vec<f64>, Vec<u32>) {
    const DIRECT: f64 = 1_048_576.0;
    if values.iter().all(|&v| v < DIRECT && v.fract() == 0.0) {
        return distinct_integers(&values);
    }
    // Times are not negative, so their bits are in their order; adding 0 makes both zeros one.
    let mut order: Vec<(u64, u32)> = values.iter().zip(0..).map(|(v, i)| ((v + 0.0).to_bits(), i)).collect();
    order.sort_unstable();
    let (mut found, mut indices) = (Vec::new(), vec![0; values.len()]);
    for same in order.chunk_by(|u, v| u.0 == v.0) {
        for (_, i) in same {
            indices[*i as usize] = found.len() as u32;
        }
        found.push(f64::from_bits(same[0].0));
    }
    (found, indices)
}

fn distinct_integers(values: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let largest = values.iter().fold(0.0_f64, |m, &v| m.max(v)) as usize;
    let mut index = vec![u32::MAX; largest + 1];
    let mut found = Vec::new();
    let indices = values
        .iter()
        .map(|&v| {
            let slot = &mut index[v as usize];
            if *slot == u32::MAX {
                *slot = found.len() as u32;
                found.push(v);
            }
            *slot
        })
        .collect();
    (found, indices)
}

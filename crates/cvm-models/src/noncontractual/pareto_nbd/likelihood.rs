//! The log-likelihood of the Pareto/NBD model with exact first and second derivatives, for many customers at once.
//!
//! With k = r + x the likelihood of a customer is, up to a factor that depends on x alone, A(T) + F(recency) - F(T),
//! where A(T) = (1 + T/alpha)^-k (1 + T/beta)^-s and F(t) is the integral of
//! (s/beta) (1 + u/alpha)^-k (1 + u/beta)^-(s+1) over u from t on. Since F(T) < A(T), the difference costs no digits,
//! and F is a function of x and *one* time: for all customers with the same x it is summed backwards over their times,
//! one short panel of three to six nodes from each time to the next. A pattern then costs one exponential and one
//! logarithm, and 100 thousand customers a few milliseconds.

use super::leaving::Powers;
use crate::noncontractual::{Covariates, Likelihood, Pattern};
use crate::numerics::gamma_ratio::ln_gamma_ratio;
use crate::numerics::newton::Evaluation;
use crate::numerics::special::{digamma, trigamma};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};

/// The log-likelihood as a function of ln r, ln alpha, ln s, ln beta and, with covariates, of their coefficients for
/// alpha and then for beta: alpha exp(-z'a), beta exp(-z'b).
#[derive(Debug, Clone)]
pub struct ParetoNbdLikelihood {
    segments: Vec<Segment>,
    chains: Vec<Chain>,
    times: Vec<f64>,
    members: Vec<Member>,
    covariates: usize,
    customers: f64,
}

/// All who share their covariates.
#[derive(Debug, Clone)]
struct Segment {
    covariates: Vec<f64>,
    chains: std::ops::Range<usize>,
}

/// All of a segment who share a frequency.
#[derive(Debug, Clone)]
struct Chain {
    frequency: u32,
    weight: f64,
    times: std::ops::Range<usize>,
    members: std::ops::Range<usize>,
}

/// One pattern: where its recency and its age stand among the chain's times.
#[derive(Debug, Clone, Copy)]
struct Member {
    recency: u32,
    age: u32,
    weight: f64,
}

/// A value with its first derivatives by ln r, ln alpha, ln s, ln beta.
const VALUE_TO_GRADIENT: usize = 5;
/// The same with the upper triangle of second derivatives.
const VALUE_TO_HESSIAN: usize = 15;

/// At one time of a chain, relative to the integrand's size e^scale there.
#[derive(Debug, Clone, Copy)]
struct Point<const N: usize> {
    scale: f64,
    /// F(t), up to a constant of the chain.
    leaves_later: [f64; N],
    /// A(t) - F(t).
    stays: [f64; N],
}

impl ParetoNbdLikelihood {
    /// Of these customers.
    pub fn new(patterns: &[Pattern]) -> Self {
        Self::with_covariates(patterns, &[], 0)
    }

    /// Of customers of whom covariates are known.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where covariates and patterns do not match, or a value is not a finite number.
    pub fn of_covariates(patterns: &[Pattern], covariates: &Covariates) -> Result<Self> {
        let width = covariates.names.len();
        if covariates.rows.len() != patterns.len() * width {
            let expected = "one row a pattern, as many columns as names";
            return Err(ModelError::invalid("number of covariate values", covariates.rows.len() as f64, expected));
        }
        if let Some(i) = covariates.rows.iter().position(|z| !z.is_finite()) {
            let name = format!("{} of row {}", covariates.names[i % width], i / width);
            return Err(ModelError::invalid(name, covariates.rows[i], "a finite number"));
        }
        Ok(Self::with_covariates(patterns, &covariates.rows, width))
    }

    /// Of these customers with `width` covariates each, row-major.
    pub(super) fn with_covariates(patterns: &[Pattern], rows: &[f64], width: usize) -> Self {
        let mut order: Vec<u32> = (0..patterns.len() as u32).collect();
        let row = |i: u32| &rows[i as usize * width..(i as usize + 1) * width];
        let by_row = |a: u32, b: u32| row(a).partial_cmp(row(b)).expect("covariates are checked to be finite");
        order.sort_unstable_by(|&a, &b| {
            let frequency = |i: u32| patterns[i as usize].history.frequency;
            by_row(a, b).then(frequency(a).cmp(&frequency(b)))
        });
        let mut made = Self {
            segments: Vec::new(),
            chains: Vec::new(),
            times: Vec::new(),
            members: Vec::with_capacity(patterns.len()),
            covariates: width,
            customers: patterns.iter().map(|p| p.weight).sum(),
        };
        for segment in order.chunk_by(|&a, &b| by_row(a, b).is_eq()) {
            let first = made.chains.len();
            let same =
                |a: &u32, b: &u32| patterns[*a as usize].history.frequency == patterns[*b as usize].history.frequency;
            for chain in segment.chunk_by(same) {
                made.add_chain(patterns, chain);
            }
            made.segments.push(Segment { covariates: row(segment[0]).to_vec(), chains: first..made.chains.len() });
        }
        made
    }

    fn add_chain(&mut self, patterns: &[Pattern], chain: &[u32]) {
        let (first_time, first_member) = (self.times.len(), self.members.len());
        let histories = chain.iter().map(|&i| patterns[i as usize].history);
        let mut times: Vec<f64> = histories.flat_map(|h| [h.recency, h.age]).collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        let place = |t: f64| times.partition_point(|other| *other < t) as u32;
        let mut weight = 0.0;
        for &i in chain {
            let Pattern { history, weight: w } = patterns[i as usize];
            weight += w;
            self.members.push(Member { recency: place(history.recency), age: place(history.age), weight: w });
        }
        self.times.extend_from_slice(&times);
        self.chains.push(Chain {
            frequency: patterns[chain[0] as usize].history.frequency,
            weight,
            times: first_time..self.times.len(),
            members: first_member..self.members.len(),
        });
    }

    /// The sum over all customers, to gradient or Hessian as N says.
    fn total<const N: usize>(&self, at: &[f64], mut add: impl FnMut(&[f64], &[f64; N])) {
        let mut points = Vec::new();
        let (for_alpha, for_beta) = at[4..].split_at(self.covariates);
        for segment in &self.segments {
            let dot =
                |coefficients: &[f64]| coefficients.iter().zip(&segment.covariates).map(|(c, z)| c * z).sum::<f64>();
            let here = Here::new([at[0], at[1] - dot(for_alpha), at[2], at[3] - dot(for_beta)]);
            let mut sum = [0.0; N];
            for chain in &self.chains[segment.chains.clone()] {
                here.chain(&self.times[chain.times.clone()], chain.frequency, &mut points);
                here.members(&self.members[chain.members.clone()], &points, &mut sum);
                here.frequency_terms(chain, &mut sum);
            }
            add(&segment.covariates, &sum);
        }
    }
}

impl Likelihood for ParetoNbdLikelihood {
    fn dimension(&self) -> usize {
        4 + 2 * self.covariates
    }

    fn customers(&self) -> f64 {
        self.customers
    }

    fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut value = 0.0;
        self.total::<VALUE_TO_GRADIENT>(at, |row, sum| {
            value += sum[0];
            for_each_coordinate(row, |i, base, factor| gradient[i] += factor * sum[1 + base]);
        });
        if !(value.is_finite() && gradient.iter().all(|g| g.is_finite())) {
            gradient.fill(0.0);
            return f64::NEG_INFINITY;
        }
        value
    }

    fn evaluate(&mut self, at: &[f64]) -> Evaluation {
        let n = self.dimension();
        let (mut value, mut gradient, mut hessian) = (0.0, DVector::zeros(n), DMatrix::zeros(n, n));
        self.total::<VALUE_TO_HESSIAN>(at, |row, sum| {
            value += sum[0];
            for_each_coordinate(row, |i, base, factor| {
                gradient[i] += factor * sum[1 + base];
                for_each_coordinate(row, |j, other, other_factor| {
                    hessian[(i, j)] += factor * other_factor * sum[place_of_second(base, other)];
                });
            });
        });
        let finite = hessian.iter().chain(gradient.iter()).all(|v: &f64| v.is_finite());
        Evaluation { value: if finite && f64::is_finite(value) { value } else { f64::NEG_INFINITY }, gradient, hessian }
    }
}

/// Calls with each coordinate, the parameter it moves (0 to 3) and by how much: -z for a covariate's coefficient.
fn for_each_coordinate(row: &[f64], mut visit: impl FnMut(usize, usize, f64)) {
    (0..4).for_each(|i| visit(i, i, 1.0));
    row.iter().enumerate().for_each(|(j, z)| visit(4 + j, 1, -z));
    row.iter().enumerate().for_each(|(j, z)| visit(4 + row.len() + j, 3, -z));
}

/// Where the second derivative by parameters i and j stands.
const fn place_of_second(i: usize, j: usize) -> usize {
    let (i, j) = if i < j { (i, j) } else { (j, i) };
    5 + i * (7 - i) / 2 + j
}

/// The parameters of one segment.
struct Here {
    r: f64,
    alpha: f64,
    ln_alpha: f64,
    s: f64,
    beta: f64,
}

impl Here {
    fn new(at: [f64; 4]) -> Self {
        Self { r: at[0].exp(), alpha: at[1].exp(), ln_alpha: at[1], s: at[2].exp(), beta: at[3].exp() }
    }

    /// Fills `points` for the chain's times, from the last one backwards.
    fn chain<const N: usize>(&self, times: &[f64], frequency: u32, points: &mut Vec<Point<N>>) {
        let k = self.r + f64::from(frequency);
        let density = Powers { alpha: self.alpha, purchases: k, beta: self.beta, leaving: self.s + 1.0 };
        points.clear();
        points.resize(times.len(), Point { scale: 0.0, leaves_later: [0.0; N], stays: [0.0; N] });
        for i in (0..times.len()).rev() {
            let t = times[i];
            let (ln_a, ln_b) = ((t / self.alpha).ln_1p(), (t / self.beta).ln_1p());
            let scale = -k * ln_a - (self.s + 1.0) * ln_b;
            let mut later = [0.0; N];
            if let Some(next) = times.get(i + 1) {
                density.integrate(t, *next, |node| {
                    let jet = self.jet(
                        k,
                        self.s + 1.0,
                        ln_a + node.ln_alpha,
                        ln_b + node.ln_beta,
                        node.by_alpha,
                        node.by_beta,
                    );
                    jet.add_to(&mut later, node.weight * self.s / self.beta);
                });
                let after = &points[i + 1];
                let fall = (after.scale - scale).exp();
                (0..N).for_each(|j| later[j] += fall * after.leaves_later[j]);
            }
            let mut stays = later.map(|v| -v);
            let jet = self.jet(k, self.s, ln_a, ln_b, 1.0 / (self.alpha + t), 1.0 / (self.beta + t));
            jet.without_density().add_to(&mut stays, 1.0 + t / self.beta);
            points[i] = Point { scale, leaves_later: later, stays };
        }
    }

    /// Adds the customers of a chain.
    fn members<const N: usize>(&self, members: &[Member], points: &[Point<N>], sum: &mut [f64; N]) {
        for member in members {
            let (recency, age) = (&points[member.recency as usize], &points[member.age as usize]);
            let fall = (age.scale - recency.scale).exp();
            let mut all = [0.0; N];
            (0..N).for_each(|i| all[i] = recency.leaves_later[i] + fall * age.stays[i]);
            let by = 1.0 / all[0];
            sum[0] += member.weight * (recency.scale + all[0].ln());
            let first: [f64; 4] = std::array::from_fn(|i| all[1 + i] * by);
            (0..4).for_each(|i| sum[1 + i] += member.weight * first[i]);
            if N == VALUE_TO_HESSIAN {
                for i in 0..4 {
                    for j in i..4 {
                        let place = place_of_second(i, j);
                        sum[place] += member.weight * (all[place] * by - first[i] * first[j]);
                    }
                }
            }
        }
    }

    /// Adds ln(Gamma(r + x) / Gamma(r)) - x ln alpha for a whole chain.
    fn frequency_terms<const N: usize>(&self, chain: &Chain, sum: &mut [f64; N]) {
        let x = f64::from(chain.frequency);
        if chain.frequency == 0 {
            return;
        }
        let first = self.r * (digamma(self.r + x) - digamma(self.r));
        sum[0] += chain.weight * (ln_gamma_ratio(self.r, x) - x * self.ln_alpha);
        sum[1] += chain.weight * first;
        sum[2] -= chain.weight * x;
        if N == VALUE_TO_HESSIAN {
            sum[5] += chain.weight * (first + self.r * self.r * (trigamma(self.r + x) - trigamma(self.r)));
        }
    }

    /// The derivatives of -k ln(1 + t/alpha) - l ln(1 + t/beta) + ln(s/beta), with l = s or s + 1.
    #[inline]
    fn jet(&self, k: f64, leaving: f64, ln_a: f64, ln_b: f64, by_alpha: f64, by_beta: f64) -> Jet {
        let (rest_a, rest_b) = (self.alpha * by_alpha, self.beta * by_beta);
        let (a, b) = (1.0 - rest_a, 1.0 - rest_b);
        Jet {
            first: [-self.r * ln_a, k * a, 1.0 - self.s * ln_b, leaving * b - 1.0],
            second: [-self.r * ln_a, self.r * a, -k * a * rest_a, -self.s * ln_b, self.s * b, -leaving * b * rest_b],
        }
    }
}

/// First and second derivatives of a logarithm; the mixed ones of (r, alpha) with (s, beta) are 0.
struct Jet {
    first: [f64; 4],
    /// r r, r alpha, alpha alpha, s s, s beta, beta beta.
    second: [f64; 6],
}

impl Jet {
    /// Without the factor s/beta of the density.
    fn without_density(mut self) -> Self {
        self.first[2] -= 1.0;
        self.first[3] += 1.0;
        self
    }

    /// Adds `weight` times the function whose logarithm this is, in units of the function, to `sum`.
    #[inline]
    fn add_to<const N: usize>(&self, sum: &mut [f64; N], weight: f64) {
        sum[0] += weight;
        let w: [f64; 4] = std::array::from_fn(|i| weight * self.first[i]);
        (0..4).for_each(|i| sum[1 + i] += w[i]);
        if N == VALUE_TO_HESSIAN {
            let (g, h) = (&self.first, &self.second);
            sum[5] += w[0] * g[0] + weight * h[0];
            sum[6] += w[0] * g[1] + weight * h[1];
            sum[7] += w[0] * g[2];
            sum[8] += w[0] * g[3];
            sum[9] += w[1] * g[1] + weight * h[2];
            sum[10] += w[1] * g[2];
            sum[11] += w[1] * g[3];
            sum[12] += w[2] * g[2] + weight * h[3];
            sum[13] += w[2] * g[3] + weight * h[4];
            sum[14] += w[3] * g[3] + weight * h[5];
        }
    }
}

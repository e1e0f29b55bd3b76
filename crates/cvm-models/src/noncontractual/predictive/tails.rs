//! The chance that n purchases cost more than a given sum, on a grid of sums that are evenly spaced as logarithms.
//!
//! n purchases of a customer with spend rate nu cost Gamma(p n, nu), and nu is Gamma(q + p x, c) by what is known of
//! the customer (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value"). The ratio of the two gammas is a
//! beta-prime distribution, whose tail is an incomplete beta function for each x, n and sum. On a logarithmic grid the
//! same tail is a correlation of two rows: one of incomplete gamma functions, which depends on n alone and is shared
//! by all x, and one density, which depends on x alone. Both are smooth, so the trapezoidal rule is as good as exact.

use statrs::function::gamma::gamma_ur;
use std::ops::Range;

/// Beyond this many powers of e below its middle a row is cut, which only spend near 0 per purchase could feel.
const DEEPEST: f64 = 60.0;

/// Numbers of purchases with a row of their own: all up to 64, from there on steps of a 64th.
pub(super) fn purchase_nodes(most: usize) -> Vec<usize> {
    let mut nodes = vec![1];
    while nodes[nodes.len() - 1] < most {
        let last = nodes[nodes.len() - 1];
        nodes.push((last + 1).max(last + last / 64).min(most));
    }
    nodes
}

/// Spreads the probabilities of n = 0, 1, 2 ... purchases over `nodes`, keeping the sum and the mean of n >= 1.
pub(super) fn spread_over_nodes(distribution: &[f64], nodes: &[usize], out: &mut Vec<f64>) {
    out.clear();
    let mut node = 0;
    for (n, &weight) in distribution.iter().enumerate().skip(1) {
        while node + 1 < nodes.len() && nodes[node + 1] <= n {
            node += 1;
        }
        let share = match nodes.get(node + 1) {
            Some(&next) => (n - nodes[node]) as f64 / (next - nodes[node]) as f64,
            None => 0.0,
        };
        out.resize((node + 1 + usize::from(share > 0.0)).max(out.len()), 0.0);
        out[node] += weight * (1.0 - share);
        if share > 0.0 {
            out[node + 1] += weight * share;
        }
    }
}

/// A function of grid points that is 1 below its window and 0 above.
#[derive(Debug, Clone)]
struct Row {
    start: i32,
    values: Vec<f64>,
}

impl Row {
    fn end(&self) -> i32 {
        self.start + self.values.len() as i32
    }
}

/// P(Gamma(p n, 1) > z) for nodes n, at ln z = k `step` for integer k.
#[derive(Debug, Clone)]
pub(super) struct GammaTails {
    p: f64,
    step: f64,
    tail: f64,
    rows: Vec<Row>,
}

impl GammaTails {
    pub(super) fn new(p: f64, step: f64, tail: f64) -> Self {
        Self { p, step, tail, rows: Vec::new() }
    }

    /// Makes sure that there is a row for each of these nodes.
    pub(super) fn extend(&mut self, nodes: &[usize]) {
        for &n in nodes.iter().skip(self.rows.len()) {
            self.rows.push(self.row(self.p * n as f64));
        }
    }

    fn row(&self, shape: f64) -> Row {
        let tail_at = |k: i32| gamma_ur(shape, (f64::from(k) * self.step).exp());
        let middle = (shape.ln() / self.step).floor() as i32;
        let deepest = middle - (DEEPEST / self.step) as i32;
        let mut values = Vec::new();
        let mut k = middle;
        while k > deepest {
            let value = tail_at(k);
            if 1.0 - value < self.tail {
                break;
            }
            values.push(value);
            k -= 1;
        }
        values.reverse();
        let start = k + 1;
        k = middle + 1;
        loop {
            let value = tail_at(k);
            if value < self.tail {
                return Row { start, values };
            }
            values.push(value);
            k += 1;
        }
    }
}

/// Weights on neighbouring grid points that stand for a gamma variable on the logarithmic scale.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    start: i32,
    weights: Vec<f64>,
}

impl Kernel {
    /// Of ln Y + `shift`, where Y ~ Gamma(shape, 1).
    ///
    /// Where the density is wide against the step, its values at the grid points do; where it is narrow, it is sampled
    /// in between and each value is shared out to the two neighbours, which keeps its mean.
    pub(super) fn new(shape: f64, shift: f64, step: f64, tail: f64) -> Self {
        let finer = (step * shape.sqrt() / 0.7).ceil().max(1.0);
        let fine = step / finer;
        let mode = shape.ln() + shift;
        // Log-density against its top; `least` leaves out less than `tail` on either side.
        let height = |t: f64| shape * (t - t.exp_m1());
        let least = tail.ln() - 4.0;
        let middle = (mode / fine).round() as i64;
        let reach = |direction: i64| {
            let mut k = middle;
            loop {
                let t = k as f64 * fine - mode;
                if t < -DEEPEST || (height(t) < least && (t > 0.0) == (direction > 0)) {
                    return k;
                }
                k += direction;
            }
        };
        let (first, last) = (reach(-1), reach(1));
        let start = (first as f64 / finer).floor() as i32;
        let end = (last as f64 / finer).ceil() as i32;
        let mut weights = vec![0.0; (end - start + 1) as usize];
        for k in first..=last {
            let weight = height(k as f64 * fine - mode).exp();
            let place = k as f64 / finer - f64::from(start);
            let share = place.fract();
            weights[place as usize] += weight * (1.0 - share);
            if share > 0.0 {
                weights[place as usize + 1] += weight * share;
            }
        }
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        Self { start, weights }
    }

    fn last(&self) -> i32 {
        self.start + self.weights.len() as i32 - 1
    }

    /// The grid points where the tails of these nodes are neither 1 nor 0.
    pub(super) fn window(&self, tails: &GammaTails, nodes: usize) -> Range<i32> {
        let rows = &tails.rows[..nodes];
        let start = rows.iter().map(|r| r.start).min().unwrap_or(0) - self.last();
        let end = rows.iter().map(Row::end).max().unwrap_or(0) - self.start;
        start..end.max(start + 2)
    }

    /// P(n purchases cost more than the sum) for each node n (rows) and each grid point of `window` (columns).
    pub(super) fn spend_tails(&self, tails: &GammaTails, nodes: usize, window: &Range<i32>) -> Vec<f64> {
        let width = window.len();
        let mut matrix = vec![0.0; nodes * width];
        let mut padded = Vec::new();
        for (row, out) in tails.rows[..nodes].iter().zip(matrix.chunks_exact_mut(width)) {
            let (begin, end) = (row.start - self.last(), row.end() - self.start);
            let below = (begin - window.start) as usize;
            out[..below].fill(1.0);
            let inside = &mut out[below..(end - window.start) as usize];
            padded.clear();
            padded.resize(self.weights.len() - 1, 1.0);
            padded.extend_from_slice(&row.values);
            padded.resize(inside.len() + self.weights.len() - 1, 0.0);
            for (i, &weight) in self.weights.iter().enumerate() {
                for (o, v) in inside.iter_mut().zip(&padded[i..]) {
                    *o += weight * v;
                }
            }
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::beta::beta_reg;

    /// A slow and independent way to the same tail: the regularised incomplete beta function.
    fn beta_prime_tail(p: f64, n: f64, q: f64, x: f64, sum: f64) -> f64 {
        beta_reg(q + p * x, p * n, 1.0 / (1.0 + sum))
    }

    #[test]
    fn equals_the_incomplete_beta_function() {
        for (p, q, x, step) in [
            (6.25, 3.74, 0.0, 0.125),
            (6.25, 3.74, 3.0, 0.0625),
            (6.25, 3.74, 40.0, 1.0 / 32.0),
            (0.4, 1.2, 1.0, 0.125),
            (2.0, 0.5, 0.0, 0.125),
            (60.0, 9.0, 5.0, 1.0 / 32.0),
        ] {
            let nodes = [1, 2, 3, 7];
            let mut tails = GammaTails::new(p, step, 1e-7);
            tails.extend(&nodes);
            let kernel = Kernel::new(q + p * x, 0.0, step, 1e-7);
            let window = kernel.window(&tails, nodes.len());
            let matrix = kernel.spend_tails(&tails, nodes.len(), &window);
            for (row, n) in matrix.chunks_exact(window.len()).zip(nodes) {
                for (value, k) in row.iter().zip(window.clone()) {
                    let expected = beta_prime_tail(p, n as f64, q, x, (f64::from(k) * step).exp());
                    let allowed = if step * (q + p * x).sqrt() > 0.7 { 2e-3 } else { 3e-6 };
                    assert!((value - expected).abs() < allowed, "{p} {q} {x} {n} {k}: {value} {expected}");
                }
            }
        }
    }

    #[test]
    fn a_shift_moves_the_sums() {
        let mut tails = GammaTails::new(6.0, 0.125, 1e-7);
        tails.extend(&[1, 2]);
        let kernel = Kernel::new(4.0, 0.3, 0.125, 1e-7);
        let window = kernel.window(&tails, 2);
        let matrix = kernel.spend_tails(&tails, 2, &window);
        let k = window.start + window.len() as i32 / 2;
        let value = matrix[(k - window.start) as usize];
        let expected = beta_prime_tail(6.0, 1.0, 4.0, 0.0, (f64::from(k) * 0.125 + 0.3).exp());
        assert!((value - expected).abs() < 3e-6, "{value} {expected}");
    }

    #[test]
    fn spreading_keeps_the_sum_and_the_mean() {
        let nodes = purchase_nodes(1000);
        assert_eq!(nodes[..64], (1..=64).collect::<Vec<_>>());
        assert_eq!(nodes[nodes.len() - 1], 1000);
        let distribution: Vec<f64> = (0..=1000).map(|n| f64::from(n) * 1e-6).collect();
        let mut spread = Vec::new();
        spread_over_nodes(&distribution, &nodes, &mut spread);
        let sum: f64 = spread.iter().sum();
        let mean: f64 = spread.iter().zip(&nodes).map(|(w, &n)| w * n as f64).sum();
        let expected: f64 = distribution.iter().enumerate().map(|(n, w)| w * n as f64).sum();
        assert!((sum - distribution.iter().sum::<f64>()).abs() < 1e-12);
        assert!((mean / expected - 1.0).abs() < 1e-12);
    }
}

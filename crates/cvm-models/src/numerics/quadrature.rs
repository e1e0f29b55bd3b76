//! Integrals of smooth functions by Gauss-Legendre rules, which are computed once and kept.
//!
//! Golub & Welsch (1969), "Calculation of Gauss Quadrature Rules". The nodes are the roots of Legendre polynomials,
//! found by Newton's method from the asymptotic guess cos(pi (i - 1/4) / (n + 1/2)).
//!
//! The integrands of the purchase models are powers of `a + t`. In the logarithm of time they are entire or have
//! their singularities at distance pi, so a panel of given length needs a number of nodes that is known beforehand:
//! [`nodes_for`] says it, and no adaptive search is paid for.

use std::sync::OnceLock;

/// The largest rule that is kept.
pub const MOST_NODES: usize = 128;

/// A Gauss-Legendre rule on the interval (0, 1).
#[derive(Debug, Clone)]
pub struct Rule {
    /// Nodes, ascending, with their weights, which add up to 1.
    pub points: Vec<(f64, f64)>,
}

impl Rule {
    /// The integral of `function` from `from` to `to`.
    pub fn integrate(&self, from: f64, to: f64, mut function: impl FnMut(f64) -> f64) -> f64 {
        let length = to - from;
        length * self.points.iter().map(|(node, weight)| weight * function(from + length * node)).sum::<f64>()
    }
}

/// The rule with `n` nodes, exact for polynomials of degree 2n - 1.
///
/// # Panics
/// Where `n` is 0 or above [`MOST_NODES`].
pub fn gauss_legendre(n: usize) -> &'static Rule {
    static RULES: [OnceLock<Rule>; MOST_NODES + 1] = [const { OnceLock::new() }; MOST_NODES + 1];
    assert!(n >= 1, "a rule needs a node");
    RULES[n].get_or_init(|| computed(n))
}

/// How many nodes integrate, to about 1e-14 of its peak, a function whose logarithm varies by `variation` over a panel
/// of `length`, with singularities no nearer than pi. The panel's `length` is at most 3 and `variation` at most 30.
///
/// Bounds of Davis & Rabinowitz (1984), "Methods of Numerical Integration", section 4.6; checked by a test.
pub fn nodes_for(length: f64, variation: f64) -> usize {
    const TABLE: [(f64, f64, usize); 9] = [
        (0.03, 0.04, 3),
        (0.13, 0.2, 4),
        (0.3, 0.55, 5),
        (0.55, 1.1, 6),
        (1.15, 2.5, 8),
        (1.8, 4.5, 10),
        (2.5, 7.0, 12),
        (3.0, 14.0, 16),
        (3.0, 22.0, 20),
    ];
    let enough =
        TABLE.iter().find(|(most_length, most_variation, _)| length <= *most_length && variation <= *most_variation);
    enough.map_or(25, |(_, _, nodes)| *nodes)
}

fn computed(n: usize) -> Rule {
    let mut points = vec![(0.5, 0.0); n];
    for i in 0..n.div_ceil(2) {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 0.0;
        // Four steps are enough for every n kept here; the rest cost nothing.
        for _ in 0..8 {
            let (value, derivative) = legendre(n, x);
            slope = derivative;
            x -= value / derivative;
        }
        let weight = 1.0 / ((1.0 - x * x) * slope * slope);
        points[i] = (0.5 * (1.0 - x), weight);
        points[n - 1 - i] = (0.5 * (1.0 + x), weight);
    }
    Rule { points }
}

/// The Legendre polynomial of degree `n` and its derivative, inside (-1, 1).
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut here) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        (before, here) = (here, ((2.0 * k - 1.0) * x * here - (k - 1.0) * before) / k);
    }
    (here, n as f64 * (x * here - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_rules_are_those_of_the_tables() {
        // Abramowitz & Stegun (1964), table 25.4, n = 5, moved to (0, 1).
        let five = &gauss_legendre(5).points;
        let expected = [
            (0.5 - 0.5 * 0.906_179_845_938_664, 0.5 * 0.236_926_885_056_189),
            (0.5 - 0.5 * 0.538_469_310_105_683, 0.5 * 0.478_628_670_499_366),
            (0.5, 0.5 * 0.568_888_888_888_889),
        ];
        for ((node, weight), (x, w)) in five.iter().zip(expected) {
            assert!((node - x).abs() < 1e-15 && (weight - w).abs() < 1e-15, "{node} {weight}");
        }
    }

    #[test]
    fn every_rule_is_exact_for_its_polynomials() {
        for n in 1..=MOST_NODES {
            let rule = gauss_legendre(n);
            for degree in [0, 1, n, 2 * n - 1] {
                let found = rule.integrate(0.0, 1.0, |x| x.powi(degree as i32));
                let expected = 1.0 / (degree as f64 + 1.0);
                assert!((found / expected - 1.0).abs() < 2e-13, "n {n}, degree {degree}: {found}");
            }
        }
    }

    /// The family that the purchase models integrate, (1 + c e^u)^-k e^-ju, against many panels of many nodes.
    #[test]
    fn the_number_of_nodes_is_enough() {
        let mut worst = 0.0_f64;
        for length in [0.003, 0.02, 0.03, 0.1, 0.13, 0.2, 0.3, 0.5, 0.55, 1.0, 1.15, 1.5, 1.8, 2.2, 2.5, 3.0] {
            for variation in [0.003, 0.04, 0.2, 0.5, 1.1, 2.0, 4.5, 7.0, 11.0, 14.0, 22.0, 30.0] {
                for c in [1e-3, 0.05, 0.3, 1.0, 10.0] {
                    for share in [0.0, 0.5, 1.0] {
                        // At u = length the first factor falls at the rate k c e^u / (1 + c e^u).
                        let end = c * f64::exp(length);
                        let k = share * variation / length * (1.0 + end) / end;
                        let j = (1.0 - share) * variation / length;
                        let f = |u: f64| (-k * (c * u.exp_m1() / (c + 1.0)).ln_1p() - j * u).exp();
                        let found = gauss_legendre(nodes_for(length, variation)).integrate(0.0, length, f);
                        let slow: f64 = (0..20)
                            .map(|i| {
                                let (from, to) = (i as f64 * length / 20.0, (i + 1) as f64 * length / 20.0);
                                gauss_legendre(30).integrate(from, to, f)
                            })
                            .sum();
                        let error = (found / slow - 1.0).abs();
                        worst = worst.max(error);
                        assert!(error < 2e-14, "length {length} variation {variation} c {c} share {share}: {error:e}");
                    }
                }
            }
        }
        assert!(worst > 0.0);
    }
}

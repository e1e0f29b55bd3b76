//! The integral over the unseen moment of leaving, which is all of the Pareto/NBD model's difficulty.
//!
//! The density of leaving at time t after x purchases is proportional to (alpha + t)^-(r + x) (beta + t)^-(s + 1).
//! In u = ln((m + t) / (m + from)), m the smaller of alpha and beta, its logarithm is concave and its singularities lie
//! at distance pi from the path, so that panels of known length need a known number of Gauss-Legendre nodes. All terms
//! are positive: nothing cancels, whatever x is. (The difference of two hypergeometric functions in Schmittlein,
//! Morrison & Colombo 1987 loses all digits where x is large.)

use crate::numerics::quadrature::{gauss_legendre, nodes_for};

/// The two powers: (alpha + t)^-`purchases` (beta + t)^-`leaving`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Powers {
    /// alpha
    pub alpha: f64,
    /// r + x
    pub purchases: f64,
    /// beta
    pub beta: f64,
    /// s + 1, or s without the density's Jacobian.
    pub leaving: f64,
}

/// One node of the integral.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// 1 / (alpha + t)
    pub by_alpha: f64,
    /// 1 / (beta + t)
    pub by_beta: f64,
    /// ln((alpha + t) / (alpha + from))
    pub ln_alpha: f64,
    /// ln((beta + t) / (beta + from))
    pub ln_beta: f64,
    /// Weight of the node times the integrand, relative to the integrand at `from`.
    pub weight: f64,
}

/// Below e^-40 of the start an integrand that only falls adds nothing a double can hold.
const NEGLIGIBLE: f64 = -40.0;

impl Powers {
    /// Visits the nodes of the integral from `from` to `to`.
    pub(super) fn integrate(&self, from: f64, to: f64, mut visit: impl FnMut(Node)) {
        if self.alpha <= self.beta {
            let visit = |near: f64, far: f64, ln_near, ln_far, weight| {
                visit(Node { by_alpha: near, by_beta: far, ln_alpha: ln_near, ln_beta: ln_far, weight });
            };
            integrate((self.alpha, self.purchases), (self.beta, self.leaving), from, to, visit);
        } else {
            let visit = |near: f64, far: f64, ln_near, ln_far, weight| {
                visit(Node { by_alpha: far, by_beta: near, ln_alpha: ln_far, ln_beta: ln_near, weight });
            };
            integrate((self.beta, self.leaving), (self.alpha, self.purchases), from, to, visit);
        }
    }
}

/// The same for `near <= far`, each with its power; see [`Node`] for what is visited.
fn integrate(near: (f64, f64), far: (f64, f64), from: f64, to: f64, mut visit: impl FnMut(f64, f64, f64, f64, f64)) {
    let ((near, near_power), (far, far_power)) = (near, far);
    let gap = far - near;
    let start = near + from;
    let by_far_start = 1.0 / (far + from);
    let range = ((to - from) / start).ln_1p();
    // ln((far + t) / (far + from)). For a huge power the digits that the plain quotient drops near 1 count.
    let ln_far_at = |at: f64, u: f64| {
        if far_power > 1e4 { (start * u.exp_m1() * by_far_start).ln_1p() } else { ((at + gap) * by_far_start).ln() }
    };
    let mut u = 0.0;
    while u < range {
        let here = if u == 0.0 { start } else { start * u.exp() };
        if u > 0.0 && (1.0 - near_power) * u - far_power * ln_far_at(here, u) < NEGLIGIBLE {
            break;
        }
        // The logarithm falls at this rate now, and at a rate that grows no faster than e^u, up to `steepest`.
        let rate = near_power + far_power * here / (here + gap);
        let steepest = near_power + far_power;
        let mut length = f64::min(range - u, 3.0);
        let mut variation = length * steepest;
        while variation > 30.0 {
            variation = length * f64::min(rate * length.exp(), steepest);
            if variation > 30.0 {
                length *= 0.6;
            }
        }
        for (node, weight) in &gauss_legendre(nodes_for(length, variation)).points {
            let ln_near = u + length * node;
            let at = start * ln_near.exp();
            let ln_far = ln_far_at(at, ln_near);
            let density = (-near_power * ln_near - far_power * ln_far).exp();
            visit(1.0 / at, 1.0 / (at + gap), ln_near, ln_far, weight * length * at * density);
        }
        u += length;
    }
}

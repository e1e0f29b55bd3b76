//! The Pareto/NBD model: customers buy at random at a rate of their own and leave at random at a rate of their own.
//!
//! Schmittlein, Morrison & Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do Next?",
//! Management Science 33(1); Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions";
//! discounted purchases: Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis".
//!
//! Purchase rates are gamma(r, alpha) over customers, leaving rates gamma(s, beta). A customer who has bought x times
//! and is alive at T is again such a customer, with r + x, alpha + T, s and beta + T; that is why a living customer's
//! future is a [`ParetoNbd`] too.

mod fit;
mod leaving;
mod likelihood;

pub use fit::{ParetoNbdWithCovariates, Settings, fit, fit_with_covariates};
pub use likelihood::ParetoNbdLikelihood;

use super::{BuyTillYouDie, History, Parameters, PurchaseProcess};
use crate::fitting::positive;
use crate::numerics::gamma_ratio::ln_gamma_ratio;
use crate::numerics::quadrature::{gauss_legendre, nodes_for};
use crate::numerics::special::ln_gamma;
use crate::{ModelError, Result};
use leaving::Powers;

const NAME: &str = "Pareto/NBD";

/// The model at given parameters. As a [`PurchaseProcess`] it is a new customer, just after the first purchase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

impl ParetoNbd {
    /// The model with purchase rates gamma(shape `r`, rate `alpha`) and leaving rates gamma(shape `s`, rate `beta`).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] naming the parameter that is not a finite positive number.
    pub fn new(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self> {
        Self::from_parameters(&[r, alpha, s, beta])
    }

    /// r, alpha, s, beta.
    pub fn values(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }

    /// Probability that a new customer is still one after `time`.
    pub fn survival(&self, time: f64) -> f64 {
        if time > 0.0 { (-self.s * (time / self.beta).ln_1p()).exp() } else { 1.0 }
    }

    /// Logarithms of the densities of the history with the customer alive at T, and with the customer gone before,
    /// both divided by Gamma(r + x) / Gamma(r) alpha^-x (1 + t_x/alpha)^-(r + x) (1 + t_x/beta)^-s.
    fn alive_and_gone(&self, history: &History) -> (f64, f64) {
        let History { frequency, recency, age } = *history;
        let purchases = self.r + f64::from(frequency);
        let silence = age - recency;
        let alive = -purchases * (silence / (self.alpha + recency)).ln_1p()
            - self.s * (silence / (self.beta + recency)).ln_1p();
        let density = Powers { alpha: self.alpha, purchases, beta: self.beta, leaving: self.s + 1.0 };
        let mut integral = 0.0;
        density.integrate(recency, age, |node| integral += node.weight);
        (alive, (integral * self.s / (self.beta + recency)).ln())
    }
}

impl Parameters for ParetoNbd {
    const NAMES: &'static [&'static str] = &["r", "alpha", "s", "beta"];

    fn parameters(&self) -> Vec<f64> {
        self.values().to_vec()
    }

    fn from_parameters(values: &[f64]) -> Result<Self> {
        let &[r, alpha, s, beta] = values else {
            return Err(ModelError::invalid("number of parameters", values.len() as f64, "4: r, alpha, s, beta"));
        };
        for (name, value) in Self::NAMES.iter().zip(values) {
            positive(*name, *value)?;
        }
        Ok(Self { r, alpha, s, beta })
    }
}

impl BuyTillYouDie for ParetoNbd {
    type Alive = Self;

    fn name(&self) -> &'static str {
        NAME
    }

    fn log_likelihood(&self, history: &History) -> f64 {
        let x = f64::from(history.frequency);
        let (alive, gone) = self.alive_and_gone(history);
        let (more, less) = if alive > gone { (alive, gone) } else { (gone, alive) };
        ln_gamma_ratio(self.r, x)
            - x * self.alpha.ln()
            - (self.r + x) * (history.recency / self.alpha).ln_1p()
            - self.s * (history.recency / self.beta).ln_1p()
            + more
            + (less - more).exp().ln_1p()
    }

    fn probability_alive(&self, history: &History) -> f64 {
        let (alive, gone) = self.alive_and_gone(history);
        if gone > alive {
            let ratio = (alive - gone).exp();
            ratio / (1.0 + ratio)
        } else {
            1.0 / (1.0 + (gone - alive).exp())
        }
    }

    fn if_alive(&self, frequency: u32, age: f64) -> Self {
        Self { r: self.r + f64::from(frequency), alpha: self.alpha + age, s: self.s, beta: self.beta + age }
    }
}

impl PurchaseProcess for ParetoNbd {
    /// Finite at any horizon: where s < 1 a long one can exceed the doubles, and the largest double is returned.
    fn expected_purchases(&self, time: f64) -> f64 {
        if time.is_nan() || time <= 0.0 {
            return 0.0;
        }
        // The expected lifetime within the horizon: beta (1 - (1 + time/beta)^(1 - s)) / (s - 1), which is
        // beta ln(1 + time/beta) at s = 1.
        let logarithm = (time / self.beta).ln_1p().min(f64::MAX.ln() - self.beta.ln().min(0.0));
        let power = (1.0 - self.s) * logarithm;
        let lifetime =
            if power.abs() < 1e-8 { logarithm * (1.0 + 0.5 * power) } else { power.exp_m1() / (1.0 - self.s) };
        finite(self.r / self.alpha * (self.beta * lifetime))
    }

    fn purchase_distribution(&self, time: f64, most: usize) -> Vec<f64> {
        let mut distribution = vec![0.0; most + 1];
        if time.is_nan() || time <= 0.0 {
            distribution[0] = 1.0;
            return distribution;
        }
        let mut mixture = Mixture::new(self.r);
        mixture.add(self.ln_alpha_rise(time), self.survival(time));
        self.lifetimes_within(time, |u, weight| mixture.add(u, weight));
        mixture.distribute(&mut distribution);
        // Where nearly nobody buys, the weights of the rule add up to 1 but for rounding, to either side.
        distribution.iter_mut().for_each(|p| *p = p.min(1.0));
        distribution
    }

    /// Finite for any rate; one that is not above 0 counts as one that hardly is (1e-290 per beta units of time, so that
    /// the integral stays within the doubles).
    fn discounted_expected_purchases(&self, rate: f64) -> f64 {
        let rate = if rate > 0.0 { rate } else { 0.0 };
        finite(self.r / self.alpha * (self.beta * discounted_lifetime(self.s, (rate * self.beta).max(1e-290))))
    }
}

fn finite(value: f64) -> f64 {
    value.min(f64::MAX)
}

impl ParetoNbd {
    /// ln(1 + time/alpha), the logarithm of the chance of no purchase per unit of r.
    fn ln_alpha_rise(&self, time: f64) -> f64 {
        (time / self.alpha).ln_1p()
    }

    /// Nodes of the integral over the moment t of leaving before `time`, as ln(1 + t/alpha) and the probability that
    /// stands for the node, fine enough for the distribution of purchases given t.
    ///
    /// Given t, the number of purchases is bell-shaped in sqrt(t) with a width that hardly depends on t (it would not at
    /// all if purchases were Poisson), so the nodes are spread in v = sqrt(ln(1 + t/alpha)), as many as the bells need.
    fn lifetimes_within(&self, time: f64, mut visit: impl FnMut(f64, f64)) {
        // Hardly anybody lives longer than this: fewer than e^-40.
        let longest_life = self.beta * (40.0 / self.s).min(700.0).exp_m1();
        let end = self.ln_alpha_rise(time.min(longest_life)).min(600.0);
        let mut from = 0.0_f64;
        // (1 + t/beta) bends where t is of the size of beta; if that is small, panels grow with t.
        let mut bend = (self.beta / self.alpha).ln_1p();
        while from < end {
            let to = end.min(if from < 1.0 { 1.0 } else { from + 1.5 }).min(bend);
            if to == bend {
                bend = if bend < 0.5 { (bend.exp_m1() * 7.0).ln_1p() } else { f64::INFINITY };
            }
            self.lifetimes_between(from, to, &mut visit);
            from = to;
        }
    }

    /// The nodes from ln(1 + t/alpha) = `from` to `to`.
    fn lifetimes_between(&self, from: f64, to: f64, visit: &mut impl FnMut(f64, f64)) {
        let (v_from, v_to) = (from.sqrt(), to.sqrt());
        let logarithm = |u: f64| -(self.s + 1.0) * (self.alpha * u.exp_m1() / self.beta).ln_1p();
        // Standard deviations of the narrowest bell that fit in: of purchases given t, times the density of leaving.
        let density_bells = 2.0 * (logarithm(from) - logarithm(to));
        let bells = (4.0 * self.r * (v_to - v_from).powi(2) + density_bells).sqrt();
        let panels = (bells / 50.0).ceil().max(1.0);
        let width = (v_to - v_from) / panels;
        let rule = gauss_legendre(rounded_up(7.0 + 1.3 * bells / panels));
        for panel in 0..panels as usize {
            for (node, weight) in &rule.points {
                let v = v_from + width * (panel as f64 + node);
                let u = v * v;
                let density = logarithm(u).exp() * self.s / self.beta;
                visit(u, weight * width * 2.0 * v * self.alpha * u.exp() * density);
            }
        }
    }
}

/// A rule of at least so many nodes, from a short list so that few are computed.
fn rounded_up(nodes: f64) -> usize {
    [8, 10, 12, 14, 16, 20, 24, 32, 40, 48, 64, 80, 96].into_iter().find(|n| *n as f64 >= nodes).unwrap_or(128)
}

/// A mixture of negative binomial distributions with the same shape.
struct Mixture {
    shape: f64,
    /// Chance of one more purchase, q = 1 - e^-u.
    chances: Vec<f64>,
    /// Weight times the probability of the number of purchases that is at hand.
    terms: Vec<f64>,
    /// Members whose probability of no purchase is too small for a double: u and the weight.
    late: Vec<(f64, f64)>,
}

impl Mixture {
    fn new(shape: f64) -> Self {
        Self { shape, chances: Vec::with_capacity(64), terms: Vec::with_capacity(64), late: Vec::new() }
    }

    /// Adds the distribution whose probability of no purchase is e^(-shape u).
    fn add(&mut self, u: f64, weight: f64) {
        if self.shape * u > 600.0 {
            self.late.push((u, weight));
        } else {
            self.chances.push(-(-u).exp_m1());
            self.terms.push(weight * (-self.shape * u).exp());
        }
    }

    fn distribute(mut self, distribution: &mut [f64]) {
        for (n, probability) in distribution.iter_mut().enumerate() {
            let rise = (self.shape + n as f64) / (n as f64 + 1.0);
            let mut sum = 0.0;
            for (term, chance) in self.terms.iter_mut().zip(&self.chances) {
                sum += *term;
                *term *= *chance * rise;
            }
            *probability = sum;
        }
        for (u, weight) in &self.late {
            self.distribute_late(*u, *weight, distribution);
        }
    }

    /// Begins where the probability enters the doubles; it rises up to the most likely number.
    fn distribute_late(&self, u: f64, weight: f64, distribution: &mut [f64]) {
        let chance = -(-u).exp_m1();
        let logarithm = |n: usize| {
            let n = n as f64;
            ln_gamma_ratio(self.shape, n) - ln_gamma(n + 1.0) + n * chance.ln() - self.shape * u
        };
        let (mut low, mut high) = (0, distribution.len());
        let mode = (self.shape - 1.0).max(0.0) * u.exp_m1();
        if (high as f64) > mode {
            high = mode as usize;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if logarithm(middle) < -600.0 { low = middle + 1 } else { high = middle }
        }
        let mut term = weight * logarithm(low).exp();
        for (n, probability) in distribution.iter_mut().enumerate().skip(low) {
            *probability += term;
            term *= chance * (self.shape + n as f64) / (n as f64 + 1.0);
        }
    }
}

/// The integral of (1 + y)^-s e^(-z y) over y > 0, Tricomi's U(1, 2 - s, z), z > 0.
fn discounted_lifetime(s: f64, z: f64) -> f64 {
    if s + z > 1e20 {
        return 1.0 / (s + z);
    }
    // In u = ln(1 + y): e^((1 - s) u - z (e^u - 1)), concave in the exponent.
    let exponent = |u: f64| (1.0 - s) * u - z * u.exp_m1();
    let peak = if s < 1.0 { ((1.0 - s) / z).ln().max(0.0) } else { 0.0 };
    let height = exponent(peak);
    let (mut sum, mut from) = (0.0, 0.0);
    loop {
        let slope = (1.0 - s).abs() + z * f64::exp(from);
        let mut length = f64::min(3.0, 30.0 / slope);
        // Towards its end the panel is steeper by e^length at most.
        while length * ((1.0 - s).abs() + z * f64::exp(from + length)) > 30.0 {
            length *= 0.7;
        }
        let variation = length * ((1.0 - s).abs() + z * f64::exp(from + length));
        let rule = gauss_legendre(nodes_for(length, variation));
        sum += rule.integrate(from, from + length, |u| (exponent(u) - height).exp());
        from += length;
        if from > peak && exponent(from) - height < -40.0 {
            return finite(sum * height.exp());
        }
    }
}

#[cfg(test)]
mod tests;

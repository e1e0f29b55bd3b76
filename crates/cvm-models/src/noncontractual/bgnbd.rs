//! The BG/NBD model: customers buy at their own steady rate and may leave right after any repeat purchase.
//!
//! Fader, Hardie & Lee (2005), "'Counting your customers' the easy way: an alternative to the Pareto/NBD model",
//! Marketing Science 24(2). While alive a customer buys as a Poisson process; the rates are spread as
//! Gamma(r, alpha), the chances of leaving after a purchase as Beta(a, b). Nobody leaves before a first repeat
//! purchase, so a customer without one counts as alive: where that misleads, use [MBG/NBD](super::mbgnbd).
//!
//! Predictions are sums and integrals of positive terms rather than the published closed forms, which subtract nearly
//! equal numbers around a = 1 and for heavy buyers, and are undefined where a + b < 1.

mod covariates;
mod expectation;
mod fit;
mod likelihood;

pub use covariates::{BgNbdWithCovariates, CovariateLikelihood, fit_with_covariates};
pub(super) use expectation::expected_purchases;
pub(super) use fit::fit_family;
pub use fit::{Settings, fit};
pub use likelihood::{BgLikelihood, FirstLeave};

use super::{BuyTillYouDie, History, Parameters, PurchaseProcess};
use crate::numerics::gamma_ratio::ln_gamma_ratio;
use crate::numerics::special::{Logit, beta_nodes, gamma_nodes, ln_beta, ln_beta_mean};
use crate::{ModelError, Result};

/// The model at given parameters. As a [`PurchaseProcess`] it is a new customer, just after the first purchase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl BgNbd {
    /// `r` and `alpha`: shape and rate of the gamma distribution of purchase rates; `a` and `b`: the beta distribution
    /// of the chance to leave after a purchase.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] naming the parameter that is not from 1e-10 to 1e10.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self> {
        for (name, value) in Self::NAMES.iter().zip([r, alpha, a, b]) {
            if !(1e-10..=1e10).contains(&value) {
                return Err(ModelError::invalid(*name, value, "a number from 1e-10 to 1e10"));
            }
        }
        Ok(Self { r, alpha, a, b })
    }

    /// The odds that the customer has left are a first number times e to the second one, where `chances` is how often
    /// they could have.
    fn risk_and_silence(&self, history: &History, chances: f64) -> (f64, f64) {
        if chances == 0.0 {
            return (0.0, 0.0);
        }
        let silence = ((history.age - history.recency) / (self.alpha + history.recency)).ln_1p();
        (self.a / (self.b + chances - 1.0), (self.r + f64::from(history.frequency)) * silence)
    }

    fn log_odds_gone(&self, history: &History, chances: f64) -> f64 {
        let (risk, silence) = self.risk_and_silence(history, chances);
        risk.ln() + silence
    }

    fn odds_gone(&self, history: &History, chances: f64) -> f64 {
        let (risk, silence) = self.risk_and_silence(history, chances);
        // Beyond, the power may leave the doubles where the product does not.
        if silence < 600.0 { risk * silence.exp() } else { (risk.ln() + silence).exp() }
    }

    /// Log-likelihood of a history with so many chances to leave: the BG/NBD has x, the MBG/NBD x + 1.
    pub(super) fn log_likelihood_with(&self, history: &History, chances: f64) -> f64 {
        let x = f64::from(history.frequency);
        let buying =
            ln_gamma_ratio(self.r, x) - x * self.alpha.ln() - (self.r + x) * (history.age / self.alpha).ln_1p();
        let staying = ln_gamma_ratio(self.b, chances) - ln_gamma_ratio(self.a + self.b, chances);
        buying + staying + softplus(self.log_odds_gone(history, chances))
    }

    pub(super) fn probability_alive_with(&self, history: &History, chances: f64) -> f64 {
        1.0 / (1.0 + self.odds_gone(history, chances))
    }

    pub(super) fn if_alive_with(&self, frequency: u32, age: f64, chances: f64) -> Self {
        Self { r: self.r + f64::from(frequency), alpha: self.alpha + age, a: self.a, b: self.b + chances }
    }
}

impl Parameters for BgNbd {
    const NAMES: &'static [&'static str] = &["r", "alpha", "a", "b"];

    fn parameters(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.a, self.b]
    }

    fn from_parameters(values: &[f64]) -> Result<Self> {
        let &[r, alpha, a, b] = values else {
            return Err(ModelError::invalid("number of parameters", values.len() as f64, "4: r, alpha, a, b"));
        };
        Self::new(r, alpha, a, b)
    }
}

impl BuyTillYouDie for BgNbd {
    type Alive = Self;

    fn name(&self) -> &'static str {
        "BG/NBD"
    }

    fn log_likelihood(&self, history: &History) -> f64 {
        self.log_likelihood_with(history, f64::from(history.frequency))
    }

    fn probability_alive(&self, history: &History) -> f64 {
        self.probability_alive_with(history, f64::from(history.frequency))
    }

    fn if_alive(&self, frequency: u32, age: f64) -> Self {
        self.if_alive_with(frequency, age, f64::from(frequency))
    }

    fn expected_purchases_if_alive(&self, frequency: u32, ages: &[f64], times: &[f64]) -> Vec<f64> {
        expected_purchases(&self.if_alive(frequency, 0.0), ages, times)
    }
}

impl PurchaseProcess for BgNbd {
    /// The sum over j of P(more than j purchases by one who never leaves) E[(1 - p)^j], rearranged by the number of
    /// purchases of one who never leaves.
    fn expected_purchases(&self, time: f64) -> f64 {
        let odds = self.odds(time);
        if odds == 0.0 {
            return 0.0;
        }
        self.expected_by_sum(odds).unwrap_or_else(|| self.expected_by_integral(odds))
    }

    /// A customer makes n purchases by staying n times while the n-th event but not the next falls within the time, or
    /// by leaving at the n-th event.
    fn purchase_distribution(&self, time: f64, most: usize) -> Vec<f64> {
        let odds = self.odds(time);
        let mut distribution = self.events(odds, most);
        let mut more = self.more_events(odds, &distribution);
        let mut tails = vec![0.0; most + 1];
        for (tail, event) in tails.iter_mut().zip(&distribution).rev() {
            more += event;
            *tail = more;
        }
        let (mut staying, mut leaving, mut n) = (1.0, 0.0, 0.0);
        for (probability, tail) in distribution.iter_mut().zip(tails) {
            *probability = *probability * staying + leaving * tail;
            let either = self.a + self.b + n;
            leaving = staying * self.a / either;
            staying *= (self.b + n) / either;
            n += 1.0;
        }
        distribution
    }

    /// The mean of lambda / (rate + p lambda) over lambda and p, by the trapezoidal rule in both.
    fn discounted_expected_purchases(&self, rate: f64) -> f64 {
        let rates = gamma_nodes(self.r);
        let scale = 1.0 / (self.alpha * rate).max(1.0 / FOREVER);
        let fastest = rates.iter().fold(0.0_f64, |m, node| m.max(node.0)) * scale;
        let floor = 1e-18 / (1.0 + fastest * self.a / (self.a + self.b));
        let chances = beta_nodes(self.a, self.b, -fastest.ln_1p(), floor);
        let discounted = |(x, weight): &(f64, f64)| {
            let s = x * scale;
            weight * s * chances.iter().map(|(p, weight)| weight / (1.0 + p * s)).sum::<f64>()
        };
        rates.iter().map(discounted).sum()
    }
}

/// Times longer than this many alpha count as this many: nothing that any prediction could show changes after it.
const FOREVER: f64 = 1e18;

impl BgNbd {
    /// time / alpha; 0 for a time that is not above 0.
    fn odds(&self, time: f64) -> f64 {
        if time > 0.0 { (time / self.alpha).min(FOREVER) } else { 0.0 }
    }

    /// Beyond so many terms the integral is cheaper.
    const MOST_TERMS: f64 = 3000.0;

    /// ln P(no purchase) of one who never leaves; `None` where the sum of [`BgNbd::expected_by_sum`] is too long, or
    /// starts below the doubles.
    fn log_none_for_sum(&self, odds: f64) -> Option<f64> {
        let log_none = -self.r * odds.ln_1p();
        (log_none >= -600.0 && (self.r + 40.0) * odds <= Self::MOST_TERMS).then_some(log_none)
    }

    /// `None` where the sum is too long, or starts below the doubles.
    fn expected_by_sum(&self, odds: f64) -> Option<f64> {
        let log_none = self.log_none_for_sum(odds)?;
        let step = odds / (1.0 + odds);
        // Among those who never leave, P(k purchases); E[(1 - p)^k]; and its sum over 0..k, which is how many of the k
        // purchases a real customer makes.
        let (mut probability, mut staying, mut made) = (log_none.exp(), 1.0, 0.0);
        let (mut k, mut sum) = (0.0, 0.0);
        while k < Self::MOST_TERMS {
            probability *= step * (self.r + k) / (k + 1.0);
            made += staying;
            staying *= (self.b + k) / (self.a + self.b + k);
            k += 1.0;
            let term = probability * made;
            sum += term;
            let ratio = (step * (self.r + k) / (k + 1.0)).max(step) * (1.0 + 1.0 / k);
            if ratio < 1.0 && term * ratio < 1e-16 * sum * (1.0 - ratio) {
                return Some(sum);
            }
        }
        None
    }

    /// P(n purchases) of a customer who never leaves, n = 0 ..= `most`: negative binomial.
    fn events(&self, odds: f64, most: usize) -> Vec<f64> {
        let mut events = vec![0.0; most + 1];
        let step = odds / (1.0 + odds);
        let log_none = -self.r * odds.ln_1p();
        // Where "no events" is below the doubles, the recurrence starts from the most likely number instead.
        let anchor = if log_none > -600.0 { 0 } else { (((self.r - 1.0) * odds) as usize).min(most) };
        let x = anchor as f64;
        let log_anchor = if anchor == 0 { 0.0 } else { -ln_beta(self.r, x) - x.ln() - x * (1.0 / odds).ln_1p() };
        events[anchor] = (log_anchor + log_none).exp();
        for n in anchor..most {
            events[n + 1] = events[n] * step * (self.r + n as f64) / (n as f64 + 1.0);
        }
        for n in (0..anchor).rev() {
            events[n] = events[n + 1] * (n as f64 + 1.0) / (step * (self.r + n as f64));
        }
        events
    }

    /// P(more events than `events` lists) of a customer who never leaves.
    fn more_events(&self, odds: f64, events: &[f64]) -> f64 {
        let step = odds / (1.0 + odds);
        let mut n = events.len() as f64 - 1.0;
        let mut term = events[events.len() - 1];
        if n > self.r * odds {
            let mut sum = 0.0;
            for _ in 0..2000 {
                let ratio = step * (self.r + n) / (n + 1.0);
                term *= ratio;
                sum += term;
                n += 1.0;
                if term * ratio.max(step) <= 1e-17 * sum * (1.0 - ratio.max(step)) {
                    return sum;
                }
            }
        }
        (1.0 - events.iter().sum::<f64>()).max(0.0)
    }

    /// The mean of (1 - (alpha / (alpha + p t))^r) / p over p ~ Beta(a, b).
    fn expected_by_integral(&self, odds: f64) -> f64 {
        let r = self.r;
        let per_chance = |logit: &Logit| {
            let events = r * (odds * logit.p).ln_1p();
            if events < 1e-17 { (r * odds).ln() } else { (-(-events).exp_m1()).ln() - logit.ln_p }
        };
        let slope = |logit: &Logit| {
            let events = r * (odds * logit.p).ln_1p();
            if events < 1e-9 {
                return -0.5 * (r + 1.0) * odds * logit.p;
            }
            logit.q * (r * odds * logit.p / (1.0 + odds * logit.p) / events.exp_m1() - 1.0)
        };
        ln_beta_mean(self.a, self.b, (-odds.ln_1p(), 0.0), per_chance, slope).exp()
    }
}

/// ln(1 + e^x) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
pub(super) mod tests;

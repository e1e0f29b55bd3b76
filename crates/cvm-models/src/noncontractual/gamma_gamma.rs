//! The Gamma-Gamma model of what a customer spends on a purchase, independent of how often they buy.
//!
//! Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; Colombo & Jiang (1999), "A Stochastic RFM Model".
//!
//! The value of a purchase is gamma(p, nu) distributed, with the customer's own nu, gamma(q, gamma) over customers. A
//! customer is known by x purchases of mean value z; after them nu is gamma(q + p x, gamma + x z).

pub use crate::fitting::Settings;
use crate::fitting::{ADVICE, Fitted, Likelihood, Parameters, climb, names, penalty, positive, summarize};
use crate::numerics::newton::Evaluation;
use crate::numerics::special::{digamma, ln_beta, ln_gamma, trigamma};
use crate::{ModelError, Result};
use nalgebra::{DMatrix, DVector};
use statrs::function::gamma::gamma_lr;

const NAME: &str = "Gamma-Gamma";

/// What is known of the spending of one customer, or of several who are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    /// Number of purchases x that the mean is taken over: usually the repeat purchases. 0 says nothing and is allowed.
    pub purchases: u32,
    /// Their mean value z, above 0; not looked at where there is no purchase.
    pub mean: f64,
    /// How many customers they are; any positive weight will do.
    pub weight: f64,
}

/// The model at given parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    gamma: f64,
}

impl GammaGamma {
    /// The model with purchases gamma(shape `p`, rate nu) and nu gamma(shape `q`, rate `gamma`).
    ///
    /// # Errors
    /// [`ModelError::Invalid`] naming the parameter that is not a finite positive number.
    pub fn new(p: f64, q: f64, gamma: f64) -> Result<Self> {
        Self::from_parameters(&[p, q, gamma])
    }

    /// p, q, gamma.
    pub fn values(&self) -> [f64; 3] {
        [self.p, self.q, self.gamma]
    }

    /// Log-likelihood of the mean value of a customer's purchases; 0 where there are none.
    pub fn log_likelihood(&self, purchases: u32, mean: f64) -> f64 {
        if purchases == 0 {
            return 0.0;
        }
        let shape = self.p * f64::from(purchases);
        let ratio = f64::from(purchases) * mean / self.gamma;
        -ln_beta(shape, self.q) - shape * (1.0 / ratio).ln_1p() - self.q * ratio.ln_1p() - mean.ln()
    }

    /// The mean value of the future purchases of a customer with so many purchases of such a mean; for 0 purchases that
    /// of the population.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] where q + p x is not above 1: among such customers the few who spend most have no bound,
    /// and the mean is infinite. [`GammaGamma::median_average_spend`] always exists.
    #[inline]
    pub fn expected_average_spend(&self, purchases: u32, mean: f64) -> Result<f64> {
        let shape = self.customer_shape(purchases);
        if shape <= 1.0 {
            return Err(no_mean(shape));
        }
        Ok((self.p * (self.spend_scale(purchases, mean) / (shape - 1.0))).min(f64::MAX))
    }

    /// The median, over customers with the same past, of the mean value of a customer's purchases. Always finite (the
    /// largest double where it would exceed it).
    pub fn median_average_spend(&self, purchases: u32, mean: f64) -> f64 {
        let rate = gamma_median(self.customer_shape(purchases));
        (self.p * (self.spend_scale(purchases, mean) / rate)).min(f64::MAX)
    }

    /// Scale of future spend. The total of n future purchases is this times a beta-prime variable with shapes
    /// [`GammaGamma::purchase_shape`] and [`GammaGamma::customer_shape`]: the ratio of two gamma variables of those
    /// shapes, the first one drawn anew for each total, the second one the customer's own.
    #[inline]
    pub fn spend_scale(&self, purchases: u32, mean: f64) -> f64 {
        // A choice between two numbers rather than two ways: which one it is nobody can foresee, processors neither.
        let mean = if purchases == 0 { 0.0 } else { mean };
        (self.gamma + f64::from(purchases) * mean).min(f64::MAX)
    }

    /// First shape of the total of `future` purchases: p n.
    pub fn purchase_shape(&self, future: u32) -> f64 {
        self.p * f64::from(future)
    }

    /// Second shape, of a customer with so many past purchases: q + p x.
    #[inline]
    pub fn customer_shape(&self, purchases: u32) -> f64 {
        self.q + self.p * f64::from(purchases)
    }
}

impl Parameters for GammaGamma {
    const NAMES: &'static [&'static str] = &["p", "q", "gamma"];

    fn parameters(&self) -> Vec<f64> {
        self.values().to_vec()
    }

    fn from_parameters(values: &[f64]) -> Result<Self> {
        let &[p, q, gamma] = values else {
            return Err(ModelError::invalid("number of parameters", values.len() as f64, "3: p, q, gamma"));
        };
        for (name, value) in Self::NAMES.iter().zip(values) {
            positive(*name, *value)?;
        }
        Ok(Self { p, q, gamma })
    }
}

/// Fits the model to the customers who bought; the others are passed over, and not counted in the result. A penalty's
/// centre for gamma is the geometric mean of the customers' mean values.
///
/// # Errors
/// [`ModelError::Invalid`] naming the row whose mean value or weight is not above 0, or a setting outside its domain;
/// [`ModelError::NotIdentified`] where nobody bought, all spend the same, or the data leave a parameter open;
/// [`ModelError::NoConvergence`].
pub fn fit(customers: &[Spend], settings: &Settings) -> Result<Fitted<GammaGamma>> {
    settings.check(GammaGamma::NAMES)?;
    let mut likelihood = GammaGammaLikelihood::new(customers)?;
    let open = |found: &str, advice| ModelError::NotIdentified { model: NAME, found: found.into(), advice };
    if likelihood.groups.is_empty() {
        return Err(open("no customer with a repeat purchase", "observe longer, or use shorter periods"));
    }
    let mut means = customers.iter().filter(|c| c.purchases > 0).map(|c| c.mean);
    let first = means.next();
    if settings.penalty == 0.0 && means.all(|mean| Some(mean) == first) {
        return Err(open("all customers spend the same", "use that value, or set a penalty"));
    }
    let centre = [0.0, 0.0, likelihood.mean_logarithm()];
    let start = settings.start_or(|| rough_fit(customers, settings, &centre));
    let top = climb(NAME, &mut likelihood, &start, &centre, settings)?;
    summarize((NAME, ADVICE), names::<GammaGamma>(), 3, top, GammaGamma::from_parameters)
}

/// Logarithms of the best of a few plausible points, improved on a part of the customers where they are many.
fn rough_fit(customers: &[Spend], settings: &Settings, centre: &[f64; 3]) -> [f64; 3] {
    const ENOUGH: usize = 20_000;
    let bought: Vec<Spend> = customers.iter().filter(|c| c.purchases > 0).copied().collect();
    let stride = bought.len().div_ceil(ENOUGH);
    let some: Vec<Spend> = bought.into_iter().step_by(stride).collect();
    let mut likelihood = GammaGammaLikelihood::new(&some).expect("all customers have been checked");
    let mut best = (f64::NEG_INFINITY, *centre);
    let mut gradient = [0.0; 3];
    for p in [1.0_f64, 4.0, 16.0] {
        for q in [1.5_f64, 4.0, 12.0] {
            // The typical value of a purchase is about p gamma / q.
            let at = [p.ln(), q.ln(), centre[2] + (q / p).ln()];
            let value = likelihood.gradient(&at, &mut gradient) - penalty(settings.penalty, &at, centre);
            if value > best.0 {
                best = (value, at);
            }
        }
    }
    if stride == 1 {
        return best.1;
    }
    let climbed = climb(NAME, &mut likelihood, &best.1, centre, settings);
    climbed.map_or(best.1, |top| std::array::from_fn(|i| top.at[i]))
}

/// The log-likelihood as a function of ln p, ln q, ln gamma.
///
/// Special functions are needed once per distinct number of purchases; a customer costs a division and a logarithm.
#[derive(Debug, Clone)]
pub struct GammaGammaLikelihood {
    groups: Vec<Group>,
    /// Total spend S = x z and weight, group by group.
    totals: Vec<(f64, f64)>,
    customers: f64,
    /// Sum of the weighted logarithms of mean values, which no parameter touches.
    mean_logarithms: f64,
}

/// All who have the same number of purchases.
#[derive(Debug, Clone)]
struct Group {
    purchases: f64,
    weight: f64,
    total_logarithms: f64,
    totals: std::ops::Range<usize>,
}

impl GammaGammaLikelihood {
    /// Of these customers, without those who have no purchase.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] naming the row whose mean value or weight is not above 0.
    pub fn new(customers: &[Spend]) -> Result<Self> {
        let mut rows = Vec::with_capacity(customers.len());
        for (row, customer) in customers.iter().enumerate() {
            if customer.purchases > 0 {
                // The total is what has to stay within the doubles; it is no number above 0 where the mean is none.
                if !(positive("", customer.mean * f64::from(customer.purchases)).is_ok() && customer.mean > 0.0) {
                    return Err(ModelError::invalid(
                        format!("mean value of row {row}"),
                        customer.mean,
                        "a number above 0",
                    ));
                }
                if positive("", customer.weight).is_err() {
                    let name = format!("weight of row {row}");
                    return Err(ModelError::invalid(name, customer.weight, "a number above 0"));
                }
                rows.push(*customer);
            }
        }
        rows.sort_by_key(|row| row.purchases);
        let mut made = Self {
            groups: Vec::new(),
            totals: Vec::with_capacity(rows.len()),
            customers: rows.iter().map(|row| row.weight).sum(),
            mean_logarithms: rows.iter().map(|row| row.weight * row.mean.ln()).sum(),
        };
        for group in rows.chunk_by(|a, b| a.purchases == b.purchases) {
            let (purchases, first) = (f64::from(group[0].purchases), made.totals.len());
            made.totals.extend(group.iter().map(|row| (purchases * row.mean, row.weight)));
            let totals = &made.totals[first..];
            made.groups.push(Group {
                purchases,
                weight: totals.iter().map(|(_, weight)| weight).sum(),
                total_logarithms: totals.iter().map(|(total, weight)| weight * total.ln()).sum(),
                totals: first..made.totals.len(),
            });
        }
        Ok(made)
    }

    /// Logarithm of the geometric mean of the mean values.
    fn mean_logarithm(&self) -> f64 {
        self.mean_logarithms / self.customers
    }

    /// Sums over the customers of a group of ln(1 + S/gamma), f and f (1 - f), where f = gamma / (gamma + S).
    fn sums(&self, group: &Group, gamma: f64) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for (total, weight) in &self.totals[group.totals.clone()] {
            let f = gamma / (gamma + total);
            sums[0] -= weight * f.ln();
            sums[1] += weight * f;
            sums[2] += weight * f * (1.0 - f);
        }
        sums
    }
}

impl Likelihood for GammaGammaLikelihood {
    fn dimension(&self) -> usize {
        3
    }

    fn customers(&self) -> f64 {
        self.customers
    }

    fn gradient(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let evaluation = self.evaluate(at);
        gradient.copy_from_slice(evaluation.gradient.as_slice());
        evaluation.value
    }

    fn evaluate(&mut self, at: &[f64]) -> Evaluation {
        let (p, q, gamma) = (at[0].exp(), at[1].exp(), at[2].exp());
        let mut value = -self.mean_logarithms;
        let (mut g, mut h) = ([0.0; 3], [[0.0; 3]; 3]);
        let (digamma_q, trigamma_q) = (digamma(q), trigamma(q));
        for group in &self.groups {
            let (x, w) = (group.purchases, group.weight);
            let [log_rise, f, f_rest] = self.sums(group, gamma);
            let shape = p * x;
            // Sum of ln(S / (gamma + S)).
            let log_share = group.total_logarithms - w * at[2] - log_rise;
            let (digamma_all, trigamma_all) = (digamma(shape + q), trigamma(shape + q));
            value += shape * log_share - q * log_rise - w * ln_beta(shape, q);
            let by_p = shape * (w * (digamma_all - digamma(shape)) + log_share);
            let by_q = q * (w * (digamma_all - digamma_q) - log_rise);
            g[0] += by_p;
            g[1] += by_q;
            g[2] += q * w - (shape + q) * f;
            h[0][0] += by_p + shape * shape * w * (trigamma_all - trigamma(shape));
            h[0][1] += shape * q * w * trigamma_all;
            h[1][1] += by_q + q * q * w * (trigamma_all - trigamma_q);
            h[0][2] -= shape * f;
            h[1][2] += q * (w - f);
            h[2][2] -= (shape + q) * f_rest;
        }
        let finite = h.iter().flatten().chain(&g).all(|v| v.is_finite()) && value.is_finite();
        Evaluation {
            value: if finite { value } else { f64::NEG_INFINITY },
            gradient: DVector::from_column_slice(&g),
            hessian: DMatrix::from_fn(3, 3, |i, j| h[i.min(j)][i.max(j)]),
        }
    }
}

#[cold]
fn no_mean(shape: f64) -> ModelError {
    let expected = "a number above 1: up to there the expected spend is infinite, use the median";
    ModelError::invalid("q + p x of the Gamma-Gamma model", shape, expected)
}

/// Median of the gamma distribution with this shape and rate 1; at least the smallest positive double.
fn gamma_median(shape: f64) -> f64 {
    if shape > 100.0 {
        // Choi (1994), "On the medians of gamma distributions and an equation of Ramanujan".
        let by = 1.0 / shape;
        return shape - 1.0 / 3.0 + by * (8.0 / 405.0 + by * (184.0 / 25515.0 + by * 2248.0 / 3_444_525.0));
    }
    // Newton in the logarithm of the median. Near 0 the distribution function is x^shape / Gamma(shape + 1), which is
    // the start for a small shape; Wilson & Hilferty (1931) is the start for the others.
    let mut y = if shape < 0.5 {
        (0.5_f64.ln() + ln_gamma(shape + 1.0)) / shape
    } else {
        (shape * (1.0 - 1.0 / (9.0 * shape)).powi(3)).ln()
    };
    if y < -700.0 {
        return f64::MIN_POSITIVE;
    }
    for _ in 0..20 {
        let x = y.exp();
        let slope = (shape * y - x - ln_gamma(shape)).exp();
        let step = (gamma_lr(shape, x) - 0.5) / slope;
        y -= step.clamp(-1.0, 1.0);
        if step.abs() < 1e-14 {
            break;
        }
    }
    y.exp()
}

#[cfg(test)]
mod tests;

//! How far the figures of the base may be off: the losses of each period are drawn anew from the fitted curve, the curve
//! is fitted again, and the figures follow (a parametric bootstrap); plain chance is added to what is an outcome.
//!
//! Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 6.

use super::remaining::{Ahead, rates};
use super::{Options, Retention};
use cvm_core::report::Interval;
use cvm_models::contractual::RenewalTable;
use cvm_models::contractual::beta_discrete_weibull::BetaDiscreteWeibull;
use cvm_models::contractual::constant_churn::ConstantChurn;
use cvm_models::contractual::retention::Curve;
use cvm_models::contractual::shifted_beta_geometric::ShiftedBetaGeometric;
use rand::SeedableRng;
use rand_distr::{Binomial, Distribution, StandardNormal};
use rand_pcg::Pcg64Mcg;

/// Draws: enough for bounds at 5% and 95%.
const DRAWS: usize = 200;

/// The expected lifetime of a new customer and the residual value of the base.
pub(super) struct Bounds {
    pub(super) lifetime: Interval,
    pub(super) value: Interval,
}

/// Bounds around `lifetime` and the value of active contracts, whose margins a period stand by number of renewals.
pub(super) fn bounds(
    fitted: &Retention,
    options: &Options,
    lifetime: f64,
    (margins, variance): (&[f64], f64),
) -> Bounds {
    let mut rng = Pcg64Mcg::seed_from_u64(options.seed);
    let (horizon, discount) = (options.horizon_periods(), options.discount_per_period());
    let value_of = |rates: &[f64]| -> f64 {
        let ahead = |n: usize| Ahead::after(&rates[n..], horizon, discount).discounted;
        (0..margins.len()).filter(|n| margins[*n] != 0.0).map(|n| margins[n] * ahead(n)).sum()
    };
    let last = margins.len() as u32 + horizon;
    let value = value_of(&rates(fitted.curve.as_dyn(), last));
    let (mut lifetimes, mut values) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    for _ in 0..DRAWS {
        let noise: f64 = StandardNormal.sample(&mut rng);
        let Some(curve) = redrawn(fitted, &mut rng) else { continue };
        let rates = rates(curve.as_dyn(), last);
        lifetimes.push(lifetime_of(&rates, horizon));
        values.push((value_of(&rates) + noise * variance.sqrt()).max(0.0));
    }
    Bounds { lifetime: around(lifetime, lifetimes), value: around(value, values) }
}

/// Periods that a new customer stays within the horizon, the first, which is always there, included.
pub(super) fn lifetime_of(rates: &[f64], horizon: u32) -> f64 {
    1.0 + Ahead::after(rates, horizon - 1, 0.0).periods
}

/// The chosen curve, fitted to losses drawn from it.
fn redrawn(fitted: &Retention, rng: &mut Pcg64Mcg) -> Option<Curve> {
    let curve = fitted.curve.as_dyn();
    let at_risk = fitted.table.at_risk().to_vec();
    let lost = at_risk.iter().zip(1..).map(|(count, period)| {
        let chance = (1.0 - curve.retention(period)).clamp(0.0, 1.0);
        Binomial::new(count.round() as u64, chance).ok().map(|losses| losses.sample(rng) as f64)
    });
    let table = RenewalTable::from_counts(at_risk.clone(), lost.collect::<Option<Vec<f64>>>()?).ok()?;
    let settings = cvm_models::contractual::retention::Settings::default().fit;
    match fitted.curve {
        Curve::ConstantChurn(_) => ConstantChurn::fit(&table).ok().map(Curve::ConstantChurn),
        Curve::ShiftedBetaGeometric(_) => {
            ShiftedBetaGeometric::fit(&table, &settings).ok().map(|f| Curve::ShiftedBetaGeometric(f.model))
        }
        Curve::BetaDiscreteWeibull(_) => {
            BetaDiscreteWeibull::fit(&table, &settings).ok().map(|f| Curve::BetaDiscreteWeibull(f.model))
        }
    }
}

/// 5% of the draws lie below and 5% above.
fn around(value: f64, mut draws: Vec<f64>) -> Interval {
    draws.retain(|draw| draw.is_finite());
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws.get((share * draws.len().saturating_sub(1) as f64).round() as usize).copied();
    let (low, high) = (at(0.05).unwrap_or(value), at(0.95).unwrap_or(value));
    Interval { value, low: low.min(value), high: high.max(value) }
}

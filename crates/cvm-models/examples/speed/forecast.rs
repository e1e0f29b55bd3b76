//! The forecast of two million customers: tables, bounds of each, and the total.

use crate::{customers, timed};
use cvm_models::Result;
use cvm_models::noncontractual::bgnbd::BgNbd;
use cvm_models::noncontractual::gamma_gamma::GammaGamma;
use cvm_models::noncontractual::pareto_nbd::ParetoNbd;
use cvm_models::noncontractual::posterior::laplace_draws;
use cvm_models::noncontractual::predictive::{Component, Forecast, Settings, draws_for};
use cvm_models::noncontractual::{BuyTillYouDie, Estimate, History, Parameters};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

const PARAMETERS: [f64; 4] = [0.243, 30.9, 0.793, 2.426];
const SPEND: [f64; 3] = [6.25, 3.74, 15.44];

pub fn forecast() -> Result<()> {
    let customers = customers::bg_nbd(2_000_000);
    let mut pairs: Vec<(u32, f64)> = customers.iter().map(|h| (h.frequency, h.age)).collect();
    pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs.dedup();
    let count = draws_for(pairs.len());
    let settings = Settings { horizon: 365.0, ..Settings::default() };
    let spend: Vec<GammaGamma> = drawn(&SPEND, count)?;
    let built = timed(&format!("tables of {} pairs with {count} draws", pairs.len()), || {
        Forecast::build(vec![Component::new(1.0, drawn::<BgNbd>(&PARAMETERS, count)?)], &spend, &pairs, &settings)
    })?;
    let pareto = ParetoNbd::new(0.553, 74.0, 0.606, 81.7)?;
    timed("the same with BG/NBD and Pareto/NBD combined", || {
        let bg_nbd = Component::new(0.5, drawn::<BgNbd>(&PARAMETERS, count)?);
        Forecast::build(vec![bg_nbd, Component::new(0.5, vec![pareto; count])], &spend, &pairs, &settings)
    })?;

    let model = BgNbd::from_parameters(&PARAMETERS)?;
    let alive: Vec<[f64; 1]> = customers.iter().map(|h| [model.probability_alive(h)]).collect();
    let place = |h: &History| built.place(h.frequency, h.age).expect("built from these customers");
    let bound = |h, alive| built.bounds(place(h), alive, 30.0, 0.05, 0.95).expect("built with spend").1;
    let uppers: f64 = timed(&format!("bounds of {} customers", customers.len()), || {
        customers.iter().zip(&alive).map(|(history, alive)| bound(history, alive)).sum()
    });
    println!("  the upper ones add up to {uppers:.0}");
    let (mean, (low, high)) = timed("total", || {
        let each = customers.iter().zip(&alive).map(|(h, a)| (place(h), a.as_slice(), 30.0));
        let total = built.total(each).expect("built with spend");
        let sample: Vec<(History, f64)> = customers.iter().step_by(100).map(|h| (*h, 30.0)).collect();
        (total.mean, total.bounds(&built.doubt(&sample), 0.05, 0.95))
    });
    println!("  {mean:.0}, 90% from {low:.0} to {high:.0}");
    Ok(())
}

/// Models as drawn after a fit with standard errors of 2% on every parameter.
fn drawn<M: Parameters>(parameters: &[f64], count: usize) -> Result<Vec<M>> {
    let estimate =
        |(name, &value): (&&str, &f64)| Estimate { name: name.to_string(), value, standard_error: 0.02 * value };
    let estimates: Vec<Estimate> = M::NAMES.iter().zip(parameters).map(estimate).collect();
    let size = parameters.len();
    let covariance: Vec<f64> = (0..size * size).map(|i| if i % (size + 1) == 0 { 4e-4 } else { 0.0 }).collect();
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let draws = laplace_draws(&estimates, size, &covariance, count, &mut rng)?;
    draws.iter().map(|values| M::from_parameters(values)).collect()
}

//! Times the forecast of two million customers: `cargo run --release --example forecast_speed`.

use cvm_models::noncontractual::bgnbd::{self, BgLikelihood, BgNbd, FirstLeave};
use cvm_models::noncontractual::gamma_gamma::GammaGamma;
use cvm_models::noncontractual::pareto_nbd::ParetoNbd;
use cvm_models::noncontractual::posterior::{self, Prior, laplace_draws};
use cvm_models::noncontractual::predictive::{Component, Forecast, Settings, draws_for};
use cvm_models::noncontractual::{BuyTillYouDie, Estimate, History, Parameters, Pattern};
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp, Gamma};
use rand_pcg::Pcg64Mcg;
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

const PARAMETERS: [f64; 4] = [0.243, 30.9, 0.793, 2.426];
const SPEND: [(&str, f64); 3] = [("p", 6.25), ("q", 3.74), ("gamma", 15.44)];

fn main() -> cvm_models::Result<()> {
    let rng = &mut Pcg64Mcg::seed_from_u64(1);
    sampling(2_357, rng)?;
    sampling(100_000, rng)?;
    let customers: Vec<History> = (0..2_000_000).map(|_| customer(rng)).collect();
    forecasting(&customers, rng)
}

/// CPU seconds of this process, all threads, to a hundredth.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>();
    ticks / 100.0
}

fn report(what: &str, since: (f64, Instant)) {
    #[expect(clippy::print_stdout, reason = "an example speaks to the terminal")]
    {
        println!("{what}: {:.2} CPU s, {:.2} s", cpu_seconds() - since.0, since.1.elapsed().as_secs_f64());
    }
}

fn now() -> (f64, Instant) {
    (cpu_seconds(), Instant::now())
}

/// A customer of whole days, as a file of purchases would show them.
fn customer(rng: &mut impl Rng) -> History {
    let [r, alpha, a, b] = PARAMETERS;
    let rate = Gamma::new(r, 1.0 / alpha).expect("positive").sample(rng).max(1e-300);
    let leave = Beta::new(a, b).expect("positive").sample(rng);
    let gap = Exp::new(rate).expect("positive");
    let age = rng.random_range(1..=730u32);
    let (mut frequency, mut recency, mut time) = (0, 0, 0.0);
    loop {
        time += gap.sample(rng);
        let day = time.ceil();
        if day > f64::from(age) {
            break;
        }
        if day as u32 > recency {
            (frequency, recency) = (frequency + 1, day as u32);
            if rng.random::<f64>() < leave {
                break;
            }
        }
    }
    History { frequency, recency: f64::from(recency), age: f64::from(age) }
}

fn sampling(customers: usize, rng: &mut impl Rng) -> cvm_models::Result<()> {
    let mut counted: BTreeMap<(u32, u32, u32), f64> = BTreeMap::new();
    for _ in 0..customers {
        let h = customer(rng);
        *counted.entry((h.frequency, h.recency as u32, h.age as u32)).or_default() += 1.0;
    }
    let pattern = |((x, recency, age), &weight): (&(u32, u32, u32), &f64)| Pattern {
        history: History { frequency: *x, recency: f64::from(*recency), age: f64::from(*age) },
        weight,
    };
    let patterns: Vec<Pattern> = counted.iter().map(pattern).collect();
    let started = now();
    let fitted = bgnbd::fit(&patterns, &bgnbd::Settings::default())?;
    report(&format!("fit of {customers} customers in {} patterns", patterns.len()), started);
    let likelihood = BgLikelihood::new(&patterns, FirstLeave::AfterRepeat);
    let prior = Prior::weakly_informative(&[1.0, 365.0, 1.0, 1.0], 0)?;
    let started = now();
    let drawn = posterior::sample(&likelihood, &prior, &fitted.estimates, &posterior::Settings::default())?;
    let quality = format!("r-hat {:.4}, effective sample size {:.0}", drawn.r_hat(), drawn.effective_sample_size());
    report(&format!("NUTS on them, {} draws, {} gradients, {quality}", drawn.draws(), drawn.gradients), started);
    Ok(())
}

fn forecasting(customers: &[History], rng: &mut impl Rng) -> cvm_models::Result<()> {
    let mut pairs: Vec<(u32, f64)> = customers.iter().map(|h| (h.frequency, h.age)).collect();
    pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs.dedup();
    let count = draws_for(pairs.len());
    let components = vec![Component::new(1.0, models(count, rng)?)];
    let spend = spend_draws(count, rng)?;
    let settings = Settings { horizon: 365.0, ..Settings::default() };
    let started = now();
    let forecast = Forecast::build(components, &spend, &pairs, &settings)?;
    report(&format!("tables of {} pairs with {count} draws", pairs.len()), started);
    let pareto = ParetoNbd::new(0.553, 74.0, 0.606, 81.7)?;
    let both = vec![Component::new(0.5, models(count, rng)?), Component::new(0.5, vec![pareto; count])];
    let started = now();
    Forecast::build(both, &spend, &pairs, &settings)?;
    report("the same with BG/NBD and Pareto/NBD combined", started);

    let model = BgNbd::from_parameters(&PARAMETERS)?;
    let alive: Vec<[f64; 1]> = customers.iter().map(|h| [model.probability_alive(h)]).collect();
    let place = |h: &History| forecast.place(h.frequency, h.age).expect("built from these customers");
    let started = now();
    let mut sum = 0.0;
    for (history, alive) in customers.iter().zip(&alive) {
        sum += forecast.bounds(place(history), alive, 30.0, 0.05, 0.95).expect("built with spend").1;
    }
    report(&format!("bounds of {} customers (upper ones add up to {sum:.0})", customers.len()), started);
    let started = now();
    let each = customers.iter().zip(&alive).map(|(h, a)| (place(h), a.as_slice(), 30.0));
    let total = forecast.total(each).expect("built with spend");
    let sample: Vec<(History, f64)> = customers.iter().step_by(100).map(|h| (*h, 30.0)).collect();
    let (low, high) = total.bounds(&forecast.doubt(&sample), 0.05, 0.95);
    report(&format!("total {:.0}, 90% from {low:.0} to {high:.0}", total.mean), started);
    Ok(())
}

/// Draws as after a fit with standard errors of 2% on every parameter.
fn draws(named: &[(&str, f64)], count: usize, rng: &mut impl Rng) -> cvm_models::Result<Vec<Vec<f64>>> {
    let estimate = |&(name, value): &(&str, f64)| Estimate { name: name.into(), value, standard_error: 0.02 * value };
    let estimates: Vec<Estimate> = named.iter().map(estimate).collect();
    let size = named.len();
    let covariance: Vec<f64> = (0..size * size).map(|i| if i % (size + 1) == 0 { 4e-4 } else { 0.0 }).collect();
    laplace_draws(&estimates, size, &covariance, count, rng)
}

fn models(count: usize, rng: &mut impl Rng) -> cvm_models::Result<Vec<BgNbd>> {
    let named: Vec<(&str, f64)> = BgNbd::NAMES.iter().copied().zip(PARAMETERS).collect();
    draws(&named, count, rng)?.iter().map(|values| BgNbd::from_parameters(values)).collect()
}

fn spend_draws(count: usize, rng: &mut impl Rng) -> cvm_models::Result<Vec<GammaGamma>> {
    draws(&SPEND, count, rng)?.iter().map(|values| GammaGamma::from_parameters(values)).collect()
}

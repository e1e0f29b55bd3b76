//! CPU seconds of each step on simulated customers: `cargo run --release -p cvm-models --example speed [JOB...]`.
//!
//! Jobs are `fit`, `predict`, `spend`, `posterior`, `forecast`, `allocation` and `propensity`; without a name, all. Each
//! step is repeated for half a second or more, because Linux counts in hundredths. For the comparison with other tools see `benchmarks/`.
#![expect(clippy::print_stdout, reason = "a program to be read at the terminal")]

mod customers;
mod decide;
mod forecast;

use cvm_models::Result;
use cvm_models::noncontractual::bgnbd::{self, BgLikelihood, BgNbd, FirstLeave};
use cvm_models::noncontractual::pareto_nbd::{self, ParetoNbd};
use cvm_models::noncontractual::posterior::{self, Prior};
use cvm_models::noncontractual::{BuyTillYouDie, Fitted, Parameters, Pattern, PurchaseProcess};
use cvm_models::noncontractual::{collapse, gamma_gamma, mbgnbd};
use std::hint::black_box;

type Job = (&'static str, fn() -> Result<()>);

const JOBS: [Job; 7] = [
    ("fit", fit),
    ("predict", predict),
    ("spend", spend),
    ("posterior", sample_posterior),
    ("forecast", forecast::forecast),
    ("allocation", decide::allocation),
    ("propensity", decide::propensity),
];

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| JOBS.iter().all(|(job, _)| job != name)) {
        println!("there is no job `{unknown}`; jobs are {}", JOBS.map(|(job, _)| job).join(", "));
        return Ok(());
    }
    for (_, job) in JOBS.iter().filter(|(job, _)| wanted.is_empty() || wanted.iter().any(|name| name == job)) {
        job()?;
    }
    Ok(())
}

fn fit() -> Result<()> {
    let million = customers::bg_nbd(1_000_000);
    let (patterns, _) = timed("collapse of 1,000,000 BG/NBD customers", || collapse(&million));
    println!("  {} patterns", patterns.len());
    told(timed("BG/NBD fit of them", || bgnbd::fit(&patterns, &Default::default()))?);
    told(timed("MBG/NBD fit of them", || mbgnbd::fit(&patterns, &Default::default()))?);
    let (patterns, _) = collapse(&customers::pareto_nbd(100_000));
    println!("  {} patterns of 100,000 Pareto/NBD customers", patterns.len());
    told(timed("Pareto/NBD fit of them", || pareto_nbd::fit(&patterns, &Default::default()))?);
    Ok(())
}

fn told<M: Parameters>(fitted: Fitted<M>) {
    let each = fitted.estimates.iter().map(|e| format!("{} {:.4} +- {:.4}", e.name, e.value, e.standard_error));
    println!("  {}; {} evaluations", each.collect::<Vec<_>>().join(", "), fitted.iterations);
}

fn predict() -> Result<()> {
    let (patterns, _) = collapse(&customers::bg_nbd(1_000_000));
    predictions(&patterns, &BgNbd::new(0.243, 30.9, 0.793, 2.426)?);
    predictions(&patterns, &mbgnbd::MbgNbd::new(0.46, 43.9, 1.0, 2.4)?);
    let (patterns, _) = collapse(&customers::pareto_nbd(1_000_000));
    predictions(&patterns, &ParetoNbd::new(0.55, 74.0, 0.61, 82.0)?);
    Ok(())
}

/// Each kind of prediction for every frequency and age that occurs, and P(alive) for every pattern.
fn predictions(patterns: &[Pattern], model: &impl BuyTillYouDie) {
    let mut pairs: Vec<(u32, f64)> = patterns.iter().map(|p| (p.history.frequency, p.history.age)).collect();
    pairs.dedup();
    println!("{}: {} patterns, {} futures", model.name(), patterns.len(), pairs.len());
    let futures: Vec<_> = pairs.iter().map(|(frequency, age)| model.if_alive(*frequency, *age)).collect();
    let each = |what: &str, one: &dyn Fn(usize) -> f64| {
        let total: f64 = timed(what, || (0..futures.len()).map(one).sum());
        println!("  sum {total:.6}");
    };
    each("purchases expected in 30 days", &|i| futures[i].expected_purchases(30.0));
    each("purchases expected in 365 days", &|i| futures[i].expected_purchases(365.0));
    each("distribution of 0 to 50 in 365 days", &|i| futures[i].purchase_distribution(365.0, 50)[50]);
    each("discounted purchases", &|i| futures[i].discounted_expected_purchases(4e-4));
    let alive: f64 =
        timed("P(alive)", || patterns.iter().map(|p| model.probability_alive(&p.history) * p.weight).sum());
    println!("  {alive:.0} alive");
}

fn spend() -> Result<()> {
    let spend = customers::spend(1_000_000);
    let fitted = timed("Gamma-Gamma fit of 1,000,000", || gamma_gamma::fit(&spend, &Default::default()))?;
    let model = fitted.model;
    told(fitted);
    let expected = || spend.iter().filter_map(|s| model.expected_average_spend(s.purchases, s.mean).ok()).sum();
    let sum: f64 = timed("their expected spend", expected);
    println!("  {:.4} on average", sum / spend.len() as f64);
    Ok(())
}

fn sample_posterior() -> Result<()> {
    for customers in [2_357, 100_000] {
        let (patterns, _) = collapse(&customers::bg_nbd(customers));
        let fitted = bgnbd::fit(&patterns, &Default::default())?;
        let likelihood = BgLikelihood::new(&patterns, FirstLeave::AfterRepeat);
        let prior = Prior::weakly_informative(&[1.0, 365.0, 1.0, 1.0], 0)?;
        let drawn = timed(&format!("NUTS on {customers} customers in {} patterns", patterns.len()), || {
            posterior::sample(&likelihood, &prior, &fitted.estimates, &Default::default())
        })?;
        let (r_hat, size) = (drawn.r_hat(), drawn.effective_sample_size());
        let (draws, gradients) = (drawn.draws(), drawn.gradients);
        println!("  {draws} draws, {gradients} gradients, r-hat {r_hat:.4}, effective sample size {size:.0}");
    }
    Ok(())
}

/// Does it again and again, prints CPU seconds of one time, and returns what the last one did.
fn timed<T>(what: &str, mut step: impl FnMut() -> T) -> T {
    let start = cpu_seconds();
    let (mut times, mut done) = (1, black_box(step()));
    while cpu_seconds() - start < 0.5 {
        done = black_box(step());
        times += 1;
    }
    println!("{what}: {:.5} CPU s", (cpu_seconds() - start) / f64::from(times));
    done
}

/// Of this process, all threads, in hundredths of a second, as Linux tells them.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this program measures on Linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>();
    ticks / 100.0
}

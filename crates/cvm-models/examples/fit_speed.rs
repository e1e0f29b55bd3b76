//! How long a million customers take: `cargo run --release -p cvm-models --example fit_speed`.
//!
//! Simulates two years of purchases by day with staggered first purchases, collapses them and fits BG/NBD and MBG/NBD.
#![expect(clippy::print_stdout, reason = "a program to be read at the terminal")]

use cvm_models::noncontractual::{BuyTillYouDie, History, Pattern, PurchaseProcess, bgnbd, collapse, mbgnbd};
use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp1, Gamma};

fn main() -> cvm_models::Result<()> {
    let histories = simulate(1_000_000);
    let start = now();
    let (patterns, _) = collapse(&histories);
    println!("{} customers are {} patterns: collapsed in {:.3} s", histories.len(), patterns.len(), now() - start);
    let start = now();
    let fitted = bgnbd::fit(&patterns, &bgnbd::Settings::default())?;
    println!("BG/NBD fitted in {:.3} s: {:?}, {} evaluations", now() - start, fitted.model, fitted.iterations);
    let start = now();
    let fitted = mbgnbd::fit(&patterns, &bgnbd::Settings::default())?;
    println!("MBG/NBD fitted in {:.3} s: {:?}, {} evaluations", now() - start, fitted.model, fitted.iterations);
    predict(&patterns, &fitted.model);
    Ok(())
}

/// Each kind of prediction for every frequency and age that occurs.
fn predict(patterns: &[Pattern], model: &impl BuyTillYouDie) {
    let mut pairs: Vec<(u32, f64)> = patterns.iter().map(|p| (p.history.frequency, p.history.age)).collect();
    pairs.dedup();
    let futures: Vec<_> = pairs.iter().map(|(frequency, age)| model.if_alive(*frequency, *age)).collect();
    let measure = |what: &str, prediction: &dyn Fn(usize) -> f64| {
        let start = now();
        let total: f64 = (0..futures.len()).map(prediction).sum();
        println!("{what} of {} in {:.3} s (sum {total:.6})", futures.len(), now() - start);
    };
    measure("expected purchases in 30 days", &|i| futures[i].expected_purchases(30.0));
    measure("expected purchases in 365 days", &|i| futures[i].expected_purchases(365.0));
    measure("distribution to 50 over 365 days", &|i| futures[i].purchase_distribution(365.0, 50)[50]);
    measure("discounted purchases", &|i| futures[i].discounted_expected_purchases(4e-4));
    let start = now();
    let alive: f64 = patterns.iter().map(|p| p.weight * model.probability_alive(&p.history)).sum();
    println!("alive: {alive:.0}, in {:.3} s", now() - start);
}

/// Processor time of this thread in seconds, as Linux tells it.
fn now() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this program measures on Linux");
    let nanoseconds =
        told.split(' ').next().and_then(|n| n.parse::<f64>().ok()).expect("the file starts with a number");
    nanoseconds * 1e-9
}

/// BG/NBD customers with the parameters of CDNOW (Fader, Hardie & Lee 2005), by day.
fn simulate(customers: usize) -> Vec<History> {
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(2005);
    let rates = Gamma::new(0.243, 1.0 / 30.9).expect("positive parameters");
    let chances = Beta::new(0.793, 2.426).expect("positive parameters");
    let mut one = || {
        let age = f64::from(rng.random_range(1..=730_u32));
        let (rate, leaving) = (rates.sample(&mut rng), chances.sample(&mut rng));
        let (mut time, mut frequency, mut recency) = (0.0, 0, 0.0);
        loop {
            let wait: f64 = Exp1.sample(&mut rng);
            time += wait / rate;
            if time >= age + 1.0 {
                break;
            }
            if time.floor() > recency {
                frequency += 1;
                recency = time.floor();
            }
            if rng.random_bool(leaving) {
                break;
            }
        }
        History { frequency, recency, age }
    };
    (0..customers).map(|_| one()).collect()
}

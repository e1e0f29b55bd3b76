//! How long a Pareto/NBD fit of 100 thousand customers and the scoring of a million take, in CPU seconds.
//!
//! `cargo run --release -p cvm-models --example pareto_speed`

use cvm_models::noncontractual::gamma_gamma::{self, Spend};
use cvm_models::noncontractual::pareto_nbd::{self, ParetoNbd, Settings};
use cvm_models::noncontractual::{BuyTillYouDie, History, PurchaseProcess, collapse};
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, Gamma};
use rand_pcg::Pcg64Mcg;
use std::collections::HashMap;

#[expect(clippy::print_stdout, reason = "a program for the terminal")]
fn main() {
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let truth = ParetoNbd::new(0.55, 74.0, 0.61, 82.0).expect("all positive");
    let customers: Vec<History> = (0..1_000_000).map(|_| simulated(&truth, &mut rng)).collect();

    let (start, few) = (cpu_seconds(), &customers[..100_000]);
    let (patterns, _) = collapse(few);
    let collapsed = cpu_seconds() - start;
    let fitted = pareto_nbd::fit(&patterns, &Settings::default()).expect("data of the model itself");
    println!("fit: {} customers, {} patterns", few.len(), patterns.len());
    println!(
        "  {:.3} CPU s, of which {collapsed:.3} to collapse; {} evaluations",
        cpu_seconds() - start,
        fitted.iterations
    );
    for estimate in &fitted.estimates {
        println!("  {:5} {:9.4} +- {:.4}", estimate.name, estimate.value, estimate.standard_error);
    }

    let start = cpu_seconds();
    let (patterns, _) = collapse(&customers);
    println!("score: {} customers, {} patterns", customers.len(), patterns.len());
    println!("  {:.3} CPU s to collapse", cpu_seconds() - start);
    let start = cpu_seconds();
    let alive: Vec<f64> = patterns.iter().map(|p| fitted.model.probability_alive(&p.history)).collect();
    println!("  {:.3} CPU s for P(alive)", cpu_seconds() - start);
    let start = cpu_seconds();
    let mut futures: HashMap<(u32, u64), f64> = HashMap::new();
    let mut total = 0.0;
    for (pattern, alive) in patterns.iter().zip(&alive) {
        let History { frequency, age, .. } = pattern.history;
        let expected = futures
            .entry((frequency, age.to_bits()))
            .or_insert_with(|| fitted.model.if_alive(frequency, age).expected_purchases(365.0));
        total += pattern.weight * alive * *expected;
    }
    println!("  {:.3} CPU s for expectations of {} kinds of living customers", cpu_seconds() - start, futures.len());
    println!("  {total:.1} purchases expected in a year");
    let start = cpu_seconds();
    let mut sum = 0.0;
    for (frequency, age) in futures.keys().take(2000) {
        sum += fitted.model.if_alive(*frequency, f64::from_bits(*age)).purchase_distribution(365.0, 300)[0];
    }
    println!("  {:.1} us a distribution of 0 to 300 purchases ({sum:.1})", 1e6 * (cpu_seconds() - start) / 2000.0);

    let values = Gamma::new(3.7, 1.0 / 15.4).expect("positive");
    let spend: Vec<Spend> = (0..1_000_000_u32)
        .map(|i| {
            let (purchases, nu) = (1 + i % 20, values.sample(&mut rng));
            let total = Gamma::new(6.2 * f64::from(purchases), 1.0 / nu).expect("positive").sample(&mut rng);
            Spend { purchases, mean: total / f64::from(purchases), weight: 1.0 }
        })
        .collect();
    let start = cpu_seconds();
    let fitted = gamma_gamma::fit(&spend, &gamma_gamma::Settings::default()).expect("data of the model itself");
    println!("spend: {} repeat customers fitted in {:.3} CPU s", spend.len(), cpu_seconds() - start);
    let start = cpu_seconds();
    let sum: f64 = spend.iter().filter_map(|s| fitted.model.expected_average_spend(s.purchases, s.mean).ok()).sum();
    println!(
        "  {:.3} CPU s for their expected spend, {:.2} on average",
        cpu_seconds() - start,
        sum / spend.len() as f64
    );
}

/// A customer who came within the first year and is observed to the end of the second, by the day.
fn simulated(truth: &ParetoNbd, rng: &mut impl Rng) -> History {
    let [r, alpha, s, beta] = truth.values();
    let rate = Gamma::new(r, 1.0 / alpha).expect("positive").sample(rng);
    let leaving = Gamma::new(s, 1.0 / beta).expect("positive").sample(rng);
    let mut exponential = |rate: f64| -> f64 { Distribution::<f64>::sample(&Exp1, rng) / rate };
    let end = exponential(leaving);
    let mut purchases = Vec::new();
    let mut time = exponential(rate);
    while time < end && time < 730.0 {
        purchases.push(time);
        time += exponential(rate);
    }
    let age = f64::from(rng.random_range(365..=730_u32));
    let mut days: Vec<u32> =
        purchases.into_iter().map(|t| t as u32).filter(|d| f64::from(*d) <= age && *d > 0).collect();
    days.dedup();
    History::new(days.len() as u32, days.last().map_or(0.0, |d| f64::from(*d)), age).expect("within the age")
}

/// CPU time of this process, all threads.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanoseconds: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    nanoseconds / 1e9
}

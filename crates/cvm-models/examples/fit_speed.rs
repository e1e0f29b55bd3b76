//! How long a million customers take: `cargo run --release -p cvm-models --example fit_speed`.
//!
//! Simulates two years of purchases by day with staggered first purchases, collapses them and fits BG/NBD and MBG/NBD.
#![expect(clippy::print_stdout, reason = "a program to be read at the terminal")]

use cvm_models::noncontractual::{History, bgnbd, collapse, mbgnbd};
use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp1, Gamma};
use std::time::{SystemTime, UNIX_EPOCH};

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
    Ok(())
}

/// Processor time of this thread, or where the system does not tell, the time of day.
fn now() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|s| s.split(' ').next()?.parse::<f64>().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
    nanoseconds.map_or_else(clock, |n| n * 1e-9)
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

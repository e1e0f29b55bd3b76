//! Customers to measure with, drawn from the models themselves and seen by whole days, as a file of purchases has them.

use cvm_models::noncontractual::History;
use cvm_models::noncontractual::gamma_gamma::Spend;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp1, Gamma};
use rand_pcg::Pcg64Mcg;

/// BG/NBD customers with the parameters of CDNOW (Fader, Hardie & Lee 2005), who came any day of two years.
pub fn bg_nbd(customers: usize) -> Vec<History> {
    let mut rng = Pcg64Mcg::seed_from_u64(2005);
    let rates = Gamma::new(0.243, 1.0 / 30.9).expect("positive parameters");
    let chances = Beta::new(0.793, 2.426).expect("positive parameters");
    let mut one = || {
        let (age, rate) = (rng.random_range(1..=730_u32), rates.sample(&mut rng));
        let leaving = Leaving::AfterPurchase(chances.sample(&mut rng));
        by_day(age, rate, leaving, &mut rng)
    };
    (0..customers).map(|_| one()).collect()
}

/// Pareto/NBD customers who came in the first of two years.
pub fn pareto_nbd(customers: usize) -> Vec<History> {
    let mut rng = Pcg64Mcg::seed_from_u64(1987);
    let rates = Gamma::new(0.55, 1.0 / 74.0).expect("positive parameters");
    let ends = Gamma::new(0.61, 1.0 / 82.0).expect("positive parameters");
    let mut one = || {
        let (age, rate) = (rng.random_range(365..=730_u32), rates.sample(&mut rng));
        let wait: f64 = Exp1.sample(&mut rng);
        let leaving = Leaving::At(wait / ends.sample(&mut rng));
        by_day(age, rate, leaving, &mut rng)
    };
    (0..customers).map(|_| one()).collect()
}

/// Gamma-Gamma spend of customers with 1 to 20 purchases.
pub fn spend(customers: u32) -> Vec<Spend> {
    let mut rng = Pcg64Mcg::seed_from_u64(2013);
    let rates = Gamma::new(3.7, 1.0 / 15.4).expect("positive parameters");
    let mut one = |purchases: u32| {
        let scale = 1.0 / rates.sample(&mut rng);
        let total = Gamma::new(6.2 * f64::from(purchases), scale).expect("positive parameters").sample(&mut rng);
        Spend { purchases, mean: total / f64::from(purchases), weight: 1.0 }
    };
    (0..customers).map(|i| one(1 + i % 20)).collect()
}

/// How a customer leaves.
enum Leaving {
    /// With this chance after each purchase.
    AfterPurchase(f64),
    /// At this time.
    At(f64),
}

/// A customer who buys at `rate`; several purchases of one day are one.
fn by_day(age: u32, rate: f64, leaving: Leaving, rng: &mut impl Rng) -> History {
    let (mut time, mut frequency, mut recency) = (0.0, 0, 0.0);
    let observed = f64::from(age) + 1.0;
    let end = if let Leaving::At(end) = leaving { end.min(observed) } else { observed };
    loop {
        let wait: f64 = Exp1.sample(rng);
        time += wait / rate;
        if time >= end {
            break;
        }
        if time.floor() > recency {
            frequency += 1;
            recency = time.floor();
        }
        if matches!(leaving, Leaving::AfterPurchase(chance) if rng.random_bool(chance)) {
            break;
        }
    }
    History { frequency, recency, age: f64::from(age) }
}

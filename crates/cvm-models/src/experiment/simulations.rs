//! Whether chances and intervals keep what they promise, on simulated customers: most buy nothing, few buy a lot.

use super::arm::{Arm, PairedArm};
use super::cuped::adjusted_difference;
use super::difference::{difference_of_means, difference_of_ratios, relative_difference};
use super::returns::returns;
use super::sample_ratio;
use super::sequential::{self, look};
use super::strata::by_stratum;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, LogNormal, Poisson};
use rand_pcg::Pcg64Mcg;

const RUNS: u32 = 1_000;
/// Of 1,000 runs at 5%, scipy.stats.binom.ppf(0.025 and 0.975).
const FALSE_POSITIVES: std::ops::RangeInclusive<u32> = 37..=64;

struct Customer {
    past: f64,
    orders: f64,
    revenue: f64,
    treated: bool,
}

/// Customers with a liking of their own, which shows in the past and in the outcome: a third buys, for
/// log-normal sums.
fn customers(n: usize, share_treated: f64, lift: f64, rng: &mut impl Rng) -> Vec<Customer> {
    let liking = LogNormal::new(0.0, 0.7).unwrap();
    let sum = LogNormal::new(3.0, 0.8).unwrap();
    let mut one = |_| {
        let (liking, treated): (f64, bool) = (liking.sample(rng), rng.random_bool(share_treated));
        let mut buy = |often: f64| {
            let orders = Poisson::new(0.4 * often * liking).unwrap().sample(rng) as u32;
            (f64::from(orders), (0..orders).map(|_| sum.sample(rng) * liking).sum::<f64>())
        };
        let past = buy(1.0).1;
        let (orders, revenue) = buy(if treated { 1.0 + lift } else { 1.0 });
        Customer { past, orders, revenue, treated }
    };
    (0..n).map(&mut one).collect()
}

fn arm(customers: &[Customer], treated: bool, outcome: impl Fn(&Customer) -> f64) -> Arm {
    let chosen = customers.iter().filter(|c| c.treated == treated);
    Arm::of(&chosen.map(outcome).collect::<Vec<_>>()).unwrap()
}

fn pair(customers: &[Customer], treated: bool, outcomes: impl Fn(&Customer) -> (f64, f64)) -> PairedArm {
    let chosen = customers.iter().filter(|c| c.treated == treated);
    let (first, second): (Vec<_>, Vec<_>) = chosen.map(outcomes).unzip();
    PairedArm::of(&first, &second).unwrap()
}

fn adjusted(customers: &[Customer]) -> super::Effect {
    let outcomes = customers.iter().map(|c| c.revenue).collect::<Vec<_>>();
    let treated = customers.iter().map(|c| c.treated).collect::<Vec<_>>();
    // A fifth came lately and have no past.
    let past = customers.iter().enumerate().map(|(i, c)| if i % 5 == 0 { f64::NAN } else { c.past });
    adjusted_difference(&outcomes, &treated, &[&past.collect::<Vec<_>>()], 0.95).unwrap().0
}

#[test]
fn one_in_twenty_tests_of_nothing_finds_something() {
    let mut rng = Pcg64Mcg::seed_from_u64(20);
    let mut found = [0_u32; 6];
    for _ in 0..RUNS {
        let base = customers(4_000, 0.5, 0.0, &mut rng);
        let revenue = |treated| arm(&base, treated, |c| c.revenue);
        let orders = |treated| pair(&base, treated, |c| (c.revenue, c.orders));
        let plain = difference_of_means(&revenue(true), &revenue(false), 0.95).unwrap();
        let ratio = difference_of_ratios(&orders(true), &orders(false), 0.95).unwrap();
        let tiers = base.chunks(800).map(|tier| (arm(tier, true, |c| c.revenue), arm(tier, false, |c| c.revenue)));
        let strata = by_stratum(&tiers.collect::<Vec<_>>(), 0.95).unwrap();
        let any = strata.strata.iter().flatten().any(|stratum| stratum.p_value_together < 0.05);
        let counts = [revenue(true).customers, revenue(false).customers];
        let lot = sample_ratio::check(&counts, &[1.0, 1.0], 0.05).unwrap();
        let tests = [
            plain.p_value < 0.05,
            ratio.p_value < 0.05,
            adjusted(&base).p_value < 0.05,
            strata.p_value_same < 0.05,
            any,
            lot.mismatch,
        ];
        for (count, test) in found.iter_mut().zip(tests) {
            *count += u32::from(test);
        }
    }
    println!("false positives of {RUNS}: means, ratios, CUPED, same in all strata, any stratum, lot: {found:?}");
    for (at, count) in found.iter().enumerate() {
        // Holm's and the exact test may only be stricter.
        let least = if at >= 4 { 0 } else { *FALSE_POSITIVES.start() };
        assert!((least..=*FALSE_POSITIVES.end()).contains(count), "{at}: {count}");
    }
}

#[test]
fn intervals_hold_the_truth() {
    let mut rng = Pcg64Mcg::seed_from_u64(95);
    // E(revenue) = 0.4 x E(liking^2) x E(sum).
    let base = 0.4 * (2.0 * 0.49_f64).exp() * (3.0 + 0.32_f64).exp();
    let truth = 0.3 * base;
    let reward = 2.0;
    // A reward for each order, treated only: 0.4 x 1.3 orders x E(liking).
    let cost = reward * 0.4 * 1.3 * (0.245_f64).exp();
    let names = ["difference", "CUPED", "lift", "profit", "return"];
    let mut held = [0_u32; 5];
    for _ in 0..RUNS {
        let base_customers = customers(4_000, 0.7, 0.3, &mut rng);
        let [treated, control] = [true, false].map(|treated| {
            pair(&base_customers, treated, |c| (c.revenue, if c.treated { reward * c.orders } else { 0.0 }))
        });
        let plain = difference_of_means(&treated.arm(0), &control.arm(0), 0.95).unwrap();
        let better = adjusted(&base_customers);
        let lift = relative_difference(&treated.arm(0), &control.arm(0), 0.95).unwrap().interval.unwrap();
        let earned = returns(&treated, &control, 0.0, 0.95).unwrap();
        let roi = earned.return_on_investment.unwrap().interval.unwrap();
        let within = |(low, high): (f64, f64), truth: f64| u32::from(low <= truth && truth <= high);
        held[0] += within((plain.low, plain.high), truth);
        held[1] += within((better.low, better.high), truth);
        held[2] += within(lift, 0.3);
        held[3] += within((earned.profit.low, earned.profit.high), truth - cost);
        held[4] += within(roi, truth / cost - 1.0);
    }
    println!("intervals of {RUNS} that held the truth: {names:?} {held:?}");
    for (name, held) in names.iter().zip(held) {
        assert!((930..=970).contains(&held), "{name}: {held}");
    }
}

#[test]
fn looking_all_the_time_is_wrong_at_most_once_in_twenty() {
    let mut rng = Pcg64Mcg::seed_from_u64(17);
    let settings = sequential::Settings { tightest_at: 5_000.0, first_look: 300, ..Default::default() };
    let (mut ever, mut ever_plain) = (0_u32, 0_u32);
    for _ in 0..RUNS {
        let base = customers(10_000, 0.5, 0.0, &mut rng);
        let mut wrong = [false; 2];
        for end in (200..=10_000).step_by(100) {
            let [treated, control] = [true, false].map(|treated| arm(&base[..end], treated, |c| c.revenue));
            wrong[0] |= look(&treated, &control, &settings).unwrap().is_some_and(|effect| effect.p_value <= 0.05);
            wrong[1] |= difference_of_means(&treated, &control, 0.95).unwrap().p_value <= 0.05;
        }
        ever += u32::from(wrong[0]);
        ever_plain += u32::from(wrong[1]);
    }
    println!("wrong at any of 99 looks, of {RUNS}: {ever} sequences, {ever_plain} where Welch is asked at each look");
    assert!(ever <= 50, "{ever}");
    assert!(ever_plain > 200, "peeking at a fixed-sample test should fail: {ever_plain}");
}

#[test]
fn what_is_known_of_the_past_saves_customers() {
    let mut rng = Pcg64Mcg::seed_from_u64(13);
    let base = customers(40_000, 0.5, 0.1, &mut rng);
    let outcomes = base.iter().map(|c| c.revenue).collect::<Vec<_>>();
    let treated = base.iter().map(|c| c.treated).collect::<Vec<_>>();
    let past = base.iter().map(|c| c.past).collect::<Vec<_>>();
    let (_, adjustment) = adjusted_difference(&outcomes, &treated, &[&past], 0.95).unwrap();
    // One covariate leaves 1 - correlation^2, within arms.
    let correlation = |treated| {
        let pair = pair(&base, treated, |c| (c.revenue, c.past));
        pair.covariance / (pair.variances[0] * pair.variances[1]).sqrt()
    };
    let expected = 1.0 - (correlation(true).powi(2) + correlation(false).powi(2)) / 2.0;
    assert!((adjustment.variance_left - expected).abs() < 0.02, "{adjustment:?}, {expected}");
    assert!(adjustment.variance_left < 0.9);
}

//! Forecasts against plain simulation of the same customers, purchase by purchase.

use super::*;
use crate::noncontractual::bgnbd::BgNbd;
use crate::noncontractual::mbgnbd::MbgNbd;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp, Gamma};
use rand_pcg::Pcg64Mcg;

/// CDNOW by Fader, Hardie & Lee (2005) and Fader & Hardie (2013): weeks and dollars.
const CDNOW: [f64; 4] = [0.243, 4.414, 0.793, 2.426];
const SPEND: Spend = Spend { p: 6.25, q: 3.74, gamma: 15.44 };

impl Spend {
    fn model(self) -> GammaGamma {
        GammaGamma::new(self.p, self.q, self.gamma).unwrap()
    }
}

/// Customers who buy often and seldom leave.
const LOYAL: [f64; 4] = [2.0, 8.0, 0.5, 15.0];

fn model([r, alpha, a, b]: [f64; 4]) -> BgNbd {
    BgNbd::new(r, alpha, a, b).unwrap()
}

fn cdnow() -> BgNbd {
    model(CDNOW)
}

fn alone(model: impl PurchaseModel + 'static) -> Vec<Component> {
    vec![Component::new(1.0, [model])]
}

fn settings(horizon: f64) -> Settings {
    Settings { horizon, ..Settings::default() }
}

fn gamma(shape: f64, rate: f64) -> Gamma<f64> {
    Gamma::new(shape, 1.0 / rate).unwrap()
}

/// Purchases in `time` of a living customer with this rate and chance to leave after each, and when the last one was.
fn buy(rate: f64, leave: f64, time: f64, rng: &mut impl Rng) -> (u32, f64, bool) {
    let gap = Exp::new(rate).unwrap();
    let (mut count, mut last) = (0, 0.0);
    loop {
        let next = last + gap.sample(rng);
        if next > time {
            return (count, last, true);
        }
        (count, last) = (count + 1, next);
        if rng.random::<f64>() < leave {
            return (count, last, false);
        }
    }
}

/// What the customer spends over the horizon, many times over, sorted.
fn simulated(history: &History, mean_spend: f64, horizon: f64, spend: Spend, times: usize) -> Vec<f64> {
    let rng = &mut Pcg64Mcg::seed_from_u64(7);
    let ([r, alpha, a, b], x) = (CDNOW, f64::from(history.frequency));
    let alive = cdnow().probability_alive(history);
    let rate = gamma(r + x, alpha + history.age);
    let leave = Beta::new(a, b + x).unwrap();
    let value = gamma(spend.q + spend.p * x, spend.gamma + x * mean_spend);
    let mut once = || {
        if rng.random::<f64>() >= alive {
            return 0.0;
        }
        let (n, ..) = buy(rate.sample(rng), leave.sample(rng), horizon, rng);
        if n == 0 { 0.0 } else { gamma(spend.p * f64::from(n), value.sample(rng)).sample(rng) }
    };
    let mut sums: Vec<f64> = (0..times).map(|_| once()).collect();
    sums.sort_unstable_by(f64::total_cmp);
    sums
}

fn share_up_to(sorted: &[f64], bound: f64) -> f64 {
    sorted.partition_point(|s| *s <= bound) as f64 / sorted.len() as f64
}

#[test]
fn bounds_and_moments_are_those_of_a_simulation() {
    let customers = [
        (0, 0.0, 38.0, 0.0, 39.0),
        (0, 0.0, 0.5, 0.0, 39.0),
        (1, 5.0, 30.0, 22.0, 39.0),
        (2, 30.4, 38.9, 22.35, 52.0),
        (7, 29.4, 31.1, 73.7, 39.0),
        (26, 30.9, 31.0, 40.0, 104.0),
        (120, 200.0, 201.0, 15.0, 26.0),
    ];
    for (x, recency, age, mean_spend, horizon) in customers {
        let history = History::new(x, recency, age).unwrap();
        let forecast = Forecast::build(alone(cdnow()), &[SPEND.model()], &[(x, age)], &settings(horizon)).unwrap();
        let place = forecast.place(x, age).unwrap();
        let alive = [cdnow().probability_alive(&history)];
        let sums = simulated(&history, mean_spend, horizon, SPEND, 200_000);
        for (low, high) in [(0.05, 0.95), (0.25, 0.75), (0.5, 0.99)] {
            let (lower, upper) = forecast.bounds(place, &alive, mean_spend, low, high).unwrap();
            for (bound, p) in [(lower, low), (upper, high)] {
                let found = share_up_to(&sums, bound);
                let exact = if bound == 0.0 { found >= p - 0.003 } else { (found - p).abs() < 0.006 };
                assert!(exact, "x = {x}: {found} of the simulated are up to {bound}, which is the {p} quantile");
            }
        }
        let (mean, variance) = forecast.moments(place, &alive, mean_spend).unwrap();
        let count = sums.len() as f64;
        let simulated_mean = sums.iter().sum::<f64>() / count;
        let simulated_variance = sums.iter().map(|s| (s - simulated_mean).powi(2)).sum::<f64>() / count;
        assert!((mean - simulated_mean).abs() < 4.0 * (variance / count).sqrt(), "{x}: {mean} {simulated_mean}");
        assert!((variance / simulated_variance - 1.0).abs() < 0.15, "{x}: {variance} {simulated_variance}");
    }
}

/// A population that is as the model says: each customer's history and real future, in purchases and money.
fn population(
    [r, alpha, a, b]: [f64; 4],
    count: usize,
    age: f64,
    horizon: f64,
    seed: u64,
) -> Vec<(History, f64, u32, f64)> {
    let (rng, s) = (&mut Pcg64Mcg::seed_from_u64(seed), SPEND);
    let (rates, chances, values) = (gamma(r, alpha), Beta::new(a, b).unwrap(), gamma(s.q, s.gamma));
    let mut customer = || {
        let (rate, leave, value) = (rates.sample(rng).max(1e-300), chances.sample(rng), values.sample(rng));
        let age = age * rng.random::<f64>();
        let (x, recency, stays) = buy(rate, leave, age, rng);
        let (n, ..) = if stays { buy(rate, leave, horizon, rng) } else { (0, 0.0, false) };
        let mut sum = |n: u32| if n == 0 { 0.0 } else { gamma(s.p * f64::from(n), value).sample(rng) };
        let mean_spend = if x == 0 { 0.0 } else { sum(x) / f64::from(x) };
        (History::new(x, recency, age).unwrap(), mean_spend, n, sum(n))
    };
    (0..count).map(|_| customer()).collect()
}

/// Shares of a population within the bounds of spend, above them, above those of purchases; then how many have a lower
/// bound above 0, and the share of them within.
fn coverage(parameters: [f64; 4], horizon: f64) -> [f64; 5] {
    let customers = population(parameters, 40_000, 78.0, horizon, 3);
    let pairs: Vec<(u32, f64)> = customers.iter().map(|c| (c.0.frequency, c.0.age)).collect();
    let forecast = Forecast::build(alone(model(parameters)), &[SPEND.model()], &pairs, &settings(horizon)).unwrap();
    let mut counts = [0.0; 5];
    for (history, mean_spend, n, spent) in &customers {
        let place = forecast.place(history.frequency, history.age).unwrap();
        let alive = [model(parameters).probability_alive(history)];
        let (low, high) = forecast.bounds(place, &alive, *mean_spend, 0.05, 0.95).unwrap();
        let (_, most) = forecast.purchase_bounds(place, &alive, 0.05, 0.95);
        let within = (low..=high).contains(spent);
        let found = [within, *spent > high, *n > most, low > 0.0, low > 0.0 && within];
        for (count, found) in counts.iter_mut().zip(found) {
            *count += f64::from(u8::from(found));
        }
    }
    let [within, above, purchases_above, buyers, buyers_within] = counts;
    let all = customers.len() as f64;
    [within / all, above / all, purchases_above / all, buyers, buyers_within / buyers]
}

#[test]
fn bounds_hold_for_nine_customers_in_ten() {
    let [within, above, purchases_above, ..] = coverage(CDNOW, 52.0);
    println!("CDNOW: {within} within, {above} above");
    assert!((0.90..0.97).contains(&within) && above < 0.053 && purchases_above < 0.053);
    let [within, above, purchases_above, buyers, buyers_within] = coverage(LOYAL, 52.0);
    println!("loyal: {within} within, {above} above, {buyers_within} of {buyers} buyers within");
    assert!((0.895..0.95).contains(&within) && above < 0.053 && purchases_above < 0.053);
    // Where the lower bound is above 0 nothing is discrete, and the coverage must be what it says.
    assert!(buyers > 5000.0 && (buyers_within - 0.9).abs() < 4.0 * (0.09 / buyers).sqrt());
}

#[test]
fn totals_cover_as_often_as_they_say() {
    let mut covered = 0;
    for seed in 0..200 {
        let customers = population(CDNOW, 400, 78.0, 39.0, 100 + seed);
        let pairs: Vec<(u32, f64)> = customers.iter().map(|c| (c.0.frequency, c.0.age)).collect();
        let forecast = Forecast::build(alone(cdnow()), &[SPEND.model()], &pairs, &settings(39.0)).unwrap();
        let alive: Vec<[f64; 1]> = customers.iter().map(|c| [cdnow().probability_alive(&c.0)]).collect();
        let place = |c: &(History, f64, u32, f64)| forecast.place(c.0.frequency, c.0.age).unwrap();
        let total = forecast.total(customers.iter().zip(&alive).map(|(c, a)| (place(c), a.as_slice(), c.1))).unwrap();
        let (low, high) = total.bounds(&[], 0.05, 0.95);
        covered += usize::from((low..=high).contains(&customers.iter().map(|c| c.3).sum::<f64>()));
    }
    // 180 of 200 are expected, with a standard deviation of 4.2.
    assert!((167..=193).contains(&covered), "{covered}");
}

#[test]
fn doubt_about_parameters_spreads_the_total() {
    let draw = |factor: f64| BgNbd::new(CDNOW[0] * factor, CDNOW[1], CDNOW[2], CDNOW[3]).unwrap();
    let components = vec![Component::new(1.0, [draw(0.8), draw(1.25)])];
    let forecast = Forecast::build(components, &[SPEND.model()], &[(0, 0.0)], &settings(39.0)).unwrap();
    let doubt = forecast.doubt(&[(History::new(0, 0.0, 0.0).unwrap(), 0.0)]);
    let expected = [0.8, 1.25].map(|f| draw(f).expected_purchases(39.0));
    assert!((doubt[1] / doubt[0] - expected[1] / expected[0]).abs() < 1e-4, "{doubt:?} {expected:?}");
    assert!((doubt[0] + doubt[1] - 2.0).abs() < 1e-12);

    let total = Total { mean: 100.0, variance: 4.0 };
    let (low, high) = total.bounds(&[0.8, 1.2], 0.05, 0.95);
    // Half of the mixture lies around 80 and half around 120, so 5% of all is 10% of the lower half.
    assert!((low - (80.0 - 2.0 * 1.281_551_565_5)).abs() < 1e-5, "{low}");
    assert!((high - (120.0 + 2.0 * 1.281_551_565_5)).abs() < 1e-5, "{high}");
    let (low, _) = Total { mean: 1.0, variance: 100.0 }.bounds(&[], 0.05, 0.95);
    assert_eq!(low, 0.0);
    assert_eq!(Total { mean: 3.0, variance: 0.0 }.bounds(&[], 0.05, 0.95), (3.0, 3.0));
}

#[test]
fn purchase_bounds_are_quantiles_of_the_distribution() {
    let forecast = Forecast::build(alone(cdnow()), &[], &[(4, 30.0)], &settings(39.0)).unwrap();
    let history = History::new(4, 28.0, 30.0).unwrap();
    let alive = [cdnow().probability_alive(&history)];
    let distribution = cdnow().conditional_purchase_distribution(&history, 39.0, 60);
    let place = forecast.place(4, 30.0).unwrap();
    assert_eq!(forecast.bounds(place, &alive, 20.0, 0.05, 0.95), None);
    for p in [0.05, 0.3, 0.5, 0.9, 0.95, 0.99] {
        let mut cumulated = 0.0;
        let expected = distribution.iter().position(|q| {
            cumulated += q;
            cumulated >= p
        });
        assert_eq!(forecast.purchase_bounds(place, &alive, p, p).0, expected.unwrap() as u32, "{p}");
    }
}

#[test]
fn components_are_averaged_by_their_weights() {
    let other = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
    let pair = [(2, 30.0)];
    let both = vec![Component::new(0.25, [cdnow()]), Component::new(0.75, [other])];
    let both = Forecast::build(both, &[SPEND.model()], &pair, &settings(39.0)).unwrap();
    let first = Forecast::build(alone(cdnow()), &[SPEND.model()], &pair, &settings(39.0)).unwrap();
    let second = Forecast::build(alone(other), &[SPEND.model()], &pair, &settings(39.0)).unwrap();
    let mean = |f: &Forecast, alive: &[f64]| f.moments(f.place(2, 30.0).unwrap(), alive, 20.0).unwrap().0;
    let expected = 0.25 * mean(&first, &[0.8]) + 0.75 * mean(&second, &[0.6]);
    assert!((mean(&both, &[0.8, 0.6]) / expected - 1.0).abs() < 1e-12);
    let upper = |f: &Forecast, alive: &[f64]| f.bounds(f.place(2, 30.0).unwrap(), alive, 20.0, 0.05, 0.95).unwrap().1;
    let (one, two) = (upper(&first, &[0.8]), upper(&second, &[0.6]));
    assert!((one.min(two)..=one.max(two)).contains(&upper(&both, &[0.8, 0.6])));
}

#[test]
fn ages_between_the_tables_are_interpolated() {
    let ages: Vec<(u32, f64)> = (0..2000).map(|day| (3, f64::from(day) / 7.0)).collect();
    let forecast = Forecast::build(alone(cdnow()), &[SPEND.model()], &ages, &settings(39.0)).unwrap();
    assert!(forecast.tables[0].ages.len() < 200, "{}", forecast.tables[0].ages.len());
    for day in [0, 1, 3, 10, 33, 400, 1111, 1999] {
        let age = f64::from(day) / 7.0;
        let exact = Forecast::build(alone(cdnow()), &[SPEND.model()], &[(3, age)], &settings(39.0)).unwrap();
        let upper = |f: &Forecast| f.bounds(f.place(3, age).unwrap(), &[0.9], 20.0, 0.05, 0.95).unwrap().1;
        assert!((upper(&forecast) / upper(&exact) - 1.0).abs() < 2e-3, "{day}: {} {}", upper(&forecast), upper(&exact));
    }
    assert_eq!(forecast.place(4, 10.0), None);
    assert_eq!(forecast.place(3, 1e9), forecast.place(3, 1999.0 / 7.0));
}

#[test]
fn every_age_is_near_a_table() {
    let ages: Vec<f64> = [0.0, 0.1, 0.2, 1.0, 1.01, 1.03, 1.05, 1.2, 7.0, 7.1, 7.2, 7.3, 7.4].to_vec();
    let nodes = tables::nodes_of(ages.iter().copied(), 0.04);
    let table = tables::Ages::new(nodes.clone());
    for age in ages {
        let (node, share) = table.between(age);
        let next = nodes.get(node as usize + 1).unwrap_or(&age);
        let back = nodes[node as usize] + f64::from(share) * (next - nodes[node as usize]);
        assert!((back - age).abs() < 1e-6, "{age}: {node} {share}");
        let above = nodes.partition_point(|n| *n < age);
        let exact = nodes[above] == age;
        assert!(exact || nodes[above] <= nodes[above - 1] * 1.0401, "{age}: {nodes:?}");
    }
}

#[test]
fn spend_without_a_mean_has_bounds_and_finite_moments() {
    let wild = Spend { p: 0.5, q: 0.7, gamma: 3.0 };
    let forecast = Forecast::build(alone(cdnow()), &[wild.model()], &[(0, 10.0), (1, 10.0)], &settings(39.0)).unwrap();
    for x in [0, 1] {
        let history = History::new(x, f64::from(x), 10.0).unwrap();
        let place = forecast.place(x, 10.0).unwrap();
        let alive = [cdnow().probability_alive(&history)];
        let (mean, variance) = forecast.moments(place, &alive, 5.0).unwrap();
        assert!(mean.is_finite() && variance.is_finite() && mean > 0.0 && variance > 0.0);
        let sums = simulated(&history, 5.0, 39.0, wild, 200_000);
        let (_, upper) = forecast.bounds(place, &alive, 5.0, 0.05, 0.95).unwrap();
        assert!((share_up_to(&sums, upper) - 0.95).abs() < 0.004);
    }
}

#[test]
fn a_heavy_buyer_has_tables_too() {
    // Ten years of daily data; a purchase nearly every day.
    let (x, age, horizon, mean_spend) = (3000, 3650.0, 365.0, 12.0);
    let history = History::new(x, 3649.0, age).unwrap();
    let forecast = Forecast::build(alone(cdnow()), &[SPEND.model()], &[(x, age)], &settings(horizon)).unwrap();
    let place = forecast.place(x, age).unwrap();
    let alive = [cdnow().probability_alive(&history)];
    let sums = simulated(&history, mean_spend, horizon, SPEND, 20_000);
    let (low, high) = forecast.bounds(place, &alive, mean_spend, 0.05, 0.95).unwrap();
    for (bound, p) in [(low, 0.05), (high, 0.95)] {
        let exact = sums[(p * sums.len() as f64) as usize];
        assert!((bound / exact - 1.0).abs() < 0.02, "{bound} {exact}");
    }
}

#[test]
fn nonsense_about_a_customer_does_not_spread() {
    let pairs = [(0, 10.0), (1, 10.0)];
    let forecast = Forecast::build(alone(cdnow()), &[SPEND.model()], &pairs, &settings(39.0)).unwrap();
    for (x, alive, mean_spend) in [(0, 0.5, f64::NAN), (1, f64::NAN, 5.0), (1, 0.5, f64::NAN), (1, 0.9, 1e308)] {
        let place = forecast.place(x, 10.0).unwrap();
        let (low, high) = forecast.bounds(place, &[alive], mean_spend, 0.05, 0.95).unwrap();
        let (mean, variance) = forecast.moments(place, &[alive], mean_spend).unwrap();
        assert!([low, high, mean, variance].iter().all(|v| v.is_finite()), "{low} {high} {mean} {variance}");
    }
}

#[test]
fn says_what_is_wrong() {
    let error = |components, pairs: &[(u32, f64)], horizon| {
        Forecast::build(components, &[], pairs, &settings(horizon)).err().unwrap().to_string()
    };
    assert_eq!(error(alone(cdnow()), &[], 0.0), "horizon is 0; expected a finite number above 0");
    assert_eq!(error(vec![], &[], 1.0), "number of components is 0; expected from 1 to 8");
    let nothing = vec![Component { weight: 1.0, draws: vec![] }];
    assert_eq!(error(nothing, &[], 1.0), "draws of component 0 is 0; expected 1 or more");
    let half = vec![Component::new(0.5, [cdnow()])];
    assert_eq!(error(half, &[], 1.0), "sum of the components' weights is 0.5; expected 1");
    assert!(error(alone(cdnow()), &[(1, -1.0)], 1.0).starts_with("age is -1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn bounds_are_finite_and_in_order(
        logs in prop::array::uniform4(-3.0..3.0f64),
        (p, q, gamma) in (-1.5..4.0f64, -1.5..3.0f64, -3.0..6.0f64),
        (x, age, horizon) in (0u32..80, 0.0..500.0f64, 0.1..300.0f64),
        (alive, mean_spend) in (0.0..1.0f64, 0.01..500.0f64),
    ) {
        let [r, alpha, a, b] = logs.map(f64::exp);
        let model = BgNbd::new(r, alpha, a, b).unwrap();
        let spend = Spend { p: p.exp(), q: q.exp(), gamma: gamma.exp() };
        let pairs = [(x, age), (x, age * 1.03)];
        let limit = Settings { most_purchases: 500, ..settings(horizon) };
        let forecast = Forecast::build(alone(model), &[spend.model()], &pairs, &limit).unwrap();
        let place = forecast.place(x, age * 1.01).unwrap();
        let mut last = 0.0;
        for level in [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99] {
            let (low, high) = forecast.bounds(place, &[alive], mean_spend, level, level).unwrap();
            prop_assert!(low.is_finite() && low >= last * (1.0 - 1e-9) && low == high);
            last = low;
        }
        let more = forecast.bounds(place, &[alive], mean_spend + 1.0, 0.05, 0.95).unwrap();
        let less = forecast.bounds(place, &[alive * 0.9], mean_spend, 0.05, 0.95).unwrap();
        let here = forecast.bounds(place, &[alive], mean_spend, 0.05, 0.95).unwrap();
        prop_assert!(more.0 >= here.0 && more.1 >= here.1 && less.0 <= here.0 && less.1 <= here.1);
        let (mean, variance) = forecast.moments(place, &[alive], mean_spend).unwrap();
        prop_assert!(mean.is_finite() && mean >= 0.0 && variance.is_finite() && variance >= 0.0);
    }
}

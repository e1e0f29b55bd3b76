//! BG/NBD and its relatives against published figures, 50-digit values and simulated customers.

use super::*;
use crate::noncontractual::{Covariates, Fitted, Likelihood, Pattern, mbgnbd};
use crate::testing::close;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, Exp1, Gamma};
use rand_pcg::Pcg64Mcg;

/// The customers of tests/data/cdnow_weeks.csv.
pub(in crate::noncontractual) fn cdnow() -> Vec<Pattern> {
    let rows = include_str!("../../../tests/data/cdnow_weeks.csv").lines().skip(1);
    rows.map(|row| {
        let values: Vec<f64> = row.split(',').map(|v| v.parse().unwrap()).collect();
        Pattern { history: History::new(values[0] as u32, values[1], values[2]).unwrap(), weight: values[3] }
    })
    .collect()
}

/// The same with whole days of length `day`: the weeks of the table are days / 7, rounded.
fn cdnow_by_day(day: f64) -> Vec<Pattern> {
    let days = |weeks: f64| (weeks * 7.0).round() * day;
    let convert = |p: &Pattern| {
        let History { frequency, recency, age } = p.history;
        Pattern { history: History::new(frequency, days(recency), days(age)).unwrap(), weight: p.weight }
    };
    cdnow().iter().map(convert).collect()
}

/// `buyers` of the BG/NBD (or MBG/NBD) seen for 20 to 60 units of time.
pub(in crate::noncontractual) fn simulate(
    model: &BgNbd,
    first_leave: FirstLeave,
    buyers: usize,
    rng: &mut impl Rng,
) -> Vec<Pattern> {
    let rates = Gamma::new(model.r, 1.0 / model.alpha).unwrap();
    let chances = Beta::new(model.a, model.b).unwrap();
    let mut one = || {
        let age = rng.random_range(20.0..60.0);
        let (rate, leaving): (f64, f64) = (rates.sample(rng), chances.sample(rng));
        let mut history = History { frequency: 0, recency: 0.0, age };
        let mut gone = first_leave == FirstLeave::AtOnce && rng.random_bool(leaving);
        while !gone {
            let wait: f64 = Exp1.sample(rng);
            let time = history.recency + wait / rate;
            if time > age {
                break;
            }
            history = History { frequency: history.frequency + 1, recency: time, age };
            gone = rng.random_bool(leaving);
        }
        Pattern { history, weight: 1.0 }
    };
    (0..buyers).map(|_| one()).collect()
}

/// Every true value within four standard errors, and all together as near as 999 of 1,000 samples would be.
#[track_caller]
fn recovered<M>(fitted: &Fitted<M>, truth: &[f64]) {
    let mut distance = nalgebra::DVector::zeros(truth.len());
    for (i, (estimate, value)) in fitted.estimates.iter().zip(truth).enumerate() {
        let off = (estimate.value - value) / estimate.standard_error;
        assert!(off.abs() < 4.0, "{estimate:?} where {value} was simulated");
        distance[i] = if i < 4 { (estimate.value / value).ln() } else { estimate.value - value };
    }
    let n = truth.len();
    let covariance = nalgebra::DMatrix::from_row_slice(n, n, &fitted.log_covariance);
    let chi_square = distance.dot(&covariance.cholesky().unwrap().solve(&distance));
    assert!(chi_square < if n == 4 { 18.5 } else { 33.0 }, "chi square {chi_square}");
}

fn optimum() -> BgNbd {
    BgNbd::new(0.24259290686235374, 4.4135315075544455, 0.7928861253043685, 2.425753370539252).unwrap()
}

/// Literature: Fader, Hardie & Lee (2005), table 2; the digits beyond it from an independent fit (scipy 1.17.1 on the
/// likelihood of lifetimes 0.11.3, polished).
#[test]
fn fits_cdnow_as_published() {
    let fitted = fit(&cdnow(), &Settings::default()).unwrap();
    close(fitted.log_likelihood, -9582.42556056736, 1e-12);
    assert_eq!(fitted.customers, 2357.0);
    let expected = [
        ("r", 0.24259290686235374, 0.012557311809341384),
        ("alpha", 4.4135315075544455, 0.3782211225341379),
        ("a", 0.7928861253043685, 0.18571697183038646),
        ("b", 2.425753370539252, 0.7053371247559203),
    ];
    for (estimate, (name, value, error)) in fitted.estimates.iter().zip(expected) {
        assert_eq!(estimate.name, name);
        close(estimate.value, value, 1e-6);
        close(estimate.standard_error, error, 1e-4);
    }
    let published = [0.243_f64, 4.414, 0.793, 2.426].map(f64::ln);
    let value = BgLikelihood::new(&cdnow(), FirstLeave::AfterRepeat).gradient(&published, &mut [0.0; 4]);
    close(value, -9582.42683118236, 1e-12); // mpmath, 50 digits
}

/// The same source, by day and in exact weeks.
#[test]
fn fits_cdnow_in_any_unit_of_time() {
    let daily = fit(&cdnow_by_day(1.0), &Settings::default()).unwrap();
    close(daily.log_likelihood, -14363.53044290284, 1e-9); // scored at the reference's own, less exact optimum
    close(daily.model.alpha, 30.89521901254164, 1e-4);
    let weekly = fit(&cdnow_by_day(1.0 / 7.0), &Settings::default()).unwrap();
    close(weekly.log_likelihood, -9582.429206673929, 1e-12);
    let expected = [0.24259451826566286, 4.413601977487346, 0.7929221835362945, 2.4259073950317216];
    for (value, expected) in weekly.model.parameters().into_iter().zip(expected) {
        close(value, expected, 1e-5);
    }
    let modified = mbgnbd::fit(&cdnow_by_day(1.0 / 7.0), &Settings::default()).unwrap();
    close(modified.log_likelihood, -9582.13571555375, 1e-12);
    let expected = [0.5248430772767503, 6.183084774506472, 0.8913595066862269, 1.6140026010675659];
    for (value, expected) in modified.model.parameters().into_iter().zip(expected) {
        close(value, expected, 1e-5);
    }
    for unit in [3600.0 * 24.0, 1e-6] {
        let other = fit(&cdnow_by_day(unit), &Settings::default()).unwrap();
        close(other.model.alpha / unit, daily.model.alpha, 1e-6);
        close(other.model.b, daily.model.b, 1e-6);
    }
}

/// mpmath at 50 digits, first customers of CDNOW and extremes, at the optimum of each model.
#[test]
fn predictions_to_ten_digits() {
    let table = include_str!("../../../tests/data/bgnbd_predictions.csv");
    let modified = mbgnbd::MbgNbd::new(0.5248379973391366, 6.182992588892401, 0.8913561884802418, 1.6139993952991925);
    let (plain, modified) = (optimum(), modified.unwrap());
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let number = |i: usize| fields[i].parse::<f64>().unwrap();
        let history = History::new(number(1) as u32, number(2), number(3)).unwrap();
        let [value, alive, weeks, days] = match fields[0] {
            "bgnbd" => predictions(&plain, &history),
            _ => predictions(&modified, &history),
        };
        assert!((value - number(4)).abs() <= 1e-10 * number(4).abs() + 1e-15, "{row}: {value}");
        close(alive, number(5), 1e-10);
        close(weeks, number(6), 1e-10);
        // In one with other ages and times, nearer and farther ones.
        let (ages, times) = ([history.age, 0.0, 3.0 * history.age + 1.0], [4.0, 39.0, 2000.0]);
        let together = match fields[0] {
            "bgnbd" => plain.expected_purchases_if_alive(history.frequency, &ages, &times),
            _ => modified.expected_purchases_if_alive(history.frequency, &ages, &times),
        };
        close(alive * together[1], number(6), 1e-10);
        if !fields[7].is_empty() {
            close(days, number(7), 1e-10);
        }
    }
}

fn predictions(model: &impl BuyTillYouDie, history: &History) -> [f64; 4] {
    [
        model.log_likelihood(history),
        model.probability_alive(history),
        model.conditional_expected_purchases(history, 39.0),
        model.conditional_expected_purchases(history, 90.0 / 7.0),
    ]
}

/// The published form in mpmath at 80 digits (at a + b = 1 as a limit).
#[test]
fn expected_purchases_to_ten_digits() {
    let table = [
        ([0.243, 4.414, 0.793, 2.426], 0.01, 0.0005503302499257045),
        ([0.243, 4.414, 0.793, 2.426], 39.0, 1.196723193320817),
        ([0.243, 4.414, 0.793, 2.426], 5000.0, 11.987053076811554),
        ([2.243, 43.27, 0.793, 4.426], 0.01, 0.0005183434934272334),
        ([2.243, 43.27, 0.793, 4.426], 39.0, 1.687531900145757),
        ([2.243, 43.27, 0.793, 4.426], 5000.0, 26.758664596478443),
        ([0.243, 4.414, 1.0, 2.426], 0.01, 0.0005502949887821859),
        ([0.243, 4.414, 1.0, 2.426], 39.0, 1.0842790105915188),
        ([0.243, 4.414, 1.0, 2.426], 5000.0, 7.4298960265205825),
        ([0.5, 10.0, 0.1, 0.2], 0.01, 0.0004998750880706682),
        ([0.5, 10.0, 0.1, 0.2], 39.0, 1.3823692895456652),
        ([0.5, 10.0, 0.1, 0.2], 5000.0, 97.76500538935707),
        ([0.5, 10.0, 0.999999999, 3.0], 0.01, 0.0004999062812364054),
        ([0.5, 10.0, 0.999999999, 3.0], 39.0, 1.2635740836785208),
        ([0.5, 10.0, 0.999999999, 3.0], 5000.0, 10.677182741397337),
        ([0.5, 10.0, 1.00000001, 3.0], 0.01, 0.0004999062812356324),
        ([0.5, 10.0, 1.00000001, 3.0], 39.0, 1.2635740794514214),
        ([0.5, 10.0, 1.00000001, 3.0], 5000.0, 10.677182517808522),
        ([3.0, 20.0, 0.01, 5.0], 0.01, 0.0014999970064072284),
        ([3.0, 20.0, 0.01, 5.0], 39.0, 5.818662207742194),
        ([3.0, 20.0, 0.01, 5.0], 5000.0, 718.4497065858915),
        ([5000.24, 43.27, 0.793, 5002.4], 0.01, 1.1554846430457248),
        ([5000.24, 43.27, 0.793, 5002.4], 39.0, 3436.639034876584),
        ([5000.24, 43.27, 0.793, 5002.4], 5000.0, 40538.057158688884),
        ([300.24, 43.27, 0.793, 302.4], 0.01, 0.0693812500112639),
        ([300.24, 43.27, 0.793, 302.4], 39.0, 206.61902072701525),
        ([300.24, 43.27, 0.793, 302.4], 5000.0, 2444.097800651445),
        ([30.0, 2.0, 50.0, 400.0], 0.01, 0.14871608660747845),
        ([30.0, 2.0, 50.0, 400.0], 39.0, 9.163265306121783),
        ([30.0, 2.0, 50.0, 400.0], 5000.0, 9.16326530612245),
        ([0.7, 0.001, 0.3, 0.4], 0.01, 3.003029828193665),
        ([0.7, 0.001, 0.3, 0.4], 39.0, 935.1785925748449),
        ([0.7, 0.001, 0.3, 0.4], 5000.0, 27941.358947916106),
        ([100.0, 5.0, 0.001, 0.002], 0.01, 0.19370105488932982),
        ([100.0, 5.0, 0.001, 0.002], 39.0, 517.1043643706297),
        ([100.0, 5.0, 0.001, 0.002], 5000.0, 65931.72401240618),
        ([1.5, 30.0, 20.0, 0.5], 0.01, 0.000499796825143442),
        ([1.5, 30.0, 20.0, 0.5], 39.0, 0.7253290102859246),
        ([1.5, 30.0, 20.0, 0.5], 5000.0, 1.0258230744178245),
        ([1000.0, 100000.0, 2.0, 3.0], 0.01, 9.999799803343293e-05),
        ([1000.0, 100000.0, 2.0, 3.0], 39.0, 0.36142718689913894),
        ([1000.0, 100000.0, 2.0, 3.0], 5000.0, 3.76919547028672),
        ([0.01, 0.5, 0.5, 0.5], 0.01, 0.0001990000249560884),
        ([0.01, 0.5, 0.5, 0.5], 39.0, 0.1563321546492046),
        ([0.01, 0.5, 0.5, 0.5], 5000.0, 1.954750661892746),
    ];
    for ([r, alpha, a, b], time, expected) in table {
        let model = BgNbd::new(r, alpha, a, b).unwrap();
        close(model.expected_purchases(time), expected, 1e-10);
        close(model.expected_by_integral(time / alpha), expected, 1e-10);
    }
    // The rows of a model in one, for alpha split into a younger one's and an age.
    for rows in table.chunk_by(|one, other| one.0 == other.0) {
        let ([r, alpha, a, b], times) = (rows[0].0, rows.iter().map(|row| row.1).collect::<Vec<_>>());
        let young = BgNbd::new(r, 0.25 * alpha, a, b).unwrap();
        let together = expected_purchases(&young, &[0.75 * alpha, 9.0 * alpha, 0.0], &times);
        assert_eq!(together.len(), 3 * rows.len());
        for (found, (_, _, expected)) in together.iter().zip(rows) {
            close(*found, *expected, 1e-10);
        }
    }
}

/// The published form in mpmath at 80 digits.
#[test]
fn purchase_distribution_to_ten_digits() {
    let table = [
        ([0.243, 4.414, 0.793, 2.426], 39.0, 0, 0.5737863520960094),
        ([0.243, 4.414, 0.793, 2.426], 39.0, 7, 0.008695428804155261),
        ([0.243, 4.414, 0.793, 2.426], 39.0, 60, 9.14587567116539e-07),
        ([2.243, 43.27, 0.793, 4.426], 39.0, 0, 0.23663584302047785),
        ([2.243, 43.27, 0.793, 4.426], 39.0, 5, 0.031472661880682096),
        ([2.243, 43.27, 0.793, 4.426], 39.0, 30, 5.736982126297317e-10),
        ([0.5, 10.0, 0.1, 0.2], 500.0, 0, 0.14002800840280097),
        ([0.5, 10.0, 0.1, 0.2], 500.0, 1, 0.3324181175921386),
        ([0.5, 10.0, 0.1, 0.2], 500.0, 100, 0.00046733852247601534),
        ([3.0, 20.0, 0.01, 5.0], 39.0, 2, 0.10321411225241388),
        ([3.0, 20.0, 0.01, 5.0], 39.0, 25, 0.00043004619615811754),
        ([5000.24, 43.27, 0.793, 5002.4], 39.0, 0, 0.0),
        ([5000.24, 43.27, 0.793, 5002.4], 39.0, 1000, 0.00011435528423988762),
        ([5000.24, 43.27, 0.793, 5002.4], 39.0, 4500, 0.002613409564806429),
        ([300.24, 43.27, 0.793, 302.4], 39.0, 250, 0.008256111931379085),
        ([300.24, 43.27, 0.793, 302.4], 39.0, 320, 0.0010043823668920567),
        ([100.0, 5.0, 0.001, 0.002], 100.0, 3, 0.0003325022436435078),
        ([30.0, 2.0, 50.0, 400.0], 39.0, 40, 0.0012561235917355818),
        ([0.7, 0.001, 0.3, 0.4], 39.0, 10, 0.0093825391116996),
        ([0.243, 4.414, 1.0, 2.426], 0.001, 1, 5.503886974681275e-05),
        ([0.243, 4.414, 1.0, 2.426], 0.001, 3, 7.191731803694377e-13),
    ];
    for ([r, alpha, a, b], time, n, expected) in table {
        let model = BgNbd::new(r, alpha, a, b).unwrap();
        close(model.purchase_distribution(time, n)[n], expected, 1e-10);
        close(model.purchase_distribution(time, n + 100)[n], expected, 1e-10);
    }
}

/// The mean over Gamma of lambda / rate 2F1(1, a; a + b; -lambda / rate) in mpmath at 30 digits.
#[test]
fn discounted_purchases_to_ten_digits() {
    let table = [
        ([0.243, 4.414, 0.793, 2.426], 0.0027, 3.6478096301374228),
        ([0.243, 4.414, 0.793, 2.426], 0.5, 0.0988195978933382),
        ([2.243, 43.27, 0.793, 4.426], 0.0027, 7.097163565300003),
        ([2.243, 43.27, 0.793, 4.426], 0.5, 0.10143573886525101),
        ([0.243, 4.414, 1.0, 2.426], 0.0027, 2.832824680225075),
        ([0.243, 4.414, 1.0, 2.426], 0.5, 0.09696244235639587),
        ([0.5, 10.0, 0.1, 0.2], 0.0027, 9.255429424760127),
        ([0.5, 10.0, 0.1, 0.2], 0.5, 0.09269634109768546),
        ([0.5, 10.0, 0.999999999, 3.0], 0.0027, 3.814512063665238),
        ([0.5, 10.0, 0.999999999, 3.0], 0.5, 0.09364132327929255),
        ([0.5, 10.0, 1.00000001, 3.0], 0.0027, 3.814512024210198),
        ([0.5, 10.0, 1.00000001, 3.0], 0.5, 0.09364132323008253),
        ([3.0, 20.0, 0.01, 5.0], 0.0027, 54.28612368684071),
        ([3.0, 20.0, 0.01, 5.0], 0.5, 0.29977782563959854),
        ([0.01, 0.5, 0.5, 0.5], 0.0027, 0.45775291923025696),
        ([0.01, 0.5, 0.5, 0.5], 0.5, 0.021729361323781525),
        ([5000.24, 43.27, 0.793, 5002.4], 0.0027, 12180.225319764108),
        ([5000.24, 43.27, 0.793, 5002.4], 0.5, 223.27415591399583),
        ([300.24, 43.27, 0.793, 302.4], 0.0027, 733.5871594318451),
        ([300.24, 43.27, 0.793, 302.4], 0.5, 13.409173231830495),
        ([30.0, 2.0, 50.0, 400.0], 0.0027, 9.147369336218016),
        ([30.0, 2.0, 50.0, 400.0], 0.5, 6.954122097131191),
        ([0.7, 0.001, 0.3, 0.4], 0.0027, 4106.219241560545),
        ([0.7, 0.001, 0.3, 0.4], 0.5, 106.53711900304157),
        ([100.0, 5.0, 0.001, 0.002], 0.0027, 4894.8041147933145),
        ([100.0, 5.0, 0.001, 0.002], 0.5, 26.895340500652487),
        ([1.5, 30.0, 20.0, 0.5], 0.0027, 0.9203481730987536),
        ([1.5, 30.0, 20.0, 0.5], 0.5, 0.0866360394971197),
        ([1000.0, 100000.0, 2.0, 3.0], 0.0027, 1.6430685537626546),
        ([1000.0, 100000.0, 2.0, 3.0], 0.5, 0.019841426635384678),
    ];
    for ([r, alpha, a, b], rate, expected) in table {
        let model = BgNbd::new(r, alpha, a, b).unwrap();
        close(model.discounted_expected_purchases(rate), expected, 1e-10);
    }
}

/// New customers of CDNOW: scipy 1.17.1 with the closed forms, parameters as in `optimum`.
#[test]
fn new_customers_of_cdnow() {
    let model = optimum();
    for (time, expected) in [(1.0, 0.053184741330975185), (12.0, 0.500619901685165), (78.0, 1.8579718066581334)] {
        close(model.expected_purchases(time), expected, 1e-9);
    }
    let expected = [0.5743072900375261, 0.19919304251201034, 0.0853224083600884, 0.045797193695974826];
    for (value, expected) in model.purchase_distribution(39.0, 3).into_iter().zip(expected) {
        close(value, expected, 1e-10);
    }
}

/// All customers of CDNOW together: lifetimes 0.11.3 at the polished parameters.
#[test]
fn totals_of_cdnow() {
    let modified = mbgnbd::MbgNbd::new(0.5248379973391366, 6.182992588892401, 0.8913561884802418, 1.6139993952991925);
    let total = |of: &dyn Fn(&History) -> f64| cdnow().iter().map(|p| p.weight * of(&p.history)).sum();
    let (plain, modified) = (optimum(), modified.unwrap());
    close(total(&|h| plain.probability_alive(h)), 1917.2763333035803, 1e-10);
    close(total(&|h| plain.conditional_expected_purchases(h, 39.0)), 1653.4232701608494, 1e-10);
    close(total(&|h| modified.probability_alive(h)), 1057.6383711754481, 1e-10);
    close(total(&|h| modified.conditional_expected_purchases(h, 39.0)), 1576.7357211290705, 1e-10);
}

#[test]
fn finds_the_top_from_afar() {
    let customers = cdnow();
    for corner in 0..16 {
        let pick = |bit: u32, low: f64, high: f64| if corner >> bit & 1 == 0 { low } else { high };
        let start = [pick(0, 0.03, 5.0), pick(1, 0.3, 100.0), pick(2, 0.05, 10.0), pick(3, 0.1, 50.0)];
        let settings = Settings { start: Some(start.to_vec()), ..Settings::default() };
        close(fit(&customers, &settings).unwrap().log_likelihood, -9582.42556056736, 1e-12);
        close(mbgnbd::fit(&customers, &settings).unwrap().log_likelihood, -9582.132684899903, 1e-12);
    }
}

#[test]
fn derivatives_are_those_of_the_value() {
    for first_leave in [FirstLeave::AfterRepeat, FirstLeave::AtOnce] {
        let mut likelihood = BgLikelihood::new(&cdnow(), first_leave);
        let at = [-1.1, 1.7, 0.2, 0.4];
        let model = BgNbd::from_parameters(&at.map(f64::exp)).unwrap();
        let value: f64 = cdnow()
            .iter()
            .map(|p| p.weight * model.log_likelihood_with(&p.history, first_leave.chances(p.history.frequency)))
            .sum();
        check_derivatives(&mut likelihood, &at, value);
    }
}

fn check_derivatives(likelihood: &mut impl Likelihood, at: &[f64], value: f64) {
    let here = likelihood.evaluate(at);
    close(here.value, value, 1e-12);
    let n = at.len();
    let (mut up, mut down) = (vec![0.0; n], vec![0.0; n]);
    let width = 1e-5;
    for i in 0..n {
        let moved = |by: f64| -> Vec<f64> { (0..n).map(|j| at[j] + if i == j { by } else { 0.0 }).collect() };
        let high = likelihood.gradient(&moved(width), &mut up);
        let low = likelihood.gradient(&moved(-width), &mut down);
        let scale = here.gradient.amax();
        assert!((here.gradient[i] - (high - low) / (2.0 * width)).abs() < 1e-6 * scale);
        for j in 0..n {
            let slope = (up[j] - down[j]) / (2.0 * width);
            assert!((here.hessian[(i, j)] - slope).abs() < 1e-6 * here.hessian.amax(), "{i} {j}");
        }
    }
}

#[test]
fn recovers_what_was_simulated() {
    let truth = [0.6, 8.0, 0.7, 2.5];
    let model = BgNbd::from_parameters(&truth).unwrap();
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let customers = simulate(&model, FirstLeave::AfterRepeat, 20_000, &mut rng);
    recovered(&fit(&customers, &Settings::default()).unwrap(), &truth);
    let customers = simulate(&model, FirstLeave::AtOnce, 20_000, &mut rng);
    recovered(&mbgnbd::fit(&customers, &Settings::default()).unwrap(), &truth);
}

/// Two columns, one of them continuous in five steps.
fn simulate_with_covariates(truth: &[f64], rng: &mut impl Rng) -> (Vec<Pattern>, Covariates) {
    let mut covariates = Covariates { names: vec!["store".into(), "age".into()], rows: vec![] };
    let mut customers = vec![];
    for store in [-0.5, 0.5] {
        for age in [-1.0, -0.5, 0.0, 0.5, 1.0] {
            let effect = |i: usize| (truth[4 + 2 * i] * store + truth[5 + 2 * i] * age).exp();
            let model = BgNbd::new(truth[0], truth[1] / effect(0), truth[2] * effect(1), truth[3] * effect(2)).unwrap();
            let part = simulate(&model, FirstLeave::AfterRepeat, 3_000, rng);
            covariates.rows.extend([store, age].repeat(part.len()));
            customers.extend(part);
        }
    }
    (customers, covariates)
}

#[test]
fn recovers_the_effects_of_covariates() {
    let truth = [0.6, 8.0, 0.7, 2.5, 0.5, -0.3, 0.4, 0.2, -0.2, 0.3];
    let (customers, covariates) = simulate_with_covariates(&truth, &mut Pcg64Mcg::seed_from_u64(2));
    let fitted = fit_with_covariates(&customers, &covariates, &Settings::default()).unwrap();
    recovered(&fitted, &truth);
    let names: Vec<&str> = fitted.estimates.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names[4..], ["alpha:store", "alpha:age", "a:store", "a:age", "b:store", "b:age"]);
    let model = fitted.model.model_for(&[0.5, -1.0]).unwrap();
    close(model.alpha, fitted.model.base.alpha / (0.5 * fitted.model.alpha[0] - fitted.model.alpha[1]).exp(), 1e-14);
    let mut likelihood = CovariateLikelihood::new(&customers, &covariates).unwrap();
    let at = [-0.4_f64, 2.0, -0.3, 1.0, 0.3, -0.2, 0.1, 0.3, 0.2, -0.3];
    let effects = BgNbdWithCovariates {
        base: BgNbd::new(at[0].exp(), at[1].exp(), at[2].exp(), at[3].exp()).unwrap(),
        names: covariates.names.clone(),
        alpha: at[4..6].to_vec(),
        a: at[6..8].to_vec(),
        b: at[8..10].to_vec(),
    };
    let each = customers.iter().zip(covariates.rows.chunks(2));
    let value = each.map(|(p, row)| effects.model_for(row).unwrap().log_likelihood(&p.history)).sum();
    check_derivatives(&mut likelihood, &at, value);
}

#[test]
fn says_what_is_wrong_with_covariates() {
    let customers = &cdnow()[..500];
    let covariates = |names: &[&str], rows| Covariates { names: names.iter().map(|n| n.to_string()).collect(), rows };
    let message = |c: Covariates| fit_with_covariates(customers, &c, &Settings::default()).unwrap_err().to_string();
    assert_eq!(
        message(covariates(&["x"], vec![1.0])),
        "number of covariate values is 1; expected columns times patterns"
    );
    let mut rows = vec![0.0; 1000];
    rows[3] = f64::NAN;
    assert_eq!(message(covariates(&["x", "y"], rows)), "y of pattern 1 is NaN; expected a finite number");
    let same = message(covariates(&["x"], vec![1.0; 500]));
    assert!(same.contains("cannot be fitted") || same.contains("did not converge"), "{same}");
}

#[test]
fn says_why_it_cannot_fit() {
    let silent = Pattern { history: History::new(0, 0.0, 10.0).unwrap(), weight: 5.0 };
    let message = |patterns: &[Pattern]| fit(patterns, &Settings::default()).unwrap_err().to_string();
    assert_eq!(message(&[]), "BG/NBD cannot be fitted: no customers; give it some");
    assert_eq!(
        message(&[silent]),
        "BG/NBD cannot be fitted: no customer bought again; observe longer, use shorter periods, or set a penalty"
    );
    let weightless = Pattern { weight: 0.0, ..silent };
    assert_eq!(message(&[weightless]), "weight of pattern 0 is 0; expected a number above 0");
    let one = Pattern { history: History::new(3, 8.0, 10.0).unwrap(), weight: 1.0 };
    assert!(message(&[one]).starts_with("BG/NBD "), "{}", message(&[one]));
    let settings = Settings { penalty: -1.0, ..Settings::default() };
    assert_eq!(fit(&[one], &settings).unwrap_err().to_string(), "penalty is -1; expected a number, 0 or more");
    assert_eq!(
        BgNbd::new(1.0, 0.0, 1.0, 1.0).unwrap_err().to_string(),
        "alpha is 0; expected a number from 1e-10 to 1e10"
    );
}

#[test]
fn a_penalty_gives_an_answer_for_one_customer() {
    let settings = Settings { penalty: 0.1, ..Settings::default() };
    for history in [History::new(0, 0.0, 10.0), History::new(3, 8.0, 10.0), History::new(50, 10.0, 10.0)] {
        let one = [Pattern { history: history.unwrap(), weight: 1.0 }];
        let fitted = fit(&one, &settings).unwrap();
        assert!(fitted.estimates.iter().all(|e| e.value > 1e-3 && e.standard_error.is_finite()), "{fitted:?}");
    }
    let (free, held) = (fit(&cdnow(), &Settings::default()).unwrap(), fit(&cdnow(), &settings).unwrap());
    assert!(held.log_likelihood < free.log_likelihood && held.log_likelihood > free.log_likelihood - 0.1);
}

#[test]
fn stays_finite_in_the_corners_of_the_domain() {
    let sizes = [1e-10, 1.0, 1e10];
    let corners = sizes.iter().flat_map(|r| sizes.iter().map(move |alpha| (*r, *alpha)));
    for (r, alpha) in corners {
        for (a, b) in sizes.iter().flat_map(|a| sizes.iter().map(move |b| (*a, *b))) {
            let model = BgNbd::new(r, alpha, a, b).unwrap();
            for time in [f64::NAN, -1.0, 0.0, 1e-10, 1.0, 1e10, f64::INFINITY] {
                let expected = model.expected_purchases(time);
                assert!(expected >= 0.0 && expected.is_finite(), "{model:?} {time}: {expected}");
                let distribution = model.purchase_distribution(time, 2);
                assert!(
                    distribution.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p)),
                    "{model:?} {time} {distribution:?}"
                );
                let discounted = model.discounted_expected_purchases(time);
                assert!(discounted >= 0.0 && discounted.is_finite(), "{model:?} {time}: {discounted}");
            }
            for history in [History::new(0, 0.0, 0.0), History::new(5000, 0.0, 1e6), History::new(1, 1e6, 1e6)] {
                let history = history.unwrap();
                assert!((0.0..=1.0).contains(&model.probability_alive(&history)));
                assert!(model.log_likelihood(&history).is_finite());
            }
        }
    }
}

/// e^low to e^high, evenly in the logarithm.
fn size(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low..high).prop_map(f64::exp)
}

fn any_model() -> impl Strategy<Value = BgNbd> {
    [size(-7.0, 9.0), size(-7.0, 9.0), size(-7.0, 9.0), size(-7.0, 9.0)]
        .prop_map(|[r, alpha, a, b]| BgNbd::new(r, alpha, a, b).unwrap())
}

fn any_history() -> impl Strategy<Value = History> {
    (0_u32..3000, size(-5.0, 9.0), 0.0..=1.0).prop_map(|(x, age, at): (u32, f64, f64)| {
        let x = x.saturating_sub(1000); // a third have not bought again
        History::new(x, if x == 0 { 0.0 } else { age * at }, age).unwrap()
    })
}

/// What holds for any buyer: nothing leaves the domain, and nobody buys more than one who never leaves.
fn check_process(process: &BgNbd, time: f64) {
    let expected = process.expected_purchases(time);
    assert!(expected >= 0.0 && expected <= process.r * time / process.alpha * (1.0 + 1e-10), "{expected}");
    close(process.expected_by_integral(time / process.alpha), expected, 1e-9);
    let distribution = process.purchase_distribution(time, 40);
    let total: f64 = distribution.iter().sum();
    assert!(distribution.iter().all(|p| *p >= 0.0) && total <= 1.0 + 1e-9, "{total}");
    let counted: f64 = (0..).zip(&distribution).map(|(n, p)| f64::from(n) * p).sum();
    assert!(counted <= expected * (1.0 + 1e-9), "{counted} of {expected}");
    let discounted = process.discounted_expected_purchases(1.0 / time);
    assert!(discounted.is_finite() && discounted >= expected * (-1.0_f64).exp(), "{discounted} of {expected}");
}

proptest! {
    #[test]
    fn predictions_stay_in_their_domain(model in any_model(), history in any_history(), time in size(-5.0, 9.0)) {
        check_process(&model, time);
        check_process(&model.if_alive(history.frequency, history.age), time);
        let modified = mbgnbd::MbgNbd(model);
        check_process(&modified.if_alive(history.frequency, history.age), time);
        for alive in [model.probability_alive(&history), modified.probability_alive(&history)] {
            prop_assert!((0.0..=1.0).contains(&alive));
        }
        prop_assert!(model.log_likelihood(&history).is_finite() && modified.log_likelihood(&history).is_finite());
        prop_assert!(modified.expected_purchases(time) <= model.expected_purchases(time) * (1.0 + 1e-9));
        for most in [0, 1, 5] {
            let distribution = model.conditional_purchase_distribution(&history, time, most);
            prop_assert!(distribution.len() == most + 1 && distribution.iter().all(|p| (0.0..=1.0 + 1e-9).contains(p)));
        }
    }

    /// Expectations of many ages and times together are those of one at a time.
    #[test]
    fn together_as_one_by_one(
        model in any_model(),
        frequency in 0_u32..400,
        ages in prop::collection::vec(size(-5.0, 9.0), 0..12),
        times in prop::collection::vec(size(-5.0, 9.0), 0..5),
    ) {
        let modified = mbgnbd::MbgNbd(model);
        let both = [
            (model.expected_purchases_if_alive(frequency, &ages, &times), model.if_alive(frequency, 0.0)),
            (modified.expected_purchases_if_alive(frequency, &ages, &times), modified.if_alive(frequency, 0.0)),
        ];
        for (together, young) in both {
            prop_assert_eq!(together.len(), ages.len() * times.len());
            let places = ages.iter().flat_map(|age| times.iter().map(move |time| (age, time)));
            for (found, (age, time)) in together.into_iter().zip(places) {
                close(found, BgNbd { alpha: young.alpha + age, ..young }.expected_purchases(*time), 1e-12);
            }
        }
    }

    /// The long list of probabilities has the mean that is expected.
    #[test]
    fn distribution_has_its_mean(r in 0.1..5.0, a in 0.1..3.0, b in 0.1..10.0, time in 0.1..20.0) {
        let model = BgNbd::new(r, 4.0, a, b).unwrap();
        let distribution = model.purchase_distribution(time, 600);
        close(distribution.iter().sum(), 1.0, 1e-12);
        close((0..).zip(&distribution).map(|(n, p)| f64::from(n) * p).sum(), model.expected_purchases(time), 1e-10);
    }

    /// Discounted purchases are the mean of the expected purchases at an exponential time.
    #[test]
    fn discounting_integrates_expectation(r in 0.1..30.0, a in 0.1..3.0, b in 0.1..10.0, rate in 0.001..1.0) {
        let model = BgNbd::new(r, 4.0, a, b).unwrap();
        let step = 0.1;
        let terms = (-500..40).map(|k| {
            let s = (f64::from(k) * step).exp();
            s * (-s).exp() * model.expected_purchases(s / rate)
        });
        close(model.discounted_expected_purchases(rate), step * terms.sum::<f64>(), 1e-9);
    }

    /// Any few customers: an answer in the domain, or a refusal in words; with a penalty always an answer.
    #[test]
    fn fits_answer_or_refuse(
        histories in prop::collection::vec((0_u32..6, 0.0..=1.0, 0_u32..50), 1..12),
        penalty in prop::sample::select(vec![0.0, 1.0]),
    ) {
        let patterns: Vec<Pattern> = histories.iter().map(|&(x, at, age)| {
            let age = f64::from(age);
            let recency = if x == 0 { 0.0 } else { age * at };
            Pattern { history: History::new(x, recency, age).unwrap(), weight: 1.0 }
        }).collect();
        let settings = Settings { penalty, ..Settings::default() };
        for fitted in [
            fit(&patterns, &settings).map(|f| (f.estimates, f.log_likelihood)),
            mbgnbd::fit(&patterns, &settings).map(|f| (f.estimates, f.log_likelihood)),
        ] {
            match fitted {
                Ok((estimates, value)) => prop_assert!(
                    value.is_finite() && estimates.iter().all(|e| e.value > 0.0 && e.standard_error.is_finite())
                ),
                Err(error) => prop_assert!(penalty == 0.0, "{error}"),
            }
        }
    }
}

//! Gamma-Gamma against published figures, 50-digit values, another route and simulated customers.
#![expect(clippy::excessive_precision, reason = "reference values stand as they were printed")]

use super::*;
use crate::testing::close;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Gamma};
use rand_pcg::Pcg64Mcg;

/// The repeat customers of tests/data/cdnow_spend.csv; `mean` makes the mean value of the total in cents and x.
fn cdnow(mean: impl Fn(u64, u32) -> f64) -> Vec<Spend> {
    let rows = include_str!("../../../tests/data/cdnow_spend.csv").lines().skip(1);
    rows.map(|row| {
        let (x, total) = row.split_once(',').unwrap();
        let (purchases, cents) = (x.parse().unwrap(), total.replace('.', "").parse().unwrap());
        Spend { purchases, mean: mean(cents, purchases), weight: 1.0 }
    })
    .collect()
}

fn exact(cents: u64, purchases: u32) -> f64 {
    cents as f64 / f64::from(100 * purchases)
}

fn rounded_half_up(cents: u64, purchases: u32) -> f64 {
    let x = u64::from(purchases);
    ((2 * cents + x) / (2 * x)) as f64 / 100.0
}

/// Maximum likelihood on CDNOW with means in whole cents: lifetimes 0.11.3, polished with scipy 1.17.1.
const CDNOW: [f64; 3] = [6.248801894676698, 3.744588502963589, 15.447749746367924];

#[test]
fn cdnow_is_fitted_as_published() {
    // Published (Fader & Hardie 2013): 6.25, 3.74, 15.44. Both references: lifetimes 0.11.3 polished with scipy 1.17.1.
    let in_cents = (cdnow(rounded_half_up), CDNOW, [1.189677047569815, 0.2901643711587467, 4.15996083709282]);
    let unrounded = (
        cdnow(exact),
        [6.249570799703831, 3.744224949618548, 15.44352618715268],
        [1.1900402542547288, 0.2901306342312784, 4.159370555587376],
    );
    let likelihoods = [-4055.9232435028593, -4055.9176948018694];
    for ((customers, values, errors), likelihood) in [in_cents, unrounded].into_iter().zip(likelihoods) {
        let fitted = fit(&customers, &Settings::default()).unwrap();
        close(fitted.log_likelihood, likelihood, 1e-13);
        assert_eq!(fitted.customers, 946.0);
        for (i, estimate) in fitted.estimates.iter().enumerate() {
            close(estimate.value, values[i], 1e-6);
            close(estimate.standard_error, errors[i], 1e-4);
            assert_eq!(estimate.name, GammaGamma::NAMES[i]);
        }
    }
}

#[test]
fn log_likelihoods_equal_50_digit_values() {
    // mpmath: p, q, gamma; x, mean; ln f(mean | x).
    let table = [
        (CDNOW, 2, 22.35, -3.5504762011182129),
        (CDNOW, 1, 11.77, -3.7359591705311841),
        (CDNOW, 7, 73.74, -6.0581178305801908),
        (CDNOW, 5000, 31.5, -3.8014673188886317),
        (CDNOW, 1, 1e-3, -47.274933078909788),
        (CDNOW, 3, 250_000.0, -43.080664882411477),
        ([0.2, 0.3, 2000.0], 4, 15.0, -6.8435413159016471),
        ([900.0, 40.0, 0.05], 1, 1.2, 0.6411393798521429),
    ];
    for (parameters, purchases, mean, expected) in table {
        let found = GammaGamma::from_parameters(&parameters).unwrap().log_likelihood(purchases, mean);
        close(found, expected, 2e-12);
        let mut sum = GammaGammaLikelihood::new(&[Spend { purchases, mean, weight: 2.0 }]).unwrap();
        close(sum.evaluate(&parameters.map(f64::ln)).value, 2.0 * expected, 1e-11);
    }
}

#[test]
fn expected_spend_is_that_of_the_reference() {
    // lifetimes 0.11.3, first customers of CDNOW.
    let model = GammaGamma::from_parameters(&CDNOW).unwrap();
    let table = [
        (2, 22.35, 24.658616383228306),
        (1, 11.77, 18.9114803943756),
        (0, 0.0, 35.17100205708906),
        (7, 73.74, 71.46285055986128),
    ];
    for (purchases, mean, expected) in table {
        close(model.expected_average_spend(purchases, mean).unwrap(), expected, 1e-13);
    }
    assert_eq!(model.spend_scale(7, 73.74), CDNOW[2] + 7.0 * 73.74);
    assert_eq!((model.purchase_shape(3), model.customer_shape(7)), (3.0 * CDNOW[0], CDNOW[1] + 7.0 * CDNOW[0]));
}

#[test]
fn medians_of_gamma_equal_50_digit_values() {
    // mpmath.
    let table = [
        (0.01, 4.4655350189103487e-31),
        (0.1, 0.00059339110446022594),
        (0.4, 0.14507814164343525),
        (0.6, 0.31570201701610787),
        (1.0, std::f64::consts::LN_2),
        (3.744588502963589, 3.4170503486481758),
        (25.0, 24.667468366988418),
        (99.0, 98.666866929238363),
        (101.0, 100.66686294933626),
        (5000.0, 4999.6666706175724),
    ];
    for (shape, expected) in table {
        close(gamma_median(shape), expected, 1e-12);
    }
}

#[test]
fn total_spend_is_the_announced_beta_prime() {
    let model = GammaGamma::new(2.5, 4.0, 30.0).unwrap();
    let (purchases, mean, future) = (3, 12.0, 5);
    let mut rng = Pcg64Mcg::seed_from_u64(5);
    let nu = Gamma::new(model.customer_shape(purchases), 1.0 / (30.0 + 36.0)).unwrap();
    let draws = 200_000;
    // Fraction of simulated totals below, against that of the beta-prime, by its own draws.
    let level = 5.0 * model.expected_average_spend(purchases, mean).unwrap();
    let (mut below, mut below_prime, mut sum) = (0.0, 0.0, 0.0);
    let above = Gamma::new(model.purchase_shape(future), 1.0).unwrap();
    let under = Gamma::new(model.customer_shape(purchases), 1.0).unwrap();
    for _ in 0..draws {
        let value = Gamma::new(2.5, 1.0 / nu.sample(&mut rng)).unwrap();
        let total: f64 = (0..future).map(|_| value.sample(&mut rng)).sum();
        let prime = model.spend_scale(purchases, mean) * above.sample(&mut rng) / under.sample(&mut rng);
        sum += total;
        below += f64::from(u8::from(total < level)) / f64::from(draws);
        below_prime += f64::from(u8::from(prime < level)) / f64::from(draws);
    }
    assert!((below - below_prime).abs() < 0.006, "{below} {below_prime}");
    close(sum / f64::from(draws), level, 0.01);
}

#[test]
fn where_the_mean_is_infinite_there_is_the_median() {
    let model = GammaGamma::new(0.4, 0.8, 20.0).unwrap();
    let error = model.expected_average_spend(0, 0.0).unwrap_err().to_string();
    assert!(error.contains("0.8; expected a number above 1") && error.contains("median"), "{error}");
    assert!(model.expected_average_spend(1, 10.0).unwrap() > 0.0);
    close(model.median_average_spend(0, 0.0), 0.4 * 20.0 / gamma_median(0.8), 1e-15);
}

#[test]
fn derivatives_are_those_of_the_value() {
    let mut likelihood = GammaGammaLikelihood::new(&cdnow(exact)).unwrap();
    for at in [[1.8, 1.3, 2.7], [0.1, -0.5, 5.0]] {
        let here = likelihood.evaluate(&at);
        for i in 0..3 {
            let mut moved = |by: f64| {
                let mut at = at;
                at[i] += by;
                likelihood.evaluate(&at)
            };
            let (up, down) = (moved(1e-4), moved(-1e-4));
            close((up.value - down.value) / 2e-4, here.gradient[i], 1e-6);
            for j in 0..3 {
                close((up.gradient[j] - down.gradient[j]) / 2e-4, here.hessian[(i, j)], 1e-6);
            }
        }
    }
}

/// `customers` of the model with 0 to 6 purchases.
fn simulated(model: &GammaGamma, customers: u32, rng: &mut impl Rng) -> Vec<Spend> {
    let rates = Gamma::new(model.q, 1.0 / model.gamma).unwrap();
    let mut one = |i: u32| {
        let (purchases, rate): (u32, f64) = (i % 7, rates.sample(rng));
        let total: f64 = (0..purchases).map(|_| Gamma::new(model.p, 1.0 / rate).unwrap().sample(rng)).sum();
        Spend { purchases, mean: total / f64::from(purchases.max(1)), weight: 1.0 }
    };
    (0..customers).map(&mut one).collect()
}

#[test]
fn simulated_customers_give_their_parameters_back() {
    for truth in [[2.5, 4.0, 30.0], [0.6, 0.9, 5e5]] {
        let mut rng = Pcg64Mcg::seed_from_u64(7);
        let model = GammaGamma::from_parameters(&truth).unwrap();
        // More than the starting values are sought on, so that the second climb counts too.
        let fitted = fit(&simulated(&model, 35_000, &mut rng), &Settings::default()).unwrap();
        assert_eq!(fitted.customers, 30_000.0);
        for (estimate, value) in fitted.estimates.iter().zip(truth) {
            let off = (estimate.value - value) / estimate.standard_error;
            assert!(
                off.abs() < 4.0 && estimate.standard_error < 0.1 * value,
                "{estimate:?} where {value} was simulated"
            );
        }
    }
}

#[test]
fn the_unit_of_money_and_the_grouping_of_customers_do_not_matter() {
    let mut customers = cdnow(rounded_half_up);
    for customer in &mut customers {
        customer.mean *= 1e6;
    }
    let extra: Vec<Spend> = customers.iter().map(|c| Spend { weight: 0.25, ..*c }).collect();
    for customer in &mut customers {
        customer.weight = 0.75;
    }
    customers.extend(extra);
    customers.push(Spend { purchases: 0, mean: 0.0, weight: 1.0 });
    let fitted = fit(&customers, &Settings::default()).unwrap();
    for (estimate, expected) in fitted.estimates.iter().zip([CDNOW[0], CDNOW[1], 1e6 * CDNOW[2]]) {
        close(estimate.value, expected, 1e-6);
    }
}

#[test]
fn data_without_an_answer_say_so_and_a_penalty_gives_one() {
    let spend = |purchases, mean| Spend { purchases, mean, weight: 1.0 };
    let message = |customers: &[Spend]| fit(customers, &Settings::default()).unwrap_err().to_string();
    assert!(message(&[spend(0, 0.0)]).contains("no customer with a repeat purchase"));
    assert!(message(&[spend(2, 9.0), spend(3, 9.0)]).contains("all customers spend the same"));
    assert_eq!(message(&[spend(2, 9.0), spend(1, 0.0)]), "mean value of row 1 is 0; expected a number above 0");
    assert!(message(&[spend(2, -3.0)]).starts_with("mean value of row 0 is -3"));
    assert!(message(&[spend(2, f64::NAN)]).starts_with("mean value of row 0 is NaN"));
    assert!(message(&[spend(2, f64::MAX)]).starts_with("mean value of row 0 is 17976"));
    let penalised = Settings { penalty: 0.1, ..Settings::default() };
    for customers in [vec![spend(2, 9.0)], vec![spend(2, 9.0), spend(3, 9.0)], vec![spend(1, 1e-6), spend(1, 1e9)]] {
        for estimate in fit(&customers, &penalised).unwrap().estimates {
            assert!(estimate.value.is_finite() && estimate.standard_error.is_finite(), "{estimate:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_valid_leaves_the_numbers(
        powers in proptest::array::uniform3(-4.0..6.0_f64), purchases in 0..6000_u32, power in -6.0..9.0_f64,
    ) {
        let parameters = powers.map(|power| 10.0_f64.powf(power));
        let mean = 10.0_f64.powf(power);
        let model = GammaGamma::from_parameters(&parameters).unwrap();
        prop_assert!(model.log_likelihood(purchases, mean).is_finite());
        let median = model.median_average_spend(purchases, mean);
        prop_assert!(median.is_finite() && median > 0.0, "{median}");
        match model.expected_average_spend(purchases, mean) {
            // The mean lies above the median, by a hair where all customers are alike.
            Ok(expected) => prop_assert!(expected.is_finite() && expected > median * (1.0 - 1e-9), "{expected} {median}"),
            Err(_) => prop_assert!(model.customer_shape(purchases) <= 1.0),
        }
        if purchases > 0 {
            let mut likelihood = GammaGammaLikelihood::new(&[Spend { purchases, mean, weight: 1.0 }]).unwrap();
            prop_assert!(likelihood.evaluate(&parameters.map(f64::ln)).value.is_finite());
        }
    }
}

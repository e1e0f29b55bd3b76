//! Differences of the logarithm of the gamma function and of its derivatives, accurate where their terms nearly cancel.
//!
//! Heterogeneity over customers brings ratios such as Γ(y + a) / Γ(y). With y in the thousands the two logarithms
//! agree in most of their digits, and their difference taken naively keeps few. Below, recurrences lift y above 10,
//! where Stirling's series (DLMF 5.11.1, 5.11.2) is subtracted term by term as a divided difference.

/// From here on the series below are exact to double precision.
const LIFTED: f64 = 10.0;

/// ln Γ(y) - (y - 1/2) ln y + y - ln(2π)/2 in odd powers of 1/y.
const LN_GAMMA: [f64; 7] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];

/// ψ(y) - ln y in powers of 1/y.
const DIGAMMA: [f64; 15] = [
    0.0,
    -1.0 / 2.0,
    -1.0 / 12.0,
    0.0,
    1.0 / 120.0,
    0.0,
    -1.0 / 252.0,
    0.0,
    1.0 / 240.0,
    0.0,
    -1.0 / 132.0,
    0.0,
    691.0 / 32_760.0,
    0.0,
    -1.0 / 12.0,
];

/// ψ'(y) in powers of 1/y.
const TRIGAMMA: [f64; 16] = [
    0.0,
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    0.0,
    -1.0 / 30.0,
    0.0,
    1.0 / 42.0,
    0.0,
    -1.0 / 30.0,
    0.0,
    5.0 / 66.0,
    0.0,
    -691.0 / 2730.0,
    0.0,
    7.0 / 6.0,
];

/// ln Γ(y + a) - ln Γ(y) for y > 0 and y + a > 0, exact to the last digits also where a is a speck on y.
pub fn ln_gamma_ratio(y: f64, a: f64) -> f64 {
    if a < 0.0 {
        return -ln_gamma_ratio(y + a, -a);
    }
    // The product of the factors 1 + a/y that the recurrence brings, less 1, so that one logarithm is enough.
    let (mut y, mut factors, mut lifted) = (y, 0.0, 0.0);
    while y < LIFTED {
        let rise = a / y;
        factors += rise + factors * rise;
        y += 1.0;
        if factors > 1e150 {
            lifted += f64::ln_1p(factors);
            factors = 0.0;
        }
    }
    lifted += f64::ln_1p(factors);
    let top = y + a;
    // For the odd polynomial p(u) = u q(u^2), p(u) - p(v) is u - v times q(u^2) + v (u + v) [q(u^2) - q(v^2)]/(u^2 - v^2).
    let (from, to) = (1.0 / y, 1.0 / top);
    let (value, slope) = divided_difference(&LN_GAMMA, from * from, to * to);
    let series = -a * from * to * (value + from * (to + from) * slope);
    (y - 0.5) * (a / y).ln_1p() + a * (top.ln() - 1.0) + series - lifted
}

/// ψ(y + a) - ψ(y) for y > 0 and y + a > 0.
pub fn digamma_difference(y: f64, a: f64) -> f64 {
    let (mut y, mut lifted) = (y, 0.0);
    while y.min(y + a) < LIFTED {
        lifted += a / (y * (y + a));
        y += 1.0;
    }
    (a / y).ln_1p() + series_difference(&DIGAMMA, y, a) + lifted
}

/// ψ'(y + a) - ψ'(y) for y > 0 and y + a > 0.
pub fn trigamma_difference(y: f64, a: f64) -> f64 {
    let (mut y, mut lifted) = (y, 0.0);
    while y.min(y + a) < LIFTED {
        let product = y * (y + a);
        lifted += a / product * ((y + y + a) / product);
        y += 1.0;
    }
    series_difference(&TRIGAMMA, y, a) - lifted
}

/// p(1/(y + a)) - p(1/y) for the polynomial with these coefficients.
fn series_difference(coefficients: &[f64], y: f64, a: f64) -> f64 {
    let (from, to) = (1.0 / y, 1.0 / (y + a));
    // The difference of the arguments is known without subtraction.
    -a * from * to * divided_difference(coefficients, from, to).1
}

/// p(to) and (p(to) - p(from)) / (to - from), by Horner's rule, so that nothing cancels.
fn divided_difference(coefficients: &[f64], from: f64, to: f64) -> (f64, f64) {
    let (mut value, mut slope) = (0.0, 0.0);
    for c in coefficients.iter().rev() {
        slope = slope * from + value;
        value = value * to + c;
    }
    (value, slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::special::ln_gamma;
    use crate::testing::close;
    use proptest::prelude::*;

    /// (y, a, ln Γ(y+a) - ln Γ(y), ψ(y+a) - ψ(y), ψ'(y+a) - ψ'(y)), mpmath at 50 digits.
    const TABLE: &[(f64, f64, f64, f64, f64)] = &[
        (0.3, 0.7, -1.0957979948180756, 2.9253085572986004, -10.600430479259504),
        (1.0, 1e-09, -5.772156640790658e-10, 1.6449340656461695e-09, -2.404113803072219e-9),
        (2.5, -0.4, -0.23924513192843402, -0.2178206719654109, 0.11649511370078842),
        (3.0, 1200.0, 7326.04575408346, 6.169373695696443, -0.39410246606455074),
        (5000.0, 0.7, 5.962014234271395, 0.00014000419988798236, -2.800167993278589e-08),
        (1000000.0, 0.05, 0.6907755041482102, 5.0000023750007125e-08, -5.000004750002138e-14),
        (1000000.0, 1000000.0, 14201804.572510533, 0.6931474305600078, -5.000003750001459e-07),
        (0.001, 2.0, -6.906755778649053, 1000.999000999001, -1000000.998002996),
        (12.0, -0.999, -2.395543472627644, -0.09081392909804008, 0.008255413834815558),
        (1000000000.0, 3.5, 72.53143043368743, 3.499999995625e-9, -3.49999999125e-18),
    ];

    fn size() -> impl Strategy<Value = f64> {
        (-3.0..4.0_f64).prop_map(|e| 10.0_f64.powf(e))
    }

    #[test]
    fn equals_fifty_digit_values() {
        for &(y, a, ratio, first, second) in TABLE {
            close(ln_gamma_ratio(y, a), ratio, 1e-13);
            close(digamma_difference(y, a), first, 1e-13);
            close(trigamma_difference(y, a), second, 1e-13);
        }
    }

    #[test]
    fn rises_equal_sixty_digit_values() {
        // y, a, ln Γ(y+a) - ln Γ(y), mpmath 1.3.
        let table = [
            (0.2426, 5000.0, 37583.37278290366),
            (5000.2426, 1.0, 8.51724171023918),
            (5000.2426, 1e-06, 8.51714171185794e-06),
            (10000000000.0, 2.5, 57.56462732503864),
            (12.3, 4.5, 11.873390706807031),
            (3.3, 0.01, 0.010365879378187785),
            (1000000.0, 1000000.0, 14201804.572510533),
            (0.001, 1.0, -6.907755278982137),
            (9.999, 100.0, 392.8180244576094),
        ];
        for (y, a, expected) in table {
            close(ln_gamma_ratio(y, a), expected, 1e-13);
        }
    }

    proptest! {
        #[test]
        fn ratio_is_a_difference(y in size(), a in size()) {
            let (ratio, difference) = (ln_gamma_ratio(y, a), ln_gamma(y + a) - ln_gamma(y));
            prop_assert!((ratio - difference).abs() < 1e-10 * difference.abs().max(1.0), "{} {}", ratio, difference);
        }

        #[test]
        fn a_fall_undoes_a_rise(y in size(), a in size()) {
            let (rise, fall) = (ln_gamma_ratio(y, a), ln_gamma_ratio(y + a, -a));
            prop_assert!((rise + fall).abs() < 1e-10 * rise.abs().max(1.0), "{} {}", rise, fall);
        }
    }
}

//! Differences of the logarithm of the gamma function and of its derivatives, accurate where their terms nearly cancel.
//!
//! Heterogeneity over customers brings ratios such as Γ(y + a) / Γ(y). With y in the thousands the two logarithms
//! agree in most of their digits, and their difference taken naively keeps few. Below, recurrences lift y above 10,
//! where Stirling's series (DLMF 5.11.1, 5.11.2) is subtracted term by term as a divided difference.

/// From here on the series below are exact to double precision.
const LIFTED: f64 = 10.0;

/// ln Γ(y) - (y - 1/2) ln y + y - ln(2π)/2 in powers of 1/y.
const LN_GAMMA: [f64; 14] = [
    0.0,
    1.0 / 12.0,
    0.0,
    -1.0 / 360.0,
    0.0,
    1.0 / 1260.0,
    0.0,
    -1.0 / 1680.0,
    0.0,
    1.0 / 1188.0,
    0.0,
    -691.0 / 360_360.0,
    0.0,
    1.0 / 156.0,
];

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

/// ln Γ(y + a) - ln Γ(y) for y > 0 and y + a > 0.
pub fn ln_gamma_ratio(y: f64, a: f64) -> f64 {
    let (mut y, mut lifted) = (y, 0.0);
    while y.min(y + a) < LIFTED {
        lifted += (a / y).ln_1p();
        y += 1.0;
    }
    let top = y + a;
    (y - 0.5) * (a / y).ln_1p() + a * (top.ln() - 1.0) + series_difference(&LN_GAMMA, y, a) - lifted
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

/// p(1/(y + a)) - p(1/y) for the polynomial with these coefficients: Horner's rule for the divided difference, times
/// the difference of the arguments, which is known without subtraction.
fn series_difference(coefficients: &[f64], y: f64, a: f64) -> f64 {
    let (from, to) = (1.0 / y, 1.0 / (y + a));
    let (mut value, mut slope) = (0.0, 0.0);
    for c in coefficients.iter().rev() {
        slope = slope * from + value;
        value = value * to + c;
    }
    -a * from * to * slope
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (y, a, ln Γ(y+a) - ln Γ(y), ψ(y+a) - ψ(y), ψ'(y+a) - ψ'(y)), mpmath at 50 digits.
    const TABLE: &[(f64, f64, f64, f64, f64)] = &[
        (0.3, 0.7, -1.0957979948180755, 2.9253085572986002, -10.600430479259505),
        (1.0, 1e-09, -5.7721566407906586e-10, 1.6449340656461696e-9, -2.404113803072219e-9),
        (2.5, -0.4, -0.23924513192843403, -0.2178206719654109, 0.11649511370078842),
        (3.0, 1200.0, 7326.0457540834608, 6.1693736956964432, -0.39410246606455075),
        (5000.0, 0.7, 5.9620142342713952, 0.00014000419988798235, -2.8001679932785888e-8),
        (1000000.0, 0.05, 0.69077550414821018, 5.0000023750007128e-8, -5.0000047500021378e-14),
        (1000000.0, 1000000.0, 14201804.572510533, 0.69314743056000781, -5.0000037500014583e-7),
        (0.001, 2.0, -6.9067557786490535, 1000.999000999001, -1000000.998002996),
        (12.0, -0.999, -2.3955434726276442, -0.090813929098040079, 0.008255413834815558),
        (1000000000.0, 3.5, 72.531430433687439, 3.499999995625e-9, -3.49999999125e-18),
    ];

    fn near(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual / expected - 1.0).abs() < tolerance, "{actual:e} for {expected:e}");
    }

    #[test]
    fn equals_fifty_digit_values() {
        for &(y, a, ratio, first, second) in TABLE {
            near(ln_gamma_ratio(y, a), ratio, 1e-13);
            near(digamma_difference(y, a), first, 1e-13);
            near(trigamma_difference(y, a), second, 1e-13);
        }
    }
}

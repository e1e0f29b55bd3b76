//! Special functions of the models: logarithms of gamma and beta, their derivatives, and Gauss's hypergeometric function.
//!
//! Written here rather than taken from `statrs` where that loses digits: its gamma has about 13, and a difference of
//! two of its values for huge arguments fewer. What cancels is taken apart first. References: Abramowitz & Stegun,
//! "Handbook of Mathematical Functions" (1964), chapters 6 and 15; DiDonato & Morris, "Significant digit computation of
//! the incomplete beta function ratios" (1992) for the logarithm of beta; Trefethen & Weideman, "The exponentially
//! convergent trapezoidal rule" (2014) for the integrals.

/// Logarithm of the gamma function, x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    if x >= 10.0 {
        (x - 0.5) * x.ln() - x + HALF_LN_TWO_PI + stirling_rest(x)
    } else if x >= 2.5 {
        let mut product = 1.0;
        let mut y = x;
        while y > 2.5 {
            y -= 1.0;
            product *= y;
        }
        product.ln() + ln_gamma_2_plus(y - 2.0)
    } else if x >= 1.5 {
        ln_gamma_2_plus(x - 2.0)
    } else if x >= 0.5 {
        ln_gamma_2_plus(x - 1.0) - (x - 1.0).ln_1p()
    } else {
        ln_gamma_2_plus(x) - x.ln_1p() - x.ln()
    }
}

/// ln gamma(x + d) - ln gamma(x) for x > 0, d >= 0, exact to the last digits also where d is a speck on x.
pub fn ln_gamma_rise(x: f64, d: f64) -> f64 {
    if x < 10.0 {
        return ln_gamma(x + d) - ln_gamma(x);
    }
    let e = d / x;
    // (x + d - 1/2) ln(x + d) - (x - 1/2) ln x - d, with the part d ln x taken out first.
    d * x.ln() - 0.5 * e.ln_1p() + x * ((1.0 + e) * e.ln_1p() - e) + stirling_rest(x + d) - stirling_rest(x)
}

/// First derivative of [`ln_gamma`], x > 0.
pub fn digamma(x: f64) -> f64 {
    let (mut y, mut below) = (x, 0.0);
    while y < 10.0 {
        below += 1.0 / y;
        y += 1.0;
    }
    let s = 1.0 / (y * y);
    let series = s
        * (1.0 / 12.0
            - s * (1.0 / 120.0
                - s * (1.0 / 252.0
                    - s * (1.0 / 240.0 - s * (1.0 / 132.0 - s * (691.0 / 32760.0 - s * (1.0 / 12.0)))))));
    y.ln() - 0.5 / y - series - below
}

/// Second derivative of [`ln_gamma`], x > 0.
pub fn trigamma(x: f64) -> f64 {
    let (mut y, mut below) = (x, 0.0);
    while y < 10.0 {
        below += 1.0 / (y * y);
        y += 1.0;
    }
    let s = 1.0 / (y * y);
    let series = s
        * (1.0 / 6.0
            - s * (1.0 / 30.0
                - s * (1.0 / 42.0 - s * (1.0 / 30.0 - s * (5.0 / 66.0 - s * (691.0 / 2730.0 - s * (7.0 / 6.0)))))));
    below + (1.0 + 0.5 / y + series) / y
}

/// Logarithm of the beta function, a and b > 0, of any size and ratio.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large < 10.0 {
        return ln_gamma(small) + ln_gamma(large) - ln_gamma(small + large);
    }
    if small < 10.0 {
        return ln_gamma(small) - ln_gamma_rise(large, small);
    }
    let ratio = small / large;
    HALF_LN_TWO_PI - 0.5 * large.ln() + (small - 0.5) * (ratio / (1.0 + ratio)).ln() - large * ratio.ln_1p()
        + stirling_rest(small)
        + stirling_rest(large)
        - stirling_rest(small + large)
}

/// Logarithm of Gauss's hypergeometric function 2F1(a, b; c; z) for a, b, c > 0 and z < 1, where it is positive.
///
/// For z < 0 also c > min(a, b) is needed. The logarithm, because the function itself soon leaves the doubles: with
/// arguments of a few thousand it is of the order of e^1000. Outside the domain the result is NaN.
pub fn ln_hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && c > 0.0 && z < 1.0) {
        return f64::NAN;
    }
    if z < 0.0 {
        // Pfaff: the series in z / (z - 1) has only positive terms, where that in z alternates.
        let (a, b) = if c > b && (a >= b || c <= a) { (a, b) } else { (b, a) };
        let outer = -a * (-z).ln_1p();
        return match c - b {
            rest if rest > 0.0 => outer + ln_hypergeometric_positive(a, rest, c, z / (z - 1.0), 1.0 / (1.0 - z)),
            0.0 => outer,
            _ => f64::NAN,
        };
    }
    ln_hypergeometric_positive(a, b, c, z, 1.0 - z)
}

/// Gauss's hypergeometric function; see [`ln_hypergeometric`] for the domain. Infinite where it exceeds the doubles.
pub fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    ln_hypergeometric(a, b, c, z).exp()
}

/// 0 <= z < 1, with 1 - z given apart for its digits.
fn ln_hypergeometric_positive(a: f64, b: f64, c: f64, z: f64, rest: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small == c || large == c {
        return -(if small == c { large } else { small }) * rest.ln();
    }
    let most = if small < c { SERIES_TERMS } else { 100 * SERIES_TERMS * SERIES_TERMS };
    if let Some(value) = ln_hypergeometric_series(a, b, c, z, most) {
        return value;
    }
    if large < c {
        // Either may be the power; the smaller one bends the integrand less.
        ln_hypergeometric_integral(small, large, c - large, z, rest)
    } else {
        ln_hypergeometric_integral(large, small, c - small, z, rest)
    }
}

/// Above this many terms the integral is cheaper than the series.
const SERIES_TERMS: usize = 2000;

/// The defining series, all of whose terms are positive; `None` where it takes more than `most` terms or overflows.
fn ln_hypergeometric_series(a: f64, b: f64, c: f64, z: f64, most: usize) -> Option<f64> {
    let (mut term, mut sum) = (1.0, 1.0);
    let mut n = 0.0;
    for _ in 0..most {
        let ratio = (a + n) * (b + n) / ((c + n) * (1.0 + n)) * z;
        term *= ratio;
        sum += term;
        n += 1.0;
        // The ratio tends to z, from above or below, so the larger of the two bounds what is left.
        let bound = ratio.max(z);
        if bound < 1.0 && term * bound < 1e-17 * sum * (1.0 - bound) {
            return Some(sum.ln());
        }
        if sum > 1e290 {
            return None;
        }
    }
    None
}

/// Euler's integral: the mean of (1 - z p)^-power over p ~ Beta(first, second), where first + second = c.
fn ln_hypergeometric_integral(power: f64, first: f64, second: f64, z: f64, rest: f64) -> f64 {
    let knee = -rest.ln(); // where p = 1/z, up to sign: the integrand's singularity next to the path
    let at = |logit: &Logit| -power * (logit.q + logit.p * rest).ln();
    let slope = |logit: &Logit| power * z * logit.p * logit.q / (logit.q + logit.p * rest);
    ln_beta_mean(first, second, (0.0, knee), at, slope)
}

/// A probability by its logit u = ln(p / (1 - p)), with both sides in full precision.
#[derive(Debug, Clone, Copy)]
pub struct Logit {
    /// p
    pub p: f64,
    /// 1 - p
    pub q: f64,
    /// ln p
    pub ln_p: f64,
    /// ln (1 - p)
    pub ln_q: f64,
}

impl Logit {
    /// The probability at logit `u`.
    pub fn new(u: f64) -> Self {
        let small = (-u.abs()).exp();
        let (near, far) = (-small.ln_1p(), -u.abs() - small.ln_1p());
        let (less, more) = (small / (1.0 + small), 1.0 / (1.0 + small));
        if u < 0.0 {
            Self { p: less, q: more, ln_p: far, ln_q: near }
        } else {
            Self { p: more, q: less, ln_p: near, ln_q: far }
        }
    }
}

/// ln E[exp(h(p))] for p ~ Beta(a, b), by the trapezoidal rule in the logit of p.
///
/// In the logit the integrand has no end points and falls off exponentially on both sides, so the rule converges faster
/// than any power of the step. `h` may bend at logits within `knees` (beyond, it follows a power of p or 1 - p), its
/// derivative by the logit is `slope`, and a ln p + b ln(1 - p) + h must have a single peak.
pub fn ln_beta_mean(
    a: f64,
    b: f64,
    knees: (f64, f64),
    h: impl Fn(&Logit) -> f64,
    slope: impl Fn(&Logit) -> f64,
) -> f64 {
    let log_integrand = |logit: &Logit| a * logit.ln_p + b * logit.ln_q + h(logit);
    let total_slope = |u: f64| {
        let logit = Logit::new(u);
        a * logit.q - b * logit.p + slope(&logit)
    };
    let peak = peak(&total_slope);
    let path = Path::new(peak, knees);
    let step = step((total_slope(peak - 1e-3) - total_slope(peak + 1e-3)) / 2e-3);
    let top = log_integrand(&Logit::new(path.logit(peak)));
    let term = |v: f64| (log_integrand(&Logit::new(path.logit(v))) - top).exp() * path.speed(v);
    let sum = trapezoid(peak, step, 1e-18, term);
    top + sum.ln() - ln_beta(a, b)
}

/// Points p and weights such that the sum of weight f(p) is E[f(p)] for p ~ Beta(a, b), for a smooth f that is constant
/// at logits below `knee` and is at most `1e-18 / floor` times smaller somewhere than elsewhere.
pub fn beta_nodes(a: f64, b: f64, knee: f64, floor: f64) -> Vec<(f64, f64)> {
    let peak = (a / b).ln();
    let path = Path::new(peak, (knee, 0.0));
    let step = step(a / (a + b) * b);
    let scale = ln_beta(a, b);
    let mut nodes = Vec::with_capacity(200);
    trapezoid(peak, step, floor, |v| {
        let logit = Logit::new(path.logit(v));
        let weight = (a * logit.ln_p + b * logit.ln_q - scale).exp() * path.speed(v);
        nodes.push((logit.p, step * weight));
        weight
    });
    nodes
}

/// Points x and weights such that the sum of weight f(x) is E[f(x)] for x ~ Gamma(shape, 1), for a smooth f that falls
/// at least as x towards 0 and grows at most so towards infinity.
pub fn gamma_nodes(shape: f64) -> Vec<(f64, f64)> {
    let step = step(shape + 1.0);
    let scale = ln_gamma(shape);
    let mut nodes = Vec::with_capacity(200);
    trapezoid((shape + 1.0).ln(), step, 1e-18, |ln_x| {
        let x = ln_x.exp();
        let weight = (shape * ln_x - x - scale).exp();
        nodes.push((x, step * weight));
        weight * x
    });
    nodes
}

/// The step of the rule for an integrand with this curvature of its logarithm at the peak.
fn step(curvature: f64) -> f64 {
    0.3_f64.min(0.6 / curvature.max(1e-8).sqrt())
}

/// The trapezoidal rule from `peak` to both sides, until the terms are `floor` of the sum.
fn trapezoid(peak: f64, step: f64, floor: f64, mut term: impl FnMut(f64) -> f64) -> f64 {
    let mut sum = term(peak);
    for direction in [-step, step] {
        let mut v = peak;
        loop {
            v += direction;
            let value = term(v);
            sum += value;
            // The negation also ends the sum where a careless integrand is not a number.
            if !(value > floor * sum) {
                break;
            }
        }
    }
    sum * step
}

/// The way through the logits: in even steps where the integrand bends, in growing ones along its straight tails.
struct Path {
    low: f64,
    high: f64,
}

impl Path {
    fn new(peak: f64, knees: (f64, f64)) -> Self {
        Self { low: knees.0.min(peak).min(0.0) - 3.0, high: knees.1.max(peak).max(0.0) + 3.0 }
    }

    fn logit(&self, v: f64) -> f64 {
        v - (self.low - v).exp() + (v - self.high).exp()
    }

    fn speed(&self, v: f64) -> f64 {
        1.0 + (self.low - v).exp() + (v - self.high).exp()
    }
}

/// Where a falling slope crosses zero.
fn peak(slope: &impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-700.0, 700.0);
    while high - low > 1e-10 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_74;

/// What Stirling's formula leaves of ln gamma, x >= 10 (Abramowitz & Stegun 6.1.41).
fn stirling_rest(x: f64) -> f64 {
    let s = 1.0 / (x * x);
    (1.0 / 12.0
        - s * (1.0 / 360.0
            - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * (691.0 / 360_360.0 - s / 156.0))))))
        / x
}

/// ln gamma(2 + e), |e| <= 1/2 (Abramowitz & Stegun 6.1.33, shifted by one): no digits are lost near its zero.
fn ln_gamma_2_plus(e: f64) -> f64 {
    let mut sum = 0.0;
    for (i, zeta) in ZETA_LESS_ONE.iter().enumerate().rev() {
        let k = i as f64 + 2.0;
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        sum = sum * e + sign * zeta / k;
    }
    e * (ONE_LESS_EULER + e * sum)
}

const ONE_LESS_EULER: f64 = 0.422_784_335_098_467_14;

/// Riemann's zeta of 2, 3, ... less one.
const ZETA_LESS_ONE: [f64; 26] = [
    0.644_934_066_848_226_44,
    0.202_056_903_159_594_29,
    0.082_323_233_711_138_192,
    0.036_927_755_143_369_926,
    0.017_343_061_984_449_14,
    0.008_349_277_381_922_826_8,
    0.004_077_356_197_944_339_4,
    0.002_008_392_826_082_214_4,
    0.000_994_575_127_818_085_34,
    0.000_494_188_604_119_464_56,
    0.000_246_086_553_308_048_3,
    0.000_122_713_347_578_489_15,
    0.000_061_248_135_058_704_829,
    0.000_030_588_236_307_020_494,
    0.000_015_282_259_408_651_872,
    7.637_197_637_899_762_3e-6,
    3.817_293_264_999_839_9e-6,
    1.908_212_716_553_938_9e-6,
    9.539_620_338_727_961_1e-7,
    4.769_329_867_878_064_6e-7,
    2.384_505_027_277_329_9e-7,
    1.192_199_259_653_110_7e-7,
    5.960_818_905_125_948e-8,
    2.980_350_351_465_228e-8,
    1.490_155_482_836_504_1e-8,
    7.450_711_789_835_429_5e-9,
];

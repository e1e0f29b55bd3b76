//! Expected purchases of many living customers of one frequency: the series that they share is computed once.
//!
//! A living customer expects (1 - s)^r sum_k c_k s^k purchases in a time t, where s = t / (alpha + t). The age is in
//! alpha alone, so the coefficients, all positive, belong to the frequency; an age and a time are a point s at which
//! to sum.

use super::BgNbd;
use crate::noncontractual::PurchaseProcess;

/// Points summed side by side: as many as fill the registers of any processor of 64 bits.
const LANES: usize = 8;

/// Terms between two looks whether it is enough.
const STRETCH: usize = 8;

/// Expected purchases by each of `times` of customers as `young`, but with each of `ages` behind them: a row for each
/// age, one row after the other.
pub(in crate::noncontractual) fn expected_purchases(young: &BgNbd, ages: &[f64], times: &[f64]) -> Vec<f64> {
    let at_age = |age: f64| BgNbd { alpha: young.alpha + age, ..*young };
    let mut expected = vec![0.0; ages.len() * times.len()];
    let mut points = Vec::with_capacity(expected.len());
    // All ages at one time after all at the one before: neighbours then need about as many terms.
    for (column, &time) in times.iter().enumerate() {
        for (row, &age) in ages.iter().enumerate() {
            let (place, odds) = (row * times.len() + column, at_age(age).odds(time));
            match young.log_none_for_sum(odds) {
                Some(log_none) => points.push(Point { place, step: odds / (1.0 + odds), log_none }),
                None => expected[place] = at_age(age).expected_purchases(time),
            }
        }
    }
    let farthest = points.iter().fold(0.0_f64, |most, point| most.max(point.step));
    let Some(series) = Series::up_to(young, farthest) else {
        for point in points {
            let (age, time) = (ages[point.place / times.len()], times[point.place % times.len()]);
            expected[point.place] = at_age(age).expected_purchases(time);
        }
        return expected;
    };
    for some in points.chunks(LANES) {
        let mut shares = [0.0; LANES];
        for (share, point) in shares.iter_mut().zip(some) {
            *share = point.step / farthest.max(f64::MIN_POSITIVE);
        }
        for (sum, point) in series.sums(&shares).into_iter().zip(some) {
            expected[point.place] = sum * point.log_none.exp();
        }
    }
    expected
}

/// Where to sum, and where in the answer the sum belongs.
struct Point {
    place: usize,
    /// t / (alpha + t)
    step: f64,
    /// ln of the probability that one who never leaves buys nothing.
    log_none: f64,
}

/// The terms c_k s^k, k > 0, at the farthest point s. They are kept at this scale because the coefficients alone leave
/// the doubles where the sums do not.
struct Series {
    terms: Vec<f64>,
    /// After each stretch of terms, a bound of the ratio of any later term to the one before.
    ratios: Vec<f64>,
}

impl Series {
    /// Enough terms for all points from 0 to `step`; `None` where they are too many.
    fn up_to(process: &BgNbd, step: f64) -> Option<Self> {
        let BgNbd { r, a, b, .. } = *process;
        let mut series = Self { terms: Vec::new(), ratios: Vec::new() };
        // As in `BgNbd::expected_by_sum`, in units of the probability to buy nothing.
        let (mut probability, mut staying, mut made) = (1.0, 1.0, 0.0);
        let (mut k, mut sum) = (0.0, 0.0);
        while k < BgNbd::MOST_TERMS {
            let mut term = 0.0;
            for _ in 0..STRETCH {
                probability *= step * (r + k) / (k + 1.0);
                made += staying;
                staying *= (b + k) / (a + b + k);
                k += 1.0;
                term = probability * made;
                sum += term;
                series.terms.push(term);
            }
            let ratio = (step * (r + k) / (k + 1.0)).max(step) * (1.0 + 1.0 / k);
            series.ratios.push(ratio);
            if is_enough(term, sum, ratio) {
                return Some(series);
            }
        }
        None
    }

    /// The sums at these shares of the farthest point. For a nearer point fewer terms do.
    fn sums(&self, shares: &[f64; LANES]) -> [f64; LANES] {
        let (slowest, _) =
            (0..LANES).map(|lane| (lane, shares[lane])).fold((0, 0.0), |m, x| if x.1 > m.1 { x } else { m });
        let (mut powers, mut sums) = ([1.0; LANES], [0.0; LANES]);
        for (stretch, ratio) in self.terms.chunks_exact(STRETCH).zip(&self.ratios) {
            let mut last = 0.0;
            for term in stretch {
                for ((sum, power), share) in sums.iter_mut().zip(&mut powers).zip(shares) {
                    *power *= share;
                    *sum += term * *power;
                }
                last = *term;
            }
            if is_enough(last * powers[slowest], sums[slowest], ratio * shares[slowest]) {
                break;
            }
        }
        sums
    }
}

/// Whether what follows the last term is lost in the rounding of the sum, as no ratio of a term to the one before
/// exceeds `ratio`.
fn is_enough(term: f64, sum: f64, ratio: f64) -> bool {
    ratio < 1.0 && term * ratio <= 1e-16 * sum * (1.0 - ratio)
}

//! How far draws of Markov chains can be trusted: rank-normalised split r-hat and effective sample sizes.
//!
//! Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), "Rank-normalization, folding, and localization: an improved
//! R-hat for assessing convergence of MCMC", Bayesian Analysis 16(2); the sum of autocorrelations stops as in Geyer
//! (1992), "Practical Markov chain Monte Carlo", Statistical Science 7(4). Chains are slices of equal length.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::statistics::{Data, OrderStatistics, RankTieBreaker};

/// Rank-normalised split r-hat: the larger of that of the draws and that of their distance from the median, so that
/// chains which differ in place or in width are both found out. Below 1.01 the chains agree.
pub fn r_hat(chains: &[&[f64]]) -> f64 {
    let halves = split(chains);
    let median = quantile(&halves.concat(), 0.5);
    let folded: Vec<Vec<f64>> = halves.iter().map(|c| c.iter().map(|v| (v - median).abs()).collect()).collect();
    plain_r_hat(&rank_normalised(&halves)).max(plain_r_hat(&rank_normalised(&folded)))
}

/// Number of independent draws that would know the centre of the distribution as well.
pub fn effective_sample_size(chains: &[&[f64]]) -> f64 {
    plain_effective_sample_size(&rank_normalised(&split(chains)))
}

/// The same for the tails: the smaller of those of the 5% and the 95% quantile.
pub fn tail_effective_sample_size(chains: &[&[f64]]) -> f64 {
    let all = chains.concat();
    let size_at = |p: f64| {
        let bound = quantile(&all, p);
        let below: Vec<Vec<f64>> =
            chains.iter().map(|c| c.iter().map(|&v| f64::from(u8::from(v <= bound))).collect()).collect();
        let below: Vec<&[f64]> = below.iter().map(Vec::as_slice).collect();
        plain_effective_sample_size(&split(&below))
    };
    size_at(0.05).min(size_at(0.95))
}

/// Quantile of unsorted values, linear between the order statistics.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The first and the second half of each chain; the middle draw of an odd length is left out.
fn split(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let halves = chains.iter().flat_map(|c| [&c[..c.len() / 2], &c[c.len() - c.len() / 2..]]);
    halves.map(<[f64]>::to_vec).collect()
}

/// Each value's rank among all chains, as a quantile of the standard normal (Blom's 3/8 rule).
fn rank_normalised(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let normal = Normal::standard();
    let total = chains.iter().map(Vec::len).sum::<usize>() as f64;
    let ranks = Data::new(chains.concat()).ranks(RankTieBreaker::Average);
    let scores: Vec<f64> = ranks.iter().map(|rank| normal.inverse_cdf((rank - 0.375) / (total + 0.25))).collect();
    let mut rest = scores.as_slice();
    let take = |c: &Vec<f64>| {
        let (mine, others) = rest.split_at(c.len());
        rest = others;
        mine.to_vec()
    };
    chains.iter().map(take).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

/// Mean variance within the chains, and the variance of all draws as it would be if the chains had mixed.
fn within_and_pooled(chains: &[Vec<f64>]) -> (f64, f64) {
    let draws = chains[0].len() as f64;
    let within = mean(&chains.iter().map(|c| variance(c)).collect::<Vec<_>>());
    let between = variance(&chains.iter().map(|c| mean(c)).collect::<Vec<_>>());
    (within, within * (draws - 1.0) / draws + between)
}

fn plain_r_hat(chains: &[Vec<f64>]) -> f64 {
    let (within, pooled) = within_and_pooled(chains);
    if pooled <= 0.0 { 1.0 } else { (pooled / within).sqrt() }
}

fn plain_effective_sample_size(chains: &[Vec<f64>]) -> f64 {
    let draws = chains[0].len();
    let total = (chains.len() * draws) as f64;
    let (within, pooled) = within_and_pooled(chains);
    if pooled <= 0.0 {
        return total; // a constant is known exactly
    }
    let centred: Vec<Vec<f64>> =
        chains.iter().map(|c| (c, mean(c))).map(|(c, m)| c.iter().map(|v| v - m).collect()).collect();
    let correlation = |lag: usize| {
        let product = |c: &Vec<f64>| c[lag..].iter().zip(c).map(|(a, b)| a * b).sum::<f64>() / draws as f64;
        let covariance = centred.iter().map(product).sum::<f64>() / chains.len() as f64;
        1.0 - (within - covariance) / pooled
    };
    // Sums of neighbouring correlations are positive and fall in theory; where they stop to, only noise is left.
    let mut pairs = vec![1.0 + correlation(1)];
    let mut lone = 0.0;
    for lag in (2..draws - 2).step_by(2) {
        let (even, odd) = (correlation(lag), correlation(lag + 1));
        lone = even.max(0.0);
        if even + odd < 0.0 || lag + 2 >= draws - 2 {
            break;
        }
        let last = pairs[pairs.len() - 1];
        pairs.push((even + odd).min(last));
    }
    // Anticorrelated chains can beat independent draws, but a short run cannot prove by how much.
    let time = (2.0 * pairs.iter().sum::<f64>() - 1.0 + lone).max(1.0 / total.log10());
    total / time
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uniform numbers that any language can repeat: Knuth's linear congruential generator modulo 2^64.
    fn uniforms(seed: u64, count: usize) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..count).map(|_| next()).collect()
    }

    /// Four autoregressive chains y_i = rho y_(i-1) + u_i - 1/2 with shifted centres and stretched tails.
    fn chains(rho: f64, shift: f64, power: i32, draws: usize) -> Vec<Vec<f64>> {
        let chain = |k: u32| {
            let mut y = 0.0;
            let steps = uniforms(u64::from(k) + 1, draws).into_iter().map(|u| {
                y = rho * y + u - 0.5;
                let shifted: f64 = y + shift * f64::from(k);
                shifted.signum() * shifted.abs().powi(power)
            });
            steps.collect::<Vec<f64>>()
        };
        (0..4).map(chain).collect()
    }

    #[test]
    fn equals_an_independent_implementation() {
        // arviz 0.23.4: rhat(method="rank"), ess(method="bulk"), ess(method="tail") of the same chains.
        let table = [
            (chains(0.0, 0.0, 1, 500), 0.999_868_022_161_044_9, 1_994.261_351_534_280_5, 1_973.391_237_936_897_6),
            (chains(0.9, 0.0, 1, 500), 1.012_620_177_994_263_6, 116.358_547_927_247_14, 181.584_374_007_388_25),
            (chains(0.5, 0.05, 1, 500), 1.010_084_915_902_472, 516.290_565_306_614, 894.507_861_514_136_7),
            (chains(-0.6, 0.0, 1, 500), 1.000_238_245_302_007, 6_602.059_991_327_962, 1_978.998_013_509_082_7),
            (chains(0.3, 0.0, 5, 500), 1.001_415_473_838_943_8, 868.153_074_208_784_4, 1_266.182_058_633_333),
            (chains(0.0, 1.0, 1, 500), 2.841_578_718_830_175_5, 4.660_948_218_085_416, 31.990_997_685_136_56),
            (chains(0.5, 0.0, 1, 101), 1.006_646_670_431_781_7, 136.887_860_855_636_5, 264.403_742_580_507_24),
        ];
        for (case, (chains, rhat, bulk, tail)) in table.iter().enumerate() {
            let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
            let found = [r_hat(&chains), effective_sample_size(&chains), tail_effective_sample_size(&chains)];
            for (found, expected) in found.iter().zip([rhat, bulk, tail]) {
                // The two draws next to the median are equally far from it but for rounding, so their ranks may differ.
                assert!((found / expected - 1.0).abs() < 1e-5, "case {case}: {found} {expected}");
            }
        }
    }

    #[test]
    fn a_constant_is_known() {
        let chain = [2.0; 20];
        assert_eq!(r_hat(&[&chain, &chain]), 1.0);
        assert_eq!(effective_sample_size(&[&chain, &chain]), 40.0);
    }
}

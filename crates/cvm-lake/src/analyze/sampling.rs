//! The same customers every time where not all are needed.

/// Whether a row is in a sample of about `wanted` of `count` rows: all of them where there are no more.
///
/// A row is in it by its number alone, mixed well, so that a sample follows no order of ids and no seed.
pub fn keeps(count: usize, wanted: usize) -> impl Fn(usize) -> bool {
    let below = (u64::MAX as f64 * (wanted as f64 / count.max(1) as f64)) as u64;
    move |row| count <= wanted || mixed(row as u64) <= below
}

/// A number's bits well mixed (Steele, Lea & Flood 2014, SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_size_asked_for() {
        let kept = |count: usize, wanted: usize| (0..count).filter(|&row| keeps(count, wanted)(row)).count();
        assert_eq!(kept(1000, 1000), 1000);
        // Four standard deviations of a binomial count on either side.
        assert!(kept(100_000, 10_000).abs_diff(10_000) < 380, "{}", kept(100_000, 10_000));
    }
}

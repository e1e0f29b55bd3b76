//! Chance, seeded: each customer has their own generators, so that no customer depends on another, on the number of
//! threads or on which tables are asked for.

use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Gamma, StandardNormal};
use rand_pcg::Pcg64Mcg;

/// What a generator is used for. A customer's purchases stay the same whatever else is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Person = 1,
    Timeline,
    Basket,
    Campaign,
    Visits,
    Messages,
    Surveys,
    Service,
}

/// A seeded source of the draws that the simulation needs.
pub(super) struct Dice(Pcg64Mcg);

impl Dice {
    /// The generator of one customer for one purpose.
    pub(super) fn new(seed: u64, customer: u64, purpose: Purpose) -> Self {
        let high = scramble(seed ^ scramble(customer ^ scramble(purpose as u64)));
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_le_bytes());
        bytes[8..].copy_from_slice(&scramble(high ^ 0x5851_F42D_4C95_7F2D).to_le_bytes());
        Self(Pcg64Mcg::from_seed(bytes))
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform strictly between 0 and 1, so that its logarithm is finite.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform among `0..n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform between two numbers.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One of them.
    pub(super) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }

    /// An index, by weights that sum to 1.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit();
        for (i, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }

    /// Exponential with mean 1.
    pub(super) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// Normal with mean 0 and standard deviation 1.
    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Gamma with this shape and mean 1.
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        Gamma::new(shape, 1.0 / shape).expect("shapes are positive constants").sample(&mut self.0)
    }

    /// Gamma with shape 4 and mean 1, the sum of four exponentials: one logarithm.
    pub(super) fn gamma_of_four(&mut self) -> f64 {
        -(self.unit() * self.unit() * self.unit() * self.unit()).ln() / 4.0
    }

    /// Poisson by counting exponential gaps; for means up to some hundreds.
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let mut count = 0;
        let mut at = self.exponential();
        while at < mean {
            count += 1;
            at += self.exponential();
        }
        count
    }
}

/// A bijection of 64 bits without visible pattern: the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014).
pub(super) fn scramble(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_they_should() {
        let mut dice = Dice::new(7, 1, Purpose::Timeline);
        let n = 200_000;
        let mean = |draw: &mut dyn FnMut() -> f64| (0..n).map(|_| draw()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || dice.exponential()) - 1.0).abs() < 0.01);
        assert!((mean(&mut || dice.gamma_of_four()) - 1.0).abs() < 0.005);
        assert!((mean(&mut || (dice.gamma_of_four() - 1.0).powi(2)) - 0.25).abs() < 0.01);
        assert!((mean(&mut || dice.gamma(0.7)) - 1.0).abs() < 0.015);
        assert!((mean(&mut || f64::from(dice.poisson(3.5))) - 3.5).abs() < 0.02);
        assert!((mean(&mut || dice.below(10) as f64) - 4.5).abs() < 0.03);
        assert!((mean(&mut || dice.weighted(&[0.2, 0.5, 0.3]) as f64) - 1.1).abs() < 0.01);
    }

    #[test]
    fn generators_differ_by_customer_and_purpose_and_repeat_by_seed() {
        let first = |seed, customer, purpose| Dice::new(seed, customer, purpose).bits();
        assert_eq!(first(1, 2, Purpose::Basket), first(1, 2, Purpose::Basket));
        assert_ne!(first(1, 2, Purpose::Basket), first(1, 3, Purpose::Basket));
        assert_ne!(first(1, 2, Purpose::Basket), first(2, 2, Purpose::Basket));
        assert_ne!(first(1, 2, Purpose::Basket), first(1, 2, Purpose::Person));
    }
}

//! Chance, passed in so that tests can repeat it: tokens, salts, ids.

use super::Clock;
use rand::rngs::SysRng;
use rand::{Rng, RngExt, TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives random bytes fit for secrets. Clones share one source.
#[derive(Debug, Clone)]
pub struct Random(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Seeded { seed: u64, drawn: Arc<AtomicU64> },
}

impl Random {
    /// That of the operating system.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same bytes for the same seed: for tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { seed, drawn: Arc::default() })
    }

    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new id: a UUID of version 7, so that ids stand in the order of time.
    pub fn id(&self, clock: &Clock) -> String {
        let milliseconds = u64::try_from(clock.now() / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &self.bytes()).into_uuid().to_string()
    }

    /// What stands before the ids of this time and later, and after all before it.
    pub fn first_id(time: i64) -> String {
        let milliseconds = u64::try_from(time / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid().to_string()
    }

    fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System => SysRng.try_fill_bytes(bytes).expect("every system that this runs on gives random bytes"),
            Source::Seeded { seed, drawn } => {
                for chunk in bytes.chunks_mut(32) {
                    let mut hash = Sha256::new();
                    hash.update(seed.to_le_bytes());
                    hash.update(drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes());
                    chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
                }
            }
        }
    }
}

/// A code that people may have to read and type: so many letters and digits, none of which looks like another. Each is
/// worth nearly six bits.
pub fn code(letters: usize, rng: &mut (impl Rng + ?Sized)) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    (0..letters).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        let (one, two) = (Random::seeded(7), Random::seeded(7));
        let first: [u8; 40] = one.bytes();
        assert_eq!(first, two.bytes());
        assert_ne!(first, one.bytes(), "what was drawn is not drawn again");
        assert_ne!(Random::system().bytes::<16>(), Random::system().bytes::<16>());
    }

    #[test]
    fn ids_stand_in_the_order_of_time() {
        let (clock, random) = (Clock::set_to(1_767_323_045_000_000), Random::seeded(1));
        let first = random.id(&clock);
        clock.advance(1000);
        let second = random.id(&clock);
        assert!(first < second);
        assert_eq!((first.len(), &first[..13]), (36, "019b7ca9-8c88"));
    }
}

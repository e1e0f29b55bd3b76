//! Grouping of equal histories, so that a million customers become the few thousand cases they are.

use super::{History, Pattern};

/// Groups equal histories: the patterns, sorted by frequency, age and recency, and for each history the index of its
/// pattern.
///
/// Times that are whole numbers (days) take a fast way. At most 2^32 histories.
pub fn collapse(histories: &[History]) -> (Vec<Pattern>, Vec<u32>) {
    match Packing::find(histories) {
        Some(packing) => collapse_packed(histories, &packing),
        None => collapse_any(histories),
    }
}

/// How to write a history of whole numbers as one number of at most 32 bits whose order is that of the histories.
struct Packing {
    age_bits: u32,
    recency_bits: u32,
    bits: u32,
}

impl Packing {
    /// `None` where the times are not whole, negative, or too large together.
    fn find(histories: &[History]) -> Option<Self> {
        let (mut frequency, mut age, mut recency) = (0_u32, 0_u32, 0_u32);
        for h in histories {
            // The cast saturates, so what is negative, fractional, too large or not a number does not come back equal.
            let (whole_age, whole_recency) = (h.age as u32, h.recency as u32);
            if f64::from(whole_age) != h.age || f64::from(whole_recency) != h.recency {
                return None;
            }
            (frequency, age, recency) = (frequency.max(h.frequency), age.max(whole_age), recency.max(whole_recency));
        }
        let [frequency_bits, age_bits, recency_bits] = [frequency, age, recency].map(|n| u32::BITS - n.leading_zeros());
        let bits = frequency_bits + age_bits + recency_bits;
        (bits <= 32).then_some(Self { age_bits, recency_bits, bits })
    }

    fn pack(&self, h: &History) -> u64 {
        let [frequency, age, recency] = [h.frequency, h.age as u32, h.recency as u32].map(u64::from);
        (((frequency << self.age_bits) | age) << self.recency_bits) | recency
    }

    fn unpack(&self, key: u64) -> History {
        let part = |from: u32, bits: u32| (key >> from) & ((1 << bits) - 1);
        History {
            frequency: (key >> (self.age_bits + self.recency_bits)) as u32,
            age: part(self.recency_bits, self.age_bits) as f64,
            recency: part(0, self.recency_bits) as f64,
        }
    }
}

fn collapse_packed(histories: &[History], packing: &Packing) -> (Vec<Pattern>, Vec<u32>) {
    // The key above, the position below: sorting moves one word a customer, and no history is looked up again.
    let words = (0_u64..).zip(histories).map(|(i, h)| (packing.pack(h) << 32) | i).collect();
    let words = radix_sorted(words, packing.bits);
    // Counting them first is cheaper than moving them to larger and larger memory as they come.
    let distinct = words.windows(2).filter(|pair| pair[0] >> 32 != pair[1] >> 32).count() + 1;
    let mut patterns: Vec<Pattern> = Vec::with_capacity(distinct);
    let mut index = vec![0; histories.len()];
    for same in words.chunk_by(|u, v| u >> 32 == v >> 32) {
        for word in same {
            index[*word as u32 as usize] = patterns.len() as u32;
        }
        patterns.push(Pattern { history: packing.unpack(same[0] >> 32), weight: same.len() as f64 });
    }
    (patterns, index)
}

/// Sorts by the `bits` above the lower 32, stably, a digit of at most 11 bits at a time.
fn radix_sorted(mut words: Vec<u64>, bits: u32) -> Vec<u64> {
    let digits = bits.div_ceil(11).max(1);
    let width = bits.div_ceil(digits);
    let shifts = (0..digits).map(|digit| 32 + digit * width);
    let digit = |word: u64, shift: u32| (word >> shift) as usize & ((1 << width) - 1);
    // How often each digit has each value does not change with the order, so one reading counts for all.
    let mut starts = vec![vec![0_u32; 1 << width]; digits as usize];
    for word in &words {
        for (starts, shift) in starts.iter_mut().zip(shifts.clone()) {
            starts[digit(*word, shift)] += 1;
        }
    }
    let mut other = vec![0; words.len()];
    for (starts, shift) in starts.iter_mut().zip(shifts) {
        let mut before = 0;
        for start in starts.iter_mut() {
            before += std::mem::replace(start, before);
        }
        for word in &words {
            let place = &mut starts[digit(*word, shift)];
            other[*place as usize] = *word;
            *place += 1;
        }
        std::mem::swap(&mut words, &mut other);
    }
    words
}

fn collapse_any(histories: &[History]) -> (Vec<Pattern>, Vec<u32>) {
    let key = |h: &History| (h.frequency, ordered(h.age), ordered(h.recency));
    let mut keyed: Vec<_> = (0_u32..).zip(histories).map(|(i, h)| (key(h), i)).collect();
    keyed.sort_unstable();
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut index = vec![0; histories.len()];
    for same in keyed.chunk_by(|u, v| u.0 == v.0) {
        for (_, i) in same {
            index[*i as usize] = patterns.len() as u32;
        }
        patterns.push(Pattern { history: histories[same[0].1 as usize], weight: same.len() as f64 });
    }
    (patterns, index)
}

/// An integer in the order of the numbers, with both zeros the same.
fn ordered(time: f64) -> i64 {
    let bits = (time + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check(histories: &[History]) {
        let (patterns, index) = collapse(histories);
        let mut counts: BTreeMap<(u32, u64, u64), f64> = BTreeMap::new();
        for h in histories {
            *counts.entry((h.frequency, h.age.to_bits(), h.recency.to_bits())).or_default() += 1.0;
        }
        let key = |h: &History| (h.frequency, h.age.to_bits(), h.recency.to_bits());
        let found: Vec<_> = patterns.iter().map(|p| (key(&p.history), p.weight)).collect();
        assert_eq!(found, counts.into_iter().collect::<Vec<_>>());
        for (h, i) in histories.iter().zip(index) {
            assert_eq!(*h, patterns[i as usize].history);
        }
    }

    proptest! {
        #[test]
        fn equals_a_slow_count(
            rows in prop::collection::vec((0_u32..60, 0_u32..900, 0_u32..900), 0..300),
            unit in prop::sample::select(vec![1.0, 1.0 / 7.0, 1e6]),
        ) {
            let histories = rows.into_iter().map(|(frequency, age, recency)| History {
                frequency, age: f64::from(age) * unit, recency: f64::from(recency) * unit,
            });
            check(&histories.collect::<Vec<_>>());
        }
    }

    #[test]
    fn takes_no_histories() {
        check(&[]);
    }
}

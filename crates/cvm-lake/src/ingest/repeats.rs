//! Rows that stand there twice, over all files and all readers at once.

use super::options::Duplicates;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

/// What to do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not seen before.
    New,
    /// Seen before in the same file, and kept.
    Identical,
    /// Seen before, not to be counted again.
    Duplicate,
}

/// Hashes of the rows seen so far, 16 bytes a row; by halves of a machine word's chance two of a billion rows differ
/// and look the same.
#[derive(Debug)]
pub(super) struct Repeats {
    across_files_only: bool,
    shards: Vec<Mutex<Shard>>,
}

const SHARDS: usize = 64;
/// Stands for "in several files": counts are then kept by file.
const SEVERAL: u32 = u32::MAX;

#[derive(Debug, Default)]
struct Shard {
    /// Hash to the file it was seen in and how often.
    seen: HashMap<u64, (u32, u32), BuildHasherDefault<Itself>>,
    /// How often a hash was seen in a file, where it was in several.
    by_file: HashMap<(u64, u32), u32>,
}

impl Repeats {
    /// `None` where nothing needs to be looked for.
    pub(super) fn new(duplicates: Duplicates, files: usize, has_order: bool) -> Option<Self> {
        let across_files_only = match duplicates {
            Duplicates::Keep => return None,
            Duplicates::Auto if files < 2 || !has_order => return None,
            Duplicates::Auto => true,
            Duplicates::Drop => false,
        };
        Some(Self { across_files_only, shards: (0..SHARDS).map(|_| Mutex::default()).collect() })
    }

    /// Notes a row of a file. How many rows are kept does not depend on the order of the calls.
    pub(super) fn see(&self, hash: u64, file: u32) -> Verdict {
        let shard = &self.shards[(hash >> 58) as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let Shard { seen, by_file } = &mut *shard;
        let mut entry = match seen.entry(hash) {
            Entry::Vacant(place) => {
                place.insert((file, 1));
                return Verdict::New;
            }
            Entry::Occupied(entry) => entry,
        };
        if !self.across_files_only {
            return Verdict::Duplicate;
        }
        let (first, count) = *entry.get();
        if first == file {
            entry.insert((file, count + 1));
            return Verdict::Identical;
        }
        if first != SEVERAL {
            by_file.insert((hash, first), count);
            entry.insert((SEVERAL, count));
        }
        // Kept so far: as many as the file has that has most of them.
        let kept = &mut entry.get_mut().1;
        let here = by_file.entry((hash, file)).or_default();
        *here += 1;
        if *here <= *kept {
            return Verdict::Duplicate;
        }
        *kept = *here;
        Verdict::Identical
    }
}

/// The keys are hashes already.
#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only whole hashes are keys");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_files_count_as_the_fullest_of_them_in_any_order() {
        // Row 7 stands twice in file 0, three times in file 1, once in file 2; row 9 only in file 2, twice.
        let rows = [(7, 0), (7, 0), (7, 1), (7, 1), (7, 1), (7, 2), (9, 2), (9, 2)];
        for start in 0..rows.len() {
            let repeats = Repeats::new(Duplicates::Auto, 3, true).unwrap();
            let order = rows.iter().cycle().skip(start).take(rows.len());
            let kept: Vec<u64> = order
                .filter(|(hash, file)| repeats.see(*hash, *file) != Verdict::Duplicate)
                .map(|(hash, _)| *hash)
                .collect();
            assert_eq!(kept.iter().filter(|hash| **hash == 7).count(), 3, "from {start}");
            assert_eq!(kept.iter().filter(|hash| **hash == 9).count(), 2, "from {start}");
        }
    }

    #[test]
    fn nothing_is_looked_for_without_need() {
        assert!(Repeats::new(Duplicates::Keep, 2, true).is_none());
        assert!(Repeats::new(Duplicates::Auto, 1, true).is_none());
        assert!(Repeats::new(Duplicates::Auto, 2, false).is_none());
        let drop = Repeats::new(Duplicates::Drop, 1, false).unwrap();
        assert_eq!((drop.see(1, 0), drop.see(1, 0)), (Verdict::New, Verdict::Duplicate));
    }
}

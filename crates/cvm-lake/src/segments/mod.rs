//! Who belongs to which segment, everybody at once: the same answers as `cvm_core::segment` gives for one customer.
//!
//! `people` is the table of persons; `plan` turns rules into work on columns and does it, part by part, on all processors.
//! Beneath it, `values` holds what a scoring run says, `events` looks at what persons did, `json` reads some of their
//! attributes, `sql` answers conditions that analysts write. `export` writes members into a file.

mod events;
mod export;
mod json;
pub(crate) mod people;
mod plan;
pub(crate) mod sql;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use export::write;

use crate::LakeError;
use cvm_core::lake::{LakeFailure, Numbers, Segmentation, Segmented};
use cvm_core::segment::{Calendar, PersonId, Rule};
use people::Group;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use values::Values;

/// By person. Ids are half random, so their last bits are a hash already.
pub(crate) type Places<T> = HashMap<PersonId, T, BuildHasherDefault<LastBits>>;

/// When the latest row of each person was read.
pub(super) type Latest = Places<i64>;

/// The last 64 bits of a number.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct LastBits(u64);

impl Hasher for LastBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u128(&mut self, number: u128) {
        // The first bits choose the bucket's tag, the last its place: both must differ.
        self.0 = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// A question that owns what it needs, to be answered on threads of its own.
pub(crate) struct Work {
    pub rules: Vec<(String, Rule)>,
    pub calendar: Calendar,
    pub conditions: bool,
    pub people: Vec<PathBuf>,
    pub values: Vec<PathBuf>,
}

impl Work {
    pub(crate) fn new(question: &Segmentation<'_>, people: Vec<PathBuf>, values: Vec<PathBuf>) -> Self {
        let rules = question.rules.iter().map(|(id, rule)| ((*id).to_owned(), (*rule).clone())).collect();
        Self { rules, calendar: question.calendar, conditions: question.conditions, people, values }
    }

    /// Answers it.
    pub(crate) fn answer(&self) -> Result<Segmented, LakeFailure> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut plan = plan::Plan::new(&self.rules, self.calendar, self.conditions)?;
        // Who is where, and what everyone is worth, at the same time.
        let (groups, values) = std::thread::scope(|scope| {
            let values = scope.spawn(|| Values::read(&self.values, &plan.value_columns()));
            let groups = groups(&self.people, threads.saturating_sub(1).max(1));
            (groups, values.join().unwrap_or_else(|_| Err(LakeError::Internal("a thread broke off".to_owned()))))
        });
        let (groups, latest) = groups?;
        plan.look_at(values?, threads)?;
        let parts = in_parallel(threads, groups.len(), |at| plan.part(&groups[at], &latest))?;
        Ok(plan.together(parts))
    }
}

/// Columns of the values in some files, as numbers.
pub(crate) fn numbers(files: &[PathBuf], columns: &[String]) -> Result<Numbers, LakeError> {
    Values::read(files, columns)?.into_numbers(columns)
}

/// All groups of some files, and when the latest row of each person was read.
fn groups(files: &[PathBuf], threads: usize) -> Result<(Vec<Group>, Latest), LakeError> {
    let groups: Vec<Group> =
        in_parallel(threads, files.len(), |at| people::groups(&files[at]))?.into_iter().flatten().collect();
    let mut latest = Latest::default();
    latest.reserve(groups.iter().map(|group| group.people.len()).sum());
    for group in &groups {
        for (id, (read_at, _)) in group.people.iter().zip(&group.states) {
            let known = latest.entry(*id).or_insert(*read_at);
            *known = (*known).max(*read_at);
        }
    }
    Ok((groups, latest))
}

/// How many rows the files have, and how many of them count.
pub(crate) fn settled(files: &[PathBuf]) -> Result<(usize, usize), LakeError> {
    let (groups, latest) = groups(files, 1)?;
    let rows = groups.iter().map(|group| group.people.len()).sum();
    let counts = groups.iter().map(|group| group.counts(&latest).into_iter().filter(|&counts| counts).count()).sum();
    Ok((rows, counts))
}

/// The rows that count, of all files.
pub(crate) fn rows_that_count(
    files: &[PathBuf],
) -> Result<impl Iterator<Item = Result<datafusion::arrow::array::RecordBatch, LakeError>> + use<>, LakeError> {
    let (groups, latest) = groups(files, 1)?;
    Ok(groups.into_iter().flat_map(move |group| plan::rows_that_count(&group, &latest)))
}

/// The results of so many pieces of work, done by so many threads.
fn in_parallel<T: Send>(
    threads: usize,
    pieces: usize,
    work: impl Fn(usize) -> Result<T, LakeError> + Sync,
) -> Result<Vec<T>, LakeError> {
    let next = AtomicUsize::new(0);
    let one = || {
        let mut done = Vec::new();
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces {
                return Ok(done);
            }
            done.push((piece, work(piece)?));
        }
    };
    let done: Vec<Result<Vec<(usize, T)>, LakeError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.min(pieces)).map(|_| scope.spawn(one)).collect();
        let broken = || Err(LakeError::Internal("a thread broke off".to_owned()));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| broken())).collect()
    });
    let mut all = done.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>();
    all.sort_by_key(|(piece, _)| *piece);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

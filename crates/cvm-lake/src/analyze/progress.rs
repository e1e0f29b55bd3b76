//! How far a job is, for whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What the job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    /// Looking at the files to find columns and formats.
    Look,
    /// Reading all rows and gathering them by customer; counted in bytes.
    Read,
    /// Comparing models on purchases they have not seen.
    Choose,
    /// Fitting the chosen model to everything.
    Fit,
    /// Forecasting each customer.
    Score,
    /// Writing the results.
    Write,
    /// Making a sample company; counted in customers.
    Make,
}

impl Step {
    const ALL: [Self; 7] = [Self::Look, Self::Read, Self::Choose, Self::Fit, Self::Score, Self::Write, Self::Make];

    /// Id of its words in [`cvm_core::text`].
    pub fn text_id(self) -> &'static str {
        match self {
            Self::Look => "step-look",
            Self::Read => "step-read",
            Self::Choose => "step-choose",
            Self::Fit => "step-fit",
            Self::Score => "step-score",
            Self::Write => "step-write",
            Self::Make => "step-make",
        }
    }
}

/// The state of a job, shared between the one who works and the one who shows it.
#[derive(Debug, Default)]
pub struct Progress {
    step: AtomicU8,
    /// Units done in the current step; shared with the readers.
    pub done: Arc<AtomicU64>,
    total: AtomicU64,
}

impl Progress {
    /// Enters a step that counts to `total`; 0 where it cannot be counted.
    pub fn enter(&self, step: Step, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.step.store(step as u8, Ordering::Release);
    }

    /// The current step.
    pub fn step(&self) -> Step {
        Step::ALL[usize::from(self.step.load(Ordering::Acquire))]
    }

    /// Units done and their total.
    pub fn counted(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

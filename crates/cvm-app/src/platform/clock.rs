//! The time, passed in so that tests can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time. Clones tell the same.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;

/// Microseconds in an hour.
pub const HOUR: i64 = 3600 * SECOND;

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still, at microseconds of Unix time, until it is moved.
    pub fn set_to(microseconds: i64) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(microseconds))))
    }

    /// Moves a clock that was set; that of the machine stays as it is.
    pub fn advance(&self, microseconds: i64) {
        if let Source::Set(time) = &self.0 {
            time.fetch_add(microseconds, Ordering::Relaxed);
        }
    }

    /// Microseconds of Unix time, UTC.
    pub fn now(&self) -> i64 {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the clock of the machine enters here")]
            Source::System => chrono::Utc::now().timestamp_micros(),
            Source::Set(time) => time.load(Ordering::Relaxed),
        }
    }
}

//! The time, passed in so that tests can set it.

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
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

/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;

/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;

/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// A time as the API writes it: RFC 3339, UTC. Inside, microseconds of Unix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Time(pub i64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = DateTime::from_timestamp_micros(self.0).ok_or_else(|| serde::ser::Error::custom("no such time"))?;
        serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text);
        let expected = || serde::de::Error::custom("expected a time as in 2026-01-02T03:04:05Z");
        time.map(|time| Self(time.timestamp_micros())).map_err(|_| expected())
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        let time = Time(1_767_323_045_000_000);
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-01-02T03:04:05Z\"");
        assert_eq!(serde_json::from_str::<Time>("\"2026-01-02T04:04:05.5+01:00\"").unwrap().0, time.0 + SECOND / 2);
        assert!(serde_json::from_str::<Time>("\"yesterday\"").unwrap_err().to_string().contains("as in 2026"));
    }
}

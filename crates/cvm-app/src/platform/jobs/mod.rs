//! Work beside the requests: at its time, once, by one server; tried again with growing pauses; seen by those who look.
//!
//! A [`Kind`] says what is done and when. [`ask`] adds a job within a change, so that there is neither without the other.
//! `queue` is the rules and the SQL, `worker` does what is due, `api` shows it. Table: `jobs`.
//!
//! A job that runs is held by its server, which says so again and again; one that is not heard of for [`HELD`] is taken for
//! dead and another tries. So a job may run twice, never at the same time: what it does must bear that. Of one kind and
//! subject one waits at most, and it does not begin before the one that runs has ended.

mod api;
mod queue;
mod stage;
#[cfg(test)]
mod tests;
mod worker;

use super::clock::SECOND;
use super::server::App;
use super::{Clock, Config};
use chrono_tz::Tz;
use croner::Cron;
use serde_json::Value;
use std::pin::Pin;
use std::str::FromStr;

pub use api::{cancel, routes};
pub use queue::{Asked, Filter, Job, State, ask, counts, get, list, tidy, unended};
pub use stage::{Stage, named, said};
pub use worker::{Queue, Task, run, run_due};

/// A server that is not heard of for this long is taken for dead.
const HELD: i64 = 60 * SECOND;

/// The pause after a first failure; each doubles it.
const PAUSE: i64 = 10 * SECOND;

/// A pause is never longer.
const PAUSE_MAX: i64 = 3600 * SECOND;

/// What a job of a kind does: its result for those who look, or why it failed.
pub type Doing = Pin<Box<dyn Future<Output = anyhow::Result<Value>> + Send>>;

/// A kind of work. All of them stand in one list, next to the routes.
#[derive(Clone, Copy)]
pub struct Kind {
    /// As the API writes it.
    pub name: &'static str,
    /// Does it.
    pub run: fn(App, Task) -> Doing,
    /// What is done regularly: each with its subject.
    pub regular: fn(&Config) -> Vec<(String, Schedule)>,
    /// So many times it is tried before it counts as failed.
    pub attempts: i64,
}

/// When something is done again.
#[derive(Debug, Clone)]
pub enum Schedule {
    /// After so many microseconds.
    Every(i64),
    /// At times given by a cron pattern, in a time zone. Boxed, since it is large.
    At(Box<Cron>, Tz),
}

impl Schedule {
    /// Reads a cron pattern of five places, such as `30 2 * * *`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn cron(pattern: &str, timezone: Tz) -> Result<Self, String> {
        let cron = Cron::from_str(pattern).map_err(|error| error.to_string())?;
        Ok(Self::At(Box::new(cron), timezone))
    }

    /// The next time after `now`, in microseconds of Unix time; none where there is none.
    pub fn next(&self, now: i64) -> Option<i64> {
        match self {
            Self::Every(pause) => Some(now + pause),
            Self::At(cron, timezone) => {
                let now = chrono::DateTime::from_timestamp_micros(now)?.with_timezone(timezone);
                Some(cron.find_next_occurrence(&now, false).ok()?.timestamp_micros())
            }
        }
    }
}

/// How long after a failure a job waits: doubling, and not all at the same time.
fn pause(attempts: i64, clock: &Clock) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let pause = (PAUSE << doublings).min(PAUSE_MAX);
    pause + clock.now().rem_euclid(pause / 4 + 1)
}

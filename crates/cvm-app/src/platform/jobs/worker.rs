//! Does what is due, a few jobs at a time, until the server stops.

use super::queue::{self, End, Job};
use super::{HELD, Kind};
use crate::platform::database;
use crate::platform::server::{App, JOBS};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Jobs of a server at once. Those that compute use all processors by themselves.
const AT_ONCE: usize = 4;

/// Between looks at what is due: what this server asks for itself is done at once.
const LOOK: Duration = Duration::from_secs(2);

/// Between looks at what a job that runs says of itself.
const TELL: Duration = Duration::from_secs(1);

/// Wakes the workers of this server. Clones wake the same.
#[derive(Debug, Clone, Default)]
pub struct Queue(Arc<Notify>);

impl Queue {
    /// To be called after a change that asked for a job was committed.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// What a job is told, and tells.
#[derive(Debug, Clone)]
pub struct Task {
    /// The job.
    pub job: Job,
    /// Set when the server stops: whoever ends then is tried again at the next start.
    pub stop: CancellationToken,
    progress: Arc<Mutex<String>>,
}

impl Task {
    /// What it was told.
    ///
    /// # Errors
    /// Where that is something else than expected.
    pub fn input<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        Ok(serde_json::from_value(self.job.input.clone())?)
    }

    /// Says what it is at: `stage`, `stage 3/8`, `stage 45%` or `stage 1200`. [`super::said`] has the words of stages.
    pub fn at(&self, progress: impl Into<String>) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress.into();
    }

    fn progress(&self) -> String {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Does what is due until `stop`, then gives back what is not ready.
pub async fn run(app: App, kinds: &'static [Kind], stop: CancellationToken) {
    let holder = app.random.id(&app.clock);
    let (tasks, room) = (TaskTracker::new(), Arc::new(tokio::sync::Semaphore::new(AT_ONCE)));
    if app.database.kind() == database::Kind::Sqlite
        && let Err(error) = queue::release(&app, kinds, true).await
    {
        tracing::error!(error = %error, "jobs of the server before could not be given up");
    }
    if let Err(error) = queue::unplan(&app).await {
        tracing::error!(error = %error, "the plan of the server before could not be taken back");
    }
    while !stop.is_cancelled() {
        match room.clone().try_acquire_owned() {
            Ok(place) => match next(&app, kinds, &holder).await {
                Ok(Some(job)) => {
                    let (app, holder, stop) = (app.clone(), holder.clone(), stop.clone());
                    tasks.spawn(async move {
                        perform(&app, kinds, job, &holder, &stop).await;
                        drop(place);
                        app.jobs.wake(); // there is room, and perhaps its like waits
                    });
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(error = %error, "jobs could not be asked for; will try again"),
            },
            Err(_) => tracing::debug!("as many jobs run as may at once"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.jobs.0.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    tasks.close();
    tasks.wait().await;
}

/// Does all that is due, one after the other; says how many. For the command line and tests.
///
/// # Errors
/// What the database gives.
pub async fn run_due(app: &App, kinds: &[Kind]) -> Result<usize, sqlx::Error> {
    let (holder, stop, mut done) = (app.random.id(&app.clock), CancellationToken::new(), 0);
    while let Some(job) = next(app, kinds, &holder).await? {
        perform(app, kinds, job, &holder, &stop).await;
        done += 1;
    }
    Ok(done)
}

/// The next job, after seeing to what is done regularly and to what the dead have left. Where nothing is due, nothing is
/// written.
async fn next(app: &App, kinds: &[Kind], holder: &str) -> Result<Option<Job>, sqlx::Error> {
    queue::plan(app, kinds).await?;
    queue::release(app, kinds, false).await?;
    if !queue::is_due(app).await? {
        return Ok(None);
    }
    // What this call does not do, a server will: a command of one kind leaves what follows from it.
    let is_other = |kind: &&Kind| kinds.iter().all(|own| own.name != kind.name);
    let others: Vec<&str> = JOBS.iter().filter(is_other).map(|kind| kind.name).collect();
    queue::claim(app, &others, holder).await
}

/// One try, from its beginning to the note of how it ended.
async fn perform(app: &App, kinds: &[Kind], job: Job, holder: &str, stop: &CancellationToken) {
    let task = Task { job, stop: stop.clone(), progress: Arc::default() };
    let kind = kinds.iter().find(|kind| kind.name == task.job.kind);
    let (name, id) = (task.job.kind.clone(), task.job.id.clone());
    let end = match kind {
        None => End::Failed(format!("this version knows no job `{name}`")),
        Some(kind) => {
            // In a task of its own, so that a panic is a failure like any other.
            let mut doing = tokio::spawn((kind.run)(app.clone(), task.clone()));
            let (mut held_at, mut told) = (tokio::time::Instant::now(), String::new());
            loop {
                tokio::select! {
                    done = &mut doing => break ended(done, stop),
                    () = tokio::time::sleep(TELL) => {}
                }
                // Whoever looks is told soon; where there is nothing new, only that it lives.
                let progress = task.progress();
                if progress == told && held_at.elapsed() < Duration::from_micros(HELD.unsigned_abs() / 4) {
                    continue;
                }
                match queue::hold(app, &id, holder, &progress).await {
                    Ok(true) => (held_at, told) = (tokio::time::Instant::now(), progress),
                    Ok(false) => {
                        doing.abort();
                        tracing::error!(job = id, kind = name, "a job was taken for dead and given to another server");
                        return;
                    }
                    Err(error) => tracing::warn!(error = %error, job = id, "a job could not say that it lives"),
                }
            }
        }
    };
    let attempts = kind.map_or(0, |kind| kind.attempts);
    match &end {
        End::Done(_) => tracing::info!(job = id, kind = name, "job done"),
        End::Failed(error) if task.job.attempts < attempts => {
            tracing::warn!(job = id, kind = name, error, "job failed; it will be tried again");
        }
        End::Failed(error) => tracing::error!(job = id, kind = name, error, "job failed"),
        End::Stopped => tracing::info!(job = id, kind = name, "job stopped with the server; the next start goes on"),
    }
    if let Err(error) = queue::end(app, &task.job, holder, attempts, end).await {
        tracing::error!(error = %error, job = id, "the end of a job could not be noted; it will run again");
    }
}

fn ended(done: Result<anyhow::Result<Value>, tokio::task::JoinError>, stop: &CancellationToken) -> End {
    match done {
        Ok(Ok(result)) => End::Done(result),
        Ok(Err(_)) if stop.is_cancelled() => End::Stopped,
        Ok(Err(error)) => End::Failed(format!("{error:#}")),
        Err(error) => End::Failed(format!("internal error: {error}")),
    }
}

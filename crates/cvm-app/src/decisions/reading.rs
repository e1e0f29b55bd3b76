//! Customers who are not in memory are read together: who is asked about while others are read is among the next to be read. A
//! question for fifty is hardly dearer than one for one, so the more is asked at once, the less each costs.

use super::ground::{Gathered, Stand};
use crate::contacts::standings;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, oneshot};

/// Customers that are read together at most.
const TOGETHER: usize = 64;

/// Lists that are read at once: one waits for the database while another is taken apart.
const AT_ONCE: usize = 2;

/// Those who wait.
pub(super) struct Reading {
    waiting: Mutex<Vec<Waiting>>,
    turns: Semaphore,
}

struct Waiting {
    id: String,
    stand: Arc<Stand>,
    answer: oneshot::Sender<Option<Read>>,
}

/// What was read, and how far changes had been followed before.
type Read = (Gathered, i64);

impl Default for Reading {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Reading {
    /// Reads a customer by any of their ids; none where there is no such.
    pub async fn read(&self, app: &App, stand: &Arc<Stand>, id: &str) -> Result<Option<Read>> {
        let (answer, mut answered) = oneshot::channel();
        self.lock().push(Waiting { id: id.to_owned(), stand: stand.clone(), answer });
        let told = loop {
            tokio::select! {
                biased;
                told = &mut answered => break told,
                turn = self.turns.acquire() => {
                    let these = self.next();
                    if these.is_empty() {
                        drop(turn);
                        break answered.await; // another reads them right now
                    }
                    if let Err(problem) = answer_all(app, these).await {
                        tracing::warn!(%problem, "customers could not be read together");
                    }
                }
            }
        };
        match told {
            Ok(found) => Ok(found),
            // What was not told is read alone, and what goes wrong with that is this one's problem.
            Err(_) => Ok(read(app, stand, &[id]).await?.remove(id)),
        }
    }

    /// Those to be read now, all for one ground.
    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.lock();
        let stamp = waiting.first().map(|first| first.stand.stamp);
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for one in waiting.drain(..).filter(|one| !one.answer.is_closed()) {
            let is_now = Some(one.stand.stamp) == stamp && now.len() < TOGETHER;
            if is_now { &mut now } else { &mut later }.push(one);
        }
        *waiting = later;
        now
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads them and tells each. Of several who ask about one customer, the first is told.
async fn answer_all(app: &App, these: Vec<Waiting>) -> Result<(), Problem> {
    let Some(first) = these.first() else { return Ok(()) };
    let mut ids: Vec<&str> = these.iter().map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = read(app, &first.stand, &ids).await?;
    let mut told = HashSet::new();
    for Waiting { id, answer, .. } in these {
        let known = found.remove(&id);
        if told.insert(id) {
            // Who does not wait any more needs no answer.
            let _ = answer.send(known);
        }
    }
    Ok(())
}

async fn read(app: &App, stand: &Stand, ids: &[&str]) -> Result<HashMap<String, Read>, sqlx::Error> {
    let position = app.decisions.position();
    let (ids, standings) = standings(app, &stand.held.policy, ids).await?.into_iter().unzip::<_, _, Vec<_>, _>();
    let gathered = stand.gather(app, standings).await?;
    Ok(ids.into_iter().zip(gathered).map(|(id, gathered): (String, _)| (id, (gathered, position))).collect())
}

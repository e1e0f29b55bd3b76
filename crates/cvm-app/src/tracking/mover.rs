//! From the inbox to the lake, each message once.
//!
//! The lake keeps with its rows which batch it has, so that a crash anywhere leaves both sides agreed: what the lake has
//! is not moved again, what it has not is still in the inbox. Rows of the inbox go when every consumer is past them.

use super::inbox::{CONSUMERS, delete_passed, is_empty, next_batches, set_position};
use crate::customers::erasure;
use crate::platform::lease::Lease;
use crate::platform::server::App;
use anyhow::Context;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The lake, as a consumer of the inbox.
pub(super) const CONSUMER: &str = "lake";

/// Bytes of the inbox moved at once; a batch that is larger is moved alone.
const MOVE_BYTES: usize = 16 << 20;

/// The work that one server does at a time.
pub const LEASE: &str = "mover";

/// Rounds between two pauses, however much there is.
const ROUNDS: usize = 16;

/// Between looks at an inbox that was empty: many messages a file are better than few.
const PAUSE: Duration = Duration::from_secs(1);

/// After a failure.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Moves until `stop`, and what is left once more after it.
pub async fn run(app: App, stop: CancellationToken) {
    let lease = Lease::new(app.database.clone(), app.clock.clone(), LEASE);
    loop {
        let last = stop.is_cancelled();
        // At the end all that is left is moved; before it, others who wait for the lease have their turn in each pause.
        let rounds = if last { usize::MAX } else { ROUNDS };
        let pause = match move_some(&app, &lease, rounds).await {
            Ok(()) => PAUSE,
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "messages could not be moved to the lake; will try again"
                );
                PAUSE_AFTER_FAILURE
            }
        };
        if last {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Moves all that is there now, outside of a server.
///
/// # Errors
/// What the database and the lake give, and another server that is at it.
pub async fn catch_up(app: &App) -> anyhow::Result<()> {
    let lease = Lease::new(app.database.clone(), app.clock.clone(), LEASE);
    move_some(app, &lease, usize::MAX).await
}

/// Moves what there is, as far as some rounds go, and gives the lease back: a backup, and who makes the lake forget, need it.
async fn move_some(app: &App, lease: &Lease, rounds: usize) -> anyhow::Result<()> {
    let mut held = false;
    let moved = move_rounds(app, lease, rounds, &mut held).await;
    if held {
        lease.release().await.context("giving the mover's lease back")?;
    }
    moved
}

/// Moves what there is, if this server is the one to do it. Where there is nothing, nothing is written: an idle server
/// leaves the disk alone.
async fn move_rounds(app: &App, lease: &Lease, rounds: usize, held: &mut bool) -> anyhow::Result<()> {
    let (database, lake) = (&app.database, &app.lake);
    for _ in 0..rounds {
        if is_empty(database).await.context("looking into the inbox")?
            || !lease.hold().await.context("taking the mover's lease")?
        {
            break;
        }
        *held = true;
        let position = lake.position().await.context("asking the lake for its position")?;
        let mut change = database.begin().await.context("noting the lake's position")?;
        set_position(&mut change, CONSUMER, position).await.context("noting the lake's position")?;
        change.commit().await.context("noting the lake's position")?;
        delete_passed(database, CONSUMERS).await.context("clearing the inbox")?;
        let batches = next_batches(database, position, MOVE_BYTES).await.context("reading the inbox")?;
        let Some(last) = batches.last().map(|batch| batch.number) else { break };
        let numbered = batches.into_iter().flat_map(|batch| {
            let number = batch.number;
            batch.messages.into_iter().map(move |message| (number, message))
        });
        let messages = erasure::keepable(database, &app.config.phone_region, numbered.collect());
        let messages = messages.await.context("asking who is erased")?;
        lake.append(&messages, last).await.context("adding to the lake")?;
    }
    Ok(())
}

//! What was kept for as long as the settings say goes, night by night: messages, orders and values of the lake, and persons of
//! whom nothing is heard any more.
//!
//! One job, `expire`. Each of its steps is done whole or not at all and finds by itself what is left to do, so it may be killed
//! anywhere and done again. Persons go in portions, a minute apart; the last portion of a night wipes the database's file.

#[cfg(test)]
mod tests;

use crate::platform::Random;
use crate::platform::clock::{DAY, MINUTE};
use crate::platform::jobs::{self, Asked, Schedule, Task};
use crate::platform::lease::Lease;
use crate::platform::server::App;
use crate::{customers, scoring, tracking};
use cvm_core::lake::Expired;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

/// The kind of job. It runs also where everything is kept for ever: who was erased in the day is wiped then.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "expire",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |config| Schedule::cron(AT, config.timezone).map(|at| (String::new(), at)).into_iter().collect(),
    attempts: 5,
};

/// After midnight and before values are computed.
const AT: &str = "15 1 * * *";

/// How long the mover may take for a round.
const PATIENCE: Duration = Duration::from_secs(300);

/// After whom to go on.
#[derive(Debug, Default, Serialize, Deserialize)]
struct GoOn {
    after: String,
}

/// What one run did.
#[derive(Debug, Default, Serialize)]
struct Done {
    messages: u64,
    order_lines: u64,
    values: u64,
    runs: usize,
    customers: usize,
    /// Whether another run goes on in a minute.
    goes_on: bool,
    /// Whether the database's file was written anew, for what was erased.
    wiped: bool,
}

/// What is older than this goes, where it is kept for so many days.
fn oldest_kept(days: i64, now: i64) -> Option<i64> {
    (days > 0).then(|| now - days * DAY)
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let from: Option<GoOn> = task.input()?;
    let (config, now, mut done) = (&app.config, app.clock.now(), Done::default());
    if from.is_none() {
        task.at("lake");
        lake(app, now, &mut done).await?;
        task.at("values");
        values(app, now, &mut done).await?;
        customers::drop_tombstones(app).await?;
    }
    if let Some(before) = oldest_kept(config.keep_customers_days, now) {
        task.at("customers");
        let after = from.unwrap_or_default().after;
        let unseen = customers::erase_unseen(app, before, &after, &task.stop).await?;
        done.customers = unseen.erased;
        if let Some(after) = unseen.next {
            done.goes_on = true;
            go_on(app, &GoOn { after }).await?;
        }
    }
    if !done.goes_on {
        task.at("wiping");
        done.wiped = customers::wipe(app).await?;
    }
    Ok(json!(done))
}

/// Asks for the next portion.
async fn go_on(app: &App, from: &GoOn) -> anyhow::Result<()> {
    let mut transaction = app.database.begin().await?;
    let due_at = app.clock.now() + MINUTE;
    // Not the schedule: what that has planned for later is taken back at a start, and this is to go on.
    let asked = Asked { kind: JOB.name, subject: "", input: &json!(from), by: JOB.name, due_at };
    jobs::ask(&mut transaction, app, asked).await?;
    Ok(transaction.commit().await?)
}

/// Messages and orders. The mover rests meanwhile, here and on other servers: one of two who change a table at the same time
/// would have to begin anew.
async fn lake(app: &App, now: i64, done: &mut Done) -> anyhow::Result<()> {
    let lease = Lease::new(app.database.clone(), app.clock.clone(), tracking::MOVER);
    let (messages, orders) = (app.config.keep_messages_days, app.config.keep_orders_days);
    if let Some(before) = oldest_kept(messages, now) {
        done.messages = lease.during(PATIENCE, app.lake.expire(Expired::Messages(before))).await??;
    }
    if let Some(before) = oldest_kept(orders, now) {
        done.order_lines = lease.during(PATIENCE, app.lake.expire(Expired::Orders(before))).await??;
    }
    Ok(())
}

/// Values of old runs, then what is noted of these. Ids of runs stand in the order of time, so those that never ended go too.
async fn values(app: &App, now: i64, done: &mut Done) -> anyhow::Result<()> {
    let Some(before) = oldest_kept(app.config.keep_values_days, now) else { return Ok(()) };
    // Asked first: one that ends meanwhile is among one or the other.
    let mut stays: HashSet<String> = jobs::unended(&app.database, scoring::JOB.name).await?.into_iter().collect();
    let (kept, gone) = scoring::kept_and_gone(&app.database, before).await?;
    stays.extend(kept);
    let first = Random::first_id(before);
    let is_gone = |run: &str| run < first.as_str() && !stays.contains(run);
    done.values = app.lake.expire(Expired::Values(&is_gone)).await?;
    scoring::delete_runs(&app.database, &gone).await?;
    done.runs = gone.len();
    Ok(())
}

//! Taking people in, and from step to step.
//!
//! One server does it at a time, by a lease. Each person's step is one change: what it puts into the outbox, and where they are
//! next. So whoever is killed goes on where they were, and nobody takes a step twice.

use super::definition::Step;
use super::store::{self, Programme, State};
use crate::campaigns::{self, Arm};
use crate::contacts;
use crate::platform::Time;
use crate::platform::clock::{DAY, HOUR, MINUTE};
use crate::platform::database::Transaction;
use crate::platform::lease::Lease;
use crate::platform::server::App;
use crate::segments;
use sqlx::Row;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// People taken in, and people taken on, in one change.
const AT_ONCE: i64 = 200;

/// Whoever changes members of segments commits a while after the moment that is noted.
const LATE: i64 = 15 * MINUTE;

/// What was done in a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Walked {
    /// Who entered.
    pub entered: usize,
    /// Steps taken.
    pub steps: usize,
}

/// Takes people through all programmes until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    const PAUSE: Duration = Duration::from_secs(1);
    const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(10);
    let lease = Lease::new(app.database.clone(), app.clock.clone(), "programmes");
    let mut taken = None;
    while !stop.is_cancelled() {
        let pause = match hold(&app, &lease, &mut taken).await {
            Ok(true) => match round(&app).await {
                Ok(walked) if walked != Walked::default() => Duration::ZERO,
                Ok(_) => PAUSE,
                Err(error) => {
                    tracing::error!(error = %error.detail(), "programmes cannot go on right now");
                    PAUSE_AFTER_ERROR
                }
            },
            Ok(false) => PAUSE,
            Err(error) => {
                tracing::error!(error = %error, "programmes cannot go on right now");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    if taken.is_some()
        && let Err(error) = lease.release().await
    {
        tracing::warn!(error = %error, "the lease of programmes runs out by itself");
    }
}

/// Takes or renews the lease while a programme runs.
async fn hold(app: &App, lease: &Lease, taken: &mut Option<Instant>) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM programmes WHERE state = 'running' LIMIT 1";
    if sqlx::query(sql).fetch_optional(app.database.pool()).await?.is_none() {
        return Ok(false);
    }
    lease.hold_on(taken).await
}

/// Takes in who entered, and takes on who is due, some of each.
///
/// # Errors
/// What the database gives. What was done until then stays.
pub async fn round(app: &App) -> crate::platform::Result<Walked> {
    let mut walked = Walked::default();
    for programme in store::list(&app.database).await?.iter().filter(|one| one.state == State::Running) {
        walked.entered += take_in(app, programme).await?;
        walked.steps += take_on(app, programme).await?;
    }
    if walked.steps > 0 {
        app.outbox.wake();
    }
    Ok(walked)
}

/// Who entered the segment since it was last looked.
async fn take_in(app: &App, programme: &Programme) -> crate::platform::Result<usize> {
    let Ok(segment) = segments::get(app, &programme.definition.entry).await else { return Ok(0) };
    let from = (programme.looked_at - LATE).max(programme.started_at.map_or(0, |time| time.0));
    let sql = "SELECT moves.at, moves.customer FROM segment_moves AS moves WHERE segment = $1 AND at >= $2 \
               AND entered = 1 AND NOT EXISTS (SELECT 1 FROM programme_people AS people WHERE programme = $3 \
               AND people.customer = moves.customer AND people.entered_at = moves.at) ORDER BY at, customer LIMIT $4";
    let query = sqlx::query(sql).bind(segment.number).bind(from).bind(programme.id.as_str()).bind(AT_ONCE);
    let rows = query.fetch_all(app.database.pool()).await?;
    let looked_at = app.clock.now();
    let held = contacts::held(app).await?;
    let mut transaction = app.database.begin().await?;
    let mut entered = 0;
    for row in &rows {
        let (at, customer): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let is_new = is_new(&mut transaction, programme, &customer, at).await?;
        let arm = campaigns::arm_of(&held, &programme.id, &customer, Some(programme.definition.control_share));
        let state = match (is_new, arm) {
            (false, _) => "again", // noted, so that it is not looked at again
            (true, Arm::Treated) => "active",
            (true, _) => "control",
        };
        if is_new {
            entered += 1;
            let member = campaigns::Member {
                customer: customer.clone(),
                arm: arm.name().to_owned(),
                variant: String::new(),
                assigned_at: Time(at),
                tier: None,
            };
            campaigns::add_members(&mut transaction, &programme.id, &[member]).await?;
        }
        let sql = "INSERT INTO programme_people (programme, customer, entered_at, step, due_at, state) \
                   VALUES ($1, $2, $3, 0, $4, $5)";
        let insert = sqlx::query(sql).bind(programme.id.as_str()).bind(customer).bind(at).bind(looked_at).bind(state);
        insert.execute(&mut *transaction).await?;
    }
    if (rows.len() as i64) < AT_ONCE {
        let sql = "UPDATE programmes SET looked_at = $1 WHERE id = $2";
        sqlx::query(sql).bind(looked_at).bind(programme.id.as_str()).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(entered)
}

/// Whether somebody may go through: who is on their way, or went through of late, does not.
async fn is_new(
    transaction: &mut Transaction,
    programme: &Programme,
    customer: &str,
    at: i64,
) -> Result<bool, sqlx::Error> {
    let sql = "SELECT max(entered_at), count(CASE WHEN state = 'active' THEN 1 END) FROM programme_people \
               WHERE programme = $1 AND customer = $2 AND state <> 'again'";
    let row = sqlx::query(sql).bind(programme.id.as_str()).bind(customer).fetch_one(&mut **transaction).await?;
    let (last, active): (Option<i64>, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(match (last, programme.definition.again_after_days) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(last), Some(days)) => active == 0 && at - last >= i64::from(days) * DAY,
    })
}

struct Walker {
    customer: String,
    entered_at: i64,
    step: i64,
}

/// Takes those who are due to where they next wait.
async fn take_on(app: &App, programme: &Programme) -> crate::platform::Result<usize> {
    let now = app.clock.now();
    let sql = "SELECT customer, entered_at, step FROM programme_people WHERE programme = $1 AND state = 'active' \
               AND due_at <= $2 ORDER BY due_at, customer LIMIT $3";
    let rows = sqlx::query(sql).bind(programme.id.as_str()).bind(now).bind(AT_ONCE);
    let rows = rows.fetch_all(app.database.pool()).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut numbers = HashMap::new();
    for segment in segments::list(app.database.pool()).await? {
        numbers.insert(segment.id, segment.number);
    }
    let mut transaction = app.database.begin().await?;
    let campaigns = campaigns::of_programme(&mut transaction, &programme.id).await?;
    let mut steps = 0;
    for row in &rows {
        let walker = Walker { customer: row.try_get(0)?, entered_at: row.try_get(1)?, step: row.try_get(2)? };
        steps += walk(app, &mut transaction, programme, &walker, (&numbers, &campaigns)).await?;
    }
    transaction.commit().await?;
    Ok(steps)
}

/// Takes one person on, until they wait or leave.
async fn walk(
    app: &App,
    transaction: &mut Transaction,
    programme: &Programme,
    walker: &Walker,
    (numbers, campaigns): (&HashMap<String, i64>, &HashMap<usize, campaigns::Campaign>),
) -> crate::platform::Result<usize> {
    let (now, definition) = (app.clock.now(), &programme.definition);
    let (mut step, mut taken) = (usize::try_from(walker.step).unwrap_or(0), 0);
    let survivor = survivor(transaction, &walker.customer).await?;
    let is_in = async |transaction: &mut Transaction, segment: &str| match (numbers.get(segment), &survivor) {
        (Some(number), Some(survivor)) => belongs(transaction, *number, survivor).await,
        _ => Ok(false),
    };
    let (state, due_at) = loop {
        if survivor.is_none() {
            break ("left", now);
        }
        if let Some(goal) = &definition.goal
            && is_in(transaction, goal).await?
        {
            break ("goal", now);
        }
        let Some(next) = definition.steps.get(step) else { break ("done", now) };
        taken += 1;
        step += 1;
        match next {
            Step::Wait { hours } => break ("active", now + i64::from(*hours) * HOUR),
            Step::OnlyIf { segment, is_in: wanted } => {
                if is_in(transaction, segment).await? != *wanted {
                    break ("left", now);
                }
            }
            Step::Send { .. } => {
                if let (Some(campaign), Some(survivor)) = (campaigns.get(&(step - 1)), &survivor) {
                    let occasion = walker.entered_at.to_string();
                    campaigns::add_message(transaction, app, campaign, survivor, &occasion).await?;
                }
            }
        }
    };
    let sql = "UPDATE programme_people SET step = $1, due_at = $2, state = $3 WHERE programme = $4 AND customer = $5 \
               AND entered_at = $6";
    let query = sqlx::query(sql).bind(i64::try_from(step).unwrap_or(i64::MAX)).bind(due_at).bind(state);
    let query = query.bind(programme.id.as_str()).bind(walker.customer.as_str()).bind(walker.entered_at);
    query.execute(&mut **transaction).await?;
    Ok(taken.max(1))
}

async fn survivor(transaction: &mut Transaction, customer: &str) -> Result<Option<String>, sqlx::Error> {
    let sql = "SELECT survivor FROM customers WHERE id = $1";
    let row = sqlx::query(sql).bind(customer).fetch_optional(&mut **transaction).await?;
    row.map(|row| row.try_get(0)).transpose()
}

async fn belongs(transaction: &mut Transaction, segment: i64, customer: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM segment_members WHERE segment = $1 AND customer = $2";
    Ok(sqlx::query(sql).bind(segment).bind(customer).fetch_optional(&mut **transaction).await?.is_some())
}

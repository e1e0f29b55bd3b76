//! Taking people in, and from step to step.
//!
//! One server does it at a time, by a lease. Each person's step is one change: what it puts into the outbox, and where they are
//! next. So whoever is killed goes on where they were, and nobody takes a step twice.

use super::hear;
use super::step::{Kind, Place, Until};
use super::store::{self, Programme, State};
use crate::campaigns::{self, Arm};
use crate::contacts::{self, Held, Share, zone_of};
use crate::customers::{self, Told};
use crate::platform::clock::{DAY, HOUR, MINUTE};
use crate::platform::database::Transaction;
use crate::platform::lease::Lease;
use crate::platform::server::App;
use crate::platform::{Problem, Time, webhook};
use crate::segments;
use cvm_core::segment::{Calendar, Person, Scalar};
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// People taken in, and people taken on, in one change.
pub(super) const AT_ONCE: i64 = 200;

/// The type of message by which another system is told who is at a step.
const MESSAGE: &str = "programme.step";

/// Whoever changes members of segments commits a while after the moment that is noted.
const LATE: i64 = 15 * MINUTE;

/// What was done in a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Walked {
    /// Who entered.
    pub entered: usize,
    /// Steps taken.
    pub steps: usize,
    /// Customers that were looked at for what they did.
    pub heard: usize,
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
    let mut programmes = store::list(&app.database).await?;
    programmes.retain(|one| one.state == State::Running);
    let (heard, entered) = hear::hear(app, &programmes).await?;
    let mut walked = Walked { entered, steps: 0, heard };
    for programme in &programmes {
        walked.entered += take_in(app, programme).await?;
        walked.steps += take_on(app, programme).await?;
    }
    if walked.steps > 0 {
        app.outbox.wake();
    }
    Ok(walked)
}

/// Who entered the segment since it was last looked: those a programme begins with, and those who wait for it.
async fn take_in(app: &App, programme: &Programme) -> crate::platform::Result<usize> {
    let from = (programme.looked_at - LATE).max(programme.started_at.map_or(0, |time| time.0));
    let rows = match segments::get(app, &programme.definition.entry).await {
        Ok(segment) if programme.definition.on_event.is_none() => {
            let sql = "SELECT moves.at, moves.customer FROM segment_moves AS moves WHERE segment = $1 AND at >= $2 \
                       AND entered = 1 AND NOT EXISTS (SELECT 1 FROM programme_people AS people WHERE programme = $3 \
                       AND people.customer = moves.customer AND people.entered_at = moves.at) \
                       ORDER BY at, customer LIMIT $4";
            let query = sqlx::query(sql).bind(segment.number).bind(from).bind(programme.id.as_str()).bind(AT_ONCE);
            query.fetch_all(app.database.pool()).await?
        }
        _ => Vec::new(),
    };
    let looked_at = app.clock.now();
    let held = contacts::held(app).await?;
    let awaited = awaited(app, programme).await?;
    let mut transaction = app.database.begin().await?;
    let mut entered = 0;
    for row in &rows {
        let (at, customer): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        entered += usize::from(enter(&mut transaction, app, programme, &held, (&customer, at)).await?);
    }
    for (step, segment) in awaited {
        let sql = "UPDATE programme_people SET due_at = $1 WHERE programme = $2 AND step = $3 AND state = 'active' \
                   AND due_at > $4 AND EXISTS (SELECT 1 FROM customers JOIN segment_moves AS moves \
                   ON moves.customer = customers.survivor WHERE customers.id = programme_people.customer \
                   AND moves.segment = $5 AND moves.entered = 1 AND moves.at >= $6 AND moves.at >= programme_people.since)";
        let query = sqlx::query(sql).bind(looked_at).bind(programme.id.as_str()).bind(step).bind(looked_at);
        query.bind(segment).bind(from).execute(&mut *transaction).await?;
    }
    if (rows.len() as i64) < AT_ONCE {
        let sql = "UPDATE programmes SET looked_at = $1 WHERE id = $2";
        sqlx::query(sql).bind(looked_at).bind(programme.id.as_str()).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(entered)
}

/// The steps at which a segment is waited for, with its number.
async fn awaited(app: &App, programme: &Programme) -> crate::platform::Result<Vec<(i64, i64)>> {
    let mut found = Vec::new();
    for step in programme.definition.all() {
        if let (Some(id), Kind::WaitUntil(Until { segment: Some(segment), .. })) = (step.id, &step.kind)
            && let Ok(segment) = segments::get(app, segment).await
        {
            found.push((i64::from(id), segment.number));
        }
    }
    Ok(found)
}

/// Lets somebody enter at this moment, if they are new; whether they are.
pub(super) async fn enter(
    transaction: &mut Transaction,
    app: &App,
    programme: &Programme,
    held: &Held,
    (customer, at): (&str, i64),
) -> Result<bool, sqlx::Error> {
    let is_new = is_new(transaction, programme, customer, at).await?;
    let arm = campaigns::arm_of(held, &programme.id, customer, Some(programme.definition.control_share));
    let state = match (is_new, arm) {
        (false, _) => "again", // noted, so that it is not looked at again
        (true, Arm::Treated) => "active",
        (true, _) => "control",
    };
    if is_new {
        let member = campaigns::Member {
            customer: customer.to_owned(),
            arm: arm.name().to_owned(),
            variant: String::new(),
            assigned_at: Time(at),
            tier: None,
        };
        campaigns::add_members(transaction, &programme.id, &[member]).await?;
    }
    let first = programme.definition.steps.first().and_then(|step| step.id).unwrap_or(0);
    let sql = "INSERT INTO programme_people (programme, customer, entered_at, step, due_at, state) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (programme, customer, entered_at) DO NOTHING";
    let insert = sqlx::query(sql).bind(programme.id.as_str()).bind(customer).bind(at).bind(i64::from(first));
    insert.bind(app.clock.now()).bind(state).execute(&mut **transaction).await?;
    Ok(is_new)
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

/// Somebody on their way.
struct Walker {
    /// As they entered.
    customer: String,
    /// Who they are now; none where they are nobody any more.
    survivor: Option<String>,
    entered_at: i64,
    step: u32,
    /// Since when they wait at it.
    since: Option<i64>,
}

/// What is known for a round of one programme.
struct Ground<'a> {
    app: &'a App,
    programme: &'a Programme,
    now: i64,
    places: BTreeMap<u32, Place<'a>>,
    held: Held,
    /// Segments by their ids.
    numbers: HashMap<String, i64>,
    campaigns: HashMap<usize, campaigns::Campaign>,
    /// By survivor, as far as steps ask for it.
    persons: HashMap<String, Person>,
    known_as: HashMap<String, String>,
}

/// How many went past a step, by which way.
type Passed = BTreeMap<(u32, usize), i64>;

/// How a step ends.
enum Ends {
    /// They go on, by this way where ways part.
    On(usize),
    /// They stay until then, or something happens.
    Stays(i64),
    Leaves,
}

/// Takes those who are due to where they next wait.
async fn take_on(app: &App, programme: &Programme) -> crate::platform::Result<usize> {
    let now = app.clock.now();
    let sql = "SELECT people.customer, entered_at, step, since, customers.survivor FROM programme_people AS people \
               LEFT JOIN customers ON customers.id = people.customer WHERE programme = $1 AND state = 'active' \
               AND due_at <= $2 ORDER BY due_at, people.customer LIMIT $3";
    let rows = sqlx::query(sql).bind(programme.id.as_str()).bind(now).bind(AT_ONCE);
    let rows = rows.fetch_all(app.database.pool()).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let walker = |row: &sqlx::any::AnyRow| -> Result<Walker, sqlx::Error> {
        Ok(Walker {
            customer: row.try_get(0)?,
            entered_at: row.try_get(1)?,
            step: u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX),
            since: row.try_get(3)?,
            survivor: row.try_get(4)?,
        })
    };
    let walkers = rows.iter().map(walker).collect::<Result<Vec<_>, _>>()?;
    let mut ground = Ground::of(app, programme, &walkers).await?;
    ground.tell(&walkers).await?;
    let mut transaction = app.database.begin().await?;
    ground.campaigns = campaigns::of_programme(&mut transaction, &programme.id).await?;
    let (mut steps, mut passed) = (0, Passed::default());
    for walker in &walkers {
        steps += ground.walk(&mut transaction, walker, &mut passed).await?;
    }
    for ((step, way), people) in &passed {
        let sql = "INSERT INTO programme_passages (programme, step, way, people) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (programme, step, way) DO UPDATE SET people = programme_passages.people + excluded.people";
        let query = sqlx::query(sql).bind(programme.id.as_str()).bind(i64::from(*step));
        query.bind(i64::try_from(*way).unwrap_or(0)).bind(people).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(steps)
}

impl<'a> Ground<'a> {
    async fn of(app: &'a App, programme: &'a Programme, walkers: &[Walker]) -> crate::platform::Result<Self> {
        let mut numbers = HashMap::new();
        for segment in segments::list(app.database.pool()).await? {
            numbers.insert(segment.id, segment.number);
        }
        let places = programme.definition.places();
        let asks = |of: fn(&Kind) -> bool| places.values().any(|place| of(&place.step.kind));
        let mut ids: Vec<String> = walkers.iter().filter_map(|walker| walker.survivor.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut persons = HashMap::new();
        if asks(|kind| matches!(kind, Kind::WaitUntil(Until { event: Some(_), .. }))) {
            let found = customers::persons(app, &names).await?.into_iter();
            persons.extend(found.filter_map(|(id, person)| Some((id.to_string(), person?))));
        } else if asks(|kind| matches!(kind, Kind::WaitForTime(_))) {
            persons = customers::profiles(app, &names).await?;
        }
        let is_told = asks(|kind| matches!(kind, Kind::Webhook { .. } | Kind::UpdateProfile { .. }));
        let known_as = if is_told { customers::known_as(&app.database, &ids).await? } else { HashMap::new() };
        let (now, held) = (app.clock.now(), contacts::held(app).await?);
        let campaigns = HashMap::new();
        Ok(Self { app, programme, now, places, held, numbers, campaigns, persons, known_as })
    }

    /// Tells the attributes of those who have come to a step that sets one. They go on with the next change: told twice after a
    /// crash is told once, since the message has the same id.
    async fn tell(&self, walkers: &[Walker]) -> crate::platform::Result<()> {
        for walker in walkers.iter().filter(|walker| walker.since.is_some()) {
            let Some(survivor) = &walker.survivor else { continue };
            let step = self.places.get(&walker.step).map(|place| &place.step.kind);
            let (Some(Kind::UpdateProfile { attribute, value }), Some(known_by)) = (step, self.known_as.get(survivor))
            else {
                continue;
            };
            let value = match value {
                Scalar::Flag(flag) => Value::from(*flag),
                Scalar::Number(number) => Value::from(*number),
                Scalar::Text(text) => Value::from(text.as_str()),
            };
            let told = Told { customer: survivor.clone(), known_by: known_by.clone(), value };
            let telling = format!("programme-{}-{}-{}", self.programme.id, walker.step, walker.entered_at);
            let told = customers::tell(self.app, &telling, attribute.trim(), &[told]).await;
            told.map_err(|error| Problem::internal(&error))?;
        }
        Ok(())
    }

    /// Takes one person on, until they wait or leave.
    async fn walk(
        &self,
        transaction: &mut Transaction,
        walker: &Walker,
        passed: &mut Passed,
    ) -> crate::platform::Result<usize> {
        let (mut at, mut since, mut taken) = (Some(walker.step), walker.since, 0);
        let mut last = walker.step;
        let (state, due_at) = loop {
            let Some(survivor) = &walker.survivor else { break ("left", self.now) };
            if let Some(goal) = &self.programme.definition.goal
                && self.is_in(transaction, goal, survivor).await?
            {
                break ("goal", self.now);
            }
            let Some((id, place)) = at.and_then(|id| Some((id, self.places.get(&id)?))) else {
                break ("done", self.now);
            };
            (last, taken) = (id, taken + 1);
            match self.take(transaction, (id, place), (walker, survivor, since)).await? {
                Ends::On(way) => {
                    *passed.entry((id, way)).or_default() += 1;
                    (at, since) = (place.first_of(way), None);
                }
                Ends::Stays(until) => {
                    since = since.or(Some(self.now));
                    break ("active", until);
                }
                Ends::Leaves => break ("left", self.now),
            }
        };
        let sql = "UPDATE programme_people SET step = $1, since = $2, due_at = $3, state = $4 WHERE programme = $5 \
                   AND customer = $6 AND entered_at = $7";
        let query = sqlx::query(sql).bind(i64::from(last)).bind(since).bind(due_at).bind(state);
        let query = query.bind(self.programme.id.as_str()).bind(walker.customer.as_str()).bind(walker.entered_at);
        query.execute(&mut **transaction).await?;
        Ok(taken.max(1))
    }

    /// Does what a step says, for somebody who has been at it since then, or comes to it now.
    async fn take(
        &self,
        transaction: &mut Transaction,
        (id, place): (u32, &Place<'_>),
        (walker, survivor, since): (&Walker, &str, Option<i64>),
    ) -> crate::platform::Result<Ends> {
        let occasion = walker.entered_at.to_string();
        Ok(match &place.step.kind {
            Kind::Wait { .. } if since.is_some() => Ends::On(0),
            Kind::Wait { hours } => Ends::Stays(self.now + i64::from(*hours) * HOUR),
            Kind::WaitUntil(until) => {
                let ends = since.unwrap_or(self.now) + i64::from(until.at_most_days) * DAY;
                match self.has_happened(transaction, until, survivor, since).await? {
                    true => Ends::On(0),
                    false if self.now < ends => Ends::Stays(ends),
                    false if until.or_leave => Ends::Leaves,
                    false => Ends::On(0),
                }
            }
            Kind::WaitForTime(_) if since.is_some() => Ends::On(0),
            Kind::WaitForTime(time) => {
                let settings = self.app.config.timezone;
                let zone = self.persons.get(survivor).map_or(settings, |person| zone_of(person, settings));
                match time.next(self.now, zone) {
                    Some(moment) if moment > self.now => Ends::Stays(moment),
                    _ => Ends::On(0),
                }
            }
            Kind::OnlyIf { segment, is_in } => match self.is_in(transaction, segment, survivor).await? == *is_in {
                true => Ends::On(0),
                false => Ends::Leaves,
            },
            Kind::Branch { segment, .. } => Ends::On(usize::from(!self.is_in(transaction, segment, survivor).await?)),
            Kind::Split { paths } => {
                let shares: Vec<Share<usize>> =
                    paths.iter().enumerate().map(|(side, path)| Share { side, weight: path.weight }).collect();
                let purpose = format!("programme {} step {id}", self.programme.id);
                Ends::On(self.held.dealer.side(&purpose, &walker.customer, &shares).unwrap_or(0))
            }
            Kind::Send { .. } => {
                if let Some(campaign) = self.campaigns.get(&(id as usize)) {
                    campaigns::add_message(transaction, self.app, campaign, survivor, &occasion).await?;
                }
                Ends::On(0)
            }
            Kind::Webhook { endpoint } => {
                let programme = json!({"id": self.programme.id, "name": self.programme.name});
                let data = json!({"programme": programme, "step": id, "entered_at": Time(walker.entered_at),
                    "customer": {"id": survivor, "known_by": self.known_as.get(survivor)}});
                webhook::send(transaction, self.app, endpoint, MESSAGE, &data).await?;
                Ends::On(0)
            }
            Kind::UpdateProfile { .. } if since.is_some() => Ends::On(0),
            Kind::UpdateProfile { .. } => Ends::Stays(self.now),
        })
    }

    /// Whether what somebody waits for has happened since.
    async fn has_happened(
        &self,
        transaction: &mut Transaction,
        until: &Until,
        survivor: &str,
        since: Option<i64>,
    ) -> Result<bool, sqlx::Error> {
        if let Some(segment) = &until.segment {
            return Ok(self.is_in(transaction, segment, survivor).await?
                || self.has_entered(transaction, segment, survivor, since.unwrap_or(self.now)).await?);
        }
        let (Some(event), Some(since), Some(person)) = (&until.event, since, self.persons.get(survivor)) else {
            return Ok(false);
        };
        let calendar = Calendar::new(self.now, self.app.config.timezone);
        Ok(event.latest(person, since..=self.now, &calendar).is_some())
    }

    async fn is_in(&self, transaction: &mut Transaction, segment: &str, survivor: &str) -> Result<bool, sqlx::Error> {
        let Some(number) = self.numbers.get(segment) else { return Ok(false) };
        let sql = "SELECT 1 FROM segment_members WHERE segment = $1 AND customer = $2";
        let found = sqlx::query(sql).bind(number).bind(survivor).fetch_optional(&mut **transaction).await?;
        Ok(found.is_some())
    }

    /// Whether somebody came into a segment since, and may have left it meanwhile.
    async fn has_entered(
        &self,
        transaction: &mut Transaction,
        segment: &str,
        survivor: &str,
        since: i64,
    ) -> Result<bool, sqlx::Error> {
        let Some(number) = self.numbers.get(segment) else { return Ok(false) };
        let sql =
            "SELECT 1 FROM segment_moves WHERE segment = $1 AND customer = $2 AND entered = 1 AND at >= $3 LIMIT 1";
        let query = sqlx::query(sql).bind(number).bind(survivor).bind(since);
        Ok(query.fetch_optional(&mut **transaction).await?.is_some())
    }
}

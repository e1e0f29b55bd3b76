//! Handing over what is due, once.
//!
//! One server does it at a time, by a lease. A round takes some messages, asks the policy for each at this moment and fills the texts.
//! Of a few at a time it notes in one change that they are being sent, hands them over, and notes in another what became of them. Whoever starts finds
//! those that a dead one left as being sent: a carrier that knows ids gets them again, of the others nobody knows whether they went,
//! and they are listed as unknown.

use super::answers;
use super::definition::Timing;
use super::message::{About, Filled, Texts};
use super::offering::{self, Choice, Made};
use super::store::{self, Campaign, State};
use crate::channels::{Channels, Outcome, Outgoing};
use crate::contacts::{self, Asked, Channel, Contact, Refusal};
use crate::customers::suppress_address;
use crate::decisions;
use crate::platform::clock::{HOUR, MINUTE};
use crate::platform::database::{Transaction, json};
use crate::platform::lease::Lease;
use crate::platform::server::App;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Messages of one round: what is known of their customers is read at once.
const AT_ONCE: i64 = 200;

/// Handed over at the same time, and so those of which nobody may know whether they went after a crash.
const HANDED_AT_ONCE: usize = 10;

/// So many times a message is handed over before it counts as failed.
const TRIES: i64 = 8;

/// What sends; clones are the same.
#[derive(Clone, Default)]
pub struct Sender {
    /// The ways out.
    pub channels: Channels,
    woken: Arc<Notify>,
    /// How many messages of a campaign may still go, and since when that was counted.
    rates: Arc<Mutex<HashMap<String, (f64, i64)>>>,
}

/// What was done in a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Messages looked at.
    pub looked_at: usize,
    /// Taken by whoever carries them.
    pub sent: usize,
}

impl Sender {
    /// Over these ways.
    pub fn new(channels: Channels) -> Self {
        Self { channels, ..Self::default() }
    }

    /// To be called after a change that lets something be sent.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// How many messages of a campaign may go now.
    fn allowed(&self, campaign: &str, per_minute: Option<u32>, now: i64) -> usize {
        let Some(per_minute) = per_minute else { return usize::MAX };
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = rates.entry(campaign.to_owned()).or_insert((1.0, now));
        let new = (now - *since) as f64 / MINUTE as f64 * f64::from(per_minute);
        // What was not used is not saved up for longer than a second.
        *left = (*left + new).min((f64::from(per_minute) / 60.0).max(1.0));
        *since = now;
        *left as usize
    }

    fn used(&self, campaign: &str, messages: usize) {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((left, _)) = rates.get_mut(campaign) {
            *left -= messages as f64;
        }
    }
}

/// Sends what is due until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    const PAUSE: Duration = Duration::from_secs(1);
    const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
    let lease = Lease::new(app.database.clone(), app.clock.clone(), "outbox");
    let mut taken = None;
    while !stop.is_cancelled() {
        let pause = match hold(&app, &lease, &mut taken).await {
            Ok(false) => PAUSE,
            Ok(true) => match round(&app).await {
                Ok(done) if done.looked_at > 0 => Duration::ZERO,
                Ok(_) => PAUSE,
                Err(error) => {
                    tracing::error!(error = %format!("{error:#}"), "messages cannot be sent right now");
                    PAUSE_AFTER_ERROR
                }
            },
            Err(error) => {
                tracing::error!(error = %error, "messages cannot be sent right now");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = app.outbox.woken.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    if taken.is_some()
        && let Err(error) = lease.release().await
    {
        tracing::warn!(error = %error, "the lease of the outbox runs out by itself");
    }
}

/// Takes or renews the lease while there is anything to send; who takes it sees to what the one before has left.
async fn hold(app: &App, lease: &Lease, taken: &mut Option<Instant>) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM campaigns WHERE state = 'running' LIMIT 1";
    if sqlx::query(sql).fetch_optional(app.database.pool()).await?.is_none() {
        *taken = None; // another may send the next, and leave something behind
        return Ok(false);
    }
    let was_ours = taken.is_some();
    let held = lease.hold_on(taken).await?;
    if held && !was_ours {
        recover(app).await?;
    }
    Ok(held)
}

/// What a dead one left as being sent.
pub(super) async fn recover(app: &App) -> Result<(), sqlx::Error> {
    let knows =
        |channel: &Channel| app.outbox.channels.carrier(*channel).is_some_and(crate::channels::Carrier::knows_ids);
    let mut transaction = app.database.begin().await?;
    for channel in Channel::ALL.iter().filter(|channel| knows(channel)) {
        let sql = "UPDATE outbox SET state = 'waiting' WHERE state = 'sending' AND channel = $1";
        sqlx::query(sql).bind(channel.name()).execute(&mut *transaction).await?;
    }
    // It counts as a contact and costs what one costs: better one too few than one too many.
    let sql = "INSERT INTO contacts (id, customer, at, channel, campaign, offer, offer_group) SELECT id, customer, $1, \
               channel, campaign, offer, offer_group FROM outbox WHERE state = 'sending' ON CONFLICT (id) DO NOTHING";
    sqlx::query(sql).bind(app.clock.now()).execute(&mut *transaction).await?;
    let sql = "UPDATE outbox SET state = 'unknown', reason = 'interrupted' WHERE state = 'sending'";
    let left = sqlx::query(sql).execute(&mut *transaction).await?.rows_affected();
    transaction.commit().await?;
    if left > 0 {
        tracing::warn!(messages = left, "the server stopped amid messages; whether they went is not known");
    }
    Ok(())
}

/// A message that is due.
pub(super) struct Due {
    pub id: String,
    customer: String,
    variant: String,
    tries: i64,
    /// What was chosen when it was taken before.
    chosen: Option<(Made, Filled)>,
}

/// A message with what is known before it is handed over.
struct Ready {
    due: Due,
    channel: Channel,
    outgoing: Outgoing,
    filled: Filled,
    made: Option<Made>,
    survivor: String,
}

/// What becomes of a message.
enum Fate {
    Wait { until: i64, reason: String, is_try: bool },
    End { state: &'static str, reason: String, is_nobody: bool },
    Sent,
}

/// Hands over some messages.
///
/// # Errors
/// What the database gives, and the inbox. What was handed over by then is unknown at the next start.
pub(super) async fn round(app: &App) -> anyhow::Result<Done> {
    let campaigns = store::in_state(&app.database, State::Running).await?;
    let mut done = Done::default();
    for campaign in &campaigns {
        let allowed = app.outbox.allowed(&campaign.id, campaign.definition.per_minute, app.clock.now());
        let due = due(app, &campaign.id, AT_ONCE.min(i64::try_from(allowed).unwrap_or(AT_ONCE))).await?;
        if due.is_empty() {
            end_if_all_is_done(app, campaign).await?;
            continue;
        }
        app.outbox.used(&campaign.id, due.len());
        done.looked_at += due.len();
        done.sent += send(app, campaign, due).await?;
    }
    Ok(done)
}

/// Hands over all that is due now: for the command line and tests.
///
/// # Errors
/// As for a round.
pub async fn send_due(app: &App) -> anyhow::Result<usize> {
    let mut sent = 0;
    loop {
        let done = round(app).await?;
        sent += done.sent;
        if done.looked_at == 0 {
            return Ok(sent);
        }
    }
}

async fn due(app: &App, campaign: &str, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    let sql = "SELECT id, customer, variant, tries, offer, offer_group, decision, content FROM outbox \
               WHERE campaign = $1 AND state = 'waiting' AND due_at <= $2 ORDER BY due_at, id LIMIT $3";
    let rows = sqlx::query(sql).bind(campaign).bind(app.clock.now()).bind(limit).fetch_all(app.database.pool()).await?;
    let due = |row: &sqlx::any::AnyRow| {
        let chosen = match Made::read(row, 4)? {
            Some(made) => Some((made, json(row, 7)?)),
            None => None,
        };
        let (id, customer) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Due { id, customer, variant: row.try_get(2)?, tries: row.try_get(3)?, chosen })
    };
    rows.iter().map(due).collect()
}

/// Notes that everybody was told, where that is so.
async fn end_if_all_is_done(app: &App, campaign: &Campaign) -> anyhow::Result<()> {
    if matches!(campaign.definition.timing, Timing::Every(_)) || campaign.programme.is_some() {
        return Ok(());
    }
    let sql = "SELECT 1 FROM outbox WHERE campaign = $1 AND state IN ('waiting', 'sending', 'ready') LIMIT 1";
    if sqlx::query(sql).bind(campaign.id.as_str()).fetch_optional(app.database.pool()).await?.is_some() {
        return Ok(());
    }
    let sql = "UPDATE campaigns SET state = 'done', ended_at = $1 WHERE id = $2 AND state = 'running'";
    let update = sqlx::query(sql).bind(app.clock.now()).bind(campaign.id.as_str());
    let mut transaction = app.database.begin().await?;
    update.execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// Asks for each whether it may be said, fills it, and hands it over.
async fn send(app: &App, campaign: &Campaign, due: Vec<Due>) -> anyhow::Result<usize> {
    let (texts, held) = (Texts::of(campaign)?, contacts::held(app).await?);
    let ids: Vec<&str> = due.iter().map(|due| due.customer.as_str()).collect();
    let mut standings = contacts::standings(app, &held.policy, &ids).await?;
    let survivors: Vec<&str> = standings.values().map(|standing| standing.customer.as_str()).collect();
    let values = super::choosing::values(app, &survivors).await?;
    let definition = &campaign.definition;
    let now = app.clock.now();
    let (mut ready, mut fates) = (Vec::new(), Vec::new());
    let mut told: HashSet<String> = HashSet::new();
    for mut due in due {
        let made = due.chosen.as_ref().map(|(made, _)| made);
        let (offer, group) = (made.map(|made| made.offer.as_str()), made.map(|made| made.group.as_str()));
        let asked = Asked { channel: definition.channel, offer, group, is_service: definition.is_service };
        let refusal = match standings.get(&due.customer) {
            None => Some(Refusal::Gone),
            // Two of one campaign who became one person since are told once.
            Some(standing) if !told.insert(standing.customer.clone()) => Some(Refusal::Capped),
            Some(standing) => standing.refusal(&held.policy, &held.dealer, &asked, now),
        };
        match refusal {
            None => {}
            Some(Refusal::Quiet { until }) => {
                fates.push((due, Fate::Wait { until, reason: String::new(), is_try: false }));
                continue;
            }
            Some(refusal) => {
                let reason = refusal.name().to_owned();
                fates.push((due, Fate::End { state: "refused", reason, is_nobody: false }));
                continue;
            }
        }
        let Some(standing) = standings.get_mut(&due.customer) else { continue };
        let Some(variant) = texts.variant(&due.variant) else {
            fates.push((due, Fate::End { state: "failed", reason: "variant".to_owned(), is_nobody: false }));
            continue;
        };
        let about = About { id: &due.id, standing, values: values.get(&standing.customer), variant, is_example: false };
        let said = match (due.chosen.take(), &definition.variants[variant].offer) {
            (Some((made, filled)), _) => Ok((filled, Some(made))),
            (None, Some(offering)) => {
                match offering::choose(app, definition.channel, offering, &standing.customer, false).await? {
                    Choice::Offer(chosen) => {
                        Ok((texts.offered(app, &held.dealer, &about, chosen.said), Some(chosen.made)))
                    }
                    Choice::Nothing(reason) => Err(reason),
                }
            }
            (None, None) => texts.fill(app, &held.dealer, &about).map(|filled| (filled, None)).map_err(|unfilled| {
                tracing::warn!(campaign = campaign.id, message = due.id, %unfilled, "a text could not be filled");
                "template"
            }),
        };
        match said {
            Ok((filled, made)) => {
                let outgoing = texts.outgoing(app, &held.dealer, &about, (&filled, made.as_ref()));
                let survivor = standing.customer.clone();
                ready.push(Ready { due, channel: definition.channel, outgoing, filled, made, survivor });
            }
            // Their quiet hours began just now: the next round waits for the end of them.
            Err("quiet") => fates.push((due, Fate::Wait { until: now + MINUTE, reason: String::new(), is_try: false })),
            Err(reason) => {
                let state = if reason == "template" { "failed" } else { "refused" };
                fates.push((due, Fate::End { state, reason: reason.to_owned(), is_nobody: false }));
            }
        }
    }
    if ready.iter().any(|ready| ready.made.is_some()) {
        app.decisions.flush().await; // before anything of it is told
    }
    let sent = hand_over(app, campaign, ready, fates).await?;
    Ok(sent)
}

async fn hand_over(
    app: &App,
    campaign: &Campaign,
    ready: Vec<Ready>,
    fates: Vec<(Due, Fate)>,
) -> anyhow::Result<usize> {
    let channel = campaign.definition.channel;
    let carrier = app.outbox.channels.carrier(channel);
    if carrier.is_none() && !Channels::is_asked_for(channel) {
        anyhow::bail!("campaign {}: nobody carries {}", campaign.id, channel.name());
    }
    let mut transaction = app.database.begin().await?;
    for (due, fate) in &fates {
        settle(&mut transaction, app, due, channel, fate).await?;
    }
    let chosen = ready.iter().filter_map(|ready| Some((&ready.due, ready.made.as_ref()?, &ready.filled)));
    offering::keep(&mut transaction, chosen).await?;
    // What somebody asks for later is only laid out.
    if carrier.is_none() {
        for Ready { due, filled, .. } in &ready {
            let sql = "UPDATE outbox SET state = 'ready', content = $1 WHERE id = $2 AND state = 'waiting'";
            let content = serde_json::to_string(filled)?;
            sqlx::query(sql).bind(content).bind(due.id.as_str()).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        return Ok(ready.len());
    }
    transaction.commit().await?;
    let Some(carrier) = carrier else { return Ok(0) };
    let (mut ready, mut sent) = (ready.into_iter().peekable(), 0);
    while ready.peek().is_some() {
        let some: Vec<Ready> = ready.by_ref().take(HANDED_AT_ONCE).collect();
        let ours = mark(app, campaign, some).await?;
        if ours.is_empty() {
            break; // it was paused or stopped meanwhile
        }
        let outcomes = futures_util::future::join_all(ours.into_iter().map(async |ready| {
            let outcome = carrier.send(&ready.outgoing).await;
            (ready, outcome)
        }));
        sent += note(app, campaign, outcomes.await).await?;
    }
    Ok(sent)
}

/// Notes that messages are being sent, those that still wait of a campaign that still runs.
async fn mark(app: &App, campaign: &Campaign, some: Vec<Ready>) -> Result<Vec<Ready>, sqlx::Error> {
    let mut transaction = app.database.begin().await?;
    let mut ours = Vec::new();
    for ready in some {
        let sql = "UPDATE outbox SET state = 'sending', tries = tries + 1 WHERE id = $1 AND state = 'waiting' \
                   AND EXISTS (SELECT 1 FROM campaigns WHERE id = $2 AND state = 'running')";
        let update = sqlx::query(sql).bind(ready.due.id.as_str()).bind(campaign.id.as_str());
        if update.execute(&mut *transaction).await?.rows_affected() == 1 {
            ours.push(ready);
        }
    }
    transaction.commit().await?;
    Ok(ours)
}

/// Notes what became of messages that were handed over.
async fn note(app: &App, campaign: &Campaign, outcomes: Vec<(Ready, Outcome)>) -> anyhow::Result<usize> {
    let now = app.clock.now();
    // Under ids of their own: what is told twice is one event. So it is told first, and again where that breaks off.
    let told = outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Sent).map(|(ready, _)| ready);
    let one = |ready: &Ready| answers::Told {
        id: ready.due.id.clone(),
        campaign: campaign.id.clone(),
        customer: ready.due.customer.clone(),
        channel: ready.channel,
        variant: ready.due.variant.clone(),
        sent_at: Some(now),
        trapped_at: None,
        made: ready.made.clone(),
    };
    let told: Vec<answers::Told> = told.map(one).collect();
    let events = answers::delivered(app, campaign, &told).await?;
    app.inbox.store(events).await?;
    for told in &told {
        offering::tell(app, told.made.as_ref(), decisions::Kind::Shown).await?;
    }
    let mut transaction = app.database.begin().await?;
    let (mut contacts, mut sent) = (Vec::new(), 0);
    for (Ready { due, channel, outgoing, made, survivor, .. }, outcome) in &outcomes {
        let is_contact = matches!(outcome, Outcome::Sent | Outcome::Unknown(_));
        if is_contact {
            let (offer, group) = made.as_ref().map(|made| (made.offer.clone(), made.group.clone())).unzip();
            let (customer, channel, campaign) = (survivor.clone(), *channel, Some(campaign.id.clone()));
            let contact = Contact { customer, at: now, channel, campaign, offer, group };
            contacts.push((due.id.clone(), contact));
        }
        sent += usize::from(*outcome == Outcome::Sent);
        let fate = match outcome {
            Outcome::Sent => Fate::Sent,
            Outcome::Unknown(reason) => Fate::End { state: "unknown", reason: reason.clone(), is_nobody: false },
            Outcome::Failed { reason, is_nobody } => {
                Fate::End { state: "failed", reason: reason.clone(), is_nobody: *is_nobody }
            }
            Outcome::Later(reason) if due.tries + 1 >= TRIES => {
                Fate::End { state: "failed", reason: reason.clone(), is_nobody: false }
            }
            Outcome::Later(reason) => {
                let until = now + (MINUTE << due.tries.clamp(0, 6)).min(HOUR);
                Fate::Wait { until, reason: reason.clone(), is_try: true }
            }
        };
        settle(&mut transaction, app, due, *channel, &fate).await?;
        if let Fate::End { is_nobody: true, .. } = fate
            && let Some(kind) = channel.identifier()
        {
            suppress_address(&mut transaction, app, (kind, &outgoing.to), "bounced").await?;
        }
    }
    contacts::record(&mut transaction, &contacts).await?;
    transaction.commit().await?;
    Ok(sent)
}

async fn settle(
    transaction: &mut Transaction,
    app: &App,
    due: &Due,
    channel: Channel,
    fate: &Fate,
) -> Result<(), sqlx::Error> {
    let (now, cost) = (app.clock.now(), app.outbox.channels.cost(channel));
    let query = match fate {
        Fate::Sent => {
            let sql = "UPDATE outbox SET state = 'sent', reason = '', sent_at = $1, cost = cost + $2, content = NULL \
                       WHERE id = $3";
            sqlx::query(sql).bind(now).bind(cost).bind(due.id.as_str())
        }
        Fate::Wait { until, reason, is_try } => {
            let from = if *is_try { "sending" } else { "waiting" };
            let sql = "UPDATE outbox SET state = 'waiting', due_at = $1, reason = $2 WHERE id = $3 AND state = $4";
            sqlx::query(sql).bind(until).bind(reason.as_str()).bind(due.id.as_str()).bind(from)
        }
        Fate::End { state, reason, is_nobody } => {
            let sql = "UPDATE outbox SET state = $1, reason = $2, bounced_at = $3, cost = cost + $4 WHERE id = $5";
            let cost = if *state == "unknown" { cost } else { 0 };
            let bounced_at = is_nobody.then_some(now);
            sqlx::query(sql).bind(*state).bind(reason.as_str()).bind(bounced_at).bind(cost).bind(due.id.as_str())
        }
    };
    query.execute(&mut **transaction).await.map(drop)
}

/// What of a way that is asked for later waits for some customers, the oldest first.
pub(super) async fn waiting_for(
    app: &App,
    channel: Channel,
    customer: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, String, String, Filled)>, sqlx::Error> {
    let who = if customer.is_some() { "customer IN (SELECT id FROM customers WHERE survivor = $2)" } else { "$2 = ''" };
    let sql = format!(
        "SELECT outbox.id, outbox.campaign, outbox.customer, outbox.content FROM outbox JOIN campaigns \
         ON campaigns.id = outbox.campaign WHERE outbox.state = 'ready' AND file IS NULL AND channel = $1 AND campaigns.state = 'running' \
         AND {who} ORDER BY outbox.due_at, outbox.id LIMIT $3"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(channel.name()).bind(customer.unwrap_or("")).bind(limit);
    let rows = query.fetch_all(app.database.pool()).await?;
    let entry = |row: &sqlx::any::AnyRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, json(row, 3)?));
    rows.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_and_not_saved_up() {
        let sender = Sender::default();
        assert_eq!(sender.allowed("c", None, 0), usize::MAX);
        let (mut now, mut sent) = (0, 0);
        while now < 10 * MINUTE {
            let allowed = sender.allowed("c", Some(90), now).min(32);
            sender.used("c", allowed);
            sent += allowed;
            now += 250_000; // a quarter of a second
        }
        assert!((895..=902).contains(&sent), "{sent}");
        now += HOUR;
        assert_eq!(sender.allowed("c", Some(90), now), 1, "an hour of silence is not made good at once");
    }
}

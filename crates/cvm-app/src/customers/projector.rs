//! From messages to people: reads the inbox batch by batch and keeps profiles, consents and timelines up to date.
//!
//! What a round of batches changes is one change of the database, with the position in it: killed at any moment, every
//! message counts exactly once. What a round has loaded is kept for the next, and used only if nobody else has changed any
//! customer between the two; so several servers on one database, and changes by hand, take turns.

use super::erasure::Ban;
use super::identifiers::{Identifiers, Writer};
use super::identity::{Circumstances, Graph, Index, Limits};
use super::profile::{self, ConsentChange, ConsentState};
use super::store::{Loaded, Statement, insert, lock, select_in};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Config, Database};
use crate::tracking::{count_received, inbox};
use cvm_core::message::{Message, MessageKind};
use cvm_core::order::{self, OrderStep};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Its name among the readers of the inbox.
pub const CONSUMER: &str = "customers";

/// Bytes of messages taken at once: few enough that the writer of the inbox does not wait long for the database.
const ROUND_BYTES: usize = 512 << 10;

/// Events kept of a customer beside those of orders, of these, and how many more there may be until the oldest are deleted.
pub const EVENTS_MAX: i64 = 1_000;
const ORDER_EVENTS_MAX: i64 = 10_000;
const EVENTS_SLACK: i64 = 100;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Projected {
    /// Batches passed.
    pub batches: usize,
    /// Messages in them.
    pub messages: usize,
    /// Of those, messages that are nobody's, or of somebody of whom nothing is to be kept.
    pub left_out: usize,
}

/// The limits of identity, from the settings.
pub fn limits(config: &Config) -> Limits {
    Limits {
        users_max: config.identifier_users_max,
        customers_max: config.identifier_customers_max,
        person_max: config.person_customers_max,
    }
}

/// How far profiles are behind what was received.
///
/// # Errors
/// What the database gives.
pub async fn lag(database: &Database) -> Result<inbox::Lag, sqlx::Error> {
    inbox::lag(database, CONSUMER).await
}

/// Takes one round of batches, by itself.
///
/// # Errors
/// What the database gives. Nothing is changed then.
pub async fn project(app: &App) -> Result<Projected, sqlx::Error> {
    Projector::new(app.clone()).round().await
}

/// Takes rounds, and remembers from one to the next what still holds.
pub struct Projector {
    app: App,
    writer: Writer,
    /// What the last round had loaded, with the number of its change.
    kept: Option<(i64, Loaded)>,
}

impl Projector {
    /// Remembers nothing.
    pub fn new(app: App) -> Self {
        let writer = Writer::new(&app.config.phone_region);
        Self { app, writer, kept: None }
    }

    /// Takes one round of batches; none where there are none, or another server took them.
    ///
    /// # Errors
    /// What the database gives. Nothing is changed then.
    pub async fn round(&mut self) -> Result<Projected, sqlx::Error> {
        let app = &self.app;
        let after = inbox::position(&app.database, CONSUMER).await?;
        let batches = inbox::next_batches(&app.database, after, ROUND_BYTES).await?;
        let Some(last) = batches.last().map(|batch| batch.number) else { return Ok(Projected::default()) };
        let count = batches.len();
        let messages: Vec<Message> = batches.into_iter().flat_map(|batch| batch.messages).collect();
        // What needs no database is done before its change begins.
        let shown: Vec<Identifiers> = messages.iter().map(|message| self.writer.identifiers(message)).collect();
        let mut transaction = app.database.begin().await?;
        let (position, change) = lock(&mut transaction).await?;
        // Taken out: where this round fails, nothing is remembered of it.
        let kept = self.kept.take().filter(|(before, _)| before + 1 == change).map(|(_, loaded)| loaded);
        if position != after {
            return Ok(Projected::default());
        }
        let now = app.clock.now();
        let loaded = kept.unwrap_or_else(|| Loaded::new(Graph::new(limits(&app.config))));
        let mut round = Round::load(&mut transaction, &messages, &shown, loaded).await?;
        let mut new_id = || app.random.id(&app.clock);
        for (message, shown) in messages.iter().zip(&shown) {
            round.take(&mut transaction, message, shown, &app.config.currency, &mut new_id).await?;
        }
        let left_out = round.left_out;
        let loaded = round.save(&mut transaction, now, &mut new_id).await?;
        count_received(&mut transaction, &messages).await?;
        inbox::set_position(&mut transaction, CONSUMER, last).await?;
        transaction.commit().await?;
        self.kept = loaded.saved().map(|loaded| (change, loaded));
        Ok(Projected { batches: count, messages: messages.len(), left_out })
    }
}

/// Takes all that comes, until `stop`. Where the database is away, it waits for it.
pub async fn run(app: App, stop: CancellationToken) {
    /// How long until it is looked again where there was nothing to take.
    const PAUSE: Duration = Duration::from_millis(200);
    /// Of the time of the database, how many times as much those who send may have as those who read, while both want it.
    const SENDERS_SHARE: u32 = 5;
    /// And how long a round waits for them at most.
    const PAUSE_MAX: Duration = Duration::from_secs(1);
    /// How long where it failed.
    const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
    let mut projector = Projector::new(app.clone());
    loop {
        let began = Instant::now();
        let pause = match projector.round().await {
            Ok(done) if done.batches > 0 => {
                if done.left_out > 0 {
                    tracing::warn!(messages = done.left_out, "messages are nobody's, or of the erased");
                }
                // Who sends goes before who reads: what is in the inbox is safe, what waits for it is not.
                let share = if app.inbox.is_pressed() { SENDERS_SHARE } else { 0 };
                (began.elapsed() * share).min(PAUSE_MAX)
            }
            Ok(_) => PAUSE,
            Err(error) => {
                tracing::error!(error = %error, "messages cannot be taken to customers right now");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One round in memory.
struct Round<'a> {
    loaded: Loaded,
    ban: Ban,
    events: Vec<Event<'a>>,
    consents: Vec<(Index, &'a Message, ConsentChange)>,
    left_out: usize,
}

/// A row of the timeline.
struct Event<'a> {
    customer: Index,
    message: &'a Message,
    summary: String,
    order_id: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    order_event: Option<String>,
}

impl<'a> Round<'a> {
    async fn load(
        transaction: &mut Transaction,
        messages: &[Message],
        shown: &[Identifiers],
        mut loaded: Loaded,
    ) -> Result<Self, sqlx::Error> {
        let mut names: Vec<&str> = shown.iter().flat_map(Identifiers::all).collect();
        names.sort_unstable();
        names.dedup();
        // Who is suppressed is known by none of their identifiers. Who is erased may have had one for a time, like a browser
        // that another uses now; and those whose message it is are asked for in any case.
        let mut asked = loaded.load_identifiers(transaction, &names).await?;
        asked.extend(shown.iter().filter_map(|shown| shown.user_id.as_deref().or(shown.anonymous_id.as_deref())));
        asked.sort_unstable();
        asked.dedup();
        let received = messages.iter().map(|message| message.received_at).min().unwrap_or(i64::MAX);
        let ban = Ban::load(transaction, &asked, received).await?;
        Ok(Self { loaded, ban, events: Vec::with_capacity(messages.len()), consents: Vec::new(), left_out: 0 })
    }

    async fn take(
        &mut self,
        transaction: &mut Transaction,
        message: &'a Message,
        shown: &Identifiers,
        currency: &str,
        new_id: &mut (dyn FnMut() -> String + Send),
    ) -> Result<(), sqlx::Error> {
        if self.ban.covers(message, shown) {
            self.left_out += 1;
            return Ok(());
        }
        let at = Circumstances {
            time: message.timestamp,
            received_at: message.received_at,
            source: &message.source,
            message_id: Some(&message.message_id),
        };
        let blocks = self.loaded.graph.new_blocks.len();
        let Some(customer) = self.loaded.graph.resolve(shown, &at, new_id) else {
            self.left_out += 1;
            return Ok(());
        };
        let facts = self.loaded.seen(customer, message.timestamp, message.is_theirs());
        facts.events += 1;
        if message.kind == MessageKind::Identify && !message.traits.is_empty() {
            profile::take_traits(facts.attributes()?, &message.traits, message.timestamp, &message.source);
        }
        for person in self.loaded.graph.take_to_part(blocks) {
            self.loaded.load_links_of(transaction, person).await?;
            self.loaded.graph.fold(person, message.received_at);
        }
        self.consents.extend(profile::consents(message).into_iter().map(|change| (customer, message, change)));
        let event = event(customer, message, currency);
        self.loaded.facts[customer].news.bought |= event.order_id.is_some() && message.user_id.is_none();
        self.events.push(event);
        Ok(())
    }

    async fn save(
        mut self,
        transaction: &mut Transaction,
        now: i64,
        new_id: &mut (dyn FnMut() -> String + Send),
    ) -> Result<Loaded, sqlx::Error> {
        self.save_events(transaction).await?;
        self.save_consents(transaction, new_id).await?;
        self.loaded.save(transaction, "rules", now, new_id).await?;
        Ok(self.loaded)
    }

    async fn save_events(&mut self, transaction: &mut Transaction) -> Result<(), sqlx::Error> {
        let head = "INSERT INTO customer_events \
                    (customer, time, message_id, kind, name, source, summary, order_id, amount, currency, order_event)";
        let customers = self.loaded.graph.customers();
        insert(transaction, head, 11, "ON CONFLICT DO NOTHING", &self.events, |query, event| {
            query
                .bind(customers[event.customer].id.as_str())
                .bind(event.message.timestamp)
                .bind(event.message.message_id.as_str())
                .bind(event.message.kind.name())
                .bind(event.message.name.as_deref())
                .bind(event.message.source.as_str())
                .bind(event.summary.as_str())
                .bind(event.order_id.as_deref())
                .bind(event.amount)
                .bind(event.currency.as_deref())
                .bind(event.order_event.as_deref())
        })
        .await?;
        for (customer, facts) in customers.iter().zip(&mut self.loaded.facts) {
            if facts.events > EVENTS_MAX + EVENTS_SLACK {
                trim(transaction, &customer.id).await?;
                facts.events = EVENTS_MAX;
            }
        }
        Ok(())
    }

    /// Appends consents that differ from what held at their time: senders repeat them with every message.
    async fn save_consents(
        &mut self,
        transaction: &mut Transaction,
        new_id: &mut (dyn FnMut() -> String + Send),
    ) -> Result<(), sqlx::Error> {
        if self.consents.is_empty() {
            return Ok(());
        }
        let customers = self.loaded.graph.customers();
        let ids: HashSet<&str> = self.consents.iter().map(|(customer, ..)| customers[*customer].id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let sql = "SELECT customer, purpose, channel, time, state FROM customer_consents WHERE customer IN ({})";
        // By customer, purpose and channel: the states by time.
        let mut known: HashMap<(String, String, String), Vec<(i64, String)>> = HashMap::new();
        for row in select_in(transaction, sql, &ids).await? {
            let key = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            known.entry(key).or_default().push((row.try_get(3)?, row.try_get(4)?));
        }
        let mut new = Vec::new();
        for (customer, message, change) in &self.consents {
            let id = customers[*customer].id.as_str();
            let states = known.entry((id.to_owned(), change.purpose.clone(), change.channel.clone())).or_default();
            let held = states.iter().filter(|(time, _)| *time <= change.time).max_by_key(|(time, _)| *time);
            if change.is_undated && change.state == ConsentState::Granted && !states.is_empty() {
                continue;
            }
            if held.is_none_or(|(_, state)| state != change.state.name()) {
                states.push((change.time, change.state.name().to_owned()));
                self.loaded.facts[*customer].news.consents = true;
                new.push((new_id(), id, message, change));
            }
        }
        let rows: Vec<ConsentRow<'_>> = new
            .iter()
            .map(|(id, customer, message, change)| ConsentRow {
                id,
                customer,
                change,
                received_at: message.received_at,
                source: &message.source,
            })
            .collect();
        insert_consents(transaction, &rows).await
    }
}

/// A row of the consents' history.
pub(super) struct ConsentRow<'a> {
    pub id: &'a str,
    pub customer: &'a str,
    pub change: &'a ConsentChange,
    pub received_at: i64,
    pub source: &'a str,
}

/// Appends to the history.
pub(super) async fn insert_consents(transaction: &mut Transaction, rows: &[ConsentRow<'_>]) -> Result<(), sqlx::Error> {
    let head =
        "INSERT INTO customer_consents (id, customer, purpose, channel, state, time, received_at, source, proof)";
    fn bind<'q>(query: Statement<'q>, row: &ConsentRow<'_>) -> Statement<'q> {
        query
            .bind(row.id)
            .bind(row.customer)
            .bind(row.change.purpose.as_str())
            .bind(row.change.channel.as_str())
            .bind(row.change.state.name())
            .bind(row.change.time)
            .bind(row.received_at)
            .bind(row.source)
            .bind(row.change.proof.to_string())
    }
    insert(transaction, head, 9, "", rows, bind).await
}

/// Deletes all but the latest events of a customer. Of orders many more stay: segments ask of those long ago.
async fn trim(transaction: &mut Transaction, customer: &str) -> Result<(), sqlx::Error> {
    for (is, most) in [("IS NULL", EVENTS_MAX), ("IS NOT NULL", ORDER_EVENTS_MAX)] {
        let sql = format!(
            "DELETE FROM customer_events WHERE customer = $1 AND order_event {is} AND (time, message_id) < \
             (SELECT time, message_id FROM customer_events WHERE customer = $1 AND order_event {is} \
              ORDER BY time DESC, message_id DESC LIMIT 1 OFFSET $2)"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(customer).bind(most - 1);
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

fn event<'a>(customer: Index, message: &'a Message, currency: &str) -> Event<'a> {
    let mut summary = profile::summary(message);
    let (mut order_id, mut amount, mut of_currency, mut order_event) = (None, None, None, None);
    match order::order_event(message, currency) {
        None => {}
        Some(Ok(order)) => {
            summary.insert("lines".to_owned(), json!(order.lines.len()));
            // What a cancelled order was worth, its earlier events say.
            amount = (order.step != OrderStep::Cancelled && !order.takes_all_back).then_some(order.amount);
            order_event = serde_json::to_string(&order).ok();
            (order_id, of_currency) = (Some(order.order_id), Some(order.currency));
        }
        Some(Err(error)) => {
            summary.insert("problem".to_owned(), Value::String(error.to_string()));
        }
    }
    let summary = Value::Object(summary).to_string();
    Event { customer, message, summary, order_id, amount, currency: of_currency, order_event }
}

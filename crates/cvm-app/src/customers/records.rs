//! Records in bulk: customers, transactions and events of other systems become messages and go the one way in, through the
//! inbox. What cannot be read is kept with its reason, to be corrected and replayed.
//!
//! A record names its person by `customer_id` (or `user_id`) or `anonymous_id`, or only by what identifies them (`email`,
//! `phone`, `loyalty_card`). Its own `id` is its message id; without one, a record with a time is known by its content, so
//! the same file sent twice counts once.

use super::erasure::hex;
use super::identifiers::{Kind, Writer};
use super::profile::ANY_CHANNEL;
use crate::platform::database::Transaction;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Page, Paging, Problem, Result, Time};
use crate::tracking::{Receipt, Rejection, message};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use cvm_core::message::{Message, MessageKind};
use cvm_core::order::{number, order_event};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Records of one request at most.
const RECORDS_MAX: usize = 10_000;

/// Rejections named in one answer; all are in the list of rejections.
const NAMED_MAX: usize = 100;

/// Rejections kept at most, and for how long.
const KEPT_MAX: i64 = 100_000;
const KEPT_DAYS: i64 = 90;

/// What a record may call its person, and its order.
const PERSON: &[&str] = &["customer_id", "user_id", "customerId", "userId", "customer"];
const ORDER: &[&str] = &["order_id", "orderId", "transaction_id", "order", "invoice"];

/// What records are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// Who somebody is.
    Customers,
    /// What somebody bought or gave back.
    Transactions,
    /// What somebody did.
    Events,
    /// What an SDK sent.
    Calls,
}

impl RecordKind {
    /// As in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Transactions => "transactions",
            Self::Events => "events",
            Self::Calls => "calls",
        }
    }

    /// From a path.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Customers, Self::Transactions, Self::Events, Self::Calls].into_iter().find(|kind| kind.name() == name)
    }
}

/// What became of records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Taken {
    /// Stored now.
    pub accepted: usize,
    /// Known already.
    pub repeated: usize,
    /// Kept aside with their reasons.
    pub rejected: usize,
    /// The first hundred of those.
    rejections: Vec<Refused>,
}

/// A record that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Refused {
    /// To replay it by.
    id: String,
    /// Its place in the request, from 0.
    index: usize,
    /// Where in the record.
    pointer: String,
    detail: String,
}

/// Takes the records of a request: NDJSON, a JSON list, or `{"records": [...]}`.
///
/// # Errors
/// 400 for what is neither, 413 for too many, and what the inbox and the database give. Nothing is stored then.
pub async fn take(app: &App, kind: RecordKind, source: &str, body: &[u8]) -> Result<Taken> {
    let records = records(body)?;
    let mut reader = Reader::new(app, kind, source);
    let (mut messages, mut refused) = (Vec::new(), Vec::new());
    for (index, record) in records.into_iter().enumerate() {
        match reader.read(&record) {
            Ok(message) => messages.push(message),
            Err(rejection) => {
                refused.push((index, Refusal::new(app, kind, source, &record.text(), rejection)));
            }
        }
    }
    // Stored first: where it stops between the two, the request is made again, and what was stored is known.
    let stored = app.inbox.store(messages).await?;
    let (indices, refused): (Vec<usize>, Vec<Refusal>) = refused.into_iter().unzip();
    keep_all(app, &refused).await?;
    let named = indices.into_iter().zip(&refused).take(NAMED_MAX).map(|(index, refusal)| Refused {
        id: refusal.id.clone(),
        index,
        pointer: refusal.pointer.clone(),
        detail: refusal.reason.clone(),
    });
    Ok(Taken { accepted: stored.new, repeated: stored.repeated, rejected: refused.len(), rejections: named.collect() })
}

/// A record as it came: JSON, or text that is none.
#[derive(Debug, Clone, PartialEq)]
enum Record {
    Json(Value),
    Text(String),
}

impl Record {
    fn text(&self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

fn records(body: &[u8]) -> Result<Vec<Record>> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::bad_request("the body is not UTF-8"))?.trim();
    let too_many = |count: usize| Problem::too_large(format!("{count} records; {RECORDS_MAX} are taken at once"));
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let is_lines = text.split_once('\n').is_some_and(|(first, _)| is_json(first));
    let whole: Option<Value> = if is_lines { None } else { serde_json::from_str(text).ok() };
    let list = match whole {
        Some(Value::Array(list)) => list,
        Some(Value::Object(mut object)) if object.get("records").is_some_and(Value::is_array) => {
            match object.remove("records") {
                Some(Value::Array(list)) => list,
                _ => Vec::new(),
            }
        }
        Some(value @ Value::Object(_)) => vec![value],
        Some(_) => return Err(Problem::bad_request("the body is JSON but neither a list nor an object")),
        None if text.starts_with('[') => return Err(Problem::bad_request("the body begins a JSON list but is none")),
        None => {
            let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
            if lines.len() > RECORDS_MAX {
                return Err(too_many(lines.len()));
            }
            let record =
                |line: &str| serde_json::from_str(line).map_or_else(|_| Record::Text(line.to_owned()), Record::Json);
            return Ok(lines.into_iter().map(record).collect());
        }
    };
    if list.len() > RECORDS_MAX {
        return Err(too_many(list.len()));
    }
    Ok(list.into_iter().map(Record::Json).collect())
}

/// Makes messages of records.
pub(crate) struct Reader<'a> {
    app: &'a App,
    kind: RecordKind,
    source: &'a str,
    received_at: i64,
    writer: Writer,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(app: &'a App, kind: RecordKind, source: &'a str) -> Self {
        Self { app, kind, source, received_at: app.clock.now(), writer: Writer::new(&app.config.phone_region) }
    }

    fn read(&mut self, record: &Record) -> Result<Message, Rejection> {
        let text = record.text();
        let Record::Json(Value::Object(record)) = record else { return reject("", "expected a JSON object") };
        let mut record = record.clone();
        let id = match self.kind {
            RecordKind::Calls => None, // it stays where the SDK has put it
            _ => first(&mut record, &["id", "message_id", "messageId"]).filter(|id| !id.is_null()),
        };
        self.message(record, &text, id)
    }

    /// The message of a row of a table, known by where it stands. What a table calls `id` is who or what the row is about.
    /// A row that is none comes back as text.
    pub(crate) fn read_row(
        &mut self,
        mut row: Map<String, Value>,
        message_id: String,
    ) -> Result<Message, (Rejection, String)> {
        let text = serde_json::to_string(&row).expect("JSON that was read can be written");
        if let Some(id) = row.get("id").filter(|id| !id.is_null()).cloned() {
            let (name, others): (&str, &[&str]) = match self.kind {
                RecordKind::Customers => ("customer_id", PERSON),
                RecordKind::Transactions => ("order_id", ORDER),
                RecordKind::Events | RecordKind::Calls => ("id", &["id"]),
            };
            if !others.iter().any(|name| row.contains_key(*name)) {
                row.shift_remove("id");
                row.insert(name.to_owned(), id);
            }
        }
        self.message(row, &text, Some(Value::String(message_id))).map_err(|rejection| (rejection, text))
    }

    fn message(&mut self, mut record: Map<String, Value>, text: &str, id: Option<Value>) -> Result<Message, Rejection> {
        if text.len() > self.app.config.event_bytes_max {
            return reject("", format!("more than {} bytes", self.app.config.event_bytes_max));
        }
        let receipt = Receipt {
            source: self.source,
            received_at: self.received_at,
            sent_at: None,
            fallback_id: || uuid::Uuid::now_v7().to_string(),
        };
        if self.kind == RecordKind::Calls {
            return message(record, None, &receipt);
        }
        let mut call = Map::new();
        let time = take_time(&mut record)?;
        let has_time = time.is_some();
        if let Some(time) = time {
            call.insert("timestamp".to_owned(), Value::String(time));
        }
        self.take_person(&mut record, &mut call)?;
        call.insert("messageId".to_owned(), id.unwrap_or_else(|| Value::String(self.id_of(text, has_time))));
        let kind = match self.kind {
            RecordKind::Customers => customer(record, &mut call)?,
            RecordKind::Transactions => transaction(record, &mut call)?,
            RecordKind::Events | RecordKind::Calls => event(record, &mut call)?,
        };
        let message = message(call, Some(kind), &receipt)?;
        match order_event(&message, &self.app.config.currency) {
            Some(Err(error)) => reject("", error.to_string()),
            _ => Ok(message),
        }
    }

    /// An id by content, where the content says when it was: the same thing at another time is another thing.
    fn id_of(&self, text: &str, has_time: bool) -> String {
        match has_time {
            true => format!("{}-{}", self.kind.name(), hash(text)),
            false => self.app.random.id(&self.app.clock),
        }
    }

    /// Moves who it is about from the record to the call.
    fn take_person(&mut self, record: &mut Map<String, Value>, call: &mut Map<String, Value>) -> Result<(), Rejection> {
        if let Some(id) = first(record, PERSON) {
            call.insert("userId".to_owned(), id);
        }
        if let Some(id) = first(record, &["anonymous_id", "anonymousId"]) {
            call.insert("anonymousId".to_owned(), id);
        }
        let mut traits = Map::new();
        let mut shown = None;
        for (name, kind) in [("loyalty_card", Kind::LoyaltyCard), ("email", Kind::Email), ("phone", Kind::Phone)] {
            if let Some(value) = record.remove(name).filter(|value| !value.is_null()) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                shown = shown.or_else(|| self.writer.write(kind, &text));
                traits.insert(name.to_owned(), value);
            }
        }
        let has_id =
            ["userId", "anonymousId"].iter().any(|name| call.get(*name).is_some_and(|id| !id.is_null() && id != ""));
        if !has_id {
            let Some(shown) = shown else {
                return reject("", "nobody is named: give customer_id, anonymous_id, email, phone or loyalty_card");
            };
            call.insert("anonymousId".to_owned(), Value::String(format!("record-{}", hash(&shown))));
        }
        if !traits.is_empty() {
            call.insert("context".to_owned(), json!({"traits": traits}));
        }
        Ok(())
    }
}

/// Columns in which tables of customers say whether one may write to somebody, and the channel of each.
const CONSENTS: &[(&str, &str)] = &[
    ("consent", ANY_CHANNEL),
    ("marketing_consent", ANY_CHANNEL),
    ("consent_email", "email"),
    ("email_consent", "email"),
    ("consent_sms", "sms"),
    ("sms_consent", "sms"),
    ("consent_push", "push"),
    ("push_consent", "push"),
    ("consent_phone", "call"),
    ("phone_consent", "call"),
    ("consent_call", "call"),
    ("consent_post", "print"),
];

/// Moves what columns say of consents to marketing out of a record. What is empty says nothing.
fn take_consents(record: &mut Map<String, Value>, is_dated: bool) -> Result<Vec<Value>, Rejection> {
    let mut changes = Vec::new();
    for (column, channel) in CONSENTS {
        let Some(said) = record.remove(*column) else { continue };
        let text = said.as_str().map_or_else(|| said.to_string(), |text| text.trim().to_lowercase());
        let state = match text.as_str() {
            "" | "null" => continue,
            "true" | "yes" | "y" | "1" | "granted" | "tak" | "да" | "بله" | "آری" => "granted",
            "false" | "no" | "n" | "0" | "denied" | "nie" | "нет" | "خیر" | "نه" => "denied",
            _ => return reject("", format!("{column} is `{text}`; expected yes or no, or nothing")),
        };
        let proof = json!({"how": "import", "column": column, "value": said});
        let change =
            json!({"purpose": "marketing", "channel": channel, "state": state, "proof": proof, "undated": !is_dated});
        changes.push(change);
    }
    Ok(changes)
}

fn customer(mut record: Map<String, Value>, call: &mut Map<String, Value>) -> Result<MessageKind, Rejection> {
    let named = first(&mut record, &["attributes", "traits"]);
    let mut traits = match named {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(traits)) => traits,
        Some(_) => return reject("/attributes", "expected an object"),
    };
    let mut consents = match record.remove("consents") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(consents)) => consents,
        Some(_) => return reject("/consents", "expected a list"),
    };
    // Columns of an imported file are attributes already.
    for columns in [&mut record, &mut traits] {
        consents.extend(take_consents(columns, call.contains_key("timestamp"))?);
    }
    // What has no other meaning is an attribute: a row of a table of customers is a record as it stands.
    traits.extend(record);
    if let Some(Value::Object(context)) = call.get_mut("context")
        && let Some(Value::Object(shown)) = context.remove("traits")
    {
        traits.extend(shown);
    }
    call.insert("traits".to_owned(), Value::Object(traits));
    if !consents.is_empty() {
        call.insert("context".to_owned(), json!({"consent": {"changes": consents}}));
    }
    Ok(MessageKind::Identify)
}

fn transaction(mut record: Map<String, Value>, call: &mut Map<String, Value>) -> Result<MessageKind, Rejection> {
    let amount = first(&mut record, &["amount", "revenue", "value"]);
    let negative = match number(amount.as_ref(), "/amount") {
        Ok(amount) => amount.is_some_and(|amount| amount.is_sign_negative()),
        Err(error) => return reject("/amount", error.detail),
    };
    if let Some(amount) = amount {
        record.insert("revenue".to_owned(), amount);
    }
    let kind = first(&mut record, &["type"]);
    let name = match kind.as_ref().and_then(Value::as_str) {
        None if negative => "Order Refunded",
        None | Some("sale" | "purchase" | "order") => "Order Completed",
        Some("refund" | "return") => "Order Refunded",
        Some("update") => "Order Updated",
        Some("cancel" | "cancellation") => "Order Cancelled",
        Some(other) => return reject("/type", format!("`{other}` is none of sale, refund, update, cancel")),
    };
    if let Some(order_id) = first(&mut record, ORDER) {
        record.insert("order_id".to_owned(), order_id);
    } else if let Some(id) = call.get("messageId") {
        record.insert("order_id".to_owned(), id.clone());
    }
    if let Some(products) = first(&mut record, &["products", "lines", "items"]) {
        record.insert("products".to_owned(), products);
    }
    call.insert("event".to_owned(), Value::String(name.to_owned()));
    call.insert("properties".to_owned(), Value::Object(record));
    Ok(MessageKind::Track)
}

fn event(mut record: Map<String, Value>, call: &mut Map<String, Value>) -> Result<MessageKind, Rejection> {
    let name = first(&mut record, &["event", "name"]);
    let kind = match record.remove("type").as_ref().and_then(Value::as_str).map(MessageKind::from_name) {
        None => MessageKind::Track,
        Some(Some(kind @ (MessageKind::Track | MessageKind::Page | MessageKind::Screen))) => kind,
        Some(_) => return reject("/type", "expected track, page or screen"),
    };
    let member = if kind == MessageKind::Track { "event" } else { "name" };
    if let Some(name) = name {
        call.insert(member.to_owned(), name);
    }
    let shown = call.get("context").and_then(|context| context.get("traits")).cloned();
    let mut context = match record.remove("context") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(context)) => context,
        Some(_) => return reject("/context", "expected an object"),
    };
    if let Some(shown) = shown {
        context.insert("traits".to_owned(), shown);
    }
    call.insert("context".to_owned(), Value::Object(context));
    let mut properties = match record.remove("properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => properties,
        Some(_) => return reject("/properties", "expected an object"),
    };
    properties.extend(record);
    call.insert("properties".to_owned(), Value::Object(properties));
    Ok(kind)
}

/// When it happened, as RFC 3339. A time that cannot be read is a mistake here: a file has no other.
fn take_time(record: &mut Map<String, Value>) -> Result<Option<String>, Rejection> {
    let Some(time) = first(record, &["time", "timestamp", "date"]).filter(|time| !time.is_null()) else {
        return Ok(None);
    };
    let expected = "expected a time as in 2026-01-02T03:04:05Z, or a day as in 2026-01-02";
    let Some(text) = time.as_str().map(str::trim) else { return reject("/time", expected) };
    if DateTime::parse_from_rfc3339(text).is_ok() {
        return Ok(Some(text.to_owned()));
    }
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let time = time.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
    match time {
        Some(time) => Ok(Some(time.and_utc().to_rfc3339())),
        None => reject("/time", expected),
    }
}

/// The first of the members that is there; all of them are taken out.
fn first(record: &mut Map<String, Value>, names: &[&str]) -> Option<Value> {
    let mut found = None;
    for name in names {
        let value = record.shift_remove(*name);
        found = found.or(value.filter(|value| !value.is_null()));
    }
    found
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text)[..16])
}

fn reject<T>(pointer: &'static str, detail: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection { pointer, detail: detail.into() })
}

/// What was refused, to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) id: String,
    pub(crate) kind: RecordKind,
    pub(crate) source: String,
    pub(crate) pointer: String,
    pub(crate) reason: String,
    pub(crate) record: String,
}

impl Refusal {
    /// A new one; of its text as much is kept as an event may have.
    pub(crate) fn new(app: &App, kind: RecordKind, source: &str, text: &str, rejection: Rejection) -> Self {
        let most = app.config.event_bytes_max;
        Self {
            id: app.random.id(&app.clock),
            kind,
            source: source.to_owned(),
            pointer: rejection.pointer.to_owned(),
            reason: rejection.detail,
            record: text.chars().filter(|&letter| letter != '\0').take(most).collect(),
        }
    }
}

/// Keeps refused calls of an SDK, as records are.
///
/// # Errors
/// What the database gives.
pub(crate) async fn keep_calls(app: &App, source: &str, refused: Vec<(Value, Rejection)>) -> Result<()> {
    let refused = refused
        .into_iter()
        .map(|(call, rejection)| Refusal::new(app, RecordKind::Calls, source, &call.to_string(), rejection));
    keep_all(app, &refused.collect::<Vec<_>>()).await
}

/// Keeps what was refused, in a change of its own.
async fn keep_all(app: &App, refused: &[Refusal]) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let mut transaction = app.database.begin_inbox().await?;
    keep(&mut transaction, refused, app.clock.now()).await?;
    transaction.commit().await?;
    app.metrics.rejected.inc_by(refused.len() as u64);
    Ok(())
}

/// Keeps what was refused, within a change.
pub(crate) async fn keep(transaction: &mut Transaction, refused: &[Refusal], now: i64) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO rejections (id, kind, source, pointer, reason, record, rejected_at)";
    super::store::insert(transaction, head, 7, "", refused, |query, refusal| {
        query
            .bind(refusal.id.as_str())
            .bind(refusal.kind.name())
            .bind(refusal.source.as_str())
            .bind(refusal.pointer.as_str())
            .bind(refusal.reason.as_str())
            .bind(refusal.record.as_str())
            .bind(now)
    })
    .await
}

/// A record that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rejection)]
pub struct Kept {
    /// To replay it by.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// Who sent it.
    pub source: String,
    /// Where in the record, as a JSON pointer.
    pub pointer: String,
    /// Why it was refused.
    pub reason: String,
    /// As it came. Needs `personal.read`.
    pub record: Option<String>,
    /// When it was refused.
    pub rejected_at: Time,
}

/// Which refused records are asked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Refusals {
    /// Only records about this.
    #[serde(default)]
    pub kind: String,
    /// Only of this source.
    #[serde(default)]
    pub source: String,
    /// Only those whose reason begins so.
    #[serde(default)]
    pub reason: String,
}

/// How many records were refused alike.
#[derive(Debug)]
pub struct Alike {
    /// What they are about.
    pub kind: String,
    /// Who sent them.
    pub source: String,
    /// Why they were refused: the beginning, without the place.
    pub reason: String,
    /// How many.
    pub records: i64,
}

/// Kinds of refusals shown at most.
const ALIKE_MAX: i64 = 50;

/// What was refused and not replayed yet, by why, the most frequent first. Of a reason the part that names a place is left out.
///
/// # Errors
/// What the database gives.
pub async fn refused_alike(app: &App) -> Result<Vec<Alike>> {
    // Reasons of files end with the line, in brackets; both databases know `replace` and `substr`, not where a letter stands.
    let sql = "SELECT kind, source, reason, count(*) AS records FROM (SELECT kind, source, \
               CASE WHEN reason LIKE '% (line %' THEN substr(reason, 1, length(reason) - length(ltrim(reason, \
               'abcdefghijklmnopqrstuvwxyz_'))) ELSE reason END AS reason FROM rejections WHERE replayed_at IS NULL) AS plain \
               GROUP BY kind, source, reason ORDER BY records DESC, reason LIMIT $1";
    let rows = sqlx::query(sql).bind(ALIKE_MAX).fetch_all(app.database.inbox()).await?;
    let alike = |row: &AnyRow| {
        let (kind, source, reason) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        Ok(Alike { kind, source, reason, records: row.try_get(3)? })
    };
    Ok(rows.iter().map(alike).collect::<Result<_, sqlx::Error>>()?)
}

/// A page of records that were refused and not replayed yet, the oldest first.
///
/// # Errors
/// A problem for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, which: &Refusals, paging: &Paging, personal: bool) -> Result<Page<Kept>> {
    let sql = "SELECT id, kind, source, pointer, reason, record, rejected_at FROM rejections \
               WHERE replayed_at IS NULL AND id > $1 AND ($3 = '' OR kind = $3) AND ($4 = '' OR source = $4) \
               AND substr(reason, 1, length($5)) = $5 ORDER BY id LIMIT $2";
    let rows = sqlx::query(sql)
        .bind(paging.after::<String>()?.unwrap_or_default())
        .bind(paging.rows()?)
        .bind(which.kind.as_str())
        .bind(which.source.as_str())
        .bind(which.reason.as_str())
        .fetch_all(app.database.inbox())
        .await?;
    let view = |row: &AnyRow| {
        Ok(Kept {
            id: row.try_get(0)?,
            kind: row.try_get(1)?,
            source: row.try_get(2)?,
            pointer: row.try_get(3)?,
            reason: row.try_get(4)?,
            record: if personal { row.try_get(5)? } else { None },
            rejected_at: Time(row.try_get(6)?),
        })
    };
    let rows = rows.iter().map(view).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |row| row.id.clone()))
}

/// Records to try again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// At most 1,000.
    rejections: Vec<ReplayOne>,
}

impl Replay {
    /// These, as they are.
    pub fn as_they_are(ids: Vec<String>) -> Self {
        Self { rejections: ids.into_iter().map(|id| ReplayOne { id, record: None }).collect() }
    }
}

/// A record to try again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayOne {
    id: String,
    /// The record corrected; the one that was refused, where it is not given.
    #[schema(value_type = Option<Object>)]
    record: Option<Map<String, Value>>,
}

/// Tries refused records again. What is refused once more stays, with its new reason.
///
/// # Errors
/// 422 for ids that are not there, and what the inbox and the database give.
pub async fn replay(app: &App, replay: Replay) -> Result<Taken> {
    const REPLAYED_MAX: usize = 1_000;
    if replay.rejections.len() > REPLAYED_MAX {
        return Err(Problem::too_large(format!(
            "{} records; {REPLAYED_MAX} are replayed at once",
            replay.rejections.len()
        )));
    }
    let (mut messages, mut done, mut again, mut faults) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, ReplayOne { id, record }) in replay.rejections.into_iter().enumerate() {
        let sql = "SELECT kind, source, record, rejected_at FROM rejections WHERE id = $1 AND replayed_at IS NULL";
        let row = sqlx::query(sql).bind(id.as_str()).fetch_optional(app.database.inbox()).await?;
        let Some(row) = row else {
            faults
                .push(Fault::new(format!("/rejections/{index}/id"), "there is no such rejection, or it was replayed"));
            continue;
        };
        let kind = RecordKind::from_name(row.try_get(0)?).unwrap_or(RecordKind::Events);
        let (source, text): (String, String) = (row.try_get(1)?, row.try_get(2)?);
        let record = match record {
            Some(record) => Record::Json(Value::Object(record)),
            None => serde_json::from_str(&text).map_or(Record::Text(text), Record::Json),
        };
        // It was received when it was refused: the clock of its sender is corrected by that.
        let mut reader = Reader { received_at: row.try_get(3)?, ..Reader::new(app, kind, &source) };
        match reader.read(&record) {
            Ok(message) => {
                messages.push(message);
                done.push(id);
            }
            Err(Rejection { pointer, detail }) => {
                again.push(Refused { id, index, pointer: pointer.to_owned(), detail })
            }
        }
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    // Stored first: where this stops here, a replay of the same records finds them known by their ids.
    let stored = app.inbox.store(messages).await?;
    let mut transaction = app.database.begin_inbox().await?;
    for id in &done {
        let sql = "UPDATE rejections SET replayed_at = $1 WHERE id = $2";
        sqlx::query(sql).bind(app.clock.now()).bind(id.as_str()).execute(&mut *transaction).await?;
    }
    for refused in &again {
        let sql = "UPDATE rejections SET pointer = $1, reason = $2 WHERE id = $3";
        let query =
            sqlx::query(sql).bind(refused.pointer.as_str()).bind(refused.detail.as_str()).bind(refused.id.as_str());
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(Taken { accepted: stored.new, repeated: stored.repeated, rejected: again.len(), rejections: again })
}

/// Forgets rejections that were replayed, are old, or too many; to be called once in a while.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let old = app.clock.now() - KEPT_DAYS * crate::platform::clock::DAY;
    sqlx::query("DELETE FROM rejections WHERE replayed_at IS NOT NULL OR rejected_at < $1")
        .bind(old)
        .execute(app.database.inbox())
        .await?;
    let sql = "DELETE FROM rejections WHERE id <= (SELECT id FROM rejections ORDER BY id DESC LIMIT 1 OFFSET $1)";
    sqlx::query(sql).bind(KEPT_MAX).execute(app.database.inbox()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_lists_are_told_apart() {
        let count =
            |body: &str| records(body.as_bytes()).map(|records| records.len()).map_err(|problem| problem.status());
        assert_eq!(count(r#"{"a": 1}"#), Ok(1));
        assert_eq!(count("{\"a\": 1}\n\n{\"a\": 2}\r\n{broken"), Ok(3));
        assert_eq!(count("{broken\n{\"a\": 2}"), Ok(2));
        assert_eq!(count("[{\"a\": 1},\n {\"a\": 2}]"), Ok(2));
        assert_eq!(count("{\r\n \"records\": [{}, {}, {}]}"), Ok(3));
        assert_eq!(count(r#"{"records": []}"#), Ok(0));
        assert_eq!(count(""), Ok(0));
        assert_eq!(count("[{}, "), Err(400.try_into().unwrap()));
        assert_eq!(count("7"), Err(400.try_into().unwrap()));
        assert_eq!(count(&"{}\n".repeat(RECORDS_MAX + 1)), Err(413.try_into().unwrap()));
        assert_eq!(count(&format!("[{}{{}}]", "{},".repeat(RECORDS_MAX))), Err(413.try_into().unwrap()));
    }
}

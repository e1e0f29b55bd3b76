//! What is shown of a person: all of it in one call, and less to those who may not know who it is.

use super::erasure;
use super::identifiers::Kind;
use super::known::Known;
use super::notes::Note;
use super::profile::{Attribute, joined};
use super::projector::EVENTS_MAX;
use crate::platform::database::json;
use crate::platform::server::App;
use crate::platform::{Page, Paging, Problem, Result, Time};
use crate::segments::Membership;
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A person, and all that is known of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub struct Profile {
    /// The oldest id of this person; the one to keep.
    pub(super) id: String,
    /// The id that was asked for, where it was merged into this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) merged_from: Option<String>,
    pub(super) created_at: Time,
    pub(super) first_seen_at: Time,
    pub(super) last_seen_at: Time,
    /// What they are known by. Needs `personal.read`, as do names, addresses and other text among the attributes.
    pub(super) identifiers: Vec<IdentifierView>,
    pub(super) attributes: BTreeMap<String, AttributeView>,
    /// What holds now, by purpose and channel.
    pub(super) consents: Vec<ConsentView>,
    /// Whether any of their identifiers is on the list of those who are not to be contacted.
    pub(super) suppressed: bool,
    /// The columns of the last scoring run.
    pub(super) values: Option<ValuesView>,
    /// The segments that they belong to.
    pub(super) segments: Vec<Membership>,
    /// How they came to be one person.
    pub(super) merges: Vec<MergeView>,
    /// The latest events, the latest first.
    pub(super) timeline: Vec<EventView>,
    /// What people wrote down about them. Needs `personal.read`.
    pub(super) notes: Vec<Note>,
}

/// What identifies a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IdentifierView {
    /// `user_id`, `email`, `phone`, `loyalty_card`, `anonymous_id`, `device` or `merge`.
    pub(super) kind: String,
    pub(super) value: String,
    /// The user id or anonymous id that showed it.
    pub(super) shown_by: String,
    pub(super) since: Time,
    pub(super) source: String,
    /// Why it identifies nobody, if so.
    pub(super) blocked: Option<String>,
    /// When it was shown without joining this person to others who showed it before.
    pub(super) refused_at: Option<Time>,
}

/// An attribute.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttributeView {
    pub(super) value: Value,
    pub(super) time: Time,
    pub(super) source: String,
}

/// A consent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConsentView {
    pub(super) purpose: String,
    pub(super) channel: String,
    /// `granted` or `denied`.
    pub(super) state: String,
    pub(super) time: Time,
    pub(super) source: String,
    pub(super) proof: Value,
}

/// Computed values.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ValuesView {
    pub(super) run: String,
    pub(super) computed_at: Time,
    pub(super) columns: Value,
}

/// That two became one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MergeView {
    pub(super) id: String,
    pub(super) survivor: String,
    pub(super) merged: String,
    /// What both had shown.
    pub(super) identifier: Option<String>,
    pub(super) merged_at: Time,
    pub(super) merged_by: String,
    pub(super) unmerged_at: Option<Time>,
    pub(super) unmerged_by: Option<String>,
}

/// An event, in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventView {
    #[serde(skip)]
    pub(super) message_id: String,
    pub(super) time: Time,
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) source: String,
    pub(super) summary: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_id: Option<String>,
    /// In the currency's smallest unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) currency: Option<String>,
}

#[cfg(test)]
impl Profile {
    /// Of somebody with these `columns`, `attributes`, `events` (name and time, the latest first), and whether `suppressed`.
    pub(super) fn sample(of: Value) -> Self {
        let time = |time: &Value| Time(time.as_i64().unwrap_or(0));
        let attribute = |(name, value): (&String, &Value)| {
            (name.clone(), AttributeView { value: value.clone(), time: Time(0), source: "test".to_owned() })
        };
        let event = |event: &Value| EventView {
            message_id: String::new(),
            time: time(&event[1]),
            kind: "track".to_owned(),
            name: event[0].as_str().map(str::to_owned),
            source: "test".to_owned(),
            summary: Value::Null,
            order_id: None,
            amount: None,
            currency: None,
        };
        Self {
            id: "c".to_owned(),
            merged_from: None,
            created_at: Time(0),
            first_seen_at: Time(0),
            last_seen_at: Time(0),
            identifiers: Vec::new(),
            attributes: of["attributes"].as_object().into_iter().flatten().map(attribute).collect(),
            consents: Vec::new(),
            suppressed: of["suppressed"] == true,
            values: of.get("columns").map(|columns| ValuesView {
                run: "r".to_owned(),
                computed_at: Time(0),
                columns: columns.clone(),
            }),
            segments: Vec::new(),
            merges: Vec::new(),
            timeline: of["events"].as_array().into_iter().flatten().map(event).collect(),
            notes: Vec::new(),
        }
    }
}

/// How much of a person is shown.
#[derive(Debug, Clone, Copy)]
pub struct Show {
    /// What names a person, too.
    pub personal: bool,
    /// So many events.
    pub events: i64,
    /// All consents there ever were, not only those that hold.
    pub history: bool,
}

impl Show {
    /// Everything known.
    pub const ALL: Self = Self { personal: true, events: EVENTS_MAX, history: true };
}

/// The person of this id, or of an id that was merged into them.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn profile(app: &App, id: &str, show: Show) -> Result<Profile> {
    // Both questions on one connection: a second one would have to wait for its turn, too.
    let mut connection = app.database.pool().acquire().await?;
    let known = Known::of(&mut connection, id, show.events).await?.ok_or_else(|| no_customer(id))?;
    let identifiers = known.identifiers();
    let shown = identifiers.iter().map(|shown| format!("{}:{}", shown.kind, shown.value));
    let suppressed = !erasure::suppressed(&mut connection, shown).await?.is_empty();
    drop(connection);
    let survivor = known.survivor();
    let attributes =
        joined(known.attributes()?).into_iter().filter(|(name, attribute)| is_shown(name, attribute, show.personal));
    let [created_at, first_seen_at, last_seen_at] = known.times();
    Ok(Profile {
        merged_from: (id != survivor).then(|| id.to_owned()),
        created_at,
        first_seen_at,
        last_seen_at,
        suppressed,
        identifiers: if show.personal { identifiers } else { Vec::new() },
        attributes: attributes.map(|(name, attribute)| (name, attribute_view(attribute))).collect(),
        consents: known.consents(show.history, show.personal)?,
        values: known.values()?,
        segments: known.segments(),
        merges: known.merges(show.personal),
        timeline: known.timeline(show.personal)?,
        notes: if show.personal { known.notes() } else { Vec::new() },
        id: survivor,
    })
}

/// The surviving customer of a person, by any of their ids.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn survivor(app: &App, id: &str) -> Result<String> {
    let query = sqlx::query("SELECT survivor FROM customers WHERE id = $1").bind(id);
    let row = query.fetch_optional(app.database.pool()).await?.ok_or_else(|| no_customer(id))?;
    Ok(row.try_get(0)?)
}

/// 404 for a customer.
pub fn no_customer(id: &str) -> Problem {
    Problem::not_found(format!("there is no customer {id}"))
}

/// Attributes whose text names nobody.
pub(super) const HARMLESS: [&str; 5] = ["city", "country", "gender", "language", "created_at"];

/// Text may name a person: only that of places, languages and the like is shown to everybody.
fn is_shown(name: &str, attribute: &Attribute, personal: bool) -> bool {
    const PERSONAL: [&str; 3] = ["phone", "loyalty_card", "postal_code"];
    let harmless = match &attribute.value {
        Value::Null => return false,
        Value::Bool(_) | Value::Number(_) => !PERSONAL.contains(&name),
        _ => HARMLESS.contains(&name),
    };
    personal || harmless
}

fn attribute_view(Attribute { value, time, source }: Attribute) -> AttributeView {
    AttributeView { value, time: Time(time), source }
}

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// `orders`, `pages`, `profile` or `events` (what is none of these); all where it is none of them.
    pub kind: String,
    /// Only those before this time and message.
    pub before: Option<(i64, String)>,
    pub limit: i64,
}

/// Events of a person, the latest first.
pub(super) async fn timeline(
    asked: &mut AnyConnection,
    survivor: &str,
    part: &Part,
    personal: bool,
) -> Result<Vec<EventView>> {
    let of_kind = match part.kind.as_str() {
        "orders" => "AND order_id IS NOT NULL",
        "pages" => "AND kind IN ('page', 'screen')",
        "profile" => "AND kind IN ('identify', 'group', 'alias')",
        "events" => "AND kind = 'track' AND order_id IS NULL",
        _ => "",
    };
    let sql = format!(
        "SELECT time, kind, name, customer_events.source, summary, order_id, amount, currency, message_id FROM customers \
         JOIN customer_events ON customer_events.customer = customers.id WHERE customers.survivor = $1 \
         AND (time, message_id) < ($2, $3) {of_kind} ORDER BY time DESC, message_id DESC LIMIT $4"
    );
    let (time, message) = part.before.clone().unwrap_or((i64::MAX, String::new()));
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(survivor).bind(time).bind(message).bind(part.limit);
    let rows = query.fetch_all(&mut *asked).await?;
    let view = |row: &AnyRow| {
        Ok(EventView {
            time: Time(row.try_get(0)?),
            kind: row.try_get(1)?,
            name: row.try_get(2)?,
            source: row.try_get(3)?,
            summary: if personal { json(row, 4)? } else { Value::Null },
            order_id: row.try_get(5)?,
            amount: row.try_get(6)?,
            currency: row.try_get(7)?,
            message_id: row.try_get(8)?,
        })
    };
    rows.iter().map(view).collect()
}

/// One line of the list of customers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerRow {
    id: String,
    created_at: Time,
    first_seen_at: Time,
    last_seen_at: Time,
    /// The user id or anonymous id that they were first known by. Needs `personal.read`.
    known_by: Option<String>,
}

/// A page of customers, by age. With an identifier, only who has shown it: more than one where it does not join them.
///
/// # Errors
/// A problem for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, identifier: Option<&str>, paging: &Paging, personal: bool) -> Result<Page<CustomerRow>> {
    let (select, order) = (
        "SELECT id, created_at, first_seen_at, last_seen_at, known_by FROM customers \
         WHERE id = survivor AND ($1 = '' OR id > $1)",
        "ORDER BY id LIMIT $2",
    );
    let who =
        "AND id IN (SELECT survivor FROM customers JOIN customer_identifiers ON customer = id WHERE identifier = $3)";
    let (after, rows) = (paging.after::<String>()?.unwrap_or_default(), paging.rows()?);
    let rows = match identifier {
        None => {
            let sql = format!("{select} {order}");
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(rows).fetch_all(app.database.pool()).await?
        }
        Some(identifier) => {
            let sql = format!("{select} {who} {order}");
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(rows).bind(written(app, identifier)?);
            query.fetch_all(app.database.pool()).await?
        }
    };
    let view = |row: &AnyRow| {
        Ok(CustomerRow {
            id: row.try_get(0)?,
            created_at: Time(row.try_get(1)?),
            first_seen_at: Time(row.try_get(2)?),
            last_seen_at: Time(row.try_get(3)?),
            known_by: if personal { row.try_get(4)? } else { None },
        })
    };
    let rows = rows.iter().map(view).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |row| row.id.clone()))
}

/// The surviving customer who has shown this identifier; of several, who has shown it last.
///
/// # Errors
/// 400 for what is no identifier, 404 where nobody has shown it, and what the database gives.
pub async fn by_identifier(app: &App, identifier: &str) -> Result<String> {
    let sql = "SELECT survivor FROM customers JOIN customer_identifiers ON customer = id WHERE identifier = $1 \
               ORDER BY since DESC, survivor LIMIT 1";
    let row = sqlx::query(sql).bind(written(app, identifier)?).fetch_optional(app.database.pool()).await?;
    let row = row.ok_or_else(|| Problem::not_found("nobody has shown this identifier"))?;
    Ok(row.try_get(0)?)
}

/// An identifier as somebody typed it, as it is stored.
fn written(app: &App, identifier: &str) -> Result<String> {
    let expected = "expected kind:value, where kind is user_id, email, phone, loyalty_card, anonymous_id or device";
    let Some(kind) = Kind::of(identifier) else { return Err(Problem::bad_request(format!("identifier: {expected}"))) };
    let value = identifier.split_once(':').map_or("", |(_, value)| value);
    let mut writer = super::identifiers::Writer::new(&app.config.phone_region);
    let name = kind.name();
    writer
        .write(kind, value)
        .ok_or_else(|| Problem::bad_request(format!("identifier: this is no {name} that identifies")))
}

//! Persons as the rules of segments see them, and who has changed since.

use super::profile::{Attributes, joined};
use super::store::{read_attributes, select_in};
use crate::platform::Database;
use crate::platform::database::json;
use crate::platform::server::App;
use cvm_core::message::MessageKind;
use cvm_core::order::{COST_PLACES, OrderEvent, currency_places, settle};
use cvm_core::segment::{Consent, Event, EventKind, Person, PersonId};
use futures_util::TryStreamExt;
use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The number of the last change of customers.
///
/// # Errors
/// What the database gives.
pub async fn last_change(database: &Database) -> Result<i64, sqlx::Error> {
    let sql = "SELECT changes FROM customer_changes WHERE id = 1";
    sqlx::query(sql).fetch_one(database.pool()).await?.try_get(0)
}

/// Who changed after this change and customer, in the order of changes; some of them may be nobody any more.
///
/// # Errors
/// What the database gives.
pub async fn changed(database: &Database, after: (i64, &str), limit: i64) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let sql = "SELECT change, customer FROM customer_changed WHERE (change, customer) > ($1, $2) \
               ORDER BY change, customer LIMIT $3";
    let rows = sqlx::query(sql).bind(after.0).bind(after.1).bind(limit).fetch_all(database.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Whether so many changed after this change and customer: asked without reading who.
///
/// # Errors
/// What the database gives.
pub async fn has_changed(database: &Database, after: (i64, &str), count: i64) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM customer_changed WHERE (change, customer) > ($1, $2) \
               ORDER BY change, customer LIMIT 1 OFFSET $3";
    let query = sqlx::query(sql).bind(after.0).bind(after.1).bind(count - 1);
    Ok(query.fetch_optional(database.pool()).await?.is_some())
}

/// Everybody after this id, in the order of ids.
///
/// # Errors
/// What the database gives.
pub async fn everybody(database: &Database, after: &str, limit: i64) -> Result<Vec<String>, sqlx::Error> {
    let sql = "SELECT id FROM customers WHERE id = survivor AND id > $1 ORDER BY id LIMIT $2";
    let rows = sqlx::query(sql).bind(after).bind(limit).fetch_all(database.pool()).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// By what customers are known: `user_id:..` or `anonymous_id:..`. Those who are nobody any more are left out.
///
/// # Errors
/// What the database gives.
pub async fn known_as(database: &Database, ids: &[String]) -> Result<HashMap<String, String>, sqlx::Error> {
    let mut connection = database.pool().acquire().await?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let rows = select_in(&mut connection, "SELECT id, known_by FROM customers WHERE id IN ({})", &ids).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// An attribute of everybody who has it, as text: the latest that any of a person's customers say.
///
/// # Errors
/// What the database gives.
pub async fn texts_of(database: &Database, name: &str) -> Result<Vec<(PersonId, String)>, sqlx::Error> {
    let sql = "SELECT survivor, attributes FROM customers WHERE attributes LIKE $1 ESCAPE '!'";
    let quoted = Value::String(name.to_owned()).to_string();
    let pattern = format!("%{}%", quoted.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
    let mut rows = sqlx::query(sql).bind(pattern).fetch(database.pool());
    let mut latest: HashMap<PersonId, (i64, Value)> = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        let Ok(person) = row.try_get::<&str, _>(0)?.parse() else { continue };
        let Some(attribute) = read_attributes(row.try_get(1)?)?.remove(name) else { continue };
        let known = latest.entry(person).or_insert((i64::MIN, Value::Null));
        if attribute.time > known.0 {
            *known = (attribute.time, attribute.value);
        }
    }
    let text = |(person, (_, value))| match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some((person, text)),
        other => Some((person, other.to_string())),
    };
    Ok(latest.into_iter().filter_map(text).collect())
}

/// What is known of persons but for what they did: attributes and consents. Who is nobody, or was merged into another, is left
/// out.
///
/// # Errors
/// What the database gives.
pub async fn profiles(app: &App, ids: &[&str]) -> Result<HashMap<String, Person>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT survivor, first_seen_at, last_seen_at, attributes FROM customers WHERE survivor IN ({}) \
               ORDER BY survivor, created_at, id";
    let mut found: HashMap<String, (Person, Vec<Attributes>)> = HashMap::new();
    for row in select_in(&mut connection, sql, ids).await? {
        let (first, last): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        let (person, attributes) = found
            .entry(row.try_get(0)?)
            .or_insert_with(|| (Person { first_seen_at: first, last_seen_at: last, ..Person::default() }, Vec::new()));
        person.first_seen_at = person.first_seen_at.min(first);
        person.last_seen_at = person.last_seen_at.max(last);
        attributes.push(read_attributes(row.try_get(3)?)?);
    }
    for (person, attributes) in found.values_mut() {
        let known = joined(std::mem::take(attributes)).into_iter().filter(|(_, attribute)| !attribute.value.is_null());
        person.attributes = known.map(|(name, attribute)| (name, attribute.value)).collect();
    }
    let there: Vec<&str> = ids.iter().copied().filter(|id| found.contains_key(*id)).collect();
    let sql = "SELECT survivor, purpose, channel, state, time FROM customers JOIN customer_consents \
               ON customer_consents.customer = customers.id WHERE survivor IN ({}) \
               ORDER BY time DESC, received_at DESC, customer_consents.id DESC";
    let mut seen = HashSet::new();
    for row in select_in(&mut connection, sql, &there).await? {
        let (purpose, channel, state): (String, String, &str) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let consent = Consent {
            purpose: purpose.clone(),
            channel: channel.clone(),
            granted: state == "granted",
            time: row.try_get(4)?,
        };
        let survivor: String = row.try_get(0)?;
        if seen.insert((survivor.clone(), purpose, channel))
            && let Some((person, _)) = found.get_mut(&survivor)
        {
            person.consents.push(consent);
        }
    }
    Ok(found.into_iter().map(|(id, (person, _))| (id, person)).collect())
}

/// What is known of persons; `None` where an id is nobody's, or was merged into another.
///
/// # Errors
/// What the database gives.
pub async fn persons(app: &App, ids: &[&str]) -> Result<Vec<(PersonId, Option<Person>)>, sqlx::Error> {
    let mut found = profiles(app, ids).await?;
    let there: Vec<&str> = ids.iter().copied().filter(|id| found.contains_key(*id)).collect();
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT survivor, kind, time, name, customer_events.source, summary, order_event FROM customers \
               JOIN customer_events ON customer_events.customer = customers.id WHERE survivor IN ({}) \
               AND kind IN ('track', 'page', 'screen') ORDER BY survivor, time, message_id";
    let mut orders: BTreeMap<(String, String), Vec<Told>> = BTreeMap::new();
    for row in select_in(&mut connection, sql, &there).await? {
        let survivor: String = row.try_get(0)?;
        let event = event(&row)?;
        if row.try_get::<Option<&str>, _>(6)?.is_some() {
            let order: OrderEvent = json(&row, 6)?;
            let told = Told { source: event.source.clone(), channel: event.channel.clone(), order };
            orders.entry((survivor.clone(), told.order.order_id.clone())).or_default().push(told);
        }
        if let Some(person) = found.get_mut(&survivor) {
            person.events.push(event);
        }
    }
    let mut number = 0;
    for ((survivor, _), told) in &orders {
        number += 1;
        if let Some(person) = found.get_mut(survivor) {
            person.events.extend(lines(told, number, &app.config.currency));
        }
    }
    let person = |id: &&str| {
        let person = found.remove(*id).map(|mut person| {
            person.sort();
            person
        });
        Some((id.parse().ok()?, person))
    };
    Ok(ids.iter().filter_map(person).collect())
}

/// An order's event, and what else is known of it.
struct Told {
    source: String,
    channel: Option<String>,
    order: OrderEvent,
}

/// What is left of an order.
fn lines(told: &[Told], number: i32, currency: &str) -> Vec<Event> {
    let events: Vec<&OrderEvent> = told.iter().map(|told| &told.order).collect();
    let line = |settled: cvm_core::order::SettledLine<'_>| {
        let of = told.iter().find(|told| std::ptr::eq(&told.order, settled.event))?;
        let places = COST_PLACES.saturating_sub(currency_places(&settled.event.currency));
        Some(Event {
            source: of.source.clone(),
            channel: of.channel.clone(),
            product: settled.line.product,
            category: settled.line.category,
            coupon: settled.event.coupon.clone(),
            amount: Some(settled.line.amount.saturating_mul(10_i64.pow(places))),
            in_currency: settled.event.currency == currency,
            quantity: settled.line.quantity.to_string().parse().ok(),
            order: number,
            ..Event::new(EventKind::Line, settled.time)
        })
    };
    settle(&events).into_iter().filter_map(line).collect()
}

fn event(row: &AnyRow) -> Result<Event, sqlx::Error> {
    let kind = MessageKind::from_name(row.try_get(1)?).and_then(EventKind::of).unwrap_or(EventKind::Track);
    let properties: Map<String, Value> = json(row, 5)?;
    let text = |names: &[&str]| {
        names.iter().find_map(|name| match properties.get(*name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    Ok(Event {
        name: row.try_get(3)?,
        source: row.try_get(4)?,
        channel: text(&["channel"]),
        product: text(&["product_id", "productId", "sku", "name"]),
        category: text(&["category"]),
        coupon: text(&["coupon"]),
        quantity: properties.get("quantity").and_then(Value::as_f64),
        properties,
        ..Event::new(kind, row.try_get(2)?)
    })
}

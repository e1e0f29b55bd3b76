//! What is done to customers by hand: attributes, consents, merging and parting, erasing.
//!
//! Each takes the projector's place in turn, so that neither undoes what the other did.

use super::erasure::{self, Erasure, Request};
use super::forget;
use super::identifiers::Kind;
use super::identity::{Circumstances, Graph, Index};
use super::profile::{ANY_CHANNEL, ConsentChange, ConsentState, take_traits};
use super::projector::{CONSUMER, ConsentRow, Projector, insert_consents, limits};
use super::store::{Loaded, lock, touch};
use super::view::no_customer;
use crate::access::{Caller, audit};
use crate::platform::database::Transaction;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use crate::tracking::inbox;
use axum::http::StatusCode;
use cvm_core::segment::consent_channel;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;
use utoipa::ToSchema;

/// The source of what is told by hand.
const SOURCE: &str = "api";

/// By whom persons are erased of whom nothing is heard any more, and why.
pub(super) const SCHEDULE: &str = "schedule";
const UNSEEN: &str = "retention";

/// Begins a change of customers, with these and all of the same persons.
async fn begin(app: &App, ids: &[&str]) -> Result<(Transaction, Loaded, Vec<Index>)> {
    let mut transaction = app.database.begin().await?;
    lock(&mut transaction).await?;
    let mut loaded = Loaded::new(Graph::new(limits(&app.config)));
    loaded.load_persons(&mut transaction, ids).await?;
    let found = ids.iter().map(|id| loaded.graph.customer(id).ok_or_else(|| no_customer(id)));
    let found = found.collect::<Result<Vec<_>>>()?;
    Ok((transaction, loaded, found))
}

async fn save(app: &App, transaction: &mut Transaction, loaded: &mut Loaded, by: &str) -> Result<()> {
    let mut new_id = || app.random.id(&app.clock);
    Ok(loaded.save(transaction, by, app.clock.now(), &mut new_id).await?)
}

/// Sets attributes; null takes one away.
///
/// # Errors
/// 404 where there is no such customer, 422 for attributes that are too many or too large, and what the database gives.
pub async fn set_attributes(app: &App, caller: &Caller, id: &str, attributes: &Map<String, Value>) -> Result<()> {
    let (mut transaction, mut loaded, found) = begin(app, &[id]).await?;
    let now = app.clock.now();
    // Those of the whole person: the latest of all their customers hold.
    let place = loaded.graph.customers()[found[0]].survivor;
    let facts = &mut loaded.facts[place];
    facts.is_changed = true;
    let known = facts.attributes()?;
    let mut faults = Vec::new();
    for (name, value) in attributes {
        let one = Map::from_iter([(name.clone(), value.clone())]);
        let repeated = known.get(name).is_some_and(|known| known.time == now && known.value == *value);
        if !take_traits(known, &one, now, SOURCE) && !repeated {
            let detail =
                "not taken: the name is empty or too long, the value too large, or there are too many attributes";
            faults.push(Fault::new(format!("/{}", name.replace('~', "~0").replace('/', "~1")), detail));
        }
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    save(app, &mut transaction, &mut loaded, SOURCE).await?;
    let names: Vec<&String> = attributes.keys().collect();
    audit::record(&mut transaction, app, caller, "customer.change", id, json!({"attributes": names})).await?;
    Ok(transaction.commit().await?)
}

/// A consent that somebody told us of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// What for, as in `marketing`.
    #[schema(min_length = 1, max_length = 100)]
    purpose: String,
    /// By which way: `email`, `sms`, `push`, `call` (or `phone`), `print` (or `post`), or another; `any` where it is not given.
    channel: Option<String>,
    state: ConsentState,
    /// When it was given or refused; now where it is not given.
    time: Option<Time>,
    /// How that can be shown: a form, a recording, a page.
    #[serde(default)]
    proof: Value,
}

impl NewConsent {
    /// Told to somebody who wrote it down just now.
    pub(super) fn by_hand(purpose: String, channel: Option<String>, state: ConsentState) -> Self {
        Self { purpose, channel, state, time: None, proof: json!({"how": "written down by a user"}) }
    }
}

/// Adds consents to the history.
///
/// # Errors
/// 404 where there is no such customer, 422 for wrong values, and what the database gives.
pub async fn add_consents(app: &App, caller: &Caller, id: &str, consents: Vec<NewConsent>) -> Result<()> {
    const CONSENTS_MAX: usize = 100;
    let now = app.clock.now();
    if consents.is_empty() || consents.len() > CONSENTS_MAX {
        let detail = format!("{} consents; expected 1 to {CONSENTS_MAX}", consents.len());
        return Err(Problem::invalid(vec![Fault::new("", detail)]));
    }
    let mut faults = Vec::new();
    let mut changes = Vec::new();
    for (index, new) in consents.into_iter().enumerate() {
        let channel = new.channel.unwrap_or_else(|| ANY_CHANNEL.to_owned());
        faults.extend(Fault::of_name(&format!("/{index}/purpose"), &new.purpose));
        faults.extend(Fault::of_name(&format!("/{index}/channel"), &channel));
        if new.proof.to_string().len() > 4_096 {
            faults.push(Fault::new(format!("/{index}/proof"), "more than 4096 bytes"));
        }
        let time = new.time.map_or(now, |time| time.0);
        if time > now {
            faults.push(Fault::new(format!("/{index}/time"), "nobody can have said it yet: the time is in the future"));
        }
        let purpose = new.purpose.trim().to_owned();
        changes.push(ConsentChange {
            purpose,
            channel: consent_channel(&channel),
            state: new.state,
            time,
            proof: new.proof,
            is_undated: false,
        });
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let (mut transaction, mut loaded, found) = begin(app, &[id]).await?;
    let place = loaded.graph.customers()[found[0]].survivor;
    let customer = &loaded.graph.customers()[place].id;
    let ids: Vec<String> = changes.iter().map(|_| app.random.id(&app.clock)).collect();
    let rows = changes.iter().zip(&ids).map(|(change, id)| ConsentRow {
        id,
        customer,
        change,
        received_at: now,
        source: SOURCE,
    });
    insert_consents(&mut transaction, &rows.collect::<Vec<_>>()).await?;
    touch(&mut transaction, &[customer.as_str()]).await?;
    loaded.facts[place].news.consents = true;
    save(app, &mut transaction, &mut loaded, SOURCE).await?;
    let told: Vec<Value> = changes
        .iter()
        .map(|change| json!({"purpose": change.purpose, "channel": change.channel, "state": change.state}))
        .collect();
    audit::record(&mut transaction, app, caller, "customer.consent", id, json!({"consents": told})).await?;
    Ok(transaction.commit().await?)
}

/// Joins two customers; says who survives.
///
/// # Errors
/// 404 where there is no such customer, 409 where the two are one already or would be too large, and what the database
/// gives.
pub async fn merge(app: &App, caller: &Caller, a: &str, b: &str) -> Result<String> {
    let (mut transaction, mut loaded, found) = begin(app, &[a, b]).await?;
    let (one, other) = (found[0], found[1]);
    let survivor = |loaded: &Loaded, index: Index| loaded.graph.customers()[index].survivor;
    if survivor(&loaded, one) == survivor(&loaded, other) {
        return Err(Problem::conflict("the two are one person already"));
    }
    let now = app.clock.now();
    let identifier = format!("merge:{}", app.random.id(&app.clock));
    let at = Circumstances { time: now, received_at: now, source: SOURCE, message_id: None };
    let ids = |loaded: &Loaded, of: Index| -> Vec<String> {
        loaded.graph.person(of).iter().map(|&member| loaded.graph.customers()[member].id.clone()).collect()
    };
    let (of_one, of_other) = (ids(&loaded, one), ids(&loaded, other));
    loaded.graph.merge(one, other, &identifier, &at);
    if survivor(&loaded, one) != survivor(&loaded, other) {
        return Err(Problem::conflict("the two together would be more customers than one person may be made of"));
    }
    if super::store::has_rows(&mut transaction, "customers_apart").await? {
        for a in &of_one {
            for b in &of_other {
                let sql = "DELETE FROM customers_apart WHERE a = $1 AND b = $2 OR a = $2 AND b = $1";
                sqlx::query(sql).bind(a.as_str()).bind(b.as_str()).execute(&mut *transaction).await?;
            }
        }
    }
    let by = format!("{} by hand", SOURCE);
    save(app, &mut transaction, &mut loaded, &by).await?;
    let survivor = loaded.graph.customers()[survivor(&loaded, one)].id.clone();
    audit::record(&mut transaction, app, caller, "customer.merge", &survivor, json!({"customers": [a, b]})).await?;
    transaction.commit().await?;
    Ok(survivor)
}

/// Parts two customers for good, everything that came since included; says who each of the two is now.
///
/// # Errors
/// 404 where there is no such customer, 409 where the two are not one person, and what the database gives.
pub async fn unmerge(app: &App, caller: &Caller, a: &str, b: &str) -> Result<[String; 2]> {
    let (mut transaction, mut loaded, found) = begin(app, &[a, b]).await?;
    let (one, other) = (found[0], found[1]);
    if one == other || loaded.graph.customers()[one].survivor != loaded.graph.customers()[other].survivor {
        return Err(Problem::conflict("the two are not one person; give the ids of two that were merged"));
    }
    let now = app.clock.now();
    loaded.load_links_of(&mut transaction, one).await?;
    loaded.graph.part(one, other, now);
    let (a_first, b_second) = if a < b { (a, b) } else { (b, a) };
    let sql = "INSERT INTO customers_apart (a, b, parted_at, parted_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(a_first).bind(b_second).bind(now).bind(SOURCE).execute(&mut *transaction).await?;
    save(app, &mut transaction, &mut loaded, SOURCE).await?;
    // The history of those who are no longer one.
    let sql = "UPDATE customer_merges SET unmerged_at = $1, unmerged_by = $2 WHERE unmerged_at IS NULL AND \
               (SELECT survivor FROM customers WHERE id = customer_merges.survivor) <> \
               (SELECT survivor FROM customers WHERE id = customer_merges.merged) AND \
               (survivor IN (SELECT id FROM customers WHERE survivor IN ($3, $4)) OR \
                merged IN (SELECT id FROM customers WHERE survivor IN ($3, $4)))";
    let survivor = |index: Index| loaded.graph.customers()[loaded.graph.customers()[index].survivor].id.clone();
    let now_are = [survivor(one), survivor(other)];
    let undo = sqlx::query(sql).bind(now).bind(SOURCE).bind(now_are[0].as_str()).bind(now_are[1].as_str());
    undo.execute(&mut *transaction).await?;
    audit::record(&mut transaction, app, caller, "customer.unmerge", &now_are[0], json!({"customers": [a, b]})).await?;
    transaction.commit().await?;
    Ok(now_are)
}

/// The two that a merge made one.
///
/// # Errors
/// 404 where there is no such merge, and what the database gives.
pub async fn of_merge(app: &App, merge_id: &str) -> Result<(String, String)> {
    use sqlx::Row;
    let sql = "SELECT survivor, merged FROM customer_merges WHERE id = $1";
    let row = sqlx::query(sql).bind(merge_id).fetch_optional(app.database.pool()).await?;
    let row = row.ok_or_else(|| Problem::not_found(format!("there is no merge {merge_id}")))?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Puts the addresses and numbers of a customer on the list of those who are not to be contacted, or takes them off it.
///
/// # Errors
/// 404 where there is no such customer, and what the database gives.
pub async fn suppress(app: &App, caller: &Caller, id: &str, reason: Option<&str>) -> Result<()> {
    let (mut transaction, mut loaded, found) = begin(app, &[id]).await?;
    loaded.load_links_of(&mut transaction, found[0]).await?;
    let contacts = loaded.graph.identifiers().iter().filter(|shown| matches!(shown.kind, Kind::Email | Kind::Phone));
    let contacts: Vec<&str> = contacts.map(|shown| shown.name.as_str()).collect();
    let contacts_count = contacts.len();
    erasure::suppress(&mut transaction, &contacts, reason, app.clock.now(), &app.random).await?;
    loaded.facts[found[0]].news.suppression = true;
    save(app, &mut transaction, &mut loaded, SOURCE).await?;
    let action = if reason.is_some() { "customer.suppress" } else { "customer.unsuppress" };
    audit::record(&mut transaction, app, caller, action, id, json!({"identifiers": contacts_count})).await?;
    Ok(transaction.commit().await?)
}

/// Erases a person, here and now; lake and restored backups follow by the hashes that are left.
///
/// # Errors
/// 404 where there is no such customer, 503 where it is not yet known what is theirs, and what the database gives.
pub async fn erase(app: &App, caller: &Caller, id: &str, reason: &str, suppress: bool) -> Result<Erasure> {
    take_what_was_received(app).await?;
    let (mut transaction, loaded, found) = begin(app, &[id]).await?;
    let erasure = app.random.id(&app.clock);
    let now = app.clock.now();
    let request = Request { id: &erasure, by: SOURCE, reason, now, suppress, until: i64::MAX };
    let person = person(&loaded, found[0]);
    let (erased, _held) = erasure::erase(&app.database, &mut transaction, &person, &request, &app.random).await?;
    let details = json!({"erasure": erasure, "suppress": suppress});
    audit::record(&mut transaction, app, caller, "customer.erase", id, details).await?;
    forget::ask(&mut transaction, app, now).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(erased)
}

/// Erases a person of whom nothing was heard since `before`; false where something was, or they are gone.
///
/// # Errors
/// What the database gives.
pub async fn erase_unseen(app: &App, id: &str, before: i64, forget_at: i64) -> Result<bool> {
    let (mut transaction, loaded, found) = match begin(app, &[id]).await {
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => return Ok(false),
        begun => begun?,
    };
    if loaded.graph.person(found[0]).iter().any(|&member| loaded.facts[member].last_seen_at >= before) {
        return Ok(false);
    }
    let erasure = app.random.id(&app.clock);
    let now = app.clock.now();
    let request = Request { id: &erasure, by: SCHEDULE, reason: UNSEEN, now, suppress: false, until: before };
    let person = person(&loaded, found[0]);
    let (_, _held) = erasure::erase(&app.database, &mut transaction, &person, &request, &app.random).await?;
    let details = json!({"erasure": erasure, "reason": UNSEEN});
    audit::record(&mut transaction, app, &Caller::system(), "customer.erase", id, details).await?;
    forget::ask(&mut transaction, app, forget_at).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The ids of all customers of the same person.
fn person(loaded: &Loaded, of: Index) -> Vec<String> {
    loaded.graph.person(of).iter().map(|&member| loaded.graph.customers()[member].id.clone()).collect()
}

/// Takes what was received until now to people: it may tell of ids that are theirs and that nobody knows of yet. What comes
/// while this is done, of ids that were never seen before, is somebody new.
async fn take_what_was_received(app: &App) -> Result<()> {
    /// A request must have its answer.
    const PATIENCE: Duration = Duration::from_secs(20);
    const LOOK: Duration = Duration::from_millis(20);
    let last = inbox::last(&app.database).await?;
    let mut projector = Projector::new(app.clone());
    let taken = async {
        while inbox::position(&app.database, CONSUMER).await? < last {
            if projector.round().await?.batches == 0 {
                tokio::time::sleep(LOOK).await; // another took that round
            }
        }
        Ok::<_, sqlx::Error>(())
    };
    let late = |_| Problem::unavailable("what was received before is still being taken in; ask again later", 30);
    Ok(tokio::time::timeout(PATIENCE, taken).await.map_err(late)??)
}

//! Erasing a person, and keeping them erased: what is left of them are hashes, by which lake and restored backups are
//! erased again, and those are refused of whom nothing may be kept.
//!
//! A hash is SHA-256 over this installation's salt and the identifier. A message is an erased person's if its user id is
//! among the hashes, or if it has none and its anonymous id is, within the time in which that was theirs; and only if it was
//! received before the erasure. Whoever comes later with the same identifier is a new person, unless suppressed.

use super::identifiers::{Identifiers, Kind, Writer};
use super::listing::TAKE_OFF;
use super::mentions::Mentions;
use super::store::{has_rows, insert, select_in};
use crate::platform::clock::HOUR;
use crate::platform::database::{Kind as DatabaseKind, Transaction};
use crate::platform::{Database, Random};
use crate::tracking::inbox;
use cvm_core::lake::Erased;
use cvm_core::message::Message;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};
use std::collections::{HashMap, HashSet};

/// The secret part of hashes.
#[derive(Debug, Clone)]
pub struct Salt(String);

impl Salt {
    /// This installation's; made when it is asked for first.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn load(transaction: &mut Transaction, random: &Random) -> Result<Self, sqlx::Error> {
        let sql = "INSERT INTO identifier_salt (id, salt) VALUES (1, $1) \
                   ON CONFLICT (id) DO UPDATE SET salt = identifier_salt.salt RETURNING salt";
        Ok(Self(sqlx::query(sql).bind(hex(&random.bytes::<32>())).fetch_one(&mut **transaction).await?.try_get(0)?))
    }

    /// This installation's, if it was ever asked for.
    pub(super) async fn known(transaction: &mut Transaction) -> Result<Option<Self>, sqlx::Error> {
        let row = sqlx::query("SELECT salt FROM identifier_salt").fetch_optional(&mut **transaction).await?;
        row.map(|row| row.try_get(0).map(Self)).transpose()
    }

    /// The hash of an identifier (`kind:value`).
    pub fn hash(&self, identifier: &str) -> String {
        hex(&Sha256::new().chain_update(&self.0).chain_update(b"\0").chain_update(identifier).finalize())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An identifier of an erased person, and which messages with it were theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// Messages of this time and later.
    pub from_time: i64,
    /// Messages before this time.
    pub until_time: i64,
    /// Messages that had arrived by then.
    pub received_until: i64,
}

/// All erased: for the lake's compaction, and for a backup that was restored.
#[derive(Debug)]
pub struct Tombstones {
    salt: Option<Salt>,
    by_hash: HashMap<String, Vec<Tombstone>>,
}

impl Tombstones {
    /// All there are.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn load(database: &Database) -> Result<Self, sqlx::Error> {
        Self::within(&mut database.pool().begin().await?).await
    }

    async fn within(transaction: &mut Transaction) -> Result<Self, sqlx::Error> {
        let salt = Salt::known(transaction).await?;
        let sql = "SELECT hash, from_time, until_time, received_until FROM erasure_identifiers";
        let mut by_hash: HashMap<String, Vec<Tombstone>> = HashMap::new();
        for row in sqlx::query(sql).fetch_all(&mut **transaction).await? {
            by_hash.entry(row.try_get(0)?).or_default().push(tombstone(&row)?);
        }
        Ok(Self { salt, by_hash })
    }

    /// Whether nobody is erased.
    pub fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    fn of(&self, identifier: &str) -> Option<&Vec<Tombstone>> {
        let salt = self.salt.as_ref().filter(|_| !self.is_empty())?;
        self.by_hash.get(&salt.hash(identifier))
    }
}

impl Erased for Tombstones {
    fn covers(&self, user_id: Option<&str>, anonymous_id: Option<&str>, timestamp: i64, received_at: i64) -> bool {
        owner_is_erased((user_id, anonymous_id), (timestamp, received_at), |kind, value| self.of(&kind.with(value)))
    }

    fn covers_customer(&self, customer: &str) -> bool {
        self.of(&of_customer(customer)).is_some()
    }
}

/// How a customer's own id is written among the erased identifiers.
fn of_customer(id: &str) -> String {
    format!("customer:{id}")
}

fn owner_is_erased<'a>(
    (user_id, anonymous_id): (Option<&str>, Option<&str>),
    (time, received): (i64, i64),
    of: impl Fn(Kind, &str) -> Option<&'a Vec<Tombstone>>,
) -> bool {
    let owner = match (user_id, anonymous_id) {
        (Some(user_id), _) => of(Kind::UserId, user_id),
        (None, Some(anonymous_id)) => of(Kind::AnonymousId, anonymous_id),
        (None, None) => None,
    };
    owner.is_some_and(|tombstones| {
        tombstones.iter().any(|it| received <= it.received_until && (it.from_time..it.until_time).contains(&time))
    })
}

fn tombstone(row: &sqlx::any::AnyRow) -> Result<Tombstone, sqlx::Error> {
    Ok(Tombstone { from_time: row.try_get(1)?, until_time: row.try_get(2)?, received_until: row.try_get(3)? })
}

/// Of the identifiers of a round, those that are erased, or of whom nothing is to be kept.
#[derive(Debug, Default)]
pub(super) struct Ban {
    suppressed: HashSet<String>,
    erased: HashMap<String, Vec<Tombstone>>,
}

impl Ban {
    /// Asks for identifiers of messages of which the first was received then. Erasures of before that are none of theirs, so
    /// those of years cost nothing.
    pub async fn load(transaction: &mut Transaction, names: &[&str], received: i64) -> Result<Self, sqlx::Error> {
        let mut ban = Self::default();
        let has_suppressions = has_rows(transaction, "suppressions").await?;
        // Servers' clocks may differ a little.
        let recent = sqlx::query("SELECT 1 FROM erasures WHERE erased_at >= $1 LIMIT 1").bind(received - HOUR);
        let has_erasures = recent.fetch_optional(&mut **transaction).await?.is_some();
        if !has_suppressions && !has_erasures {
            return Ok(ban);
        }
        let Some(salt) = Salt::known(transaction).await? else { return Ok(ban) };
        let hashes: HashMap<String, &str> = names.iter().map(|name| (salt.hash(name), *name)).collect();
        let keys: Vec<&str> = hashes.keys().map(String::as_str).collect();
        if has_suppressions {
            let sql = "SELECT hash FROM suppressions WHERE scope = 'processing' AND hash IN ({})";
            for row in select_in(transaction, sql, &keys).await? {
                ban.suppressed.extend(hashes.get(row.try_get::<&str, _>(0)?).map(|&name| name.to_owned()));
            }
        }
        if has_erasures {
            let sql = "SELECT hash, from_time, until_time, received_until FROM erasure_identifiers WHERE hash IN ({})";
            for row in select_in(transaction, sql, &keys).await? {
                if let Some(&name) = hashes.get(row.try_get::<&str, _>(0)?) {
                    ban.erased.entry(name.to_owned()).or_default().push(tombstone(&row)?);
                }
            }
        }
        Ok(ban)
    }

    /// Whether a message is not to be taken.
    pub fn covers(&self, message: &Message, shown: &Identifiers) -> bool {
        if self.suppressed.is_empty() && self.erased.is_empty() {
            return false;
        }
        shown.all().any(|name| self.suppressed.contains(name))
            || owner_is_erased(
                (message.user_id.as_deref(), message.anonymous_id.as_deref()),
                (message.timestamp, message.received_at),
                |kind, value| self.erased.get(&kind.with(value)),
            )
    }
}

/// Of messages on their way to the lake, those that may be kept: of nobody who is erased, or of whom nothing is to be kept.
///
/// # Errors
/// What the database gives.
pub async fn keepable(
    database: &Database,
    phone_region: &str,
    messages: Vec<(i64, Message)>,
) -> Result<Vec<(i64, Message)>, sqlx::Error> {
    let mut transaction = database.pool().begin().await?;
    let is_banned =
        has_rows(&mut transaction, "suppressions").await? || has_rows(&mut transaction, "erasure_identifiers").await?;
    if !is_banned {
        return Ok(messages);
    }
    let mut writer = Writer::new(phone_region);
    let shown: Vec<Identifiers> = messages.iter().map(|(_, message)| writer.identifiers(message)).collect();
    let mut names: Vec<&str> = shown.iter().flat_map(Identifiers::all).collect();
    names.sort_unstable();
    names.dedup();
    let received = messages.iter().map(|(_, message)| message.received_at).min().unwrap_or(i64::MAX);
    let ban = Ban::load(&mut transaction, &names, received).await?;
    let kept = messages.into_iter().zip(&shown).filter(|((_, message), shown)| !ban.covers(message, shown));
    Ok(kept.map(|(message, _)| message).collect())
}

/// Which of these identifiers are on the list of those who are not to be contacted, or of whom nothing is kept.
///
/// # Errors
/// What the database gives.
pub async fn suppressed(
    asked: &mut AnyConnection,
    identifiers: impl Iterator<Item = String>,
) -> Result<HashSet<String>, sqlx::Error> {
    let sql = "SELECT salt FROM identifier_salt WHERE EXISTS (SELECT 1 FROM suppressions)";
    let Some(row) = sqlx::query(sql).fetch_optional(&mut *asked).await? else { return Ok(HashSet::new()) };
    let salt = Salt(row.try_get(0)?);
    let mut of_hash: HashMap<String, String> =
        identifiers.map(|identifier| (salt.hash(&identifier), identifier)).collect();
    let hashes: Vec<String> = of_hash.keys().cloned().collect();
    let hashes: Vec<&str> = hashes.iter().map(String::as_str).collect();
    let rows = select_in(asked, "SELECT hash FROM suppressions WHERE hash IN ({})", &hashes).await?;
    let mut found = HashSet::new();
    for row in &rows {
        found.extend(of_hash.remove(row.try_get::<&str, _>(0)?));
    }
    Ok(found)
}

/// Puts identifiers on the list of those who are not to be contacted, for a reason, or takes them off it.
pub(super) async fn suppress(
    transaction: &mut Transaction,
    identifiers: &[&str],
    reason: Option<&str>,
    now: i64,
    random: &Random,
) -> Result<(), sqlx::Error> {
    let salt = Salt::load(transaction, random).await?;
    for identifier in identifiers {
        let hash = salt.hash(identifier);
        let query = match reason {
            Some(reason) => {
                let sql = "INSERT INTO suppressions (hash, scope, reason, suppressed_at) VALUES ($1, 'contact', $2, $3) \
                           ON CONFLICT (hash) DO NOTHING";
                sqlx::query(sql).bind(hash).bind(reason).bind(now)
            }
            None => sqlx::query("DELETE FROM suppressions WHERE hash = $1 AND scope = 'contact'").bind(hash),
        };
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// What an erasure took away.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Erased)]
pub struct Erasure {
    /// Its number, for whoever asked for it.
    pub erasure_id: String,
    /// User ids and anonymous ids that were theirs.
    pub customers: usize,
    /// Rows deleted.
    pub rows: u64,
}

/// Erases the person of these customers. With `suppress`, nothing of them is kept in future. What comes with it must live until
/// the change has ended.
pub(super) async fn erase(
    database: &Database,
    transaction: &mut Transaction,
    customers: &[String],
    request: &Request<'_>,
    random: &Random,
) -> Result<(Erasure, inbox::Held), sqlx::Error> {
    let salt = Salt::load(transaction, random).await?;
    let ids: Vec<&str> = customers.iter().map(String::as_str).collect();
    let theirs = theirs(transaction, &ids).await?;
    let hashed = theirs.iter().map(|(identifier, (from, until))| {
        let until = (*until).min(request.until);
        (salt.hash(identifier), (*from, until))
    });
    let tombstones: Vec<(String, (i64, i64))> = hashed.collect();
    let mut deleted = delete_rows(transaction, customers, |_| true).await?;
    if request.until == i64::MAX {
        // Else they age by themselves. In a file of its own, they go before the rest: who is killed between the two asks again.
        deleted += match database.kind() {
            DatabaseKind::Postgres => delete_rejections(transaction, theirs.keys()).await?,
            DatabaseKind::Sqlite => {
                let mut change = database.begin_inbox().await?;
                let deleted = delete_rejections(&mut change, theirs.keys()).await?;
                change.commit().await?;
                deleted
            }
        };
    }
    forget_answers(transaction, theirs.keys(), customers).await?;
    crate::scoring::forget(transaction, customers).await?;
    crate::segments::forget(transaction, customers).await?;
    if request.suppress {
        let head = "INSERT INTO suppressions (hash, scope, reason, suppressed_at)";
        let tail = "ON CONFLICT (hash) DO UPDATE SET scope = excluded.scope";
        // What others had too, at another time, stays theirs.
        let alone = tombstones.iter().filter(|(_, times)| *times == (i64::MIN, i64::MAX)).map(|(hash, _)| hash);
        insert(transaction, head, 4, tail, &alone.collect::<Vec<_>>(), |query, hash| {
            query.bind(hash.as_str()).bind("processing").bind(request.reason).bind(request.now)
        })
        .await?;
    }
    // Nothing comes in from here to the end of this change: what has is in batches up to the last, which the lake must have
    // before it forgets; what comes later finds the tombstones. A server whose clock is ahead may have received some of it
    // after what our clock says.
    let held = inbox::hold(database, transaction).await?;
    let received_until = request.now.max(held.received_at);
    sqlx::query("INSERT INTO erasures (id, erased_at, erased_by, reason, last_batch) VALUES ($1, $2, $3, $4, $5)")
        .bind(request.id)
        .bind(request.now)
        .bind(request.by)
        .bind(request.reason)
        .bind(held.last)
        .execute(&mut **transaction)
        .await?;
    let of_customers = customers.iter().map(|id| (salt.hash(&of_customer(id)), (i64::MIN, i64::MAX)));
    let tombstones: Vec<(String, (i64, i64))> = tombstones.into_iter().chain(of_customers).collect();
    let head = "INSERT INTO erasure_identifiers (hash, erasure, from_time, until_time, received_until)";
    insert(transaction, head, 5, "", &tombstones, |query, (hash, (from, until))| {
        query.bind(hash.as_str()).bind(request.id).bind(from).bind(until).bind(received_until)
    })
    .await?;
    Ok((Erasure { erasure_id: request.id.to_owned(), customers: customers.len(), rows: deleted }, held))
}

/// Erases from a restored backup who was erased after it was made. What came in is in `inbox`, or where that is `None` in the
/// same change. `has`: whether the backup has a table; those of later versions are empty then.
///
/// # Errors
/// What the database gives.
pub async fn erase_again(
    transaction: &mut Transaction,
    inbox: Option<&mut Transaction>,
    has: impl Fn(&str) -> bool,
) -> Result<(), sqlx::Error> {
    let Some(salt) = Salt::known(transaction).await? else { return Ok(()) };
    let hashes = sqlx::query("SELECT hash FROM erasure_identifiers").fetch_all(&mut **transaction).await?;
    let hashes: HashSet<String> = hashes.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    if hashes.is_empty() {
        return Ok(());
    }
    let (mut after, mut erased) = (String::new(), Vec::new());
    loop {
        let sql = "SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT 10000";
        let rows = sqlx::query(sql).bind(after.as_str()).fetch_all(&mut **transaction).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        for row in &rows {
            let id: String = row.try_get(0)?;
            if hashes.contains(&salt.hash(&of_customer(&id))) {
                erased.push(id);
            }
        }
    }
    let ids: Vec<&str> = erased.iter().map(String::as_str).collect();
    let theirs = theirs(transaction, &ids).await?;
    delete_rows(transaction, &erased, has).await?;
    crate::scoring::forget(transaction, &erased).await?;
    crate::segments::forget(transaction, &erased).await?;
    let tombstones = Tombstones::within(transaction).await?;
    let is_theirs = |message: &Message| {
        let ids = (message.user_id.as_deref(), message.anonymous_id.as_deref());
        tombstones.covers(ids.0, ids.1, message.timestamp, message.received_at)
    };
    let inbox = inbox.unwrap_or(transaction);
    delete_rejections(inbox, theirs.keys()).await?;
    inbox::leave_out(inbox, is_theirs).await
}

/// Identifiers that are these customers' alone, and an anonymous id that was theirs for a time: from when, until when.
async fn theirs(transaction: &mut Transaction, ids: &[&str]) -> Result<HashMap<String, (i64, i64)>, sqlx::Error> {
    let shown =
        select_in(transaction, "SELECT DISTINCT identifier FROM customer_identifiers WHERE customer IN ({})", ids);
    let shown: HashSet<String> = shown.await?.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let names: Vec<&str> = shown.iter().map(String::as_str).collect();
    let sql = "SELECT identifier, customer, since FROM customer_identifiers WHERE identifier IN ({})";
    let mut links: HashMap<String, (Vec<i64>, Vec<i64>)> = HashMap::new();
    for row in select_in(transaction, sql, &names).await? {
        let (own, others) = links.entry(row.try_get(0)?).or_default();
        let is_own = ids.contains(&row.try_get::<&str, _>(1)?);
        if is_own { own } else { others }.push(row.try_get(2)?);
    }
    let mut theirs = HashMap::new();
    for (identifier, (own, others)) in links {
        let (first, last) = (own.iter().min().copied().unwrap_or(0), own.iter().max().copied().unwrap_or(0));
        // What came before the first user is theirs too: it became known whose it was.
        let from = if others.iter().any(|&since| since < first) { first } else { i64::MIN };
        let until = others.iter().copied().filter(|&since| since > last).min().unwrap_or(i64::MAX);
        if others.is_empty() || Kind::of(&identifier) == Some(Kind::AnonymousId) {
            theirs.insert(identifier, (from, until));
        }
    }
    Ok(theirs)
}

/// Who asked for an erasure, and how.
pub(super) struct Request<'a> {
    pub id: &'a str,
    pub by: &'a str,
    pub reason: &'a str,
    pub now: i64,
    pub suppress: bool,
    /// Their messages of before this time: all of them, but where they were just not heard of for long. What comes of them
    /// again while they are erased is kept.
    pub until: i64,
}

async fn delete_rows(
    transaction: &mut Transaction,
    customers: &[String],
    has: impl Fn(&str) -> bool,
) -> Result<u64, sqlx::Error> {
    const PLACES: [(&str, &str); 27] = [
        ("customer_list", TAKE_OFF),
        ("customer_notes", "DELETE FROM customer_notes WHERE customer = $1"),
        ("contacts", "DELETE FROM contacts WHERE customer = $1"),
        ("campaign_members", "DELETE FROM campaign_members WHERE customer = $1"),
        ("outbox", "DELETE FROM outbox WHERE customer = $1"),
        ("conversions", "DELETE FROM conversions WHERE customer = $1"),
        ("programme_people", "DELETE FROM programme_people WHERE customer = $1"),
        ("programme_state", "UPDATE programme_state SET customer = '' WHERE customer = $1"),
        (
            "outcomes_awaited",
            "DELETE FROM outcomes_awaited WHERE decision IN (SELECT id FROM decisions WHERE customer = $1)",
        ),
        ("decisions", "DELETE FROM decisions WHERE customer = $1"),
        // What was learned from an answer stays; whose it was does not.
        ("outcomes", "UPDATE outcomes SET customer = '' WHERE customer = $1"),
        ("uplift_scores", "DELETE FROM uplift_scores WHERE customer = $1"),
        ("plan_choices", "DELETE FROM plan_choices WHERE customer = $1"),
        // Who was handed to the lake last: the others of the same change are handed over once more.
        ("segment_state", "UPDATE segment_state SET customer = '' WHERE customer = $1"),
        ("segment_members", "DELETE FROM segment_members WHERE customer = $1"),
        ("segment_moves", "DELETE FROM segment_moves WHERE customer = $1"),
        ("segment_checks", "DELETE FROM segment_checks WHERE customer = $1"),
        ("customer_changed", "DELETE FROM customer_changed WHERE customer = $1"),
        ("customer_events", "DELETE FROM customer_events WHERE customer = $1"),
        ("customer_consents", "DELETE FROM customer_consents WHERE customer = $1"),
        ("customer_values", "DELETE FROM customer_values WHERE customer = $1"),
        ("customer_merges", "DELETE FROM customer_merges WHERE survivor = $1"),
        ("customer_merges", "DELETE FROM customer_merges WHERE merged = $1"),
        ("customers_apart", "DELETE FROM customers_apart WHERE a = $1"),
        ("customers_apart", "DELETE FROM customers_apart WHERE b = $1"),
        ("customer_identifiers", "DELETE FROM customer_identifiers WHERE customer = $1"),
        ("customers", "DELETE FROM customers WHERE id = $1"),
    ];
    let mut deleted = 0;
    for customer in customers {
        for (_, sql) in PLACES.into_iter().filter(|(table, _)| has(table)) {
            deleted += sqlx::query(sql).bind(customer.as_str()).execute(&mut **transaction).await?.rows_affected();
        }
    }
    // A block names the identifier itself; one that nobody else has shown is theirs alone.
    let sql = "DELETE FROM identifier_blocks WHERE NOT EXISTS \
               (SELECT 1 FROM customer_identifiers WHERE customer_identifiers.identifier = identifier_blocks.identifier)";
    Ok(deleted + sqlx::query(sql).execute(&mut **transaction).await?.rows_affected())
}

/// Answers that are kept for those who ask again, where they name any of these: that they were given stays known.
async fn forget_answers<'a>(
    transaction: &mut Transaction,
    identifiers: impl Iterator<Item = &'a String>,
    customers: &'a [String],
) -> Result<(), sqlx::Error> {
    let theirs = Mentions::of(identifiers.chain(customers).map(String::as_str));
    let (mut caller, mut key) = (String::new(), String::new());
    loop {
        let sql = "SELECT caller, key_hash, answer FROM idempotency_keys WHERE (caller, key_hash) > ($1, $2) \
                   AND answer IS NOT NULL ORDER BY caller, key_hash LIMIT 1000";
        let rows = sqlx::query(sql).bind(caller.as_str()).bind(key.as_str()).fetch_all(&mut **transaction).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        (caller, key) = (last.try_get(0)?, last.try_get(1)?);
        for row in &rows {
            if theirs.are_in(row.try_get(2)?) {
                let sql = "UPDATE idempotency_keys SET answer = NULL WHERE caller = $1 AND key_hash = $2";
                let forget = sqlx::query(sql).bind(row.try_get::<&str, _>(0)?).bind(row.try_get::<&str, _>(1)?);
                forget.execute(&mut **transaction).await?;
            }
        }
    }
}

/// Refused records that name any of the identifiers.
async fn delete_rejections(
    transaction: &mut Transaction,
    identifiers: impl Iterator<Item = &String>,
) -> Result<u64, sqlx::Error> {
    let theirs = Mentions::of(identifiers.map(String::as_str));
    let (mut after, mut deleted) = (String::new(), 0);
    loop {
        let sql = "SELECT id, record FROM rejections WHERE id > $1 ORDER BY id LIMIT 1000";
        let rows = sqlx::query(sql).bind(after.as_str()).fetch_all(&mut **transaction).await?;
        let Some(last) = rows.last() else { return Ok(deleted) };
        after = last.try_get(0)?;
        for row in &rows {
            if theirs.are_in(row.try_get(1)?) {
                let delete = sqlx::query("DELETE FROM rejections WHERE id = $1").bind(row.try_get::<&str, _>(0)?);
                deleted += delete.execute(&mut **transaction).await?.rows_affected();
            }
        }
    }
}

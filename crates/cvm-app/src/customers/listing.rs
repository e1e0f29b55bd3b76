//! The list of customers, `customer_list`: what a person is shown and found by, made anew in the change that changes them.
//!
//! On it is who is known by more than a browser, and who has bought: a visitor of whom nothing else is known is no entry, but
//! their page is found by their id.

use super::erasure::Salt;
use super::folding::{digits, fold};
use super::identifiers::Kind;
use super::identity::{Graph, Index};
use super::profile::Attribute;
use super::projector::limits;
use super::store::{Loaded, has_rows, insert, lock, select_in};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_util::sync::CancellationToken;

/// What is new of a customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct News {
    /// What is known of them.
    pub attributes: bool,
    /// What they allowed.
    pub consents: bool,
    /// Whether they may be contacted.
    pub suppression: bool,
    /// They ordered something.
    pub bought: bool,
}

impl News {
    /// Everything, for who is put on the list at once.
    const ALL: Self = Self { attributes: true, consents: true, suppression: true, bought: false };

    fn and(self, other: Self) -> Self {
        Self {
            attributes: self.attributes || other.attributes,
            consents: self.consents || other.consents,
            suppression: self.suppression || other.suppression,
            bought: self.bought || other.bought,
        }
    }
}

/// A row of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    name: String,
    email: String,
    phone: String,
    words: String,
    attributes: String,
    consents: String,
    suppressed: Option<i64>,
}

/// Attributes by which no list is narrowed: they name a person, or are everybody's own.
const OWN: &[&str] = &[
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "loyalty_card",
    "created_at",
    "street",
    "address",
    "avatar",
    "username",
    "title",
    "description",
];

/// Attributes of a person by which lists are narrowed at most, and letters of their values.
const ATTRIBUTES_MAX: usize = 60;
const VALUE_LETTERS: usize = 64;

/// Letters of a name, an address or a number that are shown.
const SHOWN_LETTERS: usize = 200;

/// User ids by which one person is found at most.
const USERS_MAX: usize = 10;

/// A person, as far as they are loaded.
type Known<'a> = BTreeMap<&'a str, &'a Attribute>;

impl Loaded {
    /// Brings the list up to what is changed here. Everything else must be saved.
    pub(super) async fn save_list(&mut self, transaction: &mut Transaction, now: i64) -> Result<(), sqlx::Error> {
        let mut persons: BTreeMap<Index, News> = BTreeMap::new();
        let mut gone: Vec<&str> = Vec::new();
        for (index, facts) in self.facts.iter().enumerate() {
            let customer = &self.graph.customers()[index];
            if customer.is_changed && customer.survivor != index {
                gone.push(&customer.id);
            }
            let news = facts.news.and(News { suppression: customer.is_changed, ..News::default() });
            if news != News::default() {
                let person = persons.entry(customer.survivor).or_default();
                *person = person.and(news);
            }
        }
        persons.retain(|&survivor, news| news.bought || is_known(&self.graph, &self.facts, survivor));
        if persons.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = persons.keys().map(|&person| self.graph.customers()[person].id.as_str()).collect();
        let listed = listed(transaction, &ids, &gone).await?;
        let mut next = Numbers::default();
        let mut rows: Vec<(i64, Option<String>, Entry)> = Vec::new();
        for &id in &gone {
            rows.extend(listed.get(id).map(|(number, _)| (*number, None, Entry::none())));
        }
        let is_new = |survivor: Index| !listed.contains_key(self.graph.customers()[survivor].id.as_str());
        let joined = |survivor: Index| self.graph.person(survivor).len() > 1;
        let consenting = persons
            .iter()
            .filter(|&(&person, news)| news.consents || is_new(person) || news.suppression && joined(person));
        let consenting: BTreeSet<Index> = consenting.map(|(&person, _)| person).collect();
        let reached = persons.iter().filter(|&(&person, news)| news.suppression || is_new(person));
        let reached: BTreeSet<Index> = reached.map(|(&person, _)| person).collect();
        let consents = consents(transaction, &self.graph, &consenting).await?;
        let suppressed = suppressed(transaction, &self.graph, &reached).await?;
        for &person in persons.keys() {
            let id = self.graph.customers()[person].id.clone();
            let mut members: Vec<Index> = self.graph.person(person).to_vec();
            members.sort_by_key(|&member| self.graph.customers()[member].created_at);
            for &member in &members {
                self.facts[member].read()?;
            }
            let mut known = Known::new();
            for &member in &members {
                for (name, attribute) in self.facts[member].attributes.iter().flatten() {
                    let held = known.entry(name).or_insert(attribute);
                    if attribute.time > held.time {
                        *held = attribute;
                    }
                }
            }
            let users = members.iter().filter_map(|&member| {
                let known_by = self.graph.customers()[member].known_by.as_str();
                known_by.strip_prefix("user_id:")
            });
            let before = listed.get(&id);
            let mut entry = Entry::of(&known, users);
            entry.consents = match (consenting.contains(&person), before) {
                (false, Some((_, before))) => before.consents.clone(),
                _ => consents.get(&person).map_or("[]".to_owned(), |given| Value::from(given.clone()).to_string()),
            };
            entry.suppressed = match before {
                Some((_, before)) if !reached.contains(&person) => before.suppressed,
                before => suppressed.contains(&person).then(|| before.and_then(|row| row.1.suppressed).unwrap_or(now)),
            };
            match before {
                Some((_, before)) if *before == entry => {}
                Some((number, _)) => rows.push((*number, Some(id), entry)),
                None => rows.push((next.take(transaction).await?, Some(id), entry)),
            }
        }
        write(transaction, &rows).await
    }
}

/// Whether more than a browser is known of a person.
fn is_known(graph: &Graph, facts: &[super::store::Facts], survivor: Index) -> bool {
    graph.person(survivor).iter().any(|&member| {
        graph.customers()[member].known_by.starts_with("user_id:")
            || !matches!(facts[member].attributes_text.as_str(), "" | "{}")
    })
}

/// Numbers for new rows.
#[derive(Default)]
struct Numbers(Option<i64>);

impl Numbers {
    async fn take(&mut self, transaction: &mut Transaction) -> Result<i64, sqlx::Error> {
        let last = match self.0 {
            Some(last) => last,
            None => {
                let sql = "SELECT coalesce(max(number), 0) FROM customer_list";
                sqlx::query(sql).fetch_one(&mut **transaction).await?.try_get(0)?
            }
        };
        self.0 = Some(last + 1);
        Ok(last + 1)
    }
}

const COLUMNS: &str = "number, customer, name, email, phone, words, attributes, consents, suppressed";

/// Rows of these customers, by customer.
async fn listed(
    transaction: &mut Transaction,
    ids: &[&str],
    others: &[&str],
) -> Result<HashMap<String, (i64, Entry)>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM customer_list WHERE customer IN ({{}})");
    let ids: Vec<&str> = ids.iter().chain(others).copied().collect();
    let rows = select_in(transaction, &sql, &ids).await?;
    rows.iter().map(|row| Ok((row.try_get(1)?, (row.try_get(0)?, entry(row)?)))).collect()
}

fn entry(row: &AnyRow) -> Result<Entry, sqlx::Error> {
    Ok(Entry {
        name: row.try_get(2)?,
        email: row.try_get(3)?,
        phone: row.try_get(4)?,
        words: row.try_get(5)?,
        attributes: row.try_get(6)?,
        consents: row.try_get(7)?,
        suppressed: row.try_get(8)?,
    })
}

async fn write(transaction: &mut Transaction, rows: &[(i64, Option<String>, Entry)]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "SELECT changes FROM customer_changes WHERE id = 1";
    let change: i64 = sqlx::query(sql).fetch_one(&mut **transaction).await?.try_get(0)?;
    let head = format!("INSERT INTO customer_list ({COLUMNS}, changed)");
    let tail = "ON CONFLICT (number) DO UPDATE SET customer = excluded.customer, name = excluded.name, \
                email = excluded.email, phone = excluded.phone, words = excluded.words, attributes = excluded.attributes, \
                consents = excluded.consents, suppressed = excluded.suppressed, changed = excluded.changed";
    insert(transaction, &head, 10, tail, rows, |query, (number, customer, entry)| {
        query
            .bind(number)
            .bind(customer.as_deref())
            .bind(entry.name.as_str())
            .bind(entry.email.as_str())
            .bind(entry.phone.as_str())
            .bind(entry.words.as_str())
            .bind(entry.attributes.as_str())
            .bind(entry.consents.as_str())
            .bind(entry.suppressed)
            .bind(change)
    })
    .await
}

/// Takes a customer off the list, in a change that has begun.
pub(super) const TAKE_OFF: &str = "UPDATE customer_list SET customer = NULL, name = '', email = '', phone = '', words = '', \
     attributes = '{}', consents = '[]', suppressed = NULL, changed = (SELECT changes FROM customer_changes WHERE id = 1) \
     WHERE customer = $1";

/// Purposes and channels that are allowed now, by person.
async fn consents(
    transaction: &mut Transaction,
    graph: &Graph,
    persons: &BTreeSet<Index>,
) -> Result<HashMap<Index, Vec<String>>, sqlx::Error> {
    let mut given: HashMap<Index, Vec<String>> = HashMap::new();
    if persons.is_empty() || !has_rows(transaction, "customer_consents").await? {
        return Ok(given);
    }
    let sql =
        "SELECT customer, purpose, channel, state, time, received_at, id FROM customer_consents WHERE customer IN ({})";
    let mut latest: HashMap<(Index, String), (i64, i64, String, bool)> = HashMap::new();
    for row in select_in(transaction, sql, &members(graph, persons)).await? {
        let Some(customer) = graph.customer(row.try_get(0)?) else { continue };
        let person = graph.customers()[customer].survivor;
        let what = format!("{}/{}", row.try_get::<&str, _>(1)?, row.try_get::<&str, _>(2)?);
        let told = (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?, row.try_get::<&str, _>(3)? == "granted");
        match latest.get(&(person, what.clone())) {
            Some(known) if *known >= told => {}
            _ => drop(latest.insert((person, what), told)),
        }
    }
    for ((person, what), (.., granted)) in latest {
        if granted {
            given.entry(person).or_default().push(what);
        }
    }
    given.values_mut().for_each(|given| given.sort_unstable());
    Ok(given)
}

fn members<'a>(graph: &'a Graph, persons: &BTreeSet<Index>) -> Vec<&'a str> {
    let of = |&person: &Index| graph.person(person).iter().map(|&member| graph.customers()[member].id.as_str());
    persons.iter().flat_map(of).collect()
}

/// Of these persons, those who have shown an address or number that is not to be contacted.
async fn suppressed(
    transaction: &mut Transaction,
    graph: &Graph,
    persons: &BTreeSet<Index>,
) -> Result<BTreeSet<Index>, sqlx::Error> {
    let mut found = BTreeSet::new();
    if persons.is_empty() || !has_rows(transaction, "suppressions").await? {
        return Ok(found);
    }
    let salt = Salt::known(transaction).await?;
    let Some(salt) = salt else { return Ok(found) };
    let sql = "SELECT identifier, customer FROM customer_identifiers WHERE customer IN ({})";
    let mut of_hash: HashMap<String, Vec<Index>> = HashMap::new();
    for row in select_in(transaction, sql, &members(graph, persons)).await? {
        let identifier: &str = row.try_get(0)?;
        let is_contact = matches!(Kind::of(identifier), Some(Kind::Email | Kind::Phone));
        if let (true, Some(customer)) = (is_contact, graph.customer(row.try_get(1)?)) {
            of_hash.entry(salt.hash(identifier)).or_default().push(graph.customers()[customer].survivor);
        }
    }
    let hashes: Vec<&str> = of_hash.keys().map(String::as_str).collect();
    for row in select_in(transaction, "SELECT hash FROM suppressions WHERE hash IN ({})", &hashes).await? {
        found.extend(of_hash.get(row.try_get::<&str, _>(0)?).into_iter().flatten());
    }
    Ok(found)
}

impl Entry {
    /// Nobody's.
    fn none() -> Self {
        Self { attributes: "{}".to_owned(), consents: "[]".to_owned(), ..Self::default() }
    }

    /// What is known of a person, but consents and suppression.
    fn of<'a>(known: &Known<'_>, users: impl Iterator<Item = &'a str>) -> Self {
        let text = |name: &str| match known.get(name).map(|attribute| &attribute.value) {
            Some(Value::String(text)) => text.trim().chars().take(SHOWN_LETTERS).collect(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let mut name = text("name");
        if name.is_empty() {
            name = format!("{} {}", text("first_name"), text("last_name")).trim().to_owned();
        }
        let (email, phone) = (text("email"), text("phone"));
        let card: String = fold(&text("loyalty_card")).chars().filter(|letter| letter.is_alphanumeric()).collect();
        // The first line is the name, also where there is none: lists are ordered by it.
        let mut words = fold(&name).replace('\n', " ");
        let rest = [fold(&email), digits(&phone), card, fold(&text("company"))].into_iter();
        for piece in rest.chain(users.take(USERS_MAX).map(fold)).filter(|piece| !piece.is_empty()) {
            words.push('\n');
            words.push_str(&piece.replace('\n', " "));
        }
        Self { name, email, phone, words, attributes: narrowing(known), ..Self::none() }
    }
}

/// The attributes by which lists are narrowed.
fn narrowing(known: &Known<'_>) -> String {
    let is_short = |value: &Value| match value {
        Value::String(text) => !text.is_empty() && text.chars().count() <= VALUE_LETTERS,
        Value::Number(_) | Value::Bool(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    let found = known.iter().filter(|(name, attribute)| !OWN.contains(name) && is_short(&attribute.value));
    let found = found.take(ATTRIBUTES_MAX).map(|(name, attribute)| ((*name).to_owned(), attribute.value.clone()));
    Value::Object(found.collect::<Map<_, _>>()).to_string()
}

/// Persons put on the list in one change.
const FILLED_AT_ONCE: i64 = 500;

/// Puts those on the list who were there before it, a few at a time. It goes on where it was stopped.
///
/// # Errors
/// What the database gives.
pub async fn fill(app: &App, stop: &CancellationToken) -> Result<(), sqlx::Error> {
    while !stop.is_cancelled() && fill_some(app).await? {}
    Ok(())
}

/// Whether there is more.
async fn fill_some(app: &App) -> Result<bool, sqlx::Error> {
    let open = "SELECT after FROM customer_list_filling WHERE id = 1";
    if sqlx::query(open).fetch_optional(app.database.pool()).await?.is_none() {
        return Ok(false);
    }
    let mut transaction = app.database.begin().await?;
    lock(&mut transaction).await?;
    let Some(row) = sqlx::query(open).fetch_optional(&mut *transaction).await? else { return Ok(false) };
    let after: String = row.try_get(0)?;
    let sql = "SELECT id FROM customers WHERE id = survivor AND id > $1 ORDER BY id LIMIT $2";
    let rows = sqlx::query(sql).bind(after).bind(FILLED_AT_ONCE).fetch_all(&mut *transaction).await?;
    let ids: Vec<&str> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let Some(last) = ids.last() else {
        sqlx::query("DELETE FROM customer_list_filling").execute(&mut *transaction).await?;
        transaction.commit().await?;
        return Ok(false);
    };
    let mut loaded = Loaded::new(Graph::new(limits(&app.config)));
    loaded.load_persons(&mut transaction, &ids).await?;
    let members: Vec<&str> = loaded.graph.customers().iter().map(|customer| customer.id.as_str()).collect();
    let sql = "SELECT DISTINCT customer FROM customer_events WHERE order_id IS NOT NULL AND customer IN ({})";
    let buyers = select_in(&mut transaction, sql, &members).await?;
    let buyers: BTreeSet<String> = buyers.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for (customer, facts) in loaded.graph.customers().iter().zip(&mut loaded.facts) {
        facts.news = News { bought: buyers.contains(&customer.id), ..News::ALL };
    }
    loaded.save_list(&mut transaction, app.clock.now()).await?;
    let note = "UPDATE customer_list_filling SET after = $1 WHERE id = 1";
    sqlx::query(note).bind(*last).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Whether the list has not everybody yet.
///
/// # Errors
/// What the database gives.
pub async fn is_filling(app: &App) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM customer_list_filling WHERE id = 1 AND EXISTS (SELECT 1 FROM customers)";
    Ok(sqlx::query(sql).fetch_optional(app.database.pool()).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::profile::Attributes;
    use super::*;
    use serde_json::json;

    fn known(attributes: &Attributes) -> Known<'_> {
        attributes.iter().map(|(name, attribute)| (name.as_str(), attribute)).collect()
    }

    #[test]
    fn an_entry_says_what_people_look_for() {
        let mut attributes = Attributes::new();
        let traits = json!({
            "first_name": "Żaneta", "last_name": "Nowak", "email": "Z.Nowak@Example.org", "phone": "+48 601 234 567",
            "loyalty_card": "AB-12", "city": "Łódź", "points": 12, "vip": true, "tags": ["a"], "bio": "x".repeat(100),
        });
        super::super::profile::take_traits(&mut attributes, traits.as_object().unwrap(), 1, "s");
        let entry = Entry::of(&known(&attributes), ["User-7"].into_iter());
        assert_eq!((entry.name.as_str(), entry.email.as_str()), ("Żaneta Nowak", "Z.Nowak@Example.org"));
        assert_eq!(entry.words, "zaneta nowak\nz.nowak@example.org\n48601234567\nab12\nuser-7");
        assert_eq!(entry.attributes, r#"{"city":"Łódź","points":12,"vip":true}"#);
        let nobody = Entry::of(&Known::new(), ["u"].into_iter());
        assert_eq!((nobody.words.as_str(), nobody.attributes.as_str()), ("\nu", "{}"));
    }
}

//! The SQL that many rows at once go through: what a batch of messages touches is read, and written, in few statements.

use super::identity::{Graph, Index, Link};
use super::listing::News;
use super::profile::Attributes;
use super::projector::CONSUMER;
use crate::platform::database::Transaction;
pub(super) use crate::platform::database::{PARAMETERS, Statement, insert, places, select_in};
use crate::tracking::inbox;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeSet, HashSet};

/// Whether a table has any row: most questions about blocks, erasures and the like need not be asked.
pub(super) async fn has_rows(transaction: &mut Transaction, table: &'static str) -> Result<bool, sqlx::Error> {
    let sql = format!("SELECT 1 FROM {table} LIMIT 1");
    Ok(sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut **transaction).await?.is_some())
}

/// What of a customer is not about identity, beside [`Graph::customers`].
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub first_seen_at: i64,
    pub last_seen_at: i64,
    pub events: i64,
    /// As in the database; empty for none.
    pub attributes_text: String,
    /// Read from it when they are needed.
    pub attributes: Option<Attributes>,
    /// Different from the database.
    pub is_changed: bool,
    /// What of it is to be told on the list.
    pub news: News,
}

impl Facts {
    /// The attributes, to be changed.
    pub fn attributes(&mut self) -> Result<&mut Attributes, sqlx::Error> {
        self.news.attributes = true;
        self.read()
    }

    /// The attributes, to be looked at.
    pub fn read(&mut self) -> Result<&mut Attributes, sqlx::Error> {
        if self.attributes.is_none() {
            self.attributes = Some(read_attributes(&self.attributes_text)?);
        }
        Ok(self.attributes.get_or_insert_default())
    }
}

/// Attributes from their column.
pub(super) fn read_attributes(text: &str) -> Result<Attributes, sqlx::Error> {
    match text.is_empty() {
        true => Ok(Attributes::new()),
        false => serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error))),
    }
}

/// Customers and identifiers in memory, to be changed and saved.
#[derive(Debug)]
pub(super) struct Loaded {
    pub graph: Graph,
    pub facts: Vec<Facts>,
    /// Whether of some identifiers only a part of those who showed them is known.
    is_partial: bool,
}

/// Customers and identifiers kept in memory from one round to the next at most.
const KEPT_CUSTOMERS: usize = 100_000;
const KEPT_IDENTIFIERS: usize = 400_000;

/// Begins a change of customers: no other server, nor another request, changes any until it ends. Gives the position in the
/// inbox, and the number of this change: where it is one more than that of the change before, nobody else made one between.
pub(super) async fn lock(transaction: &mut Transaction) -> Result<(i64, i64), sqlx::Error> {
    let position = inbox::lock_position(transaction, CONSUMER).await?;
    let sql = "UPDATE customer_changes SET changes = changes + 1 WHERE id = 1 RETURNING changes";
    Ok((position, sqlx::query(sql).fetch_one(&mut **transaction).await?.try_get(0)?))
}

/// Notes that persons are not what they were, within a change of customers.
pub(super) async fn touch(transaction: &mut Transaction, customers: &[&str]) -> Result<(), sqlx::Error> {
    let sql = "SELECT changes FROM customer_changes WHERE id = 1";
    let change: i64 = sqlx::query(sql).fetch_one(&mut **transaction).await?.try_get(0)?;
    let tail = "ON CONFLICT (customer) DO UPDATE SET change = excluded.change";
    let head = "INSERT INTO customer_changed (customer, change)";
    insert(transaction, head, 2, tail, customers, |query, customer| query.bind(*customer).bind(change)).await
}

impl Loaded {
    pub fn new(graph: Graph) -> Self {
        Self { graph, facts: Vec::new(), is_partial: false }
    }

    /// Tells that everything is saved; `None` if it cannot be kept for the next round.
    pub fn saved(mut self) -> Option<Self> {
        self.graph.saved();
        for facts in &mut self.facts {
            facts.is_changed = false;
            facts.news = News::default();
        }
        let is_small = self.facts.len() <= KEPT_CUSTOMERS
            && self.graph.identifiers().len() <= KEPT_IDENTIFIERS
            && !self.is_partial;
        is_small.then_some(self)
    }

    /// Loads the identifiers not known yet, who has shown them, and all of the same persons. Gives those that nobody has
    /// shown.
    pub async fn load_identifiers<'n>(
        &mut self,
        transaction: &mut Transaction,
        names: &[&'n str],
    ) -> Result<Vec<&'n str>, sqlx::Error> {
        let is_complete = |name: &&str| self.graph.identifier(name).is_some_and(|identifier| identifier.is_complete);
        let names: Vec<&'n str> = names.iter().copied().filter(|name| !is_complete(name)).collect();
        let sql = "SELECT identifier, customer, linked_at, since, refused_at, source FROM customer_identifiers \
                   WHERE identifier IN ({})";
        let rows = select_in(&mut *transaction, sql, &names).await?;
        let mut ids: Vec<&str> = rows.iter().map(|row| row.try_get(1)).collect::<Result<_, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| self.graph.customer(id).is_none());
        self.load_persons(transaction, &ids).await?;
        for row in &rows {
            self.add_link(row)?;
            self.graph.complete(row.try_get(0)?);
        }
        self.load_blocks(transaction, &names).await?;
        let is_unknown = |name: &&str| self.graph.identifier(name).is_none_or(|identifier| identifier.links.is_empty());
        Ok(names.into_iter().filter(is_unknown).collect())
    }

    /// Loads customers by their ids, and all of the same persons.
    pub async fn load_persons(&mut self, transaction: &mut Transaction, ids: &[&str]) -> Result<(), sqlx::Error> {
        let sql = "SELECT id, survivor, known_by, created_at, first_seen_at, last_seen_at, identifiers, events, attributes \
                   FROM customers WHERE survivor IN (SELECT survivor FROM customers WHERE id IN ({}))";
        let mut rows = Vec::new();
        for ids in ids.chunks(PARAMETERS) {
            for row in select_in(&mut *transaction, sql, ids).await? {
                // A person may come once for each of their customers that was asked for.
                if self.graph.customer(row.try_get(0)?).is_none() {
                    self.add_customer(&row)?;
                    rows.push(row);
                }
            }
        }
        for row in &rows {
            let (customer, survivor) = (self.graph.customer(row.try_get(0)?), self.graph.customer(row.try_get(1)?));
            if let (Some(customer), Some(survivor)) = (customer, survivor) {
                self.graph.join_loaded(customer, survivor);
            }
        }
        if has_rows(transaction, "customers_apart").await? {
            let ids: Vec<&str> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            self.load_apart(transaction, &ids).await?;
        }
        Ok(())
    }

    fn add_customer(&mut self, row: &AnyRow) -> Result<(), sqlx::Error> {
        let identifiers: i64 = row.try_get(6)?;
        self.graph.load_customer(row.try_get(0)?, row.try_get(2)?, row.try_get(3)?, identifiers as usize);
        self.facts.push(Facts {
            first_seen_at: row.try_get(4)?,
            last_seen_at: row.try_get(5)?,
            events: row.try_get(7)?,
            attributes_text: row.try_get(8)?,
            attributes: None,
            is_changed: false,
            news: News::default(),
        });
        Ok(())
    }

    fn add_link(&mut self, row: &AnyRow) -> Result<(), sqlx::Error> {
        let Some(customer) = self.graph.customer(row.try_get(1)?) else { return Ok(()) };
        let link = Link {
            customer,
            linked_at: row.try_get(2)?,
            since: row.try_get(3)?,
            refused_at: row.try_get(4)?,
            source: row.try_get(5)?,
            is_changed: false,
        };
        self.graph.load_link(row.try_get(0)?, link);
        Ok(())
    }

    async fn load_blocks(&mut self, transaction: &mut Transaction, names: &[&str]) -> Result<(), sqlx::Error> {
        if !has_rows(transaction, "identifier_blocks").await? {
            return Ok(());
        }
        let sql = "SELECT identifier, reason FROM identifier_blocks WHERE identifier IN ({})";
        for row in select_in(&mut *transaction, sql, names).await? {
            self.graph.load_block(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(())
    }

    async fn load_apart(&mut self, transaction: &mut Transaction, ids: &[&str]) -> Result<(), sqlx::Error> {
        for sql in
            ["SELECT a, b FROM customers_apart WHERE a IN ({})", "SELECT a, b FROM customers_apart WHERE b IN ({})"]
        {
            for row in select_in(&mut *transaction, sql, ids).await? {
                if let (Some(a), Some(b)) = (self.graph.customer(row.try_get(0)?), self.graph.customer(row.try_get(1)?))
                {
                    self.graph.load_apart(a, b);
                }
            }
        }
        Ok(())
    }

    /// Loads all that the customers of a person have shown, as [`Graph::fold`] needs it.
    pub async fn load_links_of(&mut self, transaction: &mut Transaction, customer: Index) -> Result<(), sqlx::Error> {
        self.is_partial = true;
        let members = self.graph.person(customer).iter().map(|&member| self.graph.customers()[member].id.clone());
        let members: Vec<String> = members.collect();
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        let sql = "SELECT identifier, customer, linked_at, since, refused_at, source FROM customer_identifiers \
                   WHERE customer IN ({})";
        let rows = select_in(&mut *transaction, sql, &members).await?;
        let names: HashSet<&str> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let names: Vec<&str> = names.into_iter().collect();
        for row in &rows {
            self.add_link(row)?;
        }
        self.load_blocks(transaction, &names).await
    }

    /// Gives each customer that was made since the last time its facts. Where it was not their doing, they were not seen then.
    pub fn seen(&mut self, customer: Index, time: i64, is_theirs: bool) -> &mut Facts {
        while self.facts.len() < self.graph.customers().len() {
            self.facts.push(Facts { first_seen_at: time, last_seen_at: time, is_changed: true, ..Facts::default() });
        }
        let facts = &mut self.facts[customer];
        facts.is_changed = true;
        if is_theirs {
            facts.first_seen_at = facts.first_seen_at.min(time);
            facts.last_seen_at = facts.last_seen_at.max(time);
        }
        facts
    }

    /// Writes what is different from the database. `by` is who or what merged.
    pub async fn save(
        &mut self,
        transaction: &mut Transaction,
        by: &str,
        now: i64,
        new_id: &mut (dyn FnMut() -> String + Send),
    ) -> Result<(), sqlx::Error> {
        self.save_customers(transaction).await?;
        self.save_links(transaction).await?;
        self.save_blocks(transaction, now).await?;
        self.save_merges(transaction, by, new_id).await?;
        let undone = "UPDATE customer_merges SET unmerged_at = $1, unmerged_by = 'identifier blocked' \
                      WHERE identifier = $2 AND unmerged_at IS NULL";
        for &block in &self.graph.new_blocks {
            let name = self.graph.identifiers()[block].name.as_str();
            sqlx::query(undone).bind(now).bind(name).execute(&mut **transaction).await?;
        }
        self.save_list(transaction, now).await
    }

    async fn save_customers(&mut self, transaction: &mut Transaction) -> Result<(), sqlx::Error> {
        let customers = self.graph.customers();
        let changed = |&index: &Index| customers[index].is_changed || self.facts[index].is_changed;
        let changed: Vec<Index> = (0..self.facts.len()).filter(changed).collect();
        for &index in &changed {
            let facts = &mut self.facts[index];
            if let Some(attributes) = facts.attributes.as_ref().filter(|_| facts.news.attributes) {
                facts.attributes_text = serde_json::to_string(attributes).expect("attributes are plain data");
            }
        }
        let head = "INSERT INTO customers (id, survivor, known_by, created_at, first_seen_at, last_seen_at, identifiers, \
                    events, attributes)";
        // What has an index of its own is left alone where it is as it was.
        let of_person = "survivor = excluded.survivor, identifiers = excluded.identifiers, ";
        let (persons, others): (Vec<Index>, Vec<Index>) =
            changed.iter().partition(|&&index| customers[index].is_changed);
        for (changed, of_person) in [(persons, of_person), (others, "")] {
            let tail = format!(
                "ON CONFLICT (id) DO UPDATE SET {of_person}first_seen_at = excluded.first_seen_at, \
                 last_seen_at = excluded.last_seen_at, events = excluded.events, attributes = excluded.attributes"
            );
            insert(transaction, head, 9, &tail, &changed, |query, &index| {
                let (customer, facts) = (&customers[index], &self.facts[index]);
                query
                    .bind(customer.id.as_str())
                    .bind(customers[customer.survivor].id.as_str())
                    .bind(customer.known_by.as_str())
                    .bind(customer.created_at)
                    .bind(facts.first_seen_at)
                    .bind(facts.last_seen_at)
                    .bind(customer.identifiers as i64)
                    .bind(facts.events)
                    .bind(facts.attributes_text.as_str())
            })
            .await?;
        }
        // Who they are now, and who they were before they became one or were parted.
        let now = changed.iter().map(|&index| customers[index].survivor);
        let before = changed.iter().copied().filter(|&index| customers[index].is_changed);
        let persons: BTreeSet<&str> = now.chain(before).map(|index| customers[index].id.as_str()).collect();
        touch(transaction, &persons.into_iter().collect::<Vec<_>>()).await
    }

    async fn save_links(&self, transaction: &mut Transaction) -> Result<(), sqlx::Error> {
        let identifiers = self.graph.identifiers().iter();
        let links =
            identifiers.flat_map(|identifier| identifier.links.iter().map(move |link| (&identifier.name, link)));
        let changed: Vec<(&String, &Link)> = links.filter(|(_, link)| link.is_changed).collect();
        let head = "INSERT INTO customer_identifiers (identifier, customer, linked_at, since, refused_at, source)";
        let tail =
            "ON CONFLICT (identifier, customer) DO UPDATE SET since = excluded.since, refused_at = excluded.refused_at";
        insert(transaction, head, 6, tail, &changed, |query, &(name, link)| {
            query
                .bind(name.as_str())
                .bind(self.graph.customers()[link.customer].id.as_str())
                .bind(link.linked_at)
                .bind(link.since)
                .bind(link.refused_at)
                .bind(link.source.as_str())
        })
        .await
    }

    async fn save_blocks(&self, transaction: &mut Transaction, now: i64) -> Result<(), sqlx::Error> {
        let head = "INSERT INTO identifier_blocks (identifier, reason, blocked_at)";
        let blocks = &self.graph.new_blocks;
        insert(transaction, head, 3, "ON CONFLICT (identifier) DO NOTHING", blocks, |query, &block| {
            let identifier = &self.graph.identifiers()[block];
            let reason = identifier.blocked.as_deref().unwrap_or_default();
            query.bind(identifier.name.as_str()).bind(reason).bind(now)
        })
        .await
    }

    async fn save_merges(
        &mut self,
        transaction: &mut Transaction,
        by: &str,
        new_id: &mut (dyn FnMut() -> String + Send),
    ) -> Result<(), sqlx::Error> {
        let merges = self.graph.merges.iter().map(|merge| (new_id(), merge)).collect::<Vec<_>>();
        let head = "INSERT INTO customer_merges (id, survivor, merged, identifier, message_id, merged_at, merged_by)";
        insert(transaction, head, 7, "", &merges, |query, (id, merge)| {
            query
                .bind(id.as_str())
                .bind(self.graph.customers()[merge.survivor].id.as_str())
                .bind(self.graph.customers()[merge.merged].id.as_str())
                .bind(merge.identifier.as_str())
                .bind(merge.message_id.as_deref())
                .bind(merge.at)
                .bind(by)
        })
        .await
    }
}

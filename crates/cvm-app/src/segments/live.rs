//! One person at a time, a moment after they changed: membership shows while they are still on the page.
//!
//! All that rules ask of a person is in the database: attributes, consents, values, all orders, the latest events. So the answer
//! is that of the lake, but for conditions in SQL: where a rule depends on one, membership stays as it was last computed.
//! Where very many changed at once, as by an import, everybody is computed at once instead.

use super::rebuild::{self, Moving};
use super::store::{self, Segment};
use crate::customers;
use crate::platform::database::{Transaction, json};
use crate::platform::server::App;
use cvm_core::segment::{Calendar, Facts, Person, PersonId, Rule, order};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Persons looked at in one change.
const LOOKED_AT: i64 = 200;

/// Where more than so many wait, all are computed at once.
const WAITING_MAX: i64 = 20_000;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Persons looked at.
    pub persons: usize,
    /// Memberships that began.
    pub entered: usize,
    /// Memberships that ended.
    pub left: usize,
}

/// Looks at everybody who changes, until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    const PAUSE: Duration = Duration::from_millis(100);
    const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);
    loop {
        let pause = match round(&app).await {
            Ok(done) if done.persons > 0 => Duration::ZERO,
            Ok(_) => PAUSE,
            Err(error) => {
                tracing::error!(error = %error, "segments cannot be kept up to date right now");
                PAUSE_AFTER_ERROR
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Looks at those who changed, or for whom it is time; at nobody where there are none.
///
/// # Errors
/// What the database gives. Nothing is changed then.
pub async fn round(app: &App) -> Result<Looked, sqlx::Error> {
    let sql = "SELECT change, customer FROM segment_state WHERE id = 1";
    let row = sqlx::query(sql).fetch_one(app.database.pool()).await?;
    let from: (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    let last = customers::last_change(&app.database).await?;
    let changed = match from.0 <= last {
        true => customers::changed(&app.database, (from.0, &from.1), LOOKED_AT).await?,
        false => Vec::new(),
    };
    let mut to = changed.last().cloned().unwrap_or_else(|| from.clone());
    if changed.len() as i64 == LOOKED_AT && customers::has_changed(&app.database, (to.0, &to.1), WAITING_MAX).await? {
        // While so much waits to be taken to customers, all would have to be computed again at once. The hourly run stays.
        if customers::lag(&app.database).await?.messages > WAITING_MAX {
            return Ok(Looked::default());
        }
        to = (last, String::new());
        return leave_to_rebuild(app, &from, &to).await;
    }
    let mut ids: Vec<String> = changed.into_iter().map(|(_, customer)| customer).collect();
    let due = "SELECT customer FROM segment_checks WHERE due_at <= $1 ORDER BY due_at LIMIT $2";
    let room = LOOKED_AT - ids.len() as i64;
    for row in sqlx::query(due).bind(app.clock.now()).bind(room).fetch_all(app.database.pool()).await? {
        ids.push(row.try_get(0)?);
    }
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Looked::default());
    }
    let looked = look(app, &ids).await?;
    let mut transaction = app.database.begin().await?;
    if store::lock(&mut transaction).await? != from {
        return Ok(Looked::default()); // another server looked at them
    }
    let done = looked.write(&mut transaction).await?;
    set_position(&mut transaction, &to).await?;
    transaction.commit().await?;
    Ok(done)
}

async fn set_position(transaction: &mut Transaction, (change, customer): &(i64, String)) -> Result<(), sqlx::Error> {
    let sql = "UPDATE segment_state SET change = $1, customer = $2 WHERE id = 1";
    sqlx::query(sql).bind(change).bind(customer.as_str()).execute(&mut **transaction).await.map(drop)
}

async fn leave_to_rebuild(app: &App, from: &(i64, String), to: &(i64, String)) -> Result<Looked, sqlx::Error> {
    let mut transaction = app.database.begin().await?;
    if store::lock(&mut transaction).await? == *from {
        set_position(&mut transaction, to).await?;
        rebuild::ask(&mut transaction, app, "system").await?;
        transaction.commit().await?;
        app.jobs.wake();
    }
    Ok(Looked::default())
}

/// What came out for some persons.
struct Outcome {
    at: i64,
    persons: usize,
    /// The versions of the rules that were answered, by segment.
    versions: HashMap<i64, i64>,
    /// By segment: who enters, with since when where they take it over from one who was merged into them; and who leaves.
    enter: BTreeMap<i64, Vec<(String, Option<i64>)>>,
    leave: BTreeMap<i64, Vec<String>>,
    /// Of those who were merged into others nothing is told.
    drop: BTreeMap<i64, Vec<String>>,
    /// When to look again.
    checks: Vec<(String, Option<i64>)>,
}

/// Answers all rules for some persons.
async fn look(app: &App, ids: &[String]) -> Result<Outcome, sqlx::Error> {
    let at = app.clock.now();
    let segments = store::list(app.database.pool()).await?;
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let persons = customers::persons(app, &names).await?;
    let members = members(app, ids).await?;
    let values = values(app, ids).await?;
    let survivors = survivors(app, &persons).await?;
    let rules: Vec<(&str, &Rule)> = segments.iter().map(|segment| (segment.id.as_str(), &segment.rule)).collect();
    // Whoever saves a rule checks that they can be ordered; a moment between two changes has no order.
    let order = order(&rules).unwrap_or_default();
    let calendar = Calendar::new(at, app.config.timezone);
    let mut outcome = Outcome {
        at,
        persons: persons.len(),
        versions: segments.iter().map(|segment| (segment.number, segment.version)).collect(),
        enter: BTreeMap::new(),
        leave: BTreeMap::new(),
        drop: BTreeMap::new(),
        checks: Vec::new(),
    };
    for (id, person) in &persons {
        let name = id.to_string();
        let now = |segment: &Segment| members.get(&(segment.number, name.clone()));
        let Some(person) = person else {
            for segment in segments.iter().filter(|segment| now(segment).is_some()) {
                outcome.drop.entry(segment.number).or_default().push(name.clone());
            }
            continue;
        };
        let mut decided: HashMap<&str, bool> = HashMap::new();
        let mut next: Option<i64> = None;
        for &place in &order {
            let segment = &segments[place];
            let holds = {
                let is_in = |id: &str| decided.get(id).copied();
                let facts = Facts { person, values: values.get(&name), calendar: &calendar, is_in: &is_in };
                next = [next, segment.rule.next_change(&facts)].into_iter().flatten().min();
                segment.rule.holds(&facts)
            };
            let belongs = holds.unwrap_or(now(segment).is_some());
            decided.insert(&segment.id, belongs);
            match (belongs, now(segment)) {
                (true, None) => {
                    let merged = survivors.iter().filter(|(_, survivor)| **survivor == name);
                    let since = merged.filter_map(|(gone, _)| members.get(&(segment.number, gone.clone()))).min();
                    outcome.enter.entry(segment.number).or_default().push((name.clone(), since.copied()));
                }
                (false, Some(_)) => outcome.leave.entry(segment.number).or_default().push(name.clone()),
                _ => {}
            }
        }
        outcome.checks.push((name, next));
    }
    Ok(outcome)
}

impl Outcome {
    async fn write(mut self, transaction: &mut Transaction) -> Result<Looked, sqlx::Error> {
        self.leave_out_gone(transaction).await?;
        let mut looked = Looked { persons: self.persons, ..Looked::default() };
        let mut sizes: BTreeMap<i64, i64> = BTreeMap::new();
        for (segment, ids) in &self.drop {
            let moving = Moving { segment: *segment, entering: false, at: self.at, told: false };
            moving.write(transaction, ids).await?;
            *sizes.entry(*segment).or_default() -= ids.len() as i64;
        }
        for (segment, ids) in &self.leave {
            let moving = Moving { segment: *segment, entering: false, at: self.at, told: true };
            moving.write(transaction, ids).await?;
            looked.left += ids.len();
            *sizes.entry(*segment).or_default() -= ids.len() as i64;
        }
        for (segment, ids) in &self.enter {
            for (id, since) in ids {
                let (at, told) = (since.unwrap_or(self.at), since.is_none());
                let moving = Moving { segment: *segment, entering: true, at, told };
                moving.write(transaction, std::slice::from_ref(id)).await?;
            }
            looked.entered += ids.len();
            *sizes.entry(*segment).or_default() += ids.len() as i64;
        }
        for (segment, change) in sizes {
            let sql = "UPDATE segments SET customers = customers + $1 WHERE number = $2";
            sqlx::query(sql).bind(change).bind(segment).execute(&mut **transaction).await?;
        }
        if self.checks.is_empty() {
            return Ok(looked);
        }
        let rows: Vec<String> =
            (0..self.checks.len()).map(|row| format!("(${}, $1, ${})", row * 2 + 2, row * 2 + 3)).collect();
        let sql = format!(
            "INSERT INTO segment_checks (customer, checked_at, due_at) VALUES {} ON CONFLICT (customer) DO UPDATE SET \
             checked_at = excluded.checked_at, due_at = excluded.due_at",
            rows.join(", ")
        );
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(self.checks.len() == 1).bind(self.at);
        let query = self.checks.iter().fold(query, |query, (id, due)| query.bind(id.as_str()).bind(*due));
        query.execute(&mut **transaction).await?;
        Ok(looked)
    }

    /// What was erased, merged, deleted or given another rule since it was read: nothing of it is written.
    async fn leave_out_gone(&mut self, transaction: &mut Transaction) -> Result<(), sqlx::Error> {
        let rows = sqlx::query("SELECT number, version FROM segments").fetch_all(&mut **transaction).await?;
        let rules: HashSet<(i64, i64)> =
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
        let is_still =
            |segment: &i64| self.versions.get(segment).is_some_and(|version| rules.contains(&(*segment, *version)));
        self.enter.retain(|segment, _| is_still(segment));
        self.leave.retain(|segment, _| is_still(segment));
        if self.checks.is_empty() {
            return Ok(());
        }
        let ids = places(self.checks.len(), 1);
        let sql = format!("SELECT id FROM customers WHERE id = survivor AND id IN ({ids})");
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(self.checks.len() == 1);
        let query = self.checks.iter().fold(query, |query, (id, _)| query.bind(id.as_str()));
        let rows = query.fetch_all(&mut **transaction).await?;
        let there: HashSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        self.checks.retain(|(id, _)| there.contains(id));
        self.enter.values_mut().for_each(|ids| ids.retain(|(id, _)| there.contains(id)));
        self.leave.values_mut().for_each(|ids| ids.retain(|id| there.contains(id)));
        Ok(())
    }
}

/// Parameters for so many ids, from the first on.
fn places(ids: usize, first: usize) -> String {
    let places: Vec<String> = (first..first + ids).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// Since when who belongs to what.
async fn members(app: &App, ids: &[String]) -> Result<HashMap<(i64, String), i64>, sqlx::Error> {
    let sql = format!(
        "SELECT segment, customer, entered_at FROM segment_members WHERE customer IN ({})",
        places(ids.len(), 1)
    );
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(ids.len() == 1);
    let rows = ids.iter().fold(query, |query, id| query.bind(id.as_str())).fetch_all(app.database.pool()).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

/// What the last scoring run says.
async fn values(app: &App, ids: &[String]) -> Result<HashMap<String, Map<String, Value>>, sqlx::Error> {
    let Some(run) = store::last_run(&app.database).await? else { return Ok(HashMap::new()) };
    let sql = format!(
        "SELECT customer, columns FROM customer_values WHERE run = $1 AND customer IN ({})",
        places(ids.len(), 2)
    );
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(ids.len() == 1).bind(run);
    let rows = ids.iter().fold(query, |query, id| query.bind(id.as_str())).fetch_all(app.database.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, json(row, 1)?))).collect()
}

/// Who those were merged into who are not there any more.
async fn survivors(app: &App, persons: &[(PersonId, Option<Person>)]) -> Result<HashMap<String, String>, sqlx::Error> {
    let gone: HashSet<String> = persons.iter().filter(|(_, it)| it.is_none()).map(|(id, _)| id.to_string()).collect();
    let mut survivors = HashMap::new();
    for id in gone {
        let query = sqlx::query("SELECT survivor FROM customers WHERE id = $1").bind(id.as_str());
        if let Some(row) = query.fetch_optional(app.database.pool()).await? {
            survivors.insert(id, row.try_get(0)?);
        }
    }
    Ok(survivors)
}

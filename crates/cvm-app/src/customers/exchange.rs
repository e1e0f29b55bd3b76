//! What the lake and scoring exchange with customers: whose an id is, and what everyone is worth.

use super::store::insert;
use crate::platform::Database;
use crate::platform::database::Transaction;
use crate::platform::server::App;
use cvm_core::lake::{Owner, Values};
use sqlx::Row;

/// Owners of ids, in the order of identifiers: a message is whose its user id is, or without one its anonymous id.
///
/// # Errors
/// What the database gives.
pub async fn owners(database: &Database, after: Option<&Owner>, limit: i64) -> Result<Vec<Owner>, sqlx::Error> {
    let sql = "SELECT shown.identifier, shown.customer, shown.since, customers.known_by, customers.survivor, \
                 shown.refused_at, (SELECT reason FROM identifier_blocks WHERE identifier = shown.identifier) \
               FROM customer_identifiers AS shown JOIN customers ON customers.id = shown.customer \
               WHERE (shown.identifier, shown.customer) > ($1, $2) \
                 AND (shown.identifier LIKE 'user_id:%' OR shown.identifier LIKE 'anonymous_id:%') \
               ORDER BY shown.identifier, shown.customer LIMIT $3";
    let begin = after.map(|owner| (owner.identifier.clone(), owner.member.clone()));
    let (mut identifier, mut member) = begin.unwrap_or_default();
    let mut owners = Vec::new();
    loop {
        let query = sqlx::query(sql).bind(identifier).bind(member).bind(limit);
        let rows = query.fetch_all(database.pool()).await?;
        for row in &rows {
            let name: String = row.try_get(0)?;
            let is_own = name == row.try_get::<&str, _>(3)?;
            let is_refused = row.try_get::<Option<i64>, _>(5)?.is_some() && name.starts_with("user_id:");
            let is_blocked = row.try_get::<Option<&str>, _>(6)?.is_some();
            if is_own || !is_refused && !is_blocked {
                let since = if is_own { i64::MIN } else { row.try_get(2)? };
                owners.push(Owner { identifier: name, since, customer: row.try_get(4)?, member: row.try_get(1)? });
            }
        }
        // A page of rows that own nothing is not the end.
        match rows.last() {
            Some(last) if owners.is_empty() => (identifier, member) = (last.try_get(0)?, last.try_get(1)?),
            _ => return Ok(owners),
        }
    }
}

/// Writes values of a run that has not ended: nobody sees them yet.
///
/// # Errors
/// What the database gives.
pub async fn put_values(transaction: &mut Transaction, run: &str, values: &[Values]) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO customer_values (customer, run, columns)";
    let tail = "ON CONFLICT (customer, run) DO UPDATE SET columns = excluded.columns";
    insert(transaction, head, 3, tail, values, |query, values| {
        query.bind(values.customer.as_str()).bind(run).bind(values.columns.as_str())
    })
    .await
}

/// Whose values.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those of this run: of a try that did not come to its end.
    Of(&'a str),
    /// Those of all other runs: nobody is shown them any more. They stay in the lake.
    NotOf(&'a str),
}

/// Deletes values, a few at a time, so that nobody waits for long.
///
/// # Errors
/// What the database gives.
pub async fn drop_values(app: &App, which: Which<'_>) -> Result<(), sqlx::Error> {
    let (is, run) = match which {
        Which::Of(run) => ("=", run),
        Which::NotOf(run) => ("<>", run),
    };
    let delete = format!(
        "DELETE FROM customer_values WHERE run {is} $1 AND customer IN \
         (SELECT customer FROM customer_values WHERE run {is} $1 LIMIT $2)"
    );
    loop {
        let query = sqlx::query(sqlx::AssertSqlSafe(delete.as_str())).bind(run).bind(DROPPED_AT_ONCE);
        if query.execute(app.database.pool()).await?.rows_affected() == 0 {
            return Ok(());
        }
    }
}

/// Rows deleted in one statement.
const DROPPED_AT_ONCE: i64 = 2_000;

//! What the lake and scoring exchange with customers: whose an id is, and what everyone is worth.

use super::store::insert;
use crate::platform::Database;
use crate::platform::database::Transaction;
use sqlx::Row;

/// From when on a user id or anonymous id is whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// As `user_id:..` or `anonymous_id:..`.
    pub identifier: String,
    /// Messages of this time and later, until the next owner of the same identifier, in microseconds of Unix time. The
    /// first owner's messages before it are theirs too.
    pub since: i64,
    /// The surviving customer.
    pub customer: String,
    /// The customer within that person, by which the next page begins.
    pub member: String,
}

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

/// What a scoring run says of a surviving customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The surviving customer.
    pub customer: String,
    /// The columns, as a JSON object.
    pub columns: String,
}

/// Writes values of a run; to be called part by part in one change, and [`finish_values`] at its end.
///
/// # Errors
/// What the database gives.
pub async fn put_values(
    transaction: &mut Transaction,
    run: &str,
    computed_at: i64,
    values: &[Values],
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO customer_values (customer, run, computed_at, columns)";
    let tail = "ON CONFLICT (customer) DO UPDATE SET run = excluded.run, computed_at = excluded.computed_at, \
                columns = excluded.columns";
    insert(transaction, head, 4, tail, values, |query, values| {
        query.bind(values.customer.as_str()).bind(run).bind(computed_at).bind(values.columns.as_str())
    })
    .await
}

/// Deletes values of other runs: of customers that the run did not find.
///
/// # Errors
/// What the database gives.
pub async fn finish_values(transaction: &mut Transaction, run: &str) -> Result<u64, sqlx::Error> {
    let delete = sqlx::query("DELETE FROM customer_values WHERE run <> $1").bind(run);
    Ok(delete.execute(&mut **transaction).await?.rows_affected())
}

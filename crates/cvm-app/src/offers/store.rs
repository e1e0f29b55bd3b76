//! The SQL of offers, one function a question.

use super::catalogue::Draft;
use crate::platform::database::{Transaction, json};
use crate::platform::server::App;
use crate::platform::{Database, Problem, Result, Time};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, Row};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Offers at most.
pub(super) const OFFERS_MAX: i64 = 5_000;

/// An offer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offer {
    /// What decisions and models are kept by.
    #[serde(skip)]
    pub number: i64,
    /// The largest number that a treatment of it has had.
    #[serde(skip)]
    pub last_treatment: i64,
    /// Its id.
    pub id: String,
    /// How often it was written.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// By whom: a user's or key's id, or `system`.
    pub created_by: String,
    /// When it was last changed.
    pub changed_at: Time,
    /// By whom.
    pub changed_by: String,
    /// What it is.
    #[serde(flatten)]
    pub draft: Draft,
}

const COLUMNS: &str = "number, id, definition, last_treatment, version, created_at, created_by, changed_at, changed_by";

fn offer(row: &AnyRow) -> Result<Offer, sqlx::Error> {
    Ok(Offer {
        number: row.try_get(0)?,
        id: row.try_get(1)?,
        draft: json(row, 2)?,
        last_treatment: row.try_get(3)?,
        version: row.try_get(4)?,
        created_at: Time(row.try_get(5)?),
        created_by: row.try_get(6)?,
        changed_at: Time(row.try_get(7)?),
        changed_by: row.try_get(8)?,
    })
}

/// All offers, the oldest first.
///
/// # Errors
/// What the database gives.
pub async fn list(from: impl Executor<'_, Database = Any>) -> Result<Vec<Offer>, sqlx::Error> {
    page(from, 0, OFFERS_MAX).await
}

/// Offers after this number.
pub(super) async fn page(
    from: impl Executor<'_, Database = Any>,
    after: i64,
    limit: i64,
) -> Result<Vec<Offer>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM offers WHERE number > $1 ORDER BY number LIMIT $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after).bind(limit).fetch_all(from).await?;
    rows.iter().map(offer).collect()
}

/// The offer of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn get(app: &App, id: &str) -> Result<Offer> {
    find(app.database.pool(), id).await
}

/// The same within a change.
pub(super) async fn find(from: impl Executor<'_, Database = Any>, id: &str) -> Result<Offer> {
    let sql = format!("SELECT {COLUMNS} FROM offers WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(from).await?;
    let none = || Problem::not_found(format!("there is no offer {id}"));
    row.as_ref().map(offer).transpose()?.ok_or_else(none)
}

/// The number of the catalogue: it grows with every change.
///
/// # Errors
/// What the database gives.
pub async fn number(database: &Database) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT catalogue FROM offer_state WHERE id = 1").fetch_one(database.pool()).await?.try_get(0)
}

/// What some offers, by their numbers, were when the catalogue had this number.
///
/// # Errors
/// What the database gives.
pub async fn of_catalogue(app: &App, catalogue: i64, offers: &[i64]) -> Result<HashMap<i64, Draft>, sqlx::Error> {
    let sql =
        "SELECT definition FROM offer_versions WHERE offer = $1 AND catalogue <= $2 ORDER BY version DESC LIMIT 1";
    let mut found = HashMap::new();
    for number in offers {
        let query = sqlx::query(sql).bind(number).bind(catalogue);
        if let Some(row) = query.fetch_optional(app.database.pool()).await? {
            found.insert(*number, json(&row, 0)?);
        }
    }
    Ok(found)
}

/// What a change of the catalogue begins with: nobody else changes it until the end. Its new number, and that of the last offer.
pub(super) async fn lock(transaction: &mut Transaction) -> Result<(i64, i64), sqlx::Error> {
    let sql = "UPDATE offer_state SET catalogue = catalogue + 1 WHERE id = 1 RETURNING catalogue, last_number";
    let row = sqlx::query(sql).fetch_one(&mut **transaction).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// How many there are.
pub(super) async fn count(from: impl Executor<'_, Database = Any>) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT count(*) FROM offers").fetch_one(from).await?.try_get(0)
}

/// Who writes an offer, when, and the number of the catalogue with it.
pub(super) struct By<'a> {
    pub who: &'a str,
    pub at: i64,
    pub catalogue: i64,
}

/// Adds an offer.
pub(super) async fn insert(
    transaction: &mut Transaction,
    (number, id): (i64, &str),
    (draft, last_treatment): (&Draft, i64),
    by: &By<'_>,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO offers (number, id, name, definition, last_treatment, version, created_at, created_by, changed_at, \
               changed_by) VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9)";
    let query = sqlx::query(sql).bind(number).bind(id).bind(draft.name.as_str()).bind(written(draft));
    let query = query.bind(last_treatment).bind(by.at).bind(by.who).bind(by.at).bind(by.who);
    query.execute(&mut **transaction).await?;
    let sql = "UPDATE offer_state SET last_number = $1 WHERE id = 1";
    sqlx::query(sql).bind(number).execute(&mut **transaction).await?;
    insert_version(transaction, (number, 1), draft, by).await
}

/// Changes an offer.
pub(super) async fn update(
    transaction: &mut Transaction,
    offer: &Offer,
    (draft, last_treatment): (&Draft, i64),
    by: &By<'_>,
) -> Result<(), sqlx::Error> {
    let sql = "UPDATE offers SET name = $1, definition = $2, last_treatment = $3, version = $4, changed_at = $5, \
               changed_by = $6 WHERE number = $7";
    let query = sqlx::query(sql).bind(draft.name.as_str()).bind(written(draft)).bind(last_treatment);
    let query = query.bind(offer.version + 1).bind(by.at).bind(by.who).bind(offer.number);
    query.execute(&mut **transaction).await?;
    insert_version(transaction, (offer.number, offer.version + 1), draft, by).await
}

async fn insert_version(
    transaction: &mut Transaction,
    (offer, version): (i64, i64),
    draft: &Draft,
    by: &By<'_>,
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO offer_versions (offer, version, catalogue, definition, changed_at, changed_by) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql).bind(offer).bind(version).bind(by.catalogue).bind(written(draft));
    query.bind(by.at).bind(by.who).execute(&mut **transaction).await.map(drop)
}

/// Takes an offer away; what it was stays.
pub(super) async fn delete(transaction: &mut Transaction, number: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM offers WHERE number = $1").bind(number).execute(&mut **transaction).await.map(drop)
}

fn written(draft: &Draft) -> String {
    serde_json::to_string(draft).expect("an offer is plain data")
}

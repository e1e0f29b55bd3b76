//! What somebody wrote down about a customer, for whoever talks with them next. Notes go with the person: they are part of an
//! export, and of an erasure.

use super::view::{no_customer, survivor};
use crate::access::{Caller, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Letters of a note at most.
pub(super) const LETTERS_MAX: usize = 2_000;

/// A note.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CustomerNote)]
pub(super) struct Note {
    pub id: String,
    pub time: Time,
    /// The user who wrote it, by id.
    pub author: String,
    /// As they are called; empty where they are no more.
    pub author_name: String,
    pub text: String,
}

/// Adds a note.
///
/// # Errors
/// 404 where there is no such customer, 422 for nothing and for too much, and what the database gives.
pub(super) async fn add(app: &App, caller: &Caller, customer: &str, text: &str) -> Result<()> {
    let (author, _) = caller.user()?;
    let text = text.trim().replace("\r\n", "\n");
    let letters = text.chars().count();
    if letters == 0 || letters > LETTERS_MAX || text.contains('\0') {
        let detail = format!("{letters} letters; expected 1 to {LETTERS_MAX}");
        return Err(Problem::invalid(vec![Fault::new("/text", detail)]));
    }
    let customer = survivor(app, customer).await?;
    let mut transaction = app.database.begin().await?;
    // Whoever erases them takes turns with this: a note about nobody would be left.
    super::store::lock(&mut transaction).await?;
    let there = sqlx::query("SELECT 1 FROM customers WHERE id = $1").bind(&customer);
    there.fetch_optional(&mut *transaction).await?.ok_or_else(|| no_customer(&customer))?;
    let id = app.random.id(&app.clock);
    let sql = "INSERT INTO customer_notes (id, customer, author, time, text) VALUES ($1, $2, $3, $4, $5)";
    let insert = sqlx::query(sql).bind(&id).bind(&customer).bind(author).bind(app.clock.now()).bind(&text);
    insert.execute(&mut *transaction).await?;
    audit::record(&mut transaction, app, caller, "customer.note", &customer, json!({"note": id})).await?;
    Ok(transaction.commit().await?)
}

/// Removes a note that the caller wrote.
///
/// # Errors
/// 404 where there is none of theirs, and what the database gives.
pub(super) async fn remove(app: &App, caller: &Caller, customer: &str, id: &str) -> Result<()> {
    let (author, _) = caller.user()?;
    let mut transaction = app.database.begin().await?;
    let delete = sqlx::query("DELETE FROM customer_notes WHERE id = $1 AND author = $2").bind(id).bind(author);
    if delete.execute(&mut *transaction).await?.rows_affected() == 0 {
        return Err(Problem::not_found("there is no such note of yours"));
    }
    audit::record(&mut transaction, app, caller, "customer.note_remove", customer, json!({"note": id})).await?;
    Ok(transaction.commit().await?)
}

//! Views of the list that somebody saved: filters and order under a name, for oneself or for all.

use crate::access::{Caller, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Views of one user at most.
const VIEWS_MAX: i64 = 100;

/// Letters of a query at most.
const QUERY_LETTERS: usize = 2_000;

/// A view.
#[derive(Debug, Clone)]
pub(super) struct SavedView {
    pub id: String,
    pub name: String,
    /// As in the address, behind the question mark.
    pub query: String,
    pub shared: bool,
    /// Whether it is the caller's own.
    pub own: bool,
}

/// Those that a user sees, by name.
///
/// # Errors
/// What the database gives.
pub(super) async fn list(app: &App, user: &str) -> Result<Vec<SavedView>> {
    let sql = "SELECT id, name, query, shared_at, owner FROM customer_views WHERE owner = $1 OR shared_at IS NOT NULL \
               ORDER BY name, id LIMIT $2";
    let rows = sqlx::query(sql).bind(user).bind(VIEWS_MAX).fetch_all(app.database.pool()).await?;
    let view = |row: &AnyRow| {
        Ok(SavedView {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            query: row.try_get(2)?,
            shared: row.try_get::<Option<i64>, _>(3)?.is_some(),
            own: row.try_get::<&str, _>(4)? == user,
        })
    };
    Ok(rows.iter().map(view).collect::<Result<_, sqlx::Error>>()?)
}

/// Saves a view.
///
/// # Errors
/// 422 for a name or query that is too long, 409 where the user has too many, and what the database gives.
pub(super) async fn save(app: &App, caller: &Caller, name: &str, query: &str, shared: bool) -> Result<()> {
    let (owner, _) = caller.user()?;
    let name = name.trim();
    let mut faults: Vec<Fault> = Fault::of_name("/name", name).into_iter().collect();
    if query.len() > QUERY_LETTERS {
        faults.push(Fault::new("/query", format!("{} bytes; expected at most {QUERY_LETTERS}", query.len())));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let mut transaction = app.database.begin().await?;
    let count = sqlx::query("SELECT count(*) FROM customer_views WHERE owner = $1").bind(owner);
    if count.fetch_one(&mut *transaction).await?.try_get::<i64, _>(0)? >= VIEWS_MAX {
        return Err(Problem::conflict(format!("you have {VIEWS_MAX} views; remove one first")));
    }
    let (id, now) = (app.random.id(&app.clock), app.clock.now());
    let sql =
        "INSERT INTO customer_views (id, owner, name, query, shared_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let insert = sqlx::query(sql).bind(&id).bind(owner).bind(name).bind(query).bind(shared.then_some(now)).bind(now);
    insert.execute(&mut *transaction).await?;
    audit::record(&mut transaction, app, caller, "customer_view.create", &id, json!({"shared": shared})).await?;
    Ok(transaction.commit().await?)
}

/// Removes a view of one's own.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub(super) async fn remove(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let (owner, _) = caller.user()?;
    let mut transaction = app.database.begin().await?;
    let delete = sqlx::query("DELETE FROM customer_views WHERE id = $1 AND owner = $2").bind(id).bind(owner);
    if delete.execute(&mut *transaction).await?.rows_affected() == 0 {
        return Err(Problem::not_found("you have no such view"));
    }
    audit::record(&mut transaction, app, caller, "customer_view.remove", id, json!({})).await?;
    Ok(transaction.commit().await?)
}

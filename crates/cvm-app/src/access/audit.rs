//! Who changed what: an entry is written in the transaction of the change, so there is neither without the other.

use super::caller::Caller;
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Page, Paging, Result, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What somebody did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AuditEntry)]
pub struct Entry {
    /// Entries are in the order of their ids.
    id: String,
    at: Time,
    /// `user`, `key`, `system` (the command line, work in the background) or `nobody` (before signing in).
    actor_kind: String,
    /// The id of the user or key.
    actor_id: String,
    /// The kind of thing and what was done with it, as in `user.create`.
    action: String,
    /// The id of the thing.
    subject_id: String,
    /// As in the log and in the header `X-Request-Id`.
    request_id: String,
    address: String,
    /// What else is worth knowing; never a secret.
    details: Value,
}

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only by this user or key.
    #[serde(default)]
    actor_id: String,
    /// Only about this thing.
    #[serde(default)]
    subject_id: String,
    /// Only this action.
    #[serde(default)]
    action: String,
}

/// Adds an entry. `action` names the kind of thing and what was done with it, as in `user.create`; `details` holds
/// neither secrets nor more personal data than the id of whom it is about.
///
/// # Errors
/// What the database gives.
pub async fn record(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    action: &str,
    subject_id: &str,
    details: Value,
) -> Result<(), sqlx::Error> {
    let (actor_kind, actor_id) = caller.actor();
    let insert = "INSERT INTO audit (id, at, actor_kind, actor_id, action, subject_id, request_id, address, details) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(insert)
        .bind(app.random.id(&app.clock))
        .bind(app.clock.now())
        .bind(actor_kind)
        .bind(actor_id)
        .bind(action)
        .bind(subject_id)
        .bind(&caller.request_id)
        .bind(caller.address_text())
        .bind(details.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// A page of entries, the latest first.
///
/// # Errors
/// A problem for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, filter: &Filter, paging: &Paging) -> Result<Page<Entry>> {
    let select = "SELECT id, at, actor_kind, actor_id, action, subject_id, request_id, address, details FROM audit \
                  WHERE ($1 = '' OR actor_id = $1) AND ($2 = '' OR subject_id = $2) AND ($3 = '' OR action = $3) \
                  AND ($4 = '' OR id < $4) ORDER BY id DESC LIMIT $5";
    let rows = sqlx::query(select)
        .bind(&filter.actor_id)
        .bind(&filter.subject_id)
        .bind(&filter.action)
        .bind(paging.after::<String>()?.unwrap_or_default())
        .bind(paging.rows()?)
        .fetch_all(app.database.pool())
        .await?;
    let entries = rows.iter().map(entry).collect::<Result<_, sqlx::Error>>()?;
    Ok(paging.page(entries, |entry| entry.id.clone()))
}

fn entry(row: &AnyRow) -> Result<Entry, sqlx::Error> {
    Ok(Entry {
        id: row.try_get("id")?,
        at: Time(row.try_get("at")?),
        actor_kind: row.try_get("actor_kind")?,
        actor_id: row.try_get("actor_id")?,
        action: row.try_get("action")?,
        subject_id: row.try_get("subject_id")?,
        request_id: row.try_get("request_id")?,
        address: row.try_get("address")?,
        details: serde_json::from_str(&row.try_get::<String, _>("details")?).unwrap_or_default(),
    })
}

//! API keys: how programs call. A key is shown once, when it is made. It is the company's: it stays when its maker goes,
//! until it expires or is revoked.

use super::caller::{Caller, Who};
use super::permission::Permission;
use super::{audit, secret, users};
use crate::platform::clock::HOUR;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Page, Paging, Problem, Result, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What keys begin with, so that scanners of leaked secrets know them.
const PREFIX: &str = "cvm_";

/// A key is seen as used when this long has passed, to spare a write on every request.
const USED_EVERY: i64 = HOUR;

/// An API key, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ApiKey)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// How the key begins.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// The id of the user who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Time,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
    /// When it was last used, to an hour.
    pub used_at: Option<Time>,
    /// When somebody ended it.
    pub revoked_at: Option<Time>,
}

/// A key to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do.
    #[schema(min_items = 1)]
    pub scopes: Vec<Permission>,
    /// When it ends; never where this is not given.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// A key that was made now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CreatedApiKey)]
pub struct CreatedKey {
    /// The key itself. It is not shown again.
    pub key: String,
    /// What will be shown of it.
    #[serde(flatten)]
    pub about: Key,
}

/// Makes a key that belongs to the caller; where that is the command line, to the first admin.
///
/// # Errors
/// A problem for values that cannot be, and what the database gives.
pub async fn create_key(app: &App, caller: &Caller, new: NewKey) -> Result<CreatedKey> {
    let user_id = match caller.who {
        Who::System => users::first_admin(app).await?,
        _ => caller.user()?.0.to_owned(),
    };
    let mut scopes = new.scopes;
    let mut faults: Vec<Fault> = Fault::of_name("/name", &new.name).into_iter().collect();
    if scopes.is_empty() {
        faults.push(Fault::new("/scopes", "a key without scopes opens nothing"));
    }
    for (index, scope) in scopes.iter().enumerate().filter(|(_, scope)| !scope.is_scope()) {
        let detail = format!("`{}` is for persons, not for keys", scope.name());
        faults.push(Fault::new(format!("/scopes/{index}"), detail));
    }
    let now = app.clock.now();
    if new.expires_at.is_some_and(|time| time.0 <= now) {
        faults.push(Fault::new("/expires_at", "this time has passed"));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    scopes.sort_by_key(|scope| scope.name());
    scopes.dedup();
    let key = secret::token(PREFIX, &app.random);
    let about = Key {
        id: app.random.id(&app.clock),
        name: new.name.trim().to_owned(),
        prefix: key[..PREFIX.len() + 8].to_owned(),
        scopes,
        created_by: user_id,
        created_at: Time(now),
        expires_at: new.expires_at,
        used_at: None,
        revoked_at: None,
    };
    let mut transaction = app.database.begin().await?;
    let insert = "INSERT INTO api_keys (id, name, prefix, key_hash, scopes, created_by, created_at, expires_at) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(insert)
        .bind(&about.id)
        .bind(&about.name)
        .bind(&about.prefix)
        .bind(secret::digest(&key))
        .bind(json!(about.scopes).to_string())
        .bind(&about.created_by)
        .bind(now)
        .bind(about.expires_at.map(|time| time.0))
        .execute(&mut *transaction)
        .await?;
    let details = json!({"name": about.name, "scopes": about.scopes, "expires_at": about.expires_at});
    audit::record(&mut transaction, app, caller, "api_key.create", &about.id, details).await?;
    transaction.commit().await?;
    Ok(CreatedKey { key, about })
}

/// A key that was found, as it is remembered for a moment.
#[derive(Debug, Clone)]
pub struct KnownKey {
    id: String,
    scopes: Vec<Permission>,
    expires_at: Option<i64>,
}

/// Whom a key stands for, while it lasts.
pub(super) async fn find(app: &App, key: &str) -> Result<Option<Who>> {
    let (now, hash) = (app.clock.now(), secret::digest(key));
    let lasts = |known: &KnownKey| known.expires_at.is_none_or(|expires_at| expires_at > now);
    if let Some(known) = app.api_keys.get(&hash, now).filter(lasts) {
        return Ok(Some(Who::Key { id: known.id, scopes: known.scopes }));
    }
    let select = "SELECT id, scopes, used_at, expires_at FROM api_keys \
                  WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    let row = sqlx::query(select).bind(&hash).bind(now).fetch_optional(app.database.pool()).await?;
    let Some(row) = row else { return Ok(None) };
    let known = KnownKey { id: row.try_get("id")?, scopes: scopes(&row)?, expires_at: row.try_get("expires_at")? };
    if row.try_get::<Option<i64>, _>("used_at")?.is_none_or(|used_at| now - used_at >= USED_EVERY) {
        let mut transaction = app.database.begin().await?;
        let update = sqlx::query("UPDATE api_keys SET used_at = $1 WHERE id = $2").bind(now).bind(&known.id);
        update.execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    app.api_keys.keep(&hash, Some(known.clone()), now);
    Ok(Some(Who::Key { id: known.id, scopes: known.scopes }))
}

/// A page of keys, the latest first.
///
/// # Errors
/// 400 for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, paging: &Paging) -> Result<Page<Key>> {
    let select = "SELECT id, name, prefix, scopes, created_by, created_at, expires_at, used_at, revoked_at \
                  FROM api_keys WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2";
    let rows = sqlx::query(select)
        .bind(paging.after::<String>()?.unwrap_or_default())
        .bind(paging.rows()?)
        .fetch_all(app.database.pool())
        .await?;
    let keys = rows.iter().map(about).collect::<Result<_>>()?;
    Ok(paging.page(keys, |key| key.id.clone()))
}

/// Ends a key for good. Again is no mistake.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let row = sqlx::query("SELECT revoked_at FROM api_keys WHERE id = $1").bind(id);
    let Some(row) = row.fetch_optional(&mut *transaction).await? else {
        return Err(Problem::not_found("there is no API key of this id"));
    };
    if row.try_get::<Option<i64>, _>("revoked_at")?.is_none() {
        let update = sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE id = $2").bind(app.clock.now()).bind(id);
        update.execute(&mut *transaction).await?;
        audit::record(&mut transaction, app, caller, "api_key.revoke", id, json!({})).await?;
        transaction.commit().await?;
        app.api_keys.forget();
    }
    Ok(())
}

fn about(row: &AnyRow) -> Result<Key> {
    let time = |name| row.try_get::<Option<i64>, _>(name).map(|time| time.map(Time));
    Ok(Key {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        prefix: row.try_get("prefix")?,
        scopes: scopes(row)?,
        created_by: row.try_get("created_by")?,
        created_at: Time(row.try_get("created_at")?),
        expires_at: time("expires_at")?,
        used_at: time("used_at")?,
        revoked_at: time("revoked_at")?,
    })
}

fn scopes(row: &AnyRow) -> Result<Vec<Permission>> {
    serde_json::from_str(&row.try_get::<String, _>("scopes")?).map_err(|error| Problem::internal(&error))
}

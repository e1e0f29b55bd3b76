//! Who is told: an address and the secret by which it knows that a message is ours.

use super::address;
use crate::access::{Caller, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Endpoints at most.
const ENDPOINTS_MAX: i64 = 100;

/// An address that is told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where messages are sent to.
    pub url: String,
    /// When it was made.
    pub created_at: Time,
    /// Set where nothing is sent to it any more.
    pub disabled_at: Option<Time>,
    /// Why: `by hand`, or `gone` where it answered that it is (410).
    pub disabled_because: String,
}

/// An endpoint that was made just now, with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedWebhookEndpoint)]
pub struct CreatedEndpoint {
    #[serde(flatten)]
    #[expect(missing_docs, reason = "the endpoint itself")]
    pub endpoint: Endpoint,
    /// What messages are signed with; shown now and never again.
    pub secret: String,
}

/// An endpoint to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhookEndpoint)]
pub struct NewEndpoint {
    /// What people call it.
    pub name: String,
    /// Where messages are sent to.
    pub url: String,
}

fn endpoint(row: &AnyRow) -> Result<Endpoint, sqlx::Error> {
    Ok(Endpoint {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        url: row.try_get(2)?,
        created_at: Time(row.try_get(3)?),
        disabled_at: row.try_get::<Option<i64>, _>(4)?.map(Time),
        disabled_because: row.try_get(5)?,
    })
}

const COLUMNS: &str = "id, name, url, created_at, disabled_at, disabled_because";

/// All of them, the oldest first.
///
/// # Errors
/// What the database gives.
pub async fn list(app: &App) -> Result<Vec<Endpoint>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_endpoints ORDER BY id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(app.database.pool()).await?;
    rows.iter().map(endpoint).collect()
}

/// One of them, with its secret.
pub(super) async fn with_secret(app: &App, id: &str) -> Result<Option<(Endpoint, String)>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS}, secret FROM webhook_endpoints WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(app.database.pool()).await?;
    row.map(|row| Ok((endpoint(&row)?, row.try_get(6)?))).transpose()
}

/// Makes one, with a secret of its own.
///
/// # Errors
/// 422 for a name or an address that cannot be, 409 where there are too many, and what the database gives.
pub async fn create(app: &App, caller: &Caller, new: &NewEndpoint) -> Result<CreatedEndpoint> {
    let mut faults: Vec<Fault> = Fault::of_name("/name", &new.name).into_iter().collect();
    let (name, url) = (new.name.trim(), new.url.trim());
    faults.extend(address::fault(url, app.config.webhook_private).map(|detail| Fault::new("/url", detail)));
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let secret = format!("whsec_{}", BASE64_STANDARD.encode(app.random.bytes::<32>()));
    let made = Endpoint {
        id: app.random.id(&app.clock),
        name: name.to_owned(),
        url: url.to_owned(),
        created_at: Time(app.clock.now()),
        disabled_at: None,
        disabled_because: String::new(),
    };
    let mut transaction = app.database.begin().await?;
    let row = sqlx::query("SELECT count(*) FROM webhook_endpoints").fetch_one(&mut *transaction).await?;
    if row.try_get::<i64, _>(0)? >= ENDPOINTS_MAX {
        return Err(Problem::conflict(format!(
            "there are {ENDPOINTS_MAX} endpoints, which is the most; remove one first"
        )));
    }
    let sql = "INSERT INTO webhook_endpoints (id, name, url, secret, created_at, created_by, disabled_because) \
               VALUES ($1, $2, $3, $4, $5, $6, '')";
    let query = sqlx::query(sql).bind(&made.id).bind(name).bind(url).bind(&secret).bind(made.created_at.0);
    query.bind(caller.actor().1).execute(&mut *transaction).await?;
    let details = json!({"name": name, "url": url});
    audit::record(&mut transaction, app, caller, "webhook.create", &made.id, details).await?;
    transaction.commit().await?;
    Ok(CreatedEndpoint { endpoint: made, secret })
}

/// Takes one away, with what was sent to it.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn remove(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let gone = sqlx::query("DELETE FROM webhook_endpoints WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    if gone.rows_affected() == 0 {
        return Err(none(id));
    }
    sqlx::query("DELETE FROM webhook_deliveries WHERE endpoint = $1").bind(id).execute(&mut *transaction).await?;
    audit::record(&mut transaction, app, caller, "webhook.remove", id, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether messages are sent to it.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn set_enabled(app: &App, caller: &Caller, id: &str, enabled: bool) -> Result<()> {
    let (at, because) = if enabled { (None, "") } else { (Some(app.clock.now()), "by hand") };
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE webhook_endpoints SET disabled_at = $1, disabled_because = $2 WHERE id = $3";
    let changed = sqlx::query(sql).bind(at).bind(because).bind(id).execute(&mut *transaction).await?;
    if changed.rows_affected() == 0 {
        return Err(none(id));
    }
    let action = if enabled { "webhook.enable" } else { "webhook.disable" };
    audit::record(&mut transaction, app, caller, action, id, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) fn none(id: &str) -> Problem {
    Problem::not_found(format!("there is no webhook endpoint {id}"))
}

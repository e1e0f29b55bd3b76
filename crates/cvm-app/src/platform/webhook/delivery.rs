//! The way of a message to its endpoint: signed, tried again with growing pauses, its end noted.

use super::address::{self, PublicOnly};
use super::endpoints::{none, with_secret};
use crate::access::{Caller, audit};
use crate::platform::clock::{DAY, HOUR, MINUTE, SECOND};
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Task};
use crate::platform::server::App;
use crate::platform::{Config, Page, Paging, Problem, Result, Time};
use anyhow::Context;
use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, USER_AGENT};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::any::AnyRow;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// The kind of job: one a message.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "webhook",
    run: |app, task| Box::pin(async move { deliver(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 5, // of what fails here; an endpoint that does not answer is no failure of the job
};

/// Pauses before the next try.
const PAUSES: [i64; 6] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];

/// An endpoint may ask for no longer a pause than this.
const PAUSE_MAX: i64 = DAY;

/// An answer is waited for so long.
const PATIENCE: Duration = Duration::from_secs(15);

/// Bytes of a message at most.
const BYTES_MAX: usize = 20_000;

/// How long it is kept what was sent.
const KEPT: i64 = 30 * DAY;

/// A message and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct Delivery {
    /// The same at every try, as the header `webhook-id` says it.
    pub id: String,
    /// Where to.
    pub endpoint: String,
    /// What it tells of, as in `alert.raised`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was to be sent.
    pub asked_at: Time,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was last tried.
    pub tried_at: Option<Time>,
    /// When it arrived.
    pub delivered_at: Option<Time>,
    /// When it was given up.
    pub failed_at: Option<Time>,
    /// What the endpoint last answered: an HTTP status.
    pub status: Option<i64>,
    /// Why it did not arrive.
    pub error: String,
}

/// Sends over HTTP. Clones share their connections.
#[derive(Clone)]
pub struct Sender(reqwest::Client);

impl Sender {
    /// With what the settings allow.
    ///
    /// # Errors
    /// What the system gives for TLS.
    pub fn new(config: &Config) -> std::result::Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            // Who answers elsewhere could send us anywhere, and a proxy would look names up beside our check.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE);
        let client = if config.webhook_private { client } else { client.dns_resolver(Arc::new(PublicOnly)) };
        client.build().map(Self)
    }
}

/// Notes a message to an endpoint, within a change, and asks for its delivery: its id. `data` holds no more personal data than ids.
///
/// # Errors
/// 422 for what is larger than a message may be, and what the database gives.
pub async fn send(
    transaction: &mut Transaction,
    app: &App,
    endpoint: &str,
    kind: &str,
    data: &Value,
) -> Result<String> {
    let now = app.clock.now();
    let body = json!({"type": kind, "timestamp": Time(now), "data": data}).to_string();
    if body.len() > BYTES_MAX {
        let fault = format!("the message has {} bytes; expected {BYTES_MAX} at most", body.len());
        return Err(Problem::invalid(vec![crate::platform::problem::Fault::new("/data", fault)]));
    }
    let id = app.random.id(&app.clock);
    let sql = "INSERT INTO webhook_deliveries (id, endpoint, kind, body, asked_at, attempts, error) \
               VALUES ($1, $2, $3, $4, $5, 0, '')";
    let query = sqlx::query(sql).bind(&id).bind(endpoint).bind(kind).bind(body).bind(now);
    query.execute(&mut **transaction).await?;
    ask(transaction, app, &id, now).await?;
    Ok(id)
}

async fn ask(transaction: &mut Transaction, app: &App, id: &str, due_at: i64) -> Result<(), sqlx::Error> {
    let asked = Asked { kind: JOB.name, subject: id, input: &Value::Null, by: "system", due_at };
    jobs::ask(transaction, app, asked).await.map(drop)
}

/// Sends one again that was given up or that arrived.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn again(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let sql =
        "UPDATE webhook_deliveries SET attempts = 0, delivered_at = NULL, failed_at = NULL, error = '' WHERE id = $1";
    if sqlx::query(sql).bind(id).execute(&mut *transaction).await?.rows_affected() == 0 {
        return Err(Problem::not_found(format!("there is no message {id}")));
    }
    ask(&mut transaction, app, id, app.clock.now()).await?;
    audit::record(&mut transaction, app, caller, "webhook.replay", id, json!({})).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(())
}

const COLUMNS: &str = "id, endpoint, kind, asked_at, attempts, tried_at, delivered_at, failed_at, status, error";

fn delivery(row: &AnyRow) -> Result<Delivery, sqlx::Error> {
    let time = |column: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Time));
    Ok(Delivery {
        id: row.try_get(0)?,
        endpoint: row.try_get(1)?,
        kind: row.try_get(2)?,
        asked_at: Time(row.try_get(3)?),
        attempts: row.try_get(4)?,
        tried_at: time(5)?,
        delivered_at: time(6)?,
        failed_at: time(7)?,
        status: row.try_get(8)?,
        error: row.try_get(9)?,
    })
}

/// What was sent, the latest first; to one endpoint, or with an empty id to all.
///
/// # Errors
/// 400 for a wrong cursor or limit, 404 where there is no such endpoint, and what the database gives.
pub async fn deliveries(app: &App, endpoint: &str, paging: &Paging) -> Result<Page<Delivery>> {
    if !endpoint.is_empty() && with_secret(app, endpoint).await?.is_none() {
        return Err(none(endpoint));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_deliveries WHERE ($1 = '' OR endpoint = $1) AND ($2 = '' OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(endpoint);
    let query = query.bind(paging.after::<String>()?.unwrap_or_default()).bind(paging.rows()?);
    let rows = query.fetch_all(app.database.pool()).await?;
    let rows = rows.iter().map(delivery).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |delivery| delivery.id.clone()))
}

/// Forgets what was sent long ago.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let sql = "DELETE FROM webhook_deliveries WHERE asked_at < $1";
    sqlx::query(sql).bind(app.clock.now() - KEPT).execute(app.database.pool()).await.map(drop)
}

/// How a try ended.
struct Tried {
    status: Option<i64>,
    error: String,
    /// What the endpoint asks for, in microseconds.
    pause: Option<i64>,
}

async fn deliver(app: &App, task: &Task) -> anyhow::Result<Value> {
    let id = task.job.subject.as_str();
    let sql = format!("SELECT {COLUMNS}, body FROM webhook_deliveries WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(app.database.pool()).await?;
    let Some(row) = row else { return Ok(Value::Null) }; // its endpoint was taken away
    let (delivery, body) = (delivery(&row)?, row.try_get::<String, _>(10)?);
    if delivery.delivered_at.is_some() || delivery.failed_at.is_some() {
        return Ok(Value::Null);
    }
    let tried = match with_secret(app, &delivery.endpoint).await? {
        Some((endpoint, secret)) if endpoint.disabled_at.is_none() => {
            post(app, &endpoint.url, &secret, id, body).await?
        }
        _ => {
            note(
                app,
                &delivery,
                &Tried { status: None, error: "the endpoint is switched off".to_owned(), pause: None },
                true,
            )
            .await?;
            return Ok(json!({"delivered": false}));
        }
    };
    let is_there = tried.error.is_empty();
    note(app, &delivery, &tried, tried.status == Some(410)).await?;
    Ok(json!({"delivered": is_there, "status": tried.status}))
}

/// Notes how a try ended; where it goes on, the next one is asked for with it.
async fn note(app: &App, delivery: &Delivery, tried: &Tried, is_last: bool) -> Result<(), sqlx::Error> {
    let now = app.clock.now();
    let is_there = tried.error.is_empty();
    let pause = usize::try_from(delivery.attempts).ok().and_then(|tries| PAUSES.get(tries));
    let next = pause.filter(|_| !is_there && !is_last).map(|&pause| {
        // Not all at the same moment, where an endpoint was away for many.
        let pause = pause + now.rem_euclid(pause / 10 + 1);
        now + tried.pause.map_or(pause, |asked| asked.clamp(pause, PAUSE_MAX))
    });
    let failed_at = (!is_there && next.is_none()).then_some(now);
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE webhook_deliveries SET attempts = attempts + 1, tried_at = $1, delivered_at = $2, failed_at = $3, \
               status = $4, error = $5 WHERE id = $6";
    let query = sqlx::query(sql).bind(now).bind(is_there.then_some(now)).bind(failed_at).bind(tried.status);
    query.bind(&tried.error).bind(&delivery.id).execute(&mut *transaction).await?;
    if tried.status == Some(410) {
        let sql = "UPDATE webhook_endpoints SET disabled_at = $1, disabled_because = 'gone' WHERE id = $2";
        sqlx::query(sql).bind(now).bind(&delivery.endpoint).execute(&mut *transaction).await?;
    }
    if let Some(due_at) = next {
        ask(&mut transaction, app, &delivery.id, due_at).await?;
    }
    transaction.commit().await
}

async fn post(app: &App, url: &str, secret: &str, id: &str, body: String) -> anyhow::Result<Tried> {
    if let Some(fault) = address::fault(url, app.config.webhook_private) {
        return Ok(Tried { status: None, error: fault.to_owned(), pause: None });
    }
    let headers = signed(secret, id, app.clock.now() / SECOND, &body)?;
    let answer = app.webhooks.0.post(url).headers(headers).body(body).send().await;
    Ok(match answer {
        Ok(answer) if answer.status().is_success() => {
            Tried { status: Some(answer.status().as_u16().into()), error: String::new(), pause: None }
        }
        Ok(answer) => {
            let status = answer.status().as_u16();
            let pause = answer.headers().get(RETRY_AFTER).and_then(|after| asked_pause(after, app.clock.now()));
            Tried { status: Some(status.into()), error: format!("the endpoint answered {status}"), pause }
        }
        // What the library says may hold the address with secrets in it.
        Err(error) => {
            let error =
                if error.is_timeout() { "the endpoint does not answer" } else { "the endpoint cannot be reached" };
            Tried { status: None, error: error.to_owned(), pause: None }
        }
    })
}

/// What the endpoint knows us by: the signature is over id, time and body.
fn signed(secret: &str, id: &str, seconds: i64, body: &str) -> anyhow::Result<HeaderMap> {
    let signature = Webhook::new(secret)?.sign(id, seconds, body.as_bytes())?;
    let value = |text: String| HeaderValue::from_str(&text).context("a header");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("OpenCVM/", env!("CARGO_PKG_VERSION"))));
    headers.insert(HEADER_WEBHOOK_ID, value(id.to_owned())?);
    headers.insert(HEADER_WEBHOOK_TIMESTAMP, value(seconds.to_string())?);
    headers.insert(HEADER_WEBHOOK_SIGNATURE, value(signature)?);
    Ok(headers)
}

/// How long `Retry-After` asks to wait: seconds, or a moment.
fn asked_pause(after: &HeaderValue, now: i64) -> Option<i64> {
    let text = after.to_str().ok()?.trim();
    match text.parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(SECOND),
        Err(_) => Some(DateTime::parse_from_rfc2822(text).ok()?.timestamp_micros() - now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature is that of the specification's own libraries.
    #[test]
    fn messages_are_signed_as_others_check_it() {
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let headers = signed(secret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body).unwrap();
        assert_eq!(headers["webhook-signature"], "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        assert_eq!(headers["webhook-timestamp"], "1649367553");
    }

    #[test]
    fn pauses_are_read_in_both_notations() {
        let now = 1_767_323_045_000_000; // 2026-01-02 03:04:05 UTC
        let asked = |text: &'static str| asked_pause(&HeaderValue::from_static(text), now);
        assert_eq!(asked("120"), Some(120 * SECOND));
        assert_eq!(asked("Fri, 02 Jan 2026 03:05:05 GMT"), Some(60 * SECOND));
        assert_eq!(asked("soon"), None);
    }
}

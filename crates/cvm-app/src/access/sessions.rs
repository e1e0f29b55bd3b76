//! Who is signed in: a random token in the browser's cookie, its hash in the database.

use super::caller::{Who, peer};
use super::permission::Role;
use super::{audit, caller::Caller, secret};
use crate::platform::clock::{HOUR, SECOND};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum_extra::extract::CookieJar;
use serde::Serialize;
use serde_json::json;
use sqlx::Row;
use std::net::IpAddr;

/// The cookie. Browsers take a name with this prefix only with `Secure` and for the whole host, so that neither plain
/// HTTP nor a page of another host of the same domain can plant one.
pub const COOKIE: &str = "__Host-cvm_session";

/// A session is seen as used when this long has passed, to spare a write on every request.
const SEEN_EVERY: i64 = 5 * 60 * SECOND;

/// One of a user's sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Session {
    /// Its id, which opens nothing.
    pub id: String,
    /// When the user signed in.
    pub created_at: Time,
    /// When it was last used, to some minutes.
    pub seen_at: Time,
    /// When it ends, also if it is used.
    pub expires_at: Time,
    /// From where the user signed in.
    pub address: String,
    /// The browser, as it names itself.
    pub agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Begins the session of somebody who signed in, and gives its token.
pub(super) async fn begin(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    parts: &Parts,
    user_id: &str,
    by: &str,
) -> Result<String, sqlx::Error> {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let token = create(transaction, app, caller, agent, user_id).await?;
    audit::record(transaction, app, caller, "session.create", user_id, json!({"by": by})).await?;
    Ok(token)
}

/// Adds a session and gives its token.
pub(super) async fn create(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    agent: &str,
    user_id: &str,
) -> Result<String, sqlx::Error> {
    let (token, now) = (secret::token("", &app.random), app.clock.now());
    sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND (expires_at <= $2 OR seen_at <= $3)")
        .bind(user_id)
        .bind(now)
        .bind(now - app.config.session_idle_hours * HOUR)
        .execute(&mut **transaction)
        .await?;
    let insert = "INSERT INTO sessions (id, token_hash, user_id, created_at, seen_at, expires_at, address, agent) \
                  VALUES ($1, $2, $3, $4, $4, $5, $6, $7)";
    sqlx::query(insert)
        .bind(app.random.id(&app.clock))
        .bind(secret::digest(&token))
        .bind(user_id)
        .bind(now)
        .bind(now + app.config.session_hours * HOUR)
        .bind(caller.address_text())
        .bind(agent.chars().take(200).collect::<String>())
        .execute(&mut **transaction)
        .await?;
    Ok(token)
}

/// The user whose session the request's cookie opens, while it lasts.
pub(super) async fn find(app: &App, parts: &Parts) -> Result<Option<Who>> {
    let Some(token) = get_cookie(app, parts, COOKIE) else { return Ok(None) };
    let select = "SELECT s.id, s.user_id, s.seen_at, s.expires_at, u.role FROM sessions s \
                  JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND u.disabled_at IS NULL";
    let row = sqlx::query(select).bind(secret::digest(&token)).fetch_optional(app.database.pool()).await?;
    let Some(row) = row else { return Ok(None) };
    let (now, seen_at, expires_at): (_, i64, i64) =
        (app.clock.now(), row.try_get("seen_at")?, row.try_get("expires_at")?);
    if now >= expires_at || now - seen_at >= app.config.session_idle_hours * HOUR {
        return Ok(None);
    }
    let (id, session): (String, String) = (row.try_get("user_id")?, row.try_get("id")?);
    if now - seen_at >= SEEN_EVERY {
        sqlx::query("UPDATE sessions SET seen_at = $1 WHERE id = $2")
            .bind(now)
            .bind(&session)
            .execute(app.database.pool())
            .await?;
    }
    let role: String = row.try_get("role")?;
    let role = Role::from_name(&role).ok_or_else(|| Problem::internal(&format!("there is no role `{role}`")))?;
    Ok(Some(Who::User { id, session, role }))
}

/// A user's sessions that last, the latest first.
pub(super) async fn list(app: &App, user_id: &str, current: &str) -> Result<Vec<Session>, sqlx::Error> {
    let select = "SELECT id, created_at, seen_at, expires_at, address, agent FROM sessions \
                  WHERE user_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY id DESC";
    let rows = sqlx::query(select)
        .bind(user_id)
        .bind(app.clock.now())
        .bind(app.clock.now() - app.config.session_idle_hours * HOUR)
        .fetch_all(app.database.pool())
        .await?;
    let session = |row: &sqlx::any::AnyRow| {
        let id: String = row.try_get("id")?;
        Ok(Session {
            current: id == current,
            id,
            created_at: Time(row.try_get("created_at")?),
            seen_at: Time(row.try_get("seen_at")?),
            expires_at: Time(row.try_get("expires_at")?),
            address: row.try_get("address")?,
            agent: row.try_get("agent")?,
        })
    };
    rows.iter().map(session).collect()
}

/// Ends one session of a user; whether there was one.
pub(super) async fn end(transaction: &mut Transaction, user_id: &str, session: &str) -> Result<bool, sqlx::Error> {
    let delete = sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id = $2").bind(user_id).bind(session);
    Ok(delete.execute(&mut **transaction).await?.rows_affected() > 0)
}

/// Ends all sessions of a user but one, which may be none of them.
pub(super) async fn end_others(transaction: &mut Transaction, user_id: &str, but: &str) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2").bind(user_id).bind(but);
    delete.execute(&mut **transaction).await?;
    Ok(())
}

/// Forgets sessions that ended.
pub(super) async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let now = app.clock.now();
    sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2")
        .bind(now)
        .bind(now - app.config.session_idle_hours * HOUR)
        .execute(app.database.pool())
        .await?;
    Ok(())
}

/// The header that gives the browser its token, or takes it away.
pub(super) fn cookie(app: &App, parts: &Parts, token: Option<&str>) -> HeaderValue {
    let seconds = token.map_or(0, |_| app.config.session_hours * HOUR / SECOND);
    set_cookie(app, parts, COOKIE, token.unwrap_or_default(), seconds)
}

/// The header that sets a cookie for some seconds. On this very machine its name is without `__Host-`.
pub(super) fn set_cookie(app: &App, parts: &Parts, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let (name, secure) = if is_local(app, parts) { (local(name), "") } else { (name, "; Secure") };
    // Lax: the cookie comes along when a link in a mail is opened, not with what other pages load or send.
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).expect("values are letters, digits, dashes and underscores")
}

/// The value of a cookie.
pub(super) fn get_cookie(app: &App, parts: &Parts, name: &str) -> Option<String> {
    let cookies = CookieJar::from_headers(&parts.headers);
    let on_this_machine = || cookies.get(local(name)).filter(|_| is_local(app, parts));
    cookies.get(name).or_else(on_this_machine).map(|cookie| cookie.value().to_owned())
}

fn local(name: &str) -> &str {
    name.trim_start_matches("__Host-")
}

/// Whether the request came over plain HTTP from this very machine to this very machine, as while one tries things out:
/// only then the cookie is not `Secure`, which not every browser and tool takes over `http://localhost`. Nobody can
/// listen there. All three must say so: the socket, the name in the address, and that no proxy says it was asked by
/// somebody else; so a proxy on this machine must pass on either the name or the caller's address, as they do once
/// `trusted_proxies` is set. Everywhere else the cookie is `Secure`, and over plain HTTP a browser does not keep it:
/// signing in over a network needs TLS.
fn is_local(app: &App, parts: &Parts) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"];
    if app.config.has_tls() {
        return false;
    }
    let by_proxy = app.config.trusted_proxies > 0 || forwarded.iter().any(|name| parts.headers.contains_key(*name));
    !by_proxy && peer(parts).is_some_and(|peer| peer.is_loopback()) && host_is_loopback(&parts.headers)
}

fn host_is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine_are_known() {
        let is = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            host_is_loopback(&headers)
        };
        assert!(
            ["localhost", "LocalHost:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]:80", "[::1]"].into_iter().all(is)
        );
        assert!(
            !["cvm.example", "localhost.cvm.example:80", "10.0.0.1", "127.0.0.1.cvm.example", ""].into_iter().any(is)
        );
    }
}

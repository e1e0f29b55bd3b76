//! Signing in elsewhere: OpenID Connect with the one provider of the settings, by the authorization code flow with PKCE.
//!
//! Who signs in must be a user here already: an admin added them by e-mail, or the command line did. The first time, they
//! are known by an e-mail that the provider says it has verified; from then on by the provider's own id of them, so that
//! neither a changed e-mail locks them out nor a reused one lets somebody else in. Between leaving for the provider and
//! coming back, what must be remembered is in a cookie, so any server may answer.

use super::caller::Caller;
use super::{audit, sessions, users};
use crate::platform::clock::{MINUTE, SECOND};
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::platform::{Config, Problem, Query, Result};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

#[cfg(test)]
mod tests;

/// Where the provider sends the browser back to, after `public_url`.
const CALLBACK: &str = "/api/v1/oidc/callback";

/// The cookie of somebody who is away at the provider; its name as that of sessions.
const COOKIE: &str = "__Host-cvm_oidc";

/// How long one may be away at the provider.
const AWAY: i64 = 10 * MINUTE;

/// How long is believed what the provider says of itself: its addresses and keys.
const METADATA_AGE_MAX: i64 = 5 * MINUTE;

/// The connection to the provider. Clones share what it said of itself.
#[derive(Debug, Clone)]
pub struct Provider {
    http: reqwest::Client,
    metadata: Arc<Mutex<Option<(i64, CoreProviderMetadata)>>>,
}

/// What is remembered while somebody is away.
#[derive(Serialize, Deserialize)]
struct Away {
    state: String,
    nonce: String,
    verifier: String,
}

/// What the provider sends back.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Answer {
    /// To be exchanged for who it is.
    code: Option<String>,
    /// What we sent along.
    state: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

impl Provider {
    /// Nothing is asked of the provider before somebody signs in.
    ///
    /// # Errors
    /// What the system gives for TLS.
    pub fn new() -> std::result::Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            // Where the provider sends us to is its business only for browsers.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self { http, metadata: Arc::default() })
    }

    async fn client(&self, app: &App) -> Result<Client> {
        let config = &app.config;
        // Held while asking, so that however many sign in, the provider is asked once.
        let mut kept = self.metadata.lock().await;
        let fresh = kept.as_ref().filter(|(asked_at, _)| app.clock.now() - asked_at < METADATA_AGE_MAX);
        let metadata = match fresh {
            Some((_, metadata)) => metadata.clone(),
            None => {
                let issuer = IssuerUrl::new(config.oidc_issuer.clone()).map_err(|error| away(&error))?;
                let metadata = CoreProviderMetadata::discover_async(issuer, &self.http).await;
                let metadata = metadata.map_err(|error| away(&error))?;
                kept.insert((app.clock.now(), metadata)).1.clone()
            }
        };
        let id = ClientId::new(config.oidc_client_id.clone());
        let secret = Some(config.oidc_client_secret.clone()).filter(|secret| !secret.is_empty()).map(ClientSecret::new);
        let back = RedirectUrl::new(format!("{}{CALLBACK}", config.public_url.trim_end_matches('/')));
        let back = back.map_err(|error| Problem::internal(&error))?;
        Ok(CoreClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(back))
    }
}

/// Whether one may sign in elsewhere.
pub(super) fn is_set(config: &Config) -> Result<()> {
    match config.oidc_issuer.is_empty() {
        true => Err(Problem::not_found("signing in elsewhere is not set up; see `oidc_issuer` in cvm.toml")),
        false => Ok(()),
    }
}

fn away(error: &dyn Display) -> Problem {
    tracing::error!(error = %error, "the OpenID Connect provider does not answer as it should");
    Problem::unavailable("the provider that one signs in with does not answer as it should; try again", 30)
}

/// Leads the browser to the provider of the settings, to sign in there.
#[utoipa::path(
    get, path = "/api/v1/oidc/login", tag = "account",
    responses((status = 303, description = "To the provider"), (status = 404, description = "Not set up"))
)]
pub(super) async fn leave(State(app): State<App>, parts: Parts) -> Result<Response> {
    is_set(&app.config)?;
    let client = app.provider.client(&app).await?;
    let secret = || BASE64_URL_SAFE_NO_PAD.encode(app.random.bytes::<32>());
    let away = Away { state: secret(), nonce: secret(), verifier: secret() };
    let verifier = PkceCodeVerifier::new(away.verifier.clone());
    let (state, nonce) = (CsrfToken::new(away.state.clone()), Nonce::new(away.nonce.clone()));
    let (url, ..) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .url();
    let text = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&away).expect("three texts are plain data"));
    let cookie = sessions::set_cookie(&app, &parts, COOKIE, &text, AWAY / SECOND);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, url.as_str())], [(header::SET_COOKIE, cookie)]).into_response())
}

/// Where the browser comes back to from the provider. Begins a session and leads to the first page.
#[utoipa::path(
    get, path = "/api/v1/oidc/callback", tag = "account", params(Answer),
    responses(
        (status = 303, description = "Signed in; to the first page"),
        (status = 401, description = "The provider did not say who it is"),
        (status = 404, description = "Not set up"),
    )
)]
pub(super) async fn come_back(
    State(app): State<App>,
    caller: Caller,
    parts: Parts,
    Query(answer): Query<Answer>,
) -> Result<Response> {
    is_set(&app.config)?;
    let refused = |why| Problem::unauthorized(format!("{why}; begin again at /api/v1/oidc/login"));
    let cookie = sessions::get_cookie(&app, &parts, COOKIE).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
    let away: Option<Away> = cookie.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    // Only who left from here may come back here: else one could be signed in as somebody else by a link.
    let away = away.filter(|away| answer.state.as_ref() == Some(&away.state));
    let away = away.ok_or_else(|| refused("this browser did not leave for the provider in the last minutes"))?;
    if let Some(error) = answer.error {
        tracing::info!(error, "the provider did not sign somebody in");
    }
    let code = answer.code.ok_or_else(|| refused("the provider did not sign you in"))?;
    let claims = claims(&app, code, away).await?.ok_or_else(|| refused("the provider's answer does not hold"))?;
    let mut transaction = app.database.begin().await?;
    let id = user_of(&mut transaction, &app, &caller, &claims).await?;
    if !users::is_enabled(&mut transaction, &id).await? {
        audit::record(&mut transaction, &app, &caller, "session.refuse", &id, json!({"by": "oidc"})).await?;
        transaction.commit().await?;
        return Err(Problem::forbidden("the provider knows you, but here you are no user; ask an admin to add you"));
    }
    let token = sessions::begin(&mut transaction, &app, &caller, &parts, &id, "oidc").await?;
    transaction.commit().await?;
    let cookies = AppendHeaders([
        (header::SET_COOKIE, sessions::cookie(&app, &parts, Some(&token))),
        (header::SET_COOKIE, sessions::set_cookie(&app, &parts, COOKIE, "", 0)),
    ]);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, "/")], cookies).into_response())
}

/// Who the provider says it is; none where what it says does not hold: its signature, for whom and when, our nonce.
async fn claims(app: &App, code: String, away: Away) -> Result<Option<CoreIdTokenClaims>> {
    let client = app.provider.client(app).await?;
    let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| self::away(&error))?;
    let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(away.verifier));
    let tokens = match exchange.request_async(&app.provider.http).await {
        Ok(tokens) => tokens,
        Err(openidconnect::RequestTokenError::ServerResponse(error)) => {
            tracing::info!(error = %error, "the provider does not take the code");
            return Ok(None);
        }
        Err(error) => return Err(self::away(&error)),
    };
    let clock = app.clock.clone();
    let now = move || chrono::DateTime::from_timestamp_micros(clock.now()).unwrap_or_default();
    let verifier = client.id_token_verifier().set_time_fn(now);
    let claims = tokens.id_token().map(|token| token.claims(&verifier, &Nonce::new(away.nonce)).cloned());
    Ok(claims
        .and_then(|claims| claims.map_err(|error| tracing::warn!(error = %error, "an ID token does not hold")).ok()))
}

/// The id of the user whom the provider means; empty where it is none.
async fn user_of(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    claims: &CoreIdTokenClaims,
) -> Result<String> {
    let (issuer, subject) = (claims.issuer().as_str(), claims.subject().as_str());
    let select = "SELECT user_id FROM user_identities WHERE issuer = $1 AND subject = $2";
    let row = sqlx::query(select).bind(issuer).bind(subject).fetch_optional(&mut **transaction).await?;
    if let Some(row) = row {
        return Ok(row.try_get(0)?);
    }
    // An e-mail that was not verified may be anybody's.
    let email = claims.email().filter(|_| claims.email_verified() == Some(true));
    let Some(email) = email.and_then(|email| users::normalised_email(email)) else { return Ok(String::new()) };
    let insert = "INSERT INTO user_identities (issuer, subject, user_id, created_at) \
                  SELECT $1, $2, id, $3 FROM users WHERE email = $4 AND disabled_at IS NULL \
                  AND NOT EXISTS (SELECT 1 FROM user_identities i WHERE i.user_id = users.id AND i.issuer = $1) \
                  ON CONFLICT (issuer, subject) DO NOTHING RETURNING user_id";
    let row = sqlx::query(insert).bind(issuer).bind(subject).bind(app.clock.now()).bind(email);
    let Some(row) = row.fetch_optional(&mut **transaction).await? else { return Ok(String::new()) };
    let id: String = row.try_get(0)?;
    audit::record(transaction, app, caller, "user.link", &id, json!({"issuer": issuer})).await?;
    Ok(id)
}

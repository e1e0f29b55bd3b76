//! Through HTTP, with a provider on this machine that says what the test wants.

use super::COOKIE;
use crate::access::testing::Credentials;
use crate::access::{COOKIE as SESSION, Caller, NewUser, Role, User, create_user};
use crate::platform::clock::{DAY, SECOND};
use crate::platform::testing::{START, TestApp};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use cvm_core::language::Language;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    Audience, EmptyAdditionalClaims, EndUserEmail, IssuerUrl, JsonWebKeyId, Nonce, PrivateSigningKey, StandardClaims,
    SubjectIdentifier,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What the provider says of who signs in; the rest is as it should be.
#[derive(Clone)]
struct Says {
    subject: &'static str,
    email: &'static str,
    verified: bool,
    audience: &'static str,
    issued_at: i64,
    nonce: Option<&'static str>,
    key: u8,
}

const ANNA: Says = Says {
    subject: "s-1",
    email: "anna@shop.example",
    verified: true,
    audience: "cvm",
    issued_at: START,
    nonce: None,
    key: 1,
};

/// A provider and a server that trusts it.
struct World {
    app: TestApp,
    says: Arc<Mutex<Says>>,
    sent: Arc<Mutex<HashMap<String, String>>>,
    provider: tokio::task::JoinHandle<()>,
}

fn key(seed: u8) -> CoreEdDsaPrivateSigningKey {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]; // RFC 8410
    der.extend([seed; 32]);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(der));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new("k".to_owned()))).unwrap()
}

/// The token of who signs in, as the provider signs it.
fn id_token(issuer: &str, says: &Says, nonce: &str) -> CoreIdToken {
    let time = |time| chrono::DateTime::from_timestamp_micros(time).unwrap();
    let standard = StandardClaims::new(SubjectIdentifier::new(says.subject.to_owned()))
        .set_email(Some(EndUserEmail::new(says.email.to_owned())))
        .set_email_verified(Some(says.verified));
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(issuer.to_owned()).unwrap(),
        vec![Audience::new(says.audience.to_owned())],
        time(says.issued_at + 300 * SECOND),
        time(says.issued_at),
        standard,
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(says.nonce.unwrap_or(nonce).to_owned())));
    CoreIdToken::new(claims, &key(says.key), CoreJwsSigningAlgorithm::EdDsa, None, None).unwrap()
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (says, sent) = (Arc::new(Mutex::new(ANNA)), Arc::new(Mutex::new(HashMap::<String, String>::new())));
        let about = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
        });
        let keys = json!(CoreJsonWebKeySet::new(vec![key(1).as_verification_key()]));
        let (token_says, token_sent, token_issuer) = (says.clone(), sent.clone(), issuer.clone());
        let token = async move |Form(form): Form<HashMap<String, String>>| {
            let (says, sent) = (token_says.lock().unwrap().clone(), token_sent.lock().unwrap().clone());
            let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
            if form["code"] != "code-1"
                || challenge != sent["code_challenge"]
                || form["redirect_uri"] != sent["redirect_uri"]
            {
                return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"})));
            }
            let token = id_token(&token_issuer, &says, &sent["nonce"]);
            (StatusCode::OK, Json(json!({"access_token": "a", "token_type": "Bearer", "id_token": token})))
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || Json(about)))
            .route("/keys", get(async move || Json(keys)))
            .route("/token", post(token));
        let provider = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let app = TestApp::with(|config| {
            config.oidc_issuer = issuer;
            config.oidc_client_id = "cvm".to_owned();
            config.oidc_client_secret = "a secret".to_owned();
            config.public_url = "https://cvm.example/".to_owned();
        })
        .await;
        Self { app, says, sent, provider }
    }

    async fn user(&self, email: &str) -> User {
        let (email, name) = (email.to_owned(), "Somebody".to_owned());
        let new = NewUser { email, name, role: Role::Viewer, language: Language::En, password: None };
        create_user(&self.app.app, &Caller::system(), new).await.unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::get(path).header("host", "cvm.example").header("cookie", cookie);
        self.app.exchange(request.body(Body::empty()).unwrap()).await
    }

    /// Leaves for the provider: the cookie to come back with, and the state. What was sent along is kept.
    async fn leave(&self) -> (String, String) {
        let (status, headers, _) = self.get("/api/v1/oidc/login", "").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let location = reqwest::Url::parse(headers["location"].to_str().unwrap()).unwrap();
        assert_eq!(location.path(), "/authorize");
        let sent: HashMap<String, String> = location.query_pairs().into_owned().collect();
        let cookie = headers["set-cookie"].to_str().unwrap();
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{cookie}");
        let state = sent["state"].clone();
        *self.sent.lock().unwrap() = sent;
        (cookie.split(';').next().unwrap().to_owned(), state)
    }

    /// Leaves, and comes back as whom the provider says.
    async fn sign_in(&self, says: Says) -> (StatusCode, HeaderMap, Value) {
        *self.says.lock().unwrap() = says;
        let (cookie, state) = self.leave().await;
        self.get(&format!("/api/v1/oidc/callback?code=code-1&state={state}"), &cookie).await
    }

    /// Whom a session is of.
    async fn me(&self, headers: &HeaderMap) -> Value {
        let cookies: Vec<_> = headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
        assert!(cookies[1].starts_with(&format!("{COOKIE}=;")), "{cookies:?}");
        let token = cookies[0].strip_prefix(&format!("{SESSION}=")).unwrap().split(';').next().unwrap();
        let session = Credentials::Session(token.to_owned());
        self.app.call(&session, "GET", "/api/v1/me", Value::Null).await.1["id"].clone()
    }
}

#[tokio::test]
async fn one_signs_in_at_the_provider() {
    let world = World::new().await;
    let anna = world.user("anna@shop.example").await;
    let (status, headers, _) = world.sign_in(ANNA).await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(world.me(&headers).await, json!(anna.id));
    let sent = world.sent.lock().unwrap().clone();
    assert_eq!(sent["scope"], "openid email");
    assert_eq!((sent["code_challenge_method"].as_str(), sent["client_id"].as_str()), ("S256", "cvm"));
    assert_eq!(sent["redirect_uri"], "https://cvm.example/api/v1/oidc/callback");
    // From now on it is the provider's id that counts, whatever the e-mail.
    let (status, headers, _) = world.sign_in(Says { email: "anna.nowak@shop.example", verified: false, ..ANNA }).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(world.me(&headers).await, json!(anna.id));
    // And somebody else there who was given the old e-mail is not Anna.
    assert_eq!(world.sign_in(Says { subject: "s-2", ..ANNA }).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_users_of_ours_come_in() {
    let world = World::new().await;
    let anna = world.user("anna@shop.example").await;
    let refused = world.sign_in(Says { email: "stranger@shop.example", ..ANNA }).await;
    assert_eq!((refused.0, &refused.2["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
    assert_eq!(world.sign_in(Says { verified: false, ..ANNA }).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.sign_in(ANNA).await.0, StatusCode::SEE_OTHER);
    let admin = world.app.sign_in(Role::Admin).await;
    let path = format!("/api/v1/users/{}", anna.id);
    assert_eq!(world.app.call(&admin, "PATCH", &path, json!({"disabled": true})).await.0, StatusCode::OK);
    assert_eq!(world.sign_in(ANNA).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_the_provider_did_not_say_to_us_now_does_not_count() {
    let world = World::new().await;
    world.user("anna@shop.example").await;
    for (says, wrong) in [
        (Says { audience: "another client", ..ANNA }, "for somebody else"),
        (Says { nonce: Some("of another time"), ..ANNA }, "an answer to another question"),
        (Says { issued_at: START - DAY, ..ANNA }, "too old"),
        (Says { key: 2, ..ANNA }, "signed by somebody else"),
    ] {
        let (status, _, answer) = world.sign_in(says).await;
        assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")), "{wrong}");
    }
    *world.says.lock().unwrap() = ANNA;
    let (cookie, state) = world.leave().await;
    for (path, cookie) in [
        (format!("code=code-1&state={state}"), ""),
        (format!("code=code-1&state={state}"), "__Host-cvm_oidc=bm90aGluZw"),
        ("code=code-1&state=guessed".to_owned(), cookie.as_str()),
        ("code=code-1".to_owned(), cookie.as_str()),
        (format!("error=access_denied&state={state}"), cookie.as_str()),
        (format!("code=code-2&state={state}"), cookie.as_str()),
    ] {
        let (status, headers, _) = world.get(&format!("/api/v1/oidc/callback?{path}"), cookie).await;
        assert_eq!((status, headers.contains_key("set-cookie")), (StatusCode::UNAUTHORIZED, false), "{path} {cookie}");
    }
    let path = format!("/api/v1/oidc/callback?code=code-1&state={state}");
    assert_eq!(world.get(&path, &cookie).await.0, StatusCode::SEE_OTHER, "the right one");
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_to_be() {
    let world = World::new().await;
    let (cookie, state) = world.leave().await;
    world.provider.abort();
    let _ = world.provider.await;
    let path = format!("/api/v1/oidc/callback?code=code-1&state={state}");
    for (path, cookie) in [("/api/v1/oidc/login", ""), (path.as_str(), cookie.as_str())] {
        world.app.clock.advance(DAY);
        let request = Request::get(path).header("host", "cvm.example").header("cookie", cookie);
        let (status, headers, answer) = world.app.exchange(request.body(Body::empty()).unwrap()).await;
        assert_eq!((status, &answer["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("unavailable")));
        assert_eq!(headers["retry-after"], "30");
    }
    let plain = TestApp::new().await;
    let (status, answer) = plain.call(&Credentials::Nobody, "GET", "/api/v1/oidc/login", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(answer["detail"].as_str().unwrap().contains("oidc_issuer"));
}

//! Callers for tests: anybody of any role, any key.

use super::caller::{Caller, Who};
use super::keys::{NewKey, create_key};
use super::permission::{Permission, Role};
use super::sessions;
use super::users::{NewUser, create_user};
use crate::platform::testing::TestApp;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode};
use cvm_core::language::Language;
use serde_json::Value;

/// What a call of the API carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    Nobody,
    /// A session's token, in the cookie of connections with TLS.
    Session(String),
    /// An API key.
    Key(String),
}

impl Credentials {
    /// Adds them to a request.
    pub fn sign(&self, request: Builder) -> Builder {
        match self {
            Self::Nobody => request,
            Self::Session(token) => request.header("cookie", format!("{}={token}", sessions::COOKIE)),
            Self::Key(key) => request.header("authorization", format!("Bearer {key}")),
        }
    }
}

impl TestApp {
    /// A page, by its address: status and text.
    pub async fn page(&self, by: &Credentials, path: &str) -> (StatusCode, String) {
        let (status, body) = self.call(by, "GET", path, Value::Null).await;
        (status, text(body))
    }

    /// A form that is sent: status, where to go then, and text.
    pub async fn form(&self, by: &Credentials, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
        let request = by.sign(Request::post(path)).header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(crate::platform::pages::form_urlencoded(fields))).unwrap();
        let (status, headers, body) = self.exchange(request).await;
        let there = headers.get("location").map_or(String::new(), |there| there.to_str().unwrap().to_owned());
        (status, there, text(body))
    }

    /// A new session of a new user of a role, without the work of a password.
    pub async fn sign_in(&self, role: Role) -> Credentials {
        let (_, token) = self.user(role).await;
        Credentials::Session(token)
    }

    /// A new key with scopes.
    pub async fn key(&self, scopes: &[Permission]) -> Credentials {
        let (id, _) = self.user(Role::Admin).await;
        let who = Who::User { id, session: String::new(), role: Role::Admin };
        let new = NewKey { name: "test".to_owned(), scopes: scopes.to_vec(), expires_at: None };
        let created = create_key(&self.app, &Caller { who, ..Caller::system() }, new).await.unwrap();
        Credentials::Key(created.key)
    }

    /// A new user of a role, by id, and the token of their session.
    pub async fn user(&self, role: Role) -> (String, String) {
        let name = self.app.random.id(&self.clock);
        let email = format!("{name}@users.example");
        let new = NewUser { email, name, role, language: Language::En, password: None };
        let user = create_user(&self.app, &Caller::system(), new).await.unwrap();
        let mut transaction = self.app.database.begin().await.unwrap();
        let token = sessions::create(&mut transaction, &self.app, &Caller::system(), "test", &user.id).await.unwrap();
        transaction.commit().await.unwrap();
        (user.id, token)
    }
}

fn text(body: Value) -> String {
    body.as_str().map_or_else(|| body.to_string(), str::to_owned)
}

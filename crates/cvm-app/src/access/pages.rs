//! The pages of signing in and of one's own account.

use super::api::{sign_in, sign_out};
use super::sessions::{self, Session};
use super::users::{self, User, UserChange};
use super::{oidc, permission::Role};
use crate::platform::pages::{Answer, Fields, html};
use crate::platform::server::App;
use crate::platform::{Access, Pages, Query, View};
use askama::Template;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::Language;
use cvm_core::text::{Calendar, Digits, Words};
use serde::Deserialize;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Access::Public, "/login", get(show_login).post(login))
        .part(Access::SignedIn, "/logout", post(logout))
        .page(Access::SignedIn, "/account", get(show_account).post(change_account))
}

#[derive(Template)]
#[template(path = "access/pages/login.html")]
struct LoginPage {
    words: Words,
    title: String,
    /// Where to go then.
    next: String,
    email: String,
    fault: Option<String>,
    /// Where one may sign in instead.
    elsewhere: Option<&'static str>,
    languages: Vec<(Language, &'static str, String)>,
}

/// Where to go after signing in.
#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

/// A page of ours, never another site: a path that begins with one of our languages.
fn ours(next: &str) -> Option<&str> {
    let first = next.strip_prefix('/')?.split(['/', '?']).next()?;
    first.parse::<Language>().is_ok().then_some(next)
}

fn login_page(view: &View, next: &str, email: &str, fault: Option<String>) -> LoginPage {
    let elsewhere = oidc::is_set(&view.app.config).is_ok().then_some("/api/v1/oidc/login");
    LoginPage {
        words: view.words,
        title: view.words.text("login-title"),
        next: next.to_owned(),
        email: email.to_owned(),
        fault,
        elsewhere,
        languages: view.languages(),
    }
}

async fn show_login(view: View, Query(Next { next }): Query<Next>) -> Answer {
    if !view.name.is_empty() {
        return Ok(Redirect::to(ours(&next).unwrap_or(&view.href("/"))).into_response());
    }
    html(&login_page(&view, &next, "", None))
}

/// Who signs in, and where to go then.
#[derive(Deserialize)]
struct Login {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

async fn login(view: View, State(app): State<App>, parts: Parts, Fields(form): Fields<Login>) -> Answer {
    let (id, cookie) = match sign_in(&app, &view.caller, &parts, &form.email, &form.password).await {
        Ok(signed_in) => signed_in,
        Err(problem) => {
            let id = match problem.status() {
                StatusCode::UNAUTHORIZED => "login-wrong",
                StatusCode::TOO_MANY_REQUESTS => "login-too_often",
                _ => return Err(problem),
            };
            let page = login_page(&view, &form.next, &form.email, Some(view.words.text(id)));
            return Ok((problem.status(), html(&page)?).into_response());
        }
    };
    let home = format!("/{}/", users::get(app.database.pool(), &id).await?.language);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(ours(&form.next).unwrap_or(&home))).into_response())
}

async fn logout(view: View, parts: Parts) -> Answer {
    sign_out(&view.app, &view.caller).await?;
    let cookie = sessions::cookie(&view.app, &parts, None);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&view.href("/login"))).into_response())
}

#[derive(Template)]
#[template(path = "access/pages/account.html")]
struct AccountPage {
    view: View,
    title: String,
    user: User,
    role: String,
    sessions: Vec<Session>,
    saved: bool,
}

async fn account(view: View, saved: bool) -> Answer {
    let (id, session) = view.caller.user()?;
    let user = users::get(view.app.database.pool(), id).await?;
    let sessions = sessions::list(&view.app, id, session).await?;
    let role = role(view.words, user.role);
    html(&AccountPage { title: view.words.text("page-account"), user, role, sessions, saved, view })
}

/// Whether something was saved just now.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    saved: bool,
}

async fn show_account(view: View, Query(Saved { saved }): Query<Saved>) -> Answer {
    account(view, saved).await
}

/// What one may change of oneself.
#[derive(Deserialize)]
struct Account {
    name: String,
    language: Language,
    #[serde(default)]
    calendar: Calendar,
    #[serde(default)]
    digits: Digits,
}

async fn change_account(view: View, Fields(form): Fields<Account>) -> Answer {
    let (id, _) = view.caller.user()?;
    let change = UserChange {
        name: Some(form.name),
        language: Some(form.language),
        calendar: Some(form.calendar),
        digits: Some(form.digits),
        ..UserChange::default()
    };
    let user = users::change(&view.app, &view.caller, id, change).await?;
    Ok(Redirect::to(&format!("/{}/account?saved=true", user.language)).into_response())
}

/// The name of a role.
pub fn role(words: Words, role: Role) -> String {
    words.text(match role {
        Role::Admin => "role-admin",
        Role::Analyst => "role-analyst",
        Role::Marketer => "role-marketer",
        Role::ServiceAgent => "role-service_agent",
        Role::Viewer => "role-viewer",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_never_ends_up_at_another_site() {
        for next in ["/en/", "/fa/value?x=1", "/pl"] {
            assert_eq!(ours(next), Some(next));
        }
        for next in
            ["", "//evil.example/en/", "https://evil.example/", "/api/v1/me", "/\\evil.example", "en/", "/english/"]
        {
            assert_eq!(ours(next), None, "{next}");
        }
    }
}

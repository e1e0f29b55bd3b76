//! Who may sign in, as what.

use super::places;
use crate::access::{self, NewUser, Role, User, UserChange};
use crate::platform::pages::{Answer, Fields, Tab, html};
use crate::platform::random::code;
use crate::platform::{Path, Problem, Result, View};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use cvm_core::Language;
use serde::Deserialize;

/// Letters of a password that is made here.
const PASSWORD: usize = 16;

#[derive(Template)]
#[template(path = "settings/pages/users.html")]
struct UsersPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    users: Vec<User>,
    roles: Vec<(Role, String)>,
    /// A password made just now: whose it is, and what it is. Shown by this answer and never again.
    made: Option<(String, String)>,
    email: String,
    name: String,
    fault: Option<String>,
}

pub(super) async fn list(view: View) -> Answer {
    html(&page(view, None).await?)
}

async fn page(view: View, made: Option<(String, String)>) -> Result<UsersPage> {
    Ok(UsersPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/users"),
        users: access::all_users(&view.app).await?,
        roles: Role::ALL.iter().map(|role| (*role, access::role(view.words, *role))).collect(),
        made,
        email: String::new(),
        name: String::new(),
        fault: None,
        view,
    })
}

/// Somebody to be added.
#[derive(Deserialize)]
pub(super) struct New {
    email: String,
    name: String,
    role: Role,
    language: Language,
}

pub(super) async fn add(view: View, Fields(new): Fields<New>) -> Answer {
    let New { email, name, role, language } = new;
    let password = code(PASSWORD, &mut view.app.random.clone());
    let user = NewUser { email: email.clone(), name: name.clone(), role, language, password: Some(password.clone()) };
    match access::create_user(&view.app, &view.caller, user).await {
        Ok(user) => html(&page(view, Some((user.email, password))).await?),
        Err(problem) if [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&problem.status()) => {
            let fault = view.words.text(match problem.status() {
                StatusCode::CONFLICT => "settings-user-taken",
                _ => "settings-user-fault",
            });
            let page = UsersPage { email, name, fault: Some(fault), ..page(view, None).await? };
            Ok((problem.status(), html(&page)?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What is to be another.
#[derive(Deserialize)]
pub(super) struct Change {
    role: Option<Role>,
    disabled: Option<bool>,
}

pub(super) async fn change(view: View, Path(id): Path<String>, Fields(change): Fields<Change>) -> Answer {
    let change = UserChange { role: change.role, disabled: change.disabled, ..UserChange::default() };
    match access::change_user(&view.app, &view.caller, &id, change).await {
        Ok(_) => Ok(Redirect::to(&view.href("/settings/users")).into_response()),
        Err(problem) if problem.status() == StatusCode::CONFLICT => {
            Err(Problem::conflict(view.words.text("settings-last-admin")))
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn reset(view: View, Path(id): Path<String>) -> Answer {
    let password = code(PASSWORD, &mut view.app.random.clone());
    let user = access::user(&view.app, &id).await?;
    access::reset_password(&view.app, &view.caller, &user.email, &password).await?;
    html(&page(view, Some((user.email, password))).await?)
}

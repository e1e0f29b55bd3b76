//! What is set of the company: its name, and the colour of the pages.

use super::places;
use crate::access::{Permission, audit};
use crate::platform::pages::{Answer, Fields, Tab, html};
use crate::platform::problem::Fault;
use crate::platform::{Database, Query, View};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use serde_json::json;
use sqlx::Row;

/// Colours to choose from: pairs for light and dark in `app.css`, each with enough contrast. The first is the usual one.
const ACCENTS: [(&str, &str); 5] = [
    ("", "settings-accent-teal"),
    ("blue", "settings-accent-blue"),
    ("violet", "settings-accent-violet"),
    ("green", "settings-accent-green"),
    ("rose", "settings-accent-rose"),
];

/// What is set of the company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Shown on every page; empty for the product's.
    pub name: String,
    /// The colour of the pages; empty for the usual one.
    pub accent: String,
}

/// What is set of the company.
///
/// # Errors
/// What the database gives.
pub async fn company(database: &Database) -> Result<Company, sqlx::Error> {
    let row = sqlx::query("SELECT name, accent FROM company WHERE id = 1").fetch_optional(database.pool()).await?;
    let company = row.map(|row| Ok(Company { name: row.try_get(0)?, accent: row.try_get(1)? }));
    company.unwrap_or_else(|| Ok(Company::default()))
}

#[derive(Template)]
#[template(path = "settings/pages/company.html")]
struct CompanyPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    name: String,
    fault: Option<String>,
    may_change: bool,
    saved: bool,
    /// Settings of the file: the id of their words, their name, their value.
    settings: Vec<(&'static str, &'static str, String)>,
}

/// Whether something was saved just now.
#[derive(Deserialize)]
pub(super) struct Saved {
    #[serde(default)]
    saved: bool,
}

pub(super) async fn show(view: View, Query(Saved { saved }): Query<Saved>) -> Answer {
    let name = view.company.name.clone();
    html(&page(view, name, None, saved))
}

fn page(view: View, name: String, fault: Option<String>, saved: bool) -> CompanyPage {
    let config = &view.app.config;
    let days = |days: i64| match days {
        0 => view.words.text("settings-for-ever"),
        days => view.words.with("settings-days", &[("days", (days.unsigned_abs()).into())]),
    };
    let settings = vec![
        ("settings-currency", "currency", config.currency.clone()),
        ("settings-timezone", "timezone", config.timezone.name().to_owned()),
        ("settings-schedule", "score_schedule", config.score_schedule.clone()),
        ("settings-horizon", "score_horizon_days", days(i64::from(config.score_horizon_days))),
        ("settings-margin", "score_margin", view.words.percent(config.score_margin, 0)),
        ("settings-keep-customers", "keep_customers_days", days(config.keep_customers_days)),
        ("settings-keep-messages", "keep_messages_days", days(config.keep_messages_days)),
    ];
    CompanyPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/company"),
        may_change: view.may(Permission::ManageUsers),
        settings,
        name,
        fault,
        saved,
        view,
    }
}

/// What is to be set.
#[derive(Deserialize)]
pub(super) struct Change {
    name: String,
    #[serde(default)]
    accent: String,
}

pub(super) async fn change(view: View, Fields(Change { name, accent }): Fields<Change>) -> Answer {
    let name = name.trim().to_owned();
    if !name.is_empty() && Fault::of_name("/name", &name).is_some() {
        let fault = view.words.text("settings-name-fault");
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page(view, name, Some(fault), false))?).into_response());
    }
    let accent = ACCENTS.iter().map(|(accent, _)| *accent).find(|known| *known == accent).unwrap_or_default();
    let mut transaction = view.app.database.begin().await?;
    let sql = "INSERT INTO company (id, name, accent) VALUES (1, $1, $2) \
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, accent = excluded.accent";
    sqlx::query(sql).bind(&name).bind(accent).execute(&mut *transaction).await?;
    let details = json!({"name": name, "accent": accent});
    audit::record(&mut transaction, &view.app, &view.caller, "company.change", "", details).await?;
    transaction.commit().await?;
    Ok(Redirect::to(&view.href("/settings/company?saved=true")).into_response())
}

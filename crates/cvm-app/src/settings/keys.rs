//! Keys by which programs call the API.

use super::places;
use crate::access::{self, Key, NewKey, Permission};
use crate::platform::pages::{Answer, Form, Tab, form_urlencoded, html};
use crate::platform::{Path, Query, Result, Time, View};
use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "settings/pages/keys.html")]
struct KeysPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    keys: Vec<Line>,
    /// Name, what it lets one do, whether it is chosen.
    scopes: Vec<(String, String, bool)>,
    /// The key that was made just now. Shown by this answer and never again.
    made: Option<String>,
    name: String,
    expires: String,
    fault: Option<String>,
    next: Option<String>,
}

struct Line {
    key: Key,
    scopes: Vec<String>,
    ended: bool,
}

/// Where in the list.
#[derive(Deserialize, Default)]
pub(super) struct Shown {
    cursor: Option<String>,
}

pub(super) async fn list(view: View, Query(shown): Query<Shown>) -> Answer {
    html(&page(view, shown, &[]).await?)
}

async fn page(view: View, Shown { cursor }: Shown, chosen: &[Permission]) -> Result<KeysPage> {
    let page = access::keys(&view.app, &view.paging(cursor.as_deref(), 100)).await?;
    let next = page
        .next_cursor
        .map(|cursor| format!("{}?{}", view.href("/settings/keys"), form_urlencoded(&[("cursor", &cursor)])));
    let now = view.app.clock.now();
    let line = |key: Key| Line {
        scopes: key.scopes.iter().map(|scope| scope.name()).collect(),
        ended: key.revoked_at.is_some() || key.expires_at.is_some_and(|time| time.0 <= now),
        key,
    };
    let scope = |scope: &Permission| (scope.name(), meaning(&view, *scope), chosen.contains(scope));
    Ok(KeysPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/keys"),
        keys: page.data.into_iter().map(line).collect(),
        scopes: Permission::ALL.iter().filter(|scope| scope.is_scope()).map(scope).collect(),
        made: None,
        name: String::new(),
        expires: String::new(),
        fault: None,
        next,
        view,
    })
}

fn meaning(view: &View, scope: Permission) -> String {
    view.words.text(match scope {
        Permission::ReadCustomers => "settings-scope-customers-read",
        Permission::ReadPersonalData => "settings-scope-personal-read",
        Permission::WriteCustomers => "settings-scope-customers-write",
        Permission::EraseCustomers => "settings-scope-customers-erase",
        Permission::Import => "settings-scope-import",
        Permission::Query => "settings-scope-query",
        Permission::Score => "settings-scope-score",
        Permission::ManageSources => "settings-scope-sources-manage",
        Permission::ManageUsers => "settings-users",
        Permission::ManageKeys => "settings-keys",
        Permission::ReadAudit => "settings-scope-audit-read",
        Permission::ReadMetrics => "settings-scope-metrics-read",
        Permission::ReadSegments => "settings-scope-segments-read",
        Permission::EditSegments => "settings-scope-segments-write",
        Permission::ReadCampaigns => "settings-scope-campaigns-read",
        Permission::EditCampaigns => "settings-scope-campaigns-edit",
        Permission::ApproveCampaigns => "settings-scope-campaigns-approve",
        Permission::ReadOffers => "settings-scope-offers-read",
        Permission::EditOffers => "settings-scope-offers-write",
        Permission::MakeDecisions => "settings-scope-decisions-make",
        Permission::DeliverMessages => "settings-scope-messages-deliver",
        Permission::EditAlerts => "settings-scope-alerts-edit",
    })
}

pub(super) async fn add(view: View, body: Bytes) -> Answer {
    let form = Form::of(&body);
    let (name, expires) = (form.text("name"), form.text("expires"));
    let scopes = form.all("scope");
    let chosen = Permission::ALL.iter().copied().filter(|scope| scopes.contains(&scope.name().as_str()));
    let chosen: Vec<Permission> = chosen.collect();
    let end = |day: NaiveDate| {
        day.succ_opt()?.and_time(NaiveTime::MIN).and_local_timezone(view.app.config.timezone).earliest()
    };
    let expires_at = expires.parse::<NaiveDate>().ok().and_then(end).map(|time| Time(time.timestamp_micros()));
    let unreadable = expires_at.is_none() && !expires.is_empty();
    let new = NewKey { name: name.clone(), scopes: chosen.clone(), expires_at };
    let made = if unreadable { None } else { Some(access::create_key(&view.app, &view.caller, new).await) };
    match made {
        Some(Ok(made)) => html(&KeysPage { made: Some(made.key), ..page(view, Shown::default(), &[]).await? }),
        Some(Err(problem)) if problem.status() != StatusCode::UNPROCESSABLE_ENTITY => Err(problem),
        _ => {
            let fault = Some(view.words.text("settings-key-fault"));
            let page = KeysPage { name, expires, fault, ..page(view, Shown::default(), &chosen).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
    }
}

pub(super) async fn revoke(view: View, Path(id): Path<String>) -> Answer {
    access::revoke_key(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/settings/keys")).into_response())
}

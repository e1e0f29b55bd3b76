//! Who changed what, and when.

use super::places;
use crate::access;
use crate::access::audit::{self, Entry, Filter};
use crate::platform::pages::{Answer, Tab, csv, form_urlencoded, html};
use crate::platform::{Paging, Query, Result, View};
use askama::Template;
use serde::Deserialize;
use std::collections::HashMap;

/// Entries of an export at most.
const EXPORTED_MAX: usize = 20_000;

#[derive(Template)]
#[template(path = "settings/pages/audit.html")]
struct AuditPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    filter: Filter,
    lines: Vec<Line>,
    actions: Vec<String>,
    /// Ids and names of users.
    actors: Vec<(String, String)>,
    query: String,
    next: Option<String>,
}

struct Line {
    entry: Entry,
    actor: String,
    details: String,
}

/// Where in the list.
#[derive(Deserialize)]
pub(super) struct Shown {
    cursor: Option<String>,
}

pub(super) async fn list(view: View, Query(filter): Query<Filter>, Query(Shown { cursor }): Query<Shown>) -> Answer {
    let page = audit::list(&view.app, &filter, &Paging::from(cursor.as_deref(), 100)).await?;
    let query = address(&filter);
    let next = page
        .next_cursor
        .map(|cursor| format!("{}?{query}&{}", view.href("/settings/audit"), form_urlencoded(&[("cursor", &cursor)])));
    let names = names(&view).await?;
    let line = |entry: Entry| Line {
        actor: names.get(&entry.actor_id).cloned().unwrap_or_else(|| match entry.actor_kind.as_str() {
            "system" => view.words.text("settings-actor-system"),
            "nobody" => view.words.text("settings-actor-nobody"),
            _ => entry.actor_id.clone(),
        }),
        details: details(&entry),
        entry,
    };
    let mut actors: Vec<(String, String)> = names.iter().map(|(id, name)| (id.clone(), name.clone())).collect();
    actors.sort_by(|a, b| a.1.cmp(&b.1));
    html(&AuditPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/audit"),
        lines: page.data.into_iter().map(line).collect(),
        actions: audit::actions(&view.app).await?,
        actors,
        filter,
        query,
        next,
        view,
    })
}

fn address(filter: &Filter) -> String {
    form_urlencoded(&[
        ("actor_id", &filter.actor_id),
        ("action", &filter.action),
        ("subject_id", &filter.subject_id),
        ("since", &filter.since),
        ("until", &filter.until),
    ])
}

fn details(entry: &Entry) -> String {
    match entry.details.as_object() {
        Some(details) if details.is_empty() => String::new(),
        _ => entry.details.to_string(),
    }
}

/// Names of users by their ids.
async fn names(view: &View) -> Result<HashMap<String, String>> {
    let users = access::all_users(&view.app).await?;
    Ok(users.into_iter().map(|user| (user.id, user.name)).collect())
}

pub(super) async fn export(view: View, Query(filter): Query<Filter>) -> Answer {
    let (mut entries, mut cursor) = (Vec::new(), None);
    loop {
        let page = audit::list(&view.app, &filter, &Paging::from(cursor.as_deref(), 200)).await?;
        entries.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() || entries.len() >= EXPORTED_MAX {
            break;
        }
    }
    let at = |entry: &Entry| serde_json::to_value(entry.at).ok().and_then(|at| Some(at.as_str()?.to_owned()));
    let row = |entry: Entry| {
        let (at, details) = (at(&entry).unwrap_or_default(), details(&entry));
        vec![
            at,
            entry.actor_kind,
            entry.actor_id,
            entry.action,
            entry.subject_id,
            entry.address,
            entry.request_id,
            details,
        ]
    };
    let head = ["at", "actor_kind", "actor_id", "action", "subject_id", "address", "request_id", "details"];
    csv("audit", &head, entries.into_iter().map(row))
}

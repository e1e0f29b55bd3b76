//! What was refused, why, and another try.

use super::{about, places};
use crate::access::Permission;
use crate::customers::{self, Kept, Refusals, Replay};
use crate::platform::pages::{Answer, Fields, Tab, csv, form_urlencoded, html};
use crate::platform::{Page, Paging, Query, Result, View};
use askama::Template;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

/// Records of an export at most.
const EXPORTED_MAX: usize = 20_000;

/// Records tried again by one button.
const REPLAYED_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "data/pages/rejected.html")]
struct RejectedPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    alike: Vec<Reason>,
    rows: Vec<Line>,
    which: Refusals,
    /// The choice as it stands in addresses.
    query: String,
    /// The address of the next page.
    next: Option<String>,
    /// What became of those that were tried again: taken, refused once more.
    replayed: Option<(i64, i64)>,
}

/// Records refused alike.
struct Reason {
    about: String,
    source: String,
    reason: String,
    records: i64,
    href: String,
    current: bool,
}

/// A record.
struct Line {
    kept: Kept,
    about: String,
    reason: String,
}

/// Where in the list, and what was done just now.
#[derive(Deserialize)]
pub(super) struct Shown {
    cursor: Option<String>,
    taken: Option<i64>,
    refused: Option<i64>,
}

pub(super) async fn list(view: View, Query(which): Query<Refusals>, Query(shown): Query<Shown>) -> Answer {
    let Shown { cursor, taken, refused } = shown;
    let page = found(&view, &which, Paging::from(cursor.as_deref(), 50)).await?;
    let query = address(&which);
    let next = page.next_cursor.map(|cursor| {
        let cursor = form_urlencoded(&[("cursor", &cursor)]);
        format!("{}?{query}&{cursor}", view.href("/data/rejected"))
    });
    let reason = |alike: customers::Alike| {
        let choice = Refusals { kind: alike.kind.clone(), source: alike.source.clone(), reason: alike.reason.clone() };
        Reason {
            about: about(&view, &alike.kind),
            reason: worded(&view, &alike.reason),
            records: alike.records,
            href: format!("{}?{}", view.href("/data/rejected"), address(&choice)),
            current: address(&choice) == query,
            source: alike.source,
        }
    };
    let alike = customers::refused_alike(&view.app).await?.into_iter().map(reason).collect();
    let line = |kept: Kept| Line { about: about(&view, &kept.kind), reason: worded(&view, &kept.reason), kept };
    let rows = page.data.into_iter().map(line).collect();
    html(&RejectedPage {
        title: view.words.text("facts-title"),
        tabs: places(&view, "/data/rejected"),
        alike,
        rows,
        which,
        query,
        next,
        replayed: taken.zip(refused),
        view,
    })
}

async fn found(view: &View, which: &Refusals, paging: Paging) -> Result<Page<Kept>> {
    customers::refused(&view.app, which, &paging, view.may(Permission::ReadPersonalData)).await
}

fn address(which: &Refusals) -> String {
    form_urlencoded(&[("kind", &which.kind), ("source", &which.source), ("reason", &which.reason)])
}

/// A reason of a file begins with one of our words; others are said to programs, in English.
fn worded(view: &View, reason: &str) -> String {
    let (code, place) = reason.split_once(" (line ").map_or((reason, None), |(code, place)| (code, Some(place)));
    let words = view.words.problem(code);
    match place.and_then(|place| place.trim_end_matches(')').split_once(" of ")) {
        Some((line, file)) => {
            let line = line.parse::<u64>().map_or_else(|_| line.into(), Into::into);
            let values = [("reason", words.into()), ("line", line), ("file", file.into())];
            view.words.with("facts-refused-in-file", &values)
        }
        None => words,
    }
}

/// What to try again: one, or all that are shown by a choice.
#[derive(Deserialize)]
pub(super) struct Again {
    #[serde(flatten)]
    which: Refusals,
    #[serde(default)]
    id: String,
}

pub(super) async fn replay(view: View, Fields(Again { which, id }): Fields<Again>) -> Answer {
    let ids = if id.is_empty() {
        all(&view, &which, REPLAYED_MAX).await?.into_iter().map(|kept| kept.id).collect()
    } else {
        vec![id]
    };
    let done = customers::replay_refused(&view.app, Replay::as_they_are(ids)).await?;
    let (taken, refused) = ((done.accepted + done.repeated).to_string(), done.rejected.to_string());
    let said = form_urlencoded(&[("taken", &taken), ("refused", &refused)]);
    Ok(Redirect::to(&format!("{}?{}&{said}", view.href("/data/rejected"), address(&which))).into_response())
}

/// All of a choice, up to so many.
async fn all(view: &View, which: &Refusals, most: usize) -> Result<Vec<Kept>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = found(view, which, Paging::from(cursor.as_deref(), 200)).await?;
        all.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() || all.len() >= most {
            all.truncate(most);
            return Ok(all);
        }
    }
}

pub(super) async fn export(view: View, Query(which): Query<Refusals>) -> Answer {
    let time =
        |kept: &Kept| serde_json::to_value(kept.rejected_at).ok().and_then(|time| Some(time.as_str()?.to_owned()));
    let row = |kept: Kept| {
        let rejected_at = time(&kept).unwrap_or_default();
        vec![kept.id, kept.kind, kept.source, kept.pointer, kept.reason, rejected_at, kept.record.unwrap_or_default()]
    };
    let rows = all(&view, &which, EXPORTED_MAX).await?.into_iter().map(row);
    csv("rejected", &["id", "kind", "source", "pointer", "reason", "rejected_at", "record"], rows)
}

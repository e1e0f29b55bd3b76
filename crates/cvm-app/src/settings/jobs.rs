//! Work beside the requests: how it goes, and why it failed.

use super::places;
use crate::platform::jobs::{self, Filter, Job, State};
use crate::platform::pages::{Answer, Tab, form_urlencoded, html};
use crate::platform::server::JOBS;
use crate::platform::{Paging, Path, Query, View};
use askama::Template;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "settings/pages/jobs.html")]
struct JobsPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    /// Name, words, whether it is chosen.
    states: Vec<(&'static str, String, bool)>,
    kinds: Vec<&'static str>,
    kind: String,
    next: Option<String>,
}

struct Line {
    job: Job,
    state: String,
}

/// Which jobs, and where in the list.
#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

pub(super) async fn list(view: View, Query(shown): Query<Shown>) -> Answer {
    let Shown { kind, state, cursor } = shown;
    let chosen = State::ALL.into_iter().find(|known| known.name() == state);
    let filter = Filter { kind: kind.clone(), state: chosen };
    let page = jobs::list(&view.app, &filter, &Paging::from(cursor.as_deref(), 50)).await?;
    let next = page.next_cursor.map(|cursor| {
        let query = form_urlencoded(&[("kind", &kind), ("state", &state), ("cursor", &cursor)]);
        format!("{}?{query}", view.href("/settings/jobs"))
    });
    let line = |job: Job| Line { state: named(&view, job.state), job };
    html(&JobsPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/jobs"),
        lines: page.data.into_iter().map(line).collect(),
        states: State::ALL.map(|state| (state.name(), named(&view, state), Some(state) == chosen)).to_vec(),
        kinds: JOBS.iter().map(|kind| kind.name).collect(),
        kind,
        next,
        view,
    })
}

fn named(view: &View, state: State) -> String {
    view.words.text(match state {
        State::Waiting => "settings-job-waiting",
        State::Running => "settings-job-running",
        State::Done => "settings-job-done",
        State::Failed => "settings-job-failed",
        State::Cancelled => "settings-job-cancelled",
    })
}

pub(super) async fn cancel(view: View, Path(id): Path<String>) -> Answer {
    jobs::cancel(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/settings/jobs")).into_response())
}

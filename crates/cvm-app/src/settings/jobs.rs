//! Work beside the requests: how it goes, and why it failed.

use super::places;
use crate::platform::jobs::{self, Filter, Job, State};
use crate::platform::pages::{Answer, Going, Tab, form_urlencoded, html};
use crate::platform::server::JOBS;
use crate::platform::{Path, Query, View};
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
    /// Name, words.
    kinds: Vec<(&'static str, String)>,
    kind: String,
    next: Option<String>,
}

struct Line {
    job: Job,
    name: String,
    state: String,
    /// While it goes on.
    going: Vec<Going>,
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
    let page = jobs::list(&view.app, &filter, &view.paging(cursor.as_deref(), 50)).await?;
    let next = page.next_cursor.map(|cursor| {
        let query = form_urlencoded(&[("kind", &kind), ("state", &state), ("cursor", &cursor)]);
        format!("{}?{query}", view.href("/settings/jobs"))
    });
    let line = |job: Job| Line {
        name: jobs::named(view.words, &job.kind),
        state: named(&view, job.state),
        going: Going::of(&view, &job).filter(|_| job.state == State::Running).into_iter().collect(),
        job,
    };
    html(&JobsPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/jobs"),
        lines: page.data.into_iter().map(line).collect(),
        states: State::ALL.map(|state| (state.name(), named(&view, state), Some(state) == chosen)).to_vec(),
        kinds: JOBS.iter().map(|kind| (kind.name, jobs::named(view.words, kind.name))).collect(),
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

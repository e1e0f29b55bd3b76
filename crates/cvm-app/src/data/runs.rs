//! Scoring runs: which values are shown, how good the models are, and a new run.

use super::places;
use crate::access::Permission;
use crate::platform::pages::{Answer, Fields, Going, Tab, form_urlencoded, html};
use crate::platform::{Query, Result, View};
use crate::scoring::{self, Run, Wish};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

#[derive(Template)]
#[template(path = "data/pages/runs.html")]
struct RunsPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    rows: Vec<Line>,
    going: Vec<Going>,
    may_start: bool,
    next: Option<String>,
    as_of: String,
    fault: Option<String>,
}

struct Line {
    run: Run,
    model: String,
    /// Purchases of the hold-out: predicted less made, as a share of those made.
    missed: Option<String>,
    /// Share of customers within their 90% bounds.
    covered: Option<String>,
    by: String,
    report: String,
}

/// Where in the list.
#[derive(Deserialize)]
pub(super) struct Shown {
    cursor: Option<String>,
}

pub(super) async fn list(view: View, Query(Shown { cursor }): Query<Shown>) -> Answer {
    html(&page(view, cursor, String::new(), None).await?)
}

async fn page(view: View, cursor: Option<String>, as_of: String, fault: Option<String>) -> Result<RunsPage> {
    let page = scoring::runs(&view.app, &view.paging(cursor.as_deref(), 50)).await?;
    let next = page
        .next_cursor
        .map(|cursor| format!("{}?{}", view.href("/data/runs"), form_urlencoded(&[("cursor", &cursor)])));
    let rows = page.data.into_iter().map(|run| line(&view, run)).collect();
    let may_start = view.may(Permission::Score);
    Ok(RunsPage {
        title: view.words.text("facts-title"),
        tabs: places(&view, "/data/runs"),
        going: if may_start { Going::all(&view, scoring::JOB.name, None).await? } else { Vec::new() },
        rows,
        may_start,
        next,
        as_of,
        fault,
        view,
    })
}

fn line(view: &View, run: Run) -> Line {
    let chosen = |of: &&Value| of["chosen"] == Value::Bool(true);
    let candidate = run.holdout["candidates"].as_array().and_then(|all| all.iter().find(chosen));
    let missed = |of: &Value| {
        let (predicted, made) = (of["predicted"].as_f64()?, of["actual"].as_f64()?);
        (made > 0.0).then(|| predicted / made - 1.0)
    };
    let by = match run.asked_by.as_str() {
        "schedule" => view.words.text("facts-by-schedule"),
        "command line" => view.words.text("facts-by-command"),
        _ => view.words.text("facts-by-user"),
    };
    let percent = |share: f64| view.words.percent(share, 1);
    Line {
        model: run.asked["model"].as_str().unwrap_or_default().to_owned(),
        missed: candidate.and_then(missed).map(&percent),
        covered: run.holdout["coverage"]["customers"].as_f64().map(&percent),
        by,
        report: format!("/api/v1/runs/{}/report?language={}", run.id, view.language()),
        run,
    }
}

/// What a run is to look at.
#[derive(Deserialize)]
pub(super) struct Start {
    #[serde(default)]
    as_of: String,
}

pub(super) async fn start(view: View, Fields(Start { as_of }): Fields<Start>) -> Answer {
    let day = as_of.trim().parse::<NaiveDate>().ok();
    let unreadable = day.is_none() && !as_of.trim().is_empty();
    let wish = Wish { as_of: day, ..Wish::default() };
    let started = if unreadable { None } else { Some(scoring::start(&view.app, &view.caller, &wish).await) };
    match started {
        Some(Ok(_)) => Ok(Redirect::to(&view.href("/data/runs")).into_response()),
        Some(Err(problem)) if problem.status() != StatusCode::UNPROCESSABLE_ENTITY => Err(problem),
        _ => {
            let fault = view.words.text("facts-run-day-fault");
            let page = page(view, None, as_of, Some(fault)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
    }
}

//! Who sends: sources with their write keys, and what came of late.

use super::places;
use crate::platform::clock::DAY;
use crate::platform::pages::{Answer, Fields, Tab, html};
use crate::platform::server::App;
use crate::platform::{Path, Problem, Query, Time, View};
use crate::report::charts::{self, Bars, Chart, Direction};
use crate::tracking::{self, Source};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use chrono::{DateTime, Days};
use serde::Deserialize;
use std::collections::HashMap;

/// Days that are counted.
const DAYS: u64 = 14;

#[derive(Template)]
#[template(path = "data/pages/sources.html")]
struct SourcesPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// Events of all sources a day.
    chart: Option<Chart>,
    days: Vec<(String, i64)>,
    /// The id of the source that was added just now.
    added: String,
    name: String,
    fault: Option<String>,
}

struct Row {
    source: Source,
    last: Option<Time>,
    events: i64,
}

/// What was added just now.
#[derive(Deserialize, Default)]
pub(super) struct Added {
    #[serde(default)]
    added: String,
}

pub(super) async fn list(view: View, Query(Added { added }): Query<Added>) -> Answer {
    html(&page(view, added, String::new(), None).await?)
}

async fn page(view: View, added: String, name: String, fault: Option<String>) -> Result<SourcesPage, Problem> {
    let sources = tracking::list_sources(&view.app.database).await?;
    let seen = seen(&view.app).await?;
    let rows: Vec<Row> = sources
        .into_iter()
        .map(|source| {
            let (last, events) = seen.by_source.get(&source.id).copied().unzip();
            Row { source, last: last.map(Time), events: events.unwrap_or_default() }
        })
        .collect();
    let tabs = places(&view, "/data/sources");
    Ok(SourcesPage {
        title: view.words.text("facts-title"),
        chart: seen.days.iter().any(|(_, events)| *events > 0).then(|| drawn(&view, &seen.days)),
        days: seen.days,
        tabs,
        rows,
        added,
        name,
        fault,
        view,
    })
}

/// What came of late.
#[derive(Default)]
struct Seen {
    /// When the last message was received, and how many in the last days.
    by_source: HashMap<String, (i64, i64)>,
    /// Day and messages.
    days: Vec<(String, i64)>,
}

async fn seen(app: &App) -> Result<Seen, sqlx::Error> {
    let today = DateTime::from_timestamp_micros(app.clock.now()).unwrap_or_default().date_naive();
    let first = today - Days::new(DAYS - 1);
    let days = (0..DAYS).map(|day| ((first + Days::new(day)).to_string(), 0));
    let mut seen = Seen { days: days.collect(), ..Seen::default() };
    let begin = app.clock.now().div_euclid(DAY) - (DAYS as i64 - 1);
    for received in tracking::received(&app.database, begin).await? {
        let known = seen.by_source.entry(received.source).or_default();
        *known = (known.0.max(received.last_at), known.1 + received.messages);
        if let Some((_, sum)) = usize::try_from(received.day - begin).ok().and_then(|place| seen.days.get_mut(place)) {
            *sum += received.messages;
        }
    }
    Ok(seen)
}

fn drawn(view: &View, days: &[(String, i64)]) -> Chart {
    let heights: Vec<f64> = days.iter().map(|(_, events)| *events as f64).collect();
    let most = heights.iter().copied().fold(0.0, f64::max);
    let marks = charts::round_marks(0.0, most, 4).into_iter().map(|mark| (mark, view.words.compact(mark)));
    let bars = Bars {
        label: view.words.text("facts-events-a-day"),
        names: days.iter().map(|(day, _)| view.words.date(day)).collect(),
        series: vec![("a", heights)],
        pale: Vec::new(),
        y: marks.collect(),
        x_title: String::new(),
    };
    charts::bars(&bars, Direction::of(view.language()))
}

/// A source to be added.
#[derive(Deserialize)]
pub(super) struct New {
    name: String,
}

pub(super) async fn add(view: View, Fields(New { name }): Fields<New>) -> Answer {
    match tracking::add_source(&view.app, &view.caller, &name).await {
        Ok(source) => {
            let added = crate::platform::pages::form_urlencoded(&[("added", &source.id)]);
            Ok(Redirect::to(&format!("{}?{added}", view.href("/data/sources"))).into_response())
        }
        Err(problem) if [StatusCode::CONFLICT, StatusCode::UNPROCESSABLE_ENTITY].contains(&problem.status()) => {
            let conflict = problem.status() == StatusCode::CONFLICT;
            let fault = view.words.text(if conflict { "facts-source-taken" } else { "facts-source-name-fault" });
            let page = page(view, String::new(), name, Some(fault)).await?;
            Ok((problem.status(), html(&page)?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn close(view: View, Path(id): Path<String>) -> Answer {
    tracking::close_source(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/data/sources")).into_response())
}

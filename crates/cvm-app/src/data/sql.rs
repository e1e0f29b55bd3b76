//! Questions in SQL, with the answer as a table and as a picture. The statement is in the address, so an answer can be sent to
//! somebody who may ask, too.

use super::places;
use crate::analytics;
use crate::platform::pages::{Answer, Tab, csv, form_urlencoded, html};
use crate::platform::{Query, View};
use crate::report::charts::{self, Bars, Chart, Direction, Line, Lines};
use askama::Template;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cvm_core::lake::QueryAnswer;
use serde::Deserialize;
use serde_json::Value;

/// Rows of a page, and of a file.
const ROWS: usize = 500;
const EXPORTED_MAX: usize = 100_000;

/// Seconds at most.
const SECONDS: u64 = 30;

/// Bars at most; more rows are a line.
const BARS_MAX: usize = 24;

/// What one may begin with.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "facts-sql-example-months",
        "SELECT date_trunc('month', timestamp) AS month, sum(amount) AS revenue FROM transactions GROUP BY month ORDER BY month",
    ),
    (
        "facts-sql-example-tiers",
        "SELECT value_tier, count(*) AS customers, sum(clv) AS clv FROM customer_values \
         WHERE run = (SELECT max(run) FROM customer_values) GROUP BY value_tier ORDER BY clv DESC",
    ),
    (
        "facts-sql-example-funnel",
        "SELECT funnel_step, count(DISTINCT coalesce(user_id, anonymous_id)) AS persons FROM messages \
         WHERE funnel_step IS NOT NULL GROUP BY funnel_step ORDER BY persons DESC",
    ),
    ("facts-sql-example-events", "SELECT name, count(*) AS events FROM messages GROUP BY name ORDER BY events DESC"),
];

#[derive(Template)]
#[template(path = "data/pages/sql.html")]
struct SqlPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    sql: String,
    fault: Option<String>,
    answer: Option<Shown>,
    /// Words and address.
    examples: Vec<(String, String)>,
    limits: String,
}

/// An answer as it is shown.
struct Shown {
    heads: Vec<(String, bool)>,
    rows: Vec<Vec<String>>,
    cut: bool,
    chart: Option<Chart>,
    csv: String,
}

/// What is asked.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    sql: String,
}

pub(super) async fn show(view: View, Query(Asked { sql }): Query<Asked>) -> Answer {
    let address = |sql: &str| format!("{}?{}", view.href("/data/sql"), form_urlencoded(&[("sql", sql)]));
    let examples = EXAMPLES.iter().map(|(text, sql)| (view.words.text(text), address(sql))).collect();
    let (mut answer, mut fault) = (None, None);
    if !sql.trim().is_empty() {
        match analytics::ask(&view.app, &view.caller, &sql, ROWS, SECONDS).await {
            Ok(found) => answer = Some(shown(&view, &sql, &found)),
            Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                fault = Some(problem.detail().trim_start_matches("/sql: ").to_owned());
            }
            Err(problem) => return Err(problem),
        }
    }
    let limits = view.words.with("facts-sql-limits", &[("rows", (ROWS as u64).into()), ("seconds", SECONDS.into())]);
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (title, tabs) = (view.words.text("facts-title"), places(&view, "/data/sql"));
    Ok((status, html(&SqlPage { title, tabs, sql, fault, answer, examples, limits, view })?).into_response())
}

/// Whether a column of this type holds numbers.
fn is_number(kind: &str) -> bool {
    ["Int", "UInt", "Float", "Decimal"].iter().any(|prefix| kind.starts_with(prefix))
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(), // decimals are exact, and so text
        _ => None,
    }
}

fn shown(view: &View, sql: &str, answer: &QueryAnswer) -> Shown {
    let names: Vec<(&str, bool)> = answer.columns.iter().map(|(name, kind)| (name.as_str(), is_number(kind))).collect();
    let row = |row: &serde_json::Map<String, Value>| names.iter().map(|(name, _)| cell(row.get(*name))).collect();
    Shown {
        rows: answer.rows.iter().map(row).collect(),
        cut: answer.cut,
        chart: picture(view, answer, &names),
        csv: format!("{}?{}", view.href("/data/sql.csv"), form_urlencoded(&[("sql", sql)])),
        heads: names.into_iter().map(|(name, number)| (name.to_owned(), number)).collect(),
    }
}

/// The first column against the first of numbers behind it: bars where they are few, else a line.
fn picture(view: &View, answer: &QueryAnswer, names: &[(&str, bool)]) -> Option<Chart> {
    let (first, _) = *names.first()?;
    let (measured, _) = *names.iter().skip(1).find(|(_, number)| *number)?;
    if answer.rows.len() < 2 {
        return None;
    }
    let heights: Vec<f64> = answer.rows.iter().map(|row| number(row.get(measured)).unwrap_or(0.0)).collect();
    let low = heights.iter().copied().fold(0.0, f64::min);
    let marks = charts::round_marks(low, heights.iter().copied().fold(0.0, f64::max), 4);
    let y = marks.into_iter().map(|mark| (mark, view.words.compact(mark))).collect();
    let labels: Vec<String> = answer.rows.iter().map(|row| named(view, &cell(row.get(first)))).collect();
    let label = format!("{measured} / {first}");
    if heights.len() <= BARS_MAX {
        let bars =
            Bars { label, names: labels, series: vec![("a", heights)], pale: Vec::new(), y, x_title: first.to_owned() };
        return Some(charts::bars(&bars, Direction::of(view.language())));
    }
    let every = labels.len().div_ceil(6);
    let x = labels.into_iter().enumerate().step_by(every).map(|(place, name)| (place as f64, name)).collect();
    let points = heights.into_iter().enumerate().map(|(place, height)| (place as f64, height)).collect();
    let lines = vec![Line { class: "a", points, area: true }];
    Some(charts::lines(
        &Lines { label, lines, x, y, x_title: first.to_owned(), shaded_from: None },
        Direction::of(view.language()),
    ))
}

/// A name below a bar: of times the day, of the rest the beginning.
fn named(view: &View, text: &str) -> String {
    const LETTERS: usize = 14;
    let is_time = text.len() >= 19 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T';
    match text.get(..10) {
        Some(day) if is_time => view.words.date(day),
        _ if text.chars().count() > LETTERS => text.chars().take(LETTERS - 1).chain(['…']).collect(),
        _ => text.to_owned(),
    }
}

pub(super) async fn export(view: View, Query(Asked { sql }): Query<Asked>) -> Answer {
    let answer = analytics::ask(&view.app, &view.caller, &sql, EXPORTED_MAX, SECONDS).await?;
    let names: Vec<&str> = answer.columns.iter().map(|(name, _)| name.as_str()).collect();
    csv("answer", &names, answer.rows.iter().map(|row| names.iter().map(|name| cell(row.get(*name))).collect()))
}

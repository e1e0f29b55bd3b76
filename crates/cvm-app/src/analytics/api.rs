//! `POST /api/v1/query`.

use crate::access::{Caller, Permission, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::traces;
use crate::platform::{Json, Problem, Result, Routes};
use axum::extract::State;
use cvm_core::lake::{LakeFailure, QueryAnswer, QueryLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;
use std::time::Duration;
use tracing::Instrument;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// Rows of an answer that may be asked for.
const ROWS: RangeInclusive<usize> = 1..=100_000;

/// Seconds that may be asked for, below what a request may take in all.
const SECONDS: RangeInclusive<u64> = 1..=50;

/// Letters of a statement at most.
const STATEMENT: usize = 100_000;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().route(Permission::Query, routes!(query))
}

/// A question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Question {
    /// One statement that reads, in the SQL of DataFusion.
    #[schema(min_length = 1, max_length = 100_000, example = "SELECT name, count(*) AS n FROM messages GROUP BY name")]
    sql: String,
    /// Rows at most.
    #[serde(default = "default_rows")]
    #[schema(minimum = 1, maximum = 100_000, default = 10_000)]
    rows: usize,
    /// Seconds at most.
    #[serde(default = "default_seconds")]
    #[schema(minimum = 1, maximum = 50, default = 30)]
    seconds: u64,
}

fn default_rows() -> usize {
    QueryLimits::default().rows
}

fn default_seconds() -> u64 {
    QueryLimits::default().time.as_secs()
}

/// An answer.
#[derive(Serialize, ToSchema)]
struct Answer {
    /// The columns, in order.
    columns: Vec<AnswerColumn>,
    /// One object a row; what is null is left out.
    rows: Vec<Map<String, Value>>,
    /// Whether there were more rows than asked for.
    cut: bool,
}

/// A column of an answer.
#[derive(Serialize, ToSchema)]
struct AnswerColumn {
    /// Its name.
    name: String,
    /// Its type, as the engine calls it.
    #[serde(rename = "type")]
    kind: String,
}

/// Answers a question in SQL over the lake.
#[utoipa::path(
    post, path = "/api/v1/query", tag = "analytics",
    responses((status = 200, body = Answer, description = "The rows"))
)]
async fn query(State(app): State<App>, caller: Caller, Json(question): Json<Question>) -> Result<Json<Answer>> {
    let answer = ask(&app, &caller, &question.sql, question.rows, question.seconds).await?;
    let columns = answer.columns.into_iter().map(|(name, kind)| AnswerColumn { name, kind }).collect();
    Ok(Json(Answer { columns, rows: answer.rows, cut: answer.cut }))
}

/// Answers a statement within limits, and keeps in the audit who asked.
///
/// # Errors
/// 422 for what no statement or limit can be and for what the engine refuses, and what the database and the lake give.
pub async fn ask(app: &App, caller: &Caller, sql: &str, rows: usize, seconds: u64) -> Result<QueryAnswer> {
    let mut faults = Vec::new();
    if sql.trim().is_empty() || sql.chars().count() > STATEMENT {
        faults.push(Fault::new("/sql", format!("expected 1 to {STATEMENT} characters")));
    }
    if !ROWS.contains(&rows) {
        faults.push(Fault::new("/rows", format!("expected {} to {}", ROWS.start(), ROWS.end())));
    }
    if !SECONDS.contains(&seconds) {
        faults.push(Fault::new("/seconds", format!("expected {} to {}", SECONDS.start(), SECONDS.end())));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let mut transaction = app.database.begin().await?;
    audit::record(&mut transaction, app, caller, "lake.query", "", json!({"sql": sql})).await?;
    transaction.commit().await?;
    let limits = QueryLimits { time: Duration::from_secs(seconds), rows, ..QueryLimits::default() };
    Ok(app.lake.query(sql, limits).instrument(traces::step("lake.query")).await?)
}

impl From<LakeFailure> for Problem {
    fn from(failure: LakeFailure) -> Self {
        match failure {
            LakeFailure::Statement(detail) => Self::invalid(vec![Fault::new("/sql", detail)]),
            LakeFailure::Unavailable(_) => {
                tracing::error!(error = %failure, "the lake cannot be used");
                Self::unavailable("the lake cannot be used right now; try again", 5)
            }
            LakeFailure::Stopped => Self::unavailable("the server is stopping; try again", 5),
            LakeFailure::Internal(_) => Self::internal(&failure),
        }
    }
}

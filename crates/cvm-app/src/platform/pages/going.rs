//! Work that a page has begun, while it goes on: which it is, at what stage, and how far.

use super::{Answer, View, html};
use crate::platform::jobs::{self, Filter, Job, State, named, said};
use crate::platform::{Paging, Path, Result};
use askama::Template;
use axum::http::StatusCode;
use axum::response::IntoResponse;

/// Jobs of a kind that are shown at most.
const SHOWN_MAX: u32 = 10;

/// A job that has not ended, as it is shown. Pages include `platform/pages/going.html` for each `job` of these; it looks again by
/// itself.
pub struct Going {
    /// The job.
    pub id: String,
    /// What it is.
    pub name: String,
    /// What it is at.
    pub stage: String,
    /// How far it is, of a hundred, where that is known.
    pub percent: Option<u8>,
}

impl Going {
    /// Of a job that goes on, or waits for its turn.
    pub fn of(view: &View, job: &Job) -> Option<Self> {
        let waits = job.state == State::Waiting && job.due_at.0 <= view.app.clock.now();
        let stage = match job.state {
            State::Running => said(view.words, job),
            _ => view.words.text("job-waits"),
        };
        let percent = job.stage().and_then(|stage| stage.done).map(|done| (100.0 * done).floor() as u8);
        let of = Self { id: job.id.clone(), name: named(view.words, &job.kind), stage, percent };
        (waits || job.state == State::Running).then_some(of)
    }

    /// All jobs of a kind that go on; of one subject, or of any.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn all(view: &View, kind: &str, subject: Option<&str>) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for state in [State::Running, State::Waiting] {
            let filter = Filter { kind: kind.to_owned(), state: Some(state) };
            let jobs = jobs::list(&view.app, &filter, &Paging::from(None, SHOWN_MAX)).await?.data;
            let these = jobs.iter().filter(|job| subject.is_none_or(|subject| job.subject == subject));
            all.extend(these.filter_map(|job| Self::of(view, job)));
        }
        Ok(all)
    }
}

#[derive(Template)]
#[template(path = "platform/pages/going.html")]
struct Part {
    view: View,
    job: Going,
}

/// `/jobs/{id}/now`: how it goes. When it has ended, its page is another.
pub async fn now(view: View, Path(id): Path<String>) -> Answer {
    match Going::of(&view, &jobs::get(&view.app, &id).await?) {
        Some(job) => html(&Part { view, job }),
        None => Ok((StatusCode::OK, [("hx-refresh", "true")], "").into_response()),
    }
}

//! The page of the first visit: connect what sends, bring a file, read a database, or look at the sample company.

use super::sample::{self, SampleCompany};
use super::upload;
use crate::access::{Permission, audit};
use crate::platform::jobs::{self, Filter, Job, State};
use crate::platform::pages::{Answer, go_to, html};
use crate::platform::{Pages, Paging, Query, Result, View};
use crate::tracking;
use askama::Template;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

/// Customers of the sample company: enough for every picture, stored in about a minute.
const CUSTOMERS: u64 = 5_000;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/start", get(show))
        .part(Permission::ManageUsers, "/start/sample", post(load_sample))
        .part(Permission::ReadCustomers, "/start/now", get(now))
        .part(
            Permission::Import,
            "/start/upload",
            post(upload::receive).layer(DefaultBodyLimit::max(upload::BYTES_MAX)),
        )
        .page(Permission::Import, "/start/upload/{id}", get(upload::look).post(upload::import))
        .page(Permission::Import, "/start/import/{id}", get(upload::show))
        .part(Permission::Import, "/start/import/{id}/now", get(upload::now))
}

#[derive(Template)]
#[template(path = "start/pages/start.html")]
struct StartPage {
    view: View,
    title: String,
    /// Whether somebody is known already.
    known: bool,
    write_key: String,
    snippets: Vec<Snippet>,
    progress: Option<Progress>,
    /// Why the sample company could not be loaded.
    failed: Option<String>,
    /// Whether a form came without its file.
    without_file: bool,
}

struct Snippet {
    name: &'static str,
    id: &'static str,
    code: String,
}

#[derive(Template)]
#[template(path = "start/pages/progress.html")]
struct ProgressPart {
    view: View,
    progress: Option<Progress>,
}

/// How the sample company is coming.
struct Progress {
    words: String,
    /// Of a hundred, in all.
    done: u64,
}

/// Whether a form came without its file.
#[derive(Deserialize)]
struct Came {
    #[serde(default)]
    file: String,
}

async fn show(view: View, headers: HeaderMap, Query(Came { file }): Query<Came>) -> Answer {
    let url = address(&view, &headers);
    let write_key = match view.may(Permission::ManageSources) {
        true => tracking::list_sources(&view.app.database).await?.into_iter().next().map(|source| source.write_key),
        false => None,
    };
    let write_key = write_key.unwrap_or_else(|| "WRITE_KEY".to_owned());
    let job = last(&view).await?;
    let failed = job.as_ref().filter(|job| job.state == State::Failed).map(|job| job.error.clone());
    html(&StartPage {
        title: view.words.text("facts-start-title"),
        known: !sample::is_empty(&view.app).await?,
        snippets: snippets(&url, &write_key),
        progress: job.and_then(|job| progress(&view, &job)),
        write_key,
        failed,
        without_file: file == "none",
        view,
    })
}

/// How browsers reach this server.
fn address(view: &View, headers: &HeaderMap) -> String {
    let config = &view.app.config;
    if !config.public_url.is_empty() {
        return config.public_url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme = if config.has_tls() { "https" } else { "http" };
    format!("{scheme}://{}", host.map_or_else(|| config.listen.to_string(), str::to_owned))
}

fn snippets(url: &str, key: &str) -> Vec<Snippet> {
    let snippet = |name, id, code: String| Snippet { name, id, code };
    // The browser's SDK speaks TLS unless it is told otherwise.
    let plain = match url.starts_with("http://") {
        true => ", { integrations: { \"Segment.io\": { protocol: \"http\" } } }",
        false => "",
    };
    vec![
        snippet(
            "JavaScript",
            "javascript",
            format!(
                "import {{ AnalyticsBrowser }} from \"@segment/analytics-next\";\n\
             const analytics = AnalyticsBrowser.load({{ writeKey: \"{key}\", cdnURL: \"{url}\" }}{plain});\n\
             analytics.identify(\"u1\", {{ email: \"ada@example.org\" }});\n\
             analytics.track(\"Order Completed\", {{ order_id: \"1\", total: 12.5 }});"
            ),
        ),
        snippet(
            "Python",
            "python",
            format!(
                "from segment.analytics.client import Client\nanalytics = Client(\"{key}\", host=\"{url}\")\n\
             analytics.identify(\"u1\", {{\"email\": \"ada@example.org\"}})\n\
             analytics.track(\"u1\", \"Order Completed\", {{\"order_id\": \"1\", \"total\": 12.5}})\nanalytics.flush()"
            ),
        ),
        snippet(
            "Node.js",
            "node",
            format!(
                "import {{ Analytics }} from \"@segment/analytics-node\";\n\
             const analytics = new Analytics({{ writeKey: \"{key}\", host: \"{url}\" }});\n\
             analytics.identify({{ userId: \"u1\", traits: {{ email: \"ada@example.org\" }} }});\n\
             analytics.track({{ userId: \"u1\", event: \"Order Completed\", properties: {{ order_id: \"1\", total: 12.5 }} }});\n\
             await analytics.closeAndFlush();"
            ),
        ),
        snippet(
            "HTTP",
            "http",
            format!(
                "curl {url}/v1/track -u {key}: -H 'content-type: application/json' \\\n  \
             -d '{{\"userId\": \"u1\", \"event\": \"Order Completed\", \"properties\": {{\"order_id\": \"1\", \"total\": 12.5}}}}'"
            ),
        ),
    ]
}

/// The last job that loads the sample company.
async fn last(view: &View) -> Result<Option<Job>> {
    let filter = Filter { kind: sample::JOB.name.to_owned(), state: None };
    Ok(jobs::list(&view.app, &filter, &Paging::from(None, 1)).await?.data.into_iter().next())
}

/// How a job that has not ended goes: its step, and how much of all steps is done.
fn progress(view: &View, job: &Job) -> Option<Progress> {
    if !matches!(job.state, State::Waiting | State::Running) {
        return None;
    }
    let (step, rest) = job.progress.split_once(' ').unwrap_or((&job.progress, ""));
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    let share = match rest.split_once('/') {
        Some((now, all)) => 100 * number(now).saturating_sub(1) / number(all).max(1),
        None => number(rest.trim_end_matches('%')).min(100),
    };
    // Where each step begins and how long it is, of a hundred.
    let (id, from, long) = match step {
        "company" => ("facts-step-company", 0, 2),
        "customers" => ("facts-step-customers", 2, 4),
        "purchases" => ("facts-step-purchases", 6, 9),
        "visits" => ("facts-step-visits", 15, 25),
        "messages" => ("facts-step-messages", 40, 15),
        "complaints" | "surveys" | "costs" => ("facts-step-service", 55, 5),
        "arriving" => ("facts-step-arriving", 60, 0),
        "values" => ("facts-step-values", 65, 35),
        _ => ("facts-step-waiting", 0, 0),
    };
    Some(Progress { words: view.words.text(id), done: from + long * share / 100 })
}

/// The part of the page that says how the sample company is coming; at its end, to what there is to see.
async fn now(view: View, headers: HeaderMap) -> Answer {
    let job = last(&view).await?;
    if let Some(job) = job
        && let Some(progress) = progress(&view, &job)
    {
        return html(&ProgressPart { progress: Some(progress), view });
    }
    let done = !sample::is_empty(&view.app).await?;
    let there = view.href(if done { "/" } else { "/start" });
    Ok(go_to(&headers, &there))
}

async fn load_sample(view: View) -> Answer {
    let wish = SampleCompany::new(&view.app, CUSTOMERS);
    let (_, by) = view.caller.actor();
    let job = sample::ask(&view.app, &wish, by).await?;
    let mut transaction = view.app.database.begin().await?;
    audit::record(&mut transaction, &view.app, &view.caller, "sample.load", &job, json!(wish)).await?;
    transaction.commit().await?;
    Ok(Redirect::to(&view.href("/start")).into_response())
}

//! A file brought in by a browser: kept aside, looked at, corrected where it was taken for something else, and stored by a job.

use crate::access::audit;
use crate::customers::RecordKind;
use crate::intake::{Begin, Import, Rows, Wanted, fingerprint};
use crate::platform::clock::DAY;
use crate::platform::jobs::{self, Asked, Job, State, Task};
use crate::platform::pages::{Answer, form_urlencoded, html};
use crate::platform::server::App;
use crate::platform::{Path, Problem, Query, Result, View};
use anyhow::anyhow;
use askama::Template;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use cvm_core::lake::Answering;
use cvm_core::uploads::{Look, ReadAs, Reading, Uploads};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use tokio::fs;
use tokio::io::AsyncWriteExt;

/// Bytes of a file at most; larger ones are imported on the server.
pub(super) const BYTES_MAX: usize = 256 << 20;

/// Files that wait to be stored at most.
const WAITING_MAX: usize = 20;

/// Letters of a file's name that are kept.
const NAME_MAX: usize = 100;

/// Where they are kept, within the data folder.
const FOLDER: &str = "uploads";

/// What rows may be about, with what their columns may serve as.
const KINDS: [(&str, &str, &[&str]); 3] = [
    (
        "transactions",
        "facts-kind-transactions",
        &[
            "customer",
            "time",
            "amount",
            "quantity",
            "unit_price",
            "order",
            "product",
            "category",
            "channel",
            "currency",
            "cost",
        ],
    ),
    ("customers", "facts-kind-customers", &["customer_id", "email", "phone", "loyalty_card"]),
    ("events", "facts-kind-events", &["customer_id", "event", "time", "email", "phone"]),
];

/// The work of storing a file, for the list of all work.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "upload",
    run: |app, task| Box::pin(async move { store(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 3,
};

/// Stands where nobody reads files.
#[derive(Debug)]
pub struct NoUploads;

const NONE: &str = "files are not read here";

impl Uploads for NoUploads {
    fn look<'a>(&'a self, _: &'a std::path::Path, _: &'a ReadAs) -> Answering<'a, Result<Look, String>> {
        Box::pin(async { Err(NONE.to_owned()) })
    }

    fn columns<'a>(&'a self, _: &'a std::path::Path) -> Answering<'a, Vec<String>> {
        Box::pin(async { Vec::new() })
    }

    fn read<'a>(
        &'a self,
        _: &'a std::path::Path,
        _: &'a ReadAs,
        _: Arc<AtomicU64>,
    ) -> Answering<'a, Result<Reading, String>> {
        Box::pin(async { Err(NONE.to_owned()) })
    }
}

fn folder(app: &App) -> PathBuf {
    app.config.data.join(FOLDER)
}

/// Takes a file in, piece by piece, and goes on to what was recognised in it.
pub(super) async fn receive(view: View, mut form: Multipart) -> Answer {
    let (mut kind, mut kept) = (String::new(), None);
    let unreadable = |_| Problem::bad_request("the file did not arrive whole, or is larger than 256 MiB");
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("kind") => kind = field.text().await.map_err(unreadable)?,
            Some("file") if kept.is_none() && field.file_name().is_some_and(|name| !name.is_empty()) => {
                let name = plain(field.file_name().unwrap_or_default());
                let id = view.app.random.id(&view.app.clock);
                let here = make_room(&view.app, &id).await?;
                let mut file = fs::File::create(here.join(&name)).await.map_err(|error| full(&error))?;
                while let Some(piece) = field.chunk().await.map_err(unreadable)? {
                    file.write_all(&piece).await.map_err(|error| full(&error))?;
                }
                file.sync_all().await.map_err(|error| full(&error))?;
                kept = Some(id);
            }
            _ => {}
        }
    }
    let Some(id) = kept else { return Ok(Redirect::to(&view.href("/start?file=none")).into_response()) };
    let kind = KINDS.iter().map(|(kind, ..)| *kind).find(|known| *known == kind).unwrap_or(KINDS[0].0);
    let there = format!("{}/{id}?{}", view.href("/start/upload"), form_urlencoded(&[("kind", kind)]));
    Ok(Redirect::to(&there).into_response())
}

fn full(error: &std::io::Error) -> Problem {
    tracing::error!(error = %error, "a file could not be kept");
    Problem::unavailable("the file could not be kept; is there room on the disk?", 60)
}

/// A folder for one more file.
async fn make_room(app: &App, id: &str) -> Result<PathBuf> {
    let (all, here) = (folder(app), folder(app).join(id));
    fs::create_dir_all(&here).await.map_err(|error| full(&error))?;
    let (mut entries, mut waiting) = (fs::read_dir(&all).await.map_err(|error| full(&error))?, 0);
    while entries.next_entry().await.map_err(|error| full(&error))?.is_some() {
        waiting += 1;
    }
    if waiting > WAITING_MAX {
        fs::remove_dir(&here).await.map_err(|error| full(&error))?;
        return Err(Problem::too_many_requests(
            format!("{WAITING_MAX} files wait already; store or forget some first"),
            60,
        ));
    }
    Ok(here)
}

/// A name without anything that a path could mean.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe = |letter: char| if letter.is_alphanumeric() || "._- ".contains(letter) { letter } else { '_' };
    let name: String = last.chars().map(safe).collect();
    // The end says what the file is.
    let name: String = name.chars().skip(name.chars().count().saturating_sub(NAME_MAX)).collect();
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// The file of this id.
async fn find(app: &App, id: &str) -> Result<PathBuf> {
    let gone = || Problem::not_found("this file is here no more; bring it in again");
    if !id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') || id.is_empty() {
        return Err(gone());
    }
    let mut entries = fs::read_dir(folder(app).join(id)).await.map_err(|_| gone())?;
    let entry = entries.next_entry().await.map_err(|_| gone())?;
    entry.map(|entry| entry.path()).ok_or_else(gone)
}

#[derive(Template)]
#[template(path = "start/pages/upload.html")]
struct UploadPage {
    view: View,
    title: String,
    id: String,
    file: String,
    /// Name, words, whether it is chosen.
    kinds: Vec<(&'static str, String, bool)>,
    roles: Vec<Role>,
    columns: Vec<String>,
    /// Name, whether it is chosen.
    date_formats: Vec<(&'static str, bool)>,
    decimal: String,
    fault: Option<String>,
}

/// What a column may serve as.
struct Role {
    id: &'static str,
    words: String,
    /// The column that does.
    column: String,
}

const DATE_FORMATS: [&str; 5] = ["ymd", "dmy", "mdy", "unix", "excel"];

fn read_as(view: &View, fields: &[(String, String)]) -> ReadAs {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let kind = KINDS.iter().find(|(kind, ..)| *kind == field("kind")).unwrap_or(&KINDS[0]);
    let chosen = kind.2.iter().map(|role| ((*role).to_owned(), field(role).to_owned()));
    let known = |formats: &[&str], name: &str| if formats.contains(&name) { name.to_owned() } else { String::new() };
    ReadAs {
        kind: kind.0.to_owned(),
        columns: chosen.filter(|(_, column)| !column.is_empty()).collect(),
        timezone: view.app.config.timezone.name().to_owned(),
        date_format: known(&DATE_FORMATS, field("date_format")),
        decimal: known(&["point", "comma"], field("decimal")),
    }
}

/// What was recognised, to be corrected.
pub(super) async fn look(view: View, Path(id): Path<String>, Query(fields): Query<Vec<(String, String)>>) -> Answer {
    let wanted = read_as(&view, &fields);
    html(&page(view, id, wanted, None).await?)
}

async fn page(view: View, id: String, wanted: ReadAs, fault: Option<String>) -> Result<UploadPage> {
    let path = find(&view.app, &id).await?;
    let uploads = &view.app.uploads;
    let (columns, looked) = (uploads.columns(&path).await, uploads.look(&path, &wanted).await);
    let (found, unreadable) = match looked {
        Ok(look) => (look.columns, None),
        Err(error) => (wanted.columns.clone(), Some(error)),
    };
    let roles = KINDS.iter().find(|(kind, ..)| *kind == wanted.kind).map_or(KINDS[0].2, |(_, _, roles)| roles);
    let role = |id: &&'static str| Role {
        words: named(&view, id),
        column: found.iter().find(|(role, _)| role == id).map(|(_, column)| column.clone()).unwrap_or_default(),
        id,
    };
    Ok(UploadPage {
        title: view.words.text("facts-upload-title"),
        file: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        kinds: KINDS.iter().map(|(kind, text, _)| (*kind, view.words.text(text), *kind == wanted.kind)).collect(),
        roles: roles.iter().map(role).collect(),
        columns,
        date_formats: DATE_FORMATS.map(|format| (format, format == wanted.date_format)).to_vec(),
        decimal: wanted.decimal,
        fault: fault.or(unreadable),
        id,
        view,
    })
}

fn named(view: &View, role: &str) -> String {
    match role {
        "customer_id" => view.words.role("customer"),
        "email" => view.words.text("login-email"),
        "phone" => view.words.text("facts-role-phone"),
        "loyalty_card" => view.words.text("facts-role-card"),
        "event" => view.words.text("facts-role-event"),
        other => view.words.role(other),
    }
}

/// What the job is told.
#[derive(Debug, Serialize, Deserialize)]
struct Wish {
    id: String,
    file: String,
    read_as: ReadAs,
}

/// Asks for a file to be stored as it is read now.
pub(super) async fn import(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let (read_as, path) = (read_as(&view, &fields), find(&view.app, &id).await?);
    if let Err(error) = view.app.uploads.look(&path, &read_as).await {
        let page = page(view, id, read_as, Some(error)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    }
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let input = json!(Wish { id: id.clone(), file: file.clone(), read_as });
    let mut transaction = view.app.database.begin().await?;
    let (_, by) = view.caller.actor();
    let asked = Asked { kind: JOB.name, subject: &id, input: &input, by, due_at: view.app.clock.now() };
    let job = jobs::ask(&mut transaction, &view.app, asked).await?;
    audit::record(&mut transaction, &view.app, &view.caller, "upload.store", &job, json!({"file": file})).await?;
    transaction.commit().await?;
    view.app.jobs.wake();
    Ok(Redirect::to(&format!("{}/{job}", view.href("/start/import"))).into_response())
}

#[derive(Template)]
#[template(path = "start/pages/import.html")]
struct ImportPage {
    view: View,
    title: String,
    job: Job,
    file: String,
    rows: Rows,
    done: u64,
}

#[derive(Template)]
#[template(path = "start/pages/import_now.html")]
struct ImportPart {
    view: View,
    job: Job,
    rows: Rows,
    done: u64,
}

async fn found(view: &View, id: &str) -> Result<(Job, String, Rows, u64)> {
    let job = jobs::get(&view.app, id).await?;
    if job.kind != JOB.name {
        return Err(Problem::not_found(format!("there is no import {id}")));
    }
    let count = |name: &str| job.result[name].as_i64().unwrap_or_default();
    let rows = Rows { accepted: count("accepted"), repeated: count("repeated"), rejected: count("rejected") };
    let file = job.input["file"].as_str().unwrap_or_default().to_owned();
    let done = job.stage().and_then(|stage| stage.done).map_or(0, |done| (100.0 * done) as u64);
    Ok((job, file, rows, done))
}

/// How it goes, and what came of it.
pub(super) async fn show(view: View, Path(id): Path<String>) -> Answer {
    let (job, file, rows, done) = found(&view, &id).await?;
    html(&ImportPage { title: view.words.text("facts-upload-title"), job, file, rows, done, view })
}

/// The part of the page that changes.
pub(super) async fn now(view: View, Path(id): Path<String>) -> Answer {
    let (job, _, rows, done) = found(&view, &id).await?;
    html(&ImportPart { job, rows, done, view })
}

async fn store(app: &App, task: &Task) -> anyhow::Result<Value> {
    let Wish { id, file, read_as } = task.input()?;
    let path = folder(app).join(&id).join(&file);
    let known = path.clone();
    let contents = tokio::task::spawn_blocking(move || fingerprint(&known)).await??;
    let look = app.uploads.look(&path, &read_as).await.map_err(|error| anyhow!(error))?;
    let wanted = Wanted {
        kind: RecordKind::from_name(&read_as.kind).unwrap_or(RecordKind::Transactions),
        paths: vec![format!("{FOLDER}/{id}/{file}")],
        contents: vec![contents],
        source: "upload".to_owned(),
        currency: look.currency,
        again: false,
    };
    let rows = match Import::begin(app, wanted).await? {
        Begin::Finished(rows) => rows,
        Begin::Goes(import) => {
            let progress = Arc::new(AtomicU64::new(0));
            let reading = app.uploads.read(&path, &read_as, progress.clone()).await;
            let Reading { bytes_total, rows } = reading.map_err(|error| anyhow!(error))?;
            let mut see = |_| {
                let done = progress.load(Ordering::Relaxed).min(bytes_total);
                task.at(format!("reading {}%", 100 * done / bytes_total.max(1)));
            };
            tokio::select! {
                rows = import.run(app, rows, &mut see) => rows?,
                () = task.stop.cancelled() => anyhow::bail!("the server stops"),
            }
        }
    };
    fs::remove_dir_all(folder(app).join(&id)).await?;
    Ok(serde_json::to_value(rows)?)
}

/// Forgets files that nobody stored within a day.
///
/// # Errors
/// What the system gives.
pub async fn tidy(app: &App) -> std::io::Result<()> {
    let Ok(mut entries) = fs::read_dir(folder(app)).await else { return Ok(()) };
    let waiting = jobs::unended(&app.database, JOB.name).await.map_err(std::io::Error::other)?;
    while let Some(entry) = entries.next_entry().await? {
        let written = entry.metadata().await?.modified()?.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        if waiting.is_empty() && app.clock.now() - written.as_micros() as i64 > DAY {
            fs::remove_dir_all(entry.path()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        for (given, kept) in [
            ("sales.csv", "sales.csv"),
            ("C:\\data\\sales 1.csv", "sales 1.csv"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            ("a\0b<c>.csv", "a_b_c_.csv"),
            ("продажи.csv", "продажи.csv"),
        ] {
            assert_eq!(plain(given), kept);
        }
    }
}

//! Syncs: tables of other databases and files of buckets, read on from where the last run came to, on a schedule.
//!
//! `settings` is what the configuration file says, `table` reads a database, `trial` looks whether all is well, `api` the routes. A run goes page by page; each
//! page and the bookmark are one commit, so that a run that breaks off goes on there and no row comes twice.

mod api;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod trial;

use super::bookmark::{Bookmark, Rows, forget, note_run, read_files};
use crate::customers::erasure::hex;
use crate::customers::{Reader, RecordKind, Refusal};
use crate::platform::clock::MINUTE;
use crate::platform::jobs::{self, Schedule};
use crate::platform::server::App;
use crate::platform::{Config, Time};
use crate::tracking::Rejection;
use anyhow::{Context, anyhow, bail};
use cvm_core::files::{FilePlace, Files, FoundFile, RecordMapping};
use cvm_core::lake::Answering;
use cvm_core::message::Message;
use cvm_core::rows;
use serde::Serialize;
use serde_json::{Map, Value, json};
use settings::Origin;
use sha2::{Digest, Sha256};
use table::Table;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

pub use api::{ask, routes};
pub use settings::SyncSettings;
pub use trial::{Trial, try_out};

/// Messages of one commit, of files.
const PAGE_MESSAGES: usize = 5_000;

/// Runs of a sync in a row that may fail before it waits for its next time.
const ATTEMPTS: i64 = 4;

/// The work of syncs, for the list of all work.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "sync",
    run: |app, task| {
        Box::pin(async move {
            let tell = |rows: Rows| task.at(format!("reading {}", rows.accepted + rows.repeated + rows.rejected));
            Ok(serde_json::to_value(run(&app, &task.job.subject, &task.stop, &tell).await?)?)
        })
    },
    regular: |config| {
        let every =
            |(name, sync): (&String, &SyncSettings)| (name.clone(), Schedule::Every(sync.every_minutes * MINUTE));
        config.sync.iter().map(every).collect()
    },
    attempts: ATTEMPTS,
};

/// How a sync stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Sync {
    /// As in the configuration file.
    pub name: String,
    /// What its rows are about.
    pub kind: RecordKind,
    /// The table, the query or the files, without who asks.
    pub from: String,
    /// Between two runs.
    pub every_minutes: i64,
    /// How far it is: the cursor and the key of the last row, or the file and the line. Null before the first row.
    #[schema(value_type = Object)]
    pub place: Value,
    /// Rows since it began.
    pub rows: Rows,
    /// When it last ran.
    pub ran_at: Option<Time>,
    /// Why that failed; empty where it did not.
    pub error: String,
}

/// All syncs, by name.
///
/// # Errors
/// What the database gives.
pub async fn list(app: &App) -> Result<Vec<Sync>, sqlx::Error> {
    let mut syncs = Vec::new();
    for (name, settings) in &app.config.sync {
        let bookmark = Bookmark::find(&app.database, &bookmark_name(name)).await?;
        let bookmark = bookmark.unwrap_or_else(|| Bookmark::new(&bookmark_name(name), app.clock.now()));
        syncs.push(Sync {
            name: name.clone(),
            kind: settings.kind,
            from: from(settings),
            every_minutes: settings.every_minutes,
            place: bookmark.place.get("at").cloned().unwrap_or_default(),
            rows: bookmark.rows,
            ran_at: bookmark.ran_at.map(Time),
            error: bookmark.error,
        });
    }
    Ok(syncs)
}

/// Whether it is time for a sync.
pub fn is_due(sync: &Sync, now: i64) -> bool {
    sync.ran_at.is_none_or(|ran_at| ran_at.0 + sync.every_minutes * MINUTE <= now)
}

/// Forgets how far a sync is: the next run begins at the beginning.
///
/// # Errors
/// Where there is no sync of this name, and what the database gives.
pub async fn restart(app: &App, name: &str) -> anyhow::Result<()> {
    find(&app.config, name)?;
    Ok(forget(&app.database, &bookmark_name(name)).await?)
}

/// Reads on until there is nothing more, or `stop`; tells of rows as they are stored, says what became of those of this run, and notes
/// how it ended.
///
/// # Errors
/// Where there is no sync of this name, and what keeps it from going on, without secrets.
pub async fn run(app: &App, name: &str, stop: &CancellationToken, tell: Tell<'_>) -> anyhow::Result<Rows> {
    let settings = find(&app.config, name)?;
    let ran = match settings.missing_variable() {
        Some(variable) => Err(anyhow!("the environment variable {variable}, which its settings name, is not set")),
        None => read(app, name, settings, stop, tell).await,
    };
    let error = match &ran {
        Ok(_) => String::new(),
        Err(error) => settings.without_secrets(&format!("{error:#}")),
    };
    note_run(&app.database, &bookmark_name(name), app.clock.now(), &error).await?;
    ran.map_err(|_| anyhow!("sync `{name}`: {error}"))
}

/// Stands where nobody reads files elsewhere.
#[derive(Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn list<'a>(&'a self, _: &'a FilePlace) -> Answering<'a, Result<Vec<FoundFile>, String>> {
        Box::pin(async { Err("files are not read here".to_owned()) })
    }

    fn open<'a>(
        &'a self,
        _: &'a FilePlace,
        _: &'a FoundFile,
        _: &'a RecordMapping,
    ) -> Answering<'a, Result<Box<dyn rows::RowReader>, String>> {
        Box::pin(async { Err("files are not read here".to_owned()) })
    }
}

fn find<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a SyncSettings> {
    config.sync.get(name).ok_or_else(|| {
        let names: Vec<&str> = config.sync.keys().map(String::as_str).collect();
        match names.is_empty() {
            true => anyhow!("there is no sync `{name}`; add a table [sync.{name}] to the configuration file"),
            false => anyhow!("there is no sync `{name}`; syncs are {}", names.join(", ")),
        }
    })
}

fn bookmark_name(name: &str) -> String {
    format!("sync:{name}")
}

fn from(settings: &SyncSettings) -> String {
    match (settings.origin(), settings.table.is_empty()) {
        (Some(Origin::Files), _) => settings.url.clone(),
        (_, false) => format!("table {}", settings.table),
        _ => "query".to_owned(),
    }
}

fn file_place(settings: &SyncSettings) -> FilePlace {
    FilePlace {
        url: settings.url.clone(),
        endpoint: settings.endpoint.clone(),
        region: settings.region.clone(),
        access_key: settings.access_key.clone(),
        secret_key: settings.secret_key.clone(),
    }
}

fn mapping(settings: &SyncSettings) -> RecordMapping {
    let columns = settings.columns.iter().map(|(member, column)| (member.clone(), column.clone())).collect();
    RecordMapping { columns, timezone: settings.timezone.clone(), date_format: settings.date_format.clone() }
}

/// Hears of all rows of a run so far.
type Tell<'a> = &'a (dyn Fn(Rows) + std::marker::Sync);

/// A run on its way.
struct Run<'a> {
    app: &'a App,
    name: &'a str,
    settings: &'a SyncSettings,
    source: &'a str,
    reader: Reader<'a>,
    bookmark: Bookmark,
    /// What the place is a place of.
    of: String,
    rows: Rows,
    tell: Tell<'a>,
}

async fn read(
    app: &App,
    name: &str,
    settings: &SyncSettings,
    stop: &CancellationToken,
    tell: Tell<'_>,
) -> anyhow::Result<Rows> {
    let bookmark = Bookmark::find(&app.database, &bookmark_name(name)).await?;
    let bookmark = bookmark.unwrap_or_else(|| Bookmark::new(&bookmark_name(name), app.clock.now()));
    let source = if settings.source.is_empty() { name } else { &settings.source };
    let of = [&settings.table, &settings.query, &settings.cursor, &settings.key].map(String::as_str).join("\u{1f}");
    let before = bookmark.place.get("of").and_then(Value::as_str);
    if before.is_some_and(|before| before != of) {
        bail!(
            "its table, query, cursor or key is another than before, so nobody knows how far it is; \
             `cvm sync FOLDER {name} --restart` reads all of it"
        );
    }
    let reader = Reader::new(app, settings.kind, source);
    let mut run = Run { app, name, settings, source, reader, bookmark, of, rows: Rows::default(), tell };
    match settings.origin() {
        Some(Origin::Files) => run.files(stop).await?,
        Some(origin) => run.table(origin, stop).await?,
        None => bail!("its url begins with none of postgres:, mysql:, sqlite:, s3:, file:"),
    }
    Ok(run.rows)
}

impl Run<'_> {
    async fn table(&mut self, origin: Origin, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut table = Table::open(self.settings, origin).await?;
        // What comes while it runs is for the next run: so it ends.
        let now = self.app.clock.now();
        while !stop.is_cancelled() {
            let after = self.bookmark.place.get("at").cloned().filter(|place| !place.is_null());
            let after = after.map(serde_json::from_value).transpose()?;
            let page = table.page(after.as_ref(), now).await?;
            let Some(last) = page.last().map(|row| row.place.clone()) else { break };
            let (mut messages, mut refused) = (Vec::new(), Vec::new());
            for row in page {
                let id = self.id(&serde_json::to_string(&row.place)?);
                self.add(row.record, id, &mut messages, &mut refused);
            }
            self.store(messages, refused, serde_json::to_value(last)?, None).await?;
        }
        Ok(())
    }

    async fn files(&mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        let (place, mapping) = (file_place(self.settings), mapping(self.settings));
        let listed = self.app.files.list(&place).await.map_err(|error| anyhow!(error));
        let mut files = listed.context("the files cannot be listed; check url, endpoint, region and keys")?;
        let known = read_files(&self.app.database, &self.bookmark.name).await?;
        files.retain(|file| known.get(&file.name) != Some(&file.version));
        files.sort_by(|a, b| (a.modified_at, &a.name).cmp(&(b.modified_at, &b.name)));
        for file in files {
            if stop.is_cancelled() {
                break;
            }
            let opened = self.app.files.open(&place, &file, &mapping).await.map_err(|error| anyhow!(error));
            self.file(&file, opened.with_context(|| format!("file `{}`", file.name))?, stop).await?;
        }
        Ok(())
    }

    /// Stores what is not stored yet of a file.
    async fn file(
        &mut self,
        file: &FoundFile,
        mut reader: Box<dyn rows::RowReader>,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let at = self.bookmark.place.get("at");
        let same = |member: &str, text: &str| at.and_then(|at| at.get(member)?.as_str()) == Some(text);
        let line = |member: &str| at.and_then(|at| at.get(member)?.as_u64()).unwrap_or(0);
        let goes_on = same("file", &file.name) && same("version", &file.version);
        let from = if goes_on { (line("line"), line("rejected")) } else { (0, 0) };
        let mut done = from;
        let place =
            |done: (u64, u64)| json!({"file": file.name, "version": file.version, "line": done.0, "rejected": done.1});
        let (mut messages, mut refused) = (Vec::new(), Vec::new());
        while let Some(rows) = reader.next().await.map_err(|error| anyhow!(error))? {
            match rows {
                rows::Rows::Records(records) => {
                    for (row, record) in records.into_iter().filter(|(row, _)| row.line > from.0) {
                        let id = self.id(&format!("{}\u{1f}{}\u{1f}{}", file.name, file.version, row.line));
                        self.add(record, id, &mut messages, &mut refused);
                        done.0 = row.line;
                    }
                }
                rows::Rows::Rejected(rejected) => {
                    for row in rejected.into_iter().filter(|row| row.place.line > from.1) {
                        let detail = format!("{} (line {} of {})", row.reason, row.place.line, file.name);
                        refused.push(self.refusal(&row.text, Rejection { pointer: "", detail }));
                        done.1 = row.place.line;
                    }
                }
                rows::Rows::Purchases(_) => bail!("file `{}` was read as purchases", file.name),
            }
            if messages.len() + refused.len() >= PAGE_MESSAGES {
                self.store(std::mem::take(&mut messages), std::mem::take(&mut refused), place(done), None).await?;
                if stop.is_cancelled() {
                    return Ok(());
                }
            }
        }
        self.store(messages, refused, place(done), Some(file)).await
    }

    /// A row's id: the same row is the same message, whoever reads it and how often.
    fn id(&self, place: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.of);
        hash.update(place);
        format!("sync-{}-{}", self.name, hex(&hash.finalize()[..12]))
    }

    fn refusal(&self, text: &str, rejection: Rejection) -> Refusal {
        Refusal::new(self.app, self.settings.kind, self.source, text, rejection)
    }

    fn add(&mut self, record: Map<String, Value>, id: String, messages: &mut Vec<Message>, refused: &mut Vec<Refusal>) {
        match self.reader.read_row(record, id) {
            Ok(message) => messages.push(message),
            Err((rejection, text)) => refused.push(self.refusal(&text, rejection)),
        }
    }

    async fn store(
        &mut self,
        messages: Vec<Message>,
        refused: Vec<Refusal>,
        at: Value,
        finished: Option<&FoundFile>,
    ) -> anyhow::Result<()> {
        let rejected = refused.len() as i64;
        let mut step = self.bookmark.to(json!({"of": self.of, "at": at}), refused);
        if let Some(file) = finished {
            step = step.finishing(&file.name, &file.version);
        }
        let stored = self.app.inbox.store_with(messages, step).await?;
        self.rows.accepted += stored.new as i64;
        self.rows.repeated += stored.repeated_rows;
        self.rows.rejected += rejected;
        (self.tell)(self.rows);
        Ok(())
    }
}

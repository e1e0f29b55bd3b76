//! Files of customers, transactions and events into the inbox, of any size, once each row.
//!
//! An import is known by what its files hold, so the same command goes on where it was killed, and does nothing once it is
//! through. Its bookmark says up to which row everything is stored; rows that could not be used have a place of their own,
//! since they may be told a little before the rows around them.

use super::bookmark::{Bookmark, Rows};
use super::orders::{Order, Orders};
use crate::customers::erasure::hex;
use crate::customers::{Reader, RecordKind, Refusal};
use crate::platform::server::App;
use crate::tracking::{InboxError, Rejection};
use cvm_core::message::Message;
use cvm_core::rows::{self, Place, RejectedRow, RowReader};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Messages of one commit.
const PAGE_MESSAGES: usize = 5_000;

/// Bytes of a page's records, roughly.
const PAGE_BYTES: usize = 4 << 20;

/// What begins the names of bookmarks.
const PREFIX: &str = "import:";

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What the rows are about.
    pub kind: RecordKind,
    /// Whole paths.
    pub paths: Vec<String>,
    /// A hash of each file's content.
    pub contents: Vec<String>,
    /// The source that messages are of.
    pub source: String,
    /// The currency of the amounts, where the files say it.
    pub currency: Option<String>,
    /// Whether files that were imported are imported once more.
    pub again: bool,
}

/// What the bookmark of an import says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    kind: String,
    paths: Vec<String>,
    contents: Vec<String>,
    /// Everything up to here is stored.
    done: Option<Place>,
    /// All rows that cannot be used are kept up to here.
    rejected: Option<Place>,
    finished: bool,
}

/// An import that can go on.
#[derive(Debug)]
pub struct Import {
    bookmark: Bookmark,
    state: State,
    wanted: Wanted,
}

/// What there is of an import before it begins.
#[derive(Debug)]
pub enum Begin {
    /// It can go on, from the beginning or from where it was.
    Goes(Box<Import>),
    /// It is through already.
    Finished(Rows),
}

/// Why an import cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file has changed since it was imported.
    #[error(
        "`{path}` was imported before and has changed since; what was stored stays. To take all its rows as new ones, add \
         --again; to add only new rows, put those into a file of their own"
    )]
    Changed {
        /// The file.
        path: String,
    },
    /// The files cannot be read on.
    #[error("{0}")]
    File(String),
    /// What was read cannot be stored now.
    #[error("{0}; run the same command again to go on")]
    Inbox(#[from] InboxError),
    /// The database.
    #[error("the database cannot be used: {0}; run the same command again to go on")]
    Database(#[from] sqlx::Error),
}

impl Import {
    /// Finds out whether these files were imported, in whole or in part.
    ///
    /// # Errors
    /// [`ImportError::Changed`], and what the database gives.
    pub async fn begin(app: &App, wanted: Wanted) -> Result<Begin, ImportError> {
        let known = Bookmark::all(&app.database, PREFIX).await?;
        let states = known.into_iter().map(|bookmark| {
            let state: State = serde_json::from_value(bookmark.place.clone()).unwrap_or_default();
            (bookmark, state)
        });
        let states: Vec<(Bookmark, State)> = states.filter(|(_, state)| state.kind == wanted.kind.name()).collect();
        let same = |state: &State| state.contents == wanted.contents;
        // The latest: with --again there may be several.
        let latest = states.iter().filter(|(_, state)| same(state)).max_by_key(|(bookmark, _)| bookmark.began_at);
        match latest {
            Some((bookmark, state)) if !state.finished => {
                let (bookmark, state) = (bookmark.clone(), state.clone());
                return Ok(Begin::Goes(Box::new(Self { bookmark, state, wanted })));
            }
            Some((bookmark, _)) if !wanted.again => return Ok(Begin::Finished(bookmark.rows)),
            None if !wanted.again => {
                let is_known = |path: &&String| states.iter().any(|(_, state)| state.paths.contains(path));
                if let Some(path) = wanted.paths.iter().find(is_known) {
                    return Err(ImportError::Changed { path: path.clone() });
                }
            }
            _ => {}
        }
        let times = states.iter().filter(|(_, state)| same(state)).count();
        let bookmark = Bookmark::new(&name(&wanted, times), app.clock.now());
        let state = State {
            kind: wanted.kind.name().to_owned(),
            paths: wanted.paths.clone(),
            contents: wanted.contents.clone(),
            ..State::default()
        };
        Ok(Begin::Goes(Box::new(Self { bookmark, state, wanted })))
    }

    /// Rows that are stored or kept aside already.
    pub fn rows(&self) -> Rows {
        self.bookmark.rows
    }

    /// Reads and stores all that is left; says what became of all rows there are, those of earlier runs included. Dropped or
    /// killed, it goes on from where it was.
    ///
    /// # Errors
    /// [`ImportError`].
    pub async fn run(
        mut self,
        app: &App,
        mut files: impl RowReader,
        see: &mut (dyn FnMut(Rows) + Send),
    ) -> Result<Rows, ImportError> {
        let wanted = self.wanted.clone();
        let id = self.bookmark.name.trim_start_matches(PREFIX).to_owned();
        let mut page = Page {
            app,
            id: id.clone(),
            reader: Reader::new(app, wanted.kind, &wanted.source),
            wanted: &wanted,
            from: (self.state.done, self.state.rejected),
            messages: Vec::new(),
            made_of: Vec::new(),
            refused: Vec::new(),
            bytes: 0,
            done: self.state.done,
            rejected: self.state.rejected,
        };
        let mut orders = Orders::new(&id, wanted.currency.clone(), app.config.event_bytes_max, self.state.done);
        while let Some(rows) = files.next().await.map_err(ImportError::File)? {
            match rows {
                rows::Rows::Purchases(lines) => {
                    for order in lines.into_iter().filter_map(|line| orders.push(line)) {
                        page.order(order);
                    }
                }
                rows::Rows::Records(records) => {
                    records.into_iter().for_each(|(place, record)| page.record((place, place), 1, record));
                }
                rows::Rows::Rejected(rejected) => rejected.into_iter().for_each(|row| page.rejected(row)),
            }
            if page.is_full() {
                self.store(&mut page, false).await?;
            }
            see(self.bookmark.rows);
        }
        if let Some(order) = orders.finish() {
            page.order(order);
        }
        self.store(&mut page, true).await?;
        Ok(self.bookmark.rows)
    }

    async fn store(&mut self, page: &mut Page<'_>, finished: bool) -> Result<(), ImportError> {
        self.state.done = page.done;
        self.state.rejected = page.rejected;
        self.state.finished = finished;
        let refused = std::mem::take(&mut page.refused);
        let refused_rows = refused.len() as i64;
        let state = serde_json::to_value(&self.state).expect("the state is plain data");
        let made_of = std::mem::take(&mut page.made_of);
        let all: i64 = made_of.iter().sum();
        let step = self.bookmark.to(state, refused).made_of(made_of);
        page.bytes = 0;
        let stored = page.app.inbox.store_with(std::mem::take(&mut page.messages), step).await?;
        self.bookmark.rows.rejected += refused_rows;
        self.bookmark.rows.repeated += stored.repeated_rows;
        self.bookmark.rows.accepted += all - stored.repeated_rows;
        Ok(())
    }
}

/// An import, as it is shown.
#[derive(Debug)]
pub struct Imported {
    /// What its rows are about, as in paths.
    pub kind: String,
    /// Its files.
    pub paths: Vec<String>,
    /// Whether it is through; else the same files go on where it stopped.
    pub finished: bool,
    /// What became of its rows.
    pub rows: Rows,
    /// When it began, and when it last stored something, in microseconds of Unix time.
    pub began_at: i64,
    #[expect(missing_docs, reason = "said above")]
    pub moved_at: i64,
}

/// All imports, the latest first.
///
/// # Errors
/// What the database gives.
pub async fn imports(app: &App) -> Result<Vec<Imported>, sqlx::Error> {
    let mut known = Bookmark::all(&app.database, PREFIX).await?;
    known.sort_by_key(|bookmark| std::cmp::Reverse(bookmark.began_at));
    let shown = known.into_iter().map(|bookmark| {
        let state: State = serde_json::from_value(bookmark.place).unwrap_or_default();
        let State { kind, paths, finished, .. } = state;
        Imported {
            kind,
            paths,
            finished,
            rows: bookmark.rows,
            began_at: bookmark.began_at,
            moved_at: bookmark.moved_at,
        }
    });
    Ok(shown.collect())
}

/// What a file holds, as a hash: it takes far less time than storing its rows, and nothing less would be sure.
///
/// # Errors
/// What the system gives.
pub fn fingerprint(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut chunk = vec![0; 1 << 20];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hex(&hash.finalize()[..16])),
            length => hash.update(&chunk[..length]),
        }
    }
}

/// Of the bookmark: what the files hold, and the how-manieth import of it this is.
fn name(wanted: &Wanted, times: usize) -> String {
    let mut hash = Sha256::new();
    for part in [wanted.kind.name(), &times.to_string()].into_iter().chain(wanted.contents.iter().map(String::as_str)) {
        hash.update(part);
        hash.update([0]);
    }
    format!("{PREFIX}{}", hex(&hash.finalize()[..8]))
}

/// What goes into the next commit.
struct Page<'a> {
    app: &'a App,
    id: String,
    wanted: &'a Wanted,
    reader: Reader<'a>,
    /// Where this run began.
    from: (Option<Place>, Option<Place>),
    messages: Vec<Message>,
    made_of: Vec<i64>,
    refused: Vec<Refusal>,
    bytes: usize,
    done: Option<Place>,
    rejected: Option<Place>,
}

impl Page<'_> {
    fn is_full(&self) -> bool {
        self.messages.len() + self.refused.len() >= PAGE_MESSAGES || self.bytes >= PAGE_BYTES
    }

    fn order(&mut self, order: Order) {
        self.record((order.first, order.last), order.lines, order.record);
    }

    /// Adds the record of the rows from one place to another.
    fn record(&mut self, (first, last): (Place, Place), rows: i64, record: Map<String, Value>) {
        if self.from.0.is_some_and(|done| last <= done) {
            return;
        }
        self.done = Some(last);
        // By its place: whatever else is said of the row, it is the same row.
        let id = format!("{}-{}-{}", self.id, first.file, first.line);
        match self.reader.read_row(record, id) {
            Ok(message) => {
                self.bytes += 500 + 100 * rows as usize;
                self.messages.push(message);
                self.made_of.push(rows);
            }
            Err((rejection, text)) => self.refuse(&text, rejection),
        }
    }

    fn rejected(&mut self, row: RejectedRow) {
        if self.from.1.is_some_and(|rejected| row.place <= rejected) {
            return;
        }
        self.rejected = Some(row.place);
        let file = self.wanted.paths.get(row.place.file as usize).map_or("", String::as_str);
        let file = file.rsplit('/').next().unwrap_or(file);
        let detail = format!("{} (line {} of {file})", row.reason, row.place.line);
        self.refuse(&row.text, Rejection { pointer: "", detail });
    }

    fn refuse(&mut self, text: &str, rejection: Rejection) {
        self.bytes += text.len();
        self.refused.push(Refusal::new(self.app, self.wanted.kind, &self.wanted.source, text, rejection));
    }
}

//! Everybody on the list, in memory: any filter in any order over a million customers takes some milliseconds, which no set of
//! indexes gives, since what people ask for at once is theirs to choose.
//!
//! It follows `customer_list` by the number of the change, so that each look sees all that is committed; and it holds the values
//! of one run, whole: when another run ends, it is made anew beside the old one. Whatever is shown of a person is read from the
//! database, so who is erased is shown to nobody, whatever is remembered here.

use super::folding::fold;
use super::listing;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use chrono::{Datelike, NaiveDate};
use cvm_core::reason::Reason;
use cvm_core::text::{SEGMENTS, TIERS, reading};
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Rows read at once.
const PAGE: i64 = 2_000;

/// How many may be read anew while somebody waits.
const FEW: usize = 20_000;

/// How long somebody waits for it to be there.
const PATIENCE: Duration = Duration::from_millis(900);

/// Between looks at what has changed while nobody asks: so that little is left to be read when somebody does.
const LOOK: Duration = Duration::from_secs(5);

/// A server's roster. Clones are the same one.
#[derive(Clone, Default)]
pub struct Roster(Arc<Held>);

#[derive(Default)]
struct Held {
    table: RwLock<Option<Table>>,
    /// One reads what is new at a time.
    turn: Mutex<()>,
    is_building: AtomicBool,
}

/// Keeps the list whole and the roster near to it, until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    loop {
        let kept = async {
            listing::fill(&app, &stop).await?;
            app.roster.follow(&app).await
        };
        if let Err(problem) = kept.await {
            tracing::warn!(problem = %problem, "the list of customers cannot be read right now");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

impl Roster {
    /// Asks the roster, as it is after all that is committed; none where it is not there yet: it is soon.
    ///
    /// # Errors
    /// What the database gives.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        app: &App,
        question: impl FnOnce(&Table) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let (roster, app) = (self.clone(), app.clone());
        // The work goes on where nobody waits for it any more.
        let following = tokio::spawn(async move { roster.follow(&app).await });
        match tokio::time::timeout(PATIENCE, following).await {
            Ok(followed) => followed.map_err(|error| Problem::internal(&error))??,
            Err(_) if self.read(Option::is_none) => return Ok(None),
            Err(_) => {} // what is remembered will do
        }
        let roster = self.clone();
        let answer = tokio::task::spawn_blocking(move || roster.read(|table| table.as_ref().map(question)));
        answer.await.map_err(|error| Problem::internal(&error))
    }

    fn read<T>(&self, look: impl FnOnce(&Option<Table>) -> T) -> T {
        look(&self.0.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Option<Table>) -> T) -> T {
        change(&mut self.0.table.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes what has changed.
    async fn follow(&self, app: &App) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        let run = shown_run(app).await?;
        let known = self.read(|table| table.as_ref().map(|table| (table.run == run, table.rows.len())));
        match known {
            Some((true, _)) => self.take_news(app).await,
            Some((false, rows)) if rows > FEW => {
                self.build_beside(app);
                self.take_news(app).await
            }
            _ => {
                let table = Table::load(app).await?;
                self.write(|held| *held = Some(table));
                Ok(())
            }
        }
    }

    /// Makes it anew with the values of another run, while the old one is asked.
    fn build_beside(&self, app: &App) {
        if self.0.is_building.swap(true, Ordering::AcqRel) {
            return;
        }
        let (roster, app) = (self.clone(), app.clone());
        tokio::spawn(async move {
            match Table::load(&app).await {
                Ok(table) => {
                    let old = roster.write(|held| held.replace(table));
                    drop(old); // not while others wait
                }
                Err(problem) => {
                    tracing::warn!(problem = %problem, "the values of the last run cannot be read right now")
                }
            }
            roster.0.is_building.store(false, Ordering::Release);
        });
    }

    async fn take_news(&self, app: &App) -> Result<()> {
        loop {
            let Some((run, seen)) = self.read(|table| table.as_ref().map(|table| (table.run.clone(), table.seen)))
            else {
                return Ok(());
            };
            let rows = changed(app, run.as_deref(), seen).await?;
            let news = rows.iter().map(news).collect::<Result<Vec<_>, sqlx::Error>>()?;
            // When another run has ended, the values of this one go: those that are remembered hold until all are made anew.
            let is_shown = shown_run(app).await? == run;
            let is_last = (news.len() as i64) < PAGE;
            self.write(|table| {
                // Where it was made anew meanwhile, the next look takes what is new since then.
                let table = table.as_mut().filter(|table| table.run == run && table.seen == seen);
                if let Some(table) = table {
                    news.into_iter().for_each(|news| table.take(news, is_shown));
                }
            });
            if is_last {
                return Ok(());
            }
        }
    }
}

/// The run whose values are shown.
async fn shown_run(app: &App) -> Result<Option<String>, sqlx::Error> {
    let sql = "SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1";
    sqlx::query(sql).fetch_optional(app.database.pool()).await?.map(|row| row.try_get(0)).transpose()
}

/// Rows that were changed after those seen, in the order of changes: who changes customers takes turns, so it is also that of
/// commits.
async fn changed(app: &App, run: Option<&str>, (change, number): (i64, i64)) -> Result<Vec<AnyRow>, sqlx::Error> {
    let sql = "SELECT number, changed, customer_list.customer, words, attributes, consents, suppressed, columns \
               FROM customer_list LEFT JOIN customer_values \
               ON customer_values.customer = customer_list.customer AND customer_values.run = $1 \
               WHERE (changed, number) > ($2, $3) ORDER BY changed, number LIMIT $4";
    let query = sqlx::query(sql).bind(run.unwrap_or_default()).bind(change).bind(number).bind(PAGE);
    query.fetch_all(app.database.pool()).await
}

/// A row that has changed.
struct News {
    number: u32,
    change: i64,
    row: Row,
    tags: Vec<Tag>,
}

fn news(found: &AnyRow) -> Result<News, sqlx::Error> {
    let number: i64 = found.try_get(0)?;
    let is_there = found.try_get::<Option<&str>, _>(2)?.is_some();
    let words: &str = found.try_get(3)?;
    let attributes: Map<String, Value> = crate::platform::database::json(found, 4)?;
    let consents: Vec<String> = crate::platform::database::json(found, 5)?;
    let columns: Option<&str> = found.try_get(7)?;
    let mut row = Row { words: words.into(), is_there, ..Row::default() };
    row.is_suppressed = found.try_get::<Option<i64>, _>(6)?.is_some();
    row.name_key = name_key(row.name());
    if let Some(columns) = columns {
        let columns: Columns<'_> =
            serde_json::from_str(columns).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        row.figures = Some(columns.figures());
    }
    let mut tags: Vec<Tag> =
        attributes.into_iter().map(|(name, value)| Tag::attribute(&name, &shown(&value))).collect();
    tags.extend(consents.into_iter().map(|given| Tag { name: None, value: given.into() }));
    let number = u32::try_from(number).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(News { number, change: found.try_get(1)?, row, tags })
}

/// An attribute's value as text.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The first letters of a name, in the order of names.
fn name_key(name: &str) -> u64 {
    let mut first = [0; 8];
    for (place, byte) in first.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    u64::from_be_bytes(first)
}

/// A customer in memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// What they are found by, a piece a line; the first is the name.
    pub words: Box<str>,
    /// Places of what they have among [`Table::tags`].
    pub tags: Box<[u32]>,
    /// What the run says of them; none where they have not bought.
    pub figures: Option<Figures>,
    pub name_key: u64,
    pub is_there: bool,
    pub is_suppressed: bool,
}

impl Row {
    /// The name, folded.
    pub fn name(&self) -> &str {
        self.words.split('\n').next().unwrap_or_default()
    }
}

/// What a run says of a customer, in short. What it does not say is not a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub clv: f64,
    pub revenue: f64,
    pub profit: f64,
    pub p_alive: f32,
    pub expected_purchases: f32,
    pub purchases: u32,
    /// Days since the beginning of the common era; none is before all.
    pub first_purchase: i32,
    pub last_purchase: i32,
    /// Place among [`TIERS`] and [`SEGMENTS`], from 1.
    pub tier: u8,
    pub segment: u8,
    /// Scores from 1 to 5; 0 for none.
    pub recency: u8,
    pub frequency: u8,
    pub reason: Option<Reason>,
}

/// The columns of a run that lists know.
#[derive(Deserialize)]
struct Columns<'a> {
    clv: Option<f64>,
    revenue: Option<f64>,
    profit: Option<f64>,
    p_alive: Option<f32>,
    expected_purchases: Option<f32>,
    frequency: Option<u32>,
    first_purchase: Option<NaiveDate>,
    last_purchase: Option<NaiveDate>,
    value_tier: Option<&'a str>,
    rfm_segment: Option<&'a str>,
    r_score: Option<u8>,
    f_score: Option<u8>,
    reason: Option<std::borrow::Cow<'a, str>>,
}

impl Columns<'_> {
    fn figures(&self) -> Figures {
        let day = |day: Option<NaiveDate>| day.map_or(i32::MIN, |day| day.num_days_from_ce());
        let place = |names: &[&str], name: Option<&str>| {
            names.iter().position(|known| Some(*known) == name).map_or(0, |place| place as u8 + 1)
        };
        Figures {
            clv: self.clv.unwrap_or(f64::NAN),
            revenue: self.revenue.unwrap_or(f64::NAN),
            profit: self.profit.unwrap_or(f64::NAN),
            p_alive: self.p_alive.unwrap_or(f32::NAN),
            expected_purchases: self.expected_purchases.unwrap_or(f32::NAN),
            // Repeat purchases, and the first.
            purchases: self.frequency.map_or(0, |repeats| repeats + 1),
            first_purchase: day(self.first_purchase),
            last_purchase: day(self.last_purchase),
            tier: place(TIERS, self.value_tier),
            segment: place(SEGMENTS, self.rfm_segment),
            recency: self.r_score.unwrap_or(0),
            frequency: self.f_score.unwrap_or(0),
            reason: self.reason.as_deref().and_then(reading::reason),
        }
    }
}

/// What many customers share, by which lists are narrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The attribute; none for a consent.
    pub name: Option<Box<str>>,
    /// Its value, or what was allowed as `purpose/channel`.
    pub value: Box<str>,
}

impl Tag {
    pub fn attribute(name: &str, value: &str) -> Self {
        Self { name: Some(name.into()), value: value.trim().into() }
    }

    pub fn consent(value: &str) -> Self {
        Self { name: None, value: value.into() }
    }

    /// The same for whatever is the same to those who look for it.
    fn key(&self) -> String {
        match &self.name {
            Some(name) => format!("{name}\u{1f}{}", fold(&self.value)),
            None => format!("\u{1f}{}", self.value),
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Table {
    run: Option<String>,
    /// The last change taken: its number, and that of the row.
    seen: (i64, i64),
    /// By number.
    pub rows: Vec<Row>,
    /// Each tag there is, and how many have it.
    tags: Vec<(Tag, u32)>,
    places: HashMap<String, u32>,
    /// Places of an attribute's values; those of consents under no name.
    of_name: BTreeMap<Box<str>, Vec<u32>>,
}

/// Different values of an attribute at most. One that has more tells customers apart rather than what they share.
const VALUES_MAX: usize = 50_000;

impl Table {
    /// Reads all of it, with the values of the run that is shown when it has come to the end.
    async fn load(app: &App) -> Result<Self> {
        loop {
            let mut table = Self { run: shown_run(app).await?, ..Self::default() };
            loop {
                let rows = changed(app, table.run.as_deref(), table.seen).await?;
                for row in &rows {
                    table.take(news(row)?, true);
                }
                if (rows.len() as i64) < PAGE {
                    break;
                }
            }
            if shown_run(app).await? == table.run {
                return Ok(table);
            }
        }
    }

    /// `with_figures`: whether it comes with what the run says.
    fn take(&mut self, News { number, change, mut row, tags }: News, with_figures: bool) {
        let place = number as usize;
        if self.rows.len() <= place {
            self.rows.resize_with(place + 1, Row::default);
        }
        if !with_figures && row.is_there {
            row.figures = self.rows[place].figures;
        }
        for &tag in &self.rows[place].tags {
            self.tags[tag as usize].1 -= 1;
        }
        row.tags = tags.into_iter().filter_map(|tag| self.place(tag)).collect();
        for &tag in &row.tags {
            self.tags[tag as usize].1 += 1;
        }
        self.rows[place] = row;
        self.seen = (change, i64::from(number));
    }

    /// None for a value too many.
    fn place(&mut self, tag: Tag) -> Option<u32> {
        let key = tag.key();
        if let Some(&place) = self.places.get(&key) {
            return Some(place);
        }
        let place = self.tags.len() as u32;
        let values = self.of_name.entry(tag.name.clone().unwrap_or_default()).or_default();
        if values.len() >= VALUES_MAX {
            return None;
        }
        values.push(place);
        self.places.insert(key, place);
        self.tags.push((tag, 0));
        Some(place)
    }

    /// The place of a tag, however its value is written.
    pub fn find(&self, tag: &Tag) -> Option<u32> {
        self.places.get(&tag.key()).copied()
    }

    /// The most frequent values of an attribute, by name; what was allowed, under no name.
    pub fn frequent(&self, name: &str, most: usize) -> Vec<String> {
        let values = self.of_name.get(name).into_iter().flatten().map(|&place| &self.tags[place as usize]);
        let mut found: Vec<&(Tag, u32)> = values.filter(|(_, count)| *count > 0).collect();
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.value.cmp(&b.0.value)));
        found.into_iter().take(most).map(|(tag, _)| tag.value.to_string()).collect()
    }

    /// Names of the attributes by which customers can be narrowed, in order.
    pub fn names(&self) -> Vec<String> {
        let narrowing = self.of_name.iter().filter(|(name, values)| !name.is_empty() && values.len() < VALUES_MAX);
        narrowing.map(|(name, _)| name.to_string()).collect()
    }

    /// The value that somebody has of an attribute.
    pub fn value(&self, row: &Row, name: &str) -> Option<&str> {
        let tags = row.tags.iter().map(|&tag| &self.tags[tag as usize].0);
        let tag = tags.into_iter().find(|tag| tag.name.as_deref() == Some(name))?;
        Some(&tag.value)
    }

    /// Looks through all rows, in parts by several threads where there are many: each is told the number of its first row.
    pub fn in_parts<T: Send>(&self, look: impl Fn(usize, &[Row]) -> T + Sync) -> Vec<T> {
        const ROWS_OF_A_THREAD: usize = 50_000;
        const THREADS_MAX: usize = 4;
        let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        if threads == 1 || self.rows.len() < ROWS_OF_A_THREAD {
            return vec![look(0, &self.rows)];
        }
        let size = self.rows.len().div_ceil(threads);
        thread::scope(|scope| {
            let parts = self.rows.chunks(size).enumerate().map(|(part, rows)| {
                let look = &look;
                scope.spawn(move || look(part * size, rows))
            });
            let looking: Vec<_> = parts.collect();
            looking.into_iter().map(|part| part.join().expect("looking through rows does not panic")).collect()
        })
    }

    /// Places of the tags of an attribute, as a mark for each tag.
    pub fn marks_of(&self, name: &str) -> Vec<bool> {
        let mut marks = vec![false; self.tags.len()];
        self.of_name.get(name).into_iter().flatten().for_each(|&place| marks[place as usize] = true);
        marks
    }

    /// The value of a tag.
    pub fn tag(&self, place: u32) -> &str {
        &self.tags[place as usize].0.value
    }

    /// Whether there are values.
    pub fn has_values(&self) -> bool {
        self.run.is_some()
    }
}

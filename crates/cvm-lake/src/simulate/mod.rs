//! A sample company whose truth is known: customers, purchases and everything around them, for learning and testing.
//!
//! All of it is invented. Customers are independent of each other: each is drawn from their own seeded generators, so a
//! company of a thousand is the beginning of one of a million, and nothing depends on the number of threads or on
//! which tables are written. Customers are cut into parts; a part is one task and one file a table, and is written as
//! it is drawn: memory does not grow with the company.

mod calendar;
mod catalogue;
mod contacts;
mod dice;
mod events;
mod folder;
mod life;
mod names;
mod people;
mod readme;
mod records;
mod tables;
#[cfg(test)]
mod tests;
mod totals;
mod words;

pub use events::SampleCompany;
pub use tables::{Column, Kind, Table};

use calendar::{Calendar, FUTURE_DAYS};
use catalogue::{CATEGORIES, Catalogue};
use chrono::{Datelike, NaiveDate};
use datafusion::parquet::errors::ParquetError;
use folder::Unfinished;
use rayon::prelude::*;
use records::Recorder;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tables::Sheet;
use totals::Totals;

/// Name of the past campaign.
const CAMPAIGN_ID: &str = "coupon-10";
/// Customers between two reports of progress.
const PROGRESS_CUSTOMERS: u64 = 1024;
/// The campaign needs a time before it and 30 days for its effect.
const FEWEST_DAYS: i64 = 90;
const MOST_DAYS: i64 = 20 * 366;
const MOST_CUSTOMERS: u64 = 1_000_000_000;

/// What to make.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many customers; each makes about ten lines of purchases in two years.
    pub customers: u64,
    /// The same seed makes the same company.
    pub seed: u64,
    /// First day observed.
    pub start: NaiveDate,
    /// First day no longer observed; the hold-out is the 365 days from it on.
    pub end: NaiveDate,
    /// Which tables to write.
    pub tables: BTreeSet<Table>,
    /// Visits on the site or in the app for each order, the buying ones included.
    pub visits_per_order: f64,
    /// Orders without a customer for each order of a known one.
    pub anonymous_share: f64,
    /// Customers of a part: one task, and one file a table. At 50,000 a file of purchases has half a million rows.
    pub part_customers: u64,
}

impl Settings {
    /// All tables over the two years before `end`.
    pub fn new(customers: u64, seed: u64, end: NaiveDate) -> Self {
        Self {
            customers,
            seed,
            start: end - chrono::Days::new(730),
            end,
            tables: Table::ALL.into(),
            visits_per_order: 4.0,
            anonymous_share: 0.005,
            part_customers: 50_000,
        }
    }

    fn days(&self) -> u32 {
        (self.end - self.start).num_days() as u32
    }

    fn parts(&self) -> u64 {
        self.customers.div_ceil(self.part_customers)
    }

    /// The hold-out is drawn where a table needs it.
    fn simulated_days(&self) -> u32 {
        let future = self.tables.contains(&Table::Truth) || self.tables.contains(&Table::FuturePurchases);
        self.days() + if future { FUTURE_DAYS } else { 0 }
    }

    fn check(&self) -> Result<(), SimulateError> {
        let invalid = |name, value: String, expected| Err(SimulateError::Invalid { name, value, expected });
        let days = (self.end - self.start).num_days();
        if !(1..=MOST_CUSTOMERS).contains(&self.customers) {
            return invalid("customers", self.customers.to_string(), "1 to 1,000,000,000");
        }
        if !(1900..=2200).contains(&self.end.year()) {
            return invalid("the end", self.end.to_string(), "a day of the years 1900 to 2200");
        }
        if !(FEWEST_DAYS..=MOST_DAYS).contains(&days) {
            return invalid("the observed time", format!("{days} days"), "an end 90 days to 20 years after the start");
        }
        if self.part_customers == 0 {
            return invalid("the customers of a part", "0".into(), "at least 1");
        }
        if self.tables.is_empty() {
            return invalid("tables", "empty".into(), "at least one table");
        }
        if !(0.0..=100.0).contains(&self.visits_per_order) {
            return invalid("visits per order", self.visits_per_order.to_string(), "a number from 0 to 100");
        }
        if !(0.0..=1.0).contains(&self.anonymous_share) {
            return invalid("the anonymous share", self.anonymous_share.to_string(), "a number from 0 to 1");
        }
        Ok(())
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Customers, all with at least one order.
    pub customers: u64,
    /// Rows of each table written.
    pub rows: BTreeMap<&'static str, u64>,
    /// Observed orders of customers.
    pub orders: u64,
    /// What was paid for them, in euros, before returns.
    pub amount: f64,
    /// The files, by name.
    pub files: Vec<String>,
}

/// Why no company was made. The folder is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// A setting is outside its limits.
    #[error("{name} is {value}; expected {expected}")]
    Invalid {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// Its limits.
        expected: &'static str,
    },
    /// There is something in the folder that is not of an earlier simulation.
    #[error("{folder} holds `{found}`, which no simulation made; name a new folder, or empty this one first")]
    FolderInUse {
        /// The folder.
        folder: PathBuf,
        /// One of the things in it.
        found: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table could not be encoded.
    #[error("a table could not be written: {0}; is there room on the disk?")]
    Parquet(#[from] ParquetError),
}

impl SimulateError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Makes a company in `folder`: Parquet files, `truth.json`, and a README that explains them.
///
/// Everything is written beside the folder first and takes its name when it is complete. A company made there earlier
/// is replaced. `progress` is told how many customers are done, of how many, from several threads.
///
/// # Errors
/// A setting outside its limits, a folder with other things in it, or a disk that fails.
pub fn simulate(
    settings: &Settings,
    folder: &Path,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Summary, SimulateError> {
    settings.check()?;
    let unfinished = Unfinished::begin(folder)?;
    let (calendar, catalogue) = (Calendar::new(settings.start, settings.days()), Catalogue::new());
    let done = AtomicU64::new(0);
    let advance = |by: u64| progress(done.fetch_add(by, Ordering::Relaxed) + by, settings.customers);
    let totals = (0..settings.parts())
        .into_par_iter()
        .map(|part| write_part(settings, &calendar, &catalogue, unfinished.path(), part, &advance))
        .collect::<Result<Vec<_>, _>>()?;
    let mut totals = totals.iter().fold(Totals::default(), Totals::add);
    if settings.tables.contains(&Table::Products) {
        totals.rows.insert(Table::Products, write_products(&catalogue, unfinished.path())?);
    }
    let summary = Summary {
        customers: totals.customers,
        rows: totals.rows.iter().map(|(table, rows)| (table.name(), *rows)).collect(),
        orders: totals.orders,
        amount: totals.amount as f64 / 100.0,
        files: files(settings),
    };
    readme::write(settings, &calendar, &totals, &summary, unfinished.path())?;
    unfinished.complete()?;
    Ok(summary)
}

/// One part: one file of each table, row by row.
fn write_part(
    settings: &Settings,
    calendar: &Calendar,
    catalogue: &Catalogue,
    folder: &Path,
    part: u64,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Totals, SimulateError> {
    let mut sheets = BTreeMap::new();
    for table in settings.tables.iter().copied().filter(|table| *table != Table::Products) {
        sheets.insert(table, Sheet::create(table, &folder.join(file_name(settings, table, part)))?);
    }
    let mut recorder = Recorder::new(settings, calendar, catalogue, sheets);
    let mut reported = part * settings.part_customers;
    let last = (reported + settings.part_customers).min(settings.customers);
    for number in reported + 1..=last {
        recorder.customer(number)?;
        if number == last || number - reported == PROGRESS_CUSTOMERS {
            advance(number - reported);
            reported = number;
        }
    }
    recorder.finish()
}

fn write_products(catalogue: &Catalogue, folder: &Path) -> Result<u64, SimulateError> {
    let mut sheet = Sheet::create(Table::Products, &folder.join("products.parquet"))?;
    for product in &catalogue.products {
        sheet.text(product.id.as_str()).text(product.name.as_str()).text(CATEGORIES[product.category].name);
        sheet.amount(product.price).amount(product.unit_cost).end_row()?;
    }
    sheet.finish()
}

/// `purchases.parquet`; `purchases-0001.parquet` and so on where there are several.
fn file_name(settings: &Settings, table: Table, part: u64) -> String {
    if table == Table::Products || settings.parts() == 1 {
        return format!("{}.parquet", table.name());
    }
    format!("{}-{:04}.parquet", table.name(), part + 1)
}

/// All files of the company.
fn files(settings: &Settings) -> Vec<String> {
    let of_table = |table: &Table| {
        let parts = if *table == Table::Products { 1 } else { settings.parts() };
        let table = *table;
        (0..parts).map(move |part| file_name(settings, table, part))
    };
    let mut files: Vec<_> = settings.tables.iter().flat_map(of_table).collect();
    files.extend([readme::README.to_owned(), readme::TRUTH.to_owned()]);
    files.sort();
    files
}

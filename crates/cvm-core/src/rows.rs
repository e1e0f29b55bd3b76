//! Rows of files on their way in, between what reads files and what makes messages of them.

use crate::lake::Answering;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a row stands: the number of its file from 0, its line or row from 1. Rows come in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "said above")]
pub struct Place {
    pub file: u32,
    pub line: u64,
}

/// One line of a purchase, as the main job counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseLine {
    /// Where it stands.
    pub place: Place,
    /// Who bought, as in the file.
    pub customer: String,
    /// When, in seconds of Unix time; the beginning of the day where only that is told.
    pub time: i64,
    /// For how much, the whole line, in 1/10,000 of the currency; negative for a return.
    pub amount: i64,
    /// How many, as a decimal.
    pub quantity: Option<String>,
    /// What the line cost the seller, as `amount`.
    pub cost: Option<i64>,
    /// The file's number of the order.
    pub order: Option<String>,
    /// What was bought.
    pub product: Option<String>,
    /// What kind of thing it is.
    pub category: Option<String>,
    /// Where it was bought.
    pub channel: Option<String>,
}

/// A row that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Where it stands.
    pub place: Place,
    /// One of the reasons of the main job.
    pub reason: &'static str,
    /// Its beginning.
    pub text: String,
}

/// Some rows. Those of one kind come in the order of their places; two kinds may overlap.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Lines of purchases.
    Purchases(Vec<PurchaseLine>),
    /// Records: a JSON object each.
    Records(Vec<(Place, Map<String, Value>)>),
    /// What cannot be used.
    Rejected(Vec<RejectedRow>),
}

/// Gives rows until there are no more.
pub trait RowReader: Send {
    /// The next rows; `None` at the end. An error says what is wrong with the file, for people.
    fn next(&mut self) -> Answering<'_, Result<Option<Rows>, String>>;
}

impl RowReader for Box<dyn RowReader> {
    fn next(&mut self) -> Answering<'_, Result<Option<Rows>, String>> {
        (**self).next()
    }
}

/// Amounts are counted in so many parts of the currency's unit.
pub const AMOUNT_PARTS: i64 = 10_000;

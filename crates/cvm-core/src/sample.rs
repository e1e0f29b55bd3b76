//! The sample company: what the product asks of whoever makes it.

use crate::lake::Answering;
use crate::rows::RowReader;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What the company is to be; the same wish makes the same company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleWish {
    /// How many customers.
    pub customers: u64,
    /// What its chance begins with.
    pub seed: u64,
    /// The first day that it has not yet seen; two years before it, it began.
    pub end: NaiveDate,
}

/// What one of its files is about. They are read in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamplePart {
    /// Who the customers are, with their consents.
    Customers,
    /// What they bought and gave back.
    Purchases,
    /// What they looked at, put in the cart and went to pay for.
    Visits,
    /// What was sent to them, and what they opened and followed.
    Messages,
    /// What they complained of.
    Complaints,
    /// What they answered.
    Surveys,
    /// What serving them cost.
    Costs,
}

impl SamplePart {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Customers, Self::Purchases, Self::Visits, Self::Messages, Self::Complaints, Self::Surveys, Self::Costs];

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Purchases => "purchases",
            Self::Visits => "visits",
            Self::Messages => "messages",
            Self::Complaints => "complaints",
            Self::Surveys => "surveys",
            Self::Costs => "costs",
        }
    }
}

/// Rows on their way, and how many bytes they are read from.
pub struct SampleRows {
    /// Counted by the reader as it goes.
    pub bytes_total: u64,
    /// Lines of purchases, and records of customers and events.
    pub rows: Box<dyn RowReader>,
}

/// Makes sample companies.
pub trait Sample: Send + Sync + 'static {
    /// Makes one in a folder that is not there yet. Errors are for people.
    fn make<'a>(&'a self, wish: &'a SampleWish, folder: &'a Path) -> Answering<'a, Result<(), String>>;

    /// The file of a part.
    fn file(&self, folder: &Path, part: SamplePart) -> PathBuf;

    /// The rows of a part; `progress` counts bytes of its file.
    fn open<'a>(
        &'a self,
        folder: &'a Path,
        part: SamplePart,
        progress: Arc<AtomicU64>,
    ) -> Answering<'a, Result<SampleRows, String>>;
}

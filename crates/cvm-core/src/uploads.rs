//! Files that people bring in: looked at first, so that what was recognised can be corrected, then read.

use crate::lake::Answering;
use crate::rows::RowReader;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// How a file is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReadAs {
    /// What its rows are about: `customers`, `transactions` or `events`.
    pub kind: String,
    /// What serves as what, where somebody has said so: the role, and the column.
    pub columns: Vec<(String, String)>,
    /// The time zone of times that name none.
    pub timezone: String,
    /// How dates are written, where looking at them does not tell: as for `cvm import`.
    pub date_format: String,
    /// The mark before the fraction of a number: `.` or `,`, where looking does not tell.
    pub decimal: String,
}

/// What a file looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// What serves as what: the role, and the column.
    pub columns: Vec<(String, String)>,
    /// The currency of amounts, where the file names one by its code.
    pub currency: Option<String>,
}

/// Rows on their way.
pub struct Reading {
    /// Bytes of the file; the reader counts those that it is through with.
    pub bytes_total: u64,
    /// The rows.
    pub rows: Box<dyn RowReader>,
}

/// Reads files that people bring in. Errors are for people; they say what was found, and what decides.
pub trait Uploads: Send + Sync + 'static {
    /// Looks at a file.
    fn look<'a>(&'a self, path: &'a Path, read_as: &'a ReadAs) -> Answering<'a, Result<Look, String>>;

    /// The names of a file's columns; none where it cannot be read at all.
    fn columns<'a>(&'a self, path: &'a Path) -> Answering<'a, Vec<String>>;

    /// Reads it.
    fn read<'a>(
        &'a self,
        path: &'a Path,
        read_as: &'a ReadAs,
        progress: Arc<AtomicU64>,
    ) -> Answering<'a, Result<Reading, String>>;
}

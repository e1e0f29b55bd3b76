//! Files elsewhere, in a folder or in storage that speaks S3: what the product asks of those who can read them.

use crate::lake::Answering;
use crate::rows::RowReader;

/// Where files are.
#[derive(Clone, PartialEq, Eq)]
pub struct FilePlace {
    /// `s3://bucket/prefix/*.parquet`, or the pattern of a path.
    pub url: String,
    /// The address of the storage, where it is not Amazon's.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// Who asks; empty asks as the machine is set up.
    pub access_key: String,
    /// Their secret.
    pub secret_key: String,
}

impl std::fmt::Debug for FilePlace {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilePlace").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Its path, or its key.
    pub name: String,
    /// When it was last written, in microseconds of Unix time.
    pub modified_at: i64,
    /// What changes with its content.
    pub version: String,
}

/// How the rows of a file become records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordMapping {
    /// What a record calls it, and the column.
    pub columns: Vec<(String, String)>,
    /// The time zone of times that name none.
    pub timezone: String,
    /// How dates are written, where looking at them does not tell: as for `cvm import`.
    pub date_format: String,
}

/// Reads files elsewhere.
pub trait Files: Send + Sync + 'static {
    /// All files of a place, in any order. Errors are for people.
    fn list<'a>(&'a self, place: &'a FilePlace) -> Answering<'a, Result<Vec<FoundFile>, String>>;

    /// The rows of one as records.
    fn open<'a>(
        &'a self,
        place: &'a FilePlace,
        file: &'a FoundFile,
        mapping: &'a RecordMapping,
    ) -> Answering<'a, Result<Box<dyn RowReader>, String>>;
}

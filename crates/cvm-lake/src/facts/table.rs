//! One Delta table on the local disk: appends that happen once, whatever is killed and when.
//!
//! A commit carries the number of the last batch in it as an application transaction, so rows and position are one
//! commit. Delta-rs does not sync local files: here appended data is synced before the commit names it, and the commit
//! before anybody is told. A compaction commits by itself; its files are synced right after, and those before it stay. The number is no guard by itself: a second writer with the same batch would be let through as
//! a harmless append. So a commit is never retried on top of another's; it fails, and the caller looks again.

use crate::LakeError;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Add, StructType, Transaction};
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter, RecordBatchWriter};
use deltalake::{DeltaTable, DeltaTableError, Path as ObjectPath};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use url::Url;

/// The application whose transactions carry the position.
const INBOX: &str = "opencvm-inbox";

/// A table that this process appends to.
#[derive(Debug)]
pub(super) struct Table {
    folder: PathBuf,
    table: DeltaTable,
}

impl From<DeltaTableError> for LakeError {
    fn from(error: DeltaTableError) -> Self {
        Self::Table(error.to_string())
    }
}

impl Table {
    /// Opens the table in a folder, or makes it.
    pub(super) async fn open(folder: &Path, schema: SchemaRef) -> Result<Self, LakeError> {
        let failed = |source| LakeError::Output { path: folder.display().to_string(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let url = url(&folder)?;
        let mut table = DeltaTable::try_from_url(url).await?;
        if table.version().is_none() {
            let kernel: StructType = schema.as_ref().try_into_kernel().map_err(DeltaTableError::from)?;
            table = table.create().with_columns(kernel.fields().cloned()).await?;
            sync(&folder.join("_delta_log").join(format!("{:020}.json", 0)))?;
            sync(&folder.join("_delta_log"))?;
            sync(&folder)?;
        }
        Ok(Self { folder, table })
    }

    /// The last batch that is in the table; 0 where none is.
    pub(super) async fn position(&mut self) -> Result<i64, LakeError> {
        self.table.update_state().await?;
        let log = self.table.log_store();
        let position = self.table.snapshot()?.transaction_version(log.as_ref(), INBOX).await?;
        Ok(position.unwrap_or(0))
    }

    /// Live files.
    pub(super) fn files(&self) -> Result<usize, LakeError> {
        Ok(self.table.get_file_uris()?.count())
    }

    /// Live files and the bytes in them.
    pub(super) fn size(&self) -> Result<(i64, i64), LakeError> {
        let files = self.table.snapshot()?.log_data();
        Ok(files.iter().fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.size())))
    }

    /// Adds rows and moves the position to `batch`, unless it is there already.
    pub(super) async fn append(&mut self, rows: RecordBatch, batch: i64) -> Result<(), LakeError> {
        if self.position().await? >= batch {
            return Ok(());
        }
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?)).build();
        let mut writer = RecordBatchWriter::for_table(&self.table)?.with_writer_properties(properties);
        writer.write(rows).await?;
        let added = writer.flush().await?;
        self.sync_data(&added)?;
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let transaction = CommitProperties::default()
            .with_application_transaction(Transaction::new(INBOX, batch))
            .with_max_retries(0);
        let commit = CommitBuilder::from(transaction)
            .with_actions(added.into_iter().map(Action::Add).collect())
            .build(Some(self.table.snapshot()?.snapshot()), self.table.log_store(), operation)
            .await?;
        self.sync_commit(commit.version())?;
        self.table.update_state().await?;
        Ok(())
    }

    /// Makes few large files of many small ones. The small ones stay on the disk, for readers that have opened them.
    pub(super) async fn compact(&mut self) -> Result<(), LakeError> {
        let (table, _) = self.table.clone().optimize().await?;
        self.table = table;
        let version = self.table.version().unwrap_or_default();
        // Files lie right in the folder. Delta-rs gives their places as paths or URLs; the name is the same in both.
        for uri in self.table.get_file_uris()? {
            sync(&self.folder.join(uri.rsplit('/').next().unwrap_or(&uri)))?;
        }
        sync(&self.folder)?;
        self.sync_commit(version)
    }

    fn sync_data(&self, added: &[Add]) -> Result<(), LakeError> {
        for add in added {
            let path = ObjectPath::parse(&add.path).map_err(|error| LakeError::Internal(error.to_string()))?;
            sync(&self.folder.join(path.as_ref()))?;
        }
        sync(&self.folder)
    }

    fn sync_commit(&self, version: impl std::fmt::Display) -> Result<(), LakeError> {
        let log = self.folder.join("_delta_log");
        sync(&log.join(format!("{version:0>20}.json")))?;
        sync(&log)
    }
}

/// The folder as Delta names it.
pub(super) fn url(folder: &Path) -> Result<Url, LakeError> {
    Url::from_directory_path(folder)
        .map_err(|()| LakeError::Internal(format!("{} is no absolute path", folder.display())))
}

/// Waits until a file or folder is on the disk.
fn sync(path: &Path) -> Result<(), LakeError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|source: io::Error| LakeError::Output { path: path.display().to_string(), source })
}

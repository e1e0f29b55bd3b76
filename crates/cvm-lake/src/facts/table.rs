//! One Delta table on the local disk: changes that happen once and whole, whatever is killed and when.
//!
//! An append carries the number of the last batch in it as an application transaction, so rows and position are one
//! commit. Delta-rs does not sync local files: here data is synced before the commit names it, and the commit before
//! anybody is told. A compaction commits by itself; its files are synced right after, and those before it stay. The number
//! is no guard by itself: a second writer with the same batch would be let through as a harmless append. So a commit is
//! never retried on top of another's; it fails, and the caller looks again.
//!
//! The log keeps least and largest values of times and batches only: who is erased from the data must not live on there.

use super::Definition;
use crate::LakeError;
use datafusion::arrow::array::{AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::compute::kernels::boolean::not;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Add, Remove, StructType, Transaction};
use deltalake::operations::vacuum::VacuumMode;
use deltalake::parquet::basic::{Compression, ZstdLevel};
use deltalake::parquet::file::properties::WriterProperties;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter, RecordBatchWriter};
use deltalake::{DeltaTable, DeltaTableError, Path as ObjectPath};
use futures::{Stream, StreamExt, TryStreamExt};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// The application whose transactions carry the position.
const INBOX: &str = "opencvm-inbox";

/// Bytes of a file that is written at once.
const FILE_BYTES: u64 = 128 << 20;

/// Rows that are read together at least: parts of a file are read on several processors.
const GROUP_ROWS: usize = 1 << 16;

/// How long a file may be there before the commit that names it.
pub(super) const UNCOMMITTED: Duration = Duration::from_hours(24);

/// How long the log names versions that are gone: no reader is slower.
const LOG_KEPT: &str = "interval 1 hours";

/// A table that this process changes.
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
    pub(super) async fn open(lake: &Path, definition: &Definition) -> Result<Self, LakeError> {
        let folder = lake.join(definition.name);
        let failed = |source| LakeError::Output { path: folder.display().to_string(), source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let mut table = DeltaTable::try_from_url(url(&folder)?).await?;
        if table.version().is_none() {
            let kernel: StructType = definition.schema().as_ref().try_into_kernel().map_err(DeltaTableError::from)?;
            let settings =
                [("delta.dataSkippingStatsColumns", definition.ranges), ("delta.logRetentionDuration", LOG_KEPT)];
            table = table
                .create()
                .with_columns(kernel.fields().cloned())
                .with_partition_columns(definition.partition)
                .with_configuration(settings.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))))
                .await?;
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

    /// Adds rows and moves the position to `batch`. The caller has just asked for the position, and gives what is after it.
    pub(super) async fn append(&mut self, rows: RecordBatch, batch: i64) -> Result<(), LakeError> {
        let added = match rows.num_rows() {
            0 => Vec::new(),
            _ => self.write(futures::stream::iter([Ok(rows)])).await?,
        };
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let position = CommitProperties::default().with_application_transaction(Transaction::new(INBOX, batch));
        self.commit(added.into_iter().map(Action::Add).collect(), operation, position).await
    }

    /// Puts rows in the place of all rows, or of those in one partition, in one commit.
    pub(super) async fn replace(
        &mut self,
        rows: impl Stream<Item = Result<RecordBatch, LakeError>>,
        partition: Option<(&str, &str)>,
    ) -> Result<(), LakeError> {
        self.table.update_state().await?;
        let added = self.write(rows).await?;
        let is_theirs = |remove: &Remove| match partition {
            None => true,
            Some((column, value)) => {
                let values = remove.partition_values.as_ref();
                values.and_then(|values| values.get(column)?.as_deref()).is_some_and(|found| found == value)
            }
        };
        let mut actions: Vec<Action> = self.live().await?.into_iter().filter(is_theirs).map(Action::Remove).collect();
        actions.extend(added.into_iter().map(Action::Add));
        let operation = DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None };
        self.commit(actions, operation, CommitProperties::default()).await
    }

    /// Takes rows out: `gone` tells of these columns which; says how many went. Files without such rows stay as they are.
    pub(super) async fn take_out(
        &mut self,
        columns: &[&str],
        gone: impl Fn(&RecordBatch) -> Result<BooleanArray, LakeError>,
    ) -> Result<u64, LakeError> {
        self.take_out_of(|_| true, columns, gone).await
    }

    async fn take_out_of(
        &mut self,
        among: impl Fn(&Live) -> bool,
        columns: &[&str],
        gone: impl Fn(&RecordBatch) -> Result<BooleanArray, LakeError>,
    ) -> Result<u64, LakeError> {
        self.table.update_state().await?;
        let (mut actions, mut taken) = (Vec::new(), 0);
        for Live { remove, .. } in self.live_files().await?.into_iter().filter(among) {
            let found = self.read(&remove.path, Some(columns))?.map(|batch| Ok(gone(&batch?)?.true_count() as u64));
            let found: u64 = found.sum::<Result<u64, LakeError>>()?;
            tokio::task::yield_now().await; // reading waits for nobody, and the caller has a lease to renew
            if found == 0 {
                continue;
            }
            taken += found;
            let partition = remove.partition_values.clone().unwrap_or_default();
            let schema = self.table.snapshot()?.snapshot().arrow_schema();
            let rest = self.read(&remove.path, None)?.map(|batch| {
                let batch = batch?;
                let rest = filter_record_batch(&batch, &not(&gone(&batch)?)?)?;
                super::with_partition(&rest, &schema, &partition)
            });
            actions.extend(self.write(futures::stream::iter(rest)).await?.into_iter().map(Action::Add));
            actions.push(Action::Remove(remove));
        }
        if taken > 0 {
            let operation = DeltaOperation::Delete { predicate: None };
            self.commit(actions, operation, CommitProperties::default()).await?;
        }
        Ok(taken)
    }

    /// Takes out rows whose time in `column` is before `before`; says how many. Files that the log knows to hold only such go
    /// unread, those that it knows to hold none stay so, and only mixed ones are written anew.
    pub(super) async fn take_out_before(&mut self, column: &str, before: i64) -> Result<u64, LakeError> {
        self.table.update_state().await?;
        let whole = |file: &Live| {
            let (_, latest) = file.range(column)?;
            if latest < before { file.rows() } else { None }
        };
        let mut taken = self.take_out_files(whole).await?;
        let gone = |rows: &RecordBatch| -> Result<BooleanArray, LakeError> {
            let times = super::time(rows, column)?;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            Ok(times.iter().map(|time| Some(time.is_some_and(|time| time < before))).collect())
        };
        let mixed = |file: &Live| file.range(column).is_none_or(|(earliest, _)| earliest < before);
        taken += self.take_out_of(mixed, &[column], gone).await?;
        Ok(taken)
    }

    /// Takes whole files out, unread: `gone` gives the rows of those that go. Says how many rows went.
    pub(super) async fn take_out_files(&mut self, gone: impl Fn(&Live) -> Option<u64>) -> Result<u64, LakeError> {
        self.table.update_state().await?;
        let (mut actions, mut taken) = (Vec::new(), 0);
        for file in self.live_files().await? {
            if let Some(rows) = gone(&file) {
                taken += rows;
                actions.push(Action::Remove(file.remove));
            }
        }
        if !actions.is_empty() {
            self.commit(actions, DeltaOperation::Delete { predicate: None }, CommitProperties::default()).await?;
        }
        Ok(taken)
    }

    /// Makes few large files of many small ones. The small ones stay on the disk, for readers that have opened them.
    pub(super) async fn compact(&mut self) -> Result<(), LakeError> {
        let (table, _) = self.table.clone().optimize().await?;
        self.table = table;
        let version = self.table.version().unwrap_or_default();
        for remove in self.live().await? {
            sync(&self.path(&remove.path)?)?;
        }
        sync(&self.folder)?;
        self.sync_commit(version)
    }

    /// Deletes files that have been no part of the table for as long as `keep`, and those that never were one: a writer
    /// that was killed, or found that another was quicker, leaves rows behind that no version names.
    pub(super) async fn vacuum(&mut self, keep: Duration) -> Result<(), LakeError> {
        // What a writer has not committed yet looks the same, so it is given time.
        for (mode, keep) in [(VacuumMode::Lite, keep), (VacuumMode::Full, keep.max(UNCOMMITTED))] {
            self.table.update_state().await?;
            let keep = chrono::Duration::from_std(keep).map_err(|error| LakeError::Internal(error.to_string()))?;
            let vacuum = self.table.clone().vacuum().with_mode(mode).with_retention_period(keep);
            let (table, _) = vacuum.with_enforce_retention_duration(false).await?;
            self.table = table;
        }
        Ok(())
    }

    /// Files of the table as it is now, for other readers.
    pub(super) async fn paths(&mut self) -> Result<Vec<PathBuf>, LakeError> {
        self.table.update_state().await?;
        self.live().await?.iter().map(|remove| self.path(&remove.path)).collect()
    }

    /// Those of one partition.
    pub(super) async fn paths_of(&mut self, column: &str, value: &str) -> Result<Vec<PathBuf>, LakeError> {
        self.table.update_state().await?;
        let files = self.live_files().await?;
        let theirs = files.iter().filter(|file| file.partition(column) == Some(value));
        theirs.map(|file| self.path(&file.remove.path)).collect()
    }

    /// The files that make up this version of the table: those of its rows, and its log.
    pub(super) async fn version_files(&mut self) -> Result<Vec<PathBuf>, LakeError> {
        let mut files = self.paths().await?;
        let (log, version) = (self.folder.join("_delta_log"), self.table.version().unwrap_or_default());
        let failed = |source| LakeError::Output { path: log.display().to_string(), source };
        for entry in std::fs::read_dir(&log).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // Commits and checkpoints begin with their version; anything else is made again.
            let number = name.get(..20).and_then(|digits| digits.parse::<u64>().ok());
            if number.is_some_and(|number| number <= version) && (name.ends_with(".json") || name.ends_with(".parquet"))
            {
                files.push(path);
            }
        }
        Ok(files)
    }

    /// Every live file, as the action that would take it out.
    async fn live(&self) -> Result<Vec<Remove>, LakeError> {
        Ok(self.live_files().await?.into_iter().map(|file| file.remove).collect())
    }

    /// Every live file, with what the log knows of it.
    async fn live_files(&self) -> Result<Vec<Live>, LakeError> {
        let (snapshot, log) = (self.table.snapshot()?.snapshot(), self.table.log_store());
        let files = snapshot.file_views(log.as_ref(), None).map_ok(|view| {
            let known = view.stats().and_then(|stats| serde_json::from_str(&stats).ok());
            Live { remove: view.remove_action(true), known: known.unwrap_or_default() }
        });
        Ok(files.try_collect().await?)
    }

    /// Writes rows into files that no version names yet, and sees them onto the disk.
    async fn write(&self, rows: impl Stream<Item = Result<RecordBatch, LakeError>>) -> Result<Vec<Add>, LakeError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let mut writer = RecordBatchWriter::for_table(&self.table)?
            .with_writer_properties(properties)
            .with_target_file_size(FILE_BYTES);
        futures::pin_mut!(rows);
        while let Some(batch) = rows.next().await {
            writer.write(batch?).await?;
        }
        let added: Vec<Add> = writer.flush().await?.into_iter().filter(has_rows).collect();
        for add in &added {
            let path = self.path(&add.path)?;
            sync(&path)?;
            if let Some(folder) = path.parent().filter(|folder| *folder != self.folder) {
                sync(folder)?;
            }
        }
        sync(&self.folder)?;
        Ok(added)
    }

    async fn commit(
        &mut self,
        actions: Vec<Action>,
        operation: DeltaOperation,
        properties: CommitProperties,
    ) -> Result<(), LakeError> {
        let commit = CommitBuilder::from(properties.with_max_retries(0))
            .with_actions(actions)
            .build(Some(self.table.snapshot()?.snapshot()), self.table.log_store(), operation)
            .await?;
        self.sync_commit(commit.version())?;
        self.table.update_state().await?;
        Ok(())
    }

    /// The rows of a file, all columns or some.
    fn read(
        &self,
        path: &str,
        columns: Option<&[&str]>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + use<>, LakeError> {
        let path = self.path(path)?;
        let file =
            File::open(&path).map_err(|source| LakeError::Output { path: path.display().to_string(), source })?;
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file)?;
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
            reader = reader.with_projection(mask);
        }
        Ok(reader.build()?.map(|batch| Ok(batch?)))
    }

    /// Where a file of the log is on the disk.
    fn path(&self, name: &str) -> Result<PathBuf, LakeError> {
        let path = ObjectPath::parse(name).map_err(|error| LakeError::Internal(error.to_string()))?;
        Ok(self.folder.join(path.as_ref()))
    }

    fn sync_commit(&self, version: impl std::fmt::Display) -> Result<(), LakeError> {
        let log = self.folder.join("_delta_log");
        sync(&log.join(format!("{version:0>20}.json")))?;
        sync(&log)
    }
}

/// A file without rows need not be.
fn has_rows(add: &Add) -> bool {
    add.get_stats().ok().flatten().is_none_or(|stats| stats.num_records > 0)
}

/// A file of the table as it is now.
#[derive(Debug)]
pub(super) struct Live {
    /// What would take it out.
    remove: Remove,
    /// What the log knows of it; null where it knows nothing.
    known: serde_json::Value,
}

impl Live {
    /// How many rows it has.
    pub(super) fn rows(&self) -> Option<u64> {
        self.known["numRecords"].as_u64()
    }

    /// No time of a column is before the first of these, none after the second. The log keeps milliseconds, cut off.
    fn range(&self, column: &str) -> Option<(i64, i64)> {
        let time = |which: &str| {
            let text = self.known[which][column].as_str()?;
            Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros())
        };
        Some((time("minValues")?, time("maxValues")? + 999))
    }

    /// The part of the table that it is of.
    pub(super) fn partition(&self, column: &str) -> Option<&str> {
        self.remove.partition_values.as_ref()?.get(column)?.as_deref()
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

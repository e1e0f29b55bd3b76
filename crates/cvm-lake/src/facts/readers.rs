//! Tables as statements read them. They are kept open, and the footers of their files in memory: to open a table anew takes longer
//! than most answers.

use super::TABLES;
use super::table::url;
use crate::LakeError;
use crate::engine::{self, Limits};
use crate::segments::people::PEOPLE;
use cvm_core::lake::TableSize;
use datafusion::execution::cache::cache_manager::{CacheManager, CacheManagerConfig};
use datafusion::prelude::SessionContext;
use deltalake::DeltaTable;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Bytes of footers that are kept.
const FOOTER_BYTES: usize = 64 << 20;

/// All tables that SQL sees, and the people of segments.
#[derive(Debug)]
pub(super) struct Readers {
    folder: PathBuf,
    /// None before somebody asks.
    tables: [(&'static str, Mutex<Option<DeltaTable>>); TABLES.len() + 1],
    footers: Arc<CacheManager>,
}

impl Readers {
    /// Over the tables in a folder.
    pub(super) fn new(folder: &Path) -> Result<Self, LakeError> {
        let folder =
            folder.canonicalize().map_err(|source| LakeError::Output { path: folder.display().to_string(), source })?;
        let footers = CacheManager::try_new(&CacheManagerConfig::default())?;
        let [a, b, c, d, e] = TABLES;
        let tables = [a, b, c, d, e, &PEOPLE].map(|definition| (definition.name, Mutex::default()));
        Ok(Self { folder, tables, footers })
    }

    /// The engine with some of the tables as they are now.
    pub(super) async fn session(&self, limits: &Limits, names: &[&str]) -> Result<SessionContext, LakeError> {
        let known = CacheManagerConfig::default()
            .with_metadata_cache_limit(FOOTER_BYTES)
            .with_file_metadata_cache(Some(self.footers.get_file_metadata_cache()));
        let context = engine::session_with(limits, known)?;
        for (name, open) in self.tables.iter().filter(|(name, _)| names.contains(name)) {
            let provider = self.latest(name, &mut *open.lock().await).await?.table_provider().await?;
            context.register_table(*name, provider)?;
        }
        Ok(context)
    }

    /// How large they are now. Who writes one of them is not waited for.
    pub(super) async fn sizes(&self) -> Result<Vec<TableSize>, LakeError> {
        let mut sizes = Vec::with_capacity(self.tables.len());
        for (name, open) in &self.tables {
            let mut open = open.lock().await;
            let files = self.latest(name, &mut open).await?.snapshot()?.log_data();
            sizes.push(files.iter().fold(TableSize { table: name, files: 0, bytes: 0, rows: 0 }, |size, file| {
                TableSize {
                    files: size.files + 1,
                    bytes: size.bytes + file.size(),
                    rows: size.rows + file.num_records().map_or(0, |rows| rows as i64),
                    ..size
                }
            }));
        }
        Ok(sizes)
    }

    /// A table as it is now.
    async fn latest<'t>(&self, name: &str, open: &'t mut Option<DeltaTable>) -> Result<&'t DeltaTable, LakeError> {
        let known = match open.take() {
            // Where the log has gone on too far to follow, the table is opened anew.
            Some(mut table) => table.update_state().await.is_ok().then_some(table),
            None => None,
        };
        let table = match known {
            Some(table) => table,
            None => deltalake::open_table(url(&self.folder.join(name))?).await?,
        };
        Ok(open.insert(table))
    }
}

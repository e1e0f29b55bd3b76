//! The lake of a running server: append-only tables of what happened, in Delta Lake, that SQL and other tools read.
//!
//! `table` keeps one table (exactly-once appends, compaction, erasure), `messages` turns messages into rows, `query`
//! answers SQL. Any reader of Delta Lake can open the folders under the lake at any time.

mod messages;
mod query;
mod table;
#[cfg(test)]
mod tests;

use crate::LakeError;
use cvm_core::columns::{self, Column, Kind};
use cvm_core::lake::{Answering, Lake, LakeFailure, QueryAnswer, QueryLimits, TableSize};
use cvm_core::message::Message;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::Table;
use tokio::sync::Mutex;

/// Files of a table above which it is compacted: opening and appending slow down with each.
const FILES_MAX: usize = 128;

/// The tables of a server, on its disk.
#[derive(Debug)]
pub struct Tables {
    folder: PathBuf,
    messages: Mutex<Table>,
}

impl Tables {
    /// Opens the tables in a folder, and makes those that are not there.
    ///
    /// # Errors
    /// What the disk gives, and tables that are not ours.
    pub async fn open(folder: &Path) -> Result<Self, LakeError> {
        let messages = Table::open(&folder.join(messages::TABLE), schema(columns::MESSAGE)).await?;
        Ok(Self { folder: folder.to_owned(), messages: Mutex::new(messages) })
    }

    async fn add(&self, messages: &[(i64, Message)], batch: i64) -> Result<(), LakeError> {
        let mut table = self.messages.lock().await;
        table.append(messages::rows(messages)?, batch).await?;
        if table.files()? > FILES_MAX {
            table.compact().await?;
        }
        Ok(())
    }
}

impl Lake for Tables {
    fn position(&self) -> Answering<'_, Result<i64, LakeFailure>> {
        Box::pin(async { Ok(self.messages.lock().await.position().await?) })
    }

    fn append<'a>(&'a self, messages: &'a [(i64, Message)], batch: i64) -> Answering<'a, Result<(), LakeFailure>> {
        Box::pin(async move { Ok(self.add(messages, batch).await?) })
    }

    fn sizes(&self) -> Answering<'_, Result<Vec<TableSize>, LakeFailure>> {
        Box::pin(async {
            let (files, bytes) = self.messages.lock().await.size()?;
            Ok(vec![TableSize { table: messages::TABLE, files, bytes }])
        })
    }

    fn query<'a>(&'a self, sql: &'a str, limits: QueryLimits) -> Answering<'a, Result<QueryAnswer, LakeFailure>> {
        Box::pin(query::query(&self.folder, sql, limits))
    }
}

impl From<LakeError> for LakeFailure {
    fn from(error: LakeError) -> Self {
        match error {
            LakeError::Output { .. } | LakeError::Table(_) => Self::Unavailable(error.to_string()),
            other => Self::Internal(other.to_string()),
        }
    }
}

/// The columns of a catalogue as types that every reader of Delta Lake knows.
fn schema(catalogue: &[Column]) -> SchemaRef {
    let field = |column: &Column| {
        let kind = match column.kind {
            Kind::Text => DataType::Utf8,
            Kind::Date => DataType::Date32,
            Kind::Integer => DataType::Int64,
            Kind::Amount => DataType::Decimal128(18, 4),
            Kind::Number => DataType::Float64,
            Kind::Flag => DataType::Boolean,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        };
        Field::new(column.name, kind, true)
    };
    Arc::new(Schema::new(catalogue.iter().map(field).collect::<Vec<_>>()))
}

//! SQL over the lake: read-only, and bounded in time, rows and memory.

use super::TABLES;
use super::local_day::local_day;
use super::readers::Readers;
use crate::engine::Limits;
use crate::segments::sql::attribute;
use cvm_core::lake::{LakeFailure, QueryAnswer, QueryLimits};
use cvm_core::segment::PersonId;
use datafusion::arrow::array::{ArrayRef, Int32Array, RecordBatch, StringViewArray};
use datafusion::arrow::json::ArrayWriter;
use datafusion::execution::context::SQLOptions;
use futures::StreamExt;
use std::sync::Arc;

/// Answers one statement over the tables as they are now, and over who is on these lists.
pub(super) async fn query(
    readers: &Readers,
    sql: &str,
    lists: &[Vec<PersonId>],
    limits: QueryLimits,
) -> Result<QueryAnswer, LakeFailure> {
    let answered = tokio::time::timeout(limits.time, answer(readers, sql, lists, limits)).await;
    answered.unwrap_or_else(|_| {
        let seconds = limits.time.as_secs_f64();
        Err(LakeFailure::Statement(format!("the query took longer than {seconds} s and was stopped; ask for less")))
    })
}

async fn answer(
    readers: &Readers,
    sql: &str,
    lists: &[Vec<PersonId>],
    limits: QueryLimits,
) -> Result<QueryAnswer, LakeFailure> {
    let engine = Limits { memory_bytes: limits.memory_bytes, ..Limits::default() };
    let context = readers.session(&engine, &named(sql)).await?;
    context.register_udf(local_day());
    context.register_udf(attribute());
    if !lists.is_empty() {
        context.register_batch("members", members(lists)?).map_err(|error| internal(&error))?;
    }
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = context.sql_with_options(sql, read_only).await.map_err(refused)?;
    let mut stream = frame.execute_stream().await.map_err(refused)?;
    let (mut batches, mut left, mut cut) = (Vec::new(), limits.rows, false);
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(refused)?;
        if batch.num_rows() > left {
            batches.push(batch.slice(0, left));
            cut = true;
            break;
        }
        left -= batch.num_rows();
        batches.push(batch);
    }
    let schema = stream.schema();
    let columns = schema.fields().iter().map(|field| (field.name().clone(), field.data_type().to_string())).collect();
    Ok(QueryAnswer { columns, rows: rows(&batches)?, cut })
}

/// Tables that a statement may ask for: to open one takes longer than most answers.
fn named(sql: &str) -> Vec<&'static str> {
    let sql = sql.to_lowercase();
    TABLES.map(|table| table.name).into_iter().filter(|name| sql.contains(name)).collect()
}

/// The table of who is on which list.
fn members(lists: &[Vec<PersonId>]) -> Result<RecordBatch, LakeFailure> {
    let all = || lists.iter().zip(1..).flat_map(|(list, place)| list.iter().map(move |person| (place, person)));
    let places: Int32Array = all().map(|(place, _)| Some(place)).collect();
    let people: StringViewArray = all().map(|(_, person)| Some(person.to_string())).collect();
    let columns = [("list", Arc::new(places) as ArrayRef), ("customer_id", Arc::new(people) as ArrayRef)];
    RecordBatch::try_from_iter(columns).map_err(|error| internal(&error))
}

/// One object a row.
fn rows(batches: &[RecordBatch]) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, LakeFailure> {
    let mut writer = ArrayWriter::new(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>()).map_err(|error| internal(&error))?;
    writer.finish().map_err(|error| internal(&error))?;
    let text = writer.into_inner();
    if text.is_empty() { Ok(Vec::new()) } else { serde_json::from_slice(&text).map_err(|error| internal(&error)) }
}

fn internal(error: &dyn std::fmt::Display) -> LakeFailure {
    LakeFailure::Internal(error.to_string())
}

/// The engine's own words name the column or table that is wrong, and those there are.
fn refused(error: datafusion::error::DataFusionError) -> LakeFailure {
    use datafusion::error::DataFusionError as E;
    match error.find_root() {
        E::ResourcesExhausted(message) => {
            LakeFailure::Statement(format!("the query needs more memory than its limit: {message}"))
        }
        E::Internal(message) => LakeFailure::Internal(message.clone()),
        other => LakeFailure::Statement(other.to_string()),
    }
}

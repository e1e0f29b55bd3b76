//! Files in a folder or in storage that speaks S3, as records. A file is fetched to the disk first: Parquet is read from its
//! end, and a connection does not last as long as storing the rows may take.

use crate::ingest::records::{self, RecordChoices};
use crate::ingest::{Options, Reading};
use cvm_core::files::{FilePlace, Files, FoundFile, RecordMapping};
use cvm_core::lake::Answering;
use cvm_core::rows::{RowReader, Rows};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tempfile::NamedTempFile;

/// Files of one place at most.
const FILES_MAX: usize = 100_000;

/// Reads files in folders and in storage that speaks S3.
#[derive(Debug, Clone, Copy)]
pub struct Stores;

impl Files for Stores {
    fn list<'a>(&'a self, place: &'a FilePlace) -> Answering<'a, Result<Vec<FoundFile>, String>> {
        Box::pin(list(place))
    }

    fn open<'a>(
        &'a self,
        place: &'a FilePlace,
        file: &'a FoundFile,
        mapping: &'a RecordMapping,
    ) -> Answering<'a, Result<Box<dyn RowReader>, String>> {
        Box::pin(open(place, file, mapping))
    }
}

/// A place: what holds it, where to look in it, and which names fit.
struct Opened {
    store: Box<dyn ObjectStore>,
    prefix: Path,
    pattern: glob::Pattern,
}

fn connect(place: &FilePlace) -> Result<Opened, String> {
    let (scheme, rest) = place.url.split_once("://").ok_or("url has no //; expected s3://bucket/folder/*.csv")?;
    let (store, pattern): (Box<dyn ObjectStore>, &str) = match scheme {
        "s3" => {
            let (bucket, pattern) = rest.split_once('/').unwrap_or((rest, ""));
            let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
            if !place.region.is_empty() {
                builder = builder.with_region(&place.region);
            }
            if !place.endpoint.is_empty() {
                // Only an address that says so goes without TLS.
                builder = builder.with_endpoint(&place.endpoint).with_allow_http(place.endpoint.starts_with("http:"));
            }
            if !place.access_key.is_empty() {
                builder = builder.with_access_key_id(&place.access_key).with_secret_access_key(&place.secret_key);
            }
            (Box::new(builder.build().map_err(|error| error.to_string())?), pattern)
        }
        _ => (Box::new(LocalFileSystem::new()), rest.trim_start_matches('/')),
    };
    let folder = pattern.split(['*', '?', '[']).next().unwrap_or("").rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = if pattern.is_empty() || pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
    let pattern = glob::Pattern::new(&whole).map_err(|error| format!("`{whole}` is no pattern: {error}"))?;
    Ok(Opened { store, prefix: Path::from(folder), pattern })
}

async fn list(place: &FilePlace) -> Result<Vec<FoundFile>, String> {
    let Opened { store, prefix, pattern } = connect(place)?;
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    let mut found = Vec::new();
    let mut files = store.list(Some(&prefix));
    while let Some(file) = files.next().await.transpose().map_err(|error| error.to_string())? {
        let name = file.location.to_string();
        if file.size == 0 || !pattern.matches_with(&name, options) {
            continue;
        }
        if found.len() == FILES_MAX {
            return Err(format!("there are more than {FILES_MAX} files; name a folder with fewer"));
        }
        let modified_at = file.last_modified.timestamp_micros();
        let version = file.e_tag.unwrap_or_else(|| format!("{}-{modified_at}", file.size));
        found.push(FoundFile { name, modified_at, version });
    }
    Ok(found)
}

async fn open(place: &FilePlace, file: &FoundFile, mapping: &RecordMapping) -> Result<Box<dyn RowReader>, String> {
    let Opened { store, .. } = connect(place)?;
    let path = Path::parse(&file.name).map_err(|error| error.to_string())?;
    let found = store.get(&path).await.map_err(|error| error.to_string())?;
    if found.meta.e_tag.as_ref().is_some_and(|version| *version != file.version) {
        return Err("it has changed at this moment; the next run reads it".to_owned());
    }
    let mut copy = NamedTempFile::new().map_err(|error| error.to_string())?;
    let mut bytes = found.into_stream();
    while let Some(chunk) = bytes.try_next().await.map_err(|error| error.to_string())? {
        copy.write_all(&chunk).map_err(|error| format!("it cannot be copied to the disk: {error}"))?;
    }
    copy.flush().map_err(|error| error.to_string())?;
    let mut options = Options::new(chrono::NaiveDate::MAX);
    options.timezone = mapping.timezone.parse().unwrap_or(chrono_tz::Tz::UTC);
    if !mapping.date_format.is_empty() {
        options.date_format = Some(mapping.date_format.parse().map_err(|error| format!("date_format: {error}"))?);
    }
    let choices = RecordChoices { columns: mapping.columns.clone(), ..RecordChoices::default() };
    let name = copy.path().display().to_string();
    let opened = tokio::task::spawn_blocking(move || records::open(&[name], &choices, &options)).await;
    let files = opened.map_err(|error| error.to_string())?.map_err(|error| error.to_string());
    let said = |error: String| error.replace(&copy.path().display().to_string(), &file.name);
    let files = files.map_err(|error| said(error).replace("--date-format ", "date_format = "))?;
    let rows = files.read(Arc::new(AtomicU64::new(0)));
    Ok(Box::new(Fetched { rows, _copy: copy }))
}

/// Rows of a file that is on the disk as long as they are read.
struct Fetched {
    rows: Reading,
    _copy: NamedTempFile,
}

impl RowReader for Fetched {
    fn next(&mut self) -> Answering<'_, Result<Option<Rows>, String>> {
        self.rows.next()
    }
}

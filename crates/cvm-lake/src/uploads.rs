//! Files that people bring in by a browser, read as those of the command line are.

use crate::ingest::records::{self, RecordChoices, RecordFiles};
use crate::ingest::{self, Dataset, Options, Role};
use cvm_core::lake::Answering;
use cvm_core::uploads::{Look, ReadAs, Reading, Uploads};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Reads files that people bring in.
#[derive(Debug, Clone, Copy)]
pub struct BroughtIn;

impl Uploads for BroughtIn {
    fn look<'a>(&'a self, path: &'a Path, read_as: &'a ReadAs) -> Answering<'a, Result<Look, String>> {
        Box::pin(async { opened(path, read_as).await.map(|files| files.look()) })
    }

    fn columns<'a>(&'a self, path: &'a Path) -> Answering<'a, Vec<String>> {
        Box::pin(async {
            let name = path.display().to_string();
            let options = Options::new(chrono::NaiveDate::MAX);
            let named = tokio::task::spawn_blocking(move || ingest::column_names(&[name], &options)).await;
            named.ok().and_then(Result::ok).unwrap_or_default()
        })
    }

    fn read<'a>(
        &'a self,
        path: &'a Path,
        read_as: &'a ReadAs,
        progress: Arc<AtomicU64>,
    ) -> Answering<'a, Result<Reading, String>> {
        Box::pin(async {
            Ok(match opened(path, read_as).await? {
                Files::Purchases(files) => {
                    Reading { bytes_total: files.bytes_total(), rows: Box::new(files.read(progress)) }
                }
                Files::Records(files) => {
                    Reading { bytes_total: files.bytes_total(), rows: Box::new(files.read(progress)) }
                }
            })
        })
    }
}

/// A file as it was asked to be read.
enum Files {
    Purchases(Box<Dataset>),
    Records(RecordFiles),
}

impl Files {
    fn look(&self) -> Look {
        match self {
            Self::Purchases(files) => {
                let columns = files.mapping().mapped_columns();
                let code = files.mapping().currency.as_deref().map(|code| code.trim().to_ascii_uppercase());
                let is_code = |code: &String| code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase());
                let columns = columns.iter().map(|mapped| (mapped.role.clone(), mapped.column.clone()));
                Look { columns: columns.collect(), currency: code.filter(is_code) }
            }
            Self::Records(files) => {
                let columns = files.columns().map(|(column, name)| (name.to_owned(), column.to_owned()));
                Look { columns: columns.collect(), currency: None }
            }
        }
    }
}

async fn opened(path: &Path, read_as: &ReadAs) -> Result<Files, String> {
    let (path, read_as) = (path.to_owned(), read_as.clone());
    let opened = tokio::task::spawn_blocking(move || open(&path, &read_as)).await;
    opened.map_err(|error| error.to_string())?
}

fn open(path: &Path, read_as: &ReadAs) -> Result<Files, String> {
    let name = path.display().to_string();
    let file = path.file_name().map_or_else(|| name.clone(), |file| file.to_string_lossy().into_owned());
    // Messages are for the command line: they name the file by its whole path, and flags.
    let said = |error: ingest::IngestError| error.to_string().replace(&name, &file).replace("--", "");
    let mut options = Options::new(chrono::NaiveDate::MAX);
    options.timezone = read_as.timezone.parse().unwrap_or(chrono_tz::Tz::UTC);
    if !read_as.date_format.is_empty() {
        options.date_format = Some(read_as.date_format.parse()?);
    }
    if !read_as.decimal.is_empty() {
        options.decimal = Some(read_as.decimal.parse()?);
    }
    if read_as.kind == "transactions" {
        for (role, column) in &read_as.columns {
            if let Some(role) = Role::ALL.into_iter().find(|known| known.name() == role) {
                *options.columns.get_mut(role) = Some(column.clone());
            }
        }
        options.detailed = true;
        return ingest::open(std::slice::from_ref(&name), &options)
            .map(|files| Files::Purchases(Box::new(files)))
            .map_err(said);
    }
    records::open(std::slice::from_ref(&name), &RecordChoices::of(&read_as.kind, read_as.columns.clone()), &options)
        .map(Files::Records)
        .map_err(said)
}

//! Results are written into a folder aside and put in place in one move, so that nobody ever sees half of them.

use crate::LakeError;
use cvm_core::columns::{Column, Kind};
use datafusion::arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use serde::Serialize;
use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::Hash;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by which a folder of results is known to be ours, so that a new run may replace it.
pub(crate) const OURS: &str = "summary.json";

/// A folder of results in the making.
#[derive(Debug)]
pub struct Output {
    target: PathBuf,
    aside: tempfile::TempDir,
}

impl Output {
    /// Prepares to fill `target`, which must not exist, be empty, or hold the results of an earlier run.
    ///
    /// # Errors
    /// [`LakeError::Option`] where it holds anything else; [`LakeError::Output`] where it cannot be written.
    pub fn prepare(target: &Path) -> Result<Self, LakeError> {
        let failed = |source| LakeError::Output { path: target.display().to_string(), source };
        let in_use = target.exists()
            && !target.join(OURS).is_file()
            && (!target.is_dir() || fs::read_dir(target).map_err(failed)?.next().is_some());
        if in_use {
            return Err(LakeError::Option(format!(
                "{} is there already and holds something else than earlier results; name another folder with --output",
                target.display()
            )));
        }
        let name = target.file_name().map_or_else(|| "results".into(), |name| name.to_string_lossy().into_owned());
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(failed)?;
        let aside = tempfile::Builder::new()
            .prefix(&format!(".{name}.partial-"))
            .tempdir_in(parent)
            .map_err(|source| LakeError::Output { path: parent.display().to_string(), source })?;
        Ok(Self { target: target.to_owned(), aside })
    }

    /// Where a file stands until all are there.
    pub fn path(&self, file: &str) -> PathBuf {
        self.aside.path().join(file)
    }

    /// The folder aside, for whoever has to remove it after an interruption.
    pub fn aside(&self) -> &Path {
        self.aside.path()
    }

    /// Where the engine may spill: gone with the rest if the run ends early.
    pub(crate) fn spill(&self) -> PathBuf {
        self.path(".spill")
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`LakeError::Output`] where it cannot be written.
    pub fn add(&self, file: &str, content: &str) -> Result<(), LakeError> {
        let path = self.path(file);
        fs::write(&path, content).map_err(|source| LakeError::Output { path: path.display().to_string(), source })
    }

    /// Puts the results in place, in the stead of those of an earlier run.
    ///
    /// # Errors
    /// [`LakeError::Output`]; an earlier run's results are then still there.
    pub fn commit(self) -> Result<PathBuf, LakeError> {
        let Self { target, aside } = self;
        let failed = |source| LakeError::Output { path: target.display().to_string(), source };
        match fs::remove_dir_all(aside.path().join(".spill")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let earlier = aside.path().with_extension("earlier");
        let replaced = target.exists();
        if replaced {
            fs::rename(&target, &earlier).map_err(failed)?;
        }
        if let Err(error) = fs::rename(aside.path(), &target) {
            if replaced {
                fs::rename(&earlier, &target).map_err(failed)?;
            }
            return Err(failed(error));
        }
        let _ = aside.keep(); // it has moved, so there is nothing left to remove
        if replaced {
            fs::remove_dir_all(&earlier).map_err(failed)?;
        }
        open_to_others(&target).map_err(failed)?;
        Ok(target)
    }
}

/// A temporary folder is private to its owner; results have the rights of any other folder.
fn open_to_others(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Figures as text for a file.
pub(crate) fn json(value: &impl Serialize) -> Result<String, LakeError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| LakeError::Internal(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

/// A table in the making: Parquet, and CSV where asked.
pub(crate) struct TableWriter {
    parquet: ArrowWriter<File>,
    csv: Option<datafusion::arrow::csv::Writer<std::io::BufWriter<File>>>,
}

impl TableWriter {
    /// Begins `name`.parquet and, where asked, `name`.csv.
    pub(crate) fn create(output: &Output, name: &str, schema: SchemaRef, csv: bool) -> Result<Self, LakeError> {
        let create = |path: &Path| {
            File::create(path).map_err(|source| LakeError::Output { path: path.display().to_string(), source })
        };
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_max_row_group_row_count(Some(1 << 20))
            .build();
        let file = create(&output.path(&format!("{name}.parquet")))?;
        let parquet = ArrowWriter::try_new(file, schema, Some(properties))?;
        let csv = match csv {
            true => {
                let path = output.path(&format!("{name}.csv"));
                let mut file = std::io::BufWriter::new(create(&path)?);
                // Without a byte order mark, Excel takes the letters of three of our four languages for Latin-1.
                file.write_all("\u{feff}".as_bytes())
                    .map_err(|source| LakeError::Output { path: path.display().to_string(), source })?;
                Some(datafusion::arrow::csv::Writer::new(file))
            }
            false => None,
        };
        Ok(Self { parquet, csv })
    }

    /// Adds rows.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.parquet.write(batch)?;
        if let Some(csv) = &mut self.csv {
            csv.write(batch)?;
        }
        Ok(())
    }

    /// Ends the files.
    pub(crate) fn close(self) -> Result<(), LakeError> {
        self.parquet.close()?;
        Ok(())
    }
}

/// The columns as a catalogue names them. Texts that repeat are written once.
pub(crate) fn schema(catalogue: &[Column]) -> SchemaRef {
    let fields = catalogue.iter().map(|column| {
        let kind = match column.kind {
            Kind::Text if column.name == "customer_id" => DataType::Utf8,
            Kind::Text => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::Date => DataType::Date32,
            Kind::Integer => DataType::Int32,
            Kind::Amount => DataType::Decimal128(18, 4),
            Kind::Number => DataType::Float64,
            Kind::Flag => DataType::Boolean,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        };
        Field::new(column.name, kind, true)
            .with_metadata(HashMap::from([("description".to_owned(), column.meaning.to_owned())]))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// What is said of each row, each sentence made once.
pub(crate) fn sentences<R: Copy + Eq + Hash>(reasons: impl Iterator<Item = R>, say: impl Fn(&R) -> String) -> ArrayRef {
    let mut known = HashMap::new();
    let mut sentences: Vec<String> = Vec::new();
    let keys = reasons.map(|reason| {
        *known.entry(reason).or_insert_with_key(|reason| {
            sentences.push(say(reason));
            sentences.len() as i32 - 1
        })
    });
    let keys = Int32Array::from_iter_values(keys.collect::<Vec<_>>());
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(StringArray::from(sentences))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_appear_whole_and_replace_earlier_ones() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("analysis");
        for content in ["first", "second"] {
            let output = Output::prepare(&target).unwrap();
            output.add(OURS, content).unwrap();
            output.commit().unwrap();
            assert_eq!(fs::read_to_string(target.join(OURS)).unwrap(), content);
        }
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["analysis"], "nothing is left beside the results");
    }

    #[test]
    fn an_interrupted_run_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::prepare(&folder.path().join("analysis")).unwrap();
        output.add(OURS, "half").unwrap();
        drop(output);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let error = Output::prepare(folder.path()).unwrap_err().to_string();
        assert!(error.contains("holds something else than earlier results; name another folder"), "{error}");
    }
}

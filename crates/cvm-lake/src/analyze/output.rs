//! Results are written into a folder aside and put in place in one move, so that nobody ever sees half of them.

use super::Options;
use super::score::Scores;
use crate::LakeError;
use crate::features::base::Base;
use cvm_core::columns::{self, Kind as ColumnKind};
use cvm_core::report::Report;
use cvm_core::text::Words;
use datafusion::arrow::array::{
    Array, ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use serde::Serialize;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files by which a folder of results is known to be ours, so that a new run may replace it.
const OURS: &str = "summary.json";

/// Customers written at once.
const ROWS: usize = 65_536;

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
    pub(super) fn spill(&self) -> PathBuf {
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

/// Writes the customers, the figures and the models.
pub(super) fn write(
    base: &Base,
    scores: &Scores,
    report: &Report,
    options: &Options,
    output: &Output,
) -> Result<(), LakeError> {
    output.add(OURS, &json(report)?)?;
    output.add("models.json", &json(&Models { run: &report.run, models: &report.models })?)?;
    let schema = schema();
    let path = output.path("customers.parquet");
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(1 << 20))
        .build();
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| LakeError::Output { path: path.clone(), source }
    };
    let mut parquet =
        ArrowWriter::try_new(File::create(&path).map_err(failed(&path))?, schema.clone(), Some(properties))?;
    let csv_path = output.path("customers.csv");
    let mut csv = match options.csv {
        true => Some(csv_writer(&csv_path).map_err(failed(&csv_path))?),
        false => None,
    };
    let words = Words::new(options.language);
    for start in (0..base.len()).step_by(ROWS) {
        let batch = customers(base, scores, start..(start + ROWS).min(base.len()), &words, &schema)?;
        parquet.write(&batch)?;
        if let Some(csv) = &mut csv {
            csv.write(&batch)?;
        }
    }
    parquet.close()?;
    Ok(())
}

#[derive(Serialize)]
struct Models<'a> {
    run: &'a cvm_core::report::Run,
    models: &'a [cvm_core::report::ModelParameters],
}

fn json(value: &impl Serialize) -> Result<String, LakeError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| LakeError::Internal(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

type Csv = datafusion::arrow::csv::Writer<std::io::BufWriter<File>>;

/// A byte order mark first: without it, Excel takes the letters of three of our four languages for Latin-1.
fn csv_writer(path: &Path) -> std::io::Result<Csv> {
    let mut file = std::io::BufWriter::new(File::create(path)?);
    file.write_all("\u{feff}".as_bytes())?;
    Ok(datafusion::arrow::csv::Writer::new(file))
}

/// The columns as the catalogue names them.
fn schema() -> SchemaRef {
    let fields = columns::CUSTOMER.iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Text if column.name == "customer_id" => DataType::Utf8,
            ColumnKind::Text => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            ColumnKind::Date => DataType::Date32,
            ColumnKind::Integer => DataType::Int32,
            ColumnKind::Amount => DataType::Decimal128(18, 4),
            ColumnKind::Number => DataType::Float64,
        };
        Field::new(column.name, kind, true)
            .with_metadata(HashMap::from([("description".to_owned(), column.meaning.to_owned())]))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// One batch of customers, column by column, each found by its name in the catalogue.
fn customers(
    base: &Base,
    scores: &Scores,
    rows: std::ops::Range<usize>,
    words: &Words,
    schema: &SchemaRef,
) -> Result<RecordBatch, LakeError> {
    let bought = |i: usize| base.purchases[i] > 0;
    let days = |of: &dyn Fn(usize) -> i32| -> ArrayRef {
        Arc::new(Int32Array::from_iter(rows.clone().map(|i| bought(i).then(|| of(i)))))
    };
    let dates =
        |of: &[i32]| -> ArrayRef { Arc::new(Date32Array::from_iter(rows.clone().map(|i| bought(i).then(|| of[i])))) };
    let amounts = |of: &[i64]| -> Result<ArrayRef, LakeError> {
        let values = Decimal128Array::from_iter_values(rows.clone().map(|i| i128::from(of[i])));
        Ok(Arc::new(values.with_precision_and_scale(18, 4)?))
    };
    let numbers =
        |of: &dyn Fn(usize) -> Option<f64>| -> ArrayRef { Arc::new(Float64Array::from_iter(rows.clone().map(of))) };
    let small = |of: &[u8]| -> ArrayRef {
        Arc::new(Int32Array::from_iter(rows.clone().map(|i| (of[i] > 0).then(|| i32::from(of[i])))))
    };
    let named = |of: &dyn Fn(usize) -> &'static str| -> ArrayRef {
        Arc::new(rows.clone().map(|i| Some(of(i))).collect::<DictionaryArray<Int32Type>>())
    };
    let column = |name: &str| -> Result<ArrayRef, LakeError> {
        Ok(match name {
            "customer_id" => cast(&base.ids.slice(rows.start, rows.len()), &DataType::Utf8)?,
            "first_purchase" => dates(&base.first_day),
            "last_purchase" => dates(&base.last_day),
            "frequency" => {
                Arc::new(Int32Array::from_iter_values(rows.clone().map(|i| base.purchases[i].saturating_sub(1) as i32)))
            }
            "recency_days" => days(&|i| base.last_day[i] - base.first_day[i]),
            "age_days" => days(&|i| scores.as_of - base.first_day[i]),
            "monetary" => numbers(&|i| base.monetary(i)),
            "revenue" => amounts(&base.revenue)?,
            "returns" => amounts(&base.returns)?,
            "profit" => numbers(&|i| scores.profit.get(i).copied()),
            "r_score" => small(&scores.recency),
            "f_score" => small(&scores.frequency),
            "m_score" => small(&scores.monetary),
            "rfm_segment" => named(&|i| scores.segment[i].id()),
            "p_alive" => numbers(&|i| scores.p_alive(i)),
            "expected_purchases" => numbers(&|i| scores.expected_purchases(i)),
            "expected_spend" => numbers(&|i| scores.expected_spend(i)),
            "clv" => numbers(&|i| scores.clv(i)),
            "clv_low" => numbers(&|i| scores.clv_low(i)),
            "clv_high" => numbers(&|i| scores.clv_high(i)),
            "clv_simple" => numbers(&|i| Some(scores.clv_simple[i])),
            "value_tier" => named(&|i| scores.tier[i].id()),
            "cluster" => small(&scores.cluster),
            "reason" => reasons(scores, rows.clone(), words),
            other => return Err(LakeError::Internal(format!("column `{other}` of the catalogue is not computed"))),
        })
    };
    let arrays = schema.fields().iter().map(|field| column(field.name())).collect::<Result<Vec<_>, _>>()?;
    let arrays = arrays.into_iter().zip(schema.fields()).map(|(array, field)| {
        if array.data_type() == field.data_type() { Ok(array) } else { cast(&array, field.data_type()) }
    });
    Ok(RecordBatch::try_new(schema.clone(), arrays.collect::<Result<Vec<_>, _>>()?)?)
}

/// Reasons in words, each sentence made once.
fn reasons(scores: &Scores, rows: std::ops::Range<usize>, words: &Words) -> ArrayRef {
    let mut known = HashMap::new();
    let mut sentences: Vec<String> = Vec::new();
    let keys = rows.map(|i| {
        *known.entry(scores.reason[i]).or_insert_with_key(|reason| {
            sentences.push(words.reason(reason));
            sentences.len() as i32 - 1
        })
    });
    let keys = Int32Array::from_iter_values(keys.collect::<Vec<_>>());
    let values = Arc::new(StringArray::from(sentences));
    Arc::new(DictionaryArray::<Int32Type>::new(keys, values))
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

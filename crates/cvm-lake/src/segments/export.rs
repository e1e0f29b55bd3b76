//! Members of a segment with what they are worth, as a file.

use super::values::{self, Values};
use crate::LakeError;
use cvm_core::columns::{self, Kind};
use cvm_core::lake::ExportFormat;
use cvm_core::segment::PersonId;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Customers of one batch.
const ROWS: usize = 8_192;

/// Writes the columns of a customer for each of these.
pub(crate) fn write(
    customers: &[PersonId],
    files: &[PathBuf],
    format: ExportFormat,
    path: &Path,
) -> Result<(), LakeError> {
    let names: Vec<String> = columns::CUSTOMER.iter().map(|column| column.name.to_owned()).collect();
    let values = Values::read(files, &names[1..])?;
    let field = |column: &columns::Column| {
        let kind = if column.kind == Kind::Text { DataType::Utf8 } else { values::kind(column.name)? };
        let meaning = HashMap::from([("description".to_owned(), column.meaning.to_owned())]);
        Ok(Field::new(column.name, kind, true).with_metadata(meaning))
    };
    let schema = Arc::new(Schema::new(columns::CUSTOMER.iter().map(field).collect::<Result<Vec<_>, LakeError>>()?));
    let batches = customers.chunks(ROWS).map(|customers| {
        let places: Vec<u32> = customers.iter().map(|&id| values.place(id)).collect();
        let ids: ArrayRef = Arc::new(customers.iter().map(|id| Some(id.to_string())).collect::<StringArray>());
        let others = names[1..].iter().map(|name| values.of(name, &places));
        let columns = std::iter::once(Ok(ids)).chain(others).collect::<Result<_, LakeError>>()?;
        Ok::<_, LakeError>(RecordBatch::try_new(schema.clone(), columns)?)
    });
    let failed = |source| LakeError::Output { path: path.display().to_string(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    match format {
        ExportFormat::Csv => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            writeln!(file, "{}", names.join(",")).map_err(failed)?;
            let mut writer = WriterBuilder::new().with_header(false).build(&mut file);
            for batch in batches {
                writer.write(&safe(&batch?)?)?;
            }
        }
        ExportFormat::Parquet => {
            let compression = Compression::ZSTD(ZstdLevel::try_new(3)?);
            let properties = WriterProperties::builder().set_compression(compression).build();
            let mut writer = ArrowWriter::try_new(&mut file, schema.clone(), Some(properties))?;
            for batch in batches {
                writer.write(&batch?)?;
            }
            writer.close()?;
        }
    }
    file.flush().map_err(failed)
}

/// Spreadsheets take text that begins so for a formula; none of ours does but by an accident of what was sent.
fn safe(batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    use datafusion::arrow::array::AsArray;
    let column = |column: &ArrayRef| -> ArrayRef {
        match column.data_type() {
            DataType::Utf8 => {
                let text = |text: Option<&str>| {
                    text.map(|text| {
                        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                            format!("'{text}")
                        } else {
                            text.to_owned()
                        }
                    })
                };
                Arc::new(column.as_string::<i32>().iter().map(text).collect::<StringArray>())
            }
            _ => column.clone(),
        }
    };
    Ok(RecordBatch::try_new(batch.schema(), batch.columns().iter().map(column).collect())?)
}

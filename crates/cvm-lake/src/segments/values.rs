//! What a scoring run says of everyone, column by column, and where whose row is.

use super::Places;
use crate::LakeError;
use crate::facts::VALUES;
use chrono::{Days, NaiveDate};
use cvm_core::lake::Numbers;
use cvm_core::segment::{Calendar, Comparison, Known, PersonId};
use cvm_core::text::TIERS;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, StringArray, UInt32Array, new_empty_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, concat, take};
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;

/// No row.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The values of a run.
#[derive(Default)]
pub(super) struct Values {
    places: Places<u32>,
    columns: HashMap<String, ArrayRef>,
}

impl Values {
    /// Reads columns of the files of a run.
    pub(super) fn read(files: &[PathBuf], columns: &[String]) -> Result<Self, LakeError> {
        let (mut places, mut parts) = (Places::default(), vec![Vec::new(); columns.len()]);
        for path in files {
            let file =
                File::open(path).map_err(|source| LakeError::Output { path: path.display().to_string(), source })?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            let names = columns.iter().map(String::as_str).chain(["customer_id"]);
            let mask = ProjectionMask::columns(builder.parquet_schema(), names);
            for batch in builder.with_projection(mask).with_batch_size(1 << 16).build()? {
                let batch = batch?;
                let column = |name: &str| {
                    batch.column_by_name(name).ok_or_else(|| LakeError::Table(format!("a run lacks the column {name}")))
                };
                let ids = cast(column("customer_id")?, &DataType::Utf8View)?;
                for id in ids.as_string_view().iter() {
                    let place = places.len() as u32;
                    // One that is no id of ours is nobody's.
                    let id = id.and_then(|id| id.parse().ok()).unwrap_or(PersonId(u128::from(place)));
                    places.insert(id, place);
                }
                for (name, parts) in columns.iter().zip(&mut parts) {
                    parts.push(cast(column(name)?, &kind(name)?)?);
                }
            }
        }
        let whole = |(name, parts): (&String, Vec<ArrayRef>)| {
            let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
            let whole = if parts.is_empty() { new_empty_array(&kind(name)?) } else { concat(&parts)? };
            // Texts repeat: each word is looked at once.
            let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            let whole = if whole.data_type() == &DataType::Utf8 { cast(&whole, &words)? } else { whole };
            Ok((name.clone(), whole))
        };
        let columns = columns.iter().zip(parts).map(whole).collect::<Result<_, LakeError>>()?;
        Ok(Self { places, columns })
    }

    /// In which row somebody stands, or [`NOWHERE`].
    pub(super) fn place(&self, id: PersonId) -> u32 {
        self.places.get(&id).copied().unwrap_or(NOWHERE)
    }

    /// For each row whether a comparison holds.
    pub(super) fn holds(&self, column: &str, is: &Comparison, calendar: &Calendar) -> Result<BooleanBuffer, LakeError> {
        let column = self.column(column)?;
        let rows = column.len();
        let nothing = is.holds(None, calendar);
        let of = |known: &dyn Fn(usize) -> Known<'static>| {
            let holds = |row| if column.is_null(row) { nothing } else { is.holds(Some(known(row)), calendar) };
            BooleanBuffer::collect_bool(rows, holds)
        };
        Ok(match column.data_type() {
            DataType::Dictionary(..) => {
                let (words, texts) = words(column);
                let holds: Vec<bool> = texts.iter().map(|text| is.holds(text.map(Known::Text), calendar)).collect();
                BooleanBuffer::collect_bool(rows, |row| words.key(row).map_or(nothing, |word| holds[word]))
            }
            DataType::Date32 => {
                let days = column.as_primitive::<Date32Type>();
                of(&|row| Known::Day(day(days.value(row))))
            }
            _ => {
                let numbers = cast(column, &DataType::Float64)?;
                let numbers = numbers.as_primitive::<Float64Type>().clone();
                of(&|row| Known::Number(numbers.value(row)))
            }
        })
    }

    /// The numbers of a column, and 0 where there is none.
    pub(super) fn numbers(&self, column: &str) -> Result<Vec<f64>, LakeError> {
        let numbers = cast(self.column(column)?, &DataType::Float64)?;
        Ok(numbers.as_primitive::<Float64Type>().iter().map(|number| number.unwrap_or(0.0)).collect())
    }

    /// All rows, with these columns; a tier by its place.
    pub(super) fn into_numbers(self, columns: &[String]) -> Result<Numbers, LakeError> {
        let mut customers = vec![PersonId(0); self.places.len()];
        for (&id, &place) in &self.places {
            customers[place as usize] = id;
        }
        let tier = |text: Option<&str>| {
            let place = TIERS.iter().position(|tier| text == Some(tier));
            place.map_or(f64::NAN, |place| (place + 1) as f64)
        };
        let of = |name: &String| -> Result<Vec<f64>, LakeError> {
            let column = self.column(name)?;
            if matches!(column.data_type(), DataType::Dictionary(..)) {
                let (words, texts) = words(column);
                let tiers: Vec<f64> = texts.iter().map(tier).collect();
                return Ok((0..column.len()).map(|row| words.key(row).map_or(f64::NAN, |word| tiers[word])).collect());
            }
            let numbers = cast(column, &DataType::Float64)?;
            Ok(numbers.as_primitive::<Float64Type>().iter().map(|number| number.unwrap_or(f64::NAN)).collect())
        };
        Ok(Numbers { customers, columns: columns.iter().map(of).collect::<Result<_, _>>()? })
    }

    /// A column for persons whose rows are these.
    pub(super) fn of(&self, column: &str, rows: &[u32]) -> Result<ArrayRef, LakeError> {
        let rows: UInt32Array = rows.iter().map(|&row| (row != NOWHERE).then_some(row)).collect();
        Ok(cast(&take(self.column(column)?, &rows, None)?, &kind(column)?)?)
    }

    fn column(&self, name: &str) -> Result<&ArrayRef, LakeError> {
        self.columns.get(name).ok_or_else(|| LakeError::Internal(format!("the column {name} was not read")))
    }
}

/// A column of texts: numbers of words, and the words.
fn words(column: &ArrayRef) -> (&DictionaryArray<Int32Type>, &StringArray) {
    let words: &DictionaryArray<Int32Type> = column.as_dictionary();
    (words, words.values().as_string())
}

/// The type of a value column in the lake.
pub(super) fn kind(column: &str) -> Result<DataType, LakeError> {
    let schema = VALUES.schema();
    let field = schema.field_with_name(column);
    Ok(field.map_err(|_| LakeError::Internal(format!("`{column}` is no column of a run")))?.data_type().clone())
}

fn day(since_1970: i32) -> NaiveDate {
    let epoch = NaiveDate::default();
    let days = Days::new(u64::from(since_1970.unsigned_abs()));
    let day = if since_1970 < 0 { epoch.checked_sub_days(days) } else { epoch.checked_add_days(days) };
    day.unwrap_or(epoch)
}

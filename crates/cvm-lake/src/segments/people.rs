//! Persons as rows: what the product hands over, one row each, with all that they did as a list within the row.
//!
//! A row that was read later takes the place of those before it; a row of somebody who is gone says so. What is no longer
//! needed goes when the table is settled.

use super::Latest;
use crate::LakeError;
use crate::facts::Definition;
use cvm_core::columns::{self, Column, Kind};
use cvm_core::lake::People;
use cvm_core::segment::{Consent, Event, EventKind, Person, PersonId};
use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimestampMicrosecondType};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The table.
pub(crate) const PEOPLE: Definition = Definition {
    name: "people",
    columns: &[
        &[
            Column { name: "customer_id", kind: Kind::Text, meaning: "Who" },
            Column { name: "read_at", kind: Kind::Time, meaning: "When this was so" },
            Column { name: "gone", kind: Kind::Flag, meaning: "Whether there is nobody of this id any more" },
        ],
        columns::PERSON,
        &[Column { name: "consents", kind: Kind::Text, meaning: "Purpose, channel, whether granted, and when" }],
    ],
    lists: &[("events", event_fields)],
    ranges: "read_at",
    partition: None,
};

/// Persons that are looked at together.
pub(super) const ROWS: usize = 8_192;

/// What an event has, by name.
fn event_fields() -> Fields {
    let fields = [
        ("kind", DataType::Int32),
        ("time", DataType::Int64),
        ("name", DataType::Utf8),
        ("source", DataType::Utf8),
        ("channel", DataType::Utf8),
        ("product", DataType::Utf8),
        ("category", DataType::Utf8),
        ("coupon", DataType::Utf8),
        ("amount", DataType::Int64),
        ("in_currency", DataType::Boolean),
        ("quantity", DataType::Float64),
        ("order", DataType::Int32),
        ("properties", DataType::Utf8),
    ];
    fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect()
}

/// Rows of the table.
pub(crate) fn rows(handed: &People<'_>) -> Result<RecordBatch, LakeError> {
    let people = handed.people;
    let known = |of: &dyn Fn(&Person) -> Option<String>| -> ArrayRef {
        Arc::new(people.iter().map(|(_, person)| of(person.as_ref()?)).collect::<StringArray>())
    };
    let times = |times: TimestampMicrosecondArray| -> ArrayRef { Arc::new(times.with_timezone("UTC")) };
    let seen = |of: fn(&Person) -> i64| times(people.iter().map(|(_, person)| person.as_ref().map(of)).collect());
    PEOPLE.rows(|column| {
        Ok(match column {
            "customer_id" => Arc::new(people.iter().map(|(id, _)| Some(id.to_string())).collect::<StringArray>()),
            "read_at" => times(vec![handed.read_at; people.len()].into()),
            "gone" => Arc::new(people.iter().map(|(_, person)| Some(person.is_none())).collect::<BooleanArray>()),
            "first_seen_at" => seen(|person| person.first_seen_at),
            "last_seen_at" => seen(|person| person.last_seen_at),
            "attributes" => known(&|person| {
                (!person.attributes.is_empty()).then(|| serde_json::to_string(&person.attributes).ok()).flatten()
            }),
            "consents" => known(&|person| {
                let consents = person.consents.iter();
                let consents: Vec<_> = consents.map(|it| (&it.purpose, &it.channel, it.granted, it.time)).collect();
                (!consents.is_empty()).then(|| serde_json::to_string(&consents).ok()).flatten()
            }),
            "events" => events(people)?,
            other => return Err(crate::facts::not_filled(other)),
        })
    })
}

/// Consents of a row.
pub(super) fn consents(text: Option<&str>) -> Result<Vec<Consent>, LakeError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let consents: Vec<(String, String, bool, i64)> =
        serde_json::from_str(text).map_err(|error| LakeError::Internal(format!("consents of the lake: {error}")))?;
    let consent = |(purpose, channel, granted, time)| Consent { purpose, channel, granted, time };
    Ok(consents.into_iter().map(consent).collect())
}

fn events(people: &[(PersonId, Option<Person>)]) -> Result<ArrayRef, LakeError> {
    let of = |person: &Option<Person>| person.as_ref().map_or(0, |person| person.events.len());
    let offsets = OffsetBuffer::from_lengths(people.iter().map(|(_, person)| of(person)));
    let all: Vec<&Event> = people.iter().filter_map(|(_, person)| person.as_ref()).flat_map(|it| &it.events).collect();
    let text = |of: fn(&Event) -> Option<&str>| -> ArrayRef {
        Arc::new(all.iter().map(|event| of(event)).collect::<StringArray>())
    };
    let kind = |event: &&Event| EventKind::ALL.iter().position(|kind| *kind == event.kind).map(|kind| kind as i32);
    let properties = |event: &&Event| {
        (!event.properties.is_empty()).then(|| serde_json::to_string(&event.properties).ok()).flatten()
    };
    let fields = event_fields();
    let column = |field: &Arc<Field>| -> Result<ArrayRef, LakeError> {
        Ok(match field.name().as_str() {
            "kind" => Arc::new(all.iter().map(kind).collect::<Int32Array>()),
            "time" => Arc::new(all.iter().map(|event| Some(event.time)).collect::<Int64Array>()),
            "name" => text(|event| event.name.as_deref()),
            "source" => text(|event| Some(&event.source)),
            "channel" => text(|event| event.channel.as_deref()),
            "product" => text(|event| event.product.as_deref()),
            "category" => text(|event| event.category.as_deref()),
            "coupon" => text(|event| event.coupon.as_deref()),
            "amount" => Arc::new(all.iter().map(|event| event.amount).collect::<Int64Array>()),
            "in_currency" => Arc::new(all.iter().map(|event| Some(event.in_currency)).collect::<BooleanArray>()),
            "quantity" => Arc::new(all.iter().map(|event| event.quantity).collect::<Float64Array>()),
            "order" => Arc::new(all.iter().map(|event| Some(event.order)).collect::<Int32Array>()),
            "properties" => Arc::new(all.iter().map(properties).collect::<StringArray>()),
            other => return Err(crate::facts::not_filled(other)),
        })
    };
    let columns = fields.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let element = Arc::new(Field::new("element", DataType::Struct(fields.clone()), true));
    Ok(Arc::new(ListArray::try_new(element, offsets, Arc::new(StructArray::try_new(fields, columns, None)?), None)?))
}

/// A part of a file that is read by itself.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub path: Arc<PathBuf>,
    pub number: usize,
    /// Whose rows these are.
    pub people: Vec<PersonId>,
    /// When they were read, and whether the person is gone.
    pub states: Vec<(i64, bool)>,
}

impl Group {
    /// Which rows count: of persons who are there, the latest.
    pub(super) fn counts(&self, latest: &Latest) -> Vec<bool> {
        let counts = |(id, (read_at, gone)): (&PersonId, &(i64, bool))| !gone && latest.get(id) == Some(read_at);
        self.people.iter().zip(&self.states).map(counts).collect()
    }
}

/// The groups of a file, with who is in them.
pub(super) fn groups(path: &Path) -> Result<Vec<Group>, LakeError> {
    let path = Arc::new(path.to_owned());
    let count = builder(&path)?.metadata().num_row_groups();
    let group = |number: usize| {
        let (mut people, mut states) = (Vec::new(), Vec::new());
        for batch in read(&path, number, &["customer_id", "read_at", "gone"])? {
            let batch = batch?;
            let ids = cast(batch.column(0), &DataType::Utf8View)?;
            for id in ids.as_string_view().iter() {
                let id = id.and_then(|id| id.parse().ok());
                people.push(id.ok_or_else(|| LakeError::Table("a person has no id of ours".to_owned()))?);
            }
            let times = batch.column(1).as_primitive::<TimestampMicrosecondType>();
            states
                .extend(times.values().iter().zip(batch.column(2).as_boolean().values()).map(|(&at, gone)| (at, gone)));
        }
        Ok(Group { path: path.clone(), number, people, states })
    };
    (0..count).map(group).collect()
}

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
    let open = || File::open(path).map_err(|source| LakeError::Output { path: path.display().to_string(), source });
    let schema = ParquetRecordBatchReaderBuilder::try_new(open()?)?.schema().clone();
    let options = ArrowReaderOptions::new().with_schema(with_dictionaries(&schema));
    Ok(ParquetRecordBatchReaderBuilder::try_new_with_options(open()?, options)?)
}

/// Rows of one group, some columns of them. Those of events are named by their path.
pub(super) fn read<C: AsRef<str>>(
    path: &Path,
    group: usize,
    columns: &[C],
) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + use<C>, LakeError> {
    let builder = builder(path)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().map(AsRef::as_ref));
    let reader = builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(ROWS).build()?;
    Ok(reader.map(|batch| Ok(batch?)))
}

/// Texts of events repeat: they are read as numbers of words, and each word is looked at once.
fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    fn of_event(field: &Arc<Field>) -> Arc<Field> {
        let repeats = field.data_type() == &DataType::Utf8 && field.name() != "properties";
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        if repeats { Arc::new(field.as_ref().clone().with_data_type(kind)) } else { field.clone() }
    }
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::List(element) => match element.data_type() {
            DataType::Struct(fields) => {
                let fields = DataType::Struct(fields.iter().map(of_event).collect());
                let element = Arc::new(element.as_ref().clone().with_data_type(fields));
                Arc::new(field.as_ref().clone().with_data_type(DataType::List(element)))
            }
            _ => field.clone(),
        },
        _ => field.clone(),
    };
    Arc::new(Schema::new_with_metadata(
        schema.fields().iter().map(field).collect::<Fields>(),
        schema.metadata().clone(),
    ))
}

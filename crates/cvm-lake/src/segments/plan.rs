//! Rules as work on columns, and that work done for one part of the persons after the other.

use super::events::{self, Events};
use super::json::{members, value};
use super::people::{self, Group};
use super::values::{NOWHERE, Values};
use super::{Latest, in_parallel, sql};
use crate::LakeError;
use chrono::NaiveDate;
use cvm_core::columns;
use cvm_core::lake::{Count, LakeFailure, Members, Segmented};
use cvm_core::segment::{
    Calendar, Comparison, Consent, ConsentIs, Did, FieldIs, Known, Node, NotFollowed, PersonId, Rule, Sequence, consent,
};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, RecordBatch, new_null_array,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimestampMicrosecondType};
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// What customers are worth.
const VALUE: &str = "clv";

/// A condition on columns.
enum Step {
    All(Vec<Step>),
    Any(Vec<Step>),
    Not(Box<Step>),
    /// An attribute, by its place among those that are read.
    Attribute(usize, Comparison),
    /// A column of values, and whether it holds: by row of the run, and for who has no row.
    Value(String, Comparison, BooleanBuffer, bool),
    Seen(&'static str, Comparison),
    Consent(ConsentIs),
    Did(Did),
    Sequence(Sequence),
    NotFollowed(NotFollowed),
    /// The members of another segment, by its place.
    Segment(usize),
    Sql(sql::Condition),
    /// What is known of nobody.
    Nothing(bool),
}

/// All rules, and what they need.
pub(super) struct Plan {
    steps: Vec<Step>,
    calendar: Calendar,
    conditions: bool,
    needs: Needs,
    values: Values,
    /// By row of the run, what that customer is worth.
    worth: Vec<f64>,
}

/// What is to be read.
#[derive(Default)]
struct Needs {
    attributes: Vec<String>,
    values: BTreeSet<String>,
    seen: bool,
    consents: bool,
    /// Columns of events.
    events: BTreeSet<String>,
    sql: Option<SchemaRef>,
    /// Columns that conditions in SQL ask for.
    sql_columns: BTreeSet<String>,
}

/// What came out for one part of the persons.
pub(super) struct Part {
    people: Vec<PersonId>,
    worth: Vec<f64>,
    /// By rule, one bit for each of them.
    members: Vec<BooleanBufferBuilder>,
    /// By rule and condition.
    counts: Vec<Vec<Count>>,
}

impl Plan {
    pub(super) fn new(rules: &[(String, Rule)], calendar: Calendar, conditions: bool) -> Result<Self, LakeFailure> {
        let mut needs = Needs::default();
        needs.values.insert(VALUE.to_owned());
        let mut places = HashMap::new();
        let mut steps = Vec::with_capacity(rules.len());
        for (place, (id, rule)) in rules.iter().enumerate() {
            steps.push(needs.step(&rule.who, &places, &calendar)?);
            places.insert(id.as_str(), place);
        }
        Ok(Self { steps, calendar, conditions, needs, values: Values::default(), worth: Vec::new() })
    }

    /// The columns of the run that are read.
    pub(super) fn value_columns(&self) -> Vec<String> {
        self.needs.values.iter().cloned().collect()
    }

    /// Looks at the values of everybody, once, with so many threads.
    pub(super) fn look_at(&mut self, values: Values, threads: usize) -> Result<(), LakeError> {
        let steps: Vec<Mutex<&mut Step>> = self.steps.iter_mut().map(Mutex::new).collect();
        in_parallel(threads, steps.len(), |at| {
            steps[at].lock().unwrap_or_else(PoisonError::into_inner).look_at(&values, &self.calendar)
        })?;
        self.worth = values.numbers(VALUE)?;
        self.values = values;
        Ok(())
    }

    /// The paths of what is read of persons.
    fn columns(&self) -> Vec<String> {
        let Needs { attributes, seen, consents, events, sql_columns, .. } = &self.needs;
        let in_sql = |name: &str| sql_columns.contains(name);
        let mut columns = Vec::new();
        if !attributes.is_empty() || in_sql("attributes") {
            columns.push("attributes".to_owned());
        }
        for name in ["first_seen_at", "last_seen_at"] {
            if *seen || in_sql(name) {
                columns.push(name.to_owned());
            }
        }
        if *consents {
            columns.push("consents".to_owned());
        }
        columns.extend(events.iter().map(|name| format!("events.list.element.{name}")));
        if columns.is_empty() {
            columns.push("gone".to_owned()); // rows must come from somewhere
        }
        columns
    }

    /// Does the work for one part.
    pub(super) fn part(&self, group: &Group, latest: &Latest) -> Result<Part, LakeError> {
        let counts = group.counts(latest);
        let mut part = Part {
            people: Vec::with_capacity(group.people.len()),
            worth: Vec::with_capacity(group.people.len()),
            members: self.steps.iter().map(|_| BooleanBufferBuilder::new(group.people.len())).collect(),
            counts: vec![Vec::new(); self.steps.len()],
        };
        let mut from = 0;
        for batch in people::read(&group.path, group.number, &self.columns())? {
            let batch = batch?;
            let to = from + batch.num_rows();
            let rows = Rows::new(self, &batch, &group.people[from..to], &counts[from..to])?;
            rows.answer(&mut part)?;
            from = to;
        }
        Ok(part)
    }

    /// Puts the parts together.
    pub(super) fn together(&self, parts: Vec<Part>) -> Segmented {
        let mut all = Segmented { segments: vec![Members::default(); self.steps.len()], ..Segmented::default() };
        let mut builders: Vec<BooleanBufferBuilder> = self.steps.iter().map(|_| BooleanBufferBuilder::new(0)).collect();
        for part in parts {
            all.people.extend(&part.people);
            all.value += part.worth.iter().sum::<f64>();
            for (place, mut members) in part.members.into_iter().enumerate() {
                let (members, segment) = (members.finish(), &mut all.segments[place]);
                segment.count.add(&members, &part.worth);
                builders[place].append_buffer(&members);
                segment.conditions.resize(segment.conditions.len().max(part.counts[place].len()), Count::default());
                for (sum, count) in segment.conditions.iter_mut().zip(&part.counts[place]) {
                    sum.customers += count.customers;
                    sum.value += count.value;
                }
            }
        }
        for (segment, mut members) in all.segments.iter_mut().zip(builders) {
            segment.bits = words(&members.finish());
        }
        all
    }
}

/// Bits as numbers of 64, the first the lowest.
fn words(bits: &BooleanBuffer) -> Vec<u64> {
    bits.bit_chunks().iter_padded().take(bits.len().div_ceil(64)).collect()
}

trait Add {
    fn add(&mut self, members: &BooleanBuffer, worth: &[f64]);
}

impl Add for Count {
    fn add(&mut self, members: &BooleanBuffer, worth: &[f64]) {
        self.customers += members.count_set_bits() as u64;
        self.value += members.set_indices().map(|place| worth[place]).sum::<f64>();
    }
}

impl Needs {
    fn step(&mut self, node: &Node, segments: &HashMap<&str, usize>, calendar: &Calendar) -> Result<Step, LakeFailure> {
        let steps = |needs: &mut Self, nodes: &[Node]| {
            nodes.iter().map(|node| needs.step(node, segments, calendar)).collect::<Result<Vec<_>, _>>()
        };
        self.events.extend(events::columns_of(node).into_iter().map(str::to_owned));
        Ok(match node {
            Node::All(nodes) => Step::All(steps(self, nodes)?),
            Node::Any(nodes) => Step::Any(steps(self, nodes)?),
            Node::Not(node) => Step::Not(Box::new(self.step(node, segments, calendar)?)),
            Node::Field(field) => self.field(field, calendar),
            Node::Did(did) => Step::Did(did.clone()),
            Node::Sequence(sequence) => Step::Sequence(sequence.clone()),
            Node::NotFollowed(not_followed) => Step::NotFollowed(not_followed.clone()),
            Node::Consent(is) => {
                self.consents = true;
                Step::Consent(is.clone())
            }
            Node::Segment(id) => {
                let place = segments.get(id.as_str());
                Step::Segment(*place.ok_or_else(|| LakeFailure::Internal(format!("segment {id} comes too late")))?)
            }
            Node::Sql(sql) => {
                let condition = sql::condition(sql)?;
                self.sql = Some(sql::schema()?);
                for column in &condition.columns {
                    self.sql_columns.insert(column.clone());
                    if columns::CUSTOMER.iter().any(|known| known.name == column && column != "customer_id") {
                        self.values.insert(column.clone());
                    }
                }
                Step::Sql(condition)
            }
        })
    }

    fn field(&mut self, FieldIs { name, is }: &FieldIs, calendar: &Calendar) -> Step {
        match name.split_once('.') {
            Some(("attributes", name)) => {
                let known = self.attributes.iter().position(|known| known == name);
                let place = known.unwrap_or_else(|| {
                    self.attributes.push(name.to_owned());
                    self.attributes.len() - 1
                });
                Step::Attribute(place, is.clone())
            }
            Some(("values", name)) if columns::CUSTOMER.iter().any(|column| column.name == name) => {
                self.values.insert(name.to_owned());
                Step::Value(name.to_owned(), is.clone(), BooleanBuffer::new_unset(0), is.holds(None, calendar))
            }
            Some(("profile", name @ ("first_seen_at" | "last_seen_at"))) => {
                self.seen = true;
                Step::Seen(if name == "first_seen_at" { "first_seen_at" } else { "last_seen_at" }, is.clone())
            }
            _ => Step::Nothing(is.holds(None, calendar)),
        }
    }
}

impl Step {
    fn look_at(&mut self, values: &Values, calendar: &Calendar) -> Result<(), LakeError> {
        match self {
            Self::All(steps) | Self::Any(steps) => steps.iter_mut().try_for_each(|step| step.look_at(values, calendar)),
            Self::Not(step) => step.look_at(values, calendar),
            Self::Value(column, is, holds, _) => {
                *holds = values.holds(column, is, calendar)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// An attribute of some persons: what is written of several is looked at once.
#[derive(Default)]
struct Attribute {
    /// By person, the place of what is known, or [`NOWHERE`].
    places: Vec<u32>,
    known: Vec<Value>,
    /// The days that are named, once somebody asks for them.
    days: OnceCell<Vec<Option<NaiveDate>>>,
}

impl Attribute {
    /// Of each object of JSON, the attributes of these names.
    fn read<'a>(names: &[String], objects: impl Iterator<Item = Option<&'a str>>) -> Vec<Self> {
        if names.is_empty() {
            return Vec::new();
        }
        let mut all: Vec<(Self, HashMap<&str, u32>)> = names.iter().map(|_| Default::default()).collect();
        for object in objects {
            let found = object.map_or_else(|| vec![None; names.len()], |object| members(object, names));
            for ((attribute, seen), written) in all.iter_mut().zip(found) {
                let place = written.and_then(|written| match seen.get(written.get()) {
                    Some(place) => Some(*place),
                    None => {
                        let place = attribute.known.len() as u32;
                        attribute.known.push(value(written)?);
                        seen.insert(written.get(), place);
                        Some(place)
                    }
                });
                attribute.places.push(place.unwrap_or(NOWHERE));
            }
        }
        all.into_iter().map(|(attribute, _)| attribute).collect()
    }

    fn holds(&self, is: &Comparison, calendar: &Calendar) -> BooleanBuffer {
        let nothing = is.holds(None, calendar);
        let holds: Vec<bool> = if is.asks_for_a_day() {
            let day = |value: &Value| Known::of(value).and_then(|known| known.day(calendar));
            let days = self.days.get_or_init(|| self.known.iter().map(day).collect());
            days.iter().map(|day| is.holds(day.map(Known::Day), calendar)).collect()
        } else {
            self.known.iter().map(|value| is.holds(Known::of(value), calendar)).collect()
        };
        BooleanBuffer::collect_bool(self.places.len(), |row| match self.places[row] {
            NOWHERE => nothing,
            place => holds[place as usize],
        })
    }
}

/// Some persons, ready to be asked about.
struct Rows<'a> {
    plan: &'a Plan,
    people: &'a [PersonId],
    counts: BooleanBuffer,
    /// In which row of the run each stands.
    values: Vec<u32>,
    worth: Vec<f64>,
    batch: &'a RecordBatch,
    attributes: Vec<Attribute>,
    consents: Vec<Vec<Consent>>,
    events: Option<Events<'a>>,
    sql: Option<RecordBatch>,
}

impl<'a> Rows<'a> {
    fn new(plan: &'a Plan, batch: &'a RecordBatch, people: &'a [PersonId], counts: &[bool]) -> Result<Self, LakeError> {
        let values: Vec<u32> = people.iter().map(|&id| plan.values.place(id)).collect();
        let worth = values.iter().map(|&row| if row == NOWHERE { 0.0 } else { plan.worth[row as usize] }).collect();
        let objects = batch.column_by_name("attributes").map(AsArray::as_string::<i32>).into_iter().flatten();
        let attributes = Attribute::read(&plan.needs.attributes, objects);
        let texts = batch.column_by_name("consents").map(AsArray::as_string::<i32>);
        let consents = texts.into_iter().flatten().map(people::consents).collect::<Result<Vec<_>, _>>()?;
        let events = batch.column_by_name("events").map(|events| Events::new(events.as_list())).transpose()?;
        let counts = BooleanBuffer::collect_bool(people.len(), |row| counts[row]);
        let mut rows = Self { plan, people, counts, values, worth, batch, attributes, consents, events, sql: None };
        rows.sql = plan.needs.sql.as_ref().map(|schema| rows.for_sql(schema)).transpose()?;
        Ok(rows)
    }

    /// The rows that conditions in SQL see; columns that none asks for are empty.
    fn for_sql(&self, schema: &SchemaRef) -> Result<RecordBatch, LakeError> {
        let column = |name: &str, kind: &DataType| -> Result<ArrayRef, LakeError> {
            if !self.plan.needs.sql_columns.contains(name) {
                return Ok(new_null_array(kind, self.people.len()));
            }
            if name == "customer_id" {
                let ids = self.people.iter().map(|id| Some(id.to_string()));
                return Ok(std::sync::Arc::new(ids.collect::<datafusion::arrow::array::StringArray>()));
            }
            match self.batch.column_by_name(name) {
                Some(column) => Ok(cast(column, kind)?),
                None => self.plan.values.of(name, &self.values),
            }
        };
        let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type()));
        Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)?)
    }

    /// Answers every rule.
    fn answer(&self, part: &mut Part) -> Result<(), LakeError> {
        let mut done: Vec<BooleanBuffer> = Vec::with_capacity(self.plan.steps.len());
        let mut counted = Vec::new();
        for (place, step) in self.plan.steps.iter().enumerate() {
            let members = &self.holds(step, &done, &mut counted)? & &self.counts;
            if self.plan.conditions {
                part.counts[place].resize(counted.len(), Count::default());
                for (sum, count) in part.counts[place].iter_mut().zip(counted.drain(..)) {
                    sum.customers += count.customers;
                    sum.value += count.value;
                }
            }
            done.push(members);
        }
        let stays = |row: &usize| self.counts.value(*row);
        let all = self.counts.count_set_bits() == self.people.len();
        part.people.extend((0..self.people.len()).filter(stays).map(|row| self.people[row]));
        part.worth.extend((0..self.people.len()).filter(stays).map(|row| self.worth[row]));
        for (members, done) in part.members.iter_mut().zip(&done) {
            if all {
                members.append_buffer(done);
            } else {
                for row in self.counts.set_indices() {
                    members.append(done.value(row));
                }
            }
        }
        Ok(())
    }

    /// For whom a condition holds. Where conditions are counted, the outer before the inner.
    fn holds(&self, step: &Step, done: &[BooleanBuffer], counted: &mut Vec<Count>) -> Result<BooleanBuffer, LakeError> {
        let (place, rows) = (counted.len(), self.people.len());
        if self.plan.conditions {
            counted.push(Count::default());
        }
        let mut each = |steps: &[Step], join: fn(&BooleanBuffer, &BooleanBuffer) -> BooleanBuffer| {
            let mut joined: Option<BooleanBuffer> = None;
            for step in steps {
                let one = self.holds(step, done, counted)?;
                joined = Some(joined.map_or_else(|| one.clone(), |joined| join(&joined, &one)));
            }
            Ok::<_, LakeError>(joined)
        };
        let calendar = &self.plan.calendar;
        let events = || self.events.as_ref().ok_or_else(|| LakeError::Internal("events were not read".to_owned()));
        let holds = match step {
            Step::All(steps) => each(steps, |a, b| a & b)?.unwrap_or_else(|| BooleanBuffer::new_set(rows)),
            Step::Any(steps) => each(steps, |a, b| a | b)?.unwrap_or_else(|| BooleanBuffer::new_unset(rows)),
            Step::Not(step) => !&self.holds(step, done, counted)?,
            Step::Attribute(place, is) => self.attributes[*place].holds(is, calendar),
            Step::Value(_, _, by_row, nothing) => BooleanBuffer::collect_bool(rows, |row| match self.values[row] {
                NOWHERE => *nothing,
                place => by_row.value(place as usize),
            }),
            Step::Seen(name, is) => {
                let times = self.batch.column_by_name(name);
                let times = times.ok_or_else(|| LakeError::Table(format!("people lack the column {name}")))?;
                let times = times.as_primitive::<TimestampMicrosecondType>();
                BooleanBuffer::collect_bool(rows, |row| {
                    let day = times.is_valid(row).then(|| Known::Day(calendar.day(times.value(row))));
                    is.holds(day, calendar)
                })
            }
            Step::Consent(is) => BooleanBuffer::collect_bool(rows, |row| consent(&self.consents[row], is)),
            Step::Did(did) => events()?.did(did, calendar)?,
            Step::Sequence(sequence) => events()?.sequence(sequence, calendar)?,
            Step::NotFollowed(not_followed) => events()?.not_followed(not_followed, calendar)?,
            Step::Segment(place) => done[*place].clone(),
            Step::Sql(condition) => match &self.sql {
                Some(rows) => condition.holds(rows)?,
                None => return Err(LakeError::Internal("no rows for SQL".to_owned())),
            },
            Step::Nothing(holds) => BooleanBuffer::collect_bool(rows, |_| *holds),
        };
        if self.plan.conditions {
            counted[place].add(&(&holds & &self.counts), &self.worth);
        }
        Ok(holds)
    }
}

/// The rows of a group that count, all columns of them.
pub(super) fn rows_that_count(group: &Group, latest: &Latest) -> Vec<Result<RecordBatch, LakeError>> {
    let counts = group.counts(latest);
    let all: Vec<&str> =
        people::PEOPLE.columns.iter().copied().flatten().map(|column| column.name).chain(["events"]).collect();
    let read = match people::read(&group.path, group.number, &all) {
        Ok(read) => read,
        Err(error) => return vec![Err(error)],
    };
    let mut from = 0;
    let stays = |batch: Result<RecordBatch, LakeError>| {
        let batch = batch?;
        let to = from + batch.num_rows();
        let stays = BooleanArray::from(counts[from..to].to_vec());
        from = to;
        let rows = filter_record_batch(&batch, &stays)?;
        let schema = people::PEOPLE.schema();
        let columns = rows.columns().iter().zip(schema.fields()).map(|(column, field)| cast(column, field.data_type()));
        Ok(RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)?)
    };
    read.map(stays).collect()
}

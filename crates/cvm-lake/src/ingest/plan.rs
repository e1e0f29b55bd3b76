//! What every reader needs to know: the columns and formats that were decided, and the limits that were asked for.

use super::detect::{Decision, FoundBy};
use super::numbers::DecimalMark;
use super::options::{Options, Returns, Role, SavedMapping};
use super::repeats::Repeats;
use super::times::{LocalDays, TimeFormat};
use cvm_core::report::MappedColumn;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// Which column is what, how its values are written, and how that was found.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The columns that are used, in the order of [`Role::ALL`].
    pub columns: Vec<ColumnMapping>,
    /// The currency of the amounts, where the files or the user say it.
    pub currency: Option<String>,
    saved: SavedMapping,
}

/// One column that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMapping {
    /// What it serves as.
    pub role: Role,
    /// Its name in the files.
    pub column: String,
    /// How its values are written, where there is a choice.
    pub format: Option<String>,
    /// How it was found.
    pub found_by: FoundBy,
}

impl Mapping {
    pub(super) fn new(decision: &Decision, options: &Options, currency: Option<String>) -> Self {
        let columns: Vec<ColumnMapping> = decision
            .columns
            .iter()
            .map(|(role, column, found_by)| {
                let format = format(*role, column, decision);
                ColumnMapping { role: *role, column: column.clone(), format, found_by: *found_by }
            })
            .collect();
        let mut saved = SavedMapping {
            date_format: decision.time,
            decimal: decision.mark_seen.then_some(decision.mark),
            separator: options.separator,
            encoding: options.encoding,
            header: options.header,
            timezone: Some(options.timezone.name().to_owned()),
            returns: Some(options.returns),
            duplicates: Some(options.duplicates),
            currency: options.currency.clone(),
            ..SavedMapping::default()
        };
        for column in &columns {
            *saved.columns.get_mut(column.role) = Some(column.column.clone());
        }
        Self { columns, currency, saved }
    }

    /// That of contracts, whose choices are fewer.
    pub(super) fn of_contracts(
        columns: Vec<ColumnMapping>,
        options: &Options,
        time: Option<TimeFormat>,
        mark: Option<DecimalMark>,
    ) -> Self {
        let mut saved = SavedMapping {
            date_format: time,
            decimal: mark,
            separator: options.separator,
            encoding: options.encoding,
            header: options.header,
            timezone: Some(options.timezone.name().to_owned()),
            currency: options.currency.clone(),
            ..SavedMapping::default()
        };
        for column in &columns {
            *saved.columns.get_mut(column.role) = Some(column.column.clone());
        }
        Self { columns, currency: options.currency.clone(), saved }
    }

    /// For the report.
    pub fn mapped_columns(&self) -> Vec<MappedColumn> {
        self.columns
            .iter()
            .map(|column| MappedColumn {
                role: column.role.name().to_owned(),
                column: column.column.clone(),
                format: column.format.clone(),
                found_by: column.found_by.name().to_owned(),
            })
            .collect()
    }

    /// All choices, to be saved and applied to the next files.
    pub fn to_saved(&self) -> &SavedMapping {
        &self.saved
    }

    /// The same as text for a TOML file.
    pub fn to_toml(&self) -> String {
        self.saved.to_toml()
    }
}

fn format(role: Role, column: &str, decision: &Decision) -> Option<String> {
    match role {
        Role::Time => decision.time_look.clone(),
        Role::Cost if super::names::is_unit_cost(column) => Some("per unit".to_owned()),
        _ if role.is_number() && decision.mark_seen => Some(format!("decimal {}", decision.mark)),
        _ => None,
    }
}

/// Everything a reader needs to know.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) mapping: Mapping,
    pub(super) schema: SchemaRef,
    /// Whether customers are whole numbers in all files.
    pub(super) integer_customers: bool,
    /// `None` where the file's own type says it.
    pub(super) time: Option<TimeFormat>,
    pub(super) mark: DecimalMark,
    /// Whether the amount is quantity times unit price.
    pub(super) multiply: bool,
    pub(super) unit_cost: bool,
    pub(super) drop_returns: bool,
    /// Whether batches have the columns of [`DETAILS`].
    pub(super) detailed: bool,
    pub(super) last_day: i32,
    pub(super) today: i32,
    /// The only currency there may be, and whether others are problems or an error.
    pub(super) currency: Option<String>,
    pub(super) other_currencies_are_problems: bool,
    pub(super) days: LocalDays,
    pub(super) repeats: Option<Repeats>,
}

/// The roles that are handed on as text, in the order of the schema.
pub(super) const TEXT_ROLES: [Role; 4] = [Role::Order, Role::Product, Role::Category, Role::Channel];

impl Plan {
    pub(super) fn new(
        decision: &Decision,
        options: &Options,
        currency: Option<String>,
        integer_customers: bool,
        repeats: Option<Repeats>,
    ) -> Self {
        let has = |role| decision.columns.iter().any(|(known, ..)| *known == role);
        let cost = decision.columns.iter().find(|(role, ..)| *role == Role::Cost);
        Self {
            mapping: Mapping::new(decision, options, currency.clone()),
            schema: schema(integer_customers, options.detailed, has),
            integer_customers,
            time: decision.time,
            mark: decision.mark,
            multiply: has(Role::UnitPrice),
            unit_cost: cost.is_some_and(|(_, name, _)| super::names::is_unit_cost(name)) && has(Role::Quantity),
            drop_returns: options.returns == Returns::Drop,
            detailed: options.detailed,
            last_day: options.as_of.map_or(i32::MAX, |day| day.to_epoch_days()),
            today: options.today.to_epoch_days(),
            currency,
            other_currencies_are_problems: options.currency.is_some(),
            days: LocalDays::new(options.timezone, decision.midnights),
            repeats,
        }
    }

    pub(super) fn column(&self, role: Role) -> Option<&str> {
        self.mapping.columns.iter().find(|column| column.role == role).map(|column| column.column.as_str())
    }

    /// Whether a column is used.
    pub(super) fn uses(&self, name: &str) -> bool {
        self.mapping.columns.iter().any(|column| column.column == name)
    }

    /// Whether a currency is the one that is kept; where none is said, it is.
    pub(super) fn is_currency(&self, text: &str) -> bool {
        let text = text.trim();
        super::numbers::is_missing(text) || self.currency.as_deref().is_none_or(|kept| kept.eq_ignore_ascii_case(text))
    }
}

/// What detailed batches have besides: the line or row from 1, the time in seconds, the quantity as a decimal.
pub(super) const DETAILS: [(&str, DataType); 3] =
    [("line", DataType::Int64), ("time", DataType::Int64), ("quantity", DataType::Utf8View)];

fn schema(integer_customers: bool, detailed: bool, has: impl Fn(Role) -> bool) -> SchemaRef {
    let customer = if integer_customers { DataType::Int64 } else { DataType::Utf8View };
    let mut fields = vec![
        Field::new("customer", customer, false),
        Field::new("day", DataType::Int32, false),
        Field::new("amount", DataType::Int64, false),
    ];
    if has(Role::Cost) {
        fields.push(Field::new("cost", DataType::Int64, true));
    }
    for role in TEXT_ROLES.into_iter().filter(|role| has(*role)) {
        fields.push(Field::new(role.name(), DataType::Utf8View, true));
    }
    if detailed {
        fields.extend(DETAILS.map(|(name, kind)| Field::new(name, kind, name == "quantity")));
    }
    Arc::new(Schema::new(fields))
}

//! What a rule can ask of: the catalogue that builders show and the check knows.

use super::Comparison;
use crate::columns::{self, Kind};
use serde::Serialize;
use utoipa::ToSchema;

/// What is before the name of an attribute, a value column and a fact of the profile.
pub(super) const ATTRIBUTES: &str = "attributes.";
pub(super) const VALUES: &str = "values.";
pub(super) const PROFILE: &str = "profile.";

/// What is before the name of a property that has no name of its own.
pub const PROPERTY_PREFIX: &str = "properties.";

/// Properties of events that have names of their own.
pub const PROPERTIES: &[(&str, FieldKind)] = &[
    ("category", FieldKind::Text),
    ("product", FieldKind::Text),
    ("channel", FieldKind::Text),
    ("source", FieldKind::Text),
    ("coupon", FieldKind::Text),
    ("amount", FieldKind::Number),
    ("quantity", FieldKind::Number),
];

/// Attributes that senders write one way, whatever else they send.
const STANDARD: &[(&str, FieldKind)] = &[
    ("city", FieldKind::Text),
    ("country", FieldKind::Text),
    ("language", FieldKind::Text),
    ("gender", FieldKind::Text),
    ("birthday", FieldKind::Date),
    ("created_at", FieldKind::Date),
    ("email", FieldKind::Text),
    ("phone", FieldKind::Text),
];

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SegmentFieldChoice)]
pub struct Field {
    /// As rules name it.
    pub name: String,
    /// The heading that it stands under.
    pub group: FieldGroup,
    /// What it holds.
    pub kind: FieldKind,
    /// The comparisons that can be asked of it.
    pub operators: &'static [Operator],
}

/// A heading of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentFieldGroup)]
pub enum FieldGroup {
    /// What the customer is like, as they or others said.
    Attributes,
    /// What the last scoring run computed.
    Values,
    /// When they were seen.
    Profile,
    /// What is said of an event.
    Properties,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentFieldKind)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FieldKind {
    Text,
    Number,
    Date,
    /// Whatever was sent.
    Any,
}

/// The name of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentOperator)]
#[expect(missing_docs, reason = "`Comparison` says what they mean")]
pub enum Operator {
    Equals,
    OneOf,
    Contains,
    StartsWith,
    Above,
    AtLeast,
    Below,
    AtMost,
    Between,
    On,
    Before,
    After,
    InLastDays,
    MoreThanDaysAgo,
    InNextDays,
    BirthdayInDays,
    IsSet,
}

use Operator::*;

impl FieldKind {
    /// The comparisons that make sense for it.
    pub fn operators(self) -> &'static [Operator] {
        match self {
            Self::Text => &[Equals, OneOf, Contains, StartsWith, IsSet],
            Self::Number => &[Equals, OneOf, Above, AtLeast, Below, AtMost, Between, IsSet],
            Self::Date => &[On, Before, After, InLastDays, MoreThanDaysAgo, InNextDays, BirthdayInDays, IsSet],
            Self::Any => &[
                Equals,
                OneOf,
                Contains,
                StartsWith,
                Above,
                AtLeast,
                Below,
                AtMost,
                Between,
                On,
                Before,
                After,
                InLastDays,
                MoreThanDaysAgo,
                InNextDays,
                BirthdayInDays,
                IsSet,
            ],
        }
    }
}

impl Comparison {
    /// Its name.
    pub fn operator(&self) -> Operator {
        match self {
            Self::Equals(_) => Equals,
            Self::OneOf(_) => OneOf,
            Self::Contains(_) => Contains,
            Self::StartsWith(_) => StartsWith,
            Self::Above(_) => Above,
            Self::AtLeast(_) => AtLeast,
            Self::Below(_) => Below,
            Self::AtMost(_) => AtMost,
            Self::Between(..) => Between,
            Self::On(_) => On,
            Self::Before(_) => Before,
            Self::After(_) => After,
            Self::InLastDays(_) => InLastDays,
            Self::MoreThanDaysAgo(_) => MoreThanDaysAgo,
            Self::InNextDays(_) => InNextDays,
            Self::BirthdayInDays(_) => BirthdayInDays,
            Self::IsSet(_) => IsSet,
        }
    }
}

fn of_column(kind: Kind) -> FieldKind {
    match kind {
        Kind::Text | Kind::Flag => FieldKind::Text,
        Kind::Date | Kind::Time => FieldKind::Date,
        Kind::Integer | Kind::Amount | Kind::Number => FieldKind::Number,
    }
}

/// The value columns: all of a customer's but the id.
fn values() -> impl Iterator<Item = (&'static str, FieldKind)> {
    let columns = columns::CUSTOMER.iter().filter(|column| column.name != "customer_id");
    columns.map(|column| (column.name, of_column(column.kind)))
}

/// The whole catalogue for conditions on a customer. `attributes` are names in use, beside the standard ones.
pub fn fields(attributes: &[String]) -> Vec<Field> {
    let field = |prefix: &str, name: &str, kind: FieldKind, group| Field {
        name: format!("{prefix}{name}"),
        group,
        kind,
        operators: kind.operators(),
    };
    let others = attributes.iter().filter(|name| STANDARD.iter().all(|(standard, _)| standard != name));
    let standard = STANDARD.iter().map(|&(name, kind)| field(ATTRIBUTES, name, kind, FieldGroup::Attributes));
    standard
        .chain(others.map(|name| field(ATTRIBUTES, name, FieldKind::Any, FieldGroup::Attributes)))
        .chain(values().map(|(name, kind)| field(VALUES, name, kind, FieldGroup::Values)))
        .chain(SEEN.iter().map(|name| field(PROFILE, name, FieldKind::Date, FieldGroup::Profile)))
        .collect()
}

/// The catalogue for conditions on an event. `names` are properties in use.
pub fn properties(names: &[String]) -> Vec<Field> {
    let field = |name: String, kind: FieldKind| Field {
        name,
        group: FieldGroup::Properties,
        kind,
        operators: kind.operators(),
    };
    let named = PROPERTIES.iter().map(|&(name, kind)| field(name.to_owned(), kind));
    named.chain(names.iter().map(|name| field(format!("{PROPERTY_PREFIX}{name}"), FieldKind::Any))).collect()
}

/// When somebody was seen.
pub(super) const SEEN: &[&str] = &["first_seen_at", "last_seen_at"];

/// What a field of a customer holds; `None` where there is no such field.
pub fn kind_of(name: &str) -> Option<FieldKind> {
    if let Some(attribute) = name.strip_prefix(ATTRIBUTES) {
        return (!attribute.is_empty()).then_some(FieldKind::Any);
    }
    if let Some(column) = name.strip_prefix(VALUES) {
        return values().find(|(known, _)| *known == column).map(|(_, kind)| kind);
    }
    name.strip_prefix(PROFILE).filter(|name| SEEN.contains(name)).map(|_| FieldKind::Date)
}

/// What a property of an event holds; `None` where there is no such property.
pub(super) fn property_kind(name: &str) -> Option<FieldKind> {
    if let Some(name) = name.strip_prefix(PROPERTY_PREFIX) {
        return (!name.is_empty()).then_some(FieldKind::Any);
    }
    PROPERTIES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

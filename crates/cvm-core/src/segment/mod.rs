//! Segments: who belongs to one, as a rule that is data.
//!
//! A [`Rule`] is a tree of conditions in JSON. `check` says what is wrong with one and where, `fields` lists what can be asked
//! of, `sentence` reads a rule aloud in four languages, `evaluate` answers for one customer from their [`Facts`], and the lake
//! answers for everybody with the same result. What both mean:
//!
//! - A condition on something that is not known, or is of another kind than the condition asks for, does not hold. `not` turns
//!   that round: "city is not Gdańsk" holds for those whose city nobody knows. There is no third answer.
//! - Days of events roll: "in the last 7 days" is after this moment a week ago, up to now. What is dated later than now has not
//!   happened yet. Days of dates (a birthday, an attribute, a value column) are calendar days in the zone of the settings; "in
//!   the last 7 days" is today and the seven days before it. Days "between" are whole, the last included.
//! - Texts are equal letter by letter; `contains` and `starts_with` do not mind capitals. A list contains the texts in it.
//! - A purchase is an order, as far as its lines fit the conditions. It counts where these lines are worth more than nothing
//!   after what was given back, or were free from the start. Spending is their sum in the currency of the settings; lines of
//!   other currencies are purchases but no spending. What is given back counts when it is given back.
//! - A sequence is in strict order: two events of the same microsecond do not follow each other.
//! - Of a consent the latest word holds, by its channel or for all channels; of two at the same moment, the refusal.
//! - An SQL condition is answered in the lake only. For one customer alone it is not decided, and where a rule depends on it,
//!   what was computed last holds until the next time all are computed.

mod bulk;
mod check;
mod comparison;
mod evaluate;
mod facts;
mod fields;
mod ready;
mod sentence;
#[cfg(test)]
mod tests;

pub use bulk::{Answers, Asking, Rules};
pub use check::{DAYS_MAX, DEPTH_MAX, NODES_MAX, RuleFault, SQL_MAX, TEXT_MAX, VALUES_MAX, order};
pub use comparison::{Calendar, Comparison, Known, Scalar, start_of_day};
pub use evaluate::{consent, counts_as_purchase, follow};
pub use facts::{Consent, Event, EventKind, Facts, Person, PersonId};
pub use fields::{Field, FieldGroup, FieldKind, Operator, PROPERTIES, PROPERTY_PREFIX, fields, kind_of, properties};
pub use ready::{READY, Ready};
pub use sentence::Naming;

use crate::order::FunnelStep;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version of rules that this program reads and writes.
pub const VERSION: u32 = 1;

/// Who belongs to a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentRule)]
pub struct Rule {
    /// How the rule is written: 1.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// The condition.
    pub who: Node,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SegmentCondition)]
pub enum Node {
    /// All of these hold.
    #[schema(no_recursion)]
    All(Vec<Node>),
    /// At least one of these holds.
    #[schema(no_recursion)]
    Any(Vec<Node>),
    /// This does not hold.
    #[schema(no_recursion)]
    Not(Box<Node>),
    /// What is known of the customer: an attribute, a value column, when they were seen.
    Field(FieldIs),
    /// What they did, how often, when.
    Did(Did),
    /// One thing after the other.
    Sequence(Sequence),
    /// One thing, and then not the other.
    NotFollowed(NotFollowed),
    /// What they allowed.
    Consent(ConsentIs),
    /// They are in the segment of this id.
    Segment(String),
    /// A condition in SQL over one row a customer. Needs the permission `query`.
    Sql(String),
}

/// A field and what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentField)]
pub struct FieldIs {
    /// `attributes.` and the name of an attribute, `values.` and a column of a customer, `profile.first_seen_at` or
    /// `profile.last_seen_at`.
    #[schema(example = "values.clv")]
    pub name: String,
    /// What it should be.
    pub is: Comparison,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentDid)]
pub struct Did {
    /// The event.
    pub event: Happening,
    /// When; ever where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// How often; at least once where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// What was spent in all, in the currency of the settings; for purchases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spending: Option<Spending>,
}

/// Steps, each after the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentSequence)]
pub struct Sequence {
    /// Two to five events.
    pub steps: Vec<Happening>,
    /// Each within so many days of the one before.
    pub within_days: u32,
    /// When the first was; ever where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// Something that was not followed by something else: the first was so many days ago at least, and the second has not been
/// since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentNotFollowed)]
pub struct NotFollowed {
    /// What was.
    pub first: Happening,
    /// What has not been since.
    pub then: Happening,
    /// For so many days at least.
    pub for_days: u32,
    /// When the first was; ever where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// An event that fits conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentEvent)]
pub struct Happening {
    /// Which.
    pub what: What,
    /// All of these hold for it.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<PropertyIs>,
}

/// What an event is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SegmentWhat)]
pub enum What {
    /// An order, without what was given back of it.
    Purchase,
    /// A page or screen seen.
    Visit,
    /// A tracked event of this name.
    Event(String),
    /// A tracked event that is this step of buying, by the e-commerce specification.
    #[schema(value_type = String, example = "product_added")]
    Step(FunnelStep),
    /// A page of this name.
    Page(String),
    /// A screen of this name.
    Screen(String),
}

/// A property of an event and what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentProperty)]
pub struct PropertyIs {
    /// `category`, `product`, `source`, `channel`, `coupon`, `amount`, `quantity`, or `properties.` and a name.
    #[schema(example = "category")]
    pub name: String,
    /// What it should be.
    pub is: Comparison,
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SegmentWhen)]
pub enum When {
    /// After this moment so many days ago.
    InLastDays(u32),
    /// From a day to another, both included.
    Between(Days),
}

/// From one day to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentDays)]
pub struct Days {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The last day, which counts too.
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SegmentTimes)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Times {
    AtLeast(u32),
    AtMost(u32),
    Exactly(u32),
}

impl Times {
    /// Whether so many times fit.
    pub fn fit(self, count: u64) -> bool {
        match self {
            Self::AtLeast(times) => count >= u64::from(times),
            Self::AtMost(times) => count <= u64::from(times),
            Self::Exactly(times) => count == u64::from(times),
        }
    }
}

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SegmentSpending)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Spending {
    AtLeast(f64),
    AtMost(f64),
}

impl Spending {
    /// Whether a sum in 1/10,000 of the currency's unit fits.
    pub fn fits(self, sum: i64) -> bool {
        match self {
            Self::AtLeast(amount) => sum >= in_ten_thousandths(amount),
            Self::AtMost(amount) => sum <= in_ten_thousandths(amount),
        }
    }
}

/// An amount as money is counted: exact sums need whole numbers.
fn in_ten_thousandths(amount: f64) -> i64 {
    (amount * 10_000.0).round() as i64
}

/// What somebody allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentConsent)]
pub struct ConsentIs {
    /// What for, as in `marketing`.
    pub purpose: String,
    /// By which way, as in `email`; what was said for all ways counts too. Only that where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "one_channel")]
    pub channel: Option<String>,
    /// What they said.
    pub is: Word,
}

/// The one name of a consent's channel. Calls and letters go by several names, and a no by one of them is a no.
pub fn consent_channel(name: &str) -> String {
    let name = name.trim();
    match name.to_lowercase().as_str() {
        "e-mail" | "email" => "email".to_owned(),
        "sms" | "text" => "sms".to_owned(),
        "call" | "phone" | "telephone" | "voice" => "call".to_owned(),
        "print" | "post" | "letter" => "print".to_owned(),
        _ => name.to_owned(),
    }
}

fn one_channel<'de, D: serde::Deserializer<'de>>(written: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(written)?.map(|name| consent_channel(&name)))
}

/// What was said of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentConsentWord)]
pub enum Word {
    /// Yes.
    Granted,
    /// No, or no more.
    Denied,
    /// Nothing.
    Unknown,
}

impl Rule {
    /// A rule of this version.
    pub fn new(who: Node) -> Self {
        Self { version: VERSION, who }
    }

    /// Every condition with its place, the outer before the inner: the order in which counts of conditions are given.
    pub fn nodes(&self) -> Vec<(String, &Node)> {
        let mut nodes = Vec::new();
        self.who.walk("/who".to_owned(), &mut nodes);
        nodes
    }

    /// The segments that this one is made of.
    pub fn segments(&self) -> Vec<&str> {
        self.leaves(|node| if let Node::Segment(id) = node { Some(id.as_str()) } else { None })
    }

    /// Whether a part of it is SQL.
    pub fn has_sql(&self) -> bool {
        !self.leaves(|node| matches!(node, Node::Sql(_)).then_some(())).is_empty()
    }

    fn leaves<'a, T>(&'a self, of: impl Fn(&'a Node) -> Option<T>) -> Vec<T> {
        self.nodes().into_iter().filter_map(|(_, node)| of(node)).collect()
    }
}

impl Node {
    fn walk<'a>(&'a self, pointer: String, into: &mut Vec<(String, &'a Self)>) {
        into.push((pointer.clone(), self));
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                let name = if matches!(self, Self::All(_)) { "all" } else { "any" };
                for (index, node) in nodes.iter().enumerate() {
                    node.walk(format!("{pointer}/{name}/{index}"), into);
                }
            }
            Self::Not(node) => node.walk(format!("{pointer}/not"), into),
            _ => {}
        }
    }

    /// The events that it asks for.
    pub fn happenings(&self) -> Vec<&Happening> {
        match self {
            Self::Did(did) => vec![&did.event],
            Self::Sequence(sequence) => sequence.steps.iter().collect(),
            Self::NotFollowed(NotFollowed { first, then, .. }) => vec![first, then],
            _ => Vec::new(),
        }
    }
}

//! What is known of one person when a rule is asked: the ground of both evaluators, read from the database in one way.

use super::Calendar;
use serde_json::{Map, Value};

/// The id of a person: a UUID, whose text stands in the order of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub u128);

impl std::str::FromStr for PersonId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hyphens = [8, 13, 18, 23];
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let mut number = 0_u128;
        for (place, byte) in text.bytes().enumerate() {
            match (hyphens.contains(&place), byte) {
                (true, b'-') => {}
                (false, byte) if is_hex(byte) => {
                    number = number << 4 | u128::from(if byte <= b'9' { byte - b'0' } else { byte - b'a' + 10 });
                }
                _ => return Err(()),
            }
        }
        if text.len() == 36 { Ok(Self(number)) } else { Err(()) }
    }
}

impl std::fmt::Display for PersonId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// What the product keeps of a person, over all their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// When they were first seen, in microseconds of Unix time.
    pub first_seen_at: i64,
    /// When they were last seen.
    pub last_seen_at: i64,
    /// Attributes by name.
    pub attributes: Map<String, Value>,
    /// The last word by purpose and channel.
    pub consents: Vec<Consent>,
    /// What they did, in the order of [`Person::sort`].
    pub events: Vec<Event>,
}

/// The last word on a purpose and a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// What for.
    pub purpose: String,
    /// By which way; `any` for all.
    pub channel: String,
    /// Whether it was yes.
    pub granted: bool,
    /// When.
    pub time: i64,
}

/// What an [`Event`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// A tracked event.
    Track,
    /// A page seen.
    Page,
    /// A screen seen.
    Screen,
    /// A line of an order, as it is left after all that happened to it.
    Line,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Track, Self::Page, Self::Screen, Self::Line];
}

/// One thing that somebody did. Of an order each line is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// When, in microseconds of Unix time.
    pub time: i64,
    /// The name of event, page or screen; none for a line.
    pub name: Option<String>,
    /// The source that told.
    pub source: String,
    /// Where they did it: web, app, shop.
    pub channel: Option<String>,
    /// The product.
    pub product: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// The coupon used.
    pub coupon: Option<String>,
    /// What a line is worth, in 1/10,000 of the unit of its currency; negative when given back.
    pub amount: Option<i64>,
    /// Whether the amount is in the currency of the settings.
    pub in_currency: bool,
    /// How many.
    pub quantity: Option<f64>,
    /// Which order a line is of: the same number for the lines of one, another for each order. 0 for what is no line.
    pub order: i32,
    /// What else is said of it.
    pub properties: Map<String, Value>,
}

impl Event {
    /// An event of this kind and time of which nothing else is known.
    pub fn new(kind: EventKind, time: i64) -> Self {
        Self {
            kind,
            time,
            name: None,
            source: String::new(),
            channel: None,
            product: None,
            category: None,
            coupon: None,
            amount: None,
            in_currency: false,
            quantity: None,
            order: 0,
            properties: Map::new(),
        }
    }
}

impl Person {
    /// Brings events into their order: lines after the rest, those of one order together. Whoever makes a person calls it.
    pub fn sort(&mut self) {
        self.events.sort_by_key(|event| (event.order, event.time, event.kind));
    }
}

/// What a rule is asked about.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The person.
    pub person: &'a Person,
    /// The columns of [`crate::columns::CUSTOMER`], of the last scoring run.
    pub values: Option<&'a Map<String, Value>>,
    /// Now, and whose days count.
    pub calendar: &'a Calendar,
    /// Whether they are in the segment of this id; `None` where that is not known.
    pub is_in: &'a dyn Fn(&str) -> Option<bool>,
}

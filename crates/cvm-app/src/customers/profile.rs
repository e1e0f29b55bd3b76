//! What is known of a customer: attributes and consents, as messages tell them.
//!
//! Of an attribute the value that is latest by the time of what happened holds, whatever arrives last; a value of null
//! takes it away. The reserved traits of Segment's specification are written one way (`firstName` is `first_name`, the
//! parts of `address` stand alone); all others keep their names.

use cvm_core::message::{Message, MessageKind};
use cvm_core::segment::consent_channel;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Attributes of one customer at most; more are not taken.
const ATTRIBUTES_MAX: usize = 500;

/// Characters of an attribute's name, and bytes of its value as JSON, at most.
const NAME_CHARACTERS: usize = 100;
const VALUE_BYTES: usize = 4_096;

/// By name.
pub type Attributes = BTreeMap<String, Attribute>;

/// What is known by one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Any JSON; null for one that was taken away.
    pub value: Value,
    /// When it was so, in microseconds of Unix time.
    pub time: i64,
    /// Who said so.
    pub source: String,
}

/// Takes over traits that are newer than what is known; says whether any is.
pub fn take_traits(attributes: &mut Attributes, traits: &Map<String, Value>, time: i64, source: &str) -> bool {
    let mut changed = false;
    for (name, value) in traits {
        match value {
            Value::Object(address) if name == "address" => {
                for (part, value) in address {
                    changed |= take(attributes, part, value, time, source);
                }
            }
            _ => changed |= take(attributes, name, value, time, source),
        }
    }
    changed
}

fn take(attributes: &mut Attributes, name: &str, value: &Value, time: i64, source: &str) -> bool {
    let name = standard_name(name);
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS || json_bytes(value) > VALUE_BYTES {
        return false;
    }
    let attribute = || Attribute { value: standard_value(name, value), time, source: source.to_owned() };
    let room = attributes.len() < ATTRIBUTES_MAX;
    match attributes.entry(name.to_owned()) {
        Entry::Occupied(known) if known.get().time > time => false,
        Entry::Occupied(mut known) => {
            let attribute = attribute();
            let changed = *known.get() != attribute;
            known.insert(attribute);
            changed
        }
        Entry::Vacant(place) if room => {
            place.insert(attribute());
            true
        }
        Entry::Vacant(_) => false,
    }
}

/// The attributes of a person made of several customers, the oldest first: the latest of each name.
pub fn joined(of: impl IntoIterator<Item = Attributes>) -> Attributes {
    let mut joined = Attributes::new();
    for (name, attribute) in of.into_iter().flatten() {
        match joined.entry(name) {
            Entry::Occupied(known) if known.get().time >= attribute.time => {}
            Entry::Occupied(mut known) => {
                known.insert(attribute);
            }
            Entry::Vacant(place) => {
                place.insert(attribute);
            }
        }
    }
    joined
}

/// The one name of an attribute that senders write in several ways.
fn standard_name(name: &str) -> &str {
    match name {
        "firstName" | "firstname" | "first name" => "first_name",
        "lastName" | "lastname" | "last name" => "last_name",
        "postalCode" | "postalcode" | "zip" => "postal_code",
        "createdAt" => "created_at",
        "birthDate" | "birthdate" | "birth_date" | "date_of_birth" | "dateOfBirth" => "birthday",
        "sex" => "gender",
        "locale" | "lang" => "language",
        "loyaltyCard" | "loyaltyCardNumber" | "loyalty_card_number" => "loyalty_card",
        name => name,
    }
}

/// The one form of values of standard attributes; those that have another form stay as they are.
fn standard_value(name: &str, value: &Value) -> Value {
    let Value::String(text) = value else { return value.clone() };
    let text = text.trim();
    let standard = match name {
        "gender" => match text.to_lowercase().as_str() {
            "f" | "female" | "woman" => Some("female".to_owned()),
            "m" | "male" | "man" => Some("male".to_owned()),
            other => Some(other.to_owned()),
        },
        "birthday" => {
            text.get(..10).filter(|day| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok()).map(str::to_owned)
        }
        "country" if text.len() == 2 && text.is_ascii() => Some(text.to_uppercase()),
        // A locale like pl-PL names the language first.
        "language" => text.split(['-', '_']).next().filter(|code| code.len() == 2).map(str::to_lowercase),
        _ => None,
    };
    Value::String(standard.unwrap_or_else(|| text.to_owned()))
}

fn json_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(_) | Value::Object(_) => value.to_string().len(),
        _ => 8,
    }
}

/// Whether something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConsentState {
    /// Given.
    Granted,
    /// Refused, or withdrawn.
    Denied,
}

impl ConsentState {
    /// As in JSON and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }
}

/// That somebody allowed or forbade something.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentChange {
    /// What for: marketing, analytics, profiling, a category of the consent banner.
    pub purpose: String,
    /// By which way, by its [one name](consent_channel): email, sms, push, call, print; `any` for all.
    pub channel: String,
    /// What they said.
    pub state: ConsentState,
    /// When.
    pub time: i64,
    /// How that can be shown.
    pub proof: Value,
    /// Nobody knows when they said it, as of a list without dates: a yes then counts only where nothing was said before, or a list
    /// that is read again would undo an unsubscription.
    pub is_undated: bool,
}

/// The channel that stands for all.
pub const ANY_CHANNEL: &str = "any";

/// Purposes of one message at most.
const PURPOSES_MAX: usize = 100;

/// What a message says of consents: `context.consent.categoryPreferences` of Segment's specification, and what it has no place
/// for, by channel and with proof: `context.consent.changes`, a list of `{purpose, channel, state, proof}`.
pub fn consents(message: &Message) -> Vec<ConsentChange> {
    let Some(Value::Object(consent)) = message.context.get("consent") else { return Vec::new() };
    let mut found = Vec::new();
    let place = || message.context.get("page").and_then(|page| page.get("url")).cloned().unwrap_or(Value::Null);
    if let Some(Value::Object(categories)) = consent.get("categoryPreferences") {
        for (purpose, given) in categories.iter().take(PURPOSES_MAX) {
            let Value::Bool(given) = given else { continue };
            found.push(ConsentChange {
                purpose: purpose.chars().take(NAME_CHARACTERS).collect(),
                channel: ANY_CHANNEL.to_owned(),
                state: if *given { ConsentState::Granted } else { ConsentState::Denied },
                time: message.timestamp,
                proof: json!({"message_id": message.message_id, "page": place()}),
                is_undated: false,
            });
        }
    }
    if let Some(Value::Array(changes)) = consent.get("changes") {
        found.extend(changes.iter().take(PURPOSES_MAX).filter_map(|change| consent_change(change, message)));
    }
    found
}

fn consent_change(change: &Value, message: &Message) -> Option<ConsentChange> {
    let word = |name: &str| change.get(name)?.as_str().map(|word| word.trim().chars().take(NAME_CHARACTERS).collect());
    let proof = change.get("proof").filter(|proof| !proof.is_null() && json_bytes(proof) <= VALUE_BYTES);
    Some(ConsentChange {
        purpose: word("purpose")?,
        channel: word("channel").map_or_else(|| ANY_CHANNEL.to_owned(), |name: String| consent_channel(&name)),
        state: serde_json::from_value(change.get("state")?.clone()).ok()?,
        time: message.timestamp,
        proof: proof.cloned().unwrap_or_else(|| json!({"message_id": message.message_id})),
        is_undated: change.get("undated") == Some(&Value::Bool(true)),
    })
}

/// Properties that are kept before others.
const FIRST: &[&str] = &[
    "product_id",
    "productId",
    "sku",
    "name",
    "category",
    "channel",
    "price",
    "quantity",
    "coupon",
    "value",
    "revenue",
];

/// One event of the timeline, in short.
pub fn summary(message: &Message) -> Map<String, Value> {
    const MEMBERS: usize = 16;
    const CHARACTERS: usize = 120;
    if message.kind == MessageKind::Identify {
        let names: Vec<&String> = message.traits.keys().take(20).collect();
        return Map::from_iter([("traits".to_owned(), json!(names))]);
    }
    let mut summary = Map::new();
    let in_context = message.context.get("page").and_then(Value::as_object);
    let of_page = in_context.filter(|_| message.kind == MessageKind::Page).into_iter().flatten();
    // What segments ask for most is there, however much else is said.
    let first = FIRST.iter().filter_map(|name| message.properties.get_key_value(*name));
    for (name, value) in first.chain(&message.properties).chain(of_page) {
        let short = match value {
            Value::String(text) if text.chars().count() > CHARACTERS => {
                Value::String(text.chars().take(CHARACTERS).chain(['…']).collect())
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) => value.clone(),
            Value::Array(items) => json!({"count": items.len()}),
            Value::Null | Value::Object(_) => continue,
        };
        if (summary.len() < MEMBERS || summary.contains_key(name)) && name.chars().count() <= NAME_CHARACTERS {
            summary.entry(name.clone()).or_insert(short);
        }
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn values(attributes: &Attributes) -> Value {
        json!(attributes.iter().map(|(name, attribute)| (name, &attribute.value)).collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn the_latest_holds_whatever_arrives_last() {
        let tell = [
            (2, json!({"city": "Gdańsk", "age": 31})),
            (1, json!({"city": "Łódź", "plan": "a"})),
            (3, json!({"age": null})),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut attributes = Attributes::new();
            for (time, traits) in order.map(|index| tell[index].clone()) {
                take_traits(&mut attributes, &object(traits), time, "s");
            }
            assert_eq!(values(&attributes), json!({"age": null, "city": "Gdańsk", "plan": "a"}), "{order:?}");
        }
        let mut attributes = Attributes::new();
        assert!(take_traits(&mut attributes, &object(json!({"a": 1})), 5, "s"));
        assert!(!take_traits(&mut attributes, &object(json!({"a": 1})), 5, "s"), "nothing new");
        assert!(take_traits(&mut attributes, &object(json!({"a": 2})), 5, "s"), "of the same moment, the last");
    }

    #[test]
    fn standard_traits_have_one_name_and_form() {
        let mut attributes = Attributes::new();
        let traits = json!({
            "firstName": " Anna ", "last_name": "Nowak", "gender": "F", "birthday": "1990-02-03T00:00:00Z", "locale": "pl-PL",
            "address": {"city": "Gdańsk", "country": "pl", "postalCode": "80-001"}, "Favourite shop": {"id": 7},
        });
        take_traits(&mut attributes, &object(traits), 1, "s");
        let expected = json!({
            "Favourite shop": {"id": 7}, "birthday": "1990-02-03", "city": "Gdańsk", "country": "PL", "first_name": "Anna",
            "gender": "female", "language": "pl", "last_name": "Nowak", "postal_code": "80-001",
        });
        assert_eq!(values(&attributes), expected);
    }

    #[test]
    fn attributes_are_bounded() {
        let mut attributes = Attributes::new();
        take_traits(&mut attributes, &object(json!({"x": "y".repeat(5000), "": 1, "n".repeat(101): 1})), 1, "s");
        assert!(attributes.is_empty());
        let many: Map<String, Value> = (0..600).map(|number| (format!("a{number}"), json!(number))).collect();
        take_traits(&mut attributes, &many, 1, "s");
        assert_eq!(attributes.len(), ATTRIBUTES_MAX);
    }

    #[test]
    fn of_two_customers_the_later_knows_better() {
        let of = |time: i64, traits: Value| {
            let mut attributes = Attributes::new();
            take_traits(&mut attributes, &object(traits), time, "s");
            attributes
        };
        let joined = joined([of(2, json!({"city": "new", "a": 1})), of(1, json!({"city": "old", "b": 1}))]);
        assert_eq!(values(&joined), json!({"a": 1, "b": 1, "city": "new"}));
    }

    #[test]
    fn a_banner_tells_consents() {
        let message = json!({
            "message_id": "m", "type": "track", "source": "s", "timestamp": 7, "received_at": 8, "name": "e", "user_id": "u",
            "context": {"consent": {"categoryPreferences": {"Advertising": true, "Analytics": false, "odd": "yes"},
                                    "changes": [{"purpose": "marketing", "channel": "email", "state": "granted", "proof": "form 7"}, {}]},
                        "page": {"url": "https://shop.example/"}},
            "properties": {"long": "x".repeat(500), "list": [1, 2], "nested": {}, "price": 1.5},
        });
        let message: Message = serde_json::from_value(message).unwrap();
        let found = consents(&message);
        let told: Vec<_> = found.iter().map(|change| (change.purpose.as_str(), change.state)).collect();
        assert_eq!(
            told,
            [
                ("Advertising", ConsentState::Granted),
                ("Analytics", ConsentState::Denied),
                ("marketing", ConsentState::Granted)
            ]
        );
        assert_eq!((found[2].channel.as_str(), &found[2].proof), ("email", &json!("form 7")));
        assert_eq!(found[0].proof, json!({"message_id": "m", "page": "https://shop.example/"}));
        let summary = summary(&message);
        assert_eq!((summary["list"].clone(), summary["price"].clone()), (json!({"count": 2}), json!(1.5)));
        assert!(summary["long"].as_str().unwrap().len() < 130 && !summary.contains_key("nested"));
    }
}

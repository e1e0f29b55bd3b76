//! What identifies somebody: which values of a message do, and how they are written so that the same is found again.
//!
//! | kind | taken from | written | joins |
//! |---|---|---|---|
//! | `user_id` | `userId`, `previousId` of an alias | as it is | always |
//! | `loyalty_card` | traits `loyaltyCard`, `loyalty_card`, `loyaltyCardNumber` | letters and digits, capitals | unless shared by too many |
//! | `email` | traits `email` | lower case | unless shared by too many |
//! | `phone` | traits `phone` | E.164 | unless shared by too many |
//! | `anonymous_id` | `anonymousId`, `previousId` of an alias | as it is | never two users |
//! | `device` | `context.device.id` | as it is | never two users |
//!
//! The order is the priority: where not all can join, those further down give way. Traits are those of an identify call, or
//! of `context.traits`; the traits of a group are not the person's. What cannot be written so is kept as an attribute, but
//! identifies nobody; neither do values that programs send for "nothing", like `null` and zeros.

use cvm_core::message::{Message, MessageKind};
use email_address::{EmailAddress, Options};
use phonenumber::{Mode, country};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Kinds of identifiers, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The sender's id of a known person.
    UserId,
    /// Made when somebody merges two customers by hand.
    Merge,
    /// The number on a card of the loyalty programme.
    LoyaltyCard,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A browser or an installed app.
    AnonymousId,
    /// A device.
    Device,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::UserId, Self::Merge, Self::LoyaltyCard, Self::Email, Self::Phone, Self::AnonymousId, Self::Device];

    /// As in `kind:value`.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserId => "user_id",
            Self::Merge => "merge",
            Self::LoyaltyCard => "loyalty_card",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::AnonymousId => "anonymous_id",
            Self::Device => "device",
        }
    }

    /// The kind of an identifier written as `kind:value`.
    pub fn of(identifier: &str) -> Option<Self> {
        let (name, _) = identifier.split_once(':')?;
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether several people may use the same one after another.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::AnonymousId | Self::Device)
    }

    /// Whether any number of users may have it.
    pub fn is_unlimited(self) -> bool {
        matches!(self, Self::UserId | Self::Merge)
    }

    /// The identifier with this value.
    pub fn with(self, value: &str) -> String {
        format!("{}:{value}", self.name())
    }
}

/// The identifiers of one message, each as `kind:value`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// Whose message it is, if known.
    pub user_id: Option<String>,
    /// Whose it is otherwise.
    pub anonymous_id: Option<String>,
    /// What else it shows of them, the surest first.
    pub others: Vec<String>,
    /// Another name of theirs (alias), as a user id and as an anonymous id: senders use both.
    pub previous: Option<[String; 2]>,
}

impl Identifiers {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let one = self.user_id.iter().chain(&self.anonymous_id);
        one.chain(&self.others).chain(self.previous.iter().flatten()).map(String::as_str)
    }
}

/// Writes identifiers; remembers phone numbers, which take long to read.
#[derive(Debug, Default)]
pub struct Writer {
    region: Option<country::Id>,
    phones: HashMap<String, Option<String>>,
}

/// Phone numbers remembered at most.
const PHONES_MAX: usize = 100_000;

/// Characters of an identifier's value at most; an e-mail address has 254.
const VALUE_CHARACTERS: usize = 254;

impl Writer {
    /// `region` (ISO 3166, empty for none) is where numbers without a country code are dialled.
    pub fn new(region: &str) -> Self {
        Self { region: region.parse().ok(), phones: HashMap::new() }
    }

    /// What a message shows of who it is about.
    pub fn identifiers(&mut self, message: &Message) -> Identifiers {
        let id = |kind: Kind, value: &Option<String>| {
            value.as_deref().filter(|value| !is_placeholder(value)).map(|value| kind.with(value))
        };
        let mut others = Vec::new();
        let in_context = || message.context.get("traits").and_then(Value::as_object);
        let traits = match message.kind {
            MessageKind::Identify => Some(&message.traits),
            _ => in_context(),
        };
        if let Some(traits) = traits {
            self.of_traits(traits, &mut others);
        }
        if let Some(device) = message.context.get("device").and_then(|device| device.get("id")?.as_str())
            && let Some(device) = self.write(Kind::Device, device)
        {
            others.push(device);
        }
        let previous = message.previous_id.as_deref().filter(|value| !is_placeholder(value));
        Identifiers {
            user_id: id(Kind::UserId, &message.user_id),
            anonymous_id: id(Kind::AnonymousId, &message.anonymous_id),
            others,
            previous: previous.map(|value| [Kind::UserId.with(value), Kind::AnonymousId.with(value)]),
        }
    }

    fn of_traits(&mut self, traits: &Map<String, Value>, others: &mut Vec<String>) {
        const NAMES: [(Kind, &[&str]); 3] = [
            (Kind::LoyaltyCard, &["loyaltyCard", "loyalty_card", "loyaltyCardNumber", "loyalty_card_number"]),
            (Kind::Email, &["email"]),
            (Kind::Phone, &["phone"]),
        ];
        for (kind, names) in NAMES {
            let number;
            let value = match names.iter().find_map(|name| traits.get(*name)) {
                Some(Value::String(text)) => text.as_str(),
                Some(Value::Number(value)) => {
                    number = value.to_string();
                    &number
                }
                _ => continue,
            };
            others.extend(self.write(kind, value));
        }
    }

    /// The identifier with this value, as it is stored; `None` for a value that identifies nobody.
    pub fn write(&mut self, kind: Kind, value: &str) -> Option<String> {
        let value = value.trim();
        if is_placeholder(value) || value.chars().count() > VALUE_CHARACTERS || value.contains('\0') {
            return None;
        }
        Some(kind.with(&match kind {
            Kind::Email => email(value)?,
            Kind::Phone => self.phone(value)?,
            Kind::LoyaltyCard => {
                let card: String = value.chars().filter(|letter| letter.is_alphanumeric()).collect();
                Some(card.to_uppercase()).filter(|card| !is_placeholder(card))?
            }
            Kind::UserId | Kind::AnonymousId | Kind::Device | Kind::Merge => value.to_owned(),
        }))
    }

    /// Every identifier that this may be the value of.
    pub fn all_of(&mut self, value: &str) -> Vec<String> {
        Kind::ALL.into_iter().filter(|kind| *kind != Kind::Merge).filter_map(|kind| self.write(kind, value)).collect()
    }

    fn phone(&mut self, text: &str) -> Option<String> {
        if let Some(known) = self.phones.get(text) {
            return known.clone();
        }
        let number = phonenumber::parse(self.region, text).ok().filter(phonenumber::is_valid);
        let number = number.map(|number| number.format().mode(Mode::E164).to_string());
        if self.phones.len() >= PHONES_MAX {
            self.phones.clear();
        }
        self.phones.insert(text.to_owned(), number.clone());
        number
    }
}

/// An e-mail address in lower case. The standard lets a host tell capitals in the local part apart; none in use does.
fn email(text: &str) -> Option<String> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    EmailAddress::parse_with_options(text, options).ok().map(|address| address.as_str().to_lowercase())
}

/// Values that senders write for "nobody": zeros and dashes, and words of programs.
fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 12] = [
        "null",
        "(null)",
        "nil",
        "none",
        "undefined",
        "nan",
        "n/a",
        "unknown",
        "anonymous",
        "false",
        "true",
        "[object object]",
    ];
    value.bytes().all(|byte| matches!(byte, b'0' | b'-' | b' '))
        || value == "-1"
        || value.len() <= 15 && WORDS.contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(value: Value) -> Message {
        let mut call = json!({"message_id": "m", "type": "track", "source": "s", "timestamp": 0, "received_at": 0});
        call.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(call).unwrap()
    }

    #[test]
    fn the_same_is_written_alike() {
        let mut writer = Writer::new("PL");
        for (kind, values, written) in [
            (Kind::Email, vec!["Anna.Nowak@Example.ORG", " anna.nowak@example.org "], Some("anna.nowak@example.org")),
            (Kind::Email, vec!["Łucja@Żółw.pl"], Some("łucja@żółw.pl")),
            (Kind::Email, vec!["anna", "anna@localhost", "Anna <anna@example.org>", "a@[127.0.0.1]", ""], None),
            (
                Kind::Phone,
                vec!["+48 601 234 567", "601-234-567", "0048601234567", "(601) 234 567"],
                Some("+48601234567"),
            ),
            (Kind::Phone, vec!["+44 20 7946 0958"], Some("+442079460958")),
            (Kind::Phone, vec!["12", "call me", "+48 1", "0000000000"], None),
            (Kind::LoyaltyCard, vec!["ab 12-34", "AB1234"], Some("AB1234")),
            (Kind::LoyaltyCard, vec!["0000-0000"], None),
            (Kind::UserId, vec!["User-1"], Some("User-1")),
            (
                Kind::UserId,
                vec!["null", "00000000-0000-0000-0000-000000000000", "-1", "UNDEFINED", "[object Object]"],
                None,
            ),
        ] {
            for value in values {
                assert_eq!(writer.write(kind, value), written.map(|written| kind.with(written)), "{value}");
            }
        }
        assert_eq!(
            Writer::new("").write(Kind::Phone, "601 234 567"),
            None,
            "without a region, only with a country code"
        );
        assert!(Writer::new("").write(Kind::Phone, "+48 601 234 567").is_some());
    }

    #[test]
    fn identifiers_are_taken_from_their_places() {
        let mut writer = Writer::new("PL");
        let found = writer.identifiers(&message(json!({
            "type": "identify", "user_id": "u", "anonymous_id": "undefined",
            "traits": {"email": "A@b.pl", "phone": 601_234_567, "loyalty_card": "7-7"}, "context": {"device": {"id": "d"}},
        })));
        assert_eq!((found.user_id.as_deref(), found.anonymous_id.as_deref()), (Some("user_id:u"), None));
        assert_eq!(found.others, ["loyalty_card:77", "email:a@b.pl", "phone:+48601234567", "device:d"]);
        let found = writer.identifiers(&message(json!({
            "type": "group", "user_id": "u", "group_id": "g", "traits": {"email": "office@company.pl"},
        })));
        assert!(found.others.is_empty(), "an address of the company is not the person's");
        let found = writer.identifiers(&message(json!({"user_id": "u", "context": {"traits": {"email": "a@b.pl"}}})));
        assert_eq!(found.others, ["email:a@b.pl"]);
        let found = writer.identifiers(&message(json!({"type": "alias", "user_id": "u", "previous_id": "p"})));
        assert_eq!(found.previous.unwrap(), ["user_id:p", "anonymous_id:p"]);
    }

    #[test]
    fn kinds_are_in_the_text() {
        assert_eq!(Kind::of("email:a:b"), Some(Kind::Email));
        assert_eq!(Kind::of("mail:a"), None);
        assert_eq!(Kind::of("email"), None);
    }
}

//! Whether a text that could not be read as a record is about somebody: refused records of the erased go with them.
//!
//! A record that was refused may be refused for how it writes things, so what is looked for is looked for in any writing. One
//! that goes by mistake is a line less to correct; one that stays is somebody not erased.

use super::identifiers::Kind;
use serde_json::Value;
use std::collections::HashSet;

/// Digits by which a telephone number is known, from its end: the rest is the country and how it is dialled.
const DIGITS: usize = 8;

/// Ids shorter than this are looked for where ids stand; as text they may be anything.
const SHORT: usize = 4;

/// What somebody is known by, as it may be written.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// In small letters: ids, addresses, cards.
    words: HashSet<String>,
    emails: Vec<String>,
    phones: HashSet<String>,
}

impl Mentions {
    /// Of identifiers, as `kind:value`.
    pub(super) fn of<'a>(identifiers: impl Iterator<Item = &'a str>) -> Self {
        let mut mentions = Self::default();
        for identifier in identifiers {
            let value = identifier.split_once(':').map_or(identifier, |(_, value)| value);
            match Kind::of(identifier) {
                Some(Kind::Phone) => mentions.phones.extend(phone(value)),
                Some(Kind::Email) => mentions.emails.push(value.to_lowercase()),
                Some(Kind::LoyaltyCard) => drop(mentions.words.insert(plain(value))),
                _ => drop(mentions.words.insert(value.to_lowercase())),
            }
        }
        mentions
    }

    /// Whether a record names them.
    pub(super) fn are_in(&self, record: &str) -> bool {
        match serde_json::from_str(record) {
            Ok(value) => self.are_in_value("", &value),
            Err(_) => self.are_in_text(record),
        }
    }

    fn are_in_value(&self, name: &str, value: &Value) -> bool {
        match value {
            Value::Object(members) => {
                members.iter().any(|(name, value)| self.are_word(name) || self.are_in_value(name, value))
            }
            Value::Array(items) => items.iter().any(|item| self.are_in_value(name, item)),
            Value::String(text) => {
                let text = text.trim();
                self.are_word(text) || self.are_part(text)
            }
            Value::Number(number) => {
                let text = number.to_string();
                let is_id = name.to_lowercase().contains("id") || name.to_lowercase().contains("customer");
                (is_id || text.len() > SHORT) && self.are_word(&text) || self.are_part(&text)
            }
            Value::Null | Value::Bool(_) => false,
        }
    }

    fn are_in_text(&self, text: &str) -> bool {
        let inside = |letter: char| letter.is_alphanumeric() || "@._-+".contains(letter);
        text.split(|letter| !inside(letter)).any(|word| self.are_word(word)) || self.are_part(text)
    }

    fn are_word(&self, word: &str) -> bool {
        self.words.contains(&word.to_lowercase()) || self.words.contains(&plain(word))
    }

    /// Addresses within a text, and numbers, written in any way.
    fn are_part(&self, text: &str) -> bool {
        let small = text.to_lowercase();
        let of_number = |letter: char| letter.is_ascii_digit() || " +-./()".contains(letter);
        self.emails.iter().any(|email| small.contains(email))
            || !self.phones.is_empty()
                && text.split(|letter| !of_number(letter)).filter_map(phone).any(|it| self.phones.contains(&it))
    }
}

/// Letters and digits alone.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The last digits of a number; none where there are too few.
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    Some(digits.get(digits.len().checked_sub(DIGITS)?..)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_found_however_they_are_written() {
        let anna = Mentions::of(
            ["user_id:Anna-1", "user_id:77", "email:anna@example.org", "phone:+48601234567", "loyalty_card:AB1234"]
                .into_iter(),
        );
        for theirs in [
            r#"{"customer_id": "anna-1", "time": "never"}"#,
            r#"{"customer_id": 77}"#,
            r#"{"id": "77"}"#,
            r#"{"email": "ANNA@Example.org"}"#,
            r#"{"note": ["wrote from anna@example.org today"]}"#,
            r#"{"phone": "(0048) 601-234-567"}"#,
            r#"{"phone": 601234567}"#,
            r#"{"card": "ab 12-34"}"#,
            r#"{"customer_id": "Anna-1", "amou"#,
            "anna-1;2026-01-02;9,99",
            "601 234 567;2026-01-02",
            "x,Anna@example.org,y",
        ] {
            assert!(anna.are_in(theirs), "{theirs}");
        }
        for others in [
            r#"{"customer_id": "anna-12", "quantity": 77}"#,
            r#"{"customer_id": 770}"#,
            r#"{"phone": "+48601234568"}"#,
            r#"{"email": "joanna@example.com"}"#,
            "piotr;2026-01-02;9,99",
            "",
        ] {
            assert!(!anna.are_in(others), "{others}");
        }
    }
}

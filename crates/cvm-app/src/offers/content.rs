//! What a treatment says: Liquid in subject, body, and the texts of its data.

use super::catalogue::Content;
use crate::contacts::Channel;
use crate::platform::problem::Fault;
use crate::platform::templates::{Format, Template, Unfilled};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What is said to somebody: nothing is left to be filled in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = OfferedContent)]
pub struct Said {
    /// The subject or title; empty where there is none.
    pub subject: String,
    /// The text: HTML of an e-mail, else plain.
    pub body: String,
    /// What a program shows it by.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

/// How the body of a channel is read.
pub(super) fn format_of(channel: Channel) -> Format {
    if channel == Channel::Email { Format::Html } else { Format::Text }
}

/// What is wrong with the texts of some data, if anything.
pub(super) fn fault_of_data(pointer: &str, data: &Value) -> Option<Fault> {
    match data {
        Value::String(text) => Template::fault(pointer, text, Format::Text),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(place, item)| fault_of_data(&format!("{pointer}/{place}"), item))
        }
        Value::Object(members) => {
            members.iter().find_map(|(name, value)| fault_of_data(&format!("{pointer}/{name}"), value))
        }
        _ => None,
    }
}

/// Whether a text has anything to fill in.
fn has_places(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

impl Content {
    /// Whether it must be known who reads it.
    pub fn speaks_of_somebody(&self) -> bool {
        let in_data = self.data.as_ref().is_some_and(|data| has_places(&data.to_string()));
        in_data || has_places(&self.subject) || has_places(&self.body)
    }

    /// Whether it says what the reader may want next.
    pub fn recommends(&self) -> bool {
        let of = |text: &str| has_places(text) && text.contains("recommendations");
        of(&self.subject) || of(&self.body) || self.data.as_ref().is_some_and(|data| of(&data.to_string()))
    }

    /// Fills it in.
    ///
    /// # Errors
    /// Where a filter or a tag cannot do its work with this data.
    pub fn fill(&self, channel: Channel, data: &Value) -> Result<Said, Unfilled> {
        Ok(Said {
            subject: filled(&self.subject, Format::Text, data)?,
            body: filled(&self.body, format_of(channel), data)?,
            data: self.data.as_ref().map(|inner| filled_data(inner, data)).transpose()?,
        })
    }
}

fn filled(text: &str, format: Format, data: &Value) -> Result<String, Unfilled> {
    if has_places(text) { Template::parse(text, format)?.fill(data) } else { Ok(text.to_owned()) }
}

fn filled_data(inner: &Value, data: &Value) -> Result<Value, Unfilled> {
    Ok(match inner {
        Value::String(text) => Value::String(filled(text, Format::Text, data)?),
        Value::Array(items) => items.iter().map(|item| filled_data(item, data)).collect::<Result<_, _>>()?,
        Value::Object(members) => {
            let filled = |(name, value): (&String, &Value)| Ok((name.clone(), filled_data(value, data)?));
            Value::Object(members.iter().map(filled).collect::<Result<_, Unfilled>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_filled_wherever_they_stand() {
        let content: Content = serde_json::from_value(json!({
            "subject": "{{ customer.first_name }}, {{ offer.name }}", "body": "<p>{{ customer.first_name }}</p>",
            "data": {"buttons": [{"text": "{{ offer.name | upcase }}", "size": 2}]}
        }))
        .unwrap();
        let data = json!({"customer": {"first_name": "A & B"}, "offer": {"name": "coupon"}});
        let said = content.fill(Channel::Email, &data).unwrap();
        assert_eq!(said.subject, "A & B, coupon");
        assert!(said.body.starts_with("<p>A &#38; B"), "{}", said.body);
        assert_eq!(said.data, Some(json!({"buttons": [{"text": "COUPON", "size": 2}]})));
        assert!(content.speaks_of_somebody() && !Content::default().speaks_of_somebody());
    }
}

//! An event, and a condition on it, as fields of a form: for the forms of others that ask what somebody does.

use super::builder::{self, Fields};
use super::{actions, pages};
use crate::platform::server::App;
use cvm_core::segment::{FieldKind, Happening, PropertyIs, Scalar};
use cvm_core::text::Words;
use std::collections::BTreeMap;

/// What a form lets people choose from: names in the form, and in words.
pub struct EventChoices {
    /// Events.
    pub events: Vec<(String, String)>,
    /// Their properties.
    pub properties: Vec<(String, String)>,
    /// What a property may be asked.
    pub operators: Vec<(String, String)>,
}

impl EventChoices {
    /// What there is, by what came of late.
    ///
    /// # Errors
    /// What the database gives.
    pub async fn of(app: &App, words: Words) -> Result<Self, sqlx::Error> {
        let choices = actions::fields(app).await?;
        let properties = choices.properties.iter().map(|field| (field.name.clone(), words.field(&field.name)));
        let mut operators = pages::operators(words, FieldKind::Any);
        operators.retain(|(name, _)| name != "between");
        Ok(Self { events: pages::events(words, &choices), properties: properties.collect(), operators })
    }

    /// Lets an event stay chosen that has not come of late.
    pub fn keep(&mut self, event: &Happening) {
        let name = builder::name_of(&event.what);
        let is_known = name.ends_with(':') || self.events.iter().any(|(known, _)| *known == name);
        if !is_known {
            let said = name.split_once(':').map_or(name.as_str(), |(_, said)| said).to_owned();
            self.events.push((name, said));
        }
    }
}

/// The event that fields say; none where none is chosen. Fields that say no whole condition give an id of words.
///
/// # Errors
/// What is missing.
pub fn event_in(fields: &BTreeMap<String, String>) -> Result<Option<Happening>, &'static str> {
    let fields = Fields(fields);
    if let Some(json) = fields.text("json") {
        return serde_json::from_str(json).map(Some).map_err(|_| "builder-no_json");
    }
    match fields.text("event") {
        Some(_) => fields.happening("event", "property").map(Some),
        None => Ok(None),
    }
}

/// The fields of an event; what the form cannot show is kept as `json`.
pub fn event_fields(event: &Happening) -> BTreeMap<String, String> {
    let as_json = || vec![("json", serde_json::to_string(event).unwrap_or_default())];
    let name = ("event", builder::name_of(&event.what));
    let fields = match event.conditions.as_slice() {
        [] => vec![name],
        [PropertyIs { name: property, is }] => match builder::compared(is) {
            Some([operator, value, other]) if other.is_empty() => {
                vec![name, ("property", property.clone()), ("property_operator", operator), ("property_value", value)]
            }
            _ => as_json(),
        },
        _ => as_json(),
    };
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What somebody wrote as a value: a number, true or false, or a text.
pub fn scalar_in(text: &str) -> Scalar {
    builder::scalar(FieldKind::Any, text).unwrap_or_else(|_| Scalar::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_survives_its_form() {
        for event in [
            json!({"what": "purchase"}),
            json!({"what": {"event": "Checkout Started"}}),
            json!({"what": {"event": "a"}, "where": [{"name": "properties.value", "is": {"at_least": 50.0}}]}),
            json!({"what": {"event": "a"}, "where": [{"name": "properties.value", "is": {"between": [1.0, 2.0]}}]}),
        ] {
            let event: Happening = serde_json::from_value(event).unwrap();
            assert_eq!(event_in(&event_fields(&event)), Ok(Some(event)));
        }
        assert_eq!(event_in(&BTreeMap::new()), Ok(None));
        let half = BTreeMap::from([("event", "purchase"), ("property", "amount")]);
        let half = half.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(event_in(&half).is_err());
    }
}

//! What counts as a conversion: in a form, in words, and how many there were.

use super::super::conversions::{ConversionCounts, conversions};
use super::super::definition::Conversion;
use super::super::store::{Arm, Campaign};
use super::arm_name;
use crate::platform::View;
use crate::platform::pages::Form;
use crate::report::{Cell, Table};
use cvm_core::segment::{Comparison, Happening, Naming, PropertyIs, Scalar, What};

/// What the name of a property of an event begins with.
const PROPERTY: &str = "properties.";

/// The fields of a form, as they are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields {
    /// Nothing, `purchase`, `event`, or `as_it_is` for what a form has no fields for.
    pub kind: &'static str,
    pub name: String,
    pub property: String,
    pub value: String,
    pub days: String,
    pub every: bool,
    /// What is kept as it is, as JSON.
    pub kept: String,
}

impl Fields {
    /// The fields of what was set.
    pub fn of(conversion: Option<&Conversion>) -> Self {
        let Some(Conversion { event, days, every }) = conversion else {
            return Self { days: "7".to_owned(), ..Self::default() };
        };
        let fields = Self { days: days.to_string(), every: *every, ..Self::default() };
        match (&event.what, &event.conditions[..]) {
            (What::Purchase, []) => Self { kind: "purchase", ..fields },
            (What::Event(name), []) => Self { kind: "event", name: name.clone(), ..fields },
            (What::Event(name), [PropertyIs { name: property, is: Comparison::Equals(value) }])
                if property.starts_with(PROPERTY) =>
            {
                let property = property[PROPERTY.len()..].to_owned();
                let value = match value {
                    Scalar::Text(text) => text.clone(),
                    Scalar::Number(number) => number.to_string(),
                    Scalar::Flag(flag) => flag.to_string(),
                };
                Self { kind: "event", name: name.clone(), property, value, ..fields }
            }
            _ => Self { kind: "as_it_is", kept: serde_json::to_string(event).unwrap_or_default(), ..fields },
        }
    }
}

/// What a form says of it.
pub(super) fn read(fields: &Form) -> Option<Conversion> {
    let event = match fields.text("conversion").as_str() {
        "purchase" => Happening { what: What::Purchase, conditions: Vec::new() },
        "event" => {
            let (property, value) = (fields.text("conversion.property"), fields.text("conversion.value"));
            let is = Comparison::Equals(scalar(&value));
            let condition = (!property.is_empty()).then(|| PropertyIs { name: format!("{PROPERTY}{property}"), is });
            let what = What::Event(fields.text("conversion.event"));
            Happening { what, conditions: condition.into_iter().collect() }
        }
        "as_it_is" => serde_json::from_str(&fields.text("conversion.kept")).ok()?,
        _ => return None,
    };
    let days = fields.whole("conversion.days").unwrap_or(0);
    Some(Conversion { event, days, every: fields.has("conversion.every") })
}

/// What people write without saying which it is: a number, yes or no, else a text.
fn scalar(text: &str) -> Scalar {
    match text {
        "true" => Scalar::Flag(true),
        "false" => Scalar::Flag(false),
        text => cvm_core::text::read_number(text).map_or_else(|| Scalar::Text(text.to_owned()), Scalar::Number),
    }
}

/// What counts, in words.
pub(super) fn in_words(view: &View, conversion: &Conversion) -> String {
    let naming = Naming { currency: &view.app.config.currency, segment: &|_| None };
    let what = conversion.rule().sentence(view.words, &naming);
    let days = u64::from(conversion.days).into();
    let id = if conversion.every { "campaigns-conversion-every" } else { "campaigns-conversion-first" };
    view.words.with(id, &[("what", what.into()), ("days", days)])
}

/// How many did it, by side and variant; none where nothing counts.
///
/// # Errors
/// What the database gives.
pub(crate) async fn table(view: &View, campaign: &Campaign) -> Result<Option<Table>, sqlx::Error> {
    if campaign.definition.conversion.is_none() {
        return Ok(None);
    }
    let w = view.words;
    let row = |counts: &ConversionCounts| {
        let side = Arm::from_name(&counts.arm).map_or_else(|| counts.arm.clone(), |arm| arm_name(w, arm));
        let name = if counts.variant.is_empty() { side } else { format!("{side} – {}", counts.variant) };
        let rate = counts.converted as f64 / counts.customers.max(1) as f64;
        let numbers = [counts.customers, counts.converted, counts.conversions].map(|number| view.count(&number));
        let numbers = numbers.into_iter().chain([w.percent(rate, 2)]).map(Cell::Number);
        std::iter::once(Cell::Text(name)).chain(numbers).collect()
    };
    let heads = vec![
        (w.text("campaigns-side"), false),
        (w.text("campaigns-customers"), true),
        (w.text("campaigns-converted"), true),
        (w.text("campaigns-conversions"), true),
        (w.text("campaigns-conversion-rate"), true),
    ];
    let rows = conversions(&view.app.database, &campaign.id).await?.iter().map(row).collect();
    Ok(Some(Table::new(w, w.text("campaigns-conversions"), "", heads, rows)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_says_what_it_was_told() {
        let of = |event: serde_json::Value| -> Conversion {
            serde_json::from_value(json!({"event": event, "days": 3, "every": true})).unwrap()
        };
        let paid = json!([{"name": "properties.seats", "is": {"equals": 5.0}}]);
        let many = json!([{"name": "properties.seats", "is": {"above": 5.0}}]);
        for (event, kind) in [
            (json!({"what": "purchase"}), "purchase"),
            (json!({"what": {"event": "Signed Up"}}), "event"),
            (json!({"what": {"event": "Signed Up"}, "where": paid}), "event"),
            (json!({"what": {"event": "Signed Up"}, "where": many}), "as_it_is"),
        ] {
            let fields = Fields::of(Some(&of(event.clone())));
            assert_eq!(fields.kind, kind);
            let body = crate::platform::pages::form_urlencoded(&[
                ("conversion", fields.kind),
                ("conversion.event", &fields.name),
                ("conversion.property", &fields.property),
                ("conversion.value", &fields.value),
                ("conversion.kept", &fields.kept),
                ("conversion.days", &fields.days),
                ("conversion.every", "on"),
            ]);
            assert_eq!(read(&Form::of(body.as_bytes())), Some(of(event)));
        }
        assert_eq!(read(&Form::of(b"conversion=&conversion.event=x")), None);
    }
}

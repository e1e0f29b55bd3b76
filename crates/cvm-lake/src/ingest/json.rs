//! Newline-delimited JSON: one object a line, of which only the members that are used are kept.

use super::convert::Values;
use super::options::Role;
use super::plan::Plan;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// The members to keep, and the last object's values of them.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Name and role.
    members: Vec<(String, Role)>,
    cells: [String; Role::ALL.len()],
    plain: u16,
}

impl Wanted {
    pub(super) fn new(plan: &Plan) -> Self {
        let members = plan.mapping.columns.iter().map(|column| (column.column.clone(), column.role)).collect();
        Self { members, cells: Default::default(), plain: 0 }
    }

    /// Reads one line; `None` where it is no JSON object.
    pub(super) fn read(&mut self, line: &str) -> Option<Values<'_>> {
        self.cells.iter_mut().for_each(String::clear);
        self.plain = 0;
        let mut json = serde_json::Deserializer::from_str(line);
        Members(self).deserialize(&mut json).ok()?;
        json.end().ok()?;
        Some(Values { text: self.cells.each_ref().map(String::as_str), plain: self.plain })
    }
}

struct Members<'w>(&'w mut Wanted);

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let role = self.0.members.iter().find(|(member, _)| *member == name).map(|(_, role)| *role);
            match role {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(role) => {
                    let (text, plain) = text_of(map.next_value()?);
                    self.0.cells[role as usize] = text;
                    self.0.plain |= u16::from(plain) << role as u16;
                }
            }
        }
        Ok(())
    }
}

/// All members of an object with their text, and whether it is a number.
pub(super) fn members(line: &str) -> Option<Vec<(String, String, bool)>> {
    let Ok(Value::Object(object)) = serde_json::from_str(line) else { return None };
    let member = |(name, value)| {
        let (text, plain) = text_of(value);
        (name, text, plain)
    };
    Some(object.into_iter().map(member).collect())
}

/// The text of one member, where it is not a number.
pub(super) fn member(line: &str, name: &str) -> Option<String> {
    members(line)?.into_iter().find(|(known, _, plain)| known == name && !plain).map(|(_, text, _)| text)
}

/// A value as text, and whether it is a number.
fn text_of(value: Value) -> (String, bool) {
    match value {
        Value::Null => (String::new(), false),
        Value::String(text) => (text, false),
        Value::Number(number) => (number.to_string(), true),
        other => (other.to_string(), false),
    }
}

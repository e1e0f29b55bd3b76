//! Some members of JSON objects, without reading the rest into memory.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// The members of these names of an object, as they are written; nothing of what is no object.
pub(super) fn members<'a>(text: &'a str, names: &[String]) -> Vec<Option<&'a RawValue>> {
    let read = Members { names }.deserialize(&mut serde_json::Deserializer::from_str(text));
    read.unwrap_or_else(|_| vec![None; names.len()])
}

/// One member of an object.
pub(super) fn member(text: &str, name: &str) -> Option<Value> {
    value(members(text, &[name.to_owned()]).pop().flatten()?)
}

/// What is written.
pub(super) fn value(written: &RawValue) -> Option<Value> {
    serde_json::from_str(written.get()).ok()
}

struct Members<'a> {
    names: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![None; self.names.len()];
        while let Some(place) = map.next_key_seed(Name { names: self.names })? {
            match place {
                Some(place) => found[place] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// The place of a name, read without keeping it.
struct Name<'a> {
    names: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.names.iter().position(|known| known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn some_members_are_read_and_the_rest_is_passed_over() {
        let names = ["b".to_owned(), "é\"".to_owned(), "none".to_owned()];
        let text = r#"{"a": [1, {"b": 7}], "b": {"c": null}, "\u00e9\"": "x", "d": 1e5}"#;
        let read = |text| members(text, &names).into_iter().map(|it| value(it?)).collect::<Vec<_>>();
        assert_eq!(read(text), [Some(json!({"c": null})), Some(json!("x")), None]);
        assert_eq!(member(text, "d"), Some(json!(1e5)));
        for odd in ["", "[1]", "{\"b\": ", "null"] {
            assert_eq!(read(odd), [None, None, None], "{odd}");
        }
    }
}

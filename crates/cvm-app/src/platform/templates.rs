//! Texts with places for what is known of a customer, in Liquid, as marketers know it from other products.
//!
//! What is put into a text cannot break out of it: in HTML and JSON every text of the data is escaped before it is put in. What a
//! text asks for that is not known is empty, so that one customer without a first name does not stop a campaign.

use super::problem::Fault;
use liquid::model::{DisplayCow, KStringCow, State, Value as Data};
use liquid::{Object, ObjectView, Parser, ParserBuilder, ValueView};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{Error, Write};
use std::sync::LazyLock;
use utoipa::ToSchema;

/// Bytes of a text as it is written.
pub const TEMPLATE_MAX: usize = 200_000;

/// Bytes of a text with everything put in.
const RENDERED_MAX: usize = 1 << 20;

static PARSER: LazyLock<Parser> =
    LazyLock::new(|| ParserBuilder::with_stdlib().build().expect("the filters of Liquid have different names"));

/// What a text is, and so how what is put in is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Nothing needs to be escaped.
    Text,
    /// For a browser or a mail program.
    Html,
    /// Texts of the data go between quotation marks that the template has.
    Json,
}

/// A text with places, read once and filled for many.
pub struct Template {
    format: Format,
    template: liquid::Template,
}

/// Why a text could not be filled. It says nothing of whom it was filled for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfilled(String);

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it and where, in words.
    pub fn parse(text: &str, format: Format) -> Result<Self, Unfilled> {
        if text.len() > TEMPLATE_MAX {
            return Err(Unfilled(format!("{} bytes; expected {TEMPLATE_MAX} at most", text.len())));
        }
        let template = PARSER.parse(text).map_err(|error| Unfilled(in_short(&error)))?;
        Ok(Self { format, template })
    }

    /// What is wrong with a text, if anything, at this place of what was sent.
    pub fn fault(pointer: &str, text: &str, format: Format) -> Option<Fault> {
        Self::parse(text, format).err().map(|unfilled| Fault::new(pointer, unfilled.0))
    }

    /// Fills it.
    ///
    /// # Errors
    /// Where a filter or a tag cannot do its work with this data, or the text becomes too long.
    pub fn fill(&self, data: &Value) -> Result<String, Unfilled> {
        let data = match self.format.escaped(data) {
            Data::Object(object) => Known::new(object),
            _ => Known::new(Object::new()),
        };
        let mut written = Bounded::default();
        let filled = self.template.render_to(&mut written, &data);
        if written.is_full {
            return Err(Unfilled(format!("the filled text is longer than {RENDERED_MAX} bytes")));
        }
        filled.map_err(|error| Unfilled(in_short(&error)))?;
        String::from_utf8(written.text).map_err(|_| Unfilled("the filled text is not UTF-8".to_owned()))
    }
}

/// Without the name of what stands where: an error's context may name data.
fn in_short(error: &liquid::Error) -> String {
    const LETTERS: usize = 500;
    error.to_string().replace("liquid: ", "").trim().chars().take(LETTERS).collect()
}

impl Format {
    /// The data with every text of it escaped.
    fn escaped(self, data: &Value) -> Data {
        match data {
            Value::Null => Data::Nil,
            Value::Bool(flag) => Data::scalar(*flag),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Data::scalar(whole),
                (None, Some(number)) => Data::scalar(number),
                (None, None) => Data::Nil,
            },
            Value::String(text) => Data::scalar(self.escape(text)),
            Value::Array(items) => Data::Array(items.iter().map(|item| self.escaped(item)).collect()),
            Value::Object(object) => {
                let items = object.iter().map(|(name, value)| (name.clone().into(), self.escaped(value)));
                Data::Object(items.collect())
            }
        }
    }

    fn escape(self, text: &str) -> String {
        match self {
            Self::Text => text.to_owned(),
            Self::Html => askama::filters::escape(text, askama::filters::Html)
                .map_or_else(|never| match never {}, |escaped| escaped.to_string()),
            Self::Json => {
                let quoted = Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
        }
    }
}

/// What is known, in which everything else is empty: Liquid's own objects stop at a name that they do not have.
#[derive(Debug)]
struct Known {
    object: Object,
    within: BTreeMap<String, Known>,
}

/// What is not known: empty, and so is everything within it.
#[derive(Debug)]
struct Nothing;

impl ValueView for Nothing {
    fn as_debug(&self) -> &dyn Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        Data::Nil.render()
    }

    fn source(&self) -> DisplayCow<'_> {
        Data::Nil.source()
    }

    fn type_name(&self) -> &'static str {
        "nil"
    }

    fn query_state(&self, state: State) -> bool {
        Data::Nil.query_state(state)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        KStringCow::from_static("")
    }

    fn to_value(&self) -> Data {
        Data::Nil
    }

    fn as_object(&self) -> Option<&dyn ObjectView> {
        Some(self)
    }

    fn is_nil(&self) -> bool {
        true
    }
}

impl ObjectView for Nothing {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        0
    }

    fn keys<'k>(&'k self) -> Box<dyn Iterator<Item = KStringCow<'k>> + 'k> {
        Box::new(std::iter::empty())
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        Box::new(std::iter::empty())
    }

    fn iter<'k>(&'k self) -> Box<dyn Iterator<Item = (KStringCow<'k>, &'k dyn ValueView)> + 'k> {
        Box::new(std::iter::empty())
    }

    fn contains_key(&self, _: &str) -> bool {
        true
    }

    fn get<'s>(&'s self, _: &str) -> Option<&'s dyn ValueView> {
        Some(self)
    }
}

impl Known {
    fn new(object: Object) -> Self {
        let within = object.iter().filter_map(|(name, value)| match value {
            Data::Object(inner) => Some((name.to_string(), Self::new(inner.clone()))),
            _ => None,
        });
        Self { within: within.collect(), object }
    }
}

impl ValueView for Known {
    fn as_debug(&self) -> &dyn Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        self.object.render()
    }

    fn source(&self) -> DisplayCow<'_> {
        self.object.source()
    }

    fn type_name(&self) -> &'static str {
        self.object.type_name()
    }

    fn query_state(&self, state: State) -> bool {
        self.object.query_state(state)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        self.object.to_kstr()
    }

    fn to_value(&self) -> Data {
        self.object.to_value()
    }

    fn as_object(&self) -> Option<&dyn ObjectView> {
        Some(self)
    }
}

impl ObjectView for Known {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        ObjectView::size(&self.object)
    }

    fn keys<'k>(&'k self) -> Box<dyn Iterator<Item = KStringCow<'k>> + 'k> {
        ObjectView::keys(&self.object)
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        ObjectView::values(&self.object)
    }

    fn iter<'k>(&'k self) -> Box<dyn Iterator<Item = (KStringCow<'k>, &'k dyn ValueView)> + 'k> {
        ObjectView::iter(&self.object)
    }

    fn contains_key(&self, _: &str) -> bool {
        true
    }

    fn get<'s>(&'s self, index: &str) -> Option<&'s dyn ValueView> {
        let inner = self.within.get(index).map(|inner| inner as &dyn ValueView);
        inner.or_else(|| ObjectView::get(&self.object, index)).or(Some(&Nothing))
    }
}

/// As much as a text may become.
#[derive(Default)]
struct Bounded {
    text: Vec<u8>,
    is_full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.is_full |= self.text.len() + bytes.len() > RENDERED_MAX;
        if self.is_full {
            return Err(Error::other("full"));
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(text: &str, format: Format, data: Value) -> String {
        Template::parse(text, format).unwrap().fill(&data).unwrap()
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let text = "Hello{% if customer.first_name %} {{ customer.first_name }}{% endif %}, {{ customer.address.city | default: 'there' }}{{ shop }}!";
        assert_eq!(filled(text, Format::Text, json!({"customer": {"first_name": "Żaneta"}})), "Hello Żaneta, there!");
        assert_eq!(filled(text, Format::Text, json!({"customer": {"address": {"city": "Łódź"}}})), "Hello, Łódź!");
    }

    #[test]
    fn what_is_put_in_cannot_break_out() {
        let data = json!({"name": "<b>\"A\" & B</b>", "items": [{"title": "<i>"}]});
        let text = "<p title=\"{{ name }}\">{% for item in items %}{{ item.title }}{% endfor %}</p>";
        let html = filled(text, Format::Html, data.clone());
        assert!(!html.contains("<b>") && !html.contains("<i>") && html.contains("&#60;b&#62;"), "{html}");
        let json = filled("{\"text\": \"{{ name }}\"}", Format::Json, data.clone());
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), json!({"text": data["name"]}));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let unfilled = Template::parse("Hello {{ customer.name", Format::Text).err().unwrap().to_string();
        assert!(unfilled.contains("customer.name"), "{unfilled}");
        assert!(Template::fault("/subject", "{% if %}", Format::Text).is_some());
        let long = Template::parse("{% for i in (1..1000000) %}xxxxxxxx{% endfor %}", Format::Text).unwrap();
        let unfilled = long.fill(&json!({})).unwrap_err().to_string();
        assert!(unfilled.contains("longer than 1048576 bytes"), "{unfilled}");
    }
}

//! Forms whose fields are not known beforehand: there are as many as there are things to write about, or several of one name.

use cvm_core::text::{read_number, read_whole};

/// What a form says.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads the body that a browser sends.
    pub fn of(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The text of a field, without space around it and with plain ends of lines; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or(String::new(), |(_, value)| value.replace("\r\n", "\n").trim().to_owned())
    }

    /// What all fields of a name say, those without a text left out.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.0.iter().filter(|(known, value)| known == name && !value.is_empty());
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether there is such a field, whatever it says.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// A number, as people of our languages write it.
    pub fn number(&self, name: &str) -> Option<f64> {
        read_number(&self.text(name))
    }

    /// A whole number that is not negative.
    pub fn whole(&self, name: &str) -> Option<u32> {
        read_whole(&self.text(name))
    }
}

//! What the configuration file says of a way.

use crate::contacts::Channel;
use crate::platform::config::fill_variables;
use crate::platform::templates::{Format, Template};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A table `[channel.NAME]`; `default.toml` says what each means.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "default.toml says what each means")]
pub struct ChannelSettings {
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    pub secret: String,
    pub cost: f64,
}

impl ChannelSettings {
    /// Puts the values of environment variables where `${NAME}` stands.
    pub(crate) fn fill(&mut self, variables: &HashMap<String, String>) {
        for text in [&mut self.url, &mut self.secret].into_iter().chain(self.headers.values_mut()) {
            fill_variables(text, variables);
        }
    }

    /// What a contact costs.
    pub(super) fn cost_in_ten_thousandths(&self) -> i64 {
        (self.cost * 10_000.0).round() as i64
    }

    /// What is wrong with the settings, in words.
    ///
    /// # Errors
    /// The first thing that is.
    pub(crate) fn check(&self, channel: Channel) -> Result<(), String> {
        if !(0.0..=1_000.0).contains(&self.cost) {
            return Err("cost is expected to be 0 to 1000, of the currency's unit".to_owned());
        }
        let has_provider = matches!(channel, Channel::Sms | Channel::Push | Channel::Webhook);
        if self.url.is_empty() || !has_provider {
            let rest = [&self.url, &self.body, &self.secret];
            return match rest.iter().all(|text| text.is_empty()) && self.headers.is_empty() {
                true => Ok(()),
                false if has_provider => Err("url is missing".to_owned()),
                false => Err("only cost can be set: nothing of it goes over HTTP".to_owned()),
            };
        }
        if !self.url.starts_with("https://") && !self.url.starts_with("http://") && !self.url.starts_with("${") {
            return Err("url is expected to begin with https://".to_owned());
        }
        if channel != Channel::Webhook && self.body.is_empty() {
            return Err("body is missing: what the service is told, as JSON with {{ to }} and {{ text }}".to_owned());
        }
        Template::parse(&self.body, Format::Json).map_err(|unfilled| format!("body: {unfilled}"))?;
        for name in self.headers.keys() {
            http::HeaderName::try_from(name).map_err(|_| format!("headers: `{name}` is no name of a header"))?;
        }
        if !self.secret.is_empty() && !self.secret.starts_with("${") {
            standardwebhooks::Webhook::new(&self.secret)
                .map_err(|_| "secret is expected to be whsec_ and base64".to_owned())?;
        }
        Ok(())
    }
}

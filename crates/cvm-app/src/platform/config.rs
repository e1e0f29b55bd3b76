//! Settings: one commented file that runs as it stands, and `CVM_*` variables that go before it.

use super::jobs::Schedule;
use super::mail;
use crate::channels::ChannelSettings;
use crate::contacts::Channel;
use crate::intake::SyncSettings;
use chrono_tz::Tz;
use cvm_core::Language;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The file as `cvm init` writes it; also where every default stands.
pub const DEFAULT: &str = include_str!("default.toml");

/// The name of the file.
pub const FILE: &str = "cvm.toml";

/// The settings that are a table for each thing of their kind.
const TABLES: [&str; 2] = ["sync", "channel"];

/// All settings; `default.toml` says what each means.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml says what each means")]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub tls_certificate: PathBuf,
    pub tls_key: PathBuf,
    pub metrics_listen: String,
    pub database_url: String,
    pub database_connections: u32,
    pub event_bytes_max: usize,
    pub batch_bytes_max: usize,
    pub batch_events_max: usize,
    pub message_id_hours: i64,
    pub phone_region: String,
    pub language: Language,
    pub currency: String,
    #[serde(deserialize_with = "zone")]
    pub timezone: Tz,
    pub score_schedule: String,
    pub score_horizon_days: u32,
    pub score_discount: f64,
    pub score_margin: f64,
    pub score_memory_mib: usize,
    pub segments_minutes: i64,
    pub decision_exploration: f64,
    pub decision_memory_mib: usize,
    pub lake_keep_minutes: i64,
    pub keep_customers_days: i64,
    pub keep_messages_days: i64,
    pub keep_orders_days: i64,
    pub keep_values_days: i64,
    pub keep_decisions_days: i64,
    pub identifier_users_max: usize,
    pub identifier_customers_max: usize,
    pub person_customers_max: usize,
    pub stop_seconds: u64,
    pub session_idle_hours: i64,
    pub session_hours: i64,
    pub oidc_issuer: String,
    pub oidc_client_id: String,
    pub oidc_client_secret: String,
    pub public_url: String,
    pub trusted_proxies: usize,
    pub mail_url: String,
    pub mail_from: String,
    pub mail_bounces: String,
    pub webhook_private: bool,
    pub otlp_endpoint: String,
    pub otlp_percent: u8,
    pub log: String,
    pub log_format: LogFormat,
    #[serde(default)]
    pub sync: BTreeMap<String, SyncSettings>,
    #[serde(default)]
    pub channel: BTreeMap<Channel, ChannelSettings>,
}

impl std::fmt::Debug for Config {
    /// Only what is no secret: the database's URL and the provider's settings hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("data", &self.data).field("listen", &self.listen).finish_non_exhaustive()
    }
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse()
        .map_err(|_| serde::de::Error::custom(format!("`{name}` is no time zone; expected one like Europe/Warsaw")))
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
}

/// What is wrong with the settings, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file.
    #[error("{path}: {source}; `cvm init` makes one")]
    Missing {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not as it should be.
    #[error("{path}: {message}")]
    File {
        /// The file.
        path: String,
        /// What was found and expected.
        message: String,
    },
    /// A variable is not as it should be.
    #[error("{name}: {message}")]
    Variable {
        /// Its name.
        name: String,
        /// What was found and expected.
        message: String,
    },
    /// A value that cannot work.
    #[error("setting `{name}` is {found}; expected {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: String,
        /// What would work.
        expected: &'static str,
    },
}

impl Config {
    /// Reads a configuration file; of `variables`, those named `CVM_` and a setting go before it.
    ///
    /// # Errors
    /// [`ConfigError`] for a missing file, unknown settings, and values of the wrong kind or out of range.
    pub fn load(path: &Path, variables: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Missing { path: shown.clone(), source })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, &shown, folder, variables)
    }

    /// The settings of a text.
    fn parse(
        text: &str,
        shown: &str,
        folder: &Path,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let in_file = |error: toml::de::Error| ConfigError::File {
            path: shown.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        };
        let mut settings: toml::Table = toml::from_str(DEFAULT).expect("the default settings are valid TOML");
        let known = settings.clone();
        // The settings of the file alone first, so that what is wrong is shown where it stands.
        let given: toml::Table = toml::from_str(text).map_err(in_file)?;
        if let Some(name) = given.keys().find(|name| !known.contains_key(*name) && !TABLES.contains(&name.as_str())) {
            let names: Vec<&str> = known.keys().map(String::as_str).chain(TABLES).collect();
            let message = format!("there is no setting `{name}`; settings are {}", names.join(", "));
            return Err(ConfigError::File { path: shown.to_owned(), message });
        }
        settings.extend(given);
        let variables: HashMap<String, String> = variables.collect();
        for (name, text) in &variables {
            let Some(setting) = name.strip_prefix("CVM_").map(str::to_lowercase) else { continue };
            let Some(default) = known.get(&setting) else { continue };
            settings.insert(
                setting,
                of_kind(text, default).map_err(|message| ConfigError::Variable { name: name.clone(), message })?,
            );
        }
        let mut config: Self = settings.try_into().map_err(in_file)?;
        config.data = match config.data.as_path() {
            here if here == Path::new(".") => folder.to_owned(),
            other => folder.join(other), // an absolute path stays as it is
        };
        for path in [&mut config.tls_certificate, &mut config.tls_key] {
            if !path.as_os_str().is_empty() {
                *path = folder.join(&*path);
            }
        }
        for (name, sync) in &mut config.sync {
            sync.fill(&variables, config.timezone);
            let wrong =
                |message| ConfigError::File { path: shown.to_owned(), message: format!("[sync.{name}] {message}") };
            sync.check(name).map_err(wrong)?;
        }
        for (&channel, settings) in &mut config.channel {
            settings.fill(&variables);
            settings.check(channel).map_err(|message| ConfigError::File {
                path: shown.to_owned(),
                message: format!("[channel.{}] {message}", channel.name()),
            })?;
        }
        config.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let wrong = |name, found: String, expected| Err(ConfigError::Value { name, found, expected });
        if self.message_id_hours < 24 {
            return wrong("message_id_hours", self.message_id_hours.to_string(), "24 at least");
        }
        if !self.metrics_listen.is_empty() && self.metrics_address().is_none() {
            return wrong("metrics_listen", self.metrics_listen, "an address with a port, or nothing");
        }
        if !self.otlp_endpoint.is_empty() && !is_url(&self.otlp_endpoint) {
            return wrong("otlp_endpoint", self.otlp_endpoint, "a URL, as in http://127.0.0.1:4318, or nothing");
        }
        if let Some((name, expected)) = mail::wrong_setting(&self) {
            // The URL holds a password.
            return wrong(name, "not one that mail can be sent with".to_owned(), expected);
        }
        if self.otlp_percent > 100 {
            return wrong("otlp_percent", self.otlp_percent.to_string(), "0 to 100");
        }
        let named = [("tls_key", &self.tls_key), ("tls_certificate", &self.tls_certificate)];
        if let Some((name, _)) = named.iter().find(|(_, path)| path.as_os_str().is_empty())
            && self.has_tls()
        {
            return wrong(name, "empty".to_owned(), "a PEM file: TLS needs both the certificate and its key");
        }
        if !self.oidc_issuer.is_empty() {
            for (name, value) in [("oidc_issuer", &self.oidc_issuer), ("public_url", &self.public_url)] {
                if !is_url(value) {
                    return wrong(name, format!("\"{value}\""), "a URL, as in https://cvm.example");
                }
            }
            if self.oidc_client_id.is_empty() {
                return wrong("oidc_client_id", "empty".to_owned(), "our id at the provider");
            }
        }
        if !(1..=24 * 90).contains(&self.session_hours) {
            return wrong("session_hours", self.session_hours.to_string(), "1 to 2160");
        }
        if !(1..=self.session_hours).contains(&self.session_idle_hours) {
            return wrong("session_idle_hours", self.session_idle_hours.to_string(), "1 to session_hours");
        }
        if self.database_connections < 2 {
            return wrong("database_connections", self.database_connections.to_string(), "2 at least");
        }
        if !self.phone_region.is_empty() && self.phone_region.parse::<phonenumber::country::Id>().is_err() {
            return wrong("phone_region", self.phone_region, "two capital letters of a country, like PL, or nothing");
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return wrong("currency", self.currency, "three capital letters, like EUR");
        }
        if let Err(error) = Schedule::cron(&self.score_schedule, self.timezone)
            && !self.score_schedule.is_empty()
        {
            return wrong(
                "score_schedule",
                format!("\"{}\" ({error})", self.score_schedule),
                "a cron pattern, like 30 2 * * *",
            );
        }
        if !(1..=3650).contains(&self.score_horizon_days) {
            return wrong("score_horizon_days", self.score_horizon_days.to_string(), "1 to 3650");
        }
        for (name, share) in [("score_discount", self.score_discount), ("score_margin", self.score_margin)] {
            if !(0.0..=1.0).contains(&share) {
                return wrong(name, share.to_string(), "a fraction from 0 to 1");
            }
        }
        if !(0.0..=2.0).contains(&self.decision_exploration) {
            return wrong("decision_exploration", self.decision_exploration.to_string(), "0 to 2");
        }
        if !(0..=60 * 24 * 7).contains(&self.segments_minutes) {
            return wrong("segments_minutes", self.segments_minutes.to_string(), "0 to 10080");
        }
        if !(0..=60 * 24 * 7).contains(&self.lake_keep_minutes) {
            return wrong("lake_keep_minutes", self.lake_keep_minutes.to_string(), "0 to 10080");
        }
        for (name, days) in [
            ("keep_customers_days", self.keep_customers_days),
            ("keep_messages_days", self.keep_messages_days),
            ("keep_orders_days", self.keep_orders_days),
            ("keep_values_days", self.keep_values_days),
            ("keep_decisions_days", self.keep_decisions_days),
        ] {
            if !(0..=36_500).contains(&days) {
                return wrong(name, days.to_string(), "0, for ever, to 36500");
            }
        }
        let least = [
            ("identifier_users_max", self.identifier_users_max),
            ("identifier_customers_max", self.identifier_customers_max),
            ("person_customers_max", self.person_customers_max),
        ];
        if let Some((name, _)) = least.into_iter().find(|&(_, value)| value == 0) {
            return wrong(name, "0".to_owned(), "1 at least");
        }
        if self.event_bytes_max > self.batch_bytes_max {
            return wrong("event_bytes_max", self.event_bytes_max.to_string(), "at most batch_bytes_max");
        }
        if self.batch_events_max == 0 {
            return wrong("batch_events_max", "0".to_owned(), "1 at least");
        }
        Ok(self)
    }

    /// Whether this server speaks TLS itself.
    pub fn has_tls(&self) -> bool {
        [&self.tls_certificate, &self.tls_key].iter().any(|path| !path.as_os_str().is_empty())
    }

    /// Where metrics are given besides the main address.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_listen.parse().ok()
    }

    /// The URL of the database, SQLite's file where none is set.
    pub fn database_url(&self) -> String {
        match self.database_url.is_empty() {
            true => format!("sqlite://{}?mode=rwc", self.data.join("cvm.sqlite").display()),
            false => self.database_url.clone(),
        }
    }
}

/// Puts the values of environment variables where `${NAME}` stands; one that is not set stays as it is, until it is needed.
pub(crate) fn fill_variables(text: &mut String, variables: &HashMap<String, String>) {
    let mut filled = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        match variables.get(name) {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&format!("${{{name}}}")),
        }
        rest = after;
    }
    filled.push_str(rest);
    *text = filled;
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// A variable's text as a value of the same kind as the default.
fn of_kind(text: &str, default: &toml::Value) -> Result<toml::Value, String> {
    match default {
        toml::Value::Integer(_) => {
            text.parse().map(toml::Value::Integer).map_err(|_| format!("`{text}` is not a whole number"))
        }
        toml::Value::Float(_) => text.parse().map(toml::Value::Float).map_err(|_| format!("`{text}` is not a number")),
        toml::Value::Boolean(_) => {
            text.parse().map(toml::Value::Boolean).map_err(|_| format!("`{text}` is neither true nor false"))
        }
        _ => Ok(toml::Value::String(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Config::parse(text, "cvm.toml", Path::new("/srv/cvm"), variables).map_err(|error| error.to_string())
    }

    #[test]
    fn the_file_that_init_writes_is_the_same_as_none() {
        let (written, empty) = (parse(DEFAULT, &[]).unwrap(), parse("", &[]).unwrap());
        assert!(written == empty);
        assert_eq!(empty.database_url(), "sqlite:///srv/cvm/cvm.sqlite?mode=rwc");
    }

    #[test]
    fn variables_go_before_the_file() {
        let config = parse("listen = \"0.0.0.0:80\"", &[("CVM_LISTEN", "127.0.0.1:9"), ("CVM_LANGUAGE", "pl")]);
        assert_eq!(config.unwrap().listen.to_string(), "127.0.0.1:9");
        let error = parse("", &[("CVM_BATCH_EVENTS_MAX", "many")]).unwrap_err();
        assert_eq!(error, "CVM_BATCH_EVENTS_MAX: `many` is not a whole number");
    }

    #[test]
    fn syncs_are_tables_of_their_own() {
        let sync = "[sync.crm]\nurl = \"${CRM_URL}\"\nkind = \"customers\"\ntable = \"people\"\n";
        let config = parse(&format!("{sync}cursor = \"at\""), &[("CRM_URL", "mysql://crm:secret@db/crm")]).unwrap();
        assert_eq!(config.sync["crm"].url, "mysql://crm:secret@db/crm");
        assert!(!format!("{config:?}").contains("secret"));
        let error = parse(sync, &[("CRM_URL", "mysql://crm:secret@db/crm")]).unwrap_err();
        assert!(error.starts_with("cvm.toml: [sync.crm] cursor is missing") && !error.contains("secret"), "{error}");
        assert!(parse(&format!("{sync}colour = 1"), &[]).unwrap_err().contains("unknown field `colour`"));
        assert!(parse(&format!("{sync}cursor = \"at\""), &[]).is_ok(), "who does not run it needs no variable");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(
            parse("lisen = 1", &[]).unwrap_err().starts_with("cvm.toml: there is no setting `lisen`; settings are")
        );
        assert!(parse("listen = \"home\"", &[]).unwrap_err().contains("invalid socket address syntax"));
        let error = parse("oidc_issuer = \"https://login.example\"", &[]).unwrap_err();
        assert_eq!(error, "setting `public_url` is \"\"; expected a URL, as in https://cvm.example");
        let error = parse("mail_url = \"imap://shop:secret@mail.example\"", &[]).unwrap_err();
        assert!(error.starts_with("setting `mail_url` is not one") && !error.contains("secret"), "{error}");
        let error = parse("mail_url = \"smtp://mail.example\"\nmail_from = \"the shop\"", &[]).unwrap_err();
        assert!(error.ends_with("expected an address, as in Shop <news@shop.example>"), "{error}");
        let error = parse("metrics_listen = \"9090\"", &[]).unwrap_err();
        assert_eq!(error, "setting `metrics_listen` is 9090; expected an address with a port, or nothing");
        let error = parse("tls_certificate = \"cvm.pem\"", &[]).unwrap_err();
        assert_eq!(
            error,
            "setting `tls_key` is empty; expected a PEM file: TLS needs both the certificate and its key"
        );
        let error = parse("message_id_hours = 1", &[]).unwrap_err();
        assert_eq!(error, "setting `message_id_hours` is 1; expected 24 at least");
    }
}

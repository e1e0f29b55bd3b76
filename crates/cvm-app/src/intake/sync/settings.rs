//! What the configuration file says of a sync.

use crate::customers::RecordKind;
use crate::platform::config::fill_variables;
use chrono_tz::Tz;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A table `[sync.NAME]`; `default.toml` says what each means.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "default.toml says what each means")]
pub struct SyncSettings {
    pub url: String,
    pub kind: RecordKind,
    #[serde(default)]
    pub table: String,
    #[serde(default)]
    pub query: String,
    #[serde(default)]
    pub cursor: String,
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    #[serde(default)]
    pub json: Vec<String>,
    #[serde(default)]
    pub timezone: String,
    #[serde(default)]
    pub date_format: String,
    #[serde(default)]
    pub source: String,
    #[serde(default = "every_minutes")]
    pub every_minutes: i64,
    #[serde(default = "lag_seconds")]
    pub lag_seconds: i64,
    #[serde(default = "page_rows")]
    pub page_rows: usize,
    #[serde(default = "query_seconds")]
    pub query_seconds: u64,
    #[serde(default)]
    pub endpoint: String,
    #[serde(default)]
    pub region: String,
    #[serde(default)]
    pub access_key: String,
    #[serde(default)]
    pub secret_key: String,
}

fn every_minutes() -> i64 {
    15
}

fn lag_seconds() -> i64 {
    30
}

fn page_rows() -> usize {
    1_000
}

fn query_seconds() -> u64 {
    60
}

/// Where rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Postgres,
    MySql,
    Sqlite,
    Files,
}

impl SyncSettings {
    /// Puts the values of environment variables where `${NAME}` stands. Times that name no time zone are of the server's, where none is set.
    pub(crate) fn fill(&mut self, variables: &HashMap<String, String>, timezone: Tz) {
        if self.timezone.is_empty() {
            self.timezone = timezone.name().to_owned();
        }
        for text in [&mut self.url, &mut self.endpoint, &mut self.region, &mut self.access_key, &mut self.secret_key] {
            fill_variables(text, variables);
        }
    }

    /// A variable that is needed and was not set.
    pub(crate) fn missing_variable(&self) -> Option<&str> {
        [&self.url, &self.endpoint, &self.region, &self.access_key, &self.secret_key]
            .into_iter()
            .find_map(|text| Some(text.split_once("${")?.1.split_once('}')?.0))
    }

    /// What is wrong with the settings, in words.
    ///
    /// # Errors
    /// The first thing that is.
    pub(crate) fn check(&self, name: &str) -> Result<(), String> {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if name.is_empty() || name.len() > 40 || !name.chars().all(fits) {
            return Err("expected a name of 1 to 40 letters, digits, - and _".to_owned());
        }
        let is_files = self.missing_variable().is_none() && self.origin() == Some(Origin::Files);
        let is_table = !self.table.is_empty() || !self.query.is_empty();
        if !is_files && self.missing_variable().is_none() && self.origin().is_none() {
            return Err("url begins with none of postgres:, mysql:, sqlite:, s3:, file:".to_owned());
        }
        if !is_files && (is_table || self.missing_variable().is_none()) {
            if self.table.is_empty() == self.query.is_empty() {
                return Err("expected either table or query".to_owned());
            }
            if self.cursor.is_empty() {
                return Err("cursor is missing: a column that grows with every change, a time or a number".to_owned());
            }
        }
        if is_files && (is_table || !self.cursor.is_empty() || !self.key.is_empty()) {
            return Err("files have no table, query, cursor or key".to_owned());
        }
        if !self.timezone.is_empty() && self.timezone.parse::<Tz>().is_err() {
            return Err(format!("timezone is `{}`; expected a name like Europe/Warsaw", self.timezone));
        }
        let ranges = [
            ("every_minutes", self.every_minutes, 1, 60 * 24 * 31),
            ("lag_seconds", self.lag_seconds, 0, 86_400),
            ("page_rows", self.page_rows as i64, 1, 10_000),
            ("query_seconds", self.query_seconds as i64, 1, 3_600),
        ];
        match ranges.into_iter().find(|&(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((setting, value, least, most)) => Err(format!("{setting} is {value}; expected {least} to {most}")),
            None => Ok(()),
        }
    }

    /// Where the rows are, as the URL says.
    pub(crate) fn origin(&self) -> Option<Origin> {
        Some(match self.url.split_once(':').map_or(self.url.as_str(), |(scheme, _)| scheme) {
            "postgres" | "postgresql" => Origin::Postgres,
            "mysql" | "mariadb" => Origin::MySql,
            "sqlite" => Origin::Sqlite,
            "s3" | "file" => Origin::Files,
            _ => return None,
        })
    }

    /// The time zone of times that name none.
    pub(crate) fn zone(&self) -> Tz {
        self.timezone.parse().unwrap_or(Tz::UTC)
    }

    /// What a column is called in a record; `None` where another column has that name.
    pub(crate) fn member<'a>(&'a self, column: &'a str) -> Option<&'a str> {
        let mapped = self.columns.iter().find(|(_, from)| *from == column).map(|(member, _)| member.as_str());
        mapped.or_else(|| (!self.columns.contains_key(column)).then_some(column))
    }

    /// A message without the secrets that it may have picked up.
    pub(crate) fn without_secrets(&self, message: &str) -> String {
        let password = self.url.split_once("://").and_then(|(_, rest)| {
            let (user, _) = rest.split_once('/').unwrap_or((rest, "")).0.rsplit_once('@')?;
            Some(user.split_once(':')?.1.to_owned())
        });
        let plain = password.as_deref().map(unescaped);
        let secrets = [password.as_ref(), plain.as_ref(), Some(&self.secret_key)];
        let secrets = secrets.into_iter().flatten().filter(|secret| !secret.is_empty());
        secrets.fold(message.replace(&self.url, "the url"), |message, secret| message.replace(secret.as_str(), "***"))
    }
}

/// The text behind %41 and the like.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> SyncSettings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn variables_are_filled_in_and_missing_ones_named() {
        let mut filled = settings("url = \"${CRM_URL}\"\nkind = \"customers\"\nsecret_key = \"a${X}b${Y}\"");
        let variables = [("CRM_URL", "mysql://host/db"), ("X", "1")];
        filled.fill(&variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), Tz::Asia__Tehran);
        assert_eq!(filled.timezone, "Asia/Tehran");
        assert_eq!((filled.url.as_str(), filled.secret_key.as_str()), ("mysql://host/db", "a1b${Y}"));
        assert_eq!(filled.missing_variable(), Some("Y"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let check = |text: &str| settings(&format!("kind = \"customers\"\n{text}")).check("crm").unwrap_err();
        assert!(check("url = \"ftp://host\"").starts_with("url begins with none of postgres:"));
        assert_eq!(check("url = \"mysql://host/db\""), "expected either table or query");
        assert!(check("url = \"mysql://host/db\"\ntable = \"t\"").starts_with("cursor is missing"));
        assert_eq!(check("url = \"s3://b/*.csv\"\ncursor = \"t\""), "files have no table, query, cursor or key");
        let fine = "url = \"sqlite:a.db\"\ntable = \"t\"\ncursor = \"c\"\n";
        assert_eq!(
            check(&format!("{fine}timezone = \"Poland/Warsaw\"")),
            "timezone is `Poland/Warsaw`; expected a name like Europe/Warsaw"
        );
        assert_eq!(check(&format!("{fine}page_rows = 0")), "page_rows is 0; expected 1 to 10000");
        assert_eq!(settings(&format!("kind = \"customers\"\n{fine}")).check("crm"), Ok(()));
        assert!(settings(&format!("kind = \"customers\"\n{fine}")).check("a b").is_err());
    }

    #[test]
    fn messages_have_no_password() {
        let secret = settings("url = \"postgres://crm:p%40ss@db.example/shop\"\nkind = \"customers\"");
        let message = secret.without_secrets("cannot open postgres://crm:p%40ss@db.example/shop: p@ss, p%40ss");
        assert_eq!(message, "cannot open the url: ***, ***");
    }
}

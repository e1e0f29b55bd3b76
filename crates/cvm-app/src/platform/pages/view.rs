//! What every page knows: who looks, in which language, at which address; and how it writes what people read.

use super::nav::WAYS;
use super::{Answer, asset, html};
use crate::access::{self, Caller, Permission, Who};
use crate::platform::server::App;
use crate::platform::{Access, Paging, Problem, Result, Time};
use crate::settings::{self, Company};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use chrono::DateTime;
use cvm_core::Language;
use cvm_core::text::Words;

/// What every page knows. Handlers of [`super::Pages`] may have it as an argument.
#[derive(Clone)]
pub struct View {
    /// The server.
    pub app: App,
    /// The words of the page's language.
    pub words: Words,
    /// Who looks.
    pub caller: Caller,
    /// Their name; empty for nobody.
    pub name: String,
    /// What is set of the company.
    pub company: Company,
    path: String,
    query: String,
    is_file: bool,
}

/// A way to another page, as it is shown.
pub struct Link {
    /// The address.
    pub href: String,
    /// The words.
    pub label: String,
    /// The icon's name.
    pub icon: &'static str,
    /// The key after `g`.
    pub key: char,
    /// Whether one is there already.
    pub current: bool,
}

impl View {
    pub(super) async fn new(
        app: App,
        language: Language,
        caller: Caller,
        address: &Uri,
        is_file: bool,
    ) -> Result<Self> {
        let (mut words, mut name) = (Words::new(language), String::new());
        if let Who::User { id, .. } = &caller.who {
            let user = access::user(&app, id).await?;
            words = words.written(user.calendar, user.digits);
            name = user.name;
        }
        if is_file {
            words = words.plain();
        }
        let company = settings::company(&app.database).await?;
        let path = address.path().trim_start_matches('/').trim_start_matches(language.code());
        let (path, query) = (path.to_owned(), address.query().unwrap_or_default().to_owned());
        Ok(Self { app, words, caller, name, company, path, query, is_file })
    }

    /// The page's language.
    pub fn language(&self) -> Language {
        self.words.language()
    }

    /// The address of a page in this language, by its address behind the language.
    pub fn href(&self, path: &str) -> String {
        format!("/{}{path}", self.language())
    }

    /// This page as it is, behind the language.
    pub fn here(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// What this page was asked to search for.
    pub fn searched(&self) -> String {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(name, _)| name == "q").map_or_else(String::new, |(_, value)| value.into_owned())
    }

    /// This page in every language: code, its own name, address.
    pub fn languages(&self) -> Vec<(Language, &'static str, String)> {
        let here = self.here();
        let here = |language: Language| (language, language.own_name(), format!("/{language}{here}"));
        Language::ALL.into_iter().map(here).collect()
    }

    /// Which rows of a list this page shows: so many after a place, or all of them where the page is made for a file.
    pub fn paging(&self, cursor: Option<&str>, limit: u32) -> Paging {
        if self.is_file { Paging::whole() } else { Paging::from(cursor, limit) }
    }

    /// Whether the one who looks may do this.
    pub fn may(&self, permission: Permission) -> bool {
        self.caller.may(permission)
    }

    /// Whether a page is open to who looks.
    pub fn is_open(&self, access: Access) -> bool {
        match access {
            Access::Public => true,
            Access::SignedIn => matches!(self.caller.who, Who::User { .. }),
            Access::Needs(permission) => self.may(permission),
        }
    }

    /// The ways to the other pages that are open to who looks.
    pub fn ways(&self) -> Vec<Link> {
        let is_in = |path: &str| {
            let rest = self.path.strip_prefix(path);
            if path == "/" {
                self.path == "/" || self.path.is_empty()
            } else {
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        };
        let link = |way: &super::nav::Way| Link {
            href: self.href(way.path),
            label: self.words.text(way.text),
            icon: way.icon,
            key: way.key,
            current: is_in(way.path),
        };
        WAYS.iter().filter(|way| self.is_open(way.access)).map(link).collect()
    }

    /// A whole number.
    pub fn count(&self, number: &i64) -> String {
        self.words.number(*number as f64, 0)
    }

    /// Where a file for browsers is.
    pub fn asset(&self, name: &str) -> String {
        asset(name)
    }

    /// A moment as people of this place and language write it.
    pub fn moment(&self, time: &Time) -> String {
        let Some(time) = DateTime::from_timestamp_micros(time.0) else { return String::new() };
        let local = time.with_timezone(&self.app.config.timezone);
        let (day, clock) = (local.format("%Y-%m-%d").to_string(), local.time());
        let comma = match self.language() {
            _ if self.is_file => "",
            Language::Fa => "،",
            _ => ",",
        };
        format!("{}{comma} {}", self.words.date(&day), self.words.clock(clock))
    }

    /// The day of a moment.
    pub fn day(&self, time: &Time) -> String {
        let Some(time) = DateTime::from_timestamp_micros(time.0) else { return String::new() };
        self.words.date(&time.with_timezone(&self.app.config.timezone).format("%Y-%m-%d").to_string())
    }

    /// A page as an answer.
    ///
    /// # Errors
    /// None in practice.
    pub fn page(&self, page: &impl Template) -> Answer {
        html(page)
    }
}

impl<S: Sync> FromRequestParts<S> for View {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let view = parts.extensions.get::<Self>().cloned();
        view.ok_or_else(|| Problem::internal(&"a page is not made by `Pages`"))
    }
}

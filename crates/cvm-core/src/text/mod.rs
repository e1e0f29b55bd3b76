//! Words, numbers and dates in the four languages.
//!
//! Messages are Fluent files, one a language, embedded in the program; numbers and dates are formatted by ICU4X. Fluent
//! writes numbers with Latin digits and no grouping whatever the language, so its bundles are given our formatter: a
//! [`Value::Number`] chooses the plural by its value and is written in the digits of the language. Isolation marks
//! are switched off, because they show up as boxes in terminals; pages put `<bdi>` around what users supplied.

mod format;
pub mod reading;
#[cfg(test)]
mod tests;

use crate::Language;
use crate::reason::{ContractReason, Reason, Rhythm, Span, Spend, Unit};
use crate::report::{ClusterTrait, LeftOutReason, Warning};
use crate::retention::{Period, RetentionWarning};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::{FluentNumber, FluentNumberOptions};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The eleven RFM segments, best first.
pub const SEGMENTS: &[&str] = &[
    "champions",
    "loyal",
    "potential_loyalists",
    "new_customers",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cannot_lose",
    "hibernating",
    "lost",
];

/// Value tiers, best first.
pub const TIERS: &[&str] = &["platinum", "gold", "silver", "bronze"];

/// Why a row was not used.
pub const PROBLEMS: &[&str] = &[
    "no_customer",
    "unreadable_time",
    "no_time",
    "not_a_number",
    "no_amount",
    "future_date",
    "after_as_of",
    "duplicate",
    "return_dropped",
    "other_currency",
    "wrong_columns",
    "unreadable_text",
    "no_end",
    "end_before_start",
    "unreadable_status",
    "no_tenure",
];

/// What a column of the file serves as.
pub const ROLES: &[&str] = &[
    "customer",
    "time",
    "amount",
    "quantity",
    "unit_price",
    "order",
    "product",
    "category",
    "channel",
    "currency",
    "cost",
    "start",
    "end",
    "tenure",
    "observed",
    "churned",
    "value",
];

/// How the role of a column was found.
pub const FOUND_BY: &[&str] = &["name", "content", "flag", "only"];

/// In what clusters differ.
pub const TRAITS: &[&str] = &["days_since_last", "purchases", "order_value", "age_days", "interval_days"];

/// One language's words. Costs nothing to make: the messages are parsed once in the program's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    language: Language,
    calendar: Calendar,
    digits: Digits,
    /// Whether figures and days are for programs.
    is_plain: bool,
}

/// By which calendar days are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calendar {
    /// That of the language: in Persian the Persian one.
    #[default]
    Usual,
    /// The Gregorian one.
    Gregorian,
}

/// With which digits numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digits {
    /// Those of the language.
    #[default]
    Usual,
    /// 0 to 9.
    Latin,
}

/// What fills a placeable of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Shown as it is; for amounts and shares that were formatted beforehand.
    Text(Cow<'a, str>),
    /// Shown in the language's digits with so many decimals, and the number by which a plural is chosen.
    Number(f64, u8),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Value<'_> {
    fn from(count: u64) -> Self {
        Self::Number(count as f64, 0)
    }
}

impl Words {
    /// The words of a language.
    pub const fn new(language: Language) -> Self {
        Self { language, calendar: Calendar::Usual, digits: Digits::Usual, is_plain: false }
    }

    /// The same words with days and numbers written as somebody likes.
    #[must_use]
    pub const fn written(self, calendar: Calendar, digits: Digits) -> Self {
        Self { calendar, digits, ..self }
    }

    /// The same words with figures and days as programs read them: 1234.50 for an amount, 0.087 for a share, 2026-01-31; nothing where
    /// there is no figure.
    #[must_use]
    pub const fn plain(self) -> Self {
        Self { is_plain: true, ..self }
    }

    /// Which language these words are in.
    pub fn language(self) -> Language {
        self.language
    }

    /// A message without placeables. The name itself where there is no such message, which a test rules out.
    pub fn text(self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A message with its placeables filled.
    pub fn with(self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let text = self.find(id, values);
        debug_assert!(text.is_some(), "no message `{id}` in {}", self.language);
        text.unwrap_or_else(|| id.to_owned())
    }

    pub(crate) fn find(self, id: &str, values: &[(&str, Value<'_>)]) -> Option<String> {
        let latin = self.language == Language::Fa && self.digits == Digits::Latin;
        let bundle = &BUNDLES[if latin { PERSIAN_LATIN } else { self.language as usize }];
        let pattern = bundle.get_message(id)?.value()?;
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, fluent(value))).collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors);
        debug_assert!(errors.is_empty(), "message `{id}` in {}: {errors:?}", self.language);
        Some(text.into_owned())
    }

    /// A word from a family of stable names; the name itself where it is not one of ours.
    pub(crate) fn named(self, family: &str, name: &str) -> String {
        self.find(&format!("{family}-{name}"), &[]).unwrap_or_else(|| name.to_owned())
    }

    /// The name of an RFM segment.
    pub fn segment(self, id: &str) -> String {
        self.named("segment", id)
    }

    /// What to do about the customers of an RFM segment, in a sentence or two.
    pub fn segment_action(self, id: &str) -> String {
        self.named("action", id)
    }

    /// The name of a value tier.
    pub fn tier(self, id: &str) -> String {
        self.named("tier", id)
    }

    /// By which way somebody is told, or may be, from its name in consents and campaigns; none for a way that is not ours.
    pub fn channel(self, name: &str) -> Option<String> {
        let id = match name {
            "email" => "channel-email",
            "sms" => "channel-sms",
            "push" => "channel-push",
            "webhook" => "channel-webhook",
            "in_app" => "channel-in_app",
            "call" => "channel-call",
            "print" => "channel-print",
            _ => return None,
        };
        Some(self.text(id))
    }

    /// Why a row was not used.
    pub fn problem(self, id: &str) -> String {
        self.named("problem", id)
    }

    /// Why a column of what is known of customers is not used.
    pub fn left_out(self, reason: LeftOutReason) -> String {
        self.named("left_out", reason.id())
    }

    /// What a column of the file serves as.
    pub fn role(self, id: &str) -> String {
        self.named("role", id)
    }

    /// How the role of a column was found.
    pub fn found_by(self, id: &str) -> String {
        self.named("found", id)
    }

    /// A length of time, as it is said in passing: "5 minutes", "2 days".
    pub fn duration(self, seconds: f64) -> String {
        let (unit, length) = match seconds {
            s if s < 90.0 => ("second", s),
            s if s < 5_400.0 => ("minute", s / 60.0),
            s if s < 129_600.0 => ("hour", s / 3_600.0),
            s => ("day", s / 86_400.0),
        };
        self.with("duration", &[("unit", unit.into()), ("count", Value::Number(length.round(), 0))])
    }

    /// What a column of [`crate::columns::CUSTOMER`] means.
    pub fn column(self, name: &str) -> String {
        self.named("column", name)
    }

    /// What a column of one of [`crate::columns::CATALOGUES`], named by its family, means.
    pub fn column_of(self, family: &str, name: &str) -> String {
        self.named(family, name)
    }

    /// What a column of [`crate::columns::CONTRACT`] means.
    pub fn contract_column(self, name: &str) -> String {
        self.named("contract-column", name)
    }

    /// Why a contract is worth what it is: "tenure: 13 months; 97% of such contracts renew the next time".
    pub fn contract_reason(self, reason: &ContractReason) -> String {
        let renew = |percent: u8| self.percent(f64::from(percent) / 100.0, 0);
        match *reason {
            ContractReason::New { renew_percent } => {
                self.with("contract-new", &[("share", renew(renew_percent).into())])
            }
            ContractReason::Active { periods, period, renew_percent } => {
                let tenure = self.periods(f64::from(periods), 0, period);
                self.with("contract-active", &[("tenure", tenure.into()), ("share", renew(renew_percent).into())])
            }
            ContractReason::Ended { periods, period } => {
                self.with("contract-ended", &[("tenure", self.periods(f64::from(periods), 0, period).into())])
            }
        }
    }

    /// A number of periods: "13 months".
    pub fn periods(self, count: f64, decimals: u8, period: Period) -> String {
        self.with("periods", &[("unit", unit_of(period).into()), ("count", Value::Number(count, decimals))])
    }

    /// The name of a period, as the head of a column: "Month".
    pub fn period_name(self, period: Period) -> String {
        self.with("period-name", &[("unit", unit_of(period).into())])
    }

    /// What the reader must know before trusting a figure about contracts.
    pub fn retention_warning(self, warning: &RetentionWarning) -> String {
        match warning {
            RetentionWarning::NoHoldout => self.text("retention-warning-no_holdout"),
            RetentionWarning::PoorFit { share } => {
                self.with("retention-warning-poor_fit", &[("share", self.percent(*share, 0).into())])
            }
            RetentionWarning::FewLosses { contracts } => {
                self.with("retention-warning-few_losses", &[("contracts", (*contracts).into())])
            }
            RetentionWarning::Extrapolated { seen } => {
                self.with("retention-warning-extrapolated", &[("seen", u64::from(*seen).into())])
            }
            RetentionWarning::ManyProblems { share } => {
                self.with("warning-many_problems", &[("share", self.percent(*share, 1).into())])
            }
            RetentionWarning::NoValues => self.text("retention-warning-no_values"),
            RetentionWarning::NoMargin => self.text("retention-warning-no_margin"),
            RetentionWarning::AsOfFromFile { date } => {
                self.with("retention-warning-as_of", &[("date", self.date_long(date).into())])
            }
        }
    }

    /// Why a customer is where they are: "bought every 3 weeks, silent for 11 weeks; spends 3 times the average".
    pub fn reason(self, reason: &Reason) -> String {
        let rhythm = match reason.rhythm {
            Rhythm::New { since } => self.with("reason-new", &[("since", self.ago(since).into())]),
            Rhythm::Once { since } => self.with("reason-once", &[("since", self.ago(since).into())]),
            Rhythm::OnTime { every, since } => {
                self.with("reason-on_time", &[("every", self.every(every).into()), ("since", self.ago(since).into())])
            }
            Rhythm::Silent { every, since } => {
                let silent = self.span("span-for", since);
                self.with("reason-silent", &[("every", self.every(every).into()), ("silent", silent.into())])
            }
            Rhythm::Returned => self.text("reason-returned"),
        };
        let spend = match reason.spend {
            Some(Spend::High { times }) => self.with("reason-spend_high", &[("times", u64::from(times).into())]),
            Some(Spend::Low) => self.text("reason-spend_low"),
            None => return rhythm,
        };
        self.with("reason-join", &[("rhythm", rhythm.into()), ("spend", spend.into())])
    }

    fn ago(self, span: Span) -> String {
        if span.count == 0 { self.text("span-today") } else { self.span("span-ago", span) }
    }

    /// A habit; more than one purchase a day is "every day" too.
    fn every(self, span: Span) -> String {
        self.span("span-every", Span { count: span.count.max(1), ..span })
    }

    /// A length of time from now on: "over the next 12 months".
    pub fn horizon(self, days: u32) -> String {
        self.span("span-next", Span::of_days(f64::from(days)))
    }

    fn span(self, id: &str, span: Span) -> String {
        let unit = match span.unit {
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Year => "year",
        };
        self.with(id, &[("count", u64::from(span.count).into()), ("unit", unit.into())])
    }

    /// A distinguishing trait of a cluster. `currency` is that of the order value.
    pub fn cluster_trait(self, trait_: &ClusterTrait, currency: Option<&str>) -> String {
        let direction = if trait_.above { "above" } else { "below" };
        let show = |value: f64| match trait_.column.as_str() {
            "order_value" => Value::from(self.money(value, currency)),
            "purchases" if value < 10.0 && value.fract() != 0.0 => Value::Number(value, 1),
            _ => Value::Number(value.round(), 0),
        };
        self.find(
            &format!("trait-{}-{direction}", trait_.column),
            &[("typical", show(trait_.typical)), ("base", show(trait_.base))],
        )
        .unwrap_or_else(|| trait_.column.clone())
    }

    /// What the reader must know before trusting a figure, in a sentence or two.
    pub fn warning(self, warning: &Warning) -> String {
        match *warning {
            Warning::NoHoldout => self.text("warning-no_holdout"),
            Warning::HoldoutBias { share } => {
                let id = if share > 0.0 { "warning-bias_above" } else { "warning-bias_below" };
                self.with(id, &[("share", self.percent(share.abs(), 0).into())])
            }
            Warning::Coverage { share } => self.with("warning-coverage", &[("share", self.percent(share, 0).into())]),
            Warning::SpendDependsOnFrequency { correlation } => {
                self.with("warning-spend_depends", &[("correlation", self.number(correlation, 2).into())])
            }
            Warning::FewRepeatCustomers { customers } => {
                self.with("warning-few_repeat", &[("customers", customers.into())])
            }
            Warning::ManyProblems { share } => {
                self.with("warning-many_problems", &[("share", self.percent(share, 1).into())])
            }
            Warning::NoCosts => self.text("warning-no_costs"),
            Warning::IdenticalRows { rows } => self.with("warning-identical_rows", &[("rows", rows.into())]),
            Warning::NoSpendModel => self.text("warning-no_spend_model"),
            Warning::WeakPrior { ref model } => self.with("warning-weak_prior", &[("model", model.as_str().into())]),
            Warning::FewCovariates { share } => {
                self.with("warning-few_covariates", &[("share", self.percent(share, 0).into())])
            }
            Warning::NoModel => self.text("warning-no_model"),
        }
    }
}

/// The word that chooses the variant of a message about periods.
fn unit_of(period: Period) -> &'static str {
    match period {
        Period::Week => "week",
        Period::Month => "month",
        Period::Year => "year",
        Period::Days { .. } => "period",
    }
}

type Bundle = FluentBundle<FluentResource>;

/// The bundle of Persian with Latin digits, behind those of the languages.
const PERSIAN_LATIN: usize = 4;

static BUNDLES: LazyLock<[Bundle; 5]> = LazyLock::new(|| {
    // The order of `Language::ALL`, which is that of the variants.
    [bundle::<0>(), bundle::<1>(), bundle::<2>(), bundle::<3>(), bundle::<PERSIAN_LATIN>()]
});

/// The words of a bundle.
fn words_of(bundle: usize) -> Words {
    match bundle {
        PERSIAN_LATIN => Words::new(Language::Fa).written(Calendar::Usual, Digits::Latin),
        other => Words::new(Language::ALL[other]),
    }
}

/// A number as people of our languages write it, with their digits, their decimal mark, and thousands apart; none where it is none.
/// `1,234` is a thousand to some and one and a bit to others: that is none, too.
pub fn read_number(text: &str) -> Option<f64> {
    let digit = |c: char, zero: char| char::from(b'0' + (c as u32 - zero as u32) as u8);
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{66c}' | '\u{200e}' | '\u{200f}'))
        .map(|c| match c {
            '۰'..='۹' => digit(c, '۰'),
            '٠'..='٩' => digit(c, '٠'),
            '٫' => '.',
            '\u{2212}' => '-',
            other => other,
        })
        .collect();
    let groups: Vec<&str> = plain.trim_start_matches('-').split('.').next().unwrap_or_default().split(',').collect();
    let is_grouped = (1..=3).contains(&groups[0].len())
        && !groups[0].starts_with('0')
        && groups[1..].iter().all(|group| group.len() == 3);
    let plain = match (plain.matches(',').count(), plain.contains('.')) {
        (0, _) => plain,
        (1, false) if is_grouped => return None,
        (1, false) => plain.replace(',', "."),
        _ if is_grouped => plain.replace(',', ""),
        _ => return None,
    };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A whole number from 0 on, written likewise.
pub fn read_whole(text: &str) -> Option<u32> {
    let number =
        read_number(text).filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number));
    number.map(|number| number as u32)
}

impl From<Language> for Words {
    fn from(language: Language) -> Self {
        Self::new(language)
    }
}

/// The messages of a language as written: of figures and of reports, then those of each area of the pages.
fn sources(language: Language) -> Vec<&'static str> {
    macro_rules! in_all_areas {
        ($language:literal) => {
            vec![
                include_str!(concat!($language, ".ftl")),
                include_str!(concat!("pages/", $language, ".ftl")),
                include_str!(concat!("customers/", $language, ".ftl")),
                include_str!(concat!("data/", $language, ".ftl")),
                include_str!(concat!("settings/", $language, ".ftl")),
                include_str!(concat!("offers/", $language, ".ftl")),
                include_str!(concat!("campaigns/", $language, ".ftl")),
                include_str!(concat!("alerts/", $language, ".ftl")),
                include_str!(concat!("proof/", $language, ".ftl")),
            ]
        };
    }
    match language {
        Language::En => in_all_areas!("en"),
        Language::Pl => in_all_areas!("pl"),
        Language::Ru => in_all_areas!("ru"),
        Language::Fa => in_all_areas!("fa"),
    }
}

/// Fluent takes a plain function as formatter, so which one it is is its constant.
fn bundle<const BUNDLE: usize>() -> Bundle {
    let language = words_of(BUNDLE).language();
    let id = language.code().parse().expect("our codes are language identifiers");
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) => {
            let decimals = number.options.minimum_fraction_digits.unwrap_or(0);
            Some(words_of(BUNDLE).number(number.value, decimals as u8))
        }
        _ => None,
    }));
    for source in sources(language) {
        let resource = FluentResource::try_new(source.to_owned()).expect("embedded messages are parsed by a test");
        bundle.add_resource(resource).expect("a test rules out doubled messages");
    }
    bundle
}

fn fluent<'a>(value: &'a Value<'_>) -> FluentValue<'a> {
    match value {
        Value::Text(text) => FluentValue::String(Cow::Borrowed(text)),
        Value::Number(value, decimals) => FluentValue::Number(FluentNumber {
            value: *value,
            options: FluentNumberOptions {
                minimum_fraction_digits: (*decimals > 0).then_some(usize::from(*decimals)),
                ..FluentNumberOptions::default()
            },
        }),
    }
}

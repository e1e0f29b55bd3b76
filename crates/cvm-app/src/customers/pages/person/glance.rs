//! What a service agent should know before the first word.

use super::Profile;
use crate::platform::clock::DAY;
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use serde_json::Value;

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warning,
    Plain,
}

/// Something to know: an icon, the id of its words, and a number in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glance {
    pub icon: &'static str,
    pub text: &'static str,
    pub count: u64,
    pub tone: Tone,
}

/// Days before a birthday in which it is told, and days in which trouble counts as open.
const BIRTHDAY_DAYS: i64 = 14;
const TROUBLE_DAYS: i64 = 60;

/// What events of trouble are called.
const TROUBLES: &[&str] =
    &["order refunded", "order cancelled", "complaint", "ticket opened", "case opened", "dispute", "chargeback"];

/// And what events are called that end it.
const ENDS: &[&str] =
    &["complaint resolved", "complaint closed", "ticket closed", "ticket resolved", "case closed", "dispute closed"];

/// The most important first.
pub(super) fn of(profile: &Profile, now: i64, timezone: Tz) -> Vec<Glance> {
    let columns = profile.values.as_ref().map_or(&Value::Null, |values| &values.columns);
    let number = |name: &str| columns.get(name).and_then(Value::as_f64);
    let is_valuable = matches!(columns.get("value_tier").and_then(Value::as_str), Some("platinum" | "gold"));
    let mut known = Vec::new();
    let mut tell = |icon, text, count, tone| known.push(Glance { icon, text, count, tone });
    if profile.suppressed {
        tell("bell", "customer-glance-suppressed", 0, Tone::Warning);
    }
    if let Some(days) = trouble(profile, now) {
        tell("warning", "customer-glance-trouble", days, Tone::Warning);
    }
    match number("p_alive") {
        Some(alive) if alive < 0.5 && is_valuable => tell("warning", "customer-glance-leaving", 0, Tone::Warning),
        _ if is_valuable => tell("star", "customer-glance-valuable", 0, Tone::Good),
        _ => {}
    }
    if number("profit").is_some_and(|profit| profit < 0.0) {
        tell("profit", "customer-glance-unprofitable", 0, Tone::Plain);
    }
    if let Some(days) = birthday(profile, now, timezone) {
        let text = if days == 0 { "customer-glance-birthday" } else { "customer-glance-birthday_soon" };
        tell("star", text, days, Tone::Good);
    }
    if profile.values.is_none() {
        tell("user", "customer-glance-no_orders", 0, Tone::Plain);
    }
    known
}

/// Days since the last trouble that nothing has ended.
fn trouble(profile: &Profile, now: i64) -> Option<u64> {
    let of = |names: &[&str]| {
        let is_one = |name: &str| names.iter().any(|known| name.to_lowercase().contains(known));
        profile.timeline.iter().find(|event| event.name.as_deref().is_some_and(is_one)).map(|event| event.time.0)
    };
    let last = of(TROUBLES)?;
    let is_ended = of(ENDS).is_some_and(|end| end >= last);
    let days = (now - last) / DAY;
    (!is_ended && (0..=TROUBLE_DAYS).contains(&days)).then_some(days.unsigned_abs())
}

/// Days until the birthday, if it is soon.
fn birthday(profile: &Profile, now: i64, timezone: Tz) -> Option<u64> {
    let told = ["birthday", "birth_date"].into_iter().find_map(|name| profile.attributes.get(name));
    let born: NaiveDate = told?.value.as_str()?.parse().ok()?;
    let today = DateTime::from_timestamp_micros(now)?.with_timezone(&timezone).date_naive();
    // Who was born on 29 February celebrates on 1 March where there is none.
    let in_year = |year| born.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1));
    let this_year = in_year(today.year())?;
    let next = if this_year < today { in_year(today.year() + 1)? } else { this_year };
    let days = (next - today).num_days();
    (days <= BIRTHDAY_DAYS).then_some(days.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_767_323_045_000_000; // 2026-01-02

    fn told(profile: Value) -> Vec<(&'static str, u64)> {
        let profile = Profile::sample(profile);
        of(&profile, NOW, Tz::UTC).into_iter().map(|glance| (glance.text, glance.count)).collect()
    }

    #[test]
    fn the_most_important_is_told_first() {
        let leaving = json!({"columns": {"value_tier": "gold", "p_alive": 0.2, "profit": -5.0}, "suppressed": true});
        let expected = ["customer-glance-suppressed", "customer-glance-leaving", "customer-glance-unprofitable"];
        assert_eq!(told(leaving).into_iter().map(|it| it.0).collect::<Vec<_>>(), expected);
        assert_eq!(told(json!({"columns": {"value_tier": "bronze", "p_alive": 0.2}})), []);
        assert_eq!(told(json!({})), [("customer-glance-no_orders", 0)]);
    }

    #[test]
    fn birthdays_are_told_in_time() {
        let born = |day: &str| told(json!({"columns": {}, "attributes": {"birthday": day}}));
        assert_eq!(born("1990-01-02"), [("customer-glance-birthday", 0)]);
        assert_eq!(born("1990-01-16"), [("customer-glance-birthday_soon", 14)]);
        assert_eq!(born("1990-01-17"), []);
        assert_eq!(born("1990-01-01"), []);
        assert_eq!(born("soon"), []);
    }

    #[test]
    fn trouble_is_told_until_it_is_ended() {
        let events = |events: Value| told(json!({"columns": {}, "events": events}));
        assert_eq!(events(json!([["Order Refunded", NOW - 3 * DAY]])), [("customer-glance-trouble", 3)]);
        assert_eq!(events(json!([["Complaint Closed", NOW], ["Complaint", NOW - DAY]])), []);
        assert_eq!(events(json!([["Complaint", NOW - 61 * DAY]])), []);
        assert_eq!(events(json!([["Product Viewed", NOW]])), []);
    }
}

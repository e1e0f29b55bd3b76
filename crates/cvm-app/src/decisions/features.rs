//! What models of answers are told of a customer and the moment, as numbers of about the same size.
//!
//! The customer is who they are by their value: no names, no sex, no age. What is said in the context has no list of names, so it
//! falls into buckets by a hash: K. Weinberger et al. (2009), "Feature hashing for large scale multitask learning", ICML. Numbers
//! are cut to 1/1,024, so that they are the same after being written down and read.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;
use serde_json::{Map, Value};

/// What is known of the customer, in the order of [`NAMES`].
const OF_CUSTOMER: usize = 12;
/// Of the moment: a part of the day each, and the weekend.
const OF_MOMENT: usize = 5;
/// Of the context and the placement.
const BUCKETS: usize = 48;

/// How many features there are.
pub(super) const FEATURES: usize = OF_CUSTOMER + OF_MOMENT + BUCKETS;

/// Names of those that have one; the rest are buckets of the context.
pub(super) const NAMES: [&str; OF_CUSTOMER + OF_MOMENT] = [
    "scored",
    "p_alive",
    "frequency",
    "days_since_last",
    "age_days",
    "monetary",
    "clv",
    "unprofitable",
    "r_score",
    "f_score",
    "m_score",
    "expected_purchases",
    "night",
    "morning",
    "afternoon",
    "evening",
    "weekend",
];

/// A feature and its value.
pub(super) type Feature = (u32, f64);

fn cut(value: f64) -> f64 {
    (value * 1_024.0).round() / 1_024.0
}

/// What the columns of the last scoring run tell, on this day.
pub(super) fn of_customer(values: Option<&Map<String, Value>>, today: NaiveDate) -> Vec<Feature> {
    let Some(values) = values else { return Vec::new() };
    let number = |name: &str| super::figure(values, name);
    // Logarithms, divided so that most customers come to lie between 0 and 1.
    let log = |name: &str, by: f64| number(name).map(|value| value.max(0.0).ln_1p() / by);
    let score = |name: &str| number(name).map(|score| (score - 3.0) / 2.0);
    let last = values.get("last_purchase").and_then(Value::as_str).and_then(|day| day.parse::<NaiveDate>().ok());
    let since = last.map(|last| ((today - last).num_days().max(0) as f64).ln_1p() / 6.0);
    let is_unprofitable = number("clv").map(|clv| f64::from(clv <= 0.0));
    let all: [Option<f64>; OF_CUSTOMER] = [
        Some(1.0),
        number("p_alive"),
        log("frequency", 3.0),
        since,
        log("age_days", 7.0),
        log("monetary", 6.0),
        log("clv", 7.0),
        is_unprofitable,
        score("r_score"),
        score("f_score"),
        score("m_score"),
        log("expected_purchases", 3.0),
    ];
    let known = (0..).zip(all).filter_map(|(place, value)| Some((place, cut(value?.clamp(-4.0, 4.0)))));
    known.filter(|(_, value)| *value != 0.0).collect()
}

/// What the moment tells, by the customer's clock.
pub(super) fn of_moment(now: i64, zone: Tz) -> Vec<Feature> {
    let local = DateTime::from_timestamp_micros(now).unwrap_or_default().with_timezone(&zone);
    let part = match local.hour() {
        0..6 => 0,
        6..12 => 1,
        12..18 => 2,
        _ => 3,
    };
    let weekend = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
    let first = OF_CUSTOMER as u32;
    [(first + part, 1.0)].into_iter().chain(weekend.then_some((first + 4, 1.0))).collect()
}

/// What the context and the placement tell, each feature once.
pub(super) fn of_context(context: &Map<String, Value>, placement: &str) -> Vec<Feature> {
    let mut buckets = [0.0; BUCKETS];
    let mut add = |name: &str, text: &str, value: f64| {
        let hash = hash(name, text);
        // One bit of the hash is a sign, so that what falls together does not add up to more than there is.
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        buckets[(hash % BUCKETS as u64) as usize] += sign * value;
    };
    if !placement.is_empty() {
        add("placement", placement, 1.0);
    }
    for (name, value) in context {
        match value {
            Value::String(text) => add(name, text, 1.0),
            Value::Bool(true) => add(name, "true", 1.0),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(0.0);
                add(name, "", number.signum() * number.abs().ln_1p() / 6.0);
            }
            _ => {}
        }
    }
    let first = (OF_CUSTOMER + OF_MOMENT) as u32;
    let known = (first..).zip(buckets).map(|(place, value)| (place, cut(value.clamp(-4.0, 4.0))));
    known.filter(|(_, value)| *value != 0.0).collect()
}

/// FNV-1a, the same on every machine and for ever: models remember by it.
fn hash(name: &str, text: &str) -> u64 {
    let bytes = name.bytes().chain([0]).chain(text.bytes());
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // Its low bits are mixed less than its high ones.
    hash ^ hash >> 29
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn customers_are_their_figures() {
        let values = object(json!({"p_alive": 0.5, "frequency": 0, "last_purchase": "2025-12-31", "clv": "-3.5",
                                   "r_score": 5, "m_score": 3}));
        let found = of_customer(Some(&values), "2026-01-02".parse().unwrap());
        // Of frequency 0, CLV below 0 and the middle score nothing is left: ln 1, and the middle, are 0.
        let since = cut(3.0_f64.ln() / 6.0);
        assert_eq!(found, [(0, 1.0), (1, 0.5), (3, since), (7, 1.0), (8, 1.0)]);
        assert_eq!(of_customer(None, "2026-01-02".parse().unwrap()), []);
    }

    #[test]
    fn moments_are_by_the_customers_clock() {
        let saturday = 1_767_396_600_000_000; // 2026-01-02 23:30 UTC
        let names = |zone: Tz| -> Vec<&str> {
            of_moment(saturday, zone).iter().map(|(feature, _)| NAMES[*feature as usize]).collect()
        };
        assert_eq!(names(chrono_tz::UTC), ["evening"]);
        assert_eq!(names(chrono_tz::Europe::Warsaw), ["night", "weekend"]);
    }

    #[test]
    fn what_is_said_falls_into_buckets() {
        let context = object(json!({"intent": "cancel", "basket": 120, "loud": false, "list": [1]}));
        let found = of_context(&context, "home");
        assert!((1..=3).contains(&found.len()) && found.windows(2).all(|pair| pair[0].0 < pair[1].0), "{found:?}");
        assert!(found.iter().all(|(feature, _)| (17..FEATURES as u32).contains(feature)));
        assert_eq!(found, of_context(&context, "home"));
        assert_ne!(found, of_context(&context, "basket"));
        assert_eq!(of_context(&Map::new(), ""), []);
    }

    #[test]
    fn numbers_survive_being_written_down() {
        for place in -4096..=4096 {
            let value = f64::from(place) / 1024.0;
            assert_eq!(serde_json::from_str::<f64>(&serde_json::to_string(&value).unwrap()).unwrap(), value);
        }
    }
}

//! Reasons read back from the sentences that the lake keeps: they are in English, and people read four languages.

use super::Words;
use crate::reason::{Reason, Rhythm, Span, Spend, Unit};
use serde_json::{Map, Value};

/// Tells the `reason` among columns of a customer in these words, and adds what it says as data: `reason_code`. A reason that cannot
/// be read stays as it is.
pub fn tell(columns: &mut Map<String, Value>, words: Words) {
    let Some(told) = columns.get("reason").and_then(Value::as_str).and_then(reason) else { return };
    if let Ok(code) = serde_json::to_value(told) {
        columns.insert("reason_code".to_owned(), code);
        columns.insert("reason".to_owned(), Value::String(words.reason(&told)));
    }
}

/// The reason that an English sentence of [`super::Words::reason`] gives; none for any other sentence.
pub fn reason(sentence: &str) -> Option<Reason> {
    let (rhythm, spend) = match sentence.split_once("; spends ") {
        Some((rhythm, spend)) => (rhythm, Some(self::spend(spend)?)),
        None => (sentence, None),
    };
    Some(Reason { rhythm: self::rhythm(rhythm)?, spend })
}

fn rhythm(sentence: &str) -> Option<Rhythm> {
    if sentence == "returned as much as they bought" {
        return Some(Rhythm::Returned);
    }
    if let Some(since) = sentence.strip_prefix("new: first bought ") {
        return Some(Rhythm::New { since: span(since)? });
    }
    if let Some(since) = sentence.strip_prefix("bought once, ") {
        return Some(Rhythm::Once { since: span(since)? });
    }
    if let Some((every, silent)) = sentence.strip_prefix("bought ").and_then(|rest| rest.split_once(", silent ")) {
        return Some(Rhythm::Silent { every: span(every)?, since: span(silent)? });
    }
    let (every, since) = sentence.strip_prefix("buys ")?.split_once(", last bought ")?;
    Some(Rhythm::OnTime { every: span(every)?, since: span(since)? })
}

fn spend(sentence: &str) -> Option<Spend> {
    if sentence.starts_with("half") {
        return Some(Spend::Low);
    }
    Some(Spend::High { times: number(sentence.split(' ').next()?)? })
}

/// "3 weeks ago", "every 3 weeks", "for 3 weeks", "every week", "today".
fn span(words: &str) -> Option<Span> {
    let mut found = Span { count: 1, unit: Unit::Day };
    if words == "today" {
        return Some(Span { count: 0, ..found });
    }
    let words = words.trim_start_matches("every ").trim_start_matches("for ").trim_end_matches(" ago");
    let unit = match words.split_once(' ') {
        Some((count, unit)) => {
            found.count = number(count)?;
            unit
        }
        None => words,
    };
    found.unit = match unit.trim_end_matches('s') {
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "year" => Unit::Year,
        _ => return None,
    };
    Some(found)
}

fn number(text: &str) -> Option<u16> {
    text.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;
    use crate::text::Words;

    #[test]
    fn a_reason_is_told_in_any_words_and_as_data() {
        let columns = serde_json::json!({"reason": "bought every 3 weeks, silent for 11 weeks; spends 3 times the average", "clv": 1});
        let mut columns = columns.as_object().unwrap().clone();
        tell(&mut columns, Words::new(Language::Pl));
        assert_eq!(
            columns["reason"],
            "kupował co 3 tygodnie, milczy od 11 tygodni; wydaje 3 razy tyle co przeciętny klient"
        );
        assert_eq!(
            columns["reason_code"],
            serde_json::json!({
                "rhythm": {"kind": "silent", "every": {"count": 3, "unit": "week"}, "since": {"count": 11, "unit": "week"}},
                "spend": {"kind": "high", "times": 3},
            })
        );
        let mut of_others = serde_json::json!({"reason": "because"}).as_object().unwrap().clone();
        tell(&mut of_others, Words::new(Language::Pl));
        assert_eq!(serde_json::json!(of_others), serde_json::json!({"reason": "because"}));
    }

    #[test]
    fn every_sentence_leads_back_to_its_reason() {
        let words = Words::new(Language::En);
        let units = [Unit::Day, Unit::Week, Unit::Month, Unit::Year];
        let spans: Vec<Span> =
            units.into_iter().flat_map(|unit| [1, 2, 17, 1234].map(|count| Span { count, unit })).collect();
        let today = Span { count: 0, unit: Unit::Day };
        let mut rhythms = vec![Rhythm::Returned];
        for &since in spans.iter().chain([&today]) {
            rhythms.extend([Rhythm::New { since }, Rhythm::Once { since }]);
            for &every in &spans {
                rhythms.push(Rhythm::OnTime { every, since });
                rhythms.extend((since != today).then_some(Rhythm::Silent { every, since }));
            }
        }
        for rhythm in rhythms {
            for spend in [None, Some(Spend::Low), Some(Spend::High { times: 2 }), Some(Spend::High { times: 1500 })] {
                let told = Reason { rhythm, spend };
                let sentence = words.reason(&told);
                assert_eq!(reason(&sentence), Some(told), "{sentence}");
            }
        }
        for sentence in ["", "bought", "buys every fortnight, last bought today", "kupuje co tydzień"] {
            assert_eq!(reason(sentence), None, "{sentence}");
        }
    }
}

//! What rules mean, what is refused, and how they read.

use super::*;
use crate::Language;
use crate::text::Words;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// 2026-01-02 03:04:05 UTC, a Friday.
const NOW: i64 = 1_767_323_045_000_000;
const DAY: i64 = 86_400_000_000;

fn rule(who: Value) -> Rule {
    serde_json::from_value(json!({"version": 1, "who": who})).unwrap()
}

fn line(order: i32, days_ago: i64, category: &str, amount: f64) -> Event {
    Event {
        order,
        category: Some(category.to_owned()),
        amount: Some((amount * 10_000.0) as i64),
        in_currency: true,
        source: "shop".to_owned(),
        ..Event::new(EventKind::Line, NOW - days_ago * DAY)
    }
}

fn track(name: &str, time: i64) -> Event {
    Event { name: Some(name.to_owned()), source: "web".to_owned(), ..Event::new(EventKind::Track, time) }
}

fn anna() -> Person {
    let consent = |purpose: &str, channel: &str, granted, time| Consent {
        purpose: purpose.to_owned(),
        channel: channel.to_owned(),
        granted,
        time,
    };
    let mut added = track("Product Added", NOW - 3 * DAY);
    added.category = Some("Shoes".to_owned());
    added.properties = json!({"colour": "red", "price": 70, "gift": true}).as_object().unwrap().clone();
    let mut person = Person {
        first_seen_at: NOW - 100 * DAY,
        last_seen_at: NOW,
        attributes: json!({
            "city": "Gdańsk", "age": 31, "newsletter": true, "tags": ["Sailing", "Tea"], "birthday": "1990-01-05",
            "plan_until": "2026-01-01T23:30:00Z", "nothing": null, "number_as_text": "31",
        })
        .as_object()
        .unwrap()
        .clone(),
        consents: vec![
            consent("marketing", "any", true, 5),
            consent("marketing", "sms", false, 6),
            consent("profiling", "any", true, 7),
            consent("profiling", "email", false, 7),
        ],
        events: vec![
            line(1, 80, "Shoes", 100.0),
            line(1, 80, "Hats", 20.0),
            line(2, 40, "Shoes", 50.0),
            line(2, 10, "Shoes", -50.0),
            line(3, 5, "Hats", 0.0),
            Event { in_currency: false, ..line(4, 4, "Bags", 9.0) },
            track("Signed Up", NOW - 90 * DAY),
            added,
            Event { name: Some("Home".to_owned()), ..Event::new(EventKind::Page, NOW) },
            track("Signed Up", NOW + 1),
        ],
    };
    person.sort();
    person
}

fn values() -> Map<String, Value> {
    let values = json!({"clv": 120.5, "revenue": "120.0000", "r_score": 5, "rfm_segment": "champions",
                        "last_purchase": "2025-12-29"});
    values.as_object().unwrap().clone()
}

fn holds_in(person: &Person, who: Value, zone: Tz) -> Option<bool> {
    let (rule, values) = (rule(who), values());
    let faults = rule.check();
    assert!(faults.is_empty(), "{faults:?}");
    let calendar = Calendar::new(NOW, zone);
    let is_in = |id: &str| (id != "unknown").then_some(id == "theirs");
    rule.holds(&Facts { person, values: Some(&values), calendar: &calendar, is_in: &is_in })
}

fn holds(who: Value) -> bool {
    holds_in(&anna(), who, Tz::UTC).unwrap()
}

fn field(name: &str, is: Value) -> Value {
    json!({"field": {"name": name, "is": is}})
}

#[test]
fn fields_are_compared_by_what_they_are() {
    for (name, is, expected) in [
        ("attributes.city", json!({"equals": "Gdańsk"}), true),
        ("attributes.city", json!({"equals": "gdańsk"}), false),
        ("attributes.city", json!({"contains": "DAŃ"}), true),
        ("attributes.city", json!({"starts_with": "gd"}), true),
        ("attributes.city", json!({"starts_with": "ań"}), false),
        ("attributes.city", json!({"one_of": ["Łódź", "Gdańsk"]}), true),
        ("attributes.tags", json!({"contains": "tea"}), true),
        ("attributes.tags", json!({"contains": "te"}), false),
        ("attributes.age", json!({"between": [31, 40]}), true),
        ("attributes.age", json!({"above": 31}), false),
        ("attributes.age", json!({"equals": "31"}), false),
        ("attributes.number_as_text", json!({"at_least": 1}), false),
        ("attributes.newsletter", json!({"equals": true}), true),
        ("attributes.nothing", json!({"is_set": true}), false),
        ("attributes.nothing", json!({"is_set": false}), true),
        ("attributes.missing", json!({"equals": "x"}), false),
        ("values.clv", json!({"at_least": 120.5}), true),
        ("values.revenue", json!({"equals": 120}), true),
        ("values.profit", json!({"below": 0}), false),
        ("values.last_purchase", json!({"in_last_days": 4}), true),
        ("values.last_purchase", json!({"in_last_days": 3}), false),
        ("values.last_purchase", json!({"more_than_days_ago": 3}), true),
        ("values.last_purchase", json!({"on": "2025-12-29"}), true),
        ("profile.last_seen_at", json!({"in_last_days": 1}), true),
        ("profile.first_seen_at", json!({"before": "2025-09-25"}), true),
        ("profile.first_seen_at", json!({"before": "2025-09-24"}), false),
        ("attributes.birthday", json!({"birthday_in_days": 3}), true),
        ("attributes.birthday", json!({"birthday_in_days": 2}), false),
        ("attributes.plan_until", json!({"before": "2026-01-02"}), true),
        ("attributes.plan_until", json!({"in_next_days": 5}), false),
    ] {
        assert_eq!(holds(field(name, is.clone())), expected, "{name} {is}");
        assert_eq!(holds(json!({"not": field(name, is.clone())})), !expected, "not {name} {is}");
    }
    // Half past eleven in the evening at Greenwich is the next day in Warsaw.
    let tomorrow = field("attributes.plan_until", json!({"on": "2026-01-02"}));
    assert_eq!(holds_in(&anna(), tomorrow, Tz::Europe__Warsaw), Some(true));
}

#[test]
fn purchases_are_orders_and_what_is_given_back_counts() {
    let bought = |rest: Value| {
        let mut did = json!({"event": {"what": "purchase"}});
        did.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        holds(json!({"did": did}))
    };
    let of = |category: &str| json!({"what": "purchase", "where": [{"name": "category", "is": {"equals": category}}]});
    // Orders 1, 3 (free) and 4 (other currency); all of order 2 was given back.
    assert!(bought(json!({"times": {"exactly": 3}})));
    assert!(bought(json!({"times": {"exactly": 1}, "event": of("Shoes")})));
    assert!(bought(json!({"times": {"exactly": 2}, "event": of("Hats")})));
    // In the last 30 days what was given back is there, and when it was bought is not.
    assert!(bought(json!({"times": {"exactly": 0}, "event": of("Shoes"), "when": {"in_last_days": 30}})));
    assert!(bought(json!({"spending": {"at_least": 120}})) && !bought(json!({"spending": {"at_least": 120.0001}})));
    assert!(bought(json!({"spending": {"at_most": 120}})));
    assert!(bought(json!({"when": {"in_last_days": 30}, "spending": {"at_most": -50}})));
    assert!(bought(json!({"when": {"between": {"from": "2025-10-14", "to": "2025-10-14"}}})), "80 days ago");
    assert!(!bought(json!({"when": {"between": {"from": "2025-10-15", "to": "2025-11-22"}}})));
}

#[test]
fn windows_begin_after_their_first_moment_and_nothing_is_of_tomorrow() {
    let signed_up =
        |days: u32| holds(json!({"did": {"event": {"what": {"event": "Signed Up"}}, "when": {"in_last_days": days}}}));
    assert!(!signed_up(90) && signed_up(91));
    let once = json!({"did": {"event": {"what": {"event": "Signed Up"}}, "times": {"exactly": 1}}});
    assert!(holds(once), "the second is a microsecond away");
    assert!(holds(json!({"did": {"event": {"what": "visit"}, "when": {"in_last_days": 1}}})));
    assert!(holds(json!({"did": {"event": {"what": {"page": "Home"}}}})));
    assert!(!holds(json!({"did": {"event": {"what": {"screen": "Home"}}}})));
    let red = json!({"what": {"step": "product_added"}, "where": [
        {"name": "properties.colour", "is": {"equals": "red"}}, {"name": "properties.price", "is": {"at_least": 70}},
        {"name": "properties.gift", "is": {"equals": true}}, {"name": "source", "is": {"equals": "web"}}]});
    assert!(holds(json!({"did": {"event": red}})));
}

#[test]
fn one_thing_follows_the_other_or_does_not() {
    let (sign_up, add, buy) = (
        json!({"what": {"event": "Signed Up"}}),
        json!({"what": {"step": "product_added"}}),
        json!({"what": "purchase"}),
    );
    let then = |steps: Value, days: u32| holds(json!({"sequence": {"steps": steps, "within_days": days}}));
    assert!(then(json!([sign_up, buy]), 10) && !then(json!([sign_up, buy]), 9));
    assert!(!then(json!([add, buy]), 365), "nothing was bought since");
    assert!(then(json!([sign_up, buy, buy, add]), 40) && !then(json!([sign_up, buy, buy, add]), 39));
    let left = |days: u32| holds(json!({"not_followed": {"first": add, "then": buy, "for_days": days}}));
    assert!(left(3) && !left(4));
    let after = json!({"not_followed": {"first": sign_up, "then": buy, "for_days": 3}});
    assert!(!holds(after), "they bought");
    // What is of the same moment does not follow.
    let mut person = anna();
    person.events = vec![track("Product Added", NOW - 5 * DAY), line(1, 5, "Hats", 1.0)];
    let same = json!({"sequence": {"steps": [add, buy], "within_days": 1}});
    assert_eq!(holds_in(&person, same, Tz::UTC), Some(false));
}

#[test]
fn the_last_word_on_a_consent_holds() {
    for (purpose, channel, word) in [
        ("marketing", Some("email"), "granted"),
        ("marketing", Some("sms"), "denied"),
        ("marketing", None, "granted"),
        ("profiling", Some("email"), "denied"),
        ("analytics", Some("email"), "unknown"),
    ] {
        for is in ["granted", "denied", "unknown"] {
            let consent = json!({"consent": {"purpose": purpose, "channel": channel, "is": is}});
            assert_eq!(holds(consent), is == word, "{purpose} {channel:?} {is}");
        }
    }
}

#[test]
fn what_only_the_lake_can_tell_is_left_open_unless_the_rest_decides() {
    let sql = json!({"sql": "clv > 1"});
    let (yes, no) = (json!({"segment": "theirs"}), json!({"segment": "other"}));
    for (who, expected) in [
        (sql.clone(), None),
        (json!({"not": sql}), None),
        (json!({"any": [sql, yes]}), Some(true)),
        (json!({"any": [sql, no]}), None),
        (json!({"all": [sql, no]}), Some(false)),
        (json!({"all": [yes, sql]}), None),
        (json!({"segment": "unknown"}), None),
    ] {
        assert_eq!(holds_in(&anna(), who.clone(), Tz::UTC), expected, "{who}");
    }
}

#[test]
fn it_is_known_when_time_alone_may_change_the_answer() {
    let (person, calendar) = (anna(), Calendar::new(NOW, Tz::UTC));
    let facts = Facts { person: &person, values: None, calendar: &calendar, is_in: &|_| None };
    let midnight = NOW - NOW.rem_euclid(DAY);
    for (who, expected) in [
        (json!({"did": {"event": {"what": "purchase"}}}), None),
        (json!({"did": {"event": {"what": "purchase"}, "when": {"in_last_days": 45}}}), Some(NOW + 5 * DAY)),
        (json!({"did": {"event": {"what": {"event": "Signed Up"}}}}), Some(NOW + 1)),
        (
            json!({"not_followed": {"first": {"what": {"step": "product_added"}}, "then": {"what": "purchase"}, "for_days": 7}}),
            Some(NOW + 4 * DAY),
        ),
        (field("attributes.birthday", json!({"birthday_in_days": 1})), Some(midnight + 2 * DAY)),
        (field("profile.first_seen_at", json!({"in_last_days": 100})), Some(midnight + DAY)),
        (field("attributes.city", json!({"in_last_days": 100})), None),
    ] {
        let rule = rule(who.clone());
        assert_eq!(rule.next_change(&facts), expected, "{who}");
        // Just before, the answer is what it was.
        if let Some(next) = expected {
            let before = Calendar::new(next - 1, Tz::UTC);
            assert_eq!(rule.holds(&Facts { calendar: &before, ..facts }), rule.holds(&facts), "{who}");
        }
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let deep = (0..11).fold(field("values.clv", json!({"above": 1})), |inner, _| json!({"not": inner}));
    for (who, pointer, detail) in [
        (json!({"all": []}), "/who/all", "no conditions; add one, or take the group away"),
        (
            json!({"any": [field("values.clw", json!({"above": 1}))]}),
            "/who/any/0/field/name",
            "there is no field `values.clw`",
        ),
        (
            field("values.clv", json!({"contains": "x"})),
            "/who/field/is",
            "`values.clv` is a number; expected one of equals, one_of, above",
        ),
        (field("values.rfm_segment", json!({"equals": 7})), "/who/field/is/equals", "expected a text"),
        (field("attributes.x", json!({"one_of": []})), "/who/field/is/one_of", "0 values; expected 1 to 1000"),
        (field("attributes.x", json!({"between": [2, 1]})), "/who/field/is/between", "exchange the two"),
        (field("attributes.x", json!({"above": 1e15})), "/who/field/is/above", "out of range"),
        (
            field("attributes.x", json!({"in_last_days": 0})),
            "/who/field/is/in_last_days",
            "0 days; expected 1 to 36500",
        ),
        (
            json!({"did": {"event": {"what": "visit"}, "spending": {"at_least": 1}}}),
            "/who/did/spending",
            "only purchases have spending",
        ),
        (
            json!({"did": {"event": {"what": "visit", "where": [{"name": "x", "is": {"equals": "y"}}]}}}),
            "/who/did/event/where/0/name",
            "no property `x`",
        ),
        (json!({"did": {"event": {"what": {"event": ""}}}}), "/who/did/event/what/event", "0 characters"),
        (
            json!({"did": {"event": {"what": "visit"}, "when": {"between": {"from": "2026-02-01", "to": "2026-01-01"}}}}),
            "/who/did/when/between",
            "ends before it begins",
        ),
        (
            json!({"sequence": {"steps": [{"what": "visit"}], "within_days": 1}}),
            "/who/sequence/steps",
            "1 steps; expected 2 to 5",
        ),
        (json!({"sql": " "}), "/who/sql", "1 characters; expected a condition of 1 to 4000"),
        (deep, "/who/not/not/not/not/not/not/not/not/not/not/not", "more than 10 groups within each other"),
    ] {
        let faults = rule(who.clone()).check();
        assert_eq!(faults.len(), 1, "{who}: {faults:?}");
        assert_eq!(faults[0].pointer, pointer, "{who}");
        assert!(faults[0].detail.contains(detail), "{who}: {}", faults[0].detail);
    }
    let many = json!({"all": vec![field("values.clv", json!({"above": 1})); NODES_MAX]});
    assert!(rule(many).check()[0].detail.starts_with("201 conditions; at most 200"));
    assert_eq!(Rule { version: 2, ..rule(json!({"sql": "x"})) }.check()[0].pointer, "/version");
    for unknown in [
        json!({"version": 1, "who": {"did": {"event": {"what": "visit"}, "whem": 1}}}),
        json!({"version": 1, "who": {"sometimes": []}}),
    ] {
        assert!(serde_json::from_value::<Rule>(unknown).unwrap_err().to_string().contains("unknown"));
    }
}

#[test]
fn segments_are_answered_after_those_they_are_made_of() {
    let of = |ids: &[&str]| {
        let parts: Vec<Value> = ids.iter().map(|id| json!({"segment": id})).collect();
        rule(json!({"all": parts}))
    };
    let (a, b, c, none) = (of(&["b", "c"]), of(&["c"]), rule(json!({"sql": "x"})), of(&["d"]));
    assert_eq!(order(&[("a", &a), ("b", &b), ("c", &c)]), Ok(vec![2, 1, 0]));
    let (place, fault) = order(&[("c", &c), ("x", &none)]).unwrap_err();
    assert_eq!((place, fault.pointer.as_str()), (1, "/who/all/0/segment"));
    assert!(fault.detail.contains("there is no segment d"));
    let back = of(&["a"]);
    let (_, fault) = order(&[("a", &a), ("b", &b), ("c", &back)]).unwrap_err();
    assert!(fault.detail.contains("leads back"), "{}", fault.detail);
    let chain: Vec<(String, Rule)> = (0..13).map(|at| (at.to_string(), of(&[&(at + 1).to_string()]))).collect();
    let end = rule(json!({"sql": "x"}));
    for backwards in [false, true] {
        let mut rules: Vec<(&str, &Rule)> = chain.iter().map(|(id, rule)| (id.as_str(), rule)).collect();
        rules.push(("13", &end));
        if backwards {
            rules.reverse();
        }
        assert!(order(&rules).unwrap_err().1.detail.contains("more than 10 segments within each other"));
        let short: Vec<(&str, &Rule)> = rules.into_iter().filter(|(id, _)| id.parse::<u32>().unwrap() >= 3).collect();
        assert!(order(&short).is_ok());
    }
}

#[test]
fn the_catalogue_has_every_value_column_and_knows_all_it_shows() {
    let fields = fields(&["Shoe size".to_owned(), "city".to_owned()]);
    for column in crate::columns::CUSTOMER.iter().filter(|column| column.name != "customer_id") {
        assert!(fields.iter().any(|field| field.name == format!("values.{}", column.name)), "{}", column.name);
    }
    for field in &fields {
        let kind = kind_of(&field.name).unwrap();
        assert!(kind == field.kind || kind == FieldKind::Any, "{}", field.name);
    }
    assert_eq!(fields.iter().filter(|field| field.name == "attributes.city").count(), 1);
    assert_eq!(properties(&["colour".to_owned()]).last().unwrap().name, "properties.colour");
}

#[test]
fn ready_made_segments_are_as_they_should_be() {
    for Ready { id, rule } in READY {
        assert_eq!(rule().check(), [], "{id}");
        let written = serde_json::to_value(rule()).unwrap();
        assert_eq!(serde_json::from_value::<Rule>(written).unwrap(), rule(), "{id}");
    }
}

#[test]
fn rules_read_in_every_language() {
    let rules = [
        json!({"did": {"event": {"what": "purchase", "where": [{"name": "category", "is": {"equals": "Shoes"}}, {"name": "channel", "is": {"equals": "app"}}]},
                       "when": {"in_last_days": 90}, "times": {"at_least": 2}, "spending": {"at_least": 100}}}),
        json!({"not_followed": {"first": {"what": {"step": "product_added"}}, "then": {"what": "purchase"}, "for_days": 3}}),
        json!({"all": [
            field("values.rfm_segment", json!({"one_of": ["at_risk", "cannot_lose"]})),
            {"any": [field("values.clv", json!({"at_least": 1234.5})), field("attributes.Shoe size", json!({"is_set": true}))]},
            {"not": {"segment": "s1"}},
            {"consent": {"purpose": "marketing", "channel": "email", "is": "granted"}},
        ]}),
        json!({"sequence": {"steps": [{"what": {"event": "Signed Up"}}, {"what": {"page": "Prices"}}, {"what": "visit"}], "within_days": 5,
                            "when": {"between": {"from": "2026-01-01", "to": "2026-03-31"}}}}),
        json!({"any": [{"did": {"event": {"what": "purchase"}, "times": {"exactly": 1}}}, {"did": {"event": {"what": "visit"}, "times": {"exactly": 0}, "when": {"in_last_days": 21}}},
                       field("attributes.birthday", json!({"birthday_in_days": 7})), {"sql": "clv > 2 * revenue"}]}),
    ];
    let name = |id: &str| (id == "s1").then(|| "VIP".to_owned());
    let mut read: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for language in Language::ALL {
        let naming = Naming { currency: "EUR", segment: &name };
        let sentences = rules.iter().map(|who| rule(who.clone()).sentence(Words::new(language), &naming));
        read.insert(language.to_string(), sentences.collect());
    }
    insta::assert_json_snapshot!(read);
}

#[test]
fn ids_are_numbers_in_the_order_of_their_text() {
    let ids = [
        "019b7ca9-8c88-7000-8000-0123456789ab",
        "019b7ca9-8c88-7fff-8000-000000000000",
        "f19b7ca9-8c88-7fff-8000-00000000000a",
    ];
    let numbers: Vec<PersonId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    assert!(numbers.is_sorted());
    assert_eq!(numbers.iter().map(PersonId::to_string).collect::<Vec<_>>(), ids);
    for wrong in [
        "",
        "anna",
        "019B7CA9-8c88-7000-8000-0123456789ab",
        "019b7ca98-c88-7000-8000-0123456789ab",
        "019b7ca9-8c88-7000-8000-0123456789abc",
    ] {
        assert_eq!(wrong.parse::<PersonId>(), Err(()), "{wrong}");
    }
}

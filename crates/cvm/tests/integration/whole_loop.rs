//! The loop closes: find the valuable who are leaving, plan with a budget, tell half of them over a real mail server, let them
//! answer as only we know they will, and read what it earned.

use super::campaigns::{Sending, received};
use super::erasure::{Api, until};
use super::server::Server;
use chrono::{SecondsFormat, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Customers who bought often and then no more, and others who still do.
const LEAVING: usize = 400;
const STAYING: usize = 300;

/// What an order of theirs is worth on average.
const ORDER: f64 = 50.0;

/// Of those who are told nothing so many order again, and of those who are told something so many.
const BY_THEMSELVES: f64 = 0.15;
const TOLD: f64 = 0.55;

#[test]
fn what_is_read_is_what_was_earned() {
    let Sending { folder: _folder, counted, mail: _mail, server, password } = Sending::start();
    let api = Api::of(&server, &password);
    let get = |path: &str| api.call("GET", path, &Value::Null);
    let mut rng = Pcg64Mcg::seed_from_u64(20);

    let mut orders = past(&server, &mut rng);
    let run = || {
        let job = api.call("POST", "/api/v1/runs", &json!({}));
        let id = job["job"].as_str().unwrap().to_owned();
        until("the values", || get(&format!("/api/v1/jobs/{id}"))["state"] == "done");
    };
    let lines = json!({"sql": "SELECT count(DISTINCT order_id) AS orders FROM order_lines"});
    let in_lake = |orders: usize| {
        until("the orders in the lake", || api.call("POST", "/api/v1/query", &lines)["rows"][0]["orders"] == orders);
    };
    in_lake(orders);
    run();

    // Who is worth having and leaving.
    let rule = leaving_but_worth_it();
    let made = api.call("POST", "/api/v1/segments", &json!({"name": "Leaving but worth it", "rule": rule}));
    let segment = made["id"].as_str().unwrap().to_owned();
    until("the segment", || get(&format!("/api/v1/segments/{segment}"))["customers"].as_u64() > Some(0));
    let leaving = get(&format!("/api/v1/segments/{segment}"))["customers"].as_u64().unwrap() as usize;
    assert!((LEAVING * 9 / 10..=LEAVING).contains(&leaving), "{leaving}");

    // A plan: a letter costs one and is thought to bring a tenth of what they are worth; the budget is for fewer than all.
    let budget = (leaving * 90) as f64;
    let plan = json!({"name": "Save them", "segment": segment, "budget": budget,
        "actions": [{"name": "Letter", "channel": "email", "cost": 100, "worth": {"assumed": 0.9}}]});
    let plan = api.call("POST", "/api/v1/plans", &plan)["id"].as_str().unwrap().to_owned();
    until("the plan", || get(&format!("/api/v1/plans/{plan}"))["outcome"].is_object());
    let outcome = get(&format!("/api/v1/plans/{plan}"))["outcome"].clone();
    let of = |name: &str| outcome[name].as_f64().unwrap();
    assert!(of("spent") <= budget && of("profit") <= of("bound") * 1.000_001, "{outcome}");
    let saved = api.call("POST", &format!("/api/v1/plans/{plan}/segments"), &json!({}));
    let audience = saved["segments"][0].as_str().unwrap_or_else(|| panic!("{saved} {outcome}")).to_owned();
    let chosen = outcome["chosen"].as_u64().unwrap();
    until("the plan's segment", || get(&format!("/api/v1/segments/{audience}"))["customers"] == chosen);

    // Half of them are told.
    let content = json!({"en": {"subject": "We miss you, {{ customer.first_name }}", "text": "Come back."}});
    let definition = json!({"channel": "email", "audience": {"any_of": [audience]}, "control_share": 0.5,
        "variants": [{"name": "A", "content": content}], "result_days": 30});
    let made = api.call("POST", "/api/v1/campaigns", &json!({"name": "Come back", "definition": definition}));
    let campaign = format!("/api/v1/campaigns/{}", made["id"].as_str().unwrap());
    api.call("POST", &format!("{campaign}/submit"), &json!({}));
    until("the end of the campaign", || get(&campaign)["state"] == "done");
    let counts = get(&campaign)["counts"].clone();
    let told: HashSet<String> = received(&counted).into_iter().map(|(_, to)| to).collect();
    assert_eq!(counts["members"]["treated"], told.len());
    assert!(counts["members"]["control"].as_u64() > Some(chosen / 3), "{counts}");

    // They answer, as only we know they do: so much more is bought by who is told.
    let truth = (TOLD - BY_THEMSELVES) * ORDER;
    orders = answered(&server, &told, orders, &mut rng);
    in_lake(orders);
    run();
    let results = format!("{campaign}/results");
    until("the result", || get(&results)["latest"].is_object());
    let latest = get(&results)["latest"].clone();
    let each = &latest["effects"]["revenue"]["each"];
    let of = |name: &str| each[name].as_f64().unwrap() / 100.0;
    let (estimate, half) = (of("estimate"), (of("high") - of("low")) / 2.0);
    println!("truth {truth}, read {estimate} [{}, {}] of {} customers", of("low"), of("high"), chosen);
    // Next to nothing of its thirty days has passed, so the interval is as wide as one may be that is looked at as often as one
    // likes: seven standard errors.
    assert!(of("low") <= truth && truth <= of("high"), "{latest}");
    assert!((estimate - truth).abs() <= half * 4.0 / 7.1 && half < 2.0 * truth, "{latest}");
    assert_eq!(latest["sample_ratio"]["mismatch"], false, "{latest}");
    server.stop();
}

/// What customers did before: so many orders.
pub(super) fn past(server: &Server, rng: &mut Pcg64Mcg) -> usize {
    let (mut orders, mut batch) = (0, Vec::new());
    for number in 0..LEAVING + STAYING {
        let consent = json!({"changes": [{"purpose": "marketing", "channel": "email", "state": "granted"}]});
        batch.push(json!({"type": "identify", "userId": format!("u{number}"), "messageId": format!("m{number}"),
            "traits": {"email": format!("u{number}@example.org"), "first_name": "Ada"}, "context": {"consent": consent}}));
        let last = if number < LEAVING { rng.random_range(150..200) } else { rng.random_range(1..25) };
        let mut day = last;
        while day < 500 {
            batch.push(order(&format!("u{number}"), orders, day, ORDER * rng.random_range(0.6..1.4)));
            orders += 1;
            day += rng.random_range(15..60);
        }
    }
    send(server, &batch);
    orders
}

/// Who bought often, and then no more.
pub(super) fn leaving_but_worth_it() -> Value {
    json!({"version": 1, "who": {"all": [
        {"did": {"event": {"what": "purchase"}, "times": {"at_least": 4}}},
        {"did": {"event": {"what": "purchase"}, "when": {"in_last_days": 120}, "times": {"exactly": 0}}},
    ]}})
}

/// They order again, as only we know they do; so many orders are there then.
pub(super) fn answered(server: &Server, told: &HashSet<String>, mut orders: usize, rng: &mut Pcg64Mcg) -> usize {
    let mut batch = Vec::new();
    for number in 0..LEAVING {
        let chance = if told.contains(&format!("u{number}@example.org")) { TOLD } else { BY_THEMSELVES };
        if rng.random_bool(chance) {
            batch.push(order(&format!("u{number}"), orders, 0, ORDER * rng.random_range(0.6..1.4)));
            orders += 1;
        }
    }
    send(server, &batch);
    orders
}

#[expect(
    clippy::disallowed_methods,
    reason = "a real server's clock is that of the machine, and so are its customers' days"
)]
fn order(user: &str, number: usize, days_ago: i64, revenue: f64) -> Value {
    let time = (Utc::now() - TimeDelta::days(days_ago)).to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": format!("o{number}"), "timestamp": time,
        "properties": {"order_id": format!("o{number}"), "revenue": (revenue * 100.0).round() / 100.0, "currency": "USD"}})
}

fn send(server: &Server, calls: &[Value]) {
    for calls in calls.chunks(1_000) {
        let answer = server.request("POST", "/v1/batch", &json!({"batch": calls}).to_string()).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

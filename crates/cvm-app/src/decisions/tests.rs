//! Through HTTP: who gets what and why, what is learned, what comes out again.

use super::JOB;
use crate::access::Permission::{EditOffers, MakeDecisions, ReadOffers};
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::customers::project;
use crate::platform::clock::{DAY, HOUR};
use crate::platform::jobs::run_due;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::http::StatusCode;
use cvm_core::message::Message;
use serde_json::{Value, json};
use sqlx::Row;

on_both_databases!(
    the_best_is_offered_and_each_other_has_its_reason,
    nothing_is_done_where_all_would_destroy_value,
    many_who_come_at_once_each_get_their_own,
    an_answer_is_known_to_the_very_next_decision,
    a_decision_comes_out_the_same_again,
    limits_are_kept,
    who_may_be_told_is_asked_of_the_contact_policy,
    what_is_not_answered_in_time_is_learned_from,
    who_is_erased_leaves_no_decisions,
    offers_are_written_in_a_form_and_shown,
    what_would_be_offered_is_shown_with_its_parts,
);

async fn ok(app: &TestApp, by: &Credentials, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = app.call(by, method, path, body).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

async fn by(app: &TestApp) -> Credentials {
    // Nobody is kept apart from all offers here.
    let held = crate::contacts::held(&app.app).await.unwrap();
    let policy = crate::contacts::Policy { global_control: 0.0, ..held.policy };
    crate::contacts::set(&app.app, &crate::access::Caller::system(), &policy).await.unwrap();
    app.key(&[ReadOffers, EditOffers, MakeDecisions]).await
}

/// Somebody new with these traits; their id.
async fn customer(app: &TestApp, user: &str, traits: Value) -> String {
    let (id, now) = (app.app.random.id(&app.clock), app.clock.now());
    let message: Message = serde_json::from_value(json!({"message_id": id, "source": "shop", "type": "identify",
        "user_id": user, "timestamp": now, "received_at": now, "traits": traits}))
    .unwrap();
    app.app.inbox.store(vec![message]).await.unwrap();
    while project(&app.app).await.unwrap().batches > 0 {}
    crate::customers::by_identifier(&app.app, &format!("user_id:{user}")).await.unwrap()
}

/// What a scoring run is taken to have found.
async fn score(app: &TestApp, run: &str, of: &[(&str, Value)]) {
    let pool = app.app.database.pool();
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ($1, '2026-01-01', 'test', 1, $2, 1, '{}')";
    sqlx::query(sql).bind(run).bind(app.clock.now()).execute(pool).await.unwrap();
    for (customer, columns) in of {
        let sql = "INSERT INTO customer_values (customer, run, columns) VALUES ($1, $2, $3)";
        sqlx::query(sql).bind(*customer).bind(run).bind(columns.to_string()).execute(pool).await.unwrap();
    }
}

/// An offer in apps, with what is different.
async fn offer(app: &TestApp, by: &Credentials, name: &str, change: Value) -> String {
    let mut draft = json!({"name": name, "issue": "growth", "group": "coupons", "state": "active",
        "worth": {"amount": 1000},
        "treatments": [{"channel": "in_app", "content": {"en": {"body": format!("{name}!")}}}]});
    for (member, value) in change.as_object().unwrap() {
        draft[member] = value.clone();
    }
    ok(app, by, "POST", "/api/v1/offers", draft).await["id"].as_str().unwrap().to_owned()
}

/// The decision for a customer, without trying anything.
async fn decide(app: &TestApp, by: &Credentials, customer: &str, change: Value) -> Value {
    let mut wish = json!({"customer": customer, "exploration": 0, "explain": true});
    for (member, value) in change.as_object().unwrap() {
        wish[member] = value.clone();
    }
    ok(app, by, "POST", "/api/v1/decisions", wish).await
}

fn reason<'a>(decision: &'a Value, offer: &str) -> &'a str {
    let offers = decision["left_out"]["offers"].as_array().unwrap();
    offers.iter().find(|it| it["offer"] == offer).and_then(|it| it["reason"].as_str()).unwrap_or("")
}

fn names(decision: &Value) -> Vec<&str> {
    let name = |action: &'static str| move |it: &Value| it["action"] == action;
    let actions = decision["actions"].as_array().unwrap();
    assert!(actions.iter().any(name("nothing")), "{decision}");
    actions.iter().map(|it| it["name"].as_str().unwrap_or("nothing")).collect()
}

async fn tell(app: &TestApp, by: &Credentials, decision: &Value, outcome: &str) -> Value {
    let body = json!({"decision": decision["id"], "offer": decision["actions"][0]["offer"], "outcome": outcome});
    ok(app, by, "POST", "/api/v1/outcomes", body).await
}

fn equals(name: &str, value: &str) -> Value {
    json!({"version": 1, "who": {"field": {"name": name, "is": {"equals": value}}}})
}

async fn the_best_is_offered_and_each_other_has_its_reason(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({"city": "Łódź", "first_name": "Anna", "language": "pl"})).await;
    score(&app, "r", &[(&anna, json!({"clv": 200, "expected_spend": 120, "expected_purchases": 3}))]).await;
    let elsewhere = json!({"eligible": equals("attributes.city", "Gdańsk")});
    let far = offer(&app, &by, "Far", json!({"policy": elsewhere})).await;
    let here = json!({"eligible": equals("attributes.city", "Łódź"), "suitable": equals("attributes.city", "?")});
    let bad = offer(&app, &by, "Bad for her", json!({"policy": here})).await;
    let later = offer(&app, &by, "Later", json!({"valid_from": "2027-01-01T00:00:00Z"})).await;
    let mail = json!([{"channel": "email", "content": {"en": {"body": "m"}}}]);
    let mail = offer(&app, &by, "By mail", json!({"treatments": mail})).await;
    let dear = offer(&app, &by, "Dear", json!({"cost": {"per_acceptance": 1001}})).await;
    let drafted = offer(&app, &by, "Draft", json!({"state": "draft"})).await;
    // 5% of 200 is 10, less a tenth of an order of 40: 6.
    let share = json!({"worth": {"share_of_margin": 0.05}, "cost": {"share_of_order": 0.1}});
    offer(&app, &by, "Share", share).await;
    let content = json!({"en": {"body": "Hi"}, "pl": {"subject": "{{ customer.first_name }}", "body": "{{ offer.name }} {{ context.page }}"}});
    let treatments = json!([{"channel": "in_app", "placements": ["home"], "content": content}]);
    offer(&app, &by, "Best", json!({"lever": 2.0, "treatments": treatments})).await;

    let decision = decide(&app, &by, &anna, json!({"count": 2, "placement": "home", "context": {"page": "<b>"}})).await;
    assert_eq!(names(&decision), ["Best", "Share", "nothing"]);
    let best = &decision["actions"][0];
    assert_eq!(best["content"], json!({"subject": "Anna", "body": "Best <b>", "data": null}));
    assert_eq!(best["language"], "pl");
    let parts = |action: &Value, name: &str| action["parts"][name].as_f64().unwrap();
    for (action, value) in [(best, 10.0), (&decision["actions"][1], 6.0)] {
        assert!((parts(action, "value") - value).abs() < 1e-9, "{action}");
        let product = ["propensity", "context_weight", "value", "lever"].iter().map(|name| parts(action, name));
        assert!((action["priority"].as_f64().unwrap() - product.product::<f64>()).abs() < 1e-12);
    }
    for (offer, why) in [
        (&far, "not_eligible"),
        (&bad, "not_suitable"),
        (&later, "not_yet"),
        (&mail, "no_treatment"),
        (&dear, "destroys_value"),
        (&drafted, ""),
    ] {
        assert_eq!(reason(&decision, offer), why, "{decision}");
    }
    let counts = json!({"destroys_value": 1, "no_treatment": 1, "not_eligible": 1, "not_suitable": 1, "not_yet": 1});
    assert_eq!(decision["left_out"]["counts"], counts);

    // Elsewhere in the app the best has no place; of one action the other is outranked by none.
    let decision = decide(&app, &by, "user:nobody", json!({"customer": null, "identifier": "user_id:anna"})).await;
    assert_eq!((names(&decision), decision["customer"].as_str()), (vec!["Share", "nothing"], Some(&*anna)));

    // She moves: a moment later she may have the other.
    customer(&app, "anna", json!({"city": "Gdańsk"})).await;
    let decision = decide(&app, &by, &anna, json!({"count": 5})).await;
    assert_eq!(names(&decision), ["Far", "Share", "nothing"]);
    let (status, _) = app.call(&by, "POST", "/api/v1/decisions", json!({"customer": "nobody"})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = app.call(&by, "POST", "/api/v1/decisions", json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let viewer = app.sign_in(Role::Viewer).await;
    let (status, _) = app.call(&viewer, "POST", "/api/v1/decisions", json!({"customer": anna})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

async fn many_who_come_at_once_each_get_their_own(app: TestApp) {
    let by = by(&app).await;
    let mut of_city = Vec::new();
    for number in 0..70 {
        let city = format!("City {}", number % 7);
        let id = customer(&app, &format!("u{number}"), json!({"city": city})).await;
        of_city.push((id, city));
    }
    for number in 0..7 {
        let city = format!("City {number}");
        offer(&app, &by, &city, json!({"policy": {"eligible": equals("attributes.city", &city)}})).await;
    }
    // Each twice, and some who are not there, all at once: none is in memory yet.
    let asked: Vec<Option<&(String, String)>> =
        of_city.iter().chain(&of_city).map(Some).chain(std::iter::repeat_n(None, 10)).collect();
    let nobody = app.app.random.id(&app.clock);
    let answers = asked.iter().map(|who| {
        let wish = json!({"customer": who.map_or(&nobody, |(id, _)| id), "exploration": 0});
        app.call(&by, "POST", "/api/v1/decisions", wish)
    });
    let answers = futures_util::future::join_all(answers).await;
    for (who, (status, answer)) in asked.iter().zip(answers) {
        match who {
            Some((id, city)) => {
                assert_eq!((status, answer["customer"].as_str()), (StatusCode::OK, Some(id.as_str())), "{answer}");
                assert_eq!(names(&answer), [city.as_str(), "nothing"]);
            }
            None => assert_eq!(status, StatusCode::NOT_FOUND, "{answer}"),
        }
    }
}

async fn nothing_is_done_where_all_would_destroy_value(app: TestApp) {
    let by = by(&app).await;
    let (poor, rich) = (customer(&app, "poor", json!({})).await, customer(&app, "rich", json!({})).await);
    let stranger = customer(&app, "stranger", json!({})).await;
    score(&app, "r", &[(&poor, json!({"clv": -20})), (&rich, json!({"clv": 500}))]).await;
    let gift = json!({"worth": {"share_of_margin": 0.1}, "cost": {"per_acceptance": 1000}});
    let gift = offer(&app, &by, "Gift", gift).await;
    let decision = decide(&app, &by, &poor, json!({})).await;
    assert_eq!((names(&decision), reason(&decision, &gift)), (vec!["nothing"], "destroys_value"));
    assert_eq!(names(&decide(&app, &by, &rich, json!({})).await), ["Gift", "nothing"]);
    let decision = decide(&app, &by, &stranger, json!({})).await;
    assert_eq!((names(&decision), reason(&decision, &gift)), (vec!["nothing"], "unknown_value"));
    // Who costs more than they bring still gets what is cheap, said in the same words.
    offer(&app, &by, "Tip", json!({"worth": {"amount": 50}})).await;
    for customer in [&poor, &rich] {
        let decision = decide(&app, &by, customer, json!({"count": 5})).await;
        let tip = decision["actions"].as_array().unwrap().iter().find(|it| it["name"] == "Tip").unwrap().clone();
        assert_eq!(tip["content"]["body"], "Tip!");
    }
}

async fn an_answer_is_known_to_the_very_next_decision(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({})).await;
    for name in ["A", "B"] {
        offer(&app, &by, name, json!({})).await;
    }
    let first = decide(&app, &by, &anna, json!({})).await;
    let chance = |decision: &Value| decision["actions"][0]["parts"]["chance"].as_f64().unwrap();
    assert_eq!((names(&first)[0], &first["basis"]["outcomes"]), ("A", &json!(0)));
    assert_eq!(tell(&app, &by, &first, "shown").await["new"], true);
    assert_eq!(tell(&app, &by, &first, "declined").await["new"], true);
    assert_eq!(tell(&app, &by, &first, "declined").await["new"], false, "told again, nothing changes");
    // A was declined, so it is believed less of than B.
    let second = decide(&app, &by, &anna, json!({"count": 2})).await;
    assert_eq!((&names(&second)[..2], &second["basis"]["outcomes"]), (&["B", "A"][..], &json!(2)));
    assert!(second["actions"][1]["parts"]["chance"].as_f64().unwrap() < chance(&first));
    tell(&app, &by, &second, "accepted").await;
    let third = decide(&app, &by, &anna, json!({})).await;
    assert!(names(&third)[0] == "B" && chance(&third) > chance(&second), "{third}");

    // What is new in the group starts from what is known of it, what is new elsewhere from nothing.
    offer(&app, &by, "New", json!({"worth": {"amount": 9000}})).await;
    offer(&app, &by, "Strange", json!({"worth": {"amount": 9000}, "group": "other"})).await;
    let decision = decide(&app, &by, &anna, json!({"count": 4})).await;
    let of = |name: &str| decision["actions"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    let chance = |name: &str| of(name)["parts"]["chance"].as_f64().unwrap();
    assert_eq!(chance("Strange"), first["actions"][0]["parts"]["chance"].as_f64().unwrap());
    assert!(chance("New") > chance("Strange"), "half of the group's answers were yes: {decision}");

    let results = ok(
        &app,
        &by,
        "GET",
        &format!("/api/v1/offers/{}/results", second["actions"][0]["offer"].as_str().unwrap()),
        Value::Null,
    )
    .await;
    // Chosen in the second, third and fourth decision.
    assert_eq!((&results["counters"]["offered"], &results["counters"]["accepted"]), (&json!(3), &json!(1)));
    let treatment = &results["treatments"][0];
    assert_eq!((&treatment["answers"], &treatment["quality"]["observed"]), (&json!(1.0), &json!(1.0)));
    assert_eq!(results["earned"], 10.0);
    // Outcomes of what was not chosen are refused.
    let wrong = json!({"decision": first["id"], "offer": second["actions"][0]["offer"], "outcome": "accepted"});
    assert_eq!(app.call(&by, "POST", "/api/v1/outcomes", wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = json!({"decision": "x", "offer": "y", "outcome": "shown"});
    assert_eq!(app.call(&by, "POST", "/api/v1/outcomes", wrong).await.0, StatusCode::NOT_FOUND);
}

async fn a_decision_comes_out_the_same_again(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({})).await;
    score(&app, "r", &[(&anna, json!({"clv": 123.4567, "p_alive": 1.0 / 3.0, "monetary": 17.77}))]).await;
    for number in 1..=8 {
        let worth = json!({"share_of_margin": 0.01 * f64::from(number)});
        offer(&app, &by, &format!("Offer {number}"), json!({"worth": worth, "cost": {"share_of_order": 0.003}})).await;
    }
    let mut decisions = Vec::new();
    for round in 0..12 {
        app.clock.advance(HOUR);
        let wish = json!({"count": 3, "exploration": 1.0, "context": {"round": round, "loud": true}});
        let decision = decide(&app, &by, &anna, wish).await;
        tell(&app, &by, &decision, if round % 3 == 0 { "accepted" } else { "declined" }).await;
        decisions.push(decision);
    }
    let offers: Vec<&Value> = decisions.iter().map(|it| &it["actions"][0]["offer"]).collect();
    assert!(offers.iter().any(|offer| *offer != offers[0]), "something is tried");
    // Since then an offer went, another is worth more, and she is worth less.
    let path = |place: usize| format!("/api/v1/offers/{}", decisions[place]["actions"][0]["offer"].as_str().unwrap());
    let mut change = ok(&app, &by, "GET", &path(0), Value::Null).await;
    let members = ["id", "created_at", "created_by", "changed_at", "changed_by"];
    members.iter().for_each(|name| drop(change.as_object_mut().unwrap().remove(*name)));
    change["worth"] = json!({"amount": 77});
    ok(&app, &by, "PUT", &path(0), change).await;
    ok(
        &app,
        &by,
        "DELETE",
        &format!("/api/v1/offers/{}", decisions[0]["actions"][1]["offer"].as_str().unwrap()),
        Value::Null,
    )
    .await;
    score(&app, "s", &[(&anna, json!({"clv": 1.0}))]).await;
    for decision in &decisions {
        let replayed = ok(
            &app,
            &by,
            "GET",
            &format!("/api/v1/decisions/{}/replay", decision["id"].as_str().unwrap()),
            Value::Null,
        )
        .await;
        assert_eq!(replayed["same"], true, "{replayed}");
        assert_eq!(replayed["again"][0]["id"], decision["actions"][0]["offer"]);
    }
    // A server that starts anew believes the same.
    let seed = json!({"seed": 5, "exploration": 1.0, "dry_run": true, "count": 8});
    let before = decide(&app, &by, &anna, seed.clone()).await;
    let engine = super::Engine::start(&app.app.config, app.app.database.clone());
    let other = app.app.clone().with(|parts| parts.decisions = engine);
    let wish: super::Wish =
        serde_json::from_value(json!({"customer": anna, "seed": 5, "exploration": 1.0, "dry_run": true, "count": 8}))
            .unwrap();
    let after = super::decide(&other, &crate::access::Caller::system(), &wish).await.unwrap();
    assert_eq!(json!(after)["actions"], before["actions"]);
    let (status, _) = app.call(&by, "GET", "/api/v1/decisions/x/replay", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

async fn limits_are_kept(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({})).await;
    let few = offer(&app, &by, "Few", json!({"stock": 1})).await;
    let decision = decide(&app, &by, &anna, json!({})).await;
    tell(&app, &by, &decision, "accepted").await;
    assert_eq!(reason(&decide(&app, &by, &anna, json!({})).await, &few), "out_of_stock");

    // Each acceptance costs 3.00 of 5.00: after the second nothing is left.
    let dear = offer(&app, &by, "Dear", json!({"budget": 500, "cost": {"per_acceptance": 300}})).await;
    for _ in 0..2 {
        let decision = decide(&app, &by, &anna, json!({})).await;
        assert_eq!(names(&decision)[0], "Dear");
        tell(&app, &by, &decision, "accepted").await;
    }
    assert_eq!(reason(&decide(&app, &by, &anna, json!({})).await, &dear), "budget_spent");

    let ends =
        offer(&app, &by, "Ends", json!({"valid_until": "2026-01-03T00:00:00Z", "caps": [{"times": 2, "days": 1}]}))
            .await;
    for _ in 0..2 {
        let decision = decide(&app, &by, &anna, json!({})).await;
        assert_eq!(names(&decision)[0], "Ends");
        tell(&app, &by, &decision, "shown").await;
    }
    assert_eq!(reason(&decide(&app, &by, &anna, json!({})).await, &ends), "offer_capped");
    app.clock.advance(DAY);
    assert_eq!(reason(&decide(&app, &by, &anna, json!({})).await, &ends), "over");
}

async fn who_may_be_told_is_asked_of_the_contact_policy(app: TestApp) {
    let by = by(&app).await;
    let treatments = json!([{"channel": "email", "content": {"en": {"body": "m"}}}]);
    let mail = offer(&app, &by, "Mail", json!({"treatments": treatments, "cost": {"contact": {"email": 0.5}}})).await;
    let anna = customer(&app, "anna", json!({})).await;
    let by_mail = json!({"channel": "email"});
    assert_eq!(reason(&decide(&app, &by, &anna, by_mail.clone()).await, &mail), "no_address");
    customer(&app, "anna", json!({"email": "anna@example.com"})).await;
    assert_eq!(reason(&decide(&app, &by, &anna, by_mail.clone()).await, &mail), "no_consent");
    let admin = app.sign_in(Role::Admin).await;
    let consent = json!([{"purpose": "marketing", "channel": "email", "state": "granted"}]);
    ok(&app, &admin, "POST", &format!("/api/v1/customers/{anna}/consents"), consent).await;
    // Three in a week are enough by the policy that is there from the start.
    for _ in 0..3 {
        let decision = decide(&app, &by, &anna, by_mail.clone()).await;
        assert_eq!(names(&decision)[0], "Mail");
        // An e-mail for half a cent, of which the chance pays a part.
        let parts = &decision["actions"][0]["parts"];
        let expected = 10.0 - 0.005 / parts["propensity"].as_f64().unwrap();
        assert!((parts["value"].as_f64().unwrap() - expected).abs() < 1e-9);
        tell(&app, &by, &decision, "shown").await;
    }
    assert_eq!(reason(&decide(&app, &by, &anna, by_mail.clone()).await, &mail), "capped");
    let policy = crate::contacts::Policy { global_control: 0.5, ..crate::contacts::Policy::default() };
    crate::contacts::set(&app.app, &crate::access::Caller::system(), &policy).await.unwrap();
    let mut reasons = Vec::new();
    for number in 0..20 {
        let somebody = customer(&app, &format!("user-{number}"), json!({})).await;
        reasons.push(reason(&decide(&app, &by, &somebody, by_mail.clone()).await, &mail).to_owned());
    }
    assert!(reasons.iter().any(|it| it == "global_control") && reasons.iter().any(|it| it == "no_address"));
}

async fn what_is_not_answered_in_time_is_learned_from(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({})).await;
    let id = offer(&app, &by, "A", json!({"answer_days": 2})).await;
    let decision = decide(&app, &by, &anna, json!({})).await;
    tell(&app, &by, &decision, "shown").await;
    let results = async || ok(&app, &by, "GET", &format!("/api/v1/offers/{id}/results"), Value::Null).await;
    for (ahead, ignored) in [(DAY, 0), (DAY, 1), (DAY, 1)] {
        app.clock.advance(ahead);
        run_due(&app.app, &[JOB]).await.unwrap();
        assert_eq!(results().await["counters"]["ignored"], ignored);
    }
    assert_eq!(results().await["treatments"][0]["answers"], 1.0);
    // Who takes it after all is counted, and not learned from twice.
    tell(&app, &by, &decision, "accepted").await;
    let results = results().await;
    assert_eq!((&results["counters"]["accepted"], &results["treatments"][0]["answers"]), (&json!(1), &json!(1.0)));
    let told = json!({"decision": decision["id"], "offer": id, "outcome": "ignored"});
    assert_eq!(app.call(&by, "POST", "/api/v1/outcomes", told).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn who_is_erased_leaves_no_decisions(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({})).await;
    offer(&app, &by, "A", json!({})).await;
    let decision = decide(&app, &by, &anna, json!({})).await;
    tell(&app, &by, &decision, "accepted").await;
    let admin = app.sign_in(Role::Admin).await;
    ok(&app, &admin, "DELETE", &format!("/api/v1/customers/{anna}?reason=asked"), Value::Null).await;
    for sql in ["SELECT count(*) FROM decisions", "SELECT count(*) FROM outcomes WHERE customer <> ''"] {
        let count: i64 = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0);
        assert_eq!(count, 0, "{sql}");
    }
    let (status, _) = app.call(&by, "POST", "/api/v1/decisions", json!({"customer": anna})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

async fn offers_are_written_in_a_form_and_shown(app: TestApp) {
    let marketer = app.sign_in(Role::Marketer).await;
    let (status, page) = app.page(&marketer, "/en/offers").await;
    assert!(status == StatusCode::OK && page.contains("No offers yet"), "{page}");
    let (status, page) = app.page(&marketer, "/fa/offers/new").await;
    assert!(status == StatusCode::OK && page.contains("name=\"t0.fa.body\""), "{page}");

    // Another language and another treatment, without saving.
    let mut fields = vec![
        ("name", "Coupon"),
        ("issue", "growth"),
        ("group", "coupons"),
        ("state", "active"),
        ("worth", "amount"),
        ("worth_amount", "۱۲٫۵"),
        ("reward", "2"),
        ("lever", "1"),
        ("answer_days", "7"),
        ("cap_times", "3"),
        ("cap_days", "7"),
        ("valid_until", "2026-01-31"),
        ("t0.channel", "email"),
        ("t0.languages", "en"),
        ("t0.cost", "0.002"),
        ("t0.placements", "top, side"),
        ("t0.en.subject", "Hi {{ customer.first_name }}"),
        ("t0.en.body", "A <b>coupon</b>"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&fields[..], more].concat();
    let (status, _, page) =
        app.form(&marketer, "/en/offers/new", &with(&[("do", "language:t0"), ("t0.more", "pl")])).await;
    assert!(status == StatusCode::OK && page.contains("name=\"t0.pl.body\""), "{page}");
    let (_, _, page) = app.form(&marketer, "/en/offers/new", &with(&[("do", "treatment")])).await;
    assert!(page.contains("name=\"t1.channel\"") && page.contains("value=\"top, side\""), "{page}");

    // What is wrong stands at its field, and what was written stays.
    let (status, _, page) = app.form(&marketer, "/pl/offers/new", &with(&[("stock", "many"), ("do", "save")])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("id=\"stock-fault\"") && page.contains("value=\"many\""), "{page}");
    let (status, there, page) = app.form(&marketer, "/en/offers/new", &with(&[("do", "save")])).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");

    let (_, page) = app.page(&marketer, &there).await;
    for text in ["Coupon", "$12.50", "$2.00", "3 times in 7 days", "Hi {{ customer.first_name }}", "No answers yet"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let id = there.rsplit('/').next().unwrap().to_owned();
    let reader = app.key(&[ReadOffers]).await;
    let offer = ok(&app, &reader, "GET", &format!("/api/v1/offers/{id}"), Value::Null).await;
    assert_eq!((&offer["worth"], &offer["cost"]["contact"]["email"]), (&json!({"amount": 1250}), &json!(0.2)));
    assert_eq!(
        (&offer["valid_until"], &offer["treatments"][0]["placements"]),
        (&json!("2026-02-01T00:00:00Z"), &json!(["top", "side"]))
    );

    // The form of what is there is what was written; saved again it is the same.
    let (_, page) = app.page(&marketer, &format!("{there}/edit")).await;
    assert!(
        page.contains("value=\"12.5\"") && page.contains("value=\"2026-01-31\"") && page.contains("value=\"0.002\""),
        "{page}"
    );
    fields.retain(|(name, _)| *name != "name");
    let again =
        [&fields[..], &[("name", "Coupon of ten"), ("t0.number", "1"), ("version", "1"), ("do", "save")]].concat();
    let (status, _, page) = app.form(&marketer, &format!("{there}/edit"), &again).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let changed = ok(&app, &reader, "GET", &format!("/api/v1/offers/{id}"), Value::Null).await;
    assert_eq!((&changed["name"], &changed["treatments"]), (&json!("Coupon of ten"), &offer["treatments"]));
    let (status, _, page) = app.form(&marketer, &format!("{there}/edit"), &again).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("somebody changed the offer meanwhile"),
        "{page}"
    );

    let (_, csv) = app.page(&marketer, "/en/offers.csv").await;
    assert!(csv.contains(",Coupon of ten,growth,coupons,active,0,"), "{csv}");
    let viewer = app.sign_in(Role::Viewer).await;
    assert_eq!(app.page(&viewer, "/en/offers/new").await.0, StatusCode::FORBIDDEN);
    let (_, page) = app.page(&viewer, "/en/offers").await;
    assert!(page.contains("Coupon of ten") && !page.contains("/offers/new"), "{page}");
    assert_eq!(app.form(&marketer, &format!("{there}/delete"), &[]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(app.page(&marketer, &there).await.0, StatusCode::NOT_FOUND);
}

async fn what_would_be_offered_is_shown_with_its_parts(app: TestApp) {
    let by = by(&app).await;
    let anna = customer(&app, "anna", json!({})).await;
    let best = offer(&app, &by, "Best", json!({})).await;
    offer(&app, &by, "Dear", json!({"cost": {"per_acceptance": 5000}})).await;
    let agent = app.sign_in(Role::ServiceAgent).await;
    let (status, page) = app.page(&agent, "/en/offers/try").await;
    assert!(status == StatusCode::OK && !page.contains("Best next"), "{page}");
    let (_, page) = app.page(&agent, "/en/offers/try?customer=user_id:anna&channel=in_app").await;
    for text in [&*format!("/en/offers/{best}"), "Do nothing", "Would cost more than it brings", "Best!", &*anna] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let (_, page) = app.page(&agent, "/en/offers/try?customer=nobody").await;
    assert!(page.contains("There is no such customer"), "{page}");
    let (_, page) = app.page(&agent, &format!("/fa/customers/{anna}/offers")).await;
    assert!(page.contains("Best") && page.contains("هیچ کاری نکردن"), "{page}");
    let (_, page) = app.page(&agent, &format!("/en/customers/{anna}")).await;
    assert!(page.contains(&format!("/en/customers/{anna}/offers")), "{page}");
    // Nothing of it was written down.
    let count: i64 =
        sqlx::query("SELECT count(*) FROM decisions").fetch_one(app.app.database.pool()).await.unwrap().get(0);
    assert_eq!(count, 0);

    // With answers there is a picture of how true the chances were.
    for answer in ["accepted", "declined", "declined"] {
        let decision = decide(&app, &by, &anna, json!({})).await;
        tell(&app, &by, &decision, "shown").await;
        tell(&app, &by, &decision, answer).await;
    }
    let (_, page) = app.page(&agent, &format!("/en/offers/{best}")).await;
    assert!(page.contains("<svg") && page.contains("33.3%"), "{page}");
}

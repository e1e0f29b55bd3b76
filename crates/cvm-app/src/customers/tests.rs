//! From messages to people, on a database: the story of one person, what survives a crash, and how fast it is.

use super::exchange;
use super::projector::{self, CONSUMER, Projected, Projector};
use crate::access::Permission;
use crate::access::testing::Credentials;
use crate::platform::clock::{HOUR, MINUTE};
use crate::platform::jobs::run_due;
use crate::platform::testing::{START, TestApp, on_both_databases};
use crate::tracking::inbox;
use axum::http::{Request, StatusCode};
use cvm_core::lake::Erased;
use cvm_core::message::Message;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

on_both_databases!(
    what_is_not_committed_is_done_again_and_only_once,
    a_timeline_keeps_the_latest,
    consents_are_kept_as_they_change,
    a_table_of_customers_tells_consents,
    orders_are_in_the_timeline_with_their_worth,
    one_customer_under_three_identifiers_is_one,
    what_was_merged_is_parted_again_and_stays_so,
    a_profile_is_edited_by_hand,
    records_go_the_one_way_in_and_bad_ones_are_replayed,
    packed_records_are_bounded_when_unpacked,
    erased_nothing_of_them_is_found,
    the_lake_forgets_though_more_comes_in,
    a_browser_of_two_is_not_suppressed,
    a_shared_address_is_blocked_and_seen_to_be,
    customers_come_in_pages,
    who_is_not_to_be_contacted_is_remembered,
    the_lake_learns_whose_ids_are,
);

/// Everything of the inbox becomes people, by a projector that remembers nothing.
async fn project(app: &TestApp) -> Projected {
    project_with(&mut Projector::new(app.app.clone())).await
}

async fn project_with(projector: &mut Projector) -> Projected {
    let mut all = Projected::default();
    loop {
        let done = projector.round().await.unwrap();
        if done.batches == 0 {
            return all;
        }
        all.batches += done.batches;
        all.messages += done.messages;
        all.left_out += done.left_out;
    }
}

/// A message, stored in the inbox as if it had come.
fn message(id: &str, time: i64, rest: Value) -> Message {
    let mut call = json!({"message_id": id, "source": "shop", "timestamp": time, "received_at": time});
    call.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    serde_json::from_value(call).unwrap()
}

/// What customers are known by, one set a person.
async fn people(app: &TestApp) -> BTreeSet<BTreeSet<String>> {
    let rows =
        sqlx::query("SELECT survivor, known_by FROM customers").fetch_all(app.app.database.pool()).await.unwrap();
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        people.entry(row.get(0)).or_default().insert(row.get(1));
    }
    people.into_values().collect()
}

/// Where a table is.
fn pool_of<'a>(app: &'a TestApp, table: &str) -> &'a sqlx::AnyPool {
    if table == "rejections" { app.app.database.inbox() } else { app.app.database.pool() }
}

async fn count(app: &TestApp, table: &'static str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query(sql).fetch_one(pool_of(app, table)).await.unwrap().get(0)
}

/// Messages of few people who share browsers, devices, addresses and numbers, and alias each other.
fn jumble(rng: &mut Pcg64Mcg, messages: usize) -> Vec<Message> {
    let mut made = Vec::new();
    for number in 0..messages {
        let mut any = |most: u32| rng.random_range(0..most);
        let user = format!("u{}", any(12));
        let browser = format!("a{}", any(15));
        let mut call = match any(10) {
            0..3 => json!({"type": "page", "anonymous_id": browser}),
            3..6 => json!({"type": "track", "name": "e", "user_id": user, "anonymous_id": browser}),
            6 => json!({"type": "alias", "user_id": user, "previous_id": format!("old{}", any(6))}),
            7 => json!({"type": "track", "name": "e", "user_id": format!("old{}", any(6))}),
            _ => {
                json!({"type": "identify", "user_id": user, "traits": {"email": format!("e{}@b.pl", any(9)), "n": number}})
            }
        };
        if any(4) == 0 {
            call["context"] = json!({"device": {"id": format!("d{}", any(8))}, "traits": {"phone": format!("+4860123450{}", any(6))}});
        }
        made.push(message(&format!("m{number}"), START + number as i64 * 1000, call));
    }
    made
}

/// What of each customer does not depend on ids.
async fn state(app: &TestApp) -> Vec<(String, i64, i64, String)> {
    let sql = "SELECT known_by, identifiers, events, attributes FROM customers ORDER BY known_by";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

#[tokio::test]
async fn rounds_of_any_size_give_the_same_people() {
    for seed in 0..8 {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let messages = jumble(&mut rng, 250);
        let (one, many) = (TestApp::new().await, TestApp::new().await);
        one.app.inbox.store(messages.clone()).await.unwrap();
        assert_eq!(project(&one).await.messages, 250);
        let mut rest = &messages[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rng.random_range(1..=rest.len().min(40)));
            many.app.inbox.store(now.to_vec()).await.unwrap();
            project(&many).await;
            rest = later;
        }
        assert_eq!(people(&one).await, people(&many).await, "seed {seed}");
        assert_eq!(state(&one).await, state(&many).await);
        for app in [&one, &many] {
            assert_eq!(count(app, "customer_events").await, 250, "no event is lost");
            let sql = "SELECT count(*) FROM customers AS one JOIN customers AS survivor ON survivor.id = one.survivor \
                       WHERE survivor.survivor <> survivor.id OR survivor.created_at > one.created_at";
            let wrong: i64 = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0);
            assert_eq!(wrong, 0, "the oldest survives");
        }
    }
}

/// What a projector remembers is never what somebody else has changed: another server's round, or a change by hand.
#[tokio::test]
async fn a_projector_remembers_only_what_still_holds() {
    for seed in 0..3 {
        let mut rng = Pcg64Mcg::seed_from_u64(100 + seed);
        let messages = jumble(&mut rng, 150);
        let (forgetting, remembering) = (TestApp::new().await, TestApp::new().await);
        let keys = [key(&forgetting).await, key(&remembering).await];
        let mut projector = Projector::new(remembering.app.clone());
        let mut rest = &messages[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rng.random_range(1..=rest.len().min(20)));
            for app in [&forgetting, &remembering] {
                app.app.inbox.store(now.to_vec()).await.unwrap();
            }
            project(&forgetting).await;
            if rng.random_range(0..5) == 0 {
                project(&remembering).await;
            }
            project_with(&mut projector).await;
            let users = [0, 1].map(|_| format!("user_id:u{}", rng.random_range(0..12)));
            let action = ["merge", "unmerge", "erase"][rng.random_range(0..3)];
            if rng.random_range(0..3) == 0 {
                for (app, key) in [&forgetting, &remembering].into_iter().zip(&keys) {
                    by_hand(app, key, action, &users).await;
                }
            }
            rest = later;
        }
        assert_eq!(people(&forgetting).await, people(&remembering).await, "seed {seed}");
        assert_eq!(state(&forgetting).await, state(&remembering).await, "seed {seed}");
    }
}

/// Does something to the customers of two user ids, as far as there are such.
async fn by_hand(app: &TestApp, key: &Credentials, action: &str, users: &[String; 2]) {
    let mut ids = Vec::new();
    for user in users {
        let sql = "SELECT id FROM customers WHERE known_by = $1";
        let row = sqlx::query(sql).bind(user.as_str()).fetch_optional(app.app.database.pool()).await.unwrap();
        ids.extend(row.map(|row| row.get::<String, _>(0)));
    }
    let [a, b] = &ids[..] else { return };
    let (status, answer) = match action {
        "erase" => app.call(key, "DELETE", &format!("/api/v1/customers/{a}"), Value::Null).await,
        _ => app.call(key, "POST", &format!("/api/v1/customers/{action}"), json!({"a": a, "b": b})).await,
    };
    assert!(status == StatusCode::OK || status == StatusCode::CONFLICT, "{answer}");
}

async fn what_is_not_committed_is_done_again_and_only_once(app: TestApp) {
    app.app.inbox.store(jumble(&mut Pcg64Mcg::seed_from_u64(3), 50)).await.unwrap();
    // A server dies in the middle of a round: its change never was.
    let mut dying = app.app.database.begin().await.unwrap();
    inbox::lock_position(&mut dying, CONSUMER).await.unwrap();
    inbox::set_position(&mut dying, CONSUMER, 1).await.unwrap();
    sqlx::query("INSERT INTO identifier_blocks (identifier, reason, blocked_at) VALUES ('x', 'y', 1)")
        .execute(&mut *dying)
        .await
        .unwrap();
    drop(dying);
    assert_eq!((project(&app).await.messages, count(&app, "identifier_blocks").await), (50, 0));
    assert_eq!(project(&app).await, Projected::default(), "nothing is taken twice");
    assert_eq!(count(&app, "customer_events").await, 50);
    assert_eq!(inbox::position(&app.app.database, CONSUMER).await.unwrap(), 1);
}

async fn a_timeline_keeps_the_latest(app: TestApp) {
    let event = |number: i64| {
        // The newest first: what is kept depends on when it happened.
        message(&format!("m{number}"), START - number, json!({"type": "track", "name": "e", "user_id": "u"}))
    };
    app.app.inbox.store((0..1500).map(event).collect()).await.unwrap();
    project(&app).await;
    assert_eq!(count(&app, "customer_events").await, projector::EVENTS_MAX);
    let sql = "SELECT min(time), max(time) FROM customer_events";
    let row = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap();
    assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (START - 999, START));
}

async fn a_table_of_customers_tells_consents(app: TestApp) {
    let key = key(&app).await;
    let row = |id: &str, email: Value| json!({"customer_id": id, "city": "Gdańsk", "consent_email": email, "consent_call": "nie", "consent_sms": "", "time": "2025-05-01"});
    let rows = json!({"records": [row("1", json!("Yes")), row("2", json!(false)), row("3", json!("perhaps"))]});
    let taken = ok(&app, &key, "POST", "/api/v1/customers/batch", rows).await;
    assert_eq!((&taken["accepted"], &taken["rejected"]), (&json!(2), &json!(1)));
    assert_eq!(taken["rejections"][0]["detail"], "consent_email is `perhaps`; expected yes or no, or nothing");
    project(&app).await;
    for (user, state) in [("1", "granted"), ("2", "denied")] {
        let id = who(&app, &key, &format!("user_id:{user}")).await.remove(0);
        let customer = ok(&app, &key, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
        let attributes: Vec<&String> = customer["attributes"].as_object().unwrap().keys().collect();
        assert_eq!(attributes, ["city"], "a consent is no attribute");
        let consents = customer["consents"].as_array().unwrap();
        let of = |channel: &str| consents.iter().find(|consent| consent["channel"] == channel).unwrap();
        assert_eq!((consents.len(), &of("email")["state"], &of("call")["state"]), (2, &json!(state), &json!("denied")));
        assert_eq!(of("email")["purpose"], "marketing");
        assert_eq!(of("email")["time"], "2025-05-01T00:00:00Z");
    }
    let sql = "SELECT proof FROM customer_consents WHERE channel = 'call'";
    let proof: String = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap()[0].get(0);
    let proof: Value = serde_json::from_str(&proof).unwrap();
    assert_eq!(proof, json!({"how": "import", "column": "consent_call", "value": "nie"}));

    // An old list without dates is read again: who has unsubscribed since stays so, who says no is heard, who is new has said yes.
    let row = |id: &str, email: &str| json!({"customer_id": id, "consent_email": email});
    // Columns of an imported file come as attributes.
    let imported = json!({"customer_id": "4", "attributes": {"city": "Radom", "consent_email": true}});
    let rows = json!({"records": [row("1", "no"), row("2", "yes"), imported]});
    assert_eq!(ok(&app, &key, "POST", "/api/v1/customers/batch", rows).await["accepted"], 3);
    project(&app).await;
    for (user, state) in [("1", "denied"), ("2", "denied"), ("4", "granted")] {
        let id = who(&app, &key, &format!("user_id:{user}")).await.remove(0);
        let customer = ok(&app, &key, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
        let of_email = customer["consents"].as_array().unwrap().iter().find(|consent| consent["channel"] == "email");
        assert_eq!(of_email.unwrap()["state"], state, "{user}");
        assert_eq!(customer["attributes"].as_object().unwrap().len(), 1, "the city");
    }
}

async fn consents_are_kept_as_they_change(app: TestApp) {
    let says = |id: &str, time: i64, ads: bool| {
        let context = json!({"consent": {"categoryPreferences": {"Advertising": ads}}});
        message(id, START + time, json!({"type": "track", "name": "e", "user_id": "u", "context": context}))
    };
    app.app.inbox.store(vec![says("1", 1, true), says("2", 2, true), says("3", 4, false)]).await.unwrap();
    project(&app).await;
    app.app.inbox.store(vec![says("4", 3, true), says("5", 6, false), says("6", 7, true)]).await.unwrap();
    project(&app).await;
    let sql = "SELECT time, state FROM customer_consents ORDER BY time";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    let history: Vec<(i64, String)> = rows.iter().map(|row| (row.get::<i64, _>(0) - START, row.get(1))).collect();
    let expected = [(1, "granted"), (4, "denied"), (7, "granted")].map(|(time, state)| (time, state.to_owned()));
    assert_eq!(history, expected);
}

async fn orders_are_in_the_timeline_with_their_worth(app: TestApp) {
    let order =
        json!({"order_id": "o1", "revenue": 19.99, "currency": "PLN", "products": [{"sku": "a", "price": 19.99}]});
    let wrong = json!({"revenue": 1});
    let calls =
        [("Order Completed", order), ("Order Completed", wrong), ("Order Cancelled", json!({"order_id": "o1"}))];
    let calls = calls.into_iter().enumerate().map(|(number, (name, properties))| {
        let call = json!({"type": "track", "name": name, "user_id": "u", "properties": properties});
        message(&number.to_string(), START + number as i64, call)
    });
    app.app.inbox.store(calls.collect()).await.unwrap();
    project(&app).await;
    let sql = "SELECT order_id, amount, currency, summary FROM customer_events ORDER BY time";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    let of = |row: usize| (rows[row].get::<Option<String>, _>(0), rows[row].get::<Option<i64>, _>(1));
    assert_eq!(
        (of(0), of(1), of(2)),
        ((Some("o1".to_owned()), Some(1999)), (None, None), (Some("o1".to_owned()), None))
    );
    assert!(rows[1].get::<String, _>(3).contains("the order has no id"));
}

/// A key that may do all that concerns customers.
async fn key(app: &TestApp) -> Credentials {
    use Permission::{EraseCustomers, Import, ReadCustomers, ReadPersonalData, WriteCustomers};
    app.key(&[ReadCustomers, ReadPersonalData, WriteCustomers, EraseCustomers, Import]).await
}

/// Calls, and expects success.
async fn ok(app: &TestApp, by: &Credentials, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = app.call(by, method, path, body).await;
    assert_eq!(status, StatusCode::OK, "{method} {path}: {answer}");
    answer
}

/// The ids of the customers that have shown an identifier.
async fn who(app: &TestApp, by: &Credentials, identifier: &str) -> Vec<String> {
    let path = format!("/api/v1/customers?identifier={}", identifier.replace('+', "%2B").replace(' ', "%20"));
    let found = ok(app, by, "GET", &path, Value::Null).await;
    found["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn one_customer_under_three_identifiers_is_one(app: TestApp) {
    let key = key(&app).await;
    let call = async |path: &str, body: Value| assert_eq!(app.post(path, &body).await.0, StatusCode::OK);
    call("/v1/page", json!({"anonymousId": "browser", "messageId": "1", "properties": {"path": "/shoes"}})).await;
    call(
        "/v1/identify",
        json!({"anonymousId": "browser", "userId": "web-7", "messageId": "2",
        "traits": {"email": "Anna@Example.org", "firstName": "Anna", "city": "Gdańsk"}}),
    )
    .await;
    call(
        "/v1/identify",
        json!({"userId": "till-9", "messageId": "3", "traits": {"loyaltyCard": "77 88", "email": "anna@example.org"}}),
    )
    .await;
    call(
        "/v1/track",
        json!({"userId": "till-9", "messageId": "4", "event": "Order Completed",
        "properties": {"order_id": "o1", "revenue": 120.5, "currency": "PLN"}}),
    )
    .await;
    project(&app).await;
    let found = who(&app, &key, "email:ANNA@example.org").await;
    assert_eq!(found.len(), 1);
    for identifier in ["user_id:web-7", "user_id:till-9", "anonymous_id:browser", "loyalty_card:7788"] {
        assert_eq!(who(&app, &key, identifier).await, found, "{identifier}");
    }
    let id = &found[0];
    let mut customer = ok(&app, &key, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
    assert_eq!(customer["timeline"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&customer["timeline"][0]["amount"], &customer["timeline"][0]["order_id"]),
        (&json!(12050), &json!("o1"))
    );
    assert_eq!(customer["attributes"]["first_name"]["value"], "Anna");
    assert_eq!(customer["merges"].as_array().unwrap().len(), 2);
    // An id that was merged answers with the surviving one.
    let merged = customer["merges"][0]["merged"].take();
    let old = ok(&app, &key, "GET", &format!("/api/v1/customers/{}", merged.as_str().unwrap()), Value::Null).await;
    assert_eq!((&old["id"], &old["merged_from"]), (&json!(id), &merged));
    // Who may not know who it is sees what they do, and nothing that names them.
    let viewer = app.key(&[Permission::ReadCustomers]).await;
    let (_, seen) = app.call(&viewer, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
    let text = seen.to_string().to_lowercase();
    assert!(!text.contains("anna") && !text.contains("web-7") && !text.contains("7788"), "{text}");
    assert_eq!(
        (&seen["attributes"]["city"]["value"], &seen["timeline"][0]["amount"]),
        (&json!("Gdańsk"), &json!(12050))
    );
}

async fn what_was_merged_is_parted_again_and_stays_so(app: TestApp) {
    let key = key(&app).await;
    let identify = |id: &str, user: &str, email: &str| {
        message(id, START, json!({"type": "identify", "user_id": user, "traits": {"email": email, "name": user}}))
    };
    app.app.inbox.store(vec![identify("1", "a", "a@x.pl"), identify("2", "b", "b@x.pl")]).await.unwrap();
    project(&app).await;
    let (a, b) = (who(&app, &key, "user_id:a").await.remove(0), who(&app, &key, "user_id:b").await.remove(0));
    let state = async |id: &str| ok(&app, &key, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
    let before = [state(&a).await, state(&b).await];
    app.app.inbox.store(vec![identify("3", "b", "a@x.pl")]).await.unwrap();
    project(&app).await;
    let one = state(&b).await;
    assert_eq!((&one["id"], &one["merged_from"]), (&json!(a), &json!(b)));
    let merge = one["merges"][0]["id"].clone();
    let parted = ok(&app, &key, "POST", "/api/v1/customers/unmerge", json!({"merge_id": merge})).await;
    assert_eq!(parted, json!({"customers": [a, b]}));
    let after = [state(&a).await, state(&b).await];
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before["id"], &before["created_at"]), (&after["id"], &after["created_at"]));
        assert_eq!(
            before["attributes"]["name"],
            json!({"source": "shop", "time": before["attributes"]["name"]["time"],
            "value": after["attributes"]["name"]["value"]})
        );
    }
    assert_eq!(
        (after[0]["timeline"].as_array().unwrap().len(), after[1]["timeline"].as_array().unwrap().len()),
        (1, 2)
    );
    assert!(after[0]["merges"][0]["unmerged_at"].is_string());
    app.app.inbox.store(vec![identify("4", "a", "b@x.pl"), identify("5", "b", "a@x.pl")]).await.unwrap();
    project(&app).await;
    assert_eq!(people(&app).await.len(), 2, "no message merges them again");
    assert_eq!(who(&app, &key, "email:a@x.pl").await.len(), 2, "both have shown it");
    let two = json!({"a": a, "b": b});
    assert_eq!(app.call(&key, "POST", "/api/v1/customers/unmerge", two.clone()).await.0, StatusCode::CONFLICT);
    assert_eq!(ok(&app, &key, "POST", "/api/v1/customers/merge", two.clone()).await["id"], json!(a));
    assert_eq!(app.call(&key, "POST", "/api/v1/customers/merge", two.clone()).await.0, StatusCode::CONFLICT);
    assert_eq!(people(&app).await.len(), 1);
    ok(&app, &key, "POST", "/api/v1/customers/unmerge", two).await;
    assert_eq!(people(&app).await.len(), 2);
    let nobody = json!({"a": a, "b": "nobody"});
    assert_eq!(app.call(&key, "POST", "/api/v1/customers/merge", nobody).await.0, StatusCode::NOT_FOUND);
}

async fn a_profile_is_edited_by_hand(app: TestApp) {
    let key = key(&app).await;
    let identify = |id: &str, time: i64, city: &str| {
        message(id, time, json!({"type": "identify", "user_id": "a", "traits": {"city": city, "plan": "x"}}))
    };
    app.app.inbox.store(vec![identify("1", START - 10, "Łódź")]).await.unwrap();
    project(&app).await;
    let path = format!("/api/v1/customers/{}", who(&app, &key, "user_id:a").await[0]);
    let changed = ok(&app, &key, "PATCH", &path, json!({"city": "Gdańsk", "plan": null, "vip": true})).await;
    let values =
        |customer: &Value| (customer["attributes"]["city"]["value"].clone(), customer["attributes"]["plan"].clone());
    assert_eq!(values(&changed), (json!("Gdańsk"), Value::Null));
    assert_eq!(changed["attributes"]["vip"]["source"], "api");
    app.app.inbox.store(vec![identify("2", START - 5, "Sopot")]).await.unwrap();
    project(&app).await;
    let later = ok(&app, &key, "GET", &path, Value::Null).await;
    assert_eq!(values(&later), (json!("Gdańsk"), Value::Null), "what happened before does not undo it");
    let (status, refused) = app.call(&key, "PATCH", &path, json!({"note": "x".repeat(5000)})).await;
    assert_eq!((status, &refused["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/note")));
    let consents = json!([{"purpose": "marketing", "channel": "email", "state": "granted", "proof": {"form": 7}},
        {"purpose": "marketing", "channel": "email", "state": "denied", "time": "2025-01-01T00:00:00Z"}]);
    let shown = ok(&app, &key, "POST", &format!("{path}/consents"), consents).await;
    assert_eq!(shown["consents"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&shown["consents"][0]["state"], &shown["consents"][0]["proof"]["form"]),
        (&json!("granted"), &json!(7))
    );
    let export = ok(&app, &key, "GET", &format!("{path}/export"), Value::Null).await;
    assert_eq!(export["consents"].as_array().unwrap().len(), 2, "all there ever were");
    let future = json!([{"purpose": "marketing", "state": "granted", "time": "2030-01-01T00:00:00Z"}]);
    let (status, refused) = app.call(&key, "POST", &format!("{path}/consents"), future).await;
    assert_eq!((status, &refused["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/0/time")));
}

async fn records_go_the_one_way_in_and_bad_ones_are_replayed(app: TestApp) {
    let key = key(&app).await;
    let customers = json!([
        {"customer_id": 7, "email": "anna@example.org", "city": "Gdańsk", "time": "2025-05-01",
         "consents": [{"purpose": "marketing", "channel": "sms", "state": "granted"}]},
        {"email": "no-id@example.org", "attributes": {"plan": "b"}},
        {"city": "Łódź"},
        "nothing",
    ]);
    let taken = ok(&app, &key, "POST", "/api/v1/customers/batch?source=crm", customers.clone()).await;
    assert_eq!((&taken["accepted"], &taken["rejected"]), (&json!(2), &json!(2)));
    let nobody = "nobody is named: give customer_id, anonymous_id, email, phone or loyalty_card";
    assert_eq!((&taken["rejections"][0]["index"], &taken["rejections"][0]["detail"]), (&json!(2), &json!(nobody)));
    let lines = concat!(
        r#"{"customer_id": "7", "order_id": "o1", "date": "2025-05-02 10:00", "amount": "19.99", "currency": "PLN"}"#,
        "\n",
        r#"{"customer_id": "7", "order_id": "o1", "date": "2025-05-03", "amount": -5, "currency": "PLN"}"#,
        "\n",
        r#"{"customer_id": "7", "order_id": "o2", "date": "yesterday", "amount": 5}"#,
        "\n",
        "{broken\n",
    );
    let send = async || {
        let request = key.sign(Request::post("/api/v1/transactions/batch"));
        app.send(request.body(axum::body::Body::from(lines)).unwrap()).await
    };
    let (status, taken) = send().await;
    assert_eq!((status, &taken["accepted"], &taken["rejected"]), (StatusCode::OK, &json!(2), &json!(2)));
    assert_eq!(taken["rejections"][0]["pointer"], "/time");
    assert_eq!(send().await.1["repeated"], 2, "the same file twice counts once");
    let event =
        json!({"records": [{"customer_id": "7", "event": "Call", "properties": {"minutes": 3}, "time": "2025-06-01"}]});
    ok(&app, &key, "POST", "/api/v1/events/batch", event).await;
    project(&app).await;
    let id = who(&app, &key, "user_id:7").await.remove(0);
    let customer = ok(&app, &key, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
    let worth: Vec<&Value> = customer["timeline"].as_array().unwrap().iter().map(|event| &event["amount"]).collect();
    assert_eq!(worth, [&Value::Null, &json!(-500), &json!(1999), &Value::Null]);
    assert_eq!(
        customer["attributes"]["city"],
        json!({"value": "Gdańsk", "time": "2025-05-01T00:00:00Z", "source": "crm"})
    );
    assert_eq!(
        (&customer["consents"][0]["channel"], &customer["consents"][0]["state"]),
        (&json!("sms"), &json!("granted"))
    );
    assert_eq!(who(&app, &key, "email:no-id@example.org").await.len(), 1);

    let listed = ok(&app, &key, "GET", "/api/v1/rejections", Value::Null).await;
    let rejected = listed["data"].as_array().unwrap();
    assert_eq!(rejected.len(), 6);
    let of = |reason: &str| rejected.iter().find(|row| row["reason"].as_str().unwrap().contains(reason)).unwrap();
    let as_they_came: Vec<&str> = rejected.iter().map(|row| row["record"].as_str().unwrap()).collect();
    assert!(as_they_came.contains(&"\"nothing\"") && as_they_came.contains(&"{broken"), "{as_they_came:?}");
    let corrected = json!({"customer_id": "7", "order_id": "o2", "date": "2025-05-04", "amount": 5});
    let again =
        json!({"rejections": [{"id": of("a time as in")["id"], "record": corrected}, {"id": of("nobody")["id"]}]});
    let taken = ok(&app, &key, "POST", "/api/v1/rejections/replay", again.clone()).await;
    assert_eq!((&taken["accepted"], &taken["rejected"]), (&json!(1), &json!(1)));
    assert_eq!(ok(&app, &key, "GET", "/api/v1/rejections", Value::Null).await["data"].as_array().unwrap().len(), 5);
    let (status, _) = app.call(&key, "POST", "/api/v1/rejections/replay", again).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "what was replayed is not there");
    super::tidy(&app.app).await.unwrap();
    assert_eq!(count(&app, "rejections").await, 5);
    app.clock.advance(91 * crate::platform::clock::DAY);
    super::tidy(&app.app).await.unwrap();
    assert_eq!(count(&app, "rejections").await, 0);
}

async fn packed_records_are_bounded_when_unpacked(app: TestApp) {
    let key = key(&app).await;
    let send = async |body: Vec<u8>| {
        let request = key.sign(Request::post("/api/v1/customers/batch")).header("content-encoding", "gzip");
        app.send(request.body(axum::body::Body::from(body)).unwrap()).await
    };
    let pack = |text: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    };
    let (status, taken) = send(pack(b"{\"customer_id\": 1}\n{\"customer_id\": 2}\n")).await;
    assert_eq!((status, &taken["accepted"]), (StatusCode::OK, &json!(2)));
    let bomb = pack(&vec![b' '; (16 << 20) + 1]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let (status, answer) = send(bomb).await;
    assert_eq!((status, &answer["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
    let (status, answer) = send(b"not packed at all".to_vec()).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("bad_request")));
    // What is too large as it comes is a problem too, not a text that no program reads.
    let request = key.sign(Request::post("/api/v1/customers/batch"));
    let large = vec![b' '; (16 << 20) + 1];
    let (status, answer) = app.send(request.body(axum::body::Body::from(large)).unwrap()).await;
    assert_eq!((status, &answer["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large")));
}

/// Every text in the database, table by table, but the inbox and the lake's way out, which follow the tombstones.
async fn everything(app: &TestApp) -> String {
    let mut all = String::new();
    for (table, columns) in [
        ("customers", "known_by || attributes"),
        ("customer_identifiers", "identifier"),
        ("identifier_blocks", "identifier"),
        ("customer_merges", "identifier"),
        ("customer_consents", "proof"),
        ("customer_events", "summary || coalesce(order_id, '')"),
        ("rejections", "record"),
        ("erasures", "reason"),
        ("erasure_identifiers", "hash"),
        ("suppressions", "hash || reason"),
        ("audit", "details"),
    ] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {columns} FROM {table}"));
        for row in sqlx::query(sql).fetch_all(pool_of(app, table)).await.unwrap() {
            all.push_str(&row.get::<String, _>(0));
            all.push('\n');
        }
    }
    all
}

async fn erased_nothing_of_them_is_found(app: TestApp) {
    let key = key(&app).await;
    let anna = |id: &str, time: i64| {
        let traits = json!({"email": "anna@example.org", "phone": "+48601234567", "name": "Anna Nowak"});
        message(id, time, json!({"type": "identify", "user_id": "anna-1", "anonymous_id": "browser", "traits": traits}))
    };
    let other = |id: &str, time: i64| {
        message(id, time, json!({"type": "track", "name": "e", "user_id": "piotr", "anonymous_id": "browser"}))
    };
    let browser = |id: &str, time: i64| message(id, time, json!({"type": "page", "anonymous_id": "browser"}));
    let told = vec![
        browser("1", START - 50),
        anna("2", START - 40),
        browser("3", START - 30),
        other("4", START - 20),
        browser("5", START - 10),
    ];
    app.app.inbox.store(told.clone()).await.unwrap();
    project(&app).await;
    ok(&app, &key, "POST", "/api/v1/customers/batch", json!([{"email": "anna@example.org", "time": "never"}])).await;
    assert!(everything(&app).await.contains("anna@example.org"));
    let id = who(&app, &key, "user_id:anna-1").await.remove(0);
    let path = format!("/api/v1/customers/{id}?reason=asked");
    // Waiting when the erasure comes: of another browser that nobody knows of yet, and whose it is, its address tells.
    let phone = json!({"type": "identify", "anonymous_id": "phone", "traits": {"email": "anna@example.org"}});
    app.app.inbox.store(vec![message("6", START - 5, phone.clone())]).await.unwrap();
    let erased = ok(&app, &key, "DELETE", &path, Value::Null).await;
    assert_eq!(erased["customers"], 3);
    // Received before the erasure and stored after it; the browser has another's now, too.
    let late = vec![anna("6a", START - 5), browser("6b", START - 35), message("6c", START - 5, phone)];
    app.app.inbox.store(late).await.unwrap();
    assert_eq!(project(&app).await.left_out, 3);
    let left = everything(&app).await.to_lowercase();
    assert!(!left.contains("anna") && !left.contains("601234567"), "{left}");
    assert_eq!(app.call(&key, "GET", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(app.call(&key, "DELETE", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    // The lake and a restored backup lose the same messages, and no others.
    let tombstones = super::erasure::Tombstones::load(&app.app.database).await.unwrap();
    let covers = |message: &Message| {
        let ids = (message.user_id.as_deref(), message.anonymous_id.as_deref());
        tombstones.covers(ids.0, ids.1, message.timestamp, message.received_at)
    };
    assert!(tombstones.covers_customer(&id));
    let covered: Vec<&str> =
        told.iter().filter(|message| covers(message)).map(|message| message.message_id.as_str()).collect();
    assert_eq!(covered, ["1", "2", "3"], "what the browser did while another used it is theirs");
    assert!(!covers(&anna("7", START + 1)), "who comes later is somebody new");
    app.clock.advance(10);
    app.app.inbox.store(vec![anna("8", START + 5)]).await.unwrap();
    assert_eq!(project(&app).await.left_out, 0);
    let id = who(&app, &key, "user_id:anna-1").await.remove(0);
    ok(&app, &key, "DELETE", &format!("/api/v1/customers/{id}?suppress=true"), Value::Null).await;
    app.clock.advance(10);
    app.app.inbox.store(vec![anna("9", START + 15)]).await.unwrap();
    assert_eq!(project(&app).await.left_out, 1, "of whom nothing is to be kept, nothing is");
    assert!(who(&app, &key, "user_id:anna-1").await.is_empty());
    assert_eq!(who(&app, &key, "user_id:piotr").await.len(), 1);
}

async fn the_lake_forgets_though_more_comes_in(app: TestApp) {
    let key = key(&app).await;
    let anna = |id: &str, received: i64| {
        let call = json!({"type": "track", "name": "e", "user_id": "anna", "received_at": received});
        message(id, START - 50, call)
    };
    let others = |id: &str| message(id, START, json!({"type": "page", "user_id": "piotr"}));
    app.app.inbox.store(vec![anna("1", START - 50), others("2")]).await.unwrap();
    // Received by a server whose clock is ahead of ours.
    app.clock.advance(5);
    app.app.inbox.store(vec![anna("3", START + 5)]).await.unwrap();
    app.clock.advance(-5);
    project(&app).await;
    let id = who(&app, &key, "user_id:anna").await.remove(0);
    ok(&app, &key, "DELETE", &format!("/api/v1/customers/{id}"), Value::Null).await;
    let state = async || -> (String, String) {
        let sql = "SELECT state, error FROM jobs WHERE kind = 'forget'";
        let row = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap();
        (row.get(0), row.get(1))
    };
    // A mover asked who is erased before the erasure, and adds what it had read after it.
    run_due(&app.app, &[super::FORGET]).await.unwrap();
    assert_eq!(state().await.1, "the lake has not yet all that was received; will try again");
    let batches = inbox::next_batches(&app.app.database, 0, usize::MAX).await.unwrap();
    let read: Vec<(i64, Message)> = batches
        .into_iter()
        .flat_map(|batch| batch.messages.into_iter().map(move |message| (batch.number, message)))
        .collect();
    app.app.lake.append(&read, 2).await.unwrap();
    assert_eq!(app.lake.messages().len(), 3);
    // What comes in later puts nothing off.
    app.app.inbox.store(vec![others("4")]).await.unwrap();
    app.clock.advance(MINUTE);
    run_due(&app.app, &[super::FORGET]).await.unwrap();
    assert_eq!(state().await, ("done".to_owned(), String::new()));
    let left: Vec<String> = app.lake.messages().into_iter().map(|message| message.message_id).collect();
    assert_eq!(left, ["2"]);
    // One that failed too often is asked for anew.
    let sql = "UPDATE erasures SET forgotten_at = NULL";
    sqlx::query(sql).execute(app.app.database.pool()).await.unwrap();
    app.clock.advance(3 * HOUR);
    run_due(&app.app, &[super::TIDY_LAKE, super::FORGET]).await.unwrap();
    assert_eq!(count(&app, "jobs WHERE kind = 'forget' AND state = 'done'").await, 2);
}

/// Whose browser it was for a time is refused in future; who has it now is not.
async fn a_browser_of_two_is_not_suppressed(app: TestApp) {
    let key = key(&app).await;
    let told = |id: &str, at: i64, user: &str| {
        message(id, START + at, json!({"type": "page", "user_id": user, "anonymous_id": "browser"}))
    };
    app.app.inbox.store(vec![told("1", -20, "anna"), told("2", -10, "piotr")]).await.unwrap();
    project(&app).await;
    let id = who(&app, &key, "user_id:anna").await.remove(0);
    ok(&app, &key, "DELETE", &format!("/api/v1/customers/{id}?suppress=true"), Value::Null).await;
    app.clock.advance(10);
    let told = [told("3", 5, "piotr"), told("4", 5, "anna")].map(|it| Message { received_at: START + 10, ..it });
    let kept = told.clone().map(|message| (3, message)).to_vec();
    let kept = super::erasure::keepable(&app.app.database, "", kept).await.unwrap();
    let kept: Vec<&str> = kept.iter().map(|(_, message)| message.message_id.as_str()).collect();
    assert_eq!(kept, ["3"], "on their way to the lake");
    app.app.inbox.store(told.to_vec()).await.unwrap();
    assert_eq!(project(&app).await.left_out, 1);
}

async fn a_shared_address_is_blocked_and_seen_to_be(app: TestApp) {
    let key = key(&app).await;
    let guest = |number: usize| {
        let traits = json!({"email": "guest@shop.com"});
        message(
            &format!("m{number}"),
            START,
            json!({"type": "identify", "user_id": format!("u{number}"), "traits": traits}),
        )
    };
    for number in 0..20 {
        app.app.inbox.store(vec![guest(number)]).await.unwrap();
        project(&app).await;
        assert_eq!(people(&app).await.len(), if number < 5 { 1 } else { number + 1 }, "{number}");
    }
    let id = who(&app, &key, "user_id:u3").await.remove(0);
    let customer = ok(&app, &key, "GET", &format!("/api/v1/customers/{id}"), Value::Null).await;
    let shown = customer["identifiers"].as_array().unwrap();
    let email = shown.iter().find(|shown| shown["kind"] == "email").unwrap();
    assert_eq!(email["blocked"], "shown by more than 5 user ids");
    assert_eq!(customer["merges"][0]["unmerged_by"], "identifier blocked");
    assert_eq!(customer["attributes"]["email"]["value"], "guest@shop.com", "it stays an attribute");
}

async fn customers_come_in_pages(app: TestApp) {
    let key = key(&app).await;
    let messages = (0..7).map(|n| message(&n.to_string(), START, json!({"type": "page", "user_id": format!("u{n}")})));
    app.app.inbox.store(messages.collect()).await.unwrap();
    project(&app).await;
    let (mut seen, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let page = ok(&app, &key, "GET", &format!("/api/v1/customers?limit=3{cursor}"), Value::Null).await;
        for row in page["data"].as_array().unwrap() {
            assert!(seen.insert(row["known_by"].as_str().unwrap().to_owned()));
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 7);
    for wrong in ["mail:a", "email:nobody", "email:"] {
        let (status, _) = app.call(&key, "GET", &format!("/api/v1/customers?identifier={wrong}"), Value::Null).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

async fn who_is_not_to_be_contacted_is_remembered(app: TestApp) {
    let key = key(&app).await;
    let anna = |id: &str| {
        let call = json!({"type": "identify", "user_id": "a", "traits": {"email": "anna@example.org"}});
        message(id, START + 1, call)
    };
    app.app.inbox.store(vec![anna("1")]).await.unwrap();
    project(&app).await;
    let path = async || format!("/api/v1/customers/{}", who(&app, &key, "user_id:a").await[0]);
    let listed = async |path: &str| ok(&app, &key, "GET", path, Value::Null).await["suppressed"] == true;
    let first = path().await;
    assert!(!listed(&first).await);
    ok(&app, &key, "PUT", &format!("{first}/suppression"), json!({"reason": "complaint"})).await;
    assert!(listed(&first).await);
    ok(&app, &key, "DELETE", &first, Value::Null).await;
    app.clock.advance(10);
    app.app.inbox.store(vec![Message { received_at: START + 10, ..anna("2") }]).await.unwrap();
    project(&app).await;
    let again = path().await;
    assert_ne!(first, again, "a new person");
    assert!(listed(&again).await, "whose address still is on the list");
    ok(&app, &key, "DELETE", &format!("{again}/suppression"), Value::Null).await;
    assert!(!listed(&again).await);
    let (status, _) = app.call(&key, "PUT", &format!("{again}/suppression"), json!({"reason": ""})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn the_lake_learns_whose_ids_are(app: TestApp) {
    let key = key(&app).await;
    let told = |id: &str, at: i64, who: Value| {
        let mut call = json!({"type": "page"});
        call.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        message(id, at, call)
    };
    let told = vec![
        told("1", 1, json!({"anonymous_id": "b"})),
        told("2", 2, json!({"anonymous_id": "b", "user_id": "first"})),
        told("3", 5, json!({"anonymous_id": "b", "user_id": "second"})),
    ];
    app.app.inbox.store(told).await.unwrap();
    project(&app).await;
    let (first, second) =
        (who(&app, &key, "user_id:first").await.remove(0), who(&app, &key, "user_id:second").await.remove(0));
    let mut owners = Vec::new();
    while let page = exchange::owners(&app.app.database, owners.last(), 2).await.unwrap()
        && !page.is_empty()
    {
        owners.extend(page);
    }
    let mut of_browser: Vec<(i64, &String)> = owners
        .iter()
        .filter(|owner| owner.identifier == "anonymous_id:b")
        .map(|owner| (owner.since, &owner.customer))
        .collect();
    of_browser.sort_unstable();
    assert_eq!(of_browser, [(i64::MIN, &first), (2, &first), (5, &second)]);
    assert_eq!(owners.len(), 5);
}

/// `cargo test --release -p cvm-app -- --ignored --nocapture projector_speed`
#[tokio::test]
#[ignore = "a measurement"]
async fn projector_speed() {
    let app = TestApp::new().await;
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let mut logged_in: HashMap<u32, u32> = HashMap::new();
    let messages: Vec<Message> = (0..100_000_u32)
        .map(|number| {
            let person = rng.random_range(0..10_000);
            let seen = logged_in.entry(person).or_default();
            *seen += 1;
            let (user, browser) = (format!("user-{person}"), format!("anon-{person}"));
            let context = json!({"page": {"url": "https://shop.example/p/1", "path": "/p/1"}, "device": {"id": format!("d-{person}")},
                                 "library": {"name": "analytics.js", "version": "2.1.0"}});
            let call = match *seen {
                1 => json!({"type": "page", "anonymous_id": browser, "context": context}),
                2 => json!({"type": "identify", "user_id": user, "anonymous_id": browser, "context": context, "traits":
                        {"email": format!("{user}@example.org"), "phone": format!("+48601{:06}", person), "city": "Gdańsk"}}),
                seen if seen % 5 == 0 => json!({"type": "track", "name": "Order Completed", "user_id": user, "anonymous_id": browser,
                        "context": context, "properties": {"order_id": number, "revenue": 19.99, "products":
                        [{"product_id": "p1", "price": 9.99, "quantity": 1}, {"product_id": "p2", "price": 10, "quantity": 1}]}}),
                _ => json!({"type": "track", "name": "Product Viewed", "user_id": user, "anonymous_id": browser, "context": context,
                        "properties": {"product_id": "p1", "name": "Thing", "price": 9.99}}),
            };
            message(&format!("m{number}"), START + i64::from(number) * 1000, call)
        })
        .collect();
    for messages in messages.chunks(1000) {
        app.app.inbox.store(messages.to_vec()).await.unwrap();
    }
    let start = std::time::Instant::now();
    let mut projector = Projector::new(app.app.clone());
    assert_eq!(project_with(&mut projector).await.messages, 100_000);
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0} messages a second", 100_000.0 / seconds);
    assert_eq!(people(&app).await.len(), 10_000);
}

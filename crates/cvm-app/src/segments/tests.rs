//! Through HTTP: segments are made and refused, who enters and leaves is seen, alone and all at once.

use super::live::round;
use super::{JOB, Looked, seed};
use crate::access::Permission::{EditSegments, ReadCustomers, ReadPersonalData, ReadSegments, Score};
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::customers::project;
use crate::platform::clock::{DAY, HOUR};
use crate::platform::jobs::run_due;
use crate::platform::testing::{START, TestApp, on_both_databases};
use axum::http::StatusCode;
use cvm_core::message::Message;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use sqlx::Row;

on_both_databases!(
    a_segment_is_made_changed_and_taken_away,
    what_somebody_does_shows_at_once_and_what_time_does_too,
    all_at_once_finds_what_one_by_one_found,
    of_two_who_become_one_one_membership_stays,
    who_is_erased_belongs_to_nothing,
    sql_is_answered_all_at_once_and_stays_between,
    segments_are_there_from_the_start_and_can_go,
);

async fn ok(app: &TestApp, by: &Credentials, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = app.call(by, method, path, body).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

/// What was refused, and where.
async fn refused(app: &TestApp, by: &Credentials, path: &str, body: Value) -> (StatusCode, Vec<String>) {
    let (status, answer) = app.call(by, "POST", path, body).await;
    let faults = answer["errors"].as_array().cloned().unwrap_or_default();
    (status, faults.iter().map(|fault| fault["pointer"].as_str().unwrap().to_owned()).collect())
}

async fn make(app: &TestApp, by: &Credentials, name: &str, who: Value) -> String {
    let draft = json!({"name": name, "rule": {"version": 1, "who": who}});
    ok(app, by, "POST", "/api/v1/segments", draft).await["id"].as_str().unwrap().to_owned()
}

/// Events of now or so many microseconds before, taken to the profiles.
async fn tell(app: &TestApp, calls: &[(&str, &str, i64, Value)]) {
    let now = app.clock.now();
    let message = |(user, name, ago, properties): &(&str, &str, i64, Value)| -> Message {
        let id = app.app.random.id(&app.clock);
        serde_json::from_value(
            json!({"message_id": id, "source": "shop", "type": "track", "name": name, "user_id": user,
            "timestamp": now - ago, "received_at": now, "properties": properties}),
        )
        .unwrap()
    };
    app.app.inbox.store(calls.iter().map(message).collect()).await.unwrap();
    while project(&app.app).await.unwrap().batches > 0 {}
}

fn order(number: &str, revenue: f64) -> Value {
    json!({"order_id": number, "revenue": revenue, "currency": "USD"})
}

async fn look(app: &TestApp) -> Looked {
    let mut all = Looked::default();
    loop {
        let done = round(&app.app).await.unwrap();
        if done.persons == 0 {
            return all;
        }
        all.persons += done.persons;
        all.entered += done.entered;
        all.left += done.left;
    }
}

/// Computes everybody; says what came out.
async fn rebuild(app: &TestApp) -> Value {
    let mut transaction = app.app.database.begin().await.unwrap();
    let id = super::ask(&mut transaction, &app.app, "test").await.unwrap();
    transaction.commit().await.unwrap();
    run_due(&app.app, &[JOB]).await.unwrap();
    let job = crate::platform::jobs::get(&app.app, &id).await.unwrap();
    assert_eq!(job.error, "");
    job.result
}

async fn customer(app: &TestApp, by: &Credentials, user: &str) -> String {
    let found = ok(app, by, "GET", &format!("/api/v1/customers?identifier=user_id:{user}"), Value::Null).await;
    found["data"][0]["id"].as_str().unwrap().to_owned()
}

/// The names of a customer's segments.
async fn segments_of(app: &TestApp, by: &Credentials, customer: &str) -> Vec<String> {
    let profile = ok(app, by, "GET", &format!("/api/v1/customers/{customer}"), Value::Null).await;
    let names = profile["segments"].as_array().unwrap().iter();
    names.map(|segment| segment["name"].as_str().unwrap().to_owned()).collect()
}

async fn members(app: &TestApp, by: &Credentials, segment: &str) -> Vec<String> {
    let page = ok(app, by, "GET", &format!("/api/v1/segments/{segment}/members"), Value::Null).await;
    page["data"].as_array().unwrap().iter().map(|member| member["customer"].as_str().unwrap().to_owned()).collect()
}

/// A key outlives the months of a story.
async fn key(app: &TestApp) -> Credentials {
    app.key(&[ReadCustomers, ReadPersonalData, ReadSegments, EditSegments, Score]).await
}

fn buyers() -> Value {
    json!({"did": {"event": {"what": "purchase"}, "when": {"in_last_days": 30}}})
}

fn left_carts() -> Value {
    json!({"not_followed": {"first": {"what": {"step": "product_added"}}, "then": {"what": "purchase"}, "for_days": 3}})
}

async fn a_segment_is_made_changed_and_taken_away(app: TestApp) {
    let (analyst, marketer) = (app.sign_in(Role::Analyst).await, app.sign_in(Role::Marketer).await);
    let path = "/api/v1/segments";
    let draft = |name: &str, who: Value| json!({"name": name, "rule": {"version": 1, "who": who}});
    for (body, pointers) in [
        (draft("a", json!({"all": []})), vec!["/rule/who/all"]),
        (draft("", json!({"field": {"name": "values.x", "is": {"above": 1}}})), vec!["/name", "/rule/who/field/name"]),
        (draft("a", json!({"any": [{"segment": "nobody"}]})), vec!["/rule/who/any/0/segment"]),
        (draft("a", json!({"did": {"event": {"what": {"step": "no_step"}}}})), vec!["/rule/who/did/event/what"]),
        (draft("a", json!({"sometimes": 1})), vec!["/rule/who"]),
        (draft("a", json!({"field": {"name": "values.clv", "is": {"above": "x"}}})), vec!["/rule/who/field/is/above"]),
    ] {
        let (status, found) = refused(&app, &analyst, path, body.clone()).await;
        assert_eq!((status, found.len()), (StatusCode::UNPROCESSABLE_ENTITY, pointers.len()), "{body}: {found:?}");
        assert!(found.iter().zip(&pointers).all(|(found, place)| found.starts_with(place)), "{body}: {found:?}");
    }
    let sql = draft("by hand", json!({"sql": "true"}));
    assert_eq!(refused(&app, &marketer, path, sql.clone()).await.0, StatusCode::FORBIDDEN);
    let wrong = draft("by hand", json!({"not": {"sql": "clw > 1"}}));
    assert_eq!(refused(&app, &analyst, path, wrong).await.1, ["/rule/who/not/sql"]);
    let viewer = app.sign_in(Role::Viewer).await;
    assert_eq!(refused(&app, &viewer, path, sql).await.0, StatusCode::FORBIDDEN);

    let id = make(&app, &marketer, "Buyers", buyers()).await;
    let (status, found) = refused(&app, &marketer, path, draft(" Buyers ", buyers())).await;
    assert_eq!((status, found), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/name".to_owned()]));
    let within = make(&app, &analyst, "Not buyers", json!({"not": {"segment": id}})).await;
    let one = format!("{path}/{id}");
    let read = ok(&app, &viewer, "GET", &format!("{path}/{within}?language=pl"), Value::Null).await;
    assert_eq!((read["sentence"].as_str().unwrap(), &read["version"]), ("Nie: w segmencie „Buyers”", &json!(1)));
    // What leads back is refused, what another changed meanwhile too.
    let change = |who: Value, version: i64| json!({"name": "Buyers of late", "description": "d", "version": version, "rule": {"version": 1, "who": who}});
    let (status, answer) = app.call(&marketer, "PUT", &one, change(json!({"segment": within}), 1)).await;
    assert_eq!(
        (status, &answer["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/rule/who/segment"))
    );
    let (status, _) = app.call(&marketer, "PUT", &one, change(left_carts(), 7)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let changed = ok(&app, &marketer, "PUT", &one, change(left_carts(), 1)).await;
    assert_eq!(
        (&changed["version"], &changed["name"], &changed["computed_at"]),
        (&json!(2), &json!("Buyers of late"), &Value::Null)
    );
    let history = ok(&app, &viewer, "GET", &format!("{one}/history"), Value::Null).await;
    let versions: Vec<&Value> = history["versions"].as_array().unwrap().iter().map(|of| &of["rule"]["who"]).collect();
    assert_eq!(versions, [&left_carts(), &buyers()]);

    let (status, answer) = app.call(&marketer, "DELETE", &one, Value::Null).await;
    assert!(status == StatusCode::CONFLICT && answer["detail"].as_str().unwrap().contains("Not buyers"), "{answer}");
    for id in [&within, &id] {
        ok(&app, &marketer, "DELETE", &format!("{path}/{id}"), Value::Null).await;
    }
    assert_eq!(ok(&app, &viewer, "GET", path, Value::Null).await["data"], json!([]));
    for rest in ["", "/members", "/history", "/overlap", "/export"] {
        let (status, _) = app.call(&viewer, "GET", &format!("{one}{rest}"), Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{rest}");
    }
    let admin = app.sign_in(Role::Admin).await;
    let audit = ok(&app, &admin, "GET", &format!("/api/v1/audit?subject_id={id}"), Value::Null).await;
    // The clock of tests stands still, and what is of one moment has no order.
    let mut actions: Vec<&str> =
        audit["data"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["segment.change", "segment.create", "segment.delete"]);
}

async fn what_somebody_does_shows_at_once_and_what_time_does_too(app: TestApp) {
    let agent = key(&app).await;
    let marketer = app.sign_in(Role::Marketer).await;
    tell(&app, &[("anna", "Order Completed", 29 * DAY, order("1", 10.0)), ("bob", "Product Added", DAY, json!({}))])
        .await;
    let (buyers, carts) =
        (make(&app, &marketer, "Buyers", buyers()).await, make(&app, &marketer, "Carts", left_carts()).await);
    assert_eq!(rebuild(&app).await["entered"], 1, "anna bought");
    let (anna, bob) = (customer(&app, &agent, "anna").await, customer(&app, &agent, "bob").await);
    assert_eq!(segments_of(&app, &agent, &anna).await, ["Buyers"]);
    assert_eq!(look(&app).await, Looked { persons: 2, ..Looked::default() }, "all were found already");

    // Bob buys, and belongs a moment later.
    app.clock.advance(HOUR);
    let bought_at = app.clock.now();
    tell(&app, &[("bob", "Order Completed", 0, order("2", 5.0))]).await;
    assert_eq!(look(&app).await, Looked { persons: 1, entered: 1, left: 0 });
    assert_eq!(segments_of(&app, &agent, &bob).await, ["Buyers"]);
    let shown = ok(&app, &agent, "GET", &format!("/api/v1/segments/{buyers}"), Value::Null).await;
    assert_eq!(shown["customers"], 2);

    // Anna's purchase is 30 days ago, and nothing else happens: she leaves at that moment.
    app.clock.advance(DAY - HOUR - 1);
    assert_eq!(look(&app).await, Looked::default());
    app.clock.advance(1);
    assert_eq!(look(&app).await, Looked { persons: 1, entered: 0, left: 1 });
    let left_at = app.clock.now();
    // A cart is left for three days.
    tell(&app, &[("anna", "Product Added", 0, json!({}))]).await;
    look(&app).await;
    app.clock.advance(3 * DAY);
    assert_eq!(look(&app).await.entered, 1);
    assert_eq!(members(&app, &agent, &carts).await, [anna.as_str()]);

    let history = ok(&app, &agent, "GET", &format!("/api/v1/segments/{buyers}/history"), Value::Null).await;
    let moves = history["moves"]["data"].as_array().unwrap();
    let moves: Vec<(&Value, bool)> =
        moves.iter().map(|it| (&it["customer"], it["entered"].as_bool().unwrap())).collect();
    assert_eq!(moves, [(&json!(anna), false), (&json!(bob), true)], "who was found at first did not enter");
    let sql = "SELECT at FROM segment_moves ORDER BY at";
    let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
    let times: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(times, [bought_at, left_at, left_at + 3 * DAY]);
    // What was found one by one is what is found at once.
    let again = rebuild(&app).await;
    assert_eq!((&again["entered"], &again["left"]), (&json!(0), &json!(0)));
}

/// Many people do many things, and rules of all kinds are answered one by one as they do; then all at once there is nothing to
/// change. And what time does while nobody looks is found by all at once.
async fn all_at_once_finds_what_one_by_one_found(app: TestApp) {
    let (analyst, mut rng) = (key(&app).await, Pcg64Mcg::seed_from_u64(3));
    let rules = [
        ("buyers", buyers()),
        ("carts", left_carts()),
        (
            "spenders",
            json!({"did": {"event": {"what": "purchase"}, "spending": {"at_least": 20}, "times": {"at_least": 2}}}),
        ),
        (
            "red",
            json!({"did": {"event": {"what": {"event": "Product Added"}, "where": [{"name": "properties.colour", "is": {"equals": "red"}}]}}}),
        ),
        (
            "fast",
            json!({"sequence": {"steps": [{"what": {"step": "product_added"}}, {"what": "purchase"}], "within_days": 2}}),
        ),
        ("seen", json!({"field": {"name": "profile.last_seen_at", "is": {"in_last_days": 2}}})),
        ("worth", json!({"field": {"name": "values.clv", "is": {"at_least": 1}}})),
    ];
    let mut ids = Vec::new();
    for (name, who) in rules {
        ids.push(make(&app, &analyst, name, who).await);
    }
    ids.push(make(&app, &analyst, "mixed", json!({"all": [{"segment": ids[0]}, {"not": {"segment": ids[3]}}]})).await);
    rebuild(&app).await;
    for step in 0..30 {
        let mut calls = Vec::new();
        let users: Vec<String> = (0..5).map(|_| format!("u{}", rng.random_range(0..40))).collect();
        for user in &users {
            let ago = rng.random_range(0..40) * DAY / 10;
            let call = match rng.random_range(0..4) {
                0 | 1 => ("Product Added", json!({"colour": if rng.random_range(0..4) == 0 { "red" } else { "blue" }})),
                2 => ("Order Completed", order(&format!("{step}-{user}"), f64::from(rng.random_range(1..20)))),
                _ => (
                    "Order Refunded",
                    json!({"order_id": format!("{}-{user}", rng.random_range(0..30)), "currency": "USD"}),
                ),
            };
            calls.push((user.as_str(), call.0, ago, call.1));
        }
        tell(&app, &calls).await;
        assert!(look(&app).await.persons > 0);
        app.clock.advance(rng.random_range(1..5) * HOUR);
        look(&app).await;
        if step == 14 {
            ok(&app, &analyst, "POST", "/api/v1/runs", json!({})).await;
            app.app.catch_up().await.unwrap();
            run_due(&app.app, &[crate::scoring::JOB]).await.unwrap();
            assert!(rebuild(&app).await["entered"].as_u64().unwrap() > 10, "everybody is worth something now");
        }
    }
    let again = rebuild(&app).await;
    assert_eq!((&again["entered"], &again["left"]), (&json!(0), &json!(0)));
    for (number, id) in ids.iter().enumerate() {
        let segment = ok(&app, &analyst, "GET", &format!("/api/v1/segments/{id}"), Value::Null).await;
        let count = members(&app, &analyst, id).await.len();
        assert_eq!(segment["customers"], count, "{number}");
        assert!(count > 0 && count < 40, "{number}: {count}");
        // What it is tried as is what it is.
        let wish = json!({"rule": segment["rule"], "segment": id});
        let preview = ok(&app, &analyst, "POST", "/api/v1/segments/preview", wish).await;
        assert_eq!(preview["customers"], count);
        assert_eq!(
            (&preview["conditions"][0]["customers"], &preview["conditions"][0]["pointer"]),
            (&json!(count), &json!("/who"))
        );
    }
    let overlap = ok(&app, &analyst, "GET", &format!("/api/v1/segments/{}/overlap", ids[7]), Value::Null).await;
    let with = |name: &str| overlap["data"].as_array().unwrap().iter().find(|other| other["name"] == name).unwrap();
    assert_eq!((&with("buyers")["share"], &with("red")["customers"]), (&json!(1.0), &json!(0)));
    // A month in which no server runs.
    app.clock.advance(40 * DAY);
    let later = rebuild(&app).await;
    assert!(later["left"].as_u64().unwrap() > 5, "{later}");
    assert_eq!(members(&app, &analyst, &ids[0]).await.len(), 0);
    let history = ok(&app, &analyst, "GET", &format!("/api/v1/segments/{}/history?limit=3", ids[0]), Value::Null).await;
    assert_eq!((&history["sizes"][0]["customers"], history["moves"]["data"].as_array().unwrap().len()), (&json!(0), 3));
    let cursor = history["moves"]["next_cursor"].as_str().unwrap();
    let next =
        ok(&app, &analyst, "GET", &format!("/api/v1/segments/{}/history?limit=3&cursor={cursor}", ids[0]), Value::Null)
            .await;
    assert_ne!(next["moves"]["data"][0], history["moves"]["data"][2]);

    let file =
        ok(&app, &analyst, "GET", &format!("/api/v1/segments/{}/export?format=parquet", ids[2]), Value::Null).await;
    let file = file.as_str().unwrap();
    let mut lines = file.lines();
    assert_eq!(lines.next(), Some("Parquet"));
    assert_eq!(lines.collect::<Vec<_>>(), members(&app, &analyst, &ids[2]).await);
}

async fn of_two_who_become_one_one_membership_stays(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let buyers = make(&app, &admin, "Buyers", buyers()).await;
    rebuild(&app).await;
    tell(&app, &[("anna", "Page", 0, json!({}))]).await;
    app.clock.advance(HOUR);
    tell(&app, &[("ania", "Order Completed", 0, order("1", 10.0))]).await;
    look(&app).await;
    let entered_at = app.clock.now();
    let (anna, ania) = (customer(&app, &admin, "anna").await, customer(&app, &admin, "ania").await);
    assert_eq!(members(&app, &admin, &buyers).await, [ania.as_str()]);
    app.clock.advance(HOUR);
    ok(&app, &admin, "POST", "/api/v1/customers/merge", json!({"a": anna, "b": ania})).await;
    look(&app).await;
    let page = ok(&app, &admin, "GET", &format!("/api/v1/segments/{buyers}/members"), Value::Null).await;
    assert_eq!((page["data"].as_array().unwrap().len(), &page["data"][0]["customer"]), (1, &json!(anna)));
    let sql = "SELECT entered_at FROM segment_members";
    let since: i64 = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0);
    assert_eq!(since, entered_at, "since when either did");
    // And when they are parted again, it is the other's.
    ok(&app, &admin, "POST", "/api/v1/customers/unmerge", json!({"a": anna, "b": ania})).await;
    look(&app).await;
    assert_eq!(members(&app, &admin, &buyers).await, [ania.as_str()]);
    let again = rebuild(&app).await;
    assert_eq!((&again["entered"], &again["left"]), (&json!(0), &json!(0)));
}

async fn who_is_erased_belongs_to_nothing(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let buyers = make(&app, &admin, "Buyers", buyers()).await;
    tell(&app, &[("anna", "Order Completed", 0, order("1", 1.0)), ("bob", "Order Completed", 0, order("2", 1.0))])
        .await;
    rebuild(&app).await;
    look(&app).await;
    tell(&app, &[("anna", "Order Refunded", -1, json!({"order_id": "1"}))]).await;
    let anna = customer(&app, &admin, "anna").await;
    ok(&app, &admin, "DELETE", &format!("/api/v1/customers/{anna}"), Value::Null).await;
    for table in ["segment_members", "segment_moves", "segment_checks", "customer_changed"] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE customer = $1"));
        let rows: i64 = sqlx::query(sql).bind(anna.as_str()).fetch_one(app.app.database.pool()).await.unwrap().get(0);
        assert_eq!(rows, 0, "{table}");
    }
    // The lake has them until it forgets; they come back to nobody's list.
    look(&app).await;
    app.clock.advance(1);
    rebuild(&app).await;
    assert_eq!(members(&app, &admin, &buyers).await, [customer(&app, &admin, "bob").await]);
}

async fn sql_is_answered_all_at_once_and_stays_between(app: TestApp) {
    let analyst = app.sign_in(Role::Analyst).await;
    let segment = make(&app, &analyst, "All by SQL", json!({"sql": "true"})).await;
    tell(&app, &[("anna", "Page", 0, json!({}))]).await;
    assert_eq!(look(&app).await.entered, 0, "nobody knows yet");
    app.clock.advance(1);
    rebuild(&app).await;
    let anna = customer(&app, &analyst, "anna").await;
    assert_eq!(members(&app, &analyst, &segment).await, [anna.as_str()]);
    app.clock.advance(HOUR);
    tell(&app, &[("anna", "Page", 0, json!({}))]).await;
    assert_eq!(look(&app).await, Looked { persons: 1, ..Looked::default() }, "it stays");
}

async fn segments_are_there_from_the_start_and_can_go(app: TestApp) {
    let marketer = app.sign_in(Role::Marketer).await;
    seed(&app.app).await.unwrap();
    let all = ok(&app, &marketer, "GET", "/api/v1/segments", Value::Null).await;
    let all = all["data"].as_array().unwrap();
    let names: Vec<&Value> = all.iter().map(|segment| &segment["names"]["pl"]).collect();
    assert_eq!((names.len(), names[0]), (7, &json!("Mistrzowie")));
    let one = |place: usize| format!("/api/v1/segments/{}", all[place]["id"].as_str().unwrap());
    ok(&app, &marketer, "DELETE", &one(3), Value::Null).await;
    let mut change = json!({"name": all[2]["name"], "description": "of this year", "rule": all[2]["rule"]});
    let kept = ok(&app, &marketer, "PUT", &one(2), change.clone()).await;
    assert_eq!((&kept["names"]["fa"], &kept["version"]), (&json!("مشتریان تازه"), &json!(1)));
    change["name"] = json!("Fresh");
    assert_eq!(ok(&app, &marketer, "PUT", &one(2), change).await["names"], Value::Null);
    seed(&app.app).await.unwrap();
    let (after, mut cursor, mut pages) =
        (ok(&app, &marketer, "GET", "/api/v1/segments", Value::Null).await, String::new(), 0);
    assert_eq!(after["data"].as_array().unwrap().len(), 6, "what was taken away stays away");
    loop {
        let page = ok(&app, &marketer, "GET", &format!("/api/v1/segments?limit=4{cursor}"), Value::Null).await;
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(pages, 2);
    // They have sentences, members and choices for more.
    tell(&app, &[("anna", "Order Completed", DAY, order("1", 1.0))]).await;
    rebuild(&app).await;
    let anna = customer(&app, &app.sign_in(Role::Admin).await, "anna").await;
    assert_eq!(segments_of(&app, &marketer, &anna).await, ["Fresh"], "the one-time buyers are gone");
    let fields = ok(&app, &marketer, "GET", "/api/v1/segments/fields", Value::Null).await;
    assert_eq!(fields["events"], json!([{"kind": "track", "name": "Order Completed"}]));
    let has = |list: &str, name: &str| fields[list].as_array().unwrap().iter().any(|field| field["name"] == name);
    assert!(has("fields", "values.clv") && has("properties", "properties.order_id") && has("properties", "category"));
    assert_eq!(fields["steps"].as_array().unwrap().len(), 24);
}

#[tokio::test]
async fn where_very_many_changed_all_are_computed_at_once() {
    let app = TestApp::new().await;
    let admin = app.sign_in(Role::Admin).await;
    make(&app, &admin, "Buyers", buyers()).await;
    rebuild(&app).await;
    let mut transaction = app.app.database.begin().await.unwrap();
    for part in 0..203 {
        let rows: Vec<String> =
            (0..100).map(|row| format!("('019b7ca9-0000-7000-8000-{:012x}', 1)", part * 100 + row)).collect();
        let sql = format!("INSERT INTO customer_changed (customer, change) VALUES {}", rows.join(", "));
        sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false).execute(&mut *transaction).await.unwrap();
    }
    sqlx::query("UPDATE customer_changes SET changes = 1").execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(round(&app.app).await.unwrap(), Looked::default());
    assert_eq!(run_due(&app.app, &[JOB]).await.unwrap(), 1);
    let left = sqlx::query("SELECT change FROM segment_state").fetch_one(app.app.database.pool()).await.unwrap();
    assert_eq!((left.get::<i64, _>(0), app.lake.people.lock().unwrap().0), (1, 1));
    assert!(START < app.clock.now() + 1);
}

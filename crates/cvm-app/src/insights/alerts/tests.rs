//! Targets and alerts: looked at day by day, told once, shown where people look.

use crate::access::testing::Credentials;
use crate::access::{Permission, Role};
use crate::platform::clock::DAY;
use crate::platform::jobs::run_due;
use crate::platform::server::JOBS;
use crate::platform::testing::mailbox::Mailbox;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::http::StatusCode;
use serde_json::{Value, json};

on_both_databases!(
    a_target_is_reached_and_missed,
    an_odd_day_is_an_alert,
    who_only_looks_sets_nothing,
    what_cannot_be_watched_is_refused,
    pages_show_how_it_stands,
);

/// A scoring run that has looked at all up to yesterday.
async fn run(app: &TestApp) -> String {
    let now = app.clock.now();
    let yesterday = chrono::DateTime::from_timestamp_micros(now - DAY).unwrap().date_naive().to_string();
    let report = serde_json::to_string(&crate::report::sample()).unwrap();
    let sql = "INSERT INTO scoring_runs (id, as_of, asked_by, started_at, ended_at, customers, report) \
               VALUES ($1, $2, 'me', $3, $4, 1, $5)";
    let query = sqlx::query(sql).bind(app.app.random.id(&app.clock)).bind(&yesterday).bind(now).bind(now).bind(report);
    query.execute(app.app.database.pool()).await.unwrap();
    yesterday
}

/// Revenue of a period by its first day.
fn revenue(app: &TestApp, days: &[(&str, f64)]) {
    for (day, revenue) in days {
        app.lake.answer(&format!("DATE '{day}'"), &json!([{"revenue": revenue}]));
    }
}

async fn watch(app: &TestApp, by: &Credentials, draft: Value) -> Value {
    let (status, alert) = app.call(by, "POST", "/api/v1/alerts", draft).await;
    assert_eq!(status, StatusCode::CREATED, "{alert}");
    alert
}

async fn look(app: &TestApp) {
    while run_due(&app.app, JOBS).await.unwrap() > 0 {}
}

async fn stands(app: &TestApp, by: &Credentials, alert: &Value) -> Value {
    let path = format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap());
    app.call(by, "GET", &path, Value::Null).await.1
}

/// The last seven days before 2 January 2026, where the tests' clock stands, begin on 26 December.
async fn a_target_is_reached_and_missed(app: TestApp) {
    // A key, for a session does not last for days.
    let analyst = app.key(&[Permission::ReadCustomers, Permission::EditAlerts]).await;
    revenue(&app, &[("2025-12-26", 1200.0), ("2025-12-27", 800.0), ("2025-12-28", 1000.0)]);
    let draft = json!({"figure": "revenue", "kind": "target", "threshold": 1000, "days": 7});
    let target = watch(&app, &analyst, draft).await;
    assert_eq!(target["state"], "new");
    look(&app).await;
    assert_eq!(stands(&app, &analyst, &target).await["state"], "new", "there was no run");
    for (day, state, value) in
        [("2026-01-01", "met", 1200.0), ("2026-01-02", "missed", 800.0), ("2026-01-03", "met", 1000.0)]
    {
        assert_eq!(run(&app).await, day);
        app.clock.advance(DAY);
        look(&app).await;
        let now = stands(&app, &analyst, &target).await;
        assert_eq!((&now["state"], &now["value"], &now["checked_day"]), (&json!(state), &json!(value), &json!(day)));
    }
    let path = format!("/api/v1/alerts/{}/history", target["id"].as_str().unwrap());
    let (_, history) = app.call(&analyst, "GET", &path, Value::Null).await;
    let told: Vec<_> = history["data"].as_array().unwrap().iter().map(|check| check["changed"] == true).collect();
    assert_eq!(told, [true, true, false], "the first look is no news");
}

/// 1 January 2026 is a Thursday; so is every day that it is compared with.
async fn an_odd_day_is_an_alert(app: TestApp) {
    let analyst = app.sign_in(Role::Analyst).await;
    revenue(&app, &[("2025-12-25", 5.0), ("2025-12-18", 102.0), ("2025-12-11", 99.0), ("2025-12-04", 101.0)]);
    revenue(&app, &[("2025-11-27", 98.0), ("2025-11-20", 100.0), ("2025-11-13", 97.0), ("2025-11-06", 103.0)]);
    revenue(&app, &[("2026-01-01", 60.0)]);
    let alert = watch(&app, &analyst, json!({"figure": "revenue", "kind": "unusual", "days": 1})).await;
    run(&app).await;
    look(&app).await;
    let now = stands(&app, &analyst, &alert).await;
    assert_eq!((&now["state"], &now["value"]), (&json!("raised"), &json!(60.0)));
    // Of these eight the median is 99.5, and the median distance from it 2.
    assert_eq!((&now["low"], &now["high"]), (&json!(90.6044), &json!(108.3956)));
    let path = format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap());
    let limit = json!({"figure": "revenue", "kind": "below", "threshold": 50, "days": 1});
    assert_eq!(app.call(&analyst, "PUT", &path, limit).await.1["state"], "new");
    look(&app).await;
    assert_eq!(stands(&app, &analyst, &alert).await["state"], "quiet");
    assert_eq!(app.call(&analyst, "DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&analyst, "GET", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    look(&app).await;
}

async fn who_only_looks_sets_nothing(app: TestApp) {
    let (viewer, marketer) = (app.sign_in(Role::Viewer).await, app.sign_in(Role::Marketer).await);
    let draft = json!({"figure": "orders", "kind": "above", "threshold": 10, "days": 7});
    assert_eq!(app.call(&viewer, "POST", "/api/v1/alerts", draft.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(app.page(&viewer, "/en/alerts/new").await.0, StatusCode::FORBIDDEN);
    watch(&app, &marketer, draft).await;
    let (status, page) = app.page(&viewer, "/en/alerts").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Orders, last 7 days: more than 10") && !page.contains("New target"), "{page}");
}

async fn what_cannot_be_watched_is_refused(app: TestApp) {
    let analyst = app.sign_in(Role::Analyst).await;
    for (change, pointer) in [
        (json!({"threshold": null}), "/threshold"),
        (json!({"kind": "unusual"}), "/threshold"),
        (json!({"kind": "unusual", "threshold": null, "days": 365}), "/days"),
        (json!({"days": 2}), "/days"),
        (json!({"emails": ["ada"]}), "/emails/0"),
        (json!({"webhook": "nowhere"}), "/webhook"),
    ] {
        let mut draft = json!({"figure": "revenue", "kind": "target", "threshold": 1000, "days": 7});
        draft.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, answer) = app.call(&analyst, "POST", "/api/v1/alerts", draft).await;
        assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)));
    }
    let form = [("figure", "revenue"), ("kind", "target"), ("threshold", "much"), ("days", "7"), ("emails", "ada")];
    let (status, _, page) = app.form(&analyst, "/en/alerts/add", &form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("Write a number without")
            && page.contains("ten e-mail addresses")
            && page.contains("value=\"ada\"")
    );
}

async fn pages_show_how_it_stands(app: TestApp) {
    let analyst = app.sign_in(Role::Analyst).await;
    run(&app).await;
    revenue(&app, &[("2025-12-26", 1200.0)]);
    let form = [("figure", "revenue"), ("kind", "target"), ("threshold", "1000"), ("days", "7"), ("emails", "")];
    let (status, to, _) = app.form(&analyst, "/en/alerts/add", &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    look(&app).await;
    let (_, page) = app.page(&analyst, &to).await;
    assert!(page.contains("Revenue, last 7 days: at least $1,000") && page.contains("$1,200"), "{page}");
    let (_, page) = app.page(&analyst, "/en/?days=7").await;
    assert!(
        page.contains("Target $1,000 reached") && page.contains("/en/alerts/new?figure=churn&#38;days=7"),
        "{page}"
    );
    let (_, page) = app.page(&analyst, "/en/?days=30").await;
    assert!(page.contains("Target $4,286 not reached"), "for as many days as are shown: {page}");
    assert!(page.contains("/en/customers?bought_from="), "the list's own names of filters");
    let (_, file) = app.page(&analyst, &format!("{to}/history.csv")).await;
    assert!(file.contains("2026-01-01,1200,,,met"), "{file}");
    let (_, file) = app.page(&analyst, "/en/alerts.csv").await;
    assert!(file.contains("revenue,target,1000,7,met,1200,,,2026-01-01"), "{file}");
    let shares = [("figure", "churn"), ("kind", "target"), ("threshold", "35"), ("days", "30")];
    let (status, _, _) = app.form(&analyst, &format!("{to}/change"), &shares).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = app.page(&analyst, &to).await;
    assert!(page.contains("Not returned, last 30 days: at most 35.0%") && page.contains("value=\"35\""), "{page}");
    let (status, ..) = app.form(&analyst, &format!("{to}/remove"), &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(app.page(&analyst, "/en/alerts").await.1.contains("Nothing is watched yet"));
}

#[tokio::test]
async fn who_wants_to_know_is_told_once() {
    let mailbox = Mailbox::start().await;
    let url = mailbox.url.clone();
    let app = TestApp::with(|config| {
        (config.mail_url, config.mail_from) = (url, "cvm@shop.example".to_owned());
        config.public_url = "https://cvm.example".to_owned();
    });
    let app = app.await;
    let (admin, analyst) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Analyst).await);
    let endpoint = json!({"name": "Ours", "url": "https://localhost:9/"});
    let (_, endpoint) = app.call(&admin, "POST", "/api/v1/webhooks", endpoint).await;
    revenue(&app, &[("2026-01-01", 60.0), ("2026-01-02", 55.0)]);
    let draft = json!({"figure": "revenue", "kind": "below", "threshold": 100, "days": 1, "language": "pl",
                       "emails": ["ada@example.com", "later@example.com"], "webhook": endpoint["id"]});
    let alert = watch(&app, &analyst, draft).await;
    run(&app).await;
    look(&app).await;
    app.clock.advance(DAY);
    run(&app).await;
    look(&app).await;
    let admin = app.sign_in(Role::Admin).await;
    let [mail] = &mailbox.received()[..] else { panic!("one, for the second reader's server is busy") };
    assert_eq!(mail.to, "ada@example.com");
    let id = alert["id"].as_str().unwrap();
    assert!(mail.text.contains(&format!("https://cvm.example/pl/alerts/{id}")), "{}", mail.text);
    let path = format!("/api/v1/webhooks/{}/deliveries", endpoint["id"].as_str().unwrap());
    let (_, told) = app.call(&admin, "GET", &path, Value::Null).await;
    let types: Vec<_> = told["data"].as_array().unwrap().iter().map(|message| &message["type"]).collect();
    assert_eq!(types, ["alert.raised"], "still below on the second day is no news");
    let (_, jobs) = app.call(&admin, "GET", "/api/v1/jobs?kind=alert_mail", Value::Null).await;
    assert!(!jobs.to_string().contains("example.com"), "no address: {jobs}");
}

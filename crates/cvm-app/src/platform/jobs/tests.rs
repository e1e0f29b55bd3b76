//! Jobs: once, at their time, again after failures, by another server where one dies.

use super::*;
use crate::access::Role;
use crate::platform::clock::{HOUR, MINUTE};
use crate::platform::testing::{TestApp, on_both_databases};
use axum::http::StatusCode;
use serde_json::json;

on_both_databases!(
    asked_for_twice_done_once,
    failures_are_tried_again_until_enough,
    the_jobs_of_the_dead_are_taken_over
);

/// Does what it is told: `{"fail": true}` fails, anything else is its result.
const ECHO: Kind = Kind {
    name: "echo",
    run: |_, task| {
        Box::pin(async move {
            task.at("echoing");
            anyhow::ensure!(task.job.input["fail"] != json!(true), "it was told to");
            Ok(task.job.input.clone())
        })
    },
    regular: |_| Vec::new(),
    attempts: 3,
};

const HOURLY: Kind = Kind { name: "hourly", regular: |_| vec![("all".to_owned(), Schedule::Every(HOUR))], ..ECHO };

async fn wish(app: &TestApp, input: Value, due_at: i64) -> String {
    let mut transaction = app.app.database.begin().await.unwrap();
    let asked = Asked { kind: "echo", subject: "", input: &input, by: "me", due_at };
    let id = ask(&mut transaction, &app.app, asked).await.unwrap();
    transaction.commit().await.unwrap();
    id
}

async fn asked_for_twice_done_once(app: TestApp) {
    let now = app.clock.now();
    let first = wish(&app, json!({"n": 1}), now + HOUR).await;
    let second = wish(&app, json!({"n": 2}), now + MINUTE).await;
    assert_eq!(first, second, "one that waits serves both");
    assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 0, "not yet");
    app.clock.advance(MINUTE);
    assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 1, "at the earlier of both times");
    assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 0);
    let job = get(&app.app, &first).await.unwrap();
    assert_eq!((job.state, job.attempts, job.result), (State::Done, 1, json!({"n": 2})));
    let third = wish(&app, json!({}), now).await;
    assert_ne!(third, first, "what has ended serves nobody who asks later");
}

async fn failures_are_tried_again_until_enough(app: TestApp) {
    let id = wish(&app, json!({"fail": true}), app.clock.now()).await;
    for attempt in 1..=3 {
        assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 1);
        let job = get(&app.app, &id).await.unwrap();
        assert_eq!((job.attempts, job.error.as_str()), (attempt, "it was told to"));
        assert_eq!(job.state, if attempt < 3 { State::Waiting } else { State::Failed });
        let pause = job.due_at.0 - app.clock.now();
        if attempt < 3 {
            let least = PAUSE << (attempt - 1);
            assert!((least..=2 * least).contains(&pause), "{attempt}: {pause}");
            assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 0, "not before the pause is over");
            app.clock.advance(pause);
        }
    }
    app.clock.advance(2 * PAUSE_MAX);
    assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 0);
}

async fn the_jobs_of_the_dead_are_taken_over(app: TestApp) {
    let id = wish(&app, json!({}), app.clock.now()).await;
    let taken = queue::claim(&app.app, &[], "dead").await.unwrap().unwrap();
    assert_eq!(taken.id, id);
    let after = wish(&app, json!({"n": 2}), app.clock.now()).await;
    assert!(queue::claim(&app.app, &[], "quick").await.unwrap().is_none(), "its like runs");
    app.clock.advance(HELD / 2);
    assert!(queue::hold(&app.app, &id, "dead", "half").await.unwrap());
    app.clock.advance(HELD);
    assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 0, "not heard of for exactly as long as may be");
    app.clock.advance(1);
    assert_eq!(run_due(&app.app, &[ECHO]).await.unwrap(), 1);
    assert!(!queue::hold(&app.app, &id, "dead", "back").await.unwrap(), "who comes back finds that another was at it");
    let (dead, other) = (get(&app.app, &id).await.unwrap(), get(&app.app, &after).await.unwrap());
    assert_eq!((dead.state, dead.error.as_str()), (State::Failed, "the server that ran it went away"));
    assert_eq!((other.state, other.result), (State::Done, json!({"n": 2})));
}

#[tokio::test]
async fn what_is_regular_comes_again() {
    let app = TestApp::new().await;
    assert_eq!(run_due(&app.app, &[HOURLY]).await.unwrap(), 0, "the first time is an hour away");
    for _ in 0..3 {
        app.clock.advance(HOUR);
        assert_eq!(run_due(&app.app, &[HOURLY]).await.unwrap(), 1);
    }
    // Other settings: what was planned for later is planned anew, what is due is done.
    const NEVER: Kind = Kind { regular: |_| Vec::new(), ..HOURLY };
    app.clock.advance(HOUR);
    queue::unplan(&app.app).await.unwrap();
    assert_eq!(run_due(&app.app, &[HOURLY]).await.unwrap(), 1);
    queue::unplan(&app.app).await.unwrap();
    app.clock.advance(2 * HOUR);
    assert_eq!(run_due(&app.app, &[NEVER]).await.unwrap(), 0);
    let cron = Schedule::cron("30 2 * * *", chrono_tz::Europe::Warsaw).unwrap();
    let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
    assert_eq!(cron.next(time("2026-06-30T12:00:00Z")), Some(time("2026-07-01T00:30:00Z")));
    // In the night in which half past two is left out, it is done all the same.
    assert_eq!(cron.next(time("2026-03-28T12:00:00Z")), Some(time("2026-03-29T01:00:00Z")));
    assert!(Schedule::cron("every morning", chrono_tz::UTC).is_err());
}

#[tokio::test]
async fn a_panic_is_a_failure() {
    const PANIC: Kind = Kind {
        name: "echo",
        run: |_, _| Box::pin(async { panic!("on purpose") }),
        regular: |_| Vec::new(),
        attempts: 1,
    };
    let app = TestApp::new().await;
    let id = wish(&app, json!({}), app.clock.now()).await;
    run_due(&app.app, &[PANIC]).await.unwrap();
    let job = get(&app.app, &id).await.unwrap();
    assert_eq!(job.state, State::Failed);
    assert!(job.error.starts_with("internal error"), "{}", job.error);
}

#[tokio::test]
async fn jobs_are_seen_and_cancelled() {
    let app = TestApp::new().await;
    let analyst = app.sign_in(Role::Analyst).await;
    let id = wish(&app, json!({"n": 1}), app.clock.now() + HOUR).await;
    let (status, page) = app.call(&analyst, "GET", "/api/v1/jobs?state=waiting", Value::Null).await;
    assert_eq!((status, &page["data"][0]["id"]), (StatusCode::OK, &json!(id)));
    let path = format!("/api/v1/jobs/{id}");
    let (status, job) = app.call(&analyst, "DELETE", &path, Value::Null).await;
    assert_eq!((status, &job["state"]), (StatusCode::OK, &json!("cancelled")));
    let (status, _) = app.call(&analyst, "DELETE", &path, Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = app.call(&analyst, "GET", "/api/v1/jobs?state=lost", Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

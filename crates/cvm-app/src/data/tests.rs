//! The pages of data: who sees which, what forms do, and what is refused.

use crate::access::{Permission, Role};
use crate::customers::project;
use crate::platform::jobs::run_due;
use crate::platform::server::{JOBS, pages};
use crate::platform::testing::{TestApp, on_both_databases};
use crate::platform::{Access, clock};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use cvm_core::Language;
use cvm_core::message::Message;
use serde_json::json;

on_both_databases!(sources_come_and_go, what_was_refused_is_tried_again, runs_are_asked_for_and_listed);

/// Pages of this feature, of settings and of the first visit that stand for themselves.
fn to_open() -> Vec<(&'static str, Access)> {
    let ours = |path: &str| path.starts_with("/data") || path.starts_with("/settings") || path.starts_with("/start");
    pages().list().into_iter().filter(|(path, _)| ours(path) && !path.contains('{')).collect()
}

#[tokio::test]
async fn every_page_opens_in_every_language_to_those_who_may() {
    let app = TestApp::new().await;
    let (admin, viewer) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Viewer).await);
    let all = to_open();
    assert!(all.len() >= 14, "{}", all.len());
    for (path, access) in all {
        for language in Language::ALL {
            let (status, text) = app.page(&admin, &format!("/{language}{path}")).await;
            let found = status == StatusCode::SEE_OTHER || status == StatusCode::OK;
            assert!(found, "{language} {path}: {status} {text}");
        }
        let (status, _) = app.page(&viewer, &format!("/en{path}")).await;
        let may = match access {
            Access::Needs(permission) => Role::Viewer.permissions().contains(&permission),
            _ => true,
        };
        assert_eq!(status == StatusCode::FORBIDDEN, !may, "{path}: {status}");
    }
}

#[tokio::test]
async fn one_comes_to_the_first_page_that_is_open() {
    let app = TestApp::new().await;
    for (role, first) in [(Role::Admin, "sources"), (Role::Marketer, "rejected"), (Role::Viewer, "runs")] {
        let by = app.sign_in(role).await;
        let request = by.sign(Request::get("/pl/data")).body(Body::empty()).unwrap();
        let (status, headers, _) = app.exchange(request).await;
        assert_eq!(
            (status, &headers["location"]),
            (StatusCode::SEE_OTHER, &format!("/pl/data/{first}").parse().unwrap())
        );
    }
}

async fn sources_come_and_go(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let (status, there, _) = app.form(&admin, "/en/data/sources", &[("name", "Till <7>")]).await;
    assert_eq!((status, there.as_str()), (StatusCode::SEE_OTHER, "/en/data/sources?added=till-7"));
    let (_, text) = app.page(&admin, &there).await;
    assert!(text.contains("Till &#60;7&#62;") && !text.contains("Till <7>"), "names are text");
    // Two that came today, in two changes, and one of long ago.
    for (id, days) in [("a", 0), ("b", 0), ("c", 20)] {
        let received_at = app.clock.now() - days * clock::DAY;
        let message: Message = serde_json::from_value(json!({"message_id": id, "source": "till-7", "type": "track",
            "name": "x", "user_id": "u", "timestamp": received_at, "received_at": received_at}))
        .unwrap();
        app.app.inbox.store(vec![message]).await.unwrap();
        while project(&app.app).await.unwrap().batches > 0 {}
    }
    let (_, text) = app.page(&admin, "/en/data/sources").await;
    let row = text.split("Till &#60;7&#62;").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(row.contains("<td class=\"n\">2</td>"), "{row}");
    assert_eq!(text.matches("<td class=\"n\">2</td>").count(), 2, "of the source, and of today");
    let (status, _, text) = app.form(&admin, "/en/data/sources", &[("name", "till 7")]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.contains("There is, or was, a source of this name.") && text.contains("value=\"till 7\""));
    let (status, _, _) = app.form(&admin, "/en/data/sources", &[("name", " ")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, there, _) = app.form(&admin, "/fa/data/sources/till-7/close", &[]).await;
    assert_eq!((status, there.as_str()), (StatusCode::SEE_OTHER, "/fa/data/sources"));
    let (_, text) = app.page(&admin, "/en/data/sources").await;
    assert!(!text.contains("till-7") && text.contains(&app.write_key));
    let viewer = app.sign_in(Role::Viewer).await;
    let (status, _, _) = app.form(&viewer, "/en/data/sources", &[("name", "mine")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

async fn what_was_refused_is_tried_again(app: TestApp) {
    let sender = app.key(&[Permission::Import]).await;
    let records = json!([{"customer_id": "ann", "time": "2025-01-01", "amount": "much"}, {"amount": 5}]);
    let (status, _) = app.call(&sender, "POST", "/api/v1/transactions/batch?source=till", records).await;
    assert_eq!(status, StatusCode::OK);
    let (admin, marketer) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Marketer).await);
    let (_, seen) = app.page(&admin, "/en/data/rejected").await;
    assert!(seen.contains("much") && seen.contains("nobody is named"));
    let (_, unseen) = app.page(&marketer, "/en/data/rejected?source=till").await;
    assert!(!unseen.contains("&#34;much&#34;") && unseen.contains("shown to those who may see personal data"));
    let (_, other) = app.page(&admin, "/en/data/rejected?source=crm").await;
    assert!(!other.contains("&#34;much&#34;"), "only those of the source");
    let (_, file) = app.page(&admin, "/en/data/rejected.csv?reason=nobody").await;
    assert_eq!(file.lines().count(), 2, "{file}");
    let (status, there, _) = app.form(&admin, "/en/data/rejected", &[("source", "till")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(there.ends_with("taken=0&refused=2"), "{there}");
    let (_, said) = app.page(&admin, &there).await;
    assert!(said.contains("Taken: 0. Refused again: 2."));
}

async fn runs_are_asked_for_and_listed(app: TestApp) {
    let call = json!({"type": "page", "messageId": "1", "userId": "anna"});
    assert_eq!(app.post("/v1/page", &call).await.0, StatusCode::OK);
    app.app.catch_up().await.unwrap();
    let analyst = app.sign_in(Role::Analyst).await;
    for wrong in ["2999-01-01", "soon"] {
        let (status, _, text) = app.form(&analyst, "/en/data/runs/start", &[("as_of", wrong)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text.contains("Choose a day up to today."));
    }
    let (status, there, _) = app.form(&analyst, "/en/data/runs/start", &[("as_of", "2025-12-31")]).await;
    assert_eq!((status, there.as_str()), (StatusCode::SEE_OTHER, "/en/data/runs"));
    let (_, text) = app.page(&analyst, "/en/data/runs").await;
    assert!(text.contains("Value of everybody") && text.contains("waits for its turn"), "{text}");
    run_due(&app.app, JOBS).await.unwrap();
    let (_, text) = app.page(&analyst, "/en/data/runs").await;
    assert!(text.contains("31 Dec 2025") && text.contains("asked for by a user"), "{text}");
    assert!(!text.contains("Value of everybody"), "{text}");
    let viewer = app.sign_in(Role::Viewer).await;
    let (_, text) = app.page(&viewer, "/en/data/runs").await;
    assert!(text.contains("31 Dec 2025") && !text.contains("/data/runs/start"));
    assert_eq!(app.form(&viewer, "/en/data/runs/start", &[]).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_statement_is_answered_or_its_mistake_shown() {
    let app = TestApp::new().await;
    let analyst = app.sign_in(Role::Analyst).await;
    app.clock.advance(clock::HOUR);
    let (status, text) = app.page(&analyst, "/en/data/sql?sql=SELECT+1").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("no SQL here: SELECT 1") && text.contains(">SELECT 1</textarea>"), "{text}");
    let (status, text) = app.page(&analyst, "/en/data/sql").await;
    assert_eq!(status, StatusCode::OK);
    assert!(!text.contains("aria-invalid"));
}

//! Through HTTP: who may do what on every route, and the story of an account.

use super::testing::Credentials;
use super::{Permission, Role};
use crate::platform::server::api;
use crate::platform::testing::TestApp;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

/// Calls every route by everybody. The snapshot is the table of who may do what: look at each line that changes.
#[tokio::test]
async fn every_route_asks_who_may() {
    let app = TestApp::new().await;
    let mut table = String::new();
    let routes = api().list();
    let mut keys = Vec::new();
    for &scope in Permission::ALL.iter().filter(|scope| scope.is_scope()) {
        keys.push((scope, app.key(&[scope]).await));
    }
    for (method, path, _) in &routes {
        assert!(path.starts_with("/api/v1/"), "{path}");
        // A thing that is not there and a body that says nothing: whoever may do it changes nothing by it.
        let address = path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part });
        let address = address.collect::<Vec<_>>().join("/");
        let body = if method == "GET" || method == "DELETE" { Value::Null } else { json!([]) };
        let may = async |by: &Credentials| {
            let (status, answer) = app.call(by, method.as_str(), &address, body.clone()).await;
            assert!(
                status != StatusCode::NOT_FOUND || answer["detail"] != "there is nothing at this address",
                "{path}"
            );
            assert!(!status.is_server_error() && status != StatusCode::METHOD_NOT_ALLOWED, "{method} {path}: {answer}");
            status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN
        };
        let mut callers = Vec::new();
        if may(&Credentials::Nobody).await {
            callers.push("nobody".to_owned());
        }
        for &role in Role::ALL {
            // A session for each call, since some routes end it.
            if may(&app.sign_in(role).await).await {
                callers.push(role.name());
            }
        }
        for (scope, key) in &keys {
            if may(key).await {
                callers.push(format!("key:{}", scope.name()));
            }
        }
        let everybody = callers.len() == 1 + Role::ALL.len() + keys.len();
        let callers = if everybody { "everybody".to_owned() } else { callers.join(" ") };
        table.push_str(&format!("{:<6} {path:<28} {callers}\n", method.as_str()));
    }
    insta::assert_snapshot!(table);
}

/// Every path that the server answers under `/api` is one of those above, so none can go past the check.
#[tokio::test]
async fn no_route_is_made_another_way() {
    let app = TestApp::new().await;
    let router = format!("{:?}", app.app.router());
    let mut served: Vec<&str> = router.split('"').filter(|text| text.starts_with("/api")).collect();
    served.sort_unstable();
    served.dedup();
    let mut listed: Vec<String> = api().list().into_iter().map(|(_, path, _)| path).collect();
    listed.push("/api/openapi.json".to_owned());
    listed.sort_unstable();
    listed.dedup();
    assert_eq!(served, listed);
}

#[tokio::test]
async fn the_api_is_described() {
    let app = TestApp::new().await;
    let (status, document) = app.call(&Credentials::Nobody, "GET", "/api/openapi.json", Value::Null).await;
    assert_eq!((status, &document["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            let success = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2'));
            assert!(success && operation["responses"]["default"]["content"].is_object(), "{method} {path}");
        }
    }
    insta::assert_json_snapshot!(document, { ".info.version" => "[version]" });
}

#[tokio::test]
async fn a_wrong_key_is_nobody() {
    let app = TestApp::new().await;
    let Credentials::Key(key) = app.key(&[Permission::ReadAudit]).await else { unreachable!() };
    let ask = async |authorization: &str| {
        let request = Request::get("/api/v1/audit").header("authorization", authorization);
        app.exchange(request.body(axum::body::Body::empty()).unwrap()).await
    };
    assert_eq!(ask(&format!("Bearer {key}")).await.0, StatusCode::OK);
    assert_eq!(ask(&format!("bearer {key} ")).await.0, StatusCode::OK);
    for wrong in [format!("Bearer {key}x"), "Bearer".to_owned(), "Basic YTpi".to_owned(), "Bearer ".to_owned()] {
        let (status, headers, answer) = ask(&wrong).await;
        assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")), "{wrong}");
        assert_eq!(headers["www-authenticate"], "Bearer realm=\"opencvm\"");
    }
}

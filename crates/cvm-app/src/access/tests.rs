//! Through HTTP: who may do what on every route, and the story of an account.

use super::testing::Credentials;
use super::{COOKIE, Caller, NewUser, Permission, Role, User, create_user, tidy};
use crate::platform::clock::{DAY, HOUR, SECOND};
use crate::platform::server::api;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use cvm_core::language::Language;
use serde_json::{Value, json};
use sqlx::Row;
use std::net::SocketAddr;

on_both_databases! {
    every_route_asks_who_may,
    a_wrong_key_is_nobody,
    one_signs_in_looks_around_and_leaves,
    a_session_ends_unused_and_at_last_anyway,
    an_unknown_user_and_a_wrong_password_look_the_same,
    guessing_takes_ever_longer,
    one_address_cannot_try_everybody,
    a_page_of_another_site_can_do_nothing,
    many_guesses_at_once_are_as_many_guesses,
    the_cookie_is_secure_but_on_this_machine,
    a_password_is_changed_by_who_knows_it,
    an_admin_looks_after_users,
    two_admins_cannot_both_disable_the_other,
    a_key_is_shown_once_and_ends,
    who_changed_what_is_kept,
    no_secret_is_kept,
    a_text_that_no_database_keeps_is_no_fault_of_ours,
    the_server_knows_who_called,
}

/// Calls every route by everybody. The snapshot is the table of who may do what: look at each line that changes.
async fn every_route_asks_who_may(app: TestApp) {
    let mut table = String::new();
    let routes = api().list();
    let mut keys = Vec::new();
    for &scope in Permission::ALL.iter().filter(|scope| scope.is_scope()) {
        keys.push((scope, app.key(&[scope]).await));
    }
    for (method, path, _) in &routes {
        assert!(path.starts_with("/api/v1/") || path == "/metrics", "{path}");
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
    insta::assert_snapshot!("every_route_asks_who_may", table);
}

/// Every path that the server answers under `/api` is one of those above, so none can go past the check.
#[tokio::test]
async fn no_route_is_made_another_way() {
    let app = TestApp::new().await;
    let router = format!("{:?}", app.app.router());
    let mut served: Vec<&str> =
        router.split('"').filter(|text| text.starts_with("/api") || *text == "/metrics").collect();
    served.sort_unstable();
    served.dedup();
    let mut listed: Vec<String> = api().list().into_iter().map(|(_, path, _)| path).collect();
    listed.extend(["/api/openapi.json", "/api/docs", "/api/docs/", "/api/docs/{file}"].map(str::to_owned));
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
            let success =
                operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with(['2', '3']));
            assert!(success && operation["responses"]["default"]["content"].is_object(), "{method} {path}");
        }
    }
    insta::assert_json_snapshot!(document, { ".info.version" => "[version]" });
}

async fn a_wrong_key_is_nobody(app: TestApp) {
    let Credentials::Key(key) = app.key(&[Permission::ReadAudit]).await else { unreachable!() };
    let ask = async |authorization: &str| {
        let request = Request::get("/api/v1/audit").header("authorization", authorization);
        app.exchange(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(ask(&format!("Bearer {key}")).await.0, StatusCode::OK);
    assert_eq!(ask(&format!("bearer {key} ")).await.0, StatusCode::OK);
    for wrong in [format!("Bearer {key}x"), "Bearer".to_owned(), "Basic YTpi".to_owned(), "Bearer ".to_owned()] {
        let (status, headers, answer) = ask(&wrong).await;
        assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")), "{wrong}");
        assert_eq!(headers["www-authenticate"], "Bearer realm=\"opencvm\"");
    }
}

const PASSWORD: &str = "correct horse battery staple";

/// Adds a user with a password.
async fn anna(app: &TestApp) -> User {
    let new = NewUser {
        email: "Anna@Shop.example".to_owned(),
        name: "Anna".to_owned(),
        role: Role::Marketer,
        language: Language::Pl,
        password: Some(PASSWORD.to_owned()),
    };
    create_user(&app.app, &Caller::system(), new).await.unwrap()
}

/// Signs in; the answer's status, headers and body.
async fn login(app: &TestApp, email: &str, password: &str) -> (StatusCode, HeaderMap, Value) {
    let body = json!({"email": email, "password": password}).to_string();
    let request = Request::post("/api/v1/login").header("host", "cvm.example").header("user-agent", "Browser 1");
    app.exchange(request.body(Body::from(body)).unwrap()).await
}

/// The session that an answer begins.
fn session(headers: &HeaderMap) -> Credentials {
    let cookie = headers["set-cookie"].to_str().unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    assert_eq!(name, COOKIE);
    Credentials::Session(rest.split(';').next().unwrap().to_owned())
}

async fn one_signs_in_looks_around_and_leaves(app: TestApp) {
    let anna = anna(&app).await;
    let (status, headers, user) = login(&app, " ANNA@shop.example", PASSWORD).await;
    assert_eq!((status, &user["id"]), (StatusCode::OK, &json!(anna.id)));
    let cookie = headers["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure"), "{cookie}");
    assert_eq!(headers["cache-control"], "no-store");
    let here = session(&headers);
    let (_, me) = app.call(&here, "GET", "/api/v1/me", Value::Null).await;
    assert_eq!((&me["email"], &me["language"]), (&json!("anna@shop.example"), &json!("pl")));
    assert_eq!(
        me["permissions"],
        json!([
            "customers.read",
            "import",
            "score",
            "segments.read",
            "segments.edit",
            "campaigns.read",
            "campaigns.edit"
        ])
    );
    let elsewhere = session(&login(&app, "anna@shop.example", PASSWORD).await.1);
    let (_, sessions) = app.call(&here, "GET", "/api/v1/me/sessions", Value::Null).await;
    let sessions = sessions["data"].as_array().unwrap();
    assert_eq!((sessions.len(), &sessions[0]["agent"]), (2, &json!("Browser 1")));
    // Signs out elsewhere, then here.
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/api/v1/me/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(app.call(&here, "DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&here, "DELETE", &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    assert_eq!(app.call(&elsewhere, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(app.call(&here, "POST", "/api/v1/logout", Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&here, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    // Once more, and everywhere at once.
    let both = [login(&app, "anna@shop.example", PASSWORD).await, login(&app, "anna@shop.example", PASSWORD).await];
    let [here, there] = both.map(|(_, headers, _)| session(&headers));
    assert_eq!(app.call(&here, "DELETE", "/api/v1/me/sessions", Value::Null).await.0, StatusCode::NO_CONTENT);
    for ended in [here, there] {
        assert_eq!(app.call(&ended, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    }
}

async fn a_session_ends_unused_and_at_last_anyway(app: TestApp) {
    let me = async |by: &Credentials| app.call(by, "GET", "/api/v1/me", Value::Null).await.0;
    let (unused, used) = (app.sign_in(Role::Viewer).await, app.sign_in(Role::Viewer).await);
    app.clock.advance(12 * HOUR - 1);
    assert_eq!(me(&used).await, StatusCode::OK);
    app.clock.advance(1);
    assert_eq!(me(&unused).await, StatusCode::UNAUTHORIZED);
    for hour in 12..168 {
        assert_eq!(me(&used).await, StatusCode::OK, "hour {hour}");
        app.clock.advance(HOUR);
    }
    assert_eq!(me(&used).await, StatusCode::UNAUTHORIZED);
    let sessions = async || {
        let row = sqlx::query("SELECT count(*) FROM sessions").fetch_one(app.app.database.pool()).await.unwrap();
        row.get::<i64, _>(0)
    };
    assert_eq!(sessions().await, 2);
    tidy(&app.app).await.unwrap();
    assert_eq!(sessions().await, 0);
}

async fn an_unknown_user_and_a_wrong_password_look_the_same(app: TestApp) {
    let anna = anna(&app).await;
    let admin = app.sign_in(Role::Admin).await;
    let wrong = login(&app, "anna@shop.example", "some other password").await;
    assert_eq!((wrong.0, &wrong.2["code"]), (StatusCode::UNAUTHORIZED, &json!("unauthorized")));
    assert!(!wrong.1.contains_key("set-cookie"));
    let long = "x".repeat(100_000);
    for (email, password) in [("nobody@shop.example", PASSWORD), ("no e-mail", PASSWORD), ("anna@shop.example", &long)]
    {
        let answer = login(&app, email, password).await;
        assert_eq!((answer.0, &answer.2), (wrong.0, &wrong.2), "{email}");
    }
    let path = format!("/api/v1/users/{}", anna.id);
    assert_eq!(app.call(&admin, "PATCH", &path, json!({"disabled": true})).await.0, StatusCode::OK);
    let disabled = login(&app, "anna@shop.example", PASSWORD).await;
    assert_eq!((disabled.0, disabled.2), (wrong.0, wrong.2));
}

async fn guessing_takes_ever_longer(app: TestApp) {
    anna(&app).await;
    for _ in 0..5 {
        assert_eq!(login(&app, "anna@shop.example", "wrong").await.0, StatusCode::UNAUTHORIZED);
    }
    // The right password does not help now, and asking does not prolong.
    for _ in 0..3 {
        let (status, headers, answer) = login(&app, "anna@shop.example", PASSWORD).await;
        assert_eq!((status, &answer["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("too_many_requests")));
        assert_eq!(headers["retry-after"], "1");
    }
    app.clock.advance(SECOND);
    assert_eq!(login(&app, "anna@shop.example", "wrong").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&app, "anna@shop.example", PASSWORD).await.1["retry-after"], "2");
    app.clock.advance(2 * SECOND);
    assert_eq!(login(&app, "anna@shop.example", PASSWORD).await.0, StatusCode::OK);
    // After success five are free again.
    for _ in 0..5 {
        assert_eq!(login(&app, "anna@shop.example", "wrong").await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(login(&app, "anna@shop.example", "wrong").await.0, StatusCode::TOO_MANY_REQUESTS);
    // A day later all is forgotten.
    app.clock.advance(DAY + 1);
    tidy(&app.app).await.unwrap();
    let row = sqlx::query("SELECT count(*) FROM login_failures").fetch_one(app.app.database.pool()).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 0);
}

async fn many_guesses_at_once_are_as_many_guesses(app: TestApp) {
    let app = std::sync::Arc::new(app);
    anna(&app).await;
    let guesses: Vec<_> = (0..20)
        .map(|number| {
            let app = app.clone();
            tokio::spawn(async move { login(&app, "anna@shop.example", &format!("guess {number}")).await.0 })
        })
        .collect();
    let mut checked = 0;
    for guess in guesses {
        checked += usize::from(guess.await.unwrap() == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(checked, 5);
}

async fn one_address_cannot_try_everybody(app: TestApp) {
    anna(&app).await;
    let from = async |address: [u8; 4], email: &str, password: &str| {
        let body = json!({"email": email, "password": password}).to_string();
        let request = Request::post("/api/v1/login").extension(ConnectInfo(SocketAddr::from((address, 1))));
        app.send(request.body(Body::from(body)).unwrap()).await.0
    };
    for number in 0..30 {
        let email = format!("user{number}@shop.example");
        assert_eq!(from([10, 0, 0, 1], &email, "a").await, StatusCode::UNAUTHORIZED, "{number}");
    }
    assert_eq!(from([10, 0, 0, 1], "anna@shop.example", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from([10, 0, 0, 2], "anna@shop.example", PASSWORD).await, StatusCode::OK);
    // Success from the address forgives one failure, not all of them.
    app.clock.advance(SECOND);
    assert_eq!(from([10, 0, 0, 1], "anna@shop.example", PASSWORD).await, StatusCode::OK);
    assert_eq!(from([10, 0, 0, 1], "user@shop.example", "a").await, StatusCode::UNAUTHORIZED);
    assert_eq!(from([10, 0, 0, 1], "anna@shop.example", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
}

async fn a_page_of_another_site_can_do_nothing(app: TestApp) {
    let (admin, key) = (app.sign_in(Role::Admin).await, app.key(&[Permission::ManageSources]).await);
    let add = async |by: &Credentials, name: &str, from: &[(&str, &str)]| {
        let mut request = by.sign(Request::post("/api/v1/sources").header("host", "cvm.example"));
        for (name, value) in from {
            request = request.header(*name, *value);
        }
        app.send(request.body(Body::from(json!({"name": name}).to_string())).unwrap()).await.0
    };
    let (elsewhere, here) = ([("sec-fetch-site", "cross-site")], [("sec-fetch-site", "same-origin")]);
    assert_eq!(add(&admin, "one", &elsewhere).await, StatusCode::FORBIDDEN);
    assert_eq!(add(&admin, "one", &[("origin", "https://evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(add(&admin, "one", &here).await, StatusCode::CREATED);
    assert_eq!(add(&admin, "two", &[("origin", "https://cvm.example")]).await, StatusCode::CREATED);
    assert_eq!(add(&key, "three", &elsewhere).await, StatusCode::CREATED, "a browser never adds a key by itself");
    anna(&app).await;
    let body = json!({"email": "anna@shop.example", "password": PASSWORD}).to_string();
    let forged = Request::post("/api/v1/login").header("sec-fetch-site", "cross-site").body(Body::from(body)).unwrap();
    assert_eq!(app.send(forged).await.0, StatusCode::FORBIDDEN, "nor sign its visitor in as somebody else");
}

async fn the_cookie_is_secure_but_on_this_machine(app: TestApp) {
    anna(&app).await;
    let sign_in = async |from: [u8; 4], headers: &[(&str, &str)]| {
        let body = json!({"email": "anna@shop.example", "password": PASSWORD}).to_string();
        let mut request = Request::post("/api/v1/login").extension(ConnectInfo(SocketAddr::from((from, 1))));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (status, headers, _) = app.exchange(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        headers["set-cookie"].to_str().unwrap().to_owned()
    };
    let local = sign_in([127, 0, 0, 1], &[("host", "localhost:8080")]).await;
    assert!(local.starts_with("cvm_session=") && !local.contains("Secure"), "{local}");
    for (from, headers) in [
        ([10, 0, 0, 9], vec![("host", "localhost:8080")]),
        ([127, 0, 0, 1], vec![("host", "cvm.example")]),
        ([127, 0, 0, 1], vec![("host", "127.0.0.1:8080"), ("x-forwarded-for", "10.0.0.9")]),
        ([127, 0, 0, 1], vec![]),
    ] {
        let cookie = sign_in(from, &headers).await;
        assert!(cookie.starts_with("__Host-cvm_session=") && cookie.ends_with("; Secure"), "{headers:?}: {cookie}");
    }
    // What was set without `Secure` opens here only: elsewhere somebody on the way could have planted it.
    let token = local.split(';').next().unwrap().to_owned();
    let me = async |host: &str| {
        let request = Request::get("/api/v1/me").header("host", host).header("cookie", &token);
        app.send(request.body(Body::empty()).unwrap()).await.0
    };
    assert_eq!(me("localhost:8080").await, StatusCode::OK);
    assert_eq!(me("cvm.example").await, StatusCode::UNAUTHORIZED);
}

async fn a_password_is_changed_by_who_knows_it(app: TestApp) {
    anna(&app).await;
    let sign_in = async |password: &str| login(&app, "anna@shop.example", password).await;
    let (here, there) = (session(&sign_in(PASSWORD).await.1), session(&sign_in(PASSWORD).await.1));
    let change = async |current: &str, password: &str| {
        let body = json!({"current_password": current, "password": password});
        app.call(&here, "PUT", "/api/v1/me/password", body).await
    };
    let (status, answer) = change("wrong", "some other password").await;
    assert_eq!(
        (status, &answer["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/current_password"))
    );
    let (status, answer) = change(PASSWORD, "short").await;
    assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/password")));
    assert_eq!(change(PASSWORD, "seven green parrots").await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&here, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::OK);
    assert_eq!(app.call(&there, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in("seven green parrots").await.0, StatusCode::OK);
    // Whoever finds the browser open cannot try for long.
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(change("a guess", "seven green parrots").await.0.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
}

async fn an_admin_looks_after_users(app: TestApp) {
    let (id, token) = app.user(Role::Admin).await;
    let admin = Credentials::Session(token);
    let call = async |method, path: &str, body| app.call(&admin, method, path, body).await;
    let new =
        json!({"email": "piotr@shop.example", "name": "Piotr", "role": "viewer", "password": "gruszki na wierzbie"});
    let (status, piotr) = call("POST", "/api/v1/users", new.clone()).await;
    assert_eq!((status, &piotr["role"], &piotr["language"]), (StatusCode::CREATED, &json!("viewer"), &json!("en")));
    assert_eq!(call("POST", "/api/v1/users", new).await.0, StatusCode::CONFLICT);
    let wrong = json!({"email": "piotr", "name": "", "role": "viewer", "password": "x"});
    let (status, answer) = call("POST", "/api/v1/users", wrong).await;
    let places: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, places), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/name", "/email", "/password"]));
    let (status, answer) =
        call("POST", "/api/v1/users", json!({"email": "a@b.example", "name": "A", "role": "king"})).await;
    assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/role")));

    let path = format!("/api/v1/users/{}", piotr["id"].as_str().unwrap());
    let piotr = session(&login(&app, "piotr@shop.example", "gruszki na wierzbie").await.1);
    assert_eq!(app.call(&piotr, "GET", "/api/v1/users", Value::Null).await.0, StatusCode::FORBIDDEN);
    let (status, changed) = call("PATCH", &path, json!({"role": "admin", "name": "Piotr N."})).await;
    assert_eq!(
        (status, &changed["name"], &changed["email"]),
        (StatusCode::OK, &json!("Piotr N."), &json!("piotr@shop.example"))
    );
    let (_, users) = app.call(&piotr, "GET", "/api/v1/users?limit=1", Value::Null).await;
    let cursor = users["next_cursor"].as_str().unwrap();
    let (_, more) = app.call(&piotr, "GET", &format!("/api/v1/users?limit=1&cursor={cursor}"), Value::Null).await;
    let emails = [&users, &more].map(|page| page["data"][0]["email"].as_str().unwrap().to_owned());
    assert!(emails[0] < emails[1] && emails.contains(&"piotr@shop.example".to_owned()), "{emails:?}");
    assert_eq!(more["next_cursor"], Value::Null);
    // One of the two may go; then the other is the last and stays.
    assert_eq!(call("PATCH", &path, json!({"disabled": true})).await.0, StatusCode::OK);
    assert_eq!(app.call(&piotr, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    let own = format!("/api/v1/users/{id}");
    for change in [json!({"disabled": true}), json!({"role": "viewer"})] {
        let (status, answer) = call("PATCH", &own, change).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("conflict")));
    }
    assert_eq!(call("GET", &own, Value::Null).await.1["role"], "admin");
    // Back again, with another password; the sessions of before stay ended.
    assert_eq!(call("PATCH", &path, json!({"disabled": false})).await.0, StatusCode::OK);
    let reset = json!({"password": "nine blue elephants"});
    assert_eq!(call("PUT", &format!("{path}/password"), reset).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.call(&piotr, "GET", "/api/v1/me", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&app, "piotr@shop.example", "nine blue elephants").await.0, StatusCode::OK);
}

async fn two_admins_cannot_both_disable_the_other(app: TestApp) {
    let ((one, first), (two, second)) = (app.user(Role::Admin).await, app.user(Role::Admin).await);
    let (first, second) = (Credentials::Session(first), Credentials::Session(second));
    let (one, two) = (format!("/api/v1/users/{one}"), format!("/api/v1/users/{two}"));
    let disable = json!({"disabled": true});
    let (a, b) = tokio::join!(
        app.call(&first, "PATCH", &two, disable.clone()),
        app.call(&second, "PATCH", &one, disable.clone())
    );
    assert!((a.0 == StatusCode::OK) != (b.0 == StatusCode::OK), "{a:?} {b:?}");
}

async fn a_key_is_shown_once_and_ends(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let call = async |method, path: &str, body| app.call(&admin, method, path, body).await;
    for (body, pointer) in [
        (json!({"name": "k", "scopes": []}), "/scopes"),
        (json!({"name": "k", "scopes": ["audit.read", "users.manage"]}), "/scopes/1"),
        (json!({"name": "k", "scopes": ["everything"]}), "/scopes/0"),
        (json!({"name": "k", "scopes": ["query"], "expires_at": "2026-01-01T00:00:00Z"}), "/expires_at"),
    ] {
        let (status, answer) = call("POST", "/api/v1/api-keys", body).await;
        assert_eq!((status, &answer["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer)));
    }
    let new = json!({"name": "Nightly", "scopes": ["audit.read"], "expires_at": "2026-01-03T00:00:00Z"});
    let (status, created) = call("POST", "/api/v1/api-keys", new).await;
    let key = created["key"].as_str().unwrap();
    assert_eq!((status, key.len(), &key[..4]), (StatusCode::CREATED, 47, "cvm_"));
    assert!(key.starts_with(created["prefix"].as_str().unwrap()));
    let credentials = Credentials::Key(key.to_owned());
    let use_it = async || app.call(&credentials, "GET", "/api/v1/audit", Value::Null).await.0;
    let listed = async || call("GET", "/api/v1/api-keys", Value::Null).await.1["data"][0].clone();
    assert_eq!(listed().await["used_at"], Value::Null);
    assert_eq!(use_it().await, StatusCode::OK);
    let about = listed().await;
    assert_eq!((&about["used_at"], about.get("key")), (&json!("2026-01-02T03:04:05Z"), None));
    app.clock.advance(HOUR / 2);
    assert_eq!(use_it().await, StatusCode::OK);
    assert_eq!(listed().await["used_at"], "2026-01-02T03:04:05Z", "to an hour");
    app.clock.advance(21 * HOUR);
    assert_eq!(use_it().await, StatusCode::UNAUTHORIZED, "it has ended by itself");
    app.clock.advance(-21 * HOUR);
    assert_eq!(use_it().await, StatusCode::OK);
    let path = format!("/api/v1/api-keys/{}", about["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(call("DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
        assert_eq!(use_it().await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(call("DELETE", "/api/v1/api-keys/nothing", Value::Null).await.0, StatusCode::NOT_FOUND);
}

async fn who_changed_what_is_kept(app: TestApp) {
    let (id, token) = app.user(Role::Admin).await;
    let admin = Credentials::Session(token);
    let body = json!({"name": "Kiosk"}).to_string();
    let request =
        admin.sign(Request::post("/api/v1/sources")).header("x-request-id", "r-1").body(Body::from(body)).unwrap();
    assert_eq!(app.send(request).await.0, StatusCode::CREATED);
    let (_, page) = app.call(&admin, "GET", &format!("/api/v1/audit?actor_id={id}"), Value::Null).await;
    let mut entry = page["data"][0].clone();
    entry.as_object_mut().unwrap().remove("id");
    assert_eq!(
        entry,
        json!({
            "at": "2026-01-02T03:04:05Z", "actor_kind": "user", "actor_id": id, "action": "source.create",
            "subject_id": "kiosk", "request_id": "r-1", "address": "127.0.0.1", "details": {"name": "Kiosk"},
        })
    );
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    // What is refused leaves no entry, and all of them come in pages.
    assert_eq!(app.call(&admin, "POST", "/api/v1/sources", json!({"name": "Kiosk"})).await.0, StatusCode::CONFLICT);
    for number in 0..5 {
        app.clock.advance(SECOND);
        let body = json!({"name": format!("Till {number}")});
        assert_eq!(app.call(&admin, "POST", "/api/v1/sources", body).await.0, StatusCode::CREATED);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/audit?action=source.create&limit=4{cursor}");
        let (status, page) = app.call(&admin, "GET", &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK);
        seen.extend(page["data"].as_array().unwrap().iter().map(|entry| entry["subject_id"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["till-4", "till-3", "till-2", "till-1", "till-0", "kiosk"]);
    let (status, _) = app.call(&admin, "GET", "/api/v1/audit?limit=1000", Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, answer) = app.call(&admin, "GET", "/api/v1/audit?limit=many", Value::Null).await;
    assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("bad_request")));
}

async fn no_secret_is_kept(app: TestApp) {
    anna(&app).await;
    let Credentials::Session(token) = session(&login(&app, "anna@shop.example", PASSWORD).await.1) else {
        unreachable!()
    };
    let Credentials::Key(key) = app.key(&[Permission::Query]).await else { unreachable!() };
    login(&app, "my secret typed into the wrong field", "x").await;
    for (table, columns) in [
        ("users", "name || email || password_hash"),
        ("sessions", "id || token_hash"),
        ("api_keys", "prefix || key_hash"),
        ("login_failures", "subject"),
        ("audit", "subject_id || details"),
    ] {
        let select = format!("SELECT coalesce({columns}, '') FROM {table}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(select)).fetch_all(app.app.database.pool()).await.unwrap();
        assert!(!rows.is_empty(), "{table}");
        for row in rows {
            let text: String = row.get(0);
            for secret in [token.as_str(), key.as_str(), PASSWORD, "wrong field"] {
                assert!(!text.contains(secret), "{table}: {text}");
            }
        }
    }
}

/// PostgreSQL has no text with U+0000 and SQLite has: either way it is the caller's mistake, or finds nothing.
async fn a_text_that_no_database_keeps_is_no_fault_of_ours(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    for (method, path, body) in [
        ("GET", "/api/v1/users/a%00b", Value::Null),
        ("GET", "/api/v1/audit?action=%00", Value::Null),
        ("DELETE", "/api/v1/sources/%00", Value::Null),
        ("DELETE", "/api/v1/users/%ff", Value::Null),
        ("POST", "/api/v1/login", json!({"email": "a\u{0}@shop.example", "password": "\u{0}"})),
    ] {
        let (status, answer) = app.call(&admin, method, path, body).await;
        assert!(!status.is_server_error(), "{path}: {answer}");
    }
}

/// Over a real socket: the address that limits and the audit go by is the caller's.
async fn the_server_knows_who_called(app: TestApp) {
    let anna = anna(&app).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let server = tokio::spawn(app.app.clone().serve(listener, None, stop.clone()));
    let body = json!({"email": "anna@shop.example", "password": PASSWORD}).to_string();
    let request = reqwest::Client::new().post(format!("http://{address}/api/v1/login")).body(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.headers()["set-cookie"].to_str().unwrap().starts_with("cvm_session="));
    let select = sqlx::query("SELECT address FROM audit WHERE action = 'session.create' AND subject_id = $1");
    let row = select.bind(anna.id).fetch_one(app.app.database.pool()).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "127.0.0.1");
    stop.cancel();
    server.await.unwrap().unwrap();
}

//! The pages of settings: users, keys, the audit, the company, and how pages write for somebody.

use crate::access::Role;
use crate::access::testing::Credentials;
use crate::platform::testing::{TestApp, on_both_databases};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

on_both_databases!(
    users_come_with_a_password_shown_once,
    keys_are_made_and_revoked,
    the_company_has_a_name_on_every_page,
    days_are_written_as_somebody_likes,
    every_table_is_a_file_too,
    work_that_goes_on_is_told_in_the_readers_words,
);

async fn users_come_with_a_password_shown_once(app: TestApp) {
    let (id, token) = app.user(Role::Admin).await;
    let admin = Credentials::Session(token);
    let new = [("email", "Eve@Shop.example"), ("name", "Eve"), ("role", "analyst"), ("language", "pl")];
    let (status, _, text) = app.form(&admin, "/en/settings/users", &new).await;
    assert_eq!(status, StatusCode::OK);
    let password = text.split("<code id=\"made\">").nth(1).unwrap().split('<').next().unwrap();
    let login = json!({"email": "eve@shop.example", "password": password});
    let (status, user) = app.call(&Credentials::Nobody, "POST", "/api/v1/login", login).await;
    assert_eq!((status, &user["role"], &user["language"]), (StatusCode::OK, &json!("analyst"), &json!("pl")));
    let (_, text) = app.page(&admin, "/en/settings/users").await;
    assert!(text.contains("eve@shop.example") && !text.contains(password), "shown once");
    let (_, text) = app.page(&admin, "/en/settings/audit?action=user.create").await;
    assert!(text.contains("user.create") && !text.contains(password));

    let (status, _, text) = app.form(&admin, "/en/settings/users", &new).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.contains("Somebody has this e-mail address already."));
    let eve = format!("/en/settings/users/{}", user["id"].as_str().unwrap());
    assert_eq!(app.form(&admin, &eve, &[("disabled", "true")]).await.0, StatusCode::SEE_OTHER);
    let (_, text) = app.page(&admin, "/en/settings/users").await;
    assert!(text.contains("cannot sign in"));
    let mine = format!("/en/settings/users/{id}");
    let (status, _, text) = app.form(&admin, &mine, &[("role", "viewer")]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.contains("No administrator would be left."), "{text}");
}

async fn keys_are_made_and_revoked(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let (status, _, text) = app.form(&admin, "/en/settings/keys", &[("name", "Tableau"), ("expires", "")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a key that opens nothing");
    assert!(text.contains("value=\"Tableau\""));
    let fields = [("name", "Tableau"), ("scope", "query"), ("scope", "customers.read"), ("expires", "2026-12-31")];
    let (status, _, text) = app.form(&admin, "/en/settings/keys", &fields).await;
    assert_eq!(status, StatusCode::OK);
    let key = text.split("<code id=\"made\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let key = Credentials::Key(key);
    assert_eq!(app.call(&key, "GET", "/api/v1/customers", Value::Null).await.0, StatusCode::OK);
    assert_eq!(app.call(&key, "GET", "/api/v1/sources", Value::Null).await.0, StatusCode::FORBIDDEN);
    let (_, keys) = app.call(&admin, "GET", "/api/v1/api-keys", Value::Null).await;
    let revoke = format!("/en/settings/keys/{}/revoke", keys["data"][0]["id"].as_str().unwrap());
    assert_eq!(app.form(&admin, &revoke, &[]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(app.call(&key, "GET", "/api/v1/customers", Value::Null).await.0, StatusCode::UNAUTHORIZED);
    let analyst = app.sign_in(Role::Analyst).await;
    assert_eq!(app.form(&analyst, "/en/settings/keys", &fields).await.0, StatusCode::FORBIDDEN);
}

async fn the_company_has_a_name_on_every_page(app: TestApp) {
    let (admin, analyst) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Analyst).await);
    let fields = [("name", "Ada & Sons"), ("accent", "violet")];
    assert_eq!(app.form(&analyst, "/en/settings/company/change", &fields).await.0, StatusCode::FORBIDDEN);
    assert_eq!(app.form(&admin, "/en/settings/company/change", &fields).await.0, StatusCode::SEE_OTHER);
    let (_, text) = app.page(&analyst, "/en/account").await;
    assert!(text.contains("<bdi>Ada &#38; Sons</bdi>") && text.contains("data-accent=\"violet\""), "{text}");
    let odd = [("name", "Ada"), ("accent", "\"><script>")];
    assert_eq!(app.form(&admin, "/en/settings/company/change", &odd).await.0, StatusCode::SEE_OTHER);
    assert!(!app.page(&analyst, "/en/account").await.1.contains("data-accent"), "only colours that are there");
    let long = "x".repeat(101);
    let (status, _, _) = app.form(&admin, "/en/settings/company/change", &[("name", &long)]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, page) =
        app.page(&admin, "/en/settings/audit?action=company.change&since=2026-01-02&until=2026-01-02").await;
    assert!(page.contains("Ada &#38; Sons"));
    let (_, page) = app.page(&admin, "/en/settings/audit?until=2026-01-01").await;
    assert!(page.contains("Nothing fits."));
    assert_eq!(app.page(&admin, "/en/settings/audit?since=yesterday").await.0, StatusCode::BAD_REQUEST);
}

async fn days_are_written_as_somebody_likes(app: TestApp) {
    let viewer = app.sign_in(Role::Viewer).await;
    // The tests' clock stands at 2 January 2026, which is 12 Dey 1404.
    assert!(app.page(&viewer, "/fa/account").await.1.contains("۱۴۰۴"));
    let fields = [("name", "V"), ("language", "fa"), ("calendar", "gregorian"), ("digits", "latin")];
    let (status, there, _) = app.form(&viewer, "/fa/account", &fields).await;
    assert_eq!((status, there.as_str()), (StatusCode::SEE_OTHER, "/fa/account?saved=true"));
    let (_, text) = app.page(&viewer, "/fa/account").await;
    assert!(text.contains("2026") && !text.contains("۱۴۰۴"), "{text}");
    let (_, me) = app.call(&viewer, "GET", "/api/v1/me", Value::Null).await;
    assert_eq!((&me["calendar"], &me["digits"]), (&json!("gregorian"), &json!("latin")));
}

async fn every_table_is_a_file_too(app: TestApp) {
    let admin = app.sign_in(Role::Admin).await;
    let new = [("email", "eve@shop.example"), ("name", "=HYPERLINK(\"x\")"), ("role", "analyst"), ("language", "pl")];
    assert_eq!(app.form(&admin, "/en/settings/users", &new).await.0, StatusCode::OK);
    let (_, page) = app.page(&admin, "/fa/settings/users").await;
    assert!(page.contains("href=\"/fa/settings/users?csv=1\" download"), "{page}");
    let (status, file) = app.page(&admin, "/fa/settings/users?csv=1").await;
    assert_eq!(status, StatusCode::OK);
    let eve = file.lines().find(|line| line.contains("eve@shop.example")).unwrap();
    assert!(eve.contains("'=HYPERLINK") && !file.contains("<") && file.starts_with('\u{feff}'), "{file}");
    assert_eq!(app.page(&admin, "/en/settings/users?csv=2").await.0, StatusCode::NOT_FOUND);
    assert_eq!(app.page(&admin, "/en/settings/users?csv=x").await.0, StatusCode::BAD_REQUEST);
    let viewer = app.sign_in(Role::Viewer).await;
    assert_eq!(app.page(&viewer, "/en/settings/users?csv=1").await.0, StatusCode::FORBIDDEN);
    let (_, audit) = app.call(&admin, "GET", "/api/v1/audit?action=table.export", Value::Null).await;
    assert_eq!(audit["data"].as_array().unwrap().len(), 1);
    assert_eq!(audit["data"][0]["details"], json!({"page": "settings/users", "table": 1, "rows": 2}));
}

async fn work_that_goes_on_is_told_in_the_readers_words(app: TestApp) {
    let (admin, viewer) = (app.sign_in(Role::Admin).await, app.sign_in(Role::Viewer).await);
    let sql = "INSERT INTO jobs (id, kind, subject, input, state, asked_by, asked_at, due_at, started_at, attempts, progress, \
               result, error) VALUES ('j-1', 'score', '', 'null', 'running', 'me', $1, $2, $3, 1, 'step-score 45%', 'null', '')";
    let now = app.clock.now();
    let query = sqlx::query(sql).bind(now).bind(now).bind(now);
    query.execute(app.app.database.pool()).await.unwrap();
    for page in ["/pl/settings/jobs", "/pl/data/runs"] {
        let (_, page) = app.page(&admin, page).await;
        assert!(
            page.contains("Wartość wszystkich klientów") && page.contains("Prognoza dla każdego klienta: 45%"),
            "{page}"
        );
        assert!(page.contains("hx-get=\"/pl/jobs/j-1/now\"") && page.contains("value=\"45\" max=\"100\""), "{page}");
    }
    let (_, file) = app.page(&admin, "/fa/settings/jobs?kind=score&csv=1").await;
    assert!(file.contains("2026-01-02 03:04") && file.lines().count() == 2, "days are written for programs: {file}");
    let (status, part) = app.page(&viewer, "/fa/jobs/j-1/now").await;
    assert!(status == StatusCode::OK && part.contains("پیش‌بینی برای هر مشتری: ۴۵٪"), "{part}");
    sqlx::query("UPDATE jobs SET state = 'done'").execute(app.app.database.pool()).await.unwrap();
    let asked = viewer.sign(Request::get("/fa/jobs/j-1/now")).body(Body::empty()).unwrap();
    let (status, headers, _) = app.exchange(asked).await;
    assert_eq!((status, headers["hx-refresh"].to_str().unwrap()), (StatusCode::OK, "true"), "its page is another now");
}

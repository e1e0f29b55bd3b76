//! `/api/docs`: the API to read and to try, by whoever is signed in. Swagger UI, whose files are in the binary.

use super::server::App;
use super::{Path, Problem, Result};
use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use std::sync::Arc;
use utoipa_swagger_ui::{Config, serve};

/// Its style sheets are partly written by its script, its signs are drawn in `data:` addresses. No script but from here.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The page and its files.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/docs", get(async || Redirect::permanent("/api/docs/")))
        .route("/api/docs/", get(async || file("index.html")))
        .route("/api/docs/{file}", get(async |Path(name): Path<String>| file(&name)))
}

fn file(name: &str) -> Result<Response> {
    // No validator: it is a service elsewhere, and would be told our addresses.
    let config = Config::from("/api/openapi.json").validator_url("none").with_credentials(true);
    let file = serve(name, Arc::new(config)).map_err(|error| Problem::internal(&error))?;
    let Some(file) = file else { return Err(Problem::not_found("the API's page has no such file")) };
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, file.content_type), (header::CONTENT_SECURITY_POLICY, POLICY.to_owned())];
    Ok((headers, file.bytes.into_owned()).into_response())
}

#[cfg(test)]
mod tests {
    use crate::platform::testing::TestApp;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use serde_json::Value;

    #[tokio::test]
    async fn the_page_needs_nothing_from_elsewhere() {
        let app = TestApp::new().await;
        let get = async |path: &str| app.exchange(Request::get(path).body(Body::empty()).unwrap()).await;
        let (status, headers, _) = get("/api/docs").await;
        assert_eq!((status, &headers["location"]), (StatusCode::PERMANENT_REDIRECT, &"/api/docs/".parse().unwrap()));
        let (status, headers, page) = get("/api/docs/").await;
        assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"text/html".parse().unwrap()));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'; style-src"), "{policy}");
        let Value::String(page) = page else { panic!("{page}") };
        assert!(!page.contains("http"), "{page}");
        let named = page.split('"').filter(|text| text.starts_with("./") && !text.ends_with(".png"));
        let files: Vec<&str> = named.map(|file| file.trim_start_matches("./")).collect();
        assert!(files.contains(&"swagger-initializer.js"), "{page}");
        for file in files {
            let (status, ..) = get(&format!("/api/docs/{file}")).await;
            assert_eq!(status, StatusCode::OK, "{file}");
        }
        let (_, _, script) = get("/api/docs/swagger-initializer.js").await;
        assert!(script.as_str().unwrap().contains("/api/openapi.json"), "{script}");
        assert_eq!(get("/api/docs/nothing.js").await.0, StatusCode::NOT_FOUND);
    }
}

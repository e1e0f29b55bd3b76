//! HTML pages: `/en/...`, `/pl/...`, `/ru/...`, `/fa/...`, rendered here, complete without a script.
//!
//! [`Pages::page`] takes who may see a page first, as [`super::Routes`] does. Who is not signed in is asked to, and comes back;
//! a [`Problem`] becomes a page. A handler takes a [`View`] and gives a template that extends `platform/pages/shell.html`.

mod assets;
mod csv;
mod form;
mod going;
mod nav;
mod sheets;
mod tabs;
mod view;

pub use csv::{csv, csv_cell};
pub use form::Form;
pub use going::{Going, now as job_now};
pub use tabs::{Tab, first_open, tabs};
pub use view::View;

use super::server::App;
use super::spoken::preferred;
use super::{Access, Problem};
use crate::access::{Who, identify};
use askama::Template;
use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, any, get};
use cvm_core::Language;
use cvm_core::text::Words;
use serde::de::DeserializeOwned;
use tower_http::compression::CompressionLayer;

/// What a page's handler gives.
pub type Answer = super::Result<Response>;

/// The pages of a feature, or of all.
#[derive(Default, Clone)]
pub struct Pages {
    all: Vec<(Access, &'static str, MethodRouter<App>)>,
    /// Addresses that are no page of their own.
    parts: Vec<&'static str>,
}

impl Pages {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a page by its address behind the language, as `.page(Permission::ReadCustomers, "/value", get(value))`.
    #[must_use]
    pub fn page(mut self, access: impl Into<Access>, path: &'static str, methods: MethodRouter<App>) -> Self {
        self.all.push((access.into(), path, methods));
        self
    }

    /// Adds what is no page of its own: where a form is sent, a part that changes, a file.
    #[must_use]
    pub fn part(mut self, access: impl Into<Access>, path: &'static str, methods: MethodRouter<App>) -> Self {
        self.parts.push(path);
        self.page(access, path, methods)
    }

    /// Adds those of another feature.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self.parts.extend(other.parts);
        self
    }

    /// Every page: its address behind the language, who may see it.
    pub fn list(&self) -> Vec<(&'static str, Access)> {
        let pages = self.all.iter().filter(|(_, path, _)| !self.parts.contains(path));
        pages.map(|(access, path, _)| (*path, *access)).collect()
    }

    /// All of them in all languages, and what browsers load for them.
    pub fn build(self, app: &App) -> Router<App> {
        let nowhere = async || Problem::not_found("there is no page at this address");
        let mut router = Router::new().route("/", get(home)).merge(assets::routes());
        for language in Language::ALL {
            let mut pages = Router::new();
            for (access, path, methods) in &self.all {
                let check = from_fn_with_state((app.clone(), language, *access), check);
                pages = pages.route(&format!("/{language}{path}"), methods.clone().route_layer(check));
            }
            let start = async move || Redirect::permanent(&format!("/{language}/"));
            let pages = pages.route(&format!("/{language}"), get(start));
            let pages = pages.route(&format!("/{language}/{{*path}}"), any(nowhere));
            router = router.merge(pages.layer(from_fn_with_state(language, explain)));
        }
        router.layer(CompressionLayer::new())
    }
}

/// Runs before every page: finds the caller, and lets through who may.
async fn check(State((app, language, access)): State<(App, Language, Access)>, request: Request, next: Next) -> Answer {
    let (mut parts, body) = request.into_parts();
    let sheet = sheets::asked(&mut parts.uri)?;
    let caller = identify(&app, &parts).await?;
    let allowed = match access {
        Access::Public => true,
        Access::SignedIn => matches!(caller.who, Who::User { .. }),
        Access::Needs(permission) => caller.may(permission),
    };
    if !allowed && caller.who == Who::Nobody {
        return Ok(sign_in_first(language, &parts.method, &parts.headers, &parts.uri));
    }
    if !allowed {
        return Err(Problem::forbidden("your role may not see this; an admin can give you another"));
    }
    let view = View::new(app, language, caller, &parts.uri, sheet.is_some()).await?;
    let is_read = parts.method == Method::GET;
    parts.extensions.insert(view.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let mut response = match sheet {
        Some(number) => sheets::file(&view, number, response).await?,
        None if is_read => sheets::offer(&view, response).await?,
        None => response,
    };
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(response)
}

/// To the page where one signs in, and from there back. A part of a page cannot go there: the whole page does.
fn sign_in_first(language: Language, method: &Method, headers: &HeaderMap, address: &Uri) -> Response {
    let wanted = address.path_and_query().map_or("/", |wanted| wanted.as_str());
    let back = if method == Method::GET && !headers.contains_key("hx-request") { wanted } else { "" };
    let next: String = form_urlencoded(&[("next", back)]);
    let login = if back.is_empty() { format!("/{language}/login") } else { format!("/{language}/login?{next}") };
    let mut answer = go_to(headers, &login);
    if answer.status() == StatusCode::NO_CONTENT {
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
    }
    answer
}

/// To another page, also from a part of one.
pub fn go_to(headers: &HeaderMap, href: &str) -> Response {
    if headers.contains_key("hx-request") {
        return (StatusCode::NO_CONTENT, [("hx-redirect", href)]).into_response();
    }
    Redirect::to(href).into_response()
}

/// Names and values as in an address behind the question mark.
pub fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `/`: in the language of the browser, as far as it is ours, else in that of the settings.
async fn home(State(app): State<App>, headers: HeaderMap) -> Redirect {
    Redirect::to(&format!("/{}/", preferred(&headers).unwrap_or(app.config.language)))
}

/// What a page throws becomes a page in the language of its address.
async fn explain(State(language): State<Language>, request: Request, next: Next) -> Response {
    explained(language, next.run(request).await)
}

/// A page that says what is wrong, instead of the answer of an API.
fn explained(language: Language, response: Response) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let words = Words::new(language);
    let id = match problem.status().as_u16() {
        400 | 422 => "page-error-bad",
        401 | 403 => "page-error-forbidden",
        404 => "page-error-missing",
        409 => "page-error-conflict",
        429 | 503 => "page-error-later",
        _ => "page-error-ours",
    };
    let page = ErrorPage { words, title: words.text(id), detail: problem.detail().to_owned() };
    let (status, headers) = (problem.status(), response.headers().clone());
    let mut answer = html(&page).unwrap_or_else(IntoResponse::into_response);
    *answer.status_mut() = status;
    if let Some(after) = headers.get(header::RETRY_AFTER) {
        answer.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    answer
}

#[derive(Template)]
#[template(path = "platform/pages/error.html")]
struct ErrorPage {
    words: Words,
    title: String,
    detail: String,
}

/// A template as an answer.
///
/// # Errors
/// None in practice: a template that is compiled in fails only where memory ends.
pub fn html(page: &impl Template) -> Answer {
    let text = page.render().map_err(|error| Problem::internal(&error))?;
    Ok(Html(text).into_response())
}

/// Where a file of [`cvm_assets`] is.
pub fn asset(name: &str) -> String {
    debug_assert!(cvm_assets::find(name).is_some(), "there is no file {name}");
    format!("/assets/{}/{name}", cvm_assets::version())
}

/// The fields of a form, at most 1 MiB of them.
pub struct Fields<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Fields<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> super::Result<Self> {
        let fields = axum::extract::Form::<T>::from_request(request, state).await;
        let fields = fields.map_err(|error| Problem::bad_request(format!("the form cannot be read: {error}")))?;
        Ok(Self(fields.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_met_in_their_language() {
        let met = |wanted: &str| preferred(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, wanted.parse().unwrap())]));
        assert_eq!(met("fa-IR,fa;q=0.9,en;q=0.8"), Some(Language::Fa));
        assert_eq!(met("de-DE, PL;q=0.5"), Some(Language::Pl));
        assert_eq!(met("de"), None);
        assert_eq!(preferred(&HeaderMap::new()), None);
    }

    #[tokio::test]
    async fn who_speaks_none_of_ours_is_met_in_the_language_of_the_settings() {
        let app = crate::platform::testing::TestApp::with(|config| config.language = Language::Pl).await;
        for (wanted, expected) in [("de", "/pl/"), ("fa", "/fa/")] {
            let request = Request::get("/").header("accept-language", wanted).body(axum::body::Body::empty()).unwrap();
            let (status, headers, _) = app.exchange(request).await;
            assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, expected));
        }
    }
}

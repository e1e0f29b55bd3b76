//! Errors over HTTP: RFC 9457 problems, made in this one place.
//!
//! A handler returns [`Problem`] for what the caller can act on, and uses `?` on everything else, which becomes a 500
//! (logged, not shown), or a 503 where the database is away or full.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What a handler gives.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// An answer other than success. Boxed, since it is the other side of everything that succeeds.
#[derive(Debug, Clone)]
pub struct Problem(Box<Body>);

/// An answer other than success.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(super) struct Body {
    /// A stable name of the kind of problem, as a URN.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was found, what was expected, what to do.
    detail: String,
    /// The last part of `type`; some SDKs need it.
    code: &'static str,
    /// The same as `detail`; some SDKs need it.
    message: String,
    /// What is wrong in which place of the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

/// What is wrong in one place of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What was found and expected.
    pub detail: String,
}

/// Characters of a name at most.
const NAME_CHARACTERS_MAX: usize = 100;

impl Fault {
    /// What is wrong, and where.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }

    /// What is wrong with the name that people gave something, if anything.
    pub fn of_name(pointer: &str, name: &str) -> Option<Self> {
        let characters = name.trim().chars().count();
        if name.chars().any(char::is_control) {
            return Some(Self::new(pointer, "the name has characters that cannot be seen"));
        }
        let most = NAME_CHARACTERS_MAX;
        let detail = || format!("the name has {characters} characters; expected 1 to {most}");
        (!(1..=most).contains(&characters)).then(|| Self::new(pointer, detail()))
    }
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Body {
            kind: format!("urn:opencvm:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            message: detail.clone(),
            detail,
            code,
            errors: Vec::new(),
            retry_after_seconds: None,
        }))
    }

    /// 400: the request makes no sense.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 401: who is asking?
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 403: known, but not allowed.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 405: the address is right, the method is not.
    pub fn method_not_allowed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// 409: it does not fit the present state.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 413: more than is taken.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// 422: understood, but some values cannot be.
    pub fn invalid(errors: Vec<Fault>) -> Self {
        let first = errors.first().map_or(String::new(), |fault| format!("{}: {}", fault.pointer, fault.detail));
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", first);
        problem.0.errors = errors;
        problem
    }

    /// 422: understood, but it does not go with what was before.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// 429: too often.
    pub fn too_many_requests(detail: impl Into<String>, retry_after_seconds: u64) -> Self {
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail);
        problem.0.retry_after_seconds = Some(retry_after_seconds);
        problem
    }

    /// 503: not now.
    pub fn unavailable(detail: impl Into<String>, retry_after_seconds: u64) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        problem.0.retry_after_seconds = Some(retry_after_seconds);
        problem
    }

    /// 500: our fault. The inside goes to the log only.
    pub fn internal(error: &(dyn std::fmt::Display + '_)) -> Self {
        tracing::error!(error = %error, "request failed");
        let detail = "something went wrong here; the log of the server has the reason, under this request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What was found, what was expected, what to do.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What is wrong where, of values that cannot be.
    pub fn faults(&self) -> &[Fault] {
        &self.0.errors
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_outage(&error) {
            tracing::error!(error = %error, "the database cannot be used");
            return Self::unavailable("the database cannot be used right now; try again", 5);
        }
        // PostgreSQL has no text with U+0000, so there can be nothing of such a name; SQLite just finds nothing.
        if error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "22021") {
            return Self::bad_request("a text has the character U+0000, which texts cannot have");
        }
        Self::internal(&error)
    }
}

/// Whether the database is away, busy or full, rather than the question wrong.
pub fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match code.parse::<u32>() {
                // SQLite's primary result codes: PERM, BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN.
                Ok(code) if code < 10_000 => matches!(code & 0xff, 3 | 5 | 6 | 8 | 10 | 11 | 13 | 14),
                // PostgreSQL's classes: connection, resources, operator intervention, system error, read-only.
                _ => ["08", "53", "57", "58", "25006"].iter().any(|class| code.starts_with(class)),
            }
        }
        _ => false,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.0).expect("a problem is plain data");
        let mut response = (self.status(), body).into_response();
        // For those who show it otherwise: pages.
        response.extensions_mut().insert(self.clone());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.0.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
            if self.0.status == StatusCode::TOO_MANY_REQUESTS.as_u16() {
                headers.insert("x-ratelimit-reset", seconds.into());
            }
        }
        if self.0.status == StatusCode::UNAUTHORIZED.as_u16() {
            // Not Basic, which every route of SDKs also takes: a browser would ask a shop's visitor for a password.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"opencvm\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_something_to_show() {
        for good in ["Anna", "  Магазин №1 ", "رضا", &"x".repeat(100)] {
            assert_eq!(Fault::of_name("/name", good), None, "{good}");
        }
        for wrong in ["", "   ", "a\u{0}b", "a\nb", &"x".repeat(101)] {
            assert!(Fault::of_name("/name", wrong).is_some(), "{wrong:?}");
        }
    }
}

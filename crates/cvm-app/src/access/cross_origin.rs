//! Requests that another site's page makes with our user's cookie (cross-site request forgery) are refused.
//!
//! Browsers say where a request comes from, and no page can change that: `Sec-Fetch-Site` since 2023 in all of them,
//! `Origin` in older ones. This is the check of Go's `net/http.CrossOriginProtection`; it needs no tokens in forms. A
//! request with neither header does not come from a browser, so it has no user's cookie that it should not have. Safe
//! methods change nothing. Requests with an API key are not asked: a browser never adds one by itself. Signing in is
//! asked too, else a page could sign its visitor in as somebody else and read what they enter.

use crate::platform::{Problem, Result};
use axum::http::{HeaderMap, Method, header};

/// Refuses what a page of another origin asks for.
///
/// # Errors
/// 403.
pub(super) fn check(method: &Method, headers: &HeaderMap) -> Result<()> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let allowed = match (text(header::HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        // "none" is the user: an address typed, a bookmark.
        (Some("same-origin" | "none"), _) => true,
        (Some(_), _) => false,
        (None, None) => true,
        // Without the scheme: behind a proxy with TLS we do not know it. It can only differ for a page of this very
        // host over plain HTTP, and whoever can serve that is on the way anyway; only browsers of before 2023 get here.
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(header::HOST)
        }
    };
    match allowed {
        true => Ok(()),
        false => Err(Problem::forbidden("the request was made by a page of another site; only our own pages may")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_may_change_things() {
        // The cases of Go's own test, and those of ports.
        let cases = [
            (Method::POST, vec![("sec-fetch-site", "same-origin")], true),
            (Method::POST, vec![("sec-fetch-site", "none")], true),
            (Method::POST, vec![("sec-fetch-site", "cross-site")], false),
            (Method::POST, vec![("sec-fetch-site", "same-site")], false),
            (Method::POST, vec![("sec-fetch-site", "")], false),
            (Method::POST, vec![], true),
            (Method::POST, vec![("origin", "https://cvm.example")], true),
            (Method::POST, vec![("origin", "https://attacker.example")], false),
            (Method::POST, vec![("origin", "https://cvm.example:8443")], false),
            (Method::POST, vec![("origin", "null")], false),
            (Method::PUT, vec![("sec-fetch-site", "cross-site")], false),
            (Method::DELETE, vec![("sec-fetch-site", "cross-site"), ("origin", "https://cvm.example")], false),
            (Method::GET, vec![("sec-fetch-site", "cross-site")], true),
            (Method::HEAD, vec![("origin", "https://attacker.example")], true),
            (Method::OPTIONS, vec![("sec-fetch-site", "cross-site")], true),
        ];
        for (method, given, allowed) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("host", "cvm.example".parse().unwrap());
            for (name, value) in &given {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(check(&method, &headers).is_ok(), allowed, "{method} {given:?}");
        }
    }
}

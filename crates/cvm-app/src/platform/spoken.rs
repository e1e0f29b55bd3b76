//! The language in which a caller reads, as `Accept-Language` says it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use cvm_core::Language;
use std::convert::Infallible;

/// The first of the caller's languages that is ours; English where none is.
#[derive(Debug, Clone, Copy)]
pub struct Spoken(pub Language);

impl<S: Sync> FromRequestParts<S> for Spoken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(preferred(&parts.headers).unwrap_or(Language::En)))
    }
}

/// The first of the caller's languages that is ours.
pub(super) fn preferred(headers: &HeaderMap) -> Option<Language> {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let code = |wanted: &str| wanted.split([';', '-']).next().unwrap_or_default().trim().to_lowercase();
    wanted.split(',').find_map(|wanted| code(wanted).parse().ok())
}

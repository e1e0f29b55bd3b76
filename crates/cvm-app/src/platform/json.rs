//! What comes in by body, path and query, where a mistake becomes a problem that names its place; JSON that goes out.

use super::Problem;
use super::problem::Fault;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::borrow::Cow;
use std::io::Read;

/// A JSON body: an object. Coming in, its content type does not matter: a browser's page from elsewhere is refused by its origin.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

/// A JSON body that is a list.
#[derive(Debug, Clone)]
pub struct JsonList<T>(pub Vec<T>);

/// A body as it came.
#[derive(Debug, Clone)]
pub struct Body(pub Bytes);

/// The parts of a path.
#[derive(Debug, Clone, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// What stands behind the question mark.
#[derive(Debug, Clone, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Body(body) = Body::from_request(request, state).await?;
        // Else a list would be taken for an object's members in their order.
        if body.trim_ascii_start().starts_with(b"[") {
            return Err(Problem::invalid(vec![Fault::new("", "expected an object, found a list")]));
        }
        from_slice(&body).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonList<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Body(body) = Body::from_request(request, state).await?;
        from_slice(&body).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("the body is larger than this address takes"),
            _ => Problem::bad_request(format!("the body did not arrive: {}", rejection.body_text())),
        })?;
        Ok(Self(body))
    }
}

impl Body {
    /// What is in it where it is packed with gzip, else itself. Some senders forget the header.
    ///
    /// # Errors
    /// 400 for broken gzip, 413 for what unpacks to more than `most` bytes.
    pub fn unpacked(&self, headers: &HeaderMap, most: usize) -> Result<Cow<'_, [u8]>, Problem> {
        let packed = headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() == b"gzip");
        if !packed && !self.0.starts_with(&[0x1f, 0x8b]) {
            return Ok(Cow::Borrowed(&self.0));
        }
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(&self.0[..])
            .take(most as u64 + 1)
            .read_to_end(&mut unpacked)
            .map_err(|error| Problem::bad_request(format!("the body is no gzip: {error}")))?;
        match unpacked.len() > most {
            true => Err(Problem::too_large(format!("the body unpacks to more than {most} bytes"))),
            false => Ok(Cow::Owned(unpacked)),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(format!("the address: {}", rejection.body_text()))
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(format!("the query: {}", rejection.body_text()))
    }
}

/// Reads JSON: 400 where it is none, 422 with the place where it is not what was expected.
///
/// # Errors
/// The problem to answer with.
pub fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let no_json = |error: &serde_json::Error| Problem::bad_request(format!("the body is no JSON: {error}"));
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| match error.inner().is_data() {
        true => Problem::invalid(vec![fault(&error)]),
        false => no_json(error.inner()),
    })?;
    reader.end().map_err(|error| no_json(&error))?;
    Ok(value)
}

fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            // The variant is the one member of an object.
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    let detail = error.inner().to_string();
    // The line and the column say less than the pointer.
    let detail = detail.rsplit_once(" at line ").map_or(detail.as_str(), |(detail, _)| detail).to_owned();
    Fault { pointer, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[serde(rename = "lines/all")]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    struct Line {
        count: u8,
    }

    fn refusal(body: &str) -> (u16, String) {
        let problem = from_slice::<Order>(body.as_bytes()).unwrap_err();
        (problem.status().as_u16(), problem.detail().to_owned())
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        assert_eq!(from_slice::<Order>(br#"{"lines/all": [{"count": 2}]}"#).unwrap().lines[0].count, 2);
        let wrong = r#"{"lines/all": [{"count": 1}, {"count": "two"}]}"#;
        let expected = r#"/lines~1all/1/count: invalid type: string "two", expected u8"#;
        assert_eq!(refusal(wrong), (422, expected.to_owned()));
        assert_eq!(refusal("{}"), (422, ": missing field `lines/all`".to_owned()));
        assert_eq!(refusal(r#"{"x": 1}"#), (422, "/x: unknown field `x`, expected `lines/all`".to_owned()));
        assert_eq!(refusal("{").0, 400);
        assert_eq!(refusal(r#"{"lines/all": []} {}"#).0, 400);
    }
}

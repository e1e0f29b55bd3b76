//! A request that carries an `Idempotency-Key` is done once: the same again has the same answer, for a day.
//!
//! What is kept is a hash of the key, by caller, and of the request, so that another request under the same key is found out; and the
//! answer, as far as it is a success: what failed did nothing and may be tried again. Who gives up waiting does not break off what has
//! begun. Keys whose request was never ended, by a server that died, are free again after a while.

use super::clock::{DAY, MINUTE};
use super::server::App;
use super::{Problem, Result};
use crate::access::{Caller, Permission};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use sqlx::Row;
use tracing::Instrument;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required, Response as Described};

/// The header with the key.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Characters of a key.
const KEY_MAX: usize = 255;

/// Bytes of a request that carries a key, and of an answer that is kept.
const REQUEST_MAX: usize = 1 << 20;
const ANSWER_MAX: usize = 64 << 10;

/// Answers kept at most; the oldest go first.
const KEPT_MAX: i64 = 500_000;

/// How long an answer is kept.
const KEPT: i64 = DAY;

/// A request takes less long, so one without an end after this has none.
const ENDED: i64 = 2 * MINUTE;

/// What may be asked for once: what is sent, made, decided or told. None of it answers with secrets, as making keys does.
const ONCE: [Permission; 7] = [
    Permission::EditCampaigns,
    Permission::ApproveCampaigns,
    Permission::DeliverMessages,
    Permission::EditOffers,
    Permission::MakeDecisions,
    Permission::EditSegments,
    Permission::Score,
];

/// Whether requests of this method, which need this permission, may carry a key.
pub(super) fn is_taken(method: &Method, permission: Permission) -> bool {
    *method == Method::POST && ONCE.contains(&permission)
}

/// Adds the header and what may be wrong with it to a description.
pub(super) fn describe(operation: &mut Operation) {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(KEY_MAX)).build();
    let key: Parameter = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "With a key of the caller's own, the request is done once: for 24 hours the same again has the same answer, with \
             `Idempotent-Replayed: true`. Another request under the same key is 422, one that is still in work 409.",
        ))
        .schema(Some(text))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(key));
    let responses = &mut operation.responses.responses;
    for (status, description) in [
        ("409", "A request under this key is still in work"),
        ("413", "The body is too large"),
        ("422", "Some values cannot be; `errors` says which; or the key was used for another request"),
    ] {
        responses.entry(status.to_owned()).or_insert_with(|| Described::new(description).into());
    }
}

/// The key of a request, with or without quotation marks; none where it has none.
fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    match key.chars().count() {
        1..=KEY_MAX => Ok(Some(key.to_owned())),
        _ => Err(Problem::bad_request(format!("the Idempotency-Key is no text of 1 to {KEY_MAX} letters"))),
    }
}

/// What is known under a key.
enum Known {
    /// Nothing; it is ours.
    New,
    /// It is still in work.
    InWork,
    /// Another request.
    Other,
    /// This answer; of one that is not kept, none.
    Answered(StatusCode, Option<(String, String)>),
}

/// Answers a request by what its handler gives, or gave before.
///
/// # Errors
/// 400 for what is no key, 409 while the request is in work, 413 for a large one, 422 for another one, and what the database gives.
pub(super) async fn once(app: &App, caller: &Caller, request: Request, next: Next) -> Result<Response> {
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, REQUEST_MAX).await.map_err(|_| {
        Problem::too_large(format!("a request with an Idempotency-Key has {REQUEST_MAX} bytes at most"))
    })?;
    let place = parts.uri.path_and_query().map_or("", |place| place.as_str());
    let (kind, id) = caller.actor();
    let entry = Entry {
        caller: format!("{kind}:{id}"),
        key: hash(&[key.as_bytes()]),
        request: hash(&[parts.method.as_str().as_bytes(), place.as_bytes(), &body]),
    };
    match entry.take(app).await? {
        Known::New => {}
        Known::InWork => {
            return Err(Problem::conflict("a request with this Idempotency-Key is in work; ask again in a moment"));
        }
        Known::Other => {
            let detail = "this Idempotency-Key was used for another request; give each request a key of its own";
            return Err(Problem::unprocessable(detail));
        }
        Known::Answered(status, Some((kind, answer))) => {
            let mut response = (status, [(REPLAYED, "true")], answer).into_response();
            response.headers_mut().remove(header::CONTENT_TYPE);
            if let Some(kind) = HeaderValue::from_str(&kind).ok().filter(|kind| !kind.is_empty()) {
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            return Ok(response);
        }
        Known::Answered(..) => {
            return Err(Problem::conflict("the request was done before, and its answer is not kept; do not ask again"));
        }
    }
    let (app, request) = (app.clone(), Request::from_parts(parts, Body::from(body)));
    // Goes on when the caller hangs up: what was begun is to have an end that is known.
    let work = async move {
        let response = next.run(request).await;
        entry.end(&app, response).await
    };
    let done = tokio::spawn(work.instrument(tracing::Span::current())).await;
    done.map_err(|error| Problem::internal(&error))?
}

fn hash(parts: &[&[u8]]) -> String {
    let sum =
        parts.iter().fold(Sha256::new(), |sum, part| sum.chain_update(part.len().to_le_bytes()).chain_update(part));
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key, and the request that came under it.
struct Entry {
    caller: String,
    key: String,
    request: String,
}

impl Entry {
    /// Takes the key, where nobody has.
    async fn take(&self, app: &App) -> Result<Known> {
        let now = app.clock.now();
        let mut transaction = app.database.begin().await?;
        // Old ones are free again.
        let sql = "DELETE FROM idempotency_keys WHERE caller = $1 AND key_hash = $2 \
                   AND (at < $3 OR status IS NULL AND at < $4)";
        let query = sqlx::query(sql).bind(self.caller.as_str()).bind(self.key.as_str());
        query.bind(now - KEPT).bind(now - ENDED).execute(&mut *transaction).await?;
        let sql = "INSERT INTO idempotency_keys (caller, key_hash, request_hash, at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (caller, key_hash) DO NOTHING";
        let query = sqlx::query(sql).bind(self.caller.as_str()).bind(self.key.as_str());
        let taken = query.bind(self.request.as_str()).bind(now).execute(&mut *transaction).await?.rows_affected();
        let sql = "SELECT request_hash, status, content_type, answer FROM idempotency_keys \
                   WHERE caller = $1 AND key_hash = $2";
        let query = sqlx::query(sql).bind(self.caller.as_str()).bind(self.key.as_str());
        let row = query.fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        if taken == 1 {
            return Ok(Known::New);
        }
        if row.try_get::<&str, _>(0)? != self.request {
            return Ok(Known::Other);
        }
        let Some(status) = row.try_get::<Option<i64>, _>(1)? else { return Ok(Known::InWork) };
        let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let kind: Option<String> = row.try_get(2)?;
        let answer: Option<String> = row.try_get(3)?;
        Ok(Known::Answered(status.unwrap_or(StatusCode::OK), Some(kind.unwrap_or_default()).zip(answer)))
    }

    /// Keeps a success; else frees the key.
    async fn end(&self, app: &App, response: Response) -> Result<Response> {
        if !response.status().is_success() {
            let sql = "DELETE FROM idempotency_keys WHERE caller = $1 AND key_hash = $2 AND status IS NULL";
            let mut transaction = app.database.begin().await?;
            let query = sqlx::query(sql).bind(self.caller.as_str()).bind(self.key.as_str());
            query.execute(&mut *transaction).await?;
            transaction.commit().await?;
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body: Bytes = to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal(&error))?;
        let text = std::str::from_utf8(&body).ok().filter(|text| text.len() <= ANSWER_MAX);
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        // Of whom it speaks may have been erased in between.
        let sql = "UPDATE idempotency_keys SET status = $1, content_type = $2, \
                   answer = CASE WHEN EXISTS (SELECT 1 FROM erasures WHERE erased_at >= at) THEN NULL ELSE $3 END \
                   WHERE caller = $4 AND key_hash = $5";
        let mut transaction = app.database.begin().await?;
        let query = sqlx::query(sql).bind(i64::from(parts.status.as_u16())).bind(kind).bind(text);
        query.bind(self.caller.as_str()).bind(self.key.as_str()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}

/// Takes away answers that were kept for long enough, or are too many.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let mut transaction = app.database.begin().await?;
    let sql = "DELETE FROM idempotency_keys WHERE at < $1 \
               OR at < (SELECT at FROM idempotency_keys ORDER BY at DESC LIMIT 1 OFFSET $2)";
    sqlx::query(sql).bind(app.clock.now() - KEPT).bind(KEPT_MAX).execute(&mut *transaction).await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use crate::access::Permission::{EditOffers, MakeDecisions, ReadOffers};
    use crate::access::Role;
    use crate::access::testing::Credentials;
    use crate::platform::clock::{DAY, MINUTE};
    use crate::platform::testing::{TestApp, on_both_databases};
    use axum::body::Body;
    use axum::http::{HeaderValue, Request};
    use serde_json::{Value, json};
    use sqlx::Row;

    on_both_databases!(
        the_same_request_is_done_once,
        what_is_in_work_or_failed_is_told_apart,
        who_is_erased_is_in_no_answer_that_is_kept,
    );

    async fn post(
        app: &TestApp,
        by: &Credentials,
        (path, key): (&str, &str),
        body: &Value,
    ) -> (u16, Option<HeaderValue>, Value) {
        let request = by.sign(Request::post(path)).header("idempotency-key", key);
        let (status, headers, answer) = app.exchange(request.body(Body::from(body.to_string())).unwrap()).await;
        (status.as_u16(), headers.get("idempotent-replayed").cloned(), answer)
    }

    fn offer(name: &str) -> Value {
        json!({"name": name, "issue": "growth", "group": "coupons", "state": "active", "worth": {"amount": 1000},
            "treatments": [{"channel": "in_app", "content": {"en": {"body": "{{ customer.first_name }}"}}}]})
    }

    const OFFERS: &str = "/api/v1/offers";

    async fn the_same_request_is_done_once(app: TestApp) {
        let by = app.key(&[ReadOffers, EditOffers]).await;
        let first = post(&app, &by, (OFFERS, "\"a\""), &offer("A")).await;
        assert_eq!((first.0, &first.1), (201, &None), "{}", first.2);
        // With or without quotation marks it is one key.
        let again = post(&app, &by, (OFFERS, "a"), &offer("A")).await;
        assert_eq!((again.0, again.1.unwrap(), again.2), (201, HeaderValue::from_static("true"), first.2));
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("B")).await.0, 422);
        // Somebody else's key is another.
        let other = app.key(&[ReadOffers, EditOffers]).await;
        assert_eq!(post(&app, &other, (OFFERS, "a"), &offer("C")).await.0, 201);
        assert_eq!(post(&app, &by, (OFFERS, &"k".repeat(256)), &offer("D")).await.0, 400);
        let sql = "SELECT key_hash FROM idempotency_keys LIMIT 1";
        let kept: String = sqlx::query(sql).fetch_one(app.app.database.pool()).await.unwrap().get(0);
        assert_eq!(kept.len(), 64, "no key is kept");
        // After a day it is a new one, and the name is taken.
        app.clock.advance(DAY + MINUTE);
        super::tidy(&app.app).await.unwrap();
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("A")).await.0, 422);
    }

    async fn what_is_in_work_or_failed_is_told_apart(app: TestApp) {
        let by = app.key(&[ReadOffers, EditOffers]).await;
        // What was refused did nothing, and may be tried again.
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("")).await.0, 422);
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("A")).await.0, 201);
        let stuck = "UPDATE idempotency_keys SET status = NULL";
        sqlx::query(stuck).execute(app.app.database.pool()).await.unwrap();
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("A")).await.0, 409);
        // Its server died: nobody works on it any more.
        app.clock.advance(3 * MINUTE);
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("A")).await.0, 422, "the name is taken");
        assert_eq!(post(&app, &by, (OFFERS, "a"), &offer("B")).await.0, 201);
    }

    async fn who_is_erased_is_in_no_answer_that_is_kept(app: TestApp) {
        let held = crate::contacts::held(&app.app).await.unwrap();
        let policy = crate::contacts::Policy { global_control: 0.0, ..held.policy };
        crate::contacts::set(&app.app, &crate::access::Caller::system(), &policy).await.unwrap();
        let by = app.key(&[ReadOffers, EditOffers, MakeDecisions]).await;
        assert_eq!(app.call(&by, "POST", OFFERS, offer("A")).await.0, 201);
        for user in ["anna", "bob"] {
            let call = json!({"userId": user, "traits": {"first_name": user}});
            assert_eq!(app.post("/v1/identify", &call).await.0, 200);
        }
        while crate::customers::project(&app.app).await.unwrap().batches > 0 {}
        let wish = |user: &str| json!({"identifier": format!("user_id:{user}")});
        const DECISIONS: &str = "/api/v1/decisions";
        for user in ["anna", "bob"] {
            let (status, _, decision) = post(&app, &by, (DECISIONS, user), &wish(user)).await;
            assert_eq!((status, &decision["actions"][0]["content"]["body"]), (200, &json!(user)), "{decision}");
        }
        let anna = crate::customers::by_identifier(&app.app, "user_id:anna").await.unwrap();
        let admin = app.sign_in(Role::Admin).await;
        assert_eq!(app.call(&admin, "DELETE", &format!("/api/v1/customers/{anna}"), Value::Null).await.0, 200);
        let sql = "SELECT answer FROM idempotency_keys WHERE answer IS NOT NULL";
        let rows = sqlx::query(sql).fetch_all(app.app.database.pool()).await.unwrap();
        assert!(rows.len() == 1 && rows[0].get::<&str, _>(0).contains("bob"));
        assert_eq!(post(&app, &by, (DECISIONS, "anna"), &wish("anna")).await.0, 409, "done, and not to be done again");
        assert_eq!(post(&app, &by, (DECISIONS, "bob"), &wish("bob")).await.1.unwrap(), "true");
    }
}

//! The routes of signing in, of one's own account, and of those who look after users, keys and the audit.

use super::audit::{Entry, Filter};
use super::caller::Caller;
use super::keys::{CreatedKey, Key, NewKey, create_key};
use super::permission::Permission;
use super::sessions::Session;
use super::users::{NewUser, User, UserChange, create_user, normalised_email};
use super::{audit, keys, oidc, sessions, throttle, users};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Access, Json, Page, Paging, Path, Problem, Query, Result, Routes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// All of them.
pub fn routes() -> Routes {
    Routes::new()
        .route(Access::Public, routes!(login))
        .route(Access::Public, routes!(oidc::leave))
        .route(Access::Public, routes!(oidc::come_back))
        .route(Access::SignedIn, routes!(logout))
        .route(Access::SignedIn, routes!(me))
        .route(Access::SignedIn, routes!(change_my_password))
        .route(Access::SignedIn, routes!(my_sessions, end_my_sessions))
        .route(Access::SignedIn, routes!(end_my_session))
        .route(Permission::ManageUsers, routes!(list_users, add_user))
        .route(Permission::ManageUsers, routes!(get_user, change_user))
        .route(Permission::ManageUsers, routes!(reset_password))
        .route(Permission::ManageKeys, routes!(list_keys, add_key))
        .route(Permission::ManageKeys, routes!(revoke_key))
        .route(Permission::ReadAudit, routes!(list_audit))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    #[schema(format = Email)]
    email: String,
    #[schema(format = Password)]
    password: String,
}

/// Signs in with a password. The answer sets the session's cookie.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "account",
    responses(
        (status = 200, body = User, description = "Signed in"),
        (status = 401, description = "The e-mail or the password is wrong"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
async fn login(State(app): State<App>, caller: Caller, parts: Parts, Json(login): Json<Login>) -> Result<Response> {
    let (id, cookie) = sign_in(&app, &caller, &parts, &login.email, &login.password).await?;
    let user = users::get(app.database.pool(), &id).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(user)).into_response())
}

/// Begins a session of who knows the password; the user, and the header that gives the browser its cookie.
pub(super) async fn sign_in(
    app: &App,
    caller: &Caller,
    parts: &Parts,
    email: &str,
    password: &str,
) -> Result<(String, HeaderValue)> {
    // What is no e-mail goes the same way as an unknown one, so that neither answer nor time tells who has an account.
    let email = normalised_email(email).unwrap_or_else(|| email.trim().to_lowercase());
    let attempt = throttle::begin(app, &email, caller.address).await?;
    let (id, hash) = users::for_login(app, &email).await?.unzip();
    let right = app.passwords.verify(password, hash.flatten().as_deref()).await?;
    let mut transaction = app.database.begin().await?;
    let id = id.unwrap_or_default();
    let enabled = users::is_enabled(&mut transaction, &id).await?;
    if !(right && enabled) {
        audit::record(&mut transaction, app, caller, "session.refuse", &id, json!({"by": "password"})).await?;
        transaction.commit().await?;
        return Err(Problem::unauthorized("the e-mail or the password is wrong"));
    }
    attempt.succeeded(&mut transaction, app).await?;
    let token = sessions::begin(&mut transaction, app, caller, parts, &id, "password").await?;
    transaction.commit().await?;
    let cookie = sessions::cookie(app, parts, Some(&token));
    Ok((id, cookie))
}

/// Ends the session that asks.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "account",
    responses((status = 204, description = "Signed out"))
)]
async fn logout(State(app): State<App>, caller: Caller, parts: Parts) -> Result<Response> {
    sign_out(&app, &caller).await?;
    Ok(signed_out(&app, &parts))
}

/// Ends the caller's session.
pub(super) async fn sign_out(app: &App, caller: &Caller) -> Result<()> {
    let (user, session) = caller.user()?;
    let mut transaction = app.database.begin().await?;
    sessions::end(&mut transaction, user, session).await?;
    audit::record(&mut transaction, app, caller, "session.end", user, json!({})).await?;
    transaction.commit().await?;
    Ok(())
}

fn signed_out(app: &App, parts: &Parts) -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, sessions::cookie(app, parts, None))]).into_response()
}

/// The user who is signed in.
#[derive(Serialize, ToSchema)]
struct Me {
    #[serde(flatten)]
    user: User,
    /// What they may do.
    permissions: &'static [Permission],
}

/// Who is signed in, and what they may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "account", responses((status = 200, body = Me, description = "The user")))]
async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Me>> {
    let user = users::get(app.database.pool(), caller.user()?.0).await?;
    Ok(Json(Me { permissions: user.role.permissions(), user }))
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(format = Password)]
    current_password: String,
    /// At least 12 characters, at most 128 bytes.
    #[schema(format = Password)]
    password: String,
}

/// Changes one's own password, and ends one's other sessions.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "account",
    responses(
        (status = 204, description = "Changed"),
        (status = 429, description = "Too many attempts; `Retry-After` says when to try again"),
    )
)]
async fn change_my_password(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode> {
    let (id, session) = caller.user()?;
    let user = users::get(app.database.pool(), id).await?;
    // Who finds a browser signed in must not find out the password by trying.
    let attempt = throttle::begin(&app, &user.email, caller.address).await?;
    let hash = users::for_login(&app, &user.email).await?.and_then(|(_, hash)| hash);
    if !app.passwords.verify(&change.current_password, hash.as_deref()).await? {
        let fault = Fault::new("/current_password", "this is not the password that you have now");
        return Err(Problem::invalid(vec![fault]));
    }
    let mut transaction = app.database.begin().await?;
    attempt.succeeded(&mut transaction, &app).await?;
    transaction.commit().await?;
    users::set_password(&app, &caller, id, &change.password, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where one is signed in.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", tag = "account",
    responses((status = 200, body = Page<Session>, description = "One's sessions, the latest first"))
)]
async fn my_sessions(State(app): State<App>, caller: Caller) -> Result<Json<Page<Session>>> {
    let (user, session) = caller.user()?;
    Ok(Json(Page { data: sessions::list(&app, user, session).await?, next_cursor: None }))
}

/// Signs out everywhere, here too.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions", tag = "account",
    responses((status = 204, description = "Signed out everywhere"))
)]
async fn end_my_sessions(State(app): State<App>, caller: Caller, parts: Parts) -> Result<Response> {
    let (user, _) = caller.user()?;
    let mut transaction = app.database.begin().await?;
    sessions::end_others(&mut transaction, user, "").await?;
    audit::record(&mut transaction, &app, &caller, "session.end", user, json!({"all": true})).await?;
    transaction.commit().await?;
    Ok(signed_out(&app, &parts))
}

/// Signs out somewhere else.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{id}", tag = "account",
    params(("id" = String, Path, description = "The session")),
    responses((status = 204, description = "Signed out there"))
)]
async fn end_my_session(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    let (user, _) = caller.user()?;
    let mut transaction = app.database.begin().await?;
    if !sessions::end(&mut transaction, user, &id).await? {
        return Err(Problem::not_found("you have no session of this id"));
    }
    audit::record(&mut transaction, &app, &caller, "session.end", user, json!({"session": id})).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Users, by e-mail.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", params(Paging),
    responses((status = 200, body = Page<User>, description = "A page of users"))
)]
async fn list_users(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<User>>> {
    users::list(&app, &paging).await.map(Json)
}

/// Adds a user.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users",
    responses(
        (status = 201, body = User, description = "Added"),
        (status = 409, description = "There is a user with this e-mail"),
    )
)]
async fn add_user(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, Json<User>)> {
    Ok((StatusCode::CREATED, Json(create_user(&app, &caller, new).await?)))
}

/// One user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = User, description = "The user"))
)]
async fn get_user(State(app): State<App>, Path(id): Path<String>) -> Result<Json<User>> {
    users::get(app.database.pool(), &id).await.map(Json)
}

/// Changes a user: name, role, language, whether they can sign in. Disabling ends their sessions.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path, description = "The user")),
    responses(
        (status = 200, body = User, description = "Changed"),
        (status = 409, description = "No admin would be left"),
    )
)]
async fn change_user(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<UserChange>,
) -> Result<Json<User>> {
    users::change(&app, &caller, &id, change).await.map(Json)
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// At least 12 characters, at most 128 bytes.
    #[schema(format = Password)]
    password: String,
}

/// Gives a user another password, and ends their sessions.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/password", tag = "users", params(("id" = String, Path, description = "The user")),
    responses((status = 204, description = "Changed"))
)]
async fn reset_password(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(new): Json<NewPassword>,
) -> Result<StatusCode> {
    users::set_password(&app, &caller, &id, &new.password, "").await?;
    Ok(StatusCode::NO_CONTENT)
}

/// API keys, the latest first, with those that have ended.
#[utoipa::path(
    get, path = "/api/v1/api-keys", tag = "API keys", params(Paging),
    responses((status = 200, body = Page<Key>, description = "A page of keys"))
)]
async fn list_keys(State(app): State<App>, Query(paging): Query<Paging>) -> Result<Json<Page<Key>>> {
    keys::list(&app, &paging).await.map(Json)
}

/// Makes an API key. The answer is the only one that has the key itself.
#[utoipa::path(
    post, path = "/api/v1/api-keys", tag = "API keys",
    responses((status = 201, body = CreatedKey, description = "The key"))
)]
async fn add_key(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>)> {
    Ok((StatusCode::CREATED, Json(create_key(&app, &caller, new).await?)))
}

/// Ends an API key for good.
#[utoipa::path(
    delete, path = "/api/v1/api-keys/{id}", tag = "API keys", params(("id" = String, Path, description = "The key")),
    responses((status = 204, description = "Ended"))
)]
async fn revoke_key(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<StatusCode> {
    keys::revoke(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who changed what, the latest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", params(Paging, Filter),
    responses((status = 200, body = Page<Entry>, description = "A page of entries"))
)]
async fn list_audit(
    State(app): State<App>,
    Query(paging): Query<Paging>,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Entry>>> {
    audit::list(&app, &filter, &paging).await.map(Json)
}

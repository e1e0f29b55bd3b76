//! Who may do what: users and their roles, sessions, API keys, and the record of who changed what.
//!
//! `permission` is the one table of roles and permissions, `caller` finds out who asks (`sessions` by cookie, `keys` by
//! Bearer; `cross_origin` refuses other sites' pages), `passwords` and `throttle` guard signing in, `oidc` is
//! signing in elsewhere, `audit` keeps who changed what, `api` is the routes. What a route asks of its caller is declared with `platform::Routes`.
//! Tables: `users`, `user_identities`, `sessions`, `api_keys`, `login_failures`, `audit`.

mod api;
pub mod audit;
mod caller;
mod cross_origin;
mod keys;
mod oidc;
mod pages;
mod passwords;
mod permission;
mod secret;
mod sessions;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod throttle;
mod users;

use crate::platform::server::App;

pub use api::routes;
pub use caller::{Caller, Who, identify};
pub use keys::{CreatedKey, Key, KnownKey, NewKey, create_key};
pub use keys::{list as keys, revoke as revoke_key};
pub use oidc::Provider;
pub use pages::pages;
pub use pages::role;
pub use passwords::Passwords;
pub use permission::{Permission, Role};
pub use sessions::COOKIE;
pub use users::{NewUser, User, UserChange, all_users, change as change_user, create_user, reset_password};

/// Forgets sessions that ended and failures to sign in that count no more; to be called once in a while.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    sessions::tidy(app).await?;
    throttle::tidy(app).await
}

/// The user of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn user(app: &App, id: &str) -> crate::platform::Result<User> {
    users::get(app.database.pool(), id).await
}

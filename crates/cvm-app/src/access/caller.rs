//! Who is asking: a user by the session of their browser, a program by its key, or nobody.

use super::permission::{Permission, Role};
use super::{cross_origin, keys, sessions};
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::net::{IpAddr, SocketAddr};
use tower_http::request_id::RequestId;

/// Who asks, and from where. Every route of [`crate::platform::Routes`] may have it as an argument.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub who: Who,
    /// The id of the request, as in the log; empty outside of one.
    pub request_id: String,
    /// Where the request came from; none outside of one.
    pub address: Option<IpAddr>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Somebody unknown, on a route open to everybody.
    Nobody,
    /// The command line or work in the background.
    System,
    /// A person, signed in.
    User {
        /// Their id.
        id: String,
        /// The id of their session.
        session: String,
        /// What they are here for.
        role: Role,
    },
    /// A program.
    Key {
        /// The key's id.
        id: String,
        /// What it may do.
        scopes: Vec<Permission>,
    },
}

impl Caller {
    /// The command line or work in the background.
    pub fn system() -> Self {
        Self { who: Who::System, request_id: String::new(), address: None }
    }

    /// Whether this may be done, for decisions within a route, such as which fields to show.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Nobody => false,
            Who::System => true,
            Who::User { role, .. } => role.permissions().contains(&permission),
            Who::Key { scopes, .. } => scopes.contains(&permission) && permission.is_scope(),
        }
    }

    /// The id of the user and of their session.
    ///
    /// # Errors
    /// 401 for nobody, 403 for a program.
    pub fn user(&self) -> Result<(&str, &str)> {
        match &self.who {
            Who::User { id, session, .. } => Ok((id, session)),
            Who::Nobody => Err(Problem::unauthorized("sign in first: POST /api/v1/login")),
            Who::Key { .. } | Who::System => {
                Err(Problem::forbidden("this is for a person who is signed in, not for an API key"))
            }
        }
    }

    /// For the audit: the kind of caller, and the id.
    pub(crate) fn actor(&self) -> (&'static str, &str) {
        match &self.who {
            Who::Nobody => ("nobody", ""),
            Who::System => ("system", ""),
            Who::User { id, .. } => ("user", id),
            Who::Key { id, .. } => ("key", id),
        }
    }

    /// The address as text; empty where it is not known.
    pub(super) fn address_text(&self) -> String {
        self.address.map_or(String::new(), |address| address.to_string())
    }
}

/// The routes' builder has put the caller there, after it asked for the route's permission.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::internal(&"a route that asks for its caller is not made by `Routes`"))
    }
}

/// Finds out who asks. A session that has ended is nobody, so that one can sign in again; a wrong key is refused.
///
/// # Errors
/// 401 for a wrong key, 403 for a browser's request made by another site's page.
pub async fn identify(app: &App, parts: &Parts) -> Result<Caller> {
    let who = match bearer(&parts.headers) {
        Some(key) => keys::find(app, key).await?.ok_or_else(|| {
            Problem::unauthorized("the API key is unknown, revoked or expired; an admin can make another")
        })?,
        None => {
            cross_origin::check(&parts.method, &parts.headers)?;
            sessions::find(app, parts).await?.unwrap_or(Who::Nobody)
        }
    };
    let id = parts.extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let address = address(parts, app.config.trusted_proxies);
    Ok(Caller { who, request_id: id.unwrap_or_default().to_owned(), address })
}

/// The key of `Authorization: Bearer`. Other schemes are for a proxy before us, which passes them on.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Whom the socket belongs to.
pub(super) fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical())
}

/// Where the request came from. Each proxy appends the address that called it; only what our own proxies wrote is
/// believed, which are the last ones.
fn address(parts: &Parts, trusted_proxies: usize) -> Option<IpAddr> {
    let peer = peer(parts);
    if trusted_proxies == 0 {
        return peer;
    }
    let forwarded = parts.headers.get_all("x-forwarded-for");
    let forwarded: Vec<&str> =
        forwarded.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    let client = forwarded.len().checked_sub(trusted_proxies).map_or(forwarded.first(), |index| forwarded.get(index));
    // Some proxies write the port, too.
    let address = |client: &str| client.parse().or_else(|_| client.parse().map(|client: SocketAddr| client.ip())).ok();
    client.and_then(|client| address(client.trim())).map(|client: IpAddr| client.to_canonical()).or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let from = |forwarded: &[&str], proxies| {
            let mut request = Request::get("/").extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 999))));
            for forwarded in forwarded {
                request = request.header("x-forwarded-for", *forwarded);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            address(&parts, proxies).unwrap().to_string()
        };
        assert_eq!(from(&["1.1.1.1"], 0), "10.0.0.1");
        assert_eq!(from(&["1.1.1.1, 2.2.2.2"], 1), "2.2.2.2", "the first is what the client claims");
        assert_eq!(from(&["1.1.1.1", "2.2.2.2,3.3.3.3"], 2), "2.2.2.2");
        assert_eq!(from(&["2001:db8::1"], 3), "2001:db8::1");
        assert_eq!(from(&["::ffff:4.4.4.4"], 1), "4.4.4.4");
        assert_eq!(from(&["5.5.5.5:4711"], 1), "5.5.5.5");
        assert_eq!(from(&["unknown"], 1), "10.0.0.1");
        assert_eq!(from(&[], 1), "10.0.0.1");
    }
}

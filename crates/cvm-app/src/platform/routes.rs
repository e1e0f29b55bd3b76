//! The one way to make a route of the API: what it asks of its caller, its handler and its documentation go together.
//!
//! [`Routes::route`] takes what may call first, so a route that forgot it does not compile. From the same declaration
//! come the check before the handler, the OpenAPI description, and the list that the test of all routes walks.

use super::idempotency;
use super::server::App;
use super::{Problem, Result};
use crate::access::{Caller, Permission, Who, identify};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Ref, RefOr, Response};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, known or not.
    Public,
    /// Any person who is signed in, and no API key: what concerns themselves.
    SignedIn,
    /// Persons whose role has this permission, and API keys with this scope.
    Needs(Permission),
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self::Needs(permission)
    }
}

/// The routes of a feature, or of all.
#[derive(Default)]
pub struct Routes(Vec<(Access, UtoipaMethodRouter<App>)>);

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a handler, as `.route(Permission::ReadCustomers, routes!(get_customer))`. Two methods of one path that ask
    /// for different permissions are added one by one. Layers of the handler's own, such as another limit of the
    /// body's size, are laid on `routes!(..)`; they work after the check.
    #[must_use]
    pub fn route(mut self, access: impl Into<Access>, routes: UtoipaMethodRouter<App>) -> Self {
        self.0.push((access.into(), routes));
        self
    }

    /// Adds those of another feature.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Every route: method, path, who may call.
    pub fn list(&self) -> Vec<(Method, String, Access)> {
        let mut list = Vec::new();
        for (access, (_, paths, _)) in &self.0 {
            for (path, item) in &paths.paths {
                let mut item = item.clone();
                list.extend(operations(&mut item).into_iter().map(|(method, _)| (method, path.clone(), *access)));
            }
        }
        list
    }

    /// The router, with the check before each handler, and the OpenAPI description.
    pub fn build(self, app: &App) -> (Router<App>, utoipa::openapi::OpenApi) {
        let mut router = OpenApiRouter::with_openapi(Document::openapi());
        for (access, mut routes) in self.0 {
            for item in routes.1.paths.values_mut() {
                for (method, operation) in operations(item) {
                    if matches!(access, Access::Needs(permission) if idempotency::is_taken(&method, permission)) {
                        idempotency::describe(operation);
                    }
                    describe(operation, access);
                }
            }
            let check = from_fn_with_state((app.clone(), access), check);
            router = router.routes(routes.map(|methods| methods.route_layer(check)));
        }
        let (router, mut document) = router.split_for_parts();
        let schemes = document.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            crate::access::COOKIE,
            "What POST /api/v1/login sets. Over plain HTTP on this machine it is named without `__Host-`.",
        ));
        schemes.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("cvm_...").build();
        schemes.add_security_scheme("api_key", SecurityScheme::Http(key));
        let router = router.method_not_allowed_fallback(async || {
            Problem::method_not_allowed("this address takes other methods; see Allow")
        });
        (router, document)
    }
}

/// What is not in the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "OpenCVM",
        description = "Customers, what each is worth, and what is done about it. Every answer other than success is a \
                       problem (RFC 9457), `application/problem+json`. Lists come in pages: give the `next_cursor` of \
                       one as `cursor` of the next."
    ),
    components(schemas(super::problem::Body))
)]
struct Document;

fn operations(item: &mut PathItem) -> Vec<(Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation))).collect()
}

/// Adds what every operation of its kind has: who may call, and the problems that do not come from its handler.
fn describe(operation: &mut Operation, access: Access) {
    let mut problems = vec![("default", "Something else went wrong: too much or too often, or here")];
    if operation.parameters.is_some() || operation.request_body.is_some() {
        problems.push(("400", "The request makes no sense"));
    }
    if operation.parameters.iter().flatten().any(in_path) {
        problems.push(("404", "There is no such thing"));
    }
    if operation.request_body.is_some() {
        problems.push(("413", "The body is too large"));
        problems.push(("422", "Some values cannot be; `errors` says which"));
    }
    let session = SecurityRequirement::new::<_, [&str; 0], _>("session", []);
    let (security, needs) = match access {
        Access::Public => (None, None),
        Access::SignedIn => (Some(vec![session]), Some("Needs a session.".to_owned())),
        Access::Needs(permission) => {
            let key = permission.is_scope().then(|| SecurityRequirement::new("api_key", [permission.name()]));
            let needs = format!("Needs the permission `{}`.", permission.name());
            (Some([session].into_iter().chain(key).collect()), Some(needs))
        }
    };
    if let Some(needs) = needs {
        problems.push(("401", "Nobody known is asking"));
        let text = operation.description.take().map_or(String::new(), |text| format!("{text}\n\n"));
        operation.description = Some(text + &needs);
    }
    problems.push(("403", "Not allowed, or asked for by another site's page"));
    operation.security = security;
    let responses = &mut operation.responses.responses;
    for (status, description) in problems {
        responses.entry(status.to_owned()).or_insert_with(|| Response::new(description).into());
    }
    // Handlers name their own problems by status and description only; what the body is, is said here.
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && (status.starts_with('4') || status == "default")
        {
            let body = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert("application/problem+json".to_owned(), body.into());
        }
    }
}

fn in_path(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path)
}

/// Runs before every handler: finds the caller, and lets through who may.
async fn check(
    State((app, access)): State<(App, Access)>,
    request: Request,
    next: Next,
) -> Result<axum::response::Response> {
    let (mut parts, body) = request.into_parts();
    let caller = identify(&app, &parts).await?;
    match access {
        Access::Public => {}
        Access::SignedIn => {
            caller.user()?;
        }
        Access::Needs(permission) if caller.may(permission) => {}
        Access::Needs(_) if caller.who == Who::Nobody => {
            return Err(Problem::unauthorized("sign in (POST /api/v1/login), or give an API key as Bearer"));
        }
        Access::Needs(permission) => {
            let name = permission.name();
            return Err(Problem::forbidden(format!("this needs the permission `{name}`, which the caller has not")));
        }
    }
    let is_once = matches!(access, Access::Needs(permission) if idempotency::is_taken(&parts.method, permission));
    parts.extensions.insert::<Caller>(caller.clone());
    let request = Request::from_parts(parts, body);
    let mut response = match is_once {
        true => idempotency::once(&app, &caller, request, next).await?,
        false => next.run(request).await,
    };
    // Answers hold personal data and secrets: neither a browser's disk nor a proxy is the place for them.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(response)
}

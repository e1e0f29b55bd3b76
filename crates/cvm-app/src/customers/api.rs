//! The routes of customers: looking them up, changing what is known of them, and records in bulk.

use super::actions::{self, NewConsent};
use super::erasure::Erasure as Done;
use super::records::{self, Kept, RecordKind, Refusals, Replay, Taken};
use super::view::{self, CustomerRow, Profile, Show};
use crate::access::{Caller, Permission};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Body, Json, JsonList, Page, Paging, Path, Problem, Query, Result, Routes, Spoken};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use cvm_core::text::Words;
use cvm_core::text::reading::tell;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

/// Bytes of records in one request at most, also unpacked.
const RECORDS_BYTES: usize = 16 << 20;

/// All of them.
pub fn routes() -> Routes {
    let bulk = || DefaultBodyLimit::max(RECORDS_BYTES);
    Routes::new()
        .route(Permission::ReadCustomers, routes!(list_customers))
        .route(Permission::ReadCustomers, routes!(get_customer))
        .route(Permission::WriteCustomers, routes!(change_customer))
        .route(Permission::EraseCustomers, routes!(erase_customer))
        .route(Permission::WriteCustomers, routes!(add_consents))
        .route(Permission::WriteCustomers, routes!(suppress_customer, unsuppress_customer))
        .route(Permission::ReadPersonalData, routes!(export_customer))
        .route(Permission::WriteCustomers, routes!(merge_customers))
        .route(Permission::WriteCustomers, routes!(unmerge_customers))
        .route(Permission::Import, routes!(add_customers).map(|methods| methods.layer(bulk())))
        .route(Permission::Import, routes!(add_transactions).map(|methods| methods.layer(bulk())))
        .route(Permission::Import, routes!(add_events).map(|methods| methods.layer(bulk())))
        .route(Permission::Import, routes!(list_rejections))
        .route(Permission::Import, routes!(replay_rejections))
}

/// Which customers.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Only who has shown this, as `kind:value`: user_id, email, phone, loyalty_card, anonymous_id, device.
    identifier: Option<String>,
}

/// Customers, by age; or those who have shown an identifier.
#[utoipa::path(
    get, path = "/api/v1/customers", tag = "customers", params(Search, Paging),
    responses((status = 200, body = Page<CustomerRow>, description = "A page of customers"))
)]
async fn list_customers(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<Search>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<CustomerRow>>> {
    let personal = caller.may(Permission::ReadPersonalData);
    view::list(&app, search.identifier.as_deref(), &paging, personal).await.map(Json)
}

/// How much of a customer.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Much {
    /// So many events of the timeline, the latest: 0 to 1000, 100 where it is not given.
    #[param(minimum = 0, maximum = 1000)]
    events: Option<u32>,
}

/// One customer: profile, identifiers, attributes, consents, computed values and timeline. Why they are worth it is told in the language
/// of `Accept-Language` (en, pl, ru, fa) as `reason`, and as data as `reason_code`.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = String, Path, description = "The customer, or one merged into them"), Much),
    responses((status = 200, body = Profile, description = "The customer"))
)]
async fn get_customer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(much): Query<Much>,
    Spoken(language): Spoken,
) -> Result<Json<Profile>> {
    let events = much.events.unwrap_or(100);
    if events > 1000 {
        return Err(Problem::bad_request(format!("events is {events}; expected 0 to 1000")));
    }
    let personal = caller.may(Permission::ReadPersonalData);
    let mut profile = view::profile(&app, &id, Show { personal, events: i64::from(events), history: false }).await?;
    if let Some(Value::Object(columns)) = profile.values.as_mut().map(|values| &mut values.columns) {
        tell(columns, Words::new(language));
    }
    Ok(Json(profile))
}

/// The customer as they are now, shown to whoever may write and see as much as the caller.
async fn shown(app: &App, caller: &Caller, id: &str) -> Result<Json<Profile>> {
    let personal = caller.may(Permission::ReadPersonalData);
    view::profile(app, id, Show { personal, events: 0, history: false }).await.map(Json)
}

/// Sets attributes of a customer; null takes one away.
#[utoipa::path(
    patch, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = String, Path, description = "The customer")),
    request_body(content = Object, description = "Attributes by name: any JSON"),
    responses((status = 200, body = Profile, description = "The customer, without the timeline"))
)]
async fn change_customer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(attributes): Json<Map<String, Value>>,
) -> Result<Json<Profile>> {
    actions::set_attributes(&app, &caller, &id, &attributes).await?;
    shown(&app, &caller, &id).await
}

/// Adds consents of a customer to their history.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/consents", tag = "customers",
    params(("id" = String, Path, description = "The customer")), request_body = Vec<NewConsent>,
    responses((status = 200, body = Profile, description = "The customer, without the timeline"))
)]
async fn add_consents(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    JsonList(consents): JsonList<NewConsent>,
) -> Result<Json<Profile>> {
    actions::add_consents(&app, &caller, &id, consents).await?;
    shown(&app, &caller, &id).await
}

/// Why somebody is not to be contacted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Suppression {
    /// As in `complaint`; it is kept.
    #[schema(min_length = 1, max_length = 100)]
    reason: String,
}

/// Puts the addresses and numbers of a customer on the list of those who are not to be contacted. It outlives an erasure.
#[utoipa::path(
    put, path = "/api/v1/customers/{id}/suppression", tag = "customers",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, body = Profile, description = "The customer, without the timeline"))
)]
async fn suppress_customer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(suppression): Json<Suppression>,
) -> Result<Json<Profile>> {
    if let Some(fault) = Fault::of_name("/reason", &suppression.reason) {
        return Err(Problem::invalid(vec![fault]));
    }
    actions::suppress(&app, &caller, &id, Some(suppression.reason.trim())).await?;
    shown(&app, &caller, &id).await
}

/// Takes the addresses and numbers of a customer off that list.
#[utoipa::path(
    delete, path = "/api/v1/customers/{id}/suppression", tag = "customers",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, body = Profile, description = "The customer, without the timeline"))
)]
async fn unsuppress_customer(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<Profile>> {
    actions::suppress(&app, &caller, &id, None).await?;
    shown(&app, &caller, &id).await
}

/// Everything known about a person.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/export", tag = "customers",
    params(("id" = String, Path, description = "The customer")),
    responses((status = 200, body = Profile, description = "All of it, with the history of consents"))
)]
async fn export_customer(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Profile>> {
    view::profile(&app, &id, Show::ALL).await.map(Json)
}

/// How a person is erased.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Erasure {
    /// Why, as in `request of the person`; it is kept.
    #[serde(default)]
    reason: String,
    /// Whether messages that show their identifiers are refused in future.
    #[serde(default)]
    suppress: bool,
}

/// Erases a person for good. What they show later makes a new person, unless suppressed.
#[utoipa::path(
    delete, path = "/api/v1/customers/{id}", tag = "customers",
    params(("id" = String, Path, description = "The customer"), Erasure),
    responses((status = 200, body = Done, description = "Erased"))
)]
async fn erase_customer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(erasure): Query<Erasure>,
) -> Result<Json<Done>> {
    let reason: String = erasure.reason.chars().filter(|letter| !letter.is_control()).take(200).collect();
    actions::erase(&app, &caller, &id, &reason, erasure.suppress).await.map(Json)
}

/// Two customers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Two {
    /// One.
    a: String,
    /// The other.
    b: String,
}

/// Merges two customers by hand. The older one survives.
#[utoipa::path(
    post, path = "/api/v1/customers/merge", tag = "customers",
    responses(
        (status = 200, body = Profile, description = "The customer that both are now, without the timeline"),
        (status = 404, description = "There is no such customer"),
        (status = 409, description = "The two are one already, or would be too large"),
    )
)]
async fn merge_customers(State(app): State<App>, caller: Caller, Json(two): Json<Two>) -> Result<Json<Profile>> {
    let survivor = actions::merge(&app, &caller, &two.a, &two.b).await?;
    shown(&app, &caller, &survivor).await
}

/// What to part: a merge of a customer's history, or two customers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Unmerge {
    merge_id: Option<String>,
    a: Option<String>,
    b: Option<String>,
}

/// Who the two are now.
#[derive(Debug, Serialize, ToSchema)]
struct Unmerged {
    /// Ids of the two customers.
    customers: [String; 2],
}

/// Parts two customers that were merged. No message will ever merge them again.
#[utoipa::path(
    post, path = "/api/v1/customers/unmerge", tag = "customers",
    responses(
        (status = 200, body = Unmerged, description = "Parted"),
        (status = 404, description = "There is no such customer or merge"),
        (status = 409, description = "The two are not one person"),
    )
)]
async fn unmerge_customers(
    State(app): State<App>,
    caller: Caller,
    Json(unmerge): Json<Unmerge>,
) -> Result<Json<Unmerged>> {
    let (a, b) = match unmerge {
        Unmerge { merge_id: Some(merge_id), a: None, b: None } => actions::of_merge(&app, &merge_id).await?,
        Unmerge { merge_id: None, a: Some(a), b: Some(b) } => (a, b),
        _ => return Err(Problem::bad_request("give either merge_id, or a and b")),
    };
    let customers = actions::unmerge(&app, &caller, &a, &b).await?;
    Ok(Json(Unmerged { customers }))
}

/// Where records come from.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Origin {
    /// The system's name, as in `crm`; `api` where it is not given. The same id of a record in two systems is two records.
    #[param(min_length = 1, max_length = 100)]
    source: Option<String>,
}

async fn take(app: &App, kind: RecordKind, origin: Origin, headers: &HeaderMap, body: &Body) -> Result<Json<Taken>> {
    let source = origin.source.unwrap_or_else(|| "api".to_owned());
    if let Some(fault) = Fault::of_name("/source", &source) {
        return Err(Problem::invalid(vec![fault]));
    }
    records::take(app, kind, source.trim(), &body.unpacked(headers, RECORDS_BYTES)?).await.map(Json)
}

/// Adds or changes customers: NDJSON, a list, or `{"records": [...]}`; at most 10,000, packed with gzip or not.
#[utoipa::path(
    post, path = "/api/v1/customers/batch", tag = "records", params(Origin),
    request_body(content = Vec<Value>, description = "customer_id, anonymous_id, email, phone or loyalty_card; time; \
        attributes; consents. Any other member is an attribute."),
    responses((status = 200, body = Taken, description = "Stored; records that cannot be are kept aside"))
)]
async fn add_customers(
    State(app): State<App>,
    Query(origin): Query<Origin>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Taken>> {
    take(&app, RecordKind::Customers, origin, &headers, &body).await
}

/// Adds transactions: NDJSON, a list, or `{"records": [...]}`; at most 10,000, packed with gzip or not.
#[utoipa::path(
    post, path = "/api/v1/transactions/batch", tag = "records", params(Origin),
    request_body(content = Vec<Value>, description = "Who, as for customers; order_id, time, amount, currency, type (sale, \
        refund, update, cancel), tax, shipping, discount, products (product_id, category, price, quantity)."),
    responses((status = 200, body = Taken, description = "Stored; records that cannot be are kept aside"))
)]
async fn add_transactions(
    State(app): State<App>,
    Query(origin): Query<Origin>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Taken>> {
    take(&app, RecordKind::Transactions, origin, &headers, &body).await
}

/// Adds events: NDJSON, a list, or `{"records": [...]}`; at most 10,000, packed with gzip or not.
#[utoipa::path(
    post, path = "/api/v1/events/batch", tag = "records", params(Origin),
    request_body(content = Vec<Value>, description = "Who, as for customers; event, time, properties, context."),
    responses((status = 200, body = Taken, description = "Stored; records that cannot be are kept aside"))
)]
async fn add_events(
    State(app): State<App>,
    Query(origin): Query<Origin>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Taken>> {
    take(&app, RecordKind::Events, origin, &headers, &body).await
}

/// Records that were refused, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/rejections", tag = "records", params(Paging, Refusals),
    responses((status = 200, body = Page<Kept>, description = "A page of refused records"))
)]
async fn list_rejections(
    State(app): State<App>,
    caller: Caller,
    Query(which): Query<Refusals>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Kept>>> {
    records::list(&app, &which, &paging, caller.may(Permission::ReadPersonalData)).await.map(Json)
}

/// Tries refused records again, as they are or corrected.
#[utoipa::path(
    post, path = "/api/v1/rejections/replay", tag = "records",
    responses((status = 200, body = Taken, description = "Stored; those refused again stay, with their new reason"))
)]
async fn replay_rejections(State(app): State<App>, Json(replay): Json<Replay>) -> Result<Json<Taken>> {
    records::replay(&app, replay).await.map(Json)
}

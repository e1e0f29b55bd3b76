//! What customers do with messages: they open them, follow links, want no more. All of it becomes events of theirs.
//!
//! Programs open letters and follow links before anybody reads them: to look for viruses, to show a picture of the page. What
//! gives itself away as one is counted apart and is no event. A link of ours leads nowhere but where the message says: its
//! target is signed. Unsubscribing takes one POST without asking who it is (RFC 8058); a GET only shows a page.

use super::api::Report;
use super::store::{self, Campaign};
use crate::contacts::{self, Channel, Contact};
use crate::customers::{self, suppress_address};
use crate::platform::clock::{DAY, SECOND};
use crate::platform::pages::{Answer, html};
use crate::platform::server::App;
use crate::platform::{Access, Pages, Problem, Result, View};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cvm_core::message::{Message, MessageKind, OUR_SOURCE};
use cvm_core::text::Words;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sqlx::Row;

/// What comes sooner after a message was sent is no person.
const READING_TIME: i64 = 3 * SECOND;

/// The smallest picture there is: one point, transparent.
const PIXEL: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x21, 0xf9, 4, 1, 0, 0, 0,
    0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
];

/// Where messages lead to, open to everybody who has one.
pub fn routes() -> Router<App> {
    Router::new().route("/m/{id}/{signature}/open.gif", get(open)).route("/m/{id}/{signature}/go", get(go))
}

/// The page where one says that they want no more.
pub(super) fn pages() -> Pages {
    Pages::new().part(Access::Public, "/m/{id}/{signature}/unsubscribe", get(ask_to_unsubscribe).post(unsubscribe))
}

#[derive(Deserialize)]
struct To {
    #[serde(default)]
    to: String,
}

/// A message that somebody does something with.
struct Told {
    campaign: String,
    customer: String,
    channel: Channel,
    variant: String,
    sent_at: Option<i64>,
}

async fn told(app: &App, id: &str) -> Result<Told> {
    let sql = "SELECT campaign, customer, channel, variant, sent_at FROM outbox WHERE id = $1";
    let row = sqlx::query(sql).bind(id).fetch_optional(app.database.pool()).await?;
    let row = row.ok_or_else(|| Problem::not_found("there is no such message any more"))?;
    let channel = Channel::from_name(row.try_get(2)?).ok_or_else(|| Problem::internal(&"unknown way of contact"))?;
    Ok(Told {
        campaign: row.try_get(0)?,
        customer: row.try_get(1)?,
        channel,
        variant: row.try_get(3)?,
        sent_at: row.try_get(4)?,
    })
}

async fn is_ours(app: &App, parts: &[&str], signature: &str) -> Result<()> {
    match contacts::held(app).await?.dealer.is_signed(parts, signature) {
        true => Ok(()),
        false => Err(Problem::not_found("there is nothing at this address; it may have been cut off")),
    }
}

async fn open(
    State(app): State<App>,
    Path((id, signature)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    is_ours(&app, &["open", &id], &signature).await?;
    // Whoever was erased has no message here any more; their mail program still asks.
    if let Ok(told) = told(&app, &id).await {
        let is_machine = is_machine(&method, &headers, told.sent_at, app.clock.now());
        note(&app, &id, &told, Did::Opened, is_machine).await?;
    }
    Ok(([(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "no-store")], PIXEL).into_response())
}

async fn go(
    State(app): State<App>,
    Path((id, signature)): Path<(String, String)>,
    Query(To { to }): Query<To>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response> {
    is_ours(&app, &["go", &id, &to], &signature).await?;
    if let Ok(told) = told(&app, &id).await {
        let is_machine = is_machine(&method, &headers, told.sent_at, app.clock.now());
        note(&app, &id, &told, Did::Clicked(&to), is_machine).await?;
    }
    let headers = [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::FOUND, headers).into_response())
}

#[derive(Template)]
#[template(path = "campaigns/pages/unsubscribe.html")]
struct Unsubscribe {
    title: String,
    is_done: bool,
    words: Words,
}

async fn ask_to_unsubscribe(view: View, Path((id, signature)): Path<(String, String)>) -> Answer {
    is_ours(&view.app, &["unsubscribe", &id], &signature).await?;
    html(&Unsubscribe { title: view.words.text("campaigns-unsubscribe"), is_done: false, words: view.words })
}

async fn unsubscribe(view: View, Path((id, signature)): Path<(String, String)>) -> Answer {
    is_ours(&view.app, &["unsubscribe", &id], &signature).await?;
    if let Ok(told) = told(&view.app, &id).await {
        note(&view.app, &id, &told, Did::Unsubscribed, false).await?;
    }
    html(&Unsubscribe { title: view.words.text("campaigns-unsubscribed"), is_done: true, words: view.words })
}

/// What somebody did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did<'a> {
    Opened,
    Clicked(&'a str),
    Unsubscribed,
}

/// Whether what asks for an address gives itself away as a program.
fn is_machine(method: &Method, headers: &HeaderMap, sent_at: Option<i64>, now: i64) -> bool {
    const WORDS: [&str; 20] = [
        "bot",
        "spider",
        "crawl",
        "scan",
        "preview",
        "monitor",
        "curl/",
        "wget/",
        "python",
        "java/",
        "go-http",
        "okhttp",
        "headless",
        "barracuda",
        "mimecast",
        "proofpoint",
        "symantec",
        "fireeye",
        "trendmicro",
        "safelinks",
    ];
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_lowercase();
    let agent = text("user-agent");
    let is_early = sent_at.is_none_or(|sent_at| now - sent_at < READING_TIME);
    let is_ahead = ["purpose", "sec-purpose", "x-purpose", "x-moz"].into_iter().any(|name| text(name).contains("pre"));
    // A mail program that hides who reads fetches every picture, read or not, and says nothing but this.
    let says_nothing = matches!(agent.trim(), "" | "mozilla/5.0");
    *method != Method::GET || is_early || is_ahead || says_nothing || WORDS.iter().any(|word| agent.contains(word))
}

/// Notes what was done with a message; the first time of each counts.
async fn note(app: &App, id: &str, told: &Told, did: Did<'_>, is_machine: bool) -> Result<()> {
    let now = app.clock.now();
    let sql = match (is_machine, did) {
        (true, _) => "UPDATE outbox SET machine_at = $1 WHERE id = $2 AND machine_at IS NULL",
        (false, Did::Opened) => "UPDATE outbox SET opened_at = $1 WHERE id = $2 AND opened_at IS NULL",
        (false, Did::Clicked(_)) => {
            "UPDATE outbox SET clicked_at = coalesce(clicked_at, $1), opened_at = coalesce(opened_at, $1) WHERE id = $2"
        }
        (false, Did::Unsubscribed) => {
            "UPDATE outbox SET unsubscribed_at = $1 WHERE id = $2 AND unsubscribed_at IS NULL"
        }
    };
    if !is_machine {
        let campaign = store::get(app, &told.campaign).await?;
        let events = events_of(app, &campaign, told, id, did).await?;
        app.inbox.store(events).await?;
    }
    let mut transaction = app.database.begin().await?;
    sqlx::query(sql).bind(now).bind(id).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

async fn events_of(app: &App, campaign: &Campaign, told: &Told, id: &str, did: Did<'_>) -> Result<Vec<Message>> {
    let (what, name) = match did {
        Did::Opened => ("opened".to_owned(), names(told.channel)[1]),
        Did::Clicked(to) => {
            let hash = Sha256::digest(to.as_bytes());
            let link: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            (format!("clicked:{link}"), names(told.channel)[2])
        }
        Did::Unsubscribed => ("unsubscribed".to_owned(), "Unsubscribed"),
    };
    let Some(mut message) = message(app, campaign, told, id, &what, name).await? else { return Ok(Vec::new()) };
    match did {
        Did::Opened => {}
        Did::Clicked(to) => drop(message.properties.insert("link".to_owned(), Value::from(to))),
        Did::Unsubscribed => {
            let purpose = contacts::held(app).await?.policy.purpose;
            let change = json!({
                "purpose": purpose, "channel": told.channel.name(), "state": "denied",
                "proof": {"how": "unsubscribed from a message", "message_id": id},
            });
            message.context.insert("consent".to_owned(), json!({"changes": [change]}));
        }
    }
    Ok(vec![message])
}

/// What the events of a way are called: that it came, that it was opened, that a link was followed.
fn names(channel: Channel) -> [&'static str; 3] {
    match channel {
        Channel::Email => ["Email Delivered", "Email Opened", "Email Link Clicked"],
        Channel::Push => ["Push Notification Received", "Push Notification Opened", "Push Notification Tapped"],
        Channel::Sms => ["SMS Delivered", "SMS Opened", "SMS Link Clicked"],
        Channel::Webhook | Channel::InApp | Channel::Call | Channel::Print => {
            ["Message Delivered", "Message Opened", "Message Link Clicked"]
        }
    }
}

/// An event of the customer whom a message is for; none where they are nobody any more.
async fn message(
    app: &App,
    campaign: &Campaign,
    told: &Told,
    id: &str,
    what: &str,
    name: &str,
) -> Result<Option<Message>> {
    let mut known = customers::known_as(&app.database, std::slice::from_ref(&told.customer)).await?;
    let of = (told.channel, told.variant.as_str());
    Ok(known.remove(&told.customer).map(|known_by| event(app, campaign, of, &known_by, id, what, name)))
}

/// An event of whoever is known by this.
fn event(
    app: &App,
    campaign: &Campaign,
    (channel, variant): (Channel, &str),
    known_by: &str,
    id: &str,
    what: &str,
    name: &str,
) -> Message {
    let user = known_by.strip_prefix("user_id:").map(str::to_owned);
    let anonymous = known_by.strip_prefix("anonymous_id:").map(str::to_owned);
    let now = app.clock.now();
    let properties = json!({
        "campaign_id": campaign.id, "campaign_name": campaign.name, "variant": variant,
        "channel": channel.name(), "message_id": id,
    });
    Message {
        message_id: format!("{id}:{what}"),
        kind: MessageKind::Track,
        source: OUR_SOURCE.to_owned(),
        name: Some(name.to_owned()),
        user_id: user,
        anonymous_id: anonymous,
        group_id: None,
        previous_id: None,
        timestamp: now,
        received_at: now,
        traits: Map::new(),
        properties: properties.as_object().cloned().unwrap_or_default(),
        context: Map::new(),
    }
}

/// Events that messages of a campaign came: each by its id, its customer and variant.
pub(super) async fn delivered(
    app: &App,
    campaign: &Campaign,
    told: &[(&str, &str, &str)],
) -> Result<Vec<Message>, sqlx::Error> {
    let ids: Vec<String> = told.iter().map(|(_, customer, _)| (*customer).to_owned()).collect();
    let known = customers::known_as(&app.database, &ids).await?;
    let channel = campaign.definition.channel;
    let one = |&(id, customer, variant): &(&str, &str, &str)| {
        Some(event(app, campaign, (channel, variant), known.get(customer)?, id, "sent", names(channel)[0]))
    };
    Ok(told.iter().filter_map(one).collect())
}

/// Notes what somebody reports of a message.
///
/// # Errors
/// 404 where there is no such message, 409 where it cannot have become of it, and what the database gives.
pub(super) async fn report(app: &App, id: &str, report: Report) -> Result<()> {
    let told = told(app, id).await?;
    let campaign = store::get(app, &told.campaign).await?;
    match report {
        Report::Delivered => hand_out(app, &campaign, &told, id).await,
        Report::Clicked => note(app, id, &told, Did::Clicked(""), false).await,
        Report::NotReached => {
            let mut transaction = app.database.begin().await?;
            let sql = "UPDATE outbox SET due_at = $1, tries = tries + 1 WHERE id = $2 AND state = 'ready'";
            sqlx::query(sql).bind(app.clock.now() + DAY).bind(id).execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        }
        Report::Bounced | Report::Complained => {
            let is_bounce = report == Report::Bounced;
            let name = match told.channel {
                Channel::Email => "Email Bounced",
                _ => "SMS Bounced",
            };
            if is_bounce {
                let event = message(app, &campaign, &told, id, "bounced", name).await?;
                app.inbox.store(event.into_iter().collect()).await?;
            } else {
                note(app, id, &told, Did::Unsubscribed, false).await?;
            }
            let policy = contacts::held(app).await?.policy;
            let standings = contacts::standings(app, &policy, &[&told.customer]).await?;
            let address = standings.get(&told.customer).and_then(|standing| standing.address(told.channel));
            let mut transaction = app.database.begin().await?;
            if is_bounce {
                let sql = "UPDATE outbox SET bounced_at = $1 WHERE id = $2 AND bounced_at IS NULL";
                sqlx::query(sql).bind(app.clock.now()).bind(id).execute(&mut *transaction).await?;
            }
            if let (Some(kind), Some(address)) = (told.channel.identifier(), address) {
                let reason = if is_bounce { "bounced" } else { "complained" };
                suppress_address(&mut transaction, app, (kind, address), reason).await?;
            }
            Ok(transaction.commit().await?)
        }
    }
}

/// What was laid out was shown, said or printed.
async fn hand_out(app: &App, campaign: &Campaign, told: &Told, id: &str) -> Result<()> {
    let now = app.clock.now();
    let event = message(app, campaign, told, id, "sent", names(told.channel)[0]).await?;
    app.inbox.store(event.into_iter().collect()).await?;
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE outbox SET state = 'sent', sent_at = $1, cost = cost + $2, content = NULL \
               WHERE id = $3 AND state = 'ready'";
    let update = sqlx::query(sql).bind(now).bind(app.outbox.channels.cost(told.channel)).bind(id);
    if update.execute(&mut *transaction).await?.rows_affected() == 1 {
        let contact = Contact {
            customer: told.customer.clone(),
            at: now,
            channel: told.channel,
            campaign: Some(told.campaign.clone()),
            offer: None,
            group: None,
        };
        contacts::record(&mut transaction, &[(id.to_owned(), contact)]).await?;
    }
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_give_themselves_away() {
        let person = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let machine = |method: Method, headers: &[(&'static str, &str)], after: i64| {
            let headers = headers.iter().map(|(name, value)| {
                (header::HeaderName::from_static(name), header::HeaderValue::from_str(value).unwrap())
            });
            is_machine(&method, &headers.collect(), Some(0), after)
        };
        let agent = ("user-agent", person);
        assert!(!machine(Method::GET, &[agent], 10 * SECOND));
        assert!(!machine(
            Method::GET,
            &[(
                "user-agent",
                "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
            )],
            10 * SECOND
        ));
        assert!(machine(Method::GET, &[agent], 2 * SECOND), "nobody reads that fast");
        assert!(machine(Method::HEAD, &[agent], 10 * SECOND));
        assert!(machine(Method::GET, &[], 10 * SECOND));
        assert!(machine(Method::GET, &[("user-agent", "Mozilla/5.0")], 10 * SECOND));
        assert!(machine(Method::GET, &[("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)")], 10 * SECOND));
        assert!(machine(Method::GET, &[agent, ("sec-purpose", "prefetch;prerender")], 10 * SECOND));
        assert!(is_machine(&Method::GET, &HeaderMap::new(), None, 0), "nothing was sent yet");
    }
}

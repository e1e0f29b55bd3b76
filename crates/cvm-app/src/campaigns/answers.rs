//! What customers do with messages: they open them, follow links, want no more. All of it becomes events of theirs.
//!
//! Programs open letters and follow links before anybody reads them: to look for viruses, to show a picture of the page. What
//! gives itself away as one is counted apart and is no event. A link of ours leads nowhere but where the message says: its
//! target is signed. Unsubscribing takes one POST without asking who it is (RFC 8058); a GET only shows a page.

use super::api::Report;
use super::offering::{self, Made};
use super::store::{self, Campaign};
use crate::contacts::{self, Channel, Contact};
use crate::customers::{self, suppress_address};
use crate::decisions::Kind;
use crate::platform::clock::{DAY, MINUTE, SECOND};
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

/// Programs that follow all links of a message do so at once: so long before and after the one that nobody sees.
const ROUND_OF_LINKS: i64 = 10 * MINUTE;

/// The smallest picture there is: one point, transparent.
const PIXEL: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x21, 0xf9, 4, 1, 0, 0, 0,
    0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
];

/// Where messages lead to, open to everybody who has one.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/m/{id}/{signature}/open.gif", get(open))
        .route("/m/{id}/{signature}/go", get(go))
        .route("/m/{id}/{signature}/all", get(trap))
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
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub id: String,
    pub campaign: String,
    pub customer: String,
    pub channel: Channel,
    pub variant: String,
    pub sent_at: Option<i64>,
    /// When a program followed the link that nobody sees.
    pub trapped_at: Option<i64>,
    /// The offer that it makes.
    pub made: Option<Made>,
}

impl Told {
    /// As something that was said to the customer then.
    pub fn contact(&self, at: i64) -> Contact {
        let (offer, group) = self.made.clone().map(|made| (made.offer, made.group)).unzip();
        let (customer, campaign) = (self.customer.clone(), Some(self.campaign.clone()));
        Contact { customer, at, channel: self.channel, campaign, offer, group }
    }
}

pub(super) async fn told(app: &App, id: &str) -> Result<Told> {
    let sql = "SELECT campaign, customer, channel, variant, sent_at, trapped_at, offer, offer_group, decision FROM outbox \
               WHERE id = $1";
    let row = sqlx::query(sql).bind(id).fetch_optional(app.database.pool()).await?;
    let row = row.ok_or_else(|| Problem::not_found("there is no such message any more"))?;
    let channel = Channel::from_name(row.try_get(2)?).ok_or_else(|| Problem::internal(&"unknown way of contact"))?;
    Ok(Told {
        id: id.to_owned(),
        campaign: row.try_get(0)?,
        customer: row.try_get(1)?,
        channel,
        variant: row.try_get(3)?,
        sent_at: row.try_get(4)?,
        trapped_at: row.try_get(5)?,
        made: Made::read(&row, 6)?,
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
        note(&app, &told, Did::Opened, is_machine).await?;
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
        let now = app.clock.now();
        let is_round = told.trapped_at.is_some_and(|at| now - at < ROUND_OF_LINKS);
        let is_machine = is_round || is_machine(&method, &headers, told.sent_at, now);
        note(&app, &told, Did::Clicked(&to), is_machine).await?;
    }
    let headers = [(header::LOCATION, to), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// The link that nobody sees: what follows it is a program, and so is what followed the others a moment ago.
async fn trap(State(app): State<App>, Path((id, signature)): Path<(String, String)>) -> Result<StatusCode> {
    is_ours(&app, &["all", &id], &signature).await?;
    let now = app.clock.now();
    let sql = "UPDATE outbox SET trapped_at = $1, machine_at = coalesce(machine_at, $1), \
               clicked_at = CASE WHEN clicked_at > $2 THEN NULL ELSE clicked_at END, \
               opened_at = CASE WHEN opened_at > $2 THEN NULL ELSE opened_at END WHERE id = $3";
    let mut transaction = app.database.begin().await?;
    sqlx::query(sql).bind(now).bind(now - ROUND_OF_LINKS).bind(id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
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
        note(&view.app, &told, Did::Unsubscribed, false).await?;
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
async fn note(app: &App, told: &Told, did: Did<'_>, is_machine: bool) -> Result<()> {
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
        let events = events_of(app, &campaign, told, did).await?;
        app.inbox.store(events).await?;
        match did {
            Did::Opened => {}
            Did::Clicked(_) => offering::tell(app, told.made.as_ref(), Kind::Clicked).await?,
            Did::Unsubscribed => offering::tell(app, told.made.as_ref(), Kind::Declined).await?,
        }
    }
    let mut transaction = app.database.begin().await?;
    sqlx::query(sql).bind(now).bind(told.id.as_str()).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

async fn events_of(app: &App, campaign: &Campaign, told: &Told, did: Did<'_>) -> Result<Vec<Message>> {
    let (what, name) = match did {
        Did::Opened => ("opened".to_owned(), names(told.channel)[1]),
        Did::Clicked(to) => {
            let hash = Sha256::digest(to.as_bytes());
            let link: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            (format!("clicked:{link}"), names(told.channel)[2])
        }
        Did::Unsubscribed => ("unsubscribed".to_owned(), "Unsubscribed"),
    };
    let Some(mut message) = message(app, campaign, told, &what, name).await? else { return Ok(Vec::new()) };
    match did {
        Did::Opened => {}
        Did::Clicked(to) => drop(message.properties.insert("link".to_owned(), Value::from(to))),
        Did::Unsubscribed => {
            let purpose = contacts::held(app).await?.policy.purpose;
            let change = json!({
                "purpose": purpose, "channel": told.channel.name(), "state": "denied",
                "proof": {"how": "unsubscribed from a message", "message_id": told.id},
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
async fn message(app: &App, campaign: &Campaign, told: &Told, what: &str, name: &str) -> Result<Option<Message>> {
    let mut known = customers::known_as(&app.database, std::slice::from_ref(&told.customer)).await?;
    Ok(known.remove(&told.customer).map(|known_by| event(app, campaign, told, &known_by, what, name)))
}

/// An event of whoever is known by this.
fn event(app: &App, campaign: &Campaign, told: &Told, known_by: &str, what: &str, name: &str) -> Message {
    let user = known_by.strip_prefix("user_id:").map(str::to_owned);
    let anonymous = known_by.strip_prefix("anonymous_id:").map(str::to_owned);
    let now = app.clock.now();
    let mut properties = json!({
        "campaign_id": campaign.id, "campaign_name": campaign.name, "variant": told.variant,
        "channel": told.channel.name(), "message_id": told.id,
    });
    if let Some(made) = &told.made {
        properties["offer_id"] = Value::from(made.offer.as_str());
    }
    Message {
        message_id: format!("{}:{what}", told.id),
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

/// Events that messages of a campaign came.
pub(super) async fn delivered(app: &App, campaign: &Campaign, told: &[Told]) -> Result<Vec<Message>, sqlx::Error> {
    let ids: Vec<String> = told.iter().map(|told| told.customer.clone()).collect();
    let known = customers::known_as(&app.database, &ids).await?;
    let one =
        |told: &Told| Some(event(app, campaign, told, known.get(&told.customer)?, "sent", names(told.channel)[0]));
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
        Report::Delivered => hand_out(app, &campaign, &told).await,
        Report::Clicked => {
            note(app, &told, Did::Clicked(""), false).await?;
            match told.channel {
                // Who says yes to somebody who calls has taken it.
                Channel::Call => offering::tell(app, told.made.as_ref(), Kind::Accepted).await,
                _ => Ok(()),
            }
        }
        Report::NotReached => {
            let mut transaction = app.database.begin().await?;
            let sql = "UPDATE outbox SET due_at = $1, tries = tries + 1 WHERE id = $2 AND state = 'ready'";
            sqlx::query(sql).bind(app.clock.now() + DAY).bind(id).execute(&mut *transaction).await?;
            Ok(transaction.commit().await?)
        }
        Report::SoftBounced => soft_bounce(app, &told).await,
        Report::Bounced | Report::Complained => {
            let is_bounce = report == Report::Bounced;
            let name = match told.channel {
                Channel::Email => "Email Bounced",
                _ => "SMS Bounced",
            };
            if is_bounce {
                let event = message(app, &campaign, &told, "bounced", name).await?;
                app.inbox.store(event.into_iter().collect()).await?;
            } else {
                note(app, &told, Did::Unsubscribed, false).await?;
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

/// Notes that a message came back from an address that is there; where the last ones all did, the address is nobody's any more.
async fn soft_bounce(app: &App, told: &Told) -> Result<()> {
    const IN_A_ROW: i64 = 3;
    let policy = contacts::held(app).await?.policy;
    let standings = contacts::standings(app, &policy, &[&told.customer]).await?;
    let address = standings.get(&told.customer).and_then(|standing| standing.address(told.channel));
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE outbox SET soft_bounced_at = $1 WHERE id = $2 AND soft_bounced_at IS NULL";
    let update = sqlx::query(sql).bind(app.clock.now()).bind(told.id.as_str());
    update.execute(&mut *transaction).await?;
    let sql = "SELECT soft_bounced_at FROM outbox WHERE channel = $1 AND sent_at IS NOT NULL AND customer IN \
               (SELECT id FROM customers WHERE survivor = (SELECT survivor FROM customers WHERE id = $2)) \
               ORDER BY sent_at DESC, id DESC LIMIT $3";
    let query = sqlx::query(sql).bind(told.channel.name()).bind(told.customer.as_str()).bind(IN_A_ROW);
    let last = query.fetch_all(&mut *transaction).await?;
    let came_back = last.iter().map(|row| row.try_get::<Option<i64>, _>(0)).collect::<Result<Vec<_>, _>>()?;
    let is_nobody = came_back.len() as i64 == IN_A_ROW && came_back.iter().all(Option::is_some);
    if let (true, Some(kind), Some(address)) = (is_nobody, told.channel.identifier(), address) {
        suppress_address(&mut transaction, app, (kind, address), "bounced").await?;
    }
    Ok(transaction.commit().await?)
}

/// What was laid out was shown, said or printed.
async fn hand_out(app: &App, campaign: &Campaign, told: &Told) -> Result<()> {
    let now = app.clock.now();
    let event = message(app, campaign, told, "sent", names(told.channel)[0]).await?;
    app.inbox.store(event.into_iter().collect()).await?;
    offering::tell(app, told.made.as_ref(), Kind::Shown).await?;
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE outbox SET state = 'sent', sent_at = $1, cost = cost + $2, content = NULL \
               WHERE id = $3 AND state = 'ready'";
    let update = sqlx::query(sql).bind(now).bind(app.outbox.channels.cost(told.channel)).bind(told.id.as_str());
    if update.execute(&mut *transaction).await?.rows_affected() == 1 {
        contacts::record(&mut transaction, &[(told.id.clone(), told.contact(now))]).await?;
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

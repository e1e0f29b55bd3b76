//! One customer: who they are and what they are worth at a glance, then all that is known of them, and what can be done.

mod glance;
mod lake;

use super::super::actions::{self, NewConsent};
use super::super::notes;
use super::super::profile::{ANY_CHANNEL, ConsentState};
use super::super::view::{self, EventView, Part, Profile, Show};
use super::short;
use crate::access::{Permission, audit};
use crate::contacts::Channel;
use crate::platform::pages::{Answer, Fields, html};
use crate::platform::{Pages, Path, Problem, Query, Result, Time, View};
use crate::report::charts::{Direction, interval_bar};
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{Days, NaiveDate};
use cvm_core::order::currency_places;
use cvm_core::text::{Words, reading};
use glance::{Glance, Tone};
use serde::Deserialize;
use serde_json::{Value, json};

/// Events of a page of the timeline.
const EVENTS: i64 = 25;

/// Events that are looked at for what a service agent should know.
const RECENT: i64 = 100;

/// What events can be narrowed to.
const KINDS: [(&str, &str); 5] = [
    ("", "customer-events-all"),
    ("orders", "customer-events-orders"),
    ("events", "customer-events-events"),
    ("pages", "customer-events-pages"),
    ("profile", "customer-events-profile"),
];

pub(super) fn pages() -> Pages {
    let write = Permission::WriteCustomers;
    Pages::new()
        .page(Permission::ReadCustomers, "/customers/{id}", get(show))
        .part(Permission::ReadCustomers, "/customers/{id}/timeline", get(timeline))
        .page(Permission::ReadCustomers, "/customers/{id}/orders", get(lake::orders))
        .page(Permission::ReadCustomers, "/customers/{id}/history", get(lake::history))
        .part(Permission::ReadPersonalData, "/customers/{id}/export", get(export))
        .part(write, "/customers/{id}/notes", post(add_note))
        .part(write, "/customers/{id}/notes/{note}/remove", post(remove_note))
        .part(write, "/customers/{id}/consents", post(add_consent))
        .part(write, "/customers/{id}/suppression", post(suppress))
        .part(write, "/customers/{id}/unmerge", post(unmerge))
        .part(Permission::EraseCustomers, "/customers/{id}/erase", post(erase))
}

#[derive(Template)]
#[template(path = "customers/pages/person.html")]
struct PersonPage {
    view: View,
    title: String,
    profile: Profile,
    /// What the last run says.
    worth: Option<Worth>,
    glance: Vec<Glance>,
    timeline: Timeline,
    personal: bool,
    saved: bool,
    /// A form that was refused: its name, why, and what was written.
    refused: Option<(&'static str, String, String)>,
}

/// What the last run says, as it is shown.
struct Worth {
    clv: String,
    bounds: Option<(String, String)>,
    tier: Option<(String, String)>,
    p_alive: String,
    segment: String,
    scores: String,
    revenue: String,
    profit: String,
    purchases: String,
    last: String,
    next: String,
    expected: String,
    reason: String,
    computed: String,
}

/// The address in the page of one customer, after something was done.
fn back(view: &View, id: &str, place: &str) -> Response {
    Redirect::to(&format!("{}?saved=true{place}", view.href(&format!("/customers/{id}")))).into_response()
}

/// Whether something was saved just now.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    saved: bool,
}

async fn show(view: View, Path(id): Path<String>, Query(Saved { saved }): Query<Saved>) -> Answer {
    let survivor = view::survivor(&view.app, &id).await?;
    if survivor != id {
        return Ok(Redirect::to(&view.href(&format!("/customers/{survivor}"))).into_response());
    }
    person(view, &id, saved, None).await
}

async fn person(view: View, id: &str, saved: bool, refused: Option<(&'static str, String, String)>) -> Answer {
    let personal = view.may(Permission::ReadPersonalData);
    let profile = view::profile(&view.app, id, Show { personal, events: RECENT, history: false }).await?;
    let timeline = Timeline::load(&view, id, &Which::default()).await?;
    let worth = profile.values.as_ref().map(|values| worth(&view, &values.columns, &values.computed_at));
    let glance = glance::of(&profile, view.app.clock.now(), view.app.config.timezone);
    let title = if personal { title(&profile) } else { short(&profile.id).to_owned() };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = html(&PersonPage { title, profile, worth, glance, timeline, personal, saved, refused, view })?;
    Ok((status, page).into_response())
}

/// What a customer is called.
fn title(profile: &Profile) -> String {
    let text = |name: &str| profile.attributes.get(name).and_then(|it| it.value.as_str()).unwrap_or_default();
    let both = format!("{} {}", text("first_name"), text("last_name"));
    let known = [text("name"), both.trim(), text("email"), text("phone")];
    let found = known.into_iter().find(|text| !text.is_empty());
    found.unwrap_or_else(|| short(&profile.id)).to_owned()
}

fn worth(view: &View, columns: &Value, computed_at: &Time) -> Worth {
    let (words, currency) = (view.words, Some(view.app.config.currency.as_str()));
    let number = |name: &str| columns.get(name).and_then(Value::as_f64);
    let text = |name: &str| columns.get(name).and_then(Value::as_str);
    let nothing = || "–".to_owned();
    let money = |name: &str| number(name).map_or_else(nothing, |value| words.money_whole(value, currency));
    let direction = if view.language().direction() == "rtl" { Direction::Rtl } else { Direction::Ltr };
    let bounds = number("clv").zip(number("clv_low")).zip(number("clv_high")).map(|((clv, low), high)| {
        let between = [("low", money("clv_low").into()), ("high", money("clv_high").into())];
        (interval_bar(low, clv, high, (low.min(0.0), high), direction), words.with("customer-bounds", &between))
    });
    let scores = ["r_score", "f_score", "m_score"].map(|name| number(name).map(|score| words.number(score, 0)));
    Worth {
        clv: money("clv"),
        bounds,
        tier: text("value_tier").map(|tier| (tier.to_owned(), words.tier(tier))),
        p_alive: number("p_alive").map_or_else(nothing, |share| words.percent(share, 0)),
        segment: text("rfm_segment").map_or_else(nothing, |segment| words.segment(segment)),
        scores: scores.into_iter().collect::<Option<Vec<_>>>().map_or_else(String::new, |scores| scores.join("-")),
        revenue: money("revenue"),
        profit: money("profit"),
        purchases: number("frequency").map_or_else(nothing, |repeats| words.number(repeats + 1.0, 0)),
        last: text("last_purchase").map_or_else(nothing, |day| words.date(day)),
        next: next_purchase(view, columns).unwrap_or_else(nothing),
        expected: number("expected_purchases").map_or_else(nothing, |count| words.number(count, 1)),
        reason: text("reason").and_then(reading::reason).map_or_else(String::new, |it| words.reason(&it)),
        computed: view.moment(computed_at),
    }
}

/// When they would buy next by their habit: the last purchase and the usual time between two.
fn next_purchase(view: &View, columns: &Value) -> Option<String> {
    let number = |name: &str| columns.get(name).and_then(Value::as_f64);
    let repeats = number("frequency").filter(|repeats| *repeats >= 1.0)?;
    let last: NaiveDate = columns.get("last_purchase")?.as_str()?.parse().ok()?;
    let interval = (number("recency_days")? / repeats).round().max(1.0);
    let next = last.checked_add_days(Days::new(interval as u64))?;
    let today = chrono::DateTime::from_timestamp_micros(view.app.clock.now())?;
    let today = today.with_timezone(&view.app.config.timezone).date_naive();
    let id = if next < today { "customer-next-was" } else { "customer-next-around" };
    Some(view.words.with(id, &[("date", view.words.date(&next.to_string()).into())]))
}

/// The channel of a consent, as people call it.
pub(super) fn channel_name(words: Words, name: &str) -> String {
    let any = || (name == ANY_CHANNEL).then(|| words.text("customer-channel-any"));
    words.channel(name).or_else(any).unwrap_or_else(|| name.to_owned())
}

impl PersonPage {
    /// The channel of a consent, as people call it.
    fn channel(&self, name: &str) -> String {
        channel_name(self.view.words, name)
    }

    /// Channels by which somebody may be written to or called.
    fn channels(&self) -> Vec<(&'static str, String)> {
        let ways = [Channel::Email, Channel::Sms, Channel::Push, Channel::Call, Channel::Print];
        ways.map(|channel| (channel.name(), channel.words(self.view.words))).to_vec()
    }

    fn can_write(&self) -> bool {
        self.view.may(Permission::WriteCustomers)
    }

    fn can_erase(&self) -> bool {
        self.view.may(Permission::EraseCustomers)
    }

    fn here(&self, rest: &str) -> String {
        self.view.href(&format!("/customers/{}{rest}", self.profile.id))
    }

    fn attribute(&self, name: &str) -> String {
        self.profile.attributes.get(name).map_or_else(String::new, |attribute| plain(&attribute.value))
    }

    /// City and country.
    fn place(&self) -> String {
        let parts = [self.attribute("city"), self.attribute("country")];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn attributes(&self) -> Vec<(&String, String, String, &String)> {
        let attributes = self.profile.attributes.iter();
        let shown = attributes.map(|(name, it)| (name, plain(&it.value), self.view.day(&it.time), &it.source));
        shown.collect()
    }

    fn is_own(&self, note: &notes::Note) -> bool {
        self.view.caller.user().is_ok_and(|(id, _)| id == note.author)
    }

    /// Why a form was refused, and what was written.
    fn refusal(&self, form: &str) -> Option<(&str, &str)> {
        let (name, why, written) = self.refused.as_ref()?;
        (*name == form).then_some((why.as_str(), written.as_str()))
    }

    /// Customers that are one with this, by the merges that still hold.
    fn merges(&self) -> impl Iterator<Item = &view::MergeView> {
        self.profile.merges.iter().filter(|merge| merge.unmerged_at.is_none())
    }

    fn identifier_kind(&self, kind: &str) -> String {
        let id = match kind {
            "user_id" => "customer-id-user_id",
            "email" => "customer-id-email",
            "phone" => "customer-id-phone",
            "loyalty_card" => "customer-id-loyalty_card",
            "anonymous_id" => "customer-id-anonymous_id",
            "device" => "customer-id-device",
            _ => "customer-id-merge",
        };
        self.view.words.text(id)
    }
}

/// JSON as people read it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A part of the timeline.
struct Timeline {
    events: Vec<Event>,
    kind: String,
    next: Option<String>,
    address: String,
}

/// An event, as it is shown.
struct Event {
    time: String,
    icon: &'static str,
    what: String,
    /// Whether what happened is called so by who sent it.
    named: bool,
    amount: String,
    about: Vec<(String, String)>,
    source: String,
}

/// Which part of the timeline.
#[derive(Debug, Default, Deserialize)]
struct Which {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    before: Option<i64>,
    #[serde(default)]
    message: String,
}

impl Timeline {
    async fn load(view: &View, survivor: &str, which: &Which) -> Result<Self> {
        let kind = KINDS.iter().find(|(kind, _)| *kind == which.kind).map_or("", |(kind, _)| kind);
        let before = which.before.map(|time| (time, which.message.clone()));
        let part = Part { kind: kind.to_owned(), before, limit: EVENTS + 1 };
        let asked = &mut *view.app.database.pool().acquire().await?;
        let mut events = view::timeline(asked, survivor, &part, view.may(Permission::ReadPersonalData)).await?;
        let has_more = events.len() as i64 > EVENTS;
        events.truncate(EVENTS as usize);
        let address = view.href(&format!("/customers/{survivor}/timeline"));
        let last = events.last().filter(|_| has_more);
        let next = last.map(|last| {
            let (time, message) = (last.time.0.to_string(), last.message_id.as_str());
            let pairs = [("kind", kind), ("before", time.as_str()), ("message", message)];
            format!("{address}?{}", crate::platform::pages::form_urlencoded(&pairs))
        });
        let events = events.iter().map(|event| shown(view, event)).collect();
        Ok(Self { events, kind: kind.to_owned(), next, address })
    }

    /// What it can be narrowed to: name, address, whether it is.
    fn kinds(&self, view: &View) -> Vec<(String, String, bool)> {
        let kind = |&(kind, text): &(&str, &str)| {
            let query = crate::platform::pages::form_urlencoded(&[("kind", kind)]);
            (view.words.text(text), format!("{}?{query}", self.address), kind == self.kind)
        };
        KINDS.iter().map(kind).collect()
    }
}

fn shown(view: &View, event: &EventView) -> Event {
    const ABOUT_MAX: usize = 5;
    let icon = match (event.kind.as_str(), &event.order_id) {
        (_, Some(_)) => "cart",
        ("identify" | "alias" | "group", _) => "user",
        ("page" | "screen", _) => "data",
        _ => "clock",
    };
    let kind = match event.kind.as_str() {
        "identify" => "customer-event-identify",
        "page" => "customer-event-page",
        "screen" => "customer-event-screen",
        "group" => "customer-event-group",
        "alias" => "customer-event-alias",
        _ => "customer-event-track",
    };
    let members = event.summary.as_object().into_iter().flatten();
    let about = members.filter(|(name, _)| name.as_str() != "order_id").take(ABOUT_MAX);
    let mut about: Vec<(String, String)> = about.map(|(name, value)| (name.clone(), plain(value))).collect();
    about.extend(event.order_id.iter().map(|order| (view.words.text("customer-order"), order.clone())));
    let name = event.name.clone().filter(|name| !name.is_empty());
    Event {
        time: view.moment(&event.time),
        icon,
        named: name.is_some(),
        what: name.unwrap_or_else(|| view.words.text(kind)),
        amount: event.amount.zip(event.currency.as_ref()).map_or_else(String::new, |(amount, currency)| {
            let unit = 10_f64.powi(currency_places(currency) as i32);
            view.words.money(amount as f64 / unit, Some(currency))
        }),
        about,
        source: event.source.clone(),
    }
}

#[derive(Template)]
#[template(path = "customers/pages/timeline_page.html")]
struct TimelinePage {
    view: View,
    title: String,
    person: String,
    timeline: Timeline,
}

async fn timeline(view: View, Path(id): Path<String>, Query(which): Query<Which>) -> Answer {
    let survivor = view::survivor(&view.app, &id).await?;
    let timeline = Timeline::load(&view, &survivor, &which).await?;
    let person = view.href(&format!("/customers/{survivor}"));
    html(&TimelinePage { title: view.words.text("customer-timeline"), person, timeline, view })
}

async fn export(view: View, Path(id): Path<String>) -> Answer {
    let profile = view::profile(&view.app, &id, Show::ALL).await?;
    let mut transaction = view.app.database.begin().await?;
    audit::record(&mut transaction, &view.app, &view.caller, "customer.export", &profile.id, json!({})).await?;
    transaction.commit().await?;
    let text = serde_json::to_string_pretty(&profile).map_err(|error| Problem::internal(&error))?;
    let file = format!("attachment; filename=\"customer-{}.json\"", short(&profile.id));
    let headers = [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, text).into_response())
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

async fn add_note(view: View, Path(id): Path<String>, Fields(new): Fields<NewNote>) -> Answer {
    if !view.may(Permission::ReadPersonalData) {
        return Err(Problem::forbidden("notes are for who may see persons"));
    }
    match notes::add(&view.app, &view.caller, &id, &new.text).await {
        Ok(()) => Ok(back(&view, &id, "#notes")),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let most = view.words.number(notes::LETTERS_MAX as f64, 0);
            let why = view.words.with("customer-note-length", &[("most", most.into())]);
            person(view, &id, false, Some(("note", why, new.text))).await
        }
        Err(problem) => Err(problem),
    }
}

async fn remove_note(view: View, Path((id, note)): Path<(String, String)>) -> Answer {
    notes::remove(&view.app, &view.caller, &id, &note).await?;
    Ok(back(&view, &id, "#notes"))
}

#[derive(Deserialize)]
struct Consent {
    purpose: String,
    #[serde(default)]
    channel: String,
    state: ConsentState,
}

async fn add_consent(view: View, Path(id): Path<String>, Fields(form): Fields<Consent>) -> Answer {
    let channel = Some(form.channel).filter(|channel| !channel.trim().is_empty());
    let written = form.purpose.clone();
    let new = NewConsent::by_hand(form.purpose, channel, form.state);
    match actions::add_consents(&view.app, &view.caller, &id, vec![new]).await {
        Ok(()) => Ok(back(&view, &id, "#consents")),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let why = view.words.text("customer-consent-wrong");
            person(view, &id, false, Some(("consent", why, written))).await
        }
        Err(problem) => Err(problem),
    }
}

/// Why somebody is not to be contacted; empty where they may be again.
#[derive(Deserialize)]
struct Suppression {
    #[serde(default)]
    reason: String,
}

async fn suppress(view: View, Path(id): Path<String>, Fields(form): Fields<Suppression>) -> Answer {
    let reason: String = form.reason.trim().chars().filter(|letter| !letter.is_control()).take(100).collect();
    let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    actions::suppress(&view.app, &view.caller, &id, reason).await?;
    Ok(back(&view, &id, "#consents"))
}

#[derive(Deserialize)]
struct Unmerge {
    merge: String,
}

async fn unmerge(view: View, Path(id): Path<String>, Fields(form): Fields<Unmerge>) -> Answer {
    let (a, b) = actions::of_merge(&view.app, &form.merge).await?;
    let [one, _] = actions::unmerge(&view.app, &view.caller, &a, &b).await?;
    let there = view::survivor(&view.app, &id).await.unwrap_or(one);
    Ok(back(&view, &there, "#identity"))
}

#[derive(Deserialize)]
struct Erase {
    #[serde(default)]
    sure: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    suppress: String,
}

async fn erase(view: View, Path(id): Path<String>, Fields(form): Fields<Erase>) -> Answer {
    if form.sure != "yes" {
        let why = view.words.text("customer-erase-unsure");
        return person(view, &id, false, Some(("erase", why, form.reason))).await;
    }
    let reason: String = form.reason.trim().chars().filter(|letter| !letter.is_control()).take(200).collect();
    actions::erase(&view.app, &view.caller, &id, &reason, !form.suppress.is_empty()).await?;
    Ok(Redirect::to(&format!("{}?erased=true", view.href("/customers"))).into_response())
}

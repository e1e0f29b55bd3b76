//! The pages: all campaigns, one, and writing one; `calls` is whom to call, `policy` who may be told something.

mod calls;
mod policy;

use super::actions::{self, Draft};
use super::answers;
use super::definition::{Audience, Content, Definition, Timing, Variant};
use super::message::Filled;
use super::store::{self, Arm, Campaign, Counts, State};
use crate::access::Permission;
use crate::contacts::Channel;
use crate::platform::pages::{Answer, Form, html};
use crate::platform::problem::Fault;
use crate::platform::{Pages, Paging, Path, Problem, Query, Time, View};
use crate::report::charts::{self, Direction};
use crate::report::{Cell, Table};
use crate::segments;
use askama::Template;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use chrono::{NaiveDateTime, TimeZone};
use cvm_core::Language;
use cvm_core::text::Words;
use serde::Deserialize;
use std::collections::BTreeMap;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCampaigns, "/campaigns", get(list))
        .page(Permission::EditCampaigns, "/campaigns/new", get(begin).post(make))
                .page(Permission::ReadCampaigns, "/campaigns/{id}", get(show))
        .page(Permission::EditCampaigns, "/campaigns/{id}/edit", get(change).post(save))
        .part(Permission::ReadCampaigns, "/campaigns/{id}/message", get(message))
        .part(Permission::EditCampaigns, "/campaigns/{id}/do", post(act))
        .merge(calls::pages())
        .merge(policy::pages())
        .merge(answers::pages())
}

fn state_name(words: Words, state: State) -> String {
    words.text(match state {
        State::Draft => "campaigns-state-draft",
        State::Waiting => "campaigns-state-waiting",
        State::Scheduled => "campaigns-state-scheduled",
        State::Running => "campaigns-state-running",
        State::Paused => "campaigns-state-paused",
        State::Done => "campaigns-state-done",
        State::Stopped => "campaigns-state-stopped",
    })
}

/// What became of messages, and why: in words; what a carrier said stays as it was said.
fn reason_name(words: Words, reason: &str) -> String {
    words.text(match reason {
        "waiting" => "campaigns-message-waiting",
        "sending" => "campaigns-message-sending",
        "ready" => "campaigns-message-ready",
        "sent" => "campaigns-message-sent",
        "refused" => "campaigns-message-refused",
        "failed" => "campaigns-message-failed",
        "unknown" => "campaigns-message-unknown",
        "suppressed" => "campaigns-reason-suppressed",
        "no_consent" => "campaigns-reason-no_consent",
        "no_address" => "campaigns-reason-no_address",
        "global_control" => "campaigns-arm-global_control",
        "capped" => "campaigns-reason-capped",
        "gone" => "campaigns-reason-gone",
        "stopped" => "campaigns-reason-stopped",
        "interrupted" => "campaigns-reason-interrupted",
        "restored" => "campaigns-reason-restored",
        "template" => "campaigns-reason-template",
        other => return other.to_owned(),
    })
}

fn arm_name(words: Words, arm: Arm) -> String {
    words.text(match arm {
        Arm::Treated => "campaigns-arm-treated",
        Arm::Control => "campaigns-arm-control",
        Arm::GlobalControl => "campaigns-arm-global_control",
    })
}

struct Row {
    href: String,
    name: String,
    description: String,
    state: State,
    state_name: String,
    channel: String,
    audience: String,
    told: String,
    opened: String,
    clicked: String,
    when: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(view: View, Query(paging): Query<Paging>) -> Answer {
    let w = view.words;
    let page = store::list(&view.app, &paging).await?;
    let names: BTreeMap<String, String> = segments::names(&view.app, view.language()).await?.into_iter().collect();
    let mut rows = Vec::new();
    for campaign in &page.data {
        let counts = store::counts(&view.app.database, &campaign.id).await?;
        let sent = counts.messages.get("sent").copied().unwrap_or(0);
        let share = |part: i64| if sent > 0 { w.percent(part as f64 / sent as f64, 1) } else { String::new() };
        let audience = &campaign.definition.audience.any_of;
        let audience: Vec<String> = audience.iter().filter_map(|id| names.get(id).cloned()).collect();
        let when = campaign.started_at.or(campaign.due_at).unwrap_or(campaign.changed_at);
        rows.push(Row {
            href: view.href(&format!("/campaigns/{}", campaign.id)),
            name: campaign.name.clone(),
            description: campaign.definition.description.clone(),
            state: campaign.state,
            state_name: state_name(w, campaign.state),
            channel: campaign.definition.channel.words(w),
            audience: if audience.is_empty() { w.text("campaigns-everybody") } else { audience.join(", ") },
            told: view.count(&sent),
            opened: share(counts.opened),
            clicked: share(counts.clicked),
            when: view.moment(&when),
        });
    }
    let next = page.next_cursor.map(|cursor| format!("?cursor={cursor}"));
    html(&ListPage { title: w.text("campaigns-title"), rows, next, view })
}

struct Tile {
    name: String,
    figure: String,
    note: String,
}

/// What may be done now.
struct Way {
    action: &'static str,
    label: String,
    is_main: bool,
    question: Option<String>,
}

#[derive(Template)]
#[template(path = "campaigns/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    campaign: Campaign,
    state_name: String,
    facts: Vec<(String, String)>,
    ways: Vec<Way>,
    may_change: bool,
    tiles: Vec<Tile>,
    bar: String,
    messages: Table,
    members: Table,
    shown: Vec<Shown>,
    said: Option<String>,
}

/// A message as somebody would get it.
struct Shown {
    variant: String,
    language: String,
    code: Language,
    subject: String,
    text: String,
    page: Option<String>,
}

async fn show(view: View, Path(id): Path<String>) -> Answer {
    let campaign = store::get(&view.app, &id).await?;
    shown(view, campaign, None).await
}

async fn shown(view: View, campaign: Campaign, said: Option<String>) -> Answer {
    let w = view.words;
    let counts = store::counts(&view.app.database, &campaign.id).await?;
    let names: BTreeMap<String, String> = segments::names(&view.app, view.language()).await?.into_iter().collect();
    let mut examples = Vec::new();
    for variant in &campaign.definition.variants {
        for (code, content) in &variant.content {
            let Ok(language) = code.parse::<Language>() else { continue };
            let filled = actions::example(&view.app, &campaign, &variant.name, language).await;
            let filled = filled.unwrap_or_else(|problem| Filled {
                text: problem.detail().to_owned(),
                subject: content.subject.clone(),
                ..Filled::default()
            });
            let query = format!("?language={language}&variant={}", url_part(&variant.name));
            examples.push(Shown {
                variant: variant.name.clone(),
                language: language.own_name().to_owned(),
                code: language,
                subject: filled.subject,
                text: filled.text,
                page: (!filled.html.is_empty())
                    .then(|| view.href(&format!("/campaigns/{}/message{query}", campaign.id))),
            });
        }
    }
    let sent = counts.messages.get("sent").copied().unwrap_or(0);
    html(&ShowPage {
        title: campaign.name.clone(),
        state_name: state_name(w, campaign.state),
        facts: facts(&view, &campaign, &names),
        ways: ways(&view, &campaign),
        may_change: view.may(Permission::EditCampaigns)
            && matches!(campaign.state, State::Draft | State::Waiting | State::Scheduled)
            && campaign.started_at.is_none(),
        tiles: if counts.members.is_empty() { Vec::new() } else { tiles(&view, &counts, sent) },
        bar: bar(&view, &counts),
        messages: messages(&view, &counts),
        members: members(&view, &campaign, &counts),
        shown: examples,
        said,
        campaign,
        view,
    })
}

fn url_part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn facts(view: &View, campaign: &Campaign, names: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let (w, definition) = (view.words, &campaign.definition);
    let named = |ids: &[String]| -> String {
        let names: Vec<&str> = ids.iter().filter_map(|id| names.get(id).map(String::as_str)).collect();
        names.join(", ")
    };
    let audience = match definition.audience.any_of.is_empty() {
        true => w.text("campaigns-everybody"),
        false => named(&definition.audience.any_of),
    };
    let when = match &definition.timing {
        Timing::Now => w.text("campaigns-timing-now"),
        Timing::At(time) => view.moment(time),
        Timing::Every(pattern) => format!("{} ({pattern})", w.text("campaigns-timing-every")),
    };
    let mut facts =
        vec![(w.text("campaigns-channel"), definition.channel.words(w)), (w.text("campaigns-audience"), audience)];
    if !definition.audience.none_of.is_empty() {
        facts.push((w.text("campaigns-but"), named(&definition.audience.none_of)));
    }
    facts.push((w.text("campaigns-timing"), when));
    if definition.is_service {
        facts.push((w.text("campaigns-service"), w.text("campaigns-yes")));
    } else {
        facts.push((w.text("campaigns-control"), w.percent(definition.control_share, 1)));
    }
    if let Some(due) = campaign.due_at {
        facts.push((w.text("campaigns-next"), view.moment(&due)));
    }
    if let Some(started) = campaign.started_at {
        facts.push((w.text("campaigns-started"), view.moment(&started)));
    }
    if let Some(ended) = campaign.ended_at {
        facts.push((w.text("campaigns-ended"), view.moment(&ended)));
    }
    facts
}

fn ways(view: &View, campaign: &Campaign) -> Vec<Way> {
    let w = view.words;
    let (edits, approves) = (view.may(Permission::EditCampaigns), view.may(Permission::ApproveCampaigns));
    let way = |action, label: &str, is_main| Way { action, label: w.text(label), is_main, question: None };
    let ask =
        |action, label: &str, question: &str| Way { question: Some(w.text(question)), ..way(action, label, false) };
    let mut ways = Vec::new();
    if edits && campaign.state == State::Draft {
        ways.push(way("submit", if approves { "campaigns-start" } else { "campaigns-submit" }, true));
    }
    if approves && campaign.state == State::Waiting {
        ways.push(way("approve", "campaigns-approve", true));
    }
    if edits && matches!(campaign.state, State::Running | State::Scheduled) {
        ways.push(way("pause", "campaigns-pause", false));
    }
    if edits && campaign.state == State::Paused {
        ways.push(way("resume", "campaigns-resume", true));
    }
    if edits && matches!(campaign.state, State::Running | State::Scheduled | State::Paused) {
        ways.push(ask("stop", "campaigns-stop", "campaigns-stop-question"));
    }
    if edits && matches!(campaign.state, State::Draft | State::Waiting) {
        ways.push(ask("delete", "campaigns-delete", "campaigns-delete-question"));
    }
    ways
}

fn tiles(view: &View, counts: &Counts, sent: i64) -> Vec<Tile> {
    let w = view.words;
    let share = |part: i64| if sent > 0 { w.percent(part as f64 / sent as f64, 1) } else { "–".to_owned() };
    let tile = |name: &str, part: i64| Tile { name: w.text(name), figure: share(part), note: view.count(&part) };
    let money = |amount: i64| w.money_whole(amount as f64 / 10_000.0, Some(&view.app.config.currency));
    vec![
        Tile {
            name: w.text("campaigns-told"),
            figure: view.count(&sent),
            note: w.with(
                "campaigns-of_treated",
                &[("customers", counts.members.get("treated").map_or(0, |number| number.unsigned_abs()).into())],
            ),
        },
        tile("campaigns-opened", counts.opened),
        tile("campaigns-clicked", counts.clicked),
        tile("campaigns-unsubscribed_tile", counts.unsubscribed),
        tile("campaigns-bounced", counts.bounced),
        Tile { name: w.text("campaigns-cost"), figure: money(counts.cost), note: String::new() },
    ]
}

/// Where the messages stand, as one bar.
fn bar(view: &View, counts: &Counts) -> String {
    let all: i64 = counts.messages.values().sum();
    if all == 0 {
        return String::new();
    }
    let sent = counts.messages.get("sent").copied().unwrap_or(0);
    charts::share_bar(sent as f64 / all as f64, "a", Direction::of(view.language()))
}

fn messages(view: &View, counts: &Counts) -> Table {
    let w = view.words;
    let all: i64 = counts.messages.values().sum();
    let row = |name: String, number: i64| {
        let share = if all > 0 { w.percent(number as f64 / all as f64, 1) } else { String::new() };
        vec![Cell::Text(name), Cell::Number(view.count(&number)), Cell::Number(share)]
    };
    let states = counts.messages.iter().map(|(state, number)| row(reason_name(w, state), *number));
    let reasons = counts.reasons.iter().map(|(reason, number)| row(format!("– {}", reason_name(w, reason)), *number));
    let machines = (counts.machines > 0).then(|| row(w.text("campaigns-machines"), counts.machines));
    let heads =
        vec![(w.text("campaigns-what"), false), (w.text("campaigns-number"), true), (w.text("campaigns-share"), true)];
    let rows = states.chain(reasons).chain(machines).collect();
    Table::new(w, w.text("campaigns-messages"), "", heads, rows)
}

fn members(view: &View, campaign: &Campaign, counts: &Counts) -> Table {
    let w = view.words;
    let all: i64 = counts.members.values().sum();
    let row = |name: String, number: i64| {
        let share = if all > 0 { w.percent(number as f64 / all as f64, 1) } else { String::new() };
        vec![Cell::Text(name), Cell::Number(view.count(&number)), Cell::Number(share)]
    };
    let mut rows = Vec::new();
    for arm in [Arm::Treated, Arm::Control, Arm::GlobalControl] {
        let Some(number) = counts.members.get(arm.name()) else { continue };
        rows.push(row(arm_name(w, arm), *number));
        if arm == Arm::Treated && campaign.definition.variants.len() > 1 {
            rows.extend(counts.variants.iter().map(|(variant, number)| row(format!("– {variant}"), *number)));
        }
    }
    for (reason, number) in &campaign.left_out {
        let name = format!("{}: {}", w.text("campaigns-left_out"), reason_name(w, reason));
        rows.push(vec![Cell::Text(name), Cell::Number(w.number(*number as f64, 0)), Cell::Number(String::new())]);
    }
    let heads = vec![
        (w.text("campaigns-side"), false),
        (w.text("campaigns-customers"), true),
        (w.text("campaigns-share"), true),
    ];
    Table::new(w, w.text("campaigns-members"), "", heads, rows)
}

#[derive(Deserialize)]
struct Which {
    language: Language,
    variant: String,
}

/// The page of a message, alone: it may look as it likes and do nothing.
async fn message(view: View, Path(id): Path<String>, Query(Which { language, variant }): Query<Which>) -> Answer {
    let campaign = store::get(&view.app, &id).await?;
    let filled = actions::example(&view.app, &campaign, &variant, language).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
        ),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    Ok((headers, filled.html).into_response())
}

async fn act(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    let fields = Form::of(&body);
    let (app, caller) = (&view.app, &view.caller);
    let done = match fields.text("action").as_str() {
        "submit" => actions::submit(app, caller, &id).await,
        "approve" if view.may(Permission::ApproveCampaigns) => actions::approve(app, caller, &id).await,
        "approve" => Err(Problem::forbidden("approving needs the permission `campaigns.approve`")),
        "pause" => actions::pause(app, caller, &id).await,
        "resume" => actions::resume(app, caller, &id).await,
        "stop" => actions::stop(app, caller, &id).await,
        "delete" => {
            actions::delete(app, caller, &id).await?;
            return Ok(Redirect::to(&view.href("/campaigns")).into_response());
        }
        other => return Err(Problem::bad_request(format!("nothing can be done by the name `{other}`"))),
    };
    match done {
        Ok(campaign) => Ok(Redirect::to(&view.href(&format!("/campaigns/{}", campaign.id))).into_response()),
        // What is in the way is shown where it was asked for.
        Err(problem) if problem.status() == StatusCode::CONFLICT => {
            let campaign = store::get(&view.app, &id).await?;
            let (w, said) = (view.words, problem.detail().to_owned());
            let said = match view.app.outbox.channels.missing(campaign.definition.channel) {
                Some(_) => w.with("campaigns-no_carrier", &[("channel", campaign.definition.channel.words(w).into())]),
                None => said,
            };
            let page = shown(view, campaign, Some(said)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// A campaign being written.
#[derive(Template)]
#[template(path = "campaigns/pages/edit.html")]
struct EditPage {
    view: View,
    title: String,
    action: String,
    name: String,
    definition: Definition,
    control: String,
    version: Option<i64>,
    segments: Vec<(String, String)>,
    channels: Vec<(Channel, String)>,
    faults: BTreeMap<String, String>,
    at: String,
    cron: String,
}

impl EditPage {
    fn fault(&self, pointer: &str) -> &str {
        self.faults.get(pointer).map_or("", String::as_str)
    }

    fn languages(&self) -> [(Language, &'static str); 4] {
        Language::ALL.map(|language| (language, language.own_name()))
    }

    fn content(&self, variant: &Variant, language: &Language) -> Content {
        variant.content.get(language.code()).cloned().unwrap_or_default()
    }

    fn is_said(&self, variant: &Variant, language: &Language) -> bool {
        variant.content.contains_key(language.code()) || variant.content.is_empty() && *language == self.view.language()
    }
}

fn edit_page(
    view: View,
    action: String,
    (name, definition): (String, Definition),
    version: Option<i64>,
    segments: Vec<(String, String)>,
) -> EditPage {
    let w = view.words;
    let local = |time: &Time| {
        let time = chrono::DateTime::from_timestamp_micros(time.0).unwrap_or_default();
        time.with_timezone(&view.app.config.timezone).format("%Y-%m-%dT%H:%M").to_string()
    };
    EditPage {
        title: w.text(if version.is_some() { "campaigns-change" } else { "campaigns-new" }),
        action,
        name,
        control: w.number(definition.control_share * 100.0, 0),
        version,
        segments,
        channels: Channel::ALL.into_iter().map(|channel| (channel, channel.words(w))).collect(),
        faults: BTreeMap::new(),
        at: if let Timing::At(time) = &definition.timing { local(time) } else { String::new() },
        cron: if let Timing::Every(pattern) = &definition.timing { pattern.clone() } else { String::new() },
        definition,
        view,
    }
}

fn empty(name: &str) -> Variant {
    Variant { name: name.to_owned(), weight: 1.0, content: BTreeMap::new() }
}

#[derive(Deserialize)]
struct Begin {
    #[serde(default)]
    segment: String,
}

async fn begin(view: View, Query(Begin { segment }): Query<Begin>) -> Answer {
    let definition = Definition {
        description: String::new(),
        audience: Audience {
            any_of: Some(segment).filter(|id| !id.is_empty()).into_iter().collect(),
            none_of: Vec::new(),
        },
        channel: Channel::Email,
        variants: vec![empty("A")],
        control_share: 0.1,
        timing: Timing::Now,
        per_minute: None,
        is_service: false,
        result_days: 30,
    };
    let (segments, action) = (segments::names(&view.app, view.language()).await?, view.href("/campaigns/new"));
    html(&edit_page(view, action, (String::new(), definition), None, segments))
}

async fn change(view: View, Path(id): Path<String>) -> Answer {
    let campaign = store::get(&view.app, &id).await?;
    let (segments, action) =
        (segments::names(&view.app, view.language()).await?, view.href(&format!("/campaigns/{id}/edit")));
    html(&edit_page(view, action, (campaign.name, campaign.definition), Some(campaign.version), segments))
}

async fn make(view: View, body: Bytes) -> Answer {
    write(view, None, &Form::of(&body)).await
}

async fn save(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    write(view, Some(id), &Form::of(&body)).await
}

/// Takes the form: adds or takes away a variant, or makes or changes the campaign.
async fn write(view: View, id: Option<String>, fields: &Form) -> Answer {
    let w = view.words;
    let action = match &id {
        Some(id) => view.href(&format!("/campaigns/{id}/edit")),
        None => view.href("/campaigns/new"),
    };
    let (mut definition, unread) = definition(&view, fields);
    let version = fields.text("version").parse::<i64>().ok();
    let name = fields.text("name");
    let segments = segments::names(&view.app, view.language()).await?;
    if fields.has("add") {
        let letter = char::from(b'A' + u8::try_from(definition.variants.len()).unwrap_or(25).min(25));
        definition.variants.push(empty(&letter.to_string()));
        return html(&edit_page(view, action, (name, definition), version, segments));
    }
    if let Ok(place) = fields.text("remove").parse::<usize>() {
        if place < definition.variants.len() && definition.variants.len() > 1 {
            definition.variants.remove(place);
        }
        return html(&edit_page(view, action, (name, definition), version, segments));
    }
    let draft = Draft { name: name.clone(), definition: definition.clone(), version };
    let written = match &id {
        _ if !unread.is_empty() => Err(Problem::invalid(unread)),
        Some(id) => actions::update(&view.app, &view.caller, id, draft).await,
        None => actions::create(&view.app, &view.caller, draft).await,
    };
    match written {
        Ok(campaign) => Ok(Redirect::to(&view.href(&format!("/campaigns/{}", campaign.id))).into_response()),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let faults = problem.faults().iter().map(|fault| (fault.pointer.clone(), said(w, fault))).collect();
            let page = EditPage { faults, ..edit_page(view, action, (name, definition), version, segments) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What is wrong, in the words of the reader; what a template says of itself stays as it is.
pub(crate) fn said(words: Words, fault: &Fault) -> String {
    let field = fault.pointer.rsplit('/').next().unwrap_or_default();
    let is_template =
        !matches!(fault.detail.as_str(), "nothing is said" | "a letter needs a subject, a notice a title")
            && matches!(field, "subject" | "text" | "html");
    match field {
        _ if fault.detail.starts_with("this way carries no pages") => words.text("campaigns-fault-html"),
        _ if is_template => format!("{} {}", words.text("campaigns-fault-template"), fault.detail),
        "name" => words.text("campaigns-fault-name"),
        "subject" => words.text("campaigns-fault-subject"),
        "text" | "content" => words.text("campaigns-fault-text"),
        "control_share" => words.text("campaigns-fault-control"),
        "every" | "at" => words.text("campaigns-fault-timing"),
        "weight" => words.text("campaigns-fault-weight"),
        "per_minute" | "result_days" => words.text("campaigns-fault-number"),
        _ => fault.detail.clone(),
    }
}

fn definition(view: &View, fields: &Form) -> (Definition, Vec<Fault>) {
    let mut unread = Vec::new();
    let mut variants = Vec::new();
    for place in 0..10 {
        if !fields.has(&format!("v{place}.name")) {
            break;
        }
        let mut content = BTreeMap::new();
        for language in Language::ALL {
            let part = |name: &str| fields.text(&format!("v{place}.{language}.{name}"));
            let said = Content { subject: part("subject"), text: part("text"), html: part("html") };
            if said != Content::default() {
                content.insert(language.code().to_owned(), said);
            }
        }
        let weight = fields.number(&format!("v{place}.weight")).unwrap_or(0.0);
        variants.push(Variant { name: fields.text(&format!("v{place}.name")), weight, content });
    }
    let timing = match fields.text("timing").as_str() {
        "at" => {
            let time = NaiveDateTime::parse_from_str(&fields.text("at"), "%Y-%m-%dT%H:%M").ok();
            let time = time.and_then(|time| view.app.config.timezone.from_local_datetime(&time).earliest());
            match time {
                Some(time) => Timing::At(Time(time.timestamp_micros())),
                None => {
                    unread.push(Fault::new("/definition/timing/at", "expected a day and a time"));
                    Timing::Now
                }
            }
        }
        "every" => Timing::Every(fields.text("cron")),
        _ => Timing::Now,
    };
    let mut whole = |name: &str| {
        let number = fields.whole(name);
        if number.is_none() && !fields.text(name).is_empty() {
            unread.push(Fault::new(format!("/definition/{name}"), "expected a whole number"));
        }
        number
    };
    let (per_minute, result_days) = (whole("per_minute"), whole("result_days"));
    let segments = |name: &str| fields.all(name).into_iter().map(str::to_owned).collect();
    let definition = Definition {
        description: fields.text("description"),
        audience: Audience { any_of: segments("any_of"), none_of: segments("none_of") },
        channel: Channel::from_name(&fields.text("channel")).unwrap_or(Channel::Email),
        variants,
        control_share: fields.number("control").map_or(f64::NAN, |percent| percent / 100.0),
        timing,
        per_minute,
        is_service: fields.has("is_service"),
        result_days: result_days.unwrap_or(30),
    };
    (definition, unread)
}

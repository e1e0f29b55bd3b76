//! The pages: all campaigns, and one; `edit` is writing one, `conversion` what counts, `calls` whom to call, `printing` what the
//! printer gets, `policy` who may be told something.

mod calls;
mod conversion;
mod edit;
mod offerings;
mod policy;
mod printing;

pub(crate) use conversion::table as conversion_table;
pub(crate) use edit::said;

use super::actions;
use super::answers;
use super::definition::{Offering, Timing};
use super::message::Filled;
use super::store::{self, Arm, Campaign, Counts, OfferCounts, State};
use crate::access::Permission;
use crate::decisions::{self, Reason};
use crate::platform::pages::{Answer, Form, Going, html};
use crate::platform::{Pages, Paging, Path, Problem, Query, View};
use crate::report::charts::{self, Direction};
use crate::report::{Cell, Table};
use crate::segments;
use askama::Template;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::Language;
use cvm_core::text::Words;
pub(crate) use offerings::{offer_names, offering_name, offerings, written};
use serde::Deserialize;
use std::collections::BTreeMap;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCampaigns, "/campaigns", get(list))
        .page(Permission::ReadCampaigns, "/campaigns/{id}", get(show))
        .part(Permission::ReadCampaigns, "/campaigns/{id}/message", get(message))
        .part(Permission::EditCampaigns, "/campaigns/{id}/do", post(act))
        .merge(edit::pages())
        .merge(calls::pages())
        .merge(policy::pages())
        .merge(printing::pages())
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
        "nothing_worth" => "campaigns-reason-nothing_worth",
        "no_offer" => "campaigns-reason-no_offer",
        other => {
            let of_offer = Reason::ALL.into_iter().find(|reason| reason.name() == other);
            return of_offer.map_or_else(|| other.to_owned(), |reason| decisions::reason_name(words, reason));
        }
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
    going: Vec<Going>,
    offers: Option<Table>,
    conversions: Option<Table>,
    printed: Option<printing::Printed>,
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
    let offers = offer_names(&view).await?;
    for variant in &campaign.definition.variants {
        let subject = |language: &Language| variant.content.get(language.code()).map(|content| content.subject.clone());
        let languages: Vec<Language> = match &variant.offer {
            None => variant.content.keys().filter_map(|code| code.parse().ok()).collect(),
            Some(Offering::This(_)) => vec![view.language()],
            Some(offering @ Offering::Best(_)) => {
                examples.push(Shown {
                    variant: variant.name.clone(),
                    language: offering_name(w, &offers, offering),
                    code: view.language(),
                    subject: String::new(),
                    text: w.text("campaigns-offering-each"),
                    page: None,
                });
                continue;
            }
        };
        for language in languages {
            let filled = actions::example(&view.app, &campaign, &variant.name, language).await;
            let filled = filled.unwrap_or_else(|problem| Filled {
                text: problem.detail().to_owned(),
                subject: subject(&language).unwrap_or_default(),
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
        going: Going::all(&view, super::JOB.name, Some(&campaign.id)).await?,
        offers: (!counts.offers.is_empty()).then(|| made_offers(&view, &offers, &counts)),
        conversions: conversion::table(&view, &campaign).await?,
        printed: printing::printed(&view, &campaign, &counts).await?,
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
    if let Some(conversion) = &definition.conversion {
        facts.push((w.text("campaigns-conversion"), conversion::in_words(view, conversion)));
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
    let soft = (counts.soft_bounced > 0).then(|| row(w.text("campaigns-soft_bounced"), counts.soft_bounced));
    let heads =
        vec![(w.text("campaigns-what"), false), (w.text("campaigns-number"), true), (w.text("campaigns-share"), true)];
    let rows = states.chain(reasons).chain(machines).chain(soft).collect();
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

/// Which offers were made, and what became of them.
fn made_offers(view: &View, names: &BTreeMap<String, String>, counts: &Counts) -> Table {
    let w = view.words;
    let row = |offer: &OfferCounts| {
        let name = names.get(&offer.offer).unwrap_or(&offer.offer).clone();
        let numbers = [offer.chosen, offer.sent, offer.clicked];
        std::iter::once(Cell::Text(name)).chain(numbers.iter().map(|number| Cell::Number(view.count(number)))).collect()
    };
    let heads = vec![
        (w.text("campaigns-offer"), false),
        (w.text("campaigns-offer-chosen"), true),
        (w.text("campaigns-told"), true),
        (w.text("campaigns-clicked"), true),
    ];
    Table::new(w, w.text("campaigns-offers"), "", heads, counts.offers.iter().map(row).collect())
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

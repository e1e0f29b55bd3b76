//! Writing a campaign: the form, and what it says.

use super::super::actions::{self, Draft};
use super::super::definition::{Audience, Content, Definition, Timing, Variant};
use super::super::store;
use super::conversion;
use super::offerings::{offerings, written};
use crate::access::Permission;
use crate::contacts::Channel;
use crate::platform::pages::{Answer, Form, html};
use crate::platform::problem::Fault;
use crate::platform::{Pages, Path, Problem, Query, Time, View};
use crate::segments;
use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use chrono::{NaiveDateTime, TimeZone};
use cvm_core::Language;
use cvm_core::text::Words;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where a campaign is begun, and changed.
pub(super) fn pages() -> Pages {
    Pages::new().page(Permission::EditCampaigns, "/campaigns/new", get(begin).post(make)).page(
        Permission::EditCampaigns,
        "/campaigns/{id}/edit",
        get(change).post(save),
    )
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
    /// What variants can offer, as it is sent, with its name.
    offerings: Vec<(String, String)>,
    conversion: conversion::Fields,
    faults: BTreeMap<String, String>,
    at: String,
    cron: String,
}

impl EditPage {
    fn fault(&self, pointer: &str) -> &str {
        self.faults.get(pointer).map_or("", String::as_str)
    }

    fn fault_within(&self, pointer: &str) -> &str {
        self.faults.iter().find(|(place, _)| place.starts_with(pointer)).map_or("", |(_, fault)| fault)
    }

    fn languages(&self) -> [(Language, &'static str); 4] {
        Language::ALL.map(|language| (language, language.own_name()))
    }

    fn content(&self, variant: &Variant, language: &Language) -> Content {
        variant.content.get(language.code()).cloned().unwrap_or_default()
    }

    fn offers(&self, variant: &Variant, value: &str) -> bool {
        variant.offer.as_ref().is_some_and(|offering| written(offering) == value)
    }

    fn is_said(&self, variant: &Variant, language: &Language) -> bool {
        variant.content.contains_key(language.code()) || variant.content.is_empty() && *language == self.view.language()
    }
}

async fn edit_page(
    view: View,
    action: String,
    (name, definition): (String, Definition),
    version: Option<i64>,
) -> Result<EditPage, Problem> {
    let w = view.words;
    let segments = segments::names(&view.app, view.language()).await?;
    let own = definition.variants.iter().filter_map(|variant| variant.offer.as_ref());
    let offerings = offerings(&view, own).await?;
    let local = |time: &Time| {
        let time = chrono::DateTime::from_timestamp_micros(time.0).unwrap_or_default();
        time.with_timezone(&view.app.config.timezone).format("%Y-%m-%dT%H:%M").to_string()
    };
    Ok(EditPage {
        title: w.text(if version.is_some() { "campaigns-change" } else { "campaigns-new" }),
        action,
        name,
        control: w.number(definition.control_share * 100.0, 0),
        version,
        segments,
        channels: Channel::ALL.into_iter().map(|channel| (channel, channel.words(w))).collect(),
        offerings,
        conversion: conversion::Fields::of(definition.conversion.as_ref()),
        faults: BTreeMap::new(),
        at: if let Timing::At(time) = &definition.timing { local(time) } else { String::new() },
        cron: if let Timing::Every(pattern) = &definition.timing { pattern.clone() } else { String::new() },
        definition,
        view,
    })
}

fn empty(name: &str) -> Variant {
    Variant { name: name.to_owned(), weight: 1.0, content: BTreeMap::new(), offer: None }
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
        conversion: None,
    };
    let action = view.href("/campaigns/new");
    html(&edit_page(view, action, (String::new(), definition), None).await?)
}

async fn change(view: View, Path(id): Path<String>) -> Answer {
    let campaign = store::get(&view.app, &id).await?;
    let action = view.href(&format!("/campaigns/{id}/edit"));
    html(&edit_page(view, action, (campaign.name, campaign.definition), Some(campaign.version)).await?)
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
    if fields.has("add") {
        let letter = char::from(b'A' + u8::try_from(definition.variants.len()).unwrap_or(25).min(25));
        definition.variants.push(empty(&letter.to_string()));
        return html(&edit_page(view, action, (name, definition), version).await?);
    }
    if let Ok(place) = fields.text("remove").parse::<usize>() {
        if place < definition.variants.len() && definition.variants.len() > 1 {
            definition.variants.remove(place);
        }
        return html(&edit_page(view, action, (name, definition), version).await?);
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
            let page = EditPage { faults, ..edit_page(view, action, (name, definition), version).await? };
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
        _ if fault.detail.starts_with("it makes an offer") => words.text("campaigns-fault-own"),
        "offer" => words.text("campaigns-fault-offer"),
        _ if fault.pointer.starts_with("/definition/conversion") => words.text("campaigns-fault-conversion"),
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
        let offer = serde_json::from_str(&fields.text(&format!("v{place}.offer"))).ok();
        variants.push(Variant { name: fields.text(&format!("v{place}.name")), weight, content, offer });
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
        conversion: conversion::read(fields),
    };
    (definition, unread)
}

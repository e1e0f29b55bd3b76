//! The pages: all programmes with those that are there to begin with, one with how many are where, writing one.

use super::actions::{self, Draft};
use super::definition::Definition;
use super::ready::READY;
use super::step::{Kind, LocalTime, Step, Until};
use super::store::{self, Programme, State, StepCounts};
use super::writing::{self, Item, KINDS, Writing};
use crate::access::Permission;
use crate::campaigns::{self, Content, Offering};
use crate::contacts::Channel;
use crate::platform::pages::{Answer, Form, html};
use crate::platform::problem::Fault;
use crate::platform::{Pages, Path, Problem, View, webhook};
use crate::report::charts::{self, Direction};
use crate::report::{Cell, Table};
use crate::segments::{self, EventChoices};
use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::Language;
use cvm_core::segment::{Did, Happening, Naming, Node, Scalar};
use cvm_core::text::Words;
use std::collections::{BTreeMap, BTreeSet};

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCampaigns, "/programmes", get(list))
        .part(Permission::EditCampaigns, "/programmes/ready", post(make_ready))
        .page(Permission::EditCampaigns, "/programmes/new", get(begin).post(make))
        .page(Permission::ReadCampaigns, "/programmes/{id}", get(show))
        .page(Permission::EditCampaigns, "/programmes/{id}/edit", get(change).post(save))
        .part(Permission::EditCampaigns, "/programmes/{id}/do", post(act))
}

fn state_name(words: Words, state: State) -> String {
    words.text(match state {
        State::Draft => "campaigns-state-draft",
        State::Running => "campaigns-state-running",
        State::Paused => "campaigns-state-paused",
        State::Stopped => "campaigns-state-stopped",
    })
}

struct Row {
    href: String,
    name: String,
    description: String,
    state: State,
    state_name: String,
    entry: String,
    entered: String,
    on_their_way: String,
}

struct ReadyRow {
    id: &'static str,
    name: String,
    why: String,
}

#[derive(Template)]
#[template(path = "programmes/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    rows: Vec<Row>,
    ready: Vec<ReadyRow>,
}

async fn list(view: View) -> Answer {
    let w = view.words;
    let names: BTreeMap<String, String> = segments::names(&view.app, view.language()).await?.into_iter().collect();
    let mut rows = Vec::new();
    for programme in store::list(&view.app.database).await? {
        let counts = store::counts(&view.app.database, &programme.id).await?;
        rows.push(Row {
            href: view.href(&format!("/programmes/{}", programme.id)),
            name: programme.name,
            description: programme.definition.description,
            state: programme.state,
            state_name: state_name(w, programme.state),
            entry: match &programme.definition.on_event {
                Some(event) => said_event(&view, event),
                None => names.get(&programme.definition.entry).cloned().unwrap_or_default(),
            },
            entered: view.count(&counts.entered),
            on_their_way: view.count(&counts.on_their_way()),
        });
    }
    let ready =
        READY.iter().map(|ready| ReadyRow { id: ready.id, name: w.text(ready.name), why: w.text(ready.description) });
    html(&ListPage { title: w.text("programmes-title"), rows, ready: ready.collect(), view })
}

async fn make_ready(view: View, body: Bytes) -> Answer {
    let wanted = Form::of(&body).text("ready");
    let ready = READY.iter().find(|ready| ready.id == wanted);
    let ready = ready.ok_or_else(|| Problem::not_found(format!("there is no ready programme `{wanted}`")))?;
    let programme = actions::create_ready(&view.app, &view.caller, ready, view.language()).await?;
    Ok(Redirect::to(&view.href(&format!("/programmes/{}", programme.id))).into_response())
}

/// A step in the picture of the way.
struct StepRow {
    number: i64,
    what: String,
    detail: String,
    texts: Vec<(Language, String, String)>,
    here: String,
    passed: String,
    left: String,
    /// How many are here, beside the step where most are.
    bar: String,
    has_ways: bool,
}

/// A part of the picture, from the first to the last.
enum Drawn {
    Step(StepRow),
    /// What one of several ways is, and how many took it.
    Way(String, String, bool),
    EndWay(bool),
    End,
}

/// An event in words.
fn said_event(view: &View, event: &Happening) -> String {
    let naming = Naming { currency: &view.app.config.currency, segment: &|_| None };
    Node::Did(Did { event: event.clone(), when: None, times: None, spending: None }).phrase(view.words, &naming)
}

#[derive(Template)]
#[template(path = "programmes/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    programme: Programme,
    state_name: String,
    facts: Vec<(String, String)>,
    tiles: Vec<(String, String)>,
    drawn: Vec<Drawn>,
    table: Table,
    ways: Vec<(&'static str, String, Option<String>)>,
    may_change: bool,
    said: Option<String>,
}

async fn show(view: View, Path(id): Path<String>) -> Answer {
    let programme = store::get(&view.app, &id).await?;
    shown(view, programme, None).await
}

async fn shown(view: View, programme: Programme, said: Option<String>) -> Answer {
    let w = view.words;
    let names: BTreeMap<String, String> = segments::names(&view.app, view.language()).await?.into_iter().collect();
    let counts = store::counts(&view.app.database, &programme.id).await?;
    let name = |id: &str| names.get(id).cloned().unwrap_or_default();
    let definition = &programme.definition;
    let mut facts = Vec::new();
    facts.extend(definition.on_event.as_ref().map(|event| (w.text("programmes-begins"), said_event(&view, event))));
    if !definition.entry.is_empty() {
        let label = if definition.on_event.is_some() { "programmes-only_in" } else { "programmes-entry" };
        facts.push((w.text(label), name(&definition.entry)));
    }
    facts.extend(definition.goal.as_ref().map(|goal| (w.text("programmes-goal"), name(goal))));
    let again =
        definition.again_after_days.map(|days| w.with("programmes-again-days", &[("days", u64::from(days).into())]));
    facts.push((w.text("programmes-again"), again.unwrap_or_else(|| w.text("programmes-never"))));
    facts.push((w.text("campaigns-control"), w.percent(definition.control_share, 0)));
    facts.extend(programme.started_at.map(|time| (w.text("campaigns-started"), view.moment(&time))));
    let edits = view.may(Permission::EditCampaigns);
    let endpoints = webhook::list(&view.app).await?.into_iter().map(|endpoint| (endpoint.id, endpoint.name)).collect();
    let offers = campaigns::offer_names(&view).await?;
    let drawing = Drawing { view: &view, segments: &names, offers: &offers, endpoints, counts: &counts };
    html(&ShowPage {
        title: programme.name.clone(),
        state_name: state_name(w, programme.state),
        facts,
        tiles: tiles(&view, &counts),
        drawn: drawing.draw(definition),
        table: drawing.table(definition),
        ways: ways(&view, programme.state),
        may_change: edits && matches!(programme.state, State::Draft | State::Paused),
        said,
        programme,
        view,
    })
}

fn tiles(view: &View, counts: &StepCounts) -> Vec<(String, String)> {
    let w = view.words;
    let ended = |name: &str| view.count(counts.ended.get(name).unwrap_or(&0));
    vec![
        (w.text("programmes-entered"), view.count(&counts.entered)),
        (w.text("programmes-on_their_way"), view.count(&counts.on_their_way())),
        (w.text("programmes-done"), ended("done")),
        (w.text("programmes-left"), ended("left")),
        (w.text("programmes-reached"), ended("goal")),
        (w.text("programmes-control"), ended("control")),
    ]
}

/// What steps are drawn with.
struct Drawing<'a> {
    view: &'a View,
    segments: &'a BTreeMap<String, String>,
    /// Names of offers by their ids.
    offers: &'a BTreeMap<String, String>,
    endpoints: BTreeMap<String, String>,
    counts: &'a StepCounts,
}

impl Drawing<'_> {
    fn draw(&self, definition: &Definition) -> Vec<Drawn> {
        let items = writing::items(definition);
        let drawn = items.iter().map(|item| match item {
            Item::Step(written) => Drawn::Step(self.row(written.step, written.has_ways)),
            Item::Way(way) => {
                let step = definition.all().into_iter().find(|step| step.id == way.of);
                let name = step.map_or_else(String::new, |step| self.way(&step.kind, way.way));
                Drawn::Way(name, self.view.count(&self.took(way.of, way.way)), way.is_empty)
            }
            Item::EndWay(_) => Drawn::EndWay(false),
            Item::End => Drawn::End,
        });
        let mut drawn: Vec<Drawn> = drawn.collect();
        // The last of the ways that part at a step closes them all.
        for at in 1..drawn.len() {
            if matches!(drawn[at], Drawn::End) && matches!(drawn[at - 1], Drawn::EndWay(_)) {
                drawn[at - 1] = Drawn::EndWay(true);
            }
        }
        drawn
    }

    /// The same as a table.
    fn table(&self, definition: &Definition) -> Table {
        let w = self.view.words;
        let heads = [
            ("programmes-step", false),
            ("programmes-what", false),
            ("programmes-which_way", false),
            ("programmes-here", true),
            ("programmes-went_on", true),
            ("programmes-left_here", true),
        ];
        let (mut rows, mut ways) = (Vec::new(), Vec::new());
        for item in writing::items(definition) {
            match item {
                Item::Step(written) => {
                    let row = self.row(written.step, written.has_ways);
                    let what = [row.what, row.detail].into_iter().filter(|text| !text.is_empty());
                    rows.push(vec![
                        Cell::Text(w.number(row.number as f64, 0)),
                        Cell::Foreign(what.collect::<Vec<_>>().join(": "), None),
                        Cell::Foreign(ways.join(" · "), None),
                        Cell::Number(row.here),
                        Cell::Number(row.passed),
                        Cell::Number(row.left),
                    ]);
                }
                Item::Way(way) => {
                    let step = definition.all().into_iter().find(|step| step.id == way.of);
                    ways.push(step.map_or_else(String::new, |step| self.way(&step.kind, way.way)));
                }
                Item::EndWay(_) => drop(ways.pop()),
                Item::End => {}
            }
        }
        let heads = heads.into_iter().map(|(id, number)| (w.text(id), number)).collect();
        Table::new(w, w.text("programmes-steps"), "", heads, rows)
    }

    fn took(&self, step: Option<u32>, way: usize) -> i64 {
        let ways = step.and_then(|step| self.counts.passed.get(&i64::from(step)));
        ways.and_then(|ways| ways.get(way)).copied().unwrap_or(0)
    }

    fn row(&self, step: &Step, has_ways: bool) -> StepRow {
        let (view, id) = (self.view, step.id.map_or(0, i64::from));
        let most = self.counts.at.values().copied().max().unwrap_or(0).max(1);
        let here = self.counts.at.get(&id).copied().unwrap_or(0);
        let (detail, texts) = self.said(&step.kind);
        StepRow {
            number: id + 1,
            what: view.words.text(writing::title_of(&step.kind)),
            detail,
            texts,
            here: view.count(&here),
            passed: view.count(&self.counts.passed.get(&id).map_or(0, |ways| ways.iter().sum())),
            left: view.count(self.counts.left.get(&id).unwrap_or(&0)),
            bar: charts::share_bar(here as f64 / most as f64, "a", Direction::of(view.language())),
            has_ways,
        }
    }

    fn segment(&self, id: &str) -> String {
        self.segments.get(id).cloned().unwrap_or_default()
    }

    /// What one of several ways is.
    fn way(&self, kind: &Kind, way: usize) -> String {
        let w = self.view.words;
        match (kind, way) {
            (Kind::Split { paths }, _) => {
                let all: f64 = paths.iter().map(|path| path.weight).sum();
                let share = |weight: f64| w.percent(weight / all, 0);
                let path = paths.get(way);
                path.map_or_else(String::new, |path| format!("{} · {}", path.name, share(path.weight)))
            }
            (Kind::Branch { segment, .. }, 0) => {
                w.with("programmes-branch-in", &[("segment", self.segment(segment).into())])
            }
            _ => w.text("programmes-branch-others"),
        }
    }

    /// A step in words, and what it says.
    fn said(&self, kind: &Kind) -> (String, Vec<(Language, String, String)>) {
        let w = self.view.words;
        let detail = match kind {
            Kind::Wait { hours } => match hours % 24 {
                0 => w.with("programmes-days", &[("days", u64::from(hours / 24).into())]),
                _ => w.with("programmes-hours", &[("hours", u64::from(*hours).into())]),
            },
            Kind::WaitUntil(until) => self.until(until),
            Kind::WaitForTime(time) => self.time(time),
            Kind::OnlyIf { segment, is_in } => {
                let goes_on = if *is_in { "programmes-only_in" } else { "programmes-only_out" };
                format!("{}: {}", w.text(goes_on), self.segment(segment))
            }
            Kind::Branch { segment, .. } => self.segment(segment),
            Kind::Split { .. } => String::new(),
            Kind::Send { channel, offer: Some(offer), .. } => {
                format!("{} · {}", channel.words(w), campaigns::offering_name(w, self.offers, offer))
            }
            Kind::Send { channel, .. } => channel.words(w),
            Kind::Webhook { endpoint } => self.endpoints.get(endpoint).cloned().unwrap_or_default(),
            Kind::UpdateProfile { attribute, value } => format!("{attribute} = {}", written(value)),
        };
        let texts = match kind {
            Kind::Send { content, .. } => {
                let said = |(code, content): (&String, &Content)| {
                    let text = if content.text.is_empty() { &content.html } else { &content.text };
                    Some((code.parse().ok()?, content.subject.clone(), text.clone()))
                };
                content.iter().filter_map(said).collect()
            }
            _ => Vec::new(),
        };
        (detail, texts)
    }

    fn until(&self, until: &Until) -> String {
        let w = self.view.words;
        let what = match (&until.event, &until.segment) {
            (Some(event), _) => said_event(self.view, event),
            (None, Some(segment)) => self.segment(segment),
            (None, None) => String::new(),
        };
        let days = ("days", u64::from(until.at_most_days).into());
        let id = if until.or_leave { "programmes-until-leaves" } else { "programmes-until-goes_on" };
        w.with(id, &[("what", what.into()), days])
    }

    fn time(&self, time: &LocalTime) -> String {
        let w = self.view.words;
        let days = time.weekdays.iter().filter_map(|&day| WEEKDAYS.get(usize::from(day).checked_sub(1)?));
        let days: Vec<String> = days.map(|id| w.text(id)).collect();
        [vec![w.clock(time.at)], days].concat().join(" · ")
    }
}

/// The ids of the names of the days of the week.
const WEEKDAYS: [&str; 7] = [
    "programmes-monday",
    "programmes-tuesday",
    "programmes-wednesday",
    "programmes-thursday",
    "programmes-friday",
    "programmes-saturday",
    "programmes-sunday",
];

/// A value as people write it.
fn written(value: &Scalar) -> String {
    match value {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    }
}

fn ways(view: &View, state: State) -> Vec<(&'static str, String, Option<String>)> {
    let w = view.words;
    let (edits, approves) = (view.may(Permission::EditCampaigns), view.may(Permission::ApproveCampaigns));
    let mut ways = Vec::new();
    if approves && matches!(state, State::Draft | State::Paused) {
        let label = if state == State::Draft { "campaigns-start" } else { "campaigns-resume" };
        ways.push(("start", w.text(label), None));
    }
    if edits && state == State::Running {
        ways.push(("pause", w.text("campaigns-pause"), None));
    }
    if edits && matches!(state, State::Running | State::Paused) {
        ways.push(("stop", w.text("campaigns-stop"), Some(w.text("programmes-stop-question"))));
    }
    if edits && state == State::Draft {
        ways.push(("delete", w.text("campaigns-delete"), Some(w.text("programmes-delete-question"))));
    }
    ways
}

async fn act(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    let (app, caller) = (&view.app, &view.caller);
    let done = match Form::of(&body).text("action").as_str() {
        "start" if view.may(Permission::ApproveCampaigns) => actions::start(app, caller, &id).await,
        "start" => Err(Problem::forbidden("starting needs the permission `campaigns.approve`")),
        "pause" => actions::pause(app, caller, &id).await,
        "stop" => actions::stop(app, caller, &id).await,
        "delete" => {
            actions::delete(app, caller, &id).await?;
            return Ok(Redirect::to(&view.href("/programmes")).into_response());
        }
        other => return Err(Problem::bad_request(format!("nothing can be done by the name `{other}`"))),
    };
    match done {
        Ok(programme) => Ok(Redirect::to(&view.href(&format!("/programmes/{}", programme.id))).into_response()),
        // What is in the way is shown where it was asked for.
        Err(problem) if problem.status() == StatusCode::CONFLICT => {
            let programme = store::get(&view.app, &id).await?;
            let w = view.words;
            let campaigns = programme.definition.campaigns();
            let without = campaigns.iter().find(|(_, it)| view.app.outbox.channels.missing(it.channel).is_some());
            let said = without.map(|(_, it)| {
                let channel = it.channel.words(w);
                w.with("campaigns-no_carrier", &[("channel", channel.into())])
            });
            let said = said.unwrap_or_else(|| problem.detail().to_owned());
            let page = shown(view, programme, Some(said)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

#[derive(Template)]
#[template(path = "programmes/pages/edit.html")]
struct EditPage {
    view: View,
    title: String,
    action: String,
    name: String,
    definition: Definition,
    version: Option<i64>,
    control: String,
    choices: Choices,
    on_event: BTreeMap<String, String>,
    faults: BTreeMap<String, String>,
    /// How many are at each step.
    at: BTreeMap<i64, i64>,
}

/// What the form lets people choose from: ids and names.
struct Choices {
    segments: Vec<(String, String)>,
    channels: Vec<(Channel, String)>,
    endpoints: Vec<(String, String)>,
    /// As they are sent, and as they are called.
    offerings: Vec<(String, String)>,
    kinds: Vec<(&'static str, String)>,
    weekdays: Vec<(u8, String)>,
    events: EventChoices,
}

impl EditPage {
    fn fault(&self, pointer: &str) -> &str {
        self.faults.get(pointer).map_or("", String::as_str)
    }

    /// The first fault of what is within a part.
    fn fault_within(&self, pointer: &str) -> &str {
        let first = self.faults.range(pointer.to_owned()..).next();
        first.filter(|(at, _)| at.starts_with(pointer)).map_or("", |(_, said)| said)
    }

    fn offers(&self, offer: Option<&Offering>, value: &str) -> bool {
        offer.is_some_and(|offering| campaigns::written(offering) == value)
    }

    fn languages(&self) -> [(Language, &'static str); 4] {
        Language::ALL.map(|language| (language, language.own_name()))
    }

    fn content(&self, content: &BTreeMap<String, Content>, language: &Language) -> Content {
        content.get(language.code()).cloned().unwrap_or_default()
    }

    fn items(&self) -> Vec<Item<'_>> {
        writing::items(&self.definition)
    }

    fn title_of(&self, kind: &Kind) -> String {
        self.view.words.text(writing::title_of(kind))
    }

    /// How many stand at a step, where anybody does.
    fn here(&self, step: &Step) -> Option<String> {
        let people = self.at.get(&step.id.map(i64::from)?).copied().and_then(|people| u64::try_from(people).ok())?;
        Some(self.view.words.with("programmes-people-here", &[("people", people.into())]))
    }

    fn written(&self, value: &Scalar) -> String {
        written(value)
    }

    fn number(&self, value: &f64) -> String {
        if value.is_finite() { value.to_string() } else { String::new() }
    }
}

/// The form of a new programme, or of one that is there.
struct Editing {
    action: String,
    version: Option<i64>,
    at: BTreeMap<i64, i64>,
}

impl Editing {
    async fn of(view: &View, id: Option<&str>, version: Option<i64>) -> Result<Self, Problem> {
        Ok(match id {
            Some(id) => Self {
                action: view.href(&format!("/programmes/{id}/edit")),
                version,
                at: store::counts(&view.app.database, id).await?.at,
            },
            None => Self { action: view.href("/programmes/new"), version: None, at: BTreeMap::new() },
        })
    }

    async fn page(self, view: View, (name, definition): (String, Definition)) -> Result<EditPage, Problem> {
        let w = view.words;
        let mut events = EventChoices::of(&view.app, w).await?;
        let waited = definition.all().into_iter().filter_map(|step| match &step.kind {
            Kind::WaitUntil(until) => until.event.as_ref(),
            _ => None,
        });
        definition.on_event.iter().chain(waited).for_each(|event| events.keep(event));
        let endpoints = webhook::list(&view.app).await?.into_iter();
        let choices = Choices {
            segments: segments::names(&view.app, view.language()).await?,
            channels: Channel::ALL.into_iter().map(|channel| (channel, channel.words(w))).collect(),
            endpoints: endpoints.map(|endpoint| (endpoint.id, endpoint.name)).collect(),
            offerings: campaigns::offerings(&view, definition.offers().into_iter().map(|(.., offer)| offer)).await?,
            kinds: KINDS.into_iter().map(|(name, title)| (name, w.text(title))).collect(),
            weekdays: (1..).zip(WEEKDAYS.map(|id| w.text(id))).collect(),
            events,
        };
        Ok(EditPage {
            title: w.text(if self.version.is_some() { "programmes-change" } else { "programmes-new" }),
            action: self.action,
            name,
            version: self.version,
            control: w.number(definition.control_share * 100.0, 0),
            on_event: definition.on_event.as_ref().map(segments::event_fields).unwrap_or_default(),
            definition,
            choices,
            faults: BTreeMap::new(),
            at: self.at,
            view,
        })
    }
}

async fn begin(view: View) -> Answer {
    let segments = segments::names(&view.app, view.language()).await?;
    let definition = Definition {
        description: String::new(),
        entry: segments.first().map_or(String::new(), |(id, _)| id.clone()),
        on_event: None,
        again_after_days: None,
        goal: None,
        control_share: 0.1,
        steps: vec![Kind::Send { channel: Channel::Email, content: BTreeMap::new(), offer: None }.into()],
        result_days: 30,
    };
    let editing = Editing::of(&view, None, None).await?;
    html(&editing.page(view, (String::new(), definition)).await?)
}

async fn change(view: View, Path(id): Path<String>) -> Answer {
    let programme = store::get(&view.app, &id).await?;
    let editing = Editing::of(&view, Some(&id), Some(programme.version)).await?;
    html(&editing.page(view, (programme.name, programme.definition)).await?)
}

async fn make(view: View, body: Bytes) -> Answer {
    write(view, None, &Form::of(&body)).await
}

async fn save(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    write(view, Some(id), &Form::of(&body)).await
}

/// Takes the form: does what a button of it asks for, or makes or changes the programme.
async fn write(view: View, id: Option<String>, fields: &Form) -> Answer {
    let w = view.words;
    let (name, version) = (fields.text("name"), fields.text("version").parse::<i64>().ok());
    let mut writing = Writing::of(fields);
    let definition = writing.definition();
    let editing = Editing::of(&view, id.as_deref(), version).await?;
    if writing.is_changed {
        return html(&editing.page(view, (name, definition)).await?);
    }
    let mut faults: BTreeMap<String, String> =
        writing.faults.iter().map(|(pointer, fault)| (pointer.clone(), w.text(fault))).collect();
    if faults.is_empty() {
        let draft = Draft { name: name.clone(), definition: definition.clone(), version };
        let written = match &id {
            Some(id) => actions::update(&view.app, &view.caller, id, draft).await,
            None => actions::create(&view.app, &view.caller, draft).await,
        };
        match written {
            Ok(programme) => {
                return Ok(Redirect::to(&view.href(&format!("/programmes/{}", programme.id))).into_response());
            }
            Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                faults = problem.faults().iter().map(|fault| (fault.pointer.clone(), said(w, fault))).collect();
            }
            Err(problem) => return Err(problem),
        }
    }
    let page = EditPage { faults, ..editing.page(view, (name, definition)).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
}

/// What is wrong, in the words of the reader.
fn said(words: Words, fault: &Fault) -> String {
    let parts: BTreeSet<&str> = fault.pointer.split('/').collect();
    if parts.contains("event") || parts.contains("on_event") {
        return words.text("programmes-fault-event");
    }
    words.text(match fault.pointer.rsplit('/').next().unwrap_or_default() {
        "hours" => "programmes-fault-hours",
        "at_most_days" => "programmes-fault-days",
        "weekdays" => "programmes-fault-weekdays",
        "steps" => "programmes-fault-steps",
        "paths" => "programmes-fault-paths",
        "weight" => "programmes-fault-weight",
        "entry" | "goal" | "segment" => "programmes-fault-segment",
        "endpoint" => "programmes-fault-endpoint",
        "attribute" | "value" => "programmes-fault-attribute",
        _ => return campaigns::said(words, fault),
    })
}

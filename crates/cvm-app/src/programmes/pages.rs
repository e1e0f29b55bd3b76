//! The pages: all programmes with those that are there to begin with, one with how many are where, writing one.

use super::actions::{self, Draft};
use super::definition::{Definition, Step};
use super::ready::READY;
use super::store::{self, Programme, State, StepCounts};
use crate::access::Permission;
use crate::campaigns::Content;
use crate::contacts::Channel;
use crate::platform::pages::{Answer, Form, html};
use crate::platform::problem::Fault;
use crate::platform::{Pages, Path, Problem, View};
use crate::report::charts::{self, Direction};
use crate::segments;
use askama::Template;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::Language;
use cvm_core::text::Words;
use std::collections::BTreeMap;

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
            entry: names.get(&programme.definition.entry).cloned().unwrap_or_default(),
            entered: view.count(&counts.entered),
            on_their_way: view.count(&counts.before.values().sum()),
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

struct StepRow {
    what: String,
    detail: String,
    texts: Vec<(Language, String, String)>,
    waiting: String,
    bar: String,
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
    steps: Vec<StepRow>,
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
    let mut facts = vec![(w.text("programmes-entry"), name(&definition.entry))];
    facts.extend(definition.goal.as_ref().map(|goal| (w.text("programmes-goal"), name(goal))));
    let again =
        definition.again_after_days.map(|days| w.with("programmes-again-days", &[("days", u64::from(days).into())]));
    facts.push((w.text("programmes-again"), again.unwrap_or_else(|| w.text("programmes-never"))));
    facts.push((w.text("campaigns-control"), w.percent(definition.control_share, 0)));
    facts.extend(programme.started_at.map(|time| (w.text("campaigns-started"), view.moment(&time))));
    let edits = view.may(Permission::EditCampaigns);
    html(&ShowPage {
        title: programme.name.clone(),
        state_name: state_name(w, programme.state),
        facts,
        tiles: tiles(&view, &counts),
        steps: steps(&view, definition, &counts, &name),
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
        (w.text("programmes-on_their_way"), view.count(&counts.before.values().sum())),
        (w.text("programmes-done"), ended("done")),
        (w.text("programmes-left"), ended("left")),
        (w.text("programmes-reached"), ended("goal")),
        (w.text("programmes-control"), ended("control")),
    ]
}

fn steps(view: &View, definition: &Definition, counts: &StepCounts, name: &dyn Fn(&str) -> String) -> Vec<StepRow> {
    let w = view.words;
    let most = counts.before.values().copied().max().unwrap_or(0).max(1);
    let one = |(place, step): (usize, &Step)| {
        let (what, detail, texts) = match step {
            Step::Wait { hours } => {
                let detail = match hours % 24 {
                    0 => w.with("programmes-days", &[("days", u64::from(hours / 24).into())]),
                    _ => w.with("programmes-hours", &[("hours", u64::from(*hours).into())]),
                };
                (w.text("programmes-wait"), detail, Vec::new())
            }
            Step::OnlyIf { segment, is_in: true } => (w.text("programmes-only_in"), name(segment), Vec::new()),
            Step::OnlyIf { segment, is_in: false } => (w.text("programmes-only_out"), name(segment), Vec::new()),
            Step::Send { channel, content } => {
                let said = |(code, content): (&String, &Content)| {
                    let text = if content.text.is_empty() { &content.html } else { &content.text };
                    Some((code.parse().ok()?, content.subject.clone(), text.clone()))
                };
                let texts = content.iter().filter_map(said).collect();
                (w.text("programmes-send"), channel.words(w), texts)
            }
        };
        let waiting = counts.before.get(&(place as i64)).copied().unwrap_or(0);
        StepRow {
            what,
            detail,
            texts,
            waiting: view.count(&waiting),
            bar: charts::share_bar(waiting as f64 / most as f64, "a", Direction::of(view.language())),
        }
    };
    definition.steps.iter().enumerate().map(one).collect()
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
    segments: Vec<(String, String)>,
    channels: Vec<(Channel, String)>,
    faults: BTreeMap<String, String>,
}

impl EditPage {
    fn fault(&self, pointer: &str) -> &str {
        self.faults.get(pointer).map_or("", String::as_str)
    }

    fn languages(&self) -> [(Language, &'static str); 4] {
        Language::ALL.map(|language| (language, language.own_name()))
    }

    fn content(&self, content: &BTreeMap<String, Content>, language: &Language) -> Content {
        content.get(language.code()).cloned().unwrap_or_default()
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
    EditPage {
        title: w.text(if version.is_some() { "programmes-change" } else { "programmes-new" }),
        action,
        name,
        version,
        control: w.number(definition.control_share * 100.0, 0),
        definition,
        segments,
        channels: Channel::ALL.into_iter().map(|channel| (channel, channel.words(w))).collect(),
        faults: BTreeMap::new(),
        view,
    }
}

async fn begin(view: View) -> Answer {
    let segments = segments::names(&view.app, view.language()).await?;
    let definition = Definition {
        description: String::new(),
        entry: segments.first().map_or(String::new(), |(id, _)| id.clone()),
        again_after_days: None,
        goal: None,
        control_share: 0.1,
        steps: vec![Step::Send { channel: Channel::Email, content: BTreeMap::new() }],
        result_days: 30,
    };
    let action = view.href("/programmes/new");
    html(&edit_page(view, action, (String::new(), definition), None, segments))
}

async fn change(view: View, Path(id): Path<String>) -> Answer {
    let programme = store::get(&view.app, &id).await?;
    let segments = segments::names(&view.app, view.language()).await?;
    let action = view.href(&format!("/programmes/{id}/edit"));
    html(&edit_page(view, action, (programme.name, programme.definition), Some(programme.version), segments))
}

async fn make(view: View, body: Bytes) -> Answer {
    write(view, None, &Form::of(&body)).await
}

async fn save(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    write(view, Some(id), &Form::of(&body)).await
}

/// Takes the form: adds or takes away a step, or makes or changes the programme.
async fn write(view: View, id: Option<String>, fields: &Form) -> Answer {
    let w = view.words;
    let action = match &id {
        Some(id) => view.href(&format!("/programmes/{id}/edit")),
        None => view.href("/programmes/new"),
    };
    let segments = segments::names(&view.app, view.language()).await?;
    let mut definition = definition(fields);
    let (name, version) = (fields.text("name"), fields.text("version").parse::<i64>().ok());
    let added = match fields.text("add").as_str() {
        "wait" => Some(Step::Wait { hours: 24 }),
        "only_if" => Some(Step::OnlyIf { segment: definition.entry.clone(), is_in: true }),
        "send" => Some(Step::Send { channel: Channel::Email, content: BTreeMap::new() }),
        _ => None,
    };
    if let Some(step) = added {
        definition.steps.push(step);
        return html(&edit_page(view, action, (name, definition), version, segments));
    }
    if let Ok(place) = fields.text("remove").parse::<usize>() {
        if place < definition.steps.len() {
            definition.steps.remove(place);
        }
        return html(&edit_page(view, action, (name, definition), version, segments));
    }
    let draft = Draft { name: name.clone(), definition: definition.clone(), version };
    let written = match &id {
        Some(id) => actions::update(&view.app, &view.caller, id, draft).await,
        None => actions::create(&view.app, &view.caller, draft).await,
    };
    match written {
        Ok(programme) => Ok(Redirect::to(&view.href(&format!("/programmes/{}", programme.id))).into_response()),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let faults = problem.faults().iter().map(|fault| (fault.pointer.clone(), said(w, fault))).collect();
            let page = EditPage { faults, ..edit_page(view, action, (name, definition), version, segments) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What is wrong, in the words of the reader.
fn said(words: Words, fault: &Fault) -> String {
    match fault.pointer.rsplit('/').next().unwrap_or_default() {
        "hours" => words.text("programmes-fault-hours"),
        "steps" => words.text("programmes-fault-steps"),
        "entry" | "goal" | "segment" => words.text("programmes-fault-segment"),
        _ => crate::campaigns::said(words, fault),
    }
}

fn definition(fields: &Form) -> Definition {
    let mut steps = Vec::new();
    for place in 0..30 {
        let field = |name: &str| fields.text(&format!("s{place}.{name}"));
        steps.push(match field("kind").as_str() {
            "wait" => Step::Wait { hours: fields.whole(&format!("s{place}.hours")).unwrap_or(0) },
            "only_if" => Step::OnlyIf { segment: field("segment"), is_in: field("is_in") != "no" },
            "send" => {
                let mut content = BTreeMap::new();
                for language in Language::ALL {
                    let part = |name: &str| field(&format!("{language}.{name}"));
                    let said = Content { subject: part("subject"), text: part("text"), html: part("html") };
                    if said != Content::default() {
                        content.insert(language.code().to_owned(), said);
                    }
                }
                Step::Send { channel: Channel::from_name(&field("channel")).unwrap_or(Channel::Email), content }
            }
            _ => break,
        });
    }
    Definition {
        description: fields.text("description"),
        entry: fields.text("entry"),
        again_after_days: fields.whole("again").filter(|days| *days > 0),
        goal: Some(fields.text("goal")).filter(|goal| !goal.is_empty()),
        control_share: fields.number("control").map_or(f64::NAN, |percent| percent / 100.0),
        steps,
        result_days: fields.whole("result_days").unwrap_or(30),
    }
}

//! The pages: plans, a new one, and what came out.

use super::api::{delete, faults, make, save};
use super::definition::{Action, Definition, Ground, Outcome, Worth};
use super::store::{self, Plan};
use crate::access::Permission;
use crate::contacts::Channel;
use crate::platform::jobs::{self, State};
use crate::platform::pages::{Answer, Fields, Going, csv, html};
use crate::platform::problem::Fault;
use crate::platform::{Pages, Paging, Path, Problem, Query, Result, View};
use crate::report::charts::{self, Direction, Line, Lines};
use crate::report::{Cell, Chart, Table};
use crate::{campaigns, proof, segments};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::text::Words;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Actions that the form has room for; the API takes more.
const ROWS: usize = 5;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCampaigns, "/plans", get(list))
        .page(Permission::EditCampaigns, "/plans/new", get(begin).post(add))
        .page(Permission::ReadCampaigns, "/plans/{id}", get(show))
        .part(Permission::ReadCampaigns, "/plans/{id}/csv", get(export))
        .part(Permission::EditSegments, "/plans/{id}/segments", post(keep))
        .part(Permission::EditCampaigns, "/plans/{id}/delete", post(remove))
}

fn money(view: &View, amount: f64) -> String {
    view.words.money_whole(amount, Some(&view.app.config.currency))
}

fn money_each(view: &View, amount: f64) -> String {
    view.words.money(amount, Some(&view.app.config.currency))
}

fn table(view: &View, caption: &str, heads: &[(&str, bool)], rows: Vec<Vec<Cell>>) -> Table {
    let heads = heads.iter().map(|(id, number)| (view.words.text(id), *number)).collect();
    Table::new(view.words, view.words.text(caption), "", heads, rows)
}

/// A plan in the list.
struct Row {
    href: String,
    name: String,
    day: String,
    customers: String,
    spent: String,
    profit: String,
}

#[derive(Template)]
#[template(path = "planning/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// Where in the list.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    cursor: Option<String>,
}

async fn list(view: View, Query(Shown { cursor }): Query<Shown>) -> Answer {
    let page = store::list(&view.app, &view.paging(cursor.as_deref(), 50)).await?;
    let next = page.next_cursor.map(|cursor| format!("{}?cursor={cursor}", view.href("/plans")));
    let row = |plan: Plan| {
        let of = plan.outcome.as_ref();
        Row {
            href: view.href(&format!("/plans/{}", plan.id)),
            name: plan.definition.name.clone(),
            day: view.day(&plan.created_at),
            customers: of.map_or("…".to_owned(), |outcome| view.words.number(outcome.chosen as f64, 0)),
            spent: of.map_or(String::new(), |outcome| money(&view, outcome.spent)),
            profit: of.map_or(String::new(), |outcome| money(&view, outcome.profit)),
        }
    };
    let rows = page.data.into_iter().map(row).collect();
    html(&ListPage { title: view.words.text("page-plans"), rows, next, view })
}

/// An action as it stands in the form.
struct ActionRow {
    number: usize,
    shown: String,
    name: String,
    channel: String,
    cost: String,
    worth: String,
    percent: String,
    segment: String,
    faults: Vec<String>,
}

/// A limit as it stands in the form.
struct Limit {
    channel: &'static str,
    name: String,
    most: String,
}

#[derive(Template)]
#[template(path = "planning/pages/new.html")]
struct NewPage {
    view: View,
    title: String,
    name: String,
    segment: String,
    budget: String,
    won_by: String,
    rows: Vec<ActionRow>,
    limits: Vec<Limit>,
    channels: Vec<(&'static str, String)>,
    segments: Vec<(String, String)>,
    /// Campaigns with a result to go by: id and what to read.
    proven: Vec<(String, String)>,
    faults: Vec<String>,
}

/// What was sent, by the names of fields.
type Sent = HashMap<String, String>;

async fn begin(view: View) -> Answer {
    let sent = Sent::from([("worth1".to_owned(), String::new()), ("percent1".to_owned(), "5".to_owned())]);
    html(&form(view, &sent, &[]).await?)
}

async fn form(view: View, sent: &Sent, faults: &[Fault]) -> Result<NewPage> {
    let w = view.words;
    let field = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let segments = segments::names(&view.app, view.language()).await?;
    let looks = proof::last_looks(&view.app.database).await?;
    let mut proven = Vec::new();
    for campaign in campaigns::begun(&view.app.database).await? {
        let Some(results) = looks.get(&campaign.id).filter(|results| !results.is_void()) else { continue };
        let Some(effects) = results.effects else { continue };
        let each = money_each(&view, effects.margin.each.estimate);
        let values = [("campaign", campaign.name.into()), ("each", each.into())];
        proven.push((campaign.id, w.with("plan-proven-by", &values)));
    }
    let (places, mut of_rows) = (filled(sent), HashMap::<usize, Vec<String>>::new());
    let mut of_all = Vec::new();
    for fault in faults {
        let said = w.text(words_of(&fault.pointer));
        let place = fault.pointer.strip_prefix("/actions/").and_then(|rest| rest.split('/').next()?.parse().ok());
        match place.and_then(|place: usize| places.get(place)) {
            Some(number) => of_rows.entry(*number).or_default().push(said),
            None => of_all.push(said),
        }
    }
    of_all.dedup();
    let row = |number: usize| ActionRow {
        number,
        shown: w.number(number as f64, 0),
        name: field(&format!("name{number}")),
        channel: field(&format!("channel{number}")),
        cost: field(&format!("cost{number}")),
        worth: field(&format!("worth{number}")),
        percent: field(&format!("percent{number}")),
        segment: field(&format!("segment{number}")),
        faults: of_rows.remove(&number).unwrap_or_default(),
    };
    let limit = |channel: Channel| Limit {
        channel: channel.name(),
        name: channel.words(w),
        most: field(&format!("limit_{}", channel.name())),
    };
    Ok(NewPage {
        title: w.text("plan-new"),
        name: field("name"),
        segment: field("segment"),
        budget: field("budget"),
        won_by: field("won_by"),
        rows: (1..=ROWS).map(row).collect(),
        limits: Channel::ALL.map(limit).into(),
        channels: Channel::ALL.map(|channel| (channel.name(), channel.words(w))).into(),
        segments,
        proven,
        faults: of_all,
        view,
    })
}

/// The rows of the form that somebody has filled in, in the order of actions.
fn filled(sent: &Sent) -> Vec<usize> {
    let is_filled = |number: &usize| sent.get(&format!("name{number}")).is_some_and(|name| !name.trim().is_empty());
    (1..=ROWS).filter(is_filled).collect()
}

/// The words for what is wrong in a place.
fn words_of(pointer: &str) -> &'static str {
    match pointer.rsplit('/').next().unwrap_or_default() {
        "segment" => "plan-fault-segment",
        "worth" => "plan-fault-worth",
        "cost" | "budget" => "plan-fault-amount",
        "actions" => "plan-fault-actions",
        "name" if pointer.starts_with("/actions/") => "plan-fault-action",
        "name" => "plan-fault-name",
        "won_by" => "plan-fault-won_by",
        _ => "plan-fault-limit",
    }
}

/// The plan that the form asks for, and what cannot be read of it.
fn read(sent: &Sent) -> (Definition, Vec<Fault>) {
    let text = |name: &str| sent.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut faults = Vec::new();
    let mut number = |name: &str, pointer: &str| -> Option<f64> {
        let text = text(name)?;
        let number = cvm_core::text::read_number(&text);
        if number.is_none() {
            faults.push(Fault::new(pointer, "expected a number"));
        }
        number
    };
    let budget = number("budget", "/budget");
    let mut limits = BTreeMap::new();
    for channel in Channel::ALL {
        let name = channel.name();
        if let Some(most) = number(&format!("limit_{name}"), &format!("/limits/{name}")) {
            limits.insert(channel, most.clamp(0.0, 1e12) as u64);
        }
    }
    let mut actions = Vec::new();
    for (place, row) in filled(sent).into_iter().enumerate() {
        let cost = number(&format!("cost{row}"), &format!("/actions/{place}/cost")).unwrap_or(0.0);
        let percent = number(&format!("percent{row}"), &format!("/actions/{place}/worth"));
        let worth =
            text(&format!("worth{row}")).map_or(Worth::Assumed(percent.unwrap_or(0.0) / 100.0), Worth::ProvenBy);
        actions.push(Action {
            name: text(&format!("name{row}")).unwrap_or_default(),
            channel: text(&format!("channel{row}"))
                .and_then(|name| Channel::from_name(&name))
                .unwrap_or(Channel::Email),
            cost,
            segment: text(&format!("segment{row}")),
            worth,
        });
    }
    let name = text("name").unwrap_or_default();
    let definition = Definition { name, segment: text("segment"), budget, limits, actions, won_by: text("won_by") };
    (definition, faults)
}

async fn add(view: View, Fields(sent): Fields<Sent>) -> Answer {
    let (definition, mut wrong) = read(&sent);
    wrong.extend(faults(&view.app, &definition).await?);
    if !wrong.is_empty() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&form(view, &sent, &wrong).await?)?).into_response());
    }
    let id = make(&view.app, &view.caller, &definition).await?;
    Ok(Redirect::to(&view.href(&format!("/plans/{id}"))).into_response())
}

/// A figure and what to know of it.
struct Tile {
    label: String,
    figure: String,
    note: String,
}

#[derive(Template)]
#[template(path = "planning/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    id: String,
    stamp: String,
    progress: Progress,
    tiles: Vec<Tile>,
    actions: Option<Table>,
    channels: Option<Table>,
    curve: Option<(Chart, Table)>,
    acquisition: Option<Table>,
    may_save: bool,
    is_saved: bool,
    may_edit: bool,
}

/// How the making of a plan goes.
enum Progress {
    Made,
    Going(Option<Going>),
    Failed(String),
}

async fn progress(view: &View, plan: &Plan) -> Result<Progress> {
    if plan.outcome.is_some() {
        return Ok(Progress::Made);
    }
    let job = jobs::get(&view.app, &plan.job).await?;
    Ok(match job.state {
        State::Failed | State::Cancelled => Progress::Failed(job.error),
        _ => Progress::Going(Going::of(view, &job)),
    })
}

async fn show(view: View, Path(id): Path<String>) -> Answer {
    let plan = store::get(&view.app, &id).await?;
    let progress = progress(&view, &plan).await?;
    let (of, definition) = (plan.outcome.as_ref(), &plan.definition);
    let acquired = of.filter(|outcome| !outcome.acquisition.is_empty());
    let page = ShowPage {
        title: definition.name.clone(),
        stamp: stamp(&view, &plan),
        progress,
        tiles: of.map_or_else(Vec::new, |outcome| tiles(&view, definition, outcome)),
        actions: of.map(|outcome| actions(&view, definition, outcome)),
        channels: of.filter(|outcome| !outcome.channels.is_empty()).map(|outcome| channels(&view, outcome)),
        curve: of.filter(|outcome| outcome.curve.len() > 1).map(|outcome| curve(&view, outcome)),
        acquisition: acquired.map(|outcome| acquisition(&view, outcome)),
        may_save: of.is_some_and(|outcome| outcome.chosen > 0)
            && plan.saved_at.is_none()
            && view.may(Permission::EditSegments),
        is_saved: plan.saved_at.is_some(),
        may_edit: view.may(Permission::EditCampaigns),
        id,
        view,
    };
    html(&page)
}

fn stamp(view: &View, plan: &Plan) -> String {
    let w = view.words;
    let day = ("day", view.day(&plan.created_at).into());
    match plan.definition.budget {
        Some(budget) => w.with("plan-stamp-budget", &[day, ("budget", money(view, budget).into())]),
        None => w.with("plan-stamp", &[day]),
    }
}

fn tiles(view: &View, definition: &Definition, outcome: &Outcome) -> Vec<Tile> {
    let w = view.words;
    let mut tiles = Vec::new();
    let mut tile = |id: &str, figure: String, note: String| tiles.push(Tile { label: w.text(id), figure, note });
    let gap = if outcome.bound > 0.0 { ((outcome.bound - outcome.profit) / outcome.bound).max(0.0) } else { 0.0 };
    let best = w.with("plan-gap", &[("gap", w.percent(gap, 2).into())]);
    tile("plan-profit", money(view, outcome.profit), best);
    tile("plan-value", money(view, outcome.value), w.text("plan-value-note"));
    let binds = definition.budget.is_some() && outcome.return_at_margin > 1.0 + 1e-9;
    let margin = money_each(view, outcome.return_at_margin);
    let note = if binds { w.with("plan-margin", &[("margin", margin.into())]) } else { w.text("plan-enough") };
    tile("plan-spent", money(view, outcome.spent), note);
    let of = w.with("plan-of", &[("customers", outcome.customers.into())]);
    tile("plan-chosen", w.number(outcome.chosen as f64, 0), of);
    tiles
}

fn ground(w: Words, ground: Ground, worth: &Worth) -> String {
    match (ground, worth) {
        (Ground::Assumed, Worth::Assumed(share)) => {
            w.with("plan-ground-assumed", &[("share", w.percent(*share, 1).into())])
        }
        (Ground::ProvenByTier, _) => w.text("plan-ground-tier"),
        (Ground::Scored, _) => w.text("plan-ground-scored"),
        _ => w.text("plan-ground-proven"),
    }
}

fn actions(view: &View, definition: &Definition, outcome: &Outcome) -> Table {
    let w = view.words;
    let row = |(action, of): (&Action, &super::definition::ActionOutcome)| {
        let each = if of.customers > 0 { money_each(view, of.value / of.customers as f64) } else { "–".to_owned() };
        vec![
            Cell::Foreign(action.name.clone(), None),
            Cell::Text(action.channel.words(w)),
            Cell::Number(money_each(view, action.cost)),
            Cell::Number(w.number(of.customers as f64, 0)),
            Cell::Number(money(view, of.spent)),
            Cell::Number(money(view, of.value)),
            Cell::Number(each),
            Cell::Text(ground(w, of.ground, &action.worth)),
        ]
    };
    let heads = [
        ("plan-action", false),
        ("plan-channel", false),
        ("plan-cost", true),
        ("proof-customers", true),
        ("plan-spent", true),
        ("plan-value", true),
        ("plan-each", true),
        ("plan-ground", false),
    ];
    let rows = definition.actions.iter().zip(&outcome.actions).map(row).collect();
    table(view, "plan-who", &heads, rows)
}

fn channels(view: &View, outcome: &Outcome) -> Table {
    let w = view.words;
    let row = |of: &super::definition::ChannelOutcome| {
        vec![
            Cell::Text(of.channel.words(w)),
            Cell::Number(w.number(of.limit as f64, 0)),
            Cell::Number(w.number(of.customers as f64, 0)),
            Cell::Number(money_each(view, of.at_margin)),
        ]
    };
    let heads = [("plan-channel", false), ("plan-limit", true), ("plan-used", true), ("plan-one_more", true)];
    table(view, "plan-channels", &heads, outcome.channels.iter().map(row).collect())
}

fn curve(view: &View, outcome: &Outcome) -> (Chart, Table) {
    let w = view.words;
    let compact = |amount: f64| w.money_compact(amount, Some(&view.app.config.currency));
    let marks = |high: f64| -> Vec<(f64, String)> {
        charts::round_marks(0.0, high, 5).into_iter().map(|mark| (mark, compact(mark))).collect()
    };
    let end = outcome.curve.iter().map(|point| point.spent).fold(0.0, f64::max);
    let high = outcome.curve.iter().map(|point| point.value).fold(0.0, f64::max);
    let stops = outcome.stops_paying.spent;
    let chart = Lines {
        label: w.text("plan-curve"),
        lines: vec![
            Line { class: "c", points: vec![(0.0, 0.0), (end.min(high), end.min(high))], area: false },
            Line {
                class: "a",
                points: outcome.curve.iter().map(|point| (point.spent, point.value)).collect(),
                area: true,
            },
        ],
        x: marks(end).into_iter().filter(|(at, _)| *at <= end).collect(),
        y: marks(high),
        x_title: w.text("plan-spent"),
        shaded_from: (stops < end).then(|| (stops, w.text("plan-stops"))),
    };
    let row = |point: &super::definition::Point| {
        vec![
            Cell::Number(money(view, point.spent)),
            Cell::Number(money(view, point.value)),
            Cell::Number(money(view, point.value - point.spent)),
            Cell::Number(money_each(view, point.return_at_margin)),
        ]
    };
    let heads = [("plan-spent", true), ("plan-value", true), ("plan-profit", true), ("plan-next", true)];
    let table = table(view, "plan-curve", &heads, outcome.curve.iter().map(row).collect());
    (charts::lines(&chart, Direction::of(view.language())), table)
}

fn acquisition(view: &View, outcome: &Outcome) -> Table {
    let w = view.words;
    let row = |of: &super::definition::Acquisition| {
        let months = w.with("plan-months", &[("months", u64::from(of.months).into())]);
        vec![
            Cell::Foreign(of.channel.clone(), None),
            Cell::Number(w.number(of.customers as f64, 0)),
            Cell::Number(money_each(view, of.first_year)),
            Cell::Number(format!("{} ({months})", money_each(view, of.margin))),
            Cell::Number(money_each(view, of.pays_back)),
            Cell::Number(money_each(view, of.three_to_one)),
        ]
    };
    let heads = [
        ("plan-won_by", false),
        ("proof-customers", true),
        ("plan-first_year", true),
        ("plan-seen", true),
        ("plan-pays_back", true),
        ("plan-three", true),
    ];
    table(view, "plan-acquisition", &heads, outcome.acquisition.iter().map(row).collect())
}

async fn keep(view: View, Path(id): Path<String>) -> Answer {
    save(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href(&format!("/plans/{id}"))).into_response())
}

async fn remove(view: View, Path(id): Path<String>) -> Answer {
    delete(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href("/plans")).into_response())
}

/// Customers in a file at most: what a spreadsheet opens.
const EXPORT_MAX: usize = 1_000_000;

/// Who gets what, as a file.
async fn export(view: View, Path(id): Path<String>) -> Answer {
    let plan = store::get(&view.app, &id).await?;
    if plan.outcome.is_none() {
        return Err(Problem::conflict("the plan is not made yet; wait for its job to end"));
    }
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = store::customers(&view.app, &plan, None, &Paging::from(cursor.as_deref(), 200)).await?;
        for one in page.data {
            let action = usize::try_from(one.action).ok().and_then(|place| plan.definition.actions.get(place));
            let action = action.map_or(String::new(), |action| action.name.clone());
            rows.push(vec![one.customer, action, one.value.to_string()]);
        }
        cursor = page.next_cursor;
        if cursor.is_none() || rows.len() >= EXPORT_MAX {
            break;
        }
    }
    csv("plan", &["customer_id", "action", "expected_value"], rows)
}

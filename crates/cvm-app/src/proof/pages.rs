//! The pages: all results, and one of them in pictures, tables and plain words.

use super::api::{LOOKS_MAX, Look, Wish, compute, over_time};
use super::job::{ALL_DAYS, JOB, default_settings};
use super::learning::{self, JOB as UPLIFT, Model};
use super::results::{Difference, Interval, Money, Part, Results, Settings, Strata, Warning};
use super::uplift::{GROUPS, Method, Quality, SHARE, group_name};
use super::{ALL, OverTime, store};
use crate::access::Permission;
use crate::campaigns;
use crate::platform::pages::{Answer, Fields, Going, csv, html};
use crate::platform::{Pages, Path, Problem, Result, View};
use crate::report::charts::{self, Direction, Estimates, Forest};
use crate::report::{Cell, Chart, Table};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::text::Words;
use cvm_models::uplift::groups::Group;
use serde::Deserialize;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCampaigns, "/results", get(list))
        .page(Permission::ReadCampaigns, "/results/{id}", get(show).post(change))
        .part(Permission::ReadCampaigns, "/results/{id}/csv", get(export))
        .part(Permission::EditCampaigns, "/results/{id}/compute", post(again))
        .part(Permission::EditCampaigns, "/results/{id}/uplift", post(learn))
        .part(Permission::EditSegments, "/results/{id}/uplift/segments", post(keep))
}

/// What a result comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Worked,
    Harmed,
    Open,
    Void,
    Nothing,
}

impl Verdict {
    fn of(results: &Results) -> Self {
        let Some(effects) = &results.effects else { return Self::Nothing };
        match effects.margin.each.side() {
            _ if results.is_void() => Self::Void,
            1 => Self::Worked,
            -1 => Self::Harmed,
            _ => Self::Open,
        }
    }

    fn name(self, w: Words) -> String {
        w.text(match self {
            Self::Worked => "proof-worked",
            Self::Harmed => "proof-harmed",
            Self::Open => "proof-open",
            Self::Void => "proof-void",
            Self::Nothing => "proof-nothing",
        })
    }
}

/// Words, numbers and amounts of a page.
struct Shown<'a> {
    view: &'a View,
    w: Words,
    currency: String,
}

impl<'a> Shown<'a> {
    fn new(view: &'a View) -> Self {
        Self { view, w: view.words, currency: view.app.config.currency.clone() }
    }

    /// An amount of many customers.
    fn money(&self, amount: f64) -> String {
        self.w.money_whole(amount, Some(&self.currency))
    }

    /// An amount of one.
    fn each(&self, amount: f64) -> String {
        self.w.money(amount, Some(&self.currency))
    }

    fn bounds(&self, low: f64, high: f64, show: impl Fn(f64) -> String) -> String {
        self.w.with("proof-from-to", &[("low", show(low).into()), ("high", show(high).into())])
    }

    fn interval(&self, interval: &Interval, show: impl Fn(f64) -> String) -> String {
        self.bounds(interval.low, interval.high, show)
    }

    fn heads(&self, heads: &[(&str, bool)]) -> Vec<(String, bool)> {
        heads.iter().map(|(id, number)| (self.w.text(id), *number)).collect()
    }

    fn table(&self, caption: &str, heads: &[(&str, bool)], rows: Vec<Vec<Cell>>) -> Table {
        Table::new(self.w, self.w.text(caption), "", self.heads(heads), rows)
    }

    fn direction(&self) -> Direction {
        Direction::of(self.view.language())
    }

    fn chance(&self, chance: f64) -> String {
        match chance < 0.001 {
            true => self.w.with("proof-below", &[("share", self.w.percent(0.001, 1).into())]),
            false => self.w.percent(chance, 1),
        }
    }
}

/// A result in the list.
struct Row {
    href: String,
    name: String,
    verdict: String,
    class: &'static str,
    as_of: String,
    customers: String,
    each: String,
    bounds: String,
    profit: String,
    back: String,
}

#[derive(Template)]
#[template(path = "proof/pages/list.html")]
struct ListPage {
    view: View,
    title: String,
    rows: Vec<Row>,
}

async fn list(view: View) -> Answer {
    let s = Shown::new(&view);
    let last = store::last_looks(&view.app.database).await?;
    let campaigns = campaigns::begun(&view.app.database).await?;
    let mut rows = Vec::new();
    if !campaigns.is_empty() || last.contains_key(ALL) {
        rows.push(row(&s, ALL, view.words.text("proof-all"), last.get(ALL)));
    }
    rows.extend(campaigns.into_iter().map(|campaign| row(&s, &campaign.id, campaign.name, last.get(&campaign.id))));
    html(&ListPage { title: view.words.text("page-results"), rows, view })
}

fn row(s: &Shown<'_>, id: &str, name: String, results: Option<&Results>) -> Row {
    let verdict = results.map_or(Verdict::Nothing, Verdict::of);
    let effects = results.and_then(|results| results.effects);
    let money = results.and_then(|results| results.money);
    let back = money.and_then(|money| money.return_on_investment);
    let people = results.map(|results| results.people);
    Row {
        href: s.view.href(&format!("/results/{id}")),
        name,
        verdict: verdict.name(s.w),
        class: class_of(verdict),
        as_of: results.map_or(String::new(), |results| s.view.day(&results.data_until)),
        customers: people.map_or(String::new(), |people| s.w.number((people.treated + people.control) as f64, 0)),
        each: effects.map_or(String::new(), |effects| s.each(effects.margin.each.estimate)),
        bounds: effects.map_or(String::new(), |effects| s.interval(&effects.margin.each, |amount| s.each(amount))),
        profit: money.map_or(String::new(), |money| s.money(money.profit.estimate)),
        back: back.map_or(String::new(), |back| s.w.percent(back.estimate, 0)),
    }
}

fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Harmed | Verdict::Void => "badge warn",
        Verdict::Worked => "badge",
        Verdict::Open | Verdict::Nothing => "badge plain",
    }
}

/// A figure with its bounds.
struct Tile {
    label: String,
    figure: String,
    note: String,
}

/// A picture with its table.
struct Figure {
    title: String,
    lead: String,
    chart: Chart,
    table: Table,
}

/// Fields of the form as they stand.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    window_days: String,
    before_days: String,
    planned: String,
    event: String,
}

impl Form {
    fn of(settings: &Settings) -> Self {
        Self {
            window_days: settings.window_days.to_string(),
            before_days: settings.before_days.to_string(),
            planned: settings.planned.to_string(),
            event: settings.event.clone().unwrap_or_default(),
        }
    }

    fn read(&self) -> Option<Settings> {
        let days = |text: &str| cvm_core::text::read_whole(text).filter(|days| (1..=730).contains(days));
        let event = Some(self.event.trim().to_owned()).filter(|event| !event.is_empty());
        Some(Settings {
            window_days: days(&self.window_days)?,
            before_days: days(&self.before_days)?,
            planned: cvm_core::text::read_whole(&self.planned)
                .filter(|planned| (2..=1_000_000_000).contains(planned))?
                .into(),
            event: event.filter(|event| event.chars().count() <= 200),
        })
    }
}

#[derive(Template)]
#[template(path = "proof/pages/show.html")]
struct ShowPage {
    view: View,
    title: String,
    id: String,
    stamp: String,
    said: Option<(&'static str, Vec<String>)>,
    warnings: Vec<String>,
    tiles: Vec<Tile>,
    looks: Option<Figure>,
    outcomes: Option<Table>,
    conversions: Option<Table>,
    arms: Option<Table>,
    parts: Vec<Figure>,
    money: Option<Table>,
    notes: Vec<String>,
    learned: Option<Learned>,
    may_learn: bool,
    form: Form,
    fault: bool,
    may_edit: bool,
    is_all: bool,
    going: Vec<Going>,
}

async fn show(view: View, Path(id): Path<String>) -> Answer {
    html(&page(view, id, None).await?)
}

/// What is set to count is changed, and computed with.
async fn change(view: View, Path(id): Path<String>, Fields(form): Fields<Form>) -> Answer {
    if !view.may(Permission::EditCampaigns) {
        return Err(Problem::forbidden("your role may not change what counts"));
    }
    name_of(&view, &id).await?;
    let Some(settings) = form.read() else {
        let page = page(view, id, Some(form)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    };
    compute(&view.app, &view.caller, &id, &Wish { settings: Some(settings) }).await?;
    Ok(Redirect::to(&view.href(&format!("/results/{id}"))).into_response())
}

async fn again(view: View, Path(id): Path<String>) -> Answer {
    name_of(&view, &id).await?;
    compute(&view.app, &view.caller, &id, &Wish::default()).await?;
    Ok(Redirect::to(&view.href(&format!("/results/{id}"))).into_response())
}

async fn learn(view: View, Path(id): Path<String>) -> Answer {
    learning::ask(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href(&format!("/results/{id}"))).into_response())
}

async fn keep(view: View, Path(id): Path<String>) -> Answer {
    learning::save(&view.app, &view.caller, &id, view.language()).await?;
    Ok(Redirect::to(&view.href(&format!("/results/{id}"))).into_response())
}

/// On whom the campaign works, as far as it was learned.
struct Learned {
    said: String,
    class: &'static str,
    kinds: Table,
    models: Table,
    may_save: bool,
    is_saved: bool,
}

fn learned(s: &Shown<'_>, model: &Model) -> Learned {
    let w = s.w;
    let share = ("share", w.percent(SHARE, 0).into());
    let (said, class) = match model.quality() {
        Some(quality) if model.is_useful() => {
            let each = |amount| s.each(amount);
            let values = [
                share,
                ("chosen", each(quality.chosen.estimate).into()),
                ("others", each(quality.others.estimate).into()),
            ];
            (w.with("uplift-said", &values), "message good")
        }
        _ => (w.text("uplift-said-nothing"), "message"),
    };
    let all: u64 = model.kinds.values().sum();
    let kind = |group: Group| {
        let (name, what) = learning::words_of(group);
        let count = model.kinds.get(group_name(group)).copied().unwrap_or(0);
        let share = count as f64 / all.max(1) as f64;
        vec![
            Cell::Text(w.text(name)),
            Cell::Bar(charts::share_bar(share, "a", s.direction()), w.number(count as f64, 0)),
            Cell::Text(w.text(what)),
        ]
    };
    let heads = [("uplift-kind", false), ("proof-customers", true), ("uplift-what", false)];
    let kinds = s.table("uplift-kinds", &heads, GROUPS.into_iter().map(kind).collect());
    let row = |quality: &Quality| {
        let name = w.text(match quality.method {
            Method::TwoModels => "uplift-two_models",
            Method::XLearner => "uplift-x_learner",
            Method::Forest => "uplift-forest",
        });
        let first =
            if quality.method == model.best { Cell::Badge(name, w.text("uplift-best")) } else { Cell::Text(name) };
        let share = |share: Option<f64>| share.map_or("–".to_owned(), |share| w.number(share, 3));
        vec![
            first,
            Cell::Number(s.each(quality.chosen.estimate)),
            Cell::Number(s.each(quality.others.estimate)),
            Cell::Number(s.each(quality.gain.estimate)),
            Cell::Number(s.interval(&quality.gain, |amount| s.each(amount))),
            Cell::Number(share(quality.qini)),
            Cell::Number(share(quality.auuc)),
        ]
    };
    let heads = [
        ("uplift-model", false),
        ("uplift-chosen", true),
        ("uplift-others", true),
        ("uplift-gain", true),
        ("proof-interval", true),
        ("uplift-qini", true),
        ("uplift-auuc", true),
    ];
    let models = s.table("uplift-models", &heads, model.qualities.iter().map(row).collect());
    let is_saved = model.saved_at.is_some();
    Learned { said, class, kinds, models, may_save: !is_saved && s.view.may(Permission::EditSegments), is_saved }
}

async fn name_of(view: &View, id: &str) -> Result<String> {
    match id {
        ALL => Ok(view.words.text("proof-all")),
        id => Ok(campaigns::get(&view.app, id).await?.name),
    }
}

/// What is being computed of this result, or of all of them.
async fn going(view: &View, id: &str) -> Result<Vec<Going>> {
    let mut all = Vec::new();
    for (kind, subject) in [(JOB.name, ""), (JOB.name, id), (UPLIFT.name, id)] {
        all.extend(Going::all(view, kind, Some(subject)).await?);
    }
    Ok(all)
}

async fn page(view: View, id: String, refused: Option<Form>) -> Result<ShowPage> {
    let s = Shown::new(&view);
    let name = name_of(&view, &id).await?;
    let OverTime { latest, looks } = over_time(&view.app, &id).await?;
    let w = view.words;
    let is_all = id == ALL;
    let settings = latest.as_ref().map(|latest| latest.settings.clone());
    let settings = settings.unwrap_or_else(|| default_settings(if is_all { ALL_DAYS } else { 30 }, 2));
    let of = latest.as_ref();
    let model = store::model(&view.app.database, &id).await?;
    let conversions = match is_all {
        true => None,
        false => campaigns::conversion_table(&view, &campaigns::get(&view.app, &id).await?).await?,
    };
    let page = ShowPage {
        conversions,
        learned: model.as_ref().map(|model| learned(&s, model)),
        may_learn: view.may(Permission::EditCampaigns) && !is_all && of.is_some_and(learning::is_ready),
        said: of.and_then(|latest| said(&s, latest)),
        warnings: of.map_or_else(Vec::new, |latest| latest.warnings.iter().map(|one| warning(&s, *one)).collect()),
        tiles: of.map_or_else(Vec::new, |latest| tiles(&s, latest)),
        looks: (!is_all && looks.iter().any(|look| look.effect.is_some())).then(|| over_looks(&s, &looks)),
        outcomes: of.and_then(|latest| outcomes(&s, latest)),
        arms: of.map(|latest| arms(&s, latest)),
        parts: of.map_or_else(Vec::new, |latest| parts(&s, latest)),
        money: of.and_then(|latest| latest.money.as_ref().map(|money| costs(&s, latest, money))),
        notes: of.map_or_else(Vec::new, |latest| notes(&s, latest)),
        stamp: of.map_or_else(|| w.text("proof-waiting"), |latest| stamp(&s, latest, is_all)),
        fault: refused.is_some(),
        form: refused.unwrap_or_else(|| Form::of(&settings)),
        may_edit: view.may(Permission::EditCampaigns),
        going: going(&view, &id).await?,
        is_all,
        title: name,
        id,
        view,
    };
    Ok(page)
}

fn stamp(s: &Shown<'_>, results: &Results, is_all: bool) -> String {
    let days = ("days", u64::from(results.settings.window_days).into());
    let date = ("date", s.view.moment(&results.data_until).into());
    if is_all {
        return s.w.with("proof-stamp-all", &[date, days]);
    }
    let share = ("share", s.w.percent(results.elapsed, 0).into());
    s.w.with("proof-stamp", &[date, days, share])
}

/// The result in words, and the class of the message.
fn said(s: &Shown<'_>, results: &Results) -> Option<(&'static str, Vec<String>)> {
    let w = s.w;
    let (Some(effects), Some(money)) = (results.effects, results.money) else {
        return Some(("message bad", vec![w.text("proof-said-none")]));
    };
    let each = effects.margin.each;
    let values = [
        ("each", s.each(each.estimate.abs()).into()),
        ("low", s.each(each.low).into()),
        ("high", s.each(each.high).into()),
    ];
    Some(match Verdict::of(results) {
        Verdict::Void => ("message bad", vec![w.text("proof-said-void")]),
        Verdict::Worked => ("message good", vec![w.with("proof-said-up", &values), pays(s, &money)]),
        Verdict::Harmed => ("message bad", vec![w.with("proof-said-down", &values)]),
        Verdict::Open | Verdict::Nothing => ("message", vec![w.with("proof-said-open", &values[1..])]),
    })
}

fn pays(s: &Shown<'_>, money: &Money) -> String {
    let profit = ("profit", s.money(money.profit.estimate).into());
    match money.profit.side() {
        1 => s.w.with("proof-said-pays", &[profit]),
        -1 => s.w.with("proof-said-costs", &[profit]),
        _ => s.w.with("proof-said-may_pay", &[profit]),
    }
}

fn warning(s: &Shown<'_>, warning: Warning) -> String {
    match warning {
        Warning::NoControl => s.w.text("proof-warning-no_control"),
        Warning::NothingToCompare { least } => s.w.with("proof-warning-least", &[("least", least.into())]),
        Warning::SampleRatio => s.w.text("proof-warning-ratio"),
        Warning::Running => s.w.text("proof-warning-running"),
        Warning::TooFew { more } => s.w.with("proof-warning-few", &[("more", more.into())]),
        Warning::FewLargeOrders => s.w.text("proof-warning-large"),
        Warning::NoCosts => s.w.text("proof-warning-costs"),
        Warning::NoMargins => s.w.text("proof-warning-margins"),
    }
}

fn tiles(s: &Shown<'_>, results: &Results) -> Vec<Tile> {
    let mut tiles = Vec::new();
    let mut tile = |id: &str, figure: String, note: String| tiles.push(Tile { label: s.w.text(id), figure, note });
    if let (Some(effects), Some(money)) = (results.effects, results.money) {
        let whole = |amount| s.money(amount);
        let margin = &effects.margin;
        tile("proof-total", whole(margin.total.estimate), s.interval(&margin.total, whole));
        tile("proof-each", s.each(margin.each.estimate), s.interval(&margin.each, |amount| s.each(amount)));
        tile("proof-profit", whole(money.profit.estimate), s.interval(&money.profit, whole));
        let back = money.return_on_investment;
        let bounds = back.map_or(String::new(), |back| match (back.low, back.high) {
            (Some(low), Some(high)) => s.bounds(low, high, |share| s.w.percent(share, 0)),
            _ => s.w.text("proof-any"),
        });
        let figure = back.map_or_else(|| "–".to_owned(), |back| s.w.percent(back.estimate, 0));
        tile("proof-return", figure, bounds);
    }
    let people = results.people;
    let control = ("customers", people.control.into());
    tile("proof-treated", s.w.number(people.treated as f64, 0), s.w.with("proof-against", &[control]));
    tiles
}

/// Marks of an axis that holds all bounds, and 0.
fn marks(bounds: impl Iterator<Item = (f64, f64)>, show: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let (low, high) = bounds.fold((0.0_f64, 0.0_f64), |(low, high), (from, to)| (low.min(from), high.max(to)));
    charts::round_marks(low, high, 4).into_iter().map(|mark| (mark, show(mark))).collect()
}

/// An amount beside an axis.
fn mark(s: &Shown<'_>, amount: f64) -> String {
    s.w.money_compact(amount, Some(&s.currency))
}

fn over_looks(s: &Shown<'_>, looks: &[Look]) -> Figure {
    let known = looks.iter().filter_map(|look| Some((look, look.effect?)));
    let known: Vec<(&Look, Interval)> = known.collect();
    let at = |look: &Look| look.data_until.0 as f64;
    let chart = Estimates {
        label: s.w.text("proof-looks"),
        points: known.iter().map(|(look, one)| (at(look), (one.low, one.estimate, one.high))).collect(),
        x: known.iter().map(|(look, _)| (at(look), s.view.day(&look.data_until))).collect(),
        y: marks(known.iter().map(|(_, one)| (one.low, one.high)), |amount| mark(s, amount)),
        x_title: s.w.text("proof-look"),
    };
    let row = |look: &Look| {
        let effect = look.effect.as_ref();
        vec![
            Cell::Text(s.view.moment(&look.data_until)),
            Cell::Number(s.w.number(look.customers as f64, 0)),
            Cell::Number(s.w.percent(look.elapsed, 0)),
            Cell::Number(effect.map_or("–".to_owned(), |effect| s.each(effect.estimate))),
            Cell::Number(effect.map_or("–".to_owned(), |effect| s.interval(effect, |amount| s.each(amount)))),
        ]
    };
    let heads = [
        ("proof-look", false),
        ("proof-customers", true),
        ("proof-elapsed", true),
        ("proof-each", true),
        ("proof-interval", true),
    ];
    Figure {
        title: s.w.text("proof-looks"),
        lead: s.w.text("proof-looks-lead"),
        chart: charts::estimates(&chart, s.direction()),
        table: s.table("proof-looks", &heads, looks.iter().rev().map(row).collect()),
    }
}

fn outcomes(s: &Shown<'_>, results: &Results) -> Option<Table> {
    let effects = results.effects.as_ref()?;
    let row = |id: &str, one: &Difference, show: &dyn Fn(f64) -> String| {
        let relative = one.relative.as_ref();
        vec![
            Cell::Text(s.w.text(id)),
            Cell::Number(show(one.treated)),
            Cell::Number(show(one.control)),
            Cell::Number(show(one.each.estimate)),
            Cell::Number(s.interval(&one.each, show)),
            Cell::Number(relative.map_or("–".to_owned(), |relative| s.w.percent(relative.estimate, 1))),
            Cell::Number(one.each.p_value.map_or("–".to_owned(), |chance| s.chance(chance))),
        ]
    };
    let conversion = if results.settings.event.is_some() { "proof-conversion-event" } else { "proof-conversion" };
    let rows = vec![
        row("proof-margin", &effects.margin, &|amount| s.each(amount)),
        row("proof-revenue", &effects.revenue, &|amount| s.each(amount)),
        row("proof-orders", &effects.orders, &|orders| s.w.number(orders, 3)),
        row(conversion, &effects.conversion, &|share| s.w.percent(share, 2)),
    ];
    let heads = [
        ("proof-outcome", false),
        ("proof-treated", true),
        ("proof-control", true),
        ("proof-difference", true),
        ("proof-interval", true),
        ("proof-relative", true),
        ("proof-chance", true),
    ];
    Some(s.table("proof-outcomes", &heads, rows))
}

fn arms(s: &Shown<'_>, results: &Results) -> Table {
    let row = |arm: &super::results::Arm| {
        let name = match (arm.is_control, arm.variant.is_empty()) {
            (true, _) => Cell::Text(s.w.text("proof-control")),
            (false, true) => Cell::Text(s.w.text("proof-treated")),
            (false, false) => Cell::Foreign(arm.variant.clone(), None),
        };
        let share = arm.converted as f64 / arm.customers.max(1) as f64;
        let effect = arm.effect.as_ref();
        vec![
            name,
            Cell::Number(s.w.number(arm.customers as f64, 0)),
            Cell::Number(arm.expected.map_or("–".to_owned(), |expected| s.w.number(expected, 0))),
            Cell::Number(s.w.percent(share, 1)),
            Cell::Number(s.w.number(arm.orders as f64, 0)),
            Cell::Number(s.money(arm.revenue)),
            Cell::Number(s.money(arm.margin)),
            Cell::Number(s.money(arm.contact_cost)),
            Cell::Number(effect.map_or(String::new(), |effect| s.each(effect.estimate))),
            Cell::Number(effect.map_or(String::new(), |effect| s.interval(effect, |amount| s.each(amount)))),
        ]
    };
    let heads = [
        ("proof-group", false),
        ("proof-customers", true),
        ("proof-expected", true),
        ("proof-converted", true),
        ("proof-orders", true),
        ("proof-revenue", true),
        ("proof-margin", true),
        ("proof-cost", true),
        ("proof-more", true),
        ("proof-interval", true),
    ];
    s.table("proof-arms", &heads, results.arms.iter().map(row).collect())
}

fn parts(s: &Shown<'_>, results: &Results) -> Vec<Figure> {
    let tier = |part: &Part| s.w.tier(&part.id);
    let segment = |part: &Part| part.name.clone();
    let one = |id: &str, strata: &Option<Strata>, name: &dyn Fn(&Part) -> String| {
        strata.as_ref().map(|strata| forest(s, id, strata, name))
    };
    let both = [one("proof-tiers", &results.tiers, &tier), one("proof-segments", &results.segments, &segment)];
    both.into_iter().flatten().collect()
}

/// Rows of a picture at most; the table has all.
const FOREST_MAX: usize = 12;

fn forest(s: &Shown<'_>, title: &str, strata: &Strata, name: &dyn Fn(&Part) -> String) -> Figure {
    let bounds = |part: &Part| {
        let (effect, (low, high)) = (part.effect?, part.together?);
        Some((low, effect.estimate, high))
    };
    let shown: Vec<&Part> = strata.parts.iter().filter(|part| part.effect.is_some()).take(FOREST_MAX).collect();
    let chart = Forest {
        label: s.w.text(title),
        rows: shown.iter().map(|part| (name(part), bounds(part))).collect(),
        x: marks(shown.iter().filter_map(|part| part.together), |amount| mark(s, amount)),
        x_title: s.w.text("proof-each"),
    };
    let row = |part: &Part| {
        let amount = |amount| s.each(amount);
        let (effect, none) = (part.effect.as_ref(), || "–".to_owned());
        vec![
            Cell::Foreign(name(part), None),
            Cell::Number(s.w.number(part.treated as f64, 0)),
            Cell::Number(s.w.number(part.control as f64, 0)),
            Cell::Number(effect.map_or_else(none, |effect| s.each(effect.estimate))),
            Cell::Number(effect.map_or_else(none, |effect| s.interval(effect, amount))),
            Cell::Number(part.together.map_or_else(none, |(low, high)| s.bounds(low, high, amount))),
            Cell::Number(effect.and_then(|effect| effect.p_value).map_or_else(none, |chance| s.chance(chance))),
        ]
    };
    let heads = [
        (title, false),
        ("proof-treated", true),
        ("proof-control", true),
        ("proof-each", true),
        ("proof-interval", true),
        ("proof-together", true),
        ("proof-chance", true),
    ];
    let differ = strata.p_value_same.map(|chance| if chance < 0.05 { "proof-differ" } else { "proof-alike" });
    let differ = differ.map_or(String::new(), |id| s.w.text(id));
    Figure {
        title: s.w.text(title),
        lead: format!("{} {differ}", s.w.text("proof-parts-lead")).trim_end().to_owned(),
        chart: charts::forest(&chart, s.direction()),
        table: s.table(title, &heads, strata.parts.iter().map(row).collect()),
    }
}

fn costs(s: &Shown<'_>, results: &Results, money: &Money) -> Table {
    let whole = |amount| s.money(amount);
    let margin = results.effects.map(|effects| effects.margin.total);
    let line = |id: &str, amount: String, bounds: String| {
        vec![Cell::Text(s.w.text(id)), Cell::Number(amount), Cell::Number(bounds)]
    };
    let reward = money.reward_cost.map_or_else(|| s.w.text("proof-unknown"), whole);
    let rows = vec![
        line(
            "proof-total",
            margin.map_or(String::new(), |margin| whole(margin.estimate)),
            margin.map_or(String::new(), |margin| s.interval(&margin, whole)),
        ),
        line("proof-cost", whole(money.contact_cost), String::new()),
        line("proof-rewards", reward, String::new()),
        line("proof-discount", whole(money.discount), String::new()),
        line("proof-profit", whole(money.profit.estimate), s.interval(&money.profit, whole)),
    ];
    let heads = [("proof-what", false), ("proof-amount", true), ("proof-interval", true)];
    let table = s.table("proof-money", &heads, rows);
    Table { class: "slim", ..table }
}

fn notes(s: &Shown<'_>, results: &Results) -> Vec<String> {
    let (w, people) = (s.w, results.people);
    let mut notes = Vec::new();
    if let Some(ratio) = results.sample_ratio.filter(|ratio| !ratio.mismatch) {
        notes.push(w.with("proof-lot-kept", &[("chance", s.chance(ratio.p_value).into())]));
    }
    if let Some(power) = results.power {
        let values = [
            ("detectable", s.each(power.detectable).into()),
            ("wanted", s.each(power.wanted).into()),
            ("customers", power.customers.into()),
        ];
        notes.push(w.with("proof-power", &values));
    }
    if let Some(effects) = results.effects.filter(|effects| effects.margin.variance_left < 0.995) {
        let share = ("share", w.percent(1.0 - effects.margin.variance_left, 0).into());
        notes.push(w.with("proof-past", &[share]));
    }
    if people.global_control > 0 {
        notes.push(w.with("proof-kept_out", &[("customers", people.global_control.into())]));
    }
    if people.erased + people.merged > 0 {
        notes.push(w.with("proof-left_out", &[("customers", (people.erased + people.merged).into())]));
    }
    notes
}

/// Every look as a file.
async fn export(view: View, Path(id): Path<String>) -> Answer {
    name_of(&view, &id).await?;
    let head = [
        "data_until",
        "run",
        "elapsed",
        "treated",
        "control",
        "margin_each",
        "margin_each_low",
        "margin_each_high",
        "margin_total",
        "revenue_total",
        "contact_cost",
        "profit",
        "profit_low",
        "profit_high",
        "currency",
    ];
    let row = |results: &Results| {
        let mut cells = vec![
            view.moment(&results.data_until),
            results.run.clone(),
            results.elapsed.to_string(),
            results.people.treated.to_string(),
            results.people.control.to_string(),
        ];
        let (effects, money) = (results.effects, results.money);
        let numbers = [
            effects.map(|effects| effects.margin.each.estimate),
            effects.map(|effects| effects.margin.each.low),
            effects.map(|effects| effects.margin.each.high),
            effects.map(|effects| effects.margin.total.estimate),
            effects.map(|effects| effects.revenue.total.estimate),
            money.map(|money| money.contact_cost),
            money.map(|money| money.profit.estimate),
            money.map(|money| money.profit.low),
            money.map(|money| money.profit.high),
        ];
        cells.extend(numbers.map(|number| number.map_or(String::new(), |number| number.to_string())));
        cells.push(results.currency.clone());
        cells
    };
    let looks = store::looks(&view.app.database, &id, LOOKS_MAX).await?;
    csv("results", &head, looks.iter().map(row))
}

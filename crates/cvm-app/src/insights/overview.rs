//! The first page: how the base does in a period, against another.

use super::alerts::{self, Alert, Kind, State, says};
use super::figure::{Figure, Unit};
use super::figures::{Figures, figures};
use super::pages::{as_of, nothing_yet};
use super::period::{Comparison, Period, Wanted};
use crate::access::Permission;
use crate::customers;
use crate::platform::pages::{Answer, form_urlencoded, html};
use crate::platform::{Query, View};
use crate::report::charts::{self, Direction, Line, Lines};
use crate::report::{self, Cell, Chart, Headline, Table};
use crate::scoring;
use askama::Template;
use axum::response::{IntoResponse, Redirect};
use chrono::NaiveDate;
use std::collections::HashMap;

/// A figure with its change.
struct Tile {
    name: String,
    value: String,
    change: Option<Change>,
    /// Targets and alerts on it.
    marks: Vec<Mark>,
    /// What was counted.
    meaning: String,
    /// Who or what is behind it.
    href: String,
    /// Where a target or an alert is set.
    set: Option<String>,
}

/// How a target or an alert stands.
struct Mark {
    /// `good`, `warn` or `bad`.
    class: &'static str,
    text: String,
    href: String,
}

/// Against the period of comparison.
struct Change {
    /// `good`, `bad` or `same`.
    class: &'static str,
    icon: &'static str,
    text: String,
    before: String,
}

#[derive(Template)]
#[template(path = "insights/pages/overview.html")]
struct OverviewPage {
    view: View,
    title: String,
    as_of: String,
    wanted: Wanted,
    presets: Vec<Preset>,
    period: String,
    compared: String,
    tiles: Vec<Tile>,
    trend: Chart,
    trend_table: Table,
    /// Whether the picture has a line of it.
    has_target: bool,
    headlines: Vec<Headline>,
}

/// A period that many ask for.
pub(super) struct Preset {
    pub name: String,
    pub href: String,
    pub current: bool,
}

/// `/`.
pub(super) async fn overview(view: View, Query(wanted): Query<Wanted>) -> Answer {
    let title = view.words.text("page-overview");
    let Some(last) = scoring::last_run(&view.app).await? else {
        if !customers::any(&view.app.database).await? {
            return Ok(Redirect::to(&view.href("/start")).into_response());
        }
        return nothing_yet(view, title);
    };
    let (period, other) = wanted.read(last.whole_day(view.app.config.timezone))?;
    let now = figures(&view.app, period, &last.id).await?;
    let before = match other {
        Some(other) => Some(figures(&view.app, other, &last.id).await?),
        None => None,
    };
    let alerts = alerts::list(view.app.database.pool()).await?;
    let compared = other.zip(before.as_deref());
    let of_revenue = |alert: &&Alert| alert.figure == Figure::Revenue && alert.kind == Kind::Target;
    let a_day = |alert: &Alert| alert.threshold.map(|target| target / alert.days as f64);
    let target = alerts.iter().filter(of_revenue).find_map(a_day);
    let (trend, trend_table) = trend(&view, (period, &now), compared, target);
    let page = OverviewPage {
        title,
        as_of: as_of(&view, &last),
        presets: presets(&view, period, &wanted),
        period: span(&view, period),
        compared: other.map_or(String::new(), |other| span(&view, other)),
        tiles: tiles(&view, &alerts, (period, &now), compared),
        has_target: target.is_some(),
        trend,
        trend_table,
        headlines: report::headlines(&last.report, view.words),
        wanted,
        view,
    };
    html(&page)
}

pub(super) fn span(view: &View, period: Period) -> String {
    let day = |day: NaiveDate| view.words.date(&day.to_string());
    view.words.with("insights-span", &[("from", day(period.from).into()), ("to", day(period.to).into())])
}

pub(super) fn presets(view: &View, period: Period, wanted: &Wanted) -> Vec<Preset> {
    let is_preset = wanted.from.is_empty() && wanted.to.is_empty();
    let compare = match wanted.compare {
        Comparison::Year => "year",
        Comparison::None => "none",
        Comparison::Before | Comparison::Other => "before",
    };
    let preset = |days: u32| Preset {
        name: view.words.with("insights-days", &[("days", u64::from(days).into())]),
        href: format!("?{}", form_urlencoded(&[("days", &days.to_string()), ("compare", compare)])),
        current: is_preset && period.days() == i64::from(days),
    };
    [7, 30, 90, 365].into_iter().map(preset).collect()
}

fn tiles(
    view: &View,
    alerts: &[Alert],
    (period, now): (Period, &Figures),
    before: Option<(Period, &Figures)>,
) -> Vec<Tile> {
    let currency = view.app.config.currency.as_str();
    let tile = |figure: Figure| {
        let (name, meaning) = figure.texts();
        let value = figure.of(now);
        let was = before.and_then(|(_, before)| figure.of(before));
        let wish = [("figure", figure.name()), ("days", &period.days().to_string())];
        let may_set = view.may(Permission::EditAlerts);
        Tile {
            name: view.words.text(name),
            value: value.map_or_else(|| "–".to_owned(), |value| figure.shown(view.words, currency, value)),
            change: value.zip(was).map(|(value, was)| change(view, figure, value, was)),
            marks: alerts.iter().filter_map(|alert| mark(view, alert, figure, (period, value))).collect(),
            meaning: view.words.text(meaning),
            href: behind(view, figure, period),
            set: may_set.then(|| view.href(&format!("/alerts/new?{}", form_urlencoded(&wish)))),
        }
    };
    Figure::ALL.into_iter().map(tile).collect()
}

/// Who or what is behind a figure.
fn behind(view: &View, figure: Figure, period: Period) -> String {
    // The list of customers knows when each bought last.
    let bought = |period: Period| {
        let days = [("bought_from", period.from.to_string()), ("bought_to", period.to.to_string())];
        let days: Vec<(&str, &str)> = days.iter().map(|(name, day)| (*name, day.as_str())).collect();
        view.href(&format!("/customers?{}", form_urlencoded(&days)))
    };
    match figure {
        Figure::Churn => bought(period.before()),
        Figure::RepeatRate | Figure::Retention => view.href("/value#cohorts"),
        Figure::Conversion | Figure::CartConversion | Figure::Engaged => view.href("/funnels"),
        _ => bought(period),
    }
}

/// How a target or an alert on this figure stands. A target is for a number of days: sums are taken for as many as are shown,
/// shares hold for any, and people are not looked at over another number.
fn mark(view: &View, alert: &Alert, figure: Figure, (period, value): (Period, Option<f64>)) -> Option<Mark> {
    if alert.figure != figure {
        return None;
    }
    let href = view.href(&format!("/alerts/{}", alert.id));
    let currency = view.app.config.currency.as_str();
    if alert.kind != Kind::Target {
        let text = view.words.with("alerts-tile-raised", &[("what", says(view.words, currency, alert).into())]);
        return (alert.state == State::Raised && alert.value.is_some()).then_some(Mark { class: "bad", text, href });
    }
    let target = target_of(alert, period)?;
    let is_met = value.map(|value| if figure.is_better_low() { value <= target } else { value >= target })?;
    let shown = [("value", figure.shown(view.words, currency, target).into())];
    let (class, text) = match is_met {
        true => ("good", view.words.with("alerts-tile-met", &shown)),
        false => ("warn", view.words.with("alerts-tile-missed", &shown)),
    };
    Some(Mark { class, text, href })
}

fn target_of(alert: &Alert, period: Period) -> Option<f64> {
    let target = alert.threshold.filter(|_| alert.kind == Kind::Target)?;
    match (alert.figure.is_sum(), alert.figure.unit()) {
        (true, _) => Some(target / alert.days as f64 * period.days() as f64),
        (false, Unit::Count) => (alert.days == period.days()).then_some(target),
        _ => Some(target),
    }
}

/// Shares change by points, all else by a share of what it was.
fn change(view: &View, figure: Figure, value: f64, was: f64) -> Change {
    let w = view.words;
    let is_share = figure.unit() == Unit::Share;
    let difference = value - was;
    let by = if is_share { difference } else { difference / was.abs() };
    let is_same = !by.is_finite() || by.abs() < 0.0005;
    let text = match (by.is_finite(), is_share) {
        (false, _) => w.text("insights-new"),
        (true, true) => w.with("insights-points", &[("points", w.number((by * 100.0).abs(), 1).into())]),
        (true, false) => w.percent(by.abs(), 1),
    };
    let class = match (is_same, (difference > 0.0) != figure.is_better_low()) {
        (true, _) => "same",
        (false, true) => "good",
        (false, false) => "bad",
    };
    let icon = if is_same {
        "next"
    } else if difference > 0.0 {
        "up"
    } else {
        "down"
    };
    let id = if is_same {
        "insights-as_before"
    } else if difference > 0.0 {
        "insights-more"
    } else {
        "insights-less"
    };
    let was = figure.shown(w, &view.app.config.currency, was);
    let before = w.with("insights-before", &[("value", was.into())]);
    Change { class, icon, text: w.with(id, &[("change", text.into())]), before }
}

/// Revenue by day, or by week where days would be too many; the period of comparison on the same axis, and the target of a day.
fn trend(
    view: &View,
    now: (Period, &Figures),
    before: Option<(Period, &Figures)>,
    target: Option<f64>,
) -> (Chart, Table) {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let step = if now.0.days() > 100 { 7 } else { 1 };
    let (these, those) = (series(now, step), before.map(|before| series(before, step)));
    let target = target.map(|a_day| a_day * step as f64);
    let high =
        these.iter().chain(those.iter().flatten()).map(|(_, amount)| *amount).fold(target.unwrap_or(0.0), f64::max);
    let low = these.iter().chain(those.iter().flatten()).map(|(_, amount)| *amount).fold(0.0, f64::min);
    let points =
        |series: &[(NaiveDate, f64)]| series.iter().enumerate().map(|(i, (_, amount))| (i as f64, *amount)).collect();
    let mut lines = vec![Line { class: "a", points: points(&these), area: true }];
    if let Some(those) = &those {
        let those = &those[..those.len().min(these.len())];
        lines.insert(0, Line { class: "c", points: points(those), area: false });
    }
    if let Some(target) = target {
        let points = (0..these.len()).map(|i| (i as f64, target)).collect();
        lines.insert(0, Line { class: "b", points, area: false });
    }
    let caption = w.text("insights-trend");
    let day = |day: &NaiveDate| w.date(&day.to_string());
    let chart = Lines {
        label: caption.clone(),
        lines,
        x: these.iter().enumerate().map(|(i, (from, _))| (i as f64, day(from))).collect(),
        y: charts::round_marks(low, high, 4)
            .into_iter()
            .map(|mark| (mark, w.money_compact(mark, Some(currency))))
            .collect(),
        x_title: w.text(if step == 1 { "insights-day" } else { "insights-week" }),
        shaded_from: None,
    };
    let direction = Direction::of(view.language());
    let money = |amount: f64| Cell::Number(w.money(amount, Some(currency)));
    let row = |(i, (from, amount)): (usize, &(NaiveDate, f64))| {
        let that = those.as_ref().and_then(|those| those.get(i));
        vec![Cell::Text(day(from)), money(*amount), that.map_or(Cell::Empty, |(_, amount)| money(*amount))]
    };
    let heads = [
        (w.text(if step == 1 { "insights-day" } else { "insights-week" }), false),
        (w.text("insights-revenue"), true),
        (w.text("insights-compared"), true),
    ];
    let table = Table::new(w, caption, "slim", heads.into(), these.iter().enumerate().map(row).collect());
    (charts::lines(&chart, direction), table)
}

/// Amounts of stretches of so many days, those without any too.
fn series((period, figures): (Period, &Figures), step: usize) -> Vec<(NaiveDate, f64)> {
    let known: HashMap<&str, f64> = figures.days.iter().map(|(day, revenue, _)| (day.as_str(), *revenue)).collect();
    let days: Vec<NaiveDate> = period.from.iter_days().take(period.days() as usize).collect();
    let amount = |days: &[NaiveDate]| days.iter().filter_map(|day| known.get(day.to_string().as_str())).sum();
    days.chunks(step).map(|days| (days[0], amount(days))).collect()
}

//! The first page: how the base does in a period, against another.

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
use std::sync::Arc;

/// A figure with its change.
struct Tile {
    name: String,
    value: String,
    change: Option<Change>,
    /// What was counted.
    meaning: String,
    /// Who or what is behind it.
    href: Option<String>,
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
    let today: NaiveDate = last.as_of.parse().unwrap_or_default();
    let (period, other) = wanted.read(today)?;
    let now = figures(&view.app, period, &last.id).await?;
    let before = match other {
        Some(other) => Some(figures(&view.app, other, &last.id).await?),
        None => None,
    };
    let currency = view.app.config.currency.clone();
    let (trend, trend_table) = trend(&view, &currency, (period, &now), other.zip(before.as_deref()));
    let page = OverviewPage {
        title,
        as_of: as_of(&view, &last),
        presets: presets(&view, period, &wanted),
        period: span(&view, period),
        compared: other.map_or(String::new(), |other| span(&view, other)),
        tiles: tiles(&view, &currency, period, &now, before.as_ref()),
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

/// Whether more of it is better.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    More,
    Less,
}

fn tiles(view: &View, currency: &str, period: Period, now: &Figures, before: Option<&Arc<Figures>>) -> Vec<Tile> {
    let w = view.words;
    let money = |amount: f64| {
        if amount.abs() >= 1000.0 { w.money_whole(amount, Some(currency)) } else { w.money(amount, Some(currency)) }
    };
    let count = |count: f64| w.number(count, 0);
    let mean = |mean: f64| w.number(mean, 2);
    let percent = |share: f64| w.percent(share, 1);
    type Read = fn(&Figures) -> Option<f64>;
    let tile = |(id, meaning): (&str, &str),
                read: Read,
                show: &dyn Fn(f64) -> String,
                better: Better,
                is_share: bool,
                href: Option<String>| {
        let value = read(now);
        let was = before.and_then(|before| read(before));
        let change = value.zip(was).map(|(value, was)| change(view, value, was, show, better, is_share));
        Tile {
            name: w.text(id),
            value: value.map_or_else(|| "–".to_owned(), show),
            change,
            meaning: w.text(meaning),
            href,
        }
    };
    let bought = [("last_purchase_from", period.from.to_string()), ("last_purchase_to", period.to.to_string())];
    let pairs: Vec<(&str, &str)> = bought.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let buyers =
        view.may(Permission::ReadCustomers).then(|| view.href(&format!("/customers?{}", form_urlencoded(&pairs))));
    let value = Some(view.href("/value"));
    use Better::{Less, More};
    vec![
        tile(
            ("insights-revenue", "insights-revenue-meaning"),
            |f| Some(f.revenue),
            &money,
            More,
            false,
            buyers.clone(),
        ),
        tile(("insights-orders", "insights-orders-meaning"), |f| Some(f.orders), &count, More, false, buyers.clone()),
        tile(("insights-buyers", "insights-buyers-meaning"), |f| Some(f.buyers), &count, More, false, buyers.clone()),
        tile(
            ("insights-new_buyers", "insights-new_buyers-meaning"),
            |f| Some(f.new_buyers),
            &count,
            More,
            false,
            buyers.clone(),
        ),
        tile(
            ("insights-order_value", "insights-order_value-meaning"),
            Figures::order_value,
            &money,
            More,
            false,
            buyers.clone(),
        ),
        tile(
            ("insights-frequency", "insights-frequency-meaning"),
            Figures::frequency,
            &mean,
            More,
            false,
            buyers.clone(),
        ),
        tile(("insights-repeat", "insights-repeat-meaning"), Figures::repeat_rate, &percent, More, true, value.clone()),
        tile(
            ("insights-retention", "insights-retention-meaning"),
            Figures::retention,
            &percent,
            More,
            true,
            value.clone(),
        ),
        tile(("insights-churn", "insights-churn-meaning"), Figures::churn, &percent, Less, true, value),
        tile(("insights-conversion", "insights-conversion-meaning"), Figures::conversion, &percent, More, true, None),
        tile(("insights-cart", "insights-cart-meaning"), Figures::cart_conversion, &percent, More, true, None),
        tile(("insights-engaged", "insights-engaged-meaning"), |f| Some(f.engaged), &count, More, false, None),
    ]
}

/// Shares change by points, all else by a share of what it was.
fn change(view: &View, value: f64, was: f64, show: &dyn Fn(f64) -> String, better: Better, is_share: bool) -> Change {
    let w = view.words;
    let difference = value - was;
    let by = if is_share { difference } else { difference / was.abs() };
    let is_same = !by.is_finite() || by.abs() < 0.0005;
    let text = match (by.is_finite(), is_share) {
        (false, _) => w.text("insights-new"),
        (true, true) => w.with("insights-points", &[("points", w.number((by * 100.0).abs(), 1).into())]),
        (true, false) => w.percent(by.abs(), 1),
    };
    let class = match (is_same, (difference > 0.0) == (better == Better::More)) {
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
    let before = w.with("insights-before", &[("value", show(was).into())]);
    Change { class, icon, text: w.with(id, &[("change", text.into())]), before }
}

/// Revenue by day, or by week where days would be too many; the period of comparison on the same axis.
fn trend(view: &View, currency: &str, now: (Period, &Figures), before: Option<(Period, &Figures)>) -> (Chart, Table) {
    let w = view.words;
    let step = if now.0.days() > 100 { 7 } else { 1 };
    let (these, those) = (series(now, step), before.map(|before| series(before, step)));
    let high = these.iter().chain(those.iter().flatten()).map(|(_, amount)| *amount).fold(0.0, f64::max);
    let low = these.iter().chain(those.iter().flatten()).map(|(_, amount)| *amount).fold(0.0, f64::min);
    let points =
        |series: &[(NaiveDate, f64)]| series.iter().enumerate().map(|(i, (_, amount))| (i as f64, *amount)).collect();
    let mut lines = vec![Line { class: "a", points: points(&these), area: true }];
    if let Some(those) = &those {
        let those = &those[..those.len().min(these.len())];
        lines.insert(0, Line { class: "c", points: points(those), area: false });
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

//! What only the lake knows of a customer: every order's lines, and what they were worth run by run. It takes a moment, so the
//! page does not wait for it: each is a page of its own, of which the customer's page takes the part.

use super::super::super::view;
use crate::platform::pages::{Answer, html};
use crate::platform::{Path, Problem, View};
use crate::report::charts::{self, Chart, Direction, Line, Lines, round_marks};
use askama::Template;
use axum::http::HeaderMap;
use chrono::{DateTime, NaiveDate};
use cvm_core::lake::{QueryAnswer, QueryLimits};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::time::Duration;

/// Lines of orders, and runs, shown of one customer at most.
const LINES_MAX: usize = 400;
const RUNS_MAX: usize = 400;

/// How long a person waits for it.
const PATIENCE: Duration = Duration::from_secs(15);

/// Orders, alone or within a page.
#[derive(Template)]
#[template(path = "customers/pages/orders.html")]
struct OrdersPart {
    view: View,
    /// None where the lake did not answer.
    orders: Option<Vec<Order>>,
    is_cut: bool,
    top_category: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "customers/pages/part.html")]
struct PartPage {
    view: View,
    title: String,
    person: String,
    part: String,
}

/// A part alone where a page takes it, else a page of it.
fn answer(view: View, title: &str, survivor: &str, headers: &HeaderMap, part: &impl Template) -> Answer {
    if headers.contains_key("hx-request") {
        return html(part);
    }
    let part = part.render().map_err(|error| Problem::internal(&error))?;
    let person = view.href(&format!("/customers/{survivor}"));
    html(&PartPage { title: view.words.text(title), person, part, view })
}

/// An order, as it is shown.
struct Order {
    id: String,
    time: String,
    amount: String,
    lines: Vec<OrderLine>,
}

struct OrderLine {
    product: String,
    category: String,
    quantity: String,
    amount: String,
    discount: String,
}

pub(super) async fn orders(view: View, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let survivor = view::survivor(&view.app, &id).await?;
    // The id is one of ours, out of the database: a UUID, without anything that SQL would take for its own.
    let sql = format!(
        "SELECT order_id, \"timestamp\", line, product, category, quantity, amount, discount, currency FROM transactions \
         WHERE customer_id = '{survivor}' ORDER BY \"timestamp\" DESC, order_id, line"
    );
    let answer = ask(&view, &sql, LINES_MAX).await;
    let is_cut = answer.as_ref().is_some_and(|answer| answer.cut);
    let rows = answer.as_ref().map(|answer| answer.rows.as_slice());
    let part = OrdersPart {
        orders: rows.map(|rows| gathered(&view, rows)),
        is_cut,
        top_category: rows.and_then(|rows| top_category(&view, rows)),
        view: view.clone(),
    };
    self::answer(view, "customer-orders", &survivor, &headers, &part)
}

/// What the lake answers; none where it cannot right now.
async fn ask(view: &View, sql: &str, rows: usize) -> Option<QueryAnswer> {
    let limits = QueryLimits { rows, time: PATIENCE, ..QueryLimits::default() };
    match view.app.lake.query(sql, limits).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::warn!(error = %error, "what the lake has of a customer cannot be shown");
            None
        }
    }
}

fn text<'r>(row: &'r Map<String, Value>, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number, or an amount, which is written as text where it has many places.
fn number(row: &Map<String, Value>, name: &str) -> Option<f64> {
    match row.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Lines by order: they come one after the other.
fn gathered(view: &View, rows: &[Map<String, Value>]) -> Vec<Order> {
    let mut orders: Vec<(Order, f64, String)> = Vec::new();
    for row in rows {
        let (id, currency) = (text(row, "order_id"), text(row, "currency"));
        let money = |value: f64| view.words.money(value, Some(currency).filter(|code| !code.is_empty()));
        let amount = number(row, "amount").unwrap_or_default();
        if orders.last().is_none_or(|(order, ..)| order.id != id) {
            let time = moment(view, text(row, "timestamp"));
            let order = Order { id: id.to_owned(), time, amount: String::new(), lines: Vec::new() };
            orders.push((order, 0.0, currency.to_owned()));
        }
        let Some((order, sum, _)) = orders.last_mut() else { continue };
        *sum += amount;
        order.amount = money(*sum);
        let quantity = number(row, "quantity");
        order.lines.push(OrderLine {
            product: text(row, "product").to_owned(),
            category: text(row, "category").to_owned(),
            quantity: quantity
                .map_or_else(String::new, |count| view.words.number(count, if count.fract() == 0.0 { 0 } else { 2 })),
            amount: money(amount),
            discount: number(row, "discount").filter(|discount| *discount > 0.0).map_or_else(String::new, money),
        });
    }
    orders.into_iter().map(|(order, ..)| order).collect()
}

/// A moment of the lake as people write it.
fn moment(view: &View, written: &str) -> String {
    let micros = DateTime::parse_from_rfc3339(written).map(|time| time.timestamp_micros());
    micros.map_or_else(|_| written.to_owned(), |micros| view.moment(&crate::platform::Time(micros)))
}

/// Where most of their money goes, and how much.
fn top_category(view: &View, rows: &[Map<String, Value>]) -> Option<(String, String)> {
    let mut spent: HashMap<(&str, &str), f64> = HashMap::new();
    for row in rows.iter().filter(|row| !text(row, "category").is_empty()) {
        *spent.entry((text(row, "category"), text(row, "currency"))).or_default() +=
            number(row, "amount").unwrap_or(0.0);
    }
    let ((category, currency), amount) = spent.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some((category.to_owned(), view.words.money_whole(amount, Some(currency))))
}

#[derive(Template)]
#[template(path = "customers/pages/history.html")]
struct HistoryPart {
    view: View,
    /// None where the lake did not answer.
    runs: Option<Vec<RunOf>>,
    chart: Option<Chart>,
}

/// What a customer was worth by one run.
struct RunOf {
    day: String,
    clv: String,
    bounds: String,
    p_alive: String,
    revenue: String,
    tier: String,
}

pub(super) async fn history(view: View, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let survivor = view::survivor(&view.app, &id).await?;
    // The id is one of ours, as above.
    let sql = format!(
        "SELECT run, as_of, clv, clv_low, clv_high, p_alive, revenue, value_tier FROM customer_values \
         WHERE customer_id = '{survivor}' ORDER BY as_of DESC, run DESC"
    );
    let answer = ask(&view, &sql, RUNS_MAX).await;
    let rows = answer.map(|answer| last_of_each_day(answer.rows));
    let part = HistoryPart {
        chart: rows.as_deref().and_then(|rows| chart(&view, rows)),
        runs: rows.map(|rows| rows.iter().map(|row| run_of(&view, row)).collect()),
        view: view.clone(),
    };
    self::answer(view, "customer-history", &survivor, &headers, &part)
}

/// Of runs that looked at the same day, the last.
fn last_of_each_day(mut rows: Vec<Map<String, Value>>) -> Vec<Map<String, Value>> {
    rows.dedup_by(|later, first| text(later, "as_of") == text(first, "as_of"));
    rows
}

fn run_of(view: &View, row: &Map<String, Value>) -> RunOf {
    let currency = Some(view.app.config.currency.as_str());
    let money = |name: &str| number(row, name).map(|value| view.words.money_whole(value, currency));
    let bounds = money("clv_low").zip(money("clv_high"));
    let between = |(low, high): (String, String)| {
        view.words.with("customer-bounds", &[("low", low.into()), ("high", high.into())])
    };
    RunOf {
        day: view.words.date(text(row, "as_of")),
        clv: money("clv").unwrap_or_default(),
        bounds: bounds.map_or_else(String::new, between),
        p_alive: number(row, "p_alive").map_or_else(String::new, |share| view.words.percent(share, 0)),
        revenue: money("revenue").unwrap_or_default(),
        tier: view.words.tier(text(row, "value_tier")),
    }
}

/// Value over time with its bounds; none for a single day.
fn chart(view: &View, rows: &[Map<String, Value>]) -> Option<Chart> {
    let points = |name: &str| -> Vec<(f64, f64)> {
        let point = |row: &Map<String, Value>| {
            let day: NaiveDate = text(row, "as_of").parse().ok()?;
            Some((f64::from(chrono::Datelike::num_days_from_ce(&day)), number(row, name)?))
        };
        rows.iter().rev().filter_map(point).collect()
    };
    let clv = points("clv");
    if clv.len() < 2 {
        return None;
    }
    let line = |class, points: Vec<(f64, f64)>, area| Line { class, points, area };
    let lines: Vec<Line> =
        [line("c", points("clv_low"), false), line("c", points("clv_high"), false), line("a", clv, true)]
            .into_iter()
            .filter(|line| line.points.len() > 1)
            .collect();
    let all = || lines.iter().flat_map(|line| &line.points);
    let highest = all().map(|point| point.1).fold(0.0, f64::max);
    let lowest = all().map(|point| point.1).fold(0.0, f64::min);
    let currency = Some(view.app.config.currency.as_str());
    let y = round_marks(lowest, highest, 4).into_iter().map(|mark| (mark, view.words.money_compact(mark, currency)));
    let (first, last) = (all().map(|it| it.0).fold(f64::MAX, f64::min), all().map(|it| it.0).fold(f64::MIN, f64::max));
    let mark = |days: f64| {
        let day = NaiveDate::from_num_days_from_ce_opt(days as i32)?;
        Some((days, view.words.date(&day.to_string())))
    };
    let direction = if view.language().direction() == "rtl" { Direction::Rtl } else { Direction::Ltr };
    let drawn = Lines {
        label: view.words.text("customer-history-picture"),
        x: [first, last].into_iter().filter_map(mark).collect(),
        y: y.collect(),
        x_title: String::new(),
        shaded_from: None,
        lines,
    };
    Some(charts::lines(&drawn, direction))
}

//! The page of acquisition.

use super::spend::{self, Spend};
use super::value::{Bought, Line, Payback, channels, lines, months};
use crate::access::Permission;
use crate::customers::{self, AllWon};
use crate::insights::figures::{ask_once, number};
use crate::insights::pages::{as_of, nothing_yet};
use crate::platform::pages::{Answer, Fields, csv, form_urlencoded, html};
use crate::platform::server::App;
use crate::platform::{Pages, Query, Result, View};
use crate::report::charts::{self, Bars, Chart, Direction};
use crate::report::{Cell, Table};
use crate::scoring::{self, LastRun};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use chrono::Months;
use cvm_models::value::acquisition::ChannelValue;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// First months that are shown.
const MONTHS: u32 = 12;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/value/acquisition", get(show))
        .part(Permission::ReadCustomers, "/value/acquisition.csv", get(export))
        .part(Permission::Import, "/value/acquisition/spend", post(enter))
        .part(Permission::Import, "/value/acquisition/table", post(enter_table))
}

/// Which months are asked for.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    all: bool,
    #[serde(default)]
    saved: bool,
}

#[derive(Template)]
#[template(path = "insights/acquisition/pages/acquisition.html")]
struct AcquisitionPage {
    view: View,
    title: String,
    as_of: String,
    /// None while the list of customers is being made.
    found: Option<Found>,
    channels: Vec<String>,
    may_enter: bool,
    saved: bool,
    fault: Option<String>,
    written: String,
}

struct Found {
    /// None where nobody said what was spent.
    picture: Option<Chart>,
    by_channel: Table,
    by_month: Table,
    all: bool,
    has_channels: bool,
    is_empty: bool,
}

/// What is known: of everyone, and of the months that are shown.
struct Known {
    won: AllWon,
    lines: Vec<Line>,
}

async fn known(app: &App, last: &LastRun, all: bool) -> Result<Option<Known>> {
    let Some(won) = customers::won(app).await? else { return Ok(None) };
    let bought = bought(app, last).await?;
    let lines = lines(&won, &spend::list(app).await?, &bought, months(last.report.run.horizon_days));
    let as_of =
        last.as_of.parse().ok().and_then(|day: chrono::NaiveDate| day.checked_sub_months(Months::new(MONTHS - 1)));
    let since = as_of.map_or_else(String::new, |day| day.format("%Y-%m").to_string());
    let lines = lines.into_iter().filter(|line| all || line.month >= since).collect();
    Ok(Some(Known { won, lines }))
}

/// How all customers of a first month have bought since, by months.
async fn bought(app: &App, last: &LastRun) -> Result<Bought> {
    let (zone, run) = (app.config.timezone, &last.id);
    let sql = format!(
        "WITH bought AS (
           SELECT CAST(first_purchase AS DATE) AS first, local_day(timestamp, '{zone}') AS day, CAST(amount AS DOUBLE) AS amount
           FROM transactions JOIN customer_values ON customer_values.customer_id = transactions.customer_id
           WHERE run = '{run}')
         SELECT substr(CAST(first AS VARCHAR), 1, 7) AS month,
           12 * (date_part('year', day) - date_part('year', first)) + date_part('month', day) - date_part('month', first) AS after,
           sum(amount) AS amount
         FROM bought WHERE day >= first GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let mut bought = Bought::new();
    for row in ask_once(app, sql).await?.iter() {
        let month = row.get("month").and_then(Value::as_str).unwrap_or_default();
        let after = number(row, "after").max(0.0) as usize;
        let months = bought.entry(month.to_owned()).or_default();
        months.resize(months.len().max(after + 1), 0.0);
        months[after] += number(row, "amount");
    }
    // Months in which nobody of them bought any more have passed too.
    for (month, months) in &mut bought {
        let passed = age(month, &last.as_of);
        months.resize(months.len().max(passed + 1), 0.0);
    }
    Ok(bought)
}

/// Months from a first month to that of a day.
fn age(month: &str, day: &str) -> usize {
    let number = |text: &str| -> Option<usize> {
        Some(text.get(..4)?.parse::<usize>().ok()? * 12 + text.get(5..7)?.parse::<usize>().ok()?)
    };
    number(day).unwrap_or(0).saturating_sub(number(month).unwrap_or(0))
}

async fn show(view: View, Query(wanted): Query<Wanted>) -> Answer {
    page(view, &wanted, None, String::new()).await
}

async fn page(view: View, wanted: &Wanted, fault: Option<String>, written: String) -> Answer {
    let title = view.words.text("acquisition-title");
    let Some(last) = scoring::last_run(&view.app).await? else { return nothing_yet(view, title) };
    let known = known(&view.app, &last, wanted.all).await?;
    let channels: BTreeSet<String> = known
        .iter()
        .flat_map(|known| known.lines.iter().map(|line| line.channel.clone()))
        .filter(|channel| !channel.is_empty())
        .collect();
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = html(&AcquisitionPage {
        as_of: as_of(&view, &last),
        found: known.map(|known| found(&view, &known, wanted)),
        channels: channels.into_iter().collect(),
        may_enter: view.may(Permission::Import),
        saved: wanted.saved,
        title,
        fault,
        written,
        view,
    })?;
    Ok((status, page).into_response())
}

fn found(view: &View, known: &Known, wanted: &Wanted) -> Found {
    let channels = channels(&known.lines);
    Found {
        picture: picture(view, &channels),
        by_channel: by_channel(view, &channels),
        by_month: by_month(view, known),
        all: wanted.all,
        has_channels: known.won.attribute.is_some(),
        is_empty: known.lines.is_empty(),
    }
}

/// How a channel is called; who was won by none that is known has none.
fn named(view: &View, channel: &str) -> String {
    if channel.is_empty() { view.words.text("acquisition-unknown") } else { channel.to_owned() }
}

/// What a customer of each channel is worth, beside what winning one cost.
fn picture(view: &View, channels: &[ChannelValue]) -> Option<Chart> {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let shown: Vec<&ChannelValue> = channels.iter().filter(|channel| channel.cac.is_some()).take(8).collect();
    let (values, costs): (Vec<f64>, Vec<f64>) =
        shown.iter().map(|channel| (channel.clv, channel.cac.unwrap_or(0.0))).unzip();
    let all = || values.iter().chain(&costs).copied();
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    let bars = Bars {
        label: w.text("acquisition-picture"),
        names: shown.iter().map(|channel| named(view, &channel.name)).collect(),
        series: vec![("a", values.clone()), ("b", costs.clone())],
        pale: Vec::new(),
        y: charts::round_marks(low, high, 4)
            .into_iter()
            .map(|mark| (mark, w.money_compact(mark, Some(currency))))
            .collect(),
        x_title: w.text("acquisition-channel"),
    };
    (!shown.is_empty()).then(|| charts::bars(&bars, Direction::of(view.language())))
}

fn payback(view: &View, payback: Payback) -> String {
    let month = |id: &str, month: u64| view.words.with(id, &[("month", month.into())]);
    match payback {
        Payback::AtOnce => view.words.text("acquisition-at_once"),
        Payback::In(months) => month("acquisition-in", months),
        Payback::Expected(months) => month("acquisition-expected", months),
        Payback::Not => view.words.text("acquisition-not"),
    }
}

/// The ratio; below one, each customer costs more than they bring, and that is said.
fn ratio(view: &View, ratio: Option<f64>) -> Cell {
    let Some(ratio) = ratio else { return Cell::Empty };
    let shown = view.words.number(ratio, 1);
    let is_loss = ratio < 1.0;
    Cell::Number(if is_loss { format!("{shown} ({})", view.words.text("acquisition-loss")) } else { shown })
}

fn by_channel(view: &View, channels: &[ChannelValue]) -> Table {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let money = |amount: f64| Cell::Number(w.money_whole(amount, Some(currency)));
    let each = |amount: f64| Cell::Number(w.money(amount, Some(currency)));
    let row = |channel: &ChannelValue| {
        let month = channel.payback_month.map(|month| match month {
            0 => w.text("acquisition-at_once"),
            month => w.with("acquisition-in", &[("month", (month as u64).into())]),
        });
        let payback = month.or_else(|| channel.cac.map(|_| w.text("acquisition-not")));
        vec![
            Cell::Foreign(named(view, &channel.name), None),
            Cell::Number(w.number(channel.customers as f64, 0)),
            channel.cac.map_or(Cell::Empty, each),
            each(channel.clv),
            ratio(view, channel.ratio),
            payback.map_or(Cell::Empty, Cell::Text),
            each(channel.highest_paying_cost),
            money(channel.profit),
        ]
    };
    let heads = vec![
        (w.text("acquisition-channel"), false),
        (w.text("acquisition-won"), true),
        (w.text("acquisition-cac"), true),
        (w.text("acquisition-value"), true),
        (w.text("acquisition-ratio"), true),
        (w.text("acquisition-payback"), false),
        (w.text("acquisition-highest"), true),
        (w.text("acquisition-profit"), true),
    ];
    Table::new(w, w.text("acquisition-by_channel"), "names", heads, channels.iter().map(row).collect())
}

fn by_month(view: &View, known: &Known) -> Table {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let money = |amount: f64| Cell::Number(w.money_whole(amount, Some(currency)));
    let each = |amount: f64| Cell::Number(w.money(amount, Some(currency)));
    let row = |line: &Line| {
        let customers = w.number(line.customers as f64, 0);
        vec![
            Cell::Text(w.month_short(&line.month)),
            Cell::Foreign(named(view, &line.channel), None),
            behind(view, known, line)
                .map_or_else(|| Cell::Number(customers.clone()), |href| Cell::NumberLink(customers.clone(), href)),
            line.spend.map_or(Cell::Empty, money),
            line.cac.map_or(Cell::Empty, each),
            each(line.margin),
            each(line.clv),
            ratio(view, line.ratio),
            line.payback.map_or(Cell::Empty, |it| Cell::Text(payback(view, it))),
        ]
    };
    let heads = vec![
        (w.text("acquisition-month"), false),
        (w.text("acquisition-channel"), false),
        (w.text("acquisition-won"), true),
        (w.text("acquisition-spend"), true),
        (w.text("acquisition-cac"), true),
        (w.text("acquisition-so_far"), true),
        (w.text("acquisition-to_come"), true),
        (w.text("acquisition-ratio"), true),
        (w.text("acquisition-payback"), false),
    ];
    Table::new(w, w.text("acquisition-by_month"), "names", heads, known.lines.iter().map(row).collect()).with_file()
}

/// The list of those who were won so.
fn behind(view: &View, known: &Known, line: &Line) -> Option<String> {
    let first = spend::first_day(&line.month)?;
    let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
    let (first, last) = (first.to_string(), last.to_string());
    let mut filters = vec![("first_from", first.as_str()), ("first_to", last.as_str())];
    if let Some(attribute) = known.won.attribute.filter(|_| !line.channel.is_empty()) {
        // Only who may see persons can narrow the list by their attributes.
        if !view.may(Permission::ReadPersonalData) {
            return None;
        }
        filters.extend([("attribute", attribute), ("value", line.channel.as_str())]);
    }
    Some(view.href(&format!("/customers?{}", form_urlencoded(&filters)))).filter(|_| line.customers > 0)
}

/// One month and channel.
#[derive(Deserialize)]
struct Entered {
    month: String,
    channel: String,
    amount: String,
}

async fn enter(view: View, Fields(Entered { month, channel, amount }): Fields<Entered>) -> Answer {
    let amount = cvm_core::text::read_number(&amount).unwrap_or(f64::NAN);
    let row = Spend { month, channel, amount };
    let fault = "acquisition-fault-row";
    entered(view, &[row], fault, String::new()).await
}

/// Many at once.
#[derive(Deserialize)]
struct EnteredTable {
    table: String,
}

async fn enter_table(view: View, Fields(EnteredTable { table }): Fields<EnteredTable>) -> Answer {
    match spend::read(&table) {
        Ok(rows) if !rows.is_empty() && rows.len() <= spend::ROWS_MAX => {
            entered(view, &rows, "acquisition-fault-row", table).await
        }
        Ok(_) => {
            let fault = view.words.text("acquisition-fault-row");
            page(view, &Wanted::default(), Some(fault), table).await
        }
        Err(line) => {
            let fault = view.words.with("acquisition-fault-line", &[("line", (line as u64).into())]);
            page(view, &Wanted::default(), Some(fault), table).await
        }
    }
}

async fn entered(view: View, rows: &[Spend], fault: &'static str, written: String) -> Answer {
    match spend::enter(&view.app, &view.caller, rows).await {
        Ok(()) => Ok(Redirect::to(&view.href("/value/acquisition?saved=true")).into_response()),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let fault = view.words.text(fault);
            page(view, &Wanted::default(), Some(fault), written).await
        }
        Err(problem) => Err(problem),
    }
}

async fn export(view: View, Query(wanted): Query<Wanted>) -> Answer {
    let title = view.words.text("acquisition-title");
    let Some(last) = scoring::last_run(&view.app).await? else { return nothing_yet(view, title) };
    let lines = known(&view.app, &last, wanted.all).await?.map_or_else(Vec::new, |known| known.lines);
    let amount = |amount: Option<f64>| amount.map_or_else(String::new, |amount| format!("{amount:.2}"));
    let row = |line: Line| {
        let (payback, months) = match line.payback {
            None => ("", String::new()),
            Some(Payback::AtOnce) => ("paid", "0".to_owned()),
            Some(Payback::In(month)) => ("paid", month.to_string()),
            Some(Payback::Expected(month)) => ("expected", month.to_string()),
            Some(Payback::Not) => ("not", String::new()),
        };
        vec![
            line.month,
            line.channel,
            line.customers.to_string(),
            amount(line.spend),
            amount(line.cac),
            amount(Some(line.margin)),
            amount(Some(line.clv)),
            line.ratio.map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            payback.to_owned(),
            months,
        ]
    };
    let head = ["month", "channel", "customers", "spend", "cac", "margin", "clv", "ratio", "payback", "payback_months"];
    csv("acquisition", &head, lines.into_iter().map(row))
}

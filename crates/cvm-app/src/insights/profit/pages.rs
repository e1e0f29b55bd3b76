//! The pages of profit.

use super::advice::{Account, Deed};
use super::ledger::{Ledger, ledger};
use crate::access::Permission;
use crate::customers;
use crate::insights::pages::{as_of, nothing_yet};
use crate::platform::pages::{Answer, Fields, csv, form_urlencoded, html};
use crate::platform::{Pages, Problem, Query, Result, View};
use crate::report::charts::{self, Chart, Direction, Line, Lines};
use crate::report::{Cell, Table};
use crate::scoring;
use crate::segments::{self, Draft};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cvm_core::segment::{Node, Rule};
use serde::Deserialize;
use std::collections::HashMap;

/// Rows of the list on the page.
const SHOWN: usize = 100;

/// Customers of a segment made of the list at most, and of one condition of it: conditions in SQL have a bound of their own.
const KEPT: usize = 500;
const OF_CONDITION: usize = 90;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/profit", get(show))
        .part(Permission::ReadCustomers, "/profit/unprofitable.csv", get(export))
        .part(Permission::Query, "/profit/segment", post(keep))
}

/// What is to be done with those who are asked for; empty for whatever it is.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default, rename = "do")]
    deed: String,
}

impl Wanted {
    fn means(&self, account: &Account) -> bool {
        self.deed.is_empty() || account.deed().name() == self.deed
    }
}

/// A sum on top of the page.
struct Sum {
    name: String,
    value: String,
    /// `plus`, `minus` or `equal`.
    class: &'static str,
}

/// A choice above the list.
struct Choice {
    name: String,
    count: String,
    href: String,
    current: bool,
    how: String,
}

#[derive(Template)]
#[template(path = "insights/profit/pages/profit.html")]
struct ProfitPage {
    view: View,
    title: String,
    as_of: String,
    /// None where costs are not known.
    book: Option<Book>,
    fault: Option<String>,
    name: String,
}

/// What the page shows where costs are known.
struct Book {
    sums: Vec<Sum>,
    whale_said: String,
    whale: Chart,
    whale_table: Table,
    said: String,
    choices: Vec<Choice>,
    /// What is advised, where one choice is made.
    how: String,
    list: Table,
    shown: String,
    is_empty: bool,
    wanted: String,
    file: String,
    may_keep: bool,
}

async fn show(view: View, Query(wanted): Query<Wanted>) -> Answer {
    html(&page(view, &wanted, None, String::new()).await?)
}

async fn page(view: View, wanted: &Wanted, fault: Option<String>, name: String) -> Result<ProfitPage> {
    let title = view.words.text("page-profit");
    let Some(last) = scoring::last_run(&view.app).await? else {
        return Ok(ProfitPage { as_of: String::new(), book: None, title, fault, name, view });
    };
    let book = match ledger(&view.app, &last.id).await? {
        Some(ledger) => Some(book(&view, &ledger, wanted).await?),
        None => None,
    };
    Ok(ProfitPage { as_of: as_of(&view, &last), book, title, fault, name, view })
}

async fn book(view: &View, ledger: &Ledger, wanted: &Wanted) -> Result<Book> {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let money = |amount: f64| w.money_whole(amount, Some(currency));
    let totals = &ledger.totals;
    let sum = |id: &str, amount: f64, class| Sum { name: w.text(id), value: money(amount), class };
    let meant: Vec<&Account> = ledger.worst.iter().filter(|account| wanted.means(account)).collect();
    let chosen = Deed::ALL.into_iter().find(|deed| deed.name() == wanted.deed);
    let said = [("customers", (totals.losing as u64).into()), ("loss", money(totals.loss).into())];
    let shown = [("shown", (meant.len().min(SHOWN) as u64).into()), ("all", (meant.len() as u64).into())];
    Ok(Book {
        sums: vec![
            sum("profit-margin", totals.margin, "plus"),
            sum("profit-served", totals.served, "minus"),
            sum("profit-won", totals.won, "minus"),
            sum("profit-net", totals.profit, "equal"),
        ],
        whale_said: whale_said(view, ledger),
        whale: whale(view, ledger),
        whale_table: whale_table(view, ledger),
        said: w.with("profit-worklist-lead", &said),
        choices: choices(view, ledger, wanted),
        how: chosen.map_or_else(String::new, |deed| w.text(deed.texts().1)),
        list: list(view, &meant[..meant.len().min(SHOWN)]).await?,
        shown: w.with("profit-shown", &shown),
        is_empty: meant.is_empty(),
        wanted: wanted.deed.clone(),
        file: view.href(&format!("/profit/unprofitable.csv?{}", form_urlencoded(&[("do", &wanted.deed)]))),
        may_keep: view.may(Permission::Query) && view.may(Permission::EditSegments),
    })
}

/// How far the curve rises, and what those behind its peak take away.
fn whale_said(view: &View, ledger: &Ledger) -> String {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let best = |best: (f64, f64), point: &(f64, f64)| if point.1 > best.1 { *point } else { best };
    let (share, peak) = ledger.whale.iter().fold((0.0, 0.0), best);
    let lost = peak - ledger.totals.profit;
    if lost < 0.5 {
        return w.text("profit-whale-none");
    }
    let money = |amount: f64| w.money_whole(amount, Some(currency));
    w.with(
        "profit-whale-lead",
        &[("share", w.percent(share, 0).into()), ("peak", money(peak).into()), ("loss", money(lost).into())],
    )
}

fn whale(view: &View, ledger: &Ledger) -> Chart {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let profits = || ledger.whale.iter().map(|point| point.1);
    let (low, high) = (profits().fold(0.0, f64::min), profits().fold(0.0, f64::max));
    let end = ledger.totals.profit;
    let chart = Lines {
        label: w.text("profit-whale"),
        lines: vec![
            Line { class: "c", points: vec![(0.0, end), (1.0, end)], area: false },
            Line { class: "a", points: ledger.whale.clone(), area: true },
        ],
        x: (0..=5).map(|i| f64::from(i) / 5.0).map(|share| (share, w.percent(share, 0))).collect(),
        y: charts::round_marks(low, high, 4)
            .into_iter()
            .map(|mark| (mark, w.money_compact(mark, Some(currency))))
            .collect(),
        x_title: w.text("profit-share-of-customers"),
        shaded_from: None,
    };
    charts::lines(&chart, Direction::of(view.language()))
}

fn whale_table(view: &View, ledger: &Ledger) -> Table {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let row = |point: &(f64, f64)| {
        let share = if ledger.totals.profit > 0.0 {
            Cell::Number(w.percent(point.1 / ledger.totals.profit, 0))
        } else {
            Cell::Empty
        };
        vec![Cell::Text(w.percent(point.0, 0)), Cell::Number(w.money_whole(point.1, Some(currency))), share]
    };
    let tenths = ledger.whale.iter().skip(10).step_by(10);
    let heads = vec![
        (w.text("profit-share-of-customers"), false),
        (w.text("profit-cumulative"), true),
        (w.text("profit-share-of-all"), true),
    ];
    Table::new(w, w.text("profit-whale"), "slim", heads, tenths.map(row).collect())
}

fn choices(view: &View, ledger: &Ledger, wanted: &Wanted) -> Vec<Choice> {
    let w = view.words;
    let count = |deed: Option<Deed>| {
        ledger.worst.iter().filter(|account| deed.is_none_or(|deed| account.deed() == deed)).count()
    };
    let choice = |deed: Option<Deed>| {
        let name = deed.map_or("", Deed::name);
        let query = if name.is_empty() { String::new() } else { format!("?{}", form_urlencoded(&[("do", name)])) };
        Choice {
            name: deed.map_or_else(|| w.text("profit-all"), |deed| w.text(deed.texts().0)),
            count: w.number(count(deed) as f64, 0),
            href: view.href(&format!("/profit{query}#worklist")),
            current: wanted.deed == name,
            how: deed.map_or_else(String::new, |deed| w.text(deed.texts().1)),
        }
    };
    let some = Deed::ALL.into_iter().filter(|deed| count(Some(*deed)) > 0).map(Some);
    [None].into_iter().chain(some).map(choice).collect()
}

async fn list(view: &View, accounts: &[&Account]) -> Result<Table> {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let names = names(view, accounts).await?;
    let money = |amount: f64| Cell::Number(w.money_whole(amount, Some(currency)));
    let some = |amount: f64| if amount > 0.0 { money(amount) } else { Cell::Empty };
    let row = |account: &&Account| {
        // Who was erased after the lake was asked is on no list.
        let name = names.get(&account.customer)?;
        let href = view.href(&format!("/customers/{}", account.customer));
        let why = format!("{}: {}", w.text(account.deed().texts().0), w.text(account.cause().text()));
        Some(vec![
            Cell::ForeignLink(name.clone(), Some(why), href),
            money(account.profit),
            money(account.margin),
            some(account.discounts),
            some(account.returns),
            some(account.served),
            some(account.won),
            Cell::Number(w.percent(account.p_alive, 0)),
            money(account.clv),
        ])
    };
    let heads = vec![
        (w.text("table-customer"), false),
        (w.text("profit-net"), true),
        (w.text("profit-margin"), true),
        (w.text("profit-discounts"), true),
        (w.text("profit-returns"), true),
        (w.text("profit-served"), true),
        (w.text("profit-won"), true),
        (w.text("table-alive"), true),
        (w.text("table-clv"), true),
    ];
    let mut table =
        Table::new(w, w.text("profit-worklist"), "customers", heads, accounts.iter().filter_map(row).collect())
            .with_file();
    table.leave_out_empty();
    Ok(table)
}

/// What they are called; by the end of their id to those who may not see persons.
async fn names(view: &View, accounts: &[&Account]) -> Result<HashMap<String, String>> {
    let ids: Vec<&str> = accounts.iter().map(|account| account.customer.as_str()).collect();
    let mut names = customers::named(&view.app, &ids).await?;
    let personal = view.may(Permission::ReadPersonalData);
    for (id, name) in &mut names {
        if !personal || name.is_empty() {
            id.rsplit('-').next().unwrap_or(id).clone_into(name);
        }
    }
    Ok(names)
}

async fn export(view: View, Query(wanted): Query<Wanted>) -> Answer {
    let Some(last) = scoring::last_run(&view.app).await? else {
        return nothing_yet(view.clone(), view.words.text("page-profit"));
    };
    let worst = ledger(&view.app, &last.id).await?.map_or_else(Vec::new, |ledger| ledger.worst);
    let accounts: Vec<&Account> = worst.iter().filter(|account| wanted.means(account)).collect();
    let names = names(&view, &accounts).await?;
    let amount = |amount: f64| format!("{amount:.2}");
    let row = |account: &&Account| {
        let name = names.get(&account.customer)?;
        Some(vec![
            account.customer.clone(),
            name.clone(),
            account.deed().name().to_owned(),
            account.cause().name().to_owned(),
            amount(account.profit),
            amount(account.revenue),
            amount(account.margin),
            amount(account.discounts),
            amount(account.returns),
            amount(account.served),
            amount(account.won),
            format!("{:.4}", account.p_alive),
            amount(account.clv),
        ])
    };
    let head = [
        "customer_id",
        "name",
        "action",
        "cause",
        "profit",
        "revenue",
        "margin",
        "discounts",
        "returns",
        "cost_to_serve",
        "acquisition_cost",
        "p_alive",
        "clv",
    ];
    csv("unprofitable-customers", &head, accounts.iter().filter_map(row).collect::<Vec<_>>())
}

/// What the segment is called, and of whom it is made.
#[derive(Deserialize)]
struct NewSegment {
    name: String,
    #[serde(default, rename = "do")]
    deed: String,
}

/// Saves those who are listed as a segment, as they are now.
async fn keep(view: View, Fields(NewSegment { name, deed }): Fields<NewSegment>) -> Answer {
    if !view.may(Permission::EditSegments) {
        return Err(Problem::forbidden("your role may not make segments; an admin can give you another"));
    }
    let wanted = Wanted { deed };
    let Some(last) = scoring::last_run(&view.app).await? else {
        return Err(Problem::conflict("no values were computed yet; there is nobody on the list"));
    };
    let worst = ledger(&view.app, &last.id).await?.map_or_else(Vec::new, |ledger| ledger.worst);
    let ids: Vec<&str> = worst
        .iter()
        .filter(|account| wanted.means(account))
        .take(KEPT)
        .map(|account| account.customer.as_str())
        .collect();
    if ids.is_empty() {
        return Err(Problem::conflict("there is nobody on the list"));
    }
    let day = view.words.date_long(&last.as_of);
    let description = view.words.with("profit-segment-about", &[("day", day.into())]);
    let draft = Draft { name: name.clone(), description, rule: of_these(&ids) };
    match segments::create(&view.app, &view.caller, &draft).await {
        Ok(segment) => Ok(Redirect::to(&view.href(&format!("/segments/{}", segment.id))).into_response()),
        Err(problem) if [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::CONFLICT].contains(&problem.status()) => {
            let fault = Some(view.words.text("profit-segment-fault"));
            let page = html(&page(view, &wanted, fault, name).await?)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Who is one of these. Ids are ours: letters, digits and dashes.
fn of_these(ids: &[&str]) -> Rule {
    let condition = |ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("'{}'", id.replace('\'', "''"))).collect();
        Node::Sql(format!("customer_id IN ({})", ids.join(", ")))
    };
    Rule::new(Node::Any(ids.chunks(OF_CONDITION).map(condition).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_rule_within_the_bounds_of_rules() {
        let ids: Vec<String> = (0..KEPT).map(|i| format!("019b7ca9-8c88-7d54-8ffb-{i:012}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let Node::Any(conditions) = of_these(&ids).who else { panic!("any of these") };
        for condition in &conditions {
            let Node::Sql(sql) = condition else { panic!("SQL") };
            assert!(sql.len() <= cvm_core::segment::SQL_MAX, "{}", sql.len());
        }
        assert_eq!(conditions.len(), KEPT.div_ceil(OF_CONDITION));
    }
}

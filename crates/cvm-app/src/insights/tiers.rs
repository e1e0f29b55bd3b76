//! Who moved from value tier to value tier, from an earlier scoring run to the last.

use super::figures::{ask_once, number};
use crate::access::Permission;
use crate::platform::pages::form_urlencoded;
use crate::platform::{Result, View};
use crate::report::charts::Direction;
use crate::report::flow::{Flow, flow};
use crate::report::{Cell, Chart, Table};
use crate::scoring::{self, LastRun};
use chrono::{Days, NaiveDate};
use cvm_core::text::TIERS;
use serde_json::{Map, Value};

/// Days that can be compared with, at most.
const RUNS: i64 = 60;

/// Where nobody chooses, the latest run at least so long before: from day to day hardly anybody moves.
const DAYS: u64 = 28;

/// The flow, as it is shown.
pub(super) struct Moves {
    /// Days to compare with: as in the address, as written, whether it is chosen.
    pub days: Vec<(String, String, bool)>,
    pub said: String,
    pub chart: Chart,
    pub legend: Vec<(&'static str, String)>,
    pub table: Table,
}

/// Customers who went from one tier to another; an empty tier is none.
struct Moved {
    before: usize,
    now: usize,
    customers: f64,
    clv_before: f64,
    clv_now: f64,
}

/// Who moved since a day; none where there is no earlier run.
pub(super) async fn moves(view: &View, last: &LastRun, since: &str) -> Result<Option<Moves>> {
    let runs = scoring::earlier(&view.app, &last.as_of, RUNS).await?;
    let as_of: NaiveDate = last.as_of.parse().unwrap_or_default();
    let usual = (as_of - Days::new(DAYS)).to_string();
    let chosen = runs.iter().find(|(_, day)| day == since);
    let chosen = chosen.or_else(|| runs.iter().find(|(_, day)| *day <= usual)).or(runs.last());
    let Some((before, day)) = chosen else { return Ok(None) };
    // Ids of runs are ours: letters, digits and dashes.
    let of = |run: &str| format!("(SELECT customer_id, value_tier, clv FROM customer_values WHERE run = '{run}')");
    let sql = format!(
        "SELECT coalesce(b.value_tier, '') AS before, coalesce(n.value_tier, '') AS now, count(*) AS customers,
           sum(coalesce(b.clv, 0)) AS clv_before, sum(coalesce(n.clv, 0)) AS clv_now
         FROM {} AS b FULL OUTER JOIN {} AS n ON b.customer_id = n.customer_id GROUP BY 1, 2",
        of(before),
        of(&last.id)
    );
    let rows = ask_once(&view.app, sql).await?;
    let moved: Vec<Moved> = rows.iter().map(moved).collect();
    let days = runs.iter().map(|(_, known)| (known.clone(), view.words.date(known), known == day)).collect();
    let legend = [("a", "tiers-up"), ("b", "tiers-down"), ("c", "tiers-same")];
    Ok(Some(Moves {
        days,
        said: said(view, &moved),
        chart: picture(view, (day, &last.as_of), &moved),
        legend: legend.map(|(class, id)| (class, view.words.text(id))).into(),
        table: table(view, &moved),
    }))
}

/// The place of a tier from the best; behind all, none.
fn place(row: &Map<String, Value>, name: &str) -> usize {
    let tier = row.get(name).and_then(Value::as_str).unwrap_or_default();
    TIERS.iter().position(|known| *known == tier).unwrap_or(TIERS.len())
}

fn moved(row: &Map<String, Value>) -> Moved {
    Moved {
        before: place(row, "before"),
        now: place(row, "now"),
        customers: number(row, "customers"),
        clv_before: number(row, "clv_before"),
        clv_now: number(row, "clv_now"),
    }
}

fn said(view: &View, moved: &[Moved]) -> String {
    let none = TIERS.len();
    let count = |which: &dyn Fn(&Moved) -> bool| -> u64 {
        moved.iter().filter(|moved| which(moved)).map(|moved| moved.customers as u64).sum()
    };
    let stayed = |moved: &Moved| moved.before != none && moved.now != none;
    view.words.with(
        "tiers-said",
        &[
            ("up", count(&|moved| stayed(moved) && moved.now < moved.before).into()),
            ("down", count(&|moved| stayed(moved) && moved.now > moved.before).into()),
            ("new", count(&|moved| moved.before == none).into()),
        ],
    )
}

/// How a tier is called before and now: who was not there is new, who is not there any more is gone.
fn name(view: &View, place: usize, none: &str) -> String {
    TIERS.get(place).map_or_else(|| view.words.text(none), |tier| view.words.tier(tier))
}

fn picture(view: &View, days: (&str, &str), moved: &[Moved]) -> Chart {
    let names = |none: &str| (0..=TIERS.len()).map(|place| name(view, place, none)).collect();
    let mut bands: Vec<_> = moved
        .iter()
        .map(|moved| {
            let class = match moved.now.cmp(&moved.before) {
                _ if moved.before == TIERS.len() || moved.now == TIERS.len() => "c",
                std::cmp::Ordering::Less => "a",
                std::cmp::Ordering::Greater => "b",
                std::cmp::Ordering::Equal => "c",
            };
            (moved.before, moved.now, moved.customers, class)
        })
        .collect();
    bands.sort_by_key(|band| (band.0, band.1));
    let drawn = Flow {
        label: view.words.text("tiers-flow"),
        titles: (view.words.date(days.0), view.words.date(days.1)),
        from: names("tiers-not_yet"),
        to: names("tiers-gone"),
        bands,
    };
    flow(&drawn, Direction::of(view.language()))
}

fn table(view: &View, moved: &[Moved]) -> Table {
    let (w, currency) = (view.words, view.app.config.currency.as_str());
    let money = |amount: f64| Cell::Number(w.money_whole(amount, Some(currency)));
    let mut lines: Vec<&Moved> = moved.iter().collect();
    lines.sort_by_key(|moved| (moved.before, moved.now));
    let row = |moved: &&Moved| {
        let now = name(view, moved.now, "tiers-gone");
        let may_see = view.may(Permission::ReadCustomers);
        let listed = TIERS.get(moved.now).filter(|_| may_see).map(|tier| form_urlencoded(&[("tier", tier)]));
        let now = match listed {
            Some(query) => Cell::Link(now, view.href(&format!("/customers?{query}"))),
            None => Cell::Text(now),
        };
        vec![
            Cell::Text(name(view, moved.before, "tiers-not_yet")),
            now,
            Cell::Number(w.number(moved.customers, 0)),
            money(moved.clv_before),
            money(moved.clv_now),
        ]
    };
    let heads = vec![
        (w.text("tiers-before"), false),
        (w.text("tiers-now"), false),
        (w.text("table-customers"), true),
        (w.text("tiers-clv-before"), true),
        (w.text("tiers-clv-now"), true),
    ];
    Table::new(w, w.text("tiers-flow"), "slim", heads, lines.iter().map(row).collect())
}

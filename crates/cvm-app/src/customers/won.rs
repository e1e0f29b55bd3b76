//! By which channel customers were won, and what they have brought and will bring: from the list in memory.

use super::roster::{Row, Table};
use crate::platform::Result;
use crate::platform::server::App;
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// Attributes that may say it, the best first.
const CHANNELS: [&str; 5] = ["acquisition_channel", "acquisition_source", "utm_source", "first_channel", "channel"];

/// The attribute that says what winning somebody cost.
const COST: &str = "acquisition_cost";

/// Customers whose first purchase was in a month, and who were won by one channel.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Won {
    /// How many.
    pub customers: u64,
    /// What they paid so far.
    pub revenue: f64,
    /// Their margin so far, of those of whom costs are known.
    pub margin: f64,
    /// Of how many that is.
    pub with_margin: u64,
    /// What they are expected to bring.
    pub clv: f64,
    /// What winning them cost, as far as it is said of each.
    pub cost: f64,
}

/// Who was won, by month (2026-01) and channel; an empty channel where none is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AllWon {
    /// The attribute that says by which channel; none where no customer has one.
    pub attribute: Option<&'static str>,
    /// Whether it is said of customers what winning them cost.
    pub has_costs: bool,
    /// By month and channel.
    pub by: BTreeMap<(String, String), Won>,
}

/// Who was won when and by which channel; none while the list is being made.
///
/// # Errors
/// What the database gives.
pub async fn won(app: &App) -> Result<Option<AllWon>> {
    app.roster.ask(app, count).await
}

fn count(table: &Table) -> AllWon {
    let names = table.names();
    let attribute = CHANNELS.into_iter().find(|known| names.iter().any(|name| name == known));
    let mut all = AllWon { attribute, has_costs: names.iter().any(|name| name == COST), by: BTreeMap::new() };
    for row in table.rows.iter().filter(|row| row.is_there) {
        let Some((month, figures)) = row.figures.and_then(|figures| Some((month(figures.first_purchase)?, figures)))
        else {
            continue;
        };
        let channel = attribute.and_then(|name| table.value(row, name)).unwrap_or_default().to_owned();
        let won = all.by.entry((month, channel)).or_default();
        won.customers += 1;
        won.revenue += known(figures.revenue);
        won.clv += known(figures.clv);
        if !figures.profit.is_nan() {
            won.margin += figures.profit;
            won.with_margin += 1;
        }
        if all.has_costs {
            won.cost += cost(table, row);
        }
    }
    all
}

fn known(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

fn cost(table: &Table, row: &Row) -> f64 {
    let cost = table.value(row, COST).and_then(|cost| cost.parse::<f64>().ok());
    cost.filter(|cost| cost.is_finite() && *cost >= 0.0).unwrap_or(0.0)
}

fn month(day: i32) -> Option<String> {
    let day = NaiveDate::from_num_days_from_ce_opt(day).filter(|_| day > 0)?;
    Some(format!("{:04}-{:02}", day.year(), day.month()))
}

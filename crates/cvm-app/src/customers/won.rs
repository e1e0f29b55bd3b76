//! By which channel customers were won, and what they have brought and will bring: from the list in memory.

use super::roster::{Row, Table};
use crate::platform::Result;
use crate::platform::server::App;
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, HashMap};

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
    let has_costs = names.iter().any(|name| name == COST);
    let of_channel = attribute.map(|name| table.marks_of(name)).unwrap_or_default();
    let parts = table.in_parts(|_, rows| {
        let mut by: HashMap<(i32, Option<u32>), Won> = HashMap::new();
        for row in rows.iter().filter(|row| row.is_there) {
            let Some((month, figures)) =
                row.figures.and_then(|figures| Some((month(figures.first_purchase)?, figures)))
            else {
                continue;
            };
            let channel = row.tags.iter().copied().find(|&tag| of_channel.get(tag as usize) == Some(&true));
            let won = by.entry((month, channel)).or_default();
            won.customers += 1;
            won.revenue += known(figures.revenue);
            won.clv += known(figures.clv);
            if !figures.profit.is_nan() {
                won.margin += figures.profit;
                won.with_margin += 1;
            }
            if has_costs {
                won.cost += cost(table, row);
            }
        }
        by
    });
    let mut all = AllWon { attribute, has_costs, by: BTreeMap::new() };
    for ((month, channel), part) in parts.into_iter().flatten() {
        let month = format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
        let channel = channel.map_or(String::new(), |tag| table.tag(tag).to_owned());
        all.by.entry((month, channel)).or_default().add(&part);
    }
    all
}

impl Won {
    fn add(&mut self, other: &Self) {
        self.customers += other.customers;
        self.revenue += other.revenue;
        self.margin += other.margin;
        self.with_margin += other.with_margin;
        self.clv += other.clv;
        self.cost += other.cost;
    }
}

fn known(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

fn cost(table: &Table, row: &Row) -> f64 {
    let cost = table.value(row, COST).and_then(|cost| cost.parse::<f64>().ok());
    cost.filter(|cost| cost.is_finite() && *cost >= 0.0).unwrap_or(0.0)
}

/// Months since the year 0.
fn month(day: i32) -> Option<i32> {
    let day = NaiveDate::from_num_days_from_ce_opt(day).filter(|_| day > 0)?;
    Some(day.year() * 12 + day.month0() as i32)
}

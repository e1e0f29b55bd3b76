//! How figures of a report are written: how many decimals, when in short, which way bars run.

use super::blocks::{Cell, Table};
use super::charts::{self, Direction, Tick};
use cvm_core::report::{Interval, Report, Warning};
use cvm_core::text::Words;

/// A report with the words to show it.
pub struct Figures<'a, R = Report> {
    pub report: &'a R,
    pub words: Words,
    pub direction: Direction,
    /// Where customers are listed; nowhere in a file.
    customers: Option<String>,
    currency: Option<&'a str>,
    /// Whether pennies are noise in the amounts of single customers.
    whole: bool,
    /// Whether they are none in those of the whole base.
    small: bool,
}

impl<'a> Figures<'a> {
    pub fn new(report: &'a Report, words: impl Into<Words>) -> Self {
        let rows = report.best.iter().chain(&report.leaving);
        let largest = rows.map(|row| row.revenue.abs().max(row.clv.value.abs())).fold(0.0, f64::max);
        Self::of(report, words, report.run.currency.as_deref(), (largest, report.headline.revenue))
    }

    /// Whether the run knows how uncertain its figures are.
    pub fn has_bounds(&self) -> bool {
        self.report.run.uncertainty != "none" && self.has_forecast()
    }

    /// Whether there is a forecast at all.
    pub fn has_forecast(&self) -> bool {
        !self.report.warnings.contains(&Warning::NoModel)
    }
}

impl<'a, R> Figures<'a, R> {
    /// Figures of any report; its largest amount of one customer and that of the base say what pennies matter.
    pub fn of(report: &'a R, words: impl Into<Words>, currency: Option<&'a str>, (one, all): (f64, f64)) -> Self {
        let words = words.into();
        let direction = Direction::of(words.language());
        let (whole, small) = (one >= 10_000.0, all.abs() < 1000.0);
        Self { report, words, direction, customers: None, currency, whole, small }
    }

    /// With ways to the customers behind what is shown; `customers` is the address of their list.
    pub fn linked(self, customers: Option<String>) -> Self {
        Self { customers, ..self }
    }

    /// The list of the customers with these values of its filters.
    pub fn link(&self, filters: &[(&str, &str)]) -> Option<String> {
        let query = crate::platform::pages::form_urlencoded(filters);
        self.customers.as_ref().map(|list| format!("{list}?{query}"))
    }

    /// The name of a group, with the way to its customers.
    pub fn group(&self, name: String, filter: (&str, &str)) -> Cell {
        match self.link(&[filter]) {
            Some(href) => Cell::Link(name, href),
            None => Cell::Text(name),
        }
    }

    /// A customer, with the way to them.
    pub fn customer(&self, id: &str, note: Option<String>) -> Cell {
        match &self.customers {
            Some(list) => Cell::ForeignLink(id.to_owned(), note, format!("{list}/{id}")),
            None => Cell::Foreign(id.to_owned(), note),
        }
    }

    /// An amount of the whole base: pennies would be noise in all but the smallest.
    pub fn total(&self, amount: f64) -> String {
        if self.small {
            return self.words.money(amount, self.currency);
        }
        self.words.money_whole(amount, self.currency)
    }

    /// An expected number of customers or purchases; of a few, a tenth matters.
    pub fn expected(&self, count: f64) -> String {
        self.words.number(count, u8::from(count < 20.0))
    }

    /// A probability; nobody is a customer for certain, so the ends have a decimal.
    pub fn probability(&self, p: f64) -> String {
        self.words.percent(p, u8::from(!(0.005..0.995).contains(&p)))
    }

    /// The same where there is little room: ten digits do not fit a card.
    pub fn total_short(&self, amount: f64) -> String {
        if amount.abs() < 1e9 { self.total(amount) } else { self.mark(amount) }
    }

    /// An amount on an axis.
    pub fn mark(&self, amount: f64) -> String {
        self.words.money_compact(amount, self.currency)
    }

    /// An amount of one customer or purchase.
    pub fn each(&self, amount: f64) -> String {
        if self.whole { self.total(amount) } else { self.words.money(amount, self.currency) }
    }

    /// A mean amount, which stands alone and so may keep its pennies up to a thousand.
    pub fn mean(&self, amount: f64) -> String {
        if amount.abs() >= 1000.0 { self.total(amount) } else { self.words.money(amount, self.currency) }
    }

    pub fn count(&self, count: u64) -> String {
        self.words.number(count as f64, 0)
    }

    /// Bounds as words, with `show` for each.
    pub fn between(&self, interval: &Interval, show: impl Fn(f64) -> String) -> String {
        let (low, high) = (show(interval.low), show(interval.high));
        self.words.with("interval-between", &[("low", low.into()), ("high", high.into())])
    }

    pub fn share_bar(&self, share: f64) -> String {
        charts::share_bar(share, "a", self.direction)
    }

    /// A cell with a share as a bar.
    pub fn share_cell(&self, share: f64) -> Cell {
        Cell::Bar(self.share_bar(share), self.words.percent(share, 1))
    }

    pub fn segment(&self, id: &str) -> String {
        self.words.segment(id)
    }

    /// Marks of a vertical axis from 0 (or below) to `high`.
    pub fn marks(&self, low: f64, high: f64, show: impl Fn(f64) -> String) -> Vec<Tick> {
        charts::round_marks(low, high, 4).into_iter().map(|mark| (mark, show(mark))).collect()
    }

    /// Marks from 0 to 1 at every fifth.
    pub fn shares(&self) -> Vec<Tick> {
        (0..=5).map(|i| f64::from(i) / 5.0).map(|share| (share, self.words.percent(share, 0))).collect()
    }

    /// A table of these heads (and whether figures stand below them) and rows.
    pub fn table(&self, caption: &str, class: &'static str, heads: &[(&str, bool)], rows: Vec<Vec<Cell>>) -> Table {
        let heads = heads.iter().map(|(head, number)| ((*head).to_owned(), *number)).collect();
        Table::new(self.words, caption.to_owned(), class, heads, rows)
    }
}

/// `part` of `whole`; nothing of nothing is 0.
pub fn share_of(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

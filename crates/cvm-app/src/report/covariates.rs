//! What else was known of customers, and what it says of how they buy and leave.

use super::blocks::{Block, Cell, Section, Table};
use super::figures::Figures;
use super::sections::section;
use cvm_core::report::{CovariateColumn, CovariateLevel, Covariates, Interval, LeftOut, LeftOutReason, Level};

/// The section, where a file of covariates was given.
pub fn covariates(f: &Figures<'_>) -> Option<Section> {
    let known = f.report.covariates.as_ref()?;
    let w = f.words;
    let lead = match &known.model {
        Some(model) => w.with("covariates-lead", &[("model", model.as_str().into())]),
        None => w.text("covariates-lead-unused"),
    };
    let mut blocks = vec![Block::Table(levels(f, known))];
    blocks.extend(remarks(f, known).into_iter().map(Block::Text));
    if !known.left_out.is_empty() {
        let title = w.text("covariates-left_out");
        let heads = [(&*w.text("covariates-column"), false), (&*w.text("data-reason"), false)];
        let row = |out: &LeftOut| vec![Cell::Foreign(out.column.clone(), None), Cell::Text(w.left_out(out.reason))];
        let table = f.table(&title, "slim", &heads, known.left_out.iter().map(row).collect());
        blocks.extend([Block::Heading(title), Block::Table(table)]);
    }
    Some(section("covariates", w.text("covariates-title"), lead, blocks))
}

/// The columns by name, with those not used and why: a line for the terminal.
pub fn in_a_line(f: &Figures<'_>, known: &Covariates) -> String {
    let w = f.words;
    let used: Vec<&str> = known.columns.iter().map(|column| column.column.as_str()).collect();
    let mut line = format!("{}: {}", w.text("summary-covariates"), used.join(", "));
    if !known.left_out.is_empty() {
        let by_reason = LeftOutReason::ALL.into_iter().filter_map(|reason| {
            let columns = known.left_out.iter().filter(|out| out.reason == reason);
            let columns: Vec<&str> = columns.map(|out| out.column.as_str()).collect();
            (!columns.is_empty()).then(|| format!("{} ({})", columns.join(", "), w.left_out(reason)))
        });
        let out = by_reason.collect::<Vec<_>>().join(" · ");
        line.push_str(&format!(" · {}: {out}", w.text("summary-covariates-left_out")));
    }
    line
}

fn levels(f: &Figures<'_>, known: &Covariates) -> Table {
    let w = f.words;
    let mut heads = vec![
        (w.text("covariates-column"), false),
        (w.text("covariates-level"), false),
        (w.text("table-customers"), true),
    ];
    if known.model.is_some() {
        let more = [("covariates-buying", true), ("covariates-leaving", true), ("covariates-words", false)];
        heads.extend(more.map(|(id, number)| (w.text(id), number)));
    }
    let row = |(number, column, level): (usize, &CovariateColumn, &CovariateLevel)| {
        let first = known.model.as_ref().filter(|_| number == 0).map(|_| w.text("covariates-first"));
        let name = match &level.level {
            Level::Value { text } => Cell::Foreign(text.clone(), first),
            other => Cell::Foreign(level_name(f, other), first),
        };
        let mut row = vec![Cell::Foreign(column.column.clone(), None), name, Cell::Number(f.count(level.customers))];
        match (&level.buying, &level.leaving) {
            (Some(buying), Some(leaving)) => {
                row.extend([Cell::Number(times(f, buying)), Cell::Number(times(f, leaving))]);
                row.push(Cell::Text(in_words(f, buying, leaving)));
            }
            _ => row.extend((row.len()..heads.len()).map(|_| Cell::Empty)),
        }
        row
    };
    let each = known
        .columns
        .iter()
        .flat_map(|column| column.levels.iter().enumerate().map(move |(number, level)| (number, column, level)));
    let rows = each.map(row).collect();
    let heads: Vec<(&str, bool)> = heads.iter().map(|(head, number)| (head.as_str(), *number)).collect();
    f.table(&w.text("covariates-title"), "names", &heads, rows)
}

fn level_name(f: &Figures<'_>, level: &Level) -> String {
    let number = |value: f64| f.words.number(value, if value.fract() == 0.0 { 0 } else { 2 });
    match level {
        Level::Value { text } => text.clone(),
        Level::Range { low, high } if low == high => number(*low),
        Level::Range { low, high } => {
            f.words.with("interval-between", &[("low", number(*low).into()), ("high", number(*high).into())])
        }
        Level::Other => f.words.text("covariates-other"),
        Level::Missing => f.words.text("covariates-missing"),
    }
}

/// "1.98 (1.84 to 2.13)".
fn times(f: &Figures<'_>, effect: &Interval) -> String {
    let number = |value: f64| f.words.number(value, 2);
    format!("{} ({})", number(effect.value), f.between(effect, number))
}

const BUYS: [&str; 3] = ["covariates-buys-less", "covariates-buys-same", "covariates-buys-more"];
const LEAVES: [&str; 3] = ["covariates-leaves-less", "covariates-leaves-same", "covariates-leaves-more"];

fn in_words(f: &Figures<'_>, buying: &Interval, leaving: &Interval) -> String {
    if is_unclear(buying) && is_unclear(leaving) {
        return f.words.text("covariates-same");
    }
    let words = [("buys", said(f, buying, BUYS).into()), ("leaves", said(f, leaving, LEAVES).into())];
    f.words.with("covariates-join", &words)
}

fn is_unclear(effect: &Interval) -> bool {
    effect.low <= 1.0 && effect.high >= 1.0
}

/// An effect in words: less, no clear difference, more.
fn said(f: &Figures<'_>, effect: &Interval, [less, same, more]: [&str; 3]) -> String {
    let w = f.words;
    let share = w.percent((effect.value - 1.0).abs(), 0);
    match effect.value < 1.0 {
        _ if is_unclear(effect) => w.text(same),
        true => w.with(less, &[("share", share.into())]),
        false => w.with(more, &[("share", share.into())]),
    }
}

/// What the reader must know of the columns.
fn remarks(f: &Figures<'_>, known: &Covariates) -> Vec<String> {
    let w = f.words;
    let all = known.matched + known.unmatched;
    let matched = [("matched", f.count(known.matched).into()), ("customers", f.count(all).into())];
    let mut said = vec![w.with("covariates-matched", &matched)];
    if known.other_rows + known.unusable_rows > 0 {
        let rows = [("other", f.count(known.other_rows).into()), ("unusable", f.count(known.unusable_rows).into())];
        said.push(w.with("covariates-rows", &rows));
    }
    let with = |of: &dyn Fn(&CovariateColumn) -> Option<String>| -> Option<String> {
        let columns: Vec<String> = known.columns.iter().filter_map(of).collect();
        (!columns.is_empty()).then(|| columns.join(", "))
    };
    let without = |column: &CovariateColumn| {
        (column.missing > 0).then(|| format!("{} ({})", column.column, f.count(column.missing)))
    };
    if let Some(columns) = with(&without) {
        said.push(w.with("covariates-without", &[("columns", columns.into())]));
    }
    if let Some(columns) = with(&|column| column.coarsened.then(|| column.column.clone())) {
        said.push(w.with("covariates-coarsened", &[("columns", columns.into())]));
    }
    said
}

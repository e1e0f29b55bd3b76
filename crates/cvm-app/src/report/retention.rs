//! The report on contracts, made of the same parts as that on purchases.

use super::blocks::{Block, Cell, Figure, Headline, Section, Table};
use super::charts::{self, Line, Lines};
use super::figures::{Figures, share_of};
use super::sections::{self, Data, section};
use super::terminal::{self as lines, Page as Summary};
use super::{Page, STYLE, font};
use askama::Template;
use cvm_core::Language;
use cvm_core::columns::CONTRACT;
use cvm_core::report::Interval;
use cvm_core::retention::{CurveCandidate, Period, RetentionReport, SurvivalPoint};

type Shown<'a> = Figures<'a, RetentionReport>;

/// The report as one self-contained HTML file.
///
/// # Errors
/// None in practice: a template that is compiled in fails only where memory ends.
pub fn render(report: &RetentionReport, language: Language) -> Result<String, askama::Error> {
    let f = figures(report, language);
    let (w, run) = (f.words, &report.run);
    let count = report.warnings.len() as u64;
    let page = Page {
        words: w,
        title: w.text("retention-title"),
        font: font(language),
        style: STYLE,
        as_of: as_of(&f),
        period: period(&f),
        rows: w.with("report-rows", &[("used", run.rows_used.into()), ("read", run.rows_read.into())]),
        files: &run.files,
        headlines: headlines(&f),
        bounds: true,
        headline_table: headline_table(&f),
        sure: sure(&f),
        warnings: report.warnings.iter().map(|warning| w.retention_warning(warning)).collect(),
        warnings_title: w.with("sure-warnings", &[("count", count.into())]),
        sections: vec![survival(&f), renewals(&f), tenures(&f), at_risk(&f), curves(&f), data(&f), glossary(&f)],
        made_by: w.with("report-made_by", &[("version", run.version.as_str().into())]),
    };
    page.render()
}

/// The summary of a run for the terminal, at most 100 columns wide.
pub fn terminal(report: &RetentionReport, language: Language) -> String {
    let f = figures(report, language);
    let (w, run) = (f.words, &report.run);
    let mut out = Summary::default();
    out.line(&format!("{} · {}", w.text("retention-title"), as_of(&f)));
    out.wrapped("  ", &w.with("report-rows", &[("used", run.rows_used.into()), ("read", run.rows_read.into())]));
    if !report.problems.is_empty() {
        out.wrapped("  ", &format!("{}: {}", w.text("summary-problems"), lines::problems(&f, &report.problems)));
    }
    if !report.mapping.is_empty() {
        out.wrapped("  ", &format!("{}: {}", w.text("terminal-columns"), lines::mapping(&f, &report.mapping)));
    }
    out.line("");
    let rows = headlines(&f).into_iter().map(|h| {
        let bounds = h.bounds.map_or_else(String::new, |(_, words)| words);
        vec![h.label, h.value, bounds, h.notes.into_iter().next().unwrap_or_default()]
    });
    out.columns(&rows.collect::<Vec<_>>());
    out.line("");
    if report.holdout_periods > 0 {
        out.wrapped("  ", &format!("{}: {}", w.text("summary-sure"), tested(&f)));
    }
    if !report.warnings.is_empty() {
        out.line("");
        out.line(&w.text("summary-warnings"));
        for warning in &report.warnings {
            out.wrapped("  ! ", &w.retention_warning(warning));
        }
    }
    out.text
}

fn figures(report: &RetentionReport, language: Language) -> Shown<'_> {
    let one = report.at_risk.iter().filter_map(|row| row.residual_value).fold(0.0, f64::max);
    let all = report.headline.residual_value.map_or(0.0, |value| value.value);
    Figures::of(report, language, report.run.currency.as_deref(), (one, all))
}

fn as_of(f: &Shown<'_>) -> String {
    match &f.report.run.as_of {
        Some(day) => f.words.with("report-as_of", &[("date", f.words.date_long(day).into())]),
        None => f.words.text("retention-undated"),
    }
}

fn period(f: &Shown<'_>) -> String {
    let (w, run) = (f.words, &f.report.run);
    match (&run.first_day, &run.as_of) {
        (Some(from), Some(to)) => {
            w.with("retention-dates", &[("from", w.date_long(from).into()), ("to", w.date_long(to).into())])
        }
        _ => w.text(shape(f)),
    }
}

fn shape(f: &Shown<'_>) -> &'static str {
    match f.report.run.shape.as_str() {
        "tenure" => "shape-tenure",
        "survival" => "shape-survival",
        _ => "shape-dates",
    }
}

/// "60 months".
fn horizon(f: &Shown<'_>) -> String {
    f.words.periods(f64::from(f.report.run.horizon_periods), 0, f.report.run.period)
}

/// A length of time in periods; a tenth of a period is as much as people care for.
fn length(f: &Shown<'_>, periods: f64) -> String {
    f.words.periods(periods, u8::from(periods < 100.0 && periods.fract() != 0.0), f.report.run.period)
}

fn unit(period: Period) -> &'static str {
    match period {
        Period::Week => "week",
        Period::Month => "month",
        Period::Year => "year",
        Period::Days { .. } => "period",
    }
}

/// A rate of a few percent, where a tenth matters.
fn rate(f: &Shown<'_>, share: f64) -> String {
    f.words.percent(share, if share.abs() < 0.1 { 2 } else { 1 })
}

fn headlines(f: &Shown<'_>) -> Vec<Headline> {
    let (w, h, run) = (f.words, &f.report.headline, &f.report.run);
    let plain =
        |label: String, value: String, notes: Vec<String>| Headline { label, value, bounds: None, notes, main: false };
    let estimate = |label: String, interval: &Interval, show: &dyn Fn(f64) -> String, notes: Vec<String>| Headline {
        label,
        value: show(interval.value),
        bounds: Some(sections::bounds(f, interval, show)),
        notes,
        main: false,
    };
    let by_period = [("unit", unit(run.period).into())];
    let (horizon, money) = (horizon(f), |value: f64| f.total_short(value));
    let mut all = Vec::new();
    if let Some(value) = &h.residual_value {
        let revenue_only = f.report.warnings.contains(&cvm_core::retention::RetentionWarning::NoMargin);
        let id = if revenue_only { "kpi-residual-note-revenue" } else { "kpi-residual-note" };
        let mut notes = vec![w.with(id, &[("periods", horizon.as_str().into())])];
        let endless = |value: f64| w.with("kpi-residual-endless", &[("value", money(value).into())]);
        notes.extend(h.residual_value_endless.map(endless));
        all.push(Headline { main: true, ..estimate(w.text("kpi-residual"), value, &money, notes) });
    }
    let of_all = w.percent(share_of(h.active as f64, h.contracts as f64), 0);
    let of_all = w.with("kpi-contracts_active-note", &[("share", of_all.into())]);
    all.push(plain(w.text("kpi-contracts_active"), f.count(h.active), vec![of_all]));
    let churn = w.with("kpi-churn", &by_period);
    all.push(estimate(churn, &h.churn_rate, &|share| rate(f, share), vec![w.text("kpi-churn-note")]));
    let note = w.with("kpi-lifetime-note", &[("periods", horizon.as_str().into())]);
    let lifetime = estimate(w.text("kpi-lifetime"), &h.expected_lifetime, &|periods| w.number(periods, 1), vec![note]);
    all.push(Headline { value: length(f, h.expected_lifetime.value), ..lifetime });
    let ended = w.with("kpi-contracts-note", &[("ended", h.ended.into())]);
    all.push(plain(w.text("kpi-contracts"), f.count(h.contracts), vec![ended]));
    if let Some(revenue) = h.revenue_per_period {
        let label = w.with("kpi-revenue_period", &by_period);
        all.push(plain(label, money(revenue), vec![w.text("kpi-revenue_period-note")]));
    }
    all
}

/// The same figures in a table.
fn headline_table(f: &Shown<'_>) -> Table {
    let w = f.words;
    let rows = headlines(f).into_iter().map(|h| {
        let bounds = h.bounds.map_or(Cell::Empty, |(_, words)| Cell::Number(words));
        vec![Cell::Text(h.label), Cell::Number(h.value), bounds]
    });
    let heads = [(&*w.text("table-figure"), false), (&*w.text("setting-value"), true), (&*w.text("table-range"), true)];
    f.table(&w.text("retention-title"), "names", &heads, rows.collect())
}

/// How sure it is, in plain sentences.
fn sure(f: &Shown<'_>) -> Vec<String> {
    let w = f.words;
    let test = if f.report.holdout_periods > 0 { tested(f) } else { w.text("validation-none") };
    vec![test, w.text("retention-sure-bounds"), w.text("retention-sure-tenure")]
}

fn tested(f: &Shown<'_>) -> String {
    let w = f.words;
    let error = f.report.candidates.iter().find(|c| c.chosen).and_then(|c| c.holdout_error);
    w.with(
        "retention-sure-holdout",
        &[
            ("model", f.report.run.model.as_str().into()),
            ("periods", held_out(f).into()),
            ("error", w.percent(error.unwrap_or(f64::NAN), 1).into()),
        ],
    )
}

fn held_out(f: &Shown<'_>) -> String {
    f.words.periods(f64::from(f.report.holdout_periods), 0, f.report.run.period)
}

/// Marks along an axis of periods, at a step that suits its length.
fn period_marks(f: &Shown<'_>, last: u32) -> Vec<charts::Tick> {
    let step = [1, 2, 5, 6, 12, 24, 60, 120, 600].into_iter().find(|step| last / step <= 12).unwrap_or(last.max(1));
    (0..=last).step_by(step as usize).map(|p| (f64::from(p), f.words.number(f64::from(p), 0))).collect()
}

fn survival(f: &Shown<'_>) -> Section {
    let (w, r) = (f.words, f.report);
    let caption = w.text("survival-chart");
    let points = |of: &dyn Fn(&SurvivalPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        r.survival.iter().filter_map(|p| Some((f64::from(p.period), of(p)?))).collect()
    };
    let seen = |of: fn(&Interval) -> f64| points(&move |p: &SurvivalPoint| p.seen.as_ref().map(of));
    let last = r.survival.last().map_or(1, |p| p.period);
    let beyond = r.survival.iter().rfind(|p| p.seen.is_some()).map_or(0, |p| p.period);
    let chart = Lines {
        label: caption.clone(),
        lines: vec![
            Line { class: "c", points: seen(|i| i.low), area: false },
            Line { class: "c", points: seen(|i| i.high), area: false },
            Line { class: "a", points: seen(|i| i.value), area: true },
            Line { class: "b", points: points(&|p| Some(p.projected.value)), area: false },
        ],
        x: period_marks(f, last),
        y: f.shares(),
        x_title: w.period_name(r.run.period),
        shaded_from: (beyond < last).then(|| (f64::from(beyond), w.text("survival-beyond"))),
    };
    let projected = w.with("survival-projected", &[("model", r.run.model.as_str().into())]);
    let range = w.text("table-range");
    let heads = [
        (&*w.period_name(r.run.period), false),
        (&*w.text("survival-seen"), true),
        (&*range, true),
        (&*projected, true),
        (&*range, true),
    ];
    let percent = |share: f64| w.percent(share, 1);
    let rows = r.survival.iter().map(|p| {
        let seen = |show: &dyn Fn(&Interval) -> String| p.seen.as_ref().map_or(Cell::Empty, |i| Cell::Number(show(i)));
        vec![
            Cell::Text(w.number(f64::from(p.period), 0)),
            seen(&|i| percent(i.value)),
            seen(&|i| f.between(i, percent)),
            Cell::Number(percent(p.projected.value)),
            Cell::Number(f.between(&p.projected, percent)),
        ]
    });
    let figure = Figure {
        chart: charts::lines(&chart, f.direction),
        legend: vec![("a", w.text("survival-seen")), ("c", w.text("survival-bounds")), ("b", projected.clone())],
        table: f.table(&caption, "", &heads, rows.collect()),
    };
    let at = r.survival.iter().find(|p| p.period == r.run.horizon_periods).or(r.survival.last());
    let lead = at.map_or_else(String::new, |p| {
        let periods = w.periods(f64::from(p.period), 0, r.run.period);
        let share = w.number(p.projected.value * 100.0, 0);
        w.with("survival-lead", &[("share", share.into()), ("periods", periods.into())])
    });
    section("survival", w.text("survival-title"), lead, vec![Block::Figure(figure)])
}

/// Periods shown in full; the table under the picture has them all.
const FIRST_PERIODS: usize = 12;

fn renewals(f: &Shown<'_>) -> Section {
    let (w, r) = (f.words, f.report);
    let caption = w.text("renewals-chart");
    let points = |of: &dyn Fn(&cvm_core::retention::RenewalPeriod) -> f64| -> Vec<(f64, f64)> {
        r.periods.iter().map(|p| (f64::from(p.period), of(p))).collect()
    };
    let least = r.periods.iter().map(|p| p.retention.low.min(p.projected)).fold(1.0, f64::min);
    // The axis begins near the data: between 95% and 99% lies all that matters.
    let step = [0.02, 0.05, 0.1, 0.2].into_iter().find(|step| 1.0 - least <= 5.0 * step).unwrap_or(0.2);
    let from = (least / step).floor() * step;
    let marks = (0..=((1.0 - from) / step).round() as u32).map(|k| from + f64::from(k) * step);
    let chart = Lines {
        label: caption.clone(),
        lines: vec![
            Line { class: "c", points: points(&|p| p.retention.low), area: false },
            Line { class: "c", points: points(&|p| p.retention.high), area: false },
            Line { class: "a", points: points(&|p| p.retention.value), area: false },
            Line { class: "b", points: points(&|p| p.projected), area: false },
        ],
        x: period_marks(f, r.periods.last().map_or(1, |p| p.period)).into_iter().skip(1).collect(),
        y: marks.map(|mark| (mark, w.percent(mark, 0))).collect(),
        x_title: w.period_name(r.run.period),
        shaded_from: None,
    };
    let table = |class, with_bars: bool, most: usize| {
        let heads = [
            (&*w.period_name(r.run.period), false),
            (&*w.text("renewals-due"), true),
            (&*w.text("renewals-lost"), true),
            (&*w.text("renewals-share"), true),
            (&*w.text("table-range"), true),
            (&*w.text("renewals-projected"), true),
        ];
        let rows = r.periods.iter().take(most).map(|p| {
            let share = w.percent(p.retention.value, 1);
            let between = f.between(&p.retention, |share| w.percent(share, 1));
            let bar =
                charts::interval_bar(p.retention.low, p.retention.value, p.retention.high, (from, 1.0), f.direction);
            vec![
                Cell::Text(w.number(f64::from(p.period), 0)),
                Cell::Number(w.number(p.due, 0)),
                Cell::Number(w.number(p.lost, 0)),
                Cell::Number(share),
                if with_bars { Cell::Bar(bar, between) } else { Cell::Number(between) },
                Cell::Number(w.percent(p.projected, 1)),
            ]
        });
        f.table(&caption, class, &heads, rows.collect())
    };
    let figure = Figure {
        chart: charts::lines(&chart, f.direction),
        legend: vec![
            ("a", w.text("renewals-share")),
            ("c", w.text("table-range")),
            ("b", w.text("renewals-projected")),
        ],
        table: table("", false, usize::MAX),
    };
    let blocks = vec![Block::Figure(figure), Block::Table(table("", true, FIRST_PERIODS))];
    section("renewals", w.text("renewals-title"), w.text("renewals-lead"), blocks)
}

fn tenures(f: &Shown<'_>) -> Section {
    let (w, r) = (f.words, f.report);
    let all: f64 = r.tenures.iter().filter_map(|band| band.residual_value).sum();
    let contracts: u64 = r.tenures.iter().map(|band| band.contracts).sum();
    let has_values = r.headline.residual_value.is_some();
    let mut heads = vec![
        (w.text("role-tenure"), false),
        (w.text("kpi-contracts_active"), true),
        (w.text("table-share-contracts"), true),
        (w.text("tenure-renew"), true),
        (w.text("tenure-remaining"), true),
    ];
    if has_values {
        heads.extend([(w.text("tenure-residual"), true), (w.text("tenure-share"), true)]);
    }
    let number = |periods: u32| w.number(f64::from(periods), 0);
    let rows = r.tenures.iter().map(|band| {
        let name = match band.to {
            Some(to) if to == band.from => number(band.from),
            Some(to) => format!("{}–{}", number(band.from), number(to)),
            None => format!("{}+", number(band.from)),
        };
        let mut row = vec![
            Cell::Text(name),
            Cell::Number(f.count(band.contracts)),
            f.share_cell(share_of(band.contracts as f64, contracts as f64)),
            Cell::Number(w.percent(band.renew_next, 1)),
            Cell::Number(w.number(band.remaining_periods, 1)),
        ];
        if has_values {
            let value = band.residual_value.unwrap_or(0.0);
            row.extend([Cell::Number(f.total(value)), f.share_cell(share_of(value, all))]);
        }
        row
    });
    let heads: Vec<(&str, bool)> = heads.iter().map(|(head, number)| (head.as_str(), *number)).collect();
    let title = w.text("tenure-title");
    let table = f.table(&title, "names", &heads, rows.collect());
    section("tenures", title, w.text("tenure-lead"), vec![Block::Table(table)])
}

fn at_risk(f: &Shown<'_>) -> Section {
    let (w, rows) = (f.words, &f.report.at_risk);
    let title = w.text("risk-title");
    if rows.is_empty() {
        return section("risk", title, String::new(), vec![Block::Text(w.text("risk-none"))]);
    }
    let has_values = f.report.headline.residual_value.is_some();
    let mut heads = vec![(w.text("table-customer"), false), (w.text("tenure-renew"), true)];
    if has_values {
        heads.extend([(w.text("risk-stake"), true), (w.text("risk-value"), true), (w.text("tenure-residual"), true)]);
    }
    heads.push((w.text("tenure-remaining"), true));
    if f.report.run.first_day.is_some() {
        heads.push((w.text("role-start"), false));
    }
    let money = |value: Option<f64>| value.map_or(Cell::Empty, |value| Cell::Number(f.each(value)));
    let cells = rows.iter().map(|row| {
        let mut cells = vec![
            Cell::Foreign(row.customer_id.clone(), Some(w.contract_reason(&row.reason))),
            Cell::Number(w.percent(row.renew_next, 1)),
        ];
        if has_values {
            cells.extend([money(row.value_at_stake), money(row.value), money(row.residual_value)]);
        }
        cells.push(Cell::Number(w.number(row.remaining_periods, 1)));
        if f.report.run.first_day.is_some() {
            let start = row.start.as_ref().map(|day| w.date(day).replace(' ', "\u{a0}"));
            cells.push(start.map_or(Cell::Empty, Cell::Text));
        }
        cells
    });
    let heads: Vec<(&str, bool)> = heads.iter().map(|(head, number)| (head.as_str(), *number)).collect();
    let table = f.table(&title, "customers", &heads, cells.collect());
    let lead = w.text(if has_values { "risk-lead" } else { "risk-lead-no_values" });
    section("risk", title, lead, vec![Block::Table(table)])
}

fn curves(f: &Shown<'_>) -> Section {
    let (w, r) = (f.words, f.report);
    let lead = match r.holdout_periods {
        0 => w.text("curves-lead-none"),
        _ => w.with("curves-lead", &[("periods", held_out(f).into())]),
    };
    let mut blocks = vec![Block::Table(candidates(f)), Block::Heading(w.text("models-title"))];
    blocks.push(Block::Table(settings(f)));
    for model in &r.models {
        blocks.push(Block::Heading(model.model.clone()));
        blocks.push(Block::Table(sections::parameters(f, model)));
    }
    section("curves", w.text("curves-title"), lead, blocks)
}

/// What a curve assumes.
fn assumption(f: &Shown<'_>, model: &str) -> Option<String> {
    let id = match model {
        "constant churn" => "curve-constant",
        "sBG" => "curve-sbg",
        "BdW" => "curve-bdw",
        _ => return None,
    };
    Some(f.words.text(id))
}

fn candidates(f: &Shown<'_>) -> Table {
    let w = f.words;
    let heads = [
        (&*w.text("validation-model"), false),
        (&*w.text("validation-chosen"), false),
        (&*w.text("curves-error"), true),
        (&*w.text("curves-holdout"), true),
        (&*w.text("validation-likelihood"), true),
    ];
    let number =
        |value: Option<f64>, decimals| value.map_or(Cell::Empty, |value| Cell::Number(w.number(value, decimals)));
    let row = |c: &CurveCandidate| {
        let failure = c.failure.as_ref().map(|why| format!("{}: {why}", w.text("validation-failed")));
        vec![
            Cell::Foreign(c.model.clone(), failure.or_else(|| assumption(f, &c.model))),
            if c.chosen { Cell::Text("✓".to_owned()) } else { Cell::Empty },
            c.holdout_error.map_or(Cell::Empty, |error| Cell::Number(w.percent(error, 2))),
            number(c.holdout_log_likelihood, 1),
            number(c.log_likelihood, 1),
        ]
    };
    f.table(&w.text("curves-title"), "customers", &heads, f.report.candidates.iter().map(row).collect())
}

fn settings(f: &Shown<'_>) -> Table {
    let (w, run) = (f.words, &f.report.run);
    let row = |id: &str, value: Cell| vec![Cell::Text(w.text(id)), value];
    let period = match run.period {
        Period::Days { days } => w.with("period-days", &[("count", u64::from(days).into())]),
        period => w.period_name(period),
    };
    let currency =
        run.currency.clone().map_or_else(|| Cell::Text(w.text("setting-currency-none")), |c| Cell::Foreign(c, None));
    let rows = vec![
        row("setting-model", Cell::Foreign(run.model.clone(), None)),
        row("setting-period", Cell::Text(period)),
        row("setting-shape", Cell::Text(w.text(shape(f)))),
        row("setting-horizon", Cell::Text(horizon(f))),
        row("setting-discount", Cell::Text(w.percent(run.discount_rate, 1))),
        row("setting-margin", Cell::Text(w.percent(run.margin, 0))),
        row("setting-currency", currency),
    ];
    f.table(&w.text("models-title"), "slim", &[(&w.text("setting"), false), (&w.text("setting-value"), false)], rows)
}

fn data(f: &Shown<'_>) -> Section {
    let r = f.report;
    let (read, used) = (r.run.rows_read, r.run.rows_used);
    sections::data_of(f, &Data { files: &r.run.files, mapping: &r.mapping, problems: &r.problems, read, used })
}

fn glossary(f: &Shown<'_>) -> Section {
    let w = f.words;
    let terms = [
        ("term-survival", "term-survival-meaning"),
        ("term-retention", "term-retention-meaning"),
        ("term-residual", "term-residual-meaning"),
        ("term-holdout", "term-holdout-meaning"),
    ];
    let rows = terms.map(|(name, meaning)| vec![Cell::Text(w.text(name)), Cell::Text(w.text(meaning))]).into();
    let meaning = w.text("glossary-meaning");
    let title = w.text("glossary-terms");
    let terms = f.table(&title, "words", &[(&w.text("glossary-term"), false), (&meaning, false)], rows);
    let columns = CONTRACT
        .iter()
        .map(|column| vec![Cell::Foreign(column.name.to_owned(), None), Cell::Text(w.contract_column(column.name))])
        .collect();
    let columns_title = w.text("glossary-contract_columns");
    let columns = f.table(&columns_title, "words", &[(&w.text("glossary-name"), false), (&meaning, false)], columns);
    let blocks = vec![Block::Heading(title), Block::Table(terms), Block::Heading(columns_title), Block::Table(columns)];
    section("glossary", w.text("glossary-title"), String::new(), blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cvm_core::reason::ContractReason;
    use cvm_core::report::{MappedColumn, ModelParameters, ProblemCount};
    use cvm_core::retention::{
        ContractRow, RenewalPeriod, RetentionHeadline, RetentionRun, RetentionWarning, TenureBand,
    };

    fn interval(value: f64, by: f64) -> Interval {
        Interval { value, low: value - by, high: value + by }
    }

    /// 200 contracts at £20 a month, seen for 6 months; `name` stands wherever a user supplies words.
    fn sample(name: &str) -> RetentionReport {
        let run = RetentionRun {
            version: "1.2.3".to_owned(),
            files: vec![name.to_owned()],
            rows_read: 203,
            rows_used: 200,
            shape: "dates".to_owned(),
            as_of: Some("2024-12-31".to_owned()),
            first_day: Some("2024-01-01".to_owned()),
            period: Period::Month,
            horizon_periods: 24,
            discount_rate: 0.1,
            margin: 0.5,
            currency: Some("GBP".to_owned()),
            model: "sBG".to_owned(),
        };
        let headline = RetentionHeadline {
            contracts: 200,
            active: 150,
            ended: 50,
            churn_rate: interval(0.041, 0.01),
            expected_lifetime: interval(13.2, 1.5),
            revenue_per_period: Some(3000.0),
            residual_value: Some(interval(21_000.0, 2_500.0)),
            residual_value_endless: Some(41_000.0),
        };
        let survival = (0..=24)
            .map(|period| SurvivalPoint {
                period,
                seen: (period <= 6).then(|| interval(0.95_f64.powi(period as i32), 0.01)),
                projected: interval(0.95_f64.powi(period as i32), 0.02),
            })
            .collect();
        let periods = (1..=6)
            .map(|period| RenewalPeriod {
                period,
                due: 200.0 - 20.0 * f64::from(period),
                lost: 8.0,
                retention: interval(0.95, 0.02),
                projected: 0.951,
            })
            .collect();
        let candidate = |model: &str, chosen, failure| CurveCandidate {
            model: model.to_owned(),
            log_likelihood: Some(-200.0),
            holdout_log_likelihood: Some(-30.0),
            holdout_error: Some(0.01),
            chosen,
            failure,
        };
        RetentionReport {
            run,
            headline,
            survival,
            periods,
            holdout_periods: 2,
            candidates: vec![
                candidate("constant churn", false, None),
                candidate("sBG", true, None),
                candidate("BdW", false, Some(name.to_owned())),
            ],
            models: vec![ModelParameters {
                model: "sBG".to_owned(),
                parameters: vec![("alpha".to_owned(), 0.668, 0.1)],
                log_likelihood: -200.0,
                customers: 200.0,
            }],
            tenures: vec![TenureBand {
                from: 1,
                to: Some(3),
                contracts: 150,
                renew_next: 0.95,
                remaining_periods: 14.0,
                residual_value: Some(21_000.0),
            }],
            at_risk: vec![ContractRow {
                customer_id: name.to_owned(),
                start: Some("2024-10-05".to_owned()),
                tenure_periods: 2.8,
                renew_next: 0.94,
                remaining_periods: 14.2,
                value: Some(20.0),
                residual_value: Some(130.0),
                value_at_stake: Some(8.5),
                reason: ContractReason::Active { periods: 2, period: Period::Month, renew_percent: 94 },
            }],
            mapping: vec![MappedColumn {
                role: "start".to_owned(),
                column: name.to_owned(),
                format: Some("yyyy-mm-dd".to_owned()),
                found_by: "name".to_owned(),
            }],
            problems: vec![ProblemCount { reason: "no_end".to_owned(), rows: 3 }],
            warnings: vec![RetentionWarning::AsOfFromFile { date: "2024-12-31".to_owned() }],
        }
    }

    /// The same where nothing is known but tenures.
    fn sample_of_little() -> RetentionReport {
        let mut report = sample("few.csv");
        (report.run.as_of, report.run.first_day, report.run.shape) = (None, None, "survival".to_owned());
        (report.headline.residual_value, report.headline.residual_value_endless) = (None, None);
        (report.headline.revenue_per_period, report.holdout_periods) = (None, 0);
        (report.run.period, report.run.currency) = (Period::Days { days: 10 }, None);
        report.at_risk[0].start = None;
        report.at_risk[0].value = None;
        report.problems.clear();
        report.warnings = vec![RetentionWarning::NoValues, RetentionWarning::NoHoldout];
        report
    }

    #[test]
    fn pages_are_sound_in_every_language() {
        for language in Language::ALL {
            for (name, report) in [("full", sample("contracts.csv")), ("little", sample_of_little())] {
                let page = render(&report, language).unwrap();
                let body = page.split_once("</style>").unwrap().1;
                for wrong in ["NaN", ">inf<", "<script", "http://", "https://", " style="] {
                    assert!(!body.contains(wrong), "{name} in {language} holds {wrong}");
                }
                for element in ["section", "table", "figure", "div", "ul", "tr", "td", "th", "p", "bdi", "svg"] {
                    let open =
                        body.matches(&format!("<{element}>")).count() + body.matches(&format!("<{element} ")).count();
                    assert_eq!(open, body.matches(&format!("</{element}>")).count(), "{name} in {language}: {element}");
                }
                assert_eq!(body.matches("<section").count(), 8, "{name} in {language}");
                for link in body.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                    assert!(body.contains(&format!("id=\"{link}\"")), "{link} leads nowhere");
                }
                let text = terminal(&report, language);
                assert!(text.lines().count() < 30 && text.lines().all(|line| line.chars().count() <= 110), "{text}");
            }
        }
    }

    #[test]
    fn what_users_supply_is_shown_and_never_read_as_markup() {
        let page = render(&sample("<script>alert(1)</script>"), Language::En).unwrap();
        assert!(!page.contains("<script"));
        let shown = page.matches("&lt;script&gt;").count() + page.matches("&#60;script&#62;").count();
        assert!(shown >= 5, "shown {shown} times");
    }

    #[test]
    fn the_terminal_says_what_matters() {
        insta::assert_snapshot!(terminal(&sample("contracts.csv"), Language::En), @r"
        Contract retention report · As of 31 December 2024
          200 of 203 rows used
          Rows not used: Ended, but without an end date (3)
          Columns read: Start = contracts.csv (yyyy-mm-dd)

          Residual value         £21,000  90%: £18,500 to £23,500
          Active contracts           150
          Churn a month            4.10%  90%: 3.10% to 5.10%
          Expected lifetime  13.2 months  90%: 11.7 to 14.7
          Contracts                  200
          Revenue a month         £3,000

          Test: The curve in use (sBG) was fitted without the longest tenures (hold-out: 2 months) and had
          to predict them. The share that renewed was off by 1.0% on average.

        Warnings
          ! The last date in the files, 31 December 2024, is taken for the end of observation. If the files
            were made later, name the as-of date; else contracts look younger than they are.
        ");
        let little = terminal(&sample_of_little(), Language::Pl);
        assert!(!little.contains("Wartość pozostała") && little.contains("Odejścia na okres"), "{little}");
    }
}

//! The sections of the report, in the order in which they are read.

use super::blocks::{Block, Card, Cell, Figure, Headline, Section, Table};
use super::charts::{self, Bars, Line, Lines};
use super::covariates::covariates;
use super::figures::{Figures, share_of};
use chrono::{Months, NaiveDate};
use cvm_core::columns::CUSTOMER;
use cvm_core::report::{
    Bin, Candidate, Concentration, CustomerRow, Group, Interval, MappedColumn, ModelParameters, ProblemCount, Profit,
    Validation,
};

/// Every section after the headline figures and their certainty.
pub fn all(f: &Figures<'_>) -> Vec<Section> {
    let first = [
        concentration(f),
        monthly(f),
        rfm(f),
        segments(f),
        tiers(f),
        clusters(f),
        cohorts(f),
        leaving(f),
        best(f),
        profit(f),
        distribution(f),
    ];
    let last = [validation(f), models(f), data(f), glossary(f)];
    first.into_iter().chain(covariates(f)).chain(last).collect()
}

/// Those that say how much the customers are worth, and how far to trust that.
pub fn value(f: &Figures<'_>) -> Vec<Section> {
    vec![
        distribution(f),
        concentration(f),
        tiers(f),
        rfm(f),
        segments(f),
        cohorts(f),
        clusters(f),
        best(f),
        leaving(f),
        validation(f),
        models(f),
    ]
}

/// The figures of the base, the most important first.
pub fn headlines(f: &Figures<'_>) -> Vec<Headline> {
    let (w, h, run) = (f.words, &f.report.headline, &f.report.run);
    let horizon = w.horizon(run.horizon_days);
    let plain = |id: &str, value: String, note: Option<String>| Headline {
        label: w.text(id),
        value,
        bounds: None,
        notes: note.into_iter().collect(),
        main: false,
    };
    let estimate = |id: &str, interval: &Interval, show: &dyn Fn(f64) -> String, note: String| Headline {
        label: w.text(id),
        value: show(if f.has_forecast() { interval.value } else { f64::NAN }),
        bounds: f.has_bounds().then(|| bounds(f, interval, show)),
        notes: if f.has_forecast() { vec![note] } else { Vec::new() },
        main: false,
    };
    let money = |v: f64| f.total_short(v);
    let number = |v: f64| f.expected(v);
    let of_all = w.with(
        "kpi-active-note",
        &[
            ("share", w.percent(share_of(h.active_customers.value, h.customers as f64), 0).into()),
            ("customers", h.customers.into()),
        ],
    );
    let clv_note = w.with(clv_note_id(f), &[("horizon", horizon.as_str().into())]);
    let returns = w.with("kpi-revenue-note", &[("returns", money(h.returns).into())]);
    let again = w.with("kpi-customers-note", &[("share", w.percent(h.repeat_rate, 0).into())]);
    let purchases = w.with("kpi-order_value-note", &[("count", h.purchases.into())]);
    let simple = w.with("kpi-clv-simple", &[("clv", money(h.clv_simple).into())]);
    let clv = estimate("kpi-clv", &h.clv, &money, clv_note);
    vec![
        Headline { main: true, notes: [clv.notes.clone(), vec![simple]].concat(), ..clv },
        estimate("kpi-expected_revenue", &h.expected_revenue, &money, horizon.clone()),
        estimate("kpi-active", &h.active_customers, &number, of_all),
        plain("kpi-revenue", money(h.revenue), (h.returns > 0.0).then_some(returns)),
        plain("kpi-customers", f.count(h.customers), Some(again)),
        plain("kpi-order_value", f.mean(h.average_order_value), Some(purchases)),
        estimate("kpi-expected_purchases", &h.expected_purchases, &number, horizon),
    ]
}

fn clv_note_id(f: &Figures<'_>) -> &'static str {
    let revenue_only = f.report.warnings.contains(&cvm_core::report::Warning::NoCosts);
    if revenue_only { "kpi-clv-note-revenue" } else { "kpi-clv-note" }
}

/// A bar on a scale that leaves room on both sides, and the bounds in words.
pub fn bounds<R>(f: &Figures<'_, R>, interval: &Interval, show: &dyn Fn(f64) -> String) -> (String, String) {
    let room = (interval.high - interval.low).max(interval.value.abs() * 0.02);
    let scale = (interval.low - room * 0.6, interval.high + room * 0.6);
    let bar = charts::interval_bar(interval.low, interval.value, interval.high, scale, f.direction);
    let (low, high) = (show(interval.low), show(interval.high));
    (bar, f.words.with("interval-90", &[("low", low.into()), ("high", high.into())]))
}

/// The same figures in full.
pub fn headline_table(f: &Figures<'_>) -> Table {
    let (w, h) = (f.words, &f.report.headline);
    let number = |v: f64| f.expected(v);
    let total = |v: f64| f.total(v);
    let row = |id: &str, value: String| vec![Cell::Text(w.text(id)), Cell::Number(value), Cell::Empty];
    let estimate = |id: &str, interval: &Interval, show: &dyn Fn(f64) -> String| {
        let range = if f.has_bounds() { Cell::Number(f.between(interval, show)) } else { Cell::Empty };
        let value = show(if f.has_forecast() { interval.value } else { f64::NAN });
        vec![Cell::Text(w.text(id)), Cell::Number(value), range]
    };
    let rows = vec![
        estimate("kpi-clv", &h.clv, &total),
        estimate("kpi-expected_revenue", &h.expected_revenue, &total),
        estimate("kpi-expected_purchases", &h.expected_purchases, &number),
        estimate("kpi-active", &h.active_customers, &number),
        row("kpi-customers", f.count(h.customers)),
        row("kpi-revenue", f.total(h.revenue)),
        row("kpi-purchases", f.count(h.purchases)),
        row("kpi-order_value", f.mean(h.average_order_value)),
        row("kpi-clv_simple", f.total(h.clv_simple)),
    ];
    let heads = [(&*w.text("table-figure"), false), (&*w.text("setting-value"), true), (&*w.text("table-range"), true)];
    f.table(&w.text("report-title"), "names", &heads, rows)
}

/// How sure it is, in plain sentences.
pub fn sure(f: &Figures<'_>) -> Vec<String> {
    let w = f.words;
    let mut said = Vec::new();
    if let Some(v) = &f.report.validation {
        said.push(tested(f, v));
        if f.has_bounds() {
            let share = w.percent(v.coverage.customers, 0);
            let inside = (v.coverage.total.low..=v.coverage.total.high).contains(&v.coverage.total_actual);
            let total = if inside { "sure-total-inside" } else { "sure-total-outside" };
            said.push(format!("{} {}", w.with("sure-coverage", &[("share", share.into())]), w.text(total)));
        }
    }
    said.push(w.text(match f.report.run.uncertainty.as_str() {
        "nuts" => "sure-nuts",
        "none" => "sure-none",
        _ => "sure-laplace",
    }));
    said
}

/// What was predicted, and what happened.
fn tested(f: &Figures<'_>, v: &Validation) -> String {
    let w = f.words;
    let Some(in_use) = in_use(v) else { return w.text("validation-none") };
    let said = w.with(
        "sure-holdout",
        &[
            ("customers", v.customers.into()),
            ("from", w.date_long(&v.calibration_end).into()),
            ("to", w.date_long(&v.holdout_end).into()),
            ("predicted", w.number(in_use.predicted, 0).into()),
            ("actual", w.number(in_use.actual, 0).into()),
        ],
    );
    let error = share_of(in_use.predicted - in_use.actual, in_use.actual);
    let share = w.percent(error.abs(), 1);
    let verdict = match error {
        e if e.abs() < 0.005 => w.text("sure-exact"),
        e if e > 0.0 => w.with("sure-above", &[("share", share.into())]),
        _ => w.with("sure-below", &[("share", share.into())]),
    };
    format!("{said} {verdict}")
}

/// What predicts: the sum of the candidates by weight, of which there is usually one.
pub fn in_use(v: &Validation) -> Option<Candidate> {
    let chosen: Vec<_> = v.candidates.iter().filter(|c| c.chosen).collect();
    let weight: f64 = chosen.iter().map(|c| c.weight).sum();
    let mut one = (*chosen.first()?).clone();
    if chosen.len() > 1 && weight > 0.0 {
        one.predicted = chosen.iter().map(|c| c.predicted * c.weight).sum::<f64>() / weight;
    }
    Some(one)
}

fn concentration(f: &Figures<'_>) -> Section {
    let (w, r) = (f.words, f.report);
    let (past, future) = (&r.revenue_concentration, &r.clv_concentration);
    let line = |class, concentration: &Concentration, area| Line { class, points: concentration.lorenz.clone(), area };
    let equal = Line { class: "c", points: vec![(0.0, 0.0), (1.0, 1.0)], area: false };
    let caption = w.text("concentration-chart");
    let chart = Lines {
        label: caption.clone(),
        lines: vec![equal, line("a", past, true), line("b", future, false)],
        x: f.shares(),
        y: f.shares(),
        x_title: w.text("concentration-customers"),
        shaded_from: None,
    };
    let heads = [
        (&*w.text("concentration-value"), false),
        (&*w.text("concentration-past"), true),
        (&*w.text("concentration-future"), true),
    ];
    let both = |name: String, show: &dyn Fn(&Concentration) -> String| {
        vec![Cell::Text(name), Cell::Number(show(past)), Cell::Number(show(future))]
    };
    let mut rows = vec![
        both(w.text("concentration-top20"), &|c| w.percent(c.top20_share, 1)),
        both(w.text("concentration-gini"), &|c| w.number(c.gini, 2)),
    ];
    for fifth in [0.5, 0.8, 0.9, 0.95, 0.99] {
        rows.push(both(w.percent(fifth, 0), &|c| w.percent(at(&c.lorenz, fifth), 1)));
    }
    let lead = w.with(
        "concentration-lead",
        &[("revenue", w.percent(past.top20_share, 0).into()), ("clv", w.percent(future.top20_share, 0).into())],
    );
    let figure = Figure {
        chart: charts::lines(&chart, f.direction),
        legend: vec![
            ("a", w.text("concentration-past")),
            ("b", w.text("concentration-future")),
            ("c", w.text("concentration-equal")),
        ],
        table: f.table(&caption, "names", &heads, rows),
    };
    section("concentration", w.text("concentration-title"), lead, vec![Block::Figure(figure)])
}

/// The curve at a place between its points.
fn at(curve: &[(f64, f64)], x: f64) -> f64 {
    let Some(right) = curve.iter().position(|p| p.0 >= x) else { return curve.last().map_or(0.0, |p| p.1) };
    let (b, a) = (curve[right], curve[right.saturating_sub(1)]);
    if b.0 > a.0 { a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0) } else { b.1 }
}

fn monthly(f: &Figures<'_>) -> Section {
    let (w, months) = (f.words, &f.report.headline.monthly);
    let revenue: Vec<f64> = months.iter().map(|m| m.revenue).collect();
    let (low, high) = range(&revenue);
    let caption = w.text("monthly-title");
    let chart = Bars {
        label: caption.clone(),
        names: months.iter().map(|m| w.month_short(&m.month)).collect(),
        series: vec![("a", revenue)],
        pale: (0..months.len()).filter(|i| !months[*i].complete).collect(),
        y: f.marks(low, high, |v| f.mark(v)),
        x_title: String::new(),
    };
    let rows = months.iter().map(|m| {
        let name = w.month(&m.month);
        let name = if m.complete { Cell::Text(name) } else { Cell::Badge(name, w.text("monthly-partial")) };
        vec![
            name,
            Cell::Number(f.total(m.revenue)),
            Cell::Number(f.count(m.customers)),
            Cell::Number(f.count(m.new_customers)),
        ]
    });
    let heads = [
        (&*w.text("table-month"), false),
        (&*w.text("table-revenue"), true),
        (&*w.text("monthly-active"), true),
        (&*w.text("monthly-new"), true),
    ];
    let table = f.table(&caption, "names", &heads, rows.collect());
    let mut blocks =
        vec![Block::Figure(Figure { chart: charts::bars(&chart, f.direction), legend: Vec::new(), table })];
    let complete: Vec<f64> = months.iter().rev().filter(|m| m.complete).take(12).map(|m| m.revenue).collect();
    if complete.len() > 1 {
        let mean = complete.iter().sum::<f64>() / complete.len() as f64;
        let text =
            w.with("monthly-average", &[("count", (complete.len() as u64).into()), ("revenue", f.total(mean).into())]);
        blocks.insert(0, Block::Text(text));
    }
    section("monthly", caption, w.text("monthly-lead"), blocks)
}

fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)))
}

fn rfm(f: &Figures<'_>) -> Section {
    let (w, cells) = (f.words, &f.report.rfm_grid);
    let most = cells.iter().map(|c| c.clv).fold(0.0, f64::max);
    let frequency = w.text("rfm-frequency");
    let scores: Vec<String> = (1..=5).map(|s| w.number(f64::from(s), 0)).collect();
    let along = if f.direction == charts::Direction::Rtl { '←' } else { '→' };
    let mut heads = vec![(format!("{}\u{a0}↓ {frequency}\u{a0}{along}", w.text("rfm-recency")), false)];
    heads.extend(scores.iter().map(|s| (s.clone(), true)));
    let rows = (1..=5u8).rev().map(|r| {
        let mut row = vec![Cell::Text(scores[usize::from(r) - 1].clone())];
        row.extend((1..=5u8).map(|s| match cells.iter().find(|c| c.r_score == r && c.f_score == s) {
            Some(cell) if cell.customers > 0 => {
                let level = darkness(cell.clv.max(0.0).sqrt(), 0.0, most.sqrt());
                let clv = f.mark(cell.clv).replace('\u{a0}', " "); // may break on a phone
                let notes = vec![w.with("rfm-cell", &[("customers", cell.customers.into())])];
                match f.link(&[("r", &r.to_string()), ("f", &s.to_string())]) {
                    Some(href) => Cell::HeatLink(level, clv, notes, href),
                    None => Cell::Heat(level, clv, notes),
                }
            }
            _ => Cell::Heat(0, w.text("rfm-empty"), Vec::new()),
        }));
        row
    });
    let heads: Vec<(&str, bool)> = heads.iter().map(|(h, n)| (h.as_str(), *n)).collect();
    let title = w.text("rfm-title");
    let grid = f.table(&title, "heat grid5", &heads, rows.collect());
    let full_heads = [
        (&*w.text("rfm-recency"), false),
        (&*frequency, true),
        (&*w.text("table-customers"), true),
        (&*w.text("table-revenue"), true),
        (&*w.text("table-clv"), true),
    ];
    let full = cells.iter().map(|c| {
        vec![
            Cell::Number(w.number(f64::from(c.r_score), 0)),
            Cell::Number(w.number(f64::from(c.f_score), 0)),
            Cell::Number(f.count(c.customers)),
            Cell::Number(f.total(c.revenue)),
            Cell::Number(f.total(c.clv)),
        ]
    });
    let full = f.table(&title, "", &full_heads, full.collect());
    section("rfm", title, w.text("rfm-lead"), vec![Block::Table(grid), Block::Folded(full)])
}

/// Strength of colour 0 to 9 on a heat map.
fn darkness(value: f64, least: f64, most: f64) -> u8 {
    (share_of(value - least, most - least) * 9.0).round().clamp(0.0, 9.0) as u8
}

fn total_clv(groups: &[Group]) -> f64 {
    groups.iter().map(|g| g.clv).sum()
}

fn card(f: &Figures<'_>, name: String, group: &Group, all: f64) -> Card {
    let w = f.words;
    let share = share_of(group.clv, all);
    let each = share_of(group.clv, group.customers as f64);
    Card {
        name,
        href: None,
        figure: f.total_short(group.clv),
        share: (f.share_bar(share), w.percent(share, 1)),
        facts: vec![
            (w.text("table-customers"), f.count(group.customers)),
            (w.text("table-clv-each"), f.each(each)),
            (w.text("table-alive"), f.probability(group.p_alive)),
            (w.text("table-since"), w.number(group.days_since_last, 0)),
        ],
        about: None,
        text: Vec::new(),
    }
}

/// Groups as a table with everything that is known of each.
fn group_table<'g>(
    f: &Figures<'_>,
    title: &str,
    head: &str,
    groups: impl Iterator<Item = (String, &'g Group)> + Clone,
) -> Table {
    let w = f.words;
    let customers: u64 = groups.clone().map(|(_, g)| g.customers).sum();
    let clv: f64 = groups.clone().map(|(_, g)| g.clv).sum();
    let heads = [
        (head, false),
        (&*w.text("table-customers"), true),
        (&*w.text("table-share-customers"), true),
        (&*w.text("table-revenue"), true),
        (&*w.text("table-clv"), true),
        (&*w.text("table-clv-share"), true),
        (&*w.text("table-clv-each"), true),
        (&*w.text("table-alive"), true),
        (&*w.text("table-purchases-each"), true),
        (&*w.text("table-since"), true),
    ];
    let rows = groups.map(|(name, g)| {
        vec![
            Cell::Text(name),
            Cell::Number(f.count(g.customers)),
            Cell::Number(w.percent(share_of(g.customers as f64, customers as f64), 1)),
            Cell::Number(f.total(g.revenue)),
            Cell::Number(f.total(g.clv)),
            Cell::Number(w.percent(share_of(g.clv, clv), 1)),
            Cell::Number(f.each(share_of(g.clv, g.customers as f64))),
            Cell::Number(f.probability(g.p_alive)),
            Cell::Number(w.number(g.purchases, 1)),
            Cell::Number(w.number(g.days_since_last, 0)),
        ]
    });
    let rows = rows.collect();
    f.table(title, "names", &heads, rows)
}

fn segments(f: &Figures<'_>) -> Section {
    let (w, groups) = (f.words, &f.report.segments);
    let all = total_clv(groups);
    let cards = groups.iter().map(|g| Card {
        href: f.link(&[("segment", &g.id)]),
        about: Some(w.text("segments-action")),
        text: vec![w.segment_action(&g.id)],
        ..card(f, f.segment(&g.id), g, all)
    });
    let title = w.text("segments-title");
    let named = groups.iter().map(|g| (f.segment(&g.id), g));
    let table = group_table(f, &title, &w.text("table-segment"), named);
    let blocks = vec![Block::Cards(cards.collect()), Block::Folded(table)];
    section("segments", title, w.text("segments-lead"), blocks)
}

fn tiers(f: &Figures<'_>) -> Section {
    let (w, groups) = (f.words, &f.report.tiers);
    let customers: u64 = groups.iter().map(|g| g.customers).sum();
    let all = total_clv(groups);
    let heads = [
        (&*w.text("table-tier"), false),
        (&*w.text("table-customers"), true),
        (&*w.text("table-share-customers"), true),
        (&*w.text("table-clv"), true),
        (&*w.text("table-clv-share"), true),
        (&*w.text("table-clv-each"), true),
    ];
    let rows = groups.iter().map(|g| {
        vec![
            f.group(w.tier(&g.id), ("tier", &g.id)),
            Cell::Number(f.count(g.customers)),
            f.share_cell(share_of(g.customers as f64, customers as f64)),
            Cell::Number(f.total(g.clv)),
            f.share_cell(share_of(g.clv, all)),
            Cell::Number(f.each(share_of(g.clv, g.customers as f64))),
        ]
    });
    let table = f.table(&w.text("tiers-chart"), "names", &heads, rows.collect());
    let title = w.text("tiers-title");
    let full = group_table(f, &title, &w.text("table-tier"), groups.iter().map(|g| (w.tier(&g.id), g)));
    section("tiers", title, w.text("tiers-lead"), vec![Block::Table(table), Block::Folded(full)])
}

fn clusters(f: &Figures<'_>) -> Section {
    let (w, clusters) = (f.words, &f.report.clusters);
    let title = w.text("clusters-title");
    if clusters.is_empty() {
        return section("clusters", title, String::new(), vec![Block::Text(w.text("clusters-none"))]);
    }
    let name = |id: &str| {
        let number = id.parse().map_or_else(|_| id.to_owned(), |n| w.number(n, 0));
        w.with("clusters-name", &[("number", number.into())])
    };
    let all: f64 = clusters.iter().map(|c| c.group.clv).sum();
    let cards = clusters.iter().map(|c| {
        let mut text: Vec<_> = c.traits.iter().map(|t| w.cluster_trait(t, f.report.run.currency.as_deref())).collect();
        if text.is_empty() {
            text.push(w.text("clusters-ordinary"));
        }
        Card { about: Some(w.text("table-what")), text, ..card(f, name(&c.group.id), &c.group, all) }
    });
    let named = clusters.iter().map(|c| (name(&c.group.id), &c.group));
    let table = group_table(f, &title, &w.text("table-group"), named);
    let blocks = vec![Block::Cards(cards.collect()), Block::Folded(table)];
    section("clusters", title, w.text("clusters-lead"), blocks)
}

fn cohorts(f: &Figures<'_>) -> Section {
    let (w, cohorts) = (f.words, &f.report.cohorts);
    let longest = cohorts.iter().map(|c| c.retained.len()).max().unwrap_or(0);
    let title = w.text("cohorts-title");
    let mut heads = vec![(w.text("cohorts-month"), false), (w.text("table-customers"), true)];
    heads.extend((1..=longest).map(|k| (w.number(k as f64, 0), true)));
    let heads: Vec<(&str, bool)> = heads.iter().map(|(h, n)| (h.as_str(), *n)).collect();
    let all = || cohorts.iter().flat_map(|c| &c.retained).copied();
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let heat = |share: f64| Cell::Heat(darkness(share, least, most), w.number(share * 100.0, 0), Vec::new());
    let mut rows: Vec<Vec<Cell>> = cohorts
        .iter()
        .map(|c| {
            let month = w.month_short(&c.month);
            let joined = month_days(&c.month).and_then(|(first, last)| {
                f.link(&[("first_from", &first.to_string()), ("first_to", &last.to_string())])
            });
            let month = joined.map_or_else(|| Cell::Text(month.clone()), |href| Cell::Link(month.clone(), href));
            let mut row = vec![month, Cell::Number(f.count(c.customers))];
            row.extend(c.retained.iter().map(|share| heat(*share)));
            row.extend((c.retained.len()..longest).map(|_| Cell::Empty));
            row
        })
        .collect();
    if rows.len() > 1 {
        let customers = cohorts.iter().map(|c| c.customers).sum();
        let mut row = vec![Cell::Text(w.text("cohorts-all")), Cell::Number(f.count(customers))];
        row.extend((0..longest).map(|k| {
            let seen = cohorts.iter().filter_map(|c| Some((c.customers as f64, *c.retained.get(k)?)));
            let (back, of) = seen.fold((0.0, 0.0), |(back, of), (n, share)| (back + n * share, of + n));
            heat(share_of(back, of))
        }));
        rows.push(row);
    }
    let table = f.table(&title, "heat cohorts", &heads, rows);
    let after = Block::Text(w.text("cohorts-after"));
    section("cohorts", title, w.text("cohorts-lead"), vec![after, Block::Table(table)])
}

/// The first and the last day of a month such as 2011-04.
fn month_days(month: &str) -> Option<(NaiveDate, NaiveDate)> {
    let first: NaiveDate = format!("{month}-01").parse().ok()?;
    Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
}

/// Customers, a line each; the reason stands below the name.
fn customer_table(f: &Figures<'_>, title: &str, rows: &[CustomerRow], with_profit: bool) -> Table {
    let w = f.words;
    let mut heads = vec![
        (w.text("table-customer"), false),
        (w.text("table-revenue"), true),
        (w.text("table-alive"), true),
        (w.text("table-clv"), true),
    ];
    if f.has_bounds() {
        heads.push((w.text("table-range"), true));
    }
    if with_profit {
        heads.push((w.text("profit-column"), true));
    }
    heads.extend([(w.text("table-purchases"), true), (w.text("table-last"), false), (w.text("table-segment"), false)]);
    let most = rows.iter().map(|row| row.clv.high).fold(0.0, f64::max);
    let cells = rows.iter().map(|row| {
        let mut cells = vec![
            f.customer(&row.customer_id, Some(w.reason(&row.reason))),
            Cell::Number(f.each(row.revenue)),
            Cell::Number(f.probability(row.p_alive)),
            Cell::Number(f.each(row.clv.value)),
        ];
        if f.has_bounds() {
            let bar = charts::interval_bar(row.clv.low, row.clv.value, row.clv.high, (0.0, most), f.direction);
            cells.push(Cell::Bar(bar, f.between(&row.clv, |v| f.each(v))));
        }
        if with_profit {
            cells.push(row.profit.map_or(Cell::Empty, |profit| Cell::Number(f.each(profit))));
        }
        cells.extend([
            Cell::Number(f.count(row.purchases)),
            Cell::Text(w.date(&row.last_purchase).replace(' ', "\u{a0}")),
            Cell::Text(f.segment(&row.segment)),
        ]);
        cells
    });
    let heads: Vec<(&str, bool)> = heads.iter().map(|(h, n)| (h.as_str(), *n)).collect();
    f.table(title, "customers", &heads, cells.collect())
}

fn leaving(f: &Figures<'_>) -> Section {
    let (w, rows) = (f.words, &f.report.leaving);
    let title = w.text("leaving-title");
    if rows.is_empty() {
        return section("leaving", title, String::new(), vec![Block::Text(w.text("leaving-none"))]);
    }
    let table = customer_table(f, &title, rows, false);
    section("leaving", title, w.text("leaving-lead"), vec![Block::Table(table)])
}

fn best(f: &Figures<'_>) -> Section {
    let w = f.words;
    let title = w.text("best-title");
    let table = customer_table(f, &title, &f.report.best, f.report.profit.is_some());
    let lead = if f.has_bounds() { w.text("best-lead") } else { String::new() };
    section("best", title, lead, vec![Block::Table(table)])
}

fn profit(f: &Figures<'_>) -> Section {
    let w = f.words;
    let title = w.text("profit-title");
    let Some(profit) = &f.report.profit else {
        return section("profit", title, String::new(), vec![Block::Text(w.text("profit-unknown"))]);
    };
    let total = f.total(profit.total);
    let lead = if profit.unprofitable_customers == 0 {
        w.with("profit-lead-none", &[("total", total.into())])
    } else {
        w.with(
            "profit-lead",
            &[
                ("customers", profit.unprofitable_customers.into()),
                ("loss", f.total(profit.loss).into()),
                ("total", total.into()),
            ],
        )
    };
    let mut blocks = vec![Block::Figure(whale(f, profit))];
    if !profit.worst.is_empty() {
        blocks.push(Block::Table(customer_table(f, &title, &profit.worst, true)));
    }
    section("profit", title, lead, blocks)
}

/// The curve that rises above 100% where some customers bring a loss.
fn whale(f: &Figures<'_>, profit: &Profit) -> Figure {
    let w = f.words;
    let caption = w.text("profit-chart");
    let (low, high) = range(&profit.whale.iter().map(|p| p.1).collect::<Vec<_>>());
    let chart = Lines {
        label: caption.clone(),
        lines: vec![
            Line { class: "c", points: vec![(0.0, 1.0), (1.0, 1.0)], area: false },
            Line { class: "a", points: profit.whale.clone(), area: true },
        ],
        x: f.shares(),
        y: f.marks(low, high, |v| w.percent(v, 0)),
        x_title: w.text("concentration-customers"),
        shaded_from: None,
    };
    let heads = [(&*w.text("concentration-customers"), false), (&*w.text("profit-share"), true)];
    let rows = (1..=10)
        .map(|i| f64::from(i) / 10.0)
        .map(|share| vec![Cell::Text(w.percent(share, 0)), Cell::Number(w.percent(at(&profit.whale, share), 1))]);
    let table = f.table(&caption, "", &heads, rows.collect());
    Figure { chart: charts::lines(&chart, f.direction), legend: Vec::new(), table }
}

fn distribution(f: &Figures<'_>) -> Section {
    let (w, bins) = (f.words, &f.report.clv_histogram);
    let heights: Vec<f64> = bins.iter().map(|b| b.customers as f64).collect();
    let (low, high) = range(&heights);
    let title = w.text("distribution-title");
    let chart = Bars {
        label: w.text("distribution-lead"),
        names: bins.iter().map(|b| b.low).chain(bins.last().map(|b| b.high)).map(|edge| f.mark(edge)).collect(),
        series: vec![("a", heights)],
        pale: Vec::new(),
        y: f.marks(low, high, |v| w.compact(v)),
        x_title: w.text("table-clv"),
    };
    let heads = [(&*w.text("table-from"), true), (&*w.text("table-to"), true), (&*w.text("table-customers"), true)];
    let row = |b: &Bin| {
        let (low, high, customers) = (format!("{:.2}", b.low), format!("{:.2}", b.high), f.count(b.customers));
        let behind = f.link(&[("clv_from", &low), ("clv_to", &high)]).filter(|_| b.customers > 0);
        let customers =
            behind.map_or_else(|| Cell::Number(customers.clone()), |it| Cell::NumberLink(customers.clone(), it));
        vec![Cell::Number(f.each(b.low)), Cell::Number(f.each(b.high)), customers]
    };
    let rows = bins.iter().map(row);
    let table = f.table(&title, "", &heads, rows.collect());
    let figure = Figure { chart: charts::bars(&chart, f.direction), legend: Vec::new(), table };
    section("distribution", title, w.text("distribution-lead"), vec![Block::Figure(figure)])
}

fn validation(f: &Figures<'_>) -> Section {
    let w = f.words;
    let title = w.text("validation-title");
    let Some(v) = &f.report.validation else {
        return section("validation", title, String::new(), vec![Block::Text(w.text("validation-none"))]);
    };
    let lead = w.with(
        "validation-lead",
        &[("calibration", w.date_long(&v.calibration_end).into()), ("holdout", w.date_long(&v.holdout_end).into())],
    );
    let mut blocks = vec![Block::Heading(w.text("validation-tracking")), Block::Figure(tracking(f, v))];
    blocks.extend([Block::Heading(w.text("validation-by_frequency")), Block::Figure(by_frequency(f, v))]);
    blocks.extend([Block::Heading(w.text("validation-candidates")), Block::Table(candidates(f, v))]);
    if f.has_bounds() {
        blocks.extend([Block::Heading(w.text("validation-total")), Block::Table(coverage(f, v))]);
        let said = [
            ("inside", w.percent(v.coverage.customers, 0).into()),
            ("nominal", w.percent(v.coverage.nominal, 0).into()),
            ("above", w.percent(v.coverage.above, 0).into()),
        ];
        blocks.push(Block::Text(w.with("validation-coverage", &said)));
    }
    section("validation", title, lead, blocks)
}

fn actual_and_predicted(f: &Figures<'_>) -> Vec<(&'static str, String)> {
    vec![("a", f.words.text("validation-actual")), ("b", f.words.text("validation-predicted"))]
}

fn tracking(f: &Figures<'_>, v: &Validation) -> Figure {
    let w = f.words;
    let caption = w.text("validation-tracking");
    let points = |of: fn(&cvm_core::report::TrackingWeek) -> f64| -> Vec<(f64, f64)> {
        v.tracking.iter().map(|week| (f64::from(week.week), of(week))).collect()
    };
    let high = v.tracking.iter().map(|week| week.actual.max(week.predicted)).fold(0.0, f64::max);
    let first = v.tracking.first().map_or(0, |week| week.week);
    let last = v.tracking.last().map_or(0, |week| week.week);
    let step = if last - first > 40 { 10 } else { 5 };
    let chart = Lines {
        label: caption.clone(),
        lines: vec![
            Line { class: "a", points: points(|week| week.actual), area: false },
            Line { class: "b", points: points(|week| week.predicted), area: false },
        ],
        x: (first..=last).filter(|k| k % step == 0).map(|k| (f64::from(k), w.number(f64::from(k), 0))).collect(),
        y: f.marks(0.0, high, |value| w.compact(value)),
        x_title: w.text("validation-week"),
        shaded_from: v
            .tracking
            .iter()
            .find(|week| week.holdout)
            .map(|week| (f64::from(week.week.saturating_sub(1).max(first)), w.text("validation-holdout"))),
    };
    let heads = [
        (&*w.text("validation-week"), false),
        (&*w.text("validation-actual"), true),
        (&*w.text("validation-predicted"), true),
    ];
    let rows = v.tracking.iter().map(|week| {
        let name = w.number(f64::from(week.week), 0);
        let name = if week.holdout { Cell::Badge(name, w.text("validation-holdout")) } else { Cell::Text(name) };
        vec![name, Cell::Number(w.number(week.actual, 0)), Cell::Number(w.number(week.predicted, 0))]
    });
    let table = f.table(&caption, "", &heads, rows.collect());
    Figure { chart: charts::lines(&chart, f.direction), legend: actual_and_predicted(f), table }
}

fn by_frequency(f: &Figures<'_>, v: &Validation) -> Figure {
    let w = f.words;
    let caption = w.text("validation-by_frequency");
    let series = |of: fn(&cvm_core::report::FrequencyClass) -> f64| v.by_frequency.iter().map(of).collect::<Vec<_>>();
    let (actual, predicted) = (series(|c| c.actual), series(|c| c.predicted));
    let high = range(&actual).1.max(range(&predicted).1);
    let names: Vec<String> = v.by_frequency.iter().map(|c| class_name(f, &c.frequency)).collect();
    let chart = Bars {
        label: caption.clone(),
        names: names.clone(),
        series: vec![("a", actual), ("b", predicted)],
        pale: Vec::new(),
        y: f.marks(0.0, high, |value| w.compact(value)),
        x_title: w.text("validation-by_frequency-axis"),
    };
    let heads = [
        (&*w.text("validation-by_frequency-axis"), false),
        (&*w.text("table-customers"), true),
        (&*w.text("validation-actual"), true),
        (&*w.text("validation-predicted"), true),
    ];
    let rows = v.by_frequency.iter().zip(names).map(|(c, name)| {
        vec![
            Cell::Text(name),
            Cell::Number(f.count(c.customers)),
            Cell::Number(w.number(c.actual, 2)),
            Cell::Number(w.number(c.predicted, 2)),
        ]
    });
    let table = f.table(&caption, "", &heads, rows.collect());
    Figure { chart: charts::bars(&chart, f.direction), legend: actual_and_predicted(f), table }
}

/// "7+" in the digits of the language.
fn class_name(f: &Figures<'_>, name: &str) -> String {
    let digits = name.trim_end_matches('+');
    digits.parse().map_or_else(|_| name.to_owned(), |n| f.words.number(n, 0) + &name[digits.len()..])
}

fn candidates(f: &Figures<'_>, v: &Validation) -> Table {
    let w = f.words;
    let heads = [
        (&*w.text("validation-model"), false),
        (&*w.text("validation-mae"), true),
        (&*w.text("validation-rmse"), true),
        (&*w.text("validation-predicted"), true),
        (&*w.text("validation-actual"), true),
        (&*w.text("validation-difference"), true),
        (&*w.text("validation-likelihood"), true),
        (&*w.text("validation-weight"), true),
    ];
    let rows = v.candidates.iter().map(|c| {
        if let Some(failure) = &c.failure {
            let mut row =
                vec![Cell::Foreign(c.model.clone(), Some(format!("{}: {failure}", w.text("validation-failed"))))];
            row.extend((0..7).map(|_| Cell::Empty));
            return row;
        }
        let name = if c.chosen {
            Cell::Badge(c.model.clone(), w.text("validation-chosen"))
        } else {
            Cell::Foreign(c.model.clone(), None)
        };
        vec![
            name,
            Cell::Number(w.number(c.mae, 3)),
            Cell::Number(w.number(c.rmse, 3)),
            Cell::Number(w.number(c.predicted, 0)),
            Cell::Number(w.number(c.actual, 0)),
            Cell::Number(w.percent(share_of(c.predicted - c.actual, c.actual), 1)),
            c.log_likelihood.map_or(Cell::Empty, |l| Cell::Number(w.number(l, 1))),
            if c.weight > 0.0 { Cell::Number(w.percent(c.weight, 0)) } else { Cell::Empty },
        ]
    });
    f.table(&w.text("validation-candidates"), "customers", &heads, rows.collect())
}

fn coverage(f: &Figures<'_>, v: &Validation) -> Table {
    let (w, c) = (f.words, &v.coverage);
    let room = (c.total.high - c.total.low) * 0.5;
    let scale = (c.total.low.min(c.total_actual) - room, c.total.high.max(c.total_actual) + room);
    let bar = charts::interval_bar(c.total.low, c.total.value, c.total.high, scale, f.direction);
    let dot = charts::interval_bar(c.total_actual, c.total_actual, c.total_actual, scale, f.direction);
    let heads = [(&*w.text("table-figure"), false), (&*w.text("setting-value"), true), (&*w.text("table-range"), true)];
    let rows = vec![
        vec![
            Cell::Text(w.text("validation-predicted")),
            Cell::Number(f.total(c.total.value)),
            Cell::Bar(bar, f.between(&c.total, |v| f.total(v))),
        ],
        vec![
            Cell::Text(w.text("validation-actual")),
            Cell::Number(f.total(c.total_actual)),
            Cell::Bar(dot, String::new()),
        ],
    ];
    f.table(&w.text("validation-total"), "names", &heads, rows)
}

fn models(f: &Figures<'_>) -> Section {
    let (w, r) = (f.words, f.report);
    let mut blocks = vec![Block::Table(settings(f))];
    for model in &r.models {
        blocks.push(Block::Heading(model.model.clone()));
        let said = [
            ("customers", cvm_core::text::Value::Number(model.customers, 0)),
            ("likelihood", w.number(model.log_likelihood, 1).into()),
        ];
        blocks.push(Block::Text(w.with("models-fitted", &said)));
        blocks.push(Block::Table(parameters(f, model)));
    }
    if r.models.is_empty() {
        blocks.push(Block::Text(w.text("models-none")));
    }
    section("models", w.text("models-title"), w.text("models-lead"), blocks)
}

pub fn parameters<R>(f: &Figures<'_, R>, model: &ModelParameters) -> Table {
    let w = f.words;
    let heads =
        [(&*w.text("models-parameter"), false), (&*w.text("models-estimate"), true), (&*w.text("models-error"), true)];
    let rows = model.parameters.iter().map(|(name, value, error)| {
        let decimals = if value.abs() < 100.0 { 4 } else { 1 };
        vec![
            Cell::Foreign(name.clone(), None),
            Cell::Number(w.number(*value, decimals)),
            Cell::Number(w.number(*error, decimals)),
        ]
    });
    f.table(&model.model, "slim", &heads, rows.collect())
}

fn settings(f: &Figures<'_>) -> Table {
    let (w, run) = (f.words, &f.report.run);
    let uncertainty = match run.uncertainty.as_str() {
        "nuts" => "setting-uncertainty-nuts",
        "none" => "setting-uncertainty-none",
        _ => "setting-uncertainty-laplace",
    };
    let margin = run.margin.map_or_else(|| w.text("setting-margin-costs"), |margin| w.percent(margin, 0));
    let row = |id: &str, value: Cell| vec![Cell::Text(w.text(id)), value];
    let currency =
        run.currency.clone().map_or_else(|| Cell::Text(w.text("setting-currency-none")), |c| Cell::Foreign(c, None));
    let rows = vec![
        row("setting-model", Cell::Foreign(run.model.clone(), None)),
        row("setting-horizon", Cell::Text(w.horizon(run.horizon_days))),
        row("setting-discount", Cell::Text(w.percent(run.discount_rate, 1))),
        row("setting-margin", Cell::Text(margin)),
        row("setting-uncertainty", Cell::Text(w.text(uncertainty))),
        row("setting-timezone", Cell::Foreign(run.timezone.clone(), None)),
        row("setting-currency", currency),
    ];
    f.table(&w.text("models-title"), "slim", &[(&w.text("setting"), false), (&w.text("setting-value"), false)], rows)
}

fn data(f: &Figures<'_>) -> Section {
    let r = f.report;
    let (read, used) = (r.run.rows_read, r.run.rows_used);
    data_of(f, &Data { files: &r.run.files, mapping: &r.mapping, problems: &r.problems, read, used })
}

/// Where the figures come from.
pub struct Data<'d> {
    pub files: &'d [String],
    pub mapping: &'d [MappedColumn],
    pub problems: &'d [ProblemCount],
    pub read: u64,
    pub used: u64,
}

/// The section on files, columns and rows that were not used.
pub fn data_of<R>(f: &Figures<'_, R>, data: &Data<'_>) -> Section {
    let w = f.words;
    let columns = data.mapping.iter().map(|m| {
        vec![
            Cell::Text(w.role(&m.role)),
            Cell::Foreign(m.column.clone(), None),
            m.format.clone().map_or(Cell::Empty, |format| Cell::Foreign(format, None)),
            Cell::Text(w.found_by(&m.found_by)),
        ]
    });
    let heads = [
        (&*w.text("data-role"), false),
        (&*w.text("data-column"), false),
        (&*w.text("data-format"), false),
        (&*w.text("data-found"), false),
    ];
    let columns_title = w.text("data-columns");
    let columns = f.table(&columns_title, "names", &heads, columns.collect());
    let files = data.files.iter().map(|file| vec![Cell::Foreign(file.clone(), None)]).collect();
    let files_title = w.text("data-files");
    let files = f.table(&files_title, "slim files", &[(&files_title, false)], files);
    let mut blocks = vec![Block::Table(files), Block::Heading(columns_title), Block::Table(columns)];
    blocks.push(Block::Heading(w.text("data-problems")));
    blocks.push(match data.problems {
        [] => Block::Text(w.text("data-problems-none")),
        _ => problems(f, data),
    });
    let lead = w.with("data-lead", &[("read", data.read.into()), ("used", data.used.into())]);
    section("data", w.text("data-title"), lead, blocks)
}

/// Problems by the rows they cost.
pub fn most_frequent(problems: &[ProblemCount]) -> Vec<&ProblemCount> {
    let mut problems: Vec<_> = problems.iter().collect();
    problems.sort_by_key(|p| std::cmp::Reverse(p.rows));
    problems
}

fn problems<R>(f: &Figures<'_, R>, data: &Data<'_>) -> Block {
    let w = f.words;
    let heads = [(&*w.text("data-reason"), false), (&*w.text("data-rows"), true), (&*w.text("data-share"), true)];
    let rows = most_frequent(data.problems).into_iter().map(|p| {
        let share = share_of(p.rows as f64, data.read as f64);
        vec![
            Cell::Text(w.problem(&p.reason)),
            Cell::Number(f.count(p.rows)),
            Cell::Bar(f.share_bar(share), w.percent(share, 2)),
        ]
    });
    Block::Table(f.table(&w.text("data-problems"), "", &heads, rows.collect()))
}

fn glossary(f: &Figures<'_>) -> Section {
    let w = f.words;
    let terms = [
        ("term-clv", "term-clv-meaning"),
        ("term-alive", "term-alive-meaning"),
        ("term-interval", "term-interval-meaning"),
        ("term-holdout", "term-holdout-meaning"),
        ("term-rfm", "term-rfm-meaning"),
        ("term-gini", "term-gini-meaning"),
    ];
    let rows = terms.map(|(name, meaning)| vec![Cell::Text(w.text(name)), Cell::Text(w.text(meaning))]).into();
    let meaning = w.text("glossary-meaning");
    let title = w.text("glossary-terms");
    let terms = f.table(&title, "words", &[(&w.text("glossary-term"), false), (&meaning, false)], rows);
    let columns = CUSTOMER
        .iter()
        .map(|column| vec![Cell::Foreign(column.name.to_owned(), None), Cell::Text(w.column(column.name))])
        .collect();
    let columns_title = w.text("glossary-columns");
    let columns = f.table(&columns_title, "words", &[(&w.text("glossary-name"), false), (&meaning, false)], columns);
    let blocks = vec![Block::Heading(title), Block::Table(terms), Block::Heading(columns_title), Block::Table(columns)];
    section("glossary", w.text("glossary-title"), String::new(), blocks)
}

pub fn section(id: &'static str, title: String, lead: String, blocks: Vec<Block>) -> Section {
    Section { id, title, lead, blocks }
}

//! The report in some twenty lines, for the terminal after a run.

use super::covariates;
use super::figures::{Figures, share_of};
use super::sections;
use cvm_core::Language;
use cvm_core::report::{Interval, MappedColumn, ProblemCount, Report};

/// Columns of the terminal.
const WIDTH: usize = 100;

/// The summary of a run, at most 100 columns wide.
pub fn terminal(report: &Report, language: Language) -> String {
    let f = Figures::new(report, language);
    let mut out = Page::default();
    let w = f.words;
    let run = &report.run;
    out.line(&format!(
        "{} · {}",
        w.text("report-title"),
        w.with("report-as_of", &[("date", w.date_long(&run.as_of).into())])
    ));
    out.wrapped("  ", &w.with("report-rows", &[("used", run.rows_used.into()), ("read", run.rows_read.into())]));
    if !report.problems.is_empty() {
        out.wrapped("  ", &format!("{}: {}", w.text("summary-problems"), problems(&f, &report.problems)));
    }
    if !report.mapping.is_empty() {
        out.wrapped("  ", &format!("{}: {}", w.text("terminal-columns"), mapping(&f, &report.mapping)));
    }
    out.line("");
    out.columns(&headlines(&f));
    if f.has_forecast() {
        out.wrapped("  ", &model(&f));
    }
    if let Some(known) = &report.covariates {
        out.wrapped("  ", &covariates::in_a_line(&f, known));
    }
    out.line("");
    out.line(&w.text("summary-segments"));
    out.columns(&segments(&f));
    if !report.warnings.is_empty() {
        out.line("");
        out.line(&w.text("summary-warnings"));
        for warning in &report.warnings {
            out.wrapped("  ! ", &w.warning(warning));
        }
    }
    out.text
}

fn headlines(f: &Figures<'_>) -> Vec<Vec<String>> {
    let (w, h) = (f.words, &f.report.headline);
    let total = |v: f64| f.total(v);
    let number = |v: f64| f.expected(v);
    let horizon = w.horizon(f.report.run.horizon_days);
    let estimate = |id: &str, interval: &Interval, show: &dyn Fn(f64) -> String, note: &str| {
        let (low, high) = (show(interval.low), show(interval.high));
        let bounds = match f.has_bounds() {
            true => w.with("interval-90", &[("low", low.into()), ("high", high.into())]),
            false => String::new(),
        };
        let value = show(if f.has_forecast() { interval.value } else { f64::NAN });
        vec![w.text(id), value, bounds, note.to_owned()]
    };
    let again = w.with("kpi-customers-note", &[("share", w.percent(h.repeat_rate, 0).into())]);
    let a_year = w.with("kpi-purchases-note", &[("count", w.number(h.purchases_per_year, 1).into())]);
    vec![
        vec![w.text("kpi-customers"), f.count(h.customers), again, String::new()],
        vec![w.text("kpi-purchases"), f.count(h.purchases), a_year, String::new()],
        vec![w.text("kpi-revenue"), f.total(h.revenue), String::new(), String::new()],
        estimate("kpi-active", &h.active_customers, &number, ""),
        estimate("kpi-expected_revenue", &h.expected_revenue, &total, &horizon),
        estimate("kpi-clv", &h.clv, &total, &horizon),
    ]
}

fn model(f: &Figures<'_>) -> String {
    let (w, model) = (f.words, f.report.run.model.as_str());
    let tested = f.report.validation.as_ref().and_then(|v| Some((v, sections::in_use(v)?)));
    let Some((v, one)) = tested else {
        return w.with("summary-model-untested", &[("model", model.into())]);
    };
    let error = share_of(one.predicted - one.actual, one.actual);
    let sign = if error > 0.0 { "+" } else { "" };
    let values = [
        ("model", model.into()),
        ("customers", v.customers.into()),
        ("predicted", w.number(one.predicted, 0).into()),
        ("actual", w.number(one.actual, 0).into()),
        ("error", format!("{sign}{}", w.percent(error, 1)).into()),
    ];
    format!("{}: {}", w.text("summary-sure"), w.with("summary-models", &values))
}

/// Which column serves as what, and how its values are written.
pub fn mapping<R>(f: &Figures<'_, R>, columns: &[MappedColumn]) -> String {
    let one = |column: &MappedColumn| {
        let format = column.format.as_ref().map_or_else(String::new, |format| format!(" ({format})"));
        format!("{} = {}{format}", f.words.role(&column.role), column.column)
    };
    columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The three that cost the most rows.
pub fn problems<R>(f: &Figures<'_, R>, problems: &[ProblemCount]) -> String {
    let largest = sections::most_frequent(problems).into_iter().take(3);
    let said: Vec<_> = largest.map(|p| format!("{} ({})", f.words.problem(&p.reason), f.count(p.rows))).collect();
    said.join(" · ")
}

fn segments(f: &Figures<'_>) -> Vec<Vec<String>> {
    let all: f64 = f.report.segments.iter().map(|g| g.clv).sum();
    let row = |g: &cvm_core::report::Group| {
        let share = f.words.percent(share_of(g.clv, all), 0);
        let values = [("customers", g.customers.into()), ("clv", f.total(g.clv).into()), ("share", share.into())];
        vec![f.segment(&g.id), f.words.with("summary-segment", &values)]
    };
    f.report.segments.iter().take(3).map(row).collect()
}

/// Lines that stay within the width.
#[derive(Default)]
pub struct Page {
    pub text: String,
}

impl Page {
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Rows in columns as wide as their widest cell, figures in the second to the end; columns that do not fit are
    /// left out.
    pub fn columns(&mut self, rows: &[Vec<String>]) {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count)
            .map(|i| rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        for row in rows {
            let mut line = String::from(" ");
            for (i, (cell, wide)) in row.iter().zip(&widths).enumerate() {
                if width(&line) + 1 + wide > WIDTH {
                    break;
                }
                let room = " ".repeat(wide - width(cell));
                let figure = i == 1 && cell.chars().last().is_some_and(|c| !c.is_alphabetic() && c != ')');
                line.push_str(&if figure { format!(" {room}{cell} ") } else { format!(" {cell}{room} ") });
            }
            self.line(&line);
        }
    }

    /// A paragraph whose further lines are as far in as its first.
    pub fn wrapped(&mut self, lead: &str, text: &str) {
        let mut line = lead.to_owned();
        let mut empty = true;
        for word in text.split(' ') {
            if !empty && width(&line) + 1 + width(word) > WIDTH {
                self.line(&line);
                line = " ".repeat(width(lead));
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        self.line(&line);
    }
}

/// How many columns a text takes: Persian joiners, marks and direction signs take none.
fn width(text: &str) -> usize {
    let takes_none = |c: &char| matches!(*c, '\u{200b}'..='\u{200f}' | '\u{64b}'..='\u{65f}' | '\u{670}');
    text.chars().filter(|c| !takes_none(c)).count()
}

#[cfg(test)]
mod tests {
    use super::super::{sample, sample_of_little};
    use super::*;

    #[test]
    fn fits_the_terminal_in_every_language() {
        for language in Language::ALL {
            for report in [sample(), sample_of_little()] {
                let text = terminal(&report, language);
                let lines: Vec<_> = text.lines().collect();
                assert!((15..=30).contains(&lines.len()), "{language}: {} lines\n{text}", lines.len());
                assert!(lines.iter().all(|line| width(line) <= WIDTH), "{language}:\n{text}");
            }
        }
    }

    #[test]
    fn says_what_matters() {
        insta::assert_snapshot!("sample_en", terminal(&sample(), Language::En));
        insta::assert_snapshot!("little_pl", terminal(&sample_of_little(), Language::Pl));
    }
}

//! The report of the main job, as one HTML file and as a few lines for the terminal.
//!
//! Both show a [`Report`] and add no figure of their own but sums, shares and averages of what it holds. The file is
//! complete in itself: style and pictures are in it, there is no script, and nothing is fetched.

mod blocks;
pub mod charts;
mod covariates;
mod figures;
pub mod flow;
pub mod retention;
mod sample;
mod sections;
mod terminal;
#[cfg(test)]
mod tests;

pub use sample::{sample, sample_of_little};
pub use terminal::terminal;

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
pub use blocks::{Block, Cell, Figure, Headline, Section, Table};
pub use charts::Chart;
use cvm_core::Language;
use cvm_core::report::Report;
use cvm_core::text::Words;
use figures::Figures;

/// The report as one self-contained HTML file.
///
/// # Errors
/// None in practice: a template that is compiled in fails only where memory ends.
pub fn render(report: &Report, language: Language) -> Result<String, askama::Error> {
    let figures = Figures::new(report, language);
    let words = figures.words;
    let run = &report.run;
    let page = Page {
        words,
        title: words.text("report-title"),
        font: font(language),
        style: STYLE,
        as_of: words.with("report-as_of", &[("date", words.date_long(&run.as_of).into())]),
        period: words.with(
            "report-period",
            &[("from", words.date_long(&run.first_day).into()), ("to", words.date_long(&run.as_of).into())],
        ),
        rows: words.with("report-rows", &[("used", run.rows_used.into()), ("read", run.rows_read.into())]),
        files: &run.files,
        headlines: sections::headlines(&figures),
        bounds: figures.has_bounds(),
        headline_table: sections::headline_table(&figures),
        sure: sections::sure(&figures),
        warnings: report.warnings.iter().map(|warning| words.warning(warning)).collect(),
        warnings_title: words.with("sure-warnings", &[("count", (report.warnings.len() as u64).into())]),
        sections: sections::all(&figures),
        made_by: words.with("report-made_by", &[("version", run.version.as_str().into())]),
    };
    page.render()
}

/// The headline figures alone, for a page.
pub fn headlines(report: &Report, words: impl Into<Words>) -> Vec<Headline> {
    sections::headlines(&Figures::new(report, words))
}

/// What says how much the customers are worth, for a page; `customers` is where they are listed.
pub fn value_sections(report: &Report, words: impl Into<Words>, customers: Option<String>) -> Vec<Section> {
    sections::value(&Figures::new(report, words).linked(customers))
}

#[derive(Template)]
#[template(path = "report/report.html")]
struct Page<'a> {
    words: Words,
    title: String,
    font: String,
    style: &'static str,
    as_of: String,
    period: String,
    rows: String,
    files: &'a [String],
    headlines: Vec<Headline>,
    bounds: bool,
    headline_table: Table,
    sure: Vec<String>,
    warnings: Vec<String>,
    warnings_title: String,
    sections: Vec<Section>,
    made_by: String,
}

const STYLE: &str = include_str!("report.css");

/// The font that comes along.
fn font(language: Language) -> String {
    if language == Language::Fa { persian_font() } else { String::new() }
}

/// Persian letters are poor or missing on many machines, so their font (48 kB) comes along; the other languages use
/// what the machine has.
fn persian_font() -> String {
    let font = BASE64_STANDARD.encode(cvm_assets::PERSIAN_FONT);
    format!(
        "@font-face{{font-family:Vazirmatn;font-weight:100 900;font-display:swap;\
         src:url(data:font/woff2;base64,{font}) format(\"woff2\")}}"
    )
}

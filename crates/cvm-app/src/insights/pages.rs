//! The pages; value and profit are parts of the report.

use super::funnels::funnels;
use super::overview::overview;
use crate::access::Permission;
use crate::platform::pages::{Answer, html};
use crate::platform::{Pages, View};
use crate::report::{self, Block, Section};
use crate::scoring::{self, LastRun};
use askama::Template;
use axum::routing::get;
use cvm_core::text::Words;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/", get(overview))
        .page(Permission::ReadCustomers, "/value", get(value))
        .page(Permission::ReadCustomers, "/profit", get(profit))
        .page(Permission::ReadCustomers, "/funnels", get(funnels))
}

#[derive(Template)]
#[template(path = "insights/pages/sections.html")]
struct SectionsPage {
    view: View,
    /// For the parts that the report shares.
    words: Words,
    title: String,
    as_of: String,
    sections: Vec<Section>,
}

async fn value(view: View) -> Answer {
    let title = view.words.text("page-value");
    let Some(last) = scoring::last_run(&view.app).await? else { return nothing_yet(view, title) };
    let sections = report::value_sections(&last.report, view.words);
    html(&SectionsPage { words: view.words, as_of: as_of(&view, &last), title, sections, view })
}

async fn profit(view: View) -> Answer {
    let title = view.words.text("page-profit");
    let Some(last) = scoring::last_run(&view.app).await? else { return nothing_yet(view, title) };
    let sections = report::profit_sections(&last.report, view.words);
    html(&SectionsPage { words: view.words, as_of: as_of(&view, &last), title, sections, view })
}

/// As of when figures are.
pub(super) fn as_of(view: &View, last: &LastRun) -> String {
    view.words.with("page-as_of", &[("date", view.words.date_long(&last.as_of).into())])
}

#[derive(Template)]
#[template(path = "insights/pages/nothing.html")]
struct NothingPage {
    view: View,
    title: String,
}

/// What to do where nothing was computed yet.
pub(super) fn nothing_yet(view: View, title: String) -> Answer {
    html(&NothingPage { title, view })
}

//! The pages; value is made of parts of the report.

use super::acquisition;
use super::alerts;
use super::funnels::funnels;
use super::overview::overview;
use super::profit;
use super::tiers::{self, Moves};
use crate::access::Permission;
use crate::platform::pages::{Answer, html};
use crate::platform::{Pages, Query, View};
use crate::report::{self, Block, Section};
use crate::scoring::{self, LastRun};
use askama::Template;
use axum::routing::get;
use cvm_core::text::Words;
use serde::Deserialize;

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/", get(overview))
        .page(Permission::ReadCustomers, "/value", get(value))
        .page(Permission::ReadCustomers, "/funnels", get(funnels))
        .merge(alerts::pages())
        .merge(profit::pages())
        .merge(acquisition::pages())
}

#[derive(Template)]
#[template(path = "insights/pages/value.html")]
struct ValuePage {
    view: View,
    /// For the parts that the report shares.
    words: Words,
    title: String,
    as_of: String,
    sections: Vec<Section>,
    moves: Option<Moves>,
}

/// With which day the tiers are compared.
#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: String,
}

async fn value(view: View, Query(Since { since }): Query<Since>) -> Answer {
    let title = view.words.text("page-value");
    let Some(last) = scoring::last_run(&view.app).await? else { return nothing_yet(view, title) };
    let sections = report::value_sections(&last.report, view.words, Some(view.href("/customers")));
    let moves = tiers::moves(&view, &last, &since).await?;
    html(&ValuePage { words: view.words, as_of: as_of(&view, &last), title, sections, moves, view })
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

//! The data behind the figures: who sends, what was refused, what is read from elsewhere, runs, tables, and SQL.
//!
//! Pages only: the rules are those of `tracking`, `customers`, `intake`, `scoring` and `analytics`.

mod intake;
mod rejected;
mod runs;
mod sources;
mod sql;
mod tables;
#[cfg(test)]
mod tests;

use crate::access::Permission;
use crate::platform::pages::{Answer, Tab, first_open, tabs};
use crate::platform::{Access, Pages, Problem, View};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Permission::ReadCustomers, "/data", get(first))
        .page(Permission::ManageSources, "/data/sources", get(sources::list).post(sources::add))
        .part(Permission::ManageSources, "/data/sources/{id}/close", post(sources::close))
        .page(Permission::Import, "/data/rejected", get(rejected::list).post(rejected::replay))
        .part(Permission::Import, "/data/rejected.csv", get(rejected::export))
        .page(Permission::Import, "/data/intake", get(intake::list))
        .page(Permission::Import, "/data/intake/{name}/try", get(intake::try_out))
        .part(Permission::Import, "/data/intake/{name}/run", post(intake::run))
        .page(Permission::ReadCustomers, "/data/runs", get(runs::list))
        .part(Permission::Score, "/data/runs/start", post(runs::start))
        .page(Permission::Query, "/data/tables", get(tables::list))
        .page(Permission::Query, "/data/sql", get(sql::show))
        .part(Permission::Query, "/data/sql.csv", get(sql::export))
}

const PLACES: &[(&str, &str, Access)] = &[
    ("/data/sources", "facts-sources", Access::Needs(Permission::ManageSources)),
    ("/data/rejected", "facts-rejected", Access::Needs(Permission::Import)),
    ("/data/intake", "facts-intake", Access::Needs(Permission::Import)),
    ("/data/runs", "facts-runs", Access::Needs(Permission::ReadCustomers)),
    ("/data/tables", "facts-tables", Access::Needs(Permission::Query)),
    ("/data/sql", "facts-sql", Access::Needs(Permission::Query)),
];

fn places(view: &View, here: &str) -> Vec<Tab> {
    tabs(view, PLACES, here)
}

/// The first of these pages that is open to who looks.
async fn first(view: View) -> Answer {
    let open = first_open(&view, PLACES);
    let open = open.ok_or_else(|| Problem::forbidden("your role may see none of these pages"))?;
    Ok(Redirect::to(&open).into_response())
}

/// What records are about, in words.
fn about(view: &View, kind: &str) -> String {
    match kind {
        "customers" => view.words.text("facts-kind-customers"),
        "transactions" => view.words.text("facts-kind-transactions"),
        "events" => view.words.text("facts-kind-events"),
        "calls" => view.words.text("facts-kind-calls"),
        other => other.to_owned(),
    }
}

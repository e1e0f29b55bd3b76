//! What is set: users, keys, the company; and what those who look after the installation want to see: the audit, and jobs.
//!
//! Pages over the rules of `access` and of jobs; `company` is the one thing that is kept here. Table: `company`.

mod audit;
mod company;
mod jobs;
mod keys;
#[cfg(test)]
mod tests;
mod users;
mod webhooks;

pub use company::{Company, company};

use crate::access::Permission;
use crate::platform::pages::{Answer, Tab, first_open, job_now, tabs};
use crate::platform::{Access, Pages, View};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

/// All of them.
pub fn pages() -> Pages {
    Pages::new()
        .page(Access::SignedIn, "/settings", get(first))
        .page(Permission::ManageUsers, "/settings/users", get(users::list).post(users::add))
        .part(Permission::ManageUsers, "/settings/users/{id}", post(users::change))
        .part(Permission::ManageUsers, "/settings/users/{id}/password", post(users::reset))
        .page(Permission::ManageKeys, "/settings/keys", get(keys::list).post(keys::add))
        .part(Permission::ManageKeys, "/settings/keys/{id}/revoke", post(keys::revoke))
        .page(Permission::ManageKeys, "/settings/webhooks", get(webhooks::list).post(webhooks::add))
        .part(Permission::ManageKeys, "/settings/webhooks/{id}/remove", post(webhooks::remove))
        .part(Permission::ManageKeys, "/settings/webhooks/{id}/switch", post(webhooks::switch))
        .part(Permission::ManageKeys, "/settings/webhooks/deliveries/{id}/again", post(webhooks::again))
        .page(Permission::ReadAudit, "/settings/audit", get(audit::list))
        .part(Permission::ReadAudit, "/settings/audit.csv", get(audit::export))
        .page(Permission::Score, "/settings/jobs", get(jobs::list))
        .part(Permission::Score, "/settings/jobs/{id}/cancel", post(jobs::cancel))
        .part(Access::SignedIn, "/jobs/{id}/now", get(job_now))
        .page(Permission::ReadCustomers, "/settings/company", get(company::show))
        .part(Permission::ManageUsers, "/settings/company/change", post(company::change))
}

const PLACES: &[(&str, &str, Access)] = &[
    ("/settings/users", "settings-users", Access::Needs(Permission::ManageUsers)),
    ("/settings/keys", "settings-keys", Access::Needs(Permission::ManageKeys)),
    ("/settings/webhooks", "settings-webhooks", Access::Needs(Permission::ManageKeys)),
    ("/settings/audit", "settings-audit", Access::Needs(Permission::ReadAudit)),
    ("/settings/jobs", "settings-jobs", Access::Needs(Permission::Score)),
    ("/settings/company", "settings-company", Access::Needs(Permission::ReadCustomers)),
    ("/account", "page-account", Access::SignedIn),
];

fn places(view: &View, here: &str) -> Vec<Tab> {
    tabs(view, PLACES, here)
}

/// The first of these pages that is open to who looks.
async fn first(view: View) -> Answer {
    let open = first_open(&view, PLACES).unwrap_or_else(|| view.href("/account"));
    Ok(Redirect::to(&open).into_response())
}

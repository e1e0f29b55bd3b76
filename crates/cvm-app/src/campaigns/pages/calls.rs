//! Whom to call, by people of a call centre.

use super::super::api::Report;
use super::super::{answers, outbox, printing, store};
use crate::access::Permission;
use crate::contacts::{self, Channel};
use crate::platform::pages::{Answer, Form, csv, html};
use crate::platform::{Pages, Path, Problem, Result, View};
use askama::Template;
use axum::body::Bytes;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

/// The pages of a call centre.
pub(super) fn pages() -> Pages {
    Pages::new()
        .page(Permission::DeliverMessages, "/campaigns/calls", get(calls))
        .part(Permission::DeliverMessages, "/campaigns/calls.csv", get(export))
        .part(Permission::DeliverMessages, "/campaigns/calls/{id}", post(called))
}

struct Call {
    id: String,
    href: String,
    name: String,
    phone: String,
    campaign: String,
    text: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/calls.html")]
struct CallsPage {
    view: View,
    title: String,
    calls: Vec<Call>,
}

/// Whom to call, the longest waiting first.
async fn calls(view: View) -> Answer {
    const SHOWN: i64 = 20;
    let calls = waiting(&view, SHOWN).await?;
    html(&CallsPage { title: view.words.text("campaigns-calls"), calls, view })
}

/// The same as a file for a call centre; they stay on the list until it is said what became of them.
async fn export(view: View) -> Answer {
    const LISTED: i64 = 2_000;
    let calls = waiting(&view, LISTED).await?;
    let row = |call: Call| vec![call.id, call.name, call.phone, call.campaign, call.text];
    csv("calls", &["message", "name", "phone", "campaign", "text"], calls.into_iter().map(row))
}

async fn waiting(view: &View, limit: i64) -> Result<Vec<Call>> {
    let rows = outbox::waiting_for(&view.app, Channel::Call, None, limit).await?;
    let policy = contacts::held(&view.app).await?.policy;
    let ids: Vec<&str> = rows.iter().map(|(_, _, customer, _)| customer.as_str()).collect();
    let standings = contacts::standings(&view.app, &policy, &ids).await?;
    let names = store::names(&view.app.database).await?;
    let mut calls = Vec::new();
    for (id, campaign, customer, message) in rows {
        let Some(standing) = standings.get(&customer) else { continue };
        calls.push(Call {
            href: view.href(&format!("/customers/{}", standing.customer)),
            name: printing::name_of(standing),
            phone: standing.address(Channel::Call).unwrap_or_default().to_owned(),
            campaign: names.get(&campaign).cloned().unwrap_or_default(),
            text: message.text,
            id,
        });
    }
    Ok(calls)
}

async fn called(view: View, Path(id): Path<String>, body: Bytes) -> Answer {
    let report = match Form::of(&body).text("report").as_str() {
        "delivered" => Report::Delivered,
        "clicked" => Report::Clicked,
        "not_reached" => Report::NotReached,
        "complained" => Report::Complained,
        other => return Err(Problem::bad_request(format!("`{other}` is nothing that can become of a call"))),
    };
    if matches!(report, Report::Clicked | Report::Complained) {
        answers::report(&view.app, &id, Report::Delivered).await?;
    }
    answers::report(&view.app, &id, report).await?;
    Ok(Redirect::to(&view.href("/campaigns/calls")).into_response())
}

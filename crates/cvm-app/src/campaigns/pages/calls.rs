//! Whom to call, by people of a call centre.

use super::super::api::Report;
use super::super::{answers, outbox, store};
use crate::access::Permission;
use crate::contacts::{self, Channel};
use crate::platform::pages::{Answer, Form, html};
use crate::platform::{Pages, Path, Problem, View};
use askama::Template;
use axum::body::Bytes;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

/// The pages of a call centre.
pub(super) fn pages() -> Pages {
    Pages::new()
        .page(Permission::DeliverMessages, "/campaigns/calls", get(calls))
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
    let rows = outbox::waiting_for(&view.app, Channel::Call, None, SHOWN).await?;
    let policy = contacts::held(&view.app).await?.policy;
    let ids: Vec<&str> = rows.iter().map(|(_, _, customer, _)| customer.as_str()).collect();
    let standings = contacts::standings(&view.app, &policy, &ids).await?;
    let mut calls = Vec::new();
    for (id, campaign, customer, message) in rows {
        let Some(standing) = standings.get(&customer) else { continue };
        let attribute =
            |name: &str| standing.person.attributes.get(name).and_then(|value| value.as_str()).unwrap_or("");
        let name = match attribute("name") {
            "" => format!("{} {}", attribute("first_name"), attribute("last_name")).trim().to_owned(),
            name => name.to_owned(),
        };
        calls.push(Call {
            href: view.href(&format!("/customers/{}", standing.customer)),
            name: if name.is_empty() { standing.customer.clone() } else { name },
            phone: standing.address(Channel::Call).unwrap_or_default().to_owned(),
            campaign: store::get(&view.app, &campaign).await?.name,
            text: message.text,
            id,
        });
    }
    html(&CallsPage { title: view.words.text("campaigns-calls"), calls, view })
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

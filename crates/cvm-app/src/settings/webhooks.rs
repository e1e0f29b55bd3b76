//! Other systems that are told of what happens, and what became of each message.

use super::places;
use crate::platform::pages::{Answer, Fields, Tab, form_urlencoded, html};
use crate::platform::webhook::{self, Delivery, Endpoint, NewEndpoint};
use crate::platform::{Path, Query, Result, View};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "settings/pages/webhooks.html")]
struct WebhooksPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    endpoints: Vec<Endpoint>,
    deliveries: Vec<Line>,
    /// The secret of the endpoint that was made just now. Shown by this answer and never again.
    made: Option<String>,
    name: String,
    url: String,
    fault: Option<String>,
    next: Option<String>,
}

/// A message and how it went.
struct Line {
    delivery: Delivery,
    endpoint: String,
    state: String,
}

/// Where in the list.
#[derive(Deserialize, Default)]
pub(super) struct Shown {
    cursor: Option<String>,
}

pub(super) async fn list(view: View, Query(shown): Query<Shown>) -> Answer {
    html(&page(view, shown).await?)
}

async fn page(view: View, Shown { cursor }: Shown) -> Result<WebhooksPage> {
    let endpoints = webhook::list(&view.app).await?;
    let page = webhook::deliveries(&view.app, "", &view.paging(cursor.as_deref(), 50)).await?;
    let next = page
        .next_cursor
        .map(|cursor| format!("{}?{}", view.href("/settings/webhooks"), form_urlencoded(&[("cursor", &cursor)])));
    let line = |delivery: Delivery| {
        let state = match (delivery.delivered_at, delivery.failed_at) {
            (Some(_), _) => "settings-delivery-arrived",
            (None, Some(_)) => "settings-delivery-failed",
            (None, None) => "settings-delivery-waiting",
        };
        let endpoint = endpoints.iter().find(|endpoint| endpoint.id == delivery.endpoint);
        Line {
            endpoint: endpoint.map_or_else(String::new, |it| it.name.clone()),
            state: view.words.text(state),
            delivery,
        }
    };
    Ok(WebhooksPage {
        title: view.words.text("settings-title"),
        tabs: places(&view, "/settings/webhooks"),
        deliveries: page.data.into_iter().map(line).collect(),
        endpoints,
        made: None,
        name: String::new(),
        url: String::new(),
        fault: None,
        next,
        view,
    })
}

pub(super) async fn add(view: View, Fields(new): Fields<NewEndpoint>) -> Answer {
    match webhook::create(&view.app, &view.caller, &new).await {
        Ok(made) => html(&WebhooksPage { made: Some(made.secret), ..page(view, Shown::default()).await? }),
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let fault = Some(view.words.text("settings-webhook-fault"));
            let page = WebhooksPage { name: new.name, url: new.url, fault, ..page(view, Shown::default()).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn remove(view: View, Path(id): Path<String>) -> Answer {
    webhook::remove(&view.app, &view.caller, &id).await?;
    back(&view)
}

/// Whether messages are sent to it.
#[derive(Deserialize)]
pub(super) struct Switch {
    enabled: bool,
}

pub(super) async fn switch(view: View, Path(id): Path<String>, Fields(Switch { enabled }): Fields<Switch>) -> Answer {
    webhook::set_enabled(&view.app, &view.caller, &id, enabled).await?;
    back(&view)
}

pub(super) async fn again(view: View, Path(id): Path<String>) -> Answer {
    webhook::again(&view.app, &view.caller, &id).await?;
    back(&view)
}

fn back(view: &View) -> Answer {
    Ok(Redirect::to(&view.href("/settings/webhooks")).into_response())
}

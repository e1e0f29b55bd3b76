//! Letters for the printer, on the page of a campaign.

use super::super::printing::{self, PrintFile};
use super::super::store::{Campaign, Counts};
use crate::access::Permission;
use crate::contacts::Channel;
use crate::platform::pages::Answer;
use crate::platform::{Pages, Path, View};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};

/// Where files are made, and where they are.
pub(super) fn pages() -> Pages {
    Pages::new().part(Permission::DeliverMessages, "/campaigns/{id}/print", post(make)).part(
        Permission::DeliverMessages,
        "/campaigns/{id}/print/{file}",
        get(download),
    )
}

/// What waits for the printer, and what it was given.
pub(super) struct Printed {
    /// How many letters wait; none where nothing does.
    pub waiting: Option<String>,
    /// Where each is, when it was made, and how many letters it has.
    pub files: Vec<(String, String, String)>,
}

/// For those who may hand letters over, of a campaign that prints them.
pub(super) async fn printed(view: &View, campaign: &Campaign, counts: &Counts) -> Result<Option<Printed>, sqlx::Error> {
    if campaign.definition.channel != Channel::Print || !view.may(Permission::DeliverMessages) {
        return Ok(None);
    }
    let shown = |file: &PrintFile| {
        let href = view.href(&format!("/campaigns/{}/print/{}", file.campaign, file.id));
        (href, view.moment(&file.made_at), letters(view, file.messages))
    };
    let files = printing::files(&view.app.database, &campaign.id).await?.iter().map(shown).collect();
    let waiting = counts.messages.get("ready").map(|number| letters(view, *number));
    Ok(Some(Printed { waiting, files }))
}

fn letters(view: &View, number: i64) -> String {
    view.words.with("campaigns-letters", &[("letters", number.unsigned_abs().into())])
}

async fn make(view: View, Path(id): Path<String>) -> Answer {
    printing::make(&view.app, &view.caller, &id).await?;
    Ok(Redirect::to(&view.href(&format!("/campaigns/{id}#print"))).into_response())
}

async fn download(view: View, Path((id, file)): Path<(String, String)>) -> Answer {
    printing::download(&view.app, &id, &file).await
}

//! What is read from elsewhere: syncs and imports.

use super::{about, places};
use crate::access::Permission;
use crate::intake::{self, Imported, sync};
use crate::platform::pages::{Answer, Going, Tab, html};
use crate::platform::{Path, Time, View};
use crate::start::upload;
use askama::Template;
use axum::response::{IntoResponse, Redirect};

/// Imports shown at most.
const IMPORTS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "data/pages/intake.html")]
struct IntakePage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    syncs: Vec<Sync>,
    imports: Vec<Import>,
    going: Vec<Going>,
}

struct Sync {
    sync: sync::Sync,
    about: String,
}

struct Import {
    about: String,
    /// The names of the files, without their folders.
    files: Vec<String>,
    began_at: Time,
    moved_at: Time,
    import: Imported,
}

pub(super) async fn list(view: View) -> Answer {
    let syncs = sync::list(&view.app).await?;
    let syncs = syncs.into_iter().map(|sync| Sync { about: about(&view, sync.kind.name()), sync }).collect();
    let name = |path: &String| path.rsplit('/').next().unwrap_or(path).to_owned();
    let import = |import: Imported| Import {
        about: about(&view, &import.kind),
        files: import.paths.iter().map(name).collect(),
        began_at: Time(import.began_at),
        moved_at: Time(import.moved_at),
        import,
    };
    let imports = intake::imports(&view.app).await?.into_iter().take(IMPORTS_MAX).map(import).collect();
    let tabs = places(&view, "/data/intake");
    let mut going = Going::all(&view, sync::JOB.name, None).await?;
    going.extend(Going::all(&view, upload::JOB.name, None).await?);
    html(&IntakePage { title: view.words.text("facts-title"), tabs, syncs, imports, going, view })
}

#[derive(Template)]
#[template(path = "data/pages/trial.html")]
struct TrialPage {
    view: View,
    title: String,
    tabs: Vec<Tab>,
    name: String,
    trial: sync::Trial,
    may_see: bool,
}

/// Looks whether a sync's source answers.
pub(super) async fn try_out(view: View, Path(name): Path<String>) -> Answer {
    let may_see = view.may(Permission::ReadPersonalData);
    let trial = sync::try_out(&view.app, &name, may_see).await?;
    let tabs = places(&view, "/data/intake");
    html(&TrialPage { title: view.words.text("facts-title"), tabs, name, trial, may_see, view })
}

pub(super) async fn run(view: View, Path(name): Path<String>) -> Answer {
    sync::ask(&view.app, &view.caller, &name).await?;
    Ok(Redirect::to(&view.href("/data/intake")).into_response())
}

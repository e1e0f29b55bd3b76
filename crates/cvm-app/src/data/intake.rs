//! What is read from elsewhere: syncs and imports.

use super::{about, places};
use crate::intake::{self, Imported, sync};
use crate::platform::pages::{Answer, Tab, html};
use crate::platform::{Path, Time, View};
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
    html(&IntakePage { title: view.words.text("facts-title"), tabs, syncs, imports, view })
}

pub(super) async fn run(view: View, Path(name): Path<String>) -> Answer {
    sync::ask(&view.app, &view.caller, &name).await?;
    Ok(Redirect::to(&view.href("/data/intake")).into_response())
}

//! The pages in a real browser: journeys in English and Persian, every page by axe, no error and no violation of the policy.
//!
//! Pictures of all pages stay in `target/screenshots`, to be looked at.

mod visit;

use super::server::{Server, run};
use super::succeed;
use cvm_app::platform::server::pages;
use std::path::Path;
use std::process::Command;
use visit::Visit;

/// The sample company in a running server, and who may sign in.
struct Workplace {
    server: Server,
    password: String,
    _folder: tempfile::TempDir,
}

const EMAIL: &str = "admin@localhost.localdomain";

impl Workplace {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        succeed(at, &["simulate", "--customers", "400", "-o", "company", "--only", "purchases,customers"]);
        let said = succeed(at, &["init", "data"]);
        let password =
            said.lines().find(|line| line.contains(EMAIL)).unwrap().split_whitespace().last().unwrap().to_owned();
        let with_euros = |arguments: &[&str]| run(cvm(at).args(arguments).env("CVM_CURRENCY", "EUR"));
        with_euros(&["import", "data", "company/customers.parquet", "--kind", "customers"]);
        with_euros(&["import", "data", "company/purchases.parquet", "--kind", "transactions"]);
        with_euros(&["score", "data"]);
        let server = Server::start_with(at, &[("CVM_CURRENCY", "EUR")]);
        Self { server, password, _folder: folder }
    }
}

fn cvm(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cvm"));
    command.current_dir(folder);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_sound_in_english_and_persian() {
    let place = Workplace::open();
    let visit = Visit::open(&place.server.url).await;
    visit.go("/en/value").await;
    assert_eq!(visit.path().await, "/en/login?next=%2Fen%2Fvalue");
    visit.check("login-en").await;
    visit.go("/fa/login").await;
    visit.check("login-fa").await;
    visit.sign_in("en", EMAIL, &place.password).await;
    assert_eq!(visit.path().await, "/en/");
    for (path, _) in pages().list() {
        if path.contains('{') || path == "/login" || path == "/logout" {
            continue;
        }
        for language in ["en", "fa"] {
            visit.go(&format!("/{language}{path}")).await;
            let name = path.trim_matches('/').replace('/', "-");
            visit.check(&format!("{}-{language}", if name.is_empty() { "overview" } else { &name })).await;
        }
    }
    visit.close().await;
    place.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_leads_everywhere() {
    let place = Workplace::open();
    let visit = Visit::open(&place.server.url).await;
    visit.sign_in("en", EMAIL, &place.password).await;
    visit.press("g").await;
    visit.press("v").await;
    visit.wait("location.pathname === '/en/value' && document.readyState === 'complete'").await;
    visit.press("/").await;
    visit.wait("document.activeElement.matches('[data-search]')").await;
    visit.script("document.activeElement.blur()").await;
    visit.press("?").await;
    visit.wait("document.querySelector('#help').open").await;
    visit.check("help-en").await;
    visit.script("document.querySelector('#help').close()").await;
    // The page in another language is the same page.
    visit.click(".menu summary").await;
    visit.click(".menu a[hreflang=fa]").await;
    visit.wait("location.pathname === '/fa/value' && document.dir === 'rtl'").await;
    visit.close().await;
    place.server.stop();
}

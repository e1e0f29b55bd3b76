//! The pages in a real browser: journeys in English and Persian, every page by axe, no error and no violation of the policy.
//!
//! Pictures of all pages stay in `target/screenshots`, to be looked at.

mod closing;
mod visit;

use super::server::Server;
use super::succeed;
use cvm_app::platform::server::pages;
use std::fs;
use visit::Visit;

/// The sample company in a running server, and who may sign in.
struct Workplace {
    server: Server,
    /// The e-mail and the password of an admin.
    admin: (String, String),
    _folder: tempfile::TempDir,
}

impl Workplace {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        succeed(at, &["demo", "data", "--customers", "300", "--months", "2", "--only-make", "--quiet"]);
        let users = fs::read_to_string(at.join("data/demo-users.txt")).unwrap();
        let admin = users.lines().find(|line| line.contains("admin")).unwrap_or_else(|| panic!("no admin in {users}"));
        let email = admin.split_whitespace().find(|word| word.contains('@')).unwrap().to_owned();
        let password = admin.split_whitespace().last().unwrap().to_owned();
        let server = Server::start(at);
        Self { server, admin: (email, password), _folder: folder }
    }

    async fn visit(&self, language: &str) -> Visit {
        let visit = Visit::open(&self.server.url).await;
        visit.sign_in(language, &self.admin.0, &self.admin.1).await;
        visit
    }
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
    visit.sign_in("en", &place.admin.0, &place.admin.1).await;
    assert_eq!(visit.path().await, "/en/");
    for (path, _) in pages().list() {
        if path.contains('{') || path == "/login" {
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

/// A customer, a segment, an alert: the first of each list.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one_thing_are_sound_too() {
    let place = Workplace::open();
    let visit = place.visit("en").await;
    visit.go("/en/alerts/new?figure=revenue&days=7").await;
    visit.fill("input[name=threshold]", "1000").await;
    visit.click("form.form button").await;
    visit.wait("/alerts\\/[0-9a-f-]{36}$/.test(location.pathname) && document.readyState === 'complete'").await;
    for (list, first) in
        [("customers", ".people tbody a"), ("segments", "tr[data-row] a"), ("alerts", "tr[data-row] a")]
    {
        for language in ["en", "fa"] {
            visit.go(&format!("/{language}/{list}")).await;
            visit.wait(&format!("document.querySelector('{first}') !== null")).await;
            let link = visit.script(&format!("document.querySelector('{first}').getAttribute('href')")).await;
            visit.go(link.as_str().unwrap()).await;
            visit.check(&format!("one-of-{list}-{language}")).await;
        }
    }
    // A place on a map of values leads to those who stand there.
    visit.go("/en/value").await;
    let counted = visit.text("td.q a small").await;
    let link = visit.script("document.querySelector('td.q a').getAttribute('href')").await;
    visit.go(link.as_str().unwrap()).await;
    visit.wait("document.querySelector('#list-count') !== null").await;
    let number = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    assert_eq!(number(&visit.text("#list-count").await), number(&counted), "{counted}");
    visit.close().await;
    place.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_leads_everywhere() {
    let place = Workplace::open();
    let visit = place.visit("en").await;
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

/// Every control of every page is come by with the tabulator alone, seen where one is, and left again.
#[tokio::test(flavor = "multi_thread")]
async fn the_tabulator_comes_by_everything() {
    let place = Workplace::open();
    let visit = place.visit("en").await;
    for (path, _) in pages().list() {
        if path.contains('{') || path == "/login" {
            continue;
        }
        visit.go(&format!("/en{path}")).await;
        visit.walk(path).await;
    }
    // From right to left it is the same.
    for path in ["/", "/campaigns/new", "/segments/new"] {
        visit.go(&format!("/fa{path}")).await;
        visit.walk(path).await;
    }
    visit.close().await;
    place.server.stop();
}

/// Two keys lead to each page of the menu, and the sheet of keys names all of them.
#[tokio::test(flavor = "multi_thread")]
async fn two_keys_lead_to_every_page_of_the_menu() {
    let place = Workplace::open();
    let visit = place.visit("fa").await;
    visit.go("/fa/").await;
    let ways =
        visit.script("[...document.querySelectorAll('nav.side a')].map((a) => [a.dataset.key, a.pathname])").await;
    let ways = ways.as_array().unwrap().clone();
    assert!(ways.len() >= 12, "{ways:?}");
    let keys: std::collections::BTreeSet<&str> = ways.iter().map(|way| way[0].as_str().unwrap()).collect();
    assert_eq!(keys.len(), ways.len(), "no two pages have one key: {ways:?}");
    let sheet =
        visit.script("[...document.querySelectorAll('#help .keys dt')].map((dt) => dt.textContent.trim())").await;
    for key in &keys {
        assert!(sheet.as_array().unwrap().iter().any(|keys| keys == &format!("g {key}")), "{key}: {sheet}");
    }
    for way in &ways {
        let (key, path) = (way[0].as_str().unwrap(), way[1].as_str().unwrap());
        visit.go("/fa/account").await;
        visit.press("g").await;
        visit.press(key).await;
        visit.wait(&format!("location.pathname.startsWith('{path}') && document.readyState === 'complete'")).await;
    }
    visit.close().await;
    place.server.stop();
}

/// What a marketer does, without a hand on the mouse: signs in, finds the best customers, looks at one, makes a segment of a rule,
/// takes it out as a file.
#[tokio::test(flavor = "multi_thread")]
async fn a_marketer_works_by_keyboard_alone() {
    let place = Workplace::open();
    let visit = Visit::open(&place.server.url).await;
    visit.go("/en/login").await;
    visit.tab_to("input[name=email]").await;
    visit.write(&place.admin.0).await;
    visit.tab_to("input[name=password]").await;
    visit.write(&place.admin.1).await;
    visit.enter().await;
    visit.wait("location.pathname === '/en/' && document.readyState === 'complete'").await;
    visit.press("g").await;
    visit.press("c").await;
    visit.wait("location.pathname === '/en/customers' && document.querySelector('.people tbody a') !== null").await;
    // What a column means is told where the keyboard is.
    visit.tab_to("th a[aria-describedby=what-clv]").await;
    assert_eq!(visit.script("getComputedStyle(document.querySelector('#what-clv')).visibility").await, "visible");
    visit.tab_to(".people tbody a").await;
    visit.enter().await;
    visit.wait("/customers\\/[0-9a-f-]{36}$/.test(location.pathname) && document.readyState === 'complete'").await;
    visit.press("g").await;
    visit.press("s").await;
    visit.wait("location.pathname === '/en/segments' && document.querySelectorAll('tr[data-row]').length >= 7").await;
    visit.tab_to("a[href$='/segments/new']").await;
    visit.enter().await;
    visit.wait("location.pathname === '/en/segments/new' && document.readyState === 'complete'").await;
    visit.tab_to("select[id='0-0.name']").await;
    // A list of choices is gone through by its first letters.
    visit.script("document.activeElement.value = 'values.clv', document.activeElement.dispatchEvent(new Event('change', {bubbles: true}))").await;
    visit.wait("document.getElementById('0-0.operator') !== null && !document.querySelector('.htmx-request')").await;
    visit.script("document.getElementById('0-0.operator').focus(), document.activeElement.value = 'at_least', document.activeElement.dispatchEvent(new Event('change', {bubbles: true}))").await;
    visit.wait("document.getElementById('0-0.value') !== null && !document.querySelector('.htmx-request')").await;
    visit.tab_to("input[id='0-0.value']").await;
    visit.write("1").await;
    visit.tab().await;
    visit.wait("document.querySelector('.total') !== null && !document.querySelector('.htmx-request')").await;
    visit.tab_to("#name").await;
    visit.write("By keyboard").await;
    visit.tab_to("button[value=save]").await;
    visit.enter().await;
    visit.wait("/segments\\/[0-9a-f-]{36}$/.test(location.pathname) && document.readyState === 'complete'").await;
    visit.tab_to("a[href*='format=csv']").await;
    visit.check("by-keyboard").await;
    visit.close().await;
    place.server.stop();
}

/// Every table of a page is a file too, with the filters of the page.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_every_page_is_a_file_too() {
    let place = Workplace::open();
    let visit = place.visit("fa").await;
    let mut files = 0;
    for (path, _) in pages().list() {
        if path.contains('{') || path == "/login" {
            continue;
        }
        visit.go(&format!("/fa{path}")).await;
        let without = visit.script("[...document.querySelectorAll('table')].filter((table) => !('file' in table.dataset)).length - document.querySelectorAll('.sheet a').length").await;
        assert_eq!(without, 0, "{path}");
        let own = visit
            .script(
                "document.querySelectorAll('table[data-file]').length > 0 && !document.querySelector('a[href*=csv]')",
            )
            .await;
        assert_eq!(own, false, "{path} has no file of its table");
        let script =
            "Promise.all([...document.querySelectorAll('.sheet a')].map((a) => fetch(a.href).then(async (answer) =>
            [answer.status, answer.headers.get('content-type'), (await answer.text()).includes('<')])))";
        for file in visit.script(script).await.as_array().unwrap() {
            assert_eq!(file, &serde_json::json!([200, "text/csv; charset=utf-8", false]), "{path}");
            files += 1;
        }
    }
    assert!(files > 20, "{files}");
    // And what comes into a page after it.
    visit.go("/fa/customers").await;
    let person = "[...document.querySelectorAll('tbody a')].find((a) => /customers.[0-9a-f-]{36}$/.test(a.href))";
    visit.wait(&format!("{person} !== undefined")).await;
    visit.script(&format!("{person}.click()")).await;
    let file = "document.querySelector('.sheet a[href*=\"/orders?csv=1\"]')";
    visit.wait(&format!("{file} !== null")).await;
    let kind = format!("fetch({file}.href).then((answer) => answer.headers.get('content-type'))");
    assert_eq!(visit.script(&kind).await, "text/csv; charset=utf-8");
    visit.close().await;
    place.server.stop();
}

/// What a marketer does: the valuable who are leaving, why, a segment of one's own, against champions, and out with it.
async fn marketers_story(language: &str) {
    let place = Workplace::open();
    let visit = place.visit(language).await;
    visit.go(&format!("/{language}/segments")).await;
    // Ready-made ones are there, computed by themselves.
    visit.wait("document.querySelectorAll('tr[data-row]').length >= 7").await;
    visit.go(&format!("/{language}/segments/new")).await;
    let choose = async |field: &str, value: &str| {
        let field = format!("document.getElementById('{field}')");
        visit.wait(&format!("{field} !== null && !document.querySelector('.htmx-request')")).await;
        visit
            .script(&format!(
                "{field}.value = `{value}`; {field}.dispatchEvent(new Event('change', {{bubbles: true}}))"
            ))
            .await;
    };
    choose("0-0.name", "values.value_tier").await;
    choose("0-0.operator", "one_of").await;
    choose("0-0.value", "platinum, gold, silver").await;
    visit.wait("document.querySelector('.total') !== null").await;
    visit.click("button[value='add:0:field']").await;
    choose("0-1.name", "values.p_alive").await;
    choose("0-1.operator", "below").await;
    choose("0-1.value", "0.9").await;
    visit.wait("document.querySelectorAll('.condition .note:not(:empty)').length === 2").await;
    visit.check(&format!("builder-{language}")).await;
    let counted = visit.text(".total b").await;
    visit.fill("#name", "Leaving & worth it").await;
    visit.click("button[value=save]").await;
    visit.wait("/segments\\/[0-9a-f-]{36}$/.test(location.pathname) && document.readyState === 'complete'").await;
    assert_eq!(visit.text("h1").await, "Leaving & worth it");
    let path = visit.path().await;
    // Members are computed by a job.
    while visit.text(".tile .figure").await != counted {
        visit.go(&path).await;
    }
    visit.check(&format!("segment-{language}")).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    let champions = visit.script("document.querySelector('select[name=b] option').value").await;
    visit.go(&format!("/{language}/segments/compare?a={id}&b={}", champions.as_str().unwrap())).await;
    assert!(visit.text("table").await.contains(&counted), "{}", visit.text("table").await);
    visit.check(&format!("compare-{language}")).await;
    let export = format!("fetch('/api/v1/segments/{id}/export?format=csv').then((answer) => answer.text())");
    let lines = visit.script(&export).await.as_str().unwrap().lines().count();
    visit.go(&path).await;
    let members = visit.script("document.querySelectorAll('tr[data-row]').length").await;
    assert_eq!(
        members.as_u64().unwrap().min(50) as usize,
        (lines - 1).min(50),
        "the file has a row a member and a header"
    );
    assert!(lines > 2, "the sample company has such customers");
    visit.close().await;
    place.server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketer_finds_saves_compares_and_exports() {
    marketers_story("en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketer_does_it_in_persian() {
    marketers_story("fa").await;
}

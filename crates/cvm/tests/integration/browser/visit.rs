//! A person at a browser.

use super::super::server::sdks;
use chromiumoxide::browser::{Browser, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::input::{DispatchKeyEventParams, DispatchKeyEventType, InsertTextParams};
use chromiumoxide::cdp::browser_protocol::log::EventEntryAdded;
use chromiumoxide::cdp::js_protocol::runtime::{EventConsoleApiCalled, EventExceptionThrown};
use chromiumoxide::page::{Page, ScreenshotParams};
use futures_util::StreamExt;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

/// One tab, and what went wrong in it.
pub struct Visit {
    browser: Browser,
    page: Page,
    url: String,
    axe: String,
    problems: Arc<Mutex<Vec<String>>>,
    handler: JoinHandle<()>,
    _profile: tempfile::TempDir,
}

impl Visit {
    pub async fn open(url: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let switches = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"];
        let config = BrowserConfig::builder()
            .chrome_executable("/usr/bin/chromium")
            .no_sandbox()
            .window_size(1360, 900)
            .viewport(None)
            .user_data_dir(profile.path())
            .args(switches)
            .args(["disable-component-update", "disable-sync", "hide-scrollbars"]);
        let (browser, mut events) = Browser::launch(config.build().unwrap()).await.unwrap();
        let handler = tokio::spawn(async move { while events.next().await.is_some() {} });
        let page = browser.new_page("about:blank").await.unwrap();
        let problems = Arc::new(Mutex::new(Vec::new()));
        page.enable_log().await.unwrap();
        page.enable_runtime().await.unwrap();
        // The log has failed loads and what the policy refused.
        let mut log = page.event_listener::<EventEntryAdded>().await.unwrap();
        let mut calls = page.event_listener::<EventConsoleApiCalled>().await.unwrap();
        let mut exceptions = page.event_listener::<EventExceptionThrown>().await.unwrap();
        let noted = problems.clone();
        tokio::spawn(async move {
            loop {
                let problem = tokio::select! {
                    Some(event) = log.next() => {
                        let entry = &event.entry;
                        Some(format!("{:?}: {} {:?}", entry.level, entry.text, entry.url)).filter(|text| !text.starts_with("Verbose"))
                    }
                    Some(event) = calls.next() => Some(format!("console: {:?} {:?}", event.r#type, event.args)),
                    Some(event) = exceptions.next() => Some(format!("exception: {:?}", event.exception_details)),
                    else => return,
                };
                noted.lock().unwrap().extend(problem);
            }
        });
        let axe = std::fs::read_to_string(sdks().join("node_modules/axe-core/axe.min.js")).unwrap();
        Self { browser, page, url: url.to_owned(), axe, problems, handler, _profile: profile }
    }

    /// Opens a page of the server, all of it.
    pub async fn go(&self, path: &str) {
        self.page.goto(format!("{}{path}", self.url)).await.unwrap();
        self.wait("document.readyState === 'complete'").await;
    }

    pub async fn sign_in(&self, language: &str, email: &str, password: &str) {
        self.go(&format!("/{language}/login")).await;
        self.fill("input[name=email]", email).await;
        self.fill("input[name=password]", password).await;
        self.click("form button").await;
        self.wait("!location.pathname.endsWith('/login') && document.readyState === 'complete'").await;
    }

    /// Types into a field, letters of any script.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.script(&format!(
            "document.querySelector(`{selector}`).focus(), document.querySelector(`{selector}`).select?.()"
        ))
        .await;
        self.page.execute(InsertTextParams::new(text)).await.unwrap();
    }

    /// Presses a key that writes a letter.
    pub async fn press(&self, key: &str) {
        let code = if key.bytes().all(|byte| byte.is_ascii_lowercase()) {
            format!("Key{}", key.to_uppercase())
        } else {
            String::new()
        };
        for kind in [DispatchKeyEventType::KeyDown, DispatchKeyEventType::KeyUp] {
            let event = DispatchKeyEventParams::builder().r#type(kind).key(key).code(code.as_str()).text(key);
            self.page.execute(event.build().unwrap()).await.unwrap();
        }
    }

    /// Presses a key that has a name: its code number, and what it writes.
    async fn press_named(&self, name: &str, number: i64, text: Option<&str>) {
        for kind in [DispatchKeyEventType::KeyDown, DispatchKeyEventType::KeyUp] {
            let event = DispatchKeyEventParams::builder().r#type(kind).key(name).code(name);
            let event = event.windows_virtual_key_code(number).native_virtual_key_code(number);
            let event = text.into_iter().fold(event, |event, text| event.text(text));
            self.page.execute(event.build().unwrap()).await.unwrap();
        }
    }

    pub async fn tab(&self) {
        self.press_named("Tab", 9, None).await;
    }

    pub async fn enter(&self) {
        self.press_named("Enter", 13, Some("\r")).await;
    }

    /// Goes on by the tabulator until what fits the selector has the focus.
    pub async fn tab_to(&self, selector: &str) {
        for _ in 0..400 {
            self.tab().await;
            if self.script(&format!("document.activeElement.matches(`{selector}`)")).await == true {
                return;
            }
        }
        panic!("{selector} is not reached by the tabulator at {}", self.path().await);
    }

    /// Types where the focus is.
    pub async fn write(&self, text: &str) {
        self.page.execute(InsertTextParams::new(text)).await.unwrap();
    }

    /// Walks over the page by the tabulator: everything that can be used is come by, and each time it is seen where one is.
    pub async fn walk(&self, name: &str) {
        self.script("document.activeElement.blur(), window.scrollTo(0, 0)").await;
        let all = self.script(USABLE).await.as_u64().unwrap();
        // Parts of dates are stops of their own, and so is what scrolls.
        let dates = self
            .script(
                "document.querySelectorAll('input[type=date], input[type=datetime-local], input[type=month]').length",
            )
            .await;
        let stops = all + 8 * dates.as_u64().unwrap() + 30;
        for _ in 0..stops {
            self.tab().await;
            let unseen = self.script(STOP).await;
            assert_eq!(unseen, Value::Null, "{name}: nobody sees that this has the focus");
            if self.script(MISSED).await == Value::Array(Vec::new()) {
                return;
            }
        }
        let missed = self.script(MISSED).await;
        panic!("{name}: the tabulator does not come by {missed:#}");
    }

    pub async fn click(&self, selector: &str) {
        let element = self.page.find_element(selector).await;
        element.unwrap_or_else(|error| panic!("{selector}: {error}")).click().await.unwrap();
    }

    pub async fn script(&self, script: &str) -> Value {
        let result = self.page.evaluate(script).await.unwrap_or_else(|error| panic!("{script}: {error}"));
        result.value().cloned().unwrap_or_default()
    }

    /// Waits until a condition in the page holds, also over a change of pages.
    pub async fn wait(&self, condition: &str) {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
        // While a page gives way to the next, there is nothing to ask.
        while !matches!(
            self.page.evaluate(condition).await.map(|result| result.value().cloned()),
            Ok(Some(Value::Bool(true)))
        ) {
            if tokio::time::Instant::now() > deadline {
                let text = self.script("document.body.innerText.slice(0, 500)").await;
                panic!("{condition} does not come true at {}; the page says {text}", self.path().await);
            }
            tokio::task::yield_now().await;
        }
    }

    pub async fn text(&self, selector: &str) -> String {
        let text = self.script(&format!("document.querySelector(`{selector}`)?.innerText ?? ''")).await;
        text.as_str().unwrap().to_owned()
    }

    /// Where one is: path and query.
    pub async fn path(&self) -> String {
        self.script("location.pathname + location.search").await.as_str().unwrap().to_owned()
    }

    /// Looks at the page: nothing went wrong, nothing sticks out, axe finds nothing; and keeps a picture of it.
    pub async fn check(&self, name: &str) {
        let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots");
        std::fs::create_dir_all(&pictures).unwrap();
        let whole = ScreenshotParams::builder().full_page(true).build();
        self.page.save_screenshot(whole, pictures.join(format!("{name}.png"))).await.unwrap();
        let problems = std::mem::take(&mut *self.problems.lock().unwrap());
        assert!(problems.is_empty(), "{name}: {problems:#?}");
        let wide = self.script("document.documentElement.scrollWidth - innerWidth").await;
        assert!(wide.as_i64().unwrap() <= 1, "{name} is {wide} pixels too wide");
        self.page.evaluate(self.axe.as_str()).await.unwrap();
        let found = self.script(AXE).await;
        assert_eq!(found, Value::Array(Vec::new()), "{name}: {found:#}");
    }

    pub async fn close(mut self) {
        self.browser.close().await.unwrap();
        self.browser.wait().await.unwrap();
        self.handler.abort();
    }
}

/// Marks what can be used on a page, and counts it. Of radio buttons of one name the keyboard comes by one.
const USABLE: &str = "(() => {
    const usable = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')].filter((it) =>
        !it.disabled && it.type !== 'hidden' && it.tabIndex >= 0 && it.getClientRects().length > 0 && it.checkVisibility({visibilityProperty: true})
        && !(it.type === 'radio' && document.querySelector(`input[type=radio][name='${CSS.escape(it.name)}']:checked`) !== it
            && document.querySelector(`input[type=radio][name='${CSS.escape(it.name)}']`) !== it));
    usable.forEach((it) => it.setAttribute('data-walked', 'no'));
    return usable.length;
})()";

/// Notes where the focus is; what has it and does not show it.
const STOP: &str = "(() => {
    const it = document.activeElement;
    if (!it || it === document.body || it === document.documentElement) return null;
    it.setAttribute('data-walked', 'yes');
    const shows = (of) => { const style = getComputedStyle(of); return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'; };
    return shows(it) || (it.parentElement && shows(it.parentElement)) || (it.closest('form, label') && shows(it.closest('form, label'))) ? null : it.outerHTML.slice(0, 200);
})()";

/// What the walk did not come by. Of radio buttons one stands for all.
const MISSED: &str = "[...document.querySelectorAll('[data-walked=no]')].filter((it) => it.checkVisibility({visibilityProperty: true})
    && !(it.type === 'radio' && document.querySelector(`input[type=radio][name='${CSS.escape(it.name)}'][data-walked=yes]`))).map((it) => it.outerHTML.slice(0, 200))";

/// What axe finds against WCAG 2.2 AA and good practice: the rule and where.
const AXE: &str =
    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
    .then(({violations}) => violations.map(({id, nodes}) => [id, nodes.map(({html}) => html.slice(0, 200))]))";

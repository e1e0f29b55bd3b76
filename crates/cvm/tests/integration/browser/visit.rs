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

/// What axe finds against WCAG 2.2 AA and good practice: the rule and where.
const AXE: &str =
    "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
    .then(({violations}) => violations.map(({id, nodes}) => [id, nodes.map(({html}) => html.slice(0, 200))]))";

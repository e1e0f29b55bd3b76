//! A shop with a mail server, for tests of what is said to customers.

use super::{JOB, send_due};
use crate::access::Role;
use crate::access::testing::Credentials;
use crate::contacts::Policy;
use crate::customers::project;
use crate::platform::clock::HOUR;
use crate::platform::jobs::run_due;
use crate::platform::testing::TestApp;
use crate::platform::testing::mailbox::Mailbox;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use cvm_core::message::Message;
use serde_json::{Value, json};

/// A server, its mail server, and who works there.
pub(crate) struct Shop {
    pub app: TestApp,
    pub mail: Mailbox,
    pub marketer: Credentials,
    pub admin: Credentials,
}

impl Shop {
    /// In the morning, so that no quiet hours are in the way, and with nobody held back.
    pub(crate) async fn open(database_url: String) -> Self {
        let mail = Mailbox::start().await;
        let url = mail.url.clone();
        let app = TestApp::with(|config| {
            (config.mail_url, config.mail_from) = (url, "Shop <news@shop.example>".to_owned());
            (config.session_hours, config.session_idle_hours) = (24 * 90, 24 * 90);
            (config.database_url, config.public_url) = (database_url, "https://cvm.example".to_owned());
        });
        let app = app.await;
        let (marketer, admin) = (app.sign_in(Role::Marketer).await, app.sign_in(Role::Admin).await);
        let shop = Self { app, mail, marketer, admin };
        shop.app.clock.advance(8 * HOUR);
        shop.policy(|policy| policy.global_control = 0.0).await;
        shop
    }

    /// The answer of a call that is to succeed.
    pub(crate) async fn ok(&self, by: &Credentials, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.app.call(by, method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn policy(&self, change: impl FnOnce(&mut Policy)) {
        let mut policy: Policy =
            serde_json::from_value(self.ok(&self.admin, "GET", "/api/v1/contact-policy", Value::Null).await).unwrap();
        change(&mut policy);
        self.ok(&self.admin, "PUT", "/api/v1/contact-policy", serde_json::to_value(policy).unwrap()).await;
    }

    /// Customers with these numbers, who all said yes to letters where they are asked.
    pub(crate) async fn people(&self, numbers: std::ops::Range<usize>, consents: bool) {
        let now = self.app.clock.now();
        let one = |number: usize| -> Message {
            let change = json!({"purpose": "marketing", "channel": "email", "state": "granted"});
            let context = if consents { json!({"consent": {"changes": [change]}}) } else { json!({}) };
            let language = ["en", "pl", "fa"][number % 3];
            serde_json::from_value(json!({
                "message_id": format!("p{number}"), "source": "shop", "type": "identify", "user_id": format!("u{number}"),
                "timestamp": now, "received_at": now, "context": context,
                "traits": {"email": format!("u{number}@example.org"), "first_name": format!("N<{number}>"), "language": language},
            }))
            .unwrap()
        };
        self.app.app.inbox.store(numbers.map(one).collect()).await.unwrap();
        while project(&self.app.app).await.unwrap().batches > 0 {}
    }

    /// A campaign that was approved, and dealt to sides as far as its time has come.
    pub(crate) async fn start(&self, definition: Value) -> String {
        let draft = json!({"name": self.app.app.random.id(&self.app.clock), "definition": definition});
        let id = self.ok(&self.marketer, "POST", "/api/v1/campaigns", draft).await["id"].as_str().unwrap().to_owned();
        let state = self.ok(&self.admin, "POST", &format!("/api/v1/campaigns/{id}/submit"), Value::Null).await;
        assert_eq!(state["state"], "scheduled");
        run_due(&self.app.app, &[JOB]).await.unwrap();
        id
    }

    pub(crate) async fn send_all(&self) -> usize {
        send_due(&self.app.app).await.unwrap()
    }

    pub(crate) async fn campaign(&self, id: &str) -> Value {
        self.ok(&self.marketer, "GET", &format!("/api/v1/campaigns/{id}"), Value::Null).await
    }

    /// Follows an address as a program of this name; status, and where to go then.
    pub(crate) async fn get(&self, path: &str, agent: &str) -> (StatusCode, String) {
        let request = Request::get(path).header("user-agent", agent).body(Body::empty()).unwrap();
        let (status, headers, _) = self.app.exchange(request).await;
        (status, headers.get("location").map_or(String::new(), |to| to.to_str().unwrap().to_owned()))
    }
}

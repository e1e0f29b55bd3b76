//! Services that take HTTP: what they are told is a template of the settings, and a message's id goes along as the key by which they
//! know it again.

use super::{Carrier, ChannelSettings, Outcome, Outgoing};
use crate::platform::Clock;
use crate::platform::templates::{Format, Template};
use async_trait::async_trait;
use reqwest::redirect;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::time::Duration;

/// A service that has said nothing for so long is taken for busy.
const PATIENCE: Duration = Duration::from_secs(15);

/// The service of one way.
pub(super) struct Provider {
    client: reqwest::Client,
    settings: ChannelSettings,
    /// None for the body of Standard Webhooks.
    body: Option<Template>,
    webhook: Option<Webhook>,
    clock: Clock,
}

impl Provider {
    /// None where the settings name no address.
    pub(super) fn of(settings: &ChannelSettings, clock: &Clock) -> Option<Self> {
        if settings.url.is_empty() {
            return None;
        }
        // A redirect would take the headers, and what they prove, to somebody else.
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).timeout(PATIENCE).build().ok()?;
        let body = (!settings.body.is_empty()).then(|| Template::parse(&settings.body, Format::Json).ok()).flatten();
        let webhook = Webhook::new(&settings.secret).ok().filter(|_| !settings.secret.is_empty());
        Some(Self { client, settings: settings.clone(), body, webhook, clock: clock.clone() })
    }

    fn body(&self, message: &Outgoing, seconds: i64) -> Result<String, String> {
        let data = json!({
            "id": message.id, "to": message.to, "subject": message.subject, "text": message.text, "html": message.html,
            "unsubscribe_url": message.unsubscribe, "about": message.about,
        });
        let Some(body) = &self.body else {
            let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339();
            return Ok(json!({"type": "campaign.message", "timestamp": at, "data": data}).to_string());
        };
        let text = body.fill(&data).map_err(|unfilled| unfilled.to_string())?;
        serde_json::from_str::<Value>(&text).map_err(|_| "the body of the settings makes no JSON".to_owned())?;
        Ok(text)
    }
}

#[async_trait]
impl Carrier for Provider {
    async fn send(&self, message: &Outgoing) -> Outcome {
        let seconds = self.clock.now().div_euclid(1_000_000);
        let body = match self.body(message, seconds) {
            Ok(body) => body,
            Err(reason) => return Outcome::Failed { reason, is_nobody: false },
        };
        let mut request = self.client.post(&self.settings.url).header("content-type", "application/json");
        request = request.header("idempotency-key", &message.id);
        for (name, value) in &self.settings.headers {
            request = request.header(name, value);
        }
        if let Some(webhook) = &self.webhook {
            let Ok(signature) = webhook.sign(&message.id, seconds, body.as_bytes()) else {
                return Outcome::Failed { reason: "the message cannot be signed".to_owned(), is_nobody: false };
            };
            request = request.header("webhook-id", &message.id).header("webhook-timestamp", seconds.to_string());
            request = request.header("webhook-signature", signature);
        }
        match request.body(body).send().await {
            Ok(answer) if answer.status().is_success() => Outcome::Sent,
            Ok(answer) => {
                let code = answer.status().as_u16();
                let reason = format!("the service answered {code}");
                match code {
                    408 | 409 | 425 | 429 | 500.. => Outcome::Later(reason),
                    _ => Outcome::Failed { reason, is_nobody: code == 410 },
                }
            }
            // Whether it has it or not, it knows the id when it comes again.
            Err(_) => Outcome::Later("the service cannot be reached, or does not answer".to_owned()),
        }
    }

    fn knows_ids(&self) -> bool {
        true
    }
}

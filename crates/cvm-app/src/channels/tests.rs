//! Over loopback: what services are told, and what becomes of each of their answers.

use super::{Carrier, ChannelSettings, Outcome, Outgoing};
use crate::contacts::Channel;
use crate::platform::Clock;
use crate::platform::testing::START;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

type Heard = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A service that answers with the code in its address.
async fn service() -> (String, Heard) {
    let heard = Heard::default();
    let answer = async |State(heard): State<Heard>, Path(code): Path<u16>, headers: HeaderMap, body: String| {
        heard.lock().unwrap().push((headers, body));
        StatusCode::from_u16(code).unwrap()
    };
    let router = Router::new().route("/{code}", post(answer)).with_state(heard.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, heard)
}

fn message() -> Outgoing {
    Outgoing {
        id: "m-1".to_owned(),
        to: "+48601234567".to_owned(),
        text: "Say \"hello\"".to_owned(),
        about: json!({"customer": "c"}),
        ..Outgoing::default()
    }
}

fn provider(settings: &ChannelSettings) -> super::provider::Provider {
    settings.check(Channel::Webhook).unwrap();
    super::provider::Provider::of(settings, &Clock::set_to(START)).unwrap()
}

#[tokio::test]
async fn a_service_is_told_as_the_settings_say() {
    let (address, heard) = service().await;
    let settings = ChannelSettings {
        url: format!("{address}/202"),
        headers: [("Authorization".to_owned(), "Bearer t".to_owned())].into(),
        body: "{\"number\": \"{{ to }}\", \"content\": \"{{ text }}\", \"ref\": \"{{ about.customer }}\"}".to_owned(),
        ..ChannelSettings::default()
    };
    assert_eq!(provider(&settings).send(&message()).await, Outcome::Sent);
    let (headers, body) = heard.lock().unwrap().pop().unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, json!({"number": "+48601234567", "content": "Say \"hello\"", "ref": "c"}));
    assert_eq!(
        (&headers["authorization"], &headers["idempotency-key"]),
        (&"Bearer t".parse().unwrap(), &"m-1".parse().unwrap())
    );
}

#[tokio::test]
async fn another_system_can_prove_that_it_was_us() {
    let (address, heard) = service().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    let settings =
        ChannelSettings { url: format!("{address}/200"), secret: secret.clone(), ..ChannelSettings::default() };
    assert_eq!(provider(&settings).send(&message()).await, Outcome::Sent);
    let (headers, body) = heard.lock().unwrap().pop().unwrap();
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    // As the specification says it, and not by the crate that signed.
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let signed = format!("{}.{}.{body}", text("webhook-id"), text("webhook-timestamp"));
    let expected = BASE64_STANDARD.encode(hmac_sha256::HMAC::mac(signed.as_bytes(), &key));
    assert_eq!(text("webhook-signature"), format!("v1,{expected}"));
    assert_eq!((text("webhook-id").as_str(), text("webhook-timestamp")), ("m-1", (START / 1_000_000).to_string()));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["data"]["to"]), (&json!("campaign.message"), &json!("+48601234567")));
}

#[tokio::test]
async fn each_answer_has_its_meaning() {
    let (address, _) = service().await;
    for (code, expected) in
        [(204, "sent"), (400, "failed"), (410, "nobody"), (429, "later"), (503, "later"), (302, "failed")]
    {
        let settings = ChannelSettings { url: format!("{address}/{code}"), ..ChannelSettings::default() };
        let found = match provider(&settings).send(&message()).await {
            Outcome::Sent => "sent",
            Outcome::Failed { is_nobody: true, .. } => "nobody",
            Outcome::Failed { is_nobody: false, .. } => "failed",
            Outcome::Later(_) => "later",
            Outcome::Unknown(_) => "unknown",
        };
        assert_eq!(found, expected, "{code}");
    }
    let nobody = ChannelSettings { url: "http://127.0.0.1:1/".to_owned(), ..ChannelSettings::default() };
    assert!(matches!(provider(&nobody).send(&message()).await, Outcome::Later(_)));
}

#[test]
fn what_is_wrong_with_the_settings_is_said() {
    let of = |channel: Channel, text: &str| {
        let settings: ChannelSettings = toml::from_str(text).unwrap();
        settings.check(channel).map_err(|error| error.split(':').next().unwrap().to_owned())
    };
    assert_eq!(of(Channel::Email, "cost = 0.01"), Ok(()));
    assert_eq!(of(Channel::Call, "url = \"https://x\""), Err("only cost can be set".to_owned()));
    assert_eq!(of(Channel::Sms, "url = \"https://x\""), Err("body is missing".to_owned()));
    assert_eq!(of(Channel::Sms, "body = \"{}\""), Err("url is missing".to_owned()));
    assert!(of(Channel::Sms, "url = \"https://x\"\nbody = \"{{ to \"").unwrap_err().starts_with("body"));
    assert!(of(Channel::Webhook, "url = \"https://x\"\nsecret = \"12\"").unwrap_err().starts_with("secret"));
    assert!(of(Channel::Webhook, "url = \"ftp://x\"").unwrap_err().starts_with("url"));
    assert!(of(Channel::Push, "cost = -1.0").unwrap_err().starts_with("cost"));
}

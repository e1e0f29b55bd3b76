//! From what an SDK sends to a checked [`Message`], by the rules of the Segment specification.

use chrono::DateTime;
use cvm_core::message::{Message, MessageKind};
use serde_json::{Map, Value};

/// Characters of an id at most; the specification says so of `messageId`, and no id is longer in earnest.
const ID_CHARACTERS: usize = 100;

/// Characters of an event's or page's name at most.
const NAME_CHARACTERS: usize = 500;

/// What is known of a call besides its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Receipt<'a> {
    /// Id of the source.
    pub source: &'a str,
    /// Microseconds of Unix time.
    pub received_at: i64,
    /// When the sender sent it, by the sender's clock.
    pub sent_at: Option<i64>,
    /// An id for a call that brings none.
    pub fallback_id: fn() -> String,
}

/// Why a call is no message, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// JSON pointer within the call.
    pub pointer: &'static str,
    /// What was found and expected.
    pub detail: String,
}

fn reject<T>(pointer: &'static str, detail: impl Into<String>) -> Result<T, Rejection> {
    Err(Rejection { pointer, detail: detail.into() })
}

/// Checks a call. `kind` is that of the path; in a batch, where it is `None`, the call's `type` says it.
pub(crate) fn message(
    mut call: Map<String, Value>,
    kind: Option<MessageKind>,
    receipt: &Receipt<'_>,
) -> Result<Message, Rejection> {
    let kind = match kind {
        Some(kind) => kind,
        None => match call.get("type").and_then(Value::as_str).map(MessageKind::from_name) {
            Some(Some(kind)) => kind,
            _ => return reject("/type", "expected identify, track, page, screen, group or alias"),
        },
    };
    let message_id = id(&mut call, "messageId", "/messageId")?.unwrap_or_else(receipt.fallback_id);
    let user_id = id(&mut call, "userId", "/userId")?;
    let anonymous_id = id(&mut call, "anonymousId", "/anonymousId")?;
    if user_id.is_none() && anonymous_id.is_none() {
        return reject("/userId", "there is neither a userId nor an anonymousId; one is needed");
    }
    let name = match kind {
        MessageKind::Track => match name(&mut call, "event")? {
            Some(name) => Some(name),
            None => return reject("/event", "the event has no name"),
        },
        MessageKind::Page | MessageKind::Screen => name(&mut call, "name")?,
        _ => None,
    };
    let group_id = id(&mut call, "groupId", "/groupId")?;
    if kind == MessageKind::Group && group_id.is_none() {
        return reject("/groupId", "there is no groupId");
    }
    let previous_id = id(&mut call, "previousId", "/previousId")?;
    if kind == MessageKind::Alias && previous_id.is_none() {
        return reject("/previousId", "there is no previousId");
    }
    let sent_at = time(&call, "sentAt").or(receipt.sent_at);
    let original = time(&call, "originalTimestamp").or_else(|| time(&call, "timestamp"));
    let mut context = object(&mut call, "context", "/context")?;
    let mut traits = object(&mut call, "traits", "/traits")?;
    if kind == MessageKind::Identify
        && let Some(Value::Object(more)) = context.remove("traits")
    {
        // RudderStack's Python SDK puts traits only here.
        for (name, value) in more {
            traits.entry(name).or_insert(value);
        }
    }
    Ok(Message {
        message_id,
        kind,
        source: receipt.source.to_owned(),
        name,
        user_id,
        anonymous_id,
        group_id,
        previous_id,
        timestamp: corrected(receipt.received_at, sent_at, original),
        received_at: receipt.received_at,
        traits,
        properties: object(&mut call, "properties", "/properties")?,
        context,
    })
}

/// When it happened by our clock: what the sender's clock says between happening and sending is right, whatever it shows.
/// Nothing happens after it was received.
fn corrected(received_at: i64, sent_at: Option<i64>, original: Option<i64>) -> i64 {
    let happened = match (sent_at, original) {
        (Some(sent_at), Some(original)) => received_at.saturating_sub(sent_at.saturating_sub(original)),
        (None, Some(original)) => original,
        _ => received_at,
    };
    happened.min(received_at)
}

/// The values that a batch gives to all its calls: an item's own go before them, member by member of `context`.
pub(super) fn merge_defaults(call: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (name, default) in defaults {
        match call.get_mut(name) {
            Some(Value::Object(own)) => {
                if let Value::Object(default) = default {
                    for (name, value) in default {
                        own.entry(name).or_insert_with(|| value.clone());
                    }
                }
            }
            Some(Value::Null) | None => {
                call.insert(name.clone(), default.clone());
            }
            Some(_) => {}
        }
    }
}

/// An id: text, or a number as text; null and empty are none.
fn id(call: &mut Map<String, Value>, name: &str, pointer: &'static str) -> Result<Option<String>, Rejection> {
    let text = match call.remove(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => return reject(pointer, format!("expected text, found {}", kind_of(&other))),
    };
    if text.chars().count() > ID_CHARACTERS {
        return reject(pointer, format!("longer than {ID_CHARACTERS} characters"));
    }
    if text.contains('\0') {
        return reject(pointer, "contains a null character");
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn name(call: &mut Map<String, Value>, member: &'static str) -> Result<Option<String>, Rejection> {
    let pointer = if member == "event" { "/event" } else { "/name" };
    match call.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() > NAME_CHARACTERS => {
            reject(pointer, format!("longer than {NAME_CHARACTERS} characters"))
        }
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(other) => reject(pointer, format!("expected text, found {}", kind_of(&other))),
    }
}

fn object(call: &mut Map<String, Value>, name: &str, pointer: &'static str) -> Result<Map<String, Value>, Rejection> {
    match call.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => reject(pointer, format!("expected an object, found {}", kind_of(&other))),
    }
}

/// A time of the sender; one that cannot be read counts as none, for SDKs differ and the event matters more.
pub(super) fn time(call: &Map<String, Value>, name: &str) -> Option<i64> {
    match call.get(name)? {
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_micros()),
        // Some senders write milliseconds of Unix time.
        Value::Number(number) => number.as_i64().and_then(|milliseconds| milliseconds.checked_mul(1000)),
        _ => None,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RECEIVED: i64 = 1_760_000_000_000_000;

    fn check(call: Value, kind: Option<MessageKind>) -> Result<Message, Rejection> {
        let Value::Object(call) = call else { panic!("a call is an object") };
        message(
            call,
            kind,
            &Receipt { source: "shop", received_at: RECEIVED, sent_at: None, fallback_id: || "made".to_owned() },
        )
    }

    #[test]
    fn null_ids_are_absent_and_numbers_are_ids() {
        let found =
            check(json!({"type": "track", "event": "Opened", "userId": 42, "anonymousId": null}), None).unwrap();
        assert_eq!((found.user_id.as_deref(), found.anonymous_id), (Some("42"), None));
        assert_eq!((found.message_id.as_str(), found.timestamp), ("made", RECEIVED));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (call, pointer) in [
            (json!({"type": "track", "event": "x"}), "/userId"),
            (json!({"type": "track", "userId": "u"}), "/event"),
            (json!({"type": "buy", "userId": "u"}), "/type"),
            (json!({"userId": "u"}), "/type"),
            (json!({"type": "alias", "userId": "u"}), "/previousId"),
            (json!({"type": "group", "userId": "u"}), "/groupId"),
            (json!({"type": "page", "userId": "u", "messageId": "x".repeat(101)}), "/messageId"),
            (json!({"type": "page", "userId": ["u"]}), "/userId"),
            (json!({"type": "page", "userId": "u", "context": "web"}), "/context"),
        ] {
            assert_eq!(check(call.clone(), None).unwrap_err().pointer, pointer, "{call}");
        }
    }

    #[test]
    fn a_wrong_clock_is_corrected() {
        // The sender's clock is an hour ahead; the event happened ten seconds before it was sent.
        let ahead = |seconds: i64| {
            DateTime::from_timestamp_micros(RECEIVED + 3_600_000_000 + seconds * 1_000_000).unwrap().to_rfc3339()
        };
        let call = json!({"userId": "u", "timestamp": ahead(-10), "sentAt": ahead(0)});
        assert_eq!(check(call, Some(MessageKind::Page)).unwrap().timestamp, RECEIVED - 10_000_000);
        // Without the time of sending, the future is still not believed.
        let call = json!({"userId": "u", "timestamp": ahead(0)});
        assert_eq!(check(call, Some(MessageKind::Page)).unwrap().timestamp, RECEIVED);
    }

    #[test]
    fn traits_of_the_context_are_traits() {
        let call = json!({"userId": "u", "traits": {"age": 30}, "context": {"traits": {"age": 1, "city": "Gdańsk"}}});
        let found = check(call, Some(MessageKind::Identify)).unwrap();
        assert_eq!(Value::Object(found.traits), json!({"age": 30, "city": "Gdańsk"}));
        assert!(found.context.is_empty());
    }

    #[test]
    fn a_batch_gives_its_context_to_each_call() {
        let Value::Object(mut call) = json!({"context": {"ip": "1"}}) else { panic!() };
        let Value::Object(defaults) = json!({"context": {"ip": "2", "app": "x"}, "integrations": {"All": true}}) else {
            panic!()
        };
        merge_defaults(&mut call, &defaults);
        assert_eq!(Value::Object(call), json!({"context": {"ip": "1", "app": "x"}, "integrations": {"All": true}}));
    }
}

//! What the product itself finds out about customers, told as any source tells of attributes: so segments, exports, merges and
//! erasure know it without knowing where it came from.

use crate::platform::server::App;
use cvm_core::message::{Message, MessageKind};
use serde_json::{Map, Value};

/// The source of what the product says.
const SOURCE: &str = "OpenCVM";

/// A customer, by what they are known, and what is to be said of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The customer's id.
    pub customer: String,
    /// As `user_id:..` or `anonymous_id:..`.
    pub known_by: String,
    /// The attribute's value: a text, a number, true or false.
    pub value: Value,
}

/// The name of an attribute that is about something with a name of people's own: `plan_` and `Spring 2026` are `plan_spring_2026`.
pub fn attribute(prefix: &str, name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    prefix.chars().chain(name.trim().to_lowercase().chars().map(letter).take(60)).collect()
}

/// Tells the inbox an attribute of some customers. `telling` makes the ids of messages: the same telling again adds nothing.
///
/// # Errors
/// What the inbox gives.
pub async fn tell(app: &App, telling: &str, attribute: &str, told: &[Told]) -> anyhow::Result<()> {
    let now = app.clock.now();
    let message = |told: &Told| {
        let (kind, id) = told.known_by.split_once(':')?;
        Some(Message {
            message_id: format!("{telling}-{}", told.customer),
            kind: MessageKind::Identify,
            source: SOURCE.to_owned(),
            name: None,
            user_id: (kind == "user_id").then(|| id.to_owned()),
            anonymous_id: (kind == "anonymous_id").then(|| id.to_owned()),
            group_id: None,
            previous_id: None,
            timestamp: now,
            received_at: now,
            traits: Map::from_iter([(attribute.to_owned(), told.value.clone())]),
            properties: Map::<String, Value>::new(),
            context: Map::new(),
        })
    };
    let messages: Vec<Message> = told.iter().filter_map(message).collect();
    app.inbox.store(messages).await.map(drop).map_err(|error| anyhow::anyhow!("{error}"))
}

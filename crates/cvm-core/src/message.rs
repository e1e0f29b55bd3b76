//! What a source tells of somebody: one call of the tracking API, checked, with its times made comparable.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A call, as it is kept in the inbox and in the lake.
///
/// At least one of `user_id` and `anonymous_id` is there. Times are microseconds of Unix time, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The sender's id of the call, the same on every retry; at most 100 characters.
    pub message_id: String,
    /// Which call.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// The source whose write key was used.
    pub source: String,
    /// Name of the event (track), the page or the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The sender's id of a known person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The sender's id of a device whose user need not be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The group joined (group).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The id that is another name of `user_id` (alias).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_id: Option<String>,
    /// When it happened, by the server's clock: the sender's clock is corrected by what it says of the sending.
    pub timestamp: i64,
    /// When it was received.
    pub received_at: i64,
    /// Traits of the person (identify) or group.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub traits: Map<String, Value>,
    /// Properties of the event, page or screen.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// Circumstances: page, device, campaign, locale.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

/// The calls of the Segment specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Who somebody is, and their traits.
    Identify,
    /// What somebody did.
    Track,
    /// A page seen.
    Page,
    /// A screen of an app seen.
    Screen,
    /// Somebody belongs to a group.
    Group,
    /// Two ids are one person.
    Alias,
}

impl MessageKind {
    /// As in paths and bodies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// From a path or a body: the name, or the letter that browsers send.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "identify" | "i" => Self::Identify,
            "track" | "t" => Self::Track,
            "page" | "p" => Self::Page,
            "screen" | "s" => Self::Screen,
            "group" | "g" => Self::Group,
            "alias" | "a" => Self::Alias,
            _ => return None,
        })
    }
}

/// The source of what we ourselves did or saw.
pub const OUR_SOURCE: &str = "campaigns";

/// Events of what was done to somebody, not by them, named as in Segment's specifications: who hears of these has not heard of the
/// person.
pub const DONE_TO_THEM: [&str; 6] = [
    "Email Delivered",
    "Email Bounced",
    "Message Delivered",
    "Push Notification Received",
    "SMS Delivered",
    "SMS Bounced",
];

impl Message {
    /// Whether it tells of something that the person did.
    pub fn is_theirs(&self) -> bool {
        let name = self.name.as_deref().filter(|_| self.kind == MessageKind::Track);
        name.is_none_or(|name| !DONE_TO_THEM.contains(&name))
    }
}

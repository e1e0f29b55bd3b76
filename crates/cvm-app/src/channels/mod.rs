//! The ways out: what hands a message over to whoever carries it, each behind one trait.
//!
//! `email` is SMTP, `provider` any service that takes HTTP (short messages, notices of apps, other systems; signed as in Standard
//! Webhooks where there is a secret). What is asked for later, in an app, on the telephone or for the printer, needs no carrier.
//! A carrier hands over once and says what is known then; when to try again is not its matter.

mod email;
mod provider;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::ChannelSettings;

use crate::contacts::Channel;
use crate::platform::{Clock, Config};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is handed over.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// The same on every try.
    pub id: String,
    /// The address; empty on ways that need none.
    pub to: String,
    /// The subject, or the title of a notice.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same for who sees pages.
    pub html: Option<String>,
    /// Where the customer says that they want no more of it, by a click.
    pub unsubscribe: Option<String>,
    /// What else providers may put into what they are told: the customer's id and user ids, campaign, variant.
    pub about: Value,
}

/// What is known after a message was handed over. No reason names whom it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Sent,
    /// It was not and never will be; whether because nobody is at the address.
    Failed {
        /// Why.
        reason: String,
        /// Whether there is nobody at the address.
        is_nobody: bool,
    },
    /// It was not now.
    Later(String),
    /// It may have been.
    Unknown(String),
}

/// Carries messages of one way.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Hands a message over.
    async fn send(&self, message: &Outgoing) -> Outcome;

    /// Whether one that is handed over again is known by its id and not carried twice.
    fn knows_ids(&self) -> bool;
}

/// All carriers of the settings, and what a contact costs. Clones are the same.
#[derive(Clone, Default)]
pub struct Channels {
    carriers: Arc<BTreeMap<Channel, Box<dyn Carrier>>>,
    costs: Arc<BTreeMap<Channel, i64>>,
}

impl Channels {
    /// Those of the settings.
    pub fn of(config: &Config, clock: &Clock) -> Self {
        let mut carriers: BTreeMap<Channel, Box<dyn Carrier>> = BTreeMap::new();
        if let Some(email) = email::Email::of(config, clock) {
            carriers.insert(Channel::Email, Box::new(email));
        }
        for (&channel, settings) in &config.channel {
            if let Some(provider) = provider::Provider::of(settings, clock) {
                carriers.insert(channel, Box::new(provider));
            }
        }
        let cost = |(&channel, settings): (&Channel, &ChannelSettings)| (channel, settings.cost_in_ten_thousandths());
        Self { carriers: Arc::new(carriers), costs: Arc::new(config.channel.iter().map(cost).collect()) }
    }

    /// Who carries on this way; none where it is asked for later, or where the settings name nobody.
    pub fn carrier(&self, channel: Channel) -> Option<&dyn Carrier> {
        self.carriers.get(&channel).map(AsRef::as_ref)
    }

    /// What one contact costs, in 1/10,000 of the currency's unit.
    pub fn cost(&self, channel: Channel) -> i64 {
        self.costs.get(&channel).copied().unwrap_or(0)
    }

    /// Whether messages of this way wait until somebody asks for them.
    pub fn is_asked_for(channel: Channel) -> bool {
        matches!(channel, Channel::InApp | Channel::Call | Channel::Print)
    }

    /// What is missing before anything can go out on this way, in words; none where nothing is.
    pub fn missing(&self, channel: Channel) -> Option<String> {
        if Self::is_asked_for(channel) || self.carriers.contains_key(&channel) {
            return None;
        }
        Some(match channel {
            Channel::Email => "there is no mail server: set mail_url and mail_from in cvm.toml".to_owned(),
            other => format!("nobody carries {0}: add [channel.{0}] with a url to cvm.toml", other.name()),
        })
    }
}

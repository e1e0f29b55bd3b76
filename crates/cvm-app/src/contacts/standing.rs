//! What is known, at this moment, of those to whom something would be said.

use super::policy::{Channel, Contact, Of, Policy, Refusal, zone_of};
use super::store;
use super::{Asked, Dealer};
use crate::customers;
use crate::customers::identifiers::Kind;
use crate::platform::server::App;
use chrono_tz::Tz;
use cvm_core::segment::Person;
use std::collections::HashMap;

/// One customer, as the policy sees them.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The survivor.
    pub customer: String,
    /// What is known of them.
    pub person: Person,
    /// Which of their addresses are on the list of those who are not to be contacted.
    pub suppressed: Vec<Kind>,
    /// What was said to them of late.
    pub contacts: Vec<Contact>,
    /// Whose days and hours count.
    pub zone: Tz,
}

impl Standing {
    /// Why something is not to be said now; none where it may.
    pub fn refusal(&self, policy: &Policy, dealer: &Dealer, asked: &Asked<'_>, now: i64) -> Option<Refusal> {
        if !asked.is_service && dealer.in_global_control(&self.customer, policy.global_control) {
            return Some(Refusal::GlobalControl);
        }
        if asked.channel.address().is_some() && self.address(asked.channel).is_none() {
            return Some(Refusal::NoAddress);
        }
        let of = Of {
            consents: &self.person.consents,
            is_suppressed: self.is_suppressed(asked.channel),
            contacts: &self.contacts,
            zone: self.zone,
            now,
        };
        policy.refusal(asked, &of)
    }

    /// Whether they are not to be contacted on this way; on one without an address, if they are not on any other.
    fn is_suppressed(&self, channel: Channel) -> bool {
        match channel.identifier() {
            Some(kind) => self.suppressed.contains(&kind),
            None => !self.suppressed.is_empty(),
        }
    }

    /// The address by which they are reached on this way.
    pub fn address(&self, channel: Channel) -> Option<&str> {
        let address = self.person.attributes.get(channel.address()?)?.as_str()?.trim();
        (!address.is_empty()).then_some(address)
    }
}

/// What is known of some customers, by any of their ids; those who are nobody any more are left out.
///
/// # Errors
/// What the database gives.
pub async fn standings(app: &App, policy: &Policy, ids: &[&str]) -> Result<HashMap<String, Standing>, sqlx::Error> {
    let survivors = store::survivors(app, ids).await?;
    let mut names: Vec<&str> = survivors.values().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let persons = customers::profiles(app, &names).await?;
    let mut suppressed = customers::suppressed(app, &persons).await?;
    let mut contacts: HashMap<String, Vec<Contact>> = HashMap::new();
    for contact in store::contacts(app, &names, policy.remembers(app.clock.now())).await? {
        contacts.entry(contact.customer.clone()).or_default().push(contact);
    }
    let mut found: HashMap<String, Standing> = HashMap::new();
    for (customer, person) in persons {
        let standing = Standing {
            suppressed: suppressed.remove(&customer).unwrap_or_default(),
            contacts: contacts.remove(&customer).unwrap_or_default(),
            zone: zone_of(&person, app.config.timezone),
            person,
            customer: customer.clone(),
        };
        found.insert(customer, standing);
    }
    let of = |(id, survivor): (String, String)| Some((id, found.get(&survivor)?.clone()));
    Ok(survivors.into_iter().filter_map(of).collect())
}

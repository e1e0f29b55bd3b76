//! What can be offered: issue, group, offer, treatment; what each is worth and costs, who may have it, and within which limits.
//!
//! `catalogue` is what an offer is and what is wrong with one, `content` what a treatment says, in Liquid; `actions` makes and
//! changes offers, `store` is their SQL. Which offer somebody gets is the matter of `decisions`, which reads the catalogue anew
//! when its number ([`Changes`]) is another. How often anybody is told anything of a group or by a channel is the matter of
//! `contacts`. Every version is kept, so that a decision of then can be made again.
//!
//! Tables: `offers`, `offer_versions`, `offer_state`.

mod actions;
mod api;
mod catalogue;
mod content;
mod store;
#[cfg(test)]
mod tests;

pub use actions::{create, delete, update};
pub use api::routes;
pub use catalogue::{Cap, Content, ContextWeight, Cost, Draft, Policy, State, Treatment, Worth};
pub use content::Said;
pub use store::{Offer, get, list, number, of_catalogue};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The number of the catalogue, as far as this server knows: whoever changes it notes it here after the commit.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<AtomicI64>);

impl Changes {
    /// The largest number heard of.
    pub fn number(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }

    /// Notes a number.
    pub fn note(&self, number: i64) {
        self.0.fetch_max(number, Ordering::AcqRel);
    }
}

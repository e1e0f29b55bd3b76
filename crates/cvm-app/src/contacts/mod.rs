//! Who may be told something, by which way and when, and who was: one policy for all that reaches customers.
//!
//! `policy` holds the rules, pure; `standing` reads what they ask of; `dealing` deals people to groups by a salted hash, the global
//! control group among them; `store` is the SQL. Whoever decides or sends asks [`Policy::refusal`] at that moment, with a
//! [`Standing`] read at that moment.
//!
//! Tables: `contact_policy`, `contacts`.

mod api;
mod dealing;
mod policy;
mod standing;
mod store;
#[cfg(test)]
mod tests;

pub use api::routes;
pub use dealing::{Dealer, Share};
pub use policy::{Asked, Cap, Channel, Contact, Hours, Needed, Policy, Refusal, moments, zone_of};
pub use standing::{Standing, standings};
pub use store::{Held, contacts as recent, held, record, set};

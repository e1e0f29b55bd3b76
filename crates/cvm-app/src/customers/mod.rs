//! One customer: who is the same person, and what is known of them.
//!
//! `identifiers` writes what identifies somebody, `identity` holds the rules of who is the same, `profile` what is known of
//! them; `projector` applies all three to the messages of the inbox. `erasure` forgets a person for good.
//!
//! Tables: `customers`, `customer_identifiers`, `identifier_blocks`, `customers_apart`, `customer_merges`,
//! `customer_consents`, `customer_events`, `customer_values`, `suppressions`, `erasures`, `erasure_identifiers`,
//! `identifier_salt`, `rejections`.

pub mod erasure;
pub mod identifiers;
pub mod identity;
pub mod profile;
pub mod projector;
mod store;
#[cfg(test)]
mod tests;

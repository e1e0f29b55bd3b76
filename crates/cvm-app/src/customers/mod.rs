//! One customer: who is the same person, and what is known of them.

pub mod identifiers;
pub mod identity;

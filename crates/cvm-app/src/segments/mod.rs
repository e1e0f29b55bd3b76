//! Who belongs together: rules that people save, their members, and how these change.
//!
//! What a rule means is in `cvm_core::segment`. `actions` makes, changes and previews segments, `store` is their SQL. Members are
//! kept up to date in two ways, with the same answer:
//!
//! - `live` looks at each person who changed, alone, a moment after: what it needs is in the database. It also notes when by the
//!   passing of time alone it must look again.
//! - `rebuild` hands the lake who changed since it last did, lets it answer all rules for everybody, and applies what is
//!   different. It does not touch whoever `live` has looked at since it began, for that is newer.
//!
//! Tables: `segments`, `segment_versions`, `segment_members`, `segment_moves`, `segment_sizes`, `segment_overlaps`,
//! `segment_checks`, `segment_state`. Others may call what is public here; pages and campaigns need no HTTP for it.

mod actions;
mod api;
mod builder;
mod event_form;
mod live;
mod pages;
mod rebuild;
mod store;
#[cfg(test)]
mod tests;

pub use actions::{
    Change, Draft, Preview, PreviewedCondition, Wish, create, delete, fields, preview, sentence, update,
};
pub use actions::{FieldChoices, seed};
pub use api::routes;
pub use event_form::{EventChoices, event_fields, event_in, scalar_in};
pub use live::{Looked, round, run};
pub use pages::pages;
pub use rebuild::{JOB, ask};
pub use store::{
    History, Member, Membership, Move, Overlap, Segment, Size, Version, exists, forget, get, history, list, listed,
    member_ids, members, names, of_customers, overlap, tidy,
};

//! Campaigns: whom to tell what, over which way, and beside whom that is compared with saying nothing.
//!
//! `definition` is a campaign as people write it; `actions` makes, approves, starts and stops them; `choosing` is the job that deals
//! the audience to its sides and fills the outbox; `outbox` hands over what is due, once; `message` fills texts; `answers` takes
//! opens, clicks and unsubscribing; `pages` shows all of it; `store` is the SQL.
//!
//! Nobody is told twice: a message is noted as being sent before it is handed over, so one whose sender died is never handed over
//! again unless whoever takes it knows its id; it is listed as unknown. Consent, caps and quiet hours are asked at that moment.
//!
//! Tables: `campaigns`, `campaign_members`, `outbox`. Results are the matter of others; they read members and costs through here.

mod actions;
mod answers;
mod api;
mod choosing;
mod definition;
mod message;
mod outbox;
mod pages;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use actions::{Draft, approve, create, delete, pause, preview, put_steps, resume, send_test, stop, submit, update};
pub use answers::routes as answer_routes;
pub use api::routes;
pub use choosing::{JOB, arm_of};
pub use definition::{Audience, Content, Definition, Timing, Variant};
pub use outbox::{Done, Sender, run, send_due};
pub use pages::pages;
pub(crate) use pages::said;
pub use store::{
    Arm, Campaign, Counts, Member, State, add_members, add_message, begun, counts, get, list, members, of_programme,
};

//! Campaigns: whom to tell what, over which way, and beside whom that is compared with saying nothing.
//!
//! `definition` is a campaign as people write it; `actions` makes, approves, starts and stops them; `choosing` is the job that deals
//! the audience to its sides and fills the outbox; `outbox` hands over what is due, once; `message` fills texts; `offering` has
//! `decisions` choose what is offered where nothing of its own is said; `answers` takes opens, clicks and unsubscribing;
//! `conversions` count who did what it is for; `printing` makes files for the printer; `bounces` reads mail
//! that comes back; `pages` shows all of it; `store` is the SQL.
//!
//! Nobody is told twice: a message is noted as being sent before it is handed over, so one whose sender died is never handed over
//! again unless whoever takes it knows its id; it is listed as unknown. Consent, caps and quiet hours are asked at that moment.
//!
//! Tables: `campaigns`, `campaign_members`, `outbox`, `conversions`, `conversion_state`, `print_files`. Results are the matter of others; they read members and costs through here.

mod actions;
mod answers;
mod api;
mod bounces;
mod choosing;
mod conversions;
mod definition;
mod message;
mod offering;
mod outbox;
mod pages;
mod printing;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use actions::{Draft, approve, create, delete, pause, preview, put_steps, resume, send_test, stop, submit, update};
pub use answers::routes as answer_routes;
pub use api::routes;
pub use bounces::{Forwarded, forward};
pub use choosing::{JOB, arm_of};
pub use conversions::{ConversionCounts, JOB as CONVERSIONS, conversions};
pub use definition::{Among, Audience, Content, Conversion, Definition, Offering, Timing, Variant};
pub use offering::missing as missing_offer;
pub use outbox::{Done, Sender, run, send_due};
pub use pages::pages;
pub(crate) use pages::{conversion_table, offer_names, offering_name, offerings, said, written};
pub use printing::{PrintFile, tidy};
pub use store::{
    Arm, Campaign, Counts, Member, OfferCounts, State, add_members, add_message, begun, counts, get, list, members,
    of_programme,
};

//! One customer: who is the same person, and what is known of them.
//!
//! `identifiers` writes what identifies somebody, `identity` holds the rules of who is the same, `profile` what is known of
//! them; `projector` applies all three to the messages of the inbox. `actions` is what is done by hand. `erasure` forgets a
//! person for good and `forget` makes the lake follow, `mentions` finds them in what could not be read, and `unseen` erases those
//! of whom nothing is heard any more. `records` takes customers, transactions and events of other systems in bulk, `view` is
//! what is shown, `exchange` what the lake and scoring ask and tell, and `persons` what segments are told.
//!
//! `listing` keeps one row a person, by which all are listed and found; `roster` has these in memory, `selection` says which are
//! meant in which order, `wanted` reads that from an address and `folding` writes words so that they are found. `notes` is what
//! people write down, `saved` the views of the list that they keep, `pages` shows it all.
//!
//! Tables: `customers`, `customer_changes`, `customer_changed`, `customer_identifiers`, `identifier_blocks`, `customers_apart`, `customer_merges`,
//! `customer_consents`, `customer_events`, `customer_values`, `suppressions`, `erasures`, `erasure_identifiers`,
//! `identifier_salt`, `rejections`, `customer_list`, `customer_list_filling`, `customer_notes`, `customer_views`.

mod actions;
mod api;
pub mod erasure;
pub mod exchange;
mod folding;
mod forget;
pub mod identifiers;
pub mod identity;
mod known;
mod listing;
mod mentions;
mod named;
mod notes;
mod pages;
mod persons;
pub mod profile;
pub mod projector;
mod records;
mod roster;
mod saved;
mod selection;
mod store;
#[cfg(test)]
mod tests;
mod told;
mod unseen;
mod view;
mod wanted;
mod won;

pub use api::routes;
pub use forget::{FORGET, TIDY_LAKE, ask_to_forget, wipe};
pub use named::named;
use notes::LETTERS_MAX as NOTE_LETTERS_MAX;
pub use pages::pages;
pub use persons::{changed, everybody, has_changed, known_as, last_change, persons, profiles, texts_of};
pub use projector::{CONSUMER, Projected, Projector, lag, project, run};
pub use records::{
    Alike, Kept, RecordKind, Refusals, Replay, list as refused, refused_alike, replay as replay_refused, tidy,
};
pub(crate) use records::{Reader, Refusal, keep as keep_refusals, keep_calls};
pub use roster::{Roster, run as keep_list};
pub use told::{Told, attribute, tell};
pub use unseen::{Unseen, drop_tombstones, erase as erase_unseen};
pub use view::{by_identifier, survivor};
pub use won::{AllWon, Won, won};

use crate::platform::Database;
use crate::platform::database::Transaction;
use crate::platform::server::App;
use cvm_core::segment::Person;
use std::collections::HashMap;

/// Whether anybody is known.
///
/// # Errors
/// What the database gives.
pub async fn any(database: &Database) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query("SELECT 1 FROM customers LIMIT 1").fetch_optional(database.pool()).await?.is_some())
}

/// Which of their e-mail address and phone number are on the list of those who are not to be contacted, by customer.
///
/// # Errors
/// What the database gives.
pub async fn suppressed(
    app: &App,
    persons: &HashMap<String, Person>,
) -> Result<HashMap<String, Vec<identifiers::Kind>>, sqlx::Error> {
    use identifiers::Kind;
    let mut writer = identifiers::Writer::new(&app.config.phone_region);
    let mut shown = Vec::new();
    for (customer, person) in persons {
        for kind in [Kind::Email, Kind::Phone] {
            let address = person.attributes.get(kind.name()).and_then(|value| value.as_str());
            shown.extend(address.and_then(|address| Some((customer.as_str(), kind, writer.write(kind, address)?))));
        }
    }
    let mut connection = app.database.pool().acquire().await?;
    let listed = erasure::suppressed(&mut connection, shown.iter().map(|(.., name)| name.clone())).await?;
    let mut found: HashMap<String, Vec<Kind>> = HashMap::new();
    for (customer, kind, _) in shown.iter().filter(|(.., name)| listed.contains(name)) {
        found.entry((*customer).to_owned()).or_default().push(*kind);
    }
    Ok(found)
}

/// Puts one address on the list of those who are not to be contacted: nobody is there, or they complained.
///
/// # Errors
/// What the database gives.
pub async fn suppress_address(
    transaction: &mut Transaction,
    app: &App,
    (kind, address): (identifiers::Kind, &str),
    reason: &str,
) -> Result<(), sqlx::Error> {
    let name = identifiers::Writer::new(&app.config.phone_region).write(kind, address);
    let names: Vec<&str> = name.as_deref().into_iter().collect();
    erasure::suppress(transaction, &names, Some(reason), app.clock.now(), &app.random).await
}

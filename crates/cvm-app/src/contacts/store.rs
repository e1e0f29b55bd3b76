//! The SQL of this feature.

use super::dealing::Dealer;
use super::policy::{Channel, Contact, Policy};
use crate::access::{Caller, audit};
use crate::platform::database::{Transaction, insert, json, select_in, select_in_since};
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::HashMap;

/// The policy that holds, and who deals by it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The policy.
    pub policy: Policy,
    /// Counts its changes.
    pub version: i64,
    /// Deals people to groups.
    pub dealer: Dealer,
}

/// The policy that holds.
///
/// # Errors
/// What the database gives.
pub async fn held(app: &App) -> Result<Held, sqlx::Error> {
    let sql = "SELECT policy, version, secret FROM contact_policy WHERE id = 1";
    loop {
        if let Some(row) = sqlx::query(sql).fetch_optional(app.database.pool()).await? {
            return Ok(Held { policy: json(&row, 0)?, version: row.try_get(1)?, dealer: Dealer::new(row.try_get(2)?) });
        }
        let secret: String = app.random.bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        let policy = serde_json::to_string(&Policy::default()).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let make = "INSERT INTO contact_policy (id, version, policy, secret, changed_at, changed_by) \
                    VALUES (1, 1, $1, $2, $3, 'system') ON CONFLICT DO NOTHING";
        let make = sqlx::query(make).bind(policy).bind(secret).bind(app.clock.now());
        let mut transaction = app.database.begin().await?;
        make.execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
}

/// Changes the policy.
///
/// # Errors
/// 422 for what is wrong with it, and what the database gives.
pub async fn set(app: &App, caller: &Caller, policy: &Policy) -> Result<()> {
    let faults = policy.faults();
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    held(app).await?;
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE contact_policy SET policy = $1, version = version + 1, changed_at = $2, changed_by = $3 \
               WHERE id = 1";
    let text = serde_json::to_string(policy).map_err(|error| Problem::internal(&error))?;
    let update = sqlx::query(sql).bind(text).bind(app.clock.now()).bind(caller.actor().1);
    update.execute(&mut *transaction).await?;
    audit::record(&mut transaction, app, caller, "contact_policy.change", "", json!({"policy": policy})).await?;
    Ok(transaction.commit().await?)
}

/// Notes that something was said, each under the id that it has elsewhere: what is noted twice is one.
///
/// # Errors
/// What the database gives.
pub async fn record(transaction: &mut Transaction, contacts: &[(String, Contact)]) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO contacts (id, customer, at, channel, campaign, offer, offer_group)";
    insert(transaction, head, 7, "ON CONFLICT (id) DO NOTHING", contacts, |query, (id, contact)| {
        query
            .bind(id.clone())
            .bind(contact.customer.clone())
            .bind(contact.at)
            .bind(contact.channel.name())
            .bind(contact.campaign.clone())
            .bind(contact.offer.clone())
            .bind(contact.group.clone())
    })
    .await
}

/// What was said to these, and to those who were merged into them, from this time on.
///
/// # Errors
/// What the database gives.
pub async fn contacts(app: &App, survivors: &[&str], from: i64) -> Result<Vec<Contact>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT survivor, at, channel, campaign, offer, offer_group FROM customers JOIN contacts \
               ON contacts.customer = customers.id WHERE survivor IN ({}) AND at >= {since}";
    let contact = |row: &AnyRow| {
        let channel = Channel::from_name(row.try_get(2)?);
        Ok(Contact {
            customer: row.try_get(0)?,
            at: row.try_get(1)?,
            channel: channel.ok_or_else(|| sqlx::Error::Decode("unknown way of contact".into()))?,
            campaign: row.try_get(3)?,
            offer: row.try_get(4)?,
            group: row.try_get(5)?,
        })
    };
    select_in_since(&mut connection, sql, survivors, from).await?.iter().map(contact).collect()
}

/// Who these are now; those who are nobody any more are left out.
pub(super) async fn survivors(app: &App, ids: &[&str]) -> Result<HashMap<String, String>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let rows = select_in(&mut connection, "SELECT id, survivor FROM customers WHERE id IN ({})", ids).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

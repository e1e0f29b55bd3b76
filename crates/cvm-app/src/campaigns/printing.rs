//! Files for the printer: letters that were laid out, with name and address, as a table.
//!
//! Each letter comes into one file. Making one takes what waits in one change; then the contact policy is asked once more, what is
//! printed is written down, and the letters count as sent. Where that breaks off, whoever asks for the file ends it. Asked for again, a
//! file is the same, but for customers who were erased; after a month it is gone.

use super::answers::{self, Told};
use super::message::Filled;
use super::offering::{self, Made};
use super::store;
use crate::access::{Caller, audit};
use crate::contacts::{self, Asked, Channel, Contact, Standing};
use crate::decisions::Kind;
use crate::platform::clock::DAY;
use crate::platform::database::json;
use crate::platform::pages::csv;
use crate::platform::server::App;
use crate::platform::{Database, Problem, Result, Time};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::Row;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Letters of one file.
const LETTERS_MAX: i64 = 2_000;

/// How long a file can be had again.
const KEPT: i64 = 30 * DAY;

/// The parts of an address, each with the attributes that may hold it. An address that is one text stands where the street does.
const ADDRESS: [(&str, &[&str]); 5] = [
    ("street", &["street", "address1", "address"]),
    ("postal_code", &["postal_code"]),
    ("city", &["city"]),
    ("state", &["state", "region"]),
    ("country", &["country"]),
];

/// A file for the printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrintFile {
    /// Its id.
    pub id: String,
    /// The campaign.
    pub campaign: String,
    /// When it was made.
    pub made_at: Time,
    /// By whom.
    pub made_by: String,
    /// How many letters it has.
    pub messages: i64,
}

/// A letter of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Letter {
    name: String,
    address: Vec<String>,
    message: Filled,
}

/// What a customer is called; their id where no name is known.
pub(super) fn name_of(standing: &Standing) -> String {
    let attribute = |name: &str| standing.person.attributes.get(name).and_then(Value::as_str).unwrap_or("").trim();
    let parts = [attribute("first_name"), attribute("last_name")].join(" ");
    let names = [attribute("name"), parts.trim()];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or(&standing.customer).to_owned()
}

fn address_of(attributes: &Map<String, Value>) -> Vec<String> {
    let text = |name: &&str| match attributes.get(*name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    ADDRESS.iter().map(|(_, names)| names.iter().find_map(text).unwrap_or_default()).collect()
}

const COLUMNS: &str = "id, campaign, made_at, made_by, messages";

fn file(row: &AnyRow) -> Result<PrintFile, sqlx::Error> {
    let (id, campaign) = (row.try_get(0)?, row.try_get(1)?);
    Ok(PrintFile { id, campaign, made_at: Time(row.try_get(2)?), made_by: row.try_get(3)?, messages: row.try_get(4)? })
}

/// The files of a campaign, the latest first.
///
/// # Errors
/// What the database gives.
pub(super) async fn files(database: &Database, campaign: &str) -> Result<Vec<PrintFile>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM print_files WHERE campaign = $1 ORDER BY made_at DESC, id DESC LIMIT 500");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(campaign).fetch_all(database.pool()).await?.iter().map(file).collect()
}

/// Puts letters of a campaign that wait into a new file, the longest waiting first.
///
/// # Errors
/// 404 where there is no such campaign, 409 where nothing waits, and what the database gives.
pub(super) async fn make(app: &App, caller: &Caller, campaign: &str) -> Result<PrintFile> {
    let campaign = store::get(app, campaign).await?;
    let id = app.random.id(&app.clock);
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE outbox SET file = $1 WHERE state = 'ready' AND file IS NULL AND id IN (SELECT id FROM outbox \
               WHERE campaign = $2 AND channel = $3 AND state = 'ready' AND file IS NULL ORDER BY due_at, id LIMIT $4)";
    let query = sqlx::query(sql).bind(id.as_str()).bind(campaign.id.as_str()).bind(Channel::Print.name());
    let taken = query.bind(LETTERS_MAX).execute(&mut *transaction).await?.rows_affected();
    if taken == 0 {
        return Err(Problem::conflict("no letters of this campaign wait for the printer"));
    }
    let sql = format!("INSERT INTO print_files ({COLUMNS}) VALUES ($1, $2, $3, $4, $5)");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.as_str()).bind(campaign.id.as_str());
    let query = query.bind(app.clock.now()).bind(caller.actor().1).bind(taken as i64);
    query.execute(&mut *transaction).await?;
    let details = json!({"file": id, "messages": taken});
    audit::record(&mut transaction, app, caller, "campaign.print", &campaign.id, details).await?;
    transaction.commit().await?;
    finish(app, &id).await?;
    find(app, &campaign.id, &id).await
}

async fn find(app: &App, campaign: &str, id: &str) -> Result<PrintFile> {
    let sql = format!("SELECT {COLUMNS} FROM print_files WHERE id = $1 AND campaign = $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(campaign);
    let row = query.fetch_optional(app.database.pool()).await?;
    let none = || Problem::not_found(format!("campaign {campaign} has no file {id}; files are kept for a month"));
    row.as_ref().map(file).transpose()?.ok_or_else(none)
}

/// Ends what making a file has begun: its letters that may still be told are written down and count as sent.
async fn finish(app: &App, id: &str) -> Result<()> {
    let sql = "SELECT id, campaign, customer, variant, content, offer, offer_group, decision FROM outbox \
               WHERE file = $1 AND state = 'ready' ORDER BY id";
    let rows = sqlx::query(sql).bind(id).fetch_all(app.database.pool()).await?;
    let Some(first) = rows.first() else { return Ok(()) };
    let campaign = store::get(app, first.try_get(1)?).await?;
    let (held, now) = (contacts::held(app).await?, app.clock.now());
    let customers = rows.iter().map(|row| row.try_get(2)).collect::<Result<Vec<&str>, _>>()?;
    let standings = contacts::standings(app, &held.policy, &customers).await?;
    let (mut told, mut letters, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let (message, customer): (String, String) = (row.try_get(0)?, row.try_get(2)?);
        let made = Made::read(row, 5)?;
        let (offer, group) = made.as_ref().map(|made| (made.offer.as_str(), made.group.as_str())).unzip();
        let asked = Asked { channel: Channel::Print, offer, group, is_service: campaign.definition.is_service };
        let Some(standing) = standings.get(&customer) else {
            refused.push((message, contacts::Refusal::Gone.name()));
            continue;
        };
        match standing.refusal(&held.policy, &held.dealer, &asked, now) {
            // A letter takes days; no hour is the wrong one to print it.
            None | Some(contacts::Refusal::Quiet { .. }) => {}
            Some(refusal) => {
                refused.push((message, refusal.name()));
                continue;
            }
        }
        let (name, address) = (name_of(standing), address_of(&standing.person.attributes));
        letters.push(Letter { name, address, message: json(row, 4)? });
        told.push(Told {
            id: message,
            campaign: campaign.id.clone(),
            customer,
            channel: Channel::Print,
            variant: row.try_get(3)?,
            sent_at: Some(now),
            trapped_at: None,
            made,
        });
    }
    let events = answers::delivered(app, &campaign, &told).await?;
    app.inbox.store(events).await?;
    for told in &told {
        offering::tell(app, told.made.as_ref(), Kind::Shown).await?;
    }
    let mut transaction = app.database.begin().await?;
    for (message, reason) in &refused {
        let sql = "UPDATE outbox SET state = 'refused', reason = $1, file = NULL, content = NULL \
                   WHERE id = $2 AND state = 'ready'";
        sqlx::query(sql).bind(*reason).bind(message.as_str()).execute(&mut *transaction).await?;
    }
    let mut contacts: Vec<(String, Contact)> = Vec::new();
    for (told, letter) in told.iter().zip(&letters) {
        let text = serde_json::to_string(letter).map_err(|error| Problem::internal(&error))?;
        let sql = "UPDATE outbox SET state = 'sent', sent_at = $1, cost = cost + $2, content = $3 \
                   WHERE id = $4 AND state = 'ready'";
        let query = sqlx::query(sql).bind(now).bind(app.outbox.channels.cost(Channel::Print)).bind(text);
        query.bind(told.id.as_str()).execute(&mut *transaction).await?;
        contacts.push((told.id.clone(), told.contact(now)));
    }
    contacts::record(&mut transaction, &contacts).await?;
    let sql = "UPDATE print_files SET messages = (SELECT count(*) FROM outbox WHERE file = $1) WHERE id = $1";
    sqlx::query(sql).bind(id).execute(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// The file, as it was made.
///
/// # Errors
/// 404 where there is none, or no more, and what the database gives.
pub(super) async fn download(app: &App, campaign: &str, id: &str) -> Result<Response> {
    find(app, campaign, id).await?;
    finish(app, id).await?;
    let sql =
        "SELECT outbox.id, customer, content FROM outbox WHERE file = $1 AND content IS NOT NULL ORDER BY due_at, id";
    let rows = sqlx::query(sql).bind(id).fetch_all(app.database.pool()).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let letter: Letter = json(row, 2)?;
        let mut line: Vec<String> = vec![row.try_get(0)?, row.try_get(1)?, letter.name];
        line.extend(letter.address);
        line.extend([letter.message.language, letter.message.subject, letter.message.text]);
        lines.push(line);
    }
    let address = ADDRESS.iter().map(|(name, _)| *name);
    let head: Vec<&str> =
        ["message", "customer", "name"].into_iter().chain(address).chain(["language", "subject", "text"]).collect();
    csv(&format!("letters-{id}"), &head, lines)
}

/// Takes away files that were kept for long enough.
///
/// # Errors
/// What the database gives.
pub async fn tidy(app: &App) -> Result<(), sqlx::Error> {
    let before = app.clock.now() - KEPT;
    let mut transaction = app.database.begin().await?;
    let sql = "UPDATE outbox SET content = NULL, file = NULL WHERE state = 'sent' AND file IN \
               (SELECT id FROM print_files WHERE made_at < $1)";
    sqlx::query(sql).bind(before).execute(&mut *transaction).await?;
    let sql = "DELETE FROM print_files WHERE made_at < $1 \
               AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.file = print_files.id)";
    sqlx::query(sql).bind(before).execute(&mut *transaction).await?;
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_however_it_is_told() {
        let of = |attributes: Value| address_of(attributes.as_object().unwrap());
        let parts = json!({"street": " Długa 1", "postal_code": 80831, "city": "Gdańsk", "country": "PL"});
        assert_eq!(of(parts), ["Długa 1", "80831", "Gdańsk", "", "PL"]);
        assert_eq!(of(json!({"address": "Długa 1, Gdańsk"})), ["Długa 1, Gdańsk", "", "", "", ""]);
        assert_eq!(of(json!({})), [""; 5]);
    }
}

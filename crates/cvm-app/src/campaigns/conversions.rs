//! Who did what a campaign is for, within so many days of being told; of who was told nothing, of being chosen.
//!
//! Every few minutes the customers who changed since are looked at, and nobody else: what they did of late is in the database. A time
//! counts once, so what is looked at twice changes nothing. Who did it after a message that made an offer has accepted that.

use super::definition::Conversion;
use super::offering::{self, Made};
use super::store::{self, Arm, Campaign};
use crate::customers;
use crate::decisions;
use crate::platform::Database;
use crate::platform::clock::{DAY, MINUTE};
use crate::platform::database::{insert, select_in};
use crate::platform::jobs::{self, Schedule};
use crate::platform::server::App;
use cvm_core::segment::{Calendar, Person, PersonId};
use serde::Serialize;
use serde_json::json;
use sqlx::Row;
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// The kind of job.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "conversions",
    run: |app, _| Box::pin(async move { Ok(json!({"conversions": follow(&app).await?})) }),
    regular: |_| vec![(String::new(), Schedule::Every(5 * MINUTE))],
    attempts: 3,
};

/// Customers looked at in one change.
const AT_ONCE: i64 = 500;

/// What is heard of so long after its window still counts.
const LATE: i64 = 30 * DAY;

/// How many of a side did what a campaign is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversionCounts {
    /// The side: treated, control or global_control.
    pub arm: String,
    /// The variant; empty for who is told nothing.
    pub variant: String,
    /// Customers of it.
    pub customers: i64,
    /// Those who did it.
    pub converted: i64,
    /// How often they did it, as far as that counts.
    pub conversions: i64,
}

/// Who did what a campaign is for, by side and variant.
///
/// # Errors
/// What the database gives.
pub async fn conversions(database: &Database, campaign: &str) -> Result<Vec<ConversionCounts>, sqlx::Error> {
    let sql = "SELECT arm, variant, count(DISTINCT members.customer), count(DISTINCT conversions.customer), \
               count(conversions.at) FROM campaign_members AS members LEFT JOIN conversions \
               ON conversions.campaign = members.campaign AND conversions.customer = members.customer \
               WHERE members.campaign = $1 GROUP BY arm, variant";
    let rows = sqlx::query(sql).bind(campaign).fetch_all(database.pool()).await?;
    let counts = |row: &sqlx::any::AnyRow| {
        let (customers, converted, conversions) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        Ok(ConversionCounts { arm: row.try_get(0)?, variant: row.try_get(1)?, customers, converted, conversions })
    };
    let mut counts = rows.iter().map(counts).collect::<Result<Vec<_>, sqlx::Error>>()?;
    counts.sort_by_key(|counts| (Arm::from_name(&counts.arm), counts.variant.clone()));
    Ok(counts)
}

/// Looks at everybody who changed since the last time. Says how many conversions there were.
pub(super) async fn follow(app: &App) -> anyhow::Result<usize> {
    let mut found = 0;
    loop {
        let sql = "SELECT change, customer FROM conversion_state WHERE id = 1";
        let row = sqlx::query(sql).fetch_one(app.database.pool()).await?;
        let from: (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let campaigns = followed(app).await?;
        let changed = match campaigns.is_empty() {
            true => Vec::new(),
            false => customers::changed(&app.database, (from.0, &from.1), AT_ONCE).await?,
        };
        let to = match changed.last() {
            Some(last) => last.clone(),
            // What was until now is no matter of campaigns to come.
            None if campaigns.is_empty() => (customers::last_change(&app.database).await?, String::new()),
            None => return Ok(found),
        };
        let mut ids: Vec<&str> = changed.iter().map(|(_, id)| id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let new = look(app, &campaigns, &ids).await?;
        let mut transaction = app.database.begin().await?;
        let head = "INSERT INTO conversions (campaign, customer, at)";
        let tail = "ON CONFLICT (campaign, customer, at) DO NOTHING";
        insert(&mut transaction, head, 3, tail, &new, |query, one| {
            query.bind(one.campaign.clone()).bind(one.customer.clone()).bind(one.at)
        })
        .await?;
        let sql = "UPDATE conversion_state SET change = $1, customer = $2 WHERE id = 1";
        sqlx::query(sql).bind(to.0).bind(to.1).execute(&mut *transaction).await?;
        transaction.commit().await?;
        found += new.len();
        if changed.is_empty() {
            return Ok(found);
        }
    }
}

/// Campaigns of which conversions may still come.
async fn followed(app: &App) -> Result<HashMap<String, Campaign>, sqlx::Error> {
    let mut campaigns = HashMap::new();
    for campaign in store::begun(&app.database).await? {
        let Some(conversion) = &campaign.definition.conversion else { continue };
        let until = |ended: i64| ended + i64::from(conversion.days) * DAY + LATE;
        if campaign.ended_at.is_none_or(|ended| until(ended.0) > app.clock.now()) {
            campaigns.insert(campaign.id.clone(), campaign);
        }
    }
    Ok(campaigns)
}

/// Somebody who is part of a campaign.
struct Member {
    campaign: String,
    customer: String,
    survivor: String,
    is_treated: bool,
    assigned_at: i64,
}

/// A conversion.
struct New {
    campaign: String,
    customer: String,
    at: i64,
}

/// What was said to a member, or is to be.
#[derive(Default)]
struct Said {
    /// When, and what was offered, the first first.
    told: Vec<(i64, Option<Made>)>,
    /// Whether something still waits to be said.
    waits: bool,
}

/// A campaign and a member of it.
type Key = (String, String);

/// New conversions of customers.
async fn look(app: &App, campaigns: &HashMap<String, Campaign>, ids: &[&str]) -> anyhow::Result<Vec<New>> {
    let members = members(app, campaigns, ids).await?;
    let customers: Vec<&str> = members.iter().map(|member| member.customer.as_str()).collect();
    let (said, known) = (said(app, campaigns, &customers).await?, known(app, &customers).await?);
    let survivors: HashSet<&str> = members.iter().map(|member| member.survivor.as_str()).collect();
    let survivors: Vec<&str> = survivors.into_iter().collect();
    let persons: HashMap<PersonId, Option<Person>> = customers::persons(app, &survivors).await?.into_iter().collect();
    let calendar = Calendar::new(app.clock.now(), app.config.timezone);
    let mut found = Vec::new();
    for member in &members {
        let Some(conversion) = campaigns.get(&member.campaign).and_then(|it| it.definition.conversion.as_ref()) else {
            continue;
        };
        let person = member.survivor.parse().ok().and_then(|id: PersonId| persons.get(&id)?.as_ref());
        let Some(person) = person else { continue };
        let key: Key = (member.campaign.clone(), member.customer.clone());
        let (said, known) = (said.get(&key), known.get(&key));
        let times = conversion.event.times(person, &calendar);
        for time in &times {
            // Of what was offered again and again, the last is what they answer.
            let last = said.and_then(|said| said.told.iter().rfind(|(at, _)| at <= time));
            if let Some((_, made)) = last.filter(|(at, _)| window(conversion, *at).contains(time)) {
                offering::tell(app, made.as_ref(), decisions::Kind::Accepted).await?;
            }
        }
        let Some(from) = counted_from(member, said) else { continue };
        let most = if conversion.every { usize::MAX } else { usize::from(known.is_none()) };
        let is_new =
            |time: &i64| window(conversion, from).contains(time) && known.is_none_or(|known| !known.contains(time));
        let new = times.into_iter().filter(is_new).take(most);
        found.extend(new.map(|at| New { campaign: key.0.clone(), customer: key.1.clone(), at }));
    }
    Ok(found)
}

fn window(conversion: &Conversion, from: i64) -> std::ops::Range<i64> {
    from..from + i64::from(conversion.days) * DAY
}

/// From when on a member's conversions count; none where they are to be told first.
fn counted_from(member: &Member, said: Option<&Said>) -> Option<i64> {
    let Some(said) = said.filter(|_| member.is_treated) else { return Some(member.assigned_at) };
    match said.told.first() {
        Some((at, _)) => Some(*at),
        None => (!said.waits).then_some(member.assigned_at),
    }
}

/// Members among these survivors; of who is the same person by now, whoever was chosen first.
async fn members(app: &App, campaigns: &HashMap<String, Campaign>, ids: &[&str]) -> Result<Vec<Member>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT campaign, campaign_members.customer, survivor, arm, assigned_at FROM customers \
               JOIN campaign_members ON campaign_members.customer = customers.id WHERE survivor IN ({})";
    let mut first: BTreeMap<Key, Member> = BTreeMap::new();
    for row in select_in(&mut connection, sql, ids).await? {
        let (campaign, survivor): (String, String) = (row.try_get(0)?, row.try_get(2)?);
        if !campaigns.contains_key(&campaign) {
            continue;
        }
        let is_treated = row.try_get::<&str, _>(3)? == Arm::Treated.name();
        let key = (campaign.clone(), survivor.clone());
        let (customer, assigned_at) = (row.try_get(1)?, row.try_get(4)?);
        let member = Member { campaign, customer, survivor, is_treated, assigned_at };
        match first.get(&key) {
            Some(known) if (known.assigned_at, &known.customer) <= (member.assigned_at, &member.customer) => {}
            _ => drop(first.insert(key, member)),
        }
    }
    Ok(first.into_values().collect())
}

/// What was said to members.
async fn said(
    app: &App,
    campaigns: &HashMap<String, Campaign>,
    customers: &[&str],
) -> Result<HashMap<Key, Said>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT campaign, customer, state, sent_at, offer, offer_group, decision FROM outbox WHERE customer IN ({}) \
               ORDER BY sent_at";
    let mut said: HashMap<Key, Said> = HashMap::new();
    for row in select_in(&mut connection, sql, customers).await? {
        let key: Key = (row.try_get(0)?, row.try_get(1)?);
        if !campaigns.contains_key(&key.0) {
            continue;
        }
        let of = said.entry(key).or_default();
        of.waits |= matches!(row.try_get::<&str, _>(2)?, "waiting" | "sending" | "ready");
        if let Some(at) = row.try_get::<Option<i64>, _>(3)? {
            of.told.push((at, Made::read(&row, 4)?));
        }
    }
    Ok(said)
}

/// Conversions of members that were counted before.
async fn known(app: &App, customers: &[&str]) -> Result<HashMap<Key, HashSet<i64>>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT campaign, customer, at FROM conversions WHERE customer IN ({})";
    let mut known: HashMap<Key, HashSet<i64>> = HashMap::new();
    for row in select_in(&mut connection, sql, customers).await? {
        known.entry((row.try_get(0)?, row.try_get(1)?)).or_default().insert(row.try_get(2)?);
    }
    Ok(known)
}

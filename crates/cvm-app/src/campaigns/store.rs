//! The SQL of campaigns.

use super::definition::Definition;
use crate::contacts::Channel;
use crate::platform::database::{Transaction, insert, json};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Database, Page, Paging, Problem, Result, Time};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Executor, Row};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CampaignState)]
pub enum State {
    /// Being written.
    Draft,
    /// For somebody to approve it.
    Waiting,
    /// For its time.
    Scheduled,
    /// People are being told.
    Running,
    /// Nobody is told until it goes on.
    Paused,
    /// Everybody was told.
    Done,
    /// By hand, before everybody was told.
    Stopped,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Waiting, Self::Scheduled, Self::Running, Self::Paused, Self::Done, Self::Stopped];

    /// As in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    fn from_name(name: &str) -> Result<Self, sqlx::Error> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| sqlx::Error::Decode(format!("`{name}` is no state of a campaign").into()))
    }
}

/// Which side of a comparison somebody is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CampaignArm)]
pub enum Arm {
    /// Told something.
    Treated,
    /// Told nothing of this campaign.
    Control,
    /// Never told anything.
    GlobalControl,
}

impl Arm {
    /// As in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Treated => "treated",
            Self::Control => "control",
            Self::GlobalControl => "global_control",
        }
    }

    /// The side of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Treated, Self::Control, Self::GlobalControl].into_iter().find(|arm| arm.name() == name)
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Campaign {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// What people wrote.
    pub definition: Definition,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// By whom.
    pub created_by: String,
    /// When it last changed.
    pub changed_at: Time,
    /// By whom.
    pub changed_by: String,
    /// When it was approved.
    pub approved_at: Option<Time>,
    /// By whom.
    pub approved_by: Option<String>,
    /// Who of the audience was dealt to no side, by reason: they could not be told anything.
    pub left_out: BTreeMap<String, u64>,
    /// When people are next chosen.
    pub due_at: Option<Time>,
    /// When people were first chosen.
    pub started_at: Option<Time>,
    /// When everybody was told, or it was stopped.
    pub ended_at: Option<Time>,
    /// The programme that it is a step of; null where it stands for itself.
    pub programme: Option<String>,
    /// Which step of it; -1 for the whole.
    pub programme_step: Option<i64>,
}

/// What stands for a programme as a whole in place of a step.
pub(super) const WHOLE: i64 = -1;

const COLUMNS: &str = "id, name, state, definition, version, created_at, created_by, changed_at, changed_by, approved_at, \
                       approved_by, left_out, due_at, started_at, ended_at, programme, programme_step";

fn campaign(row: &AnyRow) -> Result<Campaign, sqlx::Error> {
    let time = |column: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Time));
    Ok(Campaign {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        state: State::from_name(row.try_get(2)?)?,
        definition: json(row, 3)?,
        version: row.try_get(4)?,
        created_at: Time(row.try_get(5)?),
        created_by: row.try_get(6)?,
        changed_at: Time(row.try_get(7)?),
        changed_by: row.try_get(8)?,
        approved_at: time(9)?,
        approved_by: row.try_get(10)?,
        left_out: json(row, 11)?,
        due_at: time(12)?,
        started_at: time(13)?,
        ended_at: time(14)?,
        programme: row.try_get(15)?,
        programme_step: row.try_get(16)?,
    })
}

/// A page of campaigns, the latest first.
///
/// # Errors
/// A problem for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, paging: &Paging) -> Result<Page<Campaign>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM campaigns WHERE programme IS NULL AND ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2"
    );
    let query =
        sqlx::query(AssertSqlSafe(sql)).bind(paging.after::<String>()?.unwrap_or_default()).bind(paging.rows()?);
    let rows = query.fetch_all(app.database.pool()).await?;
    let rows = rows.iter().map(campaign).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |campaign| campaign.id.clone()))
}

/// Campaigns and programmes that have begun, the latest first.
///
/// # Errors
/// What the database gives.
pub async fn begun(database: &Database) -> Result<Vec<Campaign>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM campaigns WHERE started_at IS NOT NULL AND (programme IS NULL OR programme_step = {WHOLE}) \
         ORDER BY id DESC"
    );
    sqlx::query(AssertSqlSafe(sql)).fetch_all(database.pool()).await?.iter().map(campaign).collect()
}

/// What all campaigns are called, by their ids.
pub(super) async fn names(database: &Database) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows = sqlx::query("SELECT id, name FROM campaigns").fetch_all(database.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The campaign of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn get(app: &App, id: &str) -> Result<Campaign> {
    find(app.database.pool(), id).await
}

pub(super) async fn find(from: impl Executor<'_, Database = Any>, id: &str) -> Result<Campaign> {
    let sql = format!("SELECT {COLUMNS} FROM campaigns WHERE id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(from).await?;
    row.as_ref().map(campaign).transpose()?.ok_or_else(|| Problem::not_found(format!("there is no campaign {id}")))
}

/// Those in a state.
pub(super) async fn in_state(database: &Database, state: State) -> Result<Vec<Campaign>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM campaigns WHERE state = $1 ORDER BY id");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(state.name()).fetch_all(database.pool()).await?;
    rows.iter().map(campaign).collect()
}

/// Writes a new campaign, or one over what it was.
pub(super) async fn put(transaction: &mut Transaction, campaign: &Campaign) -> Result<()> {
    let sql = format!(
        "INSERT INTO campaigns ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
         $16, $17) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = excluded.state, definition = excluded.definition, \
         version = excluded.version, changed_at = excluded.changed_at, changed_by = excluded.changed_by, \
         approved_at = excluded.approved_at, approved_by = excluded.approved_by, left_out = excluded.left_out, \
         due_at = excluded.due_at, started_at = excluded.started_at, ended_at = excluded.ended_at"
    );
    let text = |value: serde_json::Result<String>| value.map_err(|error| Problem::internal(&error));
    let time = |time: Option<Time>| time.map(|time| time.0);
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(campaign.id.as_str())
        .bind(campaign.name.as_str())
        .bind(campaign.state.name())
        .bind(text(serde_json::to_string(&campaign.definition))?)
        .bind(campaign.version)
        .bind(campaign.created_at.0)
        .bind(campaign.created_by.as_str())
        .bind(campaign.changed_at.0)
        .bind(campaign.changed_by.as_str())
        .bind(time(campaign.approved_at))
        .bind(campaign.approved_by.as_deref())
        .bind(text(serde_json::to_string(&campaign.left_out))?)
        .bind(time(campaign.due_at))
        .bind(time(campaign.started_at))
        .bind(time(campaign.ended_at))
        .bind(campaign.programme.as_deref())
        .bind(campaign.programme_step);
    query.execute(&mut **transaction).await.map(drop).map_err(|error| {
        let is_name = error.as_database_error().is_some_and(|error| error.is_unique_violation());
        match is_name {
            true => Problem::invalid(vec![Fault::new("/name", "there is another campaign of this name")]),
            false => error.into(),
        }
    })
}

/// Takes a campaign away that nobody was dealt to.
pub(super) async fn delete(transaction: &mut Transaction, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM campaigns WHERE id = $1").bind(id).execute(&mut **transaction).await.map(drop)
}

/// Somebody who was dealt to a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CampaignMember)]
pub struct Member {
    /// The customer, by whoever survived then.
    pub customer: String,
    /// The side.
    #[serde(skip)]
    pub arm: String,
    /// The variant; empty for who is told nothing.
    pub variant: String,
    /// Since when.
    pub assigned_at: Time,
    /// The tier of value at that time.
    pub tier: Option<String>,
}

/// A page of members, in the order of customers.
///
/// # Errors
/// What the database gives.
pub async fn members(database: &Database, campaign: &str, after: &str, limit: i64) -> Result<Vec<Member>, sqlx::Error> {
    let sql = "SELECT customer, arm, variant, assigned_at, tier FROM campaign_members WHERE campaign = $1 \
               AND customer > $2 ORDER BY customer LIMIT $3";
    let rows = sqlx::query(sql).bind(campaign).bind(after).bind(limit).fetch_all(database.pool()).await?;
    let member = |row: &AnyRow| {
        Ok(Member {
            customer: row.try_get(0)?,
            arm: row.try_get(1)?,
            variant: row.try_get(2)?,
            assigned_at: Time(row.try_get(3)?),
            tier: row.try_get(4)?,
        })
    };
    rows.iter().map(member).collect()
}

/// Adds members; who is one already stays as they were.
///
/// # Errors
/// What the database gives.
pub async fn add_members(transaction: &mut Transaction, campaign: &str, members: &[Member]) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO campaign_members (campaign, customer, arm, variant, assigned_at, tier)";
    insert(transaction, head, 6, "ON CONFLICT (campaign, customer) DO NOTHING", members, |query, member| {
        query
            .bind(campaign.to_owned())
            .bind(member.customer.clone())
            .bind(member.arm.clone())
            .bind(member.variant.clone())
            .bind(member.assigned_at.0)
            .bind(member.tier.clone())
    })
    .await
}

/// A message to be said, as it enters the outbox.
#[derive(Debug, Clone)]
pub(super) struct Entering {
    pub id: String,
    pub customer: String,
    pub variant: String,
}

/// Puts messages into the outbox; who has one of this occasion already gets no second.
pub(super) async fn add_messages(
    transaction: &mut Transaction,
    (campaign, occasion): (&str, &str),
    channel: Channel,
    due_at: i64,
    messages: &[Entering],
) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO outbox (id, campaign, customer, occasion, step, channel, variant, state, reason, due_at, tries, \
                cost)";
    let tail = "ON CONFLICT (campaign, customer, occasion, step) DO NOTHING";
    insert(transaction, head, 12, tail, messages, |query, message| {
        query
            .bind(message.id.clone())
            .bind(campaign.to_owned())
            .bind(message.customer.clone())
            .bind(occasion.to_owned())
            .bind("")
            .bind(channel.name())
            .bind(message.variant.clone())
            .bind("waiting")
            .bind("")
            .bind(due_at)
            .bind(0_i64)
            .bind(0_i64)
    })
    .await
}

/// How a campaign goes, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CampaignCounts)]
pub struct Counts {
    /// Members by side: treated, control, global_control.
    pub members: BTreeMap<String, i64>,
    /// Treated members by variant.
    pub variants: BTreeMap<String, i64>,
    /// Messages by state: waiting, sending, ready, sent, refused, failed, unknown.
    pub messages: BTreeMap<String, i64>,
    /// Messages that were refused, failed or are unknown, by reason.
    pub reasons: BTreeMap<String, i64>,
    /// Messages that somebody opened, programs left out.
    pub opened: i64,
    /// Messages in which somebody followed a link, programs left out.
    pub clicked: i64,
    /// Messages that only programs opened.
    pub machines: i64,
    /// Messages by which somebody unsubscribed.
    pub unsubscribed: i64,
    /// Messages that came back.
    pub bounced: i64,
    /// Messages that came back from addresses at which somebody is.
    pub soft_bounced: i64,
    /// What all contacts cost, in 1/10,000 of the currency's unit.
    pub cost: i64,
    /// What was offered to how many, and what they did; the most frequent first.
    pub offers: Vec<OfferCounts>,
}

/// How an offer goes within a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CampaignOfferCounts)]
pub struct OfferCounts {
    /// The offer.
    pub offer: String,
    /// Messages in which it was chosen.
    pub chosen: i64,
    /// Those that were sent.
    pub sent: i64,
    /// Those in which somebody followed a link, programs left out.
    pub clicked: i64,
}

/// How a campaign goes.
///
/// # Errors
/// What the database gives.
pub async fn counts(database: &Database, campaign: &str) -> Result<Counts, sqlx::Error> {
    let mut counts = Counts::default();
    let sql = "SELECT arm, variant, count(*) FROM campaign_members WHERE campaign = $1 GROUP BY arm, variant";
    for row in sqlx::query(sql).bind(campaign).fetch_all(database.pool()).await? {
        let (arm, variant, number): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if arm == Arm::Treated.name() {
            *counts.variants.entry(variant).or_default() += number;
        }
        *counts.members.entry(arm).or_default() += number;
    }
    let sql = "SELECT state, reason, count(*), CAST(sum(cost) AS BIGINT), count(opened_at), count(clicked_at), \
               count(machine_at), count(unsubscribed_at), count(bounced_at), \
               CAST(sum(CASE WHEN machine_at IS NOT NULL AND opened_at IS NULL AND clicked_at IS NULL THEN 1 ELSE 0 END) \
               AS BIGINT), count(soft_bounced_at) FROM outbox WHERE campaign = $1 GROUP BY state, reason";
    for row in sqlx::query(sql).bind(campaign).fetch_all(database.pool()).await? {
        let (state, reason, number): (String, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        *counts.messages.entry(state).or_default() += number;
        if !reason.is_empty() {
            *counts.reasons.entry(reason).or_default() += number;
        }
        counts.cost += row.try_get::<i64, _>(3)?;
        counts.opened += row.try_get::<i64, _>(4)?;
        counts.clicked += row.try_get::<i64, _>(5)?;
        counts.unsubscribed += row.try_get::<i64, _>(7)?;
        counts.bounced += row.try_get::<i64, _>(8)?;
        counts.machines += row.try_get::<i64, _>(9)?;
        counts.soft_bounced += row.try_get::<i64, _>(10)?;
    }
    let sql = "SELECT offer, count(*), count(sent_at), count(clicked_at) FROM outbox \
               WHERE campaign = $1 AND offer IS NOT NULL GROUP BY offer ORDER BY count(*) DESC, offer";
    for row in sqlx::query(sql).bind(campaign).fetch_all(database.pool()).await? {
        let (chosen, sent, clicked) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        counts.offers.push(OfferCounts { offer: row.try_get(0)?, chosen, sent, clicked });
    }
    Ok(counts)
}

/// The campaigns of a programme's steps, by the place of the step.
///
/// # Errors
/// What the database gives.
pub async fn of_programme(
    transaction: &mut Transaction,
    programme: &str,
) -> Result<HashMap<usize, Campaign>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM campaigns WHERE programme = $1");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(programme).fetch_all(&mut **transaction).await?;
    let mut found = HashMap::new();
    for row in &rows {
        let campaign = campaign(row)?;
        if let Some(step) = campaign.programme_step.and_then(|step| usize::try_from(step).ok()) {
            found.insert(step, campaign);
        }
    }
    Ok(found)
}

/// Puts one message of a campaign into the outbox, once an occasion.
///
/// # Errors
/// What the database gives.
pub async fn add_message(
    transaction: &mut Transaction,
    app: &App,
    campaign: &Campaign,
    customer: &str,
    occasion: &str,
) -> Result<(), sqlx::Error> {
    let variant = campaign.definition.variants.first().map_or(String::new(), |variant| variant.name.clone());
    let message = Entering { id: app.random.id(&app.clock), customer: customer.to_owned(), variant };
    let (channel, now) = (campaign.definition.channel, app.clock.now());
    add_messages(transaction, (&campaign.id, occasion), channel, now, &[message]).await
}

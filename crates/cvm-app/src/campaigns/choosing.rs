//! Who becomes part of a campaign: the audience is dealt to its sides, and messages for those who are told something enter the outbox.
//!
//! Who cannot be told anything (no address, no consent, on the list of those who are not to be contacted) is dealt to no side, so
//! that those who are told something and those who are not are alike. Where it breaks off, it is done again: who was dealt stays where
//! they are, and nobody gets a second message of the same occasion.

use super::definition::Timing;
use super::store::{self, Arm, Campaign, Entering, Member, State};
use crate::contacts::{self, Asked, Held, Refusal, Share, Standing};
use crate::customers;
use crate::platform::Time;
use crate::platform::database::{Transaction, json, select_in};
use crate::platform::jobs::{self, Asked as AskedJob, Task};
use crate::platform::server::App;
use crate::segments;
use serde_json::{Map, Value, json};
use sqlx::Row;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The kind of job; its subject is the campaign.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "campaign",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 10,
};

/// Customers looked at at once, and dealt in one change.
const AT_ONCE: usize = 500;

/// Asks for it, within a change.
pub(super) async fn ask(
    transaction: &mut Transaction,
    app: &App,
    campaign: &str,
    due_at: i64,
    by: &str,
) -> Result<String, sqlx::Error> {
    let asked = AskedJob { kind: JOB.name, subject: campaign, input: &Value::Null, by, due_at };
    jobs::ask(transaction, app, asked).await
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let id = &task.job.subject;
    let campaign = match store::get(app, id).await {
        Ok(campaign) => campaign,
        Err(problem) if problem.status() == 404 => return Ok(json!({"gone": true})),
        Err(problem) => anyhow::bail!("{}", problem.detail()),
    };
    // Stopped or paused since: whoever lets it go on asks again.
    let Some(due_at) = campaign.due_at.filter(|due| due.0 <= app.clock.now()) else {
        return Ok(json!({"early": true}));
    };
    if !matches!(campaign.state, State::Scheduled | State::Running) {
        return Ok(json!({"state": campaign.state}));
    }
    let occasion = match campaign.definition.timing {
        Timing::Every(_) => serde_json::to_value(due_at)?.as_str().unwrap_or_default().to_owned(),
        Timing::Now | Timing::At(_) => String::new(),
    };
    let held = contacts::held(app).await?;
    let mut chosen = Chosen::default();
    let mut audience = Reading::of(app, &campaign).await?;
    loop {
        let ids = audience.next(app).await?;
        if ids.is_empty() {
            break;
        }
        anyhow::ensure!(!task.stop.is_cancelled(), "the server stops");
        for ids in ids.chunks(AT_ONCE) {
            deal(app, &campaign, &held, &occasion, ids, &mut chosen).await?;
            task.at(format!("customers {}", chosen.looked_at));
        }
    }
    let now = app.clock.now();
    let mut transaction = app.database.begin().await?;
    let mut campaign =
        store::find(&mut *transaction, id).await.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
    if matches!(campaign.state, State::Scheduled | State::Running) {
        campaign.state = State::Running;
        campaign.started_at = campaign.started_at.or(Some(Time(now)));
        let recurs = campaign.definition.timing.is_recurring();
        let next = campaign.definition.timing.next(now.max(due_at.0), app.config.timezone).filter(|_| recurs);
        campaign.due_at = next.map(Time);
        campaign.left_out = chosen.left_out.clone();
        store::put(&mut transaction, &campaign).await.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        if let Some(next) = next {
            ask(&mut transaction, app, id, next, "system").await?;
        }
    }
    transaction.commit().await?;
    app.outbox.wake();
    Ok(json!({"customers": chosen.looked_at, "arms": chosen.arms, "left_out": chosen.left_out}))
}

/// What came out.
#[derive(Debug, Default)]
struct Chosen {
    looked_at: usize,
    arms: BTreeMap<&'static str, u64>,
    left_out: BTreeMap<String, u64>,
}

/// The audience, page by page.
enum Reading {
    Everybody { after: String, but: BTreeSet<String> },
    Members(std::vec::IntoIter<String>),
}

impl Reading {
    async fn of(app: &App, campaign: &Campaign) -> anyhow::Result<Self> {
        let audience = &campaign.definition.audience;
        let but = members_of(app, &audience.none_of).await?;
        if audience.any_of.is_empty() {
            return Ok(Self::Everybody { after: String::new(), but });
        }
        let members = members_of(app, &audience.any_of).await?;
        let members: Vec<String> = members.into_iter().filter(|id| !but.contains(id)).collect();
        Ok(Self::Members(members.into_iter()))
    }

    /// The next ones; none at the end.
    async fn next(&mut self, app: &App) -> anyhow::Result<Vec<String>> {
        const PAGE: usize = 5_000;
        match self {
            Self::Members(members) => Ok(members.by_ref().take(PAGE).collect()),
            Self::Everybody { after, but } => loop {
                let ids = customers::everybody(&app.database, after, PAGE as i64).await?;
                let Some(last) = ids.last() else { return Ok(Vec::new()) };
                after.clone_from(last);
                let ids: Vec<String> = ids.into_iter().filter(|id| !but.contains(id)).collect();
                if !ids.is_empty() {
                    return Ok(ids);
                }
            },
        }
    }
}

async fn members_of(app: &App, ids: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let mut members = BTreeSet::new();
    for id in ids {
        let segment = segments::get(app, id).await.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        anyhow::ensure!(segment.computed_at.is_some(), "the members of segment {} are not computed yet", segment.name);
        let of_segment = segments::member_ids(&app.database, segment.number).await?;
        members.extend(of_segment.into_iter().map(|id| id.to_string()));
    }
    Ok(members)
}

/// Deals some customers to sides, in one change.
async fn deal(
    app: &App,
    campaign: &Campaign,
    held: &Held,
    occasion: &str,
    ids: &[String],
    chosen: &mut Chosen,
) -> anyhow::Result<()> {
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let standings = contacts::standings(app, &held.policy, &names).await?;
    let tiers = tiers(app, &names).await?;
    let definition = &campaign.definition;
    let asked = Asked { channel: definition.channel, offer: None, group: None, is_service: definition.is_service };
    let now = app.clock.now();
    let (mut members, mut messages) = (Vec::new(), Vec::new());
    for id in ids {
        chosen.looked_at += 1;
        let refusal = match standings.get(id) {
            None => Some(Refusal::Gone),
            Some(standing) => lasting(standing, held, &asked, now),
        };
        let arm = match refusal {
            None | Some(Refusal::GlobalControl) => arm_of(held, &campaign.id, id, definition.control()),
            Some(other) => {
                *chosen.left_out.entry(other.name().to_owned()).or_default() += 1;
                continue;
            }
        };
        *chosen.arms.entry(arm.name()).or_default() += 1;
        let variant = match arm {
            Arm::Treated => variant_of(held, campaign, id),
            Arm::Control | Arm::GlobalControl => None,
        };
        let variant = variant.map_or(String::new(), |place| definition.variants[place].name.clone());
        if arm == Arm::Treated {
            let id = id.clone();
            messages.push(Entering { id: app.random.id(&app.clock), customer: id, variant: variant.clone() });
        }
        let (customer, tier) = (id.clone(), tiers.get(id).cloned());
        members.push(Member { customer, arm: arm.name().to_owned(), variant, assigned_at: Time(now), tier });
    }
    let mut transaction = app.database.begin().await?;
    store::add_members(&mut transaction, &campaign.id, &members).await?;
    store::add_messages(&mut transaction, (&campaign.id, occasion), definition.channel, now, &messages).await?;
    Ok(transaction.commit().await?)
}

/// The side that a customer comes to of a campaign or programme, of which this share is told nothing; none where whoever it
/// concerns waits for it, and so nobody is held back.
pub fn arm_of(held: &Held, campaign: &str, customer: &str, control: Option<f64>) -> Arm {
    let Some(control) = control else { return Arm::Treated };
    if held.dealer.in_global_control(customer, held.policy.global_control) {
        return Arm::GlobalControl;
    }
    let shares = [Share { side: Arm::Treated, weight: 1.0 - control }, Share { side: Arm::Control, weight: control }];
    held.dealer.side(&format!("campaign {campaign}"), customer, &shares).unwrap_or(Arm::Control)
}

/// The place of the variant that a customer gets.
pub(super) fn variant_of(held: &Held, campaign: &Campaign, customer: &str) -> Option<usize> {
    held.dealer.side(&format!("variant {}", campaign.id), customer, &campaign.definition.dealt())
}

/// Why somebody cannot be told anything now or later; what passes by itself is asked when the message is due.
fn lasting(standing: &Standing, held: &Held, asked: &Asked<'_>, now: i64) -> Option<Refusal> {
    let refusal = standing.refusal(&held.policy, &held.dealer, asked, now);
    refusal.filter(|refusal| !matches!(refusal, Refusal::Capped | Refusal::Quiet { .. }))
}

/// The tiers of value of the last run.
async fn tiers(app: &App, ids: &[&str]) -> Result<HashMap<String, String>, sqlx::Error> {
    let values = values(app, ids).await?;
    let tier =
        |(id, columns): (String, Map<String, Value>)| Some((id, columns.get("value_tier")?.as_str()?.to_owned()));
    Ok(values.into_iter().filter_map(tier).collect())
}

/// The columns of the last scoring run.
pub(super) async fn values(app: &App, ids: &[&str]) -> Result<HashMap<String, Map<String, Value>>, sqlx::Error> {
    let mut connection = app.database.pool().acquire().await?;
    let sql = "SELECT customer, columns FROM customer_values WHERE run = \
               (SELECT id FROM scoring_runs ORDER BY ended_at DESC, id DESC LIMIT 1) AND customer IN ({})";
    let rows = select_in(&mut connection, sql, ids).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, json(row, 1)?))).collect()
}

//! Learning on whom a campaign works, from its own customers, and asking that of everybody.

use super::results::Results;
use super::store::{self, Member, Scored, days};
use super::uplift::{COLUMNS, Finished, GROUPS, LEAST, Learned, MOST, Method, Quality, WIDTH, group_name, learn};
use crate::access::{Caller, audit};
use crate::campaigns::{self, Arm};
use crate::customers;
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Task};
use crate::platform::money::Smallest;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use crate::scoring;
use crate::segments;
use anyhow::{Context, ensure};
use cvm_core::Language;
use cvm_core::lake::{Bought, Numbers, Purchases, Stretch};
use cvm_core::segment::{Comparison, FieldIs, Node, PersonId, Rule, Scalar};
use cvm_core::text::Words;
use cvm_models::uplift::groups::Group;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// The kind of job; its subject is the campaign.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "uplift",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 3,
};

/// Scores of one change: others who write wait no longer than for these.
const SCORES: usize = 1_000;

/// Another try learns the same.
const SEED: u64 = 1;

/// What was learned of whom a campaign moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UpliftModel)]
pub struct Model {
    /// When.
    pub learned_at: Time,
    /// Customers that it was learned from.
    pub customers: u64,
    /// The scoring run before the campaign, whose values it was learned from.
    pub before: String,
    /// The scoring run whose values everybody was asked by.
    pub run: String,
    /// The best of those that were tried: the one that scores.
    pub best: Method,
    /// How good each is, on customers that it had not seen.
    pub qualities: Vec<Quality>,
    /// Customers of each kind: persuadable, sure_thing, lost_cause, do_not_disturb.
    pub kinds: BTreeMap<String, u64>,
    /// When its customers were asked to be made segments of.
    pub saved_at: Option<Time>,
}

impl Model {
    /// With amounts as HTTP has them.
    pub(super) fn in_smallest(mut self, smallest: Smallest) -> Self {
        for quality in &mut self.qualities {
            for amount in [&mut quality.chosen, &mut quality.others, &mut quality.gain] {
                *amount = amount.in_smallest(smallest);
            }
        }
        self
    }

    /// How good the best is.
    pub fn quality(&self) -> Option<&Quality> {
        self.qualities.iter().find(|quality| quality.method == self.best)
    }

    /// Whether choosing by it surely gains something. If not, all customers are as good.
    pub fn is_useful(&self) -> bool {
        self.quality().is_some_and(|quality| quality.gain.low > 0.0)
    }
}

/// What is asked of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Learn,
    Attributes,
}

/// Asks for learning.
pub(super) async fn ask(app: &App, caller: &Caller, campaign: &str) -> Result<String> {
    campaigns::get(app, campaign).await?;
    let last = store::looks(&app.database, campaign, 1).await?;
    let Some(results) = last.first().filter(|results| is_ready(results)) else {
        let detail = format!(
            "there is nothing to learn from yet: a final result with {LEAST} customers on each side is needed, whose groups are \
             as drawn"
        );
        return Err(Problem::conflict(detail));
    };
    let mut transaction = app.database.begin().await?;
    let job = want(&mut transaction, app, campaign, Wanted::Learn, caller.actor().1).await?;
    audit::record(&mut transaction, app, caller, "uplift.learn", campaign, json!({"run": results.run})).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(job)
}

/// Whether a result is one to learn from.
pub(super) fn is_ready(results: &Results) -> bool {
    results.is_final() && !results.is_void() && results.people.treated.min(results.people.control) >= LEAST
}

async fn want(
    transaction: &mut Transaction,
    app: &App,
    campaign: &str,
    wanted: Wanted,
    by: &str,
) -> std::result::Result<String, sqlx::Error> {
    let asked = Asked { kind: JOB.name, subject: campaign, input: &json!(wanted), by, due_at: app.clock.now() };
    jobs::ask(transaction, app, asked).await
}

/// The attribute by which segments know of what kind a customer is.
fn attribute(campaign: &str) -> String {
    customers::attribute("uplift_", campaign)
}

/// The name of a kind of customer, and what to do with them: ids of words.
pub(super) fn words_of(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Persuadable => ("uplift-persuadable", "uplift-persuadable-what"),
        Group::SureThing => ("uplift-sure", "uplift-sure-what"),
        Group::LostCause => ("uplift-lost", "uplift-lost-what"),
        Group::DoNotDisturb => ("uplift-disturb", "uplift-disturb-what"),
    }
}

/// Makes a segment of each kind, named in this language; says which.
pub(super) async fn save(app: &App, caller: &Caller, campaign: &str, language: Language) -> Result<Vec<String>> {
    let words = Words::new(language);
    let name = campaigns::get(app, campaign).await?.name;
    let Some(mut model) = store::model(&app.database, campaign).await? else {
        return Err(Problem::conflict("nothing was learned of this campaign yet"));
    };
    let mut made = Vec::new();
    if model.saved_at.is_none() {
        for group in GROUPS {
            let is = Comparison::Equals(Scalar::Text(group_name(group).to_owned()));
            let field = FieldIs { name: format!("attributes.{}", attribute(&name)), is };
            let (kind, what) = words_of(group);
            let title: String = format!("{name}: {}", words.text(kind)).chars().take(100).collect();
            let rule = Rule::new(Node::All(vec![Node::Field(field)]));
            let draft = segments::Draft { name: title, description: words.text(what), rule };
            made.push(segments::create(app, caller, &draft).await?.id);
        }
    }
    model.saved_at = Some(Time(app.clock.now()));
    let mut transaction = app.database.begin().await?;
    store::keep_model(&mut transaction, campaign, &model).await?;
    want(&mut transaction, app, campaign, Wanted::Attributes, caller.actor().1).await?;
    audit::record(&mut transaction, app, caller, "uplift.save", campaign, json!({"segments": made})).await?;
    transaction.commit().await?;
    app.jobs.wake();
    Ok(made)
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    match task.input()? {
        Wanted::Learn => learn_from(app, task).await,
        Wanted::Attributes => write_down(app, task).await,
    }
}

async fn learn_from(app: &App, task: &Task) -> anyhow::Result<Value> {
    let campaign = &task.job.subject;
    let settings = store::settings(&app.database, campaign).await?.context("the campaign has no result yet")?;
    let settled = scoring::last_settled(&app.database).await?.context("there was no scoring run")?;
    let members = chosen(store::members(&app.database, campaign).await?);
    let first = members.iter().map(|member| member.assigned_at).min().context("nobody is part of the campaign")?;
    let before = scoring::run_before(app, first).await?;
    let before = before.context("no scoring run of before the campaign is kept; its customers were not known then")?;
    task.at("values");
    let known = app.lake.numbers(&before, &COLUMNS).await?;
    let bought = bought(app, &members, settled.data_until, days(settings.window_days)).await?;
    let costs = store::costs(&app.database, Some(campaign), i64::MIN).await?;
    let treated: Vec<bool> = members.iter().map(|member| member.arm == Arm::Treated).collect();
    let told = treated.iter().filter(|treated| **treated).count().max(1) as f64;
    let places: HashMap<PersonId, usize> = known.customers.iter().copied().zip(0..).collect();
    let finished = Finished {
        rows: members.iter().flat_map(|member| row(&known, places.get(&member.customer).copied())).collect(),
        margins: bought.iter().map(|bought| bought.after.margin).collect(),
        converted: bought.iter().map(|bought| f64::from(u8::from(bought.after.orders > 0))).collect(),
        treated,
        cost: members.iter().filter_map(|member| costs.get(&member.customer)).sum::<f64>() / told,
    };
    task.at("learning");
    let now = app.lake.numbers(&settled.run, &COLUMNS).await?;
    let work = move || -> anyhow::Result<(Learned, Vec<Scored>)> {
        let learned = learn(&finished, &mut Pcg64Mcg::seed_from_u64(SEED))?;
        let rows: Vec<f64> = (0..now.customers.len()).flat_map(|place| row(&now, Some(place))).collect();
        let scores = learned.score(&rows)?;
        let scored = |(&customer, score): (&PersonId, &super::uplift::Score)| Scored {
            customer,
            effect: score.effect,
            group: score.group,
        };
        let mut scored: Vec<Scored> = now.customers.iter().zip(&scores).map(scored).collect();
        scored.sort_unstable_by_key(|scored| scored.customer);
        Ok((learned, scored))
    };
    let (learned, scored) = tokio::task::spawn_blocking(work).await??;
    let kinds = GROUPS.map(|group| (group_name(group).to_owned(), count(&scored, group)));
    let model = Model {
        learned_at: Time(app.clock.now()),
        customers: members.len() as u64,
        before,
        run: settled.run,
        best: learned.best,
        qualities: learned.qualities,
        kinds: kinds.into(),
        saved_at: None,
    };
    keep(app, task, &model, &scored).await?;
    Ok(json!({"customers": model.customers, "scored": scored.len(), "useful": model.is_useful()}))
}

fn count(scored: &[Scored], group: Group) -> u64 {
    scored.iter().filter(|scored| scored.group == group).count() as u64
}

/// One row a person that is still there, of the treated and the control group; a fair sample where there are many.
fn chosen(mut members: Vec<Member>) -> Vec<Member> {
    members.sort_by_key(|member| (member.assigned_at, member.customer));
    let mut seen = HashSet::new();
    members.retain(|member| {
        let is_new = member.survivor.is_some_and(|survivor| seen.insert(survivor));
        is_new && member.arm != Arm::GlobalControl
    });
    if members.len() > MOST {
        members.shuffle(&mut Pcg64Mcg::seed_from_u64(SEED));
        members.truncate(MOST);
    }
    members
}

/// What a customer is known by: nothing is 0, and said to be nothing.
fn row(known: &Numbers, place: Option<usize>) -> [f64; WIDTH] {
    let mut row = [0.0; WIDTH];
    if let Some(place) = place {
        for (cell, column) in row.iter_mut().zip(&known.columns) {
            *cell = if column[place].is_finite() { column[place] } else { 0.0 };
        }
        row[WIDTH - 1] = 1.0;
    }
    row
}

async fn bought(app: &App, members: &[Member], data_until: i64, window: i64) -> anyhow::Result<Vec<Bought>> {
    let stretch = |member: &Member| {
        let from = member.assigned_at;
        Stretch { before: from, from, until: (from + window).min(data_until) }
    };
    let stretches: Vec<Stretch> = members.iter().map(stretch).collect();
    let others = store::other_ids(&app.database).await?;
    let mut customers = Vec::with_capacity(members.len());
    for (member, place) in members.iter().zip(0..) {
        let person = member.survivor.unwrap_or(member.customer);
        customers.push((person, place));
        let from = others.partition_point(|(survivor, _)| *survivor < person);
        let own = others[from..].iter().take_while(|(survivor, _)| *survivor == person);
        customers.extend(own.map(|(_, id)| (*id, place)));
    }
    let margin = (app.config.score_margin > 0.0).then_some(app.config.score_margin);
    let currency = &app.config.currency;
    let question = Purchases { stretches: &stretches, customers: &customers, currency, margin, event: None };
    Ok(app.lake.purchases(&question).await?)
}

/// Notes the scores, and then the model.
async fn keep(app: &App, task: &Task, model: &Model, scored: &[Scored]) -> anyhow::Result<()> {
    let campaign = &task.job.subject;
    let mut transaction = app.database.begin().await?;
    store::drop_scores(&mut transaction, campaign).await?;
    transaction.commit().await?;
    for (at, part) in scored.chunks(SCORES).enumerate() {
        ensure!(!task.stop.is_cancelled(), "the server stops");
        task.at(format!("writing {}/{}", at * SCORES + part.len(), scored.len()));
        let mut transaction = app.database.begin().await?;
        store::put_scores(&mut transaction, campaign, part).await?;
        transaction.commit().await?;
    }
    let mut transaction = app.database.begin().await?;
    store::keep_model(&mut transaction, campaign, model).await?;
    Ok(transaction.commit().await?)
}

/// Tells of what kind each customer is.
async fn write_down(app: &App, task: &Task) -> anyhow::Result<Value> {
    let campaign = &task.job.subject;
    let name = campaigns::get(app, campaign).await.map_err(|problem| anyhow::anyhow!("{problem}"))?.name;
    let model = store::model(&app.database, campaign).await?.context("nothing was learned")?;
    let (name, telling) = (attribute(&name), format!("{campaign}-{}", model.learned_at.0));
    let (mut after, mut told) = (String::new(), 0);
    loop {
        ensure!(!task.stop.is_cancelled(), "the server stops");
        let page = store::kinds(&app.database, campaign, &after, SCORES as i64).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.customer);
        customers::tell(app, &telling, &name, &page).await?;
        told += page.len();
        task.at(format!("attributes {told}"));
    }
    Ok(json!({"attribute": name, "customers": told}))
}

//! Making a plan, and writing down at its customers what they are to get.

use super::acquisition::{Won, acquisition};
use super::choose::{Adds, Candidate, Chosen, Offered, choose};
use super::definition::{Definition, Outcome, Worth};
use super::store::{self, Choice, Plan};
use crate::customers::Told;
use crate::platform::jobs::{self, Task};
use crate::platform::server::App;
use crate::{contacts, customers, proof, scoring, segments};
use anyhow::{Context, ensure};
use chrono::{Days, NaiveDate};
use cvm_core::segment::{PersonId, start_of_day};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::num::NonZero;

/// The kind of job; its subject is the plan.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "plan",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 3,
};

/// Choices of one change: others who write wait no longer than for these.
const CHOICES: usize = 1_000;

/// What is asked of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    /// The plan.
    Plan,
    /// What each customer is to get, as an attribute of theirs.
    Attributes,
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let id = &task.job.subject;
    let plan = store::get(app, id).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    match task.input()? {
        Wanted::Plan if plan.outcome.is_some() => Ok(json!({"plan": id})),
        Wanted::Plan => make(app, task, &plan).await,
        Wanted::Attributes => write_down(app, task, &plan).await,
    }
}

async fn make(app: &App, task: &Task, plan: &Plan) -> anyhow::Result<Value> {
    let definition = plan.definition.clone();
    task.at("values");
    let settled = scoring::last_settled(&app.database).await?.context("a plan needs a scoring run")?;
    let numbers = app.lake.numbers(&settled.run, &["clv", "value_tier", "age_days"]).await?;
    let mut offered = Vec::new();
    for action in &definition.actions {
        let only = match &action.segment {
            Some(segment) => Some(members(app, segment).await?),
            None => None,
        };
        offered.push(Offered { adds: adds(app, &action.worth).await?, only });
    }
    let among = match &definition.segment {
        Some(segment) => Some(members(app, segment).await?),
        None => None,
    };
    let held = contacts::held(app).await?;
    let share = held.policy.global_control;
    let [clv, tier, age] = numbers.columns.as_slice() else { anyhow::bail!("the lake gave other columns") };
    let mut candidates = Vec::new();
    for ((&customer, &clv), &tier) in numbers.customers.iter().zip(clv).zip(tier) {
        let is_in = among.as_ref().is_none_or(|among| among.contains(&customer));
        // Who is never told anything is no one to plan for.
        if is_in && clv.is_finite() && !held.dealer.in_global_control(&customer.to_string(), share) {
            candidates.push(Candidate { customer, clv, tier: tier.is_finite().then_some(tier as u8) });
        }
    }
    candidates.sort_unstable_by_key(|candidate| candidate.customer);
    ensure!(!candidates.is_empty(), "nobody to choose from: no customer of the segment has a value");
    let acquired = match &definition.won_by {
        Some(attribute) => {
            task.at("acquisition");
            let ages: HashMap<PersonId, f64> = numbers.customers.iter().copied().zip(age.iter().copied()).collect();
            let won = won(app, attribute, &ages).await?;
            acquisition(app, won, settled.data_until, app.config.score_discount).await?
        }
        None => Vec::new(),
    };
    task.at("choices");
    ensure!(!task.stop.is_cancelled(), "the server stops");
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let asked = definition.clone();
    let work = move || {
        let chosen = choose(&candidates, &asked, &offered, threads, SEED);
        (candidates, chosen)
    };
    let (candidates, chosen) = tokio::task::spawn_blocking(work).await?;
    let chosen = chosen?;
    write(app, task, &plan.id, &candidates, &chosen).await?;
    let outcome = outcome(app, settled.run, candidates.len(), chosen, acquired);
    let mut transaction = app.database.begin().await?;
    store::finish(&mut transaction, &plan.id, &outcome).await?;
    transaction.commit().await?;
    Ok(json!({"plan": plan.id, "customers": outcome.chosen, "profit": outcome.profit}))
}

/// Prices are found on a sample of customers; another try of the same plan is the same plan.
const SEED: u64 = 1;

async fn members(app: &App, segment: &str) -> anyhow::Result<HashSet<PersonId>> {
    let segment = segments::get(app, segment).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    ensure!(segment.computed_at.is_some(), "the segment {} has not been computed yet", segment.name);
    Ok(segments::member_ids(&app.database, segment.number).await?.into_iter().collect())
}

/// What an action adds, as far as it is known by now.
async fn adds(app: &App, worth: &Worth) -> anyhow::Result<Adds> {
    let campaign = match worth {
        Worth::Assumed(share) => return Ok(Adds::Share(*share)),
        Worth::ProvenBy(campaign) => campaign,
    };
    let last = proof::looks(&app.database, campaign, 1).await?;
    let results = last.first().with_context(|| format!("campaign {campaign} has no result to go by"))?;
    ensure!(!results.is_void(), "campaign {campaign} has a result that is not to be read: its groups are not as drawn");
    let effects = results.effects.with_context(|| format!("campaign {campaign} has too few customers to go by"))?;
    let all = effects.margin.each.estimate;
    let is_useful = proof::model(&app.database, campaign).await?.is_some_and(|model| model.is_useful());
    if is_useful {
        return Ok(Adds::Scored { scores: proof::scores(&app.database, campaign).await?, others: all });
    }
    let mut tiers = [None; 4];
    let differ = |strata: &&proof::Strata| strata.p_value_same.is_some_and(|chance| chance < 0.05);
    if let Some(strata) = results.tiers.as_ref().filter(differ) {
        for part in &strata.parts {
            let place = cvm_core::text::TIERS.iter().position(|tier| *tier == part.id);
            if let Some(tier) = place.and_then(|place| tiers.get_mut(place)) {
                *tier = part.effect.map(|effect| effect.estimate);
            }
        }
    }
    Ok(Adds::Effect { all, tiers })
}

/// When customers of each channel first bought.
async fn won(app: &App, attribute: &str, ages: &HashMap<PersonId, f64>) -> anyhow::Result<HashMap<String, Vec<Won>>> {
    let as_of: NaiveDate = scoring::shown_as_of(app).await.ok().flatten().context("there is no run")?.parse()?;
    let mut won: HashMap<String, Vec<Won>> = HashMap::new();
    for (customer, channel) in customers::texts_of(&app.database, attribute).await? {
        let age = ages.get(&customer).filter(|age| age.is_finite()).map(|age| *age as u64);
        if let Some(day) = age.and_then(|age| as_of.checked_sub_days(Days::new(age))) {
            let first = start_of_day(day, app.config.timezone);
            won.entry(channel).or_default().push(Won { customer, first });
        }
    }
    Ok(won)
}

/// Notes who gets what, a thousand a change.
async fn write(app: &App, task: &Task, plan: &str, candidates: &[Candidate], chosen: &Chosen) -> anyhow::Result<()> {
    let all = candidates.iter().zip(&chosen.choices).zip(&chosen.values);
    let choices: Vec<Choice> = all
        .filter_map(|((candidate, action), value)| {
            Some(Choice { customer: candidate.customer, action: (*action)?, value: *value })
        })
        .collect();
    for (at, part) in choices.chunks(CHOICES).enumerate() {
        ensure!(!task.stop.is_cancelled(), "the server stops");
        task.at(format!("writing {}/{}", at * CHOICES + part.len(), choices.len()));
        let mut transaction = app.database.begin().await?;
        store::put(&mut transaction, plan, part).await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn outcome(
    app: &App,
    run: String,
    customers: usize,
    chosen: Chosen,
    acquisition: Vec<super::definition::Acquisition>,
) -> Outcome {
    Outcome {
        run,
        currency: app.config.currency.clone(),
        customers: customers as u64,
        chosen: chosen.actions.iter().map(|action| action.customers).sum(),
        spent: chosen.spent,
        value: chosen.value,
        profit: chosen.value - chosen.spent,
        bound: chosen.bound,
        return_at_margin: chosen.return_at_margin,
        actions: chosen.actions,
        channels: chosen.channels,
        curve: chosen.curve,
        stops_paying: chosen.stops_paying,
        acquisition,
    }
}

/// The attribute by which segments know a plan's customers.
pub(super) fn attribute(definition: &Definition) -> String {
    customers::attribute("plan_", &definition.name)
}

/// Tells what each customer is to get.
async fn write_down(app: &App, task: &Task, plan: &Plan) -> anyhow::Result<Value> {
    let name = attribute(&plan.definition);
    let (mut after, mut told) = (String::new(), 0);
    loop {
        ensure!(!task.stop.is_cancelled(), "the server stops");
        let page = store::known_by(&app.database, &plan.id, &after, CHOICES as i64).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.0);
        let one = |(customer, action, known_by): &(String, i64, String)| {
            let action = usize::try_from(*action).ok().and_then(|place| plan.definition.actions.get(place))?;
            let (customer, known_by) = (customer.clone(), known_by.clone());
            Some(Told { customer, known_by, value: action.name.trim().into() })
        };
        let page: Vec<Told> = page.iter().filter_map(one).collect();
        customers::tell(app, &plan.id, &name, &page).await?;
        told += page.len();
        task.at(format!("attributes {told}"));
    }
    Ok(json!({"plan": plan.id, "attribute": name, "customers": told}))
}

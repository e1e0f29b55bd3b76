//! Computing results: after each scoring run, since that is when orders are settled, and when asked for.

use super::ALL;
use super::measure::{CONFIDENCE, Layout, Subject, measure};
use super::results::{Results, Settings};
use super::store::{self, Member, days};
use crate::campaigns::{self, Arm, Campaign, State};

use crate::contacts;
use crate::platform::Time;
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Task};
use crate::platform::server::App;
use crate::scoring::{self, Settled};
use anyhow::Context;
use cvm_core::lake::{Purchases, Stretch};
use cvm_core::segment::PersonId;
use cvm_core::text::TIERS;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// The kind of job; its subject is a campaign, [`ALL`], or nothing for whatever is not final.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "results",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |_| Vec::new(),
    attempts: 3,
};

/// Asks for it, within a change; says which job it is.
///
/// # Errors
/// What the database gives.
pub async fn ask(transaction: &mut Transaction, app: &App, subject: &str, by: &str) -> Result<String, sqlx::Error> {
    let asked = Asked { kind: JOB.name, subject, input: &Value::Null, by, due_at: app.clock.now() };
    jobs::ask(transaction, app, asked).await
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let Some(settled) = scoring::last_settled(&app.database).await? else {
        return Ok(json!({"results": 0, "note": "results need a scoring run, and there was none yet"}));
    };
    let subjects = match task.job.subject.as_str() {
        "" => due(app).await?,
        subject => vec![subject.to_owned()],
    };
    let others = store::other_ids(&app.database).await?;
    let mut computed = 0;
    for (place, subject) in subjects.iter().enumerate() {
        task.at(format!("results {}/{}", place + 1, subjects.len()));
        anyhow::ensure!(!task.stop.is_cancelled(), "the server stops");
        let results = match subject.as_str() {
            ALL => of_all(app, &settled, &others).await?,
            id => of_campaign(app, id, &settled, &others).await?,
        };
        if let Some(results) = results {
            let mut transaction = app.database.begin().await?;
            store::keep(&mut transaction, subject, &results).await?;
            transaction.commit().await?;
            computed += 1;
        }
    }
    Ok(json!({"results": computed, "run": settled.run}))
}

/// Whatever may have changed: everything that is done, and campaigns whose days have not all passed.
async fn due(app: &App) -> anyhow::Result<Vec<String>> {
    let last = store::last_looks(&app.database).await?;
    let is_open = |campaign: &Campaign| {
        matches!(campaign.state, State::Running | State::Paused)
            || !last.get(&campaign.id).is_some_and(Results::is_final)
    };
    let campaigns = campaigns::begun(&app.database).await?;
    let open = campaigns.into_iter().filter(is_open).map(|campaign| campaign.id);
    Ok(open.chain([ALL.to_owned()]).collect())
}

/// Who is compared, and since when.
struct Row {
    person: PersonId,
    arm: usize,
    tier: Option<u8>,
    segments: u64,
    cost: f64,
    reward: f64,
    from: i64,
}

/// Days of everything together that count where nobody set anything.
pub(super) const ALL_DAYS: u32 = 90;

/// What counts where nobody set anything.
pub(super) fn default_settings(days: u32, customers: usize) -> Settings {
    Settings { window_days: days, before_days: days, planned: customers.max(2) as u64, event: None }
}

/// What was set; else the usual, which then stands, so that the planned number is that of the first look.
async fn settings(app: &App, subject: &str, days: u32, customers: usize) -> anyhow::Result<Settings> {
    if let Some(settings) = store::settings(&app.database, subject).await? {
        return Ok(settings);
    }
    let settings = default_settings(days, customers);
    let mut transaction = app.database.begin().await?;
    store::set(&mut transaction, app, (subject, &settings), "system").await?;
    transaction.commit().await?;
    Ok(settings)
}

async fn of_campaign(
    app: &App,
    id: &str,
    settled: &Settled,
    others: &[(PersonId, PersonId)],
) -> anyhow::Result<Option<Results>> {
    let campaign = campaigns::get(app, id).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let members = store::members(&app.database, id).await?;
    let members: Vec<Member> = members.into_iter().filter(|member| member.assigned_at < settled.data_until).collect();
    if members.is_empty() {
        return Ok(None);
    }
    let settings = settings(app, id, campaign.definition.result_days, members.len()).await?;
    let costs = store::costs(&app.database, Some(id), i64::MIN).await?;
    let rewards = store::rewards(&app.database, Some(id), i64::MIN).await?;
    let first = members.iter().map(|member| member.assigned_at).min().unwrap_or_default();
    let (segments, belongs) = segments(app, id, first).await?;
    let mut variants = vec![String::new()];
    variants.extend(campaign.definition.variants.iter().map(|variant| variant.name.clone()));
    for member in members.iter().filter(|member| member.arm == Arm::Treated) {
        // One that was taken out of the definition later is still what they got.
        if !variants[1..].contains(&member.variant) {
            variants.push(member.variant.clone());
        }
    }
    let Unique { rows, global_control, erased, merged } = unique(&members, |member| {
        let arm = variants.iter().skip(1).position(|name| *name == member.variant).map_or(1, |place| place + 1);
        Row {
            person: member.survivor.unwrap_or(member.customer),
            arm: if member.arm == Arm::Control { 0 } else { arm },
            tier: member.tier,
            segments: belongs.get(&member.customer).copied().unwrap_or(0),
            cost: costs.get(&member.customer).copied().unwrap_or(0.0),
            reward: rewards.get(&member.customer).copied().unwrap_or(0.0),
            from: member.assigned_at,
        }
    });
    let shares = shares(&campaign, &variants);
    let question = Question { settings: &settings, settled, others, is_sequence: true };
    let layout = Layout {
        variants,
        shares,
        tiers: TIERS,
        segments,
        planned: settings.planned,
        by_event: settings.event.is_some(),
        is_sequence: true,
        margin_is_set: app.config.score_margin > 0.0,
    };
    let mut results = question.answer(app, rows, layout).await?;
    results.people.global_control = global_control;
    (results.people.erased, results.people.merged) = (erased, merged);
    Ok(Some(results))
}

/// The shares of the lot: the control group's, then those of variants. None where a group is there that no lot was drawn for.
fn shares(campaign: &Campaign, variants: &[String]) -> Option<Vec<f64>> {
    let definition = &campaign.definition;
    let control =
        Some(definition.control_share).filter(|share| !definition.is_service && *share > 0.0 && *share < 1.0)?;
    let drawn = definition.variants.iter().map(|variant| variant.weight).collect::<Vec<_>>();
    let all: f64 = drawn.iter().sum();
    if drawn.len() + 1 != variants.len() || drawn.iter().any(|weight| *weight <= 0.0) {
        return None;
    }
    Some(std::iter::once(control).chain(drawn.iter().map(|weight| (1.0 - control) * weight / all)).collect())
}

/// One row a person.
struct Unique {
    rows: Vec<Row>,
    global_control: u64,
    erased: u64,
    merged: u64,
}

/// Of who is the same person by now, the earliest assignment holds.
fn unique(members: &[Member], row: impl Fn(&Member) -> Row) -> Unique {
    let mut found = Unique { rows: Vec::with_capacity(members.len()), global_control: 0, erased: 0, merged: 0 };
    let mut in_order: Vec<&Member> = members.iter().collect();
    in_order.sort_by_key(|member| (member.assigned_at, member.customer));
    let mut seen = HashSet::with_capacity(members.len());
    for member in in_order {
        match member.survivor {
            None => found.erased += 1,
            Some(survivor) if !seen.insert(survivor) => found.merged += 1,
            Some(_) if member.arm == Arm::GlobalControl => found.global_control += 1,
            Some(_) => found.rows.push(row(member)),
        }
    }
    found
}

/// Segments as they were when the campaign began, and who belonged to which, a bit each.
async fn segments(
    app: &App,
    campaign: &str,
    first: i64,
) -> anyhow::Result<(Vec<(String, String)>, HashMap<PersonId, u64>)> {
    let segments = store::segments_since(&app.database, first).await?;
    let mut belongs: HashMap<PersonId, u64> = HashMap::new();
    for (place, (number, ..)) in segments.iter().enumerate() {
        for person in store::belonged(&app.database, *number, campaign).await? {
            *belongs.entry(person).or_default() |= 1 << place;
        }
    }
    Ok((segments.into_iter().map(|(_, id, name)| (id, name)).collect(), belongs))
}

/// Everybody against those who are never told anything, over the last days: what all that is done together earned.
async fn of_all(app: &App, settled: &Settled, others: &[(PersonId, PersonId)]) -> anyhow::Result<Option<Results>> {
    let held = contacts::held(app).await?;
    let share = held.policy.global_control;
    let settings = settings(app, ALL, ALL_DAYS, 2).await?;
    let from = settled.data_until - days(settings.window_days);
    let people = store::known_before(&app.database, from).await?;
    if people.is_empty() {
        return Ok(None);
    }
    let tiers = tiers_at(app, from).await?;
    let costs = store::costs(&app.database, None, from).await?;
    let rewards = store::rewards(&app.database, None, from).await?;
    let row = |&person: &PersonId| Row {
        person,
        arm: usize::from(!held.dealer.in_global_control(&person.to_string(), share)),
        tier: tiers.get(&person).copied(),
        segments: 0,
        cost: costs.get(&person).copied().unwrap_or(0.0),
        reward: rewards.get(&person).copied().unwrap_or(0.0),
        from,
    };
    let rows: Vec<Row> = people.iter().map(row).collect();
    let question = Question { settings: &settings, settled, others, is_sequence: false };
    let layout = Layout {
        variants: vec![String::new(); 2],
        shares: (share > 0.0).then(|| vec![share, 1.0 - share]),
        tiers: TIERS,
        segments: Vec::new(),
        planned: people.len() as u64,
        by_event: settings.event.is_some(),
        is_sequence: false,
        margin_is_set: app.config.score_margin > 0.0,
    };
    question.answer(app, rows, layout).await.map(Some)
}

/// The value tiers of the last run before a time that is still kept.
async fn tiers_at(app: &App, time: i64) -> anyhow::Result<HashMap<PersonId, u8>> {
    let Some(run) = scoring::run_before(app, time).await? else { return Ok(HashMap::new()) };
    let numbers = app.lake.numbers(&run, &["value_tier"]).await?;
    let tiers = numbers.columns.into_iter().next().unwrap_or_default();
    let known = numbers.customers.into_iter().zip(tiers).filter(|(_, tier)| tier.is_finite());
    Ok(known.map(|(person, tier)| (person, tier as u8)).collect())
}

/// What is asked of the lake.
struct Question<'a> {
    settings: &'a Settings,
    settled: &'a Settled,
    others: &'a [(PersonId, PersonId)],
    is_sequence: bool,
}

impl Question<'_> {
    async fn answer(&self, app: &App, rows: Vec<Row>, layout: Layout) -> anyhow::Result<Results> {
        let (window, before) = (days(self.settings.window_days), days(self.settings.before_days));
        let data_until = self.settled.data_until;
        let stretches: Vec<Stretch> = rows
            .iter()
            .map(|row| Stretch {
                before: row.from - before,
                from: row.from,
                until: (row.from + window).min(data_until),
            })
            .collect();
        let bought = {
            let customers = self.ids(&rows);
            let question = Purchases {
                stretches: &stretches,
                customers: &customers,
                currency: &app.config.currency,
                margin: (app.config.score_margin > 0.0).then_some(app.config.score_margin),
                event: self.settings.event.as_deref(),
            };
            app.lake.purchases(&question).await.context("what customers bought")?
        };
        let subject = |((row, stretch), bought): ((Row, &Stretch), _)| Subject {
            arm: row.arm,
            tier: row.tier,
            segments: row.segments,
            cost: row.cost,
            reward: row.reward,
            elapsed: ((stretch.until - stretch.from).max(0) as f64 / window.max(1) as f64).min(1.0),
            bought,
        };
        let subjects: Vec<Subject> = rows.into_iter().zip(&stretches).zip(bought).map(subject).collect();
        // A million customers take a second or two.
        let found = tokio::task::spawn_blocking(move || measure(&subjects, &layout)).await??;
        Ok(Results {
            run: self.settled.run.clone(),
            data_until: Time(data_until),
            computed_at: Time(app.clock.now()),
            currency: app.config.currency.clone(),
            settings: self.settings.clone(),
            elapsed: if self.is_sequence { found.elapsed } else { 1.0 },
            confidence: CONFIDENCE,
            people: found.people,
            arms: found.arms,
            effects: found.effects,
            money: found.money,
            sample_ratio: found.sample_ratio,
            tiers: found.tiers,
            segments: found.segments,
            power: found.power,
            warnings: found.warnings,
        })
    }

    /// Every id of everybody who is compared.
    fn ids(&self, rows: &[Row]) -> Vec<(PersonId, u32)> {
        let mut ids = Vec::with_capacity(rows.len() + self.others.len());
        for (place, row) in rows.iter().enumerate() {
            let place = place as u32;
            ids.push((row.person, place));
            let from = self.others.partition_point(|(survivor, _)| *survivor < row.person);
            let own = self.others[from..].iter().take_while(|(survivor, _)| *survivor == row.person);
            ids.extend(own.map(|(_, id)| (*id, place)));
        }
        ids
    }
}

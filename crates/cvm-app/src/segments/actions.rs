//! Making, changing and trying segments.

use super::rebuild;
use super::store::{self, By, SEGMENTS_MAX, Segment};
use crate::access::{Caller, Permission, audit};
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time};
use cvm_core::Language;
use cvm_core::lake::{Count, LakeFailure, Segmentation};
use cvm_core::segment::{self, Calendar, Field, Naming, Node, READY, Rule};
use cvm_core::text::Words;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

/// Characters of a description.
const DESCRIPTION_MAX: usize = 2_000;

/// A segment as somebody writes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSegment)]
pub struct Draft {
    /// Different from those of other segments.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Who belongs to it.
    pub rule: Rule,
}

/// A segment as it is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentChange)]
pub struct Change {
    /// Different from those of other segments.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Who belongs to it.
    pub rule: Rule,
    /// The version that was read; where the segment has another by now, nothing is changed.
    pub version: Option<i64>,
}

/// Makes a segment.
///
/// # Errors
/// 422 for a rule or name that cannot be, 403 for SQL of who may not query, and what the database gives.
pub async fn create(app: &App, caller: &Caller, draft: &Draft) -> Result<Segment> {
    let id = app.random.id(&app.clock);
    check(app, caller, &id, (&draft.name, &draft.description), &draft.rule).await?;
    let mut transaction = app.database.begin().await?;
    store::lock(&mut transaction).await?;
    // What another has changed since the check.
    check_order((&id, &draft.rule), &store::list(&mut *transaction).await?)?;
    let by = By { who: caller.actor().1, at: app.clock.now() };
    let texts = (draft.name.trim(), draft.description.trim());
    store::insert(&mut transaction, (&id, None), texts, &draft.rule, &by).await.map_err(taken)?;
    audit::record(&mut transaction, app, caller, "segment.create", &id, json!({"name": texts.0})).await?;
    rebuild::ask(&mut transaction, app, caller.actor().1).await?;
    transaction.commit().await?;
    app.jobs.wake();
    store::get(app, &id).await
}

/// Changes a segment.
///
/// # Errors
/// As for [`create`]; 404 where there is none, 409 where somebody else changed the rule meanwhile.
pub async fn update(app: &App, caller: &Caller, id: &str, change: &Change) -> Result<Segment> {
    store::get(app, id).await?;
    check(app, caller, id, (&change.name, &change.description), &change.rule).await?;
    let mut transaction = app.database.begin().await?;
    store::lock(&mut transaction).await?;
    let segment = store::find(&mut *transaction, id).await?;
    check_order((id, &change.rule), &store::list(&mut *transaction).await?)?;
    if change.version.is_some_and(|version| version != segment.version) {
        let now = segment.version;
        return Err(Problem::conflict(format!(
            "somebody changed the rule meanwhile: it is version {now}; read it again"
        )));
    }
    let by = By { who: caller.actor().1, at: app.clock.now() };
    let texts = (change.name.trim(), change.description.trim());
    store::update(&mut transaction, &segment, texts, &change.rule, &by).await.map_err(taken)?;
    let details = json!({"name": texts.0, "rule": segment.rule != change.rule});
    audit::record(&mut transaction, app, caller, "segment.change", id, details).await?;
    rebuild::ask(&mut transaction, app, caller.actor().1).await?;
    transaction.commit().await?;
    app.jobs.wake();
    store::get(app, id).await
}

/// Takes a segment away.
///
/// # Errors
/// 404 where there is none, 409 where others are made of it, and what the database gives.
pub async fn delete(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    store::lock(&mut transaction).await?;
    let segment = store::find(&mut *transaction, id).await?;
    let others = store::list(&mut *transaction).await?;
    let others = others.iter().filter(|other| other.rule.segments().contains(&id)).map(|other| other.name.as_str());
    let others: Vec<&str> = others.collect();
    if !others.is_empty() {
        return Err(Problem::conflict(format!(
            "these segments are made of it: {}; change them first",
            others.join(", ")
        )));
    }
    store::delete(&mut transaction, segment.number).await?;
    audit::record(&mut transaction, app, caller, "segment.delete", id, json!({"name": segment.name})).await?;
    Ok(transaction.commit().await?)
}

/// What is wrong with a segment, if anything.
async fn check(app: &App, caller: &Caller, id: &str, (name, description): (&str, &str), rule: &Rule) -> Result<()> {
    let mut faults: Vec<Fault> = Fault::of_name("/name", name).into_iter().collect();
    let characters = description.chars().count();
    if characters > DESCRIPTION_MAX {
        faults.push(Fault::new("/description", format!("{characters} characters; expected {DESCRIPTION_MAX} at most")));
    }
    let all = store::list(app.database.pool()).await?;
    if all.iter().all(|segment| segment.id != id) && all.len() >= SEGMENTS_MAX {
        return Err(Problem::conflict(format!("there are {SEGMENTS_MAX} segments; take one away first")));
    }
    match check_rule(app, caller, (id, rule), &all).await {
        Ok(()) if faults.is_empty() => Ok(()),
        Ok(()) => Err(Problem::invalid(faults)),
        Err(Wrong::Faults(more)) => {
            faults.extend(more);
            Err(Problem::invalid(faults))
        }
        Err(Wrong::Problem(problem)) => Err(problem),
    }
}

enum Wrong {
    Faults(Vec<Fault>),
    Problem(Problem),
}

/// What is wrong with a rule, if anything, among all others.
async fn check_rule(app: &App, caller: &Caller, (id, rule): (&str, &Rule), all: &[Segment]) -> Result<(), Wrong> {
    let in_rule = |fault: segment::RuleFault| Fault::new(format!("/rule{}", fault.pointer), fault.detail);
    let faults: Vec<Fault> = rule.check().into_iter().map(in_rule).collect();
    if !faults.is_empty() {
        return Err(Wrong::Faults(faults));
    }
    if rule.has_sql() && !caller.may(Permission::Query) {
        let name = Permission::Query.name();
        let problem =
            Problem::forbidden(format!("a condition in SQL needs the permission `{name}`, which the caller has not"));
        return Err(Wrong::Problem(problem));
    }
    check_order((id, rule), all).map_err(Wrong::Problem)?;
    for (pointer, node) in rule.nodes() {
        let Node::Sql(sql) = node else { continue };
        match app.lake.check_condition(sql).await {
            Ok(()) => {}
            Err(LakeFailure::Statement(detail)) => {
                return Err(Wrong::Faults(vec![Fault::new(format!("/rule{pointer}/sql"), detail)]));
            }
            Err(failure) => return Err(Wrong::Problem(failure.into())),
        }
    }
    Ok(())
}

/// Whether a rule can be answered among all others.
fn check_order((id, rule): (&str, &Rule), all: &[Segment]) -> Result<()> {
    let others = all.iter().filter(|other| other.id != id).map(|other| (other.id.as_str(), &other.rule));
    // First, so that what leads back is found where it leads from.
    let rules: Vec<(&str, &Rule)> = [(id, rule)].into_iter().chain(others).collect();
    let Err((place, fault)) = segment::order(&rules) else { return Ok(()) };
    // Where another rule leads back, it is this one's condition on it that is wrong.
    let back = rule.nodes().into_iter().find_map(|(pointer, node)| match node {
        Node::Segment(part) if place > 0 && leads_to(part, id, all) => Some(format!("{pointer}/segment")),
        _ => None,
    });
    let pointer = back.unwrap_or(if place == 0 { fault.pointer } else { String::new() });
    Err(Problem::invalid(vec![Fault::new(format!("/rule{pointer}"), fault.detail)]))
}

/// Whether a segment is made of another, however many lie between.
fn leads_to(from: &str, to: &str, all: &[Segment]) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id)
            && let Some(segment) = all.iter().find(|segment| segment.id == id)
        {
            open.extend(segment.rule.segments());
        }
    }
    false
}

fn taken(error: sqlx::Error) -> Problem {
    let is_name = error.as_database_error().is_some_and(|error| error.is_unique_violation());
    match is_name {
        true => Problem::invalid(vec![Fault::new("/name", "there is another segment of this name")]),
        false => error.into(),
    }
}

/// Makes the segments that are there from the start, once.
///
/// # Errors
/// What the database gives.
pub async fn seed(app: &App) -> Result<(), sqlx::Error> {
    let mut transaction = app.database.begin().await?;
    store::lock(&mut transaction).await?;
    let sql = "SELECT seeded_at FROM segment_state WHERE id = 1";
    let row = sqlx::query(sql).fetch_one(&mut *transaction).await?;
    if row.try_get::<Option<i64>, _>(0)?.is_some() {
        return Ok(());
    }
    let (words, by) = (Words::new(Language::En), By { who: "system", at: app.clock.now() });
    for ready in READY {
        let (id, name) = (app.random.id(&app.clock), words.ready_segment(ready.id));
        store::insert(&mut transaction, (&id, Some(ready.id)), (&name, ""), &(ready.rule)(), &by).await?;
    }
    let sql = "UPDATE segment_state SET seeded_at = $1 WHERE id = 1";
    sqlx::query(sql).bind(by.at).execute(&mut *transaction).await?;
    rebuild::ask(&mut transaction, app, by.who).await?;
    transaction.commit().await
}

/// A rule to be tried.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentWish)]
pub struct Wish {
    /// Who would belong.
    pub rule: Rule,
    /// The segment whose rule it is to be, if it is one already.
    pub segment: Option<String>,
    /// The language of the sentence: `en`, `pl`, `ru` or `fa`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Language,
}

/// Who a rule would fit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SegmentPreview)]
pub struct Preview {
    /// When the lake last took over what is known of everybody; null where it has not yet.
    pub as_of: Option<Time>,
    /// The rule in words.
    pub sentence: String,
    /// How many it fits.
    pub customers: u64,
    /// Of all customers.
    pub share: f64,
    /// What they are worth: the sum of their lifetime values.
    pub value: f64,
    /// All customers.
    pub all_customers: u64,
    /// What all are worth.
    pub all_value: f64,
    /// Each condition by itself, the outer before the inner.
    pub conditions: Vec<PreviewedCondition>,
}

/// Who a condition fits, by itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SegmentPreviewCondition)]
pub struct PreviewedCondition {
    /// Where it stands in the rule, as a JSON pointer.
    pub pointer: String,
    /// The condition in words.
    pub sentence: String,
    /// How many it fits.
    pub customers: u64,
    /// Of all customers.
    pub share: f64,
    /// What they are worth.
    pub value: f64,
}

/// Counts who a rule would fit, and each of its conditions.
///
/// # Errors
/// 422 for a rule that cannot be, 403 for SQL of who may not query, and what database and lake give.
pub async fn preview(app: &App, caller: &Caller, wish: &Wish) -> Result<Preview> {
    let all = store::list(app.database.pool()).await?;
    let id = wish.segment.as_deref().unwrap_or("new");
    match check_rule(app, caller, (id, &wish.rule), &all).await {
        Ok(()) => {}
        Err(Wrong::Faults(faults)) => return Err(Problem::invalid(faults)),
        Err(Wrong::Problem(problem)) => return Err(problem),
    }
    let rules = with_parts(id, &wish.rule, &all);
    let run = store::last_run(&app.database).await?;
    let calendar = Calendar::new(app.clock.now(), app.config.timezone);
    let question = Segmentation { rules: &rules, calendar, run: run.as_deref(), conditions: true };
    let answer = app.lake.segment(&question).await?;
    let members = answer.segments.last().ok_or_else(|| Problem::internal(&"no answer to a rule"))?;
    let sql = "SELECT handed_at FROM segment_state WHERE id = 1";
    let handed_at: Option<i64> = sqlx::query(sql).fetch_one(app.database.pool()).await?.try_get(0)?;
    let people = answer.people.len() as u64;
    let share = |count: &Count| if people == 0 { 0.0 } else { count.customers as f64 / people as f64 };
    let words = Words::new(wish.language);
    let name = naming(&all, wish.language);
    let naming = Naming { currency: &app.config.currency, segment: &name };
    let conditions = wish.rule.nodes().into_iter().zip(&members.conditions).map(|((pointer, node), count)| {
        let sentence = node.phrase(words, &naming);
        PreviewedCondition { pointer, sentence, customers: count.customers, share: share(count), value: count.value }
    });
    Ok(Preview {
        as_of: handed_at.map(Time),
        sentence: wish.rule.sentence(words, &naming),
        customers: members.count.customers,
        share: share(&members.count),
        value: members.count.value,
        all_customers: people,
        all_value: answer.value,
        conditions: conditions.collect(),
    })
}

/// A rule after the segments that it is made of, each after its own.
fn with_parts<'a>(id: &'a str, rule: &'a Rule, all: &'a [Segment]) -> Vec<(&'a str, &'a Rule)> {
    let known: HashMap<&str, &Rule> = all.iter().map(|segment| (segment.id.as_str(), &segment.rule)).collect();
    fn add<'a>(
        (id, rule): (&'a str, &'a Rule),
        known: &HashMap<&'a str, &'a Rule>,
        seen: &mut BTreeSet<&'a str>,
        into: &mut Vec<(&'a str, &'a Rule)>,
    ) {
        for part in rule.segments() {
            if seen.insert(part)
                && let Some(rule) = known.get(part)
            {
                add((part, rule), known, seen, into);
            }
        }
        into.push((id, rule));
    }
    let mut rules = Vec::new();
    add((id, rule), &known, &mut BTreeSet::new(), &mut rules);
    rules
}

/// Names of segments by their ids.
fn naming(all: &[Segment], language: Language) -> impl Fn(&str) -> Option<String> + use<> {
    let names: HashMap<String, String> =
        all.iter().map(|segment| (segment.id.clone(), segment.name_in(language).to_owned())).collect();
    move |id| names.get(id).cloned()
}

/// A rule in words.
///
/// # Errors
/// What the database gives.
pub async fn sentence(app: &App, rule: &Rule, language: Language) -> Result<String, sqlx::Error> {
    let all = store::list(app.database.pool()).await?;
    Ok(sentence_among(&all, rule, &app.config.currency, language))
}

/// The same for who has read all segments.
pub(super) fn sentence_among(all: &[Segment], rule: &Rule, currency: &str, language: Language) -> String {
    let name = naming(all, language);
    rule.sentence(Words::new(language), &Naming { currency, segment: &name })
}

/// Each condition of a rule in words, by where it stands in it.
pub(super) fn phrases_among(
    all: &[Segment],
    rule: &Rule,
    currency: &str,
    language: Language,
) -> HashMap<String, String> {
    let (words, name) = (Words::new(language), naming(all, language));
    let naming = Naming { currency, segment: &name };
    rule.nodes().into_iter().map(|(pointer, node)| (pointer, node.phrase(words, &naming))).collect()
}

/// What rules can ask of, for builders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentFields)]
pub struct FieldChoices {
    /// What is known of a customer.
    pub fields: Vec<Field>,
    /// What is known of an event.
    pub properties: Vec<Field>,
    /// Names of events, pages and screens of late, by kind: `track`, `page`, `screen`.
    pub events: Vec<EventChoice>,
    /// Steps of buying, in their order.
    pub steps: Vec<String>,
    /// Purposes and channels of consents.
    pub consents: Vec<ConsentChoice>,
}

/// An event that came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentEventChoice)]
pub struct EventChoice {
    /// `track`, `page` or `screen`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A consent that was given or refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentConsentChoice)]
pub struct ConsentChoice {
    /// What for.
    purpose: String,
    /// By which way.
    channel: String,
}

impl FieldChoices {
    /// The purposes and the channels of consents, each once.
    pub fn consent_names(&self) -> (Vec<String>, Vec<String>) {
        let once = |of: fn(&ConsentChoice) -> &String| {
            let names: BTreeSet<&String> = self.consents.iter().map(of).collect();
            names.into_iter().cloned().collect()
        };
        (once(|consent| &consent.purpose), once(|consent| &consent.channel))
    }
}

/// What rules can ask of. Names in use are those of the latest customers and events.
///
/// # Errors
/// What the database gives.
pub async fn fields(app: &App) -> Result<FieldChoices, sqlx::Error> {
    const LOOKED_AT: i64 = 2_000;
    const NAMES_MAX: usize = 500;
    let pool = app.database.pool();
    let mut attributes = BTreeSet::new();
    let sql = "SELECT attributes FROM customers ORDER BY id DESC LIMIT $1";
    for row in sqlx::query(sql).bind(LOOKED_AT).fetch_all(pool).await? {
        let text: &str = row.try_get(0)?;
        if let Ok(known) = serde_json::from_str::<HashMap<String, serde::de::IgnoredAny>>(text) {
            attributes.extend(known.into_keys());
        }
    }
    // A cross join, for SQLite takes its tables in this order: by itself it would look through all events for those of a few customers.
    let sql = "SELECT kind, name, summary FROM (SELECT customer FROM customer_changed ORDER BY change DESC LIMIT $1) \
               AS latest CROSS JOIN customer_events WHERE customer_events.customer = latest.customer \
               AND kind IN ('track', 'page', 'screen') LIMIT $2";
    let (mut events, mut properties) = (BTreeSet::new(), BTreeSet::new());
    for row in sqlx::query(sql).bind(LOOKED_AT / 10).bind(LOOKED_AT * 10).fetch_all(pool).await? {
        if let Some(name) = row.try_get::<Option<String>, _>(1)? {
            events.insert((row.try_get::<String, _>(0)?, name));
        }
        if let Ok(known) = serde_json::from_str::<HashMap<String, serde::de::IgnoredAny>>(row.try_get(2)?) {
            properties.extend(known.into_keys());
        }
    }
    let sql = "SELECT DISTINCT purpose, channel FROM (SELECT id FROM customers ORDER BY id DESC LIMIT $1) AS latest \
               CROSS JOIN customer_consents WHERE customer_consents.customer = latest.id ORDER BY purpose, channel LIMIT 200";
    let consent = |row: &sqlx::any::AnyRow| Ok(ConsentChoice { purpose: row.try_get(0)?, channel: row.try_get(1)? });
    let consents = sqlx::query(sql).bind(LOOKED_AT).fetch_all(pool).await?;
    let first = |names: BTreeSet<String>| names.into_iter().take(NAMES_MAX).collect::<Vec<_>>();
    Ok(FieldChoices {
        fields: segment::fields(&first(attributes)),
        properties: segment::properties(&first(properties)),
        events: events.into_iter().take(NAMES_MAX).map(|(kind, name)| EventChoice { kind, name }).collect(),
        steps: cvm_core::order::FunnelStep::ALL.iter().map(|step| step.name()).collect(),
        consents: consents.iter().map(consent).collect::<Result<_, sqlx::Error>>()?,
    })
}

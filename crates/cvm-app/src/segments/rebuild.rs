//! Everybody at once: the lake takes over who changed, answers all rules, and what is different becomes rows.
//!
//! Nothing of it needs to be undone where it breaks off: the next run finds the same differences. What a rule finds at its first
//! answer did not enter at that moment and is no part of who entered and left.

use super::store::{self, Segment, kept};
use crate::customers;
use crate::platform::Config;
use crate::platform::clock::MINUTE;
use crate::platform::database::Transaction;
use crate::platform::jobs::{self, Asked, Schedule, Task};
use crate::platform::server::App;
use cvm_core::lake::{People, Segmentation, Segmented};
use cvm_core::segment::{Calendar, PersonId, Rule, order};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};

/// The kind of job.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "segments",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |config| config.segments_every().map(|every| (String::new(), every)).into_iter().collect(),
    attempts: 5,
};

/// Persons handed over at once, and of these read with one question.
const HANDED: usize = 20_000;
const READ: usize = 500;

/// Members of one change, and of one statement: others who write wait no longer than for these.
const CHANGED: usize = 1_000;
const STATEMENT: usize = 100;

impl Config {
    /// How often everybody is looked at.
    fn segments_every(&self) -> Option<Schedule> {
        (self.segments_minutes > 0).then(|| Schedule::Every(self.segments_minutes * MINUTE))
    }
}

/// Asks for it, within a change.
///
/// # Errors
/// What the database gives.
pub async fn ask(transaction: &mut Transaction, app: &App, by: &str) -> Result<String, sqlx::Error> {
    let asked = Asked { kind: JOB.name, subject: "", input: &Value::Null, by, due_at: app.clock.now() };
    jobs::ask(transaction, app, asked).await
}

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    // Whoever is looked at alone from here on is newer than what comes out.
    let began_at = app.clock.now();
    task.at("persons");
    let handed = hand_over(app, task).await?;
    let segments = store::list(app.database.pool()).await?;
    let rules: Vec<(&str, &Rule)> = segments.iter().map(|segment| (segment.id.as_str(), &segment.rule)).collect();
    let places = order(&rules).map_err(|(place, fault)| {
        anyhow::anyhow!("segment {} cannot be answered: {}", segments[place].name, fault.detail)
    })?;
    let segments: Vec<&Segment> = places.iter().map(|&place| &segments[place]).collect();
    let rules: Vec<(&str, &Rule)> = places.iter().map(|&place| rules[place]).collect();
    task.at("rules");
    let run = store::last_run(&app.database).await?;
    let calendar = Calendar::new(app.clock.now(), app.config.timezone);
    let question = Segmentation { rules: &rules, calendar, run: run.as_deref(), conditions: false };
    let answer = app.lake.segment(&question).await?;
    let (mut entered, mut left) = (0, 0);
    for (place, segment) in segments.iter().enumerate() {
        task.at(format!("members {}/{}", place + 1, segments.len()));
        anyhow::ensure!(!task.stop.is_cancelled(), "the server stops");
        let applied = apply(app, segment, &answer, place, began_at).await?;
        entered += applied.0;
        left += applied.1;
    }
    task.at("overlaps");
    overlaps(app, &segments, &answer).await?;
    let customers = answer.people.len();
    Ok(
        json!({"customers": customers, "handed_over": handed, "segments": segments.len(), "entered": entered, "left": left}),
    )
}

/// Gives the lake who changed since it last took anybody over; says how many.
async fn hand_over(app: &App, task: &Task) -> anyhow::Result<usize> {
    let position = app.lake.people_position().await?;
    let last = customers::last_change(&app.database).await?;
    let mut handed = 0;
    // A lake that is ahead of the database is not that of this database.
    let from_start = position == 0 || position > last;
    let (mut after, mut waiting) = ((position, MAX_ID.to_owned()), Vec::new());
    let mut everybody_after = String::new();
    loop {
        let ids = if from_start {
            let ids = customers::everybody(&app.database, &everybody_after, READ as i64).await?;
            everybody_after = ids.last().cloned().unwrap_or_default();
            ids
        } else {
            let changed = customers::changed(&app.database, (after.0, &after.1), READ as i64).await?;
            if let Some(last) = changed.last() {
                after.clone_from(last);
            }
            changed.into_iter().map(|(_, customer)| customer).collect()
        };
        let read_at = app.clock.now();
        let is_end = ids.is_empty();
        if !is_end {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            waiting.extend(customers::persons(app, &ids).await?);
        }
        if waiting.len() >= HANDED || is_end && (!waiting.is_empty() || position != last) {
            handed += waiting.len();
            let people = People { read_at, people: &waiting };
            let change = if is_end {
                last
            } else if from_start {
                0
            } else {
                position
            };
            app.lake.take_people(&people, change).await?;
            waiting.clear();
            task.at(format!("persons {handed}"));
        }
        if is_end {
            break;
        }
        anyhow::ensure!(!task.stop.is_cancelled(), "the server stops");
    }
    let sql = "UPDATE segment_state SET handed_at = $1 WHERE id = 1";
    sqlx::query(sql).bind(app.clock.now()).execute(app.database.pool()).await?;
    Ok(handed)
}

/// Stands after all ids.
const MAX_ID: &str = "g";

/// Brings the members of one segment to what came out; says how many entered and left.
async fn apply(
    app: &App,
    segment: &Segment,
    answer: &Segmented,
    place: usize,
    began_at: i64,
) -> anyhow::Result<(usize, usize)> {
    let members = &answer.segments[place];
    let mut new: Vec<PersonId> =
        (0..answer.people.len()).filter(|&place| members.has(place)).map(|place| answer.people[place]).collect();
    new.sort_unstable();
    let old = store::member_ids(&app.database, segment.number).await?;
    let enter: Vec<PersonId> = without(&new, &old);
    let leave: Vec<PersonId> = without(&old, &new);
    let at = app.clock.now();
    let first = segment.computed_at.is_none();
    let (mut entered, mut left) = (0, 0);
    for (entering, ids) in [(false, &leave), (true, &enter)] {
        for ids in ids.chunks(CHANGED) {
            let mut transaction = app.database.begin().await?;
            store::lock(&mut transaction).await?;
            if !is_still(&mut transaction, segment).await? {
                return Ok((entered, left));
            }
            for ids in ids.chunks(STATEMENT) {
                let moving = moving(&mut transaction, segment.number, ids, entering, began_at).await?;
                let change = Moving { segment: segment.number, entering, at, told: !first };
                change.write(&mut transaction, &moving).await?;
                if entering { entered += moving.len() } else { left += moving.len() }
            }
            transaction.commit().await?;
        }
    }
    let mut transaction = app.database.begin().await?;
    store::lock(&mut transaction).await?;
    if is_still(&mut transaction, segment).await? {
        let sql = "UPDATE segments SET filled_version = version, filled_at = $1, value = $2, customers = \
                   (SELECT count(*) FROM segment_members WHERE segment = number) WHERE number = $3";
        let value = kept(members.count.value);
        sqlx::query(sql).bind(at).bind(value).bind(segment.number).execute(&mut *transaction).await?;
        let sql = "INSERT INTO segment_sizes (segment, at, customers, value) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (segment, at) DO UPDATE SET customers = excluded.customers, value = excluded.value";
        let query = sqlx::query(sql).bind(segment.number).bind(at).bind(members.count.customers as i64).bind(value);
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok((entered, left))
}

/// What of some ids in order is not among others in order.
fn without(ids: &[PersonId], others: &[PersonId]) -> Vec<PersonId> {
    let mut others = others.iter().peekable();
    let is_other = |id: &PersonId| {
        while others.next_if(|other| *other < id).is_some() {}
        others.peek() == Some(&id)
    };
    let mut is_other = is_other;
    ids.iter().copied().filter(|id| !is_other(id)).collect()
}

/// Whether a segment has the rule that was answered.
async fn is_still(transaction: &mut Transaction, segment: &Segment) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM segments WHERE number = $1 AND id = $2 AND version = $3";
    let query = sqlx::query(sql).bind(segment.number).bind(segment.id.as_str()).bind(segment.version);
    Ok(query.fetch_optional(&mut **transaction).await?.is_some())
}

/// Of those who should enter or leave, who is there, has not, and was not looked at alone meanwhile.
async fn moving(
    transaction: &mut Transaction,
    segment: i64,
    ids: &[PersonId],
    entering: bool,
    began_at: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let places: Vec<String> = (0..ids.len()).map(|place| format!("${}", place + 3)).collect();
    let places = places.join(", ");
    let checked = "NOT EXISTS (SELECT 1 FROM segment_checks AS checks WHERE checks.customer = those.customer \
                   AND checked_at >= $2)";
    let sql = match entering {
        true => format!(
            "SELECT those.customer FROM (SELECT id AS customer FROM customers WHERE id = survivor AND id IN ({places})) AS those \
             WHERE {checked} AND NOT EXISTS (SELECT 1 FROM segment_members AS members WHERE members.segment = $1 \
             AND members.customer = those.customer)"
        ),
        false => format!(
            "SELECT those.customer FROM segment_members AS those WHERE those.segment = $1 AND {checked} \
             AND those.customer IN ({places})"
        ),
    };
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(ids.len() == STATEMENT).bind(segment).bind(began_at);
    let query = ids.iter().fold(query, |query, id| query.bind(id.to_string()));
    query.fetch_all(&mut **transaction).await?.iter().map(|row| row.try_get(0)).collect()
}

/// That some enter or leave.
pub(super) struct Moving {
    pub segment: i64,
    pub entering: bool,
    pub at: i64,
    /// Whether it is a part of who entered and left.
    pub told: bool,
}

impl Moving {
    /// Writes it, for those who do.
    pub(super) async fn write(&self, transaction: &mut Transaction, ids: &[String]) -> Result<(), sqlx::Error> {
        for ids in ids.chunks(STATEMENT) {
            let persistent = ids.len() == STATEMENT || ids.len() == 1;
            if self.told {
                let rows: Vec<String> = (0..ids.len()).map(|place| format!("($1, $2, ${}, $3)", place + 4)).collect();
                let sql = format!(
                    "INSERT INTO segment_moves (segment, at, customer, entered) VALUES {} \
                     ON CONFLICT (segment, at, customer) DO UPDATE SET entered = excluded.entered",
                    rows.join(", ")
                );
                let query = sqlx::query(AssertSqlSafe(sql)).persistent(persistent);
                let query = query.bind(self.segment).bind(self.at).bind(i64::from(self.entering));
                ids.iter().fold(query, |query, id| query.bind(id.as_str())).execute(&mut **transaction).await?;
            }
            let query = if self.entering {
                let rows: Vec<String> = (0..ids.len()).map(|place| format!("($1, ${}, $2)", place + 3)).collect();
                let sql = format!(
                    "INSERT INTO segment_members (segment, customer, entered_at) VALUES {} ON CONFLICT DO NOTHING",
                    rows.join(", ")
                );
                sqlx::query(AssertSqlSafe(sql)).persistent(persistent).bind(self.segment).bind(self.at)
            } else {
                let places: Vec<String> = (0..ids.len()).map(|place| format!("${}", place + 2)).collect();
                let sql =
                    format!("DELETE FROM segment_members WHERE segment = $1 AND customer IN ({})", places.join(", "));
                sqlx::query(AssertSqlSafe(sql)).persistent(persistent).bind(self.segment)
            };
            ids.iter().fold(query, |query, id| query.bind(id.as_str())).execute(&mut **transaction).await?;
        }
        Ok(())
    }
}

/// Notes how many belong to two segments, for each two.
async fn overlaps(app: &App, segments: &[&Segment], answer: &Segmented) -> anyhow::Result<()> {
    for (place, segment) in segments.iter().enumerate() {
        let both: Vec<(i64, i64)> = segments
            .iter()
            .enumerate()
            .map(|(other, of)| (of.number, answer.segments[place].shared(&answer.segments[other]) as i64))
            .collect();
        let mut transaction = app.database.begin().await?;
        let sql = "DELETE FROM segment_overlaps WHERE segment = $1";
        sqlx::query(sql).bind(segment.number).execute(&mut *transaction).await?;
        for both in both.chunks(STATEMENT / 2) {
            let rows: Vec<String> =
                both.iter().map(|(other, count)| format!("({}, {other}, {count})", segment.number)).collect();
            let sql = format!("INSERT INTO segment_overlaps (segment, other, customers) VALUES {}", rows.join(", "));
            sqlx::query(AssertSqlSafe(sql)).persistent(false).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

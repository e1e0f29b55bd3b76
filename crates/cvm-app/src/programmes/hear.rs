//! What customers do, heard as it comes in: it begins programmes, and ends waiting.

use super::step::{Kind, Until};
use super::store::Programme;
use super::walk::{AT_ONCE, enter};
use crate::contacts;
use crate::customers;
use crate::platform::clock::DAY;
use crate::platform::database::Transaction;
use crate::platform::server::App;
use crate::segments;
use cvm_core::segment::{Calendar, Person};
use sqlx::Row;

/// Goes through some of the customers who changed since it last did: how many, and how many entered a programme.
pub(super) async fn hear(app: &App, programmes: &[Programme]) -> crate::platform::Result<(usize, usize)> {
    let listening: Vec<&Programme> = programmes.iter().filter(|programme| listens(programme)).collect();
    let row = sqlx::query("SELECT change, customer FROM programme_state WHERE id = 1");
    let row = row.fetch_one(app.database.pool()).await?;
    let from: (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    if listening.is_empty() {
        let last = customers::last_change(&app.database).await?;
        if from.0 < last {
            let mut transaction = app.database.begin().await?;
            go_to(&mut transaction, (last, "")).await?;
            transaction.commit().await?;
        }
        return Ok((0, 0));
    }
    let changed = customers::changed(&app.database, (from.0, &from.1), AT_ONCE).await?;
    let Some(to) = changed.last().cloned() else { return Ok((0, 0)) };
    let ids: Vec<&str> = changed.iter().map(|(_, id)| id.as_str()).collect();
    let persons = customers::persons(app, &ids).await?;
    let held = contacts::held(app).await?;
    let calendar = Calendar::new(app.clock.now(), app.config.timezone);
    let mut numbers = std::collections::HashMap::new();
    for segment in segments::list(app.database.pool()).await? {
        numbers.insert(segment.id, segment.number);
    }
    let mut transaction = app.database.begin().await?;
    let mut entered = 0;
    for (id, person) in persons.iter().filter_map(|(id, person)| Some((id.to_string(), person.as_ref()?))) {
        wake(&mut transaction, &listening, (&id, person), &calendar).await?;
        for programme in &listening {
            let Some(at) = began(programme, person, &calendar) else { continue };
            let entry = &programme.definition.entry;
            let is_asked = entry.is_empty() || is_member(&mut transaction, numbers.get(entry).copied(), &id).await?;
            if is_asked {
                entered += usize::from(enter(&mut transaction, app, programme, &held, (&id, at)).await?);
            }
        }
    }
    go_to(&mut transaction, (to.0, &to.1)).await?;
    transaction.commit().await?;
    Ok((changed.len(), entered))
}

fn listens(programme: &Programme) -> bool {
    let waits = |kind: &Kind| matches!(kind, Kind::WaitUntil(Until { event: Some(_), .. }));
    programme.definition.on_event.is_some() || programme.definition.all().iter().any(|step| waits(&step.kind))
}

/// When somebody did what a programme begins with: since it was started, and no more than a day ago.
fn began(programme: &Programme, person: &Person, calendar: &Calendar) -> Option<i64> {
    // Nothing of a running programme changes but by being started.
    let from = programme.changed_at.0.max(calendar.now() - DAY);
    programme.definition.on_event.as_ref()?.latest(person, from..=calendar.now(), calendar)
}

/// Makes those due who waited for what this person did.
async fn wake(
    transaction: &mut Transaction,
    listening: &[&Programme],
    (id, person): (&str, &Person),
    calendar: &Calendar,
) -> Result<(), sqlx::Error> {
    let sql = "SELECT programme, customer, entered_at, step, since FROM programme_people WHERE state = 'active' \
               AND since IS NOT NULL AND customer IN (SELECT id FROM customers WHERE survivor = $1)";
    for row in sqlx::query(sql).bind(id).fetch_all(&mut **transaction).await? {
        let (programme, customer): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let (entered_at, step, since): (i64, i64, i64) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let Some(programme) = listening.iter().find(|one| one.id == programme) else { continue };
        let all = programme.definition.all();
        let at = all.iter().find(|one| one.id.map(i64::from) == Some(step));
        let Some(Kind::WaitUntil(Until { event: Some(event), .. })) = at.map(|step| &step.kind) else { continue };
        if event.latest(person, since..=calendar.now(), calendar).is_some() {
            let sql =
                "UPDATE programme_people SET due_at = $1 WHERE programme = $2 AND customer = $3 AND entered_at = $4";
            let query = sqlx::query(sql).bind(calendar.now()).bind(&programme.id).bind(customer).bind(entered_at);
            query.execute(&mut **transaction).await?;
        }
    }
    Ok(())
}

async fn is_member(transaction: &mut Transaction, segment: Option<i64>, id: &str) -> Result<bool, sqlx::Error> {
    let sql = "SELECT 1 FROM segment_members WHERE segment = $1 AND customer = $2";
    let query = sqlx::query(sql).bind(segment).bind(id);
    Ok(query.fetch_optional(&mut **transaction).await?.is_some())
}

async fn go_to(transaction: &mut Transaction, (change, customer): (i64, &str)) -> Result<(), sqlx::Error> {
    let sql = "UPDATE programme_state SET change = $1, customer = $2 WHERE id = 1";
    sqlx::query(sql).bind(change).bind(customer).execute(&mut **transaction).await.map(drop)
}

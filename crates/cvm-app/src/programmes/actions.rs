//! Making programmes, starting and stopping them.

use super::definition::Definition;
use super::ready::Ready;
use super::store::{self, Programme, State};
use crate::access::{Caller, audit};
use crate::campaigns::{self, Offering};
use crate::platform::database::Transaction;
use crate::platform::problem::Fault;
use crate::platform::server::App;
use crate::platform::{Problem, Result, Time, webhook};
use crate::segments;
use cvm_core::Language;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A programme as somebody writes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProgramme)]
pub struct Draft {
    /// Different from those of other programmes.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Who goes through what.
    pub definition: Definition,
    /// The version that was read; where the programme has another by now, nothing is changed.
    #[serde(default)]
    pub version: Option<i64>,
}

/// Makes a programme. Nobody enters yet.
///
/// # Errors
/// 422 for what cannot be, and what the database gives.
pub async fn create(app: &App, caller: &Caller, draft: Draft) -> Result<Programme> {
    check(app, &draft).await?;
    let (now, by) = (Time(app.clock.now()), caller.actor().1.to_owned());
    let programme = Programme {
        id: app.random.id(&app.clock),
        name: draft.name.trim().to_owned(),
        state: State::Draft,
        definition: draft.definition.numbered(|_| false, 0),
        version: 1,
        created_at: now,
        created_by: by.clone(),
        changed_at: now,
        changed_by: by,
        started_at: None,
        looked_at: now.0,
    };
    let mut transaction = app.database.begin().await?;
    save(&mut transaction, app, caller, "programme.create", &programme).await?;
    transaction.commit().await?;
    Ok(programme)
}

/// Makes one of those that are there to begin with, and the segments it is made of where they are not there yet; the names and
/// words that are no text of a message are in this language.
///
/// # Errors
/// As for [`create`].
pub async fn create_ready(app: &App, caller: &Caller, ready: &Ready, language: Language) -> Result<Programme> {
    let draft = ready.draft(app, caller, language).await?;
    create(app, caller, draft).await
}

/// Changes a programme that does not run. Who is on their way stays at their step, wherever it stands by then; where it is gone,
/// they go on at the next one that is left.
///
/// # Errors
/// As for [`create`]; 404 where there is none, 409 where it runs, was stopped, or somebody else changed it meanwhile.
pub async fn update(app: &App, caller: &Caller, id: &str, draft: Draft) -> Result<Programme> {
    check(app, &draft).await?;
    let (mut transaction, mut programme) = begin(app, id).await?;
    expect(&programme, &[State::Draft, State::Paused])?;
    if draft.version.is_some_and(|version| version != programme.version) {
        let now = programme.version;
        return Err(Problem::conflict(format!("somebody changed it meanwhile: it is version {now}; read it again")));
    }
    let before: BTreeSet<u32> = programme.definition.places().into_keys().collect();
    let free = store::free_step(&mut transaction, &programme).await?;
    let definition = draft.definition.numbered(|id| before.contains(&id), free);
    let moved = moved(&programme.definition, &definition);
    store::move_on(&mut transaction, id, &moved, app.clock.now()).await?;
    (programme.name, programme.definition) = (draft.name.trim().to_owned(), definition);
    change(&mut transaction, app, caller, "programme.change", &mut programme).await?;
    transaction.commit().await?;
    Ok(programme)
}

/// Where people go whose step is gone: by its id, the next one that is left, or none.
fn moved(before: &Definition, now: &Definition) -> Vec<(u32, Option<u32>)> {
    let (before, now) = (before.places(), now.places());
    let next = |id: u32| before.get(&id).and_then(|place| place.next);
    let gone = before.keys().filter(|id| !now.contains_key(id));
    gone.map(|&id| (id, std::iter::successors(next(id), |&id| next(id)).find(|id| now.contains_key(id)))).collect()
}

/// Lets people enter from now on, or go on.
///
/// # Errors
/// 404 where there is none, 409 where it runs or was stopped, nobody carries its messages, or a segment of it is gone.
pub async fn start(app: &App, caller: &Caller, id: &str) -> Result<Programme> {
    let known = webhook::list(app).await?;
    for (_, channel, offer) in store::get(app, id).await?.definition.offers() {
        if let Some(missing) = campaigns::missing_offer(app, channel, offer, true).await? {
            return Err(Problem::conflict(missing));
        }
    }
    let (mut transaction, mut programme) = begin(app, id).await?;
    expect(&programme, &[State::Draft, State::Paused])?;
    for (_, campaign) in programme.definition.campaigns() {
        if let Some(missing) = app.outbox.channels.missing(campaign.channel) {
            return Err(Problem::conflict(missing));
        }
    }
    for (_, segment) in programme.definition.segments() {
        if !segments::exists(&mut *transaction, segment).await? {
            return Err(Problem::conflict(format!("segment {segment} of it is gone")));
        }
    }
    for (_, endpoint) in programme.definition.endpoints() {
        if !known.iter().any(|known| known.id == endpoint) {
            return Err(Problem::conflict(format!("webhook endpoint {endpoint} of it is gone")));
        }
    }
    let now = app.clock.now();
    programme.state = State::Running;
    programme.started_at = programme.started_at.or(Some(Time(now)));
    programme.looked_at = now;
    // What they wait for may have happened meanwhile.
    store::look_again(&mut transaction, &programme, now).await?;
    change(&mut transaction, app, caller, "programme.start", &mut programme).await?;
    transaction.commit().await?;
    Ok(programme)
}

/// Nobody enters and nobody goes on, until it is started again.
///
/// # Errors
/// 404 where there is none, 409 where it does not run.
pub async fn pause(app: &App, caller: &Caller, id: &str) -> Result<Programme> {
    end(app, caller, id, (State::Paused, "programme.pause"), &[State::Running]).await
}

/// Ends it for good: who is on their way leaves.
///
/// # Errors
/// 404 where there is none, 409 where it was stopped already.
pub async fn stop(app: &App, caller: &Caller, id: &str) -> Result<Programme> {
    end(app, caller, id, (State::Stopped, "programme.stop"), &[State::Running, State::Paused]).await
}

async fn end(app: &App, caller: &Caller, id: &str, to: (State, &str), from: &[State]) -> Result<Programme> {
    let (mut transaction, mut programme) = begin(app, id).await?;
    expect(&programme, from)?;
    programme.state = to.0;
    if to.0 == State::Stopped {
        let sql = "UPDATE programme_people SET state = 'left' WHERE programme = $1 AND state = 'active'";
        sqlx::query(sql).bind(id).execute(&mut *transaction).await?;
    }
    change(&mut transaction, app, caller, to.1, &mut programme).await?;
    transaction.commit().await?;
    Ok(programme)
}

/// Takes a programme away that nobody has entered.
///
/// # Errors
/// 404 where there is none, 409 where it has started.
pub async fn delete(app: &App, caller: &Caller, id: &str) -> Result<()> {
    let (mut transaction, programme) = begin(app, id).await?;
    expect(&programme, &[State::Draft])?;
    sqlx::query("DELETE FROM campaigns WHERE programme = $1").bind(id).execute(&mut *transaction).await?;
    sqlx::query("DELETE FROM programmes WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    audit::record(&mut transaction, app, caller, "programme.delete", id, json!({"name": programme.name})).await?;
    Ok(transaction.commit().await?)
}

async fn begin(app: &App, id: &str) -> Result<(Transaction, Programme)> {
    let mut transaction = app.database.begin().await?;
    // On PostgreSQL this locks the row; SQLite has one writer.
    sqlx::query("UPDATE programmes SET version = version WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    let programme = store::find(&mut *transaction, id).await?;
    Ok((transaction, programme))
}

async fn change(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    action: &str,
    programme: &mut Programme,
) -> Result<()> {
    programme.version += 1;
    (programme.changed_at, programme.changed_by) = (Time(app.clock.now()), caller.actor().1.to_owned());
    save(transaction, app, caller, action, programme).await
}

/// Writes a programme and the campaigns of its steps.
async fn save(
    transaction: &mut Transaction,
    app: &App,
    caller: &Caller,
    action: &str,
    programme: &Programme,
) -> Result<()> {
    store::put(transaction, programme).await?;
    let state = match programme.state {
        State::Draft => campaigns::State::Draft,
        State::Running => campaigns::State::Running,
        State::Paused => campaigns::State::Paused,
        State::Stopped => campaigns::State::Stopped,
    };
    let of = (programme.id.as_str(), programme.name.as_str());
    let (whole, steps) = (programme.definition.whole(), programme.definition.campaigns());
    campaigns::put_steps(transaction, app, caller, of, state, (whole, steps)).await?;
    let details = json!({"name": programme.name, "state": programme.state});
    audit::record(transaction, app, caller, action, &programme.id, details).await?;
    Ok(())
}

fn expect(programme: &Programme, states: &[State]) -> Result<()> {
    if states.contains(&programme.state) {
        return Ok(());
    }
    let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
    let state = programme.state.name();
    Err(Problem::conflict(format!("the programme is {state}; this can be done while it is {}", names.join(" or "))))
}

async fn check(app: &App, draft: &Draft) -> Result<()> {
    let mut faults: Vec<Fault> = Fault::of_name("/name", &draft.name).into_iter().collect();
    faults.extend(draft.definition.faults(app.config.timezone));
    for (pointer, id) in draft.definition.segments() {
        match segments::get(app, id).await {
            Err(problem) if problem.status() == 404 => faults.push(Fault::new(pointer, "there is no such segment")),
            Err(problem) => return Err(problem),
            Ok(_) => {}
        }
    }
    let endpoints = webhook::list(app).await?;
    for (pointer, id) in draft.definition.endpoints() {
        if !endpoints.iter().any(|known| known.id == id) {
            faults.push(Fault::new(pointer, "there is no such webhook endpoint"));
        }
    }
    for (pointer, channel, offer) in draft.definition.offers() {
        if let offer @ Offering::This(_) = offer
            && let Some(missing) = campaigns::missing_offer(app, channel, offer, false).await?
        {
            faults.push(Fault::new(pointer, missing));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn who_is_at_a_step_that_is_gone_goes_on_at_the_next_that_is_left() {
        let of = |steps: Value| -> Definition {
            serde_json::from_value(json!({"entry": "e", "steps": steps})).expect("steps")
        };
        let wait = |id: u32| json!({"id": id, "wait": {"hours": 1}});
        let branch = json!({"id": 1, "branch": {"segment": "s", "then": [wait(2), wait(3)], "otherwise": [wait(4)]}});
        let before = of(json!([wait(0), branch, wait(5), wait(6)]));
        // The branch goes with what is in it, but for 3, which moves to the end; so does 5.
        let now = of(json!([wait(0), wait(6), wait(3)]));
        assert_eq!(moved(&before, &now), [(1, Some(6)), (2, Some(3)), (4, Some(6)), (5, Some(6))]);
        assert_eq!(moved(&before, &of(json!([wait(0)]))).last(), Some(&(6, None)));
        assert_eq!(moved(&before, &before), []);
    }
}

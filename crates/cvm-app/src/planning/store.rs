//! The SQL of this feature, one function a question.

use super::definition::{Definition, Outcome};
use crate::platform::database::{Transaction, insert, json};
use crate::platform::money::{Smallest, amount};
use crate::platform::server::App;
use crate::platform::{Database, Page, Paging, Problem, Result, Time};
use cvm_core::segment::PersonId;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use utoipa::ToSchema;

/// A plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// What was asked for.
    pub definition: Definition,
    /// When.
    pub created_at: Time,
    /// By whom.
    pub created_by: String,
    /// The job that makes it; `GET /api/v1/jobs/{job}` tells how it goes.
    pub job: String,
    /// What came out; null until it is made.
    pub outcome: Option<Outcome>,
    /// When its customers were asked to be made segments of.
    pub saved_at: Option<Time>,
    /// The currency of its amounts.
    pub currency: String,
}

impl Plan {
    /// With amounts as HTTP has them.
    pub(super) fn in_smallest(self) -> Self {
        let smallest = Smallest::of(&self.currency);
        let definition = self.definition.in_smallest(smallest);
        Self { definition, outcome: self.outcome.map(|outcome| outcome.in_smallest(smallest)), ..self }
    }
}

const COLUMNS: &str = "id, definition, created_at, created_by, job, outcome, saved_at";

fn plan(row: &AnyRow, currency: &str) -> Result<Plan, sqlx::Error> {
    let is_made = row.try_get::<Option<&str>, _>(5)?.is_some();
    let outcome = is_made.then(|| json::<Outcome>(row, 5)).transpose()?;
    Ok(Plan {
        // What was planned in another currency of the settings stays in that.
        currency: outcome.as_ref().map_or(currency, |outcome| outcome.currency.as_str()).to_owned(),
        id: row.try_get(0)?,
        definition: json(row, 1)?,
        created_at: Time(row.try_get(2)?),
        created_by: row.try_get(3)?,
        job: row.try_get(4)?,
        outcome,
        saved_at: row.try_get::<Option<i64>, _>(6)?.map(Time),
    })
}

/// Plans, the latest first.
///
/// # Errors
/// 400 for a wrong cursor or limit, and what the database gives.
pub async fn list(app: &App, paging: &Paging) -> Result<Page<Plan>> {
    let sql = format!("SELECT {COLUMNS} FROM plans WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2");
    let after = paging.after::<String>()?.unwrap_or_default();
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after).bind(paging.rows()?);
    let rows = query.fetch_all(app.database.pool()).await?;
    let rows = rows.iter().map(|row| plan(row, &app.config.currency)).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |plan| plan.id.clone()))
}

/// The plan of this id.
///
/// # Errors
/// 404 where there is none, and what the database gives.
pub async fn get(app: &App, id: &str) -> Result<Plan> {
    let sql = format!("SELECT {COLUMNS} FROM plans WHERE id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(app.database.pool()).await?;
    let found = row.as_ref().map(|row| plan(row, &app.config.currency)).transpose()?;
    found.ok_or_else(|| Problem::not_found(format!("there is no plan {id}")))
}

/// Whether a plan has this name.
pub(super) async fn has_name(database: &Database, name: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT 1 FROM plans WHERE name = $1").bind(name).fetch_optional(database.pool()).await?;
    Ok(row.is_some())
}

/// Adds a plan that a job is to make.
pub(super) async fn add(
    transaction: &mut Transaction,
    (id, job): (&str, &str),
    definition: &Definition,
    (by, at): (&str, i64),
) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(definition).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = "INSERT INTO plans (id, name, definition, created_at, created_by, job) VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql).bind(id).bind(definition.name.trim()).bind(text).bind(at).bind(by).bind(job);
    query.execute(&mut **transaction).await.map(drop)
}

/// Takes a plan away, with its customers.
pub(super) async fn delete(transaction: &mut Transaction, id: &str) -> Result<(), sqlx::Error> {
    for sql in ["DELETE FROM plan_choices WHERE plan = $1", "DELETE FROM plans WHERE id = $1"] {
        sqlx::query(sql).bind(id).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// A customer and what they get.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub customer: PersonId,
    pub action: u16,
    pub value: f32,
}

/// Notes who gets what; again what was noted by a try before.
pub(super) async fn put(transaction: &mut Transaction, plan: &str, choices: &[Choice]) -> Result<(), sqlx::Error> {
    let head = "INSERT INTO plan_choices (plan, customer, action, value)";
    let tail = "ON CONFLICT (plan, customer) DO UPDATE SET action = excluded.action, value = excluded.value";
    insert(transaction, head, 4, tail, choices, |query, choice| {
        let value = (f64::from(choice.value) * 10_000.0).round() as i64;
        query.bind(plan).bind(choice.customer.to_string()).bind(i64::from(choice.action)).bind(value)
    })
    .await
}

/// Notes what came out: from now on the plan is made.
pub(super) async fn finish(transaction: &mut Transaction, plan: &str, outcome: &Outcome) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(outcome).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = "UPDATE plans SET outcome = $1 WHERE id = $2";
    sqlx::query(sql).bind(text).bind(plan).execute(&mut **transaction).await.map(drop)
}

/// Notes that its customers are to be made segments of.
pub(super) async fn saved(transaction: &mut Transaction, plan: &str, at: i64) -> Result<(), sqlx::Error> {
    let sql = "UPDATE plans SET saved_at = $1 WHERE id = $2";
    sqlx::query(sql).bind(at).bind(plan).execute(&mut **transaction).await.map(drop)
}

/// A customer of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanCustomer {
    /// The customer.
    pub customer: String,
    /// The action's place in the definition, from 0.
    pub action: i64,
    /// What it is expected to add to their margin.
    #[serde(serialize_with = "amount")]
    #[schema(value_type = i64)]
    pub value: f64,
    /// The currency of that.
    pub currency: String,
}

impl PlanCustomer {
    /// With amounts as HTTP has them.
    pub(super) fn in_smallest(self) -> Self {
        Self { value: Smallest::of(&self.currency).whole(self.value), ..self }
    }
}

/// Customers of a plan, of one action or all, by id.
///
/// # Errors
/// 400 for a wrong cursor or limit, and what the database gives.
pub async fn customers(app: &App, plan: &Plan, action: Option<u16>, paging: &Paging) -> Result<Page<PlanCustomer>> {
    let sql = "SELECT customer, action, value FROM plan_choices WHERE plan = $1 AND customer > $2 \
               AND ($3 < 0 OR action = $3) ORDER BY customer LIMIT $4";
    let query = sqlx::query(sql).bind(plan.id.as_str()).bind(paging.after::<String>()?.unwrap_or_default());
    let query = query.bind(action.map_or(-1, i64::from)).bind(paging.rows()?);
    let customer = |row: &AnyRow| {
        let value: i64 = row.try_get(2)?;
        let currency = plan.currency.clone();
        Ok(PlanCustomer {
            customer: row.try_get(0)?,
            action: row.try_get(1)?,
            value: value as f64 / 10_000.0,
            currency,
        })
    };
    let rows = query.fetch_all(app.database.pool()).await?;
    let rows = rows.iter().map(customer).collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(paging.page(rows, |customer| customer.customer.clone()))
}

/// The next customers of a plan, by id: what they get, and by what they are known.
pub(super) async fn known_by(
    database: &Database,
    plan: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, i64, String)>, sqlx::Error> {
    let sql = "SELECT customer, action, known_by FROM plan_choices JOIN customers ON customers.id = customer \
               WHERE plan = $1 AND customer > $2 ORDER BY customer LIMIT $3";
    let rows = sqlx::query(sql).bind(plan).bind(after).bind(limit).fetch_all(database.pool()).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
}

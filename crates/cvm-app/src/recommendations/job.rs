//! Training after each scoring run, from the lake's transactions.

use super::store;
use super::training::{Bought, train};
use crate::platform::clock::MINUTE;
use crate::platform::jobs::{self, Schedule, Task};
use crate::platform::server::App;
use crate::scoring;
use anyhow::Context;
use cvm_core::lake::QueryLimits;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Products that are recommended: those with most buyers.
const PRODUCTS: usize = 1_000;

/// Customers that are learned from: those who bought last.
const CUSTOMERS: usize = 50_000;

/// Lines of one customer, the last.
const LINES: usize = 300;

/// The kind of job: where there is a scoring run that was not learned from, it learns.
pub const JOB: jobs::Kind = jobs::Kind {
    name: "recommendations",
    run: |app, task| Box::pin(async move { run(&app, &task).await }),
    regular: |_| vec![(String::new(), Schedule::Every(10 * MINUTE))],
    attempts: 3,
};

async fn run(app: &App, task: &Task) -> anyhow::Result<Value> {
    let problem = |problem: crate::platform::Problem| anyhow::anyhow!("{problem}");
    let Some(run) = scoring::last_run(app).await.map_err(problem)? else { return Ok(Value::Null) };
    if store::trained_after(app).await?.as_deref() == Some(run.id.as_str()) {
        return Ok(Value::Null);
    }
    task.at("products");
    let sql = format!(
        "SELECT product, count(DISTINCT customer_id) AS buyers, max(category) AS category FROM transactions \
         WHERE amount > 0 AND product IS NOT NULL GROUP BY product ORDER BY buyers DESC, product LIMIT {PRODUCTS}"
    );
    let rows = ask(app, &sql, PRODUCTS).await?;
    let text =
        |row: &serde_json::Map<String, Value>, name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let products: Vec<(String, Option<String>)> =
        rows.iter().filter_map(|row| Some((text(row, "product")?, text(row, "category")))).collect();
    task.at("purchases");
    let places: HashMap<&str, u32> =
        (0..).zip(&products).map(|(place, (product, _))| (product.as_str(), place)).collect();
    let sql = format!(
        "SELECT customer_id, array_agg(concat(CAST(CAST(timestamp AS BIGINT) AS VARCHAR), ' ', product)) AS lines \
         FROM transactions WHERE amount > 0 AND product IS NOT NULL \
         GROUP BY customer_id ORDER BY max(timestamp) DESC LIMIT {CUSTOMERS}"
    );
    let rows = ask(app, &sql, CUSTOMERS).await?;
    let mut bought: Vec<Bought> = Vec::new();
    for (customer, row) in (0..).zip(&rows) {
        let lines = row.get("lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let line = |line: &str| {
            let (time, product) = line.split_once(' ')?;
            Some((customer, *places.get(product)?, 1.0, time.parse().ok()?))
        };
        let mut theirs: Vec<Bought> = lines.filter_map(line).collect();
        theirs.sort_unstable_by_key(|line| std::cmp::Reverse(line.3));
        theirs.truncate(LINES);
        bought.extend(theirs);
    }
    if bought.is_empty() {
        return Ok(json!({"note": "no order names a product yet"}));
    }
    task.at("training");
    let (customers, number) = (rows.len(), products.len());
    let trained = tokio::task::spawn_blocking(move || train(customers, number, &bought)).await??;
    store::save(app, &run.id, &products, &trained).await?;
    Ok(json!(trained.description))
}

async fn ask(app: &App, sql: &str, rows: usize) -> anyhow::Result<Vec<serde_json::Map<String, Value>>> {
    let limits = QueryLimits { time: Duration::from_secs(600), rows, ..QueryLimits::default() };
    Ok(app.lake.query(sql, limits).await.context("the lake does not tell what was bought")?.rows)
}

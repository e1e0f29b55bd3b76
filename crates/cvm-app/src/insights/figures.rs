//! Figures of a period, from the lake: what was bought, who came, how many went on to the next step.

use super::period::Period;
use crate::platform::clock::HOUR;
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use cvm_core::lake::QueryLimits;
use cvm_core::message::DONE_TO_THEM;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What happened in a period. Shares are fractions of 1, and nothing where there is nothing to divide by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// What customers paid, returns taken off.
    pub revenue: f64,
    /// Orders.
    pub orders: f64,
    /// Customers who ordered.
    pub buyers: f64,
    /// Customers whose first order ever was in the period.
    pub new_buyers: f64,
    /// Buyers who had ordered before, or did so more than once.
    pub repeat_buyers: f64,
    /// Customers who ordered in as many days before the period.
    pub earlier_buyers: f64,
    /// Of those, who ordered in the period too.
    pub retained: f64,
    /// People who visited site or app.
    pub visitors: f64,
    /// Of those, who ordered.
    pub converted: f64,
    /// People who put something in the cart.
    pub carts: f64,
    /// Of those, who ordered.
    pub carts_bought: f64,
    /// People of whom anything was heard at all.
    pub engaged: f64,
    /// Revenue and orders by day, days without any left out.
    pub days: Vec<(String, f64, f64)>,
}

impl Figures {
    /// What an order brought.
    pub fn order_value(&self) -> Option<f64> {
        share(self.revenue, self.orders)
    }

    /// Orders of a buyer.
    pub fn frequency(&self) -> Option<f64> {
        share(self.orders, self.buyers)
    }

    /// Of buyers, those who ordered again.
    pub fn repeat_rate(&self) -> Option<f64> {
        share(self.repeat_buyers, self.buyers)
    }

    /// Of those who ordered in as many days before, those who did again.
    pub fn retention(&self) -> Option<f64> {
        share(self.retained, self.earlier_buyers)
    }

    /// Of those who ordered in as many days before, those who did not.
    pub fn churn(&self) -> Option<f64> {
        self.retention().map(|retained| 1.0 - retained)
    }

    /// Of visitors, those who ordered.
    pub fn conversion(&self) -> Option<f64> {
        share(self.converted, self.visitors)
    }

    /// Of those with something in the cart, those who ordered.
    pub fn cart_conversion(&self) -> Option<f64> {
        share(self.carts_bought, self.carts)
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Figures asked for before. Those of one run and of the same minutes are the same.
#[derive(Clone, Default)]
pub struct Remembered {
    figures: Arc<Mutex<HashMap<Key, Arc<Figures>>>>,
    answers: Arc<Mutex<HashMap<(String, i64), Rows>>>,
}

/// Rows of an answer of the lake.
pub(super) type Rows = Arc<Vec<Map<String, Value>>>;

/// Answers remembered at most.
const ANSWERS_MAX: usize = 64;

/// The period, the run whose orders count, and the stretch of time in which events were counted.
type Key = (Period, String, i64);

/// Figures are counted anew when they are older than this.
const FRESH: i64 = 5 * 60 * 1_000_000;

/// Periods remembered at most.
const REMEMBERED_MAX: usize = 256;

/// The figures of a period. `run` is the one whose orders and values are shown.
///
/// # Errors
/// What the lake gives.
pub async fn figures(app: &App, period: Period, run: &str) -> Result<Arc<Figures>> {
    let key = (period, run.to_owned(), app.clock.now() / FRESH);
    if let Some(known) = app.insights.lock().get(&key) {
        return Ok(known.clone());
    }
    let figures = Arc::new(count(app, period, run).await?);
    let mut known = app.insights.lock();
    if known.len() >= REMEMBERED_MAX {
        known.clear();
    }
    known.insert(key, figures.clone());
    Ok(figures)
}

impl Remembered {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<Figures>>> {
        self.figures.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, HashMap<(String, i64), Rows>> {
        self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Rows of an answer of the lake that changes with runs, which the SQL names; what comes in meanwhile is seen an hour later.
pub(super) async fn ask_once(app: &App, sql: String) -> Result<Rows> {
    let key = (sql, app.clock.now() / HOUR);
    if let Some(known) = app.insights.answers().get(&key) {
        return Ok(known.clone());
    }
    let rows = Arc::new(ask(app, &key.0).await?);
    let mut known = app.insights.answers();
    if known.len() >= ANSWERS_MAX {
        known.clear();
    }
    known.insert(key, rows.clone());
    Ok(rows)
}

async fn count(app: &App, period: Period, run: &str) -> Result<Figures> {
    let zone = app.config.timezone;
    let ((from, until), (before, _)) = (period.micros(zone), period.before().micros(zone));
    // Ids of runs are ours: letters, digits and dashes.
    debug_assert!(run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let moment = |micros: i64| format!("to_timestamp_micros({micros})");
    let (from, until, before) = (moment(from), moment(until), moment(before));
    let sold = format!(
        "WITH orders AS (
           SELECT customer_id, order_id, timestamp >= {from} AS now, sum(CAST(amount AS DOUBLE)) AS amount,
             max(CASE WHEN amount > 0 THEN 1 ELSE 0 END) AS ordered
           FROM transactions WHERE timestamp >= {before} AND timestamp < {until} GROUP BY 1, 2, 3),
         buyers AS (
           SELECT customer_id, sum(CASE WHEN now THEN amount END) AS revenue,
             sum(CASE WHEN now THEN ordered ELSE 0 END) AS orders, sum(CASE WHEN now THEN 0 ELSE ordered END) AS earlier
           FROM orders GROUP BY 1)
         SELECT sum(revenue) AS revenue, sum(orders) AS orders, sum(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS buyers,
           sum(CASE WHEN orders > 0 AND first_purchase >= DATE '{first}' THEN 1 ELSE 0 END) AS new_buyers,
           sum(CASE WHEN orders > 1 OR orders > 0 AND first_purchase < DATE '{first}' THEN 1 ELSE 0 END) AS repeat_buyers,
           sum(CASE WHEN earlier > 0 THEN 1 ELSE 0 END) AS earlier_buyers,
           sum(CASE WHEN earlier > 0 AND orders > 0 THEN 1 ELSE 0 END) AS retained
         FROM buyers LEFT JOIN (SELECT customer_id, first_purchase FROM customer_values WHERE run = '{run}') AS worth
           ON buyers.customer_id = worth.customer_id",
        first = period.from,
    );
    let by_day = format!(
        "SELECT CAST(local_day(timestamp, '{zone}') AS VARCHAR) AS day, sum(CAST(amount AS DOUBLE)) AS revenue,
           count(DISTINCT CASE WHEN amount > 0 THEN order_id END) AS orders
         FROM transactions WHERE timestamp >= {from} AND timestamp < {until} GROUP BY 1 ORDER BY 1"
    );
    let seen = format!(
        "WITH seen AS ({}), people AS (
           SELECT person,
             max(CASE WHEN type IN ('page', 'screen') OR funnel_step NOT LIKE 'order_%' THEN 1 ELSE 0 END) AS visited,
             max(CASE WHEN funnel_step = 'product_added' THEN 1 ELSE 0 END) AS cart,
             max(CASE WHEN funnel_step = 'order_completed' THEN 1 ELSE 0 END) AS ordered
           FROM seen WHERE name IS NULL OR name NOT IN ('{}') GROUP BY person)
         SELECT count(*) AS engaged, sum(visited) AS visitors, sum(visited * ordered) AS converted, sum(cart) AS carts,
           sum(cart * ordered) AS carts_bought
         FROM people",
        seen(app, period, ""),
        DONE_TO_THEM.join("', '")
    );
    let (sold, by_day, seen) = tokio::try_join!(ask(app, &sold), ask(app, &by_day), ask(app, &seen))?;
    let of = |rows: &[Map<String, Value>], name: &str| rows.first().map_or(0.0, |row| number(row, name));
    let day = |row: &Map<String, Value>| {
        let day = row.get("day").and_then(Value::as_str).unwrap_or_default().to_owned();
        (day, number(row, "revenue"), number(row, "orders"))
    };
    Ok(Figures {
        revenue: of(&sold, "revenue"),
        orders: of(&sold, "orders"),
        buyers: of(&sold, "buyers"),
        new_buyers: of(&sold, "new_buyers"),
        repeat_buyers: of(&sold, "repeat_buyers"),
        earlier_buyers: of(&sold, "earlier_buyers"),
        retained: of(&sold, "retained"),
        visitors: of(&seen, "visitors"),
        converted: of(&seen, "converted"),
        carts: of(&seen, "carts"),
        carts_bought: of(&seen, "carts_bought"),
        engaged: of(&seen, "engaged"),
        days: by_day.iter().map(day).collect(),
    })
}

/// What people did in a period, as SQL: `person` (the customer, else the sender's id), `type`, `name`, `funnel_step`, `source`,
/// and `moment` in microseconds; then what else is asked for of a message, each after a comma.
pub(super) fn seen(app: &App, period: Period, more: &str) -> String {
    let (from, until) = period.micros(app.config.timezone);
    format!(
        "SELECT coalesce(customer_id, user_id, anonymous_id) AS person, type, name, funnel_step, source,
           CAST(timestamp AS BIGINT) AS moment{more}
         FROM messages LEFT JOIN owners ON until IS NULL AND identifier = CASE WHEN user_id IS NULL
           THEN concat('anonymous_id:', anonymous_id) ELSE concat('user_id:', user_id) END
         WHERE type IN ('track', 'page', 'screen') AND timestamp >= to_timestamp_micros({from})
           AND timestamp < to_timestamp_micros({until})"
    )
}

/// Rows of an answer of the lake.
pub(super) async fn ask(app: &App, sql: &str) -> Result<Vec<Map<String, Value>>> {
    Ok(app.lake.query(sql, QueryLimits::default()).await.map_err(Problem::from)?.rows)
}

/// A number of a row; nothing is 0.
pub(super) fn number(row: &Map<String, Value>, name: &str) -> f64 {
    row.get(name).and_then(Value::as_f64).unwrap_or(0.0)
}

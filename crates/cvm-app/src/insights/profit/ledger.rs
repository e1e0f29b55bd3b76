//! What every customer brought and cost, added up in the lake.

use super::advice::Account;
use crate::insights::figures::{ask_once, number};
use crate::platform::Result;
use crate::platform::server::App;
use serde_json::{Map, Value};

/// Customers who bring a loss that are read, the largest losses first.
pub(super) const WORST: usize = 5_000;

/// Steps of the whale curve.
const STEPS: usize = 100;

/// The base as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Totals {
    pub customers: f64,
    pub margin: f64,
    pub served: f64,
    pub won: f64,
    pub profit: f64,
    /// Customers who bring a loss, and how much.
    pub losing: f64,
    pub loss: f64,
}

/// Where the profit is.
pub(super) struct Ledger {
    pub totals: Totals,
    /// Share of customers, from the most profitable down, and the profit of these; from nobody to all.
    pub whale: Vec<(f64, f64)>,
    /// Those who bring a loss, the largest first.
    pub worst: Vec<Account>,
}

/// Adds up what is known with a run; none where costs are not known of anybody.
pub(super) async fn ledger(app: &App, run: &str) -> Result<Option<Ledger>> {
    let net = net(run);
    let all = format!(
        "{net} SELECT count(*) AS customers, sum(margin) AS margin, sum(served) AS served, sum(won) AS won,
           sum(profit) AS profit, sum(CASE WHEN profit < 0 THEN 1 ELSE 0 END) AS losing,
           sum(CASE WHEN profit < 0 THEN -profit ELSE 0 END) AS loss FROM net"
    );
    let curve = format!(
        "{net}, ranked AS (SELECT profit, ntile({STEPS}) OVER (ORDER BY profit DESC, customer_id) AS step FROM net)
         SELECT step, count(*) AS customers, sum(profit) AS profit FROM ranked GROUP BY step ORDER BY step"
    );
    let worst = format!("{net} SELECT * FROM net WHERE profit < 0 ORDER BY profit, customer_id LIMIT {WORST}");
    let (all, curve, worst) = tokio::try_join!(ask_once(app, all), ask_once(app, curve), ask_once(app, worst))?;
    let totals = all.first().map(totals).unwrap_or_default();
    if totals.customers == 0.0 {
        return Ok(None);
    }
    Ok(Some(Ledger { whale: whale(&curve), totals, worst: worst.iter().map(account).collect() }))
}

/// One row a customer: `net`, as the beginning of a query.
fn net(run: &str) -> String {
    // Ids of runs are ours: letters, digits and dashes.
    debug_assert!(run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    format!(
        "WITH told AS (
           SELECT owners.customer_id, type, attribute(properties, 'kind') AS kind,
             TRY_CAST(attribute(properties, 'amount') AS DOUBLE) AS amount,
             TRY_CAST(attribute(traits, 'acquisition_cost') AS DOUBLE) AS won
           FROM messages JOIN owners ON until IS NULL AND identifier = CASE WHEN user_id IS NULL
             THEN concat('anonymous_id:', anonymous_id) ELSE concat('user_id:', user_id) END
           WHERE (type = 'track' AND name = 'Cost Incurred')
             OR (type = 'identify' AND traits LIKE '%\"acquisition_cost\"%')),
         costs AS (
           SELECT customer_id, sum(CASE WHEN type = 'track' THEN amount END) AS served,
             sum(CASE WHEN type = 'track' AND kind = 'return_handling' THEN amount END) AS handling, max(won) AS won
           FROM told GROUP BY customer_id),
         sold AS (
           SELECT customer_id, sum(CASE WHEN amount > 0 THEN CAST(discount AS DOUBLE) END) AS discounts
           FROM transactions GROUP BY customer_id),
         net AS (
           SELECT worth.customer_id, CAST(revenue AS DOUBLE) AS revenue, CAST(returns AS DOUBLE) AS returns,
             profit AS margin, p_alive, clv, coalesce(discounts, 0) AS discounts, coalesce(served, 0) AS served,
             coalesce(handling, 0) AS handling, coalesce(won, 0) AS won,
             profit - coalesce(served, 0) - coalesce(won, 0) AS profit
           FROM customer_values AS worth LEFT JOIN costs ON costs.customer_id = worth.customer_id
             LEFT JOIN sold ON sold.customer_id = worth.customer_id
           WHERE run = '{run}' AND profit IS NOT NULL)"
    )
}

fn totals(row: &Map<String, Value>) -> Totals {
    let of = |name: &str| number(row, name);
    Totals {
        customers: of("customers"),
        margin: of("margin"),
        served: of("served"),
        won: of("won"),
        profit: of("profit"),
        losing: of("losing"),
        loss: of("loss"),
    }
}

/// What the best bring together, step by step.
fn whale(steps: &[Map<String, Value>]) -> Vec<(f64, f64)> {
    let all: f64 = steps.iter().map(|step| number(step, "customers")).sum();
    let (mut customers, mut profit) = (0.0, 0.0);
    let points = steps.iter().map(|step| {
        customers += number(step, "customers");
        profit += number(step, "profit");
        (customers / all.max(1.0), profit)
    });
    [(0.0, 0.0)].into_iter().chain(points).collect()
}

fn account(row: &Map<String, Value>) -> Account {
    let of = |name: &str| number(row, name);
    Account {
        customer: row.get("customer_id").and_then(Value::as_str).unwrap_or_default().to_owned(),
        revenue: of("revenue"),
        margin: of("margin"),
        discounts: of("discounts"),
        returns: of("returns"),
        served: of("served"),
        handling: of("handling"),
        won: of("won"),
        profit: of("profit"),
        p_alive: of("p_alive"),
        clv: of("clv"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Ten customers who bring 10, 8, 5, 1, 0, 0, 0, -1, -3 and -6: at the peak the first four have 24 of the 14 that is left.
    #[test]
    fn the_whale_rises_and_falls() {
        let steps = [(2, 18), (2, 6), (3, 0), (1, -1), (2, -9)];
        let rows: Vec<Map<String, Value>> = steps
            .into_iter()
            .map(|(customers, profit)| json!({"customers": customers, "profit": profit}).as_object().unwrap().clone())
            .collect();
        let expected = [(0.0, 0.0), (0.2, 18.0), (0.4, 24.0), (0.7, 24.0), (0.8, 23.0), (1.0, 14.0)];
        assert_eq!(whale(&rows), expected);
    }
}

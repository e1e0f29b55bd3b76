//! What customers are called, for lists of other features.

use super::store::places;
use crate::platform::server::App;
use sqlx::Row;
use std::collections::HashMap;

/// Customers asked for with one question.
const ASKED: usize = 200;

/// What each of these is called: a name, else an address, else nothing. Who is no more is not among them.
///
/// # Errors
/// What the database gives.
pub async fn named(app: &App, customers: &[&str]) -> Result<HashMap<String, String>, sqlx::Error> {
    let mut all = HashMap::with_capacity(customers.len());
    for customers in customers.chunks(ASKED) {
        let sql =
            format!("SELECT customer, name, email FROM customer_list WHERE customer IN {}", places(1, customers.len()));
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
        let query = customers.iter().fold(query, |query, customer| query.bind(*customer));
        for row in query.fetch_all(app.database.pool()).await? {
            let (name, email): (String, String) = (row.try_get(1)?, row.try_get(2)?);
            all.insert(row.try_get(0)?, if name.is_empty() { email } else { name });
        }
    }
    Ok(all)
}

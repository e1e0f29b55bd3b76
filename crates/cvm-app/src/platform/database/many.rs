//! Many rows in few statements. They come in few sizes, so that each database prepares them once.

use super::Transaction;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe};

/// A statement with values.
pub(crate) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Parameters of one statement.
pub(crate) const PARAMETERS: usize = 1_000;

/// How many values a list of a question may have.
const LISTS: [usize; 6] = [1, 4, 16, 64, 250, PARAMETERS];

/// Splits into parts of as many items as one statement takes, then of a quarter, a sixteenth, then of one.
fn in_sizes<T>(mut items: &[T], parameters_each: usize) -> impl Iterator<Item = &[T]> {
    let most = (PARAMETERS / parameters_each).max(1);
    std::iter::from_fn(move || {
        let sizes = [most, (most / 4).max(1), (most / 16).max(1), 1];
        let size = sizes.into_iter().find(|&size| size <= items.len())?;
        let (now, rest) = items.split_at(size);
        items = rest;
        Some(now)
    })
}

/// The rows of a question with `IN ({})` in it, for all of the values.
pub(crate) async fn select_in(
    connection: &mut AnyConnection,
    sql: &str,
    values: &[&str],
) -> Result<Vec<AnyRow>, sqlx::Error> {
    select(connection, sql, values, None).await
}

/// The same for what happened from a time on, which stands behind the list as `{since}`. A time in the text would make each question
/// one that the database has never prepared.
pub(crate) async fn select_in_since(
    connection: &mut AnyConnection,
    sql: &str,
    values: &[&str],
    since: i64,
) -> Result<Vec<AnyRow>, sqlx::Error> {
    select(connection, sql, values, Some(since)).await
}

async fn select(
    connection: &mut AnyConnection,
    sql: &str,
    values: &[&str],
    since: Option<i64>,
) -> Result<Vec<AnyRow>, sqlx::Error> {
    let mut rows = Vec::new();
    for values in values.chunks(PARAMETERS) {
        let size = LISTS.into_iter().find(|size| *size >= values.len()).unwrap_or(PARAMETERS);
        let places = in_order(connection, 1, size);
        let behind = if connection.backend_name() == "SQLite" { "?".to_owned() } else { format!("${}", size + 1) };
        let sql = sql.replace("({})", &places).replace("{since}", &behind);
        // A value that is listed again finds nothing more.
        let filled = values.iter().chain(std::iter::repeat(&values[0])).take(size);
        let query = filled.fold(sqlx::query(AssertSqlSafe(sql)), |query, &value| query.bind(value));
        let query = since.into_iter().fold(query, Query::bind);
        rows.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(rows)
}

/// Inserts many rows: `head` up to VALUES, `tail` after the rows.
pub(crate) async fn insert<T>(
    transaction: &mut Transaction,
    head: &str,
    columns: usize,
    tail: &str,
    rows: &[T],
    bind: impl for<'q> Fn(Statement<'q>, &T) -> Statement<'q>,
) -> Result<(), sqlx::Error> {
    let (mut sql, mut size) = (String::new(), 0);
    for rows in in_sizes(rows, columns) {
        if size != rows.len() {
            size = rows.len();
            sql = format!("{head} VALUES {} {tail}", in_order(transaction, size, columns));
        }
        let query = rows.iter().fold(sqlx::query(AssertSqlSafe(sql.clone())), &bind);
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Places in the order of the values. SQLite has none to look for where they have no numbers; it finds `$7` by walking through
/// those before it.
fn in_order(connection: &AnyConnection, rows: usize, columns: usize) -> String {
    if connection.backend_name() != "SQLite" {
        return places(rows, columns);
    }
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
pub(crate) fn places(rows: usize, columns: usize) -> String {
    let mut places = String::with_capacity(rows * columns * 7);
    for place in 0..rows * columns {
        places.push_str(match place % columns {
            0 if place == 0 => "(",
            0 => "), (",
            _ => ", ",
        });
        places.push('$');
        places.push_str(&(place + 1).to_string());
    }
    places + ")"
}

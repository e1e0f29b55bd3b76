//! Rows of a table or query in another database, page by page after a cursor.
//!
//! Every value comes as text that the other database makes of it, so that decimals stay exact and no type is unknown; only
//! SQLite, where a type belongs to the value, gives its own. The session can only read, where the database has such.

use super::settings::{Origin, SyncSettings};
use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone};
use chrono_tz::Tz;
use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlConnection, PgConnection, Row, SqlSafeStr,
    SqliteConnection, Statement, TypeInfo, ValueRef,
};
use std::str::FromStr;
use std::time::Duration;

/// Bytes of a page at most: what is left over is the next page.
const PAGE_BYTES: usize = 8 << 20;

/// Waiting for a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// A table that is being read.
pub(super) struct Table<'a> {
    settings: &'a SyncSettings,
    remote: Remote,
    columns: Vec<Column>,
    cursor: usize,
    key: Option<usize>,
}

enum Remote {
    Postgres(PgConnection),
    MySql(MySqlConnection),
    Sqlite(SqliteConnection),
}

/// The same for each database.
macro_rules! each {
    ($remote:expr, $connection:ident => $done:expr) => {
        match $remote {
            Remote::Postgres($connection) => $done,
            Remote::MySql($connection) => $done,
            Remote::Sqlite($connection) => $done,
        }
    };
}

/// A column of the other database.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// As the database calls its type.
    type_name: String,
    kind: Kind,
}

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Float,
    Text,
    Truth,
    /// A moment.
    Zoned,
    /// A time of a clock whose zone is not said.
    Naive,
    Day,
    Json,
    /// Not read.
    Binary,
}

fn kind_of(type_name: &str) -> Kind {
    let name = type_name.to_ascii_uppercase();
    match name.trim_end_matches(" UNSIGNED") {
        "INT2" | "INT4" | "INT8" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "YEAR" | "BIT" => {
            Kind::Whole
        }
        "FLOAT4" | "FLOAT8" | "FLOAT" | "DOUBLE" => Kind::Float,
        "BOOL" | "BOOLEAN" => Kind::Truth,
        "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" => Kind::Zoned,
        "TIMESTAMP" | "DATETIME" => Kind::Naive,
        "DATE" => Kind::Day,
        "JSON" | "JSONB" => Kind::Json,
        "BYTEA" | "BLOB" | "TINYBLOB" | "MEDIUMBLOB" | "LONGBLOB" | "BINARY" | "VARBINARY" | "GEOMETRY" => Kind::Binary,
        _ => Kind::Text,
    }
}

/// Where a page ends.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Place {
    /// The value of the cursor's column, as the database writes it.
    pub(super) cursor: Value,
    /// That of the key's.
    pub(super) key: Value,
}

/// A row, and where it stands.
pub(super) struct TableRow {
    pub(super) place: Place,
    pub(super) record: Map<String, Value>,
}

impl<'a> Table<'a> {
    /// Connects, and looks at the columns.
    pub(super) async fn open(settings: &'a SyncSettings, origin: Origin) -> anyhow::Result<Self> {
        let connected = tokio::time::timeout(CONNECT, connect(settings, origin)).await;
        let connected = connected.unwrap_or_else(|_| bail!("no answer for {} s", CONNECT.as_secs()));
        let mut remote = connected.context("the database cannot be reached; check url")?;
        let sql = format!("SELECT * FROM {} WHERE 1 = 0", from(settings, origin));
        let refused = |error: sqlx::Error| anyhow!("the database refuses the {}: {error}", what(settings));
        let columns: Vec<(String, String)> = each!(&mut remote, connection => {
            let statement = connection.prepare(AssertSqlSafe(sql).into_sql_str()).await.map_err(refused)?;
            let column = |column: &_| named(column);
            statement.columns().iter().map(column).collect()
        });
        let columns: Vec<Column> = columns
            .into_iter()
            .map(|(name, type_name)| {
                let stated = if settings.json.contains(&name) { Kind::Json } else { kind_of(&type_name) };
                // MySQL's TIMESTAMP is a moment, shown in the zone of the session, which is UTC.
                let is_moment = origin == Origin::MySql && type_name == "TIMESTAMP";
                Column { kind: if is_moment { Kind::Zoned } else { stated }, name, type_name }
            })
            .collect();
        let place = |setting: &str, wanted: &str| {
            columns.iter().position(|column| column.name == wanted).ok_or_else(|| {
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                anyhow!(
                    "{setting} names the column `{wanted}`, which the {} does not have; its columns are {}",
                    what(settings),
                    names.join(", ")
                )
            })
        };
        let cursor = place("cursor", &settings.cursor)?;
        let key = if settings.key.is_empty() { None } else { Some(place("key", &settings.key)?) };
        for (member, column) in &settings.columns {
            place(&format!("columns.{member}"), column)?;
        }
        for name in &settings.json {
            place("json", name)?;
        }
        Ok(Self { settings, remote, columns, cursor, key })
    }

    /// Its columns: name, and type as the database calls it.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|column| (column.name.as_str(), column.type_name.as_str()))
    }

    /// The rows after a place that are old enough at `now`, as many as make a page.
    pub(super) async fn page(&mut self, after: Option<&Place>, now: i64) -> anyhow::Result<Vec<TableRow>> {
        let limit = Duration::from_secs(self.settings.query_seconds);
        let what = what(self.settings);
        let page = tokio::time::timeout(limit, self.read(after, now)).await;
        let page = page.unwrap_or_else(|_| {
            bail!(
                "it took more than {} s; is there an index on cursor and key? query_seconds gives more",
                limit.as_secs()
            )
        });
        let rows = page.with_context(|| format!("the {what} cannot be read"))?;
        // Without a key, nobody could tell which of two rows of one cursor were read.
        let ties = |two: &[TableRow]| two[0].place == two[1].place;
        if rows.windows(2).any(ties) || after.is_some_and(|after| rows.first().is_some_and(|row| row.place == *after)) {
            bail!(
                "two rows have the same {}; set key to a column that tells them apart",
                match self.key {
                    None => "cursor",
                    Some(_) => "cursor and key",
                }
            );
        }
        Ok(rows)
    }

    async fn read(&mut self, after: Option<&Place>, now: i64) -> anyhow::Result<Vec<TableRow>> {
        let (sql, binds) = self.sql(after, now);
        let (columns, settings) = (&self.columns, self.settings);
        let (cursor, key) = (self.cursor, self.key);
        let mut rows: Vec<TableRow> = Vec::new();
        let mut bytes = 0;
        // The cells of a row become a record; false when the page is full.
        let mut take = |cells: Vec<Value>, cursor: Value, key: Value| {
            let mut record = Map::new();
            for (column, cell) in columns.iter().zip(cells) {
                if let Some(member) = settings.member(&column.name)
                    && !cell.is_null()
                {
                    bytes += member.len() + cell.as_str().map_or(8, str::len);
                    record.insert(member.to_owned(), cell);
                }
            }
            rows.push(TableRow { place: Place { cursor, key }, record });
            bytes < PAGE_BYTES
        };
        let zone = settings.zone();
        macro_rules! texts {
            ($connection:expr) => {{
                let query = binds.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, bind| match bind {
                    Value::String(text) => query.bind(text.clone()),
                    other => query.bind(other.to_string()),
                });
                let mut stream = query.fetch(&mut *$connection);
                while let Some(row) = stream.try_next().await? {
                    let text = |at: usize| row.try_get::<Option<String>, _>(at);
                    let mut cells = Vec::with_capacity(columns.len());
                    for (at, column) in columns.iter().enumerate() {
                        cells.push(text(at)?.map_or(Value::Null, |text| cell(column.kind, text, zone)));
                    }
                    let place = |at: usize| text(at).map(|text| text.map_or(Value::Null, Value::String));
                    let key = if key.is_some() { place(columns.len() + 1)? } else { Value::Null };
                    if !take(cells, place(columns.len())?, key) {
                        break;
                    }
                }
            }};
        }
        match &mut self.remote {
            Remote::Postgres(connection) => texts!(connection),
            Remote::MySql(connection) => texts!(connection),
            Remote::Sqlite(connection) => {
                let query = binds.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, bind| match bind {
                    Value::Number(number) if number.is_i64() => query.bind(number.as_i64()),
                    Value::Number(number) => query.bind(number.as_f64()),
                    Value::String(text) => query.bind(text.clone()),
                    _ => query.bind(None::<String>),
                });
                let mut stream = query.fetch(&mut *connection);
                while let Some(row) = stream.try_next().await? {
                    let mut cells = Vec::with_capacity(columns.len());
                    for (at, column) in columns.iter().enumerate() {
                        cells.push(match own_value(&row, at)? {
                            Value::String(text) => cell(column.kind, text, zone),
                            Value::Number(number) if column.kind == Kind::Truth => json!(number.as_i64() != Some(0)),
                            other => other,
                        });
                    }
                    let (cursor, key) =
                        (own_value(&row, cursor)?, key.map_or(Ok(Value::Null), |key| own_value(&row, key))?);
                    if !take(cells, cursor, key) {
                        break;
                    }
                }
            }
        }
        Ok(rows)
    }

    /// The query of a page, with what is bound to its places.
    fn sql(&self, after: Option<&Place>, now: i64) -> (String, Vec<Value>) {
        let origin = self.origin();
        let mut binds: Vec<Value> = Vec::new();
        let mut bound = |value: &Value, column: &Column| {
            binds.push(value.clone());
            cast(origin, &column.type_name, binds.len())
        };
        let column = |at: usize| format!("q.{}", quote(origin, &self.columns[at].name));
        let text = |at: usize| match (origin, self.columns[at].kind) {
            (_, Kind::Binary) => "NULL".to_owned(),
            (Origin::Sqlite, _) => column(at),
            (Origin::MySql, _) if self.columns[at].type_name == "BIT" => format!("CAST({} + 0 AS CHAR)", column(at)),
            (Origin::MySql, _) => format!("CAST({} AS CHAR)", column(at)),
            _ => format!("CAST({} AS TEXT)", column(at)),
        };
        let cursor = &self.columns[self.cursor];
        let mut selected: Vec<String> = (0..self.columns.len()).map(text).collect();
        selected.extend([Some(self.cursor), self.key].into_iter().flatten().map(text));
        let mut conditions = vec![format!("{} IS NOT NULL", column(self.cursor))];
        if let Some(after) = after {
            match self.key {
                None => conditions.push(format!("{} > {}", column(self.cursor), bound(&after.cursor, cursor))),
                Some(key) => {
                    // An index on the cursor serves the first; the second leaves out what was read of its last value.
                    conditions.push(format!("{} >= {}", column(self.cursor), bound(&after.cursor, cursor)));
                    let (later, next) = (bound(&after.cursor, cursor), bound(&after.key, &self.columns[key]));
                    let (of_cursor, of_key) = (column(self.cursor), column(key));
                    conditions.push(format!("({of_cursor} > {later} OR {of_key} > {next})"));
                }
            }
        }
        if let Some(until) = self.until(now) {
            conditions.push(match origin {
                Origin::Sqlite => {
                    binds.push(json!(until));
                    let place = format!("${}", binds.len());
                    let time = column(self.cursor);
                    format!("(typeof({time}) <> 'text' OR julianday({time}) IS NULL OR julianday({time}) <= julianday({place}))")
                }
                _ => format!("{} <= {}", column(self.cursor), bound(&json!(until), cursor)),
            });
        }
        let order: Vec<String> = [Some(self.cursor), self.key].into_iter().flatten().map(column).collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}",
            selected.join(", "),
            from(self.settings, origin),
            conditions.join(" AND "),
            order.join(", "),
            self.settings.page_rows
        );
        (sql, binds)
    }

    /// How far the cursor may go, as the database writes it: a row that is committed late has a time that is past already.
    /// `None` for cursors that are no times.
    fn until(&self, now: i64) -> Option<String> {
        let time = DateTime::from_timestamp_micros(now)? - chrono::TimeDelta::seconds(self.settings.lag_seconds);
        let local = time.with_timezone(&self.settings.zone());
        match (self.origin(), self.columns[self.cursor].kind) {
            (Origin::Postgres, Kind::Zoned) => Some(time.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string()),
            (Origin::MySql, Kind::Zoned) => Some(time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()),
            (Origin::Sqlite, Kind::Naive | Kind::Text | Kind::Zoned | Kind::Day) => {
                Some(local.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
            }
            (_, Kind::Naive) => Some(local.format("%Y-%m-%d %H:%M:%S%.6f").to_string()),
            // The rows of a day are all there when it is over.
            (_, Kind::Day) => Some((local - chrono::TimeDelta::days(1)).format("%Y-%m-%d").to_string()),
            _ => None,
        }
    }

    fn origin(&self) -> Origin {
        match self.remote {
            Remote::Postgres(_) => Origin::Postgres,
            Remote::MySql(_) => Origin::MySql,
            Remote::Sqlite(_) => Origin::Sqlite,
        }
    }
}

fn named(column: &impl sqlx::Column) -> (String, String) {
    (column.name().to_owned(), column.type_info().name().to_owned())
}

fn what(settings: &SyncSettings) -> String {
    match settings.table.is_empty() {
        true => "query".to_owned(),
        false => format!("table `{}`", settings.table),
    }
}

async fn connect(settings: &SyncSettings, origin: Origin) -> anyhow::Result<Remote> {
    let seconds = settings.query_seconds;
    Ok(match origin {
        Origin::Postgres => {
            let mut connection = PgConnectOptions::from_str(&settings.url)?.connect().await?;
            let set = format!(
                "SET default_transaction_read_only = on; SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; \
                 SET IntervalStyle = 'iso_8601'; SET statement_timeout = '{seconds}s'"
            );
            connection.execute(sqlx::raw_sql(AssertSqlSafe(set))).await?;
            Remote::Postgres(connection)
        }
        Origin::MySql => {
            // The zone of the session is UTC, as the driver sets it.
            let mut connection = MySqlConnectOptions::from_str(&settings.url)?.connect().await?;
            connection.execute("SET SESSION TRANSACTION READ ONLY").await?;
            let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut connection).await?;
            let timeout = match version.contains("MariaDB") {
                true => format!("SET SESSION max_statement_time = {seconds}"),
                false => format!("SET SESSION max_execution_time = {}", seconds * 1000),
            };
            connection.execute(AssertSqlSafe(timeout)).await?;
            Remote::MySql(connection)
        }
        Origin::Sqlite => {
            let options = SqliteConnectOptions::from_str(&settings.url)?.read_only(true).create_if_missing(false);
            let mut connection = options.connect().await?;
            connection.execute("PRAGMA query_only = ON").await?;
            connection.ping().await?;
            Remote::Sqlite(connection)
        }
        Origin::Files => bail!("files are no database"),
    })
}

/// The table or query, as `q`.
fn from(settings: &SyncSettings, origin: Origin) -> String {
    match settings.table.is_empty() {
        true => format!("({}) AS q", settings.query.trim().trim_end_matches(';')),
        false => {
            let parts: Vec<String> = settings.table.split('.').map(|part| quote(origin, part)).collect();
            format!("{} AS q", parts.join("."))
        }
    }
}

fn quote(origin: Origin, name: &str) -> String {
    match origin {
        Origin::MySql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// A place for a value that is bound as text, as the type of a column, so that it is compared as that.
fn cast(origin: Origin, type_name: &str, number: usize) -> String {
    match (origin, type_name) {
        (Origin::Postgres, "CHAR") => format!("CAST(CAST(${number} AS TEXT) AS bpchar)"),
        (Origin::Postgres, _) => format!("CAST(CAST(${number} AS TEXT) AS {type_name})"),
        (Origin::MySql, name) => match (kind_of(name), name) {
            (Kind::Whole, name) if name.ends_with("UNSIGNED") => "CAST(? AS UNSIGNED)".to_owned(),
            (Kind::Whole, _) => "CAST(? AS SIGNED)".to_owned(),
            (Kind::Naive, _) => "CAST(? AS DATETIME(6))".to_owned(),
            (Kind::Day, _) => "CAST(? AS DATE)".to_owned(),
            (_, "DECIMAL") => "CAST(? AS DECIMAL(65, 30))".to_owned(),
            (Kind::Float, _) => "(? + 0e0)".to_owned(),
            _ => "?".to_owned(),
        },
        _ => format!("${number}"),
    }
}

/// A value of SQLite, of whatever type it has.
fn own_value(row: &sqlx::sqlite::SqliteRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let type_name = raw.type_info().name().to_owned();
    Ok(match type_name.as_str() {
        "INTEGER" => json!(row.try_get_unchecked::<i64, _>(at)?),
        "REAL" => json!(row.try_get_unchecked::<f64, _>(at)?),
        "BLOB" => Value::Null,
        _ => Value::String(row.try_get_unchecked(at)?),
    })
}

/// A value from its text.
fn cell(kind: Kind, text: String, zone: Tz) -> Value {
    match kind {
        Kind::Whole => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Kind::Float => text.parse::<f64>().map_or(Value::Null, |number| json!(number)),
        Kind::Truth => json!(matches!(text.as_str(), "true" | "t" | "1")),
        Kind::Zoned => moment(&text, Tz::UTC).map_or(Value::String(text), Value::String),
        Kind::Naive => moment(&text, zone).map_or(Value::String(text), Value::String),
        Kind::Json => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Kind::Binary => Value::Null,
        Kind::Text | Kind::Day => Value::String(text),
    }
}

/// A time as RFC 3339 in UTC; one without an offset is of the zone.
fn moment(text: &str, zone: Tz) -> Option<String> {
    let with_offset =
        DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").or_else(|_| DateTime::parse_from_rfc3339(text));
    let time = match with_offset {
        Ok(time) => time.to_utc(),
        Err(_) => {
            let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
            let naive = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
            // In the hour that is skipped nothing happens; in the one that comes twice, the first is as good.
            zone.from_local_datetime(&naive).earliest().map_or(naive.and_utc(), |time| time.to_utc())
        }
    };
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments() {
        let warsaw = Tz::Europe__Warsaw;
        for (text, expected) in [
            ("2026-01-02 03:04:05.123456+00", "2026-01-02T03:04:05.123456Z"),
            ("2026-07-02 03:04:05", "2026-07-02T01:04:05Z"),
            ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
            ("2026-01-02 03:04:05.5", "2026-01-02T02:04:05.500Z"),
        ] {
            assert_eq!(moment(text, warsaw).as_deref(), Some(expected));
        }
        assert_eq!(moment("infinity", warsaw), None);
    }
}

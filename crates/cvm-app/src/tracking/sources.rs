//! Who may send events, and by which key.

use crate::platform::random::code;
use crate::platform::server::App;
use crate::platform::{Clock, Database};
use rand::Rng;
use serde::Serialize;
use sqlx::{Any, Executor, Row};
use std::sync::Arc;

/// A shop, an app, a till: anything that sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Source {
    /// Stable, made from the name.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// What its SDK is configured with. It lets one send and nothing else, and stands in the pages of web shops.
    pub write_key: String,
}

/// Adds a source with a new write key. Where there is one of the same id, that one is returned.
///
/// # Errors
/// What the database gives.
pub async fn create_source(
    database: &Database,
    clock: &Clock,
    name: &str,
    rng: &mut (impl Rng + ?Sized),
) -> Result<Source, sqlx::Error> {
    let source = new_source(name, rng);
    insert(database.pool(), clock, &source).await?;
    let row = sqlx::query("SELECT id, name, write_key FROM sources WHERE id = $1")
        .bind(&source.id)
        .fetch_one(database.pool())
        .await?;
    self::source(&row)
}

/// A source with a new write key, not yet kept.
pub(super) fn new_source(name: &str, rng: &mut (impl Rng + ?Sized)) -> Source {
    Source { id: id_of(name), name: name.trim().to_owned(), write_key: code(32, rng) }
}

/// Keeps a new source; false where there is, or was, one of the same id.
pub(super) async fn insert<'a>(
    database: impl Executor<'a, Database = Any>,
    clock: &Clock,
    source: &Source,
) -> Result<bool, sqlx::Error> {
    let insert =
        "INSERT INTO sources (id, name, write_key, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    let inserted = sqlx::query(insert)
        .bind(&source.id)
        .bind(&source.name)
        .bind(&source.write_key)
        .bind(clock.now())
        .execute(database)
        .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Closes a source: its write key opens nothing any more. False where there is none of this id that was open.
pub(super) async fn disable<'a>(
    database: impl Executor<'a, Database = Any>,
    clock: &Clock,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let update = "UPDATE sources SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL";
    Ok(sqlx::query(update).bind(clock.now()).bind(id).execute(database).await?.rows_affected() > 0)
}

/// All sources, by id.
///
/// # Errors
/// What the database gives.
pub async fn list_sources(database: &Database) -> Result<Vec<Source>, sqlx::Error> {
    let rows = sqlx::query("SELECT id, name, write_key FROM sources WHERE disabled_at IS NULL ORDER BY id")
        .fetch_all(database.pool())
        .await?;
    rows.iter().map(source).collect()
}

/// The id of the open source with this write key: every call of an SDK asks.
///
/// # Errors
/// What the database gives.
pub(super) async fn source_of(app: &App, write_key: &str) -> Result<Option<Arc<str>>, sqlx::Error> {
    let now = app.clock.now();
    if let Some(source) = app.write_keys.get(write_key, now) {
        return Ok(Some(source));
    }
    let row = sqlx::query("SELECT id FROM sources WHERE write_key = $1 AND disabled_at IS NULL").bind(write_key);
    let row = row.fetch_optional(app.database.pool()).await?;
    let source = row.map(|row| row.try_get::<&str, _>(0).map(Arc::from)).transpose()?;
    app.write_keys.keep(write_key, source.clone(), now);
    Ok(source)
}

fn source(row: &sqlx::any::AnyRow) -> Result<Source, sqlx::Error> {
    Ok(Source { id: row.try_get(0)?, name: row.try_get(1)?, write_key: row.try_get(2)? })
}

/// Letters and digits of the name in lower case, all else as one dash.
fn id_of(name: &str) -> String {
    let mut id = String::new();
    for letter in name.trim().chars() {
        if letter.is_alphanumeric() {
            id.extend(letter.to_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "source".to_owned() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_readable() {
        assert_eq!(id_of("Web shop (PL)"), "web-shop-pl");
        assert_eq!(id_of("Магазин №1"), "магазин-1");
        assert_eq!(id_of("!"), "source");
    }
}

//! A look through a sync's eyes: whether its source answers, which columns there are and what they become, and what its first rows
//! would be. Nothing is stored, and the sync stays where it is.

use super::settings::{Origin, SyncSettings};
use super::table::Table;
use super::{file_place, find, mapping};
use crate::customers::{Reader, RecordKind};
use crate::platform::server::App;
use crate::platform::{Problem, Result};
use anyhow::{Context, anyhow, bail};
use cvm_core::rows;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Duration;
use utoipa::ToSchema;

/// All of a trial takes this long at most.
const TIME: Duration = Duration::from_secs(20);

/// Rows that are looked at.
const ROWS: usize = 5;

/// What a trial has found.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = SyncTrial)]
pub struct Trial {
    /// Whether the source answers and its rows can be read.
    pub works: bool,
    /// What keeps it from that, and what to do; empty where nothing does.
    pub error: String,
    /// The file that was looked at; empty where rows are in a table.
    pub file: String,
    /// What there is, and what becomes of it.
    pub columns: Vec<TrialColumn>,
    /// The first rows.
    pub rows: Vec<TrialRow>,
}

/// A column of a source.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TrialColumn {
    /// Its name there.
    pub name: String,
    /// Its type, as the database calls it; empty for files.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a record calls it; null where it is not read.
    pub becomes: Option<String>,
    /// A value of it; empty for who may not see persons.
    pub example: String,
}

/// A row of a source.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TrialRow {
    /// As a record; empty for who may not see persons.
    #[schema(value_type = Object)]
    pub record: Map<String, Value>,
    /// Why it would be refused; empty where it would be stored.
    pub refused: String,
}

/// Tries a sync. `personal` is whether values may be shown.
///
/// # Errors
/// 404 where there is no such sync. What is wrong with its source is in the answer, without secrets.
pub async fn try_out(app: &App, name: &str, personal: bool) -> Result<Trial> {
    let settings = find(&app.config, name).map_err(|error| Problem::not_found(error.to_string()))?;
    let tried = match settings.missing_variable() {
        Some(variable) => Err(anyhow!("the environment variable {variable}, which its settings name, is not set")),
        None => tokio::time::timeout(TIME, look(app, settings)).await.unwrap_or_else(|_| {
            Err(anyhow!("no answer within {} s; is the source reachable from here?", TIME.as_secs()))
        }),
    };
    let mut trial = tried
        .unwrap_or_else(|error| Trial { error: settings.without_secrets(&format!("{error:#}")), ..Trial::default() });
    if !personal {
        trial.columns.iter_mut().for_each(|column| column.example.clear());
        trial.rows.iter_mut().for_each(|row| row.record.clear());
    }
    Ok(trial)
}

async fn look(app: &App, settings: &SyncSettings) -> anyhow::Result<Trial> {
    let mut trial = Trial { works: true, ..Trial::default() };
    let records = match settings.origin() {
        Some(Origin::Files) => files(app, settings, &mut trial).await?,
        Some(origin) => {
            let few = SyncSettings { page_rows: ROWS, ..settings.clone() };
            let mut table = Table::open(&few, origin).await?;
            let column = |(name, kind): (&str, &str)| TrialColumn {
                name: name.to_owned(),
                kind: kind.to_owned(),
                becomes: settings.member(name).map(|member| renamed(settings.kind, member)),
                example: String::new(),
            };
            trial.columns = table.columns().map(column).collect();
            table.page(None, app.clock.now()).await?.into_iter().map(|row| row.record).collect()
        }
        None => bail!("its url begins with none of postgres:, mysql:, sqlite:, s3:, file:"),
    };
    for column in &mut trial.columns {
        let said = |record: &Map<String, Value>| record.get(settings.member(&column.name)?).map(shown);
        column.example = records.iter().find_map(said).unwrap_or_default();
    }
    let mut reader = Reader::new(app, settings.kind, "trial");
    trial.rows = records.into_iter().map(|record| tried(&mut reader, record)).collect();
    Ok(trial)
}

/// The first rows of the first file.
async fn files(app: &App, settings: &SyncSettings, trial: &mut Trial) -> anyhow::Result<Vec<Map<String, Value>>> {
    let place = file_place(settings);
    let listed = app.files.list(&place).await.map_err(|error| anyhow!(error));
    let mut files = listed.context("the files cannot be listed; check url, endpoint, region and keys")?;
    files.sort_by(|a, b| (a.modified_at, &a.name).cmp(&(b.modified_at, &b.name)));
    let Some(file) = files.first() else {
        bail!("there is no such file; check the path or pattern of url");
    };
    trial.file.clone_from(&file.name);
    let opened = app.files.open(&place, file, &mapping(settings)).await.map_err(|error| anyhow!(error));
    let mut reader = opened.with_context(|| format!("file `{}`", file.name))?;
    let mut records: Vec<Map<String, Value>> = Vec::new();
    while let Some(rows) = reader.next().await.map_err(|error| anyhow!(error))? {
        match rows {
            rows::Rows::Records(found) => records.extend(found.into_iter().map(|(_, record)| record).take(ROWS)),
            rows::Rows::Rejected(_) => {}
            rows::Rows::Purchases(_) => bail!("file `{}` was read as purchases", file.name),
        }
        if records.len() >= ROWS {
            break;
        }
    }
    records.truncate(ROWS);
    for member in records.iter().flat_map(Map::keys) {
        // A record calls a column by what the settings call it.
        let name = settings.columns.get(member).unwrap_or(member);
        if trial.columns.iter().all(|known| known.name != *name) {
            let becomes = Some(renamed(settings.kind, member));
            trial.columns.push(TrialColumn {
                name: name.clone(),
                kind: String::new(),
                becomes,
                example: String::new(),
            });
        }
    }
    Ok(records)
}

/// What a table calls `id` is who or what its rows are about.
fn renamed(kind: RecordKind, member: &str) -> String {
    match (kind, member) {
        (RecordKind::Customers, "id") => "customer_id",
        (RecordKind::Transactions, "id") => "order_id",
        (_, member) => member,
    }
    .to_owned()
}

fn tried(reader: &mut Reader<'_>, record: Map<String, Value>) -> TrialRow {
    let refused = match reader.read_row(record.clone(), "trial".to_owned()) {
        Ok(_) => String::new(),
        Err((rejection, _)) => format!("{} {}", rejection.pointer, rejection.detail).trim().to_owned(),
    };
    TrialRow { record, refused }
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(80).collect()
}

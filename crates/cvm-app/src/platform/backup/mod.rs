//! Everything in one file, taken while the server runs, and the way back.
//!
//! A backup is a tar packed with zstd: `backup.json` (what it is), `cvm.toml`, a file of rows for each table of the database,
//! and the lake's files. Rows are the same for both databases, so a backup of SQLite can be restored to PostgreSQL.
//!
//! The lake and the database belong together: what the lake has, the inbox may have lost. So the mover rests meanwhile, by its
//! lease; then the database is read as of one moment, and each table of the lake as of one version. Of SQLite's two files, that of
//! what came in is read as of a moment after: what was taken to people is then surely in it.

mod create;
mod restore;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use create::create;
pub use restore::{Erasures, restore};

/// What can go wrong, in words for whoever runs the command.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no backup, or not whole.
    #[error("{0}")]
    Unusable(String),
    /// The mover did not rest.
    #[error(transparent)]
    Lease(#[from] crate::platform::lease::LeaseError),
    /// The database could not be read or written.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The lake could not be read or written.
    #[error(transparent)]
    Lake(#[from] cvm_core::lake::LakeFailure),
}

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version of OpenCVM that made it.
    pub version: String,
    /// The form of the file.
    pub format: u32,
    /// When, in microseconds of Unix time.
    pub created_at: i64,
    /// The last migration of its database.
    pub migration: i64,
    /// Rows of the database.
    pub rows: u64,
    /// Files of the lake.
    pub files: u64,
}

/// The form that this version writes and reads.
const FORMAT: u32 = 1;

/// Names within the file.
const ABOUT: &str = "backup.json";
const SETTINGS: &str = "cvm.toml";
const DATABASE: &str = "database";
const LAKE: &str = "lake";

/// The tables, those before that others refer to. Not among them: who is signed in, who holds which lease.
const TABLES: &[&str] = &[
    "sources",
    "source_days",
    "inbox",
    "inbox_position",
    MESSAGE_IDS,
    "company",
    "users",
    "user_identities",
    "api_keys",
    "audit",
    "consumers",
    "customers",
    "customer_changes",
    "customer_changed",
    "customer_identifiers",
    "identifier_blocks",
    "customers_apart",
    "customer_merges",
    "customer_consents",
    "customer_events",
    "customer_values",
    "customer_list",
    "customer_list_filling",
    "customer_notes",
    "customer_views",
    "identifier_salt",
    "suppressions",
    "erasures",
    "erasure_identifiers",
    "rejections",
    "jobs",
    "scoring_runs",
    "segments",
    "segment_versions",
    "segment_members",
    "segment_moves",
    "segment_sizes",
    "segment_overlaps",
    "segment_checks",
    "segment_state",
    "contact_policy",
    "contacts",
    "campaigns",
    "campaign_members",
    "outbox",
    "print_files",
    "conversions",
    "conversion_state",
    "programmes",
    "programme_people",
    "programme_passages",
    "programme_state",
    "offers",
    "offer_versions",
    "offer_state",
    "decisions",
    "outcomes",
    "outcomes_awaited",
    "propensity_models",
    "offer_counters",
    "decision_state",
    "webhook_endpoints",
    "webhook_deliveries",
    "alerts",
    "alert_checks",
    "acquisition_spend",
    "recommender",
    "recommender_products",
    "proof_settings",
    "proof_looks",
    "uplift_models",
    "uplift_scores",
    "plans",
    "plan_choices",
    "bookmarks",
    "synced_files",
];

/// Those of the inbox ([`Database::inbox`](crate::platform::Database::inbox)).
const OF_INBOX: &[&str] = &["inbox", "inbox_position", MESSAGE_IDS, "bookmarks", "synced_files", "rejections"];

/// In a backup as on PostgreSQL; SQLite has runs instead.
const MESSAGE_IDS: &str = "message_ids";

/// Tables that are not kept.
#[cfg(test)]
const NOT_KEPT: &[&str] = &[
    "_sqlx_migrations",
    "sessions",
    "login_failures",
    "leases",
    "idempotency_keys",
    "fresh_ids",
    "id_runs",
    "id_parts",
];

fn at(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.into();
    move |source| BackupError::File { path, source }
}

fn unusable(message: impl Into<String>) -> BackupError {
    BackupError::Unusable(message.into())
}

//! .

pub mod ingest;

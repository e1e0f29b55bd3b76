//! Customer data: files in, one row a customer out, and what each is worth.
//!
//! The only crate that knows the data engine (DataFusion, Arrow, Parquet). [`ingest`] reads files and refuses to
//! guess, [`features`] gathers purchases by customer, [`analyze`] puts the models over them, [`retention`] does the same
//! for contracts, [`facts`] keeps what a server receives as Delta tables, `segments` tells who belongs where, [`simulate`] makes
//! a sample company with known truth, [`uploads`] reads what people bring in by a browser.

pub mod analyze;
pub mod engine;
pub mod facts;
pub mod features;
pub mod files;
pub mod ingest;
pub mod retention;
pub mod simulate;
pub mod uploads;

mod error;
mod output;
mod segments;

pub use error::LakeError;

//! The words all of OpenCVM shares: the columns of a customer, the report's figures, messages and orders,
//! segment rules, reasons, languages.
//!
//! Data and pure functions only: no I/O, no clock, no async runtime.

pub mod columns;
pub mod files;
pub mod lake;
pub mod language;
pub mod message;
pub mod order;
pub mod reason;
pub mod report;
pub mod retention;
pub mod rows;
pub mod sample;
pub mod segment;
pub mod text;
pub mod uploads;

pub use language::Language;

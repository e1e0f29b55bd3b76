//! Customer value statistics: who is still a customer, how often they will buy, how much they will spend, how long
//! a contract lasts, and which customers are alike.
//!
//! Slices of numbers go in, fitted models come out; nothing here does I/O or fetches randomness or time. One model is
//! one file, and opens with its reference. The shape is the same everywhere: `Settings` (a plain struct with
//! defaults), `fit`, a fitted model, predictions. Data are weighted, so that identical customers are one row.
//!
//! No NaN leaves this crate: what cannot be computed is a [`ModelError`] that names the input, the limit and a way on.

pub mod contractual;
pub mod error;
pub mod noncontractual;
pub mod numerics;
pub mod segments;
pub mod value;

pub use error::{ModelError, Result};

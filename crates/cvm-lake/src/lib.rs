//! Customer data: files in, tables and scores out; the only user of the data engine.

pub mod simulate;

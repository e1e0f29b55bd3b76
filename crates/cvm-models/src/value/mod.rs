//! What a customer is worth: formulas of the trade, acquisition, concentration.

pub mod acquisition;
pub mod concentration;
pub mod formulas;

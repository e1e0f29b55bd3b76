//! What a customer is worth: formulas of the trade, acquisition, concentration.

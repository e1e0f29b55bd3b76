//! The numerical ground of the models: special functions, quadrature, and the search for a maximum.

pub mod newton;
pub mod quadrature;
pub mod special;

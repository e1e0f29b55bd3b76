//! The numerical ground of the models: special functions, quadrature, and the search for a maximum.

pub mod gamma_ratio;
pub mod newton;
pub mod quadrature;
pub mod special;

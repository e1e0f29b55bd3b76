//! What can go wrong in a model, said so that the reader knows which input, which limit and what to try.

/// The result of a model's work.
pub type Result<T> = std::result::Result<T, ModelError>;

/// Every failure of this crate. Each variant is a situation that a caller can act on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// One value is outside the domain of the model.
    #[error("{name} is {value}; expected {expected}")]
    Invalid {
        /// The input, in the words of its documentation, with its position where it is one of many.
        name: String,
        /// The value that was given.
        value: String,
        /// The domain, as words: "a number above 0".
        expected: &'static str,
    },
    /// The data cannot identify the model's parameters.
    #[error("{model} cannot be fitted: {found}; {advice}")]
    NotIdentified {
        /// The model's name as its users know it.
        model: &'static str,
        /// What the data hold, with the number that fell short.
        found: String,
        /// What to try.
        advice: &'static str,
    },
    /// The search for the best parameters ended before it was there.
    #[error("{model} did not converge: gradient {gradient:.1e} after {iterations} iterations; {advice}")]
    NoConvergence {
        /// The model's name as its users know it.
        model: &'static str,
        /// Steps taken.
        iterations: usize,
        /// Largest absolute component of the gradient per unit of weight at the last step.
        gradient: f64,
        /// What to try.
        advice: &'static str,
    },
}

impl ModelError {
    /// An [`ModelError::Invalid`] for a number.
    pub fn invalid(name: impl Into<String>, value: f64, expected: &'static str) -> Self {
        Self::Invalid { name: name.into(), value: value.to_string(), expected }
    }
}

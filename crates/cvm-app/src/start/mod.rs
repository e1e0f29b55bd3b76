//! The first visit: where nothing is known of anybody yet, data are connected, or the sample company is loaded.
//!
//! `sample` fills an empty installation with the sample company: through the inbox as everything else, and with the values of
//! earlier months, so that there is a past to look at.

pub mod sample;
#[cfg(test)]
mod tests;

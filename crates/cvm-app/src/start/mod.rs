//! The first visit: where nothing is known of anybody yet, data are connected, or the sample company is loaded.
//!
//! `pages` guides; `sample` fills an empty installation with the sample company: through the inbox as everything else, and with the values of
//! earlier months, so that there is a past to
//! look at; `upload` stores a file that a browser brought in, read as it was recognised or corrected.

mod pages;
pub mod sample;
#[cfg(test)]
mod tests;
pub mod upload;

pub use pages::pages;

//! Written on another branch.

//! Words, numbers and dates in the four languages.

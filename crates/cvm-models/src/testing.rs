//! What the tests of several models share.

/// Panics where a number is off by more than this share of what is expected.
#[track_caller]
pub(crate) fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found:e} instead of {expected:e}");
}

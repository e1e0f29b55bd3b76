//! Written by another hand.

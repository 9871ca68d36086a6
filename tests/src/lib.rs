//! The tests of wane.

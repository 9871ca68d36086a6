//! The loom-tests of wane.

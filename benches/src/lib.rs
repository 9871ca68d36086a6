//! The benches of wane.

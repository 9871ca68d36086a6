//! The attribute macros of wane.

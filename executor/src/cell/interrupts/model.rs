//! The table of interrupts in models, which have no task whose poll could be interrupted.

/// See the native body.
pub(super) fn interrupt(_id: u64) {}

//! No signals: on this system a call is not ended from another thread.

/// See the Unix body.
#[derive(Debug)]
pub(in crate::blocking) struct Signals;

impl Signals {
    /// See the Unix body. Builders of other systems have no way to name a signal.
    pub(super) fn new(_signal: Option<i32>) -> Self {
        Self
    }

    /// See the Unix body.
    pub(in crate::blocking) fn has_sender(&self) -> bool {
        false
    }

    /// See the Unix body.
    pub(in crate::blocking) fn shut_down(&self) {}

    /// See the Unix body.
    pub(in crate::blocking) fn join(&self) {}
}

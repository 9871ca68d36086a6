//! What can be told of a task from outside, under `--cfg loom`: nothing. The cell of the functions is
//! one that loom dates, so that a use of it against S1 is found.

#![expect(unsafe_code, reason = "the cell of the functions has an owner")]

use std::panic::Location;

use super::runnable::Runnable;
use super::slot::{Field, SlotRef};
use super::vtable::Vtable;

/// Does nothing.
pub(super) fn sign(_slot: SlotRef, _spawned_at: &'static Location<'static>) {}

/// The cell of a task's functions, as said by S1.
pub(super) struct VtableCell(Field<&'static Vtable>);

impl VtableCell {
    pub(super) fn empty() -> Self {
        Self(Field::empty())
    }

    /// # Safety
    ///
    /// - The caller owns the cell.
    pub(super) unsafe fn write(&self, vtable: &'static Vtable) {
        // SAFETY: the caller owns the cell.
        unsafe { self.0.write(vtable) };
    }

    /// # Safety
    ///
    /// - The slot has a tenant, and stays with it meanwhile.
    pub(super) unsafe fn read(&self) -> &'static Vtable {
        // SAFETY: a tenant's functions are in the cell, and stay.
        unsafe { self.0.read() }
    }
}

/// Which task a thread polls: nobody asks in a model.
#[derive(Debug)]
pub(crate) struct Present;

impl Present {
    pub(crate) fn nothing() -> Self {
        Self
    }

    pub(crate) fn set(&self, _runnable: &Runnable) {}

    pub(crate) fn clear(&self) {}
}

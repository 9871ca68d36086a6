//! The region under `--cfg loom`: slots in a list of the run, since loom's objects live only that
//! long. One OS thread carries all of loom's threads, so a real thread-local serves.
//!
//! A slot that was in use goes to new tenants of the thread that gave it back, and to no other: loom
//! does not see this list, and would neither try both orders of two threads at it nor have an edge
//! between them. All slots are there from the first: a walk may meet one before its first tenant.

#![expect(unsafe_code, reason = "slots are addresses")]

use std::cell::RefCell;
use std::ptr::NonNull;

use wane_channel::base::sync::thread::{self, ThreadId};

use super::super::slot::{Slot, SlotRef};
use super::Vacancy;

/// Slots of a run. Slot 0 is never anybody's.
const SLOTS: u32 = 5;

#[derive(Default)]
struct Run {
    /// Filled once, so that a slot keeps its address.
    slots: Vec<Slot>,
    /// Slots up to this one have had a tenant.
    used: u32,
    free: Vec<(ThreadId, u32)>,
    last_id: u64,
}

thread_local! {
    static RUN: RefCell<Run> = RefCell::default();
}

/// Begins a run of a model: forgets the slots of the run before.
pub(crate) fn reset() {
    RUN.with_borrow_mut(|run| {
        // Their loom objects belong to a run that is over.
        std::mem::forget(std::mem::take(&mut run.slots));
        *run = Run::default();
        run.slots.extend((0..SLOTS).map(|_| Slot::free()));
    });
}

/// How many slots hold a task or a result.
pub(crate) fn slots_in_use() -> usize {
    RUN.with_borrow(|run| run.used as usize - run.free.len())
}

/// The lease of a model's only scheduler.
#[derive(Debug)]
pub(crate) struct Lease;

impl Lease {
    /// The lease.
    pub(crate) fn new() -> Self {
        Self
    }

    /// Calls `visit` for each slot.
    pub(crate) fn walk(&self, visit: impl FnMut(SlotRef)) {
        (1..SLOTS).map(slot_of).for_each(visit);
    }
}

pub(crate) fn allocate(_lease: &Lease) -> Vacancy {
    let here = thread::current().id();
    let (number, id) = RUN.with_borrow_mut(|run| {
        run.last_id += 1;
        let number = match run.free.iter().rposition(|(owner, _)| *owner == here) {
            Some(at) => run.free.remove(at).1,
            None => {
                run.used += 1;
                assert!(
                    run.used < SLOTS,
                    "a model has no more than {} slots",
                    SLOTS - 1
                );
                run.used
            }
        };
        (number, run.last_id)
    });
    Vacancy {
        slot: slot_of(number),
        id,
    }
}

pub(crate) fn recycle(slot: SlotRef) {
    let number = number_of(slot);
    let here = thread::current().id();
    RUN.with_borrow_mut(|run| {
        assert!(
            run.free.iter().all(|(_, free)| *free != number),
            "slot {number} is given back twice"
        );
        run.free.push((here, number));
    });
}

pub(in crate::cell) fn nowhere() -> SlotRef {
    slot_of(0)
}

pub(in crate::cell) fn slot_of(number: u32) -> SlotRef {
    let slot = RUN.with_borrow(|run| NonNull::from(&run.slots[number as usize]));
    // SAFETY: the slots of a run are never moved, and are forgotten in the end.
    unsafe { SlotRef::new(slot) }
}

pub(in crate::cell) fn number_of(slot: SlotRef) -> u32 {
    RUN.with_borrow(|run| {
        let found = run
            .slots
            .iter()
            .position(|other| std::ptr::eq(other, slot.as_ptr()));
        found.expect("a slot of this run") as u32
    })
}

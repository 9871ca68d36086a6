//! Abort handles of PUT tasks, filed when a task starts and never taken out when it ends.
//!
//! This is a shape that leaks elsewhere: a service files a handle per job, to be able to cancel it,
//! and forgets to prune. Where a handle keeps the whole task alive, the finished ones pile up. Here
//! a handle is a number, and the report proves it: at the end all handles are dropped at once, and
//! what the heap loses by that is what they had kept.
//!
//! The ring holds the newest [`HANDLES`] handles and is as large empty as full, so that its own
//! bytes are the same at both marks.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wane::task::AbortHandle;

use crate::HEAP;

const HANDLES: usize = 4_096;

/// The newest handles; an older one is dropped when a newer takes its place.
#[derive(Debug)]
pub(crate) struct Handles(Mutex<Ring>);

#[derive(Debug)]
struct Ring {
    slots: Box<[Option<AbortHandle>]>,
    filed: u64,
}

/// What the handles cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holdings {
    /// Handles that were held, all of them of finished tasks.
    pub(crate) held: usize,
    /// The size of the ring itself.
    pub(crate) ring_bytes: usize,
    /// What the finished tasks had left on the heap because of the handles.
    pub(crate) kept_bytes: i64,
}

impl Handles {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Ring {
            slots: (0..HANDLES).map(|_| None).collect(),
            filed: 0,
        }))
    }

    pub(crate) fn file(&self, handle: AbortHandle) {
        let mut ring = self.lock();
        let place = (ring.filed % HANDLES as u64) as usize;
        ring.filed += 1;
        ring.slots[place] = Some(handle);
    }

    /// Aborts what still runs of the filed tasks; for the finished ones this does nothing.
    pub(crate) fn abort_all(&self) {
        self.lock()
            .slots
            .iter()
            .flatten()
            .for_each(AbortHandle::abort);
    }

    /// Drops all handles, at rest, and reports what that set free. The ring itself stays.
    pub(crate) fn release(&self) -> Holdings {
        let mut ring = self.lock();
        let held = ring.slots.iter().flatten().count();
        let before = HEAP.live_bytes();
        ring.slots.fill_with(|| None);
        Holdings {
            held,
            ring_bytes: mem::size_of_val(&*ring.slots),
            kept_bytes: before - HEAP.live_bytes(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

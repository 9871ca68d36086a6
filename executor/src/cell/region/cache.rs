//! Free slots and unused ids at hand for a thread, so that the pool's lock is taken once a batch.
//!
//! The slots of a cache are all of one lease. A thread that works for another lease gives them back
//! and starts anew; slots of other leases that end here go straight to the pool.

use std::cell::RefCell;

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

use super::super::slot::SlotRef;
use super::super::state::ID_BITS;
use super::Vacancy;
use super::lease::Lease;
use super::list::TENANTS;
use super::pool;

/// Slots in a full cache: those of four pages, so that a task that spawns and joins in hundreds needs no lock.
const CACHED_MAX: usize = 4 * TENANTS as usize;

/// Slots that go to or come from the pool at a time.
const BATCH: usize = CACHED_MAX / 2;

/// Ids that a thread takes at a time.
const ID_BATCH: u64 = 4096;

/// The first id that no thread has taken. Zero is nobody's id. 56 bits last for 22 years at a
/// hundred million tasks a second.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache::new()) };
}

/// A slot for a new tenant of this lease.
///
/// # Panics
///
/// When half a billion tasks are live or have results that nobody took, and when the system has no memory.
#[inline]
pub(crate) fn allocate(lease: &Lease) -> Vacancy {
    let vacancy = CACHE.try_with(|cache| cache.borrow_mut().allocate(lease.id()));
    // A thread that is ending has no cache any more.
    vacancy.unwrap_or_else(|_| Cache::new().allocate(lease.id()))
}

/// Takes back a slot whose word the caller has made free (S5).
#[inline]
pub(crate) fn recycle(slot: SlotRef) {
    let kept = CACHE.try_with(|cache| cache.borrow_mut().recycle(slot));
    if kept.is_err() {
        pool::lock().give(&[pool::number_of(slot)]);
    }
}

/// Gives this thread's slots of a lease back.
pub(super) fn flush(lease: u32) {
    // A thread that is ending has flushed already.
    let _ = CACHE.try_with(|cache| {
        let mut cache = cache.borrow_mut();
        if cache.lease == lease {
            cache.flush();
        }
    });
}

struct Cache {
    /// Whose the slots are; 0 before the first.
    lease: u32,
    len: usize,
    numbers: [u32; CACHED_MAX],
    next_id: u64,
    end_id: u64,
}

impl Cache {
    const fn new() -> Self {
        Self {
            lease: 0,
            len: 0,
            numbers: [0; CACHED_MAX],
            next_id: 0,
            end_id: 0,
        }
    }

    fn allocate(&mut self, lease: u32) -> Vacancy {
        if self.len == 0 || self.lease != lease {
            self.refill(lease);
        }
        self.len -= 1;
        Vacancy {
            slot: pool::slot_of(self.numbers[self.len]),
            id: self.id(),
        }
    }

    fn recycle(&mut self, slot: SlotRef) {
        let number = pool::number_of(slot);
        if pool::lease_of(slot) != self.lease {
            pool::lock().give(&[number]);
            return;
        }
        if self.len == CACHED_MAX {
            // The oldest go; the newest are still in the processor's cache.
            pool::lock().give(&self.numbers[..BATCH]);
            self.numbers.copy_within(BATCH.., 0);
            self.len -= BATCH;
        }
        self.numbers[self.len] = number;
        self.len += 1;
    }

    #[cold]
    fn refill(&mut self, lease: u32) {
        self.flush();
        self.lease = lease;
        pool::lock().take(lease, &mut self.numbers[..BATCH]);
        self.len = BATCH;
        // Lowest number on top: neighbours in memory are used one after the other.
        self.numbers[..BATCH].reverse();
    }

    #[cold]
    fn flush(&mut self) {
        if self.len > 0 {
            pool::lock().give(&self.numbers[..self.len]);
            self.len = 0;
        }
    }

    fn id(&mut self) -> u64 {
        if self.next_id == self.end_id {
            // ORDERING: only that no two threads get the same.
            self.next_id = NEXT_ID.fetch_add(ID_BATCH, Ordering::Relaxed);
            self.end_id = self.next_id + ID_BATCH;
            assert!(
                self.end_id < 1 << ID_BITS,
                "this process has used up its task ids"
            );
        }
        self.next_id += 1;
        self.next_id - 1
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.flush();
    }
}

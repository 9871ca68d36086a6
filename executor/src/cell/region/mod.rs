//! Memory for slots: one reserved address range, handed out in pages, never unmapped.
//!
//! | file           | what it holds                                                          |
//! |----------------|------------------------------------------------------------------------|
//! | `mapping_*`    | address space from the system: reserve, make usable, give memory back   |
//! | `table`        | a growing array in a mapping of its own                                 |
//! | `list`         | doubly linked lists of pages                                            |
//! | `pool`         | which page is whose, which slots of it are free; one lock               |
//! | `cache`        | free slots at hand for a thread, so that the lock is taken once a batch |
//! | `lease`        | the pages of one scheduler                                              |
//!
//! A page is 64 slots, 4 KiB, one system page. Of these 60 are handed out; where the others would be
//! stand the spawn sites of their tenants, four bytes each. The books of a page (a bitmap of free slots and list links)
//! stand outside of it, so that a free slot holds nothing and a page whose slots are all free can
//! be taken back by the system at any time: a stale waker then reads a word of zeros, "free".
//!
//! # Rejected ways
//!
//! - *Links in the free slots* cannot be given back to the system, since the next page hangs on them.
//! - *Generations per slot* instead of ids do not survive a page's return: an old handle would match.
//! - *Giving pages back at once* costs up to twice the time of a burst in page faults.

#[cfg(not(loom))]
mod cache;
#[cfg(not(loom))]
mod lease;
#[cfg(not(loom))]
mod list;
#[cfg(any(not(unix), miri))]
#[path = "mapping_heap.rs"]
mod mapping;
#[cfg(all(unix, not(miri), not(loom)))]
#[path = "mapping_unix.rs"]
mod mapping;
#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod pool;
#[cfg(not(loom))]
mod table;

#[cfg(not(loom))]
pub(crate) use cache::{allocate, recycle};
#[cfg(not(loom))]
pub(crate) use lease::{Lease, slots_in_use};
#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use pool::{has_no_purger, purge};
#[cfg(not(loom))]
pub(super) use pool::{nowhere, number_of, site_of, slot_of};

use super::slot::SlotRef;

/// Bits of a slot number: half a billion tasks at a time, four million where a pointer has 32 bits.
pub(crate) const NUMBER_BITS: u32 = if usize::BITS == 64 { 29 } else { 22 };

/// A slot for a new tenant, and the tenant's id.
pub(crate) struct Vacancy {
    pub(super) slot: SlotRef,
    pub(super) id: u64,
}

//! The pages of one scheduler: where its slots come from, and how all its tasks are found.

use std::fmt;

use super::super::slot::SlotRef;
use super::cache;
use super::list::{List, NONE, TENANTS};
use super::pool::{self, Pool, SLOTS};

/// The right to take slots from pages that no other scheduler uses.
///
/// When it is dropped, slots that are still held (results that nobody has taken) stay valid; each
/// page goes as its last slot is given back.
pub(crate) struct Lease {
    id: u32,
}

impl Lease {
    pub(crate) fn new() -> Self {
        Self {
            id: pool::lock().open_lease(),
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Calls `visit` for each slot of the lease, taken or not, without a lock. Slots that are taken
    /// while this runs may be missed.
    pub(crate) fn walk(&self, visit: impl FnMut(SlotRef)) {
        let walk = Walk::begin(self.id);
        walk.slots().for_each(visit);
    }

    /// How many slots hold a task or a result.
    pub(crate) fn slots_in_use(&self) -> usize {
        Walk::begin(self.id).in_use()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        cache::flush(self.id);
        let idle = {
            let pool = &mut *pool::lock();
            pool.close_lease(self.id);
            pool.has_no_lease()
        };
        if idle {
            pool::purge_all();
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("id", &self.id).finish()
    }
}

/// How many slots of this process hold a task or a result, of runtimes that are gone too.
///
/// It looks at every page in use; a diagnosis, not a counter.
pub(crate) fn slots_in_use() -> usize {
    let leases = pool::lock().leases_in_use();
    leases
        .into_iter()
        .map(|lease| Walk::begin(lease).in_use())
        .sum()
}

/// Keeps the pages of a lease together while somebody looks at them.
struct Walk {
    lease: u32,
    pages: Vec<u32>,
}

impl Walk {
    fn begin(lease: u32) -> Self {
        let pool = &mut *pool::lock();
        let walkable = pool.begin_walk(lease);
        let pages = if walkable {
            pages(pool, lease)
        } else {
            Vec::new()
        };
        Self { lease, pages }
    }

    fn slots(&self) -> impl Iterator<Item = SlotRef> {
        let numbers = self
            .pages
            .iter()
            .flat_map(|page| (page * SLOTS..).take(TENANTS as usize));
        numbers.map(pool::slot_of)
    }

    fn in_use(&self) -> usize {
        self.slots().filter(|slot| !slot.state().is_free()).count()
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        pool::lock().end_walk(self.lease);
    }
}

fn pages(pool: &Pool, lease: u32) -> Vec<u32> {
    let books = pool.leases.get(lease);
    [books.partial, books.full]
        .iter()
        .flat_map(|list| {
            std::iter::successors(list.first(), |page| List::after(&pool.books, *page))
        })
        .filter(|page| *page != NONE)
        .collect()
}

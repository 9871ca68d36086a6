//! Which page is whose and which of its slots are free, behind one lock that is taken once for a
//! batch of slots.
//!
//! Each page that was ever handed out is on exactly one list:
//!
//! | list            | its slots                        | its memory           |
//! |-----------------|----------------------------------|----------------------|
//! | a lease's `partial` | some free, some not          | the lease's          |
//! | a lease's `full`    | none free                    | the lease's          |
//! | `warm`          | all free, of no lease            | still there          |
//! | `cold`          | all free, of no lease            | given back, reads zero |
//!
//! "Free" here means *known to the pool*: slots in a thread's cache count as taken.
//!
//! Invariants:
//!
//! - P1. A slot is free in its page's bitmap, or in one thread's cache, or vacant in the hands of a
//!   spawner, or tenanted; in one of these only.
//! - P2. A page changes its lease only with all bits set; so the lease of a taken slot's page is
//!   fixed, and may be read without the lock.
//! - P3. Only pages of no lease are discarded; their words are free, and readers of a free word
//!   (stale wakers) go no further, so that zeros are as good. Nobody relies on the margin of a page but
//!   for slots that are taken.
//!
//! **Giving back.** A page that was not needed for a whole period is discarded, oldest first, in
//! steps of about a millisecond, by a worker that is about to sleep; `low` is the smallest number of
//! warm pages seen in the period. Only the worker that sleeps in the driver can come again by itself; one
//! that falls asleep elsewhere, and sees that nobody will, wakes it. So a load that comes in bursts keeps its pages, and an idle process
//! keeps none.

#![expect(unsafe_code, reason = "slots are addresses in the region")]

use std::ptr::NonNull;
use std::time::{Duration, Instant};

use wane_channel::base::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering, fence};
use wane_channel::base::sync::{Mutex, MutexGuard};

use super::super::slot::{Slot, SlotRef};
use super::NUMBER_BITS;
use super::list::{ALL_FREE, Book, List, NONE, TENANTS};
use super::mapping::Mapping;
use super::table::{Entry, Table};

/// Slots of a page; a bit each in a word. The last of them are never anybody's ([`TENANTS`]): there is
/// the page's margin.
pub(super) const SLOTS: u32 = u64::BITS;

/// Bytes of a page.
const PAGE: usize = SLOTS as usize * size_of::<Slot>();

/// What stands in a page behind the slots that are handed out.
#[repr(C)]
struct Margin {
    /// The spawn site of each slot's tenant.
    sites: [AtomicU32; TENANTS as usize],
    /// The lease that has the page.
    lease: AtomicU32,
}

/// Where the margin begins in a page.
const MARGIN: usize = TENANTS as usize * size_of::<Slot>();

const _: () = assert!(MARGIN + size_of::<Margin>() <= PAGE);

/// Bytes of slots made usable at a time.
const STEP: usize = 1 << 22;

/// How many schedulers may have pages at a time.
const LEASES_MAX: usize = 1 << 16;

/// How long a page must have been of no use before its memory goes back.
const IDLE_PERIOD: Duration = Duration::from_millis(500);

/// Pages given back at a time: 16 MiB, about a millisecond.
const DISCARD_BATCH: u32 = 4096;

/// Pause between two such batches.
const DISCARD_PAUSE: Duration = Duration::from_millis(1);

/// The first slot, once the region is there.
static BASE: AtomicPtr<Slot> = AtomicPtr::new(std::ptr::null_mut());

/// How many pages are warm, so that nobody locks to learn that there are none.
static WARM: AtomicU32 = AtomicU32::new(0);

/// Somebody who found warm pages will come again for them.
static IS_PURGED: AtomicBool = AtomicBool::new(false);

static POOL: Mutex<Option<Pool>> = Mutex::new(None);

/// The books of one lease.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeaseBook {
    pub(super) partial: List,
    pub(super) full: List,
    /// Its scheduler is there. Without one, the id is free again when the last page goes.
    open: bool,
    /// The id is on the list of free ids.
    is_free: bool,
    /// How many walk the pages: free ones stay until the last is done.
    walks: u32,
    /// The next free id, in the list of free ids.
    next_free: u32,
}

impl LeaseBook {
    fn pages(&self) -> u32 {
        self.partial.len() + self.full.len()
    }
}

// SAFETY: numbers, empty lists and `false` may be zero.
unsafe impl Entry for LeaseBook {}

/// All pages.
#[derive(Debug)]
pub(super) struct Pool {
    slots: Mapping,
    /// Bytes of `slots` that are usable.
    usable: usize,
    /// The first page that was never handed out.
    fresh: u32,
    pub(super) books: Table<Book>,
    pub(super) leases: Table<LeaseBook>,
    /// The first lease id that was never used.
    lease_fresh: u32,
    lease_free: u32,
    warm: List,
    cold: List,
    /// Fewest warm pages since the period began.
    low: u32,
    /// Warm pages that have been idle for a period and are to be discarded.
    surplus: u32,
    period_end: Option<Instant>,
}

/// The pool, made at first use.
pub(super) fn lock() -> impl std::ops::DerefMut<Target = Pool> {
    MutexGuard::map(POOL.lock(), |pool| pool.get_or_insert_with(Pool::new))
}

/// The slot with this number, which some slot has.
#[inline]
pub(in crate::cell) fn slot_of(number: u32) -> SlotRef {
    // ORDERING: who has a slot's number has it from somebody who saw the region made.
    let base = BASE.load(Ordering::Relaxed);
    let slot = NonNull::new(base.wrapping_add(number as usize));
    // SAFETY: the number is a slot's, so the address lies in the usable part, which stays.
    unsafe { SlotRef::new(slot.expect("a slot number comes from a slot")) }
}

/// The number of a slot.
#[inline]
pub(in crate::cell) fn number_of(slot: SlotRef) -> u32 {
    // ORDERING: as in `slot_of`.
    let base = BASE.load(Ordering::Relaxed);
    ((slot.as_ptr().addr() - base.addr()) / size_of::<Slot>()) as u32
}

/// Where the spawn site of a slot's tenant stands. It reads zero until it is written.
#[inline]
pub(in crate::cell) fn site_of(slot: SlotRef) -> &'static AtomicU32 {
    let index = slot.as_ptr().addr() % PAGE / size_of::<Slot>();
    &margin_of(slot).sites[index % SLOTS as usize]
}

/// The margin of a slot's page.
#[inline]
fn margin_of(slot: SlotRef) -> &'static Margin {
    let slot = slot.as_ptr().cast::<u8>();
    let page = slot.wrapping_sub(slot.addr() % PAGE);
    let margin = page.wrapping_add(MARGIN).cast::<Margin>();
    // SAFETY: the region begins at a page, so that this lies in the page of the slot, which is usable and
    // stays; no slot is there, zero is a margin, and it is only ever read and written as atomics.
    unsafe { &*margin }
}

/// A slot that is never anybody's, for handles of tasks that are over.
pub(in crate::cell) fn nowhere() -> SlotRef {
    drop(lock());
    slot_of(0)
}

/// The lease that has the page of a taken slot. Needs no lock (P2).
#[inline]
pub(super) fn lease_of(slot: SlotRef) -> u32 {
    // ORDERING: fixed while the slot is taken (P2); who has the slot has it from the taker.
    margin_of(slot).lease.load(Ordering::Relaxed)
}

/// Gives memory back to the system that has been idle for long, a step at a time. Returns when to
/// come again, if there is anything left to give.
pub(crate) fn purge(now: Instant) -> Option<Duration> {
    // ORDERING: the fence, with that of `has_no_purger`, orders both words: whoever finds no page here
    // and sleeps has said so to whoever makes one warm later.
    IS_PURGED.store(false, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    if WARM.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let mut pages = Vec::new();
    let again = lock().take_idle(now, &mut pages);
    discard(pages);
    // ORDERING: a promise to come again; a late reader wakes a driver in vain.
    IS_PURGED.store(again.is_some(), Ordering::Relaxed);
    again
}

/// Whether there is memory to give back and nobody will come to do it: to be asked by a worker that falls
/// asleep without calling [`purge`], who then wakes one that sleeps in the driver.
pub(crate) fn has_no_purger() -> bool {
    // ORDERING: see `purge`; the pages that this thread has made warm come before the fence.
    fence(Ordering::SeqCst);
    WARM.load(Ordering::Relaxed) > 0 && !IS_PURGED.load(Ordering::Relaxed)
}

/// Gives all pages of no lease back to the system.
pub(super) fn purge_all() {
    loop {
        let mut pages = Vec::new();
        lock().take_warm(DISCARD_BATCH, &mut pages);
        if pages.is_empty() {
            return;
        }
        discard(pages);
    }
}

/// Discards detached pages, neighbours in one go, and files them as cold.
fn discard(mut pages: Vec<u32>) {
    if pages.is_empty() {
        return;
    }
    pages.sort_unstable();
    // The system calls are made with the pages on no list and without the lock.
    let mapping = lock().slots;
    for run in pages.chunk_by(|page, next| page + 1 == *next) {
        let start = run[0] as usize * PAGE;
        mapping.discard(start..start + run.len() * PAGE);
    }
    let pool = &mut *lock();
    for page in pages {
        pool.cold.push_first(&mut pool.books, page);
    }
}

impl Pool {
    fn new() -> Self {
        let slots = Mapping::reserve((1 << NUMBER_BITS) * size_of::<Slot>(), STEP);
        // ORDERING: see `slot_of`.
        BASE.store(slots.base().as_ptr().cast(), Ordering::Relaxed);
        let mut pool = Self {
            slots,
            usable: 0,
            fresh: NONE + 1,
            books: Table::reserve(slots.len() / PAGE),
            leases: Table::reserve(LEASES_MAX),
            lease_fresh: 1,
            lease_free: 0,
            warm: List::default(),
            cold: List::default(),
            low: 0,
            surplus: 0,
            period_end: None,
        };
        pool.make_usable(0);
        pool
    }

    /// A lease of no pages yet.
    pub(super) fn open_lease(&mut self) -> u32 {
        let lease = match self.lease_free {
            0 => {
                let lease = self.lease_fresh;
                assert!(
                    (lease as usize) < self.leases.capacity(),
                    "too many schedulers at once"
                );
                self.lease_fresh += 1;
                lease
            }
            lease => {
                self.lease_free = self.leases.get(lease).next_free;
                lease
            }
        };
        self.leases.set(
            lease,
            LeaseBook {
                open: true,
                ..LeaseBook::default()
            },
        );
        lease
    }

    /// No slot will be taken for this lease any more.
    pub(super) fn close_lease(&mut self, lease: u32) {
        self.leases.set(
            lease,
            LeaseBook {
                open: false,
                ..self.leases.get(lease)
            },
        );
        self.settle_lease(lease);
    }

    /// Keeps the pages of a lease together until as many walks have ended as began. Returns false
    /// where the lease is nobody's.
    pub(super) fn begin_walk(&mut self, lease: u32) -> bool {
        let books = self.leases.get(lease);
        self.leases.set(
            lease,
            LeaseBook {
                walks: books.walks + 1,
                ..books
            },
        );
        books.open || books.pages() > 0
    }

    /// Lets free pages of the lease go again after the last walk.
    pub(super) fn end_walk(&mut self, lease: u32) {
        let books = self.leases.get(lease);
        self.leases.set(
            lease,
            LeaseBook {
                walks: books.walks - 1,
                ..books
            },
        );
        let mut page = books.partial.first();
        while let Some(current) = page {
            page = List::after(&self.books, current);
            self.settle_page(current);
        }
        self.settle_lease(lease);
    }

    /// The leases that have pages.
    pub(super) fn leases_in_use(&self) -> Vec<u32> {
        (1..self.lease_fresh)
            .filter(|lease| self.leases.get(*lease).pages() > 0)
            .collect()
    }

    /// Whether no scheduler of the process is left.
    pub(super) fn has_no_lease(&self) -> bool {
        (1..self.lease_fresh).all(|lease| !self.leases.get(lease).open)
    }

    /// Fills `batch` with free slots of the lease, from pages that are in use already where it can.
    pub(super) fn take(&mut self, lease: u32, batch: &mut [u32]) {
        let mut filled = 0;
        while filled < batch.len() {
            let page = self.page_with_room(lease);
            let mut book = self.books.get(page);
            while book.free != 0 && filled < batch.len() {
                let bit = book.free.trailing_zeros();
                book.free &= book.free - 1;
                batch[filled] = page * SLOTS + bit;
                filled += 1;
            }
            self.books.set(page, book);
            if book.free == 0 {
                self.move_page(lease, page, |books| (&mut books.partial, &mut books.full));
            }
        }
    }

    /// Takes back free slots, of any leases.
    pub(super) fn give(&mut self, batch: &[u32]) {
        for number in batch {
            let page = number / SLOTS;
            let mut book = self.books.get(page);
            let bit = 1 << (number % SLOTS);
            debug_assert!(book.free & bit == 0, "slot {number} is free already (P1)");
            let was_full = book.free == 0;
            book.free |= bit;
            self.books.set(page, book);
            if was_full {
                self.move_page(book.lease, page, |books| {
                    (&mut books.full, &mut books.partial)
                });
            }
            self.settle_page(page);
        }
    }

    /// Takes a page that is wholly free away from its lease.
    fn settle_page(&mut self, page: u32) {
        let book = self.books.get(page);
        let mut books = self.leases.get(book.lease);
        if book.free != ALL_FREE || books.walks > 0 {
            return;
        }
        books.partial.unlink(&mut self.books, page);
        self.leases.set(book.lease, books);
        self.set_lease(page, 0);
        self.warm.push_first(&mut self.books, page);
        self.publish_warm();
        self.settle_lease(book.lease);
    }

    /// Frees the id of a closed lease without pages.
    fn settle_lease(&mut self, lease: u32) {
        let books = self.leases.get(lease);
        if !books.open && !books.is_free && books.walks == 0 && books.pages() == 0 {
            let next_free = std::mem::replace(&mut self.lease_free, lease);
            self.leases.set(
                lease,
                LeaseBook {
                    is_free: true,
                    next_free,
                    ..books
                },
            );
        }
    }

    fn move_page(
        &mut self,
        lease: u32,
        page: u32,
        ends: fn(&mut LeaseBook) -> (&mut List, &mut List),
    ) {
        let mut books = self.leases.get(lease);
        let (from, to) = ends(&mut books);
        from.unlink(&mut self.books, page);
        to.push_last(&mut self.books, page);
        self.leases.set(lease, books);
    }

    /// A page of the lease with a free slot.
    fn page_with_room(&mut self, lease: u32) -> u32 {
        let mut books = self.leases.get(lease);
        if let Some(page) = books.partial.first() {
            return page;
        }
        let page = self.free_page();
        self.books.set(page, Book::all_free());
        self.set_lease(page, lease);
        books.partial.push_first(&mut self.books, page);
        self.leases.set(lease, books);
        page
    }

    /// A page of no lease, the warmest there is.
    fn free_page(&mut self) -> u32 {
        if let Some(page) = self.warm.pop_first(&mut self.books) {
            self.publish_warm();
            return page;
        }
        if let Some(page) = self.cold.pop_first(&mut self.books) {
            return page;
        }
        let page = self.fresh;
        assert!(
            (page as usize + 1) * PAGE <= self.slots.len(),
            "out of task slots: {} tasks are live or have results that nobody took",
            page * TENANTS
        );
        self.make_usable(page);
        self.fresh += 1;
        page
    }

    fn set_lease(&mut self, page: u32, lease: u32) {
        let mut book = self.books.get(page);
        book.lease = lease;
        self.books.set(page, book);
        // ORDERING: see `lease_of`.
        let margin = margin_of(slot_of(page * SLOTS));
        margin.lease.store(lease, Ordering::Relaxed);
    }

    fn make_usable(&mut self, page: u32) {
        while self.usable < (page as usize + 1) * PAGE {
            let next = (self.usable + STEP).min(self.slots.len());
            if let Err(error) = self.slots.commit(self.usable..next) {
                panic!("no memory for task slots: {error}");
            }
            self.usable = next;
        }
    }

    fn publish_warm(&mut self) {
        self.low = self.low.min(self.warm.len());
        self.surplus = self.surplus.min(self.warm.len());
        // ORDERING: a hint, see `purge`.
        WARM.store(self.warm.len(), Ordering::Relaxed);
    }

    /// Detaches pages that have been idle for a period, at most a batch. Returns when to come again.
    fn take_idle(&mut self, now: Instant, pages: &mut Vec<u32>) -> Option<Duration> {
        let end = *self.period_end.get_or_insert(now + IDLE_PERIOD);
        if now >= end {
            self.surplus = self.low;
            self.low = self.warm.len();
            self.period_end = Some(now + IDLE_PERIOD);
        }
        let batch = self.surplus.min(DISCARD_BATCH);
        let left = self.surplus - batch;
        self.take_warm(batch, pages);
        self.surplus = left.min(self.warm.len());
        match (self.surplus, self.warm.len()) {
            (0, 0) => {
                self.period_end = None;
                None
            }
            (0, _) => self
                .period_end
                .map(|end| end.saturating_duration_since(now)),
            _ => Some(DISCARD_PAUSE),
        }
    }

    /// Detaches the oldest warm pages.
    fn take_warm(&mut self, count: u32, pages: &mut Vec<u32>) {
        pages.extend(
            std::iter::from_fn(|| self.warm.pop_last(&mut self.books)).take(count as usize),
        );
        self.publish_warm();
    }
}

//! A global allocator that counts live bytes.

#![expect(unsafe_code, reason = "a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

/// Counts what is allocated and not freed.
#[derive(Debug)]
pub struct Counting {
    live: AtomicIsize,
    peak: AtomicIsize,
    allocations: AtomicUsize,
}

impl Counting {
    /// Nothing counted yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            live: AtomicIsize::new(0),
            peak: AtomicIsize::new(0),
            allocations: AtomicUsize::new(0),
        }
    }

    /// Live bytes.
    pub fn live(&self) -> isize {
        self.live.load(Ordering::SeqCst)
    }

    /// The most live bytes since [`Counting::forget_peak`].
    pub fn peak(&self) -> isize {
        self.peak.load(Ordering::SeqCst)
    }

    /// Begins a new peak with what is live now.
    pub fn forget_peak(&self) {
        self.peak.store(self.live(), Ordering::SeqCst);
    }

    /// Blocks that were ever allocated.
    pub fn allocations(&self) -> usize {
        self.allocations.load(Ordering::SeqCst)
    }

    fn gained(&self, bytes: usize) {
        let before = self.live.fetch_add(bytes as isize, Ordering::SeqCst);
        self.peak
            .fetch_max(before + bytes as isize, Ordering::SeqCst);
        self.allocations.fetch_add(1, Ordering::SeqCst);
    }

    fn lost(&self, bytes: usize) {
        self.live.fetch_sub(bytes as isize, Ordering::SeqCst);
    }
}

impl Default for Counting {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.gained(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.lost(layout.size());
        // SAFETY: the block came from `alloc` above, which is the system's.
        unsafe { System.dealloc(block, layout) }
    }
}

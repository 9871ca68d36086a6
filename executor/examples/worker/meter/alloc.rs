//! The counting allocator: the system's, and one counter of the bytes handed out and not given back.
//!
//! The counter is exact at rest: whoever reads it while no other thread allocates sees the sum of
//! the sizes that were asked for. What the system allocator keeps for itself (rounding, free lists)
//! is not in it, and must not be: that is the allocator's memory, not ours.

#![expect(
    unsafe_code,
    reason = "`GlobalAlloc` is an unsafe trait; its four methods only forward"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

/// Forwards to [`System`] and counts.
pub(crate) struct Counting {
    live: AtomicIsize,
}

impl Counting {
    pub(crate) const fn new() -> Self {
        Self {
            live: AtomicIsize::new(0),
        }
    }

    /// Bytes asked for and not given back.
    pub(crate) fn live_bytes(&self) -> i64 {
        self.live.load(Ordering::Relaxed) as i64
    }

    fn gained(&self, block: *mut u8, size: usize) -> *mut u8 {
        if !block.is_null() {
            self.live.fetch_add(size as isize, Ordering::Relaxed);
        }
        block
    }

    fn lost(&self, size: usize) {
        self.live.fetch_sub(size as isize, Ordering::Relaxed);
    }
}

// SAFETY: every method hands its arguments to `System`, which is a sound allocator, and returns what
// that returned; the counter beside it touches no memory but its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises a layout of non-zero size, and it is passed on unchanged.
        let block = unsafe { System.alloc(layout) };
        self.gained(block, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller promises a layout of non-zero size, and it is passed on unchanged.
        let block = unsafe { System.alloc_zeroed(layout) };
        self.gained(block, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.lost(layout.size());
        // SAFETY: the caller promises that `block` came from this allocator, hence from `System`,
        // with this very layout.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `block` came from this allocator, hence from `System`,
        // with this very layout, and that `size` is not zero and does not overflow when rounded up.
        let moved = unsafe { System.realloc(block, layout, size) };
        if !moved.is_null() {
            self.lost(layout.size());
        }
        self.gained(moved, size)
    }
}

//! Address space from the allocator, where there is no better: a smaller range, kept for good.

#![expect(unsafe_code, reason = "raw zeroed memory")]

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::io;
use std::ops::Range;
use std::ptr::NonNull;

/// Largest range asked of the allocator, in bytes.
const BYTES_MAX: usize = if cfg!(miri) { 1 << 20 } else { 1 << 26 };

/// A range of addresses that is never given back. Its memory is zero until written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is plain memory; who may touch which part is its user's business.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Allocates `len` bytes, at most [`BYTES_MAX`].
    pub(super) fn reserve(len: usize, _least: usize) -> Self {
        let len = len.min(BYTES_MAX);
        let layout = Layout::from_size_align(len, 4096).expect("a power of two");
        // SAFETY: the layout is not empty.
        let base = unsafe { alloc_zeroed(layout) };
        let base = NonNull::new(base).unwrap_or_else(|| handle_alloc_error(layout));
        Self { base, len }
    }

    /// The first byte.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Bytes reserved.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All of it is usable from the start.
    ///
    /// # Errors
    ///
    /// None.
    pub(super) fn commit(&self, range: Range<usize>) -> io::Result<()> {
        assert!(range.end <= self.len, "{range:?} of {}", self.len);
        Ok(())
    }

    /// Nothing can be given back.
    pub(super) fn discard(&self, _range: Range<usize>) -> bool {
        false
    }
}

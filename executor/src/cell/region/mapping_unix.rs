//! Address space from a Unix system.

#![expect(unsafe_code, reason = "system calls on memory")]

use std::io;
use std::ops::Range;
use std::ptr::NonNull;

/// A range of addresses that is never given back. Its memory is zero until written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is plain memory; who may touch which part is its user's business.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Reserves `len` bytes, or half of it as often as it takes until the system agrees.
    ///
    /// # Panics
    ///
    /// When not even `least` bytes of address space are to be had.
    pub(super) fn reserve(mut len: usize, least: usize) -> Self {
        loop {
            match Self::try_reserve(len) {
                Ok(mapping) => return mapping,
                Err(_) if len / 2 >= least => len /= 2,
                Err(error) => panic!("no address space for {least} bytes of task slots: {error}"),
            }
        }
    }

    fn try_reserve(len: usize) -> io::Result<Self> {
        // SAFETY: a new mapping anywhere touches no memory of ours.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or_else(|| io::Error::other("mapped at null"))?;
        super_pages_off(base, len);
        Ok(Self { base, len })
    }

    /// The first byte.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Bytes reserved.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Makes a range usable; `range` is of whole system pages.
    ///
    /// # Errors
    ///
    /// The system's, when it has no memory to promise.
    pub(super) fn commit(&self, range: Range<usize>) -> io::Result<()> {
        let (start, len) = self.part(&range);
        // SAFETY: the range lies in our own mapping, where nothing relies on its being unusable.
        let code = unsafe { libc::mprotect(start, len, libc::PROT_READ | libc::PROT_WRITE) };
        if code == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    /// Gives the memory of a range back to the system; its bytes then read zero. Returns whether it
    /// was done: if not, the bytes are what they were.
    ///
    /// The caller sees to it that nobody needs the bytes; readers may come at any time.
    pub(super) fn discard(&self, range: Range<usize>) -> bool {
        let (start, len) = self.part(&range);
        zeroing_discard(start, len)
    }

    fn part(&self, range: &Range<usize>) -> (*mut libc::c_void, usize) {
        assert!(
            range.start <= range.end && range.end <= self.len,
            "{range:?} of {}",
            self.len
        );
        (
            self.base.as_ptr().wrapping_add(range.start).cast(),
            range.end - range.start,
        )
    }
}

/// Huge pages would take back what is discarded in small ones.
#[cfg(target_os = "linux")]
fn super_pages_off(base: NonNull<u8>, len: usize) {
    // SAFETY: advice on our own mapping that changes no content. Failure means there are none.
    let _ = unsafe { libc::madvise(base.as_ptr().cast(), len, libc::MADV_NOHUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn super_pages_off(_base: NonNull<u8>, _len: usize) {}

#[cfg(target_os = "linux")]
fn zeroing_discard(start: *mut libc::c_void, len: usize) -> bool {
    // SAFETY: the range is ours and its content given up by the caller. The kernel's zeros reach
    // concurrent readers as whole words.
    unsafe { libc::madvise(start, len, libc::MADV_DONTNEED) == 0 }
}

/// Elsewhere there is no discard that leaves the range readable and zero: pages are kept.
#[cfg(not(target_os = "linux"))]
fn zeroing_discard(_start: *mut libc::c_void, _len: usize) -> bool {
    false
}

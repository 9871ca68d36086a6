//! glibc's allocator, told to give large blocks back at once.

#![expect(unsafe_code, reason = "a call of the C library")]

/// Bytes of a block that comes from the system and goes back to it.
const LARGE: libc::c_int = 128 * 1024;

/// Keeps the allocator from learning: by itself it takes blocks of up to 32 MiB from its own store, and
/// keeps them there, once one of their size was freed. What is resident then says nothing of this runtime.
pub fn give_large_blocks_back() {
    // SAFETY: any value is allowed, at any time.
    let taken = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
    assert_eq!(taken, 1, "the allocator takes the threshold");
}

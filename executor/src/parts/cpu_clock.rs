//! How much of a processor a thread has used: what tells a thread that works from one that waits.
#![expect(unsafe_code, reason = "system calls")]

use std::mem::MaybeUninit;
use std::time::Duration;

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

/// Stands for "no thread". A clock's id has half as many bits.
const NONE: u64 = u64::MAX;

/// The clock of the thread that is in a seat.
#[derive(Debug)]
pub(crate) struct CpuClock(AtomicU64);

impl CpuClock {
    /// That of nobody.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(NONE))
    }

    /// Makes it this thread's.
    pub(crate) fn take(&self) {
        let mut clock = MaybeUninit::uninit();
        // SAFETY: it has no premise.
        let thread = unsafe { libc::pthread_self() };
        // SAFETY: this thread is alive, and the pointer is to a clock's id that may be written.
        let failed = unsafe { libc::pthread_getcpuclockid(thread, clock.as_mut_ptr()) };
        if failed == 0 {
            // SAFETY: the call has succeeded, and has written it.
            let clock: libc::clockid_t = unsafe { clock.assume_init() };
            // ORDERING: an id that says nothing about other memory.
            self.0
                .store(u64::from(clock.cast_unsigned()), Ordering::Relaxed);
        }
    }

    /// How much it has run. `None` where there is no such thread any more.
    pub(crate) fn read(&self) -> Option<Duration> {
        // ORDERING: see `take`.
        let clock = self.0.load(Ordering::Relaxed);
        let clock = u32::try_from(clock).ok()?.cast_signed();
        let mut time = MaybeUninit::uninit();
        // SAFETY: the pointer is to a time that may be written. A clock whose thread is gone is an
        // error.
        let failed = unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) };
        if failed != 0 {
            return None;
        }
        // SAFETY: the call has succeeded, and has written it.
        let time: libc::timespec = unsafe { time.assume_init() };
        let seconds = u64::try_from(time.tv_sec).ok()?;
        let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
        Some(Duration::new(seconds, nanoseconds))
    }
}

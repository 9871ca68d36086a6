//! A clock for what must not cost a look at the real one: workers set it when they wake up and when
//! they look into the driver, so that it is late by some dozen polls at most.

use std::sync::OnceLock;
use std::time::Instant;

use wane_channel::base::sync::atomic::{AtomicU32, Ordering};

/// When it was first set.
static START: OnceLock<Instant> = OnceLock::new();

/// Milliseconds since then, modulo 2^32.
static MS: AtomicU32 = AtomicU32::new(0);

/// Sets it.
pub(crate) fn set(now: Instant) {
    let start = *START.get_or_init(|| now);
    let ms = now.saturating_duration_since(start).as_millis() as u32;
    // ORDERING: a hint. Looked at first, so that its cache line is written only when it changes.
    if MS.load(Ordering::Relaxed) != ms {
        MS.store(ms, Ordering::Relaxed);
    }
}

/// Milliseconds since it was first set, modulo 2^32.
#[inline]
pub(crate) fn ms() -> u32 {
    // ORDERING: a hint.
    MS.load(Ordering::Relaxed)
}

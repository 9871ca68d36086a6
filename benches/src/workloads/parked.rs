//! Detached tasks with the smallest future there is, polled once and parked for good.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

use crate::rivals::Rival;

/// Tasks spawned before they are waited for, so that no queue grows long and stays resident.
pub const BATCH: u64 = 1_000;

/// Tasks of this process that were polled, and parked. A field for it would be most of the future.
static PARKED: AtomicU64 = AtomicU64::new(0);

/// Parks so many tasks; they stay until the rival is dropped. One call at a time in a process.
///
/// # Panics
///
/// When `tasks` is no multiple of [`BATCH`], or a task is polled twice.
pub fn park<R: Rival>(rival: &R, tasks: u64) {
    assert!(
        tasks.is_multiple_of(BATCH),
        "tasks park in batches of {BATCH}"
    );
    let root = rival.spawn(park_batches::<R>(rival.context(), tasks / BATCH));
    rival.block_on(root);
}

async fn park_batches<R: Rival>(context: R::Context, batches: u64) {
    // ORDERING: Relaxed here and below; the count stands for nothing but itself.
    let mut target = PARKED.load(Ordering::Relaxed);
    for _ in 0..batches {
        target += BATCH;
        (0..BATCH).for_each(|_| R::detach_from(context, Park { polled: false }));
        while PARKED.load(Ordering::Relaxed) < target {
            R::yield_now().await;
        }
        assert_eq!(
            PARKED.load(Ordering::Relaxed),
            target,
            "each task parks once"
        );
    }
}

struct Park {
    polled: bool,
}

impl Future for Park {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        assert!(!self.polled, "nobody has this task's waker");
        self.polled = true;
        PARKED.fetch_add(1, Ordering::Relaxed);
        Poll::Pending
    }
}

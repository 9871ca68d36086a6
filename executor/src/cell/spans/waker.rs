//! A waker that tells `tracing` of its clones, wakes and drops, as tokio's do.

#![expect(unsafe_code, reason = "a waker is made from its parts")]

use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

use tracing::{Level, span};
use wane_channel::base::sync::Arc;

/// A task's waker, and the span of the task.
pub(super) struct Traced {
    waker: Waker,
    task: span::Id,
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, let_go);

impl Traced {
    /// A waker that wakes as `waker` does.
    pub(super) fn wrap(waker: Waker, task: span::Id) -> Waker {
        let shared = Arc::new(Self { waker, task });
        // SAFETY: the functions of the table take what `Arc::into_raw` gives for a `Traced`; each waker
        // owns one count, from here or from `clone`, and `wake` and `let_go` give it up. `Traced` is
        // `Send` and `Sync`, since a `Waker` and a number are.
        unsafe { Waker::new(Arc::into_raw(shared).cast(), &VTABLE) }
    }

    fn tell(&self, move_: &'static str) {
        let task = self.task.into_u64();
        tracing::event!(target: "runtime::waker", Level::TRACE, op = move_, task.id = task);
    }
}

/// The count that a waker owns, borrowed.
///
/// # Safety
///
/// - `data` is that of a waker of this kind, which lives for as long as what is returned.
unsafe fn borrow(data: *const ()) -> ManuallyDrop<Arc<Traced>> {
    // SAFETY: the pointer came from `Arc::into_raw`, and its count is not given up here.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is being cloned lives.
    let shared = unsafe { borrow(data) };
    shared.tell("waker.clone");
    RawWaker::new(Arc::into_raw(Arc::clone(&shared)).cast(), &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the waker gives its count up.
    let shared: Arc<Traced> = unsafe { Arc::from_raw(data.cast()) };
    shared.tell("waker.wake");
    shared.waker.wake_by_ref();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker that wakes lives.
    let shared = unsafe { borrow(data) };
    shared.tell("waker.wake_by_ref");
    shared.waker.wake_by_ref();
}

unsafe fn let_go(data: *const ()) {
    // SAFETY: the waker gives its count up.
    let shared: Arc<Traced> = unsafe { Arc::from_raw(data.cast()) };
    shared.tell("waker.drop");
}

//! A waker made from its parts: [`Wake`](std::task::Wake) does not tell when it is cloned.
#![expect(unsafe_code, reason = "a waker is made from its parts")]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What happens when a waker is cloned, woken and dropped.
pub trait Hooks: Send + Sync + 'static {
    fn on_clone(&self) {}
    fn on_wake(&self) {}
    fn on_drop(&self) {}
}

/// A waker with these hooks. They live as long as the process, so that no count of its own stands
/// between the waker and them.
pub fn waker<H: Hooks>(hooks: &'static H) -> Waker {
    // SAFETY: the vtable asks of its data that it is a `&'static H`, which any thread may use; it
    // keeps no count, so that a clone is the same pointer and a drop frees nothing.
    unsafe { Waker::from_raw(Vtable::<H>::raw(hooks)) }
}

struct Vtable<H>(PhantomData<H>);

impl<H: Hooks> Vtable<H> {
    const FUNCTIONS: &'static RawWakerVTable = &RawWakerVTable::new(
        Self::clone_hooked,
        Self::wake,
        Self::wake_by_ref,
        Self::drop_hooked,
    );

    fn raw(hooks: &'static H) -> RawWaker {
        RawWaker::new(std::ptr::from_ref(hooks).cast(), Self::FUNCTIONS)
    }

    /// # Safety
    ///
    /// - `data` is the data of [`Vtable::raw`] for the same `H`.
    unsafe fn hooks(data: *const ()) -> &'static H {
        // SAFETY: `data` is what `raw` made of a `&'static H`, as the caller promised: it points at
        // an `H` that is never dropped and that nobody holds by `&mut`.
        unsafe { &*data.cast::<H>() }
    }

    /// # Safety
    ///
    /// - As for [`Vtable::hooks`].
    unsafe fn clone_hooked(data: *const ()) -> RawWaker {
        // SAFETY: `data` is what the caller got from `raw` for this `H`, as it promised.
        let hooks = unsafe { Self::hooks(data) };
        hooks.on_clone();
        Self::raw(hooks)
    }

    /// # Safety
    ///
    /// - As for [`Vtable::hooks`].
    unsafe fn wake(data: *const ()) {
        // SAFETY: `data` is what the caller got from `raw` for this `H`, as it promised.
        let hooks = unsafe { Self::hooks(data) };
        hooks.on_wake();
        hooks.on_drop();
    }

    /// # Safety
    ///
    /// - As for [`Vtable::hooks`].
    unsafe fn wake_by_ref(data: *const ()) {
        // SAFETY: `data` is what the caller got from `raw` for this `H`, as it promised.
        unsafe { Self::hooks(data) }.on_wake();
    }

    /// # Safety
    ///
    /// - As for [`Vtable::hooks`].
    unsafe fn drop_hooked(data: *const ()) {
        // SAFETY: `data` is what the caller got from `raw` for this `H`, as it promised.
        unsafe { Self::hooks(data) }.on_drop();
    }
}

/// Counts what is done to a waker and its clones.
#[derive(Debug, Default)]
pub struct Tally {
    clones: AtomicUsize,
    wakes: AtomicUsize,
    drops: AtomicUsize,
}

impl Tally {
    /// A tally, and its waker.
    pub fn new() -> (&'static Self, Waker) {
        let tally: &'static Self = Box::leak(Box::default());
        (tally, waker(tally))
    }

    pub fn clones(&self) -> usize {
        self.clones.load(Ordering::SeqCst)
    }

    pub fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }

    pub fn drops(&self) -> usize {
        self.drops.load(Ordering::SeqCst)
    }
}

impl Hooks for Tally {
    fn on_clone(&self) {
        self.clones.fetch_add(1, Ordering::SeqCst);
    }

    fn on_wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }

    fn on_drop(&self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

//! The model's body: loom's objects under parking_lot's manners.

use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::Instant;

pub mod atomic {
    //! Atomics and fences.
    pub use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    /// Replaces a pointer that other threads at most take away meanwhile: by a swap, since loom lets a
    /// read-modify-write that came before a plain store undo it.
    pub fn replace<T>(pointer: &AtomicPtr<T>, order: Ordering, new: *mut T) {
        pointer.swap(new, order);
    }
}

pub mod thread {
    //! Threads.
    pub use std::thread::panicking;

    pub use loom::thread::{Builder, JoinHandle, Thread, ThreadId, current, park, yield_now};

    /// Whether the thread has ended, as far as is known, which is nothing here.
    pub fn has_ended<T>(_thread: &JoinHandle<T>) -> bool {
        false
    }
}

pub mod cell {
    //! Cells whose accesses loom dates.
    pub use loom::cell::UnsafeCell;
}

/// loom's lock without poisoning.
#[derive(Debug, Default)]
pub struct Mutex<T>(loom::sync::Mutex<T>);

/// What [`Mutex::lock`] returns. It is empty only while a [`Condvar`] waits on it.
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    mutex: &'a loom::sync::Mutex<T>,
    held: Option<loom::sync::MutexGuard<'a, T>>,
}

impl<'a, T> MutexGuard<'a, T> {
    fn acquire(mutex: &'a loom::sync::Mutex<T>) -> Self {
        let held = Some(mutex.lock().unwrap_or_else(PoisonError::into_inner));
        Self { mutex, held }
    }

    fn let_go(&mut self) -> loom::sync::MutexGuard<'a, T> {
        self.held
            .take()
            .expect("the guard is empty only inside `Condvar::wait`")
    }
}

impl<T> Mutex<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    /// Locks; a panic elsewhere does not poison.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard::acquire(&self.0)
    }

    /// Gives the value back.
    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held
            .as_ref()
            .expect("the guard is empty only inside `Condvar::wait`")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held
            .as_mut()
            .expect("the guard is empty only inside `Condvar::wait`")
    }
}

/// loom's condition variable with parking_lot's signature.
#[derive(Debug, Default)]
pub struct Condvar(loom::sync::Condvar);

impl Condvar {
    /// A condition nobody waits for yet.
    pub fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    /// Lets go of the lock, waits for a notification, and takes the lock again.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.let_go();
        guard.held = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
    }

    /// As [`Condvar::wait`]: time stands still in a model.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _deadline: Instant) -> Waited {
        self.wait(guard);
        Waited
    }

    /// Wakes one waiting thread.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes every waiting thread.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// Lets go of the lock and takes it again: a deadline that may pass at any moment, before or after
/// anything that others do meanwhile. (Where time stands still, [`Condvar::wait_until`] is meant.)
pub fn wait_impatiently<T>(
    _condition: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    _deadline: Instant,
) -> bool {
    drop(guard.let_go());
    *guard = MutexGuard::acquire(guard.mutex);
    true
}

/// What [`Condvar::wait_until`] returns.
#[derive(Debug)]
pub struct Waited;

impl Waited {
    /// Whether the deadline ended the wait, which it never does.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        false
    }
}

pub mod unwind {
    //! Where a user's panic stops.
    use std::any::Any;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    /// What a model's user code panics with. Any other panic is loom's own report, or a failed
    /// assertion of the model, and must not be taken for a task's.
    #[derive(Debug)]
    pub struct Planned;

    /// Runs user code and catches its [`Planned`] panic.
    ///
    /// # Errors
    ///
    /// What it panicked with.
    pub fn catch<R>(user: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send + 'static>> {
        catch_unwind(AssertUnwindSafe(user)).map_err(|panic| match panic.is::<Planned>() {
            true => panic,
            false => resume_unwind(panic),
        })
    }
}

//! The native body: std's atomics and threads, parking_lot's locks.

pub use parking_lot::{Condvar, Mutex, MutexGuard};

/// Waits for a notification until the deadline at most; true where the deadline ended the wait.
pub fn wait_impatiently<T>(
    condition: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    deadline: std::time::Instant,
) -> bool {
    condition.wait_until(guard, deadline).timed_out()
}

pub mod atomic {
    //! Atomics and fences.
    pub use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    /// Replaces a pointer that other threads at most take away meanwhile.
    #[inline]
    pub fn replace<T>(pointer: &AtomicPtr<T>, order: Ordering, new: *mut T) {
        pointer.store(new, order);
    }
}

pub mod thread {
    //! Threads.
    pub use std::thread::{
        Builder, JoinHandle, LocalKey, Thread, ThreadId, current, panicking, park, park_timeout,
        sleep, yield_now,
    };

    /// Whether the thread has ended.
    pub fn has_ended<T>(thread: &JoinHandle<T>) -> bool {
        thread.is_finished()
    }
}

pub mod cell {
    //! Cells whose accesses loom can date.

    /// A cell that several threads may reach; who may touch it when is the caller's protocol.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// Wraps a value.
        #[inline]
        pub const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// Gives a pointer for reading.
        #[inline]
        pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
            read(self.0.get())
        }

        /// Gives a pointer for writing.
        #[inline]
        pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
            write(self.0.get())
        }
    }
}

pub mod unwind {
    //! Where a user's panic stops.
    use std::any::Any;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Runs user code and catches its panic.
    ///
    /// # Errors
    ///
    /// What it panicked with.
    #[inline]
    pub fn catch<R>(user: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send + 'static>> {
        catch_unwind(AssertUnwindSafe(user))
    }
}

//! The runtimes under measurement, behind one trait: wane, and tokio beside it.

use std::future::Future;

/// A runtime with one worker and one thread for blocking jobs.
pub(crate) trait Subject {
    /// Joins a task.
    type Handle<T: Send + 'static>;
    /// Aborts a task.
    type Abort;

    fn new() -> Self;

    fn spawn<F>(&self, future: F) -> Self::Handle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static;

    fn spawn_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T>;

    fn is_finished<T: Send + 'static>(handle: &Self::Handle<T>) -> bool;

    fn abort<T: Send + 'static>(handle: &Self::Handle<T>);

    fn abort_handle<T: Send + 'static>(handle: &Self::Handle<T>) -> Self::Abort;

    /// Joins by reference; the handle stays.
    fn join<T: Send + 'static>(&self, handle: &mut Self::Handle<T>) -> Joined;

    /// Tasks that are not over.
    fn alive(&self) -> usize;

    /// Memory for tasks that is not on the heap.
    fn slots(&self) -> usize;

    /// The same after the runtime is gone.
    fn slots_of_process() -> usize;
}

/// How a join came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    Value,
    Cancelled,
    Panic,
}

pub(crate) struct Wane(wane::runtime::Runtime);

impl Subject for Wane {
    type Handle<T: Send + 'static> = wane::task::JoinHandle<T>;
    type Abort = wane::task::AbortHandle;

    fn new() -> Self {
        let mut builder = wane::runtime::Builder::new_multi_thread();
        let built = builder.worker_threads(1).max_blocking_threads(1).build();
        Self(built.expect("a runtime"))
    }

    fn spawn<F>(&self, future: F) -> Self::Handle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.spawn(future)
    }

    fn spawn_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        self.0.spawn_blocking(job)
    }

    fn is_finished<T: Send + 'static>(handle: &Self::Handle<T>) -> bool {
        handle.is_finished()
    }

    fn abort<T: Send + 'static>(handle: &Self::Handle<T>) {
        handle.abort();
    }

    fn abort_handle<T: Send + 'static>(handle: &Self::Handle<T>) -> Self::Abort {
        handle.abort_handle()
    }

    fn join<T: Send + 'static>(&self, handle: &mut Self::Handle<T>) -> Joined {
        match self.0.block_on(handle) {
            Ok(_) => Joined::Value,
            Err(error) if error.is_cancelled() => Joined::Cancelled,
            Err(_) => Joined::Panic,
        }
    }

    fn alive(&self) -> usize {
        self.0.metrics().num_alive_tasks()
    }

    fn slots(&self) -> usize {
        self.0.metrics().slots_in_use()
    }

    fn slots_of_process() -> usize {
        wane::runtime::RuntimeMetrics::process_slots_in_use()
    }
}

pub(crate) struct Tokio(tokio::runtime::Runtime);

impl Subject for Tokio {
    type Handle<T: Send + 'static> = tokio::task::JoinHandle<T>;
    type Abort = tokio::task::AbortHandle;

    fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let built = builder.worker_threads(1).max_blocking_threads(1).build();
        Self(built.expect("a runtime"))
    }

    fn spawn<F>(&self, future: F) -> Self::Handle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.spawn(future)
    }

    fn spawn_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Self::Handle<T> {
        self.0.spawn_blocking(job)
    }

    fn is_finished<T: Send + 'static>(handle: &Self::Handle<T>) -> bool {
        handle.is_finished()
    }

    fn abort<T: Send + 'static>(handle: &Self::Handle<T>) {
        handle.abort();
    }

    fn abort_handle<T: Send + 'static>(handle: &Self::Handle<T>) -> Self::Abort {
        handle.abort_handle()
    }

    fn join<T: Send + 'static>(&self, handle: &mut Self::Handle<T>) -> Joined {
        match self.0.block_on(handle) {
            Ok(_) => Joined::Value,
            Err(error) if error.is_cancelled() => Joined::Cancelled,
            Err(_) => Joined::Panic,
        }
    }

    fn alive(&self) -> usize {
        self.0.metrics().num_alive_tasks()
    }

    fn slots(&self) -> usize {
        0
    }

    fn slots_of_process() -> usize {
        0
    }
}

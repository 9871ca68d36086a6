//! async-executor: one shared `Executor`, run by plain threads that park without a reactor.

use std::future::Future;

use async_executor::{Executor, Task};
use futures_lite::future;
use tokio::sync::oneshot;
use wane_channel::base::sync::thread;

use super::Rival;

/// The rival.
///
/// The executor is leaked, which is how `smol` has it too: a `&'static` one costs a task nothing
/// to carry.
#[derive(Debug)]
pub struct AsyncExecutor {
    executor: &'static Executor<'static>,
    workers: Vec<Worker>,
}

#[derive(Debug)]
struct Worker {
    /// The worker runs until this is dropped.
    running: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Worker {
    fn start(executor: &'static Executor<'static>) -> Self {
        let (running, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("async-executor".into())
            .spawn(move || {
                let _ = future::block_on(executor.run(stopped));
            })
            .expect("the system gives a thread");
        Self { running, thread }
    }
}

impl Drop for AsyncExecutor {
    fn drop(&mut self) {
        for Worker { running, thread } in self.workers.drain(..) {
            drop(running);
            thread.join().expect("no task panicked on this worker");
        }
    }
}

impl Rival for AsyncExecutor {
    const NAME: &'static str = "async-executor";
    type Task<T: Send + 'static> = Task<T>;
    type Context = &'static Executor<'static>;

    fn start(workers: usize) -> Self {
        let executor: &'static Executor<'static> = Box::leak(Box::new(Executor::new()));
        let workers = (0..workers).map(|_| Worker::start(executor)).collect();
        Self { executor, workers }
    }

    fn context(&self) -> Self::Context {
        self.executor
    }

    fn spawn<F>(&self, future: F) -> Self::Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.executor.spawn(future)
    }

    fn spawn_from<F>(executor: Self::Context, future: F) -> Self::Task<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        executor.spawn(future)
    }

    fn detach_from<F>(executor: Self::Context, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        executor.spawn(future).detach();
    }

    /// smol's pool, which is the process's.
    fn spawn_blocking<T, F>(&self, job: F) -> Self::Task<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        blocking::unblock(job)
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        future::yield_now()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        future::block_on(future)
    }
}

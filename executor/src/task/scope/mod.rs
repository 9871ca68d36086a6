//! Scopes: tasks that do not outlive the block they are spawned in.
//!
//! | file       | what it holds                                                         |
//! |------------|-----------------------------------------------------------------------|
//! | `mod`      | [`scope()`], and what its body spawns with                            |
//! | `fallible` | the forms for children that may fail: [`try_scope`], [`supervise`]    |
//! | `lead`     | the future of a scope: body, cancelling, waiting                      |
//! | `books`    | the children that are not over                                        |
//! | `child`    | what runs as a child                                                  |
//! | `handle`   | role: takes a child's value                                           |
//! | `around`   | which scope a thread is in                                            |
//!
//! A child of a scope is a task as any other. That its joiner cell tells the scope, and the scope then
//! tells whoever awaits the handle, is all there is to it: the scope hears of each end after the child's
//! memory was given back, whoever holds what.
//!
//! Ways not taken: children that borrow from the body (the body may be forgotten, and then a child on
//! another thread would go on with what it borrowed); a drop that blocks until the children are gone (it
//! would hold a worker, on which they may have to be dropped); a counter that each child's future lowers
//! when it is dropped (it would be early: the future's memory is still there).

mod around;
mod books;
mod child;
mod fallible;
mod handle;
mod lead;

use std::any::Any;
use std::fmt;
use std::future::pending;
use std::panic;

use wane_channel::base::sync::Arc;

use crate::blocking::BlockingContext;
use crate::cell::id::Id;
use crate::cell::{JoinHandle, drop_quietly};
use crate::runtime::spawn;

use books::{Books, Fatal, Vacancy};
use child::{Child, Report, job};
use handle::Outcome;
use lead::Lead;

pub use fallible::{Failure, TryScope, supervise, try_scope};
pub use handle::ScopedJoinHandle;

/// Runs a body that may spawn children, and returns its value when every child is gone.
///
/// The children are tasks of the current runtime and run beside the body. Leaving the scope aborts those
/// that are left, and waits until each is dropped and its memory given back: where the body returns
/// (by `?` as well), and where it panics. To let the children come to their ends first, await their
/// handles, or [`Scope::wait`].
///
/// A child's panic ends the scope: its body and its other children are dropped, and the panic goes on
/// from the scope's `await`. An error that a child returns is a value like others;
/// [`try_scope`] ends with the first one, [`supervise`] reports each.
///
/// ```
/// # let rt = wane::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
/// # rt.block_on(async {
/// let numbers = vec![3, 1, 4, 1, 5];
/// let sum = wane::scope(async |s| {
///     let (left, right) = numbers.split_at(2);
///     let (left, right) = (left.to_vec(), right.to_vec());
///     let left = s.spawn(async move { left.iter().sum::<i32>() });
///     let right = s.spawn_blocking(move || right.iter().sum::<i32>());
///     left.await.unwrap() + right.await.unwrap()
/// }).await;
/// assert_eq!(sum, 14);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// A service, whose children are forgotten as they end:
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// # let (sender, requests) = wane::channel::bounded(1);
/// # wane::spawn(async move { for n in 0..10 { sender.send(n).await.unwrap(); } });
/// wane::scope(async |s| {
///     while let Ok(request) = requests.recv().await {
///         s.spawn(async move { request * 2 });
///     }
///     s.wait().await;
/// }).await;
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
///
/// When the body or a child does, with its panic.
///
/// # Happens-before
///
/// The end of each child, its future dropped → the return of `scope`; the end of a child → its handle's
/// `await`, and a [`Scope::len`] that does not count it.
///
/// # Cancellation
///
/// Lossy: the body is dropped, and every child aborted. Nothing blocks and nobody is left to wait, so
/// the children are gone soon after, not before: a child that is asleep is dropped by the first worker
/// that is free, one that is in a poll at the end of that poll, a blocking job that runs at its own end.
/// Where the dropped scope was in a child or the body of another one, that one waits for them before it
/// returns.
pub async fn scope<F, T>(body: F) -> T
where
    F: AsyncFnOnce(Scope) -> T,
{
    let books = Books::open();
    let scope = Scope {
        books: Arc::clone(&books),
    };
    match Lead::new(books, body(scope)).await {
        Ok(value) => value,
        Err(Fatal::Panic(payload)) => panic::resume_unwind(payload),
        Err(Fatal::Error(_)) => unreachable!("the children of a plain scope report no errors"),
    }
}

/// What the body of [`scope()`] spawns its children with. Clones are the same scope: a child that has one
/// may spawn siblings.
///
/// What is spawned when the scope has been left is dropped at once, unpolled, and its handle says
/// cancelled.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let total = wane::scope(async |s| {
///     let siblings = s.clone();
///     let child = s.spawn(async move {
///         let sibling = siblings.spawn(async { 1 });
///         1 + sibling.await.unwrap()
///     });
///     child.await.unwrap()
/// }).await;
/// assert_eq!(total, 2);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Scope {
    books: Arc<Books>,
}

impl Scope {
    /// Spawns a child. It starts at once.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> ScopedJoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let child = Child::new(&self.books, Plain, future);
        self.own(Outcome::Value(self.spawn_child(child)))
    }

    /// Runs a closure that may block as a child, on a thread of the runtime's pool. One that runs is not
    /// aborted: leaving the scope waits for its end. See [`spawn_blocking_with`](Self::spawn_blocking_with).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and when the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, closure: F) -> ScopedJoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let job = job(Arc::clone(&self.books), Plain, closure);
        self.own(Outcome::Value(self.spawn_job(job)))
    }

    /// Runs a closure that may block and can be interrupted as a child; see
    /// [`task::spawn_blocking_with`](crate::task::spawn_blocking_with). Leaving the scope interrupts it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wane::task::Cancelled;
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let nap = wane::scope(async |s| {
    ///     let (started, has_started) = wane::channel::oneshot::channel();
    ///     let nap = s.spawn_blocking_with(move |ctx| {
    ///         started.send(()).unwrap();
    ///         ctx.sleep(Duration::from_secs(3600))
    ///     });
    ///     has_started.await.unwrap();
    ///     nap
    /// }).await;
    /// assert!(matches!(nap.await.unwrap(), Err(Cancelled { .. })));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and when the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking_with<F, R>(&self, closure: F) -> ScopedJoinHandle<R>
    where
        F: FnOnce(BlockingContext) -> R + Send + 'static,
        R: Send + 'static,
    {
        let books = Arc::clone(&self.books);
        let job = move |ctx| job(books, Plain, || closure(ctx))();
        self.own(Outcome::Value(self.spawn_job_with(job)))
    }

    /// Aborts a child by the id that its handle tells. False where it is over, or no child of this scope.
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(wane::scope(async |s| {
    /// let child = s.spawn(std::future::pending::<()>());
    /// assert!(s.abort(child.id()));
    /// s.wait().await;
    /// assert!(!s.abort(child.id()));
    /// # }));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn abort(&self, child: Id) -> bool {
        self.books.abort(child)
    }

    /// Aborts the children of this moment. The scope goes on.
    pub fn abort_all(&self) {
        self.books.abort_all();
    }

    /// How many children are not over.
    #[must_use]
    pub fn len(&self) -> usize {
        self.books.len()
    }

    /// Whether every child is over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until no child is left, and aborts none. Called in a child it waits for ever: a child is
    /// left while it waits.
    ///
    /// # Cancellation
    ///
    /// Strict: nothing is lost.
    pub async fn wait(&self) {
        Vacancy::of(&self.books).await;
    }

    fn own<T>(&self, outcome: Outcome<T>) -> ScopedJoinHandle<T> {
        ScopedJoinHandle::new(&self.books, outcome)
    }

    #[track_caller]
    fn spawn_child<F>(&self, child: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let Some(admission) = self.books.admit() else {
            return refuse(child);
        };
        let mut handle = spawn::spawn(child);
        admission.enter(&mut handle);
        handle
    }

    #[track_caller]
    fn spawn_job<R: Send + 'static>(
        &self,
        job: impl FnOnce() -> R + Send + 'static,
    ) -> JoinHandle<R> {
        let Some(admission) = self.books.admit() else {
            return refuse(job);
        };
        let mut handle = spawn::spawn_blocking(job);
        admission.enter(&mut handle);
        handle
    }

    #[track_caller]
    fn spawn_job_with<R: Send + 'static>(
        &self,
        job: impl FnOnce(BlockingContext) -> R + Send + 'static,
    ) -> JoinHandle<R> {
        let Some(admission) = self.books.admit() else {
            return refuse(job);
        };
        let mut handle = spawn::spawn_blocking_with(job);
        admission.enter(&mut handle);
        handle
    }
}

/// Drops a child that came too late, here and now: its spawner may be one that the scope waits for. The
/// handle is that of a task which never returns and is aborted.
#[track_caller]
fn refuse<W, T>(work: W) -> JoinHandle<T>
where
    T: Send + 'static,
{
    drop_quietly(work);
    let handle = spawn::spawn(pending());
    handle.abort();
    handle
}

/// Values go to the handle, a panic ends the scope.
struct Plain;

impl<T> Report<T> for Plain {
    type Output = T;

    fn returned(&self, _books: &Arc<Books>, value: T) -> T {
        value
    }

    fn panicked(&self, books: &Arc<Books>, payload: Box<dyn Any + Send>) -> T {
        books.fail(Fatal::Panic(payload));
        // The panic is the scope's now. This one is for the handle, and past the panic hook.
        panic::resume_unwind(Box::new("its scope goes on with its panic"));
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("len", &self.len()).finish()
    }
}

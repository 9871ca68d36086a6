//! A set of tasks whose results are taken in the order in which the tasks end.
//!
//! The set owns the join handles, in a table by task id that is as large as the set. What ends says so
//! itself: the set has left its waker in the joiner cell of each child, and that waker puts the child's
//! id into a queue ([`ended`]). So taking the next result looks at one child, and a child whose result
//! was taken has left nothing.
//!
//! Ways not taken: polling the handles, as a list of futures does (a scan, or a waker that is allocated
//! for each child); a future around each child that hands the result in (the result would be seen
//! before the child's memory is given back).

mod ended;

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::panic;
use std::task::{Context, Poll, Waker, ready};

use wane_channel::base::budget;
use wane_channel::base::sync::Arc;

use crate::cell::id::Id;
use crate::cell::{AbortHandle, JoinError, JoinHandle};
use crate::parts::book::Book;
use crate::runtime::Handle;
use crate::runtime::local_set::{self, LocalSet};
use crate::runtime::spawn;

use ended::Ended;

/// A collection of tasks with one type of result, which are joined in the order in which they end.
///
/// Dropping the set aborts its tasks. A task that has ended and was not joined keeps its result, in
/// memory of the result's size, and a few words; one that was joined keeps nothing, however many the
/// set has seen.
///
/// ```
/// use wane::task::JoinSet;
///
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let mut squares = JoinSet::new();
/// for n in 1..=10_u64 {
///     squares.spawn(async move { n * n });
/// }
/// let mut sum = 0;
/// while let Some(square) = squares.join_next().await {
///     sum += square.unwrap();
/// }
/// assert_eq!(sum, 385);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct JoinSet<T> {
    handles: Book<JoinHandle<T>>,
    ended: Arc<Ended>,
    /// Leads to `ended`.
    waker: Waker,
}

impl<T> JoinSet<T> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        let ended = Arc::new(Ended::new());
        Self {
            handles: Book::new(),
            waker: Waker::from(Arc::clone(&ended)),
            ended,
        }
    }

    /// How many tasks are in the set: those that run, and those whose results were not taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// Whether there is no task in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }
}

impl<T: 'static> JoinSet<T> {
    /// Spawns a task into the set, and into the current runtime. It starts at once.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(spawn::spawn(task))
    }

    /// Spawns a task into the set, and into another runtime.
    ///
    /// ```
    /// # let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// let mut set = wane::task::JoinSet::new();
    /// set.spawn_on(async { "there" }, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_next()).unwrap().unwrap(), "there");
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn(task))
    }

    /// Spawns a task that need not be `Send` into the set, and into the [`LocalSet`] that this thread
    /// is running.
    ///
    /// # Panics
    ///
    /// Outside of a local set.
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set::spawn_local(task))
    }

    /// Spawns a task that need not be `Send` into the set, and into a [`LocalSet`]. It runs when that is
    /// driven.
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// # let runtime = wane::runtime::Builder::new_current_thread().build()?;
    /// let local = wane::task::LocalSet::new();
    /// let mut set = wane::task::JoinSet::new();
    /// set.spawn_local_on(async { Rc::new(7) }, &local);
    /// let seven = local.block_on(&runtime, set.join_next());
    /// assert_eq!(*seven.unwrap().unwrap(), 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local(task))
    }

    /// Runs a closure that may block on a thread of the current runtime's pool, as a member of the set.
    /// An abort reaches it only before it runs; see
    /// [`spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let mut set = wane::task::JoinSet::new();
    /// for n in 1..=4_u64 {
    ///     set.spawn_blocking(move || n * n);
    /// }
    /// assert_eq!(set.join_all().await.iter().sum::<u64>(), 30);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and when the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(spawn::spawn_blocking(f))
    }

    /// [`spawn_blocking`](Self::spawn_blocking) in another runtime.
    ///
    /// # Panics
    ///
    /// When the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking(f))
    }

    /// Waits for the next task of the set to end, and takes it out. `None` where the set is empty.
    ///
    /// # Cancellation
    ///
    /// Strict: a call that is dropped has taken no task out of the set.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|ctx| self.poll_join_next(ctx)).await
    }

    /// [`join_next`](Self::join_next), with the id of the task that ended. An error has its own,
    /// [`JoinError::id`].
    ///
    /// # Cancellation
    ///
    /// Strict: a call that is dropped has taken no task out of the set.
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|ctx| self.poll_join_next_with_id(ctx)).await
    }

    /// Takes a task that has ended out of the set. `None` where there is none yet, or the set is empty.
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let mut set = wane::task::JoinSet::new();
    /// set.spawn(async { 1 });
    /// assert!(set.try_join_next().is_none());
    /// wane::task::yield_now().await;
    /// assert_eq!(set.try_join_next().unwrap().unwrap(), 1);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let id = self.ended.pop()?;
        Some(self.take(id))
    }

    /// [`try_join_next`](Self::try_join_next), with the id of the task that ended.
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        let id = self.ended.pop()?;
        Some(self.take(id).map(|value| (id, value)))
    }

    /// Aborts all tasks and waits until each is over. Their results and panics are dropped, and the set
    /// is empty.
    ///
    /// # Cancellation
    ///
    /// Lossy: the aborts stand. The tasks that are not over are in the set as before.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits for all tasks and collects their results in the order in which they ended.
    ///
    /// # Panics
    ///
    /// When a task panics, with its panic, or was aborted. What is left in the set is aborted then.
    ///
    /// # Cancellation
    ///
    /// Lossy: the tasks that are left are aborted, and the results so far dropped.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut results = Vec::with_capacity(self.len());
        while let Some(outcome) = self.join_next().await {
            match outcome.map_err(|error| (error.to_string(), error.try_into_panic())) {
                Ok(value) => results.push(value),
                Err((_, Ok(payload))) => panic::resume_unwind(payload),
                Err((text, Err(_))) => panic!("{text}"),
            }
        }
        results
    }

    /// Aborts every task of the set. They stay in it, each until it is over and was joined.
    pub fn abort_all(&mut self) {
        self.handles.values().for_each(JoinHandle::abort);
    }

    /// Takes all tasks out of the set and lets them go on.
    ///
    /// ```
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let (tell, told) = wane::channel::oneshot::channel();
    /// let mut set = wane::task::JoinSet::new();
    /// set.spawn(async move { tell.send(7) });
    /// set.detach_all();
    /// drop(set);
    /// assert_eq!(told.await.unwrap(), 7);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn detach_all(&mut self) {
        // With all of its books: one of the tasks may be about to tell of its end.
        let mut detached = mem::take(self);
        drop(mem::take(&mut detached.handles));
    }

    /// Polls for the next task of the set to end.
    ///
    /// `Ready(None)` where the set is empty. Of several pending polls the last one's waker is woken. May
    /// be pending though a task has ended, where the budget of the calling task is spent; it is woken
    /// then.
    pub fn poll_join_next(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        let ended = ready!(self.poll_ended(ctx));
        Poll::Ready(ended.map(|id| self.take(id)))
    }

    /// [`poll_join_next`](Self::poll_join_next), with the id of the task that ended.
    pub fn poll_join_next_with_id(
        &mut self,
        ctx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        let ended = ready!(self.poll_ended(ctx));
        Poll::Ready(ended.map(|id| self.take(id).map(|value| (id, value))))
    }

    fn poll_ended(&mut self, ctx: &Context<'_>) -> Poll<Option<Id>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        ready!(budget::spend(ctx));
        let ended = self.ended.pop_or_wait(ctx.waker());
        if ended.is_none() {
            budget::refund();
        }
        ended.map_or(Poll::Pending, |id| Poll::Ready(Some(id)))
    }

    fn insert(&mut self, mut handle: JoinHandle<T>) -> AbortHandle {
        let (id, abort) = (handle.id(), handle.abort_handle());
        if !handle.wake_at_end(&self.waker) {
            // Over already, and told nobody.
            self.ended.push(id);
        }
        self.handles.insert(id.number(), handle);
        abort
    }

    /// Takes a child out that has told of its end.
    fn take(&mut self, id: Id) -> Result<T, JoinError> {
        let handle = self.handles.remove(id.number());
        let outcome = handle.and_then(|mut handle| handle.try_take());
        outcome.expect("a child that tells of its end is over, in the set, and tells once")
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.handles.values().for_each(JoinHandle::abort);
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Spawns each future into the set.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let set: wane::task::JoinSet<_> = (0..4).map(|n| async move { n }).collect();
/// assert_eq!(set.join_all().await.iter().sum::<i32>(), 6);
/// # });
/// # std::io::Result::Ok(())
/// ```
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(iter: I) -> Self {
        let mut set = Self::new();
        set.extend(iter);
        set
    }
}

/// Spawns each future into the set.
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, iter: I) {
        for task in iter {
            self.spawn(task);
        }
    }
}

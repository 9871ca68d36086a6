//! Scopes whose children may fail: the first error ends the scope, or each is reported.

use std::any::Any;
use std::fmt;
use std::panic;

use wane_channel::base::sync::Arc;

use super::Scope;
use super::books::{Books, Fatal};
use super::child::{Child, Report, job};
use super::handle::{Outcome, ScopedJoinHandle};
use super::lead::Lead;
use crate::blocking::BlockingContext;
use crate::cell::JoinError;
use crate::cell::id::{self, Id};

/// A [`scope`](super::scope) that the first error ends: of the body, or of a child.
///
/// The error of a child drops the body and the other children, and is returned when all are gone. Errors
/// that come later are dropped. A child's panic goes on from here, as in [`scope`](super::scope).
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let outcome = wane::task::try_scope(async |s| {
///     s.spawn(async { "7".parse::<u32>() });
///     s.spawn(async { "seven".parse::<u32>() });
///     std::future::pending().await
/// });
/// let outcome: Result<(), std::num::ParseIntError> = outcome.await;
/// assert!(outcome.is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Errors
///
/// The first that the body or a child returns.
///
/// # Panics
///
/// When the body or a child does, with its panic.
///
/// # Cancellation
///
/// Lossy: the body is dropped and every child aborted; see [`scope`](super::scope).
pub async fn try_scope<F, T, E>(body: F) -> Result<T, E>
where
    F: AsyncFnOnce(TryScope<E>) -> Result<T, E>,
    E: Send + 'static,
{
    let books = Books::open();
    let scope = TryScope::new(&books, |books, failure| {
        books.fail(match failure {
            Failure::Error(_, error) => Fatal::Error(Box::new(error)),
            Failure::Panic(error) => Fatal::Panic(error.into_panic()),
        });
    });
    match Lead::new(books, body(scope)).await {
        Ok(outcome) => outcome,
        Err(Fatal::Panic(payload)) => panic::resume_unwind(payload),
        Err(Fatal::Error(error)) => Err(*error
            .downcast()
            .expect("the children of this scope have this type of error")),
    }
}

/// A [`scope`](super::scope) that no failure of a child ends: each is reported, and the others go on.
///
/// `report` is called in the child that failed, as its last act. It may be called by several children
/// at a time. Leaving the scope aborts the children that are left, and waits for them; a panic of the
/// body goes on from here.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use wane::task::Failure;
///
/// static FAILED: AtomicUsize = AtomicUsize::new(0);
///
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let report = |failure: Failure<std::num::ParseIntError>| {
///     println!("{failure}");
///     FAILED.fetch_add(1, Ordering::Relaxed);
/// };
/// let sum = wane::task::supervise(report, async |s| {
///     let numbers = ["1", "two", "3"].map(|text| s.spawn(async { text.parse::<u32>() }));
///     let mut sum = 0;
///     for number in numbers {
///         sum += number.await.unwrap_or(0);
///     }
///     sum
/// });
/// assert_eq!(sum.await, 4);
/// assert_eq!(FAILED.load(Ordering::Relaxed), 1);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
///
/// When the body does.
///
/// # Cancellation
///
/// Lossy: the body is dropped and every child aborted; see [`scope`](super::scope).
pub async fn supervise<R, F, T, E>(report: R, body: F) -> T
where
    R: Fn(Failure<E>) + Send + Sync + 'static,
    F: AsyncFnOnce(TryScope<E>) -> T,
    E: Send + 'static,
{
    let books = Books::open();
    let scope = TryScope::new(&books, move |_, failure| report(failure));
    match Lead::new(books, body(scope)).await {
        Ok(value) => value,
        Err(Fatal::Panic(payload)) => panic::resume_unwind(payload),
        Err(Fatal::Error(_)) => unreachable!("the failures of this scope are reported"),
    }
}

/// How a child of [`supervise`] failed.
#[derive(Debug)]
pub enum Failure<E> {
    /// The child of this id returned an error.
    Error(Id, E),
    /// The child panicked.
    Panic(JoinError),
}

impl<E> Failure<E> {
    /// The id of the child.
    #[must_use]
    pub fn id(&self) -> Id {
        match self {
            Self::Error(id, _) => *id,
            Self::Panic(error) => error.id(),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(id, error) => write!(f, "task {id} failed: {error}"),
            Self::Panic(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for Failure<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Error(_, error) => Some(error),
            Self::Panic(error) => Some(error),
        }
    }
}

/// Who is told of a failure, in the child that failed.
type OnFailure<E> = dyn Fn(&Books, Failure<E>) + Send + Sync;

/// What the bodies of [`try_scope`] and [`supervise`] spawn their children with: a [`Scope`] whose
/// children return a `Result`. The handle of a child is for the value; it says cancelled where the
/// child has failed, and the scope is told of the failure.
pub struct TryScope<E> {
    scope: Scope,
    on_failure: Arc<OnFailure<E>>,
}

impl<E: Send + 'static> TryScope<E> {
    fn new(
        books: &Arc<Books>,
        on_failure: impl Fn(&Books, Failure<E>) + Send + Sync + 'static,
    ) -> Self {
        let scope = Scope {
            books: Arc::clone(books),
        };
        Self {
            scope,
            on_failure: Arc::new(on_failure),
        }
    }

    /// As [`Scope::spawn`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn<F, T>(&self, future: F) -> ScopedJoinHandle<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
    {
        let child = Child::new(&self.scope.books, self.tells(), future);
        self.scope
            .own(Outcome::Success(self.scope.spawn_child(child)))
    }

    /// As [`Scope::spawn_blocking`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and when the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, closure: F) -> ScopedJoinHandle<T>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
    {
        let job = job(Arc::clone(&self.scope.books), self.tells(), closure);
        self.scope.own(Outcome::Success(self.scope.spawn_job(job)))
    }

    /// As [`Scope::spawn_blocking_with`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and when the pool has no thread and the system refuses one.
    #[track_caller]
    pub fn spawn_blocking_with<F, T>(&self, closure: F) -> ScopedJoinHandle<T>
    where
        F: FnOnce(BlockingContext) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
    {
        let (books, tells) = (Arc::clone(&self.scope.books), self.tells());
        let job = move |ctx| job(books, tells, || closure(ctx))();
        self.scope
            .own(Outcome::Success(self.scope.spawn_job_with(job)))
    }

    /// As [`Scope::abort`].
    pub fn abort(&self, child: Id) -> bool {
        self.scope.abort(child)
    }

    /// As [`Scope::abort_all`].
    pub fn abort_all(&self) {
        self.scope.abort_all();
    }

    /// As [`Scope::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.scope.len()
    }

    /// As [`Scope::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scope.is_empty()
    }

    /// As [`Scope::wait`].
    ///
    /// # Cancellation
    ///
    /// Strict: nothing is lost.
    pub async fn wait(&self) {
        self.scope.wait().await;
    }

    fn tells(&self) -> Tells<E> {
        Tells(Arc::clone(&self.on_failure))
    }
}

impl<E> Clone for TryScope<E> {
    fn clone(&self) -> Self {
        Self {
            scope: self.scope.clone(),
            on_failure: Arc::clone(&self.on_failure),
        }
    }
}

impl<E> fmt::Debug for TryScope<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryScope")
            .field("len", &self.scope.len())
            .finish_non_exhaustive()
    }
}

/// Values go to the handle, failures to whoever the scope tells.
struct Tells<E>(Arc<OnFailure<E>>);

impl<T, E> Report<Result<T, E>> for Tells<E> {
    type Output = Option<T>;

    fn returned(&self, books: &Arc<Books>, value: Result<T, E>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                (self.0)(books, Failure::Error(id::id(), error));
                None
            }
        }
    }

    fn panicked(&self, books: &Arc<Books>, payload: Box<dyn Any + Send>) -> Option<T> {
        let error = JoinError::panicked(id::id(), payload);
        (self.0)(books, Failure::Panic(error));
        None
    }
}

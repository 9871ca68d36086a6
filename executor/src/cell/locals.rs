//! Values that follow a task: set for as long as a future is polled or dropped, on whatever thread.
//!
//! The future carries the value. Each poll swaps it with what the thread has under the same key, and
//! swaps back in the end, also in a panic; so scopes nest, and nothing is left on a thread.

use std::cell::RefCell;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use wane_channel::base::sync::thread;

/// Declares keys of task-local values.
///
/// ```
/// wane::task_local! {
///     /// Who asks.
///     pub static USER: String;
///     static DEPTH: u32;
/// }
///
/// let rt = wane::runtime::Builder::new_current_thread().build()?;
/// rt.block_on(async {
///     let task = wane::spawn(USER.scope("ada".to_owned(), async { USER.with(String::len) }));
///     assert_eq!(task.await.unwrap(), 3);
///     assert!(DEPTH.try_get().is_err());
/// });
/// # std::io::Result::Ok(())
/// ```
#[macro_export]
macro_rules! task_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $value:ty $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        $visibility static $name: $crate::task::LocalKey<$value> = {
            ::std::thread_local! {
                static CELL: ::std::cell::RefCell<::std::option::Option<$value>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::LocalKey::from_thread_local(CELL)
        };
        $($crate::task_local! { $($rest)* })?
    };
}

/// The key of a task-local value, declared by [`task_local!`](crate::task_local).
///
/// A value is set by [`scope`](Self::scope) around a future, or by
/// [`sync_scope`](Self::sync_scope) around a function. Tasks that are spawned inside do not inherit
/// it.
///
/// ```
/// wane::task_local! {
///     static REQUEST: u32;
/// }
///
/// let rt = wane::runtime::Builder::new_current_thread().build()?;
/// rt.block_on(REQUEST.scope(1, async {
///     assert_eq!(REQUEST.get(), 1);
///     REQUEST.scope(2, async { assert_eq!(REQUEST.get(), 2) }).await;
///     assert_eq!(REQUEST.get(), 1);
///     assert!(wane::spawn(async { REQUEST.try_get().is_err() }).await.unwrap());
/// }));
/// # std::io::Result::Ok(())
/// ```
pub struct LocalKey<T: 'static> {
    cell: thread::LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> LocalKey<T> {
    /// For [`task_local!`](crate::task_local).
    #[doc(hidden)]
    #[must_use]
    pub const fn from_thread_local(cell: thread::LocalKey<RefCell<Option<T>>>) -> Self {
        Self { cell }
    }

    /// Sets the value for a future: while it is polled, and while it is dropped.
    ///
    /// # Panics
    ///
    /// The returned future panics when it is polled inside of [`with`](Self::with) of the same key.
    ///
    /// # Cancellation
    ///
    /// As that of the future.
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F> {
        TaskLocalFuture {
            key: self,
            value: Some(value),
            future: Some(future),
        }
    }

    /// Sets the value for the call of a function.
    ///
    /// ```
    /// wane::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// assert_eq!(NUMBER.sync_scope(1, || NUMBER.get() + 1), 2);
    /// assert!(NUMBER.try_get().is_err());
    /// ```
    ///
    /// # Panics
    ///
    /// When called inside of [`with`](Self::with) of the same key, when the thread is ending, and
    /// when the function panics.
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, function: F) -> R
    where
        F: FnOnce() -> R,
    {
        match self.enter(&mut Some(value), function) {
            Ok(result) => result,
            Err(error) => error.panic(),
        }
    }

    /// Calls a function with the value.
    ///
    /// # Panics
    ///
    /// Where no value is set; [`try_with`](Self::try_with) does not.
    #[track_caller]
    pub fn with<F, R>(&'static self, function: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(function) {
            Ok(result) => result,
            Err(error) => panic!("{error}: call it inside of `LocalKey::scope`"),
        }
    }

    /// Calls a function with the value.
    ///
    /// # Errors
    ///
    /// Where no value is set.
    pub fn try_with<F, R>(&'static self, function: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        let tried = self
            .cell
            .try_with(|cell| cell.borrow().as_ref().map(function));
        tried.ok().flatten().ok_or(AccessError(()))
    }

    /// Sets the value, calls `inside`, and puts back what was set before, also in a panic.
    fn enter<R>(
        &'static self,
        value: &mut Option<T>,
        inside: impl FnOnce() -> R,
    ) -> Result<R, EnterError> {
        self.swap(value)?;
        let _back = SwapBack { key: self, value };
        Ok(inside())
    }

    fn swap(&'static self, value: &mut Option<T>) -> Result<(), EnterError> {
        let swapped = self.cell.try_with(|cell| {
            let mut cell = cell.try_borrow_mut().map_err(|_| EnterError::Borrowed)?;
            mem::swap(&mut *cell, value);
            Ok(())
        });
        swapped.unwrap_or(Err(EnterError::ThreadEnds))
    }
}

impl<T: Clone + 'static> LocalKey<T> {
    /// A copy of the value.
    ///
    /// # Panics
    ///
    /// Where no value is set; [`try_get`](Self::try_get) does not.
    #[track_caller]
    #[must_use]
    pub fn get(&'static self) -> T {
        self.with(T::clone)
    }

    /// A copy of the value.
    ///
    /// # Errors
    ///
    /// Where no value is set.
    pub fn try_get(&'static self) -> Result<T, AccessError> {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// Ends a scope.
struct SwapBack<'a, T: 'static> {
    key: &'static LocalKey<T>,
    value: &'a mut Option<T>,
}

impl<T> Drop for SwapBack<'_, T> {
    fn drop(&mut self) {
        let swapped = self.key.swap(self.value);
        swapped.expect("whoever borrows the value inside of a scope is done when the scope ends");
    }
}

/// Why a scope could not be entered.
#[derive(Debug)]
enum EnterError {
    Borrowed,
    ThreadEnds,
}

impl EnterError {
    #[track_caller]
    fn panic(self) -> ! {
        match self {
            Self::Borrowed => panic!(
                "a scope of a task-local key was entered inside of `with` of the same key: \
                 copy the value out first"
            ),
            Self::ThreadEnds => panic!(
                "a scope of a task-local key was entered while its thread ends: \
                 do not enter one from the destructor of a thread-local value"
            ),
        }
    }
}

/// No task-local value is set where it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this task-local value is not set here")
    }
}

impl std::error::Error for AccessError {}

pin_project! {
    /// A future with a task-local value; made by [`LocalKey::scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        key: &'static LocalKey<T>,
        value: Option<T>,
        // None once it has returned.
        #[pin]
        future: Option<F>,
    }

    impl<T, F> PinnedDrop for TaskLocalFuture<T, F>
    where
        T: 'static,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                // Where the scope cannot be entered, the future is dropped without its value.
                let _ = this.key.enter(this.value, || this.future.set(None));
            }
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value out. From then on the future finds none; after its end that is no loss.
    ///
    /// ```
    /// wane::task_local! {
    ///     static NUMBER: u32;
    /// }
    ///
    /// let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// rt.block_on(async {
    ///     let mut scope = std::pin::pin!(NUMBER.scope(1, async { NUMBER.get() }));
    ///     assert_eq!(scope.as_mut().await, 1);
    ///     assert_eq!(scope.take_value(), Some(1));
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().value.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let polled = this.key.enter(this.value, || {
            let future = this.future.as_mut().as_pin_mut();
            let future = future.expect("TaskLocalFuture polled after completion");
            let output = ready!(future.poll(ctx));
            // The value is there for the drop, too.
            this.future.set(None);
            Poll::Ready(output)
        });
        match polled {
            Ok(polled) => polled,
            Err(error) => error.panic(),
        }
    }
}

impl<T: fmt::Debug + 'static, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture")
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::rc::Rc;
    use std::task::Waker;

    use super::*;

    crate::task_local! {
        static NUMBER: u32;
        /// The last one needs no semicolon.
        static TEXT: String
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Returns at its second poll what its key holds then.
    async fn number_after_a_pause() -> u32 {
        let before = NUMBER.get();
        let mut paused = false;
        poll_fn(|_| {
            if mem::replace(&mut paused, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        assert_eq!(NUMBER.get(), before);
        before
    }

    /// Notes when it is dropped which value is set.
    struct NotesAtDrop(Rc<Cell<Option<u32>>>);

    impl Drop for NotesAtDrop {
        fn drop(&mut self) {
            self.0.set(NUMBER.try_get().ok());
        }
    }

    #[test]
    fn a_value_is_set_inside_of_its_scope_only() {
        let mut scope = pin!(NUMBER.scope(1, number_after_a_pause()));
        assert!(poll(scope.as_mut()).is_pending());
        assert_eq!(NUMBER.try_get(), Err(AccessError(())));
        assert_eq!(poll(scope.as_mut()), Poll::Ready(1));
        assert_eq!(NUMBER.try_get(), Err(AccessError(())));
    }

    #[test]
    fn futures_that_take_turns_on_a_thread_keep_their_own_values() {
        let mut one = pin!(NUMBER.scope(1, number_after_a_pause()));
        let mut two = pin!(NUMBER.scope(2, number_after_a_pause()));
        assert!(poll(one.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending());
        assert_eq!(poll(one.as_mut()), Poll::Ready(1));
        assert_eq!(poll(two.as_mut()), Poll::Ready(2));
    }

    #[test]
    fn the_value_goes_with_the_future_to_another_thread() {
        let mut scope = Box::pin(NUMBER.scope(1, number_after_a_pause()));
        assert!(poll(scope.as_mut()).is_pending());
        let there = std::thread::spawn(move || poll(scope.as_mut()));
        assert_eq!(there.join().unwrap(), Poll::Ready(1));
    }

    #[test]
    fn the_inner_of_two_scopes_counts_and_the_outer_comes_back() {
        let mut scope = pin!(NUMBER.scope(1, async {
            let inner = NUMBER.scope(2, number_after_a_pause()).await;
            (inner, NUMBER.get())
        }));
        assert!(poll(scope.as_mut()).is_pending());
        assert_eq!(poll(scope.as_mut()), Poll::Ready((2, 1)));
    }

    #[test]
    fn a_scope_of_one_key_leaves_other_keys_alone() {
        TEXT.sync_scope("a".to_owned(), || {
            assert_eq!(NUMBER.sync_scope(1, || TEXT.with(String::len)), 1);
            assert_eq!(TEXT.get(), "a");
        });
    }

    #[test]
    fn what_was_set_before_comes_back_after_a_panic() {
        NUMBER.sync_scope(1, || {
            let panicked = catch_unwind(|| NUMBER.sync_scope(2, || panic!("on purpose")));
            assert!(panicked.is_err());
            assert_eq!(NUMBER.get(), 1);

            let mut scope =
                pin!(NUMBER.scope(3, poll_fn(|_| -> Poll<()> { panic!("on purpose") })));
            assert!(catch_unwind(AssertUnwindSafe(|| poll(scope.as_mut()))).is_err());
            assert_eq!(NUMBER.get(), 1);
        });
    }

    #[test]
    fn the_value_is_set_while_the_future_is_dropped() {
        let seen = Rc::new(Cell::new(None));
        let notes = NotesAtDrop(Rc::clone(&seen));
        drop(NUMBER.scope(1, async move {
            let _notes = notes;
            pending::<()>().await;
        }));
        assert_eq!(seen.take(), Some(1));

        // A future that only captures it is dropped at completion, by the poll.
        let notes = NotesAtDrop(Rc::clone(&seen));
        let mut scope = pin!(NUMBER.scope(
            2,
            poll_fn(move |_| {
                let _ = &notes;
                Poll::Ready(())
            })
        ));
        assert!(poll(scope.as_mut()).is_ready());
        assert_eq!(seen.take(), Some(2));
    }

    #[test]
    fn a_future_dropped_where_its_key_is_borrowed_is_dropped_without_the_value() {
        let seen = Rc::new(Cell::new(Some(0)));
        let notes = NotesAtDrop(Rc::clone(&seen));
        let scope = NUMBER.scope(1, async move { drop(notes) });
        NUMBER.sync_scope(2, || NUMBER.with(|_| drop(scope)));
        assert_eq!(seen.take(), Some(2));
    }

    #[test]
    fn a_value_can_be_taken_out_of_its_scope() {
        let mut scope = pin!(NUMBER.scope(1, ready(())));
        assert!(poll(scope.as_mut()).is_ready());
        assert_eq!(scope.as_mut().take_value(), Some(1));
        assert_eq!(scope.take_value(), None);

        let mut early = pin!(NUMBER.scope(1, poll_fn(|_| Poll::Ready(NUMBER.try_get()))));
        assert_eq!(early.as_mut().take_value(), Some(1));
        assert_eq!(poll(early.as_mut()), Poll::Ready(Err(AccessError(()))));
    }

    #[test]
    #[should_panic(expected = "not set here: call it inside of `LocalKey::scope`")]
    fn access_outside_of_a_scope_says_what_to_do() {
        let _ = NUMBER.get();
    }

    #[test]
    #[should_panic(expected = "copy the value out first")]
    fn a_scope_inside_of_an_access_says_what_to_do() {
        NUMBER.sync_scope(1, || NUMBER.with(|_| NUMBER.sync_scope(2, || ())));
    }

    #[test]
    #[should_panic(expected = "polled after completion")]
    fn a_poll_after_the_end_panics() {
        let mut scope = pin!(NUMBER.scope(1, ready(())));
        assert!(poll(scope.as_mut()).is_ready());
        let _ = poll(scope);
    }
}

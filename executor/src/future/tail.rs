//! Tail calls among several functions: one frame lives at a time.
//!
//! A body does not await the next call but returns it, and whoever polls the first call puts the next
//! in its place. So nothing of the caller is left to be kept, polled through or returned through.
//!
//! # Rejected ways
//!
//! - `async fn`s that box each other. Whether their futures are `Send` depends on each other's hidden
//!   types, and the compiler refuses to look. A function that returns a named type says it itself.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use wane_channel::base::budget;

/// How the body of a tail call, or a step of a [`tail_loop`](fn@super::tail_loop), ends.
///
/// ```
/// use wane::future::Tail;
///
/// fn halve(n: u64) -> Tail<u64, &'static str> {
///     match n % 2 {
///         0 => Tail::Call(n / 2),
///         _ => Tail::Return("odd"),
///     }
/// }
/// assert_eq!(halve(6), Tail::Call(3));
/// assert_eq!(halve(3), Tail::Return("odd"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail<C, R> {
    /// It goes on as another call, which takes its place.
    Call(C),
    /// It is over.
    Return(R),
}

/// Makes a call that may end in another one, in constant memory.
///
/// The functions return [`TailCall`], and their bodies a [`Tail`]: the next call, or a value. Awaiting
/// the first call runs them all, one after the other, however many there are. A body is dropped and its
/// memory freed before the next one begins, so that a call costs one allocation and nothing remains of
/// it. Arguments are moved: what would borrow from the caller's frame does not compile.
///
/// Where it is always the same function that calls itself, [`tail_loop`](fn@super::tail_loop) needs
/// no allocation at all, and takes futures that are not `Send`.
///
/// ```
/// use wane::future::{Tail, TailCall, tail};
///
/// fn is_even(n: u32) -> TailCall<'static, bool> {
///     tail(async move {
///         match n {
///             0 => Tail::Return(true),
///             _ => Tail::Call(is_odd(n - 1)),
///         }
///     })
/// }
///
/// fn is_odd(n: u32) -> TailCall<'static, bool> {
///     tail(async move {
///         wane::task::yield_now().await;
///         match n {
///             0 => Tail::Return(false),
///             _ => Tail::Call(is_even(n - 1)),
///         }
///     })
/// }
///
/// let rt = wane::runtime::Builder::new_current_thread().build()?;
/// assert!(rt.block_on(is_even(100_000)));
/// # std::io::Result::Ok(())
/// ```
pub fn tail<'a, R, F>(body: F) -> TailCall<'a, R>
where
    F: Future<Output = Tail<TailCall<'a, R>, R>> + Send + 'a,
{
    TailCall {
        body: Some(Box::pin(body)),
    }
}

type Body<'a, R> = Pin<Box<dyn Future<Output = Tail<TailCall<'a, R>, R>> + Send + 'a>>;

/// A call made by [`tail`]: runs when it is awaited, through whatever calls it ends in.
///
/// On a runtime of ours the calls take part in the cooperative budget: a chain that never waits lets
/// others run in between.
///
/// # Panics
///
/// Where it is polled again after it was ready.
///
/// # Cancellation
///
/// As the body that runs, which is dropped with it; those before it are gone already, those after
/// it never begin.
#[must_use = "futures do nothing unless awaited"]
pub struct TailCall<'a, R> {
    /// Gone once it has returned a value.
    body: Option<Body<'a, R>>,
}

impl<R> Future for TailCall<'_, R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<R> {
        loop {
            let body = self.body.as_mut();
            let body = body.expect("a tail call is polled to its end, and returned before it");
            let tail = ready!(body.as_mut().poll(ctx));
            // User code: the body's drop.
            drop(self.body.take());
            match tail {
                Tail::Call(next) => self.body = next.body,
                Tail::Return(output) => return Poll::Ready(output),
            }
            ready!(budget::spend(ctx));
        }
    }
}

impl<R> fmt::Debug for TailCall<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TailCall")
            .field("is_over", &self.body.is_none())
            .finish()
    }
}

//! Tail calls of one function: the frame is replaced where it stands.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use wane_channel::base::budget;

use super::tail::Tail;

/// Calls `step` with `first`, and then with whatever arguments it asks to be called with, until it
/// returns a value.
///
/// It is a recursion in tail position whose frames all lie in the same place: no allocation, and one
/// frame, however many calls there are. `step` is an `async fn` of one argument, or a closure; several
/// arguments are a tuple. Functions that call each other are one function here whose argument says
/// which: an enum does, without an allocation; [`tail`](fn@super::tail) spares the enum.
///
/// ```
/// use wane::future::{Tail, tail_loop};
///
/// async fn collatz((n, steps): (u64, u32)) -> Tail<(u64, u32), u32> {
///     wane::task::yield_now().await;
///     match n {
///         1 => Tail::Return(steps),
///         _ if n % 2 == 0 => Tail::Call((n / 2, steps + 1)),
///         _ => Tail::Call((3 * n + 1, steps + 1)),
///     }
/// }
///
/// let rt = wane::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(rt.block_on(tail_loop((27, 0), collatz)), 111);
/// # std::io::Result::Ok(())
/// ```
pub fn tail_loop<A, R, S, F>(first: A, step: S) -> TailLoop<A, S, F>
where
    S: FnMut(A) -> F,
    F: Future<Output = Tail<A, R>>,
{
    TailLoop {
        step,
        state: State::Begin { first },
    }
}

pin_project! {
    /// The future of [`tail_loop`].
    ///
    /// On a runtime of ours the calls take part in the cooperative budget: a chain that never waits
    /// lets others run in between.
    ///
    /// # Panics
    ///
    /// Where it is polled again after it was ready.
    ///
    /// # Cancellation
    ///
    /// As the step that runs, which is dropped with it; those before it are gone already, those
    /// after it never begin.
    #[must_use = "futures do nothing unless awaited"]
    pub struct TailLoop<A, S, F> {
        step: S,
        #[pin]
        state: State<A, F>,
    }
}

pin_project! {
    #[project = Now]
    #[project_replace = Was]
    enum State<A, F> {
        Begin { first: A },
        Call { #[pin] frame: F },
        Over,
    }
}

impl<A, R, S, F> Future for TailLoop<A, S, F>
where
    S: FnMut(A) -> F,
    F: Future<Output = Tail<A, R>>,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<R> {
        let mut this = self.project();
        if let Now::Begin { .. } = this.state.as_mut().project()
            && let Was::Begin { first } = this.state.as_mut().project_replace(State::Over)
        {
            let frame = (this.step)(first);
            this.state.set(State::Call { frame });
        }
        loop {
            let Now::Call { frame } = this.state.as_mut().project() else {
                panic!("a tail loop is polled to its end and no further");
            };
            match ready!(frame.poll(ctx)) {
                Tail::Call(next) => {
                    let frame = (this.step)(next);
                    this.state.set(State::Call { frame });
                }
                Tail::Return(output) => {
                    this.state.set(State::Over);
                    return Poll::Ready(output);
                }
            }
            ready!(budget::spend(ctx));
        }
    }
}

impl<A, S, F> fmt::Debug for TailLoop<A, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TailLoop")
            .field("is_over", &matches!(self.state, State::Over))
            .finish()
    }
}

//! A phase of a task in memory of its own.
//!
//! The box is made when [`stage`] is called and not at the first poll: a future that waited for its
//! box inside the [`Stage`] would take its room in the parent after all.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Gives a phase of a task memory of its own, which is given back when the phase ends.
///
/// An `async` block has room for the largest of its awaits as long as it lives. So a task that needs
/// 64 KiB for its first second and then waits for a day takes 64 KiB for a day. With a stage around that
/// first second it does not: the future inside is dropped and its memory freed before the await returns,
/// and as soon as the [`Stage`] is dropped.
///
/// ```
/// use wane::future::{assert_future_size, stage};
///
/// async fn greet() -> usize {
///     let greeting = stage(async {
///         let page = [b'.'; 64 * 1024];
///         wane::task::yield_now().await;
///         page.len()
///     })
///     .await;
///     // Here, for however long, the task is small.
///     wane::task::yield_now().await;
///     greeting
/// }
///
/// let greeted = greet();
/// assert_future_size(&greeted, 128);
/// let rt = wane::runtime::Builder::new_current_thread().build()?;
/// assert_eq!(rt.block_on(greeted), 65_536);
/// # std::io::Result::Ok(())
/// ```
pub fn stage<F: Future>(future: F) -> Stage<F> {
    Stage {
        future: Some(Box::pin(future)),
    }
}

/// The future of [`stage`].
///
/// # Panics
///
/// Where it is polled again after it was ready.
///
/// # Cancellation
///
/// As the future inside, which is dropped and whose memory is freed together with the `Stage`.
#[must_use = "futures do nothing unless awaited"]
pub struct Stage<F> {
    /// Gone once it was ready.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Stage<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.future.as_mut().expect("a stage is polled to its end");
        let output = ready!(future.as_mut().poll(ctx));
        // User code: where the future panics in its drop, the box is freed and the output dropped.
        drop(self.future.take());
        Poll::Ready(output)
    }
}

impl<F> fmt::Debug for Stage<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("is_over", &self.future.is_none())
            .finish()
    }
}

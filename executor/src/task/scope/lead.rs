//! The future of a scope: it runs the body, then cancels the children and waits for them.
//!
//! By hand, since an `async fn` keeps room for its arguments beside what it makes of them: a scope would
//! be several times the size of its body.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use wane_channel::base::sync::Arc;
use wane_channel::base::sync::unwind::catch;

use super::around;
use super::books::{Books, Fatal, Vacancy};
use crate::cell::drop_quietly;

pin_project! {
    /// Runs the body to its end, or until a child has the scope fail, and empties the books. A failure
    /// that was told before the body's end counts, and then a panic of whichever comes first.
    pub(super) struct Lead<B>
    where
        B: Future,
    {
        // The scope, away while the body is polled.
        place: Option<Arc<Books>>,
        // Until it is over.
        #[pin]
        body: Option<B>,
        // From then on.
        outcome: Option<Result<B::Output, Fatal>>,
        #[pin]
        vacancy: Vacancy,
        // The last to be dropped: the body may leave us the children of a scope inside of it.
        leaving: Leaving,
    }
}

impl<B: Future> Lead<B> {
    pub(super) fn new(books: Arc<Books>, body: B) -> Self {
        Self {
            place: Some(Arc::clone(&books)),
            body: Some(body),
            outcome: None,
            vacancy: Vacancy::of(&books),
            leaving: Leaving(books),
        }
    }
}

impl<B: Future> Future for Lead<B> {
    type Output = Result<B::Output, Fatal>;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let books = &this.leaving.0;
        if let Some(body) = this.body.as_mut().as_pin_mut() {
            let polled = around::inside(this.place, || catch(|| body.poll(ctx)));
            let outcome = match polled {
                Ok(Poll::Pending) => ready!(books.poll_fatal(ctx.waker()).map(Err)),
                Ok(Poll::Ready(value)) => Ok(value),
                Err(payload) => Err(Fatal::Panic(payload)),
            };
            let dropped = around::inside(this.place, || catch(|| this.body.set(None)));
            let outcome = or_panic(outcome, dropped);
            *this.outcome = Some(or_fatal(outcome, books.take_fatal()));
            books.close();
        }
        ready!(this.vacancy.poll(ctx));
        let outcome = this.outcome.take();
        let outcome = outcome.expect("the future of a scope polled after completion");
        Poll::Ready(match outcome {
            // A child may have panicked while it was cancelled.
            Ok(value) => or_fatal(Ok(value), books.take_fatal()),
            failed => failed,
        })
    }
}

/// What was told to the scope counts before what became of its body.
fn or_fatal<T>(outcome: Result<T, Fatal>, fatal: Option<Fatal>) -> Result<T, Fatal> {
    match fatal {
        None => outcome,
        Some(fatal) => {
            drop_quietly(outcome);
            Err(fatal)
        }
    }
}

/// A body that panics when it is dropped has panicked, unless it had failed before.
fn or_panic<T>(
    outcome: Result<T, Fatal>,
    dropped: Result<(), Box<dyn Any + Send>>,
) -> Result<T, Fatal> {
    match (outcome, dropped) {
        (Ok(value), Err(payload)) => {
            drop_quietly(value);
            Err(Fatal::Panic(payload))
        }
        (outcome, dropped) => {
            drop_quietly(dropped);
            outcome
        }
    }
}

/// Cancels what is left when the scope's future is dropped before its end.
struct Leaving(Arc<Books>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.close();
        self.0.leave();
    }
}

//! The future of a scope: it runs the body, then cancels the children and waits for them.

use std::any::Any;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::unwind::catch;

use super::around;
use super::books::{Books, Fatal};
use crate::cell::drop_quietly;

/// Runs the body to its end, or until a child has the scope fail, and empties the books. A failure that
/// was told before the body's end counts, and then a panic of whichever comes first.
pub(super) async fn lead<B: Future>(books: Arc<Books>, body: B) -> Result<B::Output, Fatal> {
    let leaving = Leaving(books);
    let books = &leaving.0;
    let outcome = run(books, body).await;
    books.close();
    books.vacant().await;
    // Told by a child that was being cancelled.
    match (outcome, books.take_fatal()) {
        (Ok(value), Some(fatal)) => {
            drop_quietly(value);
            Err(fatal)
        }
        (outcome, _) => outcome,
    }
}

/// Polls the body inside of the scope. It is dropped when this returns.
async fn run<B: Future>(books: &Arc<Books>, body: B) -> Result<B::Output, Fatal> {
    let mut place = Some(Arc::clone(books));
    let mut body = pin!(Some(body));
    let outcome = poll_fn(|ctx| {
        let body = body
            .as_mut()
            .as_pin_mut()
            .expect("polled until it is ready");
        let polled = around::inside(&mut place, || catch(|| body.poll(ctx)));
        match polled {
            Ok(Poll::Pending) => books.poll_fatal(ctx.waker()).map(Err),
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(Fatal::Panic(payload))),
        }
    })
    .await;
    let dropped = around::inside(&mut place, || catch(|| body.set(None)));
    let outcome = outcome.and_then(|value| match dropped {
        Ok(()) => Ok(value),
        Err(payload) => Err(and_drop(value, payload)),
    });
    match books.take_fatal() {
        None => outcome,
        Some(fatal) => {
            drop_quietly(outcome);
            Err(fatal)
        }
    }
}

fn and_drop<T>(value: T, payload: Box<dyn Any + Send>) -> Fatal {
    drop_quietly(value);
    Fatal::Panic(payload)
}

/// Cancels what is left when the scope's future is dropped before its end.
struct Leaving(Arc<Books>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.close();
        self.0.leave();
    }
}

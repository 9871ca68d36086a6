//! What runs as a child: the user's future or closure inside of its scope, and who is told of failures.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use wane_channel::base::sync::Arc;
use wane_channel::base::sync::unwind::catch;

use super::around;
use super::books::Books;

/// What becomes of a child's value or panic on the way to its handle.
pub(super) trait Report<T> {
    /// What goes to the handle.
    type Output;

    fn returned(&self, books: &Arc<Books>, value: T) -> Self::Output;

    /// Called with the payload of a panic, in the child.
    fn panicked(&self, books: &Arc<Books>, payload: Box<dyn Any + Send>) -> Self::Output;
}

pin_project! {
    /// A child that is polled.
    pub(super) struct Child<F, R> {
        // Away while the child is polled.
        books: Option<Arc<Books>>,
        report: R,
        #[pin]
        future: F,
    }
}

impl<F, R> Child<F, R> {
    pub(super) fn new(books: &Arc<Books>, report: R, future: F) -> Self {
        Self {
            books: Some(Arc::clone(books)),
            report,
            future,
        }
    }
}

impl<F: Future, R: Report<F::Output>> Future for Child<F, R> {
    type Output = R::Output;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<R::Output> {
        let this = self.project();
        let (future, report) = (this.future, this.report);
        match around::inside(this.books, || catch(|| future.poll(ctx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(report.returned(own(this.books), value)),
            Err(payload) => Poll::Ready(report.panicked(own(this.books), payload)),
        }
    }
}

/// A child that blocks.
pub(super) fn job<T, R: Report<T>>(
    books: Arc<Books>,
    report: R,
    closure: impl FnOnce() -> T,
) -> impl FnOnce() -> R::Output {
    let mut books = Some(books);
    move || match around::inside(&mut books, || catch(closure)) {
        Ok(value) => report.returned(own(&books), value),
        Err(payload) => report.panicked(own(&books), payload),
    }
}

fn own(books: &Option<Arc<Books>>) -> &Arc<Books> {
    books.as_ref().expect("the scope is back after the poll")
}

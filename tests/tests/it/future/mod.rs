//! Futures whose memory goes down before their task ends. What they take is counted in `tests/shapes`.

mod recursion;
mod size;
mod stage;
mod tail;

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Polls once, with a waker that does nothing.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future that is ready at once.
fn now<F: Future>(future: F) -> F::Output {
    match poll_once(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it is not ready"),
    }
}

/// A panic without the panic hook's report.
fn panic_quietly(with: &'static str) -> ! {
    resume_unwind(Box::new(with))
}

/// What happened on this thread, in order.
#[derive(Clone, Default)]
struct Diary(Rc<RefCell<Vec<&'static str>>>);

impl Diary {
    fn note(&self, what: &'static str) {
        self.0.borrow_mut().push(what);
    }

    fn entries(&self) -> Vec<&'static str> {
        self.0.borrow().clone()
    }
}

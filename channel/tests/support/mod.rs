//! What the tests of the channel share: polls by hand, wakers that count or panic, messages that
//! tell of their drop, and a deadline for what could hang.
#![allow(
    clippy::allow_attributes,
    reason = "an expectation would fail in the one test binary that uses all of this module"
)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this module"
)]

pub mod hooks;
pub mod waits;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// Longer than any test takes, even on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// A waker that counts how often it was woken and dropped.
#[derive(Debug, Default)]
pub struct Bell(AtomicUsize);

impl Bell {
    pub fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self::default());
        let waker = Waker::from(Arc::clone(&bell));
        (bell, waker)
    }

    pub fn rings(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Polls once.
pub fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls once with a waker that nobody hears.
pub fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_with(future, Waker::noop())
}

/// Counts the drops of the messages made from it.
#[derive(Clone, Debug, Default)]
pub struct Dropped(Arc<AtomicUsize>);

impl Dropped {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub fn message(&self) -> Message {
        Message {
            dropped: self.clone(),
            panics: false,
        }
    }

    /// A message whose destructor panics after it has counted.
    pub fn panicking_message(&self) -> Message {
        Message {
            dropped: self.clone(),
            panics: true,
        }
    }
}

/// A message that counts its drop.
#[derive(Debug)]
pub struct Message {
    dropped: Dropped,
    panics: bool,
}

impl Drop for Message {
    fn drop(&mut self) {
        self.dropped.0.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "a message whose destructor panics");
    }
}

/// Runs `body` on a thread of its own; a test that hangs fails at the deadline.
pub fn within_deadline<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, finished) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = body();
        let _ = done.send(());
        result
    });
    match finished.recv_timeout(DEADLINE) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs: not done after {DEADLINE:?}"),
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

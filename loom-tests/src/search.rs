//! What a model is made of: the search, threads, polls by hand, wakers that count, messages that
//! tell of their drop.
//!
//! The wakers and the counts that decide nothing are std's: all threads of a model are carried by
//! one, so that they are exact, and cost no interleavings.

use std::future::Future;
use std::io::Write;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use wane_channel::base::sync::thread::{self, ThreadId};
use wane_channel::base::sync::{Condvar, Mutex};

/// How many times a run may leave a thread that could go on, unless `LOOM_MAX_PREEMPTIONS` says
/// otherwise. Three preemptions have found every fault that was planted.
const PREEMPTIONS_MAX: usize = 3;

/// More branches than this in one run are a livelock.
const BRANCHES_MAX: usize = 50_000;

/// Searches the interleavings of `body`, and says how many there were.
///
/// # Panics
///
/// When `body` does in one of them, when one is a deadlock, and when none was run.
#[track_caller]
pub fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
    model_within(PREEMPTIONS_MAX, name, body);
}

/// The same for a body that is too long for so many preemptions.
///
/// # Panics
///
/// As [`model`].
#[track_caller]
pub fn model_within(preemptions: usize, name: &str, body: impl Fn() + Send + Sync + 'static) {
    let mut search = loom::model::Builder::new();
    search.max_branches = BRANCHES_MAX;
    search.preemption_bound.get_or_insert(preemptions);
    // Where one of these ends a search, loom says nothing and the model passes unfinished.
    search.max_duration = None;
    search.max_permutations = None;

    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    search.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        body();
    });
    let runs = runs.load(Ordering::Relaxed);
    assert!(runs > 0, "model `{name}`: no run");
    // Past the capture of the test harness: a passed model is worth its number of runs.
    let _ = writeln!(std::io::stderr(), "model {name}: {runs} runs");
}

/// Starts a thread of the model. A run has at most five, the first included.
pub fn spawn<R: 'static>(body: impl FnOnce() -> R + 'static) -> loom::thread::JoinHandle<R> {
    loom::thread::spawn(body)
}

/// A waker that counts.
#[derive(Debug, Default)]
pub struct Bell(AtomicUsize);

impl Bell {
    /// A bell and its waker.
    #[must_use]
    pub fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self::default());
        let waker = Waker::from(Arc::clone(&bell));
        (bell, waker)
    }

    /// How often it was rung.
    #[must_use]
    pub fn rings(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once.
pub fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Runs a future on this thread of the model, which sleeps between polls.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let sleep = Arc::new(Sleep::default());
    let waker = Waker::from(Arc::clone(&sleep));
    let mut ctx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut ctx) {
            return output;
        }
        sleep.wait();
    }
}

#[derive(Default)]
struct Sleep {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Sleep {
    fn wait(&self) {
        let mut woken = self.woken.lock();
        while !*woken {
            self.changed.wait(&mut woken);
        }
        *woken = false;
    }
}

impl Wake for Sleep {
    fn wake(self: Arc<Self>) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }
}

/// Counts the drops of the messages made from it, and knows where the last one was.
#[derive(Clone, Debug, Default)]
pub struct Dropped(Arc<Drops>);

#[derive(Debug, Default)]
struct Drops {
    count: AtomicUsize,
    last_on: std::sync::Mutex<Option<ThreadId>>,
}

impl Dropped {
    /// How many messages were dropped so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.count.load(Ordering::Relaxed)
    }

    /// True where the last message was dropped on this thread of the model.
    #[must_use]
    pub fn last_on_this_thread(&self) -> bool {
        let here = thread::current().id();
        *self.last_on() == Some(here)
    }

    /// A message.
    #[must_use]
    pub fn message(&self) -> Message {
        Message(self.clone())
    }

    fn last_on(&self) -> std::sync::MutexGuard<'_, Option<ThreadId>> {
        // Held across no operation of the model, so that it is never waited for.
        self.0
            .last_on
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message that counts its drop.
#[derive(Debug)]
pub struct Message(Dropped);

impl Drop for Message {
    fn drop(&mut self) {
        let here = thread::current().id();
        *self.0.last_on() = Some(here);
        self.0.0.count.fetch_add(1, Ordering::Relaxed);
    }
}

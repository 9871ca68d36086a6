//! What the models of the task cell share: values whose every use is dated, futures made of them,
//! and the checks that end each run.

use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use wane::internals::tasks::{self, Hands, JoinError, JoinHandle, Ran, Runnable};
use wane_channel::base::sync::atomic::AtomicUsize as SharedUsize;
use wane_channel::base::sync::cell::UnsafeCell;
use wane_channel::base::sync::unwind::Planned;

/// Searches a model of the task cell. Each run begins without a slot and must end without one, and
/// with every runnable run or cancelled.
#[track_caller]
pub fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
    crate::model(name, move || {
        tasks::reset();
        body();
        assert_eq!(tasks::runnables_held(), 0, "runnables left behind");
        assert_eq!(tasks::slots_in_use(), 0, "slots left behind");
    });
}

/// Panics as the code of a user does.
pub fn panic_as_planned() -> ! {
    resume_unwind(Box::new(Planned))
}

/// What became of a [`Witness`].
///
/// The cell is what loom dates: two uses without an edge between them fail the model. The count is
/// exact and gives no edge. loom's clock of a thread goes on with each of its steps at an atomic or a
/// lock, and not with a use; so a use takes such a step first, lest it pass for part of what the
/// thread published before.
#[derive(Clone, Debug, Default)]
pub struct Fate(Arc<Life>);

#[derive(Debug, Default)]
struct Life {
    step: SharedUsize,
    /// The lock makes it shareable; no operation of the model is inside.
    uses: std::sync::Mutex<UnsafeCell<()>>,
    drops: AtomicUsize,
}

impl Life {
    fn uses(&self) -> std::sync::MutexGuard<'_, UnsafeCell<()>> {
        // A use that fails the model leaves it poisoned.
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fate {
    /// A fate and its witness.
    #[must_use]
    pub fn new() -> (Self, Witness) {
        let fate = Self::default();
        (fate.clone(), Witness(fate))
    }

    /// Whether the witness has been dropped; more than once fails the model.
    #[must_use]
    pub fn is_met(&self) -> bool {
        let drops = self.0.drops.load(Ordering::Relaxed);
        assert!(drops <= 1, "dropped {drops} times");
        drops == 1
    }

    /// Fails the model unless all uses so far, the drop included, happened before this.
    pub fn inspect(&self) {
        self.0.uses().with(|_| ());
    }
}

/// A value of a user, in one word. Whoever uses or drops it must have an edge from whoever did before.
#[derive(Debug)]
pub struct Witness(Fate);

impl Witness {
    /// A use.
    pub fn touch(&self) {
        let life = &*self.0.0;
        life.step.load(Ordering::Relaxed);
        life.uses().with_mut(|_| ());
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // A model that fails already would fail twice here, and that is an abort.
        if !std::thread::panicking() {
            self.touch();
        }
        self.0.0.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future that returns `output` at its first poll.
pub async fn ready<T>(witness: Witness, output: impl FnOnce() -> T) -> T {
    witness.touch();
    output()
}

/// A future that is never ready.
pub fn pending(witness: Witness) -> impl Future<Output = ()> + Send + 'static {
    poll_fn(move |_| {
        witness.touch();
        Poll::Pending
    })
}

/// A future that is ready when all flags are set. The flags themselves give no edge: a poll sees one
/// because of the wake that came after it, or by luck.
pub fn all_set<const N: usize>(
    witness: Witness,
    flags: [Flag; N],
) -> impl Future<Output = ()> + Send + 'static {
    poll_fn(move |_| {
        witness.touch();
        // Each is looked at, so that a model does not depend on their order.
        let set = flags.iter().filter(|flag| flag.is_set()).count();
        if set == N {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

/// Set by one thread, read by another, without an edge.
#[derive(Clone, Debug, Default)]
pub struct Flag(Arc<SharedUsize>);

impl Flag {
    /// A flag that is set and that every thread sees set.
    #[must_use]
    pub fn ready() -> Self {
        Self(Arc::new(SharedUsize::new(1)))
    }

    /// Sets the flag.
    pub fn set(&self) {
        self.0.store(1, Ordering::Relaxed);
    }

    /// Whether it is seen as set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 1
    }
}

/// Hands a runnable from one thread to another without an edge, as the weakest of queues would.
#[derive(Clone, Debug, Default)]
pub struct Relay(Arc<(Flag, std::sync::Mutex<Option<Runnable>>)>);

impl Relay {
    /// Offers the runnable.
    ///
    /// # Panics
    ///
    /// When there is one already.
    pub fn give(&self, runnable: Runnable) {
        let before = self.lock().replace(runnable);
        assert!(before.is_none(), "a relay takes one runnable");
        self.0.0.set();
    }

    /// The runnable, if this thread sees that there is one. One thread may ask beside the giver, others
    /// when both are through.
    pub fn take(&self) -> Option<Runnable> {
        if self.0.0.is_set() {
            self.lock().take()
        } else {
            None
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Runnable>> {
        self.0.1.lock().expect("no panic happens under this lock")
    }
}

/// Gets the waker of the task that a future belongs to, at its first poll, and counts its polls.
#[derive(Clone, Debug, Default)]
pub struct Tap(Arc<std::sync::Mutex<(Option<Waker>, usize)>>);

impl Tap {
    /// Counts a poll.
    pub fn pass(&self, ctx: &Context<'_>) {
        let mut tap = self.0.lock().expect("no panic happens under this lock");
        tap.0.get_or_insert_with(|| ctx.waker().clone());
        tap.1 += 1;
    }

    /// The waker that the first poll was given.
    #[must_use]
    pub fn waker(&self) -> Waker {
        let tap = self.0.lock().expect("no panic happens under this lock");
        tap.0.clone().expect("the task was polled")
    }

    /// How many polls there were.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.0.lock().expect("no panic happens under this lock").1
    }

    /// Puts the tap on a future.
    pub fn on<F: Future + Send + 'static>(
        &self,
        future: F,
    ) -> impl Future<Output = F::Output> + Send + 'static {
        let tap = self.clone();
        let mut future = Box::pin(future);
        poll_fn(move |ctx| {
            tap.pass(ctx);
            future.as_mut().poll(ctx)
        })
    }
}

/// A task that has been polled once and sleeps: its waker and its handle.
pub fn asleep<F>(hands: &Arc<Hands>, future: F) -> (Waker, JoinHandle<F::Output>)
where
    F: Future<Output: Send> + Send + 'static,
{
    let tap = Tap::default();
    let mut is_first = true;
    let mut future = Box::pin(future);
    let (runnable, handle) = hands.spawn(tap.on(poll_fn(move |ctx| {
        if std::mem::take(&mut is_first) {
            return Poll::Pending;
        }
        future.as_mut().poll(ctx)
    })));
    assert!(matches!(runnable.run(), Ran::Asleep));
    (tap.waker(), handle)
}

/// A task that has been polled once and is queued again: its runnable, its waker and its handle.
pub fn queued<F>(hands: &Arc<Hands>, future: F) -> (Runnable, Waker, JoinHandle<F::Output>)
where
    F: Future<Output: Send> + Send + 'static,
{
    let (waker, handle) = asleep(hands, future);
    waker.wake_by_ref();
    (Hands::take_one(), waker, handle)
}

/// Sets the flag, then wakes, then runs what that has queued.
pub fn set_and_wake(flag: &Flag, waker: Waker) {
    flag.set();
    waker.wake();
    Hands::run_all();
}

/// Drops a task that will not end by itself.
pub fn end<T>(handle: &JoinHandle<T>) {
    handle.abort();
    Hands::run_all();
    assert!(handle.is_finished());
}

/// Joins a task that is over.
///
/// # Errors
///
/// As for awaiting the handle.
///
/// # Panics
///
/// When the task is not over.
pub fn join_now<T>(mut handle: JoinHandle<T>) -> Result<T, JoinError> {
    match crate::poll_once(&mut handle, Waker::noop()) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("{handle:?} is joined before its task is over"),
    }
}

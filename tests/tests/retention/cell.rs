//! One cell of the table: a batch of tasks that end alike, and what is left of them.

use std::task::Waker;
use std::time::Duration;

use wane_tests::census::Census;
use wane_tests::gate::Gate;
use wane_tests::hang;

use crate::HEAP;
use crate::axes::{Body, Ending, Handle, Held, Output, PANIC_BYTES, WAKERS, panics};
use crate::subject::{Joined, Subject};

/// Tasks of a cell. They fit into a worker's queue as it is made: one that grows and shrinks leaves its
/// outgrown arrays to the collector of crossbeam-deque, which frees them in its own time.
pub(crate) const TASKS: usize = 60;

/// How long a measurement may differ from what it should be: threads that are about to sleep still
/// hold what they have just used.
const UNREST: Duration = Duration::from_millis(50);

/// The same for threads that end, which nothing but the system knows.
const UNREST_AT_END: Duration = Duration::from_secs(10);

/// Readings in a row that have to agree, where it is not known what they should be.
const AGREEING: usize = 4;

/// A batch during which the collector has grown or shrunk by a node of its own is repeated; what tasks
/// leave comes again each time.
const ATTEMPTS: usize = 10;

/// Batches until queues and caches are as large as a batch makes them.
const WARM_UPS: usize = 4;

/// Collections that free whatever nobody can reach: an epoch ends with each, and garbage is freed two
/// epochs later.
const COLLECTIONS: usize = 4;

/// What the tasks of a cell have left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) bytes: isize,
    pub(crate) slots: usize,
}

/// A cell's two measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// While the runtime lives.
    pub(crate) alive: Left,
    /// After it was dropped.
    pub(crate) gone: Left,
}

/// What wane may keep of a cell's tasks, to the byte.
pub(crate) fn promised<T: Output>(ending: Ending, held: Held) -> Left {
    let (bytes, slots) = match (held.handle, ending) {
        (Handle::Dropped | Handle::Joined, _) => (0, 0),
        (Handle::Unjoined, Ending::Completes) => (T::BYTES, usize::from(size_of::<T>() > 0)),
        (Handle::Unjoined, Ending::Aborted) => (0, 1),
        (Handle::Unjoined, Ending::Panics) => (PANIC_BYTES, 1),
    };
    Left {
        bytes: (bytes * TASKS) as isize,
        slots: slots * TASKS,
    }
}

/// What somebody holds of a task.
#[expect(dead_code, reason = "held, not read")]
struct Kept<S: Subject, T: Send + 'static> {
    handle: Option<S::Handle<T>>,
    abort: Option<S::Abort>,
    wakers: [Option<Waker>; 2],
}

/// What makes a batch of tasks of one type.
pub(crate) trait Batch {
    type Output: Output;

    /// Spawns the tasks, ends them, and waits until each is finished. The wakers are in [`WAKERS`].
    fn run<S: Subject>(subject: &S, ending: Ending, handles: &mut Vec<S::Handle<Self::Output>>);
}

/// Tasks whose future holds `STATE` bytes.
pub(crate) struct Tasks<const STATE: usize, T>(std::marker::PhantomData<T>);

impl<const STATE: usize, T: Output> Batch for Tasks<STATE, T> {
    type Output = T;

    fn run<S: Subject>(subject: &S, ending: Ending, handles: &mut Vec<S::Handle<T>>) {
        handles.extend((0..TASKS).map(|_| subject.spawn(Body::<STATE, T>::new(ending))));
        hang::until("the first poll of each task", &subject.alive(), || {
            WAKERS.lock().expect("no panic").len() == TASKS
        });
        match ending {
            Ending::Aborted => handles.iter().for_each(S::abort),
            Ending::Completes | Ending::Panics => wake_all(),
        }
    }
}

/// Blocking jobs that capture `STATE` bytes. They wait behind another one until all are spawned, so
/// that an aborted one has not begun.
pub(crate) struct Jobs<const STATE: usize, T>(std::marker::PhantomData<T>);

impl<const STATE: usize, T: Output> Batch for Jobs<STATE, T> {
    type Output = T;

    fn run<S: Subject>(subject: &S, ending: Ending, handles: &mut Vec<S::Handle<T>>) {
        let gate = Gate::new();
        let behind = gate.clone();
        let mut first = subject.spawn_blocking(move || behind.wait());
        handles.extend((0..TASKS).map(|_| {
            let captured = [1_u8; STATE];
            subject.spawn_blocking(move || {
                assert_eq!((captured[0], captured[STATE - 1]), (1, 1));
                match ending {
                    Ending::Panics => panics(),
                    Ending::Completes | Ending::Aborted => T::make(),
                }
            })
        }));
        if ending == Ending::Aborted {
            handles.iter().for_each(S::abort);
        }
        gate.open();
        assert_eq!(subject.join(&mut first), Joined::Value);
    }
}

fn wake_all() {
    let wakers = WAKERS.lock().expect("no panic");
    wakers.iter().for_each(Waker::wake_by_ref);
}

/// Measures a cell. `expected` is what the measurements should settle at, where that is known.
pub(crate) fn measure<S: Subject, B: Batch>(
    ending: Ending,
    held: Held,
    expected: Option<Left>,
) -> Cell {
    let mut kept: Vec<Kept<S, B::Output>> = Vec::with_capacity(TASKS);
    let mut handles = Vec::with_capacity(TASKS);
    let census = Census::take();
    let bytes_before = HEAP.live();

    let subject = S::new();
    for _ in 0..WARM_UPS {
        fill::<S, B>(&subject, ending, held, &mut handles, &mut kept);
        kept.clear();
    }
    let mut attempts = 1..=ATTEMPTS;
    let alive = loop {
        attempts.next();
        // What is warm after a batch stays: the next one is measured against it.
        kept.clear();
        fill::<S, B>(&subject, ending, held, &mut handles, &mut kept);
        kept.clear();
        let warm = settled(None, UNREST, || reading(0, subject.slots()));
        fill::<S, B>(&subject, ending, held, &mut handles, &mut kept);
        let alive = settled(expected, UNREST, || {
            reading(warm.bytes, subject.slots() - warm.slots)
        });
        if expected.is_none_or(|expected| expected == alive) || attempts.is_empty() {
            break alive;
        }
    };

    drop(subject);
    let gone = settled(expected, UNREST_AT_END, || {
        reading(bytes_before, S::slots_of_process())
    });
    if expected.is_some() {
        let after = hang::settle(&census, UNREST_AT_END, Census::take);
        assert_eq!(after, census, "threads and descriptors, {ending:?}, {held}");
    }
    kept.clear();
    let rest = settled(expected.and(Some(Left::default())), UNREST_AT_END, || {
        reading(bytes_before, S::slots_of_process())
    });
    if expected.is_some() {
        assert_eq!(rest, Left::default(), "nothing is held, {ending:?}, {held}");
    }
    Cell { alive, gone }
}

fn fill<S: Subject, B: Batch>(
    subject: &S,
    ending: Ending,
    held: Held,
    handles: &mut Vec<S::Handle<B::Output>>,
    kept: &mut Vec<Kept<S, B::Output>>,
) {
    B::run(subject, ending, handles);
    hang::until("the end of each task", &subject.alive(), || {
        handles.iter().all(S::is_finished) && subject.alive() == 0
    });
    let mut wakers = std::mem::take(&mut *WAKERS.lock().expect("no panic"));
    for mut handle in handles.drain(..) {
        if held.handle == Handle::Joined {
            assert_eq!(subject.join(&mut handle), joined(ending));
        }
        let waker = wakers.pop().filter(|_| held.waker);
        kept.push(Kept {
            abort: held.abort.then(|| S::abort_handle(&handle)),
            handle: (held.handle != Handle::Dropped).then_some(handle),
            wakers: [waker.clone(), waker],
        });
    }
    *WAKERS.lock().expect("no panic") = wakers;
}

fn joined(ending: Ending) -> Joined {
    match ending {
        Ending::Completes => Joined::Value,
        Ending::Aborted => Joined::Cancelled,
        Ending::Panics => Joined::Panic,
    }
}

fn reading(bytes_before: isize, slots: usize) -> Left {
    (0..COLLECTIONS).for_each(|_| crossbeam_epoch::pin().flush());
    Left {
        bytes: HEAP.live() - bytes_before,
        slots,
    }
}

/// The expected reading where it comes, and otherwise the last, or one that has not changed for a while.
fn settled(expected: Option<Left>, patience: Duration, mut read: impl FnMut() -> Left) -> Left {
    if let Some(expected) = expected {
        return hang::settle(&expected, patience, read);
    }
    let mut last = read();
    let mut agreeing = 0;
    hang::until("rest", &"a heap that changes", || {
        let now = read();
        agreeing = if now == last { agreeing + 1 } else { 0 };
        last = now;
        agreeing == AGREEING
    });
    last
}

//! A burst of tasks gives its memory back to the system when it is over, while the runtime is idle.
//!
//! One test, since resident memory is the process's.

use std::fmt;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use wane::runtime::Runtime;
use wane::task::AbortHandle;
use wane_tests::census::resident;
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::malloc;
use wane_tests::runtimes::Kind;

/// Tasks of the burst; ten million where the build is fit for it.
const TASKS: usize = if cfg!(debug_assertions) {
    1_000_000
} else {
    10_000_000
};

/// What may stay resident afterwards.
const LEFT_MAX: usize = 8 << 20;

/// Tasks of a burst that only one worker notices, 13 MB of slots, and what may stay of them.
const QUIET_TASKS: usize = 200_000;
const QUIET_LEFT_MAX: usize = 4 << 20;

/// How long an idle runtime takes to give memory back, with room for a busy machine.
const PURGED_AFTER: Duration = Duration::from_secs(20);

/// How a burst ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Aborted,
    Completes,
}

impl Ending {
    /// Bytes that a tiny task may take: its slot, its share of the books of pages, and where it is
    /// queued its entry in a ring that may be half empty.
    fn bytes_per_task_max(self) -> usize {
        match self {
            Self::Aborted => 80,
            Self::Completes => 80 + 16,
        }
    }
}

/// What a burst took and left, in bytes of resident memory.
struct Burst {
    ending: Ending,
    per_task: usize,
    left: usize,
}

#[test]
fn memory_of_a_burst_goes_back_to_the_system() {
    if resident().is_none() {
        return;
    }
    malloc::give_large_blocks_back();
    for kind in Kind::THREADED {
        // The workers are blocked on purpose while tasks queue up: nobody is to replace them.
        let mut builder = kind.builder();
        let runtime = builder.rescue_threads(0).build().expect("a runtime");
        // The first burst warms up: what it leaves is the process's from then on.
        for ending in [Ending::Completes, Ending::Aborted, Ending::Completes] {
            let burst = burst(&runtime, ending);
            println!("{kind}: {burst}");
            assert!(burst.left <= LEFT_MAX, "{kind}: {burst}");
            assert!(
                burst.per_task <= ending.bytes_per_task_max(),
                "{kind}: {burst}"
            );
        }
        if cfg!(debug_assertions) {
            break;
        }
    }
    let runtime = Kind::Workers(2).build();
    for _ in 0..4 {
        let left = quiet_burst(&runtime);
        assert!(
            left <= QUIET_LEFT_MAX,
            "{left} bytes of a burst on one worker"
        );
    }
}

/// A burst on one worker while the other sleeps in the driver and is woken for none of it: memory has to
/// go back all the same. Returns what stays of it, in bytes.
fn quiet_burst(runtime: &Runtime) -> usize {
    let metrics = runtime.metrics();
    let family = Arc::new(Mutex::new(Family {
        parent: None,
        has_woken: false,
        children: Vec::with_capacity(QUIET_TASKS),
    }));
    family
        .lock()
        .expect("no panic")
        .children
        .resize(QUIET_TASKS, Waker::noop().clone());
    family.lock().expect("no panic").children.clear();
    let before = read();
    let parent = runtime.spawn(parent(family.clone()));
    runtime.block_on(parent).expect("no panic");
    hang::until("the end of the children", &metrics, || {
        metrics.num_alive_tasks() == 0
    });
    left_over(before, QUIET_LEFT_MAX)
}

/// Who wakes whom in a quiet burst. A wake in a poll puts the task into the worker's next slot, for which
/// no other worker is woken.
struct Family {
    parent: Option<Waker>,
    /// A child has woken the parent, which may not have waited yet.
    has_woken: bool,
    children: Vec<Waker>,
}

impl Family {
    fn wake_parent(family: &Mutex<Self>) {
        let mut family = family.lock().expect("no panic");
        family.has_woken = true;
        let parent = family.parent.take();
        drop(family);
        parent.into_iter().for_each(Waker::wake);
    }
}

/// Lets every child park, one after the other, and then end.
async fn parent(family: Arc<Mutex<Family>>) {
    for _ in 0..QUIET_TASKS {
        drop(wane::spawn(child(family.clone())));
        woken_by_child(&family).await;
    }
    loop {
        let child = family.lock().expect("no panic").children.pop();
        let Some(child) = child else { return };
        child.wake();
        woken_by_child(&family).await;
    }
}

/// Also where the child was faster: another worker may have stolen it.
async fn woken_by_child(family: &Mutex<Family>) {
    poll_fn(|ctx| {
        let mut family = family.lock().expect("no panic");
        if std::mem::take(&mut family.has_woken) {
            return Poll::Ready(());
        }
        family.parent = Some(ctx.waker().clone());
        Poll::Pending
    })
    .await;
}

/// Parks once; small enough for a slot.
fn child(family: Arc<Mutex<Family>>) -> impl Future<Output = ()> {
    let mut is_parked = false;
    poll_fn(move |ctx| {
        let was_parked = std::mem::replace(&mut is_parked, true);
        if !was_parked {
            let waker = ctx.waker().clone();
            family.lock().expect("no panic").children.push(waker);
        }
        Family::wake_parent(&family);
        if was_parked {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

fn burst(runtime: &Runtime, ending: Ending) -> Burst {
    let metrics = runtime.metrics();
    // Room for the handles is not the burst's; it is written to, so that it is resident.
    let mut aborts = Vec::with_capacity(TASKS);
    let spare = runtime.block_on(async { wane::spawn(async {}).abort_handle() });
    aborts.resize(TASKS, spare);
    aborts.clear();
    let before = read();

    let peak = match ending {
        Ending::Aborted => abort_parked(runtime, &mut aborts),
        Ending::Completes => complete_queued(runtime),
    };
    hang::until("the end of the burst", &metrics, || {
        metrics.num_alive_tasks() == 0
    });
    Burst {
        ending,
        per_task: peak.saturating_sub(before) / TASKS,
        left: left_over(before, LEFT_MAX),
    }
}

/// Parks tasks, all at once, and aborts them. Returns what was resident when all were parked.
fn abort_parked(runtime: &Runtime, aborts: &mut Vec<AbortHandle>) -> usize {
    let metrics = runtime.metrics();
    aborts.extend((0..TASKS).map(|_| runtime.spawn(pending::<()>()).abort_handle()));
    // The queue of tasks that were not polled yet is no part of a parked task.
    hang::until("the first poll of each task", &metrics, || {
        metrics.global_queue_depth() == 0
    });
    assert_eq!(metrics.num_alive_tasks(), TASKS);
    let peak = read();
    aborts.drain(..).for_each(|abort| abort.abort());
    peak
}

/// Queues tasks behind workers that are kept busy, and lets them complete. Returns what was resident
/// when all were queued.
fn complete_queued(runtime: &Runtime) -> usize {
    let gate = Gate::new();
    let metrics = runtime.metrics();
    for _ in 0..metrics.num_workers() {
        let (gate, busy) = (gate.clone(), Gate::new());
        let is_busy = busy.clone();
        drop(runtime.spawn(async move {
            is_busy.open();
            gate.wait();
        }));
        busy.wait();
    }
    (0..TASKS).for_each(|_| drop(runtime.spawn(async {})));
    let peak = read();
    gate.open();
    peak
}

/// Resident bytes.
fn read() -> usize {
    resident().expect("it was there at the start")
}

/// How many more bytes than `before` are resident, once that is within `limit` or the time is over.
fn left_over(before: usize, limit: usize) -> usize {
    let left = || read().saturating_sub(before);
    hang::settle(&true, PURGED_AFTER, || left() <= limit);
    left()
}

impl fmt::Display for Burst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ending, per_task, left) = (self.ending, self.per_task, self.left >> 10);
        write!(
            f,
            "{ending:?}: {per_task} B per task, {left} KiB left of {TASKS} tasks"
        )
    }
}

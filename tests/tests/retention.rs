//! What a finished task leaves behind while somebody holds a handle or waker of it: nothing but a
//! result that can still be taken.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use wane::runtime::{Builder, Runtime, RuntimeMetrics};
use wane::task::{AbortHandle, JoinHandle};
use wane_tests::heap::Counting;

#[global_allocator]
static HEAP: Counting = Counting::new();

/// Tasks of a cell of the table.
const TASKS: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Completes,
    Aborted,
    Panics,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Handle,
    JoinedHandle,
    Abort,
    Waker,
    AbortAndWaker,
}

/// What a test holds of a task that is over.
#[expect(dead_code, reason = "held, not read")]
enum Holding<T> {
    Handle(JoinHandle<T>),
    Abort(AbortHandle),
    Waker(Waker),
    Both(AbortHandle, Waker),
}

/// A future with inline state: it hands its waker out, and ends when it is polled again.
struct Body<const BYTES: usize, T> {
    state: [u8; BYTES],
    polled: bool,
    wakers: std::sync::mpsc::Sender<Waker>,
    ending: Ending,
    output: fn() -> T,
}

impl<const BYTES: usize, T> Future for Body<BYTES, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<T> {
        if !std::mem::replace(&mut self.polled, true) {
            self.state[0] = 1;
            let sent = self.wakers.send(ctx.waker().clone());
            assert!(sent.is_ok(), "the test waits for the waker");
            return Poll::Pending;
        }
        match self.ending {
            Ending::Panics => std::panic::resume_unwind(Box::new(7_u8)),
            _ => Poll::Ready((self.output)()),
        }
    }
}

fn runtime() -> Runtime {
    let built = Builder::new_multi_thread().worker_threads(1).build();
    built.expect("a runtime")
}

fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !reached() {
        assert!(Instant::now() < deadline, "{what} does not come");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Runs a task to its end and keeps what `held` says.
fn end_one<const BYTES: usize, T: Send + 'static>(
    rt: &Runtime,
    ending: Ending,
    held: Held,
    output: fn() -> T,
) -> Holding<T> {
    let (wakers, waker) = std::sync::mpsc::channel();
    let body = Body::<BYTES, T> {
        state: [0; BYTES],
        polled: false,
        wakers,
        ending,
        output,
    };
    let mut handle = rt.spawn(body);
    let waker = waker.recv().expect("the task is polled");
    match ending {
        Ending::Aborted => handle.abort(),
        Ending::Completes | Ending::Panics => waker.wake_by_ref(),
    }
    until("the end of a task", || handle.is_finished());
    match held {
        Held::Handle => Holding::Handle(handle),
        Held::JoinedHandle => {
            let joined = rt.block_on(poll_fn(|ctx| Pin::new(&mut handle).poll(ctx)));
            assert_eq!(joined.is_ok(), ending == Ending::Completes);
            Holding::Handle(handle)
        }
        Held::Abort => Holding::Abort(handle.abort_handle()),
        Held::Waker => Holding::Waker(waker),
        Held::AbortAndWaker => Holding::Both(handle.abort_handle(), waker),
    }
}

/// Bytes and slots per task that outlive the tasks of one cell.
fn measure<const BYTES: usize, T: Send + 'static>(
    rt: &Runtime,
    ending: Ending,
    held: Held,
    output: fn() -> T,
) -> (isize, usize) {
    let mut kept = Vec::with_capacity(TASKS);
    // The first warms up what is kept for the next.
    drop(end_one::<BYTES, T>(rt, ending, held, output));
    let (bytes, slots) = (HEAP.live(), rt.metrics().slots_in_use());
    for _ in 0..TASKS {
        kept.push(end_one::<BYTES, T>(rt, ending, held, output));
    }
    until("rest", || rt.metrics().num_alive_tasks() == 0);
    let bytes = HEAP.live() - bytes;
    let slots = rt.metrics().slots_in_use() - slots;
    drop(kept);
    (bytes / TASKS as isize, slots.div_ceil(TASKS))
}

/// What may be left in a cell: bytes of heap and slots.
fn allowed<T>(ending: Ending, held: Held, boxed: isize) -> (isize, usize) {
    if held != Held::Handle {
        return (0, 0);
    }
    let size = size_of::<T>() as isize;
    match ending {
        Ending::Completes if size == 0 => (0, 0),
        Ending::Completes => (boxed + if size > 24 { size } else { 0 }, 1),
        Ending::Aborted => (0, 1),
        // The payload is the user's own byte.
        Ending::Panics => (1, 1),
    }
}

fn check<const BYTES: usize, T: Send + 'static>(name: &str, boxed: isize, output: fn() -> T) {
    let rt = runtime();
    for ending in [Ending::Completes, Ending::Aborted, Ending::Panics] {
        for held in [
            Held::Handle,
            Held::JoinedHandle,
            Held::Abort,
            Held::Waker,
            Held::AbortAndWaker,
        ] {
            let (bytes, slots) = measure::<BYTES, T>(&rt, ending, held, output);
            let (most, slots_most) = allowed::<T>(ending, held, boxed);
            println!(
                "{BYTES:>6} B future, {name:>12}: {ending:?}, {held:?}: {bytes} B, {slots} slots"
            );
            assert!(bytes <= most, "{bytes} B kept and {most} B allowed");
            assert!(
                slots <= slots_most,
                "{slots} slots kept and {slots_most} allowed"
            );
        }
    }
}

fn check_results<const BYTES: usize>() {
    check::<BYTES, ()>("unit", 0, || ());
    check::<BYTES, u64>("8 B", 0, || 7);
    check::<BYTES, [u8; 8192]>("8 KiB inline", 0, || [7; 8192]);
    check::<BYTES, Box<[u8; 65536]>>("64 KiB boxed", 65536, || Box::new([7; 65536]));
}

fn entries_of(directory: &str) -> usize {
    std::fs::read_dir(directory).map_or(0, Iterator::count)
}

/// Handles and wakers that outlive their runtime keep none of it: no byte, thread or descriptor.
fn check_runtime_drop<const BYTES: usize>(ending: Ending, held: Held) {
    // The first round warms up what the process keeps for good.
    for is_measured in [false, true] {
        let mut kept = Vec::with_capacity(TASKS);
        let before = (
            HEAP.live(),
            entries_of("/proc/self/fd"),
            entries_of("/proc/self/task"),
        );
        let rt = runtime();
        for _ in 0..TASKS {
            kept.push(end_one::<BYTES, ()>(&rt, ending, held, || ()));
        }
        drop(rt);
        assert_eq!(entries_of("/proc/self/fd"), before.1, "descriptors");
        until("the end of the threads", || {
            entries_of("/proc/self/task") == before.2
        });
        let left = HEAP.live() - before.0;
        let (most, slots) = allowed::<()>(ending, held, 0);
        if is_measured {
            let most = most * TASKS as isize;
            assert!(
                left <= most,
                "{ending:?}, {held:?}: {left} B of a runtime that is gone"
            );
            let slots = slots * TASKS;
            assert!(
                RuntimeMetrics::process_slots_in_use() <= slots,
                "{ending:?}, {held:?}"
            );
        }
        drop(kept);
    }
    assert_eq!(RuntimeMetrics::process_slots_in_use(), 0);
}

fn check_runtime_drops() {
    for ending in [Ending::Completes, Ending::Aborted, Ending::Panics] {
        for held in [
            Held::Handle,
            Held::JoinedHandle,
            Held::Abort,
            Held::Waker,
            Held::AbortAndWaker,
        ] {
            check_runtime_drop::<16>(ending, held);
            check_runtime_drop::<65536>(ending, held);
        }
    }
}

#[test]
fn a_finished_task_keeps_nothing_but_a_result_that_can_be_taken() {
    check_results::<16>();
    check_results::<1024>();
    check_results::<8192>();
    check_results::<15360>();
    check_results::<65536>();
    check_runtime_drops();
}

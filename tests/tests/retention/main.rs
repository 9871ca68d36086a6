//! What a finished task leaves behind while somebody holds something of it: nothing but a result that
//! can still be taken. Every cell of futures × results × endings × held things is counted to the byte,
//! and the same cells on tokio beside it.
//!
//! Not counted is the collector of the workers' queues (crossbeam-deque), which is the process's. A
//! runtime that ends has it free what its queues have outgrown and its threads have left; what remains
//! are the collector's own nodes, two or three of 2,072 bytes, whatever the number of runtimes and tasks.
//! They come and go, so that the test has it collect before it reads, and bounds them by itself.
//!
//! One test, since the heap, the threads and the descriptors that it counts are the process's. What is
//! held of each task is any set of: its join handle, unjoined or joined by reference; an abort handle;
//! two clones of its waker.

mod axes;
mod cell;
mod subject;

use std::fmt::Write;

use axes::{Body, Ending, FUTURES, Held, Output};
use cell::{Batch, Cell, Jobs, Left, TASKS, Tasks, measure, promised};
use subject::{Tokio, Wane};
use wane_tests::heap::Counting;

#[global_allocator]
static HEAP: Counting = Counting::new();

/// A future's two flags.
const FLAGS: usize = 2;

/// Cells that break their promise before the test gives up: each is waited for in vain.
const BROKEN_MAX: usize = 3;

#[test]
fn a_finished_task_keeps_nothing_but_a_result_that_can_be_taken() {
    assert_eq!(
        FUTURES.map(|bytes| bytes - FLAGS),
        STATES,
        "the sizes of the futures below"
    );
    warm_up();
    runtimes_of_any_size_leave_nothing();
    let mut table = Table::new();
    rows_of::<{ STATES[0] }>(&mut table);
    rows_of::<{ STATES[1] }>(&mut table);
    rows_of::<{ STATES[2] }>(&mut table);
    rows_of::<{ STATES[3] }>(&mut table);
    rows_of::<{ STATES[4] }>(&mut table);
    table.finish();
}

/// What the futures hold besides their flags.
const STATES: [usize; 5] = [
    FUTURES[0] - FLAGS,
    FUTURES[1] - FLAGS,
    FUTURES[2] - FLAGS,
    FUTURES[3] - FLAGS,
    FUTURES[4] - FLAGS,
];

/// Lets the process make what it makes once.
fn warm_up() {
    for ending in Ending::ALL {
        for held in Held::all() {
            measure::<Wane, Tasks<{ STATES[0] }, Box<[u8]>>>(ending, held, None);
            measure::<Tokio, Tasks<{ STATES[0] }, Box<[u8]>>>(ending, held, None);
        }
    }
}

fn rows_of<const STATE: usize>(table: &mut Table) {
    rows_with::<STATE, ()>(table);
    rows_with::<STATE, u64>(table);
    rows_with::<STATE, [u8; 8 << 10]>(table);
    rows_with::<STATE, Box<[u8]>>(table);
}

fn rows_with<const STATE: usize, T: Output>(table: &mut Table) {
    assert_eq!(size_of::<Body<STATE, T>>(), STATE + FLAGS);
    for ending in Ending::ALL {
        for held in Held::all() {
            table.row::<Tasks<STATE, T>>("task", STATE + FLAGS, ending, held);
            if !held.waker {
                table.row::<Jobs<STATE, T>>("job", STATE, ending, held);
            }
        }
    }
}

/// The cells so far, as text, and the promises that were broken.
struct Table {
    text: String,
    cells: usize,
    broken: Vec<String>,
    /// Cells in which tokio keeps something that wane does not.
    tokio_keeps_more: usize,
}

impl Table {
    fn new() -> Self {
        let text = format!(
            "{:>4} {:>6} {:>12} {:>9} {:>24} | {:>8} {:>5} {:>8} {:>5} | {:>8} {:>8}\n",
            "what",
            "future",
            "result",
            "ending",
            "held",
            "wane",
            "slots",
            "rt gone",
            "slots",
            "tokio",
            "rt gone"
        );
        Self {
            text,
            cells: 0,
            broken: Vec::new(),
            tokio_keeps_more: 0,
        }
    }

    fn row<B: Batch>(&mut self, what: &str, bytes: usize, ending: Ending, held: Held) {
        let promised = promised::<B::Output>(ending, held);
        let wane = measure::<Wane, B>(ending, held, Some(promised));
        let tokio = measure::<Tokio, B>(ending, held, None);
        let result = B::Output::NAME;
        let row = format!(
            "{what:>4} {bytes:>6} {result:>12} {:>9} {held:>24} | {} {} | {} {}",
            format!("{ending:?}"),
            per_task(wane.alive),
            per_task(wane.gone),
            bytes_per_task(tokio.alive),
            bytes_per_task(tokio.gone),
        );
        let kept = Cell {
            alive: promised,
            gone: promised,
        };
        if wane != kept {
            self.broken
                .push(format!("{row}\n    {wane:?} in place of {promised:?}"));
        }
        assert!(
            self.broken.len() < BROKEN_MAX,
            "{BROKEN_MAX} cells and perhaps more:\n{}",
            self.broken.join("\n")
        );
        self.cells += 1;
        self.tokio_keeps_more += usize::from(tokio.alive.bytes > promised.bytes);
        writeln!(self.text, "{row}").expect("a string takes any text");
    }

    fn finish(self) {
        println!(
            "Bytes and slots per task, {TASKS} tasks a cell\n{}",
            self.text
        );
        println!(
            "tokio keeps more in {} of {} cells",
            self.tokio_keeps_more, self.cells
        );
        assert!(
            self.broken.is_empty(),
            "{} cells:\n{}",
            self.broken.len(),
            self.broken.join("\n")
        );
        assert!(self.tokio_keeps_more > 0, "the comparison compares nothing");
    }
}

fn per_task(left: Left) -> String {
    format!("{} {:>5}", bytes_per_task(left), share(left.slots as f64))
}

fn bytes_per_task(left: Left) -> String {
    format!("{:>8}", share(left.bytes as f64))
}

/// The share of one task; whole numbers without their point.
fn share(total: f64) -> String {
    let share = total / TASKS as f64;
    let digits = usize::from(share.fract() != 0.0) * 2;
    format!("{share:.digits$}")
}

/// Nodes of the collector that may be there after a series of runtimes and were not before it.
const COLLECTOR_NODES_BYTES: isize = 4 * 2072;

/// Workers that steal and queues that grow leave nothing behind, either: the heap after many runtimes
/// differs from the heap before by the collector's own nodes at most.
fn runtimes_of_any_size_leave_nothing() {
    for workers in [1, 2, 4] {
        // The first of a size warms up what the process keeps.
        heap_left_by_a_busy_runtime(workers);
        let left = (0..20).map(|_| heap_left_by_a_busy_runtime(workers));
        let left = left.sum::<isize>();
        assert!(
            left.abs() <= COLLECTOR_NODES_BYTES,
            "{left} bytes left by 20 runtimes of {workers} workers"
        );
    }
}

fn heap_left_by_a_busy_runtime(workers: usize) -> isize {
    let before = HEAP.live();
    let runtime = wane::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .build();
    let runtime = runtime.expect("a runtime");
    let spawner = runtime.spawn(async {
        let tasks = (0..5_000_u64).map(|task| wane::spawn(async move { task }));
        let mut sum = 0;
        for task in tasks.collect::<Vec<_>>() {
            sum += task.await.expect("it returns");
        }
        sum
    });
    assert_eq!(runtime.block_on(spawner).expect("it returns"), 12_497_500);
    drop(runtime);
    HEAP.live() - before
}

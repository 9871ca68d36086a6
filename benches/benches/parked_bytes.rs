//! How many bytes does a parked task take, with the smallest future there is?
//!
//! Each rival parks its tasks in a process of its own, started from this one, so that the resident
//! set is its own. Two numbers, because neither tells all: *counted* is what was asked of the
//! allocator, *resident* what the system had to give. Rounding and alignment are in the second
//! alone; so is memory that a runtime maps for itself.

#![expect(unsafe_code, reason = "a global allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::Command;
use std::{env, fs};

use wane_benches::rivals::{self, ENTRIES, WORKERS};
use wane_benches::workloads::parked::BATCH;
use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

/// Tells a child which rival it measures.
const RIVAL: &str = "WANE_PARKED_RIVAL";

/// Tells a child how many tasks it parks.
const TASKS: &str = "WANE_PARKED_TASKS";

fn main() {
    if let Ok(rival) = env::var(RIVAL) {
        let tasks = env::var(TASKS).ok().and_then(|tasks| tasks.parse().ok());
        return measure(&rival, tasks.expect("the parent says how many tasks"));
    }
    let arguments: Vec<String> = env::args().collect();
    let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if given("--list") {
        println!("parked_bytes: benchmark");
        return;
    }
    compare(if given("--test") {
        20 * BATCH
    } else {
        1_000 * BATCH
    });
}

/// Starts a child for each rival; each prints its row.
fn compare(tasks: u64) {
    println!("bytes per parked task: {tasks} detached tasks, future of one byte");
    println!(
        "{:<16} {:>10} {:>10} {:>10}",
        "rival", "counted", "blocks", "resident"
    );
    let program = env::current_exe().expect("this program has a path");
    for entry in ENTRIES {
        let status = Command::new(&program)
            .env(RIVAL, entry.name)
            .env(TASKS, tasks.to_string())
            .status()
            .expect("a child starts");
        assert!(status.success(), "{} fails: {status}", entry.name);
    }
}

/// Parks the tasks and prints a row.
fn measure(rival: &str, tasks: u64) {
    let entry = rivals::find(rival).expect("the parent names a rival");
    let contender = (entry.start)(WORKERS);
    contender.park(BATCH);
    let before = Memory::now();
    contender.park(tasks);
    let after = Memory::now();
    let per_task = |before: u64, after: u64| (after as f64 - before as f64) / tasks as f64;
    println!(
        "{:<16} {:>10.1} {:>10.2} {:>10.1}",
        rival,
        per_task(before.bytes, after.bytes),
        per_task(before.blocks, after.blocks),
        per_task(before.resident, after.resident),
    );
}

/// What this process holds.
struct Memory {
    bytes: u64,
    blocks: u64,
    resident: u64,
}

impl Memory {
    fn now() -> Self {
        Self {
            bytes: ALLOCATOR.bytes.load(Ordering::Relaxed),
            blocks: ALLOCATOR.blocks.load(Ordering::Relaxed),
            resident: resident_bytes(),
        }
    }
}

/// The resident set, walked page by page; the cheaper counters of Linux are approximate.
fn resident_bytes() -> u64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux tells what we hold");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    1024 * kibibytes
        .and_then(|number| number.parse::<u64>().ok())
        .expect("Rss is in kB")
}

#[global_allocator]
static ALLOCATOR: Counting = Counting {
    bytes: AtomicU64::new(0),
    blocks: AtomicU64::new(0),
};

/// The system's allocator, and what it was asked for and did not get back.
///
/// Orderings are relaxed throughout: these are statistics.
struct Counting {
    bytes: AtomicU64,
    blocks: AtomicU64,
}

impl Counting {
    fn gave(&self, size: usize) {
        self.bytes.fetch_add(size as u64, Ordering::Relaxed);
        self.blocks.fetch_add(1, Ordering::Relaxed);
    }

    fn took(&self, size: usize) {
        self.bytes.fetch_sub(size as u64, Ordering::Relaxed);
        self.blocks.fetch_sub(1, Ordering::Relaxed);
    }
}

// SAFETY: every block is the system allocator's, and every call goes to it with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.gave(layout.size());
        // SAFETY: our caller promises a layout of non-zero size, as `System` wants it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.gave(layout.size());
        // SAFETY: as for `alloc`. Zeroing the block ourselves would make all of it resident.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.took(layout.size());
        // SAFETY: our caller promises that this block came from us with this layout, and we had
        // it from `System`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.took(layout.size());
        self.gave(size);
        // SAFETY: as for `dealloc`, and our caller promises that `size` is neither zero nor too
        // large for the alignment.
        unsafe { System.realloc(block, layout, size) }
    }
}

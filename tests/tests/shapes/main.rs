//! What stages, tail calls and recursion take of the heap, counted to the byte and to the block, and how
//! often they are polled.
//!
//! One test, since the heap is the process's. All but the stages run without a runtime of ours: they
//! promise the same under any.

mod recursion;
mod stages;
mod tails;

use wane_tests::hang::{Deadline, PATIENCE};
use wane_tests::heap::Counting;

#[global_allocator]
static HEAP: Counting = Counting::new();

/// What a piece of work takes.
#[derive(Debug)]
struct Taken {
    /// The most bytes at once.
    peak: isize,
    /// Blocks, one after the other or at once.
    allocations: usize,
    /// Bytes that are left.
    left: isize,
}

/// Runs a piece of work to its end, and what it returns is not counted.
fn taken<R>(work: impl FnOnce() -> R) -> (R, Taken) {
    let (live, allocations) = (HEAP.live(), HEAP.allocations());
    HEAP.forget_peak();
    let returned = work();
    let taken = Taken {
        peak: HEAP.peak() - live,
        allocations: HEAP.allocations() - allocations,
        left: HEAP.live() - live,
    };
    (returned, taken)
}

#[test]
fn shapes_take_what_they_promise() {
    let patience = PATIENCE * 10;
    let _deadline = Deadline::after(patience, "one of the shapes", "see which is printed last");
    // The first takes its time, so that the watch's thread has begun before bytes are counted exactly.
    stages::a_stage_gives_the_memory_of_a_phase_back();
    stages::a_phase_s_memory_is_back_before_its_await_returns();
    tails::a_loop_of_tail_calls_runs_in_one_frame();
    tails::tail_calls_of_two_functions_take_a_block_each_and_keep_none();
    recursion::a_wake_up_costs_one_poll_however_deep_it_is();
    recursion::a_call_s_memory_is_back_before_its_caller_goes_on();
    recursion::a_deep_recursion_is_dropped_from_the_top();
    recursion::a_panic_at_the_bottom_takes_all_frames_with_it();
    recursion::a_limit_ends_a_recursion_that_would_not();
}

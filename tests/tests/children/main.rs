//! What children leave in a parent that lives on: bytes and slots per ended child, counted for 100,000
//! of them under one parent, with tokio's `JoinSet` beside it; what a burst leaves; and what is left by
//! waits that alternate between the fast path and the slow one.
//!
//! One test, since the heap that it counts is the process's.

mod alternation;
mod burst;
mod parents;
mod table;

use wane_tests::heap::Counting;

#[global_allocator]
static HEAP: Counting = Counting::new();

#[test]
fn a_parent_holds_its_living_children_and_results_that_nobody_took() {
    parents::check();
    burst::check();
    alternation::check();
}

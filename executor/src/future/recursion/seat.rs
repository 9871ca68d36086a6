//! Which stack this thread polls, and what its topmost frame has called.
//!
//! A call belongs to the stack of the frame that polls it. That is the one whose seat is taken, where the
//! call is polled with the stack's own waker. With another waker something stands between the two (an
//! executor inside of a frame, a set of futures) that has to be woken for the call: the stack would poll it
//! behind its back.

use std::cell::RefCell;
use std::mem;
use std::task::Waker;

use super::frame::Boxed;
use super::stack::Stack;

thread_local! {
    static TAKEN: RefCell<Option<Table>> = const { RefCell::new(None) };
}

struct Table {
    waker: Identity,
    depth: usize,
    calls: Stack,
}

/// Two wakers of one identity wake the same.
#[derive(PartialEq, Eq)]
struct Identity {
    data: usize,
    vtable: usize,
}

impl Identity {
    fn of(waker: &Waker) -> Self {
        Self {
            data: waker.data().addr(),
            vtable: std::ptr::from_ref(waker.vtable()).addr(),
        }
    }
}

/// The permission to poll a stack's frames on this thread. Dropping it gives the seat back to the stack
/// that had it before.
pub(super) struct Seat {
    before: Option<Table>,
}

impl Seat {
    pub(super) fn take(waker: &Waker) -> Self {
        let table = Table {
            waker: Identity::of(waker),
            depth: 0,
            calls: Stack::default(),
        };
        Self {
            before: replace_table(Some(table)),
        }
    }

    /// How many frames there are, the one included that is about to be polled.
    pub(super) fn set_depth(&self, depth: usize) {
        with_table(|table| table.depth = depth);
    }

    /// What was called since, the last on top.
    pub(super) fn take_calls(&self) -> Stack {
        with_table(|table| mem::take(&mut table.calls)).unwrap_or_default()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // What a panicking frame has called is dropped with the table.
        drop(replace_table(self.before.take()));
    }
}

/// Puts a frame on top of the stack that polls with this waker, or gives it back where there is none.
pub(super) fn call(waker: &Waker, frame: Boxed) -> Result<(), Boxed> {
    let identity = Identity::of(waker);
    let mut frame = Some(frame);
    with_table(|table| {
        if table.waker == identity
            && let Some(frame) = frame.take()
        {
            table.calls.push(frame);
        }
    });
    frame.map_or(Ok(()), Err)
}

/// How many calls are under way on the stack that polls with this waker.
pub(super) fn depth(waker: &Waker) -> usize {
    let identity = Identity::of(waker);
    with_table(|table| match table.waker == identity {
        true => table.depth,
        false => 0,
    })
    .unwrap_or(0)
}

fn replace_table(table: Option<Table>) -> Option<Table> {
    // A thread that is ending has no seat to take: its calls are stacks of their own.
    TAKEN.try_with(|taken| taken.replace(table)).ok().flatten()
}

fn with_table<T>(use_it: impl FnOnce(&mut Table) -> T) -> Option<T> {
    // A thread that is ending polls no stack.
    TAKEN
        .try_with(|taken| taken.borrow_mut().as_mut().map(use_it))
        .ok()
        .flatten()
}

//! What a channel costs: at rest, after a burst, after a crowd. The allocator counts each thread
//! by itself, so that the tests do not disturb each other.
#![cfg(not(loom))]
#![expect(
    unsafe_code,
    reason = "a global allocator that counts is unsafe to implement"
)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::task::Poll;

use support::poll;
use wane_channel::{bounded, oneshot, unbounded};

/// The system's allocator, which counts the bytes that are in use, and its calls.
struct Counting;

thread_local! {
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).expect("a block is smaller than half of the memory")
}

// SAFETY: every call goes to the system's allocator as it came; the counts are beside it, and
// their thread-local cells neither allocate nor have destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.set(IN_USE.get() + signed(layout.size()));
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        IN_USE.set(IN_USE.get() - signed(layout.size()));
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What may stay of a burst of numbers in an open channel: one block of them.
const AFTER_A_BURST_BYTES_MAX: isize = 512;

/// What `body` leaves in use while the value that it returns lives, and that value.
fn cost<R>(body: impl FnOnce() -> R) -> (isize, R) {
    let before = IN_USE.get();
    let kept = body();
    (IN_USE.get() - before, kept)
}

/// How often `body` asks the allocator for memory.
fn allocations(body: impl FnOnce()) -> usize {
    let before = CALLS.get();
    body();
    CALLS.get() - before
}

#[test]
fn a_channel_at_rest_costs_the_same_whatever_its_capacity() {
    let (small, _ends) = cost(|| bounded::<[u8; 64]>(1));
    let (large, _ends) = cost(|| bounded::<[u8; 64]>(1 << 40));
    let (endless, _ends) = cost(unbounded::<[u8; 64]>);
    assert_eq!((small, large), (large, endless));
    assert!(small <= 512, "{small} bytes for an empty channel");
}

#[test]
fn a_drained_burst_leaves_no_storage() {
    let (tx, rx) = unbounded();
    let (left, ()) = cost(|| {
        (0..100_000u64).for_each(|n| tx.try_send(n).unwrap());
        assert!((0..100_000).all(|n| rx.try_recv() == Ok(n)));
    });
    assert!(
        (0..=AFTER_A_BURST_BYTES_MAX).contains(&left),
        "{left} bytes after a burst"
    );

    let (more, ()) = cost(|| {
        (0..100u64).for_each(|n| tx.try_send(n).unwrap());
        rx.close();
        while rx.try_recv().is_ok() {}
    });
    assert_eq!(more, -left, "a closed channel gives the rest back as well");
}

#[test]
fn a_steady_load_does_not_call_the_allocator() {
    let (tx, rx) = bounded(16);
    (0..16).for_each(|n| tx.try_send(n).unwrap());
    while rx.try_recv().is_ok() {}
    let calls = allocations(|| {
        for _ in 0..1000 {
            (0..16).for_each(|n| tx.try_send(n).unwrap());
            while rx.try_recv().is_ok() {}
        }
    });
    assert_eq!(calls, 0);
}

#[test]
fn a_recurring_burst_calls_the_allocator_seldom() {
    let (tx, rx) = unbounded();
    let calls = allocations(|| {
        for _ in 0..100 {
            (0..1000).for_each(|n| tx.try_send(n).unwrap());
            while rx.try_recv().is_ok() {}
        }
    });
    assert!(calls <= 100_000 / 50, "{calls} calls for 100,000 messages");
}

#[test]
fn ten_thousand_cancelled_waiters_leave_nothing() {
    let (tx, rx) = bounded::<u64>(1);
    let (left, ()) = cost(|| {
        let mut recvs: Vec<_> = (0..10_000).map(|_| Box::pin(rx.recv())).collect();
        assert!(recvs.iter_mut().all(|recv| poll(recv).is_pending()));
    });
    assert_eq!(left, 0, "after receivers");

    tx.try_send(0).unwrap();
    let (left, ()) = cost(|| {
        let mut sends: Vec<_> = (0..10_000).map(|n| Box::pin(tx.send(n))).collect();
        assert!(sends.iter_mut().all(|send| poll(send).is_pending()));
    });
    assert_eq!(left, 0, "after senders");
}

#[test]
fn polling_for_ever_costs_nothing_more() {
    let (tx, rx) = bounded::<u64>(1);
    let mut recv = Box::pin(rx.recv());
    assert!(poll(&mut recv).is_pending());
    let (grown, ()) = cost(|| (0..10_000).for_each(|_| assert!(poll(&mut recv).is_pending())));
    assert_eq!(grown, 0);
    drop((recv, tx));
}

#[test]
fn nothing_is_left_of_a_channel_that_is_gone() {
    let (left, ()) = cost(|| {
        let (tx, rx) = bounded(1000);
        (0..1000).for_each(|n| tx.try_send(Box::new(n)).unwrap());
        let mut send = Box::pin(tx.send(Box::new(0)));
        assert!(poll(&mut send).is_pending());
        drop(rx);
        assert!(matches!(poll(&mut send), Poll::Ready(Err(_))));
    });
    assert_eq!(left, 0);
    let (left, ()) = cost(|| {
        let (tx, mut rx) = oneshot::channel();
        assert!(poll(&mut rx).is_pending());
        tx.send(Box::new(1)).unwrap();
    });
    assert_eq!(left, 0);
}

/// A weak handle or a sender holds the books of a channel, not its messages.
#[test]
fn a_handle_left_over_holds_no_message() {
    let (tx, rx) = unbounded();
    let weak = rx.downgrade();
    let (left, ()) = cost(|| {
        (0..1000).for_each(|n| tx.try_send(Box::new(n)).unwrap());
    });
    assert!(left > 0);
    let (given_back, ()) = cost(|| drop(rx));
    assert_eq!(given_back, -left, "to the last byte");
    drop(weak);
}

//! A task cannot stay in one poll for ever, however full or empty its channels are.
#![cfg(not(loom))]

mod support;

use std::pin::pin;
use std::task::Poll;

use support::waits::Wait;
use support::{Bell, poll_with};
use wane_channel::base::budget;
use wane_channel::{bounded, oneshot, unbounded};

const UNITS: usize = budget::UNITS_PER_POLL as usize;

/// Runs `operation` as an executor would poll it, until it is refused; returns how often it ran.
fn steps_until_refused(mut operation: impl FnMut() -> Poll<()>) -> usize {
    budget::refill();
    let steps = (0..).take_while(|_| operation().is_ready()).count();
    budget::lift();
    steps
}

#[test]
fn each_operation_that_does_not_wait_costs_a_unit() {
    let (bell, waker) = Bell::new();
    let (tx, rx) = unbounded();
    let sent = steps_until_refused(|| poll_with(&mut pin!(tx.send(())), &waker).map(|_| ()));
    assert_eq!(
        (sent, rx.len()),
        (UNITS, UNITS),
        "what was refused was not sent"
    );
    assert_eq!(bell.rings(), 1, "a refused task comes again");
    let received = steps_until_refused(|| poll_with(&mut pin!(rx.recv()), &waker).map(|_| ()));
    assert_eq!((received, rx.len()), (UNITS, 0));
    let reserved = steps_until_refused(|| poll_with(&mut pin!(tx.reserve()), &waker).map(|_| ()));
    assert_eq!(reserved, UNITS);
    tx.close();
    let ends = steps_until_refused(|| poll_with(&mut pin!(rx.recv()), &waker).map(|_| ()));
    assert_eq!(ends, UNITS, "the end counts as well");
    let closed = steps_until_refused(|| poll_with(&mut pin!(rx.closed()), &waker));
    assert_eq!(closed, UNITS);
}

#[test]
fn a_batch_costs_one_unit() {
    let (_bell, waker) = Bell::new();
    let (tx, rx) = unbounded();
    (0..1000).for_each(|n| tx.try_send(n).unwrap());
    let mut out = Vec::new();
    let batches =
        steps_until_refused(|| poll_with(&mut pin!(rx.recv_many(&mut out, 2)), &waker).map(|_| ()));
    assert_eq!((batches, out.len()), (UNITS, 2 * UNITS));
}

#[test]
fn an_operation_that_waited_is_not_refused() {
    let (_bell, waker) = Bell::new();
    let (tx, rx) = bounded(1);
    let mut recv = Box::pin(rx.recv());
    assert!(poll_with(&mut recv, &waker).is_pending());
    let (oneshot_tx, mut oneshot_rx) = oneshot::channel();
    assert!(poll_with(&mut oneshot_rx, &waker).is_pending());
    let (filler, _filler_rx) = unbounded();
    steps_until_refused(|| poll_with(&mut pin!(filler.send(())), &waker).map(|_| ()));
    tx.try_send(1).unwrap();
    oneshot_tx.send(2).unwrap();
    budget::refill();
    while budget::spend(&std::task::Context::from_waker(&waker)).is_ready() {}
    assert_eq!(poll_with(&mut recv, &waker), Poll::Ready(Ok(1)));
    assert_eq!(poll_with(&mut oneshot_rx, &waker), Poll::Ready(Ok(2)));
    budget::lift();
}

#[test]
fn an_operation_that_begins_to_wait_costs_nothing() {
    for wait in Wait::ALL {
        let (tx, rx) = wait.channel();
        let (bell, waker) = Bell::new();
        budget::refill();
        let mut crowd: Vec<_> = (0..3 * UNITS).map(|_| wait.begin(&tx, &rx)).collect();
        for waiting in &mut crowd {
            assert!(poll_with(waiting, &waker).is_pending());
        }
        let is_spent = budget::is_spent();
        budget::lift();
        assert!(!is_spent, "{wait:?}");
        assert_eq!(bell.rings(), 0, "{wait:?}: none was put off");
    }
}

#[test]
fn threads_have_no_budget() {
    budget::refill();
    let (tx, rx) = unbounded();
    for n in 0..2 * UNITS {
        tx.send_blocking(n).unwrap();
        assert_eq!(rx.recv_blocking(), Ok(n));
    }
    assert!(!budget::is_spent());
    budget::lift();
}

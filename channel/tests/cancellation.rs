//! A dropped operation has done nothing, and what was kept for it goes to the next in line.
#![cfg(not(loom))]

mod support;

use std::sync::Arc;
use std::task::Poll::{Pending, Ready};

use support::{Bell, Dropped, poll, poll_with};
use wane_channel::{TryRecvError, bounded};

#[test]
fn a_cancelled_receive_loses_no_message() {
    let (tx, rx) = bounded(1);
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Pending);
    tx.try_send(1).unwrap();
    drop(recv);
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn a_cancelled_receive_passes_its_promise_on() {
    let (tx, rx) = bounded(1);
    let (bell, waker) = Bell::new();
    let mut first = Box::pin(rx.recv());
    let mut second = Box::pin(rx.recv());
    assert_eq!(poll(&mut first), Pending);
    assert_eq!(poll_with(&mut second, &waker), Pending);
    tx.try_send(1).unwrap();
    assert_eq!(bell.rings(), 0);
    drop(first);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut second), Ready(Ok(1)));
}

#[test]
fn cancelled_receives_keep_the_order_of_messages() {
    let (tx, rx) = bounded(8);
    let mut recvs: Vec<_> = (0..4).map(|_| Box::pin(rx.recv())).collect();
    for recv in &mut recvs {
        assert_eq!(poll(recv), Pending);
    }
    for n in 0..8 {
        tx.try_send(n).unwrap();
    }
    drop(recvs.remove(2));
    drop(recvs.remove(0));
    assert_eq!(poll(&mut recvs[1]), Ready(Ok(0)));
    let rest: Vec<_> = std::iter::from_fn(|| rx.try_recv().ok()).collect();
    assert_eq!(rest, [1, 2, 3, 4, 5, 6], "one is still promised");
    assert_eq!(poll(&mut recvs[0]), Ready(Ok(7)));
}

#[test]
fn a_cancelled_send_has_not_sent_and_drops_its_message() {
    let dropped = Dropped::default();
    let (tx, rx) = bounded(1);
    tx.try_send(dropped.message()).unwrap();
    let mut send = Box::pin(tx.send(dropped.message()));
    assert!(poll(&mut send).is_pending());
    let first = rx.try_recv().unwrap();
    drop(send);
    assert_eq!(dropped.count(), 1);
    assert!(rx.is_empty());
    drop(first);
    assert!(
        tx.try_send(dropped.message()).is_ok(),
        "the slot is free again"
    );
}

#[test]
fn a_send_that_was_never_polled_drops_its_message() {
    let dropped = Dropped::default();
    let (tx, rx) = bounded(1);
    drop(tx.send(dropped.message()));
    assert_eq!(dropped.count(), 1);
    assert!(rx.is_empty());
}

#[test]
fn a_cancelled_send_passes_its_slot_on() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let (bell, waker) = Bell::new();
    let mut first = Box::pin(tx.send(1));
    let mut second = Box::pin(tx.send(2));
    assert_eq!(poll(&mut first), Pending);
    assert_eq!(poll_with(&mut second, &waker), Pending);
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(bell.rings(), 0);
    drop(first);
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut second), Ready(Ok(())));
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn a_dropped_permit_passes_its_slot_on() {
    let (tx, rx) = bounded(1);
    let permit = tx.try_reserve().unwrap();
    let mut reserve = Box::pin(tx.reserve());
    assert!(poll(&mut reserve).is_pending());
    drop(permit);
    let Ready(Ok(permit)) = poll(&mut reserve) else {
        panic!("the slot was not passed on");
    };
    permit.send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn a_cancelled_waiter_in_the_middle_disturbs_nobody() {
    let (tx, rx) = bounded(1);
    let mut recvs: Vec<_> = (0..3).map(|_| Box::pin(rx.recv())).collect();
    for recv in &mut recvs {
        assert_eq!(poll(recv), Pending);
    }
    drop(recvs.remove(1));
    tx.try_send(1).unwrap();
    assert_eq!(poll(&mut recvs[1]), Pending);
    assert_eq!(poll(&mut recvs[0]), Ready(Ok(1)));
    tx.try_send(2).unwrap();
    assert_eq!(poll(&mut recvs[1]), Ready(Ok(2)));
}

#[test]
fn a_cancelled_batch_has_received_nothing() {
    let (tx, rx) = bounded(2);
    let mut out = Vec::new();
    let mut batch = Box::pin(rx.recv_many(&mut out, 2));
    assert_eq!(poll(&mut batch), Pending);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    drop(batch);
    assert!(out.is_empty());
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
}

#[test]
fn a_waker_is_dropped_with_its_future() {
    let (tx, rx) = bounded(1);
    let (bell, waker) = Bell::new();
    let mut recv = Box::pin(rx.recv());
    let mut closed = Box::pin(tx.closed());
    assert_eq!(poll_with(&mut recv, &waker), Pending);
    assert_eq!(poll_with(&mut closed, &waker), Pending);
    tx.try_send(0).unwrap();
    drop((recv, closed));
    let mut send = Box::pin(tx.send(1));
    assert_eq!(poll_with(&mut send, &waker), Pending);
    drop((send, waker));
    assert_eq!(Arc::strong_count(&bell), 1, "the channel holds no waker");
}

#[test]
fn a_replaced_waker_is_the_one_that_is_woken() {
    let (tx, rx) = bounded(1);
    let (old, old_waker) = Bell::new();
    let (new, new_waker) = Bell::new();
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll_with(&mut recv, &old_waker), Pending);
    assert_eq!(poll_with(&mut recv, &new_waker), Pending);
    drop(old_waker);
    assert_eq!(Arc::strong_count(&old), 1, "the old one was let go");
    tx.try_send(1).unwrap();
    assert_eq!((old.rings(), new.rings()), (0, 1));

    let (old, old_waker) = Bell::new();
    drop(recv);
    let mut send = Box::pin(tx.send(2));
    assert_eq!(poll_with(&mut send, &old_waker), Pending);
    assert_eq!(poll_with(&mut send, &new_waker), Pending);
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!((old.rings(), new.rings()), (0, 2));
}

#[test]
fn a_lapsed_promise_leaves_the_channel_over_its_capacity_and_no_further() {
    let (tx, rx) = bounded(1);
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Pending);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    drop(recv);
    assert_eq!(rx.len(), 2);
    assert!(tx.try_send(3).unwrap_err().is_full());
    assert_eq!(rx.try_recv(), Ok(1));
    assert!(tx.try_send(3).unwrap_err().is_full());
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(tx.try_send(3), Ok(()));
}

/// Each race is lost by a receive that was promised the message, or by one that was not yet.
#[test]
fn a_receive_that_loses_every_race_loses_no_message() {
    let (tx, rx) = bounded(1);
    let mut received = Vec::new();
    for n in 0..100 {
        let mut loser = Box::pin(rx.recv());
        let mut keeper = Box::pin(rx.recv());
        let promised = n % 2 == 0;
        if promised {
            assert_eq!(poll(&mut loser), Pending);
        }
        assert_eq!(poll(&mut keeper), Pending);
        assert_eq!(poll(&mut loser), Pending);
        tx.try_send(n).unwrap();
        drop(loser);
        match poll(&mut keeper) {
            Ready(outcome) => received.push(outcome.unwrap()),
            Pending => panic!("message {n} is lost"),
        }
    }
    assert!(received.into_iter().eq(0..100));
}

/// The memory of a leaked future is never reused: whatever the channel keeps in it stays valid.
#[test]
fn leaked_operations_keep_what_was_promised_to_them_and_no_more() {
    let (tx, rx) = bounded(2);
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Pending);
    tx.try_send(1).unwrap();
    std::mem::forget(recv);
    tx.try_send(2).unwrap();
    tx.try_send(3).unwrap();
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "promised for ever");

    let permit = tx.try_reserve().unwrap();
    std::mem::forget(permit);
    assert_eq!(tx.try_send(4), Ok(()));
    assert!(tx.try_send(5).unwrap_err().is_full(), "reserved for ever");
    assert_eq!(rx.try_recv(), Ok(3));
    assert_eq!(tx.try_send(5), Ok(()));

    rx.close();
    let rest: Vec<_> = std::iter::from_fn(|| rx.try_recv().ok()).collect();
    assert_eq!(rest, [4, 5], "not even that in a closed channel");
}

#[test]
fn leaked_operations_in_line_may_outlive_the_channel() {
    let (tx, rx) = bounded(1);
    let (bell, waker) = Bell::new();
    tx.try_send(1).unwrap();
    let mut send = Box::pin(tx.send(2));
    let mut reserve = Box::pin(tx.reserve());
    let mut closed = Box::pin(rx.closed());
    assert_eq!(poll_with(&mut send, &waker), Pending);
    assert!(poll_with(&mut reserve, &waker).is_pending());
    assert_eq!(poll_with(&mut closed, &waker), Pending);
    let (quiet_tx, quiet_rx) = bounded::<u32>(1);
    let mut recv = Box::pin(quiet_rx.recv());
    assert_eq!(poll_with(&mut recv, &waker), Pending);
    std::mem::forget((send, reserve, closed, recv));
    drop((rx, quiet_tx));
    assert_eq!(bell.rings(), 4);
    drop((tx, quiet_rx, waker));
    assert_eq!(Arc::strong_count(&bell), 1, "no waker is leaked");
}

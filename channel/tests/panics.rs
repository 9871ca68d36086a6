//! Foreign code that panics or calls back: destructors of messages, and wakers. Nothing is lost,
//! nothing is poisoned, and no lock is held.
#![cfg(not(loom))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll::{Pending, Ready};
use std::task::{Wake, Waker};

use support::{Bell, Dropped, poll, poll_with, within_deadline};
use wane_channel::{Receiver, Sender, bounded, oneshot, unbounded};

/// A waker that panics when it is woken.
struct Fuse;

impl Wake for Fuse {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

fn fuse() -> Waker {
    Waker::from(Arc::new(Fuse))
}

#[test]
fn a_panicking_destructor_does_not_save_the_other_messages() {
    let dropped = Dropped::default();
    let (tx, rx) = unbounded();
    tx.try_send(dropped.message()).unwrap();
    tx.try_send(dropped.panicking_message()).unwrap();
    tx.try_send(dropped.panicking_message()).unwrap();
    tx.try_send(dropped.message()).unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| drop(rx)));
    assert!(outcome.is_err(), "the first panic goes on");
    assert_eq!(dropped.count(), 4);
    assert!(tx.try_send(dropped.message()).unwrap_err().is_closed());
}

/// While its owner unwinds, a second panic would end the process: it stays inside of the drain.
#[test]
fn a_receiver_that_is_dropped_by_a_panic_drops_every_message() {
    let dropped = Dropped::default();
    let (tx, rx) = unbounded();
    tx.try_send(dropped.message()).unwrap();
    tx.try_send(dropped.panicking_message()).unwrap();
    tx.try_send(dropped.message()).unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        let _rx = rx;
        panic!("the owner of a receiver");
    }));
    let payload = outcome.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the owner of a receiver"));
    assert_eq!(dropped.count(), 3);
    assert!(tx.is_closed());
}

#[test]
fn a_panicking_destructor_in_a_closed_channel_leaves_the_rest_to_be_received() {
    let dropped = Dropped::default();
    let (tx, rx) = unbounded();
    tx.try_send(dropped.panicking_message()).unwrap();
    tx.try_send(dropped.message()).unwrap();
    drop(tx);
    let outcome = catch_unwind(AssertUnwindSafe(|| drop(rx.try_recv())));
    assert!(outcome.is_err());
    assert!(rx.try_recv().is_ok());
    assert!(rx.try_recv().is_err());
    assert_eq!(dropped.count(), 2);
}

#[test]
fn a_panicking_destructor_of_a_cancelled_send_leaves_the_channel_whole() {
    let dropped = Dropped::default();
    let (tx, rx) = bounded(1);
    tx.try_send(dropped.message()).unwrap();
    let mut send = Box::pin(tx.send(dropped.panicking_message()));
    assert!(poll(&mut send).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(send))).is_err());
    drop(rx.try_recv().unwrap());
    assert!(tx.try_send(dropped.message()).is_ok());
    assert!(rx.try_recv().is_ok());
}

#[test]
fn a_panicking_waker_costs_neither_a_message_nor_the_others_their_wake() {
    let (tx, rx) = bounded(1);
    tx.try_send(1).unwrap();
    let mut send = Box::pin(tx.send(2));
    assert_eq!(poll_with(&mut send, &fuse()), Pending);
    assert_eq!(rx.try_recv(), Ok(1), "though it had to wake the sender");
    assert_eq!(poll(&mut send), Ready(Ok(())));
    assert_eq!(rx.try_recv(), Ok(2));
    drop(send);

    let (bell, waker) = Bell::new();
    let mut recvs = [0; 3].map(|_| Box::pin(rx.recv()));
    assert_eq!(poll_with(&mut recvs[0], &fuse()), Pending);
    assert_eq!(poll_with(&mut recvs[1], &waker), Pending);
    assert_eq!(poll_with(&mut recvs[2], &fuse()), Pending);
    assert!(tx.close());
    assert_eq!(bell.rings(), 1);
}

#[test]
fn a_panicking_waker_does_not_unsend_a_value() {
    let (tx, mut rx) = oneshot::channel();
    assert!(poll_with(&mut rx, &fuse()).is_pending());
    assert_eq!(tx.send(7), Ok(()));
    assert_eq!(rx.try_recv(), Ok(7));
}

/// A waker that calls into the channel from `wake`, and from its drop.
struct CallsBack(Receiver<u32>, Sender<u32>);

impl Wake for CallsBack {
    fn wake(self: Arc<Self>) {
        assert!(self.0.same_channel(&self.0) && self.0.len() <= 2);
    }
}

impl Drop for CallsBack {
    fn drop(&mut self) {
        assert!(!self.1.is_closed());
    }
}

#[test]
fn a_waker_may_call_into_the_channel() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let calls_back = || Waker::from(Arc::new(CallsBack(rx.clone(), tx.clone())));
        let mut woken = Box::pin(rx.recv());
        assert_eq!(poll_with(&mut woken, &calls_back()), Pending);
        tx.try_send(1).unwrap();
        assert_eq!(poll(&mut woken), Ready(Ok(1)));
        let mut replaced = Box::pin(rx.recv());
        assert_eq!(poll_with(&mut replaced, &calls_back()), Pending);
        assert_eq!(poll(&mut replaced), Pending);
        let mut cancelled = Box::pin(rx.recv());
        assert_eq!(poll_with(&mut cancelled, &calls_back()), Pending);
        drop((replaced, cancelled));
        tx.try_send(2).unwrap();
        let mut send = Box::pin(tx.send(3));
        assert_eq!(poll_with(&mut send, &calls_back()), Pending);
        assert_eq!(rx.try_recv(), Ok(2));
        assert_eq!(poll(&mut send), Ready(Ok(())));
        drop(send);
        assert_eq!(
            (tx.sender_count(), rx.receiver_count()),
            (1, 1),
            "no waker is left"
        );
    });
}

/// A message that holds the ends of its own channel, and uses them while it is dropped.
struct Recursive(Sender<Recursive>);

impl Drop for Recursive {
    fn drop(&mut self) {
        assert!(self.0.is_closed());
        assert_eq!(self.0.len(), 0);
    }
}

#[test]
fn a_message_may_call_into_its_own_channel_while_it_is_dropped() {
    within_deadline(|| {
        let (tx, rx) = unbounded();
        for _ in 0..3 {
            assert!(tx.try_send(Recursive(tx.clone())).is_ok());
        }
        drop(rx);
        assert_eq!(tx.sender_count(), 1);
    });
}

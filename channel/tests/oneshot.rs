//! The channel for one value.
#![cfg(not(loom))]

mod support;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use support::{Bell, Dropped, poll, poll_with, within_deadline};
use wane_channel::oneshot::error::{RecvError, TryRecvError};
use wane_channel::oneshot::{Receiver, Sender, channel};

#[test]
fn a_sent_value_outlives_its_sender() {
    let (tx, mut rx) = channel();
    let (bell, waker) = Bell::new();
    assert!(poll_with(&mut rx, &waker).is_pending());
    tx.send(7).unwrap();
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut rx), Poll::Ready(Ok(7)));
    assert_eq!(poll(&mut rx), Poll::Ready(Err(RecvError)), "once");
}

#[test]
fn a_sender_that_goes_without_a_value_says_so() {
    let (tx, mut rx) = channel::<u32>();
    let (bell, waker) = Bell::new();
    assert!(poll_with(&mut rx, &waker).is_pending());
    drop(tx);
    assert_eq!(bell.rings(), 1);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(poll(&mut rx), Poll::Ready(Err(RecvError)));
}

#[test]
fn a_receiver_that_goes_drops_the_value_before_it_returns() {
    let dropped = Dropped::default();
    let (tx, rx) = channel();
    tx.send(dropped.message()).unwrap();
    drop(rx);
    assert_eq!(dropped.count(), 1);
}

#[test]
fn a_value_sent_to_nobody_comes_back() {
    let dropped = Dropped::default();
    let (tx, rx) = channel();
    drop(rx);
    let returned = tx.send(dropped.message());
    assert_eq!(dropped.count(), 0);
    assert!(returned.is_err());
}

#[test]
fn a_close_keeps_what_was_sent_before_and_refuses_what_comes_after() {
    let (tx, mut rx) = channel();
    tx.send(1).unwrap();
    rx.close();
    assert_eq!(rx.try_recv(), Ok(1));

    let (tx, mut rx) = channel();
    rx.close();
    assert!(tx.is_closed());
    assert_eq!(tx.send(1), Err(1));
    assert_eq!(poll(&mut rx), Poll::Ready(Err(RecvError)));
}

#[test]
fn a_sender_is_told_that_nobody_waits_any_more() {
    let (mut tx, rx) = channel::<u32>();
    let (bell, waker) = Bell::new();
    assert!(poll_with(&mut pin!(tx.closed()), &waker).is_pending());
    assert_eq!(
        Arc::strong_count(&bell),
        2,
        "a cancelled wait leaves no waker"
    );
    let mut closed = pin!(tx.closed());
    assert!(poll_with(&mut closed, &waker).is_pending());
    drop(rx);
    assert_eq!(bell.rings(), 1);
    assert!(poll_with(&mut closed, &waker).is_ready());
}

#[test]
fn no_waker_outlives_the_wait() {
    let (bell, waker) = Bell::new();
    let (mut tx, mut rx) = channel::<u32>();
    assert!(poll_with(&mut rx, &waker).is_pending());
    assert!(
        tx.poll_closed(&mut Context::from_waker(&waker))
            .is_pending()
    );
    rx.close();
    assert_eq!(Arc::strong_count(&bell), 2);
    assert_eq!(
        bell.rings(),
        1,
        "the sender's; the receiver closed it itself"
    );

    let (mut tx, _rx) = channel::<u32>();
    assert!(
        tx.poll_closed(&mut Context::from_waker(&waker))
            .is_pending()
    );
    tx.send(1).unwrap();
    assert_eq!(Arc::strong_count(&bell), 2);
}

#[test]
fn a_thread_can_wait_for_the_value() {
    within_deadline(|| {
        let (tx, mut rx) = channel();
        // Polled before, as a future.
        assert!(poll(&mut rx).is_pending());
        let thread = thread::spawn(move || rx.blocking_recv());
        tx.send(7).unwrap();
        assert_eq!(thread.join().unwrap(), Ok(7));

        let (tx, rx) = channel::<u32>();
        let thread = thread::spawn(move || rx.blocking_recv());
        drop(tx);
        assert_eq!(thread.join().unwrap(), Err(RecvError));
    });
}

#[test]
fn a_storm_of_values_loses_none() {
    within_deadline(|| {
        let (txs, rxs): (Vec<Sender<usize>>, Vec<Receiver<usize>>) =
            (0..10_000).map(|_| channel()).unzip();
        let sender = thread::spawn(move || {
            for (n, tx) in txs.into_iter().enumerate() {
                tx.send(n).unwrap();
            }
        });
        for (n, rx) in rxs.into_iter().enumerate() {
            assert_eq!(futures_lite::future::block_on(rx), Ok(n));
        }
        sender.join().unwrap();
    });
}

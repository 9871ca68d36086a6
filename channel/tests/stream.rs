//! The receiver as a stream, and beside its other methods.
#![cfg(not(loom))]

mod support;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_lite::{Stream, StreamExt, future::block_on};
use support::{Bell, poll};
use wane_channel::{Receiver, TryRecvError, bounded};

fn poll_stream<T>(rx: &mut Receiver<T>, waker: &Waker) -> Poll<Option<T>> {
    Pin::new(rx).poll_next(&mut Context::from_waker(waker))
}

#[test]
fn a_stream_ends_after_the_last_message() {
    let (tx, rx) = bounded(4);
    (0..4).for_each(|n| tx.try_send(n).unwrap());
    drop(tx);
    assert_eq!(block_on(rx.collect::<Vec<_>>()), [0, 1, 2, 3]);
}

#[test]
fn a_stream_waits_in_line_and_is_woken() {
    let (tx, mut rx) = bounded(1);
    let (bell, waker) = Bell::new();
    assert_eq!(poll_stream(&mut rx, &waker), Poll::Pending);
    tx.try_send(1).unwrap();
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll_stream(&mut rx, &waker), Poll::Ready(Some(1)));
}

/// `timeout(rx.next())` leaves the stream in line; the next `recv` must not wait behind it.
#[test]
fn a_stream_left_alone_does_not_absorb_its_owners_messages() {
    let (tx, mut rx) = bounded(2);
    let (stale, waker) = Bell::new();
    assert_eq!(poll_stream(&mut rx, &waker), Poll::Pending);
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Poll::Pending);
    tx.try_send(1).unwrap();
    assert_eq!(poll(&mut recv), Poll::Ready(Ok(1)));
    assert_eq!(stale.rings(), 0);
    drop(recv);

    assert_eq!(poll_stream(&mut rx, &waker), Poll::Pending);
    tx.try_send(2).unwrap();
    assert_eq!(rx.try_recv(), Ok(2), "promised to the same handle");
    assert_eq!(poll_stream(&mut rx, &waker), Poll::Pending);
    tx.try_send(3).unwrap();
    assert_eq!(poll_stream(&mut rx, &waker), Poll::Ready(Some(3)));
}

#[test]
fn a_dropped_stream_passes_its_promise_on() {
    let (tx, mut rx) = bounded(1);
    let rx2 = rx.clone();
    let (bell, waker) = Bell::new();
    assert_eq!(poll_stream(&mut rx, &waker), Poll::Pending);
    tx.try_send(1).unwrap();
    assert_eq!(rx2.try_recv(), Err(TryRecvError::Empty));
    drop((rx, waker));
    assert_eq!(rx2.try_recv(), Ok(1));
    assert_eq!(Arc::strong_count(&bell), 1);
}

//! Messages of every shape come through every door as they went in: without a size, of odd sizes,
//! with more alignment than an allocator gives by itself.
#![cfg(not(loom))]

mod support;

use std::cell::Cell;
use std::fmt::Debug;
use std::pin::pin;
use std::task::Poll::Ready;
use std::thread;

use futures_lite::StreamExt;
use support::{poll, within_deadline};
use wane_channel::{SendError, bounded, oneshot, unbounded};

/// More than any block of storage holds.
const MANY: usize = 200;

/// A kind of message that can be told from its neighbours.
trait Shape: Debug + PartialEq + Send + 'static {
    fn number(n: usize) -> Self;
}

/// Without a size.
#[derive(Debug, PartialEq)]
struct Nothing;

/// Without a size, at certain addresses only.
#[derive(Debug, PartialEq)]
#[repr(align(64))]
struct AlignedNothing;

/// A byte that fills a cache line.
#[derive(Debug, PartialEq)]
#[repr(align(64))]
struct Line(u8);

/// A byte that fills a page.
#[derive(Debug, PartialEq)]
#[repr(align(4096))]
struct Page(u8);

fn byte(n: usize) -> u8 {
    (n % 251) as u8
}

impl Shape for Nothing {
    fn number(_: usize) -> Self {
        Self
    }
}

impl Shape for AlignedNothing {
    fn number(_: usize) -> Self {
        Self
    }
}

impl Shape for Line {
    fn number(n: usize) -> Self {
        Self(byte(n))
    }
}

impl Shape for Page {
    fn number(n: usize) -> Self {
        Self(byte(n))
    }
}

impl Shape for u128 {
    fn number(n: usize) -> Self {
        n as Self
    }
}

impl<const SIZE: usize> Shape for [u8; SIZE] {
    fn number(n: usize) -> Self {
        std::array::from_fn(|at| byte(n + at))
    }
}

impl Shape for Box<usize> {
    fn number(n: usize) -> Self {
        Self::new(n)
    }
}

impl Shape for (u8, Option<String>) {
    fn number(n: usize) -> Self {
        (byte(n), n.is_multiple_of(3).then(|| n.to_string()))
    }
}

fn through_the_queue<M: Shape>() {
    let (tx, mut rx) = unbounded();
    for round in 0..2 {
        (0..MANY).for_each(|n| assert!(tx.try_send(M::number(n)).is_ok()));
        assert_eq!(rx.len(), MANY);
        let mut out = Vec::new();
        assert_eq!(poll(&mut pin!(rx.recv_many(&mut out, 70))), Ready(70));
        assert!(out.into_iter().eq((0..70).map(M::number)), "{round}");
        for n in 70..MANY {
            let expected = M::number(n);
            match n % 3 {
                0 => assert_eq!(rx.try_recv(), Ok(expected)),
                1 => assert_eq!(poll(&mut pin!(rx.recv())), Ready(Ok(expected))),
                _ => assert_eq!(poll(&mut rx.next()), Ready(Some(expected))),
            }
        }
    }
}

fn through_waiting_futures<M: Shape>() {
    let (tx, rx) = bounded(1);
    let mut recvs: Vec<_> = (0..MANY).map(|_| Box::pin(rx.recv())).collect();
    assert!(recvs.iter_mut().all(|recv| poll(recv).is_pending()));
    (0..MANY).for_each(|n| assert!(tx.try_send(M::number(n)).is_ok()));
    for (n, recv) in recvs.iter_mut().enumerate() {
        assert_eq!(poll(recv), Ready(Ok(M::number(n))));
    }
    drop(recvs);

    tx.try_reserve().unwrap().send(M::number(0)).unwrap();
    let mut sends: Vec<_> = (1..MANY).map(|n| Box::pin(tx.send(M::number(n)))).collect();
    assert!(sends.iter_mut().all(|send| poll(send).is_pending()));
    for n in 0..MANY {
        assert_eq!(rx.try_recv(), Ok(M::number(n)));
        if let Some(send) = sends.get_mut(n) {
            assert_eq!(poll(send), Ready(Ok(())));
        }
    }
    drop(sends);

    assert_eq!(tx.force_send(M::number(1)), Ok(None));
    assert_eq!(tx.force_send(M::number(2)), Ok(Some(M::number(1))));
    let mut returned = Box::pin(tx.send(M::number(3)));
    assert!(poll(&mut returned).is_pending());
    drop(rx);
    assert_eq!(poll(&mut returned), Ready(Err(SendError(M::number(3)))));
}

fn through_waiting_threads<M: Shape>() {
    let (tx, rx) = bounded(1);
    let receiver = thread::spawn(move || {
        for n in 0..MANY {
            assert_eq!(rx.recv_blocking(), Ok(M::number(n)));
        }
    });
    for n in 0..MANY {
        assert!(tx.send_blocking(M::number(n)).is_ok());
    }
    receiver.join().unwrap();
    let (tx, rx) = oneshot::channel();
    let receiver = thread::spawn(move || rx.blocking_recv());
    assert!(tx.send(M::number(5)).is_ok());
    assert_eq!(receiver.join().unwrap(), Ok(M::number(5)));
}

fn through_every_door<M: Shape>() {
    within_deadline(|| {
        through_the_queue::<M>();
        through_waiting_futures::<M>();
        through_waiting_threads::<M>();
    });
}

#[test]
fn messages_without_a_size_come_through() {
    through_every_door::<Nothing>();
    through_every_door::<AlignedNothing>();
    through_every_door::<[u8; 0]>();
}

#[test]
fn messages_of_odd_sizes_come_through() {
    through_every_door::<[u8; 1]>();
    through_every_door::<[u8; 3]>();
    through_every_door::<[u8; 513]>();
    through_every_door::<[u8; 4097]>();
}

#[test]
fn messages_with_more_alignment_come_through() {
    through_every_door::<u128>();
    through_every_door::<Line>();
    through_every_door::<Page>();
}

#[test]
fn messages_that_own_memory_come_through() {
    through_every_door::<Box<usize>>();
    through_every_door::<(u8, Option<String>)>();
}

thread_local! {
    static GHOSTS: Cell<usize> = const { Cell::new(0) };
}

/// A message of which nothing but its drop can be seen.
struct Ghost;

impl Drop for Ghost {
    fn drop(&mut self) {
        GHOSTS.set(GHOSTS.get() + 1);
    }
}

#[test]
fn messages_without_a_size_are_dropped_once() {
    let (tx, rx) = bounded(MANY);
    (0..MANY).for_each(|_| assert!(tx.try_send(Ghost).is_ok()));
    let mut send = Box::pin(tx.send(Ghost));
    assert!(poll(&mut send).is_pending());
    assert_eq!(GHOSTS.get(), 0);
    drop(send);
    assert_eq!(GHOSTS.get(), 1, "cancelled");
    assert!(
        tx.force_send(Ghost)
            .is_ok_and(|displaced| displaced.is_some())
    );
    assert_eq!(GHOSTS.get(), 2, "displaced");
    (0..10).for_each(|_| drop(rx.try_recv()));
    assert_eq!(GHOSTS.get(), 12, "received");
    drop(rx);
    assert_eq!(GHOSTS.get(), MANY + 2, "with the last receiver");
}

/// A channel may be the message, its own included.
#[test]
fn a_channel_may_travel_in_a_channel() {
    let (tx, rx) = bounded(2);
    let (inner_tx, inner_rx) = bounded(1);
    inner_tx.try_send(7).unwrap();
    tx.try_send((inner_tx, inner_rx)).unwrap();
    let (inner_tx, inner_rx) = rx.try_recv().unwrap();
    assert_eq!(inner_rx.try_recv(), Ok(7));
    drop(inner_rx);
    assert!(inner_tx.is_closed());
}

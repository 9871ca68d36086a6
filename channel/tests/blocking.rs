//! The ends for plain threads, alone and mixed with tasks.
#![cfg(not(loom))]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll::Pending;
use std::thread;
use std::time::Duration;

use futures_lite::future::block_on;
use support::{Dropped, poll, within_deadline};
use wane_channel::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, bounded,
};

const THREADS: usize = 16;
const MESSAGES_PER_SENDER: usize = 300;

/// Which kind of end a thread uses.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Blocking,
    Async,
    Mixed,
}

impl Kind {
    fn blocks(self, turn: usize) -> bool {
        match self {
            Self::Blocking => true,
            Self::Async => false,
            Self::Mixed => turn.is_multiple_of(2),
        }
    }
}

fn send_all(tx: &Sender<usize>, kind: Kind, first: usize) {
    for n in first..first + MESSAGES_PER_SENDER {
        if kind.blocks(n) {
            tx.send_blocking(n).unwrap();
        } else {
            block_on(tx.send(n)).unwrap();
        }
    }
}

fn recv_all(rx: &Receiver<usize>, kind: Kind) -> Vec<usize> {
    let mut received = Vec::new();
    let next = |turn| {
        if kind.blocks(turn) {
            rx.recv_blocking()
        } else {
            block_on(rx.recv())
        }
    };
    while let Ok(n) = next(received.len()) {
        received.push(n);
    }
    received
}

/// Every message arrives once, and those of one sender in order at each receiver.
fn every_message_arrives_once(capacity: usize, senders: Kind, receivers: Kind) {
    let (tx, rx) = bounded(capacity);
    let senders: Vec<_> = (0..THREADS)
        .map(|n| {
            let tx = tx.clone();
            thread::spawn(move || send_all(&tx, senders, n * MESSAGES_PER_SENDER))
        })
        .collect();
    let receivers: Vec<_> = (0..THREADS)
        .map(|_| {
            let rx = rx.clone();
            thread::spawn(move || recv_all(&rx, receivers))
        })
        .collect();
    drop((tx, rx));
    senders
        .into_iter()
        .for_each(|sender| sender.join().unwrap());
    let mut all = Vec::new();
    for receiver in receivers {
        let received = receiver.join().unwrap();
        let mut newest = [None; THREADS];
        for &n in &received {
            let sender = &mut newest[n / MESSAGES_PER_SENDER];
            assert!(sender.is_none_or(|newest| newest < n), "out of order");
            *sender = Some(n);
        }
        all.extend(received);
    }
    all.sort_unstable();
    assert!(all.into_iter().eq(0..THREADS * MESSAGES_PER_SENDER));
}

#[test]
fn every_message_arrives_once_whatever_the_ends_and_the_capacity() {
    within_deadline(|| {
        let kinds = [Kind::Blocking, Kind::Async, Kind::Mixed];
        for capacity in [1, 5, 64] {
            for senders in kinds {
                for receivers in kinds {
                    every_message_arrives_once(capacity, senders, receivers);
                }
            }
        }
    });
}

#[test]
fn a_blocked_sender_is_told_of_the_end() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let sender = thread::spawn(move || tx.send_blocking(2));
        drop(rx);
        assert_eq!(sender.join().unwrap(), Err(SendError(2)));
    });
}

#[test]
fn a_blocked_receiver_is_told_of_the_end() {
    within_deadline(|| {
        let (tx, rx) = bounded::<u32>(1);
        let receiver = thread::spawn(move || rx.recv_blocking());
        drop(tx);
        assert_eq!(receiver.join().unwrap(), Err(RecvError));
    });
}

#[test]
fn a_timed_out_send_gives_its_message_back_and_its_place_up() {
    let (tx, rx) = bounded(1);
    tx.try_send(1).unwrap();
    let late = tx.send_timeout(2, Duration::from_millis(1));
    assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(tx.try_send(3), Ok(()), "nobody is in line");
    drop(rx);
    let closed = tx.send_timeout(4, Duration::from_millis(1));
    assert_eq!(closed, Err(SendTimeoutError::Closed(4)));
}

#[test]
fn a_timed_out_receive_gives_its_place_up() {
    let (tx, rx) = bounded(1);
    let none = rx.recv_timeout(Duration::from_millis(1));
    assert_eq!(none, Err(RecvTimeoutError::Timeout));
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Ok(1), "nobody is in line");
    drop(tx);
    let closed = rx.recv_timeout(Duration::from_millis(1));
    assert_eq!(closed, Err(RecvTimeoutError::Closed));
}

#[test]
fn a_timeout_of_zero_takes_what_is_there() {
    let (tx, rx) = bounded(1);
    assert_eq!(tx.send_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(rx.recv_timeout(Duration::ZERO), Ok(1));
    assert_eq!(
        rx.recv_timeout(Duration::ZERO),
        Err(RecvTimeoutError::Timeout)
    );
}

#[test]
fn a_timeout_beyond_the_clock_is_none() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let receiver = thread::spawn(move || rx.recv_timeout(Duration::MAX));
        assert_eq!(tx.send_timeout(1, Duration::MAX), Ok(()));
        assert_eq!(receiver.join().unwrap(), Ok(1));
    });
}

/// Short timeouts race with the partner; whatever wins, no message is lost or doubled.
#[test]
fn timeouts_lose_no_message() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let sent = Arc::new(AtomicUsize::new(0));
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let (tx, sent) = (tx.clone(), Arc::clone(&sent));
                thread::spawn(move || {
                    for _ in 0..500 {
                        let outcome = tx.send_timeout((), Duration::from_micros(20));
                        sent.fetch_add(usize::from(outcome.is_ok()), Ordering::SeqCst);
                    }
                })
            })
            .collect();
        drop(tx);
        let mut received = 0;
        loop {
            match rx.recv_timeout(Duration::from_micros(20)) {
                Ok(()) => received += 1,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Closed) => break,
            }
        }
        senders
            .into_iter()
            .for_each(|sender| sender.join().unwrap());
        assert_eq!(received, sent.load(Ordering::SeqCst));
    });
}

/// A thread that is behind a promise does not take a message over the head of a future.
#[test]
fn a_blocked_receiver_does_not_overtake_a_promised_future() {
    within_deadline(|| {
        let (tx, rx) = bounded(4);
        let mut first = Box::pin(rx.recv());
        assert_eq!(poll(&mut first), Pending);
        let rx2 = rx.clone();
        let thread = thread::spawn(move || rx2.recv_blocking());
        tx.try_send(1).unwrap();
        tx.try_send(2).unwrap();
        let mut both = [thread.join().unwrap().unwrap(), block_on(first).unwrap()];
        both.sort_unstable();
        assert_eq!(both, [1, 2]);
    });
}

#[test]
fn the_message_of_a_blocked_sender_is_dropped_once() {
    within_deadline(|| {
        let dropped = Dropped::default();
        let (tx, rx) = bounded(1);
        tx.try_send(dropped.message()).unwrap();
        let message = dropped.message();
        let sender = thread::spawn(move || tx.send_blocking(message).is_ok());
        let first = rx.recv_blocking().unwrap();
        drop(rx);
        let accepted = sender.join().unwrap();
        assert_eq!(
            dropped.count(),
            1,
            "in the channel or given back: {accepted}"
        );
        drop(first);
        assert_eq!(dropped.count(), 2);
    });
}

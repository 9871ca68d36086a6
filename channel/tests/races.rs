//! The ends of a channel against each other on threads: each round is one race for one edge, and
//! there are many rounds.
#![cfg(not(loom))]

mod support;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures_lite::future::block_on;
use support::{Bell, poll, poll_with, within_deadline};
use wane_channel::{RecvTimeoutError, Sender, TryRecvError, bounded};

/// Asked once and asked twice ("is it empty?", "are the senders gone?") are two answers: a message
/// that comes between them must not be lost.
#[test]
fn no_receiver_hears_of_the_end_before_the_last_message() {
    within_deadline(|| {
        for round in 0..2000 {
            let (tx, rx) = bounded(3);
            let messages = round % 4;
            let sender = thread::spawn(move || {
                (0..messages).for_each(|n| tx.try_send(n).unwrap());
            });
            let mut received = 0;
            loop {
                match rx.try_recv() {
                    Ok(n) => {
                        assert_eq!(n, received);
                        received += 1;
                    }
                    Err(TryRecvError::Empty) => thread::yield_now(),
                    Err(TryRecvError::Closed) => break,
                }
            }
            assert_eq!(received, messages);
            sender.join().unwrap();
        }
    });
}

thread_local! {
    static DROPPED_HERE: Cell<usize> = const { Cell::new(0) };
}

/// A message that counts its drop on the thread where it is dropped.
struct Local;

impl Drop for Local {
    fn drop(&mut self) {
        DROPPED_HERE.set(DROPPED_HERE.get() + 1);
    }
}

/// Sends until the channel is closed, in each way in turn; returns how many were accepted.
fn send_until_closed(tx: &Sender<Local>) -> usize {
    let mut accepted = 0;
    loop {
        let outcome = match accepted % 3 {
            0 => tx.send_blocking(Local).is_ok(),
            1 => block_on(tx.send(Local)).is_ok(),
            _ => match block_on(tx.reserve()) {
                Ok(permit) => permit.send(Local).is_ok(),
                Err(_closed) => false,
            },
        };
        if !outcome {
            return accepted;
        }
        accepted += 1;
    }
}

/// A send was accepted before, and its message is dropped by the drop of the last receiver, on its
/// thread and before it returns; or the send gives the message back. Nothing third.
#[test]
fn the_last_receiver_leaves_no_message_behind_whoever_sends_meanwhile() {
    within_deadline(|| {
        for round in 0..300 {
            let (tx, rx) = bounded(1 + round % 5);
            let senders: Vec<_> = (0..3)
                .map(|_| {
                    let tx = tx.clone();
                    thread::spawn(move || send_until_closed(&tx))
                })
                .collect();
            let before = DROPPED_HERE.get();
            for _ in 0..round % 7 {
                drop(rx.recv_blocking().unwrap());
            }
            drop(rx);
            let dropped = DROPPED_HERE.get() - before;
            assert!(tx.is_closed() && tx.is_empty());
            let accepted: usize = senders
                .into_iter()
                .map(|sender| sender.join().unwrap())
                .sum();
            assert_eq!(dropped, accepted, "in round {round}");
        }
    });
}

/// What was accepted before the close is received after it, and nothing else is.
#[test]
fn a_close_separates_the_accepted_from_the_returned() {
    within_deadline(|| {
        for round in 0..300 {
            let (tx, rx) = bounded(1 + round % 5);
            let senders: Vec<_> = (0..3)
                .map(|_| {
                    let tx = tx.clone();
                    thread::spawn(move || send_until_closed(&tx))
                })
                .collect();
            let receivers: Vec<_> = (0..2)
                .map(|_| {
                    let rx = rx.clone();
                    thread::spawn(move || std::iter::from_fn(|| rx.recv_blocking().ok()).count())
                })
                .collect();
            (0..round % 7).for_each(|_| thread::yield_now());
            assert!(tx.close());
            let accepted: usize = senders
                .into_iter()
                .map(|sender| sender.join().unwrap())
                .sum();
            let received: usize = receivers.into_iter().map(|rx| rx.join().unwrap()).sum();
            assert_eq!(received, accepted, "in round {round}");
        }
    });
}

/// The slot that a permit's message frees at once goes to a thread, whose message is put for it then:
/// it must be promised to the second receiver as if it had been sent.
#[test]
fn a_message_taken_from_a_blocked_thread_wakes_the_next_receiver() {
    within_deadline(|| {
        for round in 0..500 {
            let (tx, rx) = bounded(1);
            let permit = tx.try_reserve().unwrap();
            let bells = [(); 2].map(|()| Bell::new());
            let mut recvs = [(); 2].map(|()| Box::pin(rx.recv()));
            for (recv, (_, waker)) in recvs.iter_mut().zip(&bells) {
                assert_eq!(poll_with(recv, waker), Poll::Pending);
            }
            let tx2 = tx.clone();
            let sender = thread::spawn(move || tx2.send_blocking(2));
            // In most rounds it is in line after some of these.
            (0..round % 50).for_each(|_| thread::yield_now());
            permit.send(1).unwrap();
            assert_eq!(sender.join().unwrap(), Ok(()));
            let rings = bells.each_ref().map(|(bell, _)| bell.rings());
            assert_eq!(rings, [1, 1], "in round {round}");
            let outcomes = recvs.each_mut().map(poll);
            assert_eq!(outcomes, [Poll::Ready(Ok(1)), Poll::Ready(Ok(2))]);
        }
    });
}

/// A receiver's time is over, and before it has said so a message is handed to it.
#[test]
fn a_message_that_comes_with_the_timeout_is_not_lost() {
    const ROUNDS: usize = 20_000;
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let received = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&received);
        let sender = thread::spawn(move || {
            for n in 0..ROUNDS {
                tx.try_send(n).unwrap();
                while seen.load(Ordering::SeqCst) <= n {
                    thread::yield_now();
                }
                // Somewhere in one of the receiver's next waits.
                (0..n * 37 % 1500).for_each(|_| std::hint::spin_loop());
            }
        });
        let mut expected = 0;
        loop {
            match rx.recv_timeout(Duration::ZERO) {
                Ok(n) => {
                    assert_eq!(n, expected);
                    expected += 1;
                    received.store(expected, Ordering::SeqCst);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Closed) => break,
            }
        }
        assert_eq!(expected, ROUNDS);
        sender.join().unwrap();
    });
}

/// The counterpart: a sender's time is over, and before it has said so its message is taken.
#[test]
fn a_message_that_is_taken_with_the_timeout_is_not_sent_twice() {
    const ROUNDS: usize = 5000;
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let receiver = thread::spawn(move || {
            let mut received = Vec::new();
            loop {
                match rx.try_recv() {
                    Ok(n) => received.push(n),
                    Err(TryRecvError::Empty) => {
                        (0..received.len() * 37 % 1500).for_each(|_| std::hint::spin_loop());
                    }
                    Err(TryRecvError::Closed) => return received,
                }
            }
        });
        for n in 0..ROUNDS {
            let mut message = n;
            while let Err(error) = tx.send_timeout(message, Duration::ZERO) {
                message = error.into_inner();
                assert_eq!(message, n);
            }
        }
        drop(tx);
        assert!(receiver.join().unwrap().into_iter().eq(0..ROUNDS));
    });
}

/// The number that anybody may take wraps neither below zero nor above the capacity.
#[test]
fn the_length_never_exceeds_the_capacity_whoever_looks() {
    const CAPACITY: usize = 2;
    const MESSAGES: usize = 3000;
    within_deadline(|| {
        let (tx, rx) = bounded(CAPACITY);
        let over = AtomicBool::new(false);
        let looks = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    assert!(rx.len() <= CAPACITY);
                    looks.fetch_add(1, Ordering::SeqCst);
                }
            });
            let receivers = [true, false].map(|blocks| {
                let rx = &rx;
                scope.spawn(move || {
                    for _ in 0..MESSAGES {
                        let received = if blocks {
                            rx.recv_blocking()
                        } else {
                            block_on(rx.recv())
                        };
                        assert!(received.is_ok());
                    }
                })
            });
            for blocks in [true, false] {
                let tx = &tx;
                scope.spawn(move || {
                    for n in 0..MESSAGES {
                        let sent = if blocks {
                            tx.send_blocking(n)
                        } else {
                            block_on(tx.send(n))
                        };
                        assert!(sent.is_ok());
                    }
                });
            }
            for receiver in receivers {
                receiver.join().unwrap();
            }
            over.store(true, Ordering::SeqCst);
        });
        assert!(looks.into_inner() > 0);
    });
}

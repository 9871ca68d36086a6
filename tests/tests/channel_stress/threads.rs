//! The crowd as plain threads, which poll by hand, with another waker each time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use wane_channel::bounded;
use wane_tests::dice::Dice;
use wane_tests::hang::Deadline;
use wane_tests::rounds;

use crate::Scene;
use crate::accounts::Accounts;
use crate::ends::{Order, TaskReceiver, TaskSender, recv_blocking, send_blocking};

/// Wakes a thread for the one poll that it was made for.
struct Unpark {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Polls a future to its end. A wake by any waker but that of the last poll is not heard, so that
/// one who is woken by an old waker sleeps for ever.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let unpark = Arc::new(Unpark {
            thread: thread::current(),
            is_woken: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&unpark));
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while !unpark.is_woken.load(Ordering::Acquire) {
            thread::park();
        }
    }
}

/// Who of the crowd blocks instead of being polled.
#[derive(Clone, Copy, Debug)]
enum Blocking {
    Nobody,
    EveryThird,
    Everybody,
}

impl Blocking {
    fn blocks(self, index: usize) -> bool {
        match self {
            Self::Nobody => false,
            Self::EveryThird => index.is_multiple_of(3),
            Self::Everybody => true,
        }
    }
}

fn round(scene: Scene, blocking: Blocking) {
    let accounts = Accounts::new(crate::MESSAGES);
    let _deadline = Deadline::start(&scene.to_string(), Arc::clone(&accounts));
    let (tx, rx) = bounded(scene.capacity);
    thread::scope(|scope| {
        for index in 0..scene.senders {
            let (tx, accounts) = (tx.clone(), Arc::clone(&accounts));
            let mut dice = Dice::new(scene.seed << 16 | index as u64);
            scope.spawn(move || {
                if blocking.blocks(index) {
                    send_blocking(&tx, &accounts, &mut dice, scene.numbers(index));
                } else {
                    let sender = TaskSender { tx, accounts, dice };
                    block_on(sender.run(scene.numbers(index)));
                }
            });
        }
        for index in 0..scene.receivers {
            let rx = rx.clone();
            let mut dice = Dice::new(scene.seed << 16 | 1 << 15 | index as u64);
            let mut order = Order::new(scene.senders, scene.messages_per_sender());
            scope.spawn(move || {
                if blocking.blocks(index) {
                    recv_blocking(&rx, &mut dice, &mut order);
                } else {
                    block_on(TaskReceiver { rx, order, dice }.run());
                }
            });
        }
        drop((tx, rx));
    });
    accounts.assert_settled(&scene);
    assert!(accounts.accepted() > 0, "{scene}");
}

#[test]
fn threads_that_poll_by_hand_account_for_every_message() {
    rounds::run(2, Scene::COMBINATIONS, |seed| {
        round(Scene::of(seed), Blocking::Nobody);
    });
}

#[test]
fn threads_that_block_account_for_every_message() {
    rounds::run(1, Scene::COMBINATIONS, |seed| {
        round(Scene::of(seed), Blocking::Everybody);
    });
}

#[test]
fn threads_that_poll_and_threads_that_block_account_for_every_message_together() {
    rounds::run(2, Scene::COMBINATIONS, |seed| {
        round(Scene::of(seed), Blocking::EveryThird);
    });
}

/// The receivers go one after the other while senders of every kind are at it: what was accepted is
/// received or dropped with the last of them, and what comes later is given back.
#[test]
fn receivers_that_leave_account_for_every_message() {
    rounds::run(1, Scene::COMBINATIONS, |seed| {
        let scene = Scene::of(seed);
        let accounts = Accounts::new(crate::MESSAGES);
        let _deadline = Deadline::start(&scene.to_string(), Arc::clone(&accounts));
        let (tx, rx) = bounded(scene.capacity);
        let weak = (tx.downgrade(), rx.downgrade());
        thread::scope(|scope| {
            for index in 0..scene.senders {
                let (tx, accounts) = (tx.clone(), Arc::clone(&accounts));
                let mut dice = Dice::new(seed << 16 | index as u64);
                scope.spawn(move || {
                    if Blocking::EveryThird.blocks(index) {
                        send_blocking(&tx, &accounts, &mut dice, scene.numbers(index));
                    } else {
                        let sender = TaskSender { tx, accounts, dice };
                        block_on(sender.run(scene.numbers(index)));
                    }
                });
            }
            for index in 0..scene.receivers {
                let order = Order::new(scene.senders, scene.messages_per_sender());
                let dice = Dice::new(seed << 16 | 1 << 15 | index as u64);
                let rx = rx.clone();
                let mut receiver = TaskReceiver { rx, order, dice };
                scope.spawn(move || {
                    block_on(async {
                        for _ in 0..receiver.dice.roll(30) {
                            if receiver.receive().await.is_break() {
                                return;
                            }
                        }
                    });
                });
            }
            drop((tx, rx));
        });
        assert!(weak.0.upgrade().is_none() && weak.1.upgrade().is_none());
        accounts.assert_dropped(&scene);
    });
}

//! Whom an event wakes: one waiter for one event, by the waker of its last poll, and nobody who
//! is over. And what a waker itself may do meanwhile.
#![cfg(not(loom))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::Poll::{self, Pending, Ready};
use std::task::{Wake, Waker};
use std::thread;

use support::hooks::{self, Hooks};
use support::waits::Wait;
use support::{Bell, poll, poll_with, within_deadline};
use wane_channel::{Receiver, RecvError, SendError, Sender, TryRecvError, bounded};

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    for wait in Wait::ALL {
        let (tx, rx) = wait.channel();
        let (old, old_waker) = Bell::new();
        let (new, new_waker) = Bell::new();
        let mut waiting = wait.begin(&tx, &rx);
        assert!(poll_with(&mut waiting, &old_waker).is_pending());
        assert!(poll_with(&mut waiting, &new_waker).is_pending());
        drop(old_waker);
        assert_eq!(Arc::strong_count(&old), 1, "{wait:?}: the old one is kept");
        wait.fulfil(&tx, &rx);
        assert_eq!((old.rings(), new.rings()), (0, 1), "{wait:?}");
        assert_eq!(poll(&mut waiting), Ready(true), "{wait:?}");
        drop(new_waker);
        assert_eq!(Arc::strong_count(&new), 1, "{wait:?}: the new one is kept");
    }
}

/// A task that is polled for other reasons, by a `select` for one, still gets its one wake.
#[test]
fn polls_without_a_wake_change_nothing() {
    for wait in Wait::ALL {
        let (tx, rx) = wait.channel();
        let (bell, waker) = Bell::new();
        let mut first = wait.begin(&tx, &rx);
        let mut second = wait.begin(&tx, &rx);
        for _ in 0..10 {
            assert!(poll_with(&mut first, &waker).is_pending());
            assert!(poll(&mut second).is_pending());
        }
        wait.fulfil(&tx, &rx);
        assert_eq!(bell.rings(), 1, "{wait:?}");
        assert_eq!(poll(&mut first), Ready(true), "{wait:?}");
    }
}

#[test]
fn one_event_wakes_the_first_of_a_line_and_nobody_else() {
    for wait in Wait::IN_LINE {
        let (tx, rx) = wait.channel();
        let bells: Vec<_> = (0..10).map(|_| Bell::new()).collect();
        let mut waits: Vec<_> = bells.iter().map(|_| wait.begin(&tx, &rx)).collect();
        for (waiting, (_, waker)) in waits.iter_mut().zip(&bells) {
            assert!(poll_with(waiting, waker).is_pending());
        }
        wait.fulfil(&tx, &rx);
        let rings: Vec<_> = bells.iter().map(|(bell, _)| bell.rings()).collect();
        assert_eq!(rings, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "{wait:?}");
    }
}

/// A registration that stays behind would take the next wake, and the one it was meant for would
/// sleep for ever.
#[test]
fn an_operation_that_is_over_absorbs_no_wake() {
    for wait in Wait::IN_LINE {
        let (tx, rx) = wait.channel();
        let (stale, stale_waker) = Bell::new();
        let (bell, waker) = Bell::new();
        let mut over = wait.begin(&tx, &rx);
        assert!(poll_with(&mut over, &stale_waker).is_pending());
        wait.fulfil(&tx, &rx);
        assert_eq!(poll_with(&mut over, &stale_waker), Ready(true));
        wait.obstruct(&tx, &rx);
        let mut waiting = wait.begin(&tx, &rx);
        assert!(poll_with(&mut waiting, &waker).is_pending());
        wait.fulfil(&tx, &rx);
        assert_eq!((stale.rings(), bell.rings()), (1, 1), "{wait:?}");
        assert_eq!(poll(&mut waiting), Ready(true), "{wait:?}");
        drop(over);
    }
}

/// An operation that succeeds without a wake, since its turn came before its waker ran, leaves no
/// registration either.
#[test]
fn an_operation_polled_before_its_waker_runs_is_over_for_good() {
    let (tx, rx) = bounded(1);
    let mut first = Box::pin(rx.recv());
    let mut second = Box::pin(rx.recv());
    let (bell, waker) = Bell::new();
    assert_eq!(poll(&mut first), Pending);
    assert_eq!(poll_with(&mut second, &waker), Pending);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    // The second was promised one as well, and takes the front.
    assert_eq!(poll(&mut second), Ready(Ok(1)));
    assert_eq!(poll(&mut first), Ready(Ok(2)));
    assert_eq!(bell.rings(), 1);
    let mut third = Box::pin(rx.recv());
    assert_eq!(poll_with(&mut third, &waker), Pending);
    tx.try_send(3).unwrap();
    assert_eq!(bell.rings(), 2);
    assert_eq!(poll(&mut third), Ready(Ok(3)));
}

/// A future belongs to no thread: here it is polled on one, woken on another, dropped on a third.
#[test]
fn a_wait_may_go_from_thread_to_thread() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let (bell, waker) = Bell::new();
        let rx2 = rx.clone();
        let mut recv = Box::pin(async move { rx2.recv().await });
        let recv = thread::spawn(move || {
            assert_eq!(poll_with(&mut recv, &waker), Pending);
            recv
        })
        .join()
        .unwrap();
        let tx = thread::spawn(move || {
            tx.try_send(1).unwrap();
            tx
        })
        .join()
        .unwrap();
        assert_eq!(bell.rings(), 1);
        thread::spawn(move || drop(recv)).join().unwrap();
        assert_eq!(rx.try_recv(), Ok(1), "passed on by the drop");
        assert_eq!(Arc::strong_count(&bell), 1);
        drop(tx);
    });
}

/// While it is cloned, before anybody waits, a waker does the very thing that is about to be
/// waited for.
struct ActsWhileCloned<F>(F);

impl<F: Fn() + Send + Sync + 'static> Hooks for ActsWhileCloned<F> {
    fn on_clone(&self) {
        (self.0)();
    }
}

fn acts_while_cloned(action: impl Fn() + Send + Sync + 'static) -> Waker {
    hooks::waker(Box::leak(Box::new(ActsWhileCloned(action))))
}

#[test]
fn what_comes_about_while_a_waker_is_cloned_is_not_missed() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let sends = {
            let tx = tx.clone();
            acts_while_cloned(move || assert!(tx.try_send(1).is_ok()))
        };
        assert_eq!(poll_with(&mut pin!(rx.recv()), &sends), Ready(Ok(1)));

        tx.try_send(2).unwrap();
        let receives = {
            let rx = rx.clone();
            acts_while_cloned(move || assert_eq!(rx.try_recv(), Ok(2)))
        };
        assert_eq!(poll_with(&mut pin!(tx.send(3)), &receives), Ready(Ok(())));

        let closes = {
            let tx = tx.clone();
            acts_while_cloned(move || assert!(tx.close()))
        };
        assert_eq!(poll_with(&mut pin!(tx.closed()), &closes), Ready(()));
        assert_eq!(rx.try_recv(), Ok(3));
    });
}

#[test]
fn a_waker_that_panics_when_it_is_cloned_harms_its_own_task_alone() {
    for wait in Wait::ALL {
        let (tx, rx) = wait.channel();
        let (bell, waker) = Bell::new();
        let bomb = acts_while_cloned(|| panic!("a waker that cannot be cloned"));
        let mut struck = wait.begin(&tx, &rx);
        let outcome = catch_unwind(AssertUnwindSafe(|| poll_with(&mut struck, &bomb)));
        assert!(outcome.is_err(), "{wait:?}");
        // A panicked `async` block cannot be polled again, but its drop must leave nothing behind.
        let mut other = wait.begin(&tx, &rx);
        assert!(poll_with(&mut other, &waker).is_pending());
        drop(struck);
        wait.fulfil(&tx, &rx);
        assert_eq!(bell.rings(), 1, "{wait:?}");
        assert_eq!(poll(&mut other), Ready(true), "{wait:?}");
    }
}

#[test]
fn a_poll_that_panicked_in_the_clone_can_be_repeated() {
    let (tx, rx) = bounded(1);
    let (bell, waker) = Bell::new();
    let bomb = acts_while_cloned(|| panic!("a waker that cannot be cloned"));
    let mut recv = Box::pin(rx.recv());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_with(&mut recv, &bomb))).is_err());
    assert_eq!(poll_with(&mut recv, &waker), Pending);
    assert!(catch_unwind(AssertUnwindSafe(|| poll_with(&mut recv, &bomb))).is_err());
    assert_eq!(poll_with(&mut recv, &waker), Pending);
    tx.try_send(1).unwrap();
    assert_eq!(bell.rings(), 1);
    assert_eq!(poll(&mut recv), Ready(Ok(1)));
}

/// A waker that does not return until it is let go.
struct Slow {
    begun: mpsc::SyncSender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        self.begun.send(()).unwrap();
        self.go_on.lock().unwrap().recv().unwrap();
    }
}

/// Neither polls nor drops wait for somebody else's waker: not those of the woken one itself, and
/// nobody's else.
#[test]
fn a_waker_that_takes_its_time_holds_nobody_up() {
    within_deadline(|| {
        let (begun, has_begun) = mpsc::sync_channel(1);
        let (release, go_on) = mpsc::channel();
        let slow = Waker::from(Arc::new(Slow {
            begun,
            go_on: Mutex::new(go_on),
        }));
        let (tx, rx) = bounded(1);
        let mut woken = Box::pin(rx.recv());
        assert_eq!(poll_with(&mut woken, &slow), Pending);
        let tx2 = tx.clone();
        let sender = thread::spawn(move || tx2.try_send(1));
        has_begun.recv().unwrap();

        assert_eq!(poll(&mut woken), Ready(Ok(1)));
        assert_eq!(tx.try_send(2), Ok(()));
        let mut send = Box::pin(tx.send(3));
        assert_eq!(poll(&mut send), Pending);
        drop((woken, send));
        assert_eq!(rx.recv_blocking(), Ok(2));
        assert_eq!(poll(&mut pin!(rx.recv())), Pending);
        assert!(tx.close());
        drop((tx, rx));

        release.send(()).unwrap();
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

/// A waker that lets go of the ends of a channel when it is woken, or dropped unwoken: an executor
/// does so when the task that it wakes was aborted and owns them.
struct Owner<T>(Mutex<Option<T>>);

impl<T> Owner<T> {
    fn waker(owned: T) -> Waker
    where
        T: Send + 'static,
    {
        Waker::from(Arc::new(Self(Mutex::new(Some(owned)))))
    }
}

impl<T: Send + 'static> Wake for Owner<T> {
    fn wake(self: Arc<Self>) {
        let owned = self.0.lock().unwrap().take();
        drop(owned);
    }
}

#[test]
fn a_waker_may_drop_a_receiver_when_a_message_wakes_it() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let rx2 = rx.clone();
        let mut recv = Box::pin(async move { rx2.recv().await });
        assert_eq!(poll_with(&mut recv, &Owner::waker(rx)), Pending);
        tx.try_send(1).unwrap();
        assert_eq!((tx.receiver_count(), tx.is_closed()), (1, false));
        drop(recv);
        assert!(tx.is_closed());
    });
}

/// The sender that sends lives on, so that only its own drop closes the channel.
#[test]
fn a_waker_may_drop_a_sender_when_a_message_wakes_it() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        let mut recvs = [(); 2].map(|()| Box::pin(rx.recv()));
        let other = tx.clone();
        assert_eq!(poll_with(&mut recvs[0], &Owner::waker(other)), Pending);
        assert_eq!(poll(&mut recvs[1]), Pending);
        tx.try_send(1).unwrap();
        assert_eq!(tx.sender_count(), 1);
        drop(tx);
        let outcomes = recvs.each_mut().map(poll);
        assert_eq!(outcomes, [Ready(Ok(1)), Ready(Err(RecvError))]);
    });
}

/// The channel holds the waker, the waker holds the last sender: a cancellation frees both.
#[test]
fn a_waker_that_holds_the_last_sender_goes_with_its_wait() {
    within_deadline(|| {
        let (tx, rx) = bounded::<u32>(1);
        let mut recv = Box::pin(rx.recv());
        assert_eq!(poll_with(&mut recv, &Owner::waker(tx)), Pending);
        assert_eq!(rx.sender_count(), 1);
        drop(recv);
        assert_eq!((rx.sender_count(), rx.is_closed()), (0, true));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

/// From inside of a wake: a whole conversation on the channel that wakes.
struct Talks(Sender<u32>, Receiver<u32>);

impl Wake for Talks {
    fn wake(self: Arc<Self>) {
        let Self(tx, rx) = &*self;
        let mut out = Vec::new();
        assert!(poll(&mut pin!(tx.send(7))).is_pending() || tx.is_closed());
        let _: Poll<Result<u32, RecvError>> = poll(&mut pin!(rx.recv()));
        let _: Poll<usize> = poll(&mut pin!(rx.recv_many(&mut out, 2)));
        let _: Poll<Result<_, SendError<()>>> = poll(&mut pin!(tx.reserve()));
        drop((tx.clone(), rx.clone(), tx.downgrade(), rx.downgrade()));
        tx.close();
    }
}

#[test]
fn a_waker_may_do_anything_with_its_channel() {
    within_deadline(|| {
        let (tx, rx) = bounded(1);
        tx.try_send(1).unwrap();
        let mut sends = [(); 3].map(|()| Box::pin(tx.send(2)));
        let talks = Waker::from(Arc::new(Talks(tx.clone(), rx.clone())));
        for send in &mut sends {
            assert_eq!(poll_with(send, &talks), Pending);
        }
        assert_eq!(rx.try_recv(), Ok(1));
        assert!(rx.is_closed());
        let outcomes = sends.each_mut().map(poll);
        assert_eq!(outcomes, [(); 3].map(|()| Ready(Err(SendError(2)))));
    });
}

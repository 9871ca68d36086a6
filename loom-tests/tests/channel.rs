//! The protocols of the channel: order, promises, cancellation and the end.
//!
//! Each model is named after what holds in all of its interleavings. A thread that is never woken
//! is a deadlock, which loom reports; so "is served" needs no assertion but the end of the model.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::task::Context;
    use std::time::Duration;

    use wane_channel::{RecvError, SendTimeoutError, TryRecvError, bounded};
    use wane_loom_tests::{Bell, Dropped, block_on, model, poll_once, spawn};

    /// Any: in a model the time may be up at any moment.
    const TIMEOUT: Duration = Duration::from_secs(1);

    #[test]
    fn messages_arrive_in_order_at_capacity_one() {
        model("send ‖ recv", || {
            let (tx, rx) = bounded(1);
            let sender = spawn(move || {
                block_on(tx.send(1)).unwrap();
                block_on(tx.send(2)).unwrap();
            });
            assert_eq!(block_on(rx.recv()), Ok(1));
            assert_eq!(block_on(rx.recv()), Ok(2));
            assert_eq!(block_on(rx.recv()), Err(RecvError));
            sender.join().unwrap();
        });
    }

    #[test]
    fn two_senders_are_both_served() {
        model("send ‖ send ‖ recv", || {
            let (tx, rx) = bounded(1);
            let tx2 = tx.clone();
            let senders = [
                spawn(move || block_on(tx.send(1)).unwrap()),
                spawn(move || block_on(tx2.send(2)).unwrap()),
            ];
            let sum = block_on(rx.recv()).unwrap() + block_on(rx.recv()).unwrap();
            assert_eq!(sum, 3);
            for sender in senders {
                sender.join().unwrap();
            }
            assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
        });
    }

    #[test]
    fn two_receivers_are_both_served() {
        model("send, send ‖ recv ‖ recv", || {
            let (tx, rx) = bounded(1);
            let rx2 = rx.clone();
            let receivers = [
                spawn(move || block_on(rx.recv()).unwrap()),
                spawn(move || block_on(rx2.recv()).unwrap()),
            ];
            block_on(tx.send(1)).unwrap();
            block_on(tx.send(2)).unwrap();
            let [a, b] = receivers.map(|receiver| receiver.join().unwrap());
            assert_eq!(a + b, 3);
        });
    }

    #[test]
    fn a_cancelled_receive_passes_its_promise_on() {
        model("cancel a promised recv ‖ send ‖ recv", || {
            let (tx, rx) = bounded(1);
            let (_bell, waker) = Bell::new();
            let mut first = Box::pin(rx.recv());
            assert!(poll_once(&mut first, &waker).is_pending());
            let rx2 = rx.clone();
            let second = spawn(move || block_on(rx2.recv()));
            let sender = spawn(move || {
                tx.try_send(1).unwrap();
                tx
            });
            drop(first);
            assert_eq!(second.join().unwrap(), Ok(1));
            drop(sender.join().unwrap());
        });
    }

    #[test]
    fn a_cancelled_send_passes_its_slot_on() {
        model("cancel a promised send ‖ recv ‖ send", || {
            let (tx, rx) = bounded(1);
            tx.try_send(0).unwrap();
            let (_bell, waker) = Bell::new();
            let mut first = Box::pin(tx.send(1));
            assert!(poll_once(&mut first, &waker).is_pending());
            let tx2 = tx.clone();
            let second = spawn(move || block_on(tx2.send(2)).unwrap());
            let receiver = spawn(move || {
                assert_eq!(rx.try_recv(), Ok(0));
                rx
            });
            drop(first);
            second.join().unwrap();
            assert_eq!(receiver.join().unwrap().try_recv(), Ok(2));
        });
    }

    #[test]
    fn a_promised_send_is_accepted_or_given_back_at_the_close() {
        model("close ‖ poll of a promised send", || {
            let (tx, rx) = bounded(1);
            tx.try_send(0).unwrap();
            let (bell, waker) = Bell::new();
            let mut send = Box::pin(tx.send(1));
            assert!(poll_once(&mut send, &waker).is_pending());
            assert_eq!(rx.try_recv(), Ok(0));
            assert_eq!(bell.rings(), 1);
            let closer = spawn(move || {
                assert!(rx.close());
                rx
            });
            let accepted = block_on(&mut send).is_ok();
            let rx = closer.join().unwrap();
            let expected = if accepted {
                Ok(1)
            } else {
                Err(TryRecvError::Closed)
            };
            assert_eq!(rx.try_recv(), expected);
        });
    }

    #[test]
    fn a_promised_send_leaves_no_message_behind_the_last_receiver() {
        model("drop of the receiver ‖ poll of a promised send", || {
            let dropped = Dropped::default();
            let (tx, rx) = bounded(1);
            tx.try_send(dropped.message()).unwrap();
            let (_bell, waker) = Bell::new();
            let mut send = Box::pin(tx.send(dropped.message()));
            assert!(poll_once(&mut send, &waker).is_pending());
            drop(rx.try_recv().unwrap());
            let receiver = spawn(move || drop(rx));
            let returned = block_on(&mut send).err();
            receiver.join().unwrap();
            assert_eq!(dropped.count(), 1 + usize::from(returned.is_none()));
        });
    }

    #[test]
    fn a_close_wakes_everybody() {
        model("close ‖ recv ‖ closed", || {
            let (tx, rx) = bounded::<u32>(1);
            let rx2 = rx.clone();
            let receiver = spawn(move || assert_eq!(block_on(rx.recv()), Err(RecvError)));
            let watcher = spawn(move || block_on(rx2.closed()));
            drop(tx);
            receiver.join().unwrap();
            watcher.join().unwrap();
        });
    }

    #[test]
    fn both_last_handles_drop_a_message_once() {
        model(
            "drop of the last sender ‖ drop of the last receiver",
            || {
                let dropped = Dropped::default();
                let (tx, rx) = bounded(1);
                tx.try_send(dropped.message()).unwrap();
                let sender = spawn(move || drop(tx));
                drop(rx);
                assert_eq!(dropped.count(), 1);
                sender.join().unwrap();
                assert_eq!(dropped.count(), 1);
            },
        );
    }

    #[test]
    fn a_receiver_that_goes_keeps_no_message() {
        model("drop of the receiver ‖ send", || {
            let dropped = Dropped::default();
            let (tx, rx) = bounded(1);
            let message = dropped.message();
            let sender = spawn(move || {
                let returned = block_on(tx.send(message)).err();
                (tx, returned)
            });
            drop(rx);
            let dropped_here = dropped.last_on_this_thread();
            // The sender lives on: a message in the channel would live with it.
            let (tx, returned) = sender.join().unwrap();
            assert_eq!(dropped.count(), usize::from(returned.is_none()));
            assert_eq!(dropped_here, returned.is_none());
            drop((tx, returned));
            assert_eq!(dropped.count(), 1);
        });
    }

    #[test]
    fn a_replaced_waker_is_the_one_that_is_woken() {
        model("waker replacement ‖ wake", || {
            let (tx, rx) = bounded(1);
            let (old, old_waker) = Bell::new();
            let (new, new_waker) = Bell::new();
            let mut recv = Box::pin(rx.recv());
            assert!(poll_once(&mut recv, &old_waker).is_pending());
            let sender = spawn(move || tx.try_send(1).unwrap());
            let polled = poll_once(&mut recv, &new_waker);
            sender.join().unwrap();
            if polled.is_pending() {
                assert_eq!((old.rings(), new.rings()), (0, 1));
                assert!(poll_once(&mut recv, &new_waker).is_ready());
            } else {
                assert_eq!((old.rings(), new.rings()), (1, 0));
            }
        });
    }

    #[test]
    fn blocked_threads_hand_over_both_ways() {
        model("send_blocking ‖ recv_blocking", || {
            let (tx, rx) = bounded(1);
            let sender = spawn(move || {
                for n in 1..=3 {
                    tx.send_blocking(n).unwrap();
                }
            });
            for n in 1..=3 {
                assert_eq!(rx.recv_blocking(), Ok(n));
            }
            assert_eq!(rx.recv_blocking(), Err(RecvError));
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_send_that_runs_out_of_time_is_handed_over_or_comes_back() {
        model("send_timeout ‖ recv", || {
            let (tx, rx) = bounded(1);
            tx.try_send(0).unwrap();
            let sender = spawn(move || match tx.send_timeout(1, TIMEOUT) {
                Ok(()) => true,
                Err(error) => {
                    assert_eq!(error, SendTimeoutError::Timeout(1));
                    false
                }
            });
            assert_eq!(rx.try_recv(), Ok(0));
            let accepted = sender.join().unwrap();
            let expected = if accepted {
                Ok(1)
            } else {
                Err(TryRecvError::Closed)
            };
            assert_eq!(rx.try_recv(), expected);
        });
    }

    #[test]
    fn a_receive_that_runs_out_of_time_leaves_the_message_to_others() {
        model("recv_timeout ‖ send, recv", || {
            let (tx, rx) = bounded(1);
            let rx2 = rx.clone();
            let receiver = spawn(move || rx2.recv_timeout(TIMEOUT).is_ok());
            tx.try_send(1).unwrap();
            let received = receiver.join().unwrap();
            let expected = if received {
                Err(TryRecvError::Empty)
            } else {
                Ok(1)
            };
            assert_eq!(rx.try_recv(), expected);
            // The slot is free again either way.
            tx.try_send(2).unwrap();
        });
    }

    #[test]
    fn a_receive_that_runs_out_of_time_does_not_hold_up_the_next() {
        model("recv_timeout ‖ recv ‖ send", || {
            let (tx, rx) = bounded(1);
            let rx2 = rx.clone();
            let timed = spawn(move || rx2.recv_timeout(TIMEOUT).ok());
            let waiting = spawn(move || block_on(rx.recv()));
            tx.try_send(1).unwrap();
            let timed = timed.join().unwrap();
            drop(tx);
            let waiting = waiting.join().unwrap();
            assert_eq!(timed.is_some(), waiting.is_err());
        });
    }

    #[test]
    fn a_stream_that_is_left_alone_gives_its_promise_to_its_own_handle() {
        model("stream polled, then recv ‖ send", || {
            let (tx, mut rx) = bounded(1);
            let (_bell, waker) = Bell::new();
            let mut ctx = Context::from_waker(&waker);
            assert!(rx.poll_recv(&mut ctx).is_pending());
            let sender = spawn(move || tx.try_send(1).unwrap());
            assert_eq!(block_on(rx.recv()), Ok(1));
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_receiver_that_waits_learns_that_the_last_sender_has_gone() {
        model(
            "send, drop of one sender ‖ drop of the other ‖ recv, recv",
            || {
                let (tx, rx) = bounded(1);
                let tx2 = tx.clone();
                let senders = [
                    spawn(move || tx.try_send(1).unwrap()),
                    spawn(move || drop(tx2)),
                ];
                assert_eq!(block_on(rx.recv()), Ok(1));
                assert_eq!(block_on(rx.recv()), Err(RecvError));
                for sender in senders {
                    sender.join().unwrap();
                }
            },
        );
    }

    #[test]
    fn a_blocked_send_ends_with_the_receiver() {
        model("send_blocking ‖ drop of the receiver", || {
            let dropped = Dropped::default();
            let (tx, rx) = bounded(1);
            tx.try_send(dropped.message()).unwrap();
            let message = dropped.message();
            let sender = spawn(move || tx.send_blocking(message).unwrap_err());
            drop(rx);
            let returned = sender.join().unwrap();
            assert_eq!(dropped.count(), 1);
            drop(returned);
        });
    }

    #[test]
    fn threads_and_tasks_share_one_line() {
        model("recv_blocking ‖ recv ‖ send, send", || {
            let (tx, rx) = bounded(1);
            let rx2 = rx.clone();
            let thread = spawn(move || rx.recv_blocking().unwrap());
            let task = spawn(move || block_on(rx2.recv()).unwrap());
            tx.send_blocking(1).unwrap();
            block_on(tx.send(2)).unwrap();
            assert_eq!(thread.join().unwrap() + task.join().unwrap(), 3);
        });
    }

    #[test]
    fn a_thread_is_handed_no_message_over_the_heads_of_others() {
        model(
            "recv_blocking ‖ send, send ahead of a promised recv",
            || {
                let (tx, rx) = bounded(2);
                let (_bell, waker) = Bell::new();
                let mut idle = Box::pin(rx.recv());
                assert!(poll_once(&mut idle, &waker).is_pending());
                let rx2 = rx.clone();
                let receiver = spawn(move || {
                    let first = rx2.recv_blocking().unwrap();
                    (first, rx2.recv_blocking().unwrap())
                });
                tx.try_send(1).unwrap();
                tx.try_send(2).unwrap();
                drop(idle);
                assert_eq!(receiver.join().unwrap(), (1, 2));
            },
        );
    }

    /// Rule T1: the slot of a promised message is free at once.
    #[test]
    fn a_sender_does_not_wait_for_a_promised_receiver() {
        model("T1: permit ‖ send, a receiver unpolled", || {
            let (tx, rx) = bounded(1);
            let (bell, waker) = Bell::new();
            let mut idle = Box::pin(rx.recv());
            assert!(poll_once(&mut idle, &waker).is_pending());
            let permit = tx.try_reserve().unwrap();
            let tx2 = tx.clone();
            let sender = spawn(move || block_on(tx2.send(2)).unwrap());
            permit.send(1).unwrap();
            sender.join().unwrap();
            assert_eq!(bell.rings(), 1);
            assert_eq!(poll_once(&mut idle, &waker), std::task::Poll::Ready(Ok(1)));
            assert_eq!(rx.try_recv(), Ok(2));
        });
    }

    /// Rule T2: a refill promises the message that it takes from a thread.
    #[test]
    fn a_message_taken_from_a_thread_reaches_a_waiting_receiver() {
        model(
            "T2: permit ‖ send_blocking ‖ recv, a receiver unpolled",
            || {
                let (tx, rx) = bounded(1);
                let (_bell, waker) = Bell::new();
                let mut idle = Box::pin(rx.recv());
                assert!(poll_once(&mut idle, &waker).is_pending());
                let permit = tx.try_reserve().unwrap();
                let tx2 = tx.clone();
                let sender = spawn(move || tx2.send_blocking(2).unwrap());
                let rx2 = rx.clone();
                let receiver = spawn(move || block_on(rx2.recv()).unwrap());
                permit.send(1).unwrap();
                sender.join().unwrap();
                let one = receiver.join().unwrap();
                let other = block_on(idle).unwrap();
                assert_eq!(one + other, 3);
            },
        );
    }

    /// Rule T3: the close voids the promises to receivers.
    #[test]
    fn no_receiver_reports_the_end_while_a_message_is_there() {
        model("T3: send, close ‖ recv, a receiver unpolled", || {
            let (tx, rx) = bounded(1);
            let (_bell, waker) = Bell::new();
            let mut idle = Box::pin(rx.recv());
            assert!(poll_once(&mut idle, &waker).is_pending());
            let sender = spawn(move || {
                tx.try_send(1).unwrap();
                drop(tx);
            });
            let rx2 = rx.clone();
            let receiver = spawn(move || block_on(rx2.recv()));
            sender.join().unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(1));
            assert_eq!(block_on(idle), Err(RecvError));
        });
    }

    #[test]
    fn a_permit_that_goes_serves_the_next_unless_closed() {
        model("drop of a permit ‖ close ‖ send", || {
            let (tx, rx) = bounded(1);
            let permit = tx.try_reserve().unwrap();
            let tx2 = tx.clone();
            let sender = spawn(move || block_on(tx2.send(1)).is_ok());
            let closer = spawn(move || {
                rx.close();
                rx
            });
            drop(permit);
            let accepted = sender.join().unwrap();
            let rx = closer.join().unwrap();
            let expected = if accepted {
                Ok(1)
            } else {
                Err(TryRecvError::Closed)
            };
            assert_eq!(rx.try_recv(), expected);
        });
    }

    #[test]
    fn a_permit_sends_or_gives_back_at_the_close() {
        model("send of a permit ‖ drop of the receiver", || {
            let dropped = Dropped::default();
            let (tx, rx) = bounded(1);
            let permit = tx.try_reserve().unwrap();
            let receiver = spawn(move || drop(rx));
            let returned = permit.send(dropped.message()).err();
            receiver.join().unwrap();
            assert_eq!(dropped.count(), usize::from(returned.is_none()));
        });
    }

    #[test]
    fn a_weak_sender_opens_nothing_that_is_closed() {
        model("upgrade ‖ drop of the last sender", || {
            let (tx, rx) = bounded(1);
            let weak = tx.downgrade();
            let dropper = spawn(move || drop(tx));
            let sent = weak.upgrade().map(|tx| tx.try_send(1).is_ok());
            dropper.join().unwrap();
            assert_ne!(sent, Some(false));
            let expected = sent.map_or(Err(RecvError), |_| Ok(1));
            assert_eq!(block_on(rx.recv()), expected);
            assert!(weak.upgrade().is_none());
        });
    }

    #[test]
    fn a_forced_message_displaces_or_follows() {
        model("force_send ‖ recv", || {
            let (tx, rx) = bounded(1);
            tx.try_send(1).unwrap();
            let forcer = spawn(move || tx.force_send(2).unwrap());
            let first = block_on(rx.recv()).unwrap();
            match forcer.join().unwrap() {
                Some(displaced) => assert_eq!((displaced, first), (1, 2)),
                None => assert_eq!((first, rx.try_recv()), (1, Ok(2))),
            }
        });
    }

    #[test]
    fn a_batch_frees_all_of_its_slots() {
        model("recv_many ‖ send ‖ send", || {
            let (tx, rx) = bounded(2);
            tx.try_send(1).unwrap();
            tx.try_send(1).unwrap();
            let tx2 = tx.clone();
            let senders = [
                spawn(move || block_on(tx.send(1)).unwrap()),
                spawn(move || block_on(tx2.send(1)).unwrap()),
            ];
            let mut out = Vec::new();
            while block_on(rx.recv_many(&mut out, 4)) > 0 {}
            assert_eq!(out.len(), 4);
            for sender in senders {
                sender.join().unwrap();
            }
        });
    }
}

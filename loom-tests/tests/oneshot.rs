//! The protocol of the oneshot channel.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use wane_channel::oneshot::{channel, error::RecvError};
    use wane_loom_tests::{Bell, Dropped, block_on, model, poll_once, spawn};

    #[test]
    fn a_sent_value_arrives() {
        model("oneshot: send ‖ recv", || {
            let (tx, rx) = channel();
            let sender = spawn(move || tx.send(1).unwrap());
            assert_eq!(block_on(rx), Ok(1));
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_sent_value_arrives_at_a_blocked_thread() {
        model("oneshot: send ‖ blocking_recv", || {
            let (tx, rx) = channel();
            let sender = spawn(move || tx.send(1).unwrap());
            assert_eq!(rx.blocking_recv(), Ok(1));
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_receiver_learns_that_its_sender_has_gone() {
        model("oneshot: drop of the sender ‖ recv", || {
            let (tx, rx) = channel::<u32>();
            let sender = spawn(move || drop(tx));
            assert_eq!(block_on(rx), Err(RecvError));
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_receiver_that_goes_keeps_no_value() {
        model("oneshot: send ‖ drop of the receiver", || {
            let dropped = Dropped::default();
            let (mut tx, rx) = channel();
            let (_bell, waker) = Bell::new();
            assert!(
                tx.poll_closed(&mut std::task::Context::from_waker(&waker))
                    .is_pending()
            );
            let drops = dropped.clone();
            let receiver = spawn(move || {
                drop(rx);
                drops.last_on_this_thread()
            });
            let returned = tx.send(dropped.message()).err();
            let dropped_by_receiver = receiver.join().unwrap();
            assert_eq!(dropped_by_receiver, returned.is_none());
            assert_eq!(dropped.count(), usize::from(returned.is_none()));
        });
    }

    #[test]
    fn a_polled_receiver_that_goes_keeps_no_value() {
        model("oneshot: send ‖ poll, drop of the receiver", || {
            let dropped = Dropped::default();
            let (tx, mut rx) = channel();
            let message = dropped.message();
            let sender = spawn(move || tx.send(message).err());
            let (_bell, waker) = Bell::new();
            let received = match poll_once(&mut rx, &waker) {
                std::task::Poll::Ready(value) => value.ok(),
                std::task::Poll::Pending => None,
            };
            drop(rx);
            let returned = sender.join().unwrap();
            let alive = usize::from(received.is_some()) + usize::from(returned.is_some());
            assert_eq!(dropped.count() + alive, 1);
        });
    }

    #[test]
    fn a_close_wakes_the_sender_that_waits_for_it() {
        model("oneshot: close ‖ closed", || {
            let (mut tx, mut rx) = channel::<u32>();
            let sender = spawn(move || {
                block_on(tx.closed());
                assert_eq!(tx.send(1), Err(1));
            });
            rx.close();
            sender.join().unwrap();
        });
    }

    #[test]
    fn a_replaced_waker_is_the_one_that_is_woken() {
        model("oneshot: waker replacement ‖ wake", || {
            let (tx, mut rx) = channel();
            let (_old, old_waker) = Bell::new();
            let (new, new_waker) = Bell::new();
            assert!(poll_once(&mut rx, &old_waker).is_pending());
            let sender = spawn(move || tx.send(1).unwrap());
            let polled = poll_once(&mut rx, &new_waker);
            sender.join().unwrap();
            if polled.is_pending() {
                assert_eq!(new.rings(), 1);
                assert!(poll_once(&mut rx, &new_waker).is_ready());
            }
        });
    }
}

//! The end of a channel, from both sides: who is told, what is kept, what comes back.
#![cfg(not(loom))]

mod support;

use std::pin::pin;
use std::task::Poll::{Pending, Ready};

use support::{Bell, Dropped, poll, poll_with};
use wane_channel::{RecvError, SendError, TryRecvError, TrySendError, bounded, oneshot, unbounded};

#[test]
fn what_was_accepted_can_be_received_after_the_close() {
    let (tx, rx) = unbounded();
    tx.try_send(1).unwrap();
    assert!(tx.close());
    assert!(!rx.close());
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn the_last_sender_closes_and_no_other() {
    let (tx, rx) = bounded(1);
    let tx2 = tx.clone();
    drop(tx);
    assert!(!rx.is_closed());
    tx2.try_send(1).unwrap();
    drop(tx2);
    assert!(rx.is_closed());
    assert_eq!(poll(&mut pin!(rx.recv())), Ready(Ok(1)));
    assert_eq!(poll(&mut pin!(rx.recv())), Ready(Err(RecvError)));
}

#[test]
fn a_close_tells_everybody_who_waits() {
    let (tx, rx) = bounded(1);
    let (bell, waker) = Bell::new();
    let mut recv = Box::pin(rx.recv());
    let mut closed = (Box::pin(tx.closed()), Box::pin(rx.closed()));
    assert_eq!(poll_with(&mut recv, &waker), Pending);
    assert_eq!(poll_with(&mut closed.0, &waker), Pending);
    assert_eq!(poll_with(&mut closed.1, &waker), Pending);
    let permit = tx.try_reserve().unwrap();
    let mut send = Box::pin(tx.send(1));
    assert_eq!(poll_with(&mut send, &waker), Pending);
    tx.close();
    assert_eq!(bell.rings(), 4);
    assert_eq!(poll(&mut recv), Ready(Err(RecvError)));
    assert_eq!(poll(&mut send), Ready(Err(SendError(1))));
    assert_eq!(poll(&mut closed.0), Ready(()));
    assert_eq!(poll(&mut closed.1), Ready(()));
    assert_eq!(permit.send(2), Err(SendError(2)));
}

#[test]
fn the_last_receiver_drops_what_is_in_the_channel_before_it_returns() {
    let dropped = Dropped::default();
    let (tx, rx) = unbounded();
    (0..10).for_each(|_| tx.try_send(dropped.message()).unwrap());
    let rx2 = rx.clone();
    drop(rx);
    assert_eq!(dropped.count(), 0);
    drop(rx2);
    assert_eq!(dropped.count(), 10);
    let returned = tx.try_send(dropped.message()).unwrap_err();
    assert_eq!(dropped.count(), 10, "a later send gives its message back");
    drop(returned);
}

/// A reply channel inside of a message: whoever waits for the reply must learn of the drop.
#[test]
fn a_reply_channel_is_freed_with_the_message_it_is_in() {
    let (tx, rx) = bounded(1);
    let (reply_tx, reply_rx) = bounded::<u32>(1);
    tx.try_send(reply_tx).unwrap();
    drop(rx);
    assert_eq!(poll(&mut pin!(reply_rx.recv())), Ready(Err(RecvError)));
}

#[test]
fn a_promised_send_after_the_last_receiver_gives_its_message_back() {
    let dropped = Dropped::default();
    let (tx, rx) = bounded(1);
    tx.try_send(dropped.message()).unwrap();
    let mut send = Box::pin(tx.send(dropped.message()));
    assert!(poll(&mut send).is_pending());
    drop(rx.try_recv().unwrap());
    drop(rx);
    let Ready(Err(SendError(_message))) = poll(&mut send) else {
        panic!("sent to nobody");
    };
    assert_eq!(dropped.count(), 1);
}

#[test]
fn a_permit_released_in_a_closed_channel_harms_nobody() {
    let (tx, rx) = bounded::<u32>(1);
    let permit = tx.try_reserve().unwrap();
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Pending);
    rx.close();
    assert_eq!(
        poll(&mut recv),
        Ready(Err(RecvError)),
        "although a permit is out"
    );
    drop(permit);
    assert_eq!(tx.len(), 0);
}

#[test]
fn a_permit_after_the_last_receiver_gives_its_message_back() {
    let dropped = Dropped::default();
    let (tx, rx) = bounded(2);
    let permits = [tx.try_reserve().unwrap(), tx.try_reserve().unwrap()];
    drop(rx);
    for permit in permits {
        let SendError(_message) = permit.send(dropped.message()).unwrap_err();
    }
    assert_eq!(dropped.count(), 2, "by whoever got them back");
    assert_eq!(tx.len(), 0);
}

/// What a closed channel kept for operations that then go away, each in its own way, is nobody's.
#[test]
fn promises_that_end_in_a_closed_channel_harm_nobody() {
    let (tx, rx) = bounded(2);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    let mut send = Box::pin(tx.send(3));
    let mut reserve = Box::pin(tx.reserve());
    assert_eq!(poll(&mut send), Pending);
    assert!(poll(&mut reserve).is_pending());
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
    let mut recvs = [(); 2].map(|()| Box::pin(rx.recv()));
    assert!(recvs.iter_mut().all(|recv| poll(recv).is_pending()));
    tx.close();
    drop(send);
    assert_eq!(poll(&mut recvs[0]), Ready(Err(RecvError)));
    drop(reserve);
    assert_eq!(poll(&mut recvs[1]), Ready(Err(RecvError)));
    assert_eq!((tx.len(), rx.is_empty(), rx.is_full()), (0, true, false));
}

/// Who waits for a reply that is buffered in the channel, or in the hands of a waiting sender, must
/// not wait for the end of all senders.
#[test]
fn replies_are_freed_while_senders_live() {
    let (tx, rx) = bounded(1);
    let (first, mut first_reply) = oneshot::channel::<u32>();
    let (second, mut second_reply) = oneshot::channel::<u32>();
    tx.try_send(first).unwrap();
    let mut send = Box::pin(tx.send(second));
    assert!(poll(&mut send).is_pending());
    drop(rx);
    assert!(matches!(poll(&mut first_reply), Ready(Err(_))));
    assert!(
        poll(&mut second_reply).is_pending(),
        "its sender has it back"
    );
    let Ready(Err(returned)) = poll(&mut send) else {
        panic!("sent to nobody");
    };
    drop(returned);
    assert!(matches!(poll(&mut second_reply), Ready(Err(_))));
}

#[test]
fn weak_handles_keep_nothing_open() {
    let (tx, rx) = bounded::<u32>(1);
    let (weak_tx, weak_rx) = (tx.downgrade(), rx.downgrade());
    assert_eq!((tx.sender_count(), tx.receiver_count()), (1, 1));
    let tx2 = weak_tx.clone().upgrade().unwrap();
    let rx2 = weak_rx.clone().upgrade().unwrap();
    assert_eq!((tx.sender_count(), tx.receiver_count()), (2, 2));
    assert!(tx2.same_channel(&tx) && rx2.same_channel(&rx));
    drop((tx, tx2));
    assert!(weak_tx.upgrade().is_none());
    assert!(weak_rx.upgrade().is_none(), "closed");
}

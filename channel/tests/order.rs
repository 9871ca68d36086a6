//! Who gets what: messages in order, waiters in order, nobody overtaken, nobody forgotten.
#![cfg(not(loom))]

mod support;

use std::pin::pin;
use std::task::Poll::{Pending, Ready};

use support::{Bell, poll, poll_with};
use wane_channel::{RecvError, TryRecvError, TrySendError, bounded, unbounded};

#[test]
fn messages_leave_in_the_order_they_were_accepted() {
    let (tx, rx) = unbounded();
    for n in 0..1000 {
        tx.try_send(n).unwrap();
    }
    for n in 0..1000 {
        assert_eq!(rx.try_recv(), Ok(n));
    }
}

#[test]
fn senders_are_served_in_the_order_they_came() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..=3).map(|n| Box::pin(tx.send(n))).collect();
    for send in &mut sends {
        assert_eq!(poll(send), Pending);
    }
    assert_eq!(rx.try_recv(), Ok(0));
    // The first has the slot, whoever is polled first.
    assert_eq!(poll(&mut sends[2]), Pending);
    assert_eq!(poll(&mut sends[1]), Pending);
    assert_eq!(poll(&mut sends[0]), Ready(Ok(())));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(poll(&mut sends[2]), Pending);
    assert_eq!(poll(&mut sends[1]), Ready(Ok(())));
}

#[test]
fn receivers_are_served_in_the_order_they_came() {
    let (tx, rx) = bounded(4);
    let bells: Vec<_> = (0..3).map(|_| Bell::new()).collect();
    let mut recvs: Vec<_> = (0..3).map(|_| Box::pin(rx.recv())).collect();
    for (recv, (_, waker)) in recvs.iter_mut().zip(&bells) {
        assert_eq!(poll_with(recv, waker), Pending);
    }
    for (n, (bell, _)) in bells.iter().enumerate() {
        assert_eq!(bell.rings(), 0);
        tx.try_send(n).unwrap();
        assert_eq!(bell.rings(), 1);
    }
    assert_eq!(
        poll(&mut recvs[1]),
        Ready(Ok(0)),
        "the front, whoever polls"
    );
}

#[test]
fn a_newcomer_does_not_overtake_a_sender_in_line() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let mut send = Box::pin(tx.send(1));
    assert_eq!(poll(&mut send), Pending);
    assert_eq!(rx.try_recv(), Ok(0));
    assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)));
    assert_eq!(tx.try_reserve().unwrap_err(), TrySendError::Full(()));
    assert_eq!(poll(&mut send), Ready(Ok(())));
}

#[test]
fn a_newcomer_does_not_overtake_a_receiver_in_line() {
    let (tx, rx) = bounded(1);
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Pending);
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(poll(&mut recv), Ready(Ok(1)));
}

/// A woken sender that is never polled keeps one slot from the others, not the channel.
#[test]
fn a_forgotten_sender_does_not_block_the_others() {
    let (tx, rx) = bounded(2);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    let mut forgotten = Box::pin(tx.send(3));
    assert_eq!(poll(&mut forgotten), Pending);
    assert_eq!(rx.try_recv(), Ok(1));
    let mut other = Box::pin(tx.send(4));
    assert_eq!(poll(&mut other), Pending);
    assert_eq!(rx.try_recv(), Ok(2));
    assert_eq!(poll(&mut other), Ready(Ok(())));
    assert_eq!(rx.try_recv(), Ok(4));
    drop(forgotten);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
}

/// A woken receiver that is never polled keeps one message from the others, and not a certain one.
#[test]
fn a_forgotten_receiver_does_not_block_the_others() {
    let (tx, rx) = bounded(2);
    let mut forgotten = Box::pin(rx.recv());
    assert_eq!(poll(&mut forgotten), Pending);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    let mut other = Box::pin(rx.recv());
    assert_eq!(
        poll(&mut other),
        Ready(Ok(1)),
        "the oldest, though the other was promised one"
    );
    assert_eq!(poll(&mut forgotten), Ready(Ok(2)));
}

#[test]
fn a_sender_does_not_wait_for_a_promised_receiver() {
    let (tx, rx) = bounded(1);
    let mut idle = Box::pin(rx.recv());
    assert_eq!(poll(&mut idle), Pending);
    let permit = tx.try_reserve().unwrap();
    let mut send = Box::pin(tx.send(2));
    assert_eq!(poll(&mut send), Pending);
    permit.send(1).unwrap();
    assert_eq!(poll(&mut send), Ready(Ok(())));
    assert_eq!(poll(&mut idle), Ready(Ok(1)));
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn no_receiver_reports_the_end_while_a_message_is_there() {
    let (tx, rx) = bounded(1);
    let mut idle = Box::pin(rx.recv());
    assert_eq!(poll(&mut idle), Pending);
    tx.try_send(1).unwrap();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    drop(tx);
    assert_eq!(rx.try_recv(), Ok(1), "the close voids the promise");
    assert_eq!(poll(&mut idle), Ready(Err(RecvError)));
}

#[test]
fn the_length_never_exceeds_the_capacity_while_nobody_cancels() {
    let (tx, rx) = bounded(2);
    let mut recvs: Vec<_> = (0..3).map(|_| Box::pin(rx.recv())).collect();
    for recv in &mut recvs {
        assert_eq!(poll(recv), Pending);
    }
    let mut accepted = 0;
    while tx.try_send(accepted).is_ok() {
        accepted += 1;
        assert!(tx.len() <= 2);
    }
    assert_eq!(accepted, 5, "three in receivers' hands, two in the channel");
    assert!(tx.is_full());
    for (n, recv) in recvs.iter_mut().enumerate() {
        assert_eq!(poll(recv), Ready(Ok(n)));
    }
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(3), Ok(4)));
}

#[test]
fn clones_add_no_capacity() {
    let (tx, rx) = bounded(2);
    let senders: Vec<_> = (0..10).map(|_| tx.clone()).collect();
    let accepted = senders.iter().filter(|tx| tx.try_send(0).is_ok()).count();
    assert_eq!((accepted, tx.len()), (2, 2));
    drop(senders);
    assert_eq!((rx.capacity(), rx.len()), (Some(2), 2));
}

/// One that comes again at once, each time it has sent, does not starve one that comes now and then.
#[test]
fn two_greedy_senders_take_turns() {
    let (tx, rx) = bounded(1);
    tx.try_send("nobody").unwrap();
    let mut greedy = Box::pin(tx.send("greedy"));
    let mut patient = Box::pin(tx.send("patient"));
    assert_eq!(poll(&mut greedy), Pending);
    assert_eq!(poll(&mut patient), Pending);
    let mut order = Vec::new();
    for _ in 0..10 {
        order.push(rx.try_recv().unwrap());
        // The greedy one is polled first and tries again at once, whoever's turn it is.
        if poll(&mut greedy).is_ready() {
            greedy = Box::pin(tx.send("greedy"));
            assert_eq!(poll(&mut greedy), Pending);
        }
        assert!(tx.try_send("a third").is_err());
        if poll(&mut patient).is_ready() {
            patient = Box::pin(tx.send("patient"));
            assert_eq!(poll(&mut patient), Pending);
        }
    }
    let turns = ["greedy", "patient"].iter().cycle();
    assert!(order[1..].iter().eq(turns.take(9)), "{order:?}");
}

/// As many forgotten ones as the channel holds leave the channel to the others: it is the promises
/// that are kept, never the places.
#[test]
fn forgotten_waiters_on_both_sides_do_not_block_the_others() {
    let (tx, rx) = bounded(3);
    let mut forgotten: Vec<_> = (0..100).map(|_| Box::pin(rx.recv())).collect();
    assert!(forgotten.iter_mut().all(|recv| poll(recv).is_pending()));
    (0..100).for_each(|n| tx.try_send(n).unwrap());
    for n in 100..200 {
        assert_eq!(tx.try_send(n), Ok(()));
        let Ready(Ok(message)) = poll(&mut Box::pin(rx.recv())) else {
            panic!("the forgotten ones block the channel");
        };
        assert_eq!(message, n - 100, "the oldest, whoever it was promised to");
    }
    drop(forgotten);
    let rest: Vec<_> = std::iter::from_fn(|| rx.try_recv().ok()).collect();
    assert!(rest.into_iter().eq(100..200));
}

#[test]
fn a_forced_message_displaces_the_oldest() {
    let (tx, rx) = bounded(2);
    assert_eq!(tx.force_send(1), Ok(None));
    assert_eq!(tx.force_send(2), Ok(None));
    assert_eq!(tx.force_send(3), Ok(Some(1)));
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(2), Ok(3)));
}

#[test]
fn a_forced_message_exceeds_the_capacity_where_permits_hold_every_slot() {
    let (tx, rx) = bounded(1);
    let permit = tx.try_reserve().unwrap();
    assert_eq!(tx.force_send(1), Ok(None));
    assert_eq!(tx.force_send(2), Ok(Some(1)), "no more than one over");
    permit.send(3).unwrap();
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(2), Ok(3)));
}

#[test]
fn a_forced_message_does_not_displace_a_promised_one() {
    let (tx, rx) = bounded(1);
    let mut recv = Box::pin(rx.recv());
    assert_eq!(poll(&mut recv), Pending);
    tx.try_send(1).unwrap();
    let permit = tx.try_reserve().unwrap();
    assert_eq!(tx.force_send(2), Ok(None));
    assert_eq!(poll(&mut recv), Ready(Ok(1)));
    assert_eq!(rx.try_recv(), Ok(2));
    drop(permit);
}

#[test]
fn a_batch_frees_all_of_its_slots() {
    let (tx, rx) = bounded(3);
    (0..3).for_each(|n| tx.try_send(n).unwrap());
    let bells: Vec<_> = (3..6).map(|_| Bell::new()).collect();
    let mut sends: Vec<_> = (3..6).map(|n| Box::pin(tx.send(n))).collect();
    for (send, (_, waker)) in sends.iter_mut().zip(&bells) {
        assert_eq!(poll_with(send, waker), Pending);
    }
    let mut out = Vec::new();
    assert_eq!(poll(&mut pin!(rx.recv_many(&mut out, 2))), Ready(2));
    assert_eq!(out, [0, 1]);
    let rings: Vec<_> = bells.iter().map(|(bell, _)| bell.rings()).collect();
    assert_eq!(rings, [1, 1, 0]);
}

#[test]
fn a_batch_of_nothing_is_ready() {
    let (tx, rx) = bounded::<u32>(1);
    let mut out = Vec::new();
    assert_eq!(poll(&mut pin!(rx.recv_many(&mut out, 0))), Ready(0));
    assert_eq!(poll(&mut pin!(rx.recv_many(&mut out, 1))), Pending);
    drop(tx);
    assert_eq!(poll(&mut pin!(rx.recv_many(&mut out, 1))), Ready(0));
}

#[test]
#[should_panic(expected = "capacity of a channel must be at least 1")]
fn a_channel_without_a_slot_is_refused() {
    let _ = bounded::<()>(0);
}

//! A sender as a sink: what is accepted is in the channel, and a slot is kept no longer than needed.
#![cfg(all(not(loom), feature = "sink"))]

mod support;

use std::pin::pin;

use futures_util::{Sink, SinkExt};
use support::poll;
use wane_channel::{SendError, TryRecvError, bounded};

#[test]
fn an_item_is_in_the_channel_once_it_is_accepted() {
    let (tx, rx) = bounded(2);
    let mut sink = tx.into_sink();
    assert!(poll(&mut sink.feed(1)).is_ready());
    assert_eq!(rx.try_recv(), Ok(1));
}

#[test]
fn a_sink_waits_in_line_for_a_slot() {
    let (tx, rx) = bounded(1);
    let mut sink = tx.clone().into_sink();
    tx.try_send(1).unwrap();
    let mut feed = pin!(sink.feed(2));
    assert!(poll(&mut feed).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    assert!(tx.try_send(3).is_err(), "the slot is the sink's");
    assert!(poll(&mut feed).is_ready());
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn a_slot_that_was_not_used_goes_with_the_sink() {
    for close in [false, true] {
        let (tx, rx) = bounded(1);
        let mut sink = tx.clone().into_sink();
        let ready = std::future::poll_fn(|ctx| std::pin::Pin::new(&mut sink).poll_ready(ctx));
        assert!(poll(&mut Box::pin(ready)).is_ready());
        assert!(tx.try_send(1).is_err());
        match close {
            true => assert!(poll(&mut Box::pin(SinkExt::<u32>::close(&mut sink))).is_ready()),
            false => drop(sink),
        }
        assert_eq!(tx.try_send(1), Ok(()));
        drop(rx);
    }
}

#[test]
fn a_closed_sink_lets_its_sender_go_and_takes_no_more() {
    let (tx, rx) = bounded::<u32>(1);
    let mut sink = tx.into_sink();
    assert!(poll(&mut Box::pin(sink.close())).is_ready());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(
        poll(&mut Box::pin(sink.send(1))),
        std::task::Poll::Ready(Err(SendError(())))
    );
}

#[test]
fn a_sink_into_a_closed_channel_fails() {
    let (tx, rx) = bounded(1);
    let mut sink = tx.into_sink();
    rx.close();
    assert!(matches!(
        poll(&mut Box::pin(sink.send(1))),
        std::task::Poll::Ready(Err(_))
    ));
}

//! Traffic between plain threads, each channel's own way of blocking.
//!
//! All threads are there before the first message, so that starting them is not measured: the
//! clock runs from the first thread that begins to the last that ends.

use std::ops::Range;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Arc;
use wane_channel::base::sync::thread::{self, JoinHandle};

use super::{Traffic, check};
use crate::channels::ChannelRival;
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;
use crate::workloads::per_operation;

pub(super) fn run<C: ChannelRival, M: Message>(traffic: Traffic, messages: u64) -> f64 {
    let shape = traffic.shape;
    let (sender, receivers) = C::bounded::<M>(traffic.capacity, shape.receivers);
    let line = Arc::new(Barrier::new(shape.senders + shape.receivers));
    let mut threads: Vec<_> = receivers
        .into_iter()
        .map(|receiver| start(&line, move || C::receive_all_blocking(receiver)))
        .collect();
    threads.extend(shape.shares(messages).map(|share| {
        let sender = sender.clone();
        start(&line, move || {
            C::send_all_blocking(sender, share);
            Tally::default()
        })
    }));
    drop(sender);
    let legs: Vec<Leg> = threads.into_iter().map(end).collect();
    let tally = legs.iter().map(|leg| leg.tally);
    check(tally.fold(Tally::default(), Tally::plus), messages);
    per_operation(span(&legs), messages)
}

/// What one thread did, and when.
struct Leg {
    tally: Tally,
    time: Range<Instant>,
}

/// Starts a thread that goes when all are at the line.
fn start(line: &Arc<Barrier>, work: impl FnOnce() -> Tally + Send + 'static) -> JoinHandle<Leg> {
    let line = Arc::clone(line);
    let thread = thread::Builder::new().spawn(move || {
        line.wait();
        let start = Instant::now();
        let tally = work();
        let time = start..Instant::now();
        Leg { tally, time }
    });
    thread.expect("the system gives a thread")
}

fn end(thread: JoinHandle<Leg>) -> Leg {
    thread.join().expect("every message was sent")
}

/// From the first start to the last end.
fn span(legs: &[Leg]) -> Duration {
    let first = legs.iter().map(|leg| leg.time.start).min();
    let last = legs.iter().map(|leg| leg.time.end).max();
    last.zip(first)
        .map_or(Duration::ZERO, |(last, first)| last - first)
}

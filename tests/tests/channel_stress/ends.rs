//! Those who send and those who receive, for tasks and for threads. They use every operation, give up
//! as their dice say, and keep the books.

use std::future::poll_fn;
use std::ops::{ControlFlow, Range};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_lite::StreamExt;
use wane_channel::{
    Receiver, RecvTimeoutError, SendTimeoutError, Sender, TryRecvError, TrySendError,
};
use wane_tests::dice::Dice;

use crate::accounts::{Accounts, Parcel};

/// A future of somebody fickle: polled without a wake now and then, and given up now and then, before
/// it is polled again or after.
pub(crate) async fn fickle<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|ctx: &mut Context<'_>| {
        if let Poll::Ready(output) = future.as_mut().poll(ctx) {
            return Poll::Ready(Some(output));
        }
        match dice.roll(8) {
            0 | 1 => Poll::Ready(None),
            2 => {
                ctx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Pending,
        }
    })
    .await
}

/// As [`fickle`], and may go after its wake without having looked what it was for.
async fn fickle_when_woken<F: Future>(dice: &mut Dice, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut is_first = true;
    poll_fn(|ctx: &mut Context<'_>| {
        if !std::mem::take(&mut is_first) && dice.one_in(3) {
            return Poll::Ready(None);
        }
        future.as_mut().poll(ctx).map(Some)
    })
    .await
}

/// Lets others run.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|ctx: &mut Context<'_>| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        ctx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A sender in a task. It goes when its messages are out, or the channel is closed.
pub(crate) struct TaskSender {
    pub(crate) tx: Sender<Parcel>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) dice: Dice,
}

impl TaskSender {
    pub(crate) async fn run(mut self, numbers: Range<usize>) {
        for number in numbers {
            match self.send(number).await {
                ControlFlow::Continue(true) => self.accounts.accept(number),
                ControlFlow::Continue(false) => {}
                ControlFlow::Break(()) => return,
            }
        }
    }

    /// Whether the message was sent.
    async fn send(&mut self, number: usize) -> ControlFlow<(), bool> {
        let parcel = self.accounts.parcel(number);
        let way = self.dice.roll(8);
        let (tx, dice) = (&self.tx, &mut self.dice);
        match way {
            0 => match tx.try_send(parcel) {
                Ok(()) => ControlFlow::Continue(true),
                Err(TrySendError::Full(_)) => {
                    yield_now().await;
                    ControlFlow::Continue(false)
                }
                Err(TrySendError::Closed(_)) => ControlFlow::Break(()),
            },
            1 | 2 => match fickle(dice, tx.reserve()).await {
                Some(Ok(permit)) if self.dice.one_in(4) => {
                    yield_now().await;
                    drop(permit);
                    ControlFlow::Continue(false)
                }
                Some(Ok(permit)) => outcome_of(permit.send(parcel).is_ok()),
                Some(Err(_)) => ControlFlow::Break(()),
                None => ControlFlow::Continue(false),
            },
            3 => match fickle(dice, tx.clone().reserve_owned()).await {
                Some(Ok(permit)) => outcome_of(permit.send(parcel).is_ok()),
                Some(Err(_)) => ControlFlow::Break(()),
                None => ControlFlow::Continue(false),
            },
            4 => match fickle_when_woken(dice, tx.send(parcel)).await {
                Some(sent) => outcome_of(sent.is_ok()),
                None => ControlFlow::Continue(false),
            },
            _ => match fickle(dice, tx.send(parcel)).await {
                Some(sent) => outcome_of(sent.is_ok()),
                None => ControlFlow::Continue(false),
            },
        }
    }
}

fn outcome_of(is_sent: bool) -> ControlFlow<(), bool> {
    match is_sent {
        true => ControlFlow::Continue(true),
        false => ControlFlow::Break(()),
    }
}

/// What a receiver has seen so far of each sender: its messages come in order.
pub(crate) struct Order {
    newest: Vec<Option<usize>>,
    messages_per_sender: usize,
}

impl Order {
    pub(crate) fn new(senders: usize, messages_per_sender: usize) -> Self {
        Self {
            newest: vec![None; senders],
            messages_per_sender,
        }
    }

    pub(crate) fn receive(&mut self, parcel: Parcel) {
        let number = parcel.receive();
        let newest = &mut self.newest[number / self.messages_per_sender];
        assert!(newest.is_none_or(|newest| newest < number), "out of order");
        *newest = Some(number);
    }
}

/// A receiver in a task. It goes at the end of the channel.
pub(crate) struct TaskReceiver {
    pub(crate) rx: Receiver<Parcel>,
    pub(crate) order: Order,
    pub(crate) dice: Dice,
}

impl TaskReceiver {
    pub(crate) async fn run(mut self) {
        while self.receive().await.is_continue() {}
    }

    /// Receives in some way, or not at all.
    pub(crate) async fn receive(&mut self) -> ControlFlow<()> {
        match self.dice.roll(8) {
            0 => match self.rx.try_recv() {
                Ok(parcel) => self.order.receive(parcel),
                Err(TryRecvError::Empty) => yield_now().await,
                Err(TryRecvError::Closed) => return ControlFlow::Break(()),
            },
            1 => {
                let mut out = Vec::new();
                let limit = 1 + self.dice.roll(8) as usize;
                let batch = self.rx.recv_many(&mut out, limit);
                let count = fickle(&mut self.dice, batch).await;
                assert_eq!(out.len(), count.unwrap_or(0));
                out.into_iter()
                    .for_each(|parcel| self.order.receive(parcel));
                if count == Some(0) {
                    return ControlFlow::Break(());
                }
            }
            // A stream that is given up stays in line, until the next receive of its handle.
            2 | 3 => match fickle(&mut self.dice, self.rx.next()).await {
                Some(Some(parcel)) => self.order.receive(parcel),
                Some(None) => return ControlFlow::Break(()),
                None => {}
            },
            4 => match fickle_when_woken(&mut self.dice, self.rx.recv()).await {
                Some(Ok(parcel)) => self.order.receive(parcel),
                Some(Err(_)) => return ControlFlow::Break(()),
                None => {}
            },
            5 if self.dice.one_in(4) => self.rx = self.rx.clone(),
            _ => match fickle(&mut self.dice, self.rx.recv()).await {
                Some(Ok(parcel)) => self.order.receive(parcel),
                Some(Err(_)) => return ControlFlow::Break(()),
                None => {}
            },
        }
        ControlFlow::Continue(())
    }
}

/// Sends from a thread that may block, with more patience or less.
pub(crate) fn send_blocking(
    tx: &Sender<Parcel>,
    accounts: &Arc<Accounts>,
    dice: &mut Dice,
    numbers: Range<usize>,
) {
    for number in numbers {
        let parcel = accounts.parcel(number);
        let outcome = if dice.one_in(2) {
            tx.send_blocking(parcel)
                .map_err(|error| SendTimeoutError::Closed(error.into_inner()))
        } else {
            tx.send_timeout(parcel, Duration::from_micros(dice.roll(200)))
        };
        match outcome {
            Ok(()) => accounts.accept(number),
            Err(SendTimeoutError::Timeout(_)) => {}
            Err(SendTimeoutError::Closed(_)) => return,
        }
    }
}

/// Receives on a thread that may block, with more patience or less.
pub(crate) fn recv_blocking(rx: &Receiver<Parcel>, dice: &mut Dice, order: &mut Order) {
    loop {
        let outcome = if dice.one_in(2) {
            rx.recv_blocking().map_err(|_| RecvTimeoutError::Closed)
        } else {
            rx.recv_timeout(Duration::from_micros(dice.roll(200)))
        };
        match outcome {
            Ok(parcel) => order.receive(parcel),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Closed) => return,
        }
    }
}

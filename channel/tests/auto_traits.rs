//! What may cross threads, and what need not be pinned. It is checked when this compiles.
#![cfg(not(loom))]

use std::cell::Cell;

use wane_channel::{
    Closed, Permit, Receiver, Recv, RecvMany, Reserve, Send as SendFuture, SendError, Sender,
    TrySendError, WeakReceiver, WeakSender, oneshot,
};

fn crosses_threads<T: Send>() {}
fn is_shared_by_threads<T: Sync>() {}
fn is_never_pinned<T: Unpin>() {}
fn is_an_error<T: std::error::Error + Send + Sync + 'static>() {}

#[test]
fn ends_cross_threads_with_messages_that_do() {
    // A message that is not `Sync`: no two threads ever look at one message.
    type Message = Cell<u32>;
    crosses_threads::<Sender<Message>>();
    crosses_threads::<Receiver<Message>>();
    crosses_threads::<WeakSender<Message>>();
    crosses_threads::<WeakReceiver<Message>>();
    crosses_threads::<SendFuture<'static, Message>>();
    crosses_threads::<Recv<'static, Message>>();
    crosses_threads::<RecvMany<'static, Message>>();
    crosses_threads::<Reserve<'static, Message>>();
    crosses_threads::<Permit<'static, Message>>();
    crosses_threads::<Closed<'static, Message>>();
    crosses_threads::<oneshot::Sender<Message>>();
    crosses_threads::<oneshot::Receiver<Message>>();
    is_shared_by_threads::<Sender<Message>>();
    is_shared_by_threads::<Receiver<Message>>();
    is_shared_by_threads::<oneshot::Sender<Message>>();
    is_shared_by_threads::<oneshot::Receiver<Message>>();
}

#[test]
fn receivers_need_no_pin() {
    type Message = std::marker::PhantomPinned;
    is_never_pinned::<Receiver<Message>>();
    is_never_pinned::<oneshot::Receiver<Message>>();
}

#[test]
fn errors_are_errors_whatever_the_message() {
    struct Opaque;
    is_an_error::<SendError<Opaque>>();
    is_an_error::<TrySendError<Opaque>>();
    assert_eq!(format!("{:?}", SendError(Opaque)), "SendError(..)");
    assert_eq!(format!("{:?}", TrySendError::Full(Opaque)), "Full(..)");
}

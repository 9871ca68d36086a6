//! What may cross threads and what may not, what need not be pinned, and what the errors are.
#![cfg(not(loom))]

use std::cell::Cell;
use std::marker::{PhantomData, PhantomPinned};
use std::rc::Rc;
use std::sync::MutexGuard;

use wane_channel::{
    Closed, OwnedPermit, Permit, Receiver, Recv, RecvError, RecvMany, RecvTimeoutError, Reserve,
    ReserveOwned, Send as SendFuture, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, WeakReceiver, WeakSender, oneshot,
};

/// A message of each kind: what it may do says the alias.
type SendAndSync = u32;
type SendOnly = Cell<u32>;
type SyncOnly = MutexGuard<'static, u32>;
type Neither = Rc<u32>;

/// Asks whether a type has an auto trait: where it has, the constant of the type hides the trait's.
struct Probe<T>(PhantomData<T>);

trait Denied {
    const IS_SEND: bool = false;
    const IS_SYNC: bool = false;
    const IS_UNPIN: bool = false;
}

impl<T> Denied for Probe<T> {}

impl<T: Send> Probe<T> {
    const IS_SEND: bool = true;
}

impl<T: Sync> Probe<T> {
    const IS_SYNC: bool = true;
}

impl<T: Unpin> Probe<T> {
    const IS_UNPIN: bool = true;
}

/// Whether `$generic` with each kind of message is `Send`, and whether it is `Sync`.
macro_rules! traits_by_message {
    ($generic:ident) => {{
        type Of<M> = $generic<M>;
        (
            [
                <Probe<Of<SendAndSync>>>::IS_SEND,
                <Probe<Of<SendOnly>>>::IS_SEND,
                <Probe<Of<SyncOnly>>>::IS_SEND,
                <Probe<Of<Neither>>>::IS_SEND,
            ],
            [
                <Probe<Of<SendAndSync>>>::IS_SYNC,
                <Probe<Of<SendOnly>>>::IS_SYNC,
                <Probe<Of<SyncOnly>>>::IS_SYNC,
                <Probe<Of<Neither>>>::IS_SYNC,
            ],
        )
    }};
}

/// What holds of something that lets one message cross, and never two threads look at one.
const IF_THE_MESSAGE_IS_SEND: [bool; 4] = [true, true, false, false];

type SendFutureOf<T> = SendFuture<'static, T>;
type RecvOf<T> = Recv<'static, T>;
type RecvManyOf<T> = RecvMany<'static, T>;
type ReserveOf<T> = Reserve<'static, T>;
type PermitOf<T> = Permit<'static, T>;
type ClosedOf<T> = Closed<'static, T>;
type OneshotSender<T> = oneshot::Sender<T>;
type OneshotReceiver<T> = oneshot::Receiver<T>;
type OneshotClosed<T> = oneshot::Closed<'static, T>;

#[test]
fn the_probe_tells_messages_apart() {
    type Itself<T> = T;
    let (sends, syncs) = traits_by_message!(Itself);
    assert_eq!(sends, [true, true, false, false]);
    assert_eq!(syncs, [true, false, true, false]);
}

#[test]
fn ends_cross_threads_with_messages_that_do_and_no_others() {
    let expected = (IF_THE_MESSAGE_IS_SEND, IF_THE_MESSAGE_IS_SEND);
    assert_eq!(traits_by_message!(Sender), expected);
    assert_eq!(traits_by_message!(Receiver), expected);
    assert_eq!(traits_by_message!(WeakSender), expected);
    assert_eq!(traits_by_message!(WeakReceiver), expected);
    assert_eq!(traits_by_message!(OwnedPermit), expected);
    assert_eq!(traits_by_message!(OneshotSender), expected);
    assert_eq!(traits_by_message!(OneshotReceiver), expected);
}

#[cfg(feature = "sink")]
#[test]
fn a_sink_crosses_threads_with_messages_that_do_and_no_others() {
    type Sink<T> = wane_channel::SendSink<T>;
    let expected = (IF_THE_MESSAGE_IS_SEND, IF_THE_MESSAGE_IS_SEND);
    assert_eq!(traits_by_message!(Sink), expected);
}

#[test]
fn futures_without_a_message_cross_threads_with_messages_that_do_and_no_others() {
    let expected = (IF_THE_MESSAGE_IS_SEND, IF_THE_MESSAGE_IS_SEND);
    assert_eq!(traits_by_message!(RecvOf), expected);
    assert_eq!(traits_by_message!(ReserveOf), expected);
    assert_eq!(traits_by_message!(ReserveOwned), expected);
    assert_eq!(traits_by_message!(PermitOf), expected);
    assert_eq!(traits_by_message!(ClosedOf), expected);
    assert_eq!(traits_by_message!(OneshotClosed), expected);
}

/// Whether they are `Sync` with a message that is not is nobody's business: they are polled by `&mut`.
#[test]
fn futures_that_hold_messages_cross_threads_with_messages_that_do_and_no_others() {
    let (sends, syncs) = traits_by_message!(SendFutureOf);
    assert_eq!(sends, IF_THE_MESSAGE_IS_SEND);
    assert_eq!([syncs[0], syncs[2], syncs[3]], [true, false, false]);
    let (sends, syncs) = traits_by_message!(RecvManyOf);
    assert_eq!(sends, IF_THE_MESSAGE_IS_SEND);
    assert_eq!([syncs[0], syncs[2], syncs[3]], [true, false, false]);
}

/// They hold the message and nothing else.
#[test]
fn errors_may_do_what_their_message_may() {
    type Itself<T> = T;
    let expected = traits_by_message!(Itself);
    assert_eq!(traits_by_message!(SendError), expected);
    assert_eq!(traits_by_message!(TrySendError), expected);
    assert_eq!(traits_by_message!(SendTimeoutError), expected);
}

#[test]
fn handles_need_no_pin_whatever_the_message() {
    type Message = PhantomPinned;
    const {
        assert!(<Probe<Sender<Message>>>::IS_UNPIN);
        assert!(<Probe<Receiver<Message>>>::IS_UNPIN);
        assert!(<Probe<OwnedPermit<Message>>>::IS_UNPIN);
        assert!(<Probe<oneshot::Sender<Message>>>::IS_UNPIN);
        assert!(<Probe<oneshot::Receiver<Message>>>::IS_UNPIN);
    }
}

/// The channel points at those who wait: they must not move.
#[test]
fn futures_that_stand_in_line_are_pinned() {
    const {
        assert!(!<Probe<SendFutureOf<u32>>>::IS_UNPIN);
        assert!(!<Probe<ReserveOf<u32>>>::IS_UNPIN);
        assert!(!<Probe<ReserveOwned<u32>>>::IS_UNPIN);
        assert!(!<Probe<RecvOf<u32>>>::IS_UNPIN);
        assert!(!<Probe<RecvManyOf<u32>>>::IS_UNPIN);
        assert!(!<Probe<ClosedOf<u32>>>::IS_UNPIN);
    }
}

#[test]
fn errors_are_errors_whatever_the_message() {
    fn is_an_error<T: std::error::Error + Send + Sync + 'static>() {}
    struct Opaque;
    is_an_error::<SendError<Opaque>>();
    is_an_error::<TrySendError<Opaque>>();
    is_an_error::<SendTimeoutError<Opaque>>();
    is_an_error::<RecvError>();
    is_an_error::<TryRecvError>();
    is_an_error::<RecvTimeoutError>();
    is_an_error::<oneshot::error::RecvError>();
    is_an_error::<oneshot::error::TryRecvError>();
    assert_eq!(format!("{:?}", SendError(Opaque)), "SendError(..)");
    assert_eq!(format!("{:?}", TrySendError::Full(Opaque)), "Full(..)");
    let late = SendTimeoutError::Timeout(Opaque);
    assert_eq!(format!("{late:?}"), "Timeout(..)");
}

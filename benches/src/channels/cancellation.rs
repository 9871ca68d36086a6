//! Whether a channel undoes what is dropped, as its [`ChannelRival::CANCEL_SAFE`] says.

use std::future::Future;
use std::pin::pin;

use futures_lite::future::{block_on, poll_once};

use super::{Channel, ChannelRival, Job};
use crate::traffic::tally::Tally;

#[test]
fn a_dropped_send_arrives_nowhere_if_the_channel_is_said_to_be_cancel_safe() {
    for channel in Channel::ALL {
        let undone = channel.give_to(DroppedSend) == Tally::expected(1);
        assert_eq!(undone, channel.is_cancel_safe(), "{}", channel.name());
    }
}

#[test]
fn a_dropped_receive_loses_nothing_if_the_channel_is_said_to_be_cancel_safe() {
    for channel in Channel::ALL {
        let loses = channel.give_to(DroppedReceive) == Some(Tally::expected(0));
        assert!(!(loses && channel.is_cancel_safe()), "{}", channel.name());
    }
}

/// What arrives when a channel with room for one message is sent two, and the second send is
/// dropped, not polled again, after the first message has left.
struct DroppedSend;

impl Job for DroppedSend {
    type Output = Tally;

    fn run<C: ChannelRival>(self) -> Tally {
        let (sender, mut receivers) = C::bounded::<u64>(1, 1);
        let mut receiving = pin!(C::receive_all(receivers.remove(0)));
        {
            let mut sending = pin!(C::send_all(sender, 0..2));
            assert!(!is_ready(sending.as_mut()), "there is room for one");
            assert!(!is_ready(receiving.as_mut()), "there is a sender");
        }
        block_on(receiving)
    }
}

/// What a second receiver gets when a message was sent while the first one waited, which is
/// dropped and was not polled again. Nothing where the channel has no second receiver.
struct DroppedReceive;

impl Job for DroppedReceive {
    type Output = Option<Tally>;

    fn run<C: ChannelRival>(self) -> Option<Tally> {
        if C::RECEIVERS_MAX < 2 {
            return None;
        }
        let (sender, mut receivers) = C::bounded::<u64>(1, 2);
        {
            let mut receiving = pin!(C::receive_all(receivers.remove(0)));
            assert!(!is_ready(receiving.as_mut()), "there is no message");
            assert!(is_ready(pin!(C::send_all(sender, 0..1))), "there is room");
        }
        Some(block_on(C::receive_all(receivers.remove(0))))
    }
}

/// Polls once.
fn is_ready(future: impl Future + Unpin) -> bool {
    block_on(poll_once(future)).is_some()
}

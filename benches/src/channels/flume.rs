//! flume. The message of a dropped send may yet arrive.

use std::ops::Range;

use flume::{Receiver, Sender};

use super::{ChannelRival, clones};
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

/// The channel.
#[derive(Debug)]
pub struct Flume;

impl ChannelRival for Flume {
    const NAME: &'static str = "flume";
    const CANCEL_SAFE: bool = false;

    type Sender<M: Message> = Sender<M>;
    type Receiver<M: Message> = Receiver<M>;

    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>) {
        let (sender, receiver) = flume::bounded(capacity);
        (sender, clones(receiver, receivers))
    }

    async fn send_all<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.send_async(M::numbered(number)).await;
            sent.expect("the receivers stay to the end");
        }
    }

    async fn receive_all<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv_async().await {
            tally.count(&message);
        }
        tally
    }

    fn send_all_blocking<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.send(M::numbered(number));
            sent.expect("the receivers stay to the end");
        }
    }

    fn receive_all_blocking<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv() {
            tally.count(&message);
        }
        tally
    }
}

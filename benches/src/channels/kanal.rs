//! kanal: an async and a blocking view of one channel. What was promised to a dropped receive is lost.

use std::ops::Range;

use kanal::{AsyncReceiver, AsyncSender};

use super::{ChannelRival, clones};
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

/// The channel.
#[derive(Debug)]
pub struct Kanal;

impl ChannelRival for Kanal {
    const NAME: &'static str = "kanal";
    const CANCEL_SAFE: bool = false;

    type Sender<M: Message> = AsyncSender<M>;
    type Receiver<M: Message> = AsyncReceiver<M>;

    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>) {
        let (sender, receiver) = kanal::bounded_async(capacity);
        (sender, clones(receiver, receivers))
    }

    async fn send_all<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        for number in numbers {
            let sent = sender.send(M::numbered(number)).await;
            sent.expect("the receivers stay to the end");
        }
    }

    async fn receive_all<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv().await {
            tally.count(&message);
        }
        tally
    }

    fn send_all_blocking<M: Message>(sender: Self::Sender<M>, numbers: Range<u64>) {
        let sender = sender.to_sync();
        for number in numbers {
            let sent = sender.send(M::numbered(number));
            sent.expect("the receivers stay to the end");
        }
    }

    fn receive_all_blocking<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let receiver = receiver.to_sync();
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv() {
            tally.count(&message);
        }
        tally
    }
}

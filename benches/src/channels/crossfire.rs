//! crossfire, many senders and many receivers: an async and a blocking view of one channel.

use std::ops::Range;

use crossfire::{MAsyncRx, MAsyncTx, mpmc};

use super::{ChannelRival, clones};
use crate::traffic::message::Message;
use crate::traffic::tally::Tally;

/// The channel.
#[derive(Debug)]
pub struct Crossfire;

impl ChannelRival for Crossfire {
    const NAME: &'static str = "crossfire";
    const CANCEL_SAFE: bool = true;

    type Sender<M: Message> = MAsyncTx<mpmc::Array<M>>;
    type Receiver<M: Message> = MAsyncRx<mpmc::Array<M>>;

    fn bounded<M: Message>(
        capacity: usize,
        receivers: usize,
    ) -> (Self::Sender<M>, Vec<Self::Receiver<M>>) {
        // Asks once in a process how many cores there are, as its manual advises.
        crossfire::detect_backoff_cfg();
        let (sender, receiver) = mpmc::bounded_async(capacity);
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
        let sender = sender.into_blocking();
        for number in numbers {
            let sent = sender.send(M::numbered(number));
            sent.expect("the receivers stay to the end");
        }
    }

    fn receive_all_blocking<M: Message>(receiver: Self::Receiver<M>) -> Tally {
        let receiver = receiver.into_blocking();
        let mut tally = Tally::default();
        while let Ok(message) = receiver.recv() {
            tally.count(&message);
        }
        tally
    }
}

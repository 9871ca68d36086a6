//! The offering side: reads chunk after chunk of the source and sends them into the channel.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wane::select;
use wane::task::spawn_blocking;
use wane::time::{Instant, sleep};

use crate::args::Goal;
use crate::fanout::Chunk;
use crate::meter::Meter;
use crate::source::{Source, SourceError};
use crate::stop::Stop;
use wane::channel::Sender;

/// Offers objects 0, 1, 2, … until a goal is reached or a stop is asked for.
#[derive(Debug)]
pub(crate) struct Offerer {
    source: Arc<Source>,
    chunks: Sender<Chunk>,
    goal: Goal,
    rate: Option<f64>,
    began: Instant,
    meter: Arc<Meter>,
    stop: Stop,
}

impl Offerer {
    pub(crate) fn new(
        source: Arc<Source>,
        chunks: Sender<Chunk>,
        (goal, rate): (Goal, Option<f64>),
        meter: Arc<Meter>,
        stop: Stop,
    ) -> Self {
        Self {
            source,
            chunks,
            goal,
            rate,
            began: Instant::now(),
            meter,
            stop,
        }
    }

    /// Goes on offering until `share` of the goal is reached. A full channel holds it up, and so
    /// does the rate.
    pub(crate) async fn offer_until(&self, share: f64) -> Result<(), SourceError> {
        loop {
            let object = self.meter.offered();
            self.keep_pace(object).await;
            let reached = self.goal.reached(object, self.began.elapsed());
            if reached >= share || self.stop.is_asked() {
                return Ok(());
            }
            let source = self.source.clone();
            let bytes = spawn_blocking(move || source.read(object))
                .await
                .expect("reading a file does not panic")?;
            self.meter.count_offer();
            let chunk = Chunk {
                object,
                bytes: Bytes::from(bytes),
            };
            self.chunks
                .send(chunk)
                .await
                .expect("workers outlive the offers");
        }
    }

    /// Waits until `object` is due. The rate holds on average: an object that was held up does not
    /// delay those after it.
    async fn keep_pace(&self, object: u64) {
        let Some(rate) = self.rate else { return };
        let due = Duration::try_from_secs_f64(object as f64 / rate).unwrap_or(Duration::MAX);
        let early = due.saturating_sub(self.began.elapsed());
        if !early.is_zero() {
            let time_left = self.goal.time.map_or(Duration::MAX, |time| {
                time.saturating_sub(self.began.elapsed())
            });
            select! {
                () = sleep(early.min(time_left)) => {}
                () = self.stop.asked() => {}
            }
        }
    }
}

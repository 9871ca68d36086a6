//! The fan-out: tasks that take chunks from one channel and put each of them into the store.
//!
//! Worker and PUT are two tasks. A worker lives as long as the run and owns a [`Client`]; for each
//! chunk it lends the client to a task of the chunk's own, which can be aborted by itself, and gets
//! it back with the outcome.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use wane::select;
use wane::sync::watch;
use wane::task::JoinHandle;
use wane::time::Instant;

use crate::client::Client;
use crate::handles::Handles;
use crate::meter::Meter;
use crate::stop::Stop;
use wane::channel::Receiver;

/// One object on its way to the store.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) object: u64,
    pub(crate) bytes: Bytes,
}

/// What a worker works with.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) store: SocketAddr,
    pub(crate) chunks: Receiver<Chunk>,
    /// Changes when the run comes to rest: connections are to be closed, for now.
    pub(crate) lull: watch::Receiver<u32>,
    pub(crate) handles: Arc<Handles>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) stop: Stop,
}

impl Desk {
    /// Starts `workers` workers. They end when the channel is closed and empty.
    pub(crate) fn open(&self, workers: usize) -> Vec<JoinHandle<()>> {
        (0..workers)
            .map(|_| wane::spawn(self.clone().work()))
            .collect()
    }

    async fn work(mut self) {
        let mut client = self.new_client();
        loop {
            select! {
                chunk = self.chunks.recv() => match chunk {
                    Ok(chunk) => client = self.put(client, chunk).await,
                    Err(_) => break,
                },
                Ok(()) = self.lull.changed() => client.hang_up().await,
            }
        }
        client.hang_up().await;
    }

    /// Puts one chunk by a task of its own, and returns the client for the next.
    async fn put(&self, mut client: Client, chunk: Chunk) -> Client {
        let Chunk { object, bytes } = chunk;
        let size = bytes.len();
        let began = Instant::now();
        let task = wane::spawn(async move {
            let outcome = client.put(object, bytes).await;
            (client, outcome)
        });
        self.handles.file(task.abort_handle());
        let joined = task.await;
        let client = match joined {
            Ok((client, Ok(()))) => {
                self.meter.count_stored(size, began.elapsed());
                client
            }
            Ok((client, Err(error))) => {
                self.fail(|| error.to_string());
                client
            }
            Err(error) => {
                self.fail(|| format!("object {object}: {error}"));
                self.new_client()
            }
        };
        self.meter.count_answer();
        client
    }

    /// An object that cannot be stored ends the run: the ones after it would fare no better.
    pub(crate) fn fail(&self, failure: impl FnOnce() -> String) {
        self.meter.note_failure(failure);
        self.stop.drain();
    }

    fn new_client(&self) -> Client {
        Client::new(self.store, self.meter.clone())
    }
}

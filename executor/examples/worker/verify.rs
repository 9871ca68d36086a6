//! The read-back: gets every object that was offered and compares it with its source, byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;

use wane::task::{JoinHandle, spawn_blocking};

use crate::client::Client;
use crate::meter::Meter;
use crate::source::Source;

/// What the readers work with.
#[derive(Debug, Clone)]
pub(crate) struct Verifier {
    pub(crate) store: SocketAddr,
    pub(crate) source: Arc<Source>,
    pub(crate) meter: Arc<Meter>,
}

impl Verifier {
    /// Reads all offered objects back, shared among `readers` tasks.
    pub(crate) async fn verify_all(&self, readers: usize) {
        let tasks: Vec<JoinHandle<()>> = (0..readers)
            .map(|first| wane::spawn(self.clone().verify_every(first as u64, readers)))
            .collect();
        for task in tasks {
            if let Err(error) = task.await {
                self.meter
                    .note_failure(|| format!("a reader ended early: {error}"));
            }
        }
    }

    /// Reads back object `first` and every `stride`th after it.
    async fn verify_every(self, first: u64, stride: usize) {
        let mut client = Client::new(self.store, self.meter.clone());
        for object in (first..self.meter.offered()).step_by(stride) {
            match self.verify(&mut client, object).await {
                Ok(()) => self.meter.count_verified(),
                Err(failure) => self.meter.note_failure(|| failure),
            }
        }
        client.hang_up().await;
    }

    async fn verify(&self, client: &mut Client, object: u64) -> Result<(), String> {
        let stored = client
            .get(object)
            .await
            .map_err(|error| error.to_string())?;
        let source = self.source.clone();
        let compare = move || source.read(object).map(|original| original == stored);
        let same = spawn_blocking(compare).await;
        match same {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(format!("object {object} differs from its source file")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(format!("object {object}: {error}")),
        }
    }
}

//! Finding leaks in a service that runs: what grows, what is kept, and what is too large, each named
//! by the line that spawned it.
//!
//!     cargo run --release --example leak-hunt
//!
//! The service below answers requests, and leaks in three ways that no tool for memory tells apart:
//! it keeps join handles that it never awaits, it forgets to stop a task for each connection, and it
//! holds a buffer for life that it needed for a moment.

use std::collections::HashMap;
use std::panic::Location;
use std::process::ExitCode;
use std::time::Duration;

use wane::channel;
use wane::runtime::{Census, Handle};
use wane::task::JoinHandle;
use wane::time::sleep;

/// Connections between two looks.
const CONNECTIONS: usize = 200;

#[wane::main]
async fn main() -> ExitCode {
    let mut service = Service::default();
    service.serve(CONNECTIONS).await;
    let before = Handle::current().census();
    service.serve(CONNECTIONS).await;
    let after = Handle::current().census();

    println!("everything there is, by spawn site:\n\n{after}\n");
    let suspects = suspects(&before, &after);
    for suspect in &suspects {
        println!("{}: {}", suspect.site, suspect.reason);
    }
    match suspects.len() {
        3 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// A spawn site that something is wrong with.
struct Suspect {
    site: &'static Location<'static>,
    reason: String,
}

/// What a person would look for in two reports of the same service.
fn suspects(before: &Census, after: &Census) -> Vec<Suspect> {
    let earlier: HashMap<_, _> = (before.sites().iter())
        .map(|site| (site.spawned_at(), (site.live(), site.retained())))
        .collect();
    let mut suspects = Vec::new();
    for site in after.sites() {
        let (live, retained) = earlier.get(site.spawned_at()).copied().unwrap_or_default();
        let bytes = site.future_bytes() / site.live().max(1);
        let reason = if site.retained() >= retained + CONNECTIONS {
            format!(
                "{} results wait for somebody to take them ({} bytes), {} more than before: \
                 await or drop the join handles",
                site.retained(),
                site.retained_bytes(),
                site.retained() - retained
            )
        } else if site.live() >= live + CONNECTIONS {
            format!(
                "{} tasks live, {} more than before: who ends them?",
                site.live(),
                site.live() - live
            )
        } else if bytes > 16 * 1024 {
            format!("each task keeps {bytes} bytes: put the part that needs them into a `stage`")
        } else {
            continue;
        };
        suspects.push(Suspect {
            site: site.spawned_at(),
            reason,
        });
    }
    suspects
}

/// The service.
#[derive(Default)]
struct Service {
    /// First leak: kept "to await them some day".
    audits: Vec<JoinHandle<[u8; 512]>>,
    ticker: Option<JoinHandle<()>>,
}

impl Service {
    /// Serves so many connections, one after the other.
    async fn serve(&mut self, connections: usize) {
        if self.ticker.is_none() {
            // Third leak: the buffer is needed to start up, and stays for as long as the task.
            self.ticker = Some(wane::spawn(tick()));
        }
        for connection in 0..connections {
            self.serve_one(connection).await;
        }
        // Whatever comes to an end by itself has come to it.
        sleep(Duration::from_millis(20)).await;
    }

    async fn serve_one(&mut self, connection: usize) {
        let (requests, heartbeat) = channel::bounded::<usize>(1);
        // Second leak: it waits for a message that nobody sends, since its sender is forgotten.
        wane::spawn(async move { while heartbeat.recv().await.is_ok() {} });
        let answer = wane::spawn(async move { connection * 2 });
        assert_eq!(answer.await.ok(), Some(connection * 2));
        self.audits
            .push(wane::spawn(async move { [connection as u8; 512] }));
        std::mem::forget(requests);
    }
}

/// Warms up with a large buffer, then ticks for ever.
async fn tick() {
    let mut buffer = [0u8; 64 * 1024];
    warm_up(&mut buffer).await;
    loop {
        sleep(Duration::from_millis(5)).await;
    }
}

async fn warm_up(buffer: &mut [u8]) {
    wane::task::yield_now().await;
    buffer.fill(1);
}

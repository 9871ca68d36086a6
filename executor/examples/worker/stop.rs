//! Stopping: one word that only ever rises, and that every task can look at or wait for.

use std::process;
use std::sync::Arc;

use wane::sync::watch;

/// The exit status of a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// How urgently the run is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    /// No new offers; what was offered is stored and read back.
    Draining,
    /// Everything is given up at the next opportunity.
    GivenUp,
}

/// A shared request to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stop(Arc<watch::Sender<Stage>>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Stage::Running)))
    }

    /// Makes Ctrl-C (and the signals that ask a program to end) raise the stage by one.
    pub(crate) fn on_ctrl_c(&self) -> Result<(), ctrlc::Error> {
        let stop = self.clone();
        ctrlc::set_handler(move || stop.escalate())
    }

    /// Asks for a graceful end: no new offers.
    pub(crate) fn drain(&self) {
        self.0
            .send_if_modified(|stage| raise(stage, Stage::Draining));
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow() > Stage::Running
    }

    /// Waits until no new offers are wanted.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the request stays where it is.
    pub(crate) async fn asked(&self) {
        self.reached(Stage::Draining).await;
    }

    /// Waits until the whole run is given up.
    ///
    /// # Cancellation
    ///
    /// *Strict*: the request stays where it is.
    pub(crate) async fn given_up(&self) {
        self.reached(Stage::GivenUp).await;
    }

    async fn reached(&self, wanted: Stage) {
        let mut stage = self.0.subscribe();
        // The sender lives in `self`, so this ends only by the stage being reached.
        let _ = stage.wait_for(|stage| *stage >= wanted).await;
    }

    /// Runs on the signal thread. A third Ctrl-C means that even giving up takes too long:
    /// the program ends at once, and the store's directory stays behind.
    fn escalate(&self) {
        let before = *self.0.borrow();
        match before {
            Stage::Running => {
                eprintln!("\nstopping: storing what was offered, then reading it back");
                self.drain();
            }
            Stage::Draining => {
                eprintln!("\ngiving up");
                self.0
                    .send_if_modified(|stage| raise(stage, Stage::GivenUp));
            }
            Stage::GivenUp => process::exit(i32::from(INTERRUPTED)),
        }
    }
}

fn raise(stage: &mut Stage, to: Stage) -> bool {
    let rises = *stage < to;
    *stage = (*stage).max(to);
    rises
}

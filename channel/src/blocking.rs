//! The ends for plain threads: the same lines as the futures, but a partner does the work of a
//! sleeping thread and wakes it once, when it is done.

use std::cell::OnceCell;

use crate::base::sync::Arc;
use crate::error::{RecvError, SendError};
use crate::parking::Parking;
use crate::shared::Shared;
use crate::sleeper::Sleeper;
use crate::state::Blocking;

/// Sends from a thread that may sleep.
pub(crate) fn send<T>(shared: &Shared<T>, message: T) -> Result<(), SendError<T>> {
    let parking = LazyParking::new();
    let begun =
        shared.step(|state, wakes| state.send_or_enlist(message, || parking.sleeper(), wakes));
    let key = match begun {
        Blocking::Over(outcome) => return outcome.map_err(SendError),
        Blocking::Waits(key) => key,
    };
    parking.get().wait();
    match shared.step(|state, _| state.end_send_wait(key)) {
        Blocking::Over(outcome) => outcome.map_err(SendError),
        Blocking::Waits(_) => unreachable!("a thread is woken after it has left the line"),
    }
}

/// Receives on a thread that may sleep.
pub(crate) fn recv<T>(shared: &Shared<T>) -> Result<T, RecvError> {
    let parking = LazyParking::new();
    let begun = shared.step(|state, wakes| state.recv_or_enlist(|| parking.sleeper(), wakes));
    let key = match begun {
        Blocking::Over(outcome) => return outcome,
        Blocking::Waits(key) => key,
    };
    parking.get().wait();
    match shared.step(|state, wakes| state.end_recv_wait(key, wakes)) {
        Blocking::Over(outcome) => outcome,
        Blocking::Waits(_) => unreachable!("a thread is woken after it has left the line"),
    }
}

/// A sleep that costs nothing until it is needed.
#[derive(Debug)]
pub(crate) struct LazyParking(OnceCell<Arc<Parking>>);

impl LazyParking {
    pub(crate) fn new() -> Self {
        Self(OnceCell::new())
    }

    pub(crate) fn get(&self) -> &Arc<Parking> {
        self.0.get_or_init(|| Arc::new(Parking::new()))
    }

    /// What the partner needs to end the sleep.
    pub(crate) fn sleeper(&self) -> Sleeper {
        Sleeper::Thread(Arc::clone(self.get()))
    }
}

//! The ends for plain threads: the same lines as the futures, but a partner does the work of a
//! sleeping thread and wakes it once, when it is done.

use std::pin::pin;
use std::time::Instant;

use crate::base::sync::Arc;
use crate::booth::Booth;
use crate::error::{RecvTimeoutError, SendTimeoutError, TryRecvError};
use crate::line::{Line, Wait};
use crate::shared::Shared;
use crate::state::{Blocking, NoSlot};

/// Sends from a thread that may sleep, until the deadline if there is one.
pub(crate) fn send<T>(
    shared: &Shared<T>,
    message: T,
    deadline: Option<Instant>,
) -> Result<(), SendTimeoutError<T>> {
    let mut message = Some(message);
    match shared.try_send(&mut message) {
        Err(NoSlot::Full) => {}
        decided => return or_give_back(decided, message),
    }
    let booth = Arc::new(Booth::new(message));
    let mut wait = pin!(Wait::new(shared));
    wait.as_mut().enter(Line::Senders);
    let begun = wait
        .as_ref()
        .step(|state, seat, wakes| state.send_or_enlist(seat, &booth, wakes));
    if let Blocking::Over(decided) = begun {
        wait.leave();
        return or_give_back(decided, booth.take());
    }
    booth.wait(deadline);
    if booth.is_empty() {
        // Accepted: its partner has taken the message, and the thread out of its line.
        wait.leave();
        return Ok(());
    }
    // Whether the deadline came first is decided here, under the lock.
    let ended = wait
        .as_ref()
        .step(|state, seat, _| state.end_send_wait(seat));
    wait.leave();
    or_give_back(ended, booth.take())
}

/// Receives on a thread that may sleep, until the deadline if there is one.
pub(crate) fn recv<T>(
    shared: &Shared<T>,
    deadline: Option<Instant>,
) -> Result<T, RecvTimeoutError> {
    let mut outcome = Err(RecvTimeoutError::Timeout);
    match shared.try_recv(&mut outcome, Ok) {
        Ok(()) => return outcome,
        Err(TryRecvError::Closed) => return Err(RecvTimeoutError::Closed),
        Err(TryRecvError::Empty) => {}
    }
    let booth = Arc::new(Booth::new(None));
    let mut wait = pin!(Wait::new(shared));
    wait.as_mut().enter(Line::Receivers);
    let begun = wait
        .as_ref()
        .step(|state, seat, wakes| state.recv_or_enlist(seat, &booth, wakes));
    if let Blocking::Over(decided) = begun {
        wait.leave();
        return decided.map_err(|_closed| RecvTimeoutError::Closed);
    }
    booth.wait(deadline);
    if let Some(message) = booth.take() {
        // Handed over, and out of the line.
        wait.leave();
        return Ok(message);
    }
    let ended = wait
        .as_ref()
        .step(|state, seat, wakes| state.end_recv_wait(seat, &booth, wakes));
    wait.leave();
    ended
}

/// A message that was not accepted comes back.
fn or_give_back<T>(
    sent: Result<(), NoSlot>,
    message: Option<T>,
) -> Result<(), SendTimeoutError<T>> {
    match (sent, message) {
        (Err(NoSlot::Closed), Some(message)) => Err(SendTimeoutError::Closed(message)),
        (Err(NoSlot::Full), Some(message)) => Err(SendTimeoutError::Timeout(message)),
        _ => Ok(()),
    }
}

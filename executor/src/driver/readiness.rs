//! The readiness word of a socket: what it is ready for, as of which event, and nothing else.
//!
//! The system reports a socket's readiness once, when it arises (edge-triggered). The word keeps
//! the report until an operation finds that it is used up. Between that finding and the clearing,
//! a new report may come in, which the clearing must not erase: so each report has a number, its
//! tick, and only the report that was acted upon can be cleared.
//!
//! Word: `{ tick: 56 bits, shut_down: 1, unused: 1, ready: 6 }`.
//!
//! | `ready`  | `shut_down` | meaning                                                          |
//! |:--------:|:-----------:|------------------------------------------------------------------|
//! | none     |      0      | an operation would have to wait                                  |
//! | some     |      0      | reported and not yet used up: try the operation                  |
//! | any      |      1      | the runtime is gone: every operation fails, for good             |
//!
//! Invariants:
//!
//! - R1. `tick` counts the reports. It grows by one with each and never otherwise, so that
//!   two looks with equal ticks saw the same latest report.
//! - R2. A flag is cleared only by [`Readiness::clear`] with an [`Event`] of the latest tick. So
//!   a report that came after that event's look is never lost.
//! - R3. `READ_CLOSED` and `WRITE_CLOSED` are never cleared: what is closed stays closed, and the
//!   system does not report it twice.
//! - R4. `shut_down` is never cleared.
//!
//! # Happens-before
//!
//! - [`Readiness::announce`] (Release) → [`Readiness::look`] (Acquire): who sees the report sees
//!   what its reporter did before.
//! - [`Readiness::shut_down`] (Release) → [`Readiness::look`] (Acquire): likewise for the end.
//! - [`Readiness::clear`] (Acquire) takes part in the modification order only: it either comes
//!   before a report, which then sets the flags again, or after it, and is refused by the tick.

use std::fmt;

use wane_channel::base::sync::Transition;
use wane_channel::base::sync::atomic::{AtomicU64, Ordering};

use super::interest::Ready;

/// The runtime is gone. Not set while the driver lives.
const SHUT_DOWN: u64 = 1 << 7;
/// One report.
const TICK: u64 = 1 << 8;
/// Where the flags are.
const READY: u64 = Ready::ALL.bits() as u64;

/// A readiness that was seen, and with which report it was the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    tick: u64,
    /// What of the wanted readiness there was.
    pub(crate) ready: Ready,
}

/// What a look at the word shows to someone who wants certain flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Look {
    /// Try the operation, and clear this event where it would have to wait.
    Ready(Event),
    /// Wait for a report.
    NotReady,
    /// Give up: there will be no report.
    ShutDown,
}

/// The word.
pub(crate) struct Readiness(AtomicU64);

impl Readiness {
    /// Ready for nothing, no report yet.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// What is there of `wanted`.
    pub(crate) fn look(&self, wanted: Ready) -> Look {
        // ORDERING: Acquire pairs with the Release of `announce` and `shut_down`.
        let word = self.0.load(Ordering::Acquire);
        let ready = flags(word) & wanted;
        if word & SHUT_DOWN != 0 {
            Look::ShutDown
        } else if ready.is_empty() {
            Look::NotReady
        } else {
            Look::Ready(Event {
                tick: word / TICK,
                ready,
            })
        }
    }

    /// `{ tick, ready } → { tick + 1, ready | reported }`.
    pub(crate) fn announce(&self, reported: Ready) {
        let announced = |word: u64| Some(word.wrapping_add(TICK) | u64::from(reported.bits()));
        // ORDERING: Release pairs with the Acquire of `look`.
        let step = self.0.transition(Ordering::Release, announced);
        debug_assert!(step.is_ok(), "a report is never refused");
    }

    /// `{ tick, ready } → { tick, ready - event.ready }` if `tick` is the event's, lasting flags
    /// excepted; no move where a later report has come in.
    pub(crate) fn clear(&self, event: Event) {
        let used_up = u64::from((event.ready - Ready::LASTING).bits());
        let cleared = |word: u64| {
            let may_clear = word / TICK == event.tick && word & used_up != 0;
            may_clear.then_some(word & !used_up)
        };
        // ORDERING: Acquire suffices: a clearing publishes nothing, see the header.
        // A refusal (R2) means that there is something new to try, which the caller's next look
        // will show.
        let _ = self.0.transition(Ordering::Acquire, cleared);
    }

    /// `{ shut_down: 0 } → { shut_down: 1 }`.
    pub(crate) fn shut_down(&self) {
        // ORDERING: Release pairs with the Acquire of `look`.
        self.0.fetch_or(SHUT_DOWN, Ordering::Release);
    }
}

fn flags(word: u64) -> Ready {
    Ready::from_bits((word & READY) as u8)
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ORDERING: Relaxed: a picture for people.
        let word = self.0.load(Ordering::Relaxed);
        f.debug_struct("Readiness")
            .field("tick", &(word / TICK))
            .field("shut_down", &(word & SHUT_DOWN != 0))
            .field("ready", &flags(word))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::Interest;

    fn seen(word: &Readiness, interest: Interest) -> Event {
        match word.look(interest.mask()) {
            Look::Ready(event) => event,
            other => panic!("{other:?} in {word:?}"),
        }
    }

    #[test]
    fn a_report_stays_until_it_is_used_up() {
        let word = Readiness::new();
        assert_eq!(word.look(Ready::ALL), Look::NotReady);
        word.announce(Ready::READABLE);
        let event = seen(&word, Interest::READABLE);
        assert_eq!(event, seen(&word, Interest::READABLE));
        assert_eq!(word.look(Interest::WRITABLE.mask()), Look::NotReady);
        word.clear(event);
        assert_eq!(word.look(Ready::ALL), Look::NotReady);
    }

    #[test]
    fn a_report_between_the_look_and_the_clearing_survives() {
        let word = Readiness::new();
        word.announce(Ready::READABLE);
        let stale = seen(&word, Interest::READABLE);
        word.announce(Ready::READABLE);
        word.clear(stale);
        let fresh = seen(&word, Interest::READABLE);
        word.clear(fresh);
        assert_eq!(word.look(Ready::ALL), Look::NotReady);
    }

    #[test]
    fn clearing_one_direction_leaves_the_other() {
        let word = Readiness::new();
        word.announce(Ready::READABLE | Ready::WRITABLE);
        word.clear(seen(&word, Interest::READABLE));
        assert_eq!(seen(&word, Interest::WRITABLE).ready, Ready::WRITABLE);
    }

    #[test]
    fn what_is_closed_stays_closed() {
        let word = Readiness::new();
        word.announce(Ready::READABLE | Ready::READ_CLOSED);
        word.clear(seen(&word, Interest::READABLE));
        assert_eq!(seen(&word, Interest::READABLE).ready, Ready::READ_CLOSED);
    }

    #[test]
    fn a_shut_down_runtime_hides_every_readiness() {
        let word = Readiness::new();
        word.announce(Ready::READABLE);
        word.shut_down();
        assert_eq!(word.look(Ready::ALL), Look::ShutDown);
        word.announce(Ready::WRITABLE);
        assert_eq!(word.look(Ready::ALL), Look::ShutDown);
    }
}

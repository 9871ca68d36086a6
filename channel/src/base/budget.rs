//! How much a task may do before it must yield.
//!
//! A task that always finds a message or a readable socket would never return from its poll.
//! The executor refills the budget before each poll, channels and sockets spend one unit for each
//! step that did not wait, and at zero they report "not ready" once and wake the task again.
//! Outside of our executor nothing refills the budget and nothing is refused: other executors
//! have rules of their own.

use std::cell::Cell;
use std::task::{Context, Poll};

/// Units in a full budget, one for each step that did not have to wait.
pub const UNITS_PER_POLL: u8 = 128;

/// Stands for "this thread is not inside a poll of our executor".
const UNLIMITED: u8 = u8::MAX;

thread_local! {
    static UNITS: Cell<u8> = const { Cell::new(UNLIMITED) };
}

/// Gives the task that is about to be polled a full budget. The executor calls this.
#[inline]
pub fn refill() {
    UNITS.set(UNITS_PER_POLL);
}

/// Leaves this thread without a limit, as between polls. The executor calls this.
#[inline]
pub fn lift() {
    UNITS.set(UNLIMITED);
}

/// Runs `work` without a limit and puts back what was left before, also when it panics.
pub fn unlimited<R>(work: impl FnOnce() -> R) -> R {
    struct Restore(u8);
    impl Drop for Restore {
        fn drop(&mut self) {
            UNITS.set(self.0);
        }
    }
    let _restore = Restore(UNITS.replace(UNLIMITED));
    work()
}

/// Spends one unit, or wakes the task and reports `Pending` where none is left.
///
/// Do not take the step on `Pending`. A step that turns out to wait gives its unit back
/// ([`refund`]).
#[inline]
pub fn spend(ctx: &Context<'_>) -> Poll<()> {
    match UNITS.get() {
        UNLIMITED => Poll::Ready(()),
        0 => {
            ctx.waker().wake_by_ref();
            Poll::Pending
        }
        left => {
            UNITS.set(left - 1);
            Poll::Ready(())
        }
    }
}

/// Gives back the unit of a step that had to wait after all.
#[inline]
pub fn refund() {
    match UNITS.get() {
        UNLIMITED => {}
        left => UNITS.set(left + 1),
    }
}

/// True where the next [`spend`] would be refused.
#[inline]
pub fn is_spent() -> bool {
    UNITS.get() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn a_poll_may_spend_its_units_and_no_more() {
        let ctx = Context::from_waker(Waker::noop());
        refill();
        for _ in 0..UNITS_PER_POLL {
            assert!(spend(&ctx).is_ready());
        }
        assert!(spend(&ctx).is_pending());
        assert!(is_spent());
        assert!(unlimited(|| spend(&ctx)).is_ready());
        assert!(spend(&ctx).is_pending());
        refund();
        assert!(spend(&ctx).is_ready());
        lift();
        refund();
        assert!(spend(&ctx).is_ready());
    }
}

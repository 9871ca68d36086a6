//! Blocking that is declared where it happens.

use super::super::core::Flavor;
use super::super::local;
use crate::context;
use wane_channel::base::budget;

/// Runs a closure that may block on the present thread, and has another one do this worker's work
/// meanwhile.
///
/// Every task of this worker goes to others at once; only the task that calls this waits, with all
/// that it polls itself (`join!`, `select!`). [`spawn_blocking`](crate::task::spawn_blocking) is the
/// better way where the closure can move to another thread.
///
/// Where nobody waits for this thread the closure just runs: outside of a runtime, on a thread of the
/// blocking pool, and inside another `block_in_place`. So it does in a
/// [`LocalSet`](crate::task::LocalSet), whose other tasks wait: they cannot leave the thread. (tokio
/// panics there.)
///
/// ```
/// # let rt = wane::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// # rt.block_on(async {
/// let task = wane::spawn(async {
///     let other = wane::spawn(async { 42 });
///     // The only worker waits for a task, which another thread runs meanwhile.
///     wane::task::block_in_place(|| wane::runtime::Handle::current().block_on(other).unwrap())
/// });
/// assert_eq!(task.await.unwrap(), 42);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
///
/// When the closure does, and in a task of a current-thread runtime: there is no other thread.
#[track_caller]
pub fn block_in_place<F, R>(closure: F) -> R
where
    F: FnOnce() -> R,
{
    let Some(seat) = local::present_seat() else {
        let _may_block = context::leave_polling();
        return budget::unlimited(closure);
    };
    assert!(
        seat.core.flavor() == Flavor::MultiThread,
        "`block_in_place` needs a multi-thread runtime: on the only thread nobody else can go on. \
         Use `spawn_blocking`"
    );
    let _stood_up = local::stand_up();
    seat.declare_blocked();
    let _back = Back(&seat);
    let _may_block = context::leave_polling();
    budget::unlimited(closure)
}

/// Takes the declaration back.
struct Back<'a>(&'a local::Seat);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.0.take_back_blocked();
    }
}

//! The threads of spare workers; who sits where is the [`bench`](mod@bench)'s to know.

use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Arc;

use super::super::bench::{self, Bench, HandOver, Substitute};
use super::super::core::{Core, call};
use super::super::local::{self, Seat};
use super::super::team::{Team, WakeDriver};
use super::super::threads::{AbortOnPanic, Threads};
use super::super::worker::{Until, Worker};
use super::gauge::Sight;
use crate::context;
use crate::parts::clock;

/// How long one that has retired waits for the next call.
const LINGER: Duration = Duration::from_secs(2);

/// What is to be seen of the whole team, spare seats included.
pub(super) fn see<D: WakeDriver>(bench: &Bench, team: &Team<D>, sights: &mut Vec<Sight>) {
    bench.hold_still(|is_working| {
        sights.extend(team.at_work().iter().enumerate().map(|(index, remote)| {
            let spare = is_working(index);
            Sight {
                polls: remote.polls.get(),
                is_asleep: remote.sleep.is_asleep(),
                is_in_driver: remote.sleep.is_in_driver(),
                is_declared: remote.is_blocked(),
                is_spare: spare.is_some(),
                is_vacant: spare == Some(false),
                has_tasks: !remote.stealer.is_empty() || !remote.next.is_empty(),
            }
        }));
    });
}

/// Puts one more to work. Returns whether there was one.
///
/// # Errors
///
/// The system refuses the thread.
pub(super) fn call_in(core: &Arc<Core>, threads: &Threads) -> io::Result<bool> {
    core.rescue.bench.call_in(&core.team, |spare, queue| {
        let core = Arc::clone(core);
        threads.builder()?.spawn(move || work(&core, spare, queue))
    })
}

/// A spare worker thread's life.
fn work(core: &Arc<Core>, spare: usize, queue: HandOver) {
    let bench = &core.rescue.bench;
    let queue = queue.take();
    local::hire(core);
    let _context = context::enter_runtime(core.driver_handle().clone(), core.clone());
    let _polling = context::enter_polling();
    if !core.exit.enter() {
        // The runtime is over, and its end did not wait for this one.
        bench.vacate(&core.team, spare, queue);
        return;
    }
    call(core.config.on_thread_start.as_ref());
    let ours = AbortOnPanic;
    let seat = Rc::new(Seat::new(core.clone(), bench.seat_of(spare), queue));
    let seated = local::sit(&seat);
    let mut worker = Worker::new(seat.clone());
    bench::live(&mut worker);
    drop(worker);
    std::mem::forget(ours);
    drop(seated);
    let seat = Rc::into_inner(seat).expect("the worker and its thread have let go of the seat");
    bench.vacate(&core.team, spare, seat.queue);
    call(core.config.on_thread_stop.as_ref());
}

impl Substitute for Worker {
    fn bench(&self) -> &Bench {
        &self.core().rescue.bench
    }

    fn lingers_until(&self) -> Option<Instant> {
        Some(clock::now() + LINGER)
    }

    fn work(&mut self) {
        let core = self.core().clone();
        let index = self.seat.index;
        self.run(&mut Retired { core: &core, index });
    }

    fn is_stopping(&self) -> bool {
        self.core().is_stopping()
    }
}

/// Until it is sent away.
struct Retired<'a> {
    core: &'a Core,
    index: usize,
}

impl Until for Retired<'_> {
    #[inline]
    fn is_reached(&mut self) -> bool {
        self.core.is_stopping() || self.core.team.remotes[self.index].is_dismissed()
    }
}

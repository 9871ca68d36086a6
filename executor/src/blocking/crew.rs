//! Who is in the pool: every thread's seat, the stack of idle ones, and the handles of those that
//! have left. Plain data under the pool's lock.
//!
//! | standing    | counted as | meaning                                                    |
//! |-------------|------------|------------------------------------------------------------|
//! | `Launching` | active     | promised: the system has not yet said yes or no            |
//! | `Called`    | active     | given by the system or woken, but has not had its turn yet |
//! | `Active`    | active     | runs a job or is just about to look at the queue           |
//! | `Waiting`   | waiting    | inside a job, asleep in one of our primitives, which said so |
//! | `Abandoned` | abandoned  | inside a job that was aborted, awake or asleep: nobody counts on it |
//! | `Idle`      | idle       | on the stack, asleep on the condition of its seat          |
//! | `Leaving`   | present    | takes no more jobs; runs the user's last hook              |
//! | `Gone`      | present    | is through, but whoever started it has not kept its handle |
//! | `Probe`     | present    | looks for stalls and runs no jobs                          |
//!
//! Invariants:
//!
//! - C1. A seat is in `idle` exactly while its standing is `Idle`.
//! - C2. No thread is added where `active + idle` is at [`Limits::max`]; only threads that come back
//!   from a wait or an abandoned job bring it above. With those that wait there are at most
//!   [`Limits::WAITS`] more. Those that are abandoned come on top of all: a thread that nobody can have
//!   back must not keep the work of others from its place, and only the system's limit ends that.
//! - C3. Each thread's handle is joined by the thread that leaves after it, the last one's by
//!   [`Crew::take_departed`]. So no finished thread waits to be joined but one.

use std::collections::HashMap;
use std::mem;

use wane_channel::base::sync::thread::{JoinHandle, ThreadId};
use wane_channel::base::sync::{Arc, Condvar};

use super::config::Limits;
use super::mark::Mark;
use super::queue::Pick;

/// Names one thread of the pool; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Number(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Launching,
    Called,
    Active,
    Waiting,
    Abandoned,
    Idle,
    Leaving,
    Gone,
    Probe,
}

/// What an active thread takes from the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The oldest job first, whatever happens. There are at most [`Limits::base`] of these.
    Regular,
    /// Begins with this; see [`Aim`](super::aim::Aim).
    Extra(Pick),
}

#[derive(Debug)]
struct Seat {
    standing: Standing,
    /// For as long as the thread is active or waits.
    role: Role,
    /// What the thread runs, for aborts.
    mark: Arc<Mark>,
    /// What the thread sleeps on; its own, so that one notification wakes this thread.
    wake: Arc<Condvar>,
    /// Known once the thread has arrived.
    thread: Option<ThreadId>,
    handle: Option<JoinHandle<()>>,
}

/// Why one more active thread is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A job came.
    Work,
    /// Jobs are done more slowly than the threads at work could do them.
    Slowness,
    /// Jobs wait and nothing moves.
    Stall,
}

/// What [`Crew::recruit`] found.
#[derive(Debug)]
#[must_use]
pub(super) enum Recruit {
    /// Notify it, once the lock is free.
    Wake(Arc<Condvar>),
    /// Start a thread for this seat, once the lock is free; then [`Crew::keep`] its handle or
    /// [`Crew::retract`] it.
    Launch(Number),
    /// The limit for this need is reached.
    Nobody,
}

#[derive(Debug, Default)]
pub(super) struct Crew {
    seats: HashMap<Number, Seat>,
    /// The newest idle thread is last.
    idle: Vec<Number>,
    /// Seats with the standing `Launching`.
    launching: usize,
    /// Seats with the standing `Called`.
    called: usize,
    /// Seats with the standing `Active`.
    active: usize,
    /// Seats with the standing `Waiting`.
    waiting: usize,
    /// Seats with the standing `Abandoned`.
    abandoned: usize,
    /// Active and waiting seats with the role `Regular`.
    regulars: usize,
    next_number: u64,
    departed: Option<JoinHandle<()>>,
}

impl Crew {
    /// Threads for jobs: active, in a wait, abandoned, or idle.
    pub(super) fn threads(&self) -> usize {
        self.active() + self.waiting + self.abandoned + self.idle()
    }

    pub(super) fn active(&self) -> usize {
        self.launching + self.called + self.active
    }

    /// Threads on their way to the queue that have not had their turn on a core yet.
    pub(super) fn coming(&self) -> usize {
        self.launching + self.called
    }

    pub(super) fn idle(&self) -> usize {
        self.idle.len()
    }

    /// All that must be gone before the pool is: the leaving and the probe too.
    pub(super) fn present(&self) -> usize {
        self.seats.len()
    }

    /// Whether there is a thread that looks at the queue before it leaves, and is counted on for it.
    pub(super) fn has_thread(&self) -> bool {
        self.called + self.active + self.waiting + self.idle() > 0
    }

    /// Whether threads are promised of which the system has not yet said anything.
    pub(super) fn is_launching(&self) -> bool {
        self.launching > 0
    }

    pub(super) fn is_idle(&self, number: Number) -> bool {
        self.seat(number).standing == Standing::Idle
    }

    pub(super) fn has_member(&self, thread: ThreadId) -> bool {
        let mut seats = self.seats.values();
        seats.any(|seat| seat.thread == Some(thread))
    }

    /// `idle → called` for the newest idle thread, or a new seat, or neither. Beyond the base it begins
    /// with `pick`.
    pub(super) fn recruit(&mut self, need: Need, pick: Pick, limits: Limits) -> Recruit {
        let (wake_max, launch_max) = match need {
            Need::Work => (limits.open, limits.base),
            Need::Slowness => (limits.open, limits.open),
            Need::Stall => (limits.max, limits.max),
        };
        let role = match need {
            Need::Work | Need::Slowness if self.regulars < limits.base => Role::Regular,
            _ => Role::Extra(pick),
        };
        let load = self.active() + self.waiting.saturating_sub(limits.waits_free(need));
        let has_idle = !self.idle.is_empty();
        if has_idle && load < wake_max {
            let wake = self.wake_newest(role);
            return wake.map_or(Recruit::Nobody, Recruit::Wake);
        }
        if !has_idle && load < launch_max {
            return Recruit::Launch(self.take_seat(Standing::Launching, role));
        }
        Recruit::Nobody
    }

    /// `idle → called` for all: what they sleep on.
    pub(super) fn wake_all(&mut self) -> Vec<Arc<Condvar>> {
        std::iter::from_fn(|| self.wake_newest(Role::Extra(Pick::Oldest))).collect()
    }

    /// A seat for the thread that looks for stalls.
    pub(super) fn seat_probe(&mut self) -> Number {
        self.take_seat(Standing::Probe, Role::Extra(Pick::Oldest))
    }

    /// The thread of the probe is there.
    pub(super) fn meet_probe(&mut self, number: Number, thread: ThreadId) {
        let seat = self.seat_mut(number);
        debug_assert_eq!(seat.standing, Standing::Probe);
        seat.thread = Some(thread);
    }

    /// The thread itself is there: `launching, called → active`; its role from now on, and its mark.
    pub(super) fn arrive(&mut self, number: Number, thread: ThreadId) -> (Role, Arc<Mark>) {
        self.settle(number);
        let seat = self.seat_mut(number);
        seat.thread = Some(thread);
        let mark = Arc::clone(&seat.mark);
        (self.answer(number), mark)
    }

    /// The system gave the thread: `launching → called` unless the thread was first.
    ///
    /// Returns a departed thread to join where this one is already through.
    pub(super) fn keep(
        &mut self,
        number: Number,
        handle: JoinHandle<()>,
    ) -> Option<JoinHandle<()>> {
        self.settle(number);
        let seat = self.seat_mut(number);
        if seat.standing == Standing::Gone {
            self.give_up_seat(number);
            return self.departed.replace(handle);
        }
        seat.handle = Some(handle);
        None
    }

    /// The system refused the thread.
    pub(super) fn retract(&mut self, number: Number) {
        if self.seat(number).standing == Standing::Launching {
            self.launching -= 1;
            self.lay_down_role(number);
        }
        self.give_up_seat(number);
    }

    /// `active → idle`; what to sleep on.
    pub(super) fn rest(&mut self, number: Number) -> Arc<Condvar> {
        self.move_on(number, Standing::Active, Standing::Idle);
        self.active -= 1;
        self.lay_down_role(number);
        self.idle.push(number);
        Arc::clone(&self.seat(number).wake)
    }

    /// `called → active`; its role from now on.
    pub(super) fn answer(&mut self, number: Number) -> Role {
        self.move_on(number, Standing::Called, Standing::Active);
        self.called -= 1;
        self.active += 1;
        self.seat(number).role
    }

    /// `active → waiting`: others may work meanwhile. It keeps its role: of a crowd that is stuck, those
    /// that are set free must not all go and serve the front. No move from `abandoned`.
    pub(super) fn begin_wait(&mut self, number: Number) {
        if self.is_abandoned(number) {
            return;
        }
        self.move_on(number, Standing::Active, Standing::Waiting);
        self.active -= 1;
        self.waiting += 1;
    }

    /// `waiting → active`, whoever works meanwhile. No move from `abandoned`.
    pub(super) fn end_wait(&mut self, number: Number) {
        if self.is_abandoned(number) {
            return;
        }
        self.move_on(number, Standing::Waiting, Standing::Active);
        self.waiting -= 1;
        self.active += 1;
    }

    /// `active, waiting → abandoned`, where the thread runs the closure of this job. Whether it does.
    pub(super) fn abandon(&mut self, number: Number, job: u64) -> bool {
        let seat = self.seat_mut(number);
        if !seat.mark.abandon(job) {
            return false;
        }
        let before = mem::replace(&mut seat.standing, Standing::Abandoned);
        match before {
            Standing::Active => self.active -= 1,
            Standing::Waiting => self.waiting -= 1,
            other => unreachable!("a thread that runs a job is {other:?}"),
        }
        self.abandoned += 1;
        self.lay_down_role(number);
        true
    }

    /// `abandoned → active`: the closure has ended after all. It is an extra thread until it rests.
    pub(super) fn take_back(&mut self, number: Number) {
        self.move_on(number, Standing::Abandoned, Standing::Active);
        self.abandoned -= 1;
        self.active += 1;
        self.seat_mut(number).role = Role::Extra(Pick::Oldest);
    }

    fn is_abandoned(&self, number: Number) -> bool {
        self.seat(number).standing == Standing::Abandoned
    }

    /// `active → leaving`.
    pub(super) fn leave(&mut self, number: Number) {
        self.move_on(number, Standing::Active, Standing::Leaving);
        self.active -= 1;
        self.lay_down_role(number);
    }

    /// `idle → leaving`: nobody needed it for as long as threads are kept.
    pub(super) fn expire(&mut self, number: Number) {
        self.move_on(number, Standing::Idle, Standing::Leaving);
        // The one that rests longest lies first.
        self.idle.retain(|&other| other != number);
        self.idle.shrink_to(4 * self.idle.len());
    }

    /// `leaving → no seat`, or `→ gone` until [`Crew::keep`]; also for the probe.
    ///
    /// Returns the thread that departed before, to be joined.
    pub(super) fn depart(&mut self, number: Number) -> Option<JoinHandle<()>> {
        let seat = self.seat_mut(number);
        debug_assert!(matches!(seat.standing, Standing::Leaving | Standing::Probe));
        if let Some(handle) = seat.handle.take() {
            self.give_up_seat(number);
            return self.departed.replace(handle);
        }
        seat.standing = Standing::Gone;
        None
    }

    /// The last thread that departed, to be joined.
    pub(super) fn take_departed(&mut self) -> Option<JoinHandle<()>> {
        self.departed.take()
    }

    fn wake_newest(&mut self, role: Role) -> Option<Arc<Condvar>> {
        let number = self.idle.pop()?;
        self.move_on(number, Standing::Idle, Standing::Called);
        self.called += 1;
        self.take_up_role(number, role);
        Some(Arc::clone(&self.seat(number).wake))
    }

    fn take_up_role(&mut self, number: Number, role: Role) {
        self.seat_mut(number).role = role;
        if role == Role::Regular {
            self.regulars += 1;
        }
    }

    fn lay_down_role(&mut self, number: Number) {
        if self.seat(number).role == Role::Regular {
            self.regulars -= 1;
        }
    }

    fn settle(&mut self, number: Number) {
        let seat = self.seat_mut(number);
        if seat.standing == Standing::Launching {
            seat.standing = Standing::Called;
            self.launching -= 1;
            self.called += 1;
        }
    }

    fn take_seat(&mut self, standing: Standing, role: Role) -> Number {
        let number = Number(self.next_number);
        self.next_number += 1;
        let seat = Seat {
            standing,
            role: Role::Extra(Pick::Oldest),
            mark: Arc::new(Mark::new()),
            wake: Arc::new(Condvar::new()),
            thread: None,
            handle: None,
        };
        self.seats.insert(number, seat);
        self.take_up_role(number, role);
        if standing == Standing::Launching {
            self.launching += 1;
        }
        number
    }

    fn give_up_seat(&mut self, number: Number) {
        self.seats.remove(&number);
        if self.seats.capacity() > 8 * self.seats.len().max(4) {
            self.seats.shrink_to(2 * self.seats.len());
        }
    }

    fn move_on(&mut self, number: Number, from: Standing, to: Standing) {
        let seat = self.seat_mut(number);
        debug_assert_eq!(seat.standing, from, "{number:?} on its way to {to:?}");
        seat.standing = to;
    }

    fn seat(&self, number: Number) -> &Seat {
        self.seats
            .get(&number)
            .expect("a thread asks only for its own seat, which it has until it departs")
    }

    fn seat_mut(&mut self, number: Number) -> &mut Seat {
        self.seats
            .get_mut(&number)
            .expect("a thread asks only for its own seat, which it has until it departs")
    }
}

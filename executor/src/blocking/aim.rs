//! Which job a thread takes: the oldest, or in a stall what it has found to be the right ones.
//!
//! An extra thread that is added in a stall is told where to begin: with the newest job, or at any place.
//! From there it goes by its own luck. A job that ended before the next stall was the right one, and so
//! are probably those behind it, since jobs come in crowds: so the thread goes on from that place. One
//! that has met the consumers of a crowd of stuck producers goes through all of them, whatever the
//! others do; and a job that has nothing to do with the crowd misleads no other thread. After a
//! job that was stuck in a stall it takes the newest, as one does that has served the oldest until then.
//!
//! Where many threads are at work, most of them are stuck, and no way alone is to be trusted: then one in
//! eight of those that come out of a stall draws a place. Not more: of jobs that wait for jobs of their
//! own, each draw begins another chain, which takes a thread for each of its levels.
//!
//! A front that does not move while other jobs end is no stall: threads at the other end may have
//! their hands full with jobs that come and come. So that the older ones do not wait for ever, every
//! [`FRONT_LOOKS`] looks one of those threads takes one of them.
//!
//! Ways not taken: one way for all extra threads, changed when a stall shows that it is wrong (a trivial
//! job now and then, which is always the newest, passes for the end of the stall: with senders half
//! before and half behind their receivers, all threads of the cap were stuck); another random place, not
//! the newest end, after a job that was stuck (jobs that wait for jobs of their own then take a thread
//! each: 560 instead of 29, or hang at the cap).

use super::crew::Role;
use super::pace::CROWD;
use super::pool::{Job, State};
use super::queue::{Pick, Place};

/// So many looks may pass without a move at the front before somebody goes there.
const FRONT_LOOKS: u64 = 8;

/// The aim of one thread.
#[derive(Debug)]
pub(super) struct Aim {
    role: Role,
    /// Where it goes on, once it has met the right job at a place drawn at random.
    place: Option<Place>,
    /// How it took the job that it runs.
    trial: Option<Trial>,
}

#[derive(Debug, Clone, Copy)]
struct Trial {
    pick: Pick,
    /// The last stall before.
    stall: u64,
    /// The last look before.
    look: u64,
}

impl Aim {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            place: None,
            trial: None,
        }
    }

    /// Takes a job, where there is one.
    pub(super) fn take<J: Job>(&mut self, state: &mut State<J>) -> Option<J> {
        let pick = self.pick(state);
        let job = match pick {
            Pick::Oldest | Pick::Newest => state.queue.take(pick)?,
            Pick::Random => {
                let place = self.place.unwrap_or_else(|| state.queue.draw_place());
                let (job, place) = state.queue.take_at(place)?;
                self.place = Some(place.next());
                job
            }
        };
        self.trial = Some(Trial {
            pick,
            stall: state.stall,
            look: state.look,
        });
        Some(job)
    }

    /// The job has ended: learns from how long that took.
    pub(super) fn judge<J>(&mut self, state: &mut State<J>) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        let looks = state.look.wrapping_sub(trial.look);
        state.holds.note(trial.pick, looks);
        if trial.pick == Pick::Oldest {
            state.front_look = state.look;
            state.has_front_moved = true;
        }
        let Role::Extra(pick) = &mut self.role else {
            return;
        };
        // Slow jobs alone are no reason to leave the order, nor a place.
        if trial.stall != state.stall {
            *pick = way_out(state);
            self.place = None;
        }
    }

    fn pick<J>(&self, state: &mut State<J>) -> Pick {
        match self.role {
            Role::Regular | Role::Extra(Pick::Oldest) => Pick::Oldest,
            Role::Extra(pick) if state.look.wrapping_sub(state.front_look) < FRONT_LOOKS => pick,
            Role::Extra(_) => {
                state.front_look = state.look;
                // By turns: the oldest in its turn, and what may set the others free.
                match state.look.is_multiple_of(2) {
                    true => Pick::Oldest,
                    false => Pick::Random,
                }
            }
        }
    }
}

/// Where a thread goes after a job that was stuck.
fn way_out<J>(state: &mut State<J>) -> Pick {
    match state.crew.active() >= CROWD && state.queue.one_in_eight() {
        true => Pick::Random,
        false => Pick::Newest,
    }
}

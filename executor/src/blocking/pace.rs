//! How much moves: the judgement of one look at the pool, apart from the thread that looks.
//!
//! Measured with 1,000 jobs that wait to send to 1,000 jobs queued behind them (channel of five):
//! threads that are added on a stall and serve the front of the queue meet only more of what is
//! stuck, so that every job needs a thread (1,039); from the newest end, 17 threads are enough.
//! Where both ends are stuck (half of the senders before their receivers, half behind them) random
//! picks get through, but only if all extra threads pick so: the one that a receiver sets free
//! must be able to meet the next receiver. So all of them take what ended the last stall: the
//! newest first, and the other way when that has failed a few times. What ended it is told by the job
//! of an extra thread that ended before the next look, not by what was tried last.
//!
//! A random pick that was right is worth more than the next random pick: jobs come in crowds, so that the
//! ones behind it are probably right as well. A thread therefore goes on in the queue from the place of
//! a job that ended at once, and draws another place after one that was stuck. In the layout above, 1,000
//! a side, that brought the threads from about 200 (half of the random picks were senders, each of
//! which took a thread away) to 17 to 29, 43 at most.
//!
//! Ways not taken: newest and random by turns, by thread (20,000 jobs stuck at both ends fill the
//! cap of 512 and hang); an extra thread that serves the newest end once and then the front
//! (seconds instead of milliseconds); growth on the length of the queue alone (a queue of short
//! jobs is long and healthy).

use super::queue::Pick;

/// What the pool counted until a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// Jobs completed since the pool was made.
    pub(super) completed: u64,
    /// Threads that completed at least one job since the last look.
    pub(super) movers: usize,
    /// Threads that were added but have not had their turn on a core yet.
    pub(super) coming: usize,
    /// How an extra thread took a job that ended at once, where one did.
    pub(super) lucky: Option<Pick>,
    /// Whether the look itself came late, as on a machine that is busy.
    pub(super) is_late: bool,
}

/// What one look says about the time since the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// The threads that are not stuck complete one job after the other, or more are on their way:
    /// nothing to add.
    Moving,
    /// Jobs end, but each takes about a look or longer: so many more would shorten the queue.
    Slow { add: usize },
    /// Nothing ended and nobody is on the way: so many more, and twice as many after the next look
    /// like this.
    Stalled { add: usize },
}

/// What the looker remembers from look to look.
#[derive(Debug)]
pub(super) struct Gauge {
    completed: u64,
    /// Threads to add at a stall; 0 while something moves.
    step: usize,
    /// Threads added since something moved.
    extras: usize,
    /// What they tried last.
    tried: Pick,
    /// What ended the last stall.
    proven: Pick,
}

/// So many threads of one stall try what ended the last one before the other way has its turn.
const TRIALS: usize = 4;

impl Gauge {
    pub(super) fn new(completed: u64) -> Self {
        Self {
            completed,
            step: 0,
            extras: 0,
            tried: Pick::Newest,
            proven: Pick::Newest,
        }
    }

    /// Judges the time since the last look.
    ///
    /// Threads that are stuck in their jobs say nothing about how long a job takes. So slowness is
    /// judged by the movers alone: otherwise many stuck threads would call for more of their kind.
    /// And on a busy machine what has not moved may only have had no turn: a late look adds one
    /// thread at a stall and no more.
    pub(super) fn look(&mut self, progress: Progress) -> Pace {
        let done = progress.completed.wrapping_sub(self.completed);
        self.completed = progress.completed;
        if done == 0 && progress.coming > 0 {
            return Pace::Moving;
        }
        if done == 0 {
            self.step = match progress.is_late {
                true => 1,
                false => self.step.saturating_mul(2).max(1),
            };
            return Pace::Stalled { add: self.step };
        }
        self.step = 0;
        if std::mem::take(&mut self.extras) > 0 {
            self.proven = progress.lucky.unwrap_or(self.tried);
        }
        let movers = progress.movers;
        match usize::try_from(done) {
            Ok(done) if !progress.is_late && done < movers.saturating_mul(2) => Pace::Slow {
                add: (movers / 4).max(1),
            },
            _ => Pace::Moving,
        }
    }

    /// Whether nothing has ended since the last look.
    pub(super) fn is_still(&self, completed: u64) -> bool {
        self.completed == completed
    }

    /// What all extra threads take, now that the stall is over.
    pub(super) fn proven_pick(&self) -> Pick {
        self.proven
    }

    /// What all extra threads take, now that one more is added in a stall.
    pub(super) fn next_pick(&mut self) -> Pick {
        self.extras += 1;
        let other = match self.proven {
            Pick::Random => Pick::Newest,
            Pick::Newest | Pick::Oldest => Pick::Random,
        };
        let is_trial = self.extras > TRIALS && self.extras % 2 == 1;
        self.tried = if is_trial { other } else { self.proven };
        self.tried
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(gauge: &mut Gauge, completed: u64, movers: usize) -> Pace {
        gauge.look(Progress {
            completed,
            movers,
            coming: 0,
            lucky: None,
            is_late: false,
        })
    }

    #[test]
    fn a_stall_adds_twice_as_many_threads_at_each_look() {
        let mut gauge = Gauge::new(7);
        let added = [(); 4].map(|()| look(&mut gauge, 7, 0));
        assert_eq!(added, [1, 2, 4, 8].map(|add| Pace::Stalled { add }));
    }

    #[test]
    fn nothing_is_added_while_the_last_ones_are_on_their_way() {
        let mut gauge = Gauge::new(0);
        let first = look(&mut gauge, 0, 0);
        let progress = Progress {
            completed: 0,
            movers: 0,
            coming: 1,
            lucky: None,
            is_late: false,
        };
        assert_eq!(gauge.look(progress), Pace::Moving);
        let third = look(&mut gauge, 0, 0);
        assert_eq!([first, third], [1, 2].map(|add| Pace::Stalled { add }));
    }

    #[test]
    fn a_late_look_adds_one_thread() {
        let mut gauge = Gauge::new(0);
        let _first = look(&mut gauge, 0, 0);
        let _second = look(&mut gauge, 0, 0);
        let progress = Progress {
            completed: 0,
            movers: 0,
            coming: 0,
            lucky: None,
            is_late: true,
        };
        assert_eq!(gauge.look(progress), Pace::Stalled { add: 1 });
    }

    #[test]
    fn whatever_moves_ends_the_stall() {
        let mut gauge = Gauge::new(0);
        let _first = look(&mut gauge, 0, 0);
        let _second = look(&mut gauge, 0, 0);
        assert_eq!(look(&mut gauge, 100, 16), Pace::Moving);
        assert_eq!(look(&mut gauge, 100, 0), Pace::Stalled { add: 1 });
    }

    #[test]
    fn jobs_as_long_as_a_look_add_a_quarter_of_those_that_move() {
        let mut gauge = Gauge::new(0);
        assert_eq!(look(&mut gauge, 20, 16), Pace::Slow { add: 4 });
        assert_eq!(look(&mut gauge, 21, 1), Pace::Slow { add: 1 });
    }

    #[test]
    fn a_stall_begins_at_the_newest_end_and_turns_to_random_picks() {
        let mut gauge = Gauge::new(0);
        let picks = [(); 6].map(|()| gauge.next_pick());
        assert_eq!(picks[..4], [Pick::Newest; 4]);
        assert_eq!(picks[4..], [Pick::Random, Pick::Newest]);
    }

    #[test]
    fn what_ended_the_last_stall_is_tried_first() {
        let mut gauge = Gauge::new(0);
        let _picks = [(); 5].map(|()| gauge.next_pick());
        assert_eq!(look(&mut gauge, 100, 16), Pace::Moving);
        let picks = [(); 5].map(|()| gauge.next_pick());
        assert_eq!(picks[..4], [Pick::Random; 4]);
        assert_eq!(picks[4], Pick::Newest);
    }
}

//! How much moves: the judgement of one look at the pool, apart from the thread that looks.
//!
//! Measured with 1,000 jobs that wait to send to 1,000 jobs queued behind them (channel of five):
//! threads that are added on a stall and serve the front of the queue meet only more of what is
//! stuck, so that every job needs a thread (1,039); from the newest end, 17 threads are enough.
//! Where both ends are stuck (half of the senders before their receivers, half behind them) nobody gets
//! through but who begins in the middle. So after the first few every fourth thread begins at a place drawn at random; [`Aim`](super::aim::Aim) says how it goes on. With 1,000 a side that takes some
//! 30 threads. When each extra thread drew a place for each job it took 200 to 300: half of the draws were
//! senders, which take a thread away each.
//!
//! Ways not taken: an extra thread that serves the newest end once and then the front (seconds instead of
//! milliseconds); growth on the length of the queue alone (a queue of short jobs is long and healthy).

mod holds;

pub(super) use holds::Holds;

use super::queue::Pick;

/// What the pool counted until a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// Jobs completed since the pool was made.
    pub(super) completed: u64,
    /// Whether one of those was the oldest job when a thread took it, since the last look.
    pub(super) has_front_moved: bool,
    /// Threads at work, or stuck.
    pub(super) active: usize,
    /// Threads that completed at least one job since the last look.
    pub(super) movers: usize,
    /// Jobs that wait.
    pub(super) queued: usize,
    /// Threads that were added but have not had their turn on a core yet.
    pub(super) coming: usize,
    /// For how long jobs were held that have ended since the last look.
    pub(super) holds: Holds,
    /// Whether the look itself came late, as on a machine that is busy.
    pub(super) is_late: bool,
}

/// What one look says about the time since the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// The threads that are not stuck complete one job after the other, or more are on their way:
    /// nothing to add.
    Moving,
    /// Jobs end, but each takes about a look or longer, and there are many: so many more, which begin
    /// like this, would shorten the queue.
    Slow { add: usize, pick: Pick },
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
    /// Threads added in stalls since the front moved. Not since anything moved: a trivial job now and
    /// then, which is always the newest, is no reason to begin again at that end.
    extras: usize,
}

/// So many threads begin at the newest end before random places have their turn.
const TRIALS: usize = 4;

/// With so many threads at work the newest end has had its chance, whether the front moves or not.
pub(super) const CROWD: usize = 64;

/// A queue that is empty after so many looks like the last one is short enough.
const DRAIN_LOOKS: u64 = 60;

impl Gauge {
    pub(super) fn new(completed: u64) -> Self {
        Self {
            completed,
            step: 0,
            extras: 0,
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
        if progress.has_front_moved && progress.active < CROWD {
            self.extras = 0;
        }
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
        let is_slow = done < 2 * progress.movers as u64;
        let is_long = progress.queued as u64 > done.saturating_mul(DRAIN_LOOKS);
        match is_slow && is_long && !progress.is_late {
            true => Pace::Slow {
                add: (progress.movers / 4).max(1),
                pick: progress.holds.quicker_end(),
            },
            false => Pace::Moving,
        }
    }

    /// Whether nothing has ended since the last look.
    pub(super) fn is_still(&self, completed: u64) -> bool {
        self.completed == completed
    }

    /// Where the next thread begins that is added in a stall.
    pub(super) fn next_pick(&mut self) -> Pick {
        self.extras += 1;
        match self.extras > TRIALS && self.extras % 4 == 1 {
            true => Pick::Random,
            false => Pick::Newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW_BY_FOUR: Pace = Pace::Slow {
        add: 4,
        pick: Pick::Oldest,
    };
    const SLOW_BY_ONE: Pace = Pace::Slow {
        add: 1,
        pick: Pick::Oldest,
    };

    fn look(gauge: &mut Gauge, completed: u64, movers: usize) -> Pace {
        gauge.look(Progress {
            completed,
            has_front_moved: false,
            active: 8,
            movers,
            queued: 2_000,
            coming: 0,
            holds: Holds::default(),
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
            has_front_moved: false,
            active: 8,
            movers: 0,
            queued: 2_000,
            coming: 1,
            holds: Holds::default(),
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
            has_front_moved: false,
            active: 8,
            movers: 0,
            queued: 2_000,
            coming: 0,
            holds: Holds::default(),
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
        assert_eq!(look(&mut gauge, 20, 16), SLOW_BY_FOUR);
        assert_eq!(look(&mut gauge, 21, 1), SLOW_BY_ONE);
    }

    #[test]
    fn slow_jobs_that_are_soon_over_add_nobody() {
        let mut gauge = Gauge::new(0);
        let progress = Progress {
            completed: 20,
            has_front_moved: false,
            active: 8,
            movers: 16,
            queued: 1_200,
            coming: 0,
            holds: Holds::default(),
            is_late: false,
        };
        assert_eq!(gauge.look(progress), Pace::Moving);
        let progress = Progress {
            completed: 40,
            queued: 1_201,
            ..progress
        };
        assert_eq!(gauge.look(progress), SLOW_BY_FOUR);
    }

    #[test]
    fn the_first_begin_at_the_newest_end_and_every_fourth_later_one_anywhere() {
        let mut gauge = Gauge::new(0);
        let picks = [(); 8].map(|()| gauge.next_pick());
        assert_eq!(picks[..4], [Pick::Newest; 4]);
        assert_eq!(picks[4], Pick::Random);
        assert_eq!(picks[5..], [Pick::Newest; 3]);
        let mut progress = Progress {
            completed: 1,
            has_front_moved: false,
            active: 8,
            movers: 1,
            queued: 2_000,
            coming: 0,
            holds: Holds::default(),
            is_late: false,
        };
        let _pace = gauge.look(progress);
        assert_eq!(
            gauge.next_pick(),
            Pick::Random,
            "a trivial job is no end of it"
        );
        progress.completed = 2;
        progress.has_front_moved = true;
        progress.active = CROWD;
        let _pace = gauge.look(progress);
        let picks = [(); 4].map(|()| gauge.next_pick());
        assert!(picks.contains(&Pick::Random), "too many are stuck");
        progress.completed = 3;
        progress.active = 8;
        let _pace = gauge.look(progress);
        assert_eq!([(); 4].map(|()| gauge.next_pick()), [Pick::Newest; 4]);
    }
}

//! For how long threads hold jobs, at the front of the queue and elsewhere: where slow jobs call for
//! more threads, and for which.
//!
//! Of two crowds that wait for each other, with slow jobs in one of them, the threads that serve the
//! other hold their jobs for longer: they wait for the slow ones. More of those would wait as well. So
//! the threads that are added go where jobs are held for less time, until both sides are in balance.

use crate::blocking::queue::Pick;

/// What was completed since the last look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::blocking) struct Holds {
    front: Hold,
    elsewhere: Hold,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Hold {
    jobs: u64,
    /// How many looks passed while each was held, summed up.
    looks: u64,
}

impl Holds {
    /// A job has ended that was taken so, and held for so many looks.
    pub(in crate::blocking) fn note(&mut self, pick: Pick, looks: u64) {
        let hold = match pick {
            Pick::Oldest => &mut self.front,
            Pick::Newest | Pick::Random => &mut self.elsewhere,
        };
        hold.jobs += 1;
        hold.looks += looks;
    }

    /// Where more threads help: the front, unless jobs from elsewhere are held for less time.
    pub(in crate::blocking) fn quicker_end(&self) -> Pick {
        let (front, elsewhere) = (self.front, self.elsewhere);
        let is_elsewhere = elsewhere.jobs > 0
            && (front.jobs == 0 || elsewhere.looks * front.jobs < front.looks * elsewhere.jobs);
        match is_elsewhere {
            true => Pick::Newest,
            false => Pick::Oldest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quicker_end(held: &[(Pick, u64)]) -> Pick {
        let mut holds = Holds::default();
        held.iter()
            .for_each(|&(pick, looks)| holds.note(pick, looks));
        holds.quicker_end()
    }

    #[test]
    fn threads_are_added_where_jobs_are_held_for_less_time() {
        use Pick::{Newest, Oldest, Random};
        assert_eq!(quicker_end(&[]), Oldest);
        assert_eq!(quicker_end(&[(Oldest, 3)]), Oldest);
        assert_eq!(quicker_end(&[(Newest, 3)]), Newest);
        assert_eq!(
            quicker_end(&[(Oldest, 2), (Newest, 1), (Random, 1)]),
            Newest
        );
        assert_eq!(
            quicker_end(&[(Oldest, 1), (Oldest, 1), (Newest, 1)]),
            Oldest
        );
        assert_eq!(quicker_end(&[(Oldest, 1), (Random, 2)]), Oldest);
    }
}

//! The jobs that wait for a thread: taken from either end or from a random place, and memory that
//! follows the number of jobs down.

use std::collections::VecDeque;

/// Below this many places the queue does not bother to shrink.
const PLACES_MIN: usize = 64;

/// Which job a thread takes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    Oldest,
    Newest,
    Random,
}

/// Where in the queue a job stands or stood: still the same when others are taken from either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

impl Place {
    /// The one behind it.
    pub(super) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

#[derive(Debug)]
pub(super) struct Queue<J> {
    /// In the order they came, but for the holes that a random pick fills with the newest.
    jobs: VecDeque<J>,
    /// The place of the oldest job: one more for each that was taken from there.
    oldest: u64,
    /// The state of the xorshift generator (Marsaglia 2003); never zero.
    random: u64,
}

impl<J> Queue<J> {
    pub(super) fn new() -> Self {
        Self {
            jobs: VecDeque::new(),
            oldest: 0,
            random: 0x9E37_79B9_7F4A_7C15,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &J> {
        self.jobs.iter()
    }

    pub(super) fn push(&mut self, job: J) {
        self.jobs.push_back(job);
    }

    pub(super) fn take(&mut self, pick: Pick) -> Option<J> {
        let job = match pick {
            Pick::Oldest => self.take_oldest(),
            Pick::Newest => self.jobs.pop_back(),
            Pick::Random => {
                let place = self.draw_place();
                self.jobs.swap_remove_back(self.index_of(place)?)
            }
        };
        self.shrink();
        job
    }

    /// The job that stands there, where there is one, and otherwise one at random; with its place. The
    /// newest job fills the hole, in constant time: no older one loses its place.
    pub(super) fn take_at(&mut self, place: Place) -> Option<(J, Place)> {
        let place = match self.index_of(place) {
            Some(_) => place,
            None => self.draw_place(),
        };
        let job = self.jobs.swap_remove_back(self.index_of(place)?)?;
        self.shrink();
        Some((job, place))
    }

    /// The place of any job, where there is one.
    pub(super) fn draw_place(&mut self) -> Place {
        let count = self.jobs.len() as u64;
        let draw = self.draw().checked_rem(count).unwrap_or_default();
        Place(self.oldest.wrapping_add(draw))
    }

    /// True in one of eight draws.
    pub(super) fn one_in_eight(&mut self) -> bool {
        self.draw() >> 32 & 7 == 0
    }

    fn index_of(&self, place: Place) -> Option<usize> {
        let index = usize::try_from(place.0.wrapping_sub(self.oldest)).ok()?;
        (index < self.jobs.len()).then_some(index)
    }

    fn take_oldest(&mut self) -> Option<J> {
        let job = self.jobs.pop_front()?;
        self.oldest = self.oldest.wrapping_add(1);
        Some(job)
    }

    /// All of it; the memory goes with the jobs.
    pub(super) fn take_all(&mut self) -> VecDeque<J> {
        std::mem::take(&mut self.jobs)
    }

    /// All that are so, one walk long; the others keep their order.
    pub(super) fn take_where(&mut self, mut is_so: impl FnMut(&J) -> bool) -> VecDeque<J> {
        let mut taken = VecDeque::new();
        for _ in 0..self.jobs.len() {
            match self.jobs.pop_front() {
                Some(job) if is_so(&job) => taken.push_back(job),
                Some(job) => self.jobs.push_back(job),
                None => break,
            }
        }
        self.shrink_to_fit();
        taken
    }

    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn shrink_to_fit(&mut self) {
        self.jobs.shrink_to((self.jobs.len() * 2).max(PLACES_MIN));
    }

    /// Halves the memory once three quarters are unused; so a job pays for a constant number of
    /// moves.
    fn shrink(&mut self) {
        let places = self.jobs.capacity();
        if places > PLACES_MIN && self.jobs.len() < places / 4 {
            self.jobs.shrink_to((places / 2).max(PLACES_MIN));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: u32) -> Queue<u32> {
        let mut queue = Queue::new();
        (0..count).for_each(|job| queue.push(job));
        queue
    }

    #[test]
    fn the_ends_give_the_oldest_and_the_newest() {
        let mut queue = filled(4);
        assert_eq!(queue.take(Pick::Oldest), Some(0));
        assert_eq!(queue.take(Pick::Newest), Some(3));
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn random_picks_reach_every_job_once() {
        let mut queue = filled(1_000);
        let mut taken: Vec<u32> = std::iter::from_fn(|| queue.take(Pick::Random)).collect();
        assert!(
            !taken.is_sorted(),
            "a random order of 1,000 is not the order they came in"
        );
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..1_000));
        assert_eq!(queue.take(Pick::Random), None);
    }

    #[test]
    fn a_random_pick_leaves_the_older_jobs_in_their_order() {
        let mut queue = filled(100);
        let _taken = queue.take(Pick::Random);
        let rest: Vec<u32> = std::iter::from_fn(|| queue.take(Pick::Oldest)).collect();
        let out_of_place = rest.windows(2).filter(|pair| pair[0] > pair[1]).count();
        assert!(out_of_place <= 1, "{rest:?}");
    }

    #[test]
    fn a_place_stays_the_same_when_the_ends_go() {
        let mut queue = filled(100);
        let place = Place(50);
        for count in 0..20 {
            assert_eq!(queue.take(Pick::Oldest), Some(count));
            assert_eq!(queue.take(Pick::Newest), Some(99 - count));
        }
        assert_eq!(queue.take_at(place), Some((50, place)));
        assert_eq!(queue.take_at(place.next()), Some((51, place.next())));
        assert_eq!(
            queue.take_at(place),
            Some((79, place)),
            "the newest filled it"
        );
        // Where nothing stands any more anything else will do.
        assert!(
            queue
                .take_at(Place(3))
                .is_some_and(|(_, place)| place != Place(3))
        );
        assert_eq!(filled(0).take_at(place), None);
    }

    #[test]
    fn those_that_are_taken_by_kind_leave_the_others_in_their_order() {
        let mut queue = filled(10_000);
        let even = queue.take_where(|job| job % 2 == 0);
        assert!(even.into_iter().eq((0..10_000).step_by(2)));
        let most = queue.take_where(|job| *job > 7);
        assert_eq!(most.len(), 4_996);
        assert!(queue.jobs.capacity() <= 2 * PLACES_MIN);
        assert!(queue.take_all().into_iter().eq([1, 3, 5, 7]));
    }

    #[test]
    fn memory_goes_down_with_the_jobs() {
        let mut queue = filled(100_000);
        while queue.take(Pick::Oldest).is_some() {}
        assert!(
            queue.jobs.capacity() <= 2 * PLACES_MIN,
            "{}",
            queue.jobs.capacity()
        );
    }
}

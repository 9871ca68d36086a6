//! The timers: a wheel behind a lock, its clock, and what the sleeping driver waits for.
//!
//! A tick is a millisecond since the driver was made. Deadlines round up to a tick and the present
//! rounds down, so that no timer fires early.
//!
//! # The sleeper
//!
//! The book holds beside the wheel the tick that the sleeping driver waits for, `awaited`. Arming
//! a timer costs a system call only where it is due before that: then the sleeper must be unparked
//! to look again. An awake driver awaits [`AWAKE`], before which nothing is due.
//!
//! Both sides go through the lock, so there are two orders:
//!
//! 1. [`Timers::arm`] before [`Timers::fall_asleep`]: the driver finds the timer in the wheel.
//! 2. `fall_asleep` before `arm`: the arming thread finds `awaited`. Where its timer is due
//!    earlier, it unparks the driver, which makes the system's wait return even if it has not begun
//!    yet. Where it is not, the sleeper wakes up in time by itself, and then looks at the wheel.
//!
//! # Happens-before
//!
//! - `arm` (unlock) → `fall_asleep`, [`Timers::collect_due`] (lock): the driver sees the timer.
//! - `fall_asleep` (unlock) → `arm` (lock): the arming thread sees what the sleeper waits for.
//! - `collect_due` (unlock) → [`Timers::watch`] (lock): who finds its timer gone knows that its time
//!   had come.
//! - [`Timers::close`] (unlock) → `arm`, `watch` (lock): nobody waits for a driver that is no more.
//!
//! A way not taken: `awaited` in an atomic, so that arming looks at it without the lock. The lock
//! is taken for the wheel anyhow, and with it the argument above needs no fence.

use std::task::Waker;
use std::time::{Duration, Instant};

use wane_channel::base::sync::Mutex;

use super::batch::Batch;
use super::error::ShutDown;
use crate::parts::wheel::{Key, Wheel};

/// What an awake driver awaits: no timer is due before it.
const AWAKE: u64 = 0;
/// What a driver awaits that sleeps without end.
const NEVER: u64 = u64::MAX;

/// An armed timer.
#[derive(Debug)]
pub(crate) struct Armed {
    pub(crate) key: Key,
    pub(crate) sleeper: Sleeper,
}

/// What whoever armed a timer owes the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Sleeper {
    /// Unpark it: the timer is due before what it waits for.
    Unpark,
    /// Nothing: it will look in time.
    LetSleep,
}

/// Where a timer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Watch {
    /// It will wake the given waker.
    Waiting,
    /// Its time has come.
    Fired,
    /// It will never fire: the driver is gone.
    ShutDown,
}

/// What a collection has left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Left {
    /// Nothing that is due.
    Nothing,
    /// The batch is full: wake it and collect again.
    More,
}

/// All timers of a driver. Time is handed in, so that this file needs no clock.
#[derive(Debug)]
pub(crate) struct Timers {
    start: Instant,
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    wheel: Wheel<Waker>,
    /// The tick that the sleeping driver waits for, or [`AWAKE`].
    awaited: u64,
    is_closed: bool,
}

impl Timers {
    /// No timer yet; ticks are counted from `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            book: Mutex::new(Book {
                wheel: Wheel::new(),
                awaited: AWAKE,
                is_closed: false,
            }),
        }
    }

    /// Wakes `waker` at `deadline` or up to a millisecond later.
    pub(crate) fn arm(&self, deadline: Instant, waker: Waker) -> Result<Armed, ShutDown> {
        let due = self.tick_at_or_after(deadline);
        let mut book = self.book.lock();
        if book.is_closed {
            // Let go first: to drop the waker is user code.
            drop(book);
            drop(waker);
            return Err(ShutDown);
        }
        let key = book.wheel.insert(due, waker);
        let sleeper = if due < book.awaited {
            // Who arms a timer after this one and before the driver is awake need not unpark it.
            book.awaited = due;
            Sleeper::Unpark
        } else {
            Sleeper::LetSleep
        };
        Ok(Armed { key, sleeper })
    }

    /// Where the timer stands; one that still waits will wake `waker` from now on.
    pub(crate) fn watch(&self, key: Key, waker: &Waker) -> Watch {
        // Cloned and dropped outside of the lock: both are user code.
        let mut fresh = waker.clone();
        let mut book = self.book.lock();
        let is_closed = book.is_closed;
        let watch = match book.wheel.get_mut(key) {
            Some(waker) => {
                std::mem::swap(waker, &mut fresh);
                Watch::Waiting
            }
            None if is_closed => Watch::ShutDown,
            None => Watch::Fired,
        };
        drop(book);
        drop(fresh);
        watch
    }

    /// Takes a timer out at once, unless it has fired.
    pub(crate) fn disarm(&self, key: Key) {
        let waker = self.book.lock().wheel.remove(key);
        drop(waker);
    }

    /// How long the driver may sleep, `limit` at most, from `now` on. `None`: until it is unparked.
    ///
    /// From here until the next [`Timers::collect_due`], earlier timers ask to unpark it.
    pub(crate) fn fall_asleep(&self, now: Instant, limit: Option<Duration>) -> Option<Duration> {
        let present = now.saturating_duration_since(self.start);
        let limit = limit.map_or(NEVER, |limit| tick_after(present.saturating_add(limit)));
        let mut book = self.book.lock();
        let until = book.wheel.next_expiration().unwrap_or(NEVER).min(limit);
        book.awaited = until;
        drop(book);
        (until != NEVER).then(|| Duration::from_millis(until).saturating_sub(present))
    }

    /// Moves the wakers of timers that are due at `now` into `batch`; the driver is awake.
    pub(crate) fn collect_due(&self, now: Instant, batch: &mut Batch) -> Left {
        let present = now.saturating_duration_since(self.start);
        let tick = u64::try_from(present.as_millis()).unwrap_or(NEVER);
        let mut book = self.book.lock();
        book.awaited = AWAKE;
        book.collect(batch, |wheel| wheel.pop_due(tick))
    }

    /// Refuses new timers from now on, and moves the wakers of all that wait into `batch`.
    pub(crate) fn close(&self, batch: &mut Batch) -> Left {
        let mut book = self.book.lock();
        book.is_closed = true;
        book.collect(batch, Wheel::pop_any)
    }

    /// How many timers wait.
    pub(crate) fn len(&self) -> usize {
        self.book.lock().wheel.len()
    }

    fn tick_at_or_after(&self, deadline: Instant) -> u64 {
        tick_after(deadline.saturating_duration_since(self.start))
    }
}

impl Book {
    fn collect(
        &mut self,
        batch: &mut Batch,
        mut pop: impl FnMut(&mut Wheel<Waker>) -> Option<Waker>,
    ) -> Left {
        while !batch.is_full() {
            match pop(&mut self.wheel) {
                Some(waker) => batch.push(waker),
                None => return Left::Nothing,
            }
        }
        Left::More
    }
}

/// `passed`, rounded up to a tick.
fn tick_after(passed: Duration) -> u64 {
    let rounded_up = passed.saturating_add(Duration::from_nanos(999_999));
    u64::try_from(rounded_up.as_millis()).unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Wake;
    use wane_channel::base::sync::Arc;

    const MS: Duration = Duration::from_millis(1);

    fn timers() -> (Timers, Instant) {
        let start = Instant::now();
        (Timers::new(start), start)
    }

    fn due_at(timers: &Timers, now: Instant) -> usize {
        let mut batch = Batch::new();
        let mut due = 0;
        while timers.collect_due(now, &mut batch) == Left::More {
            due += batch.len();
            batch.wake_all();
        }
        due + batch.len()
    }

    fn arm(timers: &Timers, deadline: Instant) -> Armed {
        let armed = timers.arm(deadline, Waker::noop().clone());
        armed.expect("the timers are open")
    }

    #[test]
    fn no_timer_fires_before_its_deadline() {
        let (timers, start) = timers();
        let nanosecond = Duration::from_nanos(1);
        let _ = arm(&timers, start + 5 * MS + nanosecond);
        assert_eq!(due_at(&timers, start + 5 * MS + nanosecond), 0);
        assert_eq!(due_at(&timers, start + 6 * MS - nanosecond), 0);
        assert_eq!(due_at(&timers, start + 6 * MS), 1);
    }

    struct Note(u32, Arc<Mutex<Vec<u32>>>);

    impl Wake for Note {
        fn wake(self: Arc<Self>) {
            self.1.lock().push(self.0);
        }
    }

    #[test]
    fn ten_thousand_timers_fire_in_order_each_at_its_own_tick() {
        let (timers, start) = timers();
        let order = Arc::new(Mutex::new(Vec::new()));
        for n in 0..10_000_u32 {
            let after = n.wrapping_mul(7919) % 10_000;
            let waker = Waker::from(Arc::new(Note(after, Arc::clone(&order))));
            let armed = timers.arm(start + after * MS, waker);
            assert!(armed.is_ok());
        }
        let mut batch = Batch::new();
        for now in 0..10_000 {
            assert_eq!(
                timers.collect_due(start + now * MS, &mut batch),
                Left::Nothing
            );
            assert_eq!(batch.len(), 1);
            batch.wake_all();
        }
        assert_eq!(*order.lock(), (0..10_000).collect::<Vec<_>>());
        assert_eq!(timers.len(), 0);
    }

    #[test]
    fn only_a_timer_before_what_the_sleeper_awaits_unparks_it() {
        let (timers, start) = timers();
        assert_eq!(arm(&timers, start + 50 * MS).sleeper, Sleeper::LetSleep);
        assert_eq!(timers.fall_asleep(start, None), Some(50 * MS));
        assert_eq!(arm(&timers, start + 60 * MS).sleeper, Sleeper::LetSleep);
        assert_eq!(arm(&timers, start + 40 * MS).sleeper, Sleeper::Unpark);
        assert_eq!(arm(&timers, start + 45 * MS).sleeper, Sleeper::LetSleep);
        assert_eq!(arm(&timers, start + 39 * MS).sleeper, Sleeper::Unpark);
        assert_eq!(due_at(&timers, start), 0);
        assert_eq!(arm(&timers, start + 10 * MS).sleeper, Sleeper::LetSleep);
    }

    #[test]
    fn a_sleeper_without_timers_or_limit_sleeps_until_the_first_timer() {
        let (timers, start) = timers();
        assert_eq!(timers.fall_asleep(start, None), None);
        let far = start + Duration::from_secs(1 << 30);
        assert_eq!(arm(&timers, far).sleeper, Sleeper::Unpark);
        assert_eq!(due_at(&timers, start), 0);
        assert_eq!(timers.fall_asleep(start, Some(3 * MS)), Some(3 * MS));
        assert_eq!(arm(&timers, start + 3 * MS).sleeper, Sleeper::LetSleep);
    }

    #[test]
    fn a_timer_that_fired_is_told_from_one_that_waits() {
        let (timers, start) = timers();
        let soon = arm(&timers, start + MS).key;
        let late = arm(&timers, start + 900 * MS).key;
        assert_eq!(due_at(&timers, start + 2 * MS), 1);
        assert_eq!(timers.watch(soon, Waker::noop()), Watch::Fired);
        assert_eq!(timers.watch(late, Waker::noop()), Watch::Waiting);
        timers.disarm(soon);
        assert_eq!(timers.len(), 1);
        timers.disarm(late);
        assert_eq!(timers.len(), 0);
    }

    #[test]
    fn closing_wakes_every_timer_and_refuses_new_ones() {
        let (timers, start) = timers();
        let keys: Vec<Key> = (1..=100)
            .map(|n| arm(&timers, start + n * MS).key)
            .collect();
        let mut batch = Batch::new();
        let mut woken = 0;
        while timers.close(&mut batch) == Left::More {
            woken += batch.len();
            batch.wake_all();
        }
        assert_eq!(woken + batch.len(), 100);
        assert_eq!(timers.watch(keys[0], Waker::noop()), Watch::ShutDown);
        let refused = timers.arm(start, Waker::noop().clone());
        assert_eq!(refused.map(|armed| armed.key), Err(ShutDown));
    }
}

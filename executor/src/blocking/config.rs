//! What a pool is told when it is made: sizes, times, names and hooks.

use std::fmt;
use std::time::Duration;

use wane_channel::base::sync::Arc;

use super::alarm::{self, Listener};
use super::crew::Need;

/// The cap on threads where the user sets none. More than [`OPEN_DEFAULT`] come one at a time, and only
/// while nothing moves: what is stuck may need them all (a crowd of producers, say, whose consumers come
/// a second later), and each thread costs some kilobytes.
const MAX_DEFAULT: usize = 4096;

/// How many threads come as fast as they are wanted, where the user sets no cap.
const OPEN_DEFAULT: usize = 448;

/// How long a thread without useful work stays where the user says nothing.
pub(crate) const KEEP_ALIVE_DEFAULT: Duration = Duration::from_secs(10);

/// A closure without arguments that any thread of the pool may call.
pub(crate) type Hook = Arc<dyn Fn() + Send + Sync>;

/// The settings of one pool.
#[derive(Clone)]
pub(crate) struct Config {
    /// Up to this many threads are started at once when work comes and nobody is idle.
    pub(crate) base: usize,
    /// More than this many threads never work at the same time; [`MAX_DEFAULT`] where `None`.
    pub(crate) max: Option<usize>,
    /// A job that asks first is refused where so many wait for a thread.
    pub(crate) queue_max: usize,
    /// A thread leaves when its last useful work is this long ago.
    pub(crate) keep_alive: Duration,
    /// The stack of each thread in bytes, the system's default where `None`.
    pub(crate) stack_size: Option<usize>,
    /// Names each new thread. A name that no thread can have (a zero byte in it, a panic of the
    /// closure) counts as a thread that was refused. The closure must not use the pool: whoever
    /// submits waits until the first thread has its name.
    pub(crate) name: Arc<dyn Fn() -> String + Send + Sync>,
    /// Called on each new thread before its first job.
    pub(crate) on_start: Option<Hook>,
    /// Called on each thread after its last job.
    pub(crate) on_stop: Option<Hook>,
    /// Hears of stalls and of threads that the system refused.
    pub(crate) listener: Listener,
    /// What an abort sends to a thread in an interruptible call, the default where `None`.
    pub(crate) signal: Option<i32>,
}

impl Config {
    /// The defaults for a machine of so many cores.
    pub(crate) fn for_cores(cores: usize) -> Self {
        Self {
            base: cores.saturating_mul(2).clamp(8, OPEN_DEFAULT),
            max: None,
            queue_max: usize::MAX,
            keep_alive: KEEP_ALIVE_DEFAULT,
            stack_size: None,
            name: Arc::new(|| "wane-blocking".to_owned()),
            on_start: None,
            on_stop: None,
            listener: alarm::nobody(),
            signal: None,
        }
    }

    /// The same kind of threads for a small crew that is at its base from the first.
    pub(super) fn crew_of(&self, threads: usize) -> Self {
        Self {
            base: threads,
            max: Some(threads),
            ..self.clone()
        }
    }

    pub(super) fn limits(&self) -> Limits {
        let max = self.max.unwrap_or(MAX_DEFAULT).max(1);
        let base = self.base.clamp(1, max);
        let spare = (max / 8).max(1).min(max - base);
        let open = match self.max {
            None => OPEN_DEFAULT.max(base),
            Some(_) => max - spare,
        };
        Limits { base, open, max }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base", &self.base)
            .field("max", &self.max)
            .field("queue_max", &self.queue_max)
            .field("keep_alive", &self.keep_alive)
            .field("stack_size", &self.stack_size)
            .finish_non_exhaustive()
    }
}

/// How many threads may be active (at work, on their way to it, or being started), by why one
/// more is wanted. `1 <= base <= open <= max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// New work starts a thread up to here.
    pub(super) base: usize,
    /// New work wakes an idle thread, and slow work starts one, up to here.
    pub(super) open: usize,
    /// A stall wakes or starts one up to here: the last eighth is kept for stalls, so that jobs
    /// that wait for queued jobs cannot take every thread there may be.
    pub(super) max: usize,
}

impl Limits {
    /// Where so many threads wait in our primitives, further ones count as if they worked: the end of
    /// what waits may add to [`Limits::max`].
    pub(super) const WAITS: usize = 256;

    /// How many threads that wait in our primitives do not count against the limit for this need.
    ///
    /// A crowd that waits for what is queued behind it must not be started from the front, thread
    /// by thread, only because each of them says that it waits: so new work replaces no more than a
    /// base of them, and the others are the probe's, which has better ways.
    pub(super) fn waits_free(&self, need: Need) -> usize {
        match need {
            Need::Work => self.base,
            Need::Slowness | Need::Stall => Self::WAITS,
        }
    }

    /// How many of the wanted threads one look may add at a stall. Those that are kept back for
    /// stalls come one at a time: of many at once, each would take a job that waits for the job
    /// that another one could have taken.
    pub(super) fn cautious(&self, wanted: usize, active: usize) -> usize {
        wanted.min(self.open.saturating_sub(active)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(base: usize, max: usize) -> (usize, usize, usize) {
        let mut config = Config::for_cores(1);
        config.base = base;
        config.max = Some(max);
        let limits = config.limits();
        (limits.base, limits.open, limits.max)
    }

    #[test]
    fn threads_are_kept_back_for_stalls_where_the_cap_leaves_room() {
        assert_eq!(limits(8, 512), (8, 448, 512));
        assert_eq!(limits(2, 3), (2, 2, 3));
        assert_eq!(limits(4, 4), (4, 4, 4));
    }

    #[test]
    fn threads_kept_back_for_stalls_come_one_at_a_time() {
        let limits = Config::for_cores(4).limits();
        assert_eq!(limits.cautious(64, 8), 64);
        assert_eq!(limits.cautious(64, limits.open - 3), 3);
        assert_eq!(limits.cautious(64, limits.open), 1);
    }

    #[test]
    fn without_a_cap_of_the_users_only_a_stall_goes_beyond_some_hundreds() {
        let limits = Config::for_cores(2).limits();
        assert_eq!((limits.base, limits.open, limits.max), (8, 448, 4096));
        let limits = Config::for_cores(1_000).limits();
        assert_eq!((limits.base, limits.open, limits.max), (448, 448, 4096));
    }

    #[test]
    fn the_cap_wins_over_the_base_and_one_thread_is_the_least() {
        assert_eq!(limits(8, 4), (4, 4, 4));
        assert_eq!(limits(0, 0), (1, 1, 1));
    }
}

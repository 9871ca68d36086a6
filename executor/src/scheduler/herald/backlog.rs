//! How long something runnable has not been polled: judged from outside, by counts that are there anyway.
//!
//! At some moment so many tasks are queued. As long as fewer polls have begun since, at least one of
//! these tasks has not been polled; so it has waited for as long as that moment is ago. Once as many
//! have begun nothing is known, and the next moment is taken. So the age is the least that it can be.
//! It is as exact as the moments are frequent.

use std::time::{Duration, Instant};

use wane_channel::base::sync::Mutex;

/// The moment from which the age is counted.
#[derive(Debug)]
pub(crate) struct Backlog(Mutex<Option<Mark>>);

#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Instant,
    /// Polls that have to begin until it is out of date.
    until_polls: u64,
}

impl Backlog {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Takes a look: how many polls have begun, and how many tasks were queued then or later. Returns how
    /// long one of those that are queued has waited at least, where any is.
    pub(crate) fn look(&self, now: Instant, polls: u64, queued: u64) -> Option<Duration> {
        let mut mark = self.0.lock();
        if queued == 0 {
            *mark = None;
            return None;
        }
        let since = match *mark {
            Some(known) if polls < known.until_polls => known.at,
            _ => {
                let until_polls = polls + queued;
                *mark = Some(Mark {
                    at: now,
                    until_polls,
                });
                now
            }
        };
        Some(now.saturating_duration_since(since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn nobody_waits_where_nothing_is_queued() {
        let backlog = Backlog::new();
        assert_eq!(backlog.look(Instant::now(), 7, 0), None);
    }

    #[test]
    fn who_waits_is_counted_from_the_look_that_found_him() {
        let (backlog, start) = (Backlog::new(), Instant::now());
        assert_eq!(backlog.look(start, 0, 3), Some(Duration::ZERO));
        assert_eq!(backlog.look(start + 5 * MS, 2, 9), Some(5 * MS));
    }

    #[test]
    fn as_many_polls_as_were_queued_begin_the_count_anew() {
        let (backlog, start) = (Backlog::new(), Instant::now());
        let _first = backlog.look(start, 0, 3);
        assert_eq!(backlog.look(start + 5 * MS, 3, 2), Some(Duration::ZERO));
        assert_eq!(backlog.look(start + 7 * MS, 4, 2), Some(2 * MS));
    }

    #[test]
    fn an_empty_queue_ends_the_count() {
        let (backlog, start) = (Backlog::new(), Instant::now());
        let _first = backlog.look(start, 0, 3);
        assert_eq!(backlog.look(start + MS, 1, 0), None);
        assert_eq!(backlog.look(start + 2 * MS, 1, 1), Some(Duration::ZERO));
    }
}

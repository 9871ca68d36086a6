//! How long a thread has run or been ready to run: what tells a thread that works, if on a processor
//! that others use too, from one that waits.
//!
//! The system counts both for each thread (`/proc/thread-self/schedstat`: nanoseconds on a processor,
//! nanoseconds in its queue). The processor time alone would take a thread for blocked that has lost
//! its processor to others, and the help for it would have none either.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use wane_channel::base::sync::Mutex;

/// The clock of the thread that is in a seat.
#[derive(Debug)]
pub(crate) struct CpuClock(Mutex<Option<PathBuf>>);

impl CpuClock {
    /// That of nobody.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Makes it this thread's.
    pub(crate) fn take(&self) {
        // A relative link: "PID/task/TID".
        let thread = fs::read_link("/proc/thread-self").ok();
        let path = thread.map(|thread| PathBuf::from("/proc").join(thread));
        *self.0.lock() = path;
    }

    /// What it shows. `None` where there is no such thread any more, or the system does not count.
    pub(crate) fn read(&self) -> Option<Duration> {
        let path = self.0.lock().clone()?;
        let text = fs::read_to_string(path.join("schedstat")).ok()?;
        let mut counts = text.split_ascii_whitespace();
        let mut next = || counts.next()?.parse::<u64>().ok();
        let (ran, waited) = (next()?, next()?);
        (ran > 0).then(|| Duration::from_nanos(ran + waited))
    }

    /// Whether the thread runs, or would if it had a processor, at this very moment.
    pub(crate) fn is_running(&self) -> Option<bool> {
        let path = self.0.lock().clone()?;
        let text = fs::read_to_string(path.join("stat")).ok()?;
        // The thread's name stands in parentheses, and may have any in it.
        let (_, state) = text.rsplit_once(')')?;
        Some(state.trim_start().starts_with('R'))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Instant;

    /// This thread's, once the system has counted something.
    fn taken() -> CpuClock {
        let clock = CpuClock::new();
        assert_eq!(clock.read(), None, "it is nobody's");
        clock.take();
        let start = Instant::now();
        while clock.read().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "Linux counts");
        }
        clock
    }

    #[test]
    fn it_runs_while_its_thread_does() {
        let clock = taken();
        let before = clock.read().expect("it is this thread's");
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(50) {}
        let ran = clock.read().expect("it is this thread's") - before;
        assert!(ran >= Duration::from_millis(25), "{ran:?}");
    }

    #[test]
    fn a_thread_that_asks_of_itself_is_running() {
        assert_eq!(taken().is_running(), Some(true));
    }

    #[test]
    fn it_stands_still_while_its_thread_waits() {
        let clock = taken();
        let before = clock.read().expect("it is this thread's");
        thread::sleep(Duration::from_millis(200));
        let ran = clock.read().expect("it is this thread's") - before;
        assert!(ran < Duration::from_millis(100), "{ran:?}");
    }
}

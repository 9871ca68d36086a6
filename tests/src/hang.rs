//! Deadlines: a test that hangs ends, and says what the runtime was doing.

use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long something may take that takes milliseconds on an idle machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two questions about what only the system or another thread knows.
const PAUSE: Duration = Duration::from_micros(200);

/// Asks until `is_reached` says so.
///
/// # Panics
///
/// After [`PATIENCE`], with what `scene` looks like then.
#[track_caller]
pub fn until(what: &str, scene: &dyn Debug, mut is_reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_reached() {
        assert!(
            Instant::now() < deadline,
            "{what} does not come about: {scene:#?}"
        );
        thread::sleep(PAUSE);
    }
}

/// Asks until the answer is `expected` or `patience` is over, and returns the last answer.
pub fn settle<T: PartialEq>(expected: &T, patience: Duration, mut ask: impl FnMut() -> T) -> T {
    let deadline = Instant::now() + patience;
    loop {
        let answer = ask();
        if answer == *expected || Instant::now() >= deadline {
            return answer;
        }
        thread::sleep(PAUSE);
    }
}

/// Ends the process, with a scene on standard error, unless it is dropped in time. For what cannot be
/// asked again: a call that may never return.
#[derive(Debug)]
pub struct Deadline {
    /// Dropped to call the watch off.
    in_time: Option<mpsc::Sender<()>>,
    watch: Option<JoinHandle<()>>,
}

impl Deadline {
    /// Starts a deadline of [`PATIENCE`]. The scene is told when the time is over.
    #[must_use = "the deadline is called off as soon as it is dropped"]
    pub fn start(what: &str, scene: impl Debug + Send + 'static) -> Self {
        Self::after(PATIENCE, what, scene)
    }

    /// Starts a deadline of another length.
    #[must_use = "the deadline is called off as soon as it is dropped"]
    pub fn after(patience: Duration, what: &str, scene: impl Debug + Send + 'static) -> Self {
        let (in_time, over) = mpsc::channel();
        let what = what.to_owned();
        let watch = thread::spawn(move || {
            if over.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                // Not `eprintln`, which the test harness keeps for a report that an abort prevents.
                let told = writeln!(io::stderr(), "{what} hangs: {scene:#?}");
                drop(told);
                // A panic here would be no failure of the test, which hangs in another thread.
                std::process::abort();
            }
        });
        Self {
            in_time: Some(in_time),
            watch: Some(watch),
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        drop(self.in_time.take());
        let ended = self.watch.take().map(JoinHandle::join);
        assert!(
            ended.is_none_or(|ended| ended.is_ok()) || thread::panicking(),
            "the watch panicked"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_is_not_waited_for() {
        let mut asked = 0;
        until("the third time", &"nothing to see", || {
            asked += 1;
            asked == 3
        });
        assert_eq!(asked, 3);
    }

    #[test]
    fn the_last_answer_is_returned_when_the_expected_one_does_not_come() {
        assert_eq!(settle(&1, Duration::from_millis(2), || 2), 2);
        assert_eq!(settle(&1, PATIENCE, || 1), 1);
    }
}

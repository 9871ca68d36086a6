//! The door through which models reach the driver's protocols, which need no system: the readiness of a
//! socket, and what the sleeper waits for.

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::driver::batch::Batch;
use crate::driver::readiness::{self, Look};
use crate::driver::source::{Direction, Source};
use crate::driver::timers::{self, Left, Sleeper, Watch};
use crate::driver::{Interest, Ready};
use crate::parts::wheel::Key;

/// A registered socket, and the system that reports its readiness.
#[derive(Debug)]
pub struct Socket(Source);

/// A readiness that was seen.
#[derive(Debug)]
pub struct Event(readiness::Event);

/// There will be no report any more.
#[derive(Debug, PartialEq, Eq)]
pub struct ShutDown;

impl Socket {
    /// Ready for nothing.
    #[must_use]
    pub fn idle() -> Self {
        Self(Source::new())
    }

    /// The system reports that there is something to read.
    pub fn report_readable(&self) {
        self.report(Ready::READABLE);
    }

    /// The system reports that there is room to write.
    pub fn report_writable(&self) {
        self.report(Ready::WRITABLE);
    }

    fn report(&self, reported: Ready) {
        let mut batch = Batch::new();
        self.0.announce(reported, &mut batch);
        batch.wake_all();
    }

    /// The latest report, where there is something to read.
    #[must_use]
    pub fn look_readable(&self) -> Option<Event> {
        match self.0.look(Interest::READABLE) {
            Look::Ready(event) => Some(Event(event)),
            Look::NotReady | Look::ShutDown => None,
        }
    }

    /// Waits as `poll_read` and its like do.
    pub fn poll_readable(&self, ctx: &Context<'_>) -> Poll<Result<Event, ShutDown>> {
        let ready = self.0.poll_ready(Direction::Read, ctx);
        ready.map(|ready| ready.map(Event).map_err(|_| ShutDown))
    }

    /// Waits as one of several futures.
    ///
    /// # Cancellation
    ///
    /// *Strict*: nothing is lost.
    ///
    /// # Errors
    ///
    /// There will be no report any more.
    pub async fn readable(&self) -> Result<Event, ShutDown> {
        let ready = self.0.ready(Interest::READABLE).await;
        ready.map(Event).map_err(|_| ShutDown)
    }

    /// Clears what was used up.
    pub fn clear(&self, event: Event) {
        self.0.clear(event.0);
    }

    /// Tells everybody that there will be no report any more.
    pub fn shut_down(&self) {
        let mut batch = Batch::new();
        self.0.shut_down(&mut batch);
        batch.wake_all();
    }
}

/// The timers, with time in milliseconds.
#[derive(Debug)]
pub struct Timers {
    timers: timers::Timers,
    start: Instant,
}

/// A timer that was armed.
#[derive(Debug)]
pub struct Timer {
    key: Key,
    /// Whoever armed it must unpark the driver.
    pub unparks: bool,
}

/// Where a timer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It will wake the waker.
    Waiting,
    /// Its time has come.
    Fired,
    /// It never fires.
    ShutDown,
}

impl Timers {
    /// No timer.
    #[must_use]
    pub fn none() -> Self {
        let start = Instant::now();
        Self {
            timers: timers::Timers::new(start),
            start,
        }
    }

    /// Arms a timer. `None`: the driver is gone.
    #[must_use]
    pub fn arm(&self, ms: u64, waker: &Waker) -> Option<Timer> {
        let armed = self.timers.arm(self.at(ms), waker.clone()).ok()?;
        Some(Timer {
            key: armed.key,
            unparks: armed.sleeper == Sleeper::Unpark,
        })
    }

    /// Where the timer stands; one that waits wakes this waker from now on.
    #[must_use]
    pub fn watch(&self, timer: &Timer, waker: &Waker) -> Standing {
        match self.timers.watch(timer.key, waker) {
            Watch::Waiting => Standing::Waiting,
            Watch::Fired => Standing::Fired,
            Watch::ShutDown => Standing::ShutDown,
        }
    }

    /// Takes the timer out.
    pub fn disarm(&self, timer: &Timer) {
        self.timers.disarm(timer.key);
    }

    /// For how long the driver may sleep at `ms`. `None`: until it is unparked.
    #[must_use]
    pub fn fall_asleep(&self, ms: u64) -> Option<u64> {
        let nap = self.timers.fall_asleep(self.at(ms), None)?;
        Some(nap.as_millis() as u64)
    }

    /// The driver is awake at `ms`: wakes whose time has come.
    pub fn fire(&self, ms: u64) {
        let mut batch = Batch::new();
        while self.timers.collect_due(self.at(ms), &mut batch) == Left::More {
            batch.wake_all();
        }
        batch.wake_all();
    }

    /// Refuses new timers, and wakes those who wait.
    pub fn close(&self) {
        let mut batch = Batch::new();
        while self.timers.close(&mut batch) == Left::More {
            batch.wake_all();
        }
        batch.wake_all();
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }
}

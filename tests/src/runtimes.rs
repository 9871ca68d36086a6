//! One test text over every scheduler kind.

use std::fmt;

use wane::runtime::{Builder, Runtime};

use crate::hang::Deadline;

/// Who runs the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The thread that is inside `block_on`.
    CurrentThread,
    /// So many workers.
    Workers(usize),
}

impl Kind {
    /// Every kind that a promise has to hold on.
    pub const ALL: [Self; 4] = [
        Self::CurrentThread,
        Self::Workers(1),
        Self::Workers(2),
        Self::Workers(4),
    ];

    /// The kinds whose tasks run while nobody is inside `block_on`.
    pub const THREADED: [Self; 3] = [Self::Workers(1), Self::Workers(2), Self::Workers(4)];

    /// A builder of this kind.
    #[must_use]
    pub fn builder(self) -> Builder {
        match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::Workers(workers) => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(workers);
                builder
            }
        }
    }

    /// A runtime of this kind.
    ///
    /// # Panics
    ///
    /// When the system refuses a thread or a descriptor.
    #[must_use]
    pub fn build(self) -> Runtime {
        self.builder()
            .build()
            .expect("the system gives threads and descriptors")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CurrentThread => f.write_str("current_thread"),
            Self::Workers(workers) => write!(f, "{workers} workers"),
        }
    }
}

/// Runs a test against a runtime of every kind.
pub fn on_each(test: impl FnMut(&Runtime)) {
    run(&Kind::ALL, test);
}

/// Runs a test against every runtime whose tasks run by themselves.
pub fn on_each_threaded(test: impl FnMut(&Runtime)) {
    run(&Kind::THREADED, test);
}

/// Runs an async test as the root future of a runtime of every kind.
pub fn in_each<F: Future<Output = ()>>(test: impl Fn() -> F) {
    on_each(|runtime| runtime.block_on(test()));
}

fn run(kinds: &[Kind], mut test: impl FnMut(&Runtime)) {
    for kind in kinds {
        let runtime = kind.build();
        // Told apart from a failed assertion by the message; covers the drop as well.
        let _deadline = Deadline::start(&format!("a test on {kind}"), runtime.metrics());
        test(&runtime);
        drop(runtime);
    }
}

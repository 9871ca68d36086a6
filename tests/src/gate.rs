//! A gate that starts closed: tests wait for each other at gates, and never for time to pass.

use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Poll, Waker};

use crate::hang;

/// Lets everybody through once it is open. Clones are the same gate.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    wakers: Vec<Waker>,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        let mut state = self.state();
        state.is_open = true;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.inner.opened.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether the gate is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Blocks this thread until the gate is open.
    ///
    /// # Panics
    ///
    /// When nobody opens it for [`hang::PATIENCE`].
    #[track_caller]
    pub fn wait(&self) {
        let (state, outcome) = self
            .inner
            .opened
            .wait_timeout_while(self.state(), hang::PATIENCE, |state| !state.is_open)
            .expect("nothing panics under this lock");
        drop(state);
        assert!(!outcome.timed_out(), "nobody opens the gate");
    }

    /// Waits in a task until the gate is open.
    pub async fn pass(&self) {
        poll_fn(|ctx| {
            let mut state = self.state();
            if state.is_open {
                return Poll::Ready(());
            }
            state.wakers.push(ctx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .expect("nothing panics under this lock")
    }
}

//! How the jobs on a thread reach the pool it belongs to: when they sleep, and when they end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wane_channel::base::sync::Arc;
use wane_channel::base::waits::{self, Lender, Lent};

use super::crew::Number;
use super::mark::{Ended, Mark};
use super::pool::{Job, Shared};

thread_local! {
    /// The post of this thread, where it is one of a pool's.
    static HERE: RefCell<Option<Rc<dyn Post>>> = const { RefCell::new(None) };
}

/// The closure of the job that this thread runs has ended; nobody can see it yet.
pub(super) fn end_closure() {
    // Nothing of a job runs while the thread-locals of a pool's thread are being destroyed.
    HERE.with_borrow(|here| {
        if let Some(post) = here {
            post.end_closure();
        }
    });
}

trait Post {
    fn end_closure(&self);
}

/// One thread of a pool.
pub(super) struct Posted<J> {
    shared: Arc<Shared<J>>,
    number: Number,
    mark: Arc<Mark>,
    was_written_off: Cell<bool>,
}

impl<J: Job> Posted<J> {
    pub(super) fn new(shared: Arc<Shared<J>>, number: Number, mark: Arc<Mark>) -> Rc<Self> {
        Rc::new(Self {
            shared,
            number,
            mark,
            was_written_off: Cell::new(false),
        })
    }

    /// Hears of the jobs on this thread, until the guard goes.
    pub(super) fn take_up(self: &Rc<Self>) -> OnPost {
        HERE.set(Some(Rc::clone(self) as Rc<dyn Post>));
        OnPost {
            _lent: waits::lend(Rc::clone(self) as Rc<dyn Lender>),
        }
    }

    pub(super) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Whether the last job was abandoned for a while; said once.
    pub(super) fn take_was_written_off(&self) -> bool {
        self.was_written_off.take()
    }
}

impl<J: Job> Post for Posted<J> {
    fn end_closure(&self) {
        if let Ended::WrittenOff(id) = self.mark.end() {
            let mut state = self.shared.state.lock();
            state.roll.strike(id);
            state.crew.take_back(self.number);
            drop(state);
            self.was_written_off.set(true);
        }
    }
}

impl<J: Job> Lender for Posted<J> {
    fn begin(&self) {
        let mut state = self.shared.state.lock();
        state.crew.begin_wait(self.number);
        self.shared.replace(state);
    }

    fn end(&self) {
        let mut state = self.shared.state.lock();
        state.crew.end_wait(self.number);
    }
}

/// Keeps a thread at its post; see [`Posted::take_up`].
pub(super) struct OnPost {
    _lent: Lent,
}

impl Drop for OnPost {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

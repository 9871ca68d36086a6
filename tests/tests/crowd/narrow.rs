//! A queue of few places, both ends of which block.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// A queue of few places whose ends block.
pub(crate) trait Narrow: Send + Sync {
    fn send(&self, item: usize);
    fn receive(&self) -> usize;
}

/// The one that everybody writes, whose waits the pool cannot see.
struct Locked {
    items: Mutex<VecDeque<usize>>,
    places: usize,
    changed: Condvar,
}

impl Locked {
    fn items(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.items.lock().expect("nothing panics under this lock")
    }

    fn wait<'a>(
        &self,
        items: MutexGuard<'a, VecDeque<usize>>,
        is_over: impl Fn(&VecDeque<usize>) -> bool,
    ) -> MutexGuard<'a, VecDeque<usize>> {
        self.changed
            .wait_while(items, |items| !is_over(items))
            .expect("nothing panics under this lock")
    }
}

impl Narrow for Locked {
    fn send(&self, item: usize) {
        let mut items = self.wait(self.items(), |items| items.len() < self.places);
        items.push_back(item);
        self.changed.notify_all();
    }

    fn receive(&self) -> usize {
        let mut items = self.wait(self.items(), |items| !items.is_empty());
        self.changed.notify_all();
        items.pop_front().expect("we have waited for it")
    }
}

/// Ours, whose waits the pool is told of.
struct Ours(wane::channel::Sender<usize>, wane::channel::Receiver<usize>);

impl Narrow for Ours {
    fn send(&self, item: usize) {
        self.0.send_blocking(item).expect("a receiver");
    }

    fn receive(&self) -> usize {
        self.1.recv_blocking().expect("a sender")
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Ends {
    Locked,
    Ours,
}

impl Ends {
    pub(crate) fn open(self, places: usize) -> Arc<dyn Narrow> {
        match self {
            Self::Locked => Arc::new(Locked {
                items: Mutex::default(),
                places,
                changed: Condvar::new(),
            }),
            Self::Ours => {
                let (sender, receiver) = wane::channel::bounded(places);
                Arc::new(Ours(sender, receiver))
            }
        }
    }
}

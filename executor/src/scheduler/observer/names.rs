//! The names that users gave to tasks.
//!
//! A named task carries its name in its future ([`Named`]); a table leads from its id to that. The
//! entry goes with the future, so that the table has live tasks alone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use wane_channel::base::sync::{Arc, Mutex};

use crate::cell::id::Id;

/// The names of the live tasks of the process that have one.
static NAMES: Mutex<BTreeMap<Id, Arc<str>>> = Mutex::new(BTreeMap::new());

/// The name of a live task.
pub(crate) fn name_of(task: Id) -> Option<Arc<str>> {
    NAMES.lock().get(&task).cloned()
}

/// Where the entry of a name stands.
#[derive(Debug)]
enum Entry {
    /// Its task has not got its id yet.
    Due,
    /// In the table.
    Made(Id),
    /// The task is over.
    Gone,
}

/// A name, and its entry in the table.
#[derive(Debug)]
pub(crate) struct Tag {
    name: Arc<str>,
    entry: Mutex<Entry>,
}

impl Tag {
    pub(crate) fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            entry: Mutex::new(Entry::Due),
        })
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The task has got its id. It may be over already.
    pub(crate) fn enter(&self, task: Id) {
        let mut entry = self.entry.lock();
        if let Entry::Due = *entry {
            NAMES.lock().insert(task, self.name.clone());
            *entry = Entry::Made(task);
        }
    }

    fn strike(&self) {
        let before = std::mem::replace(&mut *self.entry.lock(), Entry::Gone);
        if let Entry::Made(task) = before {
            NAMES.lock().remove(&task);
        }
    }
}

pin_project! {
    /// A future with a name.
    pub(crate) struct Named<F> {
        #[pin]
        future: F,
        tag: Carried,
    }
}

impl<F> Named<F> {
    pub(crate) fn new(future: F, tag: Arc<Tag>) -> Self {
        Self {
            future,
            tag: Carried(tag),
        }
    }
}

impl<F: Future> Future for Named<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(ctx)
    }
}

/// Strikes the name with the future.
struct Carried(Arc<Tag>);

impl Drop for Carried {
    fn drop(&mut self) {
        self.0.strike();
    }
}

//! The tree of tokens. A node that nobody has a handle to goes as soon as it does not join others.
//!
//! A child is linked to its parent both ways, so that it can be found by a cancel and leave on its own. A
//! node without handles cannot be cancelled by itself; what it is there for is to pass a cancel on. Such
//! a node leaves when it has no child, and with one child it makes way: the child takes its place. So
//! each node without handles has two children at least, and there are fewer of them than tokens: the
//! bytes of a tree are a function of its live tokens, and a token that is dropped costs O(1).
//!
//! Invariants:
//!
//! - N1. The links of a tree change under its one lock, [`Structure`], and inside of that under the lock
//!   of the node. No two nodes are locked at a time.
//! - N2. A node is in `children` of its parent exactly while it has one.
//! - N3. A cancelled node has no links. It was cancelled with all that was below it, before the lock of
//!   the tree was let go.
//! - N4. Once a node has no handle it has no waiter, and gets neither again.
//! - N5. No user code runs under a lock: wakers are cloned, dropped and woken outside.
//!
//! Ways not taken: giving the children of a node that goes to its parent (as many steps as there are
//! children); locks of nodes only (three at a time where a node makes way, in an order that changes with
//! the links).
//!
//! # Happens-before
//!
//! - `cancel` (Release) → `is_cancelled` (Acquire): whoever learns of a cancel sees what was before it.

use std::mem;
use std::task::{Poll, Waker};

use wane_channel::base::sync::atomic::{AtomicBool, Ordering};
use wane_channel::base::sync::unwind::catch;
use wane_channel::base::sync::{Arc, Mutex, MutexGuard};

use crate::cell::drop_quietly;
use crate::parts::book::Book;

/// Whoever holds the lock may change links (N1).
struct Structure;

pub(super) struct Node {
    /// The lock of the tree that this node was made in.
    structure: Arc<Mutex<Structure>>,
    is_cancelled: AtomicBool,
    state: Mutex<State>,
}

struct State {
    /// Tokens of this node.
    handles: usize,
    parent: Option<Arc<Node>>,
    /// By address.
    children: Book<Arc<Node>>,
    /// Who waits for the cancel, by a number of its own.
    waiting: Book<Waker>,
    tickets: u64,
}

impl Node {
    /// A tree of one node with one handle.
    pub(super) fn root() -> Arc<Self> {
        Self::new(Arc::new(Mutex::new(Structure)), None, false)
    }

    fn new(
        structure: Arc<Mutex<Structure>>,
        parent: Option<Arc<Self>>,
        is_cancelled: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            structure,
            is_cancelled: AtomicBool::new(is_cancelled),
            state: Mutex::new(State {
                handles: 1,
                parent,
                children: Book::new(),
                waiting: Book::new(),
                tickets: 0,
            }),
        })
    }

    /// A node with one handle below this one.
    pub(super) fn child(self: &Arc<Self>) -> Arc<Self> {
        let structure = Arc::clone(&self.structure);
        let locked = self.structure.lock();
        if self.is_cancelled() {
            return Self::new(structure, None, true);
        }
        let child = Self::new(structure, Some(Arc::clone(self)), false);
        self.link(&locked, Arc::clone(&child));
        child
    }

    pub(super) fn is_cancelled(&self) -> bool {
        // ORDERING: Acquire pairs with `mark_cancelled`.
        self.is_cancelled.load(Ordering::Acquire)
    }

    pub(super) fn add_handle(&self) {
        self.state.lock().handles += 1;
    }

    pub(super) fn drop_handle(self: &Arc<Self>) {
        let mut state = self.state.lock();
        state.handles -= 1;
        let is_last = state.handles == 0;
        drop(state);
        if is_last {
            let locked = self.structure.lock();
            self.make_way(&locked);
        }
    }

    /// Cancels this node and all that is below it, then wakes whoever waits for that.
    pub(super) fn cancel(self: &Arc<Self>) {
        let mut wakers = Vec::new();
        let locked = self.structure.lock();
        if self.is_cancelled() {
            return;
        }
        if let Some(parent) = self.take_parent(&locked) {
            parent.unlink(&locked, self);
        }
        let mut next = vec![Arc::clone(self)];
        while let Some(node) = next.pop() {
            let (children, waiting) = node.mark_cancelled(&locked);
            next.extend(children.into_values());
            wakers.extend(waiting.into_values());
        }
        drop(locked);
        for waker in wakers {
            // Whoever cancels has nothing to do with a waker that panics, and the others are woken.
            drop_quietly(catch(|| waker.wake()).err());
        }
    }

    /// Whether the node is cancelled; if not, the waker is woken when it is. `ticket` is of an earlier
    /// poll.
    pub(super) fn poll_cancelled(&self, ticket: &mut Option<u64>, waker: &Waker) -> Poll<()> {
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        let fresh = waker.clone();
        let mut state = self.state.lock();
        if self.is_cancelled() {
            drop(state);
            return Poll::Ready(());
        }
        let stale = match ticket.and_then(|ticket| state.waiting.get_mut(ticket)) {
            Some(entry) => Some(mem::replace(entry, fresh)),
            None => {
                let number = state.tickets;
                state.tickets += 1;
                state.waiting.insert(number, fresh);
                *ticket = Some(number);
                None
            }
        };
        drop(state);
        drop(stale);
        Poll::Pending
    }

    /// A wait is given up, or over.
    pub(super) fn forget_waiter(&self, ticket: u64) {
        let waker = self.state.lock().waiting.remove(ticket);
        drop_quietly(waker);
    }

    /// Goes, where it has neither handles nor several children, and then perhaps its parent.
    fn make_way(self: &Arc<Self>, locked: &MutexGuard<'_, Structure>) {
        let mut node = Arc::clone(self);
        loop {
            let mut state = node.state.lock();
            if state.handles > 0 || state.children.len() > 1 {
                return;
            }
            let parent = state.parent.take();
            let heir = mem::take(&mut state.children).into_values().next();
            drop(state);
            if let Some(parent) = &parent {
                parent.unlink(locked, &node);
            }
            match (heir, parent) {
                (Some(heir), parent) => return heir.move_below(locked, parent),
                (None, Some(parent)) => node = parent,
                (None, None) => return,
            }
        }
    }

    /// Takes the place of its parent, which has gone.
    fn move_below(self: Arc<Self>, locked: &MutexGuard<'_, Structure>, parent: Option<Arc<Self>>) {
        self.state.lock().parent.clone_from(&parent);
        if let Some(parent) = parent {
            parent.link(locked, self);
        }
    }

    fn take_parent(&self, _locked: &MutexGuard<'_, Structure>) -> Option<Arc<Self>> {
        self.state.lock().parent.take()
    }

    fn link(&self, _locked: &MutexGuard<'_, Structure>, child: Arc<Self>) {
        let number = child.number();
        self.state.lock().children.insert(number, child);
    }

    fn unlink(&self, _locked: &MutexGuard<'_, Structure>, child: &Self) {
        let child = self.state.lock().children.remove(child.number());
        debug_assert!(child.is_some(), "a child that is not in its parent (N2)");
    }

    fn mark_cancelled(
        &self,
        _locked: &MutexGuard<'_, Structure>,
    ) -> (Book<Arc<Self>>, Book<Waker>) {
        let mut state = self.state.lock();
        // ORDERING: Release pairs with `is_cancelled`. Under the lock, so that whoever leaves a waker
        // under it was in time or sees the cancel.
        self.is_cancelled.store(true, Ordering::Release);
        let parent = state.parent.take();
        let links = (
            mem::take(&mut state.children),
            mem::take(&mut state.waiting),
        );
        drop(state);
        drop(parent);
        links
    }

    /// Under which number a parent has it.
    fn number(&self) -> u64 {
        std::ptr::from_ref(self).addr() as u64
    }
}

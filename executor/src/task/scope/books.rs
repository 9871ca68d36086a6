//! What a scope knows of its children: those that are not over, and nothing of the others.
//!
//! A child is entered before it can tell of its end, and tells of it by the waker in its joiner cell,
//! which leads here: the running task is the one that has ended (see `JoinHandle::wake_at_end`). Its
//! memory has been given back by then.
//!
//! Invariants:
//!
//! - B1. While the books are open every child is entered or arriving; once they are closed nothing is
//!   admitted, and every child that is not over was aborted.
//! - B2. Whoever takes the last child out wakes those who wait for the books to be empty.
//! - B3. No user code runs under the lock: wakers are cloned, dropped and woken outside of it, and a
//!   child is neither spawned nor aborted under it.
//! - B4. Two books are never locked at a time.

use std::any::Any;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

use wane_channel::base::sync::unwind::catch;
use wane_channel::base::sync::{Arc, Mutex, MutexGuard};

use super::around;
use crate::cell::id::{self, Id};
use crate::cell::{AbortHandle, JoinHandle, drop_quietly, wake_behind};
use crate::parts::book::Book;

/// What ends a scope before its body does.
#[derive(Debug)]
pub(super) enum Fatal {
    /// The payload of a child's panic.
    Panic(Box<dyn Any + Send>),
    /// The error of a child of `try_scope`.
    Error(Box<dyn Any + Send>),
}

/// The books of one scope.
pub(super) struct Books(Mutex<State>);

struct State {
    /// By task id.
    children: Book<Child>,
    /// Children that are being spawned.
    arriving: usize,
    /// Scopes that were dropped inside of this one and have children left.
    orphanages: usize,
    is_closed: bool,
    fatal: Option<Fatal>,
    /// The scope's future, while its body waits.
    leader: Option<Waker>,
    /// Those who wait for the last child, by a number of their own.
    waiting: Book<Waker>,
    tickets: u64,
    /// The scope that this one was made in, until this one is over.
    around: Option<Arc<Books>>,
    /// The scope's future was dropped, and `around` waits for the children.
    is_orphanage: bool,
}

/// A child that is not over.
struct Child {
    abort: AbortHandle,
    /// Who awaits its handle.
    waker: Option<Waker>,
}

/// The right to spawn one child.
pub(super) struct Admission<'a>(&'a Arc<Books>);

impl Books {
    /// Open books, in the scope that this thread is in.
    pub(super) fn open() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            children: Book::new(),
            arriving: 0,
            orphanages: 0,
            is_closed: false,
            fatal: None,
            leader: None,
            waiting: Book::new(),
            tickets: 0,
            around: around::scope(),
            is_orphanage: false,
        })))
    }

    /// How many children are not over.
    pub(super) fn len(&self) -> usize {
        let state = self.0.lock();
        state.children.len() + state.arriving
    }

    /// `None` once the books are closed.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Admission<'_>> {
        let mut state = self.0.lock();
        if state.is_closed {
            return None;
        }
        state.arriving += 1;
        Some(Admission(self))
    }

    /// Whether a child is over; if not, the waker is woken when it is.
    pub(super) fn poll_end(&self, id: Id, waker: &Waker) -> Poll<()> {
        let fresh = waker.clone();
        let mut state = self.0.lock();
        let Some(child) = state.children.get_mut(id.number()) else {
            drop(state);
            return Poll::Ready(());
        };
        let stale = child.waker.replace(fresh);
        drop(state);
        drop(stale);
        Poll::Pending
    }

    /// Nobody awaits the child any more.
    pub(super) fn forget_waker(&self, id: Id) {
        let mut state = self.0.lock();
        let child = state.children.get_mut(id.number());
        let stale = child.and_then(|child| child.waker.take());
        drop(state);
        drop_quietly(stale);
    }

    /// Aborts a child. False where it is over, or none of ours.
    pub(super) fn abort(&self, id: Id) -> bool {
        let mut state = self.0.lock();
        let child = state.children.get_mut(id.number());
        let abort = child.map(|child| child.abort.clone());
        drop(state);
        abort.inspect(AbortHandle::abort).is_some()
    }

    /// Aborts the children of this moment.
    pub(super) fn abort_all(&self) {
        Self::abort_each(self.0.lock());
    }

    /// Lets nobody in any more and aborts every child (B1). Those that are arriving are aborted as they
    /// are entered.
    pub(super) fn close(&self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        let leader = state.leader.take();
        Self::abort_each(state);
        drop_quietly(leader);
    }

    fn abort_each(state: MutexGuard<'_, State>) {
        let children = state.children.values();
        let aborts = children.map(|child| child.abort.clone());
        let aborts = aborts.collect::<Vec<_>>();
        drop(state);
        aborts.iter().for_each(AbortHandle::abort);
    }

    /// Ends the scope. The first reason counts; of a scope that is being left a panic alone does.
    pub(super) fn fail(&self, fatal: Fatal) {
        let mut state = self.0.lock();
        let is_heard = !state.is_closed || matches!(fatal, Fatal::Panic(_));
        let unheard = match state.fatal {
            None if is_heard => {
                state.fatal = Some(fatal);
                None
            }
            _ => Some(fatal),
        };
        let leader = state.leader.take();
        drop(state);
        drop_quietly(unheard);
        wake_all(leader);
    }

    /// What has ended the scope, if anything has.
    pub(super) fn take_fatal(&self) -> Option<Fatal> {
        self.0.lock().fatal.take()
    }

    /// What has ended the scope, or leaves the waker for it.
    pub(super) fn poll_fatal(&self, waker: &Waker) -> Poll<Fatal> {
        let state = self.0.lock();
        let is_left = |leader: &Waker| leader.will_wake(waker);
        if state.fatal.is_none() && state.leader.as_ref().is_some_and(is_left) {
            return Poll::Pending;
        }
        drop(state);
        let mut fresh = Some(waker.clone());
        let mut state = self.0.lock();
        let fatal = state.fatal.take();
        if fatal.is_none() {
            mem::swap(&mut state.leader, &mut fresh);
        }
        drop(state);
        drop(fresh);
        fatal.map_or(Poll::Pending, Poll::Ready)
    }

    /// Called where the scope's future is dropped, at its end or before. Children that are left are
    /// waited for by the scope around, if there is one.
    pub(super) fn leave(&self) {
        let mut state = self.0.lock();
        let Some(around) = state.around.take() else {
            return;
        };
        if state.is_vacant() {
            drop(state);
            drop(around);
            return;
        }
        drop(state);
        around.0.lock().orphanages += 1;
        let mut state = self.0.lock();
        state.is_orphanage = true;
        state.around = Some(around);
        self.settle(state);
    }

    /// A child is over.
    fn ended(&self, id: Id) {
        let mut state = self.0.lock();
        let child = state.children.remove(id.number());
        let child = child.expect("a child tells of its end once, after it was entered");
        self.settle(state);
        wake_all(child.waker);
    }

    /// Wakes those who wait for empty books, where these are (B2).
    fn settle(&self, mut state: MutexGuard<'_, State>) {
        if !state.is_vacant() {
            return;
        }
        let waiting = mem::take(&mut state.waiting);
        let around = match mem::take(&mut state.is_orphanage) {
            true => state.around.take(),
            false => None,
        };
        drop(state);
        wake_all(waiting.into_values());
        if let Some(around) = around {
            let mut state = around.0.lock();
            state.orphanages -= 1;
            around.settle(state);
        }
    }
}

impl State {
    fn is_vacant(&self) -> bool {
        self.children.is_empty() && self.arriving == 0 && self.orphanages == 0
    }
}

impl Admission<'_> {
    /// Enters the child that was spawned. It may be over by now.
    pub(super) fn enter<T>(self, handle: &mut JoinHandle<T>) {
        let books = self.0;
        mem::forget(self);
        let (id, abort) = (handle.id(), handle.abort_handle());
        let child = Child {
            abort: abort.clone(),
            waker: None,
        };
        let mut state = books.0.lock();
        state.arriving -= 1;
        state.children.insert(id.number(), child);
        let is_closed = state.is_closed;
        drop(state);
        if !handle.wake_at_end(&Waker::from(Arc::clone(books))) {
            // It told nobody.
            books.ended(id);
        } else if is_closed {
            abort.abort();
        }
    }
}

/// The child could not be spawned.
impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let mut state = self.0.0.lock();
        state.arriving -= 1;
        self.0.settle(state);
    }
}

impl Wake for Books {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let child = id::try_id();
        self.ended(child.expect("a joiner is woken inside of the task that has ended"));
    }
}

/// A wait until no child is left, of the scope or of those that were dropped inside of it.
pub(super) struct Vacancy {
    books: Arc<Books>,
    /// Our place in the books.
    ticket: Option<u64>,
}

impl Vacancy {
    pub(super) fn of(books: &Arc<Books>) -> Self {
        Self {
            books: Arc::clone(books),
            ticket: None,
        }
    }
}

impl Future for Vacancy {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let Self { books, ticket } = &mut *self;
        let fresh = ctx.waker().clone();
        let mut state = books.0.lock();
        if state.is_vacant() {
            drop(state);
            return Poll::Ready(());
        }
        let entry = ticket.and_then(|ticket| state.waiting.get_mut(ticket));
        let stale = match entry {
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
}

impl Drop for Vacancy {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let waker = self.books.0.lock().waiting.remove(ticket);
        drop_quietly(waker);
    }
}

/// Wakes each, whatever the others do.
fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        drop_quietly(catch(|| wake_behind(waker)).err());
    }
}

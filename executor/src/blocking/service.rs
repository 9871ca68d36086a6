//! What a thread of the pool does from its start to its end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Condvar, MutexGuard};

use super::aim::Aim;
use super::crew::{Number, Role};
use super::pool::{Job, Served, Shared, State};
use super::post::Posted;
use super::probe::ProbeState;
use super::queue::Pick;
use super::roll::Card;

/// The whole life of a thread that runs jobs.
pub(super) fn serve<J: Job>(shared: &Arc<Shared<J>>, number: Number) {
    let thread = thread::current().id();
    let (role, mark) = shared.state.lock().crew.arrive(number, thread);
    shared.settled.notify_all();
    if let Some(on_start) = &shared.config.on_start {
        contain(|| on_start());
    }
    let post = Posted::new(Arc::clone(shared), number, mark);
    let on_post = post.take_up();
    let mut service = Service {
        shared,
        number,
        post: &post,
        aim: Aim::new(role),
        job: None,
        useful: Instant::now(),
        moved: None,
    };
    let mut next = service.first();
    while let Some(job) = next {
        let mut served = Served::Job;
        contain(|| served = job.run());
        service.useful = Instant::now();
        next = service.after(served);
    }
    drop(on_post);
    if let Some(on_stop) = &shared.config.on_stop {
        contain(|| on_stop());
    }
    shared.depart(number);
}

/// Runs code of the user's and keeps its panic inside; the panic hook has reported it.
pub(super) fn contain(code: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(code)) else {
        return;
    };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // A payload whose drop panics: its successor is not given a third chance.
        std::mem::forget(second);
    }
}

/// What a thread is made with. A name that none can have, or a panic of the closure that names, is a
/// refusal like the system's.
pub(crate) fn builder(
    name: &(dyn Fn() -> String + Send + Sync),
    stack_size: Option<usize>,
) -> io::Result<thread::Builder> {
    let mut named = None;
    contain(|| named = Some(name()));
    let name = named.ok_or_else(|| io::Error::other("the closure that names threads panicked"))?;
    if name.contains('\0') {
        let message = "a thread's name cannot have a zero byte in it";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let builder = thread::Builder::new().name(name);
    Ok(match stack_size {
        Some(bytes) => builder.stack_size(bytes),
        None => builder,
    })
}

/// One thread at its work.
struct Service<'a, J> {
    shared: &'a Arc<Shared<J>>,
    number: Number,
    post: &'a Rc<Posted<J>>,
    aim: Aim,
    /// What it has taken and is not through with, where that has a card.
    job: Option<u64>,
    /// When the last job ended, or the thread came.
    useful: Instant,
    /// The look that counts this thread among the movers.
    moved: Option<u64>,
}

/// How a rest ended.
enum Rest {
    /// There may be work, or the end of the pool.
    Woken,
    /// Nobody needed this thread for as long as threads are kept.
    Expired,
}

impl<J: Job> Service<'_, J> {
    fn first(&mut self) -> Option<J> {
        let state = self.shared.state.lock();
        self.next(state)
    }

    fn after(&mut self, served: Served) -> Option<J> {
        let mut state = self.shared.state.lock();
        self.job
            .take()
            .into_iter()
            .for_each(|id| state.roll.end(id));
        if self.post.take_was_written_off() {
            self.aim = Aim::new(Role::Extra(Pick::Oldest));
        }
        if served == Served::Job {
            self.count(&mut state);
        }
        self.next(state)
    }

    fn count(&mut self, state: &mut State<J>) {
        self.aim.judge(state);
        state.completed = state.completed.wrapping_add(1);
        state.starved_since = None;
        if self.moved != Some(state.look) {
            self.moved = Some(state.look);
            state.movers += 1;
        }
    }

    /// Takes the job that is this thread's to run.
    fn take(&mut self, state: &mut State<J>) -> Option<J> {
        let job = self.aim.take(state)?;
        if let Some(card) = job.card() {
            self.begin(state, card);
        }
        Some(job)
    }

    /// From now on an abort finds the job here. Under the lock, so before its task can be seen to run.
    fn begin(&mut self, state: &mut State<J>, card: Card) {
        self.job = Some(card.id);
        self.post.mark().begin(card.id);
        state.roll.begin(card, self.number);
    }

    /// The next job, waited for; `None` when it is time to leave. By then the thread is counted
    /// as leaving.
    fn next(&mut self, mut state: MutexGuard<'_, State<J>>) -> Option<J> {
        loop {
            if state.crew.active() > self.shared.limits.max && !state.is_shut_down {
                // Threads that came back from waits: one too many is at work. What is queued is for the
                // others, so that somebody has to look whether it moves.
                MutexGuard::unlocked(&mut state, || {
                    self.shared.watch(self.shared.state.lock());
                });
                if state.crew.active() > self.shared.limits.max && !state.is_shut_down {
                    match self.rest(&mut state) {
                        Rest::Woken => continue,
                        Rest::Expired => return None,
                    }
                }
            }
            if let Some(job) = self.take(&mut state) {
                if matches!(state.probe, ProbeState::Owed { .. }) {
                    self.shared.watch(state);
                }
                return Some(job);
            }
            if state.is_shut_down {
                state.crew.leave(self.number);
                return None;
            }
            if let Rest::Expired = self.rest(&mut state) {
                return None;
            }
        }
    }

    /// `active → idle`, then `→ called → active` or `→ leaving`.
    fn rest(&mut self, state: &mut MutexGuard<'_, State<J>>) -> Rest {
        let wake = state.crew.rest(self.number);
        let rest = self.sleep(&wake, state);
        match rest {
            Rest::Woken => self.aim = Aim::new(state.crew.answer(self.number)),
            Rest::Expired => state.crew.expire(self.number),
        }
        rest
    }

    fn sleep(&self, wake: &Condvar, state: &mut MutexGuard<'_, State<J>>) -> Rest {
        let expiry = self.useful.checked_add(self.shared.config.keep_alive);
        while state.crew.is_idle(self.number) {
            match expiry {
                // So far away that no clock gets there.
                None => wake.wait(state),
                Some(expiry) => {
                    let outcome = wake.wait_until(state, expiry);
                    if outcome.timed_out() && state.crew.is_idle(self.number) {
                        return Rest::Expired;
                    }
                }
            }
        }
        Rest::Woken
    }
}

//! Ending a system call by a signal to its thread.
//!
//! A thread that is about to make a call that may block enters a *section*. When its job is aborted
//! the section is rung: a thread of ours then sends the signal to it again and again, until it leaves
//! the section. Once is not enough: a signal that comes before the call has begun ends nothing. The
//! handler does nothing, and is there without `SA_RESTART`, so that the call fails with `EINTR`.
//!
//! Invariants:
//!
//! - U1. A section is among the members exactly while its thread is inside, and a signal is sent
//!   under the lock, to members alone. So it reaches a thread that lives, and no other code of it; but
//!   the system may deliver the last one a moment after the section.
//! - U2. While there is a member, the thread that sends is there: who enters starts it, or is told
//!   that the system refuses it.
//! - U3. The sender leaves when there was no member for [`LINGER`], or at once after shutdown.
//!
//! Ways not taken: sending from the abort (it would have to wait for the section to be left); a timer
//! per section (`timer_create` reaches threads on Linux alone); changing the signal mask in one step
//! with the call (`ppoll` can, `read` cannot).

#![expect(unsafe_code, reason = "signals, to threads that are sure to live")]

use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::task::{Wake, Waker};
use std::time::Duration;

use wane_channel::base::sync::thread;
use wane_channel::base::sync::{Arc, Condvar, Mutex, MutexGuard};
use wane_channel::base::waits;

use super::context::BlockingContext;
use crate::parts::clock;

/// The signal where the builder names none: nobody's death where it has no handler, and sent by the
/// system only for out-of-band bytes that a program asked for.
const SIGNAL_DEFAULT: i32 = libc::SIGURG;

/// Between the first two signals to a section; then twice as long each time.
const PAUSE_FIRST: Duration = Duration::from_micros(50);

/// The longest time between two signals.
const PAUSE_MAX: Duration = Duration::from_millis(5);

/// How long the sender stays without a member.
const LINGER: Duration = Duration::from_secs(1);

/// System calls that an abort ends, on Unix.
impl BlockingContext {
    /// Makes a system call that an abort of the job ends: the thread gets a signal while it is in
    /// here, again and again until it is out, and the call fails with
    /// [`Interrupted`](io::ErrorKind::Interrupted). The closure is called again after an interruption
    /// that was no abort.
    ///
    /// For calls that no descriptor can be waited for: a `read` from a terminal or a lock on a file. It
    /// is the last resort: [`wait_readable`](BlockingContext::wait_readable) needs no signal.
    ///
    /// ```
    /// use std::io::{self, Read};
    /// use wane::task::{Cancelled, spawn_blocking_with};
    ///
    /// # let rt = wane::runtime::Builder::new_current_thread().build()?;
    /// # rt.block_on(async {
    /// let (mut reader, writer) = io::pipe()?;
    /// let (started, has_started) = wane::channel::oneshot::channel();
    /// let job = spawn_blocking_with(move |ctx| {
    ///     started.send(()).unwrap();
    ///     ctx.interruptible(|| reader.read(&mut [0; 16]))
    /// });
    /// has_started.await.unwrap();
    /// let error = job.cancel().await.unwrap().unwrap_err();
    /// assert!(Cancelled::is_reason_of(&error));
    /// # drop(writer);
    /// # io::Result::Ok(())
    /// # })?;
    /// # io::Result::Ok(())
    /// ```
    ///
    /// # What it cannot do
    ///
    /// It ends one call of the system that heeds signals. It does not end what std or a library begins
    /// again after `EINTR` (`read_exact`, `write_all`, `accept`, `connect`, `Child::wait`,
    /// `thread::sleep`), waits for locks and conditions, a file on a dead disk, or computing: such a job
    /// stays aborted and running, and is counted in
    /// [`RuntimeMetrics::abandoned_blocking_jobs`](crate::runtime::RuntimeMetrics::abandoned_blocking_jobs).
    /// A call of the system that follows at once, outside, may fail with `EINTR` as well.
    ///
    /// The signal is [`SIGURG`](libc::SIGURG), or what
    /// [`Builder::interrupt_signal`](crate::runtime::Builder::interrupt_signal) says. The first call
    /// gives it a handler for the whole process; in here, it is not blocked.
    ///
    /// # Errors
    ///
    /// [`Cancelled`](super::Cancelled) in an [`io::Error`], when the job was aborted before the call was
    /// through; a call that is through returns what it says, aborted or not. Also what the call says,
    /// and what the system says where it refuses a thread or the signal;
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) where the program has a handler for it.
    pub fn interruptible<R>(&self, mut call: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        self.check()?;
        let section = self.signals().enter()?;
        // Gone before the section is: T3.
        let _listening = self.wake_by(section.waker())?;
        let _announced = waits::announce();
        loop {
            // User code: no lock is held, and the guards leave the section where it panics.
            match call() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => self.check()?,
                result => return result,
            }
        }
    }
}

/// The sections of one pool's jobs, and who sends signals to them.
#[derive(Debug)]
pub(in crate::blocking) struct Signals {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    signal: i32,
    state: Mutex<State>,
    /// A section is rung, or the pool shuts down.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    members: BTreeMap<u64, Member>,
    /// Names a section; never used twice.
    next_key: u64,
    /// The sender looks at the members once more before it leaves.
    has_sender: bool,
    /// Of the sender, or of the last one there was.
    sender: Option<thread::JoinHandle<()>>,
    is_shut_down: bool,
}

#[derive(Debug)]
struct Member {
    thread: Target,
    is_rung: bool,
}

/// Names a thread to the system.
#[derive(Debug, Clone, Copy)]
struct Target(libc::pthread_t);

// SAFETY: it is a name; whether the thread lives is U1's business.
unsafe impl Send for Target {}

impl Signals {
    pub(super) fn new(signal: Option<i32>) -> Self {
        let shared = Shared {
            signal: signal.unwrap_or(SIGNAL_DEFAULT),
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Puts this thread into a section until the guard goes.
    fn enter(&self) -> io::Result<Section> {
        let shared = &self.shared;
        install_handler(shared.signal)?;
        let mut state = shared.state.lock();
        if !state.has_sender {
            shared.start_sender(&mut state)?;
        }
        let key = state.next_key;
        state.next_key += 1;
        let member = Member {
            thread: Target::this(),
            is_rung: false,
        };
        state.members.insert(key, member);
        drop(state);
        let inside = Arc::new(Inside {
            shared: Arc::clone(shared),
            key,
        });
        let mask = unblock(shared.signal);
        Ok(Section {
            inside,
            mask,
            of_this_thread: PhantomData,
        })
    }

    /// Whether the thread that sends is there.
    pub(in crate::blocking) fn has_sender(&self) -> bool {
        self.shared.state.lock().has_sender
    }

    /// Lets the sender go as soon as nobody is inside.
    pub(in crate::blocking) fn shut_down(&self) {
        self.shared.state.lock().is_shut_down = true;
        self.shared.changed.notify_all();
    }

    /// Waits for the sender, after [`Signals::shut_down`]. Not while somebody is inside: a thread of
    /// the user's, with a clone of the context.
    pub(in crate::blocking) fn join(&self) {
        let mut state = self.shared.state.lock();
        let sender = match state.members.is_empty() {
            true => state.sender.take(),
            false => None,
        };
        drop(state);
        if let Some(sender) = sender {
            // It runs no user code: a panic is ours, and has been reported.
            let _outcome = sender.join();
        }
    }
}

impl Shared {
    /// Under the lock, so that nobody starts a second one.
    fn start_sender(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let shared = Arc::clone(self);
        let builder = thread::Builder::new().name("wane-signals".to_owned());
        let sender = builder.spawn(move || shared.send_signals())?;
        state.has_sender = true;
        // The one before is past its last use of the lock.
        if let Some(gone) = state.sender.replace(sender) {
            let _outcome = gone.join();
        }
        Ok(())
    }

    /// The whole life of the sender.
    fn send_signals(&self) {
        let mut state = self.state.lock();
        let mut pause = PAUSE_FIRST;
        loop {
            if self.signal_members(&state) {
                let until = clock::now() + pause;
                self.changed.wait_until(&mut state, until);
                pause = (pause * 2).min(PAUSE_MAX);
            } else if self.is_needed(&mut state) {
                pause = PAUSE_FIRST;
            } else {
                state.has_sender = false;
                return;
            }
        }
    }

    /// Sends one signal to each section that is rung; whether there is any.
    fn signal_members(&self, state: &State) -> bool {
        let rung = || state.members.values().filter(|member| member.is_rung);
        rung().for_each(|member| member.thread.signal(self.signal));
        rung().next().is_some()
    }

    /// Sleeps until there is something to do; `false` when it is time to leave (U3).
    fn is_needed(&self, state: &mut MutexGuard<'_, State>) -> bool {
        if !state.members.is_empty() {
            self.changed.wait(state);
            return true;
        }
        if state.is_shut_down {
            return false;
        }
        let until = clock::now() + LINGER;
        let outcome = self.changed.wait_until(state, until);
        !outcome.timed_out() || !state.members.is_empty()
    }
}

/// A section by name, for the abort.
#[derive(Debug)]
struct Inside {
    shared: Arc<Shared>,
    key: u64,
}

impl Wake for Inside {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Rings the section.
    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.shared.state.lock();
        if let Some(member) = state.members.get_mut(&self.key) {
            member.is_rung = true;
        }
        drop(state);
        self.shared.changed.notify_all();
    }
}

/// Keeps this thread in a section.
#[derive(Debug)]
struct Section {
    inside: Arc<Inside>,
    /// What this thread had blocked before.
    mask: libc::sigset_t,
    of_this_thread: PhantomData<*const ()>,
}

impl Section {
    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.inside))
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        let shared = &self.inside.shared;
        let mut state = shared.state.lock();
        state.members.remove(&self.inside.key);
        let is_last = state.members.is_empty();
        drop(state);
        if is_last {
            // From now on the sender's time runs (U3).
            shared.changed.notify_all();
        }
        set_mask(libc::SIG_SETMASK, &self.mask);
    }
}

impl Target {
    fn this() -> Self {
        // SAFETY: it only names the calling thread.
        Self(unsafe { libc::pthread_self() })
    }

    /// To be called under the lock, for a member.
    fn signal(self, signal: i32) {
        // SAFETY: a member's thread is inside of its section and so lives (U1).
        let _refused = unsafe { libc::pthread_kill(self.0, signal) };
        // A queue of signals that is full is tried again after the pause; the signal itself was good
        // enough for `install_handler`.
    }
}

/// What the signal does: it ends the call that the thread is in.
extern "C" fn do_nothing(_signal: libc::c_int) {}

/// Sees to it that the signal has our handler.
fn install_handler(signal: i32) -> io::Result<()> {
    let ours = do_nothing as extern "C" fn(libc::c_int) as libc::sighandler_t;
    let present = action(signal, None)?.sa_sigaction;
    if present == ours {
        return Ok(());
    }
    if present != libc::SIG_DFL && present != libc::SIG_IGN {
        let message = format!(
            "signal {signal} has a handler of the program's own: choose another one by \
             `Builder::interrupt_signal`"
        );
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    // SAFETY: all zero is an action: the default one, with no flag.
    let mut wanted: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    wanted.sa_sigaction = ours;
    wanted.sa_mask = empty_set();
    action(signal, Some(&wanted)).map(drop)
}

/// Reads the action of a signal, and sets another one where there is one.
fn action(signal: i32, wanted: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    let mut before = MaybeUninit::zeroed();
    let wanted = wanted.map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: `wanted` is null or an action whose handler does nothing, so that it is safe anywhere;
    // `before` is there to be written.
    match unsafe { libc::sigaction(signal, wanted, before.as_mut_ptr()) } {
        // SAFETY: zeroed, and then written by the system: an action.
        0 => Ok(unsafe { before.assume_init() }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn empty_set() -> libc::sigset_t {
    let mut set = MaybeUninit::zeroed();
    // SAFETY: the set is there to be written.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the system has just made it an empty set.
    unsafe { set.assume_init() }
}

/// Lets this thread get the signal. Returns what it had blocked before.
fn unblock(signal: i32) -> libc::sigset_t {
    let mut set = empty_set();
    // SAFETY: the set is one, and a number that is no signal is refused.
    unsafe { libc::sigaddset(&raw mut set, signal) };
    set_mask(libc::SIG_UNBLOCK, &set)
}

/// Changes what this thread has blocked. Returns what it had before.
fn set_mask(how: i32, set: &libc::sigset_t) -> libc::sigset_t {
    let mut before = empty_set();
    // SAFETY: both are sets, and the mask is this thread's own.
    let refused = unsafe { libc::pthread_sigmask(how, set, &raw mut before) };
    assert_eq!(refused, 0, "the system refuses a signal mask");
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until the sender has left.
    fn wait_for_the_end(signals: &Signals) {
        let deadline = clock::now() + 20 * LINGER;
        while signals.shared.state.lock().has_sender {
            assert!(clock::now() < deadline, "the sender stays: {signals:?}");
            thread::yield_now();
        }
    }

    #[test]
    fn the_sender_leaves_when_nobody_is_inside_and_comes_again() {
        let signals = Signals::new(None);
        for _ in 0..2 {
            let outer = signals.enter().expect("a thread for the test");
            let inner = signals.enter().expect("it is there");
            drop((outer, inner));
            assert!(signals.shared.state.lock().members.is_empty());
            wait_for_the_end(&signals);
        }
        signals.shut_down();
        signals.join();
    }

    #[test]
    fn a_section_that_is_rung_keeps_the_sender_until_it_is_left() {
        let signals = Signals::new(None);
        let section = signals.enter().expect("a thread for the test");
        signals.shut_down();
        section.waker().wake();
        // Somebody is inside: nothing is waited for.
        signals.join();
        assert!(signals.shared.state.lock().has_sender);
        drop(section);
        signals.join();
        assert!(!signals.shared.state.lock().has_sender);
    }
}

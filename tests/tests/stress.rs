//! Wakes, aborts, joins, drops, panics and shutdown, all at once, and every object accounted for.
//!
//! Runs for seconds; `WANE_STRESS_SECONDS` makes it longer. Each round has a seed of its own, which is
//! printed where the round fails: `WANE_STRESS_SEED` starts with it again. Threads still run as they
//! like.
//!
//! One test, since slots and threads are the process's.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use wane::runtime::{Handle, Runtime, RuntimeMetrics};
use wane::task::{AbortHandle, JoinHandle, LocalSet};
use wane_tests::census::Census;
use wane_tests::dice::Dice;
use wane_tests::drops::{Ledger, Token};
use wane_tests::gate::Gate;
use wane_tests::hang::{self, Deadline};
use wane_tests::rounds;
use wane_tests::runtimes::Kind;

/// Threads that race.
const THREADS: usize = 8;

/// What each of them does in a round.
const STEPS: usize = 300;

/// Wakers that are kept to be woken late.
const STALE_MAX: usize = 256;

/// How a round's runtime goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// After the racers.
    Calm,
    /// Under the racers.
    Dropped,
    /// Under the racers, in a task of its own.
    DroppedInside,
    /// Under the racers, which is not waited for.
    Background,
    /// Under the racers, and no longer than this.
    Timeout,
}

impl End {
    const ALL: [Self; 5] = [
        Self::Calm,
        Self::Dropped,
        Self::DroppedInside,
        Self::Background,
        Self::Timeout,
    ];
}

#[test]
fn every_object_is_accounted_for_whatever_races() {
    // Each end on each kind at least once, however slow the machine.
    let least = (End::ALL.len() * Kind::ALL.len()) as u64;
    rounds::run(5, least, |seed| {
        round(seed);
        local_round(seed);
    });
}

/// What the racers share.
#[derive(Clone)]
struct Arena {
    handle: Handle,
    ledger: Arc<Ledger>,
    wakers: Arc<Mutex<Vec<Waker>>>,
    aborts: Arc<Mutex<Vec<AbortHandle>>>,
    /// Nobody stops the runtime while they race.
    is_calm: bool,
}

fn round(seed: u64) {
    let census = Census::take();
    let combination = seed as usize % (End::ALL.len() * Kind::ALL.len());
    let end = End::ALL[combination % End::ALL.len()];
    let kind = Kind::ALL[combination / End::ALL.len()];
    let scene = format!("seed {seed}, {kind}, {end:?}");
    let runtime = kind.build();
    let deadline = Deadline::start(&scene, runtime.metrics());
    let arena = Arena {
        handle: runtime.handle().clone(),
        ledger: Ledger::new(),
        wakers: Arc::default(),
        aborts: Arc::default(),
        is_calm: end == End::Calm,
    };
    let racers = (0..THREADS as u64).map(|racer| {
        let arena = arena.clone();
        let dice = Dice::new(seed.wrapping_mul(THREADS as u64).wrapping_add(racer));
        thread::spawn(move || Racer::new(arena, dice).race())
    });
    let racers = racers.collect::<Vec<_>>();
    end_runtime(runtime, end, &racers);
    for racer in racers {
        racer
            .join()
            .unwrap_or_else(|_| panic!("a racer panicked: {scene}"));
    }
    account(&arena, &scene);
    drop(deadline);
    drop(arena);
    let after = hang::settle(&census, hang::PATIENCE, Census::take);
    assert_eq!(after, census, "threads and descriptors, {scene}");
}

/// Stale wakes and aborts do nothing; then nothing is left.
fn account(arena: &Arena, scene: &str) {
    let wakers = std::mem::take(&mut *arena.wakers.lock().expect("no panic under this lock"));
    wakers.into_iter().for_each(Waker::wake);
    let aborts = std::mem::take(&mut *arena.aborts.lock().expect("no panic under this lock"));
    aborts.iter().for_each(AbortHandle::abort);
    // Whoever did not wait for the shutdown finds it done in the end.
    hang::until(scene, &arena.ledger, || {
        arena.ledger.is_settled() && RuntimeMetrics::process_slots_in_use() == 0
    });
    assert!(aborts.iter().all(AbortHandle::is_finished), "{scene}");
    assert_eq!(arena.handle.metrics().num_alive_tasks(), 0, "{scene}");
}

fn end_runtime(runtime: Runtime, end: End, racers: &[thread::JoinHandle<()>]) {
    match end {
        End::Calm => {
            // On a current-thread runtime this is what runs the tasks.
            runtime.block_on(async {
                while !racers.iter().all(thread::JoinHandle::is_finished) {
                    wane::time::sleep(Duration::from_millis(1)).await;
                }
            });
            drop(runtime);
        }
        End::Dropped => {
            run_for_a_moment(&runtime);
            drop(runtime);
        }
        End::DroppedInside => drop_inside(runtime),
        End::Background => {
            run_for_a_moment(&runtime);
            runtime.shutdown_background();
        }
        End::Timeout => {
            run_for_a_moment(&runtime);
            runtime.shutdown_timeout(Duration::from_micros(200));
        }
    }
}

/// Long enough for the racers to be in the midst of it.
fn run_for_a_moment(runtime: &Runtime) {
    runtime.block_on(async { wane::time::sleep(Duration::from_millis(2)).await });
}

/// A current-thread runtime runs its tasks in `block_on`, which borrows it: there a blocking job drops it.
fn drop_inside(runtime: Runtime) {
    run_for_a_moment(&runtime);
    let handle = runtime.handle().clone();
    let dropped = Gate::new();
    let done = dropped.clone();
    let drops = move || {
        drop(runtime);
        done.open();
    };
    match handle.runtime_flavor() {
        wane::runtime::RuntimeFlavor::CurrentThread => drop(handle.spawn_blocking(drops)),
        _ => drop(handle.spawn(async move { drops() })),
    }
    dropped.wait();
}

/// A thread that does as its dice say.
struct Racer {
    arena: Arena,
    dice: Dice,
    handles: Vec<JoinHandle<Output>>,
}

impl Racer {
    fn new(arena: Arena, dice: Dice) -> Self {
        Self {
            arena,
            dice,
            handles: Vec::new(),
        }
    }

    fn race(mut self) {
        for _ in 0..STEPS {
            self.step();
        }
        // Sleepers that nobody wakes any more are aborted, and every outcome is taken.
        self.handles.iter().for_each(JoinHandle::abort);
        for handle in std::mem::take(&mut self.handles) {
            join(handle);
        }
    }

    fn step(&mut self) {
        match self.dice.roll(12) {
            0..=2 => self.spawn(),
            3 => self.spawn_blocking(),
            4 | 5 => self.wake(),
            6 => self.with_handle(|handle| handle.abort()),
            7 => self.abort_late(),
            8 => self.drop_handle(),
            9 => self.join_aborted(),
            10 => self.forget(),
            _ => self.with_handle(|handle| {
                let finished = handle.is_finished();
                assert!(!finished || handle.abort_handle().is_finished());
            }),
        }
    }

    fn spawn(&mut self) {
        let spawner = self.arena.handle.clone();
        let handle = match self.dice.roll(3) {
            0 => spawner.spawn(self.sleeper::<0>()),
            1 => spawner.spawn(self.sleeper::<200>()),
            _ => spawner.spawn(self.sleeper::<5000>()),
        };
        self.keep(handle);
    }

    fn sleeper<const STATE: usize>(&mut self) -> Sleeper<STATE> {
        Sleeper {
            output: Some(self.output()),
            _fuse: Fuse(self.dice.one_in(16)),
            polls: self.dice.roll(4),
            panics: self.dice.one_in(8),
            wakers: self.arena.wakers.clone(),
            _state: [0; STATE],
        }
    }

    fn output(&mut self) -> Output {
        Output {
            _token: self.arena.ledger.token(),
            fuse: Fuse(self.dice.one_in(16)),
        }
    }

    fn spawn_blocking(&mut self) {
        let output = self.output();
        let panics = self.dice.one_in(8);
        let handle = self.arena.handle.spawn_blocking(move || {
            if panics {
                // Outputs with a lit fuse are dropped by the unwinding, and stay quiet then.
                burst();
            }
            output
        });
        self.keep(handle);
    }

    fn keep(&mut self, handle: JoinHandle<Output>) {
        let mut aborts = self.arena.aborts.lock().expect("no panic under this lock");
        let at = self.dice.roll(STALE_MAX as u64) as usize;
        match aborts.get_mut(at) {
            Some(stale) => *stale = handle.abort_handle(),
            None => aborts.push(handle.abort_handle()),
        }
        drop(aborts);
        self.handles.push(handle);
    }

    fn wake(&mut self) {
        let mut wakers = self.arena.wakers.lock().expect("no panic under this lock");
        let waker = match self.dice.one_in(2) {
            true => wakers.pop(),
            false => wakers.first().cloned(),
        };
        drop(wakers);
        match self.dice.roll(3) {
            0 => waker.iter().for_each(Waker::wake_by_ref),
            _ => waker.into_iter().for_each(Waker::wake),
        }
    }

    fn with_handle(&mut self, act: impl FnOnce(&JoinHandle<Output>)) {
        if !self.handles.is_empty() {
            let at = self.dice.roll(self.handles.len() as u64) as usize;
            act(&self.handles[at]);
        }
    }

    fn take_handle(&mut self) -> Option<JoinHandle<Output>> {
        let count = self.handles.len() as u64;
        (count > 0).then(|| self.handles.swap_remove(self.dice.roll(count) as usize))
    }

    /// Somebody else's task, which may long be over.
    fn abort_late(&mut self) {
        let aborts = self.arena.aborts.lock().expect("no panic under this lock");
        let count = aborts.len() as u64;
        let abort = (count > 0).then(|| aborts[self.dice.roll(count) as usize].clone());
        drop(aborts);
        abort.iter().for_each(AbortHandle::abort);
    }

    fn drop_handle(&mut self) {
        let handle = self.take_handle();
        handle.iter().for_each(JoinHandle::abort);
        drop(handle);
    }

    fn join_aborted(&mut self) {
        if let Some(handle) = self.take_handle() {
            handle.abort();
            join(handle);
        }
    }

    /// Forgotten wakers keep nothing; nor does the forgotten handle of a task that returned nothing.
    fn forget(&mut self) {
        let waker = self
            .arena
            .wakers
            .lock()
            .expect("no panic under this lock")
            .pop();
        std::mem::forget(waker);
        if self.arena.is_calm {
            let handle = self.arena.handle.spawn(async {});
            let abort = handle.abort_handle();
            std::mem::forget(handle);
            hang::until("the end of a forgotten task", &self.arena.handle, || {
                abort.is_finished()
            });
        }
    }
}

/// Waits for a task that is over or aborted, on a thread that is in no runtime.
fn join(handle: JoinHandle<Output>) {
    let here = Kind::CurrentThread.build();
    match here.block_on(handle) {
        Ok(mut output) => output.fuse.0 = false,
        Err(error) => assert!(error.is_cancelled() || error.is_panic()),
    }
}

/// Panics when it is dropped, if lit, and unless something else panics already.
struct Fuse(bool);

impl Drop for Fuse {
    fn drop(&mut self) {
        if self.0 && !thread::panicking() {
            burst();
        }
    }
}

/// A planned panic, past the panic hook.
fn burst() -> ! {
    std::panic::resume_unwind(Box::new("planned"))
}

/// A value that is dropped exactly once, by whoever has it then.
struct Output {
    _token: Token,
    fuse: Fuse,
}

/// Stays for some polls, leaves its waker to everybody, then returns or panics; may panic when dropped.
struct Sleeper<const STATE: usize> {
    output: Option<Output>,
    _fuse: Fuse,
    polls: u64,
    panics: bool,
    wakers: Arc<Mutex<Vec<Waker>>>,
    _state: [u8; STATE],
}

impl<const STATE: usize> Drop for Sleeper<STATE> {
    fn drop(&mut self) {
        // Of two lit fuses the second would go off while the first one's panic unwinds.
        if let Some(output) = &mut self.output {
            output.fuse.0 = false;
        }
    }
}

impl<const STATE: usize> Future for Sleeper<STATE> {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Output> {
        if self.polls > 0 {
            self.polls -= 1;
            let mut wakers = self.wakers.lock().expect("no panic under this lock");
            let stale = (wakers.len() > STALE_MAX).then(|| wakers.swap_remove(0));
            wakers.push(ctx.waker().clone());
            drop(wakers);
            drop(stale);
            if self.polls.is_multiple_of(2) {
                ctx.waker().wake_by_ref();
            }
            return Poll::Pending;
        }
        if self.panics {
            burst();
        }
        Poll::Ready(self.output.take().expect("polled once after the last"))
    }
}

/// A set whose tasks are woken and aborted from other threads, until it is dropped with what is left.
fn local_round(seed: u64) {
    let mut dice = Dice::new(!seed);
    let ledger = Ledger::new();
    let wakers = Arc::<Mutex<Vec<Waker>>>::default();
    let runtime = dice.pick(&Kind::ALL).build();
    let deadline = Deadline::start("a local set", runtime.metrics());
    let set = LocalSet::new();
    let handles = (0..100).map(|_| {
        set.spawn_local(Sleeper::<64> {
            output: Some(Output {
                _token: ledger.token(),
                fuse: Fuse(dice.one_in(16)),
            }),
            _fuse: Fuse(dice.one_in(16)),
            polls: dice.roll(6),
            panics: dice.one_in(8),
            wakers: wakers.clone(),
            _state: [0; 64],
        })
    });
    let mut handles = handles.collect::<Vec<_>>();
    let foreign = [0, 1].map(|racer| {
        let wakers = wakers.clone();
        let aborts = handles
            .iter()
            .skip(racer)
            .step_by(4)
            .map(JoinHandle::abort_handle);
        let aborts = aborts.collect::<Vec<_>>();
        thread::spawn(move || wake_and_abort(&wakers, &aborts))
    });
    handles.truncate(50);
    let joined = set.block_on(&runtime, async {
        wane::time::timeout(Duration::from_millis(2), async {
            for handle in &mut handles {
                if let Ok(mut output) = handle.await {
                    output.fuse.0 = false;
                }
            }
        })
        .await
    });
    drop((set, joined, handles));
    for thread in foreign {
        thread
            .join()
            .unwrap_or_else(|_| panic!("a foreign thread panicked: seed {seed}"));
    }
    drop(runtime);
    drop(deadline);
    let wakers = std::mem::take(&mut *wakers.lock().expect("no panic under this lock"));
    wakers.into_iter().for_each(Waker::wake);
    assert!(ledger.is_settled(), "seed {seed}: {ledger:?}");
    assert_eq!(RuntimeMetrics::process_slots_in_use(), 0, "seed {seed}");
}

fn wake_and_abort(wakers: &Mutex<Vec<Waker>>, aborts: &[AbortHandle]) {
    for abort in aborts {
        let waker = wakers.lock().expect("no panic under this lock").pop();
        waker.into_iter().for_each(Waker::wake);
        abort.abort();
        thread::yield_now();
    }
}

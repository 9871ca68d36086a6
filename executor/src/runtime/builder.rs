//! Configuring a runtime.

use std::fmt;
use std::io;
use std::time::Duration;

use wane_channel::base::sync::Arc;

use super::handle::Handle;
use super::runtime::{Kind, Runtime};
use crate::blocking;
use crate::driver::Driver;
use crate::parts::local_queue::LocalQueue;
use crate::scheduler::core::{Config, Core, Flavor, Hook};
use crate::scheduler::current::CurrentThread;
use crate::scheduler::herald::{self, Event, Herald};
use crate::scheduler::idle::WORKERS_MAX;
use crate::scheduler::observer::Wishes;
use crate::scheduler::rescue::{self, SPARES_MAX};
use crate::scheduler::threads::{self, Threads};

/// Polls between two looks at the driver.
const EVENT_INTERVAL: u32 = 61;

/// Polls between two looks at the shared queue first.
const GLOBAL_QUEUE_INTERVAL: u32 = 31;

/// The environment variable that sets the number of workers where the program does not.
const WORKERS_VARIABLE: &str = "WANE_WORKER_THREADS";

type Name = Arc<dyn Fn() -> String + Send + Sync + 'static>;

/// Builds a [`Runtime`] with a configuration of its own.
///
/// ```
/// let runtime = wane::runtime::Builder::new_multi_thread()
///     .worker_threads(4)
///     .thread_name("io")
///     .enable_all()
///     .build()?;
/// assert_eq!(runtime.metrics().num_workers(), 4);
/// # std::io::Result::Ok(())
/// ```
pub struct Builder {
    workers: Option<usize>,
    config: Config,
    name: Name,
    stack_size: Option<usize>,
    keep_alive: Option<Duration>,
    max_blocking_threads: Option<usize>,
    max_blocking_queue: Option<usize>,
    rescue: rescue::Config,
    interrupt_signal: Option<i32>,
    on_event: Option<herald::Hook>,
    wishes: Wishes,
}

impl Builder {
    /// A runtime whose tasks run on threads of its own and steal work from each other.
    #[must_use]
    pub fn new_multi_thread() -> Self {
        Self::new(Flavor::MultiThread)
    }

    /// A runtime whose tasks run on the thread that calls [`Runtime::block_on`], and only while it is
    /// in there.
    #[must_use]
    pub fn new_current_thread() -> Self {
        Self::new(Flavor::CurrentThread)
    }

    fn new(flavor: Flavor) -> Self {
        Self {
            workers: None,
            config: Config {
                flavor,
                event_interval: EVENT_INTERVAL,
                global_queue_interval: GLOBAL_QUEUE_INTERVAL,
                on_thread_start: None,
                on_thread_stop: None,
                on_thread_park: None,
                on_thread_unpark: None,
                observer: None,
            },
            name: Arc::new(|| "wane-worker".to_owned()),
            stack_size: None,
            keep_alive: None,
            max_blocking_threads: None,
            max_blocking_queue: None,
            rescue: rescue::Config::default(),
            interrupt_signal: None,
            on_event: None,
            wishes: Wishes::default(),
        }
    }

    /// Sockets are always enabled; this keeps code compiling that enables them.
    pub fn enable_io(&mut self) -> &mut Self {
        self
    }

    /// Timers are always enabled; this keeps code compiling that enables them.
    pub fn enable_time(&mut self) -> &mut Self {
        self
    }

    /// Everything is always enabled; this keeps code compiling that enables it.
    pub fn enable_all(&mut self) -> &mut Self {
        self
    }

    /// How many workers a multi-thread runtime has. The default is the environment variable
    /// `WANE_WORKER_THREADS`, or else the number of processors this process may use. A current-thread
    /// runtime has one.
    ///
    /// # Panics
    ///
    /// For 0, and for 65,536 and more.
    #[track_caller]
    pub fn worker_threads(&mut self, workers: usize) -> &mut Self {
        assert!(workers > 0, "Worker threads cannot be set to 0");
        assert!(
            workers <= WORKERS_MAX,
            "at most {WORKERS_MAX} worker threads, not {workers}"
        );
        self.workers = Some(workers);
        self
    }

    /// How many threads may run blocking jobs at the same time, besides the workers. Jobs beyond
    /// that wait; jobs that wait for each other in ways that the runtime cannot see can then wait for
    /// ever.
    ///
    /// Without a number of the program's own, jobs that go on get up to 448 threads. More are started
    /// one at a time, and only while nothing moves at all, up to 4096: jobs that wait for each other may
    /// need them.
    ///
    /// A thread that waits in a blocking operation of [`channel`](crate::channel) or in `block_on` does
    /// not count meanwhile, up to 256 of them: others do the work, also what it waits for. Nor does a
    /// thread whose job was aborted and runs on, however many there are: nothing that is stuck for good
    /// keeps new work from running. [`abandoned_blocking_jobs`] names those jobs. Where the system itself
    /// gives no thread any more, [`try_spawn_blocking`](Handle::try_spawn_blocking) says so.
    ///
    /// [`abandoned_blocking_jobs`]: super::RuntimeMetrics::abandoned_blocking_jobs
    ///
    /// The runtime's own calls (name look-up) have threads of their own, up to four, and so has the
    /// dropping of aborted jobs: neither waits for a pool that is full.
    ///
    /// # Panics
    ///
    /// For 0.
    #[track_caller]
    pub fn max_blocking_threads(&mut self, threads: usize) -> &mut Self {
        assert!(threads > 0, "Max blocking threads cannot be set to 0");
        self.max_blocking_threads = Some(threads);
        self
    }

    /// How many blocking jobs may wait for a thread before [`try_spawn_blocking`] refuses the next
    /// one. With 0 it takes only what a thread can begin at once. There is no limit by default, and
    /// [`spawn_blocking`](Handle::spawn_blocking) knows none.
    ///
    /// [`try_spawn_blocking`]: Handle::try_spawn_blocking
    pub fn max_blocking_queue(&mut self, jobs: usize) -> &mut Self {
        self.max_blocking_queue = Some(jobs);
        self
    }

    /// The name of all threads of the runtime; `wane-worker` by default.
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        self.name = Arc::new(move || name.clone());
        self
    }

    /// What names each new thread of the runtime.
    pub fn thread_name_fn<F>(&mut self, name: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.name = Arc::new(name);
        self
    }

    /// The stack of each thread of the runtime, in bytes. The default is std's, 2 MiB.
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.stack_size = Some(bytes);
        self
    }

    /// How long a thread for blocking jobs stays without work; 10 seconds by default.
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.keep_alive = Some(duration);
        self
    }

    /// The signal by which an abort ends the system call that a blocking job is in, inside of
    /// [`BlockingContext::interruptible`](crate::task::BlockingContext::interruptible); `SIGURG` by
    /// default. It gets a handler, for the whole process, when a job first needs it, and never before.
    ///
    /// ```
    /// let runtime = wane::runtime::Builder::new_current_thread()
    ///     .interrupt_signal(12)
    ///     .build()?;
    /// let job = runtime.spawn_blocking_with(|ctx| ctx.interruptible(|| Ok(5)));
    /// assert_eq!(runtime.block_on(job).unwrap()?, 5);
    /// # std::io::Result::Ok(())
    /// ```
    #[cfg(unix)]
    pub fn interrupt_signal(&mut self, signal: i32) -> &mut Self {
        self.interrupt_signal = Some(signal);
        self
    }

    /// Called on each thread of the runtime as it starts.
    pub fn on_thread_start<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_start = Some(Arc::new(hook));
        self
    }

    /// Called on each thread of the runtime before it ends.
    pub fn on_thread_stop<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_stop = Some(Arc::new(hook));
        self
    }

    /// Called on a worker before it goes to sleep.
    pub fn on_thread_park<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_park = Some(Arc::new(hook));
        self
    }

    /// Called on a worker after it has slept.
    pub fn on_thread_unpark<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.config.on_thread_unpark = Some(Arc::new(hook));
        self
    }

    /// Called with each [`Event`]: when something does not go on as it should, or does again.
    ///
    /// It is called on a thread that watches the workers (there is none with
    /// [`rescue_threads(0)`](Builder::rescue_threads), nor on a current-thread runtime, and so no event
    /// of stuck workers or abandoned jobs), on one of the pool for blocking jobs, or on one that spawns a blocking job for
    /// which the system gives no thread; outside of the runtime's context, and with no lock held. It
    /// should return soon, since who calls it has nothing else to watch with. A panic ends in there. It
    /// may drop the runtime.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    /// use wane::runtime::{Builder, Event};
    ///
    /// let (tell, told) = mpsc::channel();
    /// let runtime = Builder::new_multi_thread()
    ///     .on_event(move |event| drop(tell.send(event.clone())))
    ///     .build()?;
    /// let stuck = runtime.spawn(async { std::thread::sleep(Duration::from_millis(200)) });
    ///
    /// match told.recv().unwrap() {
    ///     Event::WorkerStuck(worker) => {
    ///         let task = worker.task().expect("it is in a task");
    ///         assert_eq!(task.id(), stuck.id());
    ///         assert_eq!(task.spawned_at().file(), file!());
    ///     }
    ///     event => panic!("{event}"),
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_event<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn(&Event) + Send + Sync + 'static,
    {
        self.on_event = Some(Arc::new(hook));
        self
    }

    /// How many spare workers may replace workers that are stuck in a poll, at a time; 32 by default.
    /// With 0 nobody is replaced and nobody watches: a task that blocks its thread holds up whatever
    /// waits for that worker, and [`block_in_place`](crate::task::block_in_place) hands its queue over
    /// but adds no thread.
    ///
    /// A worker counts as stuck when one poll takes longer than [`Builder::rescue_after`]. Where work
    /// waits and its thread does not use a processor meanwhile it is replaced until it comes back; where
    /// every worker is stuck one more comes in any case, for timers, sockets and whatever is queued.
    ///
    /// It cannot help those who wait inside the stuck task itself, tasks that are not `Send` and live with
    /// it in one [`LocalSet`](crate::task::LocalSet), or those who wait for a lock that the stuck task
    /// holds: each of them blocks a worker, too, until there is none left. The owner needs none of these
    /// to go on.
    ///
    /// # Panics
    ///
    /// For more than 1024.
    #[track_caller]
    pub fn rescue_threads(&mut self, threads: usize) -> &mut Self {
        assert!(
            threads <= SPARES_MAX,
            "rescue_threads must be {SPARES_MAX} at most"
        );
        self.rescue.spares = threads;
        self
    }

    /// How long one poll may take before its worker counts as stuck; 10 milliseconds by default.
    ///
    /// # Panics
    ///
    /// For less than a millisecond.
    #[track_caller]
    pub fn rescue_after(&mut self, limit: Duration) -> &mut Self {
        assert!(
            limit >= Duration::from_millis(1),
            "rescue_after must be a millisecond or more"
        );
        self.rescue.limit = limit;
        self
    }

    /// How many polls a busy worker makes between two looks at the queue that is fed from outside;
    /// 31 by default.
    ///
    /// # Panics
    ///
    /// For 0.
    #[track_caller]
    pub fn global_queue_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "global_queue_interval must be greater than 0");
        self.config.global_queue_interval = polls;
        self
    }

    /// How many polls a busy worker makes between two looks at sockets and timers; 61 by default. It
    /// looks at most every 50 microseconds.
    ///
    /// # Panics
    ///
    /// For 0.
    #[track_caller]
    pub fn event_interval(&mut self, polls: u32) -> &mut Self {
        assert!(polls > 0, "event_interval must be greater than 0");
        self.config.event_interval = polls;
        self
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// The system refuses a descriptor for the driver or a thread for a worker; and
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for a `WANE_WORKER_THREADS` that is no number of
    /// workers.
    pub fn build(&mut self) -> io::Result<Runtime> {
        let herald = Herald::new(self.on_event.clone());
        let mut blocking_config = self.blocking_config();
        let told = herald.clone();
        blocking_config.listener = Arc::new(move |alarm| told.tell_of_pool(alarm));
        let blocking = blocking::Blocking::new(blocking_config);
        let threads = Threads {
            name: self.name.clone(),
            stack_size: self.stack_size,
        };
        let (core, queues) = Core::new(
            Config {
                observer: self.wishes.observer(),
                ..self.config.clone()
            },
            self.worker_count()?,
            Driver::new()?,
            (blocking, herald.clone()),
            (self.rescue_config(), threads.clone()),
        );
        herald.attend(&core);
        let kind = self.start(&core, queues, &threads)?;
        Ok(Runtime::from_parts(Handle::new(core), kind))
    }

    /// What is to be watched.
    pub(super) fn wishes(&mut self) -> &mut Wishes {
        &mut self.wishes
    }

    fn start(
        &self,
        core: &Arc<Core>,
        mut queues: Vec<LocalQueue<crate::cell::runnable::Runnable>>,
        threads: &Threads,
    ) -> io::Result<Kind> {
        match self.config.flavor {
            Flavor::CurrentThread => {
                let queue = queues
                    .pop()
                    .expect("a current-thread runtime has one worker");
                Ok(Kind::Current(CurrentThread::new(core.clone(), queue)))
            }
            Flavor::MultiThread => Ok(Kind::Threads(threads::start(core, queues, threads)?)),
        }
    }

    /// On a current-thread runtime there is nobody to replace: its one worker is the thread inside
    /// `block_on`.
    fn rescue_config(&self) -> rescue::Config {
        match self.config.flavor {
            Flavor::MultiThread => self.rescue,
            Flavor::CurrentThread => rescue::Config {
                spares: 0,
                ..self.rescue
            },
        }
    }

    fn worker_count(&self) -> io::Result<usize> {
        match (self.config.flavor, self.workers) {
            (Flavor::CurrentThread, _) => Ok(1),
            (Flavor::MultiThread, Some(workers)) => Ok(workers),
            (Flavor::MultiThread, None) => default_workers(),
        }
    }

    fn blocking_config(&self) -> blocking::config::Config {
        let mut config = blocking::config::Config::for_cores(processors());
        config.name = self.name.clone();
        config.stack_size = self.stack_size;
        config.on_start = self.config.on_thread_start.clone();
        config.on_stop = self.config.on_thread_stop.clone();
        config.signal = self.interrupt_signal;
        config.max = self.max_blocking_threads;
        config.queue_max = self.max_blocking_queue.unwrap_or(config.queue_max);
        config.keep_alive = self.keep_alive.unwrap_or(config.keep_alive);
        config
    }
}

fn processors() -> usize {
    // Where the system does not say, one worker is right everywhere.
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn default_workers() -> io::Result<usize> {
    let Some(text) = std::env::var_os(WORKERS_VARIABLE) else {
        return Ok(processors().min(WORKERS_MAX));
    };
    let workers = text.to_str().and_then(|text| text.parse().ok());
    workers
        .filter(|workers| (1..=WORKERS_MAX).contains(workers))
        .ok_or_else(|| {
            let text = text.display();
            let message = format!(
                "{WORKERS_VARIABLE} is {text:?}: set it to a number from 1 to {WORKERS_MAX}"
            );
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hook = |hook: &Option<Hook>| hook.as_ref().map(|_| "..");
        f.debug_struct("Builder")
            .field("flavor", &self.config.flavor)
            .field("worker_threads", &self.workers)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .field("max_blocking_queue", &self.max_blocking_queue)
            .field("interrupt_signal", &self.interrupt_signal)
            .field("thread_stack_size", &self.stack_size)
            .field("thread_keep_alive", &self.keep_alive)
            .field("rescue", &self.rescue)
            .field("on_thread_start", &hook(&self.config.on_thread_start))
            .field("on_thread_stop", &hook(&self.config.on_thread_stop))
            .field("on_thread_park", &hook(&self.config.on_thread_park))
            .field("on_thread_unpark", &hook(&self.config.on_thread_unpark))
            .field("on_event", &self.on_event.as_ref().map(|_| ".."))
            .finish_non_exhaustive()
    }
}

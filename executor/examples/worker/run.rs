//! One run: store, come to rest, look, store the rest, come to rest, look again, read back.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use wane::net::TcpListener;
use wane::runtime::Handle;
use wane::select;
use wane::sync::watch;
use wane::task::JoinHandle;
use wane::time::{Instant, sleep, timeout};

use crate::args::{Args, Goal};
use crate::fanout::Desk;
use crate::handles::Handles;
use crate::meter::{Mark, Meter};
use crate::offer::Offerer;
use crate::progress::Progress;
use crate::report::Report;
use crate::source::Source;
use crate::stop::Stop;
use crate::store::Store;
use crate::store::faults::Faults;
use crate::store::server::Server;
use crate::verify::Verifier;
use wane::channel;

/// Chunks that wait between the offering side and the workers, at most.
const CHANNEL_CAPACITY: usize = 4_096;

/// The share of the goal after which the process is looked at for the first time: late enough that
/// every pool thread and cache exists, early enough that most of the run comes after it.
const EARLY_SHARE: f64 = 0.2;

/// How long tasks that are over may take to disappear.
const REST_TIME_MAX: Duration = Duration::from_secs(10);
const REST_LOOK_PERIOD: Duration = Duration::from_millis(1);

/// Why a run came to no report.
#[derive(Debug)]
pub(crate) enum RunError {
    /// A second Ctrl-C.
    GivenUp,
    Io(&'static str, io::Error),
    /// Tasks that should have ended are alive: as many as before the first object, and now.
    Restless {
        before: usize,
        now: usize,
    },
}

/// A run under way.
struct Run {
    desk: Desk,
    offerer: Offerer,
    workers: Vec<JoinHandle<()>>,
    lull: watch::Sender<u32>,
    /// Tasks alive before the first object.
    tasks_before: usize,
    meter: Arc<Meter>,
}

/// Tasks that would go on for ever; aborted at the latest when this is dropped.
struct Background([JoinHandle<()>; 2]);

/// Runs what `args` ask for.
pub(crate) async fn run(
    args: &Args,
    source: Source,
    store: Arc<Store>,
    stop: &Stop,
) -> Result<Report, RunError> {
    let handles = Arc::new(Handles::new());
    select! {
        report = run_to_the_end(args, (source, store), stop, &handles) => report,
        () = stop.given_up() => {
            handles.abort_all();
            Err(RunError::GivenUp)
        }
    }
}

async fn run_to_the_end(
    args: &Args,
    (source, store): (Source, Arc<Store>),
    stop: &Stop,
    handles: &Arc<Handles>,
) -> Result<Report, RunError> {
    let (source, meter) = (Arc::new(source), Arc::new(Meter::new()));
    let goal = args.goal(source.chunks());
    let server = Arc::new(Server {
        store,
        faults: Faults::new(args.seed),
    });
    let (address, serving) = listen(&server).await?;
    let background = Background([serving, Progress::start(goal, meter.clone())]);

    let run = Run::begin(args, goal, address, &source, (stop, handles, &meter));
    let began = Instant::now();
    let (early, late) = run.store_all().await?;
    let storing = began.elapsed();
    let holdings = handles.release();
    run.end().await;
    Verifier {
        store: address,
        source,
        meter: meter.clone(),
    }
    .verify_all(args.workers)
    .await;
    background.end().await;

    let (refused, hung_up) = (server.faults.refused(), server.faults.hung_up());
    let half_written = server.store.half_written();
    let half_written = half_written.map_err(|error| RunError::Io("list the store", error))?;
    Ok(Report {
        meter,
        refused,
        hung_up,
        half_written,
        storing,
        early,
        late,
        holdings,
    })
}

async fn listen(server: &Arc<Server>) -> Result<(SocketAddr, JoinHandle<()>), RunError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = bound.map_err(|error| RunError::Io("listen", error))?;
    let address = listener
        .local_addr()
        .map_err(|error| RunError::Io("listen", error))?;
    Ok((address, wane::spawn(server.clone().serve(listener))))
}

impl Run {
    fn begin(
        args: &Args,
        goal: Goal,
        store: SocketAddr,
        source: &Arc<Source>,
        (stop, handles, meter): (&Stop, &Arc<Handles>, &Arc<Meter>),
    ) -> Self {
        let (sender, chunks) = channel::bounded(CHANNEL_CAPACITY);
        let (lull, seen) = watch::channel(0);
        let (stop, meter) = (stop.clone(), meter.clone());
        let pace = (goal, args.rate);
        let offerer = Offerer::new(source.clone(), sender, pace, meter.clone(), stop.clone());
        let handles = handles.clone();
        let desk = Desk {
            store,
            chunks,
            lull: seen,
            handles,
            meter: meter.clone(),
            stop,
        };
        let workers = desk.open(args.workers);
        let tasks_before = Handle::current().metrics().num_alive_tasks();
        Self {
            desk,
            offerer,
            workers,
            lull,
            tasks_before,
            meter,
        }
    }

    /// Stores until the goal is reached, with a look at the process on the way and one after it.
    async fn store_all(&self) -> Result<(Option<Mark>, Mark), RunError> {
        self.offer_until(EARLY_SHARE).await;
        let early = self.mark_at_rest().await?;
        self.offer_until(1.0).await;
        let late = self.mark_at_rest().await?;
        Ok((
            Some(early).filter(|early| early.objects < late.objects),
            late,
        ))
    }

    async fn offer_until(&self, share: f64) {
        if let Err(error) = self.offerer.offer_until(share).await {
            self.desk.fail(|| error.to_string());
        }
    }

    /// Brings the process to rest and looks at it: every offered object answered, every connection
    /// closed, no task alive but those from before the first object. The channel and the workers
    /// stay, so what they might accumulate is seen.
    async fn mark_at_rest(&self) -> Result<Mark, RunError> {
        self.meter.all_answered().await;
        self.lull.send_modify(|lulls| *lulls += 1);
        match timeout(REST_TIME_MAX, self.rest()).await {
            Ok(()) => Ok(self.meter.mark()),
            Err(_) => Err(RunError::Restless {
                before: self.tasks_before,
                now: alive_tasks(),
            }),
        }
    }

    /// Looks again and again, since no one event says that the last of many tasks is gone.
    async fn rest(&self) {
        while alive_tasks() > self.tasks_before {
            sleep(REST_LOOK_PERIOD).await;
        }
    }

    /// Closes the channel and waits for the workers.
    async fn end(self) {
        drop(self.offerer);
        for worker in self.workers {
            if let Err(error) = worker.await {
                self.meter
                    .note_failure(|| format!("a worker ended early: {error}"));
            }
        }
    }
}

fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

impl Background {
    /// Aborts the tasks and waits until they are gone, and with them what they hold and show.
    async fn end(mut self) {
        for task in &mut self.0 {
            task.abort();
            // The outcome is the abort that was asked for.
            let _ = task.await;
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GivenUp => write!(f, "given up"),
            Self::Io(what, error) => write!(f, "cannot {what}: {error}"),
            Self::Restless { before, now } => write!(
                f,
                "tasks stay alive although their work is over: {now}, and {before} at the start"
            ),
        }
    }
}

impl std::error::Error for RunError {}

//! Tasks as spans of `tracing`, in the form that tokio-console reads: feature `console`.
//!
//! | file    | what it holds                                              |
//! |---------|------------------------------------------------------------|
//! | `mod`   | a future whose life is a span, entered around each poll     |
//! | `waker` | a waker that tells of its clones, wakes and drops           |
//! | `none`  | without the feature: nothing                                |
//!
//! A task gets a span where somebody listens to them when it is spawned (`runtime::task` at the level
//! `TRACE`). Otherwise its future grows by one pointer. A waker of a task with a span owns a few words
//! that it shares with its clones, and nothing of the task.
//!
//! The names are those of tokio's own instrumentation; console-subscriber matches on them.

mod waker;

use std::cell::Cell;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use tracing::{Level, Span, field};
use wane_channel::base::sync::Arc;

use waker::Traced;

/// How a task was spawned.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Task,
    Local,
    Blocking,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Local => "local",
            Self::Blocking => "blocking",
        }
    }
}

thread_local! {
    /// The name of the task that this thread is about to spawn.
    static NAME: Cell<Option<Arc<str>>> = const { Cell::new(None) };
}

pin_project! {
    /// A future whose life is a span.
    pub(super) struct Spanned<F> {
        // Dropped before its span.
        #[pin]
        future: F,
        trace: Option<Box<Trace>>,
    }
}

/// The span of a task, and the waker that its future sees.
struct Trace {
    span: Span,
    waker: Option<Waker>,
}

/// Names the task that this thread spawns next.
pub(crate) fn name_next(name: &Arc<str>) {
    NAME.set(Some(Arc::clone(name)));
}

/// The future of a new task, in a span where somebody listens.
pub(super) fn instrument<F: Future>(
    future: F,
    id: u64,
    kind: Kind,
    spawned_at: &'static Location<'static>,
) -> Spanned<F> {
    let name = NAME.take();
    let span = tracing::span!(
        target: "runtime::task",
        parent: None,
        Level::TRACE,
        "runtime.spawn",
        kind = kind.name(),
        task.name = name.map(field::display),
        task.id = id,
        size.bytes = size_of::<F>(),
        loc.file = spawned_at.file(),
        loc.line = spawned_at.line(),
        loc.col = spawned_at.column(),
    );
    let trace = (!span.is_disabled()).then(|| Box::new(Trace { span, waker: None }));
    Spanned { future, trace }
}

impl<F: Future> Future for Spanned<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(trace) = this.trace else {
            return this.future.poll(ctx);
        };
        let Trace { span, waker } = &mut **trace;
        let _inside = span.enter();
        let Some(id) = span.id() else {
            return this.future.poll(ctx);
        };
        // The waker of a task is the same for its whole life.
        let waker = waker.get_or_insert_with(|| Traced::wrap(ctx.waker().clone(), id));
        this.future.poll(&mut Context::from_waker(waker))
    }
}

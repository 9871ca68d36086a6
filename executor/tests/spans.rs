//! With the feature `console` each task is a span, in the form that console-subscriber reads.
//!
//! One test, since the subscriber is the process's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What was told of one span.
#[derive(Clone, Debug, Default)]
struct Seen {
    fields: BTreeMap<&'static str, String>,
    enters: usize,
    exits: usize,
    is_closed: bool,
    ops: Vec<String>,
}

/// What was told of each span, by its id.
#[derive(Clone, Debug, Default)]
struct Recorder {
    spans: Arc<Mutex<BTreeMap<u64, Seen>>>,
    next: Arc<AtomicU64>,
}

/// Fields as text.
#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Recorder {
    fn change(&self, span: u64, change: impl FnOnce(&mut Seen)) {
        change(self.spans.lock().unwrap().entry(span).or_default());
    }

    /// The span whose field has this value.
    fn find(&self, field: &str, value: &str) -> Option<Seen> {
        let spans = self.spans.lock().unwrap();
        let has = |seen: &&Seen| seen.fields.get(field).is_some_and(|found| found == value);
        spans.values().find(has).cloned()
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("runtime")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        assert_eq!(span.metadata().name(), "runtime.spawn");
        assert!(span.is_root());
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.change(id, |seen| seen.fields = fields.0);
        Id::from_u64(id)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(event.metadata().target(), "runtime::waker");
        let mut fields = Fields::default();
        event.record(&mut fields);
        let task = fields.0["task.id"].parse().unwrap();
        let op = fields.0["op"].clone();
        self.change(task, |seen| seen.ops.push(op));
    }

    fn enter(&self, span: &Id) {
        self.change(span.into_u64(), |seen| seen.enters += 1);
    }

    fn exit(&self, span: &Id) {
        self.change(span.into_u64(), |seen| seen.exits += 1);
    }

    fn try_close(&self, span: Id) -> bool {
        self.change(span.into_u64(), |seen| seen.is_closed = true);
        true
    }
}

#[test]
fn a_task_is_a_span_from_its_spawn_to_its_end() {
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(recorder.clone()).unwrap();
    let runtime = wane::runtime::Builder::new_current_thread()
        .build()
        .unwrap();

    let mut polls = 0;
    let future = std::future::poll_fn(move |ctx| {
        polls += 1;
        match polls {
            1 => {
                ctx.waker().clone().wake();
                Poll::Pending
            }
            2 => {
                ctx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    });
    let line = line!();
    let task = wane::task::Builder::new()
        .name("counter")
        .spawn_on(future, runtime.handle());
    let id = task.id();
    runtime.block_on(task).unwrap();

    let seen = recorder
        .find("task.name", "counter")
        .expect("it has a span");
    let field = |name: &str| seen.fields[name].as_str();
    assert_eq!(field("task.id"), id.to_string());
    assert_eq!(field("kind"), "task");
    assert_eq!(field("loc.file"), file!());
    let spawned_at: u32 = field("loc.line").parse().unwrap();
    assert!((line..line + 5).contains(&spawned_at), "{spawned_at}");
    assert!(field("size.bytes").parse::<usize>().unwrap() > 0);
    assert_eq!((seen.enters, seen.exits), (3, 3), "once for each poll");
    assert!(seen.is_closed);
    assert_eq!(
        seen.ops,
        [
            "waker.clone",
            "waker.wake",
            "waker.wake_by_ref",
            "waker.drop"
        ]
    );

    let set = wane::task::LocalSet::new();
    let local = set.spawn_local(async {});
    let job = runtime.spawn_blocking(|| {});
    let (local_id, job_id) = (local.id(), job.id());
    runtime.block_on(set.run_until(async { local.await.unwrap() }));
    runtime.block_on(job).unwrap();
    for (id, kind) in [(local_id, "local"), (job_id, "blocking")] {
        let seen = recorder.find("task.id", &id.to_string()).unwrap();
        assert_eq!(seen.fields["kind"], kind);
    }
}

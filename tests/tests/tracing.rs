//! With the feature `tracing` a stuck poll is an event of `tracing`, without any hook.
//!
//! One test, since the subscriber is the process's.

use std::fmt::{self, Write};
use std::sync::mpsc;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use wane_tests::gate::Gate;
use wane_tests::hang;
use wane_tests::runtimes::Kind;

/// Sends each event of the runtime: its level, and its fields as text.
struct Recorder(mpsc::Sender<(Level, String)>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?};", field.name()).expect("a text takes all");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "wane"
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let level = *event.metadata().level();
        self.0.send((level, text.0)).expect("the test waits");
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[test]
fn a_stuck_poll_is_an_event_and_its_end_another() {
    let (tell, told) = mpsc::channel();
    tracing::subscriber::set_global_default(Recorder(tell)).expect("it is the first");
    let next = || told.recv_timeout(hang::PATIENCE).expect("it is told");
    let runtime = Kind::Workers(1).build();
    let gate = Gate::new();
    let pass = gate.clone();
    let line = line!() + 1;
    let stuck = runtime.spawn(async move { pass.wait() });
    let id = stuck.id();

    let (level, text) = next();
    assert_eq!(level, Level::WARN, "{text}");
    let site = format!("spawned_at={}:{line}:", file!());
    let parts = [
        "worker=0;",
        "a worker is stuck",
        &format!("task={id};"),
        &site,
    ];
    for part in parts {
        assert!(text.contains(part), "no {part} in {text}");
    }
    gate.open();
    runtime.block_on(stuck).expect("no panic");
    let (level, text) = next();
    assert_eq!(level, Level::INFO, "{text}");
    assert!(text.contains(&format!("task={id};")), "{text}");

    let runtime = Kind::CurrentThread
        .builder()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    let gate = Gate::new();
    let pass = gate.clone();
    drop(runtime.spawn_blocking(move || pass.wait()));
    drop(runtime.spawn_blocking(|| {}));
    let (level, text) = next();
    assert_eq!(level, Level::WARN, "{text}");
    assert!(
        text.contains("queued=1;") && text.contains(file!()),
        "{text}"
    );
    gate.open();
    assert_eq!(next().0, Level::INFO);
    assert!(
        runtime
            .shutdown_timeout(Duration::from_secs(20))
            .is_complete()
    );
}

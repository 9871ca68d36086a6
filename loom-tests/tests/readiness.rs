//! A socket's readiness: no report is lost, whether it comes before a look, between a look and the
//! clearing, or to somebody who is about to wait.
//!
//! The system reports once, when readiness arises. A reader that misses a report waits for ever, which
//! is a deadlock that loom reports.

#[cfg(not(loom))]
#[test]
fn models_were_run() {
    wane_loom_tests::refuse_to_pass_without_loom();
}

#[cfg(loom)]
mod models {
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Context;

    use wane::internals::driver::{Event, ShutDown, Socket};
    use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};
    use wane_channel::base::sync::thread::JoinHandle;
    use wane_loom_tests::{Bell, block_on, model, poll_once, spawn};

    /// A socket and its bytes, which have no order of their own: a reader sees them by way of the
    /// report.
    struct Scene {
        socket: Socket,
        bytes: AtomicUsize,
    }

    impl Scene {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                socket: Socket::idle(),
                bytes: AtomicUsize::new(0),
            })
        }

        /// A byte comes in.
        fn receive(&self) {
            self.bytes.fetch_add(1, Ordering::Relaxed);
            self.socket.report_readable();
        }

        fn bytes(&self) -> usize {
            self.bytes.load(Ordering::Relaxed)
        }

        /// As `poll_read` does it.
        async fn polled(&self) -> Result<Event, ShutDown> {
            poll_fn(|ctx| self.socket.poll_readable(ctx)).await
        }

        /// Reads until as many bytes have come in.
        async fn read(&self, bytes: usize) {
            while self.bytes() < bytes {
                let event = self.polled().await.expect("nobody shuts down");
                if self.bytes() < bytes {
                    self.socket.clear(event);
                }
            }
        }
    }

    fn start(scene: &Arc<Scene>, act: fn(&Scene)) -> JoinHandle<()> {
        let scene = Arc::clone(scene);
        spawn(move || act(&scene))
    }

    #[test]
    fn a_report_between_the_look_and_the_clearing_survives() {
        model("readiness: report ‖ clear", || {
            let scene = Scene::new();
            scene.socket.report_readable();
            let event = scene.socket.look_readable().expect("it was reported");
            let system = start(&scene, Scene::receive);
            if scene.bytes() == 0 {
                scene.socket.clear(event);
            }
            system.join().unwrap();
            assert!(scene.socket.look_readable().is_some(), "a report is lost");
        });
    }

    #[test]
    fn whoever_sees_a_report_sees_the_byte() {
        model("readiness: report ‖ look", || {
            let scene = Scene::new();
            let system = start(&scene, Scene::receive);
            if scene.socket.look_readable().is_some() {
                assert_eq!(scene.bytes(), 1);
            }
            system.join().unwrap();
        });
    }

    #[test]
    fn reports_of_two_threads_survive_each_other() {
        model(
            "readiness: report ‖ report of another flag ‖ clear",
            || {
                let scene = Scene::new();
                scene.socket.report_readable();
                let event = scene.socket.look_readable().expect("it was reported");
                let reader = start(&scene, Scene::receive);
                let writer = start(&scene, |scene| scene.socket.report_writable());
                scene.socket.clear(event);
                reader.join().unwrap();
                writer.join().unwrap();
                assert!(scene.socket.look_readable().is_some(), "a report is lost");
            },
        );
    }

    #[test]
    fn a_reader_gets_every_byte() {
        model("readiness: report, report ‖ read", || {
            let scene = Scene::new();
            let system = start(&scene, |scene| {
                scene.receive();
                scene.receive();
            });
            block_on(scene.read(2));
            system.join().unwrap();
        });
    }

    #[test]
    fn everybody_who_waits_gets_the_report() {
        model("readiness: report ‖ wait ‖ wait", || {
            let scene = Scene::new();
            let theirs = Arc::clone(&scene);
            let other = spawn(move || block_on(theirs.socket.readable()).map(|_| theirs.bytes()));
            let system = start(&scene, Scene::receive);
            assert!(block_on(scene.socket.readable()).is_ok());
            assert_eq!(other.join().unwrap(), Ok(1));
            system.join().unwrap();
        });
    }

    #[test]
    fn a_cancelled_wait_leaves_the_others_theirs() {
        model("readiness: report ‖ cancel of a wait, wait", || {
            let scene = Scene::new();
            let (_bell, waker) = Bell::new();
            let mut cancelled = Box::pin(scene.socket.readable());
            let is_pending = poll_once(&mut cancelled, &waker).is_pending();
            assert!(is_pending);
            let system = start(&scene, Scene::receive);
            drop(cancelled);
            assert!(block_on(scene.socket.readable()).is_ok());
            system.join().unwrap();
        });
    }

    #[test]
    fn whoever_sees_the_end_sees_what_came_before() {
        model("readiness: shut down ‖ poll", || {
            let scene = Scene::new();
            let end = start(&scene, |scene| {
                scene.bytes.store(1, Ordering::Relaxed);
                scene.socket.shut_down();
            });
            let (_bell, waker) = Bell::new();
            let polled = scene.socket.poll_readable(&Context::from_waker(&waker));
            if polled.is_ready() {
                assert_eq!(scene.bytes(), 1);
            }
            end.join().unwrap();
        });
    }

    #[test]
    fn a_shutdown_ends_every_wait() {
        model("readiness: shut down ‖ wait ‖ report", || {
            let scene = Scene::new();
            let end = start(&scene, |scene| scene.socket.shut_down());
            let system = start(&scene, Scene::receive);
            // It may be told of the report first.
            while block_on(scene.polled()).is_ok_and(|event| {
                scene.socket.clear(event);
                true
            }) {}
            end.join().unwrap();
            system.join().unwrap();
            assert!(block_on(scene.polled()).is_err());
        });
    }
}

//! The expansions compile and run, over a stand-in for the runtime that notes how it was built.

/// What the expansions ask of `wane`, on the calling thread and without a scheduler.
mod stand_in {
    pub(crate) mod runtime {
        use std::io;
        use std::pin::pin;
        use std::task::{Context, Poll, Waker};

        #[derive(Debug, Default)]
        pub(crate) struct Builder {
            workers: Option<usize>,
        }

        impl Builder {
            pub(crate) fn new_multi_thread() -> Self {
                Self { workers: Some(8) }
            }

            pub(crate) fn new_current_thread() -> Self {
                Self { workers: None }
            }

            pub(crate) fn worker_threads(&mut self, count: usize) -> &mut Self {
                self.workers = Some(count);
                self
            }

            pub(crate) fn enable_all(&mut self) -> &mut Self {
                self
            }

            pub(crate) fn build(&mut self) -> io::Result<Runtime> {
                match self.workers {
                    Some(13) => Err(io::Error::other("no thirteen")),
                    workers => Ok(Runtime { workers }),
                }
            }
        }

        #[derive(Debug)]
        pub(crate) struct Runtime {
            workers: Option<usize>,
        }

        thread_local! {
            pub(crate) static WORKERS: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
        }

        impl Runtime {
            pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
                WORKERS.set(self.workers);
                let mut future = pin!(future);
                let mut context = Context::from_waker(Waker::noop());
                match future.as_mut().poll(&mut context) {
                    Poll::Ready(output) => output,
                    Poll::Pending => panic!("the bodies here never wait"),
                }
            }
        }
    }
}

use stand_in::runtime::WORKERS;

#[wane_macros::test(crate = "crate::stand_in")]
async fn a_test_runs_on_the_calling_thread() {
    assert_eq!(WORKERS.get(), None);
}

#[wane_macros::test(crate = "crate::stand_in", flavor = "multi_thread", worker_threads = 3)]
async fn options_reach_the_runtime() {
    assert_eq!(WORKERS.get(), Some(3));
}

#[wane_macros::test(crate = "crate::stand_in")]
async fn a_test_may_return_a_result() -> Result<(), std::num::ParseIntError> {
    let number: u8 = "7".parse()?;
    assert_eq!(number, 7);
    Ok(())
}

#[wane_macros::test(crate = "crate::stand_in")]
#[should_panic(expected = "the body's own")]
async fn a_panic_of_the_body_is_the_panic_of_the_test() {
    panic!("the body's own");
}

#[wane_macros::test(
    crate = "crate::stand_in",
    flavor = "multi_thread",
    worker_threads = 13
)]
#[should_panic(expected = "the wane runtime could not be built: no thirteen")]
async fn a_runtime_that_cannot_be_built_says_why() {}

#[wane_macros::main(crate = "stand_in")]
async fn doubled(number: u32) -> u32 {
    let runtime = number;
    let body = runtime;
    body + number
}

#[test]
fn main_wraps_any_function_and_leaves_its_names_alone() {
    assert_eq!(doubled(21), 42);
    assert_eq!(WORKERS.get(), Some(8));
}

#[wane_macros::main(crate = "stand_in", flavor = "current_thread")]
async fn unit() {}

#[test]
fn an_empty_body_is_a_body() {
    unit();
    assert_eq!(WORKERS.get(), None);
}

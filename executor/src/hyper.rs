//! What hyper needs of a runtime: to spawn, and to keep time.

pub mod rt {
    //! hyper's `rt` traits on Wane.

    use std::future::Future;
    use std::pin::Pin;
    use std::time::Duration;

    use crate::time;

    /// Spawns hyper's background tasks on the present runtime.
    ///
    /// ```
    /// use hyper::rt::Executor as _;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let (done, is_done) = wane::sync::oneshot::channel();
    ///     wane::hyper::rt::Executor::new().execute(async { done.send(7) });
    ///     assert_eq!(is_done.await, Ok(7));
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    #[non_exhaustive]
    pub struct Executor {}

    impl Executor {
        /// An executor for whichever runtime it is used in.
        #[must_use]
        pub const fn new() -> Self {
            Self {}
        }
    }

    impl<F> hyper::rt::Executor<F> for Executor
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        /// Spawns the future and lets go of its handle.
        #[track_caller]
        fn execute(&self, future: F) {
            drop(crate::runtime::spawn::spawn(future));
        }
    }

    /// Keeps hyper's time by [`wane::time`](crate::time).
    ///
    /// ```
    /// use hyper::rt::Timer as _;
    /// use wane::time::Duration;
    ///
    /// let rt = wane::runtime::Runtime::new()?;
    /// rt.block_on(async {
    ///     let timer = wane::hyper::rt::Timer::new();
    ///     let start = timer.now();
    ///     timer.sleep(Duration::from_millis(5)).await;
    ///     assert!(timer.now() - start >= Duration::from_millis(5));
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[derive(Clone, Copy, Debug, Default)]
    #[non_exhaustive]
    pub struct Timer {}

    impl Timer {
        /// A timer for whichever runtime it is used in.
        #[must_use]
        pub const fn new() -> Self {
            Self {}
        }
    }

    impl hyper::rt::Timer for Timer {
        fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
            Box::pin(time::sleep(duration))
        }

        fn sleep_until(&self, deadline: std::time::Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
            Box::pin(time::sleep_until(deadline.into()))
        }

        fn now(&self) -> std::time::Instant {
            time::Instant::now().into_std()
        }

        /// Moves the timer in place where it is one of ours.
        fn reset(&self, sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>, deadline: std::time::Instant) {
            match sleep.as_mut().downcast_mut_pin::<time::Sleep>() {
                Some(ours) => ours.reset(deadline.into()),
                None => *sleep = self.sleep_until(deadline),
            }
        }
    }

    impl hyper::rt::Sleep for time::Sleep {}

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::testing::Bench;
        use hyper::rt::Timer as _;

        #[test]
        fn a_reset_timer_is_moved_in_place() {
            let mut bench = Bench::new();
            let handle = bench.handle.clone();
            bench.block_on(async {
                let timer = Timer::new();
                let hour = Duration::from_secs(3600);
                let mut sleep = timer.sleep(hour);
                let place: *const () = std::ptr::from_ref(&*sleep).cast();
                let armed = time::timeout(Duration::from_millis(1), &mut sleep).await;
                assert!(armed.is_err());
                assert_eq!(handle.timer_count(), 1);
                let deadline = timer.now() + Duration::from_millis(2);
                timer.reset(&mut sleep, deadline);
                assert_eq!(place, std::ptr::from_ref(&*sleep).cast());
                assert_eq!(handle.timer_count(), 0);
                sleep.await;
                assert!(timer.now() >= deadline);
            });
        }
    }
}

//! What a thread does between two looks at a lock that is held.

/// The looks at one lock that one thread has made.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    looks: u32,
}

#[cfg(not(loom))]
mod native {
    use std::hint::spin_loop;
    use std::time::Duration;

    use super::Pauses;
    use crate::base::sync::thread;

    /// Looks with spins between them, each time twice as many as before.
    const SPINS: u32 = 3;

    /// Spins in the first pause. Who comes back too soon takes the cache line away from the owner,
    /// who would have taken a few more steps with it.
    const SPIN_MIN: u32 = 16;

    /// Further looks, between which other threads may run.
    const YIELDS: u32 = 24;

    /// The first nap; each is twice as long as the one before.
    const NAP_MIN: Duration = Duration::from_micros(20);

    /// No nap is longer than the first one times two to the power of this.
    const NAP_DOUBLINGS_MAX: u32 = 6;

    impl Pauses {
        /// Lets some time pass: a little at first, more and more as it goes on.
        pub(in super::super) fn pause(&mut self) {
            match self.looks {
                looks if looks < SPINS => (0..SPIN_MIN << looks).for_each(|_| spin_loop()),
                looks if looks < SPINS + YIELDS => thread::yield_now(),
                looks => {
                    let doublings = NAP_DOUBLINGS_MAX.min(looks - SPINS - YIELDS);
                    thread::sleep(NAP_MIN * (1 << doublings));
                }
            }
            self.looks = self.looks.saturating_add(1);
        }
    }
}

#[cfg(loom)]
mod model {
    use super::Pauses;
    use crate::base::sync::thread;

    impl Pauses {
        /// Lets the others go on.
        pub(in super::super) fn pause(&mut self) {
            self.looks = self.looks.saturating_add(1);
            thread::yield_now();
        }
    }
}

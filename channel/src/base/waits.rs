//! Tells whoever lent out a thread that it is about to sleep in one of our primitives, so that
//! another thread can do the work meanwhile.
//!
//! A pool installs itself on its threads ([`lend`]); the primitives announce each sleep
//! ([`announce`]). Where nobody has installed anything, as on most threads, an announcement is one
//! look at a thread-local. Sleeps in other people's primitives are not announced, so nobody may
//! conclude from silence that a thread is at work.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

/// Whoever lent out this thread. Called on the thread itself, with no lock of ours held; must not
/// panic, and must not sleep in what announces its sleeps.
pub trait Lender {
    /// The thread is about to sleep.
    fn begin(&self);

    /// The thread has slept.
    fn end(&self);
}

thread_local! {
    static LENDER: RefCell<Option<Rc<dyn Lender>>> = const { RefCell::new(None) };
}

/// This thread works for a lender until the guard is dropped.
pub fn lend(lender: Rc<dyn Lender>) -> Lent {
    Lent {
        before: LENDER.replace(Some(lender)),
    }
}

/// Puts back what was installed before; see [`lend`].
#[must_use = "the lender is forgotten as soon as the guard is dropped"]
pub struct Lent {
    before: Option<Rc<dyn Lender>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        LENDER.set(self.before.take());
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

/// This thread sleeps until the guard is dropped. To be called before any lock is taken that a waker
/// needs. What is announced inside of an announced sleep is part of it, and is not told.
#[inline]
pub fn announce() -> Announced {
    // Thread-locals that are being destroyed may sleep, too; nobody waits for that thread any more.
    let lender = LENDER.try_with(|lender| lender.take());
    let lender = lender.unwrap_or_default();
    if let Some(lender) = &lender {
        lender.begin();
    }
    Announced {
        lender,
        thread: PhantomData,
    }
}

/// An announced sleep; see [`announce`].
#[must_use = "the sleep is over as soon as the guard is dropped"]
pub struct Announced {
    lender: Option<Rc<dyn Lender>>,
    /// Begun and ended on one thread.
    thread: PhantomData<*const ()>,
}

impl Drop for Announced {
    fn drop(&mut self) {
        if let Some(lender) = self.lender.take() {
            lender.end();
            LENDER.set(Some(lender));
        }
    }
}

impl fmt::Debug for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announced")
            .field("is_heard", &self.lender.is_some())
            .finish()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Diary(RefCell<Vec<&'static str>>);

    impl Lender for Diary {
        fn begin(&self) {
            self.0.borrow_mut().push("begin");
        }

        fn end(&self) {
            self.0.borrow_mut().push("end");
        }
    }

    #[test]
    fn a_sleep_is_told_to_the_lender_and_to_nobody_afterwards() {
        let diary = Rc::new(Diary::default());
        drop(announce());
        let lent = lend(Rc::clone(&diary) as Rc<dyn Lender>);
        let asleep = announce();
        assert_eq!(*diary.0.borrow(), ["begin"]);
        drop(asleep);
        drop(lent);
        drop(announce());
        assert_eq!(*diary.0.borrow(), ["begin", "end"]);
    }

    #[test]
    fn a_sleep_inside_of_a_sleep_is_told_once() {
        let diary = Rc::new(Diary::default());
        let _lent = lend(Rc::clone(&diary) as Rc<dyn Lender>);
        let outer = announce();
        drop(announce());
        assert_eq!(*diary.0.borrow(), ["begin"]);
        drop(outer);
        drop(announce());
        assert_eq!(*diary.0.borrow(), ["begin", "end", "begin", "end"]);
    }

    #[test]
    fn an_inner_lender_gives_way_to_the_outer_one() {
        let (outer, inner) = (Rc::new(Diary::default()), Rc::new(Diary::default()));
        let _outer = lend(Rc::clone(&outer) as Rc<dyn Lender>);
        drop(lend(Rc::clone(&inner) as Rc<dyn Lender>));
        drop(announce());
        assert_eq!((outer.0.borrow().len(), inner.0.borrow().len()), (2, 0));
    }
}

//! Which scope this thread is in: that of the child or the body that it polls.

use std::cell::RefCell;
use std::mem;

use wane_channel::base::sync::Arc;

use super::books::Books;

thread_local! {
    static AROUND: RefCell<Option<Arc<Books>>> = const { RefCell::new(None) };
}

/// The scope that this thread is in.
pub(super) fn scope() -> Option<Arc<Books>> {
    AROUND
        .try_with(|around| around.borrow().clone())
        .ok()
        .flatten()
}

/// Runs something inside of the scope in `place`, where it is back in the end, also in a panic. It
/// changes hands, so that its count need not change.
pub(super) fn inside<R>(place: &mut Option<Arc<Books>>, run: impl FnOnce() -> R) -> R {
    /// Ends the visit.
    struct Inside<'a>(&'a mut Option<Arc<Books>>);

    impl Drop for Inside<'_> {
        fn drop(&mut self) {
            swap(self.0);
        }
    }

    swap(place);
    let _inside = Inside(place);
    run()
}

fn swap(place: &mut Option<Arc<Books>>) {
    // A thread that is ending has no scope, and keeps none.
    let _ = AROUND.try_with(|around| mem::swap(&mut *around.borrow_mut(), place));
}

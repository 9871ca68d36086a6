//! The named futures of the channel. None of them is pinned: they hold a key, not a list node.
//!
//! A wait costs one entry in the channel's table from its first pending poll until its end. A
//! future that is dropped takes its entry, its waker and what was promised to it with it.

mod closed;
mod recv;
mod recv_many;
mod reserve;
mod send;

pub use closed::Closed;
pub use recv::Recv;
pub(crate) use recv::poll_one;
pub use recv_many::RecvMany;
pub use reserve::Reserve;
pub use send::Send;

use crate::shared::Shared;
use crate::sleeper::{Sleeper, WakeList};
use crate::state::State;
use crate::waiters::Key;

/// Ends the wait of a future that is dropped, if it has one. The waker goes outside of the lock.
fn cancel<T>(
    shared: &Shared<T>,
    place: &mut Option<Key>,
    cancel: impl FnOnce(&mut State<T>, Key, &mut WakeList) -> Option<Sleeper>,
) {
    if let Some(key) = place.take() {
        let sleeper = shared.step(|state, wakes| cancel(state, key, wakes));
        if let Some(sleeper) = sleeper {
            sleeper.forget();
        }
    }
}

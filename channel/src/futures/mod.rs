//! The named futures of the channel.
//!
//! Each holds its own entry of a line ([`Wait`](crate::line::Wait)) and has to be pinned. A future
//! that is dropped takes its entry, its waker and what was promised to it with it.

mod closed;
mod recv;
mod recv_many;
mod reserve;
mod reserve_owned;
mod send;

pub use closed::Closed;
pub use recv::Recv;
pub(crate) use recv::poll_recv;
pub use recv_many::RecvMany;
pub use reserve::Reserve;
pub(crate) use reserve::poll_reserve;
pub use reserve_owned::ReserveOwned;
pub use send::Send;

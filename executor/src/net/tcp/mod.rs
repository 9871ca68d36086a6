//! TCP: listeners, streams, and streams split into their directions.

mod listener;
mod split;
mod split_owned;
mod stream;

#[cfg(feature = "tokio-io")]
mod tokio_io;

pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};

pub use listener::TcpListener;
pub use stream::TcpStream;

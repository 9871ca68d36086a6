//! Pipes: one end to write to, one to read from, with or without a name in the file system.

mod access;
mod open;
mod receiver;
mod sender;

use std::io;

pub use open::OpenOptions;
pub use receiver::Receiver;
pub use sender::Sender;

/// Makes a pipe without a name.
///
/// # Errors
///
/// The system's, or the runtime has shut down.
///
/// # Panics
///
/// Outside of a runtime.
///
/// ```
/// use wane::io::{AsyncReadExt, AsyncWriteExt};
/// use wane::net::unix::pipe;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let (mut sender, mut receiver) = pipe::pipe()?;
///     sender.write_all(b"hello").await?;
///     drop(sender);
///     let mut received = Vec::new();
///     receiver.read_to_end(&mut received).await?;
///     assert_eq!(received, b"hello");
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let (sender, receiver) = mio::unix::pipe::new()?;
    Ok((Sender::register(sender)?, Receiver::register(receiver)?))
}

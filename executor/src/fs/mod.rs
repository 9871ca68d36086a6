//! The file system, off the workers: each call runs on the runtime's own lane for calls that block, so
//! that a pool full of users' jobs does not hold it up.
//!
//! The names and signatures are tokio's, for everything that is one call; there is no `File` yet: read or
//! write whole files here, and stream through [`spawn_blocking`](crate::task::spawn_blocking).
//!
//! A call that is dropped before it is ready runs to its end all the same, and its result is dropped: what
//! it changes is changed. Each panics outside of a runtime.
//!
//! ```
//! use wane::fs;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("greeting");
//! let rt = wane::runtime::Runtime::new()?;
//! rt.block_on(async {
//!     fs::write(&path, "hello").await?;
//!     assert_eq!(fs::metadata(&path).await?.len(), 5);
//!     assert_eq!(fs::read_to_string(&path).await?, "hello");
//!     fs::remove_file(&path).await?;
//!     assert!(!fs::try_exists(&path).await?);
//!     std::io::Result::Ok(())
//! })?;
//! # std::io::Result::Ok(())
//! ```

#[cfg(unix)]
mod unix;

use std::fs::{Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(unix)]
pub use unix::symlink;

use crate::runtime::Handle;

/// Runs a call on the lane.
async fn call<R>(call: impl FnOnce() -> io::Result<R> + Send + 'static) -> io::Result<R>
where
    R: Send + 'static,
{
    let job = Handle::current().core().blocking().spawn_own(call)?;
    job.await?
}

/// The absolute path without links and dots; see [`std::fs::canonicalize`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::canonicalize(path)).await
}

/// Makes a directory in one that is there; see [`std::fs::create_dir`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::create_dir(path)).await
}

/// Makes a directory and those above it that are missing; see [`std::fs::create_dir_all`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::create_dir_all(path)).await
}

/// What the system knows of a file, of the one that a link leads to; see [`std::fs::metadata`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::metadata(path)).await
}

/// What the system knows of a file or of a link itself; see [`std::fs::symlink_metadata`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::symlink_metadata(path)).await
}

/// A whole file; see [`std::fs::read`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::read(path)).await
}

/// A whole file of text; see [`std::fs::read_to_string`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::read_to_string(path)).await
}

/// Where a link leads; see [`std::fs::read_link`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::read_link(path)).await
}

/// Removes an empty directory; see [`std::fs::remove_dir`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::remove_dir(path)).await
}

/// Removes a directory and all that is in it; see [`std::fs::remove_dir_all`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::remove_dir_all(path)).await
}

/// Removes a file; see [`std::fs::remove_file`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::remove_file(path)).await
}

/// Copies a file with its permissions, and says how many bytes that were; see [`std::fs::copy`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    call(move || std::fs::copy(from, to)).await
}

/// Gives a file one more name; see [`std::fs::hard_link`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    call(move || std::fs::hard_link(original, link)).await
}

/// Gives a file another name, and replaces what had that name; see [`std::fs::rename`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    call(move || std::fs::rename(from, to)).await
}

/// Changes who may do what with a file; see [`std::fs::set_permissions`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn set_permissions(path: impl AsRef<Path>, permissions: Permissions) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    call(move || std::fs::set_permissions(path, permissions)).await
}

/// Whether there is such a file; see [`std::path::Path::try_exists`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Strict*: nothing is changed.
pub async fn try_exists(path: impl AsRef<Path>) -> io::Result<bool> {
    let path = path.as_ref().to_owned();
    call(move || path.try_exists()).await
}

/// Writes a whole file, and replaces what was in it; see [`std::fs::write`]. The contents are copied first.
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    let contents = contents.as_ref().to_owned();
    call(move || std::fs::write(path, contents)).await
}

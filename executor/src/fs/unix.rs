//! What only Unix has.

use std::io;
use std::path::Path;

use super::call;

/// Makes a link to a path, whether anything is there or not; see [`std::os::unix::fs::symlink`].
///
/// # Errors
///
/// The system's, also where it has no thread for the call.
///
/// # Cancellation
///
/// *Lossy*: the call runs to its end, and nobody learns how it went.
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    call(move || std::os::unix::fs::symlink(original, link)).await
}

//! Opening pipes that have a name in the file system.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::access::{self, End};
use super::{Receiver, Sender};

/// How to open a pipe that has a name in the file system (a FIFO).
///
/// ```
/// use wane::net::unix::pipe;
///
/// let rt = wane::runtime::Runtime::new()?;
/// rt.block_on(async {
///     let folder = tempfile::tempdir()?;
///     let missing = folder.path().join("fifo");
///     let error = pipe::OpenOptions::new().open_receiver(&missing).unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
///
///     let file = tempfile::NamedTempFile::new()?;
///     let error = pipe::OpenOptions::new().open_sender(file.path()).unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    ends: Ends,
    check: Check,
}

/// Which ends a descriptor is opened as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ends {
    #[default]
    One,
    Both,
}

/// Whether what was opened has to be a pipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Check {
    #[default]
    IsPipe,
    Nothing,
}

impl OpenOptions {
    /// One end, of what has to be a pipe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether to open it for reading and writing, whichever end it is going to be.
    ///
    /// A receiver that is open for writing as well does not see the end when the last sender goes, and
    /// a sender that is open for reading as well does not need a receiver. Linux and Android permit it;
    /// POSIX says nothing about it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn read_write(&mut self, value: bool) -> &mut Self {
        self.ends = if value { Ends::Both } else { Ends::One };
        self
    }

    /// Says whether to go without asking the system whether it is a pipe.
    ///
    /// What is no pipe may fail, or block its thread.
    pub fn unchecked(&mut self, value: bool) -> &mut Self {
        self.check = if value { Check::Nothing } else { Check::IsPipe };
        self
    }

    /// Opens the end to read from. Senders need not be there yet.
    ///
    /// # Errors
    ///
    /// The system's, `InvalidInput` where it is no pipe, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn open_receiver<P: AsRef<Path>>(&self, path: P) -> io::Result<Receiver> {
        Receiver::from_file_unchecked(self.open(path.as_ref(), End::Receiver)?)
    }

    /// Opens the end to write to.
    ///
    /// # Errors
    ///
    /// The system's, which says `ENXIO` where no receiver is there; `InvalidInput` where it is no
    /// pipe; or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn open_sender<P: AsRef<Path>>(&self, path: P) -> io::Result<Sender> {
        Sender::from_file_unchecked(self.open(path.as_ref(), End::Sender)?)
    }

    fn open(&self, path: &Path, end: End) -> io::Result<File> {
        let file = std::fs::OpenOptions::new()
            .read(end == End::Receiver || self.ends == Ends::Both)
            .write(end == End::Sender || self.ends == Ends::Both)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)?;
        if self.check == Check::IsPipe {
            access::check_pipe(&file)?;
        }
        Ok(file)
    }
}

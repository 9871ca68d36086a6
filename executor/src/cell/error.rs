//! Why a join failed.

use std::any::Any;
use std::fmt;
use std::io;

use wane_channel::base::sync::Mutex;

use super::id::Id;

/// A task did not return a value: it was aborted, or it panicked.
///
/// ```
/// # let rt = wane::runtime::Builder::new_current_thread().build()?;
/// # rt.block_on(async {
/// let handle = wane::spawn(std::future::pending::<()>());
/// handle.abort();
/// assert!(handle.await.unwrap_err().is_cancelled());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct JoinError {
    id: Id,
    reason: Reason,
}

enum Reason {
    Cancelled,
    /// The lock only makes the payload `Sync`; nobody ever waits for it.
    Panicked(Mutex<Box<dyn Any + Send + 'static>>),
}

impl JoinError {
    pub(crate) fn cancelled(id: Id) -> Self {
        Self {
            id,
            reason: Reason::Cancelled,
        }
    }

    pub(crate) fn panicked(id: Id, payload: Box<dyn Any + Send + 'static>) -> Self {
        Self {
            id,
            reason: Reason::Panicked(Mutex::new(payload)),
        }
    }

    /// Whether the task was aborted, or dropped by the shutdown of its runtime.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.reason, Reason::Cancelled)
    }

    /// Whether the task panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.reason, Reason::Panicked(_))
    }

    /// The value the task panicked with, for [`std::panic::resume_unwind`].
    ///
    /// # Panics
    ///
    /// When the task did not panic; [`try_into_panic`](Self::try_into_panic) does not.
    #[track_caller]
    #[must_use]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.try_into_panic()
            .expect("the task was cancelled and holds no panic: check `JoinError::is_panic` first")
    }

    /// The value the task panicked with.
    ///
    /// # Errors
    ///
    /// The error itself where the task did not panic.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, Self> {
        match self.reason {
            Reason::Panicked(payload) => Ok(payload.into_inner()),
            Reason::Cancelled => Err(self),
        }
    }

    /// The id of the task.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }
}

/// The text of a panic made by `panic!`.
fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        match &self.reason {
            Reason::Cancelled => write!(f, "task {id} was cancelled"),
            Reason::Panicked(payload) => match message(&**payload.lock()) {
                Some(text) => write!(f, "task {id} panicked with message {text:?}"),
                None => write!(f, "task {id} panicked"),
            },
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        match &self.reason {
            Reason::Cancelled => write!(f, "JoinError::Cancelled({id:?})"),
            Reason::Panicked(payload) => match message(&**payload.lock()) {
                Some(text) => write!(f, "JoinError::Panic({id:?}, {text:?}, ...)"),
                None => write!(f, "JoinError::Panic({id:?}, ...)"),
            },
        }
    }
}

impl std::error::Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        let text = match error.reason {
            Reason::Cancelled => "task was cancelled",
            Reason::Panicked(_) => "task panicked",
        };
        Self::other(text)
    }
}

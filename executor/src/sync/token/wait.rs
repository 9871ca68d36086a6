//! Waiting for a token, and cancelling one at the end of a block.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::CancellationToken;

/// Waits until a token is cancelled; see [`CancellationToken::cancelled`].
///
/// # Cancellation
///
/// Strict: a wait that is dropped leaves nothing in the token.
#[must_use = "futures do nothing unless polled"]
pub struct WaitForCancellationFuture<'a> {
    token: &'a CancellationToken,
    wait: Wait,
}

/// Waits until its token is cancelled; see [`CancellationToken::cancelled_owned`].
///
/// # Cancellation
///
/// Strict: a wait that is dropped leaves nothing in the token.
#[must_use = "futures do nothing unless polled"]
pub struct WaitForCancellationFutureOwned {
    token: CancellationToken,
    wait: Wait,
}

/// The place of one who waits.
#[derive(Default)]
struct Wait {
    ticket: Option<u64>,
}

impl Wait {
    fn poll(&mut self, token: &CancellationToken, ctx: &Context<'_>) -> Poll<()> {
        token.node.poll_cancelled(&mut self.ticket, ctx.waker())
    }

    fn give_up(&mut self, token: &CancellationToken) {
        if let Some(ticket) = self.ticket.take() {
            token.node.forget_waiter(ticket);
        }
    }
}

impl<'a> WaitForCancellationFuture<'a> {
    pub(super) fn new(token: &'a CancellationToken) -> Self {
        Self {
            token,
            wait: Wait::default(),
        }
    }
}

impl Future for WaitForCancellationFuture<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let Self { token, wait } = &mut *self;
        wait.poll(token, ctx)
    }
}

impl Drop for WaitForCancellationFuture<'_> {
    fn drop(&mut self) {
        self.wait.give_up(self.token);
    }
}

impl fmt::Debug for WaitForCancellationFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForCancellationFuture")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl WaitForCancellationFutureOwned {
    pub(super) fn new(token: CancellationToken) -> Self {
        Self {
            token,
            wait: Wait::default(),
        }
    }
}

impl Future for WaitForCancellationFutureOwned {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let Self { token, wait } = &mut *self;
        wait.poll(token, ctx)
    }
}

impl Drop for WaitForCancellationFutureOwned {
    fn drop(&mut self) {
        self.wait.give_up(&self.token);
    }
}

impl fmt::Debug for WaitForCancellationFutureOwned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForCancellationFutureOwned")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Cancels its token when it is dropped; see [`CancellationToken::drop_guard`].
#[derive(Debug)]
#[must_use = "the token is cancelled as soon as the guard is dropped"]
pub struct DropGuard {
    /// Until it is disarmed.
    token: Option<CancellationToken>,
}

impl DropGuard {
    pub(super) fn new(token: CancellationToken) -> Self {
        Self { token: Some(token) }
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        let token = self.token.as_ref();
        token.expect("a guard that was disarmed is gone")
    }

    /// Gives the token back, and does not cancel it.
    pub fn disarm(mut self) -> CancellationToken {
        let token = self.token.take();
        token.expect("a guard is disarmed once")
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            token.cancel();
        }
    }
}

/// Cancels a token when it is dropped; see [`CancellationToken::drop_guard_ref`].
#[derive(Debug)]
#[must_use = "the token is cancelled as soon as the guard is dropped"]
pub struct DropGuardRef<'a> {
    token: &'a CancellationToken,
}

impl<'a> DropGuardRef<'a> {
    pub(super) fn new(token: &'a CancellationToken) -> Self {
        Self { token }
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        self.token
    }

    /// Gives the token back, and does not cancel it.
    pub fn disarm(self) -> &'a CancellationToken {
        let token = self.token;
        mem::forget(self);
        token
    }
}

impl Drop for DropGuardRef<'_> {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

//! stub
use super::parker::Parker;
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let parker = Parker::new();
    let waker = Waker::from(Arc::new(parker.unparker()));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        parker.park();
    }
}

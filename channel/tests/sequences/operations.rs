//! The operations that are under way in a real channel, each beside its double in the
//! specification.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use wane_channel::base::budget;
use wane_channel::{OwnedPermit, Permit, Receiver, Sender};

use crate::spec::{Id, Seen, Spec, Standing, Work};
use crate::support::{Bell, poll_with};

/// A message that counts itself among the living.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) number: u32,
    living: Rc<Cell<usize>>,
}

impl Parcel {
    pub(crate) fn new(number: u32, living: &Rc<Cell<usize>>) -> Self {
        living.set(living.get() + 1);
        Self {
            number,
            living: Rc::clone(living),
        }
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        self.living.set(self.living.get() - 1);
    }
}

/// A slot in hand.
pub(crate) enum Slot<'a> {
    Borrowed(Permit<'a, Parcel>),
    Owned(OwnedPermit<Parcel>),
}

/// What an operation ends with: what is seen of it, and the slot if it is one for a slot.
type Outcome<'a> = (Seen, Option<Slot<'a>>);

type Ongoing<'a> = Pin<Box<dyn Future<Output = Outcome<'a>> + 'a>>;

pub(crate) fn send<'a>(tx: &'a Sender<Parcel>, parcel: Parcel) -> Ongoing<'a> {
    // Made before its first poll, so that it can be dropped without one.
    let send = tx.send(parcel);
    Box::pin(async move {
        match send.await {
            Ok(()) => (Seen::Sent, None),
            Err(error) => (Seen::Refused(error.into_inner().number), None),
        }
    })
}

pub(crate) fn reserve(tx: &Sender<Parcel>) -> Ongoing<'_> {
    Box::pin(async {
        match tx.reserve().await {
            Ok(permit) => (Seen::Slot, Some(Slot::Borrowed(permit))),
            Err(_closed) => (Seen::NoSlot, None),
        }
    })
}

pub(crate) fn reserve_owned<'a>(tx: Sender<Parcel>) -> Ongoing<'a> {
    let reserve = tx.reserve_owned();
    Box::pin(async move {
        match reserve.await {
            Ok(permit) => (Seen::Slot, Some(Slot::Owned(permit))),
            Err(_closed) => (Seen::NoSlot, None),
        }
    })
}

pub(crate) fn recv(rx: &Receiver<Parcel>) -> Ongoing<'_> {
    Box::pin(async {
        match rx.recv().await {
            Ok(parcel) => (Seen::Got(parcel.number), None),
            Err(_closed) => (Seen::End, None),
        }
    })
}

pub(crate) fn recv_many(rx: &Receiver<Parcel>, limit: usize) -> Ongoing<'_> {
    Box::pin(async move {
        let mut out = Vec::new();
        let count = rx.recv_many(&mut out, limit).await;
        assert_eq!(count, out.len());
        let numbers = out.iter().map(|parcel| parcel.number).collect();
        (Seen::Batch(numbers), None)
    })
}

pub(crate) fn closed<'a>(closed: impl Future<Output = ()> + 'a) -> Ongoing<'a> {
    Box::pin(async move {
        closed.await;
        (Seen::Closed, None)
    })
}

/// The waker of an operation's last poll, and how often it had rung then.
#[derive(Debug)]
pub(crate) struct Watch {
    bell: Arc<Bell>,
    heard: usize,
}

impl Watch {
    pub(crate) fn new() -> Self {
        let (bell, _waker) = Bell::new();
        Self { bell, heard: 0 }
    }

    /// Polls with the waker of the last poll, or with a new one; the old one is let go then.
    pub(crate) fn poll<R>(&mut self, renew: bool, poll: impl FnOnce(&Waker) -> Poll<R>) -> Poll<R> {
        if !renew {
            self.heard = self.bell.rings();
            return poll(&Waker::from(Arc::clone(&self.bell)));
        }
        let old = std::mem::replace(self, Self::new());
        let polled = poll(&Waker::from(Arc::clone(&self.bell)));
        old.assert_let_go();
        polled
    }

    pub(crate) fn has_rung(&self) -> bool {
        self.bell.rings() > self.heard
    }

    /// No lost wake, and none without a reason.
    pub(crate) fn assert_rung_as(&self, standing: Standing) {
        match standing {
            Standing::InLine => assert!(!self.has_rung(), "woken for nothing"),
            Standing::Promised | Standing::SentHome => {
                assert!(self.has_rung(), "a lost wake");
            }
            Standing::New | Standing::Over => {}
        }
    }

    /// The channel holds no clone.
    pub(crate) fn assert_let_go(&self) {
        assert_eq!(Arc::strong_count(&self.bell), 1, "a waker is left");
    }
}

struct Operation<'a> {
    id: Id,
    work: Work,
    future: Ongoing<'a>,
    watch: Watch,
}

/// Those of one side, in no order.
#[derive(Default)]
pub(crate) struct Operations<'a>(Vec<Operation<'a>>);

impl<'a> Operations<'a> {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Messages that are still with their senders.
    pub(crate) fn parcels(&self) -> usize {
        let holds = |operation: &&Operation<'_>| matches!(operation.work, Work::Send(_));
        self.0.iter().filter(holds).count()
    }

    pub(crate) fn begin(&mut self, work: Work, future: Ongoing<'a>, spec: &mut Spec) {
        self.0.push(Operation {
            id: spec.begin(work),
            work,
            future,
            watch: Watch::new(),
        });
    }

    /// Polls one, which has to see what its double sees.
    pub(crate) fn poll(&mut self, at: usize, renew: bool, spec: &mut Spec) -> Option<Slot<'a>> {
        let operation = &mut self.0[at];
        let future = &mut operation.future;
        let polled = operation
            .watch
            .poll(renew, |waker| poll_with(future, waker));
        let expected = spec.poll(operation.id);
        match (polled, expected) {
            (Poll::Ready((seen, slot)), Poll::Ready(expected)) => {
                assert_eq!(seen, expected);
                let over = self.0.swap_remove(at);
                // A future that has returned is as good as one that is gone.
                over.watch.assert_let_go();
                slot
            }
            (Poll::Pending, Poll::Pending) => None,
            (Poll::Ready((seen, _)), Poll::Pending) => panic!("{seen:?} out of turn"),
            (Poll::Pending, Poll::Ready(expected)) => panic!("waits instead of {expected:?}"),
        }
    }

    /// Polls one in a task that has spent its budget: one that has not waited is put off, and its
    /// task comes again.
    pub(crate) fn poll_without_budget(&mut self, at: usize, spec: &mut Spec) -> Option<Slot<'a>> {
        budget::refill();
        let ctx = &std::task::Context::from_waker(Waker::noop());
        while !budget::is_spent() {
            assert!(budget::spend(ctx).is_ready());
        }
        let slot = if spec.standing(self.0[at].id) == Standing::New {
            let Operation { future, watch, .. } = &mut self.0[at];
            let polled = watch.poll(true, |waker| poll_with(future, waker));
            assert!(polled.is_pending() && watch.has_rung());
            None
        } else {
            self.poll(at, false, spec)
        };
        budget::lift();
        slot
    }

    pub(crate) fn cancel(&mut self, at: usize, spec: &mut Spec) {
        let Operation {
            id, future, watch, ..
        } = self.0.swap_remove(at);
        drop(future);
        watch.assert_let_go();
        spec.cancel(id);
    }

    pub(crate) fn cancel_all(&mut self, spec: &mut Spec) {
        while !self.0.is_empty() {
            self.cancel(0, spec);
        }
    }

    pub(crate) fn assert_rung(&self, spec: &Spec) {
        for operation in &self.0 {
            operation.watch.assert_rung_as(spec.standing(operation.id));
        }
    }
}

//! A waker that owns nothing: a slot number and the low bits of the tenant's id.
//!
//! Clone and drop do nothing at all. A wake that comes after the task has ended finds another id in
//! the slot's word, or no live task, and is a no-op; with odds of 2^-35 the ids agree in their low
//! bits and the new tenant is polled once for nothing, which Rust allows.
//!
//! # Rejected ways
//!
//! - *`{ id: 16, address: 48 }`* depends on spare address bits and wakes a wrong tenant at odds of
//!   2^-16; the slot number costs two instructions more.

#![expect(unsafe_code, reason = "a waker is made from its parts")]

use std::task::{RawWaker, RawWakerVTable, Waker};

use super::region;
use super::runnable::Runnable;
use super::schedule::Place;
use super::slot::SlotRef;
use super::state::Wake;

/// Bits of a slot number in a waker's data.
const NUMBER_BITS: u32 = region::NUMBER_BITS;

/// Bits of the id beside it. One in a model: there every second tenant of a slot agrees by chance.
const TAG_BITS: u32 = if cfg!(loom) {
    1
} else {
    usize::BITS - NUMBER_BITS
};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop_nothing);

/// A waker for the tenant `id` of `slot`.
#[inline]
pub(super) fn waker(slot: SlotRef, id: u64) -> Waker {
    let tag = id & ((1 << TAG_BITS) - 1);
    let data = (tag as usize) << NUMBER_BITS | region::number_of(slot) as usize;
    // SAFETY: the four functions accept any data, on any thread: they only name a slot, and the
    // word in it decides.
    unsafe { Waker::new(std::ptr::without_provenance(data), &VTABLE) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &VTABLE)
}

unsafe fn drop_nothing(_data: *const ()) {}

unsafe fn wake(data: *const ()) {
    wake_at(data, Place::Next);
}

/// Wakes a waker, its task behind the others of its worker if it is one of ours.
pub(crate) fn wake_behind(waker: Waker) {
    if std::ptr::eq(waker.vtable(), &raw const VTABLE) {
        wake_at(waker.data(), Place::Back);
    } else {
        waker.wake();
    }
}

fn wake_at(data: *const (), place: Place) {
    let number = data.addr() & ((1 << NUMBER_BITS) - 1);
    let tag = (data.addr() >> NUMBER_BITS) as u64;
    let slot = region::slot_of(number as u32);
    if slot.state().wake(tag, TAG_BITS) == Wake::Enqueue {
        // SAFETY: the state word has just told us to.
        unsafe { Runnable::new(slot) }.schedule(place);
    }
}

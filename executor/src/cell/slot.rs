//! The memory of one task: 64 bytes, one cache line, of a kind that is never unmapped.
//!
//! Only the files of this folder see the cells; who may touch which is said by the invariants of
//! [`state`](super::state). Memory for slots comes from [`region`](super::region).

#![expect(unsafe_code, reason = "type-stable slots are shared by bare reference")]

use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::task::Waker;

use wane_channel::base::sync::cell::UnsafeCell;

use super::link::LinkCell;
use super::origin::VtableCell;
use super::payload::Payload;
use super::state::State;

/// A value that comes and goes by the rules of the state word, which says whether one is there.
pub(super) struct Field<T>(UnsafeCell<MaybeUninit<T>>);

impl<T> Field<T> {
    /// Puts a value in. One that was there is forgotten, not dropped.
    ///
    /// # Safety
    ///
    /// - The caller owns the field.
    #[inline]
    pub(super) unsafe fn write(&self, value: T) {
        // SAFETY: nobody else looks at a field that the caller owns.
        self.0
            .with_mut(|field| unsafe { field.write(MaybeUninit::new(value)) });
    }

    /// Moves the value out, or copies it where it may be copied.
    ///
    /// # Safety
    ///
    /// - A value is in the field, and nobody writes the field meanwhile.
    /// - It is used once, unless it is `Copy`.
    #[inline]
    pub(super) unsafe fn read(&self) -> T {
        // SAFETY: a value is there and stays while we read.
        self.0.with(|field| unsafe { field.cast::<T>().read() })
    }

    #[cfg(loom)]
    pub(super) fn empty() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// A task's cells. All-zero bytes are a free slot.
#[repr(C, align(64))]
pub(crate) struct Slot {
    pub(super) state: State,
    pub(super) link: LinkCell,
    pub(super) vtable: VtableCell,
    pub(super) joiner: Field<Waker>,
    pub(super) payload: UnsafeCell<Payload>,
}

#[cfg(all(not(loom), target_pointer_width = "64"))]
const _: () = assert!(size_of::<Slot>() == 64, "a slot is one cache line");

// SAFETY: the cells are reached only under the ownership rules S1, S3 and S4 of the state word, and
// what may cross threads in them (future, output, wakers) is bounded `Send` where tasks are made.
unsafe impl Sync for Slot {}

impl Slot {
    /// A free slot outside of the zeroed region.
    #[cfg(loom)]
    pub(super) fn free() -> Self {
        Self {
            state: State::free(),
            link: LinkCell::empty(),
            vtable: VtableCell::empty(),
            joiner: Field::empty(),
            payload: UnsafeCell::new(Payload::uninit()),
        }
    }
}

/// A slot by address. It can always be read, whoever is the tenant.
///
/// # Invariants
///
/// Points to a slot of the region, which is never unmapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotRef(NonNull<Slot>);

// SAFETY: a `SlotRef` is a `&'static Slot`, and `Slot` is `Sync`.
unsafe impl Send for SlotRef {}
// SAFETY: it hands out nothing but `&'static Slot`, and `Slot` is `Sync`.
unsafe impl Sync for SlotRef {}

impl SlotRef {
    /// # Safety
    ///
    /// - `slot` points to a slot that stays readable for the rest of the process (or, in a model, of
    ///   the run).
    pub(super) unsafe fn new(slot: NonNull<Slot>) -> Self {
        // INVARIANT: the caller promises just that.
        Self(slot)
    }

    /// The address.
    pub(super) fn as_ptr(self) -> *mut Slot {
        self.0.as_ptr()
    }

    /// The slot.
    #[inline]
    pub(super) fn get(self) -> &'static Slot {
        // SAFETY: by the invariant the memory is a slot for ever.
        unsafe { self.0.as_ref() }
    }

    /// The state word.
    #[inline]
    pub(super) fn state(self) -> &'static State {
        &self.get().state
    }
}

impl fmt::Debug for SlotRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state().fmt(f)
    }
}

//! Where a future, and later its output, is kept: in the slot where it fits, else in a box of its
//! own size.

#![expect(
    unsafe_code,
    reason = "the bytes of a slot hold values of forgotten types"
)]

use std::mem::MaybeUninit;

/// Words of a slot that are left for the payload.
const WORDS: usize = 3;

/// Raw bytes of a slot.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Payload([MaybeUninit<u64>; WORDS]);

impl Payload {
    #[cfg(any(loom, test))]
    pub(super) fn uninit() -> Self {
        Self([MaybeUninit::uninit(); WORDS])
    }
}

/// Whether a `T` stands in the slot itself.
const fn is_inline<T>() -> bool {
    size_of::<T>() <= size_of::<Payload>() && align_of::<T>() <= align_of::<Payload>()
}

/// Stores a value.
///
/// # Safety
///
/// - `payload` is valid for writes, and nothing that needs a drop is in it.
#[inline]
pub(super) unsafe fn store<T>(payload: *mut Payload, value: T) {
    if is_inline::<T>() {
        // SAFETY: size and alignment fit, and the caller lets us write.
        unsafe { payload.cast::<T>().write(value) }
    } else {
        // SAFETY: a thin pointer fits, and the caller lets us write.
        unsafe {
            payload
                .cast::<*mut T>()
                .write(Box::into_raw(Box::new(value)))
        }
    }
}

/// The address of a stored value, stable until it is taken or dropped.
///
/// # Safety
///
/// - A `T` is stored in `payload`.
#[inline]
pub(super) unsafe fn address<T>(payload: *mut Payload) -> *mut T {
    if is_inline::<T>() {
        payload.cast()
    } else {
        // SAFETY: `store` wrote the box's pointer here.
        unsafe { payload.cast::<*mut T>().read() }
    }
}

/// Moves a stored value out and frees its box.
///
/// # Safety
///
/// - A `T` is stored in `payload`; afterwards nothing is.
#[inline]
pub(super) unsafe fn take<T>(payload: *mut Payload) -> T {
    // SAFETY: the caller says that a `T` is stored.
    let address = unsafe { address::<T>(payload) };
    if is_inline::<T>() {
        // SAFETY: a `T` stands there and will not be used again.
        unsafe { address.read() }
    } else {
        // SAFETY: the pointer came from `Box::into_raw` in `store` and is not used again.
        *unsafe { Box::from_raw(address) }
    }
}

/// Drops a stored value where it stands (it may be pinned) and frees its box, also when the drop
/// panics.
///
/// # Safety
///
/// - A `T` is stored in `payload`; afterwards nothing is, whether this returns or unwinds.
#[inline]
pub(super) unsafe fn drop_stored<T>(payload: *mut Payload) {
    // SAFETY: the caller says that a `T` is stored.
    let address = unsafe { address::<T>(payload) };
    if is_inline::<T>() {
        // SAFETY: a `T` stands there and will not be used again.
        unsafe { address.drop_in_place() }
    } else {
        // SAFETY: as in `take`. Dropping a box drops its content in place.
        drop(unsafe { Box::from_raw(address) });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::rc::Rc;

    fn round_trip<T: PartialEq + std::fmt::Debug + Clone>(value: T) {
        let mut payload = Payload::uninit();
        // SAFETY: the payload is ours and empty.
        unsafe { store(&raw mut payload, value.clone()) };
        // SAFETY: we have just stored a `T`.
        assert_eq!(unsafe { take::<T>(&raw mut payload) }, value);
    }

    #[test]
    fn values_of_any_size_come_back() {
        round_trip(());
        round_trip(7_u8);
        round_trip([1_u64, 2, 3]);
        round_trip([9_u64; 4]);
        round_trip(u128::MAX);
        round_trip(vec![1, 2, 3]);
    }

    #[test]
    fn a_stored_value_is_dropped_once() {
        fn drops<const N: usize>() {
            let value = Rc::new(());
            let mut payload = Payload::uninit();
            // SAFETY: the payload is ours and empty.
            unsafe {
                store(
                    &raw mut payload,
                    [const { None::<Rc<()>> }; N].map(|_| Some(value.clone())),
                )
            };
            assert_eq!(Rc::strong_count(&value), 1 + N);
            // SAFETY: we have just stored this type.
            unsafe { drop_stored::<[Option<Rc<()>>; N]>(&raw mut payload) };
            assert_eq!(Rc::strong_count(&value), 1);
        }
        drops::<1>();
        drops::<10>();
    }
}

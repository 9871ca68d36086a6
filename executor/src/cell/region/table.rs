//! A growing array of plain entries in a mapping of its own, so that the books of the pages neither
//! move nor count as heap.

#![expect(unsafe_code, reason = "entries are read and written in raw memory")]

use std::marker::PhantomData;

use super::mapping::Mapping;

/// Bytes made usable at a time.
const STEP: usize = 1 << 16;

/// What may stand in a [`Table`].
///
/// # Safety
///
/// - All-zero bytes are a valid value.
/// - It is aligned to at most 4096 and needs no drop.
pub(super) unsafe trait Entry {}

/// An array that reads as zero where nothing was written.
///
/// # Invariants
///
/// The first `usable` bytes of the mapping are usable.
#[derive(Debug)]
pub(super) struct Table<T> {
    mapping: Mapping,
    usable: usize,
    entry: PhantomData<T>,
}

impl<T: Entry> Table<T> {
    /// Reserves room for `capacity` entries; fewer where the system has less.
    pub(super) fn reserve(capacity: usize) -> Self {
        let len = (capacity * size_of::<T>()).next_multiple_of(STEP);
        Self {
            mapping: Mapping::reserve(len, STEP),
            usable: 0,
            entry: PhantomData,
        }
    }

    /// How many entries there is room for.
    pub(super) fn capacity(&self) -> usize {
        self.mapping.len() / size_of::<T>()
    }
}

impl<T: Entry + Copy> Table<T> {
    /// The entry at `index`.
    pub(super) fn get(&self, index: u32) -> T {
        match self.address(index) {
            // SAFETY: by `address` a usable and aligned entry, which is a `T` even if never written.
            Some(address) => unsafe { address.read() },
            // SAFETY: an `Entry` may be all zero.
            None => unsafe { std::mem::zeroed() },
        }
    }

    /// Writes the entry at `index`.
    ///
    /// # Panics
    ///
    /// Beyond the capacity, and when the system has no memory left.
    pub(super) fn set(&mut self, index: u32, value: T) {
        let address = self.grown_address(index);
        // SAFETY: by `address` a usable and aligned entry, and `&mut self` says that we are alone.
        unsafe { address.write(value) }
    }
}

impl<T> Table<T> {
    /// The address of an entry, made usable if need be.
    fn grown_address(&mut self, index: u32) -> *mut T {
        loop {
            match self.address(index) {
                Some(address) => return address,
                None => self.grow(),
            }
        }
    }

    fn grow(&mut self) {
        let next = self.usable + STEP;
        assert!(
            next <= self.mapping.len(),
            "no room for more pages of task slots"
        );
        if let Err(error) = self.mapping.commit(self.usable..next) {
            panic!("no memory for the books of task slots: {error}");
        }
        // INVARIANT: committed just now.
        self.usable = next;
    }

    /// The address of an entry that lies in the usable part.
    fn address(&self, index: u32) -> Option<*mut T> {
        let start = index as usize * size_of::<T>();
        (start + size_of::<T>() <= self.usable)
            .then(|| self.mapping.base().as_ptr().wrapping_add(start).cast())
    }
}

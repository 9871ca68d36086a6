//! A table by number that is as large as what is in it.
//!
//! One entry stands in the table itself: most books have one, and it comes and goes without an
//! allocation. More are in a hash table that shrinks as they leave, and goes with the last.
//!
//! Ways not taken: a slab (an entry in use cannot move, so that one that stays keeps the peak); a
//! list through heap blocks of its own (an allocation for each entry, or unsafe code).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table has room for at most so many times its entries.
const ROOM_FACTOR_MAX: usize = 8;

/// Room that a table may have in any case.
const ROOM_MIN: usize = 32;

/// Entries by a number that no two of them have.
#[derive(Debug)]
pub(crate) struct Book<V> {
    first: Option<(u64, V)>,
    /// Boxed, so that a book with one entry or none is small.
    others: Option<Box<Others<V>>>,
}

type Others<V> = HashMap<u64, V, BuildHasherDefault<Spread>>;

impl<V> Book<V> {
    /// A book without entries.
    pub(crate) fn new() -> Self {
        Self {
            first: None,
            others: None,
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        let others = self.others.as_ref().map_or(0, |others| others.len());
        usize::from(self.first.is_some()) + others
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes an entry under a number that has none.
    pub(crate) fn insert(&mut self, number: u64, value: V) {
        debug_assert!(self.get_mut(number).is_none(), "{number} is taken");
        match self.first {
            None => self.first = Some((number, value)),
            Some(_) => {
                let others = self.others.get_or_insert_default();
                others.insert(number, value);
            }
        }
    }

    /// The entry under the number.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut V> {
        match &mut self.first {
            Some((first, value)) if *first == number => Some(value),
            _ => self.others.as_mut()?.get_mut(&number),
        }
    }

    /// Takes the entry out.
    pub(crate) fn remove(&mut self, number: u64) -> Option<V> {
        if let Some((_, value)) = self.first.take_if(|(first, _)| *first == number) {
            return Some(value);
        }
        let others = self.others.as_mut()?;
        let removed = others.remove(&number);
        if others.is_empty() {
            self.others = None;
        } else if others.capacity() > room_max(others.len()) {
            // It halves the room at least, and as many entries have left as it moves.
            others.shrink_to(others.len() * 2);
        }
        removed
    }

    /// The entries, in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        let first = self.first.as_ref().map(|(_, value)| value);
        let others = self.others.iter().flat_map(|others| others.values());
        first.into_iter().chain(others)
    }

    /// The entries, in no order.
    pub(crate) fn into_values(self) -> impl Iterator<Item = V> {
        let first = self.first.map(|(_, value)| value);
        let others = self.others.into_iter();
        first
            .into_iter()
            .chain(others.flat_map(|others| others.into_values()))
    }
}

impl<V> Default for Book<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// The most room that a table may have for so many entries.
fn room_max(entries: usize) -> usize {
    (entries * ROOM_FACTOR_MAX).max(ROOM_MIN)
}

/// Spreads numbers that count up. They are ours and no enemy picks them.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write_u64(&mut self, number: u64) {
        // The table takes places from the low bits, which stay apart, and tags from the high ones.
        self.0 = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("the keys of a book are `u64`");
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests;

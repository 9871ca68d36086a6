//! A table by number that is as large as what is in it.
//!
//! One entry stands in the table itself: most books have one, and it comes and goes without an
//! allocation. More are in a hash table that shrinks as they leave, and goes with the last.
//!
//! Ways not taken: a slab (an entry in use cannot move, so that one that stays keeps the peak); a
//! list through heap blocks of its own (an allocation for each entry, or unsafe code).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table has room for at most so many times its entries, from [`ROOM_MIN`] on.
const ROOM_FACTOR_MAX: usize = 8;

/// Room that is not worth shrinking.
const ROOM_MIN: usize = 32;

/// Entries by a number that is never used twice at a time.
#[derive(Debug)]
pub(crate) struct Book<V> {
    first: Option<(u64, V)>,
    others: HashMap<u64, V, BuildHasherDefault<Spread>>,
}

impl<V> Book<V> {
    /// A book without entries.
    pub(crate) fn new() -> Self {
        Self {
            first: None,
            others: HashMap::default(),
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes an entry under a number that has none.
    pub(crate) fn insert(&mut self, number: u64, value: V) {
        let before = match self.first {
            // Entries of the table stay there: a number is in one place only.
            None => {
                debug_assert!(!self.others.contains_key(&number), "{number} is taken");
                self.first.replace((number, value)).map(|(_, value)| value)
            }
            Some(_) => self.others.insert(number, value),
        };
        debug_assert!(before.is_none(), "{number} is taken");
    }

    /// The entry under the number.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut V> {
        match &mut self.first {
            Some((first, value)) if *first == number => Some(value),
            _ => self.others.get_mut(&number),
        }
    }

    /// Takes the entry out.
    pub(crate) fn remove(&mut self, number: u64) -> Option<V> {
        if let Some((_, value)) = self.first.take_if(|(first, _)| *first == number) {
            return Some(value);
        }
        let removed = self.others.remove(&number);
        self.shrink();
        removed
    }

    /// The entries, in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        let first = self.first.as_ref().map(|(_, value)| value);
        first.into_iter().chain(self.others.values())
    }

    /// Each shrinking halves the room at least, and as many entries have left as it moves.
    fn shrink(&mut self) {
        let (entries, room) = (self.others.len(), self.others.capacity());
        if entries == 0 {
            self.others = HashMap::default();
        } else if room > ROOM_MIN && room > entries * ROOM_FACTOR_MAX {
            self.others.shrink_to(entries * 2);
        }
    }
}

impl<V> Default for Book<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> IntoIterator for Book<V> {
    type Item = V;
    type IntoIter =
        std::iter::Chain<std::option::IntoIter<V>, std::collections::hash_map::IntoValues<u64, V>>;

    fn into_iter(self) -> Self::IntoIter {
        let first = self.first.map(|(_, value)| value);
        first.into_iter().chain(self.others.into_values())
    }
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
mod tests {
    use super::*;

    fn filled(count: u64) -> Book<u64> {
        let mut book = Book::new();
        (0..count).for_each(|number| book.insert(number, number * 2));
        book
    }

    #[test]
    fn an_entry_is_found_until_it_is_taken_out() {
        let mut book = filled(100);
        assert_eq!(book.len(), 100);
        assert_eq!(book.values().sum::<u64>(), 9900);
        for number in 0..100 {
            *book.get_mut(number).expect("it is in") += 1;
            assert_eq!(book.remove(number), Some(number * 2 + 1));
            assert_eq!(book.remove(number), None);
            assert!(book.get_mut(number).is_none());
        }
        assert!(book.is_empty());
        assert_eq!(filled(3).into_iter().sum::<u64>(), 6);
    }

    #[test]
    fn the_room_follows_the_entries() {
        let mut book = filled(100_000);
        for number in 0..99_999 {
            book.remove(number);
            let room = book.others.capacity();
            assert!(
                room <= ROOM_MIN || room <= book.others.len() * ROOM_FACTOR_MAX,
                "room for {room}, {} in",
                book.len()
            );
        }
        assert_eq!(book.len(), 1);
        assert_eq!(book.remove(99_999), Some(199_998));
        assert_eq!(book.others.capacity(), 0);
    }

    #[test]
    fn one_entry_takes_no_table() {
        let mut book = Book::new();
        for number in 0..1000_u64 {
            book.insert(number, ());
            assert_eq!(book.others.capacity(), 0);
            assert_eq!(book.remove(number), Some(()));
        }
    }
}

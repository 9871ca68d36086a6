//! Gives a table's peak back: a slab keeps the memory of its fullest moment until it is replaced.

use slab::Slab;

/// Replaces an empty slab by a new one where it holds room for more than `kept` entries.
///
/// The room it keeps makes a lone entry that comes and goes free of allocation.
pub(crate) fn give_back<T>(slab: &mut Slab<T>, kept: usize) {
    if slab.is_empty() && slab.capacity() > kept {
        *slab = Slab::new();
    }
}

/// Gives back what a table that never gets empty has outgrown.
///
/// A slab can lose no more than the room behind its last entry. Where there is some, losing it may walk
/// all of the table, which an eighth of a table's worth of removals has to pay for; where there is none,
/// a look costs nothing and is repeated.
#[derive(Debug, Default)]
pub(crate) struct Outgrown {
    /// Removals since the table has last lost something.
    removed: usize,
}

impl Outgrown {
    /// To be called after each removal. Room for `kept` entries stays.
    pub(crate) fn give_back<T>(&mut self, slab: &mut Slab<T>, kept: usize) {
        give_back(slab, kept);
        self.removed += 1;
        let capacity = slab.capacity();
        if capacity > kept && self.removed >= capacity / 8 {
            slab.shrink_to_fit();
            if slab.capacity() < capacity {
                self.removed = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_stays_keeps_the_others_room_only_where_it_is_the_last() {
        let mut slab = Slab::new();
        let mut outgrown = Outgrown::default();
        let keys: Vec<usize> = (0..10_000).map(|n| slab.insert(n)).collect();
        for &key in &keys[1..] {
            slab.remove(key);
            outgrown.give_back(&mut slab, 64);
        }
        assert!(slab.capacity() <= 64, "{}", slab.capacity());
        assert_eq!(slab[keys[0]], 0);
        assert_eq!(slab.insert(1), 1, "the free entries are known");
    }

    #[test]
    fn an_emptied_table_keeps_no_more_than_it_may() {
        let mut slab = Slab::new();
        let keys: Vec<usize> = (0..1000).map(|n| slab.insert(n)).collect();
        for key in keys {
            give_back(&mut slab, 8);
            assert!(slab.capacity() >= 1000);
            slab.remove(key);
        }
        give_back(&mut slab, 8);
        assert!(slab.capacity() <= 8);
    }
}

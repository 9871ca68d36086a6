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

#[cfg(test)]
mod tests {
    use super::*;

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

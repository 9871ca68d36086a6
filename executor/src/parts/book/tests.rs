//! Entries come and go, and the room with them.

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
    assert_eq!(filled(3).into_values().sum::<u64>(), 6);
}

#[test]
fn the_room_follows_the_entries() {
    let mut book = filled(100_000);
    for number in 0..99_999 {
        book.remove(number);
        let others = book.others.as_ref();
        let (entries, room) = others.map_or((0, 0), |others| (others.len(), others.capacity()));
        assert!(room <= room_max(entries), "room for {room}, {entries} in");
    }
    assert_eq!(book.len(), 1);
    assert_eq!(book.remove(99_999), Some(199_998));
    assert!(book.others.is_none());
}

#[test]
fn one_entry_takes_no_table() {
    let mut book = Book::new();
    for number in 0..1000_u64 {
        book.insert(number, ());
        assert!(book.others.is_none());
        assert_eq!(book.remove(number), Some(()));
    }
}

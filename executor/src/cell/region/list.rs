//! Doubly linked lists of pages, the links in the books.

#![expect(unsafe_code, reason = "vouches that a book may be all zero")]

use super::table::{Entry, Table};

/// Slots of a page that are handed out.
pub(super) const TENANTS: u32 = 60;

/// A bit for each slot of a page that is handed out.
pub(super) const ALL_FREE: u64 = (1 << TENANTS) - 1;

/// Stands for "no page"; page 0 is never handed out.
pub(super) const NONE: u32 = 0;

/// What is written down of one page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Book {
    /// A bit for each free slot, [`ALL_FREE`] at most.
    pub(super) free: u64,
    /// The lease that has the page, 0 for none.
    pub(super) lease: u32,
    previous: u32,
    next: u32,
}

impl Book {
    /// Of a page on no list.
    pub(super) fn all_free() -> Self {
        Self {
            free: ALL_FREE,
            ..Self::default()
        }
    }
}

// SAFETY: numbers may be zero.
unsafe impl Entry for Book {}

/// A list of pages by its ends. Zero is an empty list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    first: u32,
    last: u32,
    len: u32,
}

impl List {
    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    /// The page behind `page`.
    pub(super) fn after(books: &Table<Book>, page: u32) -> Option<u32> {
        let next = books.get(page).next;
        (next != NONE).then_some(next)
    }

    pub(super) fn push_first(&mut self, books: &mut Table<Book>, page: u32) {
        let next = std::mem::replace(&mut self.first, page);
        self.link(books, page, NONE, next);
        if next == NONE {
            self.last = page;
        } else {
            books.set(
                next,
                Book {
                    previous: page,
                    ..books.get(next)
                },
            );
        }
    }

    pub(super) fn push_last(&mut self, books: &mut Table<Book>, page: u32) {
        let previous = std::mem::replace(&mut self.last, page);
        self.link(books, page, previous, NONE);
        if previous == NONE {
            self.first = page;
        } else {
            books.set(
                previous,
                Book {
                    next: page,
                    ..books.get(previous)
                },
            );
        }
    }

    pub(super) fn pop_first(&mut self, books: &mut Table<Book>) -> Option<u32> {
        let page = self.first()?;
        self.unlink(books, page);
        Some(page)
    }

    pub(super) fn pop_last(&mut self, books: &mut Table<Book>) -> Option<u32> {
        let page = (self.last != NONE).then_some(self.last)?;
        self.unlink(books, page);
        Some(page)
    }

    /// Takes out a page that is on this list.
    pub(super) fn unlink(&mut self, books: &mut Table<Book>, page: u32) {
        let Book { previous, next, .. } = books.get(page);
        match previous {
            NONE => self.first = next,
            _ => books.set(
                previous,
                Book {
                    next,
                    ..books.get(previous)
                },
            ),
        }
        match next {
            NONE => self.last = previous,
            _ => books.set(
                next,
                Book {
                    previous,
                    ..books.get(next)
                },
            ),
        }
        self.len -= 1;
    }

    fn link(&mut self, books: &mut Table<Book>, page: u32, previous: u32, next: u32) {
        books.set(
            page,
            Book {
                previous,
                next,
                ..books.get(page)
            },
        );
        self.len += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(list: &List, books: &Table<Book>) -> Vec<u32> {
        let first = list.first();
        std::iter::successors(first, |page| List::after(books, *page)).collect()
    }

    #[test]
    fn pages_keep_their_order_from_both_ends() {
        let mut books = Table::reserve(16);
        let mut list = List::default();
        list.push_last(&mut books, 2);
        list.push_last(&mut books, 3);
        list.push_first(&mut books, 1);
        assert_eq!(pages(&list, &books), [1, 2, 3]);
        list.unlink(&mut books, 2);
        assert_eq!(pages(&list, &books), [1, 3]);
        assert_eq!(list.pop_last(&mut books), Some(3));
        assert_eq!(list.pop_first(&mut books), Some(1));
        assert_eq!(
            (list.pop_first(&mut books), list.pop_last(&mut books)),
            (None, None)
        );
        assert_eq!(list.len(), 0);
    }
}

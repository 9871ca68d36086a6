//! A hierarchical timer wheel: pure data, no clock and no lock.
//!
//! Time is counted in ticks. Level 0 has a bucket for each of the next 64 ticks, level 1 one for
//! each of the next 64 runs of 64 ticks, and so on for six levels (2^36 ticks). An entry lies in
//! the level of the highest base-64 digit in which its deadline differs from the present tick, in
//! the bucket of that digit. When time reaches the first tick of a bucket above level 0, its
//! entries move down. What lies beyond the top level waits in one bucket of its own and is filed
//! again each time the top level begins anew.
//!
//! Invariants:
//!
//! - W1. Every entry is in exactly one bucket, and the bit of a bucket is set iff it has entries.
//! - W2. No deadline of a bucket lies before `elapsed`; level by level and bucket by bucket,
//!   deadlines ascend. So the first occupied bucket of the lowest occupied level is the next.
//! - W3. Within a bucket, entries lie in the order of their insertion; an entry comes down from
//!   above before another can be inserted below it. So equal deadlines fire first in, first out.
//!
//! Ways not taken: a heap with lazy deletion (dead entries stay for as long as they would have
//! lived), a `BTreeMap` (two to four times the cost at 200,000 entries), intrusive links in the
//! waiting future (saves the slab, costs unsafe code and pinning).
//!
//! After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987); the choice of the
//! level by the differing digit is that of tokio's wheel.

use std::fmt;

use slab::Slab;

use super::peak;

const LEVELS: usize = 6;
const SLOTS: usize = 64;
/// Bits of a tick that one level tells apart.
const DIGIT_BITS: usize = 6;
/// Ticks that the levels span together, as a power of two.
const SPAN_BITS: usize = LEVELS * DIGIT_BITS;
/// The bucket for deadlines beyond the top level.
const FAR: usize = LEVELS * SLOTS;
const BUCKETS: usize = FAR + 1;
/// Entries whose room an empty wheel keeps.
const KEPT_ENTRIES: usize = 64;

/// A neighbour in a bucket's list: an entry of the slab, or the bucket itself at either end.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Link(u32);

/// A link decoded.
enum Place {
    Entry(usize),
    Bucket(usize),
}

impl Link {
    const BUCKET: u32 = 1 << 31;

    fn entry(index: usize) -> Self {
        assert!(
            index < Self::BUCKET as usize,
            "more than 2^31 timers are armed at once"
        );
        Self(index as u32)
    }

    const fn bucket(index: usize) -> Self {
        Self(index as u32 | Self::BUCKET)
    }

    fn place(self) -> Place {
        match self.0 & Self::BUCKET {
            0 => Place::Entry(self.0 as usize),
            _ => Place::Bucket((self.0 & !Self::BUCKET) as usize),
        }
    }
}

/// Both ends of a bucket's list; its own link where it is empty.
#[derive(Clone, Copy)]
struct Bucket {
    first: Link,
    last: Link,
}

struct Entry<T> {
    deadline: u64,
    /// Tells this entry from earlier tenants of its place in the slab.
    serial: u64,
    previous: Link,
    next: Link,
    payload: T,
}

/// Names one insertion; of no effect once its entry has been popped or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    serial: u64,
}

/// Deadlines in ticks, each with a payload to hand out when its time has come.
pub(crate) struct Wheel<T> {
    elapsed: u64,
    next_serial: u64,
    /// One bit for each bucket that has entries.
    occupied: [u64; LEVELS],
    buckets: Box<[Bucket]>,
    entries: Slab<Entry<T>>,
}

impl<T> Wheel<T> {
    /// An empty wheel at tick 0.
    pub(crate) fn new() -> Self {
        let buckets = (0..BUCKETS)
            .map(|index| Bucket {
                first: Link::bucket(index),
                last: Link::bucket(index),
            })
            .collect();
        Self {
            elapsed: 0,
            next_serial: 0,
            occupied: [0; LEVELS],
            buckets,
            entries: Slab::new(),
        }
    }

    /// How many entries wait.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Files `payload` under `deadline`; one that has passed is due at once.
    pub(crate) fn insert(&mut self, deadline: u64, payload: T) -> Key {
        let serial = self.next_serial;
        self.next_serial += 1;
        let index = self.entries.insert(Entry {
            deadline,
            serial,
            previous: Link::bucket(FAR),
            next: Link::bucket(FAR),
            payload,
        });
        self.file(index);
        Key {
            index: index as u32,
            serial,
        }
    }

    /// Takes an entry out and gives its payload back, unless it has left before.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        self.get_mut(key)?;
        Some(self.take(key.index as usize))
    }

    /// The payload of an entry that still waits.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.entries
            .get_mut(key.index as usize)
            .filter(|entry| entry.serial == key.serial)
            .map(|entry| &mut entry.payload)
    }

    /// The next tick at which the wheel wants a look. Never later than the first deadline; earlier
    /// where entries only have to move down a level.
    pub(crate) fn next_expiration(&self) -> Option<u64> {
        self.next_bucket().map(|(_, tick)| tick)
    }

    /// Moves time on towards `now`, up to the first entry that is due by then, and takes that out.
    ///
    /// `None` once nothing is due any more, and time stands at `now`.
    pub(crate) fn pop_due(&mut self, now: u64) -> Option<T> {
        while let Some((bucket, tick)) = self.next_bucket()
            && tick <= now
        {
            self.elapsed = tick;
            if bucket < SLOTS {
                return Some(self.pop_first(bucket));
            }
            self.move_down(bucket);
        }
        self.elapsed = self.elapsed.max(now);
        None
    }

    /// Takes out any one entry, whatever its deadline.
    pub(crate) fn pop_any(&mut self) -> Option<T> {
        let (bucket, _) = self.next_bucket()?;
        Some(self.pop_first(bucket))
    }

    /// The bucket that comes next (W2), and the first tick of its run.
    fn next_bucket(&self) -> Option<(usize, u64)> {
        for level in 0..LEVELS {
            let occupied = self.occupied[level];
            if occupied != 0 {
                let slot = occupied.trailing_zeros() as usize;
                let run_bits = level * DIGIT_BITS;
                let above = self.elapsed >> (run_bits + DIGIT_BITS) << (run_bits + DIGIT_BITS);
                return Some((level * SLOTS + slot, above | (slot as u64) << run_bits));
            }
        }
        let next_span = ((self.elapsed >> SPAN_BITS) + 1) << SPAN_BITS;
        self.has_entries(FAR).then_some((FAR, next_span))
    }

    fn has_entries(&self, bucket: usize) -> bool {
        self.buckets[bucket].first != Link::bucket(bucket)
    }

    /// The bucket for `deadline` at the present tick.
    fn bucket_for(&self, deadline: u64) -> usize {
        let deadline = deadline.max(self.elapsed);
        // The lowest digit counts as differing, so that a deadline of now is in level 0.
        let differing = (deadline ^ self.elapsed) | (SLOTS as u64 - 1);
        let level = differing.ilog2() as usize / DIGIT_BITS;
        let slot = (deadline >> (level * DIGIT_BITS)) as usize % SLOTS;
        if level < LEVELS {
            level * SLOTS + slot
        } else {
            FAR
        }
    }

    /// Files the entry at `index`, which is in no bucket, as the last of its bucket.
    fn file(&mut self, index: usize) {
        let bucket = self.bucket_for(self.entries[index].deadline);
        let last = self.buckets[bucket].last;
        let entry = &mut self.entries[index];
        entry.previous = last;
        entry.next = Link::bucket(bucket);
        self.set_next(last, Link::entry(index));
        self.buckets[bucket].last = Link::entry(index);
        self.mark(bucket);
    }

    /// Files everything in `bucket` again, now that time has reached it.
    fn move_down(&mut self, bucket: usize) {
        // The chain is cut off whole first: a far entry may come back to the same bucket.
        let mut link = self.buckets[bucket].first;
        self.buckets[bucket] = Bucket {
            first: Link::bucket(bucket),
            last: Link::bucket(bucket),
        };
        self.mark(bucket);
        while let Place::Entry(index) = link.place() {
            link = self.entries[index].next;
            self.file(index);
        }
    }

    /// Takes the first entry of a bucket that has one.
    fn pop_first(&mut self, bucket: usize) -> T {
        match self.buckets[bucket].first.place() {
            Place::Entry(index) => self.take(index),
            Place::Bucket(_) => unreachable!("bucket {bucket} is marked and empty: {self:?}"),
        }
    }

    /// Unlinks the entry at `index` and gives its room back.
    fn take(&mut self, index: usize) -> T {
        let entry = self.entries.remove(index);
        peak::give_back(&mut self.entries, KEPT_ENTRIES);
        self.set_next(entry.previous, entry.next);
        self.set_previous(entry.next, entry.previous);
        if let Place::Bucket(bucket) = entry.next.place() {
            self.mark(bucket);
        }
        entry.payload
    }

    fn set_next(&mut self, link: Link, next: Link) {
        match link.place() {
            Place::Entry(index) => self.entries[index].next = next,
            Place::Bucket(bucket) => self.buckets[bucket].first = next,
        }
    }

    fn set_previous(&mut self, link: Link, previous: Link) {
        match link.place() {
            Place::Entry(index) => self.entries[index].previous = previous,
            Place::Bucket(bucket) => self.buckets[bucket].last = previous,
        }
    }

    /// Brings the bit of `bucket` up to date (W1).
    fn mark(&mut self, bucket: usize) {
        let has_entries = self.has_entries(bucket);
        if let Some(bits) = self.occupied.get_mut(bucket / SLOTS) {
            let bit = 1 << (bucket % SLOTS);
            *bits = if has_entries {
                *bits | bit
            } else {
                *bits & !bit
            };
        }
    }
}

impl<T> fmt::Debug for Wheel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel")
            .field("elapsed", &self.elapsed)
            .field("len", &self.len())
            .field("next_expiration", &self.next_expiration())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

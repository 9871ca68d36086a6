//! Where a task was spawned, in four bytes.
//!
//! A [`Location`] is a constant of the program, and so lies near any other constant of the same program
//! or library: the distance to [`ANCHOR`] names it, and costs a spawn a subtraction. What lies further
//! than 2 GiB away (code of another dynamic library) gets a number from a table behind a lock. The
//! table never shrinks; the spawn sites of a program are few.
//!
//! | number    | meaning                                       |
//! |-----------|-----------------------------------------------|
//! | 0         | no site                                       |
//! | odd       | the distance in bytes                         |
//! | even      | twice the place in the table, counted from 1  |
//!
//! **Rejected.** A table for all, with a cache of each thread in front of it: some instructions more
//! for each spawn, and a cache line to be fetched first.

#![expect(
    unsafe_code,
    reason = "a location is found again by its distance from another constant"
)]

use std::panic::Location;
use std::ptr;

use wane_channel::base::sync::Mutex;

/// What distances are measured from, but for [`NEAR`]. As aligned as a location.
#[repr(align(8))]
struct Anchor([u8; 2]);

static ANCHOR: Anchor = Anchor([0; 2]);

const _: () = assert!(align_of::<Location<'_>>() >= 2, "distances are odd");

/// Sites that are too far away.
static FAR: Mutex<Vec<&'static Location<'static>>> = Mutex::new(Vec::new());

/// Set in a distance, and in no place in the table.
const NEAR: u32 = 1;

/// The number of a location.
///
/// # Invariants
///
/// Zero, or made by [`Site::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site(u32);

impl Site {
    #[inline]
    pub(super) fn of(location: &'static Location<'static>) -> Self {
        // The address is needed again in `location`, where it is all there is.
        let address = ptr::from_ref(location).expose_provenance();
        let distance = address.wrapping_sub(anchor()).cast_signed();
        let near = distance as i32;
        match near as isize == distance {
            true => Self(near.cast_unsigned()),
            false => Self::far(location),
        }
    }

    #[cold]
    fn far(location: &'static Location<'static>) -> Self {
        let mut far = FAR.lock();
        let known = far.iter().position(|known| ptr::eq(*known, location));
        let place = known.unwrap_or_else(|| {
            far.push(location);
            far.len() - 1
        });
        // So many sites that twice their number does not fit would not fit into a program.
        Self((place as u32 + 1) << 1)
    }

    /// The number, to be kept in a word.
    #[inline]
    pub(super) fn number(self) -> u32 {
        self.0
    }

    /// # Safety
    ///
    /// - The number is zero or came from [`Site::number`], in this process.
    pub(super) unsafe fn from_number(number: u32) -> Self {
        // INVARIANT: the caller promises just that.
        Self(number)
    }

    /// The place in the source.
    pub(super) fn location(self) -> Option<&'static Location<'static>> {
        match self.0 {
            0 => None,
            number if number & NEAR == 0 => FAR.lock().get(number as usize / 2 - 1).copied(),
            number => {
                let distance = number.cast_signed() as isize;
                let address = anchor().wrapping_add_signed(distance);
                let location = ptr::with_exposed_provenance::<Location<'static>>(address);
                // SAFETY: by the invariant `of` made the number of a `&'static Location` at this
                // address, and exposed it.
                Some(unsafe { &*location })
            }
        }
    }
}

/// An odd address, so that the distance of a location is odd.
#[inline]
fn anchor() -> usize {
    (&raw const ANCHOR.0[NEAR as usize]).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn here() -> &'static Location<'static> {
        Location::caller()
    }

    #[test]
    fn a_site_is_found_again_by_its_number() {
        let (one, other) = (here(), here());
        for location in [one, other] {
            let site = Site::of(location);
            assert!(ptr::eq(site.location().expect("it has one"), location));
        }
        assert_ne!(Site::of(one), Site::of(other));
    }

    #[test]
    fn a_site_far_away_gets_one_number() {
        let location: &'static Location<'static> = Box::leak(Box::new(*here()));
        let site = Site::far(location);
        assert_eq!(Site::far(location), site);
        assert_eq!(site.number() & NEAR, 0);
        assert!(ptr::eq(site.location().expect("it has one"), location));
    }

    #[test]
    fn zero_is_no_site() {
        // SAFETY: the number is zero.
        let none = unsafe { Site::from_number(0) };
        assert_eq!(none.location(), None);
    }
}

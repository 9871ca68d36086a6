//! The wheel's promises, and a long random walk beside a `BTreeMap`.

use std::collections::BTreeMap;
use std::task::Waker;

use super::*;

/// A small generator, so that a failing walk can be walked again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn drain(wheel: &mut Wheel<u64>, now: u64) -> Vec<u64> {
    std::iter::from_fn(|| wheel.pop_due(now)).collect()
}

#[test]
fn nothing_is_popped_early_and_everything_on_its_tick() {
    for deadline in [
        0,
        1,
        63,
        64,
        65,
        4095,
        4096,
        262_144,
        1 << 24,
        1 << 30,
        (1 << 36) - 1,
    ] {
        let mut wheel = Wheel::new();
        wheel.insert(deadline, deadline);
        if deadline > 0 {
            assert_eq!(drain(&mut wheel, deadline - 1), []);
        }
        assert!(wheel.next_expiration().is_some_and(|tick| tick <= deadline));
        assert_eq!(drain(&mut wheel, deadline), [deadline]);
        assert_eq!(wheel.next_expiration(), None);
    }
}

#[test]
fn a_deadline_in_the_past_is_due_at_once() {
    let mut wheel = Wheel::new();
    assert_eq!(drain(&mut wheel, 1000), []);
    wheel.insert(3, 3);
    assert_eq!(wheel.next_expiration(), Some(1000));
    assert_eq!(drain(&mut wheel, 1000), [3]);
}

#[test]
fn equal_deadlines_fire_in_the_order_of_their_insertion() {
    let mut wheel = Wheel::new();
    for n in 0..10 {
        wheel.insert(5000, n);
    }
    assert_eq!(drain(&mut wheel, 4990), []);
    for n in 10..20 {
        wheel.insert(5000, n);
    }
    assert_eq!(drain(&mut wheel, 5000), (0..20).collect::<Vec<_>>());
}

#[test]
fn deadlines_beyond_the_top_level_fire_on_their_tick() {
    let far = (5 << 36) + 77;
    let mut wheel = Wheel::new();
    wheel.insert(far, 1);
    wheel.insert(u64::MAX, 2);
    assert_eq!(drain(&mut wheel, far - 1), []);
    assert_eq!(drain(&mut wheel, far), [1]);
    assert_eq!(wheel.len(), 1);
    assert_eq!(wheel.pop_any(), Some(2));
}

#[test]
fn a_key_is_of_no_effect_once_its_entry_has_left() {
    let mut wheel = Wheel::new();
    let popped = wheel.insert(1, 1);
    assert_eq!(drain(&mut wheel, 1), [1]);
    let tenant = wheel.insert(2, 2);
    assert_eq!(wheel.remove(popped), None);
    assert_eq!(wheel.get_mut(tenant), Some(&mut 2));
    assert_eq!(wheel.remove(tenant), Some(2));
    assert_eq!(wheel.remove(tenant), None);
}

#[test]
fn a_million_entries_removed_leave_no_room_behind() {
    let mut wheel = Wheel::new();
    let keys: Vec<Key> = (0..1_000_000).map(|n| wheel.insert(n * 7, n)).collect();
    for key in keys {
        assert!(wheel.remove(key).is_some());
    }
    assert_eq!(wheel.len(), 0);
    assert!(wheel.entries.capacity() <= KEPT_ENTRIES);
    assert_eq!(wheel.next_expiration(), None);
}

#[test]
fn an_entry_with_its_waker_takes_at_most_48_bytes() {
    assert!(size_of::<Entry<Waker>>() <= 48);
    assert!(size_of::<Slab<Entry<Waker>>>() <= 40);
}

/// Inserts, removals and steps of every size at random; the wheel and an ordered map must agree.
#[test]
fn a_wheel_pops_what_an_ordered_map_would() {
    for seed in 1..=40 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ seed);
        let mut wheel = Wheel::new();
        let mut map = BTreeMap::new();
        let mut keys = Vec::new();
        let mut now = random.below(1 << 37);
        assert_eq!(drain(&mut wheel, now), []);
        for id in 0..2000 {
            match random.below(8) {
                0..=3 => {
                    let reach_bits = random.below(39);
                    let deadline = (now + random.below(1 << reach_bits)).saturating_sub(2);
                    keys.push((wheel.insert(deadline, id), (deadline.max(now), id)));
                    map.insert((deadline.max(now), id), ());
                }
                4 | 5 if !keys.is_empty() => {
                    let (key, place) = keys.swap_remove(random.below(keys.len() as u64) as usize);
                    assert_eq!(wheel.remove(key).is_some(), map.remove(&place).is_some());
                }
                _ => {
                    let step_bits = random.below(38);
                    now += random.below(1 << step_bits);
                    let later = map.split_off(&(now + 1, 0));
                    let due: Vec<u64> = map.keys().map(|&(_, id)| id).collect();
                    map = later;
                    assert_eq!(drain(&mut wheel, now), due, "seed {seed}, now {now}");
                }
            }
            assert_eq!(wheel.len(), map.len());
            let first = map.keys().next().map(|&(deadline, _)| deadline);
            assert!(wheel.next_expiration() <= first, "seed {seed}, now {now}");
            assert_eq!(wheel.next_expiration().is_some(), first.is_some());
        }
    }
}

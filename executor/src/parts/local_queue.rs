//! One worker's queue: the owner pushes and pops, first in first out; others steal from the front.
//!
//! It is crossbeam's Chase–Lev deque in its FIFO flavour (D. Chase and Y. Lev, "Dynamic circular
//! work-stealing deque", SPAA 2005), or a locked list under `--cfg loom`, which crossbeam does not
//! know.

#[cfg(loom)]
#[path = "local_queue_model.rs"]
mod body;
#[cfg(not(loom))]
#[path = "local_queue_native.rs"]
mod body;

pub(crate) use body::{LocalQueue, Stealer, reclaim};

#[cfg(all(test, not(loom)))]
mod tests {
    use super::LocalQueue;

    #[test]
    fn entries_leave_in_order_and_thieves_take_the_oldest() {
        let ours = LocalQueue::new();
        let theirs = LocalQueue::new();
        (0..10).for_each(|entry| ours.push(entry));
        assert_eq!(ours.stealer().steal_into(&theirs), Some(0));
        let stolen = std::iter::from_fn(|| theirs.pop()).count();
        assert!((1..=5).contains(&(stolen + 1)), "took {stolen} and one");
        assert_eq!(ours.pop(), Some(stolen + 1));
        assert_eq!(ours.len(), 10 - stolen - 2);
    }
}

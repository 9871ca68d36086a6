//! What a channel costs: at rest, after a burst, after a crowd. The allocator counts each thread
//! by itself, so that the tests do not disturb each other.
//!
//! Speed is not asserted: that work grows in line with the load shows in counts of what the
//! allocator and the wakers are asked for.
#![cfg(not(loom))]
#![expect(
    unsafe_code,
    reason = "a global allocator that counts is unsafe to implement"
)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_lite::StreamExt;
use support::hooks::Tally;
use support::waits::{Wait, Waiting};
use support::{poll, poll_with};
use wane_channel::{Receiver, RecvTimeoutError, bounded, oneshot, unbounded};

/// The system's allocator, which counts the bytes that are in use, those asked for, and its calls.
struct Counting;

thread_local! {
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static ASKED_FOR: Cell<usize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).expect("a block is smaller than half of the memory")
}

// SAFETY: every call goes to the system's allocator as it came; the counts are beside it, and
// their thread-local cells neither allocate nor have destructors.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.set(IN_USE.get() + signed(layout.size()));
        ASKED_FOR.set(ASKED_FOR.get() + layout.size());
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        IN_USE.set(IN_USE.get() - signed(layout.size()));
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many messages or waiters make a burst or a crowd.
const CROWD: usize = 10_000;

/// The capacity that the table of costs is for, and how many messages fill it.
const FULL: usize = 4096;

/// A message that is large, and small enough for a channel.
type Kilobyte = [u8; 1024];

/// An empty channel, whatever its capacity and its messages.
const AT_REST_BYTES_MAX: isize = 256;

/// What may stay of a burst of numbers in an open channel: a block of them.
const AFTER_NUMBERS_BYTES_MAX: isize = 512;

/// What may stay of a burst of kilobytes in an open channel: a block of a few.
const AFTER_KILOBYTES_BYTES_MAX: isize = 8 * 1024;

/// What `body` leaves in use while the value that it returns lives, and that value.
fn cost<R>(body: impl FnOnce() -> R) -> (isize, R) {
    let before = IN_USE.get();
    let kept = body();
    (IN_USE.get() - before, kept)
}

/// How often `body` asks the allocator for memory, and for how many bytes.
fn allocations(body: impl FnOnce()) -> (usize, usize) {
    let before = (CALLS.get(), ASKED_FOR.get());
    body();
    (CALLS.get() - before.0, ASKED_FOR.get() - before.1)
}

#[test]
fn a_channel_at_rest_costs_the_same_whatever_its_capacity() {
    let (small, _ends) = cost(|| bounded::<[u8; 64]>(1));
    let (large, _ends) = cost(|| bounded::<[u8; 64]>(1 << 40));
    let (endless, _ends) = cost(unbounded::<[u8; 64]>);
    assert_eq!((small, large), (large, endless));
    let (numbers, _ends) = cost(|| bounded::<u64>(FULL));
    let (kilobytes, _ends) = cost(|| bounded::<Kilobyte>(FULL));
    for bytes in [small, numbers, kilobytes] {
        assert!(bytes <= AT_REST_BYTES_MAX, "{bytes} for an empty channel");
    }
}

/// How a full channel is emptied.
#[derive(Clone, Copy, Debug)]
enum Drain {
    OneByOne,
    InBatches,
    AsAStream,
}

impl Drain {
    const ALL: [Self; 3] = [Self::OneByOne, Self::InBatches, Self::AsAStream];

    fn run<T>(self, rx: &mut Receiver<T>, count: usize) {
        match self {
            Self::OneByOne => (0..count).for_each(|_| drop(rx.try_recv().unwrap())),
            Self::InBatches => {
                let (mut out, mut left) = (Vec::new(), count);
                while left > 0 {
                    let Poll::Ready(taken) = poll(&mut pin!(rx.recv_many(&mut out, 100))) else {
                        panic!("{left} messages are left");
                    };
                    out.clear();
                    left -= taken;
                }
            }
            Self::AsAStream => {
                (0..count).for_each(|_| assert!(poll(&mut rx.next()).is_ready()));
            }
        }
        assert!(rx.is_empty());
    }
}

fn left_by_a_burst<T: Copy>(count: usize, message: T, drain: Drain) -> isize {
    let (tx, mut rx) = bounded(count);
    // What a stream needs to wait is its own, and no part of the burst.
    assert!(poll(&mut rx.next()).is_pending());
    let (left, ()) = cost(|| {
        (0..count).for_each(|_| assert!(tx.try_send(message).is_ok()));
        drain.run(&mut rx, count);
    });
    let (more, ()) = cost(|| {
        (0..100).for_each(|_| assert!(tx.try_send(message).is_ok()));
        rx.close();
        while rx.try_recv().is_ok() {}
    });
    assert_eq!(more, -left, "a closed channel gives the rest back as well");
    left
}

#[test]
fn a_drained_burst_leaves_no_storage() {
    for drain in Drain::ALL {
        for count in [FULL, 100_000] {
            let left = left_by_a_burst(count, 0u64, drain);
            let allowed = 0..=AFTER_NUMBERS_BYTES_MAX;
            assert!(allowed.contains(&left), "{left}: {count}, {drain:?}");
        }
        let left = left_by_a_burst(FULL, [0u8; 1024], drain);
        let allowed = 0..=AFTER_KILOBYTES_BYTES_MAX;
        assert!(allowed.contains(&left), "{left}: kilobytes, {drain:?}");
    }
}

thread_local! {
    static DROPPED_HERE: Cell<usize> = const { Cell::new(0) };
}

/// A kilobyte that counts its drop on the thread where it is dropped.
struct CountedKilobyte(Kilobyte);

impl Drop for CountedKilobyte {
    fn drop(&mut self) {
        assert_eq!(self.0[1023], 7);
        DROPPED_HERE.set(DROPPED_HERE.get() + 1);
    }
}

#[test]
fn the_last_receiver_gives_a_full_channel_back_before_it_is_gone() {
    let (left, (tx, weak)) = cost(|| {
        let (tx, rx) = bounded(FULL);
        for _ in 0..FULL {
            assert!(tx.try_send(CountedKilobyte([7; 1024])).is_ok());
        }
        let weak = rx.downgrade();
        let before = DROPPED_HERE.get();
        drop(rx);
        assert_eq!(DROPPED_HERE.get() - before, FULL);
        (tx, weak)
    });
    assert!(left <= AT_REST_BYTES_MAX, "{left} bytes for a sender");
    drop((tx, weak));
}

/// Fills a channel, then drains it with a send now and then: at no time it holds much more than
/// its messages.
fn a_slow_drain_holds<T: Copy>(message: T, more_bytes_max: isize) {
    let (tx, rx) = bounded(FULL);
    let base = IN_USE.get();
    let check = |scene: &str| {
        let needed = signed(rx.len() * size_of::<T>());
        // A link for each block of messages is a part of what they need.
        let allowed = needed + needed / 16 + more_bytes_max;
        let held = IN_USE.get() - base;
        assert!(held <= allowed, "{held} bytes for {needed}, {scene}");
    };
    for _ in 0..FULL {
        assert!(tx.try_send(message).is_ok());
        check("filling");
    }
    for step in 1.. {
        if rx.try_recv().is_err() {
            break;
        }
        check("draining");
        if step % 5 == 0 {
            assert!(tx.try_send(message).is_ok());
            check("refilling");
        }
    }
}

#[test]
fn a_slow_drain_never_holds_much_more_than_its_messages() {
    a_slow_drain_holds(0u64, 3 * 1024);
    a_slow_drain_holds([0u8; 1024], 24 * 1024);
}

#[test]
fn a_steady_load_does_not_call_the_allocator() {
    let (tx, rx) = bounded(16);
    (0..16).for_each(|n| tx.try_send(n).unwrap());
    while rx.try_recv().is_ok() {}
    let (calls, _bytes) = allocations(|| {
        for _ in 0..1000 {
            (0..16).for_each(|n| tx.try_send(n).unwrap());
            while rx.try_recv().is_ok() {}
        }
    });
    assert_eq!(calls, 0);
}

#[test]
fn a_recurring_burst_calls_the_allocator_seldom() {
    let (tx, rx) = unbounded();
    let (calls, _bytes) = allocations(|| {
        for _ in 0..100 {
            (0..1000).for_each(|n| tx.try_send(n).unwrap());
            while rx.try_recv().is_ok() {}
        }
    });
    assert!(calls <= 100_000 / 50, "{calls} calls for 100,000 messages");
}

/// Storage that was moved again and again would be asked for again and again.
#[test]
fn a_burst_asks_for_memory_in_line_with_its_length() {
    for count in [1000, 10_000, 100_000] {
        let (calls, bytes) = allocations(|| {
            let (tx, rx) = unbounded();
            (0..count).for_each(|n| tx.try_send(n).unwrap());
            while rx.try_recv().is_ok() {}
        });
        let needed = count * size_of::<usize>();
        assert!(calls <= count / 16, "{calls} calls for {count} messages");
        assert!(bytes <= 8 * needed, "{bytes} bytes for {needed}");
    }
}

/// How a crowd goes.
#[derive(Clone, Copy, Debug)]
enum Leave {
    /// Each before the next one comes.
    OneByOne,
    /// All of them come, then all go, the first first.
    InOrder,
    /// All of them come, then all go, the last first.
    Backwards,
}

impl Leave {
    const ALL: [Self; 3] = [Self::OneByOne, Self::InOrder, Self::Backwards];
}

/// Lets a crowd begin to wait and cancels it; `older` stay in line before it. Checks the wakers, and
/// returns the bytes that are left.
fn left_by_a_crowd(wait: Wait, leave: Leave, older: usize) -> isize {
    let (tx, rx) = wait.channel();
    let mut stay: Vec<Waiting<'_>> = (0..older).map(|_| wait.begin(&tx, &rx)).collect();
    assert!(stay.iter_mut().all(|waiting| poll(waiting).is_pending()));
    let (tally, waker) = Tally::new();
    let begin = || {
        let mut waiting = wait.begin(&tx, &rx);
        assert!(poll_with(&mut waiting, &waker).is_pending());
        waiting
    };
    let (left, ()) = cost(|| match leave {
        Leave::OneByOne => (0..CROWD).for_each(|_| drop(begin())),
        Leave::InOrder => drop((0..CROWD).map(|_| begin()).collect::<Vec<_>>()),
        Leave::Backwards => {
            let mut crowd: Vec<_> = (0..CROWD).map(|_| begin()).collect();
            while crowd.pop().is_some() {}
        }
    });
    assert_eq!(tally.clones(), tally.drops(), "a waker is left");
    assert!(
        tally.clones() <= CROWD,
        "cloned more than once to wait once"
    );
    assert_eq!(tally.wakes(), 0, "nothing has come about");
    left
}

#[test]
fn a_cancelled_crowd_leaves_nothing() {
    for wait in Wait::ALL {
        for leave in Leave::ALL {
            let left = left_by_a_crowd(wait, leave, 0);
            assert_eq!(left, 0, "{wait:?}, {leave:?}");
        }
    }
}

/// Whoever stays in line must not keep the places of all who came after.
#[test]
fn a_cancelled_crowd_behind_one_who_stays_leaves_nothing() {
    for wait in Wait::ALL {
        for leave in Leave::ALL {
            let left = left_by_a_crowd(wait, leave, 1);
            assert_eq!(left, 0, "{wait:?}, {leave:?}");
        }
    }
}

/// Everybody was woken, nobody came: what was promised is there for others, and nothing else.
#[test]
fn a_crowd_that_is_cancelled_after_its_wake_leaves_its_messages_alone() {
    let (tx, rx) = bounded(1);
    let (left, ()) = cost(|| {
        let mut recvs: Vec<_> = (0..CROWD).map(|_| Box::pin(rx.recv())).collect();
        assert!(recvs.iter_mut().all(|recv| poll(recv).is_pending()));
        (0..CROWD).for_each(|n| tx.try_send(n).unwrap());
        drop(recvs);
        assert!((0..CROWD).all(|n| rx.try_recv() == Ok(n)));
    });
    let allowed = 0..=AFTER_NUMBERS_BYTES_MAX;
    assert!(allowed.contains(&left), "{left} bytes after receivers");
    let (left, ()) = cost(|| {
        assert_eq!(tx.try_send(0), Ok(()));
        let mut sends: Vec<_> = (1..CROWD).map(|n| Box::pin(tx.send(n))).collect();
        assert!(sends.iter_mut().all(|send| poll(send).is_pending()));
        assert_eq!(rx.try_recv(), Ok(0));
        // The slot goes through the whole crowd.
        drop(sends);
        assert_eq!(tx.try_send(0), Ok(()));
        assert_eq!(rx.try_recv(), Ok(0));
    });
    let allowed = -AFTER_NUMBERS_BYTES_MAX..=AFTER_NUMBERS_BYTES_MAX;
    assert!(allowed.contains(&left), "{left} bytes after senders");
}

#[test]
fn a_thread_that_gives_up_leaves_nothing() {
    let (tx, rx) = bounded::<u64>(1);
    // The first sleep of a thread may set up what all of its sleeps share.
    let (_other, empty) = bounded::<u64>(1);
    assert!(empty.recv_timeout(Duration::from_nanos(1)).is_err());
    let (left, ()) = cost(|| {
        for _ in 0..100 {
            let late = rx.recv_timeout(Duration::from_nanos(1));
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
        }
    });
    assert_eq!(left, 0, "after receivers");
    tx.try_send(0).unwrap();
    let (left, ()) = cost(|| {
        for _ in 0..100 {
            assert!(tx.send_timeout(1, Duration::from_nanos(1)).is_err());
        }
    });
    assert_eq!(left, 0, "after senders");
}

#[test]
fn polling_for_ever_costs_nothing_more() {
    for wait in Wait::ALL {
        let (tx, rx) = wait.channel();
        let mut waiting = wait.begin(&tx, &rx);
        let (tally, waker) = Tally::new();
        let (other, other_waker) = Tally::new();
        let mut poll_once = |waker| assert!(poll_with(&mut waiting, waker).is_pending());
        poll_once(&waker);
        let (grown, ()) = cost(|| (0..CROWD).for_each(|_| poll_once(&waker)));
        assert_eq!(grown, 0, "{wait:?} by one task");
        assert_eq!(tally.clones(), 1, "{wait:?} by one task");
        let (grown, ()) = cost(|| {
            (0..CROWD).for_each(|_| {
                poll_once(&other_waker);
                poll_once(&waker);
            });
        });
        assert_eq!(grown, 0, "{wait:?} by two tasks in turn");
        drop(waiting);
        for tally in [tally, other] {
            assert_eq!(tally.clones(), tally.drops(), "{wait:?}: a waker is left");
            assert!(tally.clones() <= CROWD + 1, "{wait:?}: one clone a change");
        }
    }
}

/// A crowd of receivers is served: one clone, one wake and one drop for each, and no more calls of
/// the allocator than there are receivers.
#[test]
fn work_grows_in_line_with_a_crowd_that_is_served() {
    for crowd in [100, 1000, CROWD] {
        let (tx, rx) = bounded(1);
        let (tally, waker) = Tally::new();
        let mut recvs: Vec<_> = (0..crowd).map(|_| Box::pin(rx.recv())).collect();
        let (calls, bytes) = allocations(|| {
            for recv in &mut recvs {
                assert_eq!(poll_with(recv, &waker), Poll::Pending);
            }
            (0..crowd).for_each(|n| tx.try_send(n).unwrap());
            for (n, recv) in recvs.iter_mut().enumerate() {
                assert_eq!(poll_with(recv, &waker), Poll::Ready(Ok(n)));
            }
        });
        assert_eq!(tally.wakes(), crowd, "one for each");
        assert_eq!((tally.clones(), tally.drops()), (crowd, crowd));
        assert!(calls <= crowd, "{calls} calls for {crowd} receivers");
        assert!(bytes <= 512 * crowd, "{bytes} bytes for {crowd} receivers");
    }
}

/// Each cancelled sender passes the slot on to the next one: one wake for each.
#[test]
fn work_grows_in_line_with_a_crowd_that_passes_a_slot_on() {
    for crowd in [100, 1000, CROWD] {
        let (tx, rx) = bounded(1);
        tx.try_send(0).unwrap();
        let (tally, waker) = Tally::new();
        let mut sends: Vec<_> = (0..crowd).map(|n| Box::pin(tx.send(n))).collect();
        let (calls, bytes) = allocations(|| {
            for send in &mut sends {
                assert_eq!(poll_with(send, &waker), Poll::Pending);
            }
            assert_eq!(rx.try_recv(), Ok(0));
            sends.clear();
        });
        assert_eq!(tally.wakes(), crowd, "one for each");
        assert_eq!((tally.clones(), tally.drops()), (crowd, crowd));
        assert!(calls <= crowd, "{calls} calls for {crowd} senders");
        assert!(bytes <= 512 * crowd, "{bytes} bytes for {crowd} senders");
    }
}

/// A close wakes a whole crowd at once: it may need a list of them, and no more.
#[test]
fn work_grows_in_line_with_a_crowd_that_is_sent_home() {
    for crowd in [100, 1000, CROWD] {
        let (tx, rx) = bounded::<u64>(1);
        let (tally, waker) = Tally::new();
        let mut waits: Vec<_> = (0..crowd)
            .map(|n| match n % 2 {
                0 => Wait::Recv.begin(&tx, &rx),
                _ => Wait::Closed.begin(&tx, &rx),
            })
            .collect();
        for waiting in &mut waits {
            assert!(poll_with(waiting, &waker).is_pending());
        }
        let (_calls, bytes) = allocations(|| assert!(tx.close()));
        assert_eq!((tally.wakes(), tally.drops()), (crowd, crowd));
        assert!(bytes <= 128 * crowd, "{bytes} bytes for {crowd} waiters");
        assert!(waits.iter_mut().all(|waiting| poll(waiting).is_ready()));
    }
}

#[test]
fn nothing_is_left_of_a_channel_that_is_gone() {
    let (left, ()) = cost(|| {
        let (tx, rx) = bounded(1000);
        (0..1000).for_each(|n| tx.try_send(Box::new(n)).unwrap());
        let mut send = Box::pin(tx.send(Box::new(0)));
        assert!(poll(&mut send).is_pending());
        drop(rx);
        assert!(matches!(poll(&mut send), Poll::Ready(Err(_))));
    });
    assert_eq!(left, 0);
    let (left, ()) = cost(|| {
        let (tx, mut rx) = oneshot::channel();
        assert!(poll(&mut rx).is_pending());
        tx.send(Box::new(1)).unwrap();
    });
    assert_eq!(left, 0);
}

/// A weak handle or a sender holds the books of a channel, not its messages.
#[test]
fn a_handle_left_over_holds_no_message() {
    let (tx, rx) = unbounded();
    let weak = rx.downgrade();
    let (left, ()) = cost(|| {
        (0..1000).for_each(|n| tx.try_send(Box::new(n)).unwrap());
    });
    assert!(left > 0);
    let (given_back, ()) = cost(|| drop(rx));
    assert_eq!(given_back, -left, "to the last byte");
    drop(weak);
}

//! tokio's executor-free half, and our channel, across tasks.

use std::sync::Arc;

use wane::sync::{Barrier, Mutex, Notify, Semaphore, broadcast, mpsc, oneshot, watch};
use wane_tests::runtimes::in_each;

#[test]
fn locks_and_semaphores_admit_as_many_as_they_say() {
    in_each(|| async {
        let (count, permits) = (Arc::new(Mutex::new(0)), Arc::new(Semaphore::new(2)));
        let tasks = (0..50).map(|_| {
            let (count, permits) = (count.clone(), permits.clone());
            wane::spawn(async move {
                let _permit = permits.acquire().await.expect("it is open");
                let mut count = count.lock().await;
                let before = *count;
                wane::task::yield_now().await;
                *count = before + 1;
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
        assert_eq!((*count.lock().await, permits.available_permits()), (50, 2));
    });
}

#[test]
fn messages_arrive_through_every_kind_of_channel() {
    in_each(|| async {
        let (tx, mut rx) = mpsc::channel(2);
        let (done, is_done) = oneshot::channel();
        let (state, mut states) = watch::channel(0);
        let (all, mut first) = broadcast::channel(16);
        let mut second = all.subscribe();
        let task = wane::spawn(async move {
            for number in 0..10 {
                tx.send(number).await.expect("the receiver is there");
                all.send(number).expect("the receivers are there");
                state.send(number).expect("the receiver is there");
            }
            done.send("done").expect("the receiver is there");
        });
        for number in 0..10 {
            assert_eq!(rx.recv().await, Some(number));
            assert_eq!(first.recv().await, Ok(number));
            assert_eq!(second.recv().await, Ok(number));
        }
        assert_eq!(rx.recv().await, None);
        assert_eq!(is_done.await, Ok("done"));
        assert_eq!(*states.borrow_and_update(), 9);
        task.await.expect("no panic");
    });
}

#[test]
fn tasks_meet_at_barriers_and_notifications() {
    in_each(|| async {
        let (barrier, notify) = (Arc::new(Barrier::new(5)), Arc::new(Notify::new()));
        let tasks = (0..4).map(|_| {
            let (barrier, notify) = (barrier.clone(), notify.clone());
            wane::spawn(async move {
                let notified = notify.notified();
                wane::pin!(notified);
                notified.as_mut().enable();
                barrier.wait().await;
                notified.await;
            })
        });
        let tasks = tasks.collect::<Vec<_>>();
        barrier.wait().await;
        notify.notify_waiters();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn a_bounded_channel_of_ours_carries_every_message_once() {
    in_each(|| async {
        let (tx, rx) = wane::channel::bounded(3);
        let senders = (0..4_u64).map(|sender| {
            let tx = tx.clone();
            wane::spawn(async move {
                for number in 0..250 {
                    tx.send(sender * 250 + number)
                        .await
                        .expect("a receiver is there");
                }
            })
        });
        let senders = senders.collect::<Vec<_>>();
        drop(tx);
        let receivers = (0..3).map(|_| {
            let rx = rx.clone();
            wane::spawn(async move {
                let mut sum = 0;
                while let Ok(number) = rx.recv().await {
                    sum += number;
                }
                sum
            })
        });
        let mut sum = 0;
        for receiver in receivers.collect::<Vec<_>>() {
            sum += receiver.await.expect("no panic");
        }
        for sender in senders {
            sender.await.expect("no panic");
        }
        assert_eq!(sum, (0..1_000).sum());
    });
}

//! The crowd as tasks of a runtime of each kind, with threads beside it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wane::task::JoinHandle;
use wane_channel::{Receiver, Sender, bounded};
use wane_tests::dice::Dice;
use wane_tests::hang::Deadline;
use wane_tests::rounds;
use wane_tests::runtimes::Kind;

use crate::Scene;
use crate::accounts::{Accounts, Parcel};
use crate::ends::{Order, TaskReceiver, TaskSender, recv_blocking, send_blocking};

/// Each scene on each kind of runtime.
const COMBINATIONS: u64 = Scene::COMBINATIONS * Kind::ALL.len() as u64;

/// A scene, its books and its channel.
struct Stage {
    scene: Scene,
    kind: Kind,
    accounts: Arc<Accounts>,
    tx: Sender<Parcel>,
    rx: Receiver<Parcel>,
    _deadline: Deadline,
}

impl Stage {
    fn of(seed: u64) -> Self {
        let scene = Scene::of(seed);
        let kind = Kind::ALL[(seed / Scene::COMBINATIONS) as usize % Kind::ALL.len()];
        let accounts = Accounts::new(crate::MESSAGES);
        let (tx, rx) = bounded(scene.capacity);
        Self {
            scene,
            kind,
            _deadline: Deadline::start(&format!("{scene} on {kind}"), Arc::clone(&accounts)),
            accounts,
            tx,
            rx,
        }
    }

    fn sender(&self, index: usize) -> TaskSender {
        TaskSender {
            tx: self.tx.clone(),
            accounts: Arc::clone(&self.accounts),
            dice: Dice::new(self.scene.seed << 16 | index as u64),
        }
    }

    fn receiver(&self, index: usize) -> TaskReceiver {
        TaskReceiver {
            rx: self.rx.clone(),
            order: Order::new(self.scene.senders, self.scene.messages_per_sender()),
            dice: Dice::new(self.scene.seed << 16 | 1 << 15 | index as u64),
        }
    }

    /// Lets the handles go that nobody uses; what is left of the stage is its books.
    fn leave(self) -> Books {
        Books {
            scene: format!("{} on {}", self.scene, self.kind),
            accounts: self.accounts,
            _deadline: self._deadline,
        }
    }
}

struct Books {
    scene: String,
    accounts: Arc<Accounts>,
    _deadline: Deadline,
}

async fn join_all(tasks: Vec<JoinHandle<()>>) {
    for task in tasks {
        task.await.expect("no panic");
    }
}

#[test]
fn tasks_account_for_every_message() {
    rounds::run(3, COMBINATIONS, |seed| {
        let stage = Stage::of(seed);
        let runtime = stage.kind.build();
        let handle = runtime.handle();
        let senders = (0..stage.scene.senders)
            .map(|index| handle.spawn(stage.sender(index).run(stage.scene.numbers(index))));
        let receivers =
            (0..stage.scene.receivers).map(|index| handle.spawn(stage.receiver(index).run()));
        let tasks = senders.chain(receivers).collect();
        let books = stage.leave();
        runtime.block_on(join_all(tasks));
        books.accounts.assert_settled(&books.scene);
        assert!(books.accounts.accepted() > 0, "{}", books.scene);
    });
}

/// Sends with a timer beside each send: what the timer ends was not sent.
async fn send_in_time(mut sender: TaskSender, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let parcel = sender.accounts.parcel(number);
        let patience = Duration::from_micros(sender.dice.roll(2000));
        match wane::time::timeout(patience, sender.tx.send(parcel)).await {
            Ok(Ok(())) => sender.accounts.accept(number),
            Ok(Err(_closed)) => return,
            Err(_elapsed) => {}
        }
    }
}

/// Receives with a timer beside each receive: what the timer ends has received nothing.
async fn receive_in_time(mut receiver: TaskReceiver) {
    loop {
        let patience = Duration::from_micros(receiver.dice.roll(2000));
        match wane::time::timeout(patience, receiver.rx.recv()).await {
            Ok(Ok(parcel)) => receiver.order.receive(parcel),
            Ok(Err(_closed)) => return,
            Err(_elapsed) => {}
        }
    }
}

/// A third of the crowd are tasks that give up by their dice, a third tasks with timers, and a third
/// threads that block, with timeouts of their own.
#[test]
fn tasks_timers_and_threads_account_for_every_message_together() {
    rounds::run(3, COMBINATIONS, |seed| {
        let stage = Stage::of(seed);
        let runtime = stage.kind.build();
        let handle = runtime.handle();
        let mut tasks = Vec::new();
        let mut threads = Vec::new();
        for index in 0..stage.scene.senders {
            let (mut sender, numbers) = (stage.sender(index), stage.scene.numbers(index));
            match index % 3 {
                0 => tasks.push(handle.spawn(sender.run(numbers))),
                1 => tasks.push(handle.spawn(send_in_time(sender, numbers))),
                _ => threads.push(thread::spawn(move || {
                    send_blocking(&sender.tx, &sender.accounts, &mut sender.dice, numbers);
                })),
            }
        }
        for index in 0..stage.scene.receivers {
            let mut receiver = stage.receiver(index);
            match index % 3 {
                0 => tasks.push(handle.spawn(receiver.run())),
                1 => tasks.push(handle.spawn(receive_in_time(receiver))),
                _ => threads.push(thread::spawn(move || {
                    recv_blocking(&receiver.rx, &mut receiver.dice, &mut receiver.order);
                })),
            }
        }
        let books = stage.leave();
        runtime.block_on(join_all(tasks));
        for thread in threads {
            thread.join().expect("no panic");
        }
        books.accounts.assert_settled(&books.scene);
        assert!(books.accounts.accepted() > 0, "{}", books.scene);
    });
}

/// Half of the crowd is aborted wherever it is; receivers are enough that some stay to the end.
#[test]
fn aborted_tasks_account_for_every_message() {
    rounds::run(2, COMBINATIONS, |seed| {
        let stage = Stage::of(seed);
        let runtime = stage.kind.build();
        let handle = runtime.handle();
        let mut doomed = Vec::new();
        let mut tasks = Vec::new();
        for index in 0..stage.scene.senders {
            let task = handle.spawn(stage.sender(index).run(stage.scene.numbers(index)));
            match index % 2 {
                0 => doomed.push(task),
                _ => tasks.push(task),
            }
        }
        for index in 0..stage.scene.receivers {
            let task = handle.spawn(stage.receiver(index).run());
            match index % 2 {
                0 => doomed.push(task),
                _ => tasks.push(task),
            }
        }
        let books = stage.leave();
        runtime.block_on(async {
            for (turn, task) in doomed.into_iter().enumerate() {
                if turn % 8 == 0 {
                    wane::task::yield_now().await;
                }
                task.abort();
                let over = task.await;
                assert!(over.is_ok() || over.is_err_and(|error| error.is_cancelled()));
            }
            join_all(tasks).await;
        });
        books.accounts.assert_settled(&books.scene);
        assert!(books.accounts.accepted() > 0, "{}", books.scene);
    });
}

/// A runtime that is dropped under the crowd drops its tasks, and with the last receiver among them
/// every message that is left. Only the books say so: a handle outside would keep the channel open.
#[test]
fn a_runtime_that_is_dropped_accounts_for_every_message() {
    rounds::run(1, COMBINATIONS, |seed| {
        let stage = Stage::of(seed);
        let runtime = stage.kind.build();
        let handle = runtime.handle();
        for index in 0..stage.scene.senders {
            drop(handle.spawn(stage.sender(index).run(stage.scene.numbers(index))));
        }
        for index in 0..stage.scene.receivers {
            drop(handle.spawn(stage.receiver(index).run()));
        }
        let weak = stage.tx.downgrade();
        let books = stage.leave();
        runtime.block_on(async {
            for _ in 0..seed % 50 {
                wane::task::yield_now().await;
            }
        });
        drop(runtime);
        assert!(weak.upgrade().is_none(), "{}", books.scene);
        books.accounts.assert_dropped(&books.scene);
    });
}

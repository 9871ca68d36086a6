//! The scheduler: workers that run tasks, and how they share them.
//!
//! | file        | what it holds                                                       |
//! |-------------|---------------------------------------------------------------------|
//! | `core`      | what all workers see; the entrance for tasks from outside           |
//! | `team`      | the workers' queues, sleeps and counts: how a task finds a worker   |
//! | `local`     | the worker that the present thread is; its own queue                |
//! | `worker`    | the loop: find a task, run it, sleep                                |
//! | `victim`    | whom to steal from, and when                                        |
//! | `next_slot` | the task to run next                                                |
//! | `idle`      | who sleeps, who searches, whom to wake                              |
//! | `admission` | how many spawns came from outside, and whether more may come        |
//! | `threads`   | workers that are threads of their own                               |
//! | `current`   | the one worker of a current-thread runtime, inside `block_on`       |
//! | `rescue`    | workers that are stuck are replaced                                 |
//! | `bench`     | the seats of those who replace them                                 |
//! | `doze`      | the sleep of the monitor that finds them                            |
//! | `herald`    | telling of what does not go on as it should                         |
//! | `shutdown`  | the end                                                             |
//!
//! **Search order.** The next slot (three times in a row at most), the own queue, a share of the
//! injector, the others' queues from a random one on, the others' next slots, the injector again.
//! Every `global_queue_interval` polls the injector comes first, every `event_interval` polls the
//! driver is looked at. A task that is woken while it runs goes behind the others.
//!
//! **Idle workers.** The first sleeps in the driver, the others on conditions of their own; see
//! [`idle`] for why no task is lost.
//!
//! # Rejected ways
//!
//! - *A next slot that cannot be stolen* delays a task by as long as the one before it blocks.
//!   *Waking a worker for the first task in it* costs more throughput than it saves.
//! - *A thread for the driver* costs a context switch an event.

pub(crate) mod admission;
pub(crate) mod bench;
#[cfg(not(loom))]
pub(crate) mod core;
#[cfg(not(loom))]
pub(crate) mod current;
pub(crate) mod doze;
#[cfg(not(loom))]
pub(crate) mod herald;
pub(crate) mod idle;
#[cfg(not(loom))]
pub(crate) mod local;
pub(crate) mod next_slot;
#[cfg(not(loom))]
pub(crate) mod observer;
#[cfg(not(loom))]
pub(crate) mod rescue;
pub(crate) mod shutdown;
pub(crate) mod team;
#[cfg(not(loom))]
pub(crate) mod threads;
#[cfg(not(loom))]
mod victim;
#[cfg(not(loom))]
mod worker;

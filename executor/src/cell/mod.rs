//! The task cell: a future, its state and what becomes of it, in a slot that nothing but the task and
//! its join handle can keep.
//!
//! | file       | what it holds                                                             |
//! |------------|---------------------------------------------------------------------------|
//! | `state`    | the state word: every move, no unsafe                                     |
//! | `slot`     | the 64 bytes of a task                                                    |
//! | `link`     | its scheduler, then what became of it                                     |
//! | `payload`  | where future and output stand: in the slot, or in a box of their own size |
//! | `vtable`   | the operations that know the future's type; where user code runs          |
//! | `region`   | memory for slots                                                          |
//! | `schedule` | what a task knows of its scheduler                                        |
//! | `runnable` | role: may run the task once                                               |
//! | `waker`    | role: may have it run; owns nothing                                       |
//! | `join`     | role: takes the outcome; the only owner besides the task itself           |
//! | `abort`    | role: may have it dropped; owns nothing                                   |
//! | `interrupts` | who is told when a task is aborted in the middle of a poll              |
//! | `spans`    | tasks as spans of `tracing`, where that is asked for                      |
//! | `locals`   | values that follow a task                                                 |
//! | `origin`   | what can be told of a task from outside: where it was spawned             |
//!
//! **Order at completion.** The future is dropped; its memory is given back; the output is moved to
//! memory of its own size, or dropped where nobody would take it; only then the word says "over".
//! So whoever learns that a task is finished may rely on its memory being gone.

pub(crate) mod abort;
pub(crate) mod error;
pub(crate) mod id;
#[cfg(not(loom))]
pub(crate) mod interrupts;
#[cfg(loom)]
#[path = "interrupts/model.rs"]
mod interrupts;
pub(crate) mod join;
mod link;
#[cfg(not(loom))]
pub(crate) mod locals;
#[cfg(not(loom))]
pub(crate) mod origin;
#[cfg(loom)]
#[path = "origin/model.rs"]
pub(crate) mod origin;
mod payload;
pub(crate) mod region;
pub(crate) mod runnable;
pub(crate) mod schedule;
mod slot;
#[cfg_attr(any(loom, not(feature = "console")), path = "spans/none.rs")]
pub(crate) mod spans;
pub(crate) mod state;
mod vtable;
mod waker;

pub(crate) use vtable::drop_quietly;
pub(crate) use waker::wake_behind;

pub use abort::AbortHandle;
pub use error::JoinError;
pub use join::JoinHandle;

//! What users of the runtime may rely on, from the outside, by name. The modules mirror the source.

mod abort;
mod blocking;
mod fs;
mod future;
mod handle;
mod hooks;
mod ids;
mod interrupt;
mod join;
mod local_set;
mod locals;
mod macros;
mod net;
mod scheduler;
mod seeing;
mod shutdown;
mod structured;
mod sync;
mod time;
mod trouble;

//! Sockets, pipes and descriptors across tasks and workers.

mod ends;
mod fd;
mod tcp;
mod udp;
mod unix;

//! One file per rule; the head of each says what it asks for and why.

pub mod cancellation;
pub mod facade;
pub mod floors;
pub mod leftovers;
pub mod names;
pub mod orderings;
pub mod platforms;
pub mod sizes;
pub mod unsafety;

//! Tasks that belong together: sets and scopes of children, and tokens that cancel a family.

mod join_set;
mod scope;
mod token;

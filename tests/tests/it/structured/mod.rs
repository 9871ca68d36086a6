//! Tasks that belong together: sets and scopes of children, and tokens that cancel a family.

mod join_set;
mod nested;
mod scope;
mod sites;
mod token;

//! What does not go on as it should: how a runtime tells of it, and how it ends all the same.

mod drop_rules;
mod health;

//! The instructions. Each checks its data, its accounts, its arguments and the state, in this order, and then acts.

pub mod authority;
pub mod authorization;
pub mod claim;
pub mod close;
pub mod create;
pub mod fund;
pub mod join;
pub mod leave;
pub mod pause;
pub mod protocol;
pub mod prune;
pub mod rates;
pub mod slash;
pub mod stake;
pub mod submit;
pub mod tick;
pub mod update;
pub mod vote;

//! The instructions. Each checks in this order: data, accounts, arguments, state; then it calls other programs, and
//! only then it writes and moves lamports.

pub mod cancel;
pub mod claim;
pub mod close;
pub mod commit;
pub mod configure;
pub mod create;
pub mod draw;
pub mod fair;
pub mod finalize;
pub mod holdout;
pub mod initialize;
pub mod profile;
pub mod protocol;
pub mod settle;
pub mod slash;
pub mod source;
pub mod stake;
pub mod submit;
pub mod terms;
pub mod unopened;
pub mod validate;
pub mod withdraw;

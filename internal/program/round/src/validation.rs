//! A validation of either kind, for the instructions that take both.

use crate::name;
use crate::round;
use crate::state::{PostValidation, PreValidation, Round};
use sdk::account::Account;
use sdk::context::Context;
use sdk::fault::{self, Result};
use sdk::fields::Field;
use sdk::key::Key;

#[derive(Clone, Copy)]
pub struct Validation {
    pub round_id: u64,
    pub validator: Field<Key>,
    pub accuracy: u32,
    pub reward_claimed: Field<bool>,
    pub slashed: Field<bool>,
    gradient: Option<u8>,
}

/// A validation, writable.
#[inline(always)]
pub fn load(context: &Context, account: Account) -> Result<Validation> {
    let validation = if PreValidation::is_type_of(account) {
        let pre = PreValidation::load(context, account, name::VALIDATION)?;
        Validation {
            round_id: pre.round_id().get(),
            validator: pre.validator(),
            accuracy: pre.accuracy().get(),
            reward_claimed: pre.reward_claimed(),
            slashed: pre.slashed(),
            gradient: None,
        }
    } else {
        let post = PostValidation::load(context, account, name::VALIDATION)?;
        Validation {
            round_id: post.round_id().get(),
            validator: post.validator(),
            accuracy: post.accuracy().get(),
            reward_claimed: post.reward_claimed(),
            slashed: post.slashed(),
            gradient: Some(post.gradient_index().get()),
        }
    };
    account.must_be_writable(name::VALIDATION)?;
    Ok(validation)
}

impl Validation {
    pub fn must_be_of(&self, id: u64) -> Result {
        if self.round_id == id {
            Ok(())
        } else {
            Err(fault::SEEDS.about(name::VALIDATION))
        }
    }

    pub fn is_outlier(&self, round: Round) -> bool {
        round::is_outlier(round, self.gradient, self.accuracy)
    }
}

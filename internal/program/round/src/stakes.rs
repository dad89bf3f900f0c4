//! Stake accounts, and the sum of all stakes: committees are drawn by both. The sum counts what is at stake, not what is
//! unlocking.

use crate::name;
use crate::state::{RoundCounter, ValidatorStake};
use sdk::account::Account;
use sdk::context::Context;
use sdk::fault::{self, Result};
use sdk::key::Key;

/// Bytes of an account from before there were committees. It ends at `since` and is no part of the sum, until its validator
/// adds to the stake: then it grows.
const FIRST_SIZE: u64 = 73;

/// The stake of `validator`, whenever it was made.
#[inline(always)]
pub fn load(context: &Context, account: Account, validator: &Key) -> Result<ValidatorStake> {
    let size = if account.data_len() == FIRST_SIZE { FIRST_SIZE } else { ValidatorStake::SIZE };
    let state = ValidatorStake::load_from(context, account, size, name::VALIDATOR_STAKE)?;
    if !state.validator().is(validator) {
        return Err(fault::SEEDS.about(name::VALIDATOR_STAKE));
    }
    Ok(state)
}

/// The counter, writable: it holds the sum.
#[inline(always)]
pub fn load_counter(context: &Context, account: Account) -> Result<RoundCounter> {
    let counter = RoundCounter::load(context, account, name::ROUND_COUNTER)?;
    account.must_be_writable(name::ROUND_COUNTER)?;
    Ok(counter)
}

/// Whether a stake is a part of the sum.
pub fn is_counted(account: Account) -> bool {
    account.data_len() >= ValidatorStake::SIZE
}

/// When a stake was last added to; none where it is no part of the sum.
#[inline(always)]
pub fn since(account: Account) -> Option<i64> {
    if is_counted(account) {
        Some(ValidatorStake::view(account).since().get())
    } else {
        None
    }
}

/// Takes `amount` out of a stake, and out of the sum where it is a part of that.
pub fn reduce(account: Account, amount: u64, counter: RoundCounter) -> Result {
    let state = ValidatorStake::view(account);
    state.amount().set(state.amount().get().checked_sub(amount).ok_or(fault::OVERFLOW)?);
    if is_counted(account) {
        let total = counter.total_stake();
        total.set(total.get().checked_sub(amount).ok_or(fault::OVERFLOW)?);
    }
    Ok(())
}

//! Stakes: what a validator stands to lose.

use crate::error;
use crate::ix::protocol;
use crate::name;
use crate::stakes;
use crate::state::ValidatorStake;
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::pda::{self, Seeds};
use sdk::runtime;
use sdk::system;

/// Adds to the signer's stake; creates its account the first time.
#[inline(never)]
pub fn stake(context: &Context, mut args: Args) -> Result {
    let amount = args.u64()?;
    let [stake_account, validator, system, counter_account] = context.accounts::<4>()?;
    let seeds = Seeds::new(b"validator_stake").key(validator.key());
    let place = pda::place(context, stake_account, &seeds, name::VALIDATOR_STAKE)?;
    let is_new = stake_account.is_vacant();
    if !is_new {
        stakes::load(context, stake_account, validator.key())?;
    }
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;
    let counter = stakes::load_counter(context, counter_account)?;
    if amount == 0 {
        return Err(error::INVALID_PARAMETER);
    }

    let state = if is_new {
        place.create(context, validator, ValidatorStake::SIZE, amount)?;
        let state = ValidatorStake::init(stake_account);
        state.validator().set(*validator.key());
        state.bump().set(place.bump);
        state
    } else {
        add(validator, stake_account, amount)?
    };
    let sum = state.amount().get().checked_add(amount).ok_or(fault::OVERFLOW)?;
    let joins = state.since().get() == 0;
    let total = counter.total_stake();
    total.set(total.get().checked_add(if joins { sum } else { amount }).ok_or(fault::OVERFLOW)?);
    state.amount().set(sum);
    state.since().set(runtime::now());
    changed(state);
    Ok(())
}

/// Pays `amount` into a stake account, and what rent it lacks to have all fields.
#[inline(always)]
fn add(validator: Account, stake_account: Account, amount: u64) -> Result<ValidatorStake> {
    let size = stake_account.data_len();
    let mut due = amount;
    if !stakes::is_counted(stake_account) {
        let rent = runtime::rent_minimum(ValidatorStake::SIZE) - runtime::rent_minimum(size);
        due = amount.checked_add(rent).ok_or(fault::OVERFLOW)?;
    }
    system::transfer(validator, stake_account, due, &[]);
    if !stakes::is_counted(stake_account) {
        stake_account.grow(ValidatorStake::SIZE);
        ValidatorStake::view(stake_account).since().set(0);
    }
    Ok(ValidatorStake::view(stake_account))
}

/// Starts to unlock a part of the stake. The protocol's cooldown counts from now, for what is unlocking already too.
#[inline(never)]
pub fn request_unstake(context: &Context, mut args: Args) -> Result {
    let amount = args.u64()?;
    let [stake_account, validator, system, counter_account] = context.accounts::<4>()?;
    let state = load(context, stake_account, validator)?;
    system.must_be_system_program()?;
    let counter = stakes::load_counter(context, counter_account)?;
    if amount == 0 {
        return Err(error::INVALID_PARAMETER);
    }
    if state.amount().get() < amount {
        return Err(error::INSUFFICIENT_STAKE);
    }

    stakes::reduce(stake_account, amount, counter)?;
    state.unlocking().set(state.unlocking().get().checked_add(amount).ok_or(fault::OVERFLOW)?);
    state.unlock_at().set(runtime::now() + protocol::params(counter).unstake_cooldown);
    changed(state);
    Ok(())
}

/// Pays out what has unlocked. The account stays, and with it the record of what was slashed.
#[inline(never)]
pub fn withdraw_stake(context: &Context, _: Args) -> Result {
    let [stake_account, validator, system] = context.accounts::<3>()?;
    let state = load(context, stake_account, validator)?;
    system.must_be_system_program()?;
    let amount = state.unlocking().get();
    if amount == 0 {
        return Err(error::NOTHING_TO_WITHDRAW);
    }
    if runtime::now() < state.unlock_at().get() {
        return Err(error::STAKE_LOCKED);
    }
    state.unlocking().set(0);
    stake_account.pay(validator, amount)?;
    changed(state);
    Ok(())
}

/// The stake of the signer, both writable.
#[inline(always)]
fn load(context: &Context, account: Account, validator: Account) -> Result<ValidatorStake> {
    let state = stakes::load(context, account, validator.key())?;
    account.must_be_writable(name::VALIDATOR_STAKE)?;
    validator.must_pay(name::VALIDATOR)?;
    Ok(state)
}

pub fn changed(state: ValidatorStake) {
    event!("StakeChanged").key(state.validator().key()).u64(state.amount().get()).u64(state.unlocking().get()).emit();
}

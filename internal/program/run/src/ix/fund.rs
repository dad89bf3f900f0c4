//! top_up and withdraw_surplus: what goes into the pool, and what the authority may take out of it.

use crate::error;
use crate::ix::stake::must_be_positive;
use crate::name;
use crate::purse::{self, Purse};
use crate::run::{self, FINISHED, PAUSED};
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::runtime;

/// Adds to the pool; what somebody sent to the vault goes with it, so that 0 is an amount, too.
#[inline(never)]
pub fn top_up(context: &Context, mut args: Args) -> Result {
    let amount = args.u64()?;
    let [run_account, vault, payer, system] = context.accounts::<4>()?;
    let run = run::load_writable(context, run_account)?;
    let purse = Purse::load(context, run, run_account, vault, 4)?;
    payer.must_pay(name::PAYER)?;
    system.must_be_system_program()?;
    purse.must_hold_money()?;
    run::must_be_in(run, !(1 << FINISHED))?;
    if run::has_ended(run, runtime::now()) {
        return Err(error::RUN_ENDED);
    }

    let surplus = purse.balance()?.checked_sub(purse.booked()?).ok_or(fault::OVERFLOW)?;
    purse.take(payer, amount);
    purse::add(run.pool(), amount)?;
    purse::add(run.pool(), surplus)?;
    purse.booked()?;
    run.treasury_low().set(false);
    event!("ToppedUp").key(run_account.key()).u64(amount).u64(surplus).u64(run.pool().get()).emit();
    Ok(())
}

/// Pays from the pool to the authority, once the run is finished; with witnesses also while it is paused.
#[inline(never)]
pub fn withdraw_surplus(context: &Context, mut args: Args) -> Result {
    let amount = args.u64()?;
    let [run_account, vault, authority] = context.accounts::<3>()?;
    let run = run::load_writable(context, run_account)?;
    let purse = Purse::load(context, run, run_account, vault, 3)?;
    run::check_authority(run, authority)?;
    authority.must_be_writable(name::AUTHORITY)?;
    purse.must_pay(authority.key())?;
    purse.must_hold_money()?;
    must_be_positive(amount)?;
    let paused = if run::by_vote(run) { 0 } else { 1 << PAUSED };
    run::must_be_in(run, 1 << FINISHED | paused)?;
    let left = run.pool().get().checked_sub(amount).ok_or(error::INSUFFICIENT_POOL)?;

    run.pool().set(left);
    run.withdrawn().set(run.withdrawn().get().saturating_add(amount));
    purse.pay(authority, amount)?;
    event!("SurplusWithdrawn").key(run_account.key()).u64(amount).emit();
    Ok(())
}

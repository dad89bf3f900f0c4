//! add_stake and withdraw_stake.

use crate::error;
use crate::member::{self, Totals};
use crate::name;
use crate::purse::{self, Purse};
use crate::roster::{self, ACTIVE, LEAVING, LEFT};
use crate::run::{self, FINISHED};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};

/// Adds to the stake of a member who does not take part now: weights stay what they were at the draw.
#[inline(never)]
pub fn add_stake(context: &Context, mut args: Args) -> Result {
    let amount = args.u64()?;
    let [run_account, roster_account, member_account, wallet, vault, system] = context.accounts::<6>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let member = member::load(context, member_account, (run_account, run), wallet)?;
    member_account.must_be_writable(name::MEMBER)?;
    wallet.must_pay(name::WALLET)?;
    let purse = Purse::load(context, run, run_account, vault, 6)?;
    system.must_be_system_program()?;
    purse.must_hold_money()?;
    must_be_positive(amount)?;
    run::must_be_in(run, !(1 << FINISHED))?;
    let slot = member::slot(member, run, roster)?;
    if matches!(slot.status().get(), ACTIVE | LEAVING) {
        return Err(error::STAKE_LOCKED);
    }
    purse.take(wallet, amount);
    purse::add(slot.stake(), amount)?;
    purse::add(run.stakes(), amount)?;
    changed(run_account, wallet, slot.stake().get());
    Ok(())
}

/// Pays stake to the wallet, who asks for it; once the run is finished anybody may.
#[inline(never)]
pub fn withdraw_stake(context: &Context, mut args: Args) -> Result {
    let amount = args.u64()?;
    let [run_account, roster_account, member_account, wallet, anyone, vault] = context.accounts::<6>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let member = member::load(context, member_account, (run_account, run), wallet)?;
    member_account.must_be_writable(name::MEMBER)?;
    wallet.must_be_writable(name::WALLET)?;
    anyone.must_sign(name::ANYONE)?;
    let is_finished = run.state().get() == FINISHED;
    if !is_finished && !anyone.key().is(wallet.key()) {
        return Err(fault::HAS_ONE.about(name::ANYONE));
    }
    let purse = Purse::load(context, run, run_account, vault, 6)?;
    purse.must_pay(wallet.key())?;
    purse.must_hold_money()?;
    must_be_positive(amount)?;
    let stake = match member::totals(member, run, roster)? {
        Totals::InAccount(member) => member.stake(),
        Totals::InSlot(slot) => {
            if slot.status().get() != LEFT && !is_finished {
                return Err(error::STAKE_LOCKED);
            }
            if slot.slash_due().get() > 0 {
                return Err(error::SLASH_DUE);
            }
            slot.stake()
        }
    };
    stake.set(stake.get().checked_sub(amount).ok_or(error::INSUFFICIENT_STAKE)?);
    purse::subtract(run.stakes(), amount)?;
    purse.pay(wallet, amount)?;
    changed(run_account, wallet, stake.get());
    Ok(())
}

/// An amount of 0 is a mistake.
pub fn must_be_positive(amount: u64) -> Result {
    if amount > 0 {
        Ok(())
    } else {
        Err(error::INVALID_PARAMETER)
    }
}

fn changed(run: Account, wallet: Account, stake: u64) {
    event!("StakeChanged").key(run.key()).key(wallet.key()).u64(stake).emit();
}

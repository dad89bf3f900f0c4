//! slash: takes what a member is due to lose. Anybody may, and gets a tenth.

use crate::error;
use crate::member;
use crate::name;
use crate::purse::{self, Purse};
use crate::roster;
use crate::run;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;

/// One part of so many goes to who slashes.
const REWARD_PART: u64 = 10;

#[inline(never)]
pub fn slash(context: &Context, _: Args) -> Result {
    let [run_account, roster_account, member_account, anyone, vault] = context.accounts::<5>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let member = member::of_run(context, member_account, (run_account, run))?;
    anyone.must_pay(name::ANYONE)?;
    let purse = Purse::load(context, run, run_account, vault, 5)?;
    purse.must_pay(anyone.key())?;
    purse.must_hold_money()?;
    let slot = member::slot(member, run, roster)?;
    let amount = slot.slash_due().get();
    if amount == 0 {
        return Err(error::NOTHING_TO_SLASH);
    }
    if slot.wallet().is(anyone.key()) {
        return Err(error::CONFLICT_OF_INTEREST);
    }

    let reward = amount / REWARD_PART;
    slot.slash_due().set(0);
    purse::subtract(slot.stake(), amount)?;
    purse::subtract(run.stakes(), amount)?;
    purse::add(run.pool(), amount - reward)?;
    purse.pay(anyone, reward)?;
    event!("MemberSlashed", 160)
        .key(run_account.key())
        .key(slot.wallet().key())
        .key(anyone.key())
        .u64(amount)
        .u64(reward)
        .emit();
    Ok(())
}

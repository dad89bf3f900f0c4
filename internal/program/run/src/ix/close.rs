//! close_*: rent back to whom paid it, once an account has nothing left to say.

use crate::error;
use crate::ix::join::check_payer;
use crate::member::{self, NO_SLOT};
use crate::name;
use crate::purse::Purse;
use crate::roster;
use crate::run::{self, FINISHED, UNINITIALIZED};
use crate::state::{Member, Run};
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::runtime;

/// Time that members have to claim after the end: 180 days.
const CLAIM_PERIOD: i64 = 180 * 86_400;

/// Closes run, roster, ballots and vault together. What is left in the vault, points that nobody claimed included, is the
/// authority's.
#[inline(never)]
pub fn close_run(context: &Context, _: Args) -> Result {
    let [run_account, roster_account, ballots_account, vault, authority, payer] = context.accounts::<6>()?;
    let run = run::load_writable(context, run_account)?;
    roster::load_writable(context, roster_account, run)?;
    run::load_ballots(context, ballots_account, run_account)?;
    let purse = Purse::load(context, run, run_account, vault, 6)?;
    run::check_authority(run, authority)?;
    authority.must_be_writable(name::AUTHORITY)?;
    check_payer(payer, run.payer().key())?;
    purse.must_pay(authority.key())?;
    must_be_over(run)?;

    let amount = purse.close(authority, payer)?;
    event!("RunClosed").key(run_account.key()).key(authority.key()).u64(amount).emit();
    roster_account.close(payer)?;
    ballots_account.close(payer)?;
    run_account.close(payer)
}

/// A run that is created in the slot in which its namesake was closed must differ from it: accounts of members
/// tell them apart by the slot of their creation. So none is closed in that slot.
fn must_be_over(run: Run) -> Result {
    run::must_be_in(run, 1 << UNINITIALIZED | 1 << FINISHED)?;
    if runtime::slot() <= run.created_slot().get() {
        return Err(error::INVALID_STATE);
    }
    let over = run.state().get() == FINISHED && runtime::now() >= run.state_started_at().get() + CLAIM_PERIOD;
    if run.stakes().get() > 0 || (run.owed().get() > 0 && !over) {
        return Err(error::NOT_EMPTY);
    }
    Ok(())
}

/// Closes the account of a member who has nothing in the run, or whose run is gone. Anybody may.
#[inline(never)]
pub fn close_member(context: &Context, _: Args) -> Result {
    let [run_account, member_account, payer, anyone] = context.accounts::<4>()?;
    let member = Member::load(context, member_account, name::MEMBER)?;
    member_account.must_be_writable(name::MEMBER)?;
    if !member.run().is(run_account.key()) {
        return Err(fault::SEEDS.about(name::RUN));
    }
    check_payer(payer, member.payer().key())?;
    anyone.must_sign(name::ANYONE)?;
    if !run_account.is_vacant() {
        let run = run::load(context, run_account)?;
        if member::is_current(member, run) {
            must_be_empty(member)?;
        }
    }
    member_account.close(payer)
}

fn must_be_empty(member: Member) -> Result {
    let due = member.earned().get().saturating_sub(member.slashed().get()).saturating_sub(member.claimed().get());
    if member.slot().get() == NO_SLOT && member.stake().get() == 0 && due == 0 {
        Ok(())
    } else {
        Err(error::NOT_EMPTY)
    }
}

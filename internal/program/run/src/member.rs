//! A wallet in a run.

use crate::error;
use crate::name;
use crate::roster::{self, FREE};
use crate::state::{Member, Roster, Run, Slot};
use sdk::account::Account;
use sdk::context::Context;
use sdk::fault::{self, Result};

/// In `slot`: the member has none.
pub const NO_SLOT: u16 = u16::MAX;

/// The account of `wallet` in the run; one of an earlier run of this id counts as empty.
#[inline(always)]
pub fn load(context: &Context, account: Account, run: (Account, Run), wallet: Account) -> Result<Member> {
    let member = of_run(context, account, run)?;
    if !member.wallet().is(wallet.key()) {
        return Err(fault::SEEDS.about(name::MEMBER));
    }
    Ok(member)
}

/// An account of anybody in the run.
#[inline(always)]
pub fn of_run(context: &Context, account: Account, run: (Account, Run)) -> Result<Member> {
    let member = Member::load(context, account, name::MEMBER)?;
    if member.run().is(run.0.key()) {
        Ok(member)
    } else {
        Err(fault::SEEDS.about(name::MEMBER))
    }
}

/// Whether the account is about this run, and not an earlier one with the same id.
pub fn is_current(member: Member, run: Run) -> bool {
    member.created_slot().get() == run.created_slot().get()
}

/// The number of the member's slot.
#[inline(always)]
pub fn place(member: Member, run: Run) -> Result<usize> {
    let slot = member.slot().get();
    if is_current(member, run) && slot < 256 {
        Ok(slot as usize)
    } else {
        Err(error::NOT_A_MEMBER)
    }
}

/// The member's slot.
#[inline(always)]
pub fn slot(member: Member, run: Run, roster: Roster) -> Result<Slot> {
    let slot = roster::slot(roster, place(member, run)?);
    if slot.status().get() != FREE && slot.wallet().is(member.wallet().key()) {
        Ok(slot)
    } else {
        Err(error::NOT_A_MEMBER)
    }
}

/// What a member owns, in its slot or, where it has none, in its account. Both have the same fields.
#[derive(Clone, Copy)]
pub enum Totals {
    InSlot(Slot),
    InAccount(Member),
}

/// Where the totals of the member are.
#[inline(always)]
pub fn totals(member: Member, run: Run, roster: Roster) -> Result<Totals> {
    if !is_current(member, run) {
        return Err(error::NOT_A_MEMBER);
    }
    if member.slot().get() == NO_SLOT {
        return Ok(Totals::InAccount(member));
    }
    Ok(Totals::InSlot(slot(member, run, roster)?))
}

//! The members by slot.

use crate::bitmap::{self, Words};
use crate::name;
use crate::run;
use crate::state::{Roster, Run, Slot};
use sdk::account::Account;
use sdk::context::Context;
use sdk::fault::{self, Result};

pub const SLOTS: usize = 256;

// Statuses of a slot.
pub const FREE: u8 = 0;
pub const JOINED: u8 = 1;
pub const ACTIVE: u8 = 2;
pub const LEAVING: u8 = 3;
pub const LEFT: u8 = 4;
pub const DROPPED: u8 = 5;
pub const EJECTED: u8 = 6;

#[inline(always)]
pub fn load(context: &Context, account: Account, run: Run) -> Result<Roster> {
    let roster = Roster::load(context, account, name::ROSTER)?;
    if run.roster().is(account.key()) {
        Ok(roster)
    } else {
        Err(fault::SEEDS.about(name::ROSTER))
    }
}

#[inline(always)]
pub fn load_writable(context: &Context, account: Account, run: Run) -> Result<Roster> {
    let roster = load(context, account, run)?;
    account.must_be_writable(name::ROSTER)?;
    Ok(roster)
}

/// Slot `i`, of 256.
#[inline(always)]
pub fn slot(roster: Roster, i: usize) -> Slot {
    unsafe { Slot::at(roster.slots().at().add((i & 255) * Slot::SIZE as usize)) }
}

/// The part of the stake that nobody may slash: weight, share, and base of slashes.
#[inline(always)]
pub fn effective(slot: Slot) -> u64 {
    slot.stake().get().saturating_sub(slot.slash_due().get())
}

/// Points that the member may claim.
#[inline(always)]
pub fn due(slot: Slot) -> u64 {
    slot.earned().get().saturating_sub(slot.slashed().get()).saturating_sub(slot.claimed().get())
}

#[inline(always)]
pub fn is_gone(slot: Slot) -> bool {
    slot.status().get() >= LEFT
}

/// Who is active now.
#[inline(never)]
pub fn active(roster: Roster, set: &mut Words) -> u64 {
    let mut count = 0;
    for i in 0..SLOTS {
        if slot(roster, i).status().get() == ACTIVE {
            bitmap::add(set, i);
            count += 1;
        }
    }
    count
}

/// Gives everybody with one of the statuses whose bits are set the status Left.
#[inline(never)]
pub fn let_go(roster: Roster, statuses: u8, now: i64) {
    for i in 0..SLOTS {
        let slot = slot(roster, i);
        if statuses >> (slot.status().get() & 7) & 1 != 0 {
            slot.status().set(LEFT);
            slot.left_at().set(now);
        }
    }
}

/// Sets the points of a member who earned or was slashed, and returns what is due to it in addition, or less (the
/// other number). Sums stop at the largest number.
#[inline(always)]
pub fn book(slot: Slot, earned: u64, slashed: u64) -> (u64, u64) {
    let before = due(slot);
    slot.earned().set(slot.earned().get().saturating_add(earned));
    slot.slashed().set(slot.slashed().get().saturating_add(slashed));
    let after = due(slot);
    (after.saturating_sub(before), before.saturating_sub(after))
}

/// Takes what is reserved back into the pool.
pub fn release(run: Run) {
    run.pool().set(run.pool().get() + run.reserved().get());
    run.reserved().set(0);
}

/// Whether the run keeps money: without a treasury points are numbers only.
#[inline(always)]
pub fn has_money(run: Run) -> bool {
    run.treasury().get() != run::POINTS
}

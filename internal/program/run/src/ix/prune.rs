//! prune: frees the slot of a member who is gone. What the member owns goes to its account.

use crate::error;
use crate::ix::join::must_be_gone_for_long;
use crate::member::{self, NO_SLOT};
use crate::name;
use crate::roster::{self, SLOTS};
use crate::run::{self, IDLE};
use crate::state::Slot;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::runtime;

#[inline(never)]
pub fn prune(context: &Context, mut args: Args) -> Result {
    let number = args.u8()?;
    let [run_account, roster_account, member_account, anyone] = context.accounts::<4>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let member = member::of_run(context, member_account, (run_account, run))?;
    member_account.must_be_writable(name::MEMBER)?;
    anyone.must_sign(name::ANYONE)?;
    if member::place(member, run)? != number as usize {
        return Err(fault::SEEDS.about(name::MEMBER));
    }
    let slot = member::slot(member, run, roster)?;
    run::must_be_in(run, IDLE)?;
    if !roster::is_gone(slot) {
        return Err(error::NOT_GONE);
    }
    if slot.slash_due().get() > 0 {
        return Err(error::SLASH_DUE);
    }
    if (run.members().get() as usize) < SLOTS {
        must_be_gone_for_long(run, slot)?;
    }

    for (to, from) in [
        (member.stake(), slot.stake()),
        (member.earned(), slot.earned()),
        (member.slashed(), slot.slashed()),
        (member.claimed(), slot.claimed()),
    ] {
        to.set(from.get());
    }
    member.slot().set(NO_SLOT);
    unsafe { runtime::fill(slot.wallet().at(), 0, Slot::SIZE) };
    run.members().set(run.members().get() - 1);
    event!("MemberPruned").key(run_account.key()).key(member.wallet().key()).u8(number).emit();
    Ok(())
}

//! finalize_round and force_finalize: scoring ends, claims begin.

use crate::account::Context;
use crate::args::Args;
use crate::event::event;
use crate::fault::{self, Result, Who};
use crate::round;
use crate::sys;

/// By the creator, once every gradient has its quorum.
#[inline(never)]
pub fn finalize_round(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, creator] = context.accounts::<2>()?;
    let round = round::load_writable(context, round_account, id)?;
    round::check_creator(round, creator)?;

    round::must_be_active(round)?;
    if round.pre_count().get() == 0 {
        return Err(fault::NO_PREVALIDATION);
    }
    if round.gradients_count().get() == 0 {
        return Err(fault::NO_GRADIENTS);
    }
    if round.unvalidated_gradients().get() > 0 {
        return Err(fault::NO_POSTVALIDATION);
    }
    let now = sys::now();
    if now < round.earliest_finalize().get() {
        return Err(fault::TOO_EARLY);
    }
    round::finalize(round, now);
    event!("RoundFinalized").u64(id).emit();
    Ok(())
}

/// By anybody, after the deadline.
#[inline(never)]
pub fn force_finalize(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, anyone] = context.accounts::<2>()?;
    let round = round::load_writable(context, round_account, id)?;
    anyone.must_sign(Who::Anyone)?;

    round::must_be_active(round)?;
    let now = sys::now();
    if now < round.deadline().get() || now < round.earliest_finalize().get() {
        return Err(fault::TOO_EARLY);
    }
    round::finalize(round, now);
    event!("RoundFinalized").u64(id).emit();
    Ok(())
}

//! finalize_round and force_finalize: scoring ends, claims begin.

use crate::error;
use crate::name;
use crate::round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::runtime;

/// By the creator, once every gradient has its quorum.
#[inline(never)]
pub fn finalize_round(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, creator] = context.accounts::<2>()?;
    let round = round::load_writable(context, round_account, id)?;
    round::check_creator(round, creator)?;

    round::must_be_active(round)?;
    if round.pre_count().get() == 0 {
        return Err(error::NO_PREVALIDATION);
    }
    if round.gradients_count().get() == 0 {
        return Err(error::NO_GRADIENTS);
    }
    if round.unvalidated_gradients().get() > 0 {
        return Err(error::NO_POSTVALIDATION);
    }
    let now = runtime::now();
    if now < round.earliest_finalize().get() {
        return Err(error::TOO_EARLY);
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
    anyone.must_sign(name::ANYONE)?;

    round::must_be_active(round)?;
    let now = runtime::now();
    if now < round.deadline().get() || now < round.earliest_finalize().get() {
        return Err(error::TOO_EARLY);
    }
    round::finalize(round, now);
    event!("RoundFinalized").u64(id).emit();
    Ok(())
}

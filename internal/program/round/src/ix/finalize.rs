//! finalize_round and force_finalize: scoring ends, claims begin.

use crate::error;
use crate::fair;
use crate::name;
use crate::round;
use crate::state::Round;
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
    let scored = if fair::is_sealed(round) { round::base_counts(round) } else { round.pre_count().get() > 0 };
    if !scored {
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

/// Whether a subject of a sealed round is without its quorum, and there is a sitting to come.
fn may_be_scored(round: Round, now: i64) -> bool {
    fair::is_sealed(round)
        && round.gradients_count().get() > 0
        && !fair::all_scored(round)
        && now < fair::scoring_ends(round)
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
    if now < round.deadline().get() || now < round.earliest_finalize().get() || may_be_scored(round, now) {
        return Err(error::TOO_EARLY);
    }
    round::finalize(round, now);
    event!("RoundFinalized").u64(id).emit();
    Ok(())
}

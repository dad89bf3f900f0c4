//! reveal_holdout: the key of a sealed test, once nobody can train on it any more and before anybody scores with it.

use crate::error;
use crate::fair;
use crate::name;
use crate::round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::runtime::{self, Slice};

/// By anybody who knows the key, between the end of submissions and the start of scoring.
#[inline(never)]
pub fn reveal_holdout(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let key = args.key()?;
    let [round_account, anyone] = context.accounts::<2>()?;
    let round = round::load_writable(context, round_account, id)?;
    anyone.must_sign(name::ANYONE)?;

    round::must_be_active(round)?;
    let now = runtime::now();
    let open = now >= round::closes_at(round) && now < fair::scoring_starts(round);
    if !open || !fair::has_holdout(round) || fair::is_revealed(round) {
        return Err(error::HOLDOUT_CLOSED);
    }
    if !round.holdout().is(&runtime::sha256(&[Slice::key(key)])) {
        return Err(error::BAD_HOLDOUT);
    }
    round.holdout().set(*key);
    round.fair_flags().set(round.fair_flags().get() | fair::REVEALED);
    event!("HoldoutRevealed").u64(id).key(key).emit();
    Ok(())
}

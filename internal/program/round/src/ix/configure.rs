//! configure_round: the creator's own terms, while nobody took part.

use crate::error;
use crate::fair;
use crate::params::{Options, OPTIONS_LEN};
use crate::round;
use crate::state::Round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;

#[inline(never)]
pub fn configure_round(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let raw = args.rest();
    let options = Options::read(&mut args)?;

    let round = load(context, id)?;
    let created = round.created_at().get();
    options.check(created, round.protocol_min_stake().get(), round.unstake_cooldown().get())?;
    must_be_open(round)?;

    fair::clear(round);
    round.deadline().set(options.deadline);
    round.base_window().set(options.base_window);
    round.validation_window().set(options.validation_window);
    round.commit_window().set(options.commit_window);
    round.min_prevalidations().set(options.min_prevalidations);
    round.min_postvalidations().set(options.min_postvalidations);
    round.min_validator_stake().set(options.min_validator_stake);
    round.commit_reveal().set(options.commit_reveal);
    round.reward_rule().set(options.reward_rule);
    // Nobody finalizes before the last reveal window is over.
    round.earliest_finalize().set(if options.commit_reveal { created + options.opening() } else { 0 });
    event!("RoundConfigured").u64(id).raw(unsafe { raw.get_unchecked(..OPTIONS_LEN) }).emit();
    Ok(())
}

/// The round `id`, writable, whose creator signs.
#[inline(always)]
pub fn load(context: &Context, id: u64) -> Result<Round> {
    let [round_account, creator] = context.accounts::<2>()?;
    let round = round::load_writable(context, round_account, id)?;
    round::check_creator(round, creator)?;
    Ok(round)
}

/// Fails once somebody has read the terms and acted on them.
pub fn must_be_open(round: Round) -> Result {
    round::must_be_active(round)?;
    if round.commitments().get() > 0 {
        return Err(error::COMMITMENTS_OPEN);
    }
    round::must_be_untouched(round)
}

//! settle_rating: what a gradient does to its trainer's rating. Anybody may: nobody keeps stars by never claiming.

use crate::error;
use crate::fair;
use crate::ix::create::{MAX_RATING, MIN_RATING};
use crate::name;
use crate::round;
use crate::state::{Gradient, Round, TrainerProfile};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::fields::Field;

#[inline(never)]
pub fn settle_rating(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, gradient_account, profile_account, anyone] = context.accounts::<4>()?;
    let round = round::load(context, round_account, id)?;
    let gradient = round::load_gradient(context, gradient_account, round)?;
    let profile = load_profile(context, profile_account, gradient)?;
    anyone.must_sign(name::ANYONE)?;

    round::must_be_finalized(round)?;
    if gradient.rating_settled().is_set() {
        return Err(error::ALREADY_SETTLED);
    }
    settle(round, gradient, profile);
    Ok(())
}

/// The profile of the gradient's trainer, writable.
#[inline(always)]
pub fn load_profile(context: &Context, account: Account, gradient: Gradient) -> Result<TrainerProfile> {
    let profile = TrainerProfile::load(context, account, name::TRAINER_PROFILE)?;
    account.must_be_writable(name::TRAINER_PROFILE)?;
    if !profile.trainer().is(gradient.trainer().key()) {
        return Err(fault::SEEDS.about(name::TRAINER_PROFILE));
    }
    Ok(profile)
}

/// Settles once and for all; without a quorum nothing is known, and nothing changes.
pub fn settle(round: Round, gradient: Gradient, profile: TrainerProfile) {
    gradient.rating_settled().set(true);
    let old = profile.rating().get();
    let mut new = old;
    if gradient.post_count().get() >= round.min_postvalidations().get()
        && round::base_counts(round)
    {
        bump(profile.total_submissions());
        if fair::is_sealed(round) {
            let gain = gradient.consensus_accuracy().get().saturating_sub(round.consensus_accuracy().get() as u16);
            gradient.improvement().set(gain as u64);
        }
        let (consensus, base) = (gradient.consensus_accuracy().get() as u64, round.consensus_accuracy().get());
        if consensus < base {
            new = (old - 1).max(MIN_RATING);
            profile.slashed_count().set(profile.slashed_count().get().saturating_add(1));
        } else if consensus > base {
            new = (old + 1).min(MAX_RATING);
            bump(profile.successful_submissions());
        }
        profile.rating().set(new);
    }
    event!("RatingSettled").u64(round.id().get()).key(gradient.trainer().key()).u16(old).u16(new).emit();
}

/// Counters stop at their end: no claim may fail over one.
fn bump(counter: Field<u32>) {
    counter.set(counter.get().saturating_add(1));
}

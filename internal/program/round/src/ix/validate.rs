//! prevalidate and postvalidate: scores of the base model and of gradients.

use crate::error;
use crate::math::{MAX_VALIDATIONS, WHOLE};
use crate::name;
use crate::round;
use crate::stakes;
use crate::state::{Gradient, PostValidation, PreValidation, Round};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::pda::{self, Place, Seeds};
use sdk::runtime;

#[inline(never)]
pub fn prevalidate(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let accuracy = args.u32()?;

    let [round_account, stake_account, pre_account, validator, system] = context.accounts::<5>()?;
    let round = round::load_writable(context, round_account, id)?;
    let stake = staked(context, stake_account, validator.key())?;
    let seeds = Seeds::new(b"pre").id(&id).key(validator.key());
    let place = pda::place(context, pre_account, &seeds, name::PRE_VALIDATION)?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    check_accuracy(accuracy)?;
    round::must_be_active(round)?;
    must_be_plain(round)?;
    check_base(round, validator.key(), stake)?;
    create_pre(context, round, validator, &place, accuracy)
}

#[inline(never)]
pub fn postvalidate(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let accuracy = args.u32()?;

    let [round_account, stake_account, gradient_account, post_account, validator, system] = context.accounts::<6>()?;
    let round = round::load_writable(context, round_account, id)?;
    let stake = staked(context, stake_account, validator.key())?;
    let gradient = round::load_gradient(context, gradient_account, round)?;
    let trainer = gradient.trainer();
    let seeds = Seeds::new(b"post").id(&id).key(trainer.key()).key(validator.key());
    let place = pda::place(context, post_account, &seeds, name::POST_VALIDATION)?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    check_accuracy(accuracy)?;
    round::must_be_active(round)?;
    must_be_plain(round)?;
    check_gradient(round, gradient, validator.key(), stake)?;
    create_post(context, round, gradient, (validator, &place), accuracy)
}

pub fn check_accuracy(accuracy: u32) -> Result {
    if accuracy <= WHOLE as u32 {
        Ok(())
    } else {
        Err(error::INVALID_ACCURACY)
    }
}

fn must_be_plain(round: Round) -> Result {
    if round.commit_reveal().is_set() {
        Err(error::REVEAL_REQUIRED)
    } else {
        Ok(())
    }
}

/// The stake of `validator`. An account that was never created counts as 0, whatever lamports were sent there.
#[inline(always)]
pub fn staked(context: &Context, account: Account, validator: &Key) -> Result<u64> {
    if account.is_vacant() {
        pda::must_be_at(context, account, &Seeds::new(b"validator_stake").key(validator), name::VALIDATOR_STAKE)?;
        return Ok(0);
    }
    Ok(stakes::load(context, account, validator)?.amount().get())
}

/// Whether `validator` may score the base model now.
pub fn check_base(round: Round, validator: &Key, stake: u64) -> Result {
    if round.gradients_count().get() > 0 || runtime::now() >= round::closes_at(round) {
        return Err(error::PREVALIDATION_CLOSED);
    }
    check_validator(round, validator, round.pre_count().get(), stake)
}

/// Whether `validator` may score `gradient`.
pub fn check_gradient(round: Round, gradient: Gradient, validator: &Key, stake: u64) -> Result {
    if gradient.trainer().is(validator) {
        return Err(error::CONFLICT_OF_INTEREST);
    }
    check_validator(round, validator, gradient.post_count().get(), stake)
}

pub fn check_validator(round: Round, validator: &Key, taken: u8, stake: u64) -> Result {
    if round.creator().is(validator) {
        return Err(error::CONFLICT_OF_INTEREST);
    }
    if taken >= MAX_VALIDATIONS {
        return Err(error::VALIDATOR_SLOTS_FULL);
    }
    if stake < round.min_validator_stake().get() {
        return Err(error::INSUFFICIENT_STAKE);
    }
    Ok(())
}

#[inline(always)]
pub fn create_pre(context: &Context, round: Round, validator: Account, place: &Place, accuracy: u32) -> Result {
    place.create(context, validator, PreValidation::SIZE, 0)?;
    let pre = PreValidation::init(place.account);
    pre.round_id().set(round.id().get());
    pre.validator().set(*validator.key());
    pre.accuracy().set(accuracy);
    pre.bump().set(place.bump);
    round::add_base_score(round, accuracy as u16);

    let count = round.pre_count().get();
    event!("Prevalidated").u64(round.id().get()).key(validator.key()).u32(accuracy).u8(count).emit();
    Ok(())
}

#[inline(always)]
pub fn create_post(
    context: &Context,
    round: Round,
    gradient: Gradient,
    (validator, place): (Account, &Place),
    accuracy: u32,
) -> Result {
    place.create(context, validator, PostValidation::SIZE, 0)?;
    let post = PostValidation::init(place.account);
    post.round_id().set(round.id().get());
    post.trainer().set(*gradient.trainer().key());
    post.validator().set(*validator.key());
    post.accuracy().set(accuracy);
    post.bump().set(place.bump);
    post.gradient_index().set(gradient.index().get());
    round::add_score(round, gradient, accuracy as u16);

    event!("Postvalidated")
        .u64(round.id().get())
        .key(gradient.trainer().key())
        .key(validator.key())
        .u32(accuracy)
        .u8(gradient.post_count().get())
        .emit();
    Ok(())
}

//! slash_validator: an outlier loses its reward, and a part of its stake. Anybody may, and earns a share of it.

use crate::error;
use crate::ix::claim::Pot;
use crate::ix::stake;
use crate::math;
use crate::name;
use crate::round;
use crate::state::{Round, ValidatorStake};
use crate::validation;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::pda::{self, Seeds};

#[inline(never)]
pub fn slash_validator(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, validation_account, stake_account, vault_account, treasury, reporter, system] =
        context.accounts::<7>()?;
    let round = round::load(context, round_account, id)?;
    let validation = validation::load(context, validation_account)?;
    validation.must_be_of(id)?;
    let validator = validation.validator;
    stake_account.must_be_writable(name::VALIDATOR_STAKE)?;
    let staked = !stake_account.is_vacant();
    if staked {
        let state = ValidatorStake::load(context, stake_account, name::VALIDATOR_STAKE)?;
        if !state.validator().is(validator.key()) {
            return Err(fault::SEEDS.about(name::VALIDATOR_STAKE));
        }
    } else {
        let seeds = Seeds::new(b"validator_stake").key(validator.key());
        pda::must_be_at(context, stake_account, &seeds, name::VALIDATOR_STAKE)?;
    }
    let pot = Pot::load_open_or_closed(context, round, vault_account, treasury)?;
    pot.check_treasury(&[round_account, validation_account, stake_account])?;
    reporter.must_pay(name::REPORTER)?;
    system.must_be_system_program()?;

    round::must_be_finalized(round)?;
    if !validation.is_outlier(round) {
        return Err(error::NOT_OUTLIER);
    }
    if validation.slashed.is_set() {
        return Err(error::ALREADY_SLASHED);
    }
    if validator.is(reporter.key()) {
        return Err(error::CONFLICT_OF_INTEREST);
    }

    validation.slashed.set(true);
    if !validation.reward_claimed.is_set() {
        validation.reward_claimed.set(true);
        // A closed vault holds nothing to forfeit: the claim period is over.
        if pot.is_open() {
            pot.forfeit_validation()?;
        }
    }
    let (mut taken, mut earned) = (0, 0);
    if staked {
        let state = ValidatorStake::load(context, stake_account, name::VALIDATOR_STAKE)?;
        (taken, earned) = take(round, state, &pot)?;
        stake_account.pay(reporter, earned)?;
        stake_account.pay(treasury, taken - earned)?;
    }
    event!("ValidatorSlashed").u64(id).key(validator.key()).key(reporter.key()).u64(taken).u64(earned).emit();
    Ok(())
}

/// Books the slash, from the stake first and from what is unlocking then. Returns what is taken, and the reporter's part
/// of it. Where the treasury cannot take the rest, that is waived as a fee would be.
#[inline(always)]
fn take(round: Round, state: ValidatorStake, pot: &Pot) -> Result<(u64, u64)> {
    let (amount, unlocking) = (state.amount().get(), state.unlocking().get());
    let due = math::share(round.min_validator_stake().get(), round.slash_bps().get());
    let due = due.min(amount.saturating_add(unlocking));
    let earned = math::share(due, round.reporter_share_bps().get());
    let taken = if pot.treasury_holds(due - earned) { due } else { earned };
    if taken == 0 {
        return Ok((0, 0));
    }
    let from_amount = taken.min(amount);
    state.amount().set(amount - from_amount);
    state.unlocking().set(unlocking - (taken - from_amount));
    state.slashed().set(state.slashed().get().saturating_add(taken));
    stake::changed(state);
    Ok((taken, earned))
}

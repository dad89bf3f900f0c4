//! slash_validator: an outlier loses its reward, and a part of its stake. Anybody may, and earns a share of it.

use crate::error;
use crate::ix::claim::{self, Pot};
use crate::ix::stake;
use crate::math;
use crate::name;
use crate::round;
use crate::stakes;
use crate::state::{Round, RoundCounter, ValidatorStake};
use crate::validation;
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::pda::{self, Seeds};

#[inline(never)]
pub fn slash_validator(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, validation_account, stake_account, vault_account, treasury, reporter, system, counter_account] =
        context.accounts::<8>()?;
    let round = round::load(context, round_account, id)?;
    let validation = validation::load(context, validation_account)?;
    validation.must_be_of(id)?;
    let validator = validation.validator;
    check_stake(context, stake_account, validator.key())?;
    let pot = Pot::load_open_or_closed(context, round, vault_account, treasury)?;
    pot.check_treasury(&[round_account, validation_account, stake_account])?;
    reporter.must_pay(name::REPORTER)?;
    system.must_be_system_program()?;
    let counter = stakes::load_counter(context, counter_account)?;

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
    let (taken, earned) = take(round, stake_account, counter, reporter, treasury)?;
    event!("ValidatorSlashed").u64(id).key(validator.key()).key(reporter.key()).u64(taken).u64(earned).emit();
    Ok(())
}

/// The stake of `validator`, writable, which may be absent.
#[inline(always)]
pub fn check_stake(context: &Context, account: Account, validator: &Key) -> Result {
    account.must_be_writable(name::VALIDATOR_STAKE)?;
    if !account.is_vacant() {
        stakes::load(context, account, validator)?;
        return Ok(());
    }
    let seeds = Seeds::new(b"validator_stake").key(validator);
    pda::must_be_at(context, account, &seeds, name::VALIDATOR_STAKE)?;
    Ok(())
}

/// Takes from a stake what the round's terms say, from what is at stake first and from what is unlocking then. Returns that,
/// and the reporter's part of it. Where the treasury cannot take the rest, that is waived as a fee would be.
#[inline(always)]
pub fn take(
    round: Round,
    account: Account,
    counter: RoundCounter,
    reporter: Account,
    treasury: Account,
) -> Result<(u64, u64)> {
    if account.is_vacant() {
        return Ok((0, 0));
    }
    let state = ValidatorStake::view(account);
    let (amount, unlocking) = (state.amount().get(), state.unlocking().get());
    let due = math::share(round.min_validator_stake().get(), round.slash_bps().get());
    let due = due.min(amount.saturating_add(unlocking));
    let earned = math::share(due, round.reporter_share_bps().get());
    let taken = if claim::can_hold(treasury, due - earned) { due } else { earned };
    if taken == 0 {
        return Ok((0, 0));
    }
    let from_amount = taken.min(amount);
    stakes::reduce(account, from_amount, counter)?;
    state.unlocking().set(unlocking - (taken - from_amount));
    state.slashed().set(state.slashed().get().saturating_add(taken));
    stake::changed(state);
    account.pay(reporter, earned)?;
    account.pay(treasury, taken - earned)?;
    Ok((taken, earned))
}

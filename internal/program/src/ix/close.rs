//! close_*: rent back to whom paid it, once an account has nothing left to say. Anybody may.

use crate::account::{Account, Context, Key};
use crate::args::Args;
use crate::fault::{self, Result, Who};
use crate::pda::{self, Seeds};
use crate::round::{self, CANCELLED, FINALIZED};
use crate::state::{Gradient, Round};
use crate::sys;
use crate::validation;

/// Time that everybody has to read a finished round's accounts: a day.
const READING_TIME: i64 = 86_400;

#[inline(never)]
pub fn close_gradient(context: &Context, _: Args) -> Result {
    let [round_account, gradient_account, trainer, anyone] = context.accounts::<4>()?;
    let gradient = Gradient::load(context, gradient_account, Who::Gradient)?;
    gradient_account.must_be_writable(Who::Gradient)?;
    let round = load_round(context, round_account, gradient.round_id().get())?;
    check_payer(trainer, gradient.trainer().key(), Who::Trainer)?;
    anyone.must_sign(Who::Anyone)?;

    if let Some(round) = round {
        let claimed = gradient.reward_claimed().is_set() || given_up(round, trainer, anyone);
        must_be_over(round, claimed && gradient.rating_settled().is_set())?;
    }
    gradient_account.close(trainer)
}

#[inline(never)]
pub fn close_validation(context: &Context, _: Args) -> Result {
    let [round_account, validation_account, validator, anyone] = context.accounts::<4>()?;
    let validation = validation::load(context, validation_account)?;
    let round = load_round(context, round_account, validation.round_id)?;
    check_payer(validator, validation.validator.key(), Who::Validator)?;
    anyone.must_sign(Who::Anyone)?;

    if let Some(round) = round {
        let claimed = validation.reward_claimed.is_set() || given_up(round, validator, anyone);
        let punished = validation.slashed.is_set() || !validation.is_outlier(round);
        must_be_over(round, claimed && punished)?;
    }
    validation_account.close(validator)
}

/// A finalized round needs its vault passed as the last account: while that is open, the round is needed to pay it out.
#[inline(never)]
pub fn close_round(context: &Context, _: Args) -> Result {
    let [round_account, creator, anyone] = context.accounts::<3>()?;
    let round = Round::load(context, round_account, Who::Round)?;
    let id = round.id().get();
    let round = round::load_writable(context, round_account, id)?;
    check_payer(creator, round.creator().key(), Who::Creator)?;
    anyone.must_sign(Who::Anyone)?;
    match round.status().get() {
        CANCELLED => {} // its vault was closed then
        FINALIZED => check_vault(context, id)?,
        _ => return Err(fault::ROUND_NOT_FINALIZED),
    }
    let ended = round.finalized_at().get().max(round.created_at().get()); // cancelled: never finalized
    if sys::now() < ended + round.claim_period().get() {
        return Err(fault::TOO_EARLY);
    }
    round_account.close(creator)
}

fn check_vault(context: &Context, id: u64) -> Result {
    let [_, _, _, vault] = context.accounts::<4>()?;
    pda::must_be_at(context, vault, &Seeds::new(b"vault").id(&id), Who::Vault)?;
    if vault.is_vacant() {
        Ok(())
    } else {
        Err(fault::TOO_EARLY.at(Who::Vault))
    }
}

/// The round `id`, or none where that is closed already.
#[inline(always)]
fn load_round(context: &Context, account: Account, id: u64) -> Result<Option<Round>> {
    if account.is_vacant() {
        pda::must_be_at(context, account, &Seeds::new(b"round").id(&id), Who::Round)?;
        return Ok(None);
    }
    Ok(Some(round::load(context, account, id)?))
}

fn check_payer(account: Account, payer: &Key, who: Who) -> Result {
    account.must_be_writable(who)?;
    if account.key().is(payer) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.at(who))
    }
}

/// Who never claimed may close once the claim period is over, and only in person: the claim ends with the account.
fn given_up(round: Round, owner: Account, anyone: Account) -> bool {
    anyone.same(owner) && sys::now() >= round.finalized_at().get() + round.claim_period().get()
}

fn must_be_over(round: Round, done: bool) -> Result {
    round::must_be_finalized(round)?;
    if !done || sys::now() < round.finalized_at().get() + READING_TIME {
        return Err(fault::TOO_EARLY);
    }
    Ok(())
}

//! close_*: rent back to whom paid it, once an account has nothing left to say. Anybody may.

use crate::error;
use crate::name;
use crate::round::{self, CANCELLED, FINALIZED};
use crate::state::{Gradient, Round, Source, Unopened};
use crate::validation;
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::fault::{self, Name, Result};
use sdk::key::Key;
use sdk::pda::{self, Seeds};
use sdk::runtime;

/// Time that everybody has to read a finished round's accounts: a day.
const READING_TIME: i64 = 86_400;

#[inline(never)]
pub fn close_gradient(context: &Context, _: Args) -> Result {
    let [round_account, gradient_account, trainer, anyone] = context.accounts::<4>()?;
    let gradient = Gradient::load(context, gradient_account, name::GRADIENT)?;
    gradient_account.must_be_writable(name::GRADIENT)?;
    let round = load_round(context, round_account, gradient.round_id().get())?;
    check_payer(trainer, gradient.trainer().key(), name::TRAINER)?;
    anyone.must_sign(name::ANYONE)?;

    if let Some(round) = round {
        let claimed = gradient.reward_claimed().is_set() || given_up(round, trainer, anyone);
        must_be_over(round, claimed && gradient.rating_settled().is_set())?;
    }
    gradient_account.close(trainer)
}

/// Nothing is claimed by it: it goes as soon as gradients may.
#[inline(never)]
pub fn close_source(context: &Context, _: Args) -> Result {
    let [round_account, source_account, trainer, anyone] = context.accounts::<4>()?;
    let source = Source::load(context, source_account, name::SOURCE)?;
    source_account.must_be_writable(name::SOURCE)?;
    let round = load_round(context, round_account, source.round_id().get())?;
    check_payer(trainer, source.trainer().key(), name::TRAINER)?;
    anyone.must_sign(name::ANYONE)?;

    if let Some(round) = round {
        must_be_over(round, true)?;
    }
    source_account.close(trainer)
}

#[inline(never)]
pub fn close_validation(context: &Context, _: Args) -> Result {
    let [round_account, validation_account, validator, anyone] = context.accounts::<4>()?;
    if Unopened::is_type_of(validation_account) {
        return close_unopened(context, round_account, validation_account, validator, anyone);
    }
    let validation = validation::load(context, validation_account)?;
    let round = load_round(context, round_account, validation.round_id)?;
    check_payer(validator, validation.validator.key(), name::VALIDATOR)?;
    anyone.must_sign(name::ANYONE)?;

    if let Some(round) = round {
        let claimed = validation.reward_claimed.is_set() || given_up(round, validator, anyone);
        let punished = validation.slashed.is_set() || !validation.is_outlier(round);
        must_be_over(round, claimed && punished)?;
    }
    validation_account.close(validator)
}

/// The mark of a slash over commitments that were never revealed goes back to who reported them. It stays as long as its round
/// does: the same validator may have made more of them.
#[inline(never)]
fn close_unopened(
    context: &Context,
    round_account: Account,
    account: Account,
    reporter: Account,
    anyone: Account,
) -> Result {
    let unopened = Unopened::load(context, account, name::VALIDATION)?;
    account.must_be_writable(name::VALIDATION)?;
    let round = load_round(context, round_account, unopened.round_id().get())?;
    check_payer(reporter, unopened.reporter().key(), name::VALIDATOR)?;
    anyone.must_sign(name::ANYONE)?;
    if round.is_some() {
        return Err(error::TOO_EARLY);
    }
    account.close(reporter)
}

/// A finalized round needs its vault passed as the last account: while that is open, the round is needed to pay it out.
#[inline(never)]
pub fn close_round(context: &Context, _: Args) -> Result {
    let [round_account, creator, anyone] = context.accounts::<3>()?;
    let round = Round::load(context, round_account, name::ROUND)?;
    let id = round.id().get();
    let round = round::load_writable(context, round_account, id)?;
    check_payer(creator, round.creator().key(), name::CREATOR)?;
    anyone.must_sign(name::ANYONE)?;
    match round.status().get() {
        CANCELLED => {} // its vault was closed then
        FINALIZED => check_vault(context, id)?,
        _ => return Err(error::ROUND_NOT_FINALIZED),
    }
    let ended = round.finalized_at().get().max(round.created_at().get()); // cancelled: never finalized
    if runtime::now() < ended + round.claim_period().get() {
        return Err(error::TOO_EARLY);
    }
    round_account.close(creator)
}

fn check_vault(context: &Context, id: u64) -> Result {
    let [_, _, _, vault] = context.accounts::<4>()?;
    pda::must_be_at(context, vault, &Seeds::new(b"vault").id(&id), name::VAULT)?;
    if vault.is_vacant() {
        Ok(())
    } else {
        Err(error::TOO_EARLY.about(name::VAULT))
    }
}

/// The round `id`, or none where that is closed already.
#[inline(always)]
pub fn load_round(context: &Context, account: Account, id: u64) -> Result<Option<Round>> {
    if account.is_vacant() {
        pda::must_be_at(context, account, &Seeds::new(b"round").id(&id), name::ROUND)?;
        return Ok(None);
    }
    Ok(Some(round::load(context, account, id)?))
}

fn check_payer(account: Account, payer: &Key, name: Name) -> Result {
    account.must_be_writable(name)?;
    if account.key().is(payer) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name))
    }
}

/// Who never claimed may close once the claim period is over, and only in person: the claim ends with the account.
fn given_up(round: Round, owner: Account, anyone: Account) -> bool {
    anyone.same(owner) && runtime::now() >= round.finalized_at().get() + round.claim_period().get()
}

fn must_be_over(round: Round, done: bool) -> Result {
    round::must_be_finalized(round)?;
    if !done || runtime::now() < round.finalized_at().get() + READING_TIME {
        return Err(error::TOO_EARLY);
    }
    Ok(())
}

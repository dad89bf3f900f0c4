//! create_round: opens a round and puts its reward under escrow.

use crate::error;
use crate::ix::protocol;
use crate::name;
use crate::params::Params;
use crate::round::VERSION;
use crate::state::{Round, RoundCounter, Vault};
use sdk::args::{is_ascii, Args};
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::fields::Field;
use sdk::pda::{self, Seeds};
use sdk::runtime;

pub const MIN_RATING: u16 = 100;
pub const MAX_RATING: u16 = 500;

#[inline(never)]
pub fn create_round(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let cid = args.string()?;
    let dataset = args.u8()?;
    let reward = args.u64()?;
    let min_rating = args.u16()?;

    let [counter_account, round_account, vault_account, creator, system] = context.accounts::<5>()?;
    let counter = RoundCounter::load(context, counter_account, name::ROUND_COUNTER)?;
    counter_account.must_be_writable(name::ROUND_COUNTER)?;
    let round_place = pda::place(context, round_account, &Seeds::new(b"round").id(&id), name::ROUND)?;
    let vault_place = pda::place(context, vault_account, &Seeds::new(b"vault").id(&id), name::VAULT)?;
    creator.must_pay(name::CREATOR)?;
    system.must_be_system_program()?;

    // The id first: ids are raced for, and who lost a race finds the round there already.
    if id != counter.count().get() {
        return Err(error::INVALID_ROUND_ID);
    }
    round_place.must_be_vacant()?;
    vault_place.must_be_vacant()?;
    check_cid(cid)?;
    if reward == 0 {
        return Err(error::ZERO_REWARD);
    }
    let params = protocol::params(counter);
    if reward < params.min_reward {
        return Err(error::INVALID_PARAMETER);
    }
    if !(MIN_RATING..=MAX_RATING).contains(&min_rating) {
        return Err(error::INVALID_RATING);
    }

    let now = runtime::now();
    round_place.create(context, creator, Round::SIZE, 0)?;
    vault_place.create(context, creator, Vault::SIZE, reward)?;

    let vault = Vault::init(vault_account);
    vault.round_id().set(id);
    vault.bump().set(vault_place.bump);

    let round = Round::init(round_account);
    round.id().set(id);
    round.creator().set(*creator.key());
    copy(cid, round.model_cid());
    round.model_cid_len().set(cid.len() as u8);
    round.dataset().set(dataset);
    round.reward_amount().set(reward);
    round.min_trainer_rating().set(min_rating);
    round.created_at().set(now);
    round.bump().set(round_place.bump);
    round.vault_bump().set(vault_place.bump);
    round.version().set(VERSION);
    round.treasury().set(*counter.treasury().key());
    set_terms(round, &params, now);
    // Every place of gradient_consensus reads "no consensus".
    unsafe { runtime::fill(round.gradient_consensus().at(), 0xff, 2 * 255) };
    counter.count().set(id + 1);

    event!("RoundCreated").u64(id).key(creator.key()).u8(dataset).u64(reward).emit();
    Ok(())
}

/// Copies the protocol's parameters: nobody can change the terms of a round under way.
fn set_terms(round: Round, params: &Params, now: i64) {
    round.fee_bps().set(params.fee_bps);
    round.validator_share_bps().set(params.validator_share_bps);
    round.validation_window().set(params.validation_window);
    round.base_window().set(params.base_window);
    round.commit_window().set(params.commit_window);
    round.min_prevalidations().set(params.min_prevalidations);
    round.min_postvalidations().set(params.min_postvalidations);
    round.min_validator_stake().set(params.min_validator_stake);
    round.unstake_cooldown().set(params.unstake_cooldown);
    round.outlier_tolerance().set(params.outlier_tolerance);
    round.slash_bps().set(params.slash_bps);
    round.reporter_share_bps().set(params.reporter_share_bps);
    round.claim_period().set(params.claim_period);
    round.protocol_min_stake().set(params.min_validator_stake);
    round.deadline().set(now + params.force_finalize_after);
}

/// A CID as text: 46 to 64 ASCII bytes.
pub fn check_cid(cid: &[u8]) -> Result {
    if (46..=64).contains(&cid.len()) && is_ascii(cid) {
        Ok(())
    } else {
        Err(error::INVALID_CID)
    }
}

/// Copies a checked CID into its 64 bytes.
pub fn copy(cid: &[u8], to: Field<[u8; 64]>) {
    unsafe { runtime::copy(to.at(), cid) }
}

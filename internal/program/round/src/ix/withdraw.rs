//! withdraw_remainder: to the creator what nobody can claim any more.

use crate::error;
use crate::fair;
use crate::ix::claim;
use crate::name;
use crate::round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::runtime;

#[inline(never)]
pub fn withdraw_remainder(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, vault_account, creator, system] = context.accounts::<4>()?;
    let round = round::load(context, round_account, id)?;
    let vault = round::load_vault(context, vault_account, round)?;
    round::check_creator(round, creator)?;
    creator.must_be_writable(name::CREATOR)?;
    system.must_be_system_program()?;
    let mut to = creator;
    if fair::has_holdout(round) {
        let [_, _, _, _, treasury] = context.accounts::<5>()?;
        claim::check_treasury(round, treasury)?;
        treasury.must_differ(vault_account, name::TREASURY)?;
        treasury.must_differ(round_account, name::TREASURY)?;
        if fair::forfeits_remainder(round) {
            to = treasury;
        }
    }
    round::must_be_finalized(round)?;

    let (terms, ledger) = (round::terms(round), round::ledger(vault));
    let expired = runtime::now() >= round.finalized_at().get() + round.claim_period().get();
    let close = expired || ledger.all_claimed(&terms);
    // Once the claim period is over, what nobody claimed is the creator's too.
    let amount = if expired { ledger.rest(&terms) } else { ledger.remainder(&terms) };
    let amount = amount.ok_or(fault::OVERFLOW)?;
    let is_held = to.same(creator) || claim::can_hold(to, amount);
    if (amount == 0 || !is_held) && !close {
        return Err(error::NOTHING_TO_WITHDRAW);
    }
    if close {
        // Dust that the treasury cannot take goes the way of the rent.
        vault_account.pay(to, if is_held { amount } else { 0 })?;
        vault_account.close(creator)?;
    } else {
        vault.withdrawn().set(ledger.withdrawn + amount);
        vault_account.pay(to, amount)?;
    }
    event!("RemainderWithdrawn").u64(id).u64(amount).u8(close as u8).emit();
    Ok(())
}

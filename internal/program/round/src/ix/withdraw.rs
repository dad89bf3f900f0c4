//! withdraw_remainder: to the creator what nobody can claim any more.

use crate::error;
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
    round::must_be_finalized(round)?;

    let (terms, ledger) = (round::terms(round), round::ledger(vault));
    let expired = runtime::now() >= round.finalized_at().get() + round.claim_period().get();
    let close = expired || ledger.all_claimed(&terms);
    // Once the claim period is over, what nobody claimed is the creator's too.
    let amount = if expired { ledger.rest(&terms) } else { ledger.remainder(&terms) };
    let amount = amount.ok_or(fault::OVERFLOW)?;
    if amount == 0 && !close {
        return Err(error::NOTHING_TO_WITHDRAW);
    }
    if close {
        vault_account.close(creator)?;
    } else {
        vault.withdrawn().set(ledger.withdrawn + amount);
        vault_account.pay(creator, amount)?;
    }
    event!("RemainderWithdrawn").u64(id).u64(amount).u8(close as u8).emit();
    Ok(())
}

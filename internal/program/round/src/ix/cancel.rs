//! cancel_round: the reward back to its creator, while nobody took part.

use crate::name;
use crate::round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;

#[inline(never)]
pub fn cancel_round(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, vault_account, creator, system] = context.accounts::<4>()?;
    let round = round::load_writable(context, round_account, id)?;
    round::load_vault(context, vault_account, round)?;
    round::check_creator(round, creator)?;
    creator.must_be_writable(name::CREATOR)?;
    system.must_be_system_program()?;
    round::must_be_active(round)?;
    round::must_be_untouched(round)?;

    round.status().set(round::CANCELLED);
    vault_account.close(creator)?;
    event!("RoundCancelled").u64(id).emit();
    Ok(())
}

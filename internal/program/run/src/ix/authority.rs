//! Who may change a run's terms.

use crate::ix::protocol::check_authority;
use crate::run::{self, CHANGEABLE};
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;

/// Names the next authority; nothing changes before it accepts. 32 zero bytes take a proposal back.
#[inline(never)]
pub fn propose_authority(context: &Context, mut args: Args) -> Result {
    let new = args.key()?;
    let [account, authority] = context.accounts::<2>()?;
    let run = run::load_writable(context, account)?;
    run::check_authority(run, authority)?;
    run::must_be_in(run, CHANGEABLE)?;
    run.pending_authority().set(*new);
    event!("AuthorityProposed").key(account.key()).key(new).emit();
    Ok(())
}

/// Makes the proposed authority, who signs, the authority.
#[inline(never)]
pub fn accept_authority(context: &Context, _: Args) -> Result {
    let [account, authority] = context.accounts::<2>()?;
    let run = run::load_writable(context, account)?;
    check_authority(authority, run.pending_authority().key())?;
    run::must_be_in(run, CHANGEABLE)?;
    run.authority().set(*authority.key());
    run.pending_authority().set(Key::ZERO);
    event!("AuthorityChanged").key(account.key()).key(authority.key()).emit();
    Ok(())
}

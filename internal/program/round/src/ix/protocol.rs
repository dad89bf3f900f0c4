//! The protocol's parameters and who may change them. Rounds under way keep the terms they started with.

use crate::name;
use crate::params::{Params, PARAMS_LEN};
use crate::state::RoundCounter;
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::key::{Key, SYSTEM_PROGRAM};

/// Sets the parameters, and the treasury where a third account is passed: it must be able to take fees, so it is
/// writable and system-owned. The program's own id stands for "none", as Anchor's clients write it.
#[inline(never)]
pub fn update_protocol(context: &Context, args: Args) -> Result {
    let raw = args.rest();
    if raw.len() < PARAMS_LEN {
        return Err(fault::BAD_DATA);
    }
    let new = unsafe { core::ptr::read(raw.as_ptr() as *const Params) };
    let [counter_account, authority] = context.accounts::<2>()?;
    let counter = load(context, counter_account)?;
    check_authority(authority, counter.authority().key())?;
    let treasury = context.optional(2);
    if let Some(treasury) = treasury {
        treasury.must_be_writable(name::TREASURY)?;
        if !treasury.owner().is(&SYSTEM_PROGRAM) {
            return Err(fault::NOT_SYSTEM_OWNED.about(name::TREASURY));
        }
    }
    new.check(&params(counter))?;

    set_params(counter, new);
    if let Some(treasury) = treasury {
        counter.treasury().set(*treasury.key());
    }
    event!("ProtocolUpdated").raw(unsafe { raw.get_unchecked(..PARAMS_LEN) }).emit();
    Ok(())
}

/// Names the next authority; nothing changes before it accepts. 32 zero bytes take a proposal back.
#[inline(never)]
pub fn propose_authority(context: &Context, mut args: Args) -> Result {
    let new = args.key()?;
    let [counter_account, authority] = context.accounts::<2>()?;
    let counter = load(context, counter_account)?;
    check_authority(authority, counter.authority().key())?;
    counter.pending_authority().set(*new);
    Ok(())
}

/// Makes the proposed authority, who signs, the authority.
#[inline(never)]
pub fn accept_authority(context: &Context, _: Args) -> Result {
    let [counter_account, authority] = context.accounts::<2>()?;
    let counter = load(context, counter_account)?;
    check_authority(authority, counter.pending_authority().key())?;
    counter.authority().set(*authority.key());
    counter.pending_authority().set(Key::ZERO);
    Ok(())
}

#[inline(always)]
fn load(context: &Context, account: Account) -> Result<RoundCounter> {
    let counter = RoundCounter::load(context, account, name::ROUND_COUNTER)?;
    account.must_be_writable(name::ROUND_COUNTER)?;
    Ok(counter)
}

fn check_authority(account: Account, wanted: &Key) -> Result {
    account.must_sign(name::AUTHORITY)?;
    if account.key().is(wanted) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name::AUTHORITY))
    }
}

/// The protocol's parameters.
#[inline(always)]
pub fn params(counter: RoundCounter) -> Params {
    unsafe { core::ptr::read(counter.params().at() as *const Params) }
}

pub fn set_params(counter: RoundCounter, params: Params) {
    unsafe { core::ptr::write(counter.params().at() as *mut Params, params) }
}

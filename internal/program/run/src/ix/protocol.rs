//! The protocol's own account: who may change it, and the program whose rounds runs may derive from.

use crate::name;
use crate::state::Protocol;
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::key::Key;
use sdk::loader;
use sdk::pda::{self, Seeds};

#[inline(never)]
pub fn initialize(context: &Context, mut args: Args) -> Result {
    let round_program = args.key()?;
    let [account, authority, system, program_data] = context.accounts::<4>()?;
    let place = pda::place(context, account, &Seeds::new(b"protocol"), name::PROTOCOL)?;
    authority.must_pay(name::AUTHORITY)?;
    system.must_be_system_program()?;
    loader::must_be_upgrade_authority(context, program_data, authority.key(), name::PROGRAM_DATA)?;
    place.must_be_vacant()?;

    place.create(context, authority, Protocol::SIZE, 0)?;
    let protocol = Protocol::init(account);
    protocol.bump().set(place.bump);
    protocol.authority().set(*authority.key());
    protocol.round_program().set(*round_program);
    changed(protocol);
    Ok(())
}

/// Sets the program of parents. Runs keep the parents that they have.
#[inline(never)]
pub fn update_protocol(context: &Context, mut args: Args) -> Result {
    let round_program = args.key()?;
    let [account, authority] = context.accounts::<2>()?;
    let protocol = load(context, account)?;
    check_authority(authority, protocol.authority().key())?;
    protocol.round_program().set(*round_program);
    changed(protocol);
    Ok(())
}

/// Names the next authority; nothing changes before it accepts. 32 zero bytes take a proposal back.
#[inline(never)]
pub fn propose_protocol_authority(context: &Context, mut args: Args) -> Result {
    let new = args.key()?;
    let [account, authority] = context.accounts::<2>()?;
    let protocol = load(context, account)?;
    check_authority(authority, protocol.authority().key())?;
    protocol.pending_authority().set(*new);
    Ok(())
}

/// Makes the proposed authority, who signs, the authority.
#[inline(never)]
pub fn accept_protocol_authority(context: &Context, _: Args) -> Result {
    let [account, authority] = context.accounts::<2>()?;
    let protocol = load(context, account)?;
    check_authority(authority, protocol.pending_authority().key())?;
    protocol.authority().set(*authority.key());
    protocol.pending_authority().set(Key::ZERO);
    changed(protocol);
    Ok(())
}

#[inline(always)]
fn load(context: &Context, account: Account) -> Result<Protocol> {
    let protocol = Protocol::load(context, account, name::PROTOCOL)?;
    account.must_be_writable(name::PROTOCOL)?;
    Ok(protocol)
}

/// The signing account `wanted`.
pub fn check_authority(account: Account, wanted: &Key) -> Result {
    account.must_sign(name::AUTHORITY)?;
    if account.key().is(wanted) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name::AUTHORITY))
    }
}

fn changed(protocol: Protocol) {
    event!("ProtocolUpdated").key(protocol.authority().key()).key(protocol.round_program().key()).emit();
}

//! Authorizations: a grantor lets a grantee, and those whom it names, do what a scope says.

use crate::error;
use crate::name;
use crate::state::Authorization;
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Name, Result};
use sdk::key::Key;
use sdk::pda::{self, Seeds};

const MAX_DELEGATES: usize = 16;

/// The scope of joining a run, zeroes behind it.
const JOIN_SCOPE: Key = Key(*b"run:join\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

/// As a grantee: anybody.
const ANYBODY: Key = Key::ZERO;

#[inline(never)]
pub fn authorization_create(context: &Context, mut args: Args) -> Result {
    let scope = args.key()?;
    let [account, grantor, grantee, payer, system] = context.accounts::<5>()?;
    let seeds = Seeds::new(b"authorization").key(grantor.key()).key(grantee.key()).key(scope);
    let place = pda::place(context, account, &seeds, name::AUTHORIZATION)?;
    grantor.must_sign(name::GRANTOR)?;
    payer.must_pay(name::PAYER)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    place.create(context, payer, Authorization::SIZE, 0)?;
    let authorization = Authorization::init(account);
    authorization.bump().set(place.bump);
    authorization.grantor().set(*grantor.key());
    authorization.grantee().set(*grantee.key());
    authorization.scope().set(scope.0);
    authorization.payer().set(*payer.key());
    authorization.active().set(true);
    changed(authorization);
    Ok(())
}

#[inline(never)]
pub fn authorization_grantor_update(context: &Context, mut args: Args) -> Result {
    let active = args.bool()?;
    let [account, grantor] = context.accounts::<2>()?;
    let authorization = load(context, account)?;
    check_signer(grantor, authorization.grantor().key(), name::GRANTOR)?;
    authorization.active().set(active);
    changed(authorization);
    Ok(())
}

/// Forgets the delegates where that is asked for, and adds some.
#[inline(never)]
pub fn authorization_grantee_update(context: &Context, mut args: Args) -> Result {
    let clear = args.bool()?;
    let count = args.u32()? as usize;
    let [account, grantee] = context.accounts::<2>()?;
    let added = args.bytes(count.saturating_mul(32))?;
    let authorization = load(context, account)?;
    check_signer(grantee, authorization.grantee().key(), name::GRANTEE)?;
    let kept = if clear { 0 } else { authorization.delegates_len().get() as usize };
    if count > MAX_DELEGATES || kept + count > MAX_DELEGATES {
        return Err(error::DELEGATES_FULL);
    }
    unsafe {
        sdk::runtime::copy(authorization.delegates().at().add(32 * kept), added);
        let rest = MAX_DELEGATES - kept - count;
        sdk::runtime::fill(authorization.delegates().at().add(32 * (kept + count)), 0, 32 * rest as u64);
    }
    authorization.delegates_len().set((kept + count) as u8);
    changed(authorization);
    Ok(())
}

/// Takes the authorization back; the rent goes to who paid it.
#[inline(never)]
pub fn authorization_close(context: &Context, _: Args) -> Result {
    let [account, grantor, payer] = context.accounts::<3>()?;
    let authorization = load(context, account)?;
    check_signer(grantor, authorization.grantor().key(), name::GRANTOR)?;
    payer.must_be_writable(name::PAYER)?;
    if !authorization.payer().is(payer.key()) {
        return Err(fault::HAS_ONE.about(name::PAYER));
    }
    event!("AuthorizationClosed")
        .key(authorization.grantor().key())
        .key(authorization.grantee().key())
        .key(scope(&authorization))
        .emit();
    account.close(payer)
}

/// Fails unless the account lets `wallet` join runs of `join_authority`.
#[inline(never)]
pub fn must_let_join(context: &Context, account: Account, join_authority: &Key, wallet: &Key) -> Result {
    let authorization = Authorization::load(context, account, name::AUTHORIZATION)?;
    let grantee = authorization.grantee();
    let fits = authorization.grantor().is(join_authority)
        && scope(&authorization).is(&JOIN_SCOPE)
        && authorization.active().is_set()
        && (grantee.is(&ANYBODY) || grantee.is(wallet) || is_delegate(authorization, wallet));
    if fits {
        Ok(())
    } else {
        Err(error::NOT_AUTHORIZED)
    }
}

fn is_delegate(authorization: Authorization, wallet: &Key) -> bool {
    let len = (authorization.delegates_len().get() as usize).min(MAX_DELEGATES);
    let at = authorization.delegates().at() as *const Key;
    (0..len).any(|i| unsafe { &*at.add(i) }.is(wallet))
}

fn scope(authorization: &Authorization) -> &Key {
    unsafe { &*(authorization.scope().at() as *const Key) }
}

#[inline(always)]
fn load(context: &Context, account: Account) -> Result<Authorization> {
    let authorization = Authorization::load(context, account, name::AUTHORIZATION)?;
    account.must_be_writable(name::AUTHORIZATION)?;
    Ok(authorization)
}

fn check_signer(account: Account, wanted: &Key, name: Name) -> Result {
    account.must_sign(name)?;
    if account.key().is(wanted) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name))
    }
}

fn changed(authorization: Authorization) {
    event!("AuthorizationChanged")
        .key(authorization.grantor().key())
        .key(authorization.grantee().key())
        .key(scope(&authorization))
        .bool(authorization.active().is_set())
        .u8(authorization.delegates_len().get())
        .emit();
}

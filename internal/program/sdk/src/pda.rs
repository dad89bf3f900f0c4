//! Addresses derived from seeds, and the creation of accounts at them.

use crate::account::Account;
use crate::context::Context;
use crate::cpi::Signer;
use crate::fault::{self, Name, Result};
use crate::key::Key;
use crate::runtime::{self, Slice};
use crate::system;

/// Four seeds at most, and the bump.
const MAX_SEEDS: usize = 5;

/// The seeds of an address; the bump follows them.
#[derive(Clone, Copy)]
pub struct Seeds<'a> {
    list: [Slice<'a>; MAX_SEEDS],
    len: usize,
}

impl<'a> Seeds<'a> {
    #[inline(always)]
    pub fn new(prefix: &'static [u8]) -> Seeds<'a> {
        Seeds { list: [Slice::new(prefix); MAX_SEEDS], len: 1 }
    }

    #[inline(always)]
    pub fn id(self, id: &'a u64) -> Seeds<'a> {
        self.and(Slice::number(id))
    }

    #[inline(always)]
    pub fn key(self, key: &'a Key) -> Seeds<'a> {
        self.and(Slice::key(key))
    }

    /// A seed of 32 bytes at most.
    #[inline(always)]
    pub fn bytes(self, bytes: &'a [u8]) -> Seeds<'a> {
        self.and(Slice::new(bytes))
    }

    #[inline(always)]
    fn and(mut self, seed: Slice<'a>) -> Seeds<'a> {
        match self.list.get_mut(self.len) {
            Some(place) => *place = seed,
            None => runtime::abort(),
        }
        self.len += 1;
        self
    }

    /// The bump, which ends the seeds.
    #[inline(always)]
    pub fn bump(self, bump: &'a u8) -> Seeds<'a> {
        self.and(Slice::number(bump))
    }

    /// The address of these seeds, bump included, as one that signs a call.
    #[inline(always)]
    pub fn signer(&'a self) -> Signer<'a> {
        Signer::new(self.as_slice())
    }

    #[inline(always)]
    fn as_slice(&self) -> &[Slice<'a>] {
        unsafe { self.list.get_unchecked(..self.len) }
    }
}

/// An account about to be created.
pub struct Place<'a> {
    pub account: Account,
    pub bump: u8,
    seeds: Seeds<'a>,
}

/// Checks that `account` is writable and at the canonical address of `seeds`.
#[inline(always)]
pub fn place<'a>(context: &Context, account: Account, seeds: &Seeds<'a>, name: Name) -> Result<Place<'a>> {
    account.must_be_writable(name)?;
    let bump = must_be_at(context, account, seeds, name)?;
    Ok(Place { account, bump, seeds: *seeds })
}

/// Checks that `account` is at the canonical address of `seeds`, and returns the bump.
#[inline(always)]
pub fn must_be_at(context: &Context, account: Account, seeds: &Seeds, name: Name) -> Result<u8> {
    match find(context.program, account, seeds.as_slice()) {
        NO_MATCH => Err(fault::SEEDS.about(name)),
        bump => Ok(bump as u8),
    }
}

/// The address that `seed` gives under `base`, for accounts of `owner` that `base` signs for (the system program's
/// "with seed" instructions). It is no program address, and so may hold more than 10 kB from the start.
#[inline(always)]
pub fn with_seed(base: &Key, seed: &[u8], owner: &Key) -> Key {
    runtime::sha256(&[Slice::key(base), Slice::new(seed), Slice::key(owner)])
}

const NO_MATCH: u32 = 256;

/// The bump of `account`'s address. A plain number: the BPF back end returns nothing larger than a register.
#[inline(never)]
fn find(program: &Key, account: Account, seeds: &[Slice]) -> u32 {
    let (key, bump) = runtime::find_program_address(seeds, program);
    if account.key().is(&key) {
        bump as u32
    } else {
        NO_MATCH
    }
}

impl Place<'_> {
    /// Fails with the system program's error 0 where an account exists already.
    #[inline(always)]
    pub fn must_be_vacant(&self) -> Result {
        if self.account.is_vacant() {
            Ok(())
        } else {
            Err(fault::ALREADY_IN_USE)
        }
    }

    /// Creates the account: rent-exempt with `size` bytes and `extra` lamports more, paid by `payer`. Lamports that
    /// somebody sent here before pay rent only, never a part of `extra`.
    #[inline(always)]
    pub fn create(&self, context: &Context, payer: Account, size: u64, extra: u64) -> Result {
        self.create_for(context.program, payer, size, extra)
    }

    /// The same, for the program `owner`.
    #[inline(never)]
    pub fn create_for(&self, owner: &Key, payer: Account, size: u64, extra: u64) -> Result {
        let seeds = self.seeds.bump(&self.bump);
        let signers = [seeds.signer()];

        let rent = runtime::rent_minimum(size);
        let present = self.account.lamports();
        let due = rent.saturating_sub(present).checked_add(extra).ok_or(fault::OVERFLOW)?;
        if present == 0 {
            system::create_account(payer, self.account, (due, size), owner, &signers);
            return Ok(());
        }
        if due > 0 {
            system::transfer(payer, self.account, due, &[]);
        }
        system::allocate(self.account, size, &signers);
        system::assign(self.account, owner, &signers);
        Ok(())
    }
}

//! Addresses derived from seeds, and the creation of accounts at them.

use crate::account::{Account, Context, Key};
use crate::cpi;
use crate::fault::{self, Result, Who};
use crate::sys::{self, Slice};

/// The seeds of an address; the bump follows them.
#[derive(Clone, Copy)]
pub struct Seeds {
    list: [Slice; 5],
    len: usize,
}

impl Seeds {
    #[inline(always)]
    pub fn new(prefix: &'static [u8]) -> Seeds {
        Seeds { list: [Slice::new(prefix); 5], len: 1 }
    }

    #[inline(always)]
    pub fn id(self, id: &u64) -> Seeds {
        self.and(Slice { addr: id as *const u64 as *const u8, len: 8 })
    }

    #[inline(always)]
    pub fn key(self, key: &Key) -> Seeds {
        self.and(Slice::key(key))
    }

    #[inline(always)]
    fn and(mut self, seed: Slice) -> Seeds {
        self.list[self.len & 3] = seed; // four seeds at most, and the bump
        self.len += 1;
        self
    }

    #[inline(always)]
    fn as_slice(&self) -> &[Slice] {
        unsafe { core::slice::from_raw_parts(self.list.as_ptr(), self.len) }
    }
}

/// An account about to be created.
pub struct Place {
    pub account: Account,
    pub bump: u8,
    seeds: Seeds,
}

/// Checks that `account` is writable and at the canonical address of `seeds`.
#[inline(always)]
pub fn place(context: &Context, account: Account, seeds: &Seeds, who: Who) -> Result<Place> {
    account.must_be_writable(who)?;
    let bump = must_be_at(context, account, seeds, who)?;
    Ok(Place { account, bump, seeds: *seeds })
}

/// Checks that `account` is at the canonical address of `seeds`, and returns the bump.
#[inline(always)]
pub fn must_be_at(context: &Context, account: Account, seeds: &Seeds, who: Who) -> Result<u8> {
    match find(context.program, account, seeds.as_slice()) {
        NO_MATCH => Err(fault::SEEDS.at(who)),
        bump => Ok(bump as u8),
    }
}

const NO_MATCH: u32 = 256;

/// The bump of `account`'s address. A plain number: the BPF back end returns nothing larger than a register.
#[inline(never)]
fn find(program: &Key, account: Account, seeds: &[Slice]) -> u32 {
    let (key, bump) = sys::find_program_address(seeds, program);
    if account.key().is(&key) {
        bump as u32
    } else {
        NO_MATCH
    }
}

impl Place {
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
    #[inline(never)]
    pub fn create(&self, context: &Context, payer: Account, size: u64, extra: u64) -> Result {
        let bump = self.bump;
        let mut signer = self.seeds;
        signer.list[self.seeds.len] = Slice { addr: &bump, len: 1 };
        signer.len += 1;
        let signer = signer.as_slice();

        let rent = sys::rent_minimum(size);
        let present = self.account.lamports();
        let due = rent.saturating_sub(present).checked_add(extra).ok_or(fault::MATH_OVERFLOW)?;
        if present == 0 {
            cpi::create_account(payer, self.account, (due, size), context.program, signer);
            return Ok(());
        }
        if due > 0 {
            cpi::transfer(payer, self.account, due);
        }
        cpi::allocate(self.account, size, signer);
        cpi::assign(self.account, context.program, signer);
        Ok(())
    }
}

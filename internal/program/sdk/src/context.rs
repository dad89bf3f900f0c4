//! What an instruction is called with.

use crate::account::Account;
use crate::fault::{self, Result};
use crate::key::Key;
use core::mem::MaybeUninit;

/// The most accounts that an instruction takes; further ones are ignored.
pub const MAX_ACCOUNTS: usize = 16;

/// The program's own id, and the accounts that were passed.
pub struct Context {
    pub program: &'static Key,
    accounts: [MaybeUninit<Account>; MAX_ACCOUNTS],
    len: usize,
}

impl Context {
    /// # Safety
    /// The first `len` accounts must be initialized.
    #[inline(always)]
    pub unsafe fn new(program: &'static Key, accounts: [MaybeUninit<Account>; MAX_ACCOUNTS], len: usize) -> Context {
        Context { program, accounts, len }
    }

    /// The first `N` accounts.
    #[inline(always)]
    pub fn accounts<const N: usize>(&self) -> Result<[Account; N]> {
        const { assert!(N <= MAX_ACCOUNTS) };
        if self.len < N {
            return Err(fault::NOT_ENOUGH_KEYS);
        }
        Ok(core::array::from_fn(|i| unsafe { self.accounts[i].assume_init() }))
    }

    /// Account `i` where it is passed, and not as Anchor's placeholder for none: the program's own id.
    #[inline(always)]
    pub fn optional(&self, i: usize) -> Option<Account> {
        if i >= self.len {
            return None;
        }
        let account = unsafe { self.accounts.get_unchecked(i).assume_init() };
        if account.key().is(self.program) {
            None
        } else {
            Some(account)
        }
    }
}

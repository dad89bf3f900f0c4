//! Accounts as the runtime lays them out in the input (aligned ABI v1), and the checks that every instruction makes.

use crate::fault::{self, Name, Result};
use crate::key::{Key, SYSTEM_PROGRAM};
use crate::runtime;

// Offsets in an account's record of the input.
const SIGNER: usize = 1;
const WRITABLE: usize = 2;
const KEY: usize = 8;
const OWNER: usize = 40;
const LAMPORTS: usize = 72;
const DATA_LEN: usize = 80;
const DATA: usize = 88;

/// Room for growth behind the data.
const GROWTH: usize = 10_240;

/// One account of the instruction. Accounts passed twice share one record, so a copy sees what its twin writes.
#[derive(Clone, Copy)]
pub struct Account {
    at: *mut u8,
}

impl Account {
    /// # Safety
    /// `at` must be the start of a record that is no duplicate marker.
    #[inline(always)]
    pub unsafe fn new(at: *mut u8) -> Account {
        Account { at }
    }

    /// Bytes from the start of this record to the next one.
    #[inline(always)]
    pub fn record_len(self) -> usize {
        ((DATA + self.data_len() as usize + GROWTH + 7) & !7) + 8 // and the rent epoch
    }

    #[inline(always)]
    pub fn is_signer(self) -> bool {
        unsafe { *self.at.add(SIGNER) != 0 }
    }

    #[inline(always)]
    pub fn is_writable(self) -> bool {
        unsafe { *self.at.add(WRITABLE) != 0 }
    }

    #[inline(always)]
    pub fn key(&self) -> &Key {
        unsafe { &*self.key_at() }
    }

    #[inline(always)]
    pub fn key_at(self) -> *const Key {
        unsafe { self.at.add(KEY) as *const Key }
    }

    /// The program whose account this is.
    #[inline(always)]
    pub fn owner(&self) -> &Key {
        unsafe { &*self.owner_at() }
    }

    #[inline(always)]
    pub fn owner_at(self) -> *const Key {
        unsafe { self.at.add(OWNER) as *const Key }
    }

    #[inline(always)]
    pub fn lamports_at(self) -> *mut u64 {
        unsafe { self.at.add(LAMPORTS) as *mut u64 }
    }

    #[inline(always)]
    pub fn lamports(self) -> u64 {
        unsafe { *self.lamports_at() }
    }

    #[inline(always)]
    pub fn data_len(self) -> u64 {
        unsafe { *(self.at.add(DATA_LEN) as *const u64) }
    }

    #[inline(always)]
    pub fn data(self) -> *mut u8 {
        unsafe { self.at.add(DATA) }
    }

    #[inline(always)]
    pub fn same(self, other: Account) -> bool {
        self.at == other.at
    }

    /// Whether nobody's program holds anything here, whatever its lamports.
    #[inline(always)]
    pub fn is_vacant(self) -> bool {
        self.owner().is(&SYSTEM_PROGRAM) && self.data_len() == 0
    }

    pub fn must_sign(self, name: Name) -> Result {
        if self.is_signer() {
            Ok(())
        } else {
            Err(fault::NOT_SIGNER.about(name))
        }
    }

    pub fn must_be_writable(self, name: Name) -> Result {
        if self.is_writable() {
            Ok(())
        } else {
            Err(fault::CONSTRAINT_MUT.about(name))
        }
    }

    /// Signs and pays: signer and writable.
    pub fn must_pay(self, name: Name) -> Result {
        self.must_sign(name)?;
        self.must_be_writable(name)
    }

    pub fn must_be_system_program(self) -> Result {
        if self.key().is(&SYSTEM_PROGRAM) {
            Ok(())
        } else {
            Err(fault::INVALID_PROGRAM_ID.about(Name::SYSTEM_PROGRAM))
        }
    }

    pub fn must_differ(self, other: Account, name: Name) -> Result {
        if self.same(other) {
            Err(fault::DUPLICATE.about(name))
        } else {
            Ok(())
        }
    }

    /// Moves lamports out of an account of this program.
    pub fn pay(self, to: Account, amount: u64) -> Result {
        let left = self.lamports().checked_sub(amount).ok_or(fault::OVERFLOW)?;
        unsafe { *self.lamports_at() = left };
        let sum = to.lamports().checked_add(amount).ok_or(fault::OVERFLOW)?;
        unsafe { *to.lamports_at() = sum };
        Ok(())
    }

    /// Makes an account of this program larger, `size` bytes now, of which the new ones are zero. It must have the rent of
    /// that size when the transaction ends.
    pub fn grow(self, size: u64) {
        let old = self.data_len();
        unsafe {
            *(self.at.add(DATA_LEN) as *mut u64) = size;
            runtime::fill(self.data().add(old as usize), 0, size.saturating_sub(old));
        }
    }

    /// Closes an account of this program: lamports out, data zeroed and truncated, given back to the system program.
    pub fn close(self, to: Account) -> Result {
        self.pay(to, self.lamports())?;
        unsafe {
            runtime::fill(self.data(), 0, self.data_len());
            *(self.at.add(DATA_LEN) as *mut u64) = 0;
            *(self.at.add(OWNER) as *mut Key) = SYSTEM_PROGRAM;
        }
        Ok(())
    }
}

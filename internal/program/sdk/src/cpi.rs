//! Calls of other programs, in the runtime's C layouts.

use crate::account::Account;
use crate::context::MAX_ACCOUNTS;
use crate::key::Key;
use crate::runtime::{self, Slice};

/// An account that a call passes on, and what the called program may do with it.
#[derive(Clone, Copy)]
pub struct Passed {
    account: Account,
    writable: bool,
    signer: bool,
}

/// An account to be read only.
#[inline(always)]
pub fn readable(account: Account) -> Passed {
    Passed { account, writable: false, signer: false }
}

/// An account to be written.
#[inline(always)]
pub fn writable(account: Account) -> Passed {
    Passed { account, writable: true, signer: false }
}

impl Passed {
    /// The same account as a signer: it signed this instruction already, or its seeds are among the call's.
    #[inline(always)]
    pub fn signing(self) -> Passed {
        Passed { signer: true, ..self }
    }
}

/// The seeds, bump included, of an address that signs a call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    seeds: *const Slice<'a>,
    len: u64,
}

impl<'a> Signer<'a> {
    #[inline(always)]
    pub fn new(seeds: &'a [Slice<'a>]) -> Signer<'a> {
        Signer { seeds: seeds.as_ptr(), len: seeds.len() as u64 }
    }
}

#[repr(C)]
struct Instruction {
    program: *const Key,
    metas: *const Meta,
    metas_len: u64,
    data: *const u8,
    data_len: u64,
}

#[repr(C)]
struct Meta {
    key: *const Key,
    writable: bool,
    signer: bool,
}

#[repr(C)]
struct Info {
    key: *const Key,
    lamports: *mut u64,
    data_len: u64,
    data: *mut u8,
    owner: *const Key,
    rent_epoch: u64,
    signer: bool,
    writable: bool,
    executable: bool,
}

/// Calls `program`, which must be among the accounts of this instruction. A failure there ends the transaction, so there
/// is nothing to return.
#[inline(always)]
pub fn invoke<const N: usize>(program: &Key, data: &[u8], accounts: [Passed; N], signers: &[Signer]) {
    const { assert!(N <= MAX_ACCOUNTS) };
    let metas: [Meta; N] = core::array::from_fn(|i| meta(&accounts[i]));
    let infos: [Info; N] = core::array::from_fn(|i| info(accounts[i].account));
    let instruction = Instruction {
        program,
        metas: metas.as_ptr(),
        metas_len: N as u64,
        data: data.as_ptr(),
        data_len: data.len() as u64,
    };
    unsafe {
        runtime::invoke_signed(
            &instruction as *const Instruction as *const u8,
            (infos.as_ptr() as *const u8, N as u64),
            (signers.as_ptr() as *const u8, signers.len() as u64),
        )
    }
}

#[inline(always)]
fn meta(passed: &Passed) -> Meta {
    Meta { key: passed.account.key_at(), writable: passed.writable, signer: passed.signer }
}

#[inline(always)]
fn info(account: Account) -> Info {
    Info {
        key: account.key_at(),
        lamports: account.lamports_at(),
        data_len: account.data_len(),
        data: account.data(),
        owner: account.owner_at(),
        rent_epoch: 0, // not looked at
        signer: account.is_signer(),
        writable: account.is_writable(),
        executable: false,
    }
}

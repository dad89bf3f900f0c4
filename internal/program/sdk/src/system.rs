//! The system program's instructions.

use crate::account::Account;
use crate::bytes::Bytes;
use crate::cpi::{invoke, writable, Signer};
use crate::key::{Key, SYSTEM_PROGRAM};

const CREATE_ACCOUNT: u32 = 0;
const ASSIGN: u32 = 1;
const TRANSFER: u32 = 2;
const ALLOCATE: u32 = 8;

/// Pays `lamports` from `from`: it signed the transaction, or is an address of `signers` without data.
#[inline(always)]
pub fn transfer(from: Account, to: Account, lamports: u64, signers: &[Signer]) {
    let data = Bytes::<12>::new().u32(TRANSFER).u64(lamports);
    invoke(&SYSTEM_PROGRAM, data.as_slice(), [writable(from).signing(), writable(to)], signers);
}

/// Creates `account` with (lamports, size), paid by `payer`, for the program `owner`.
#[inline(always)]
pub fn create_account(payer: Account, account: Account, (lamports, size): (u64, u64), owner: &Key, signers: &[Signer]) {
    let data = Bytes::<52>::new().u32(CREATE_ACCOUNT).u64(lamports).u64(size).key(owner);
    invoke(&SYSTEM_PROGRAM, data.as_slice(), [writable(payer).signing(), writable(account).signing()], signers);
}

/// Gives an account without data `size` bytes.
#[inline(always)]
pub fn allocate(account: Account, size: u64, signers: &[Signer]) {
    let data = Bytes::<12>::new().u32(ALLOCATE).u64(size);
    invoke(&SYSTEM_PROGRAM, data.as_slice(), [writable(account).signing()], signers);
}

/// Makes `owner` the program whose account this is.
#[inline(always)]
pub fn assign(account: Account, owner: &Key, signers: &[Signer]) {
    let data = Bytes::<36>::new().u32(ASSIGN).key(owner);
    invoke(&SYSTEM_PROGRAM, data.as_slice(), [writable(account).signing()], signers);
}

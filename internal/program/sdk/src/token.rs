//! The SPL Token program: its accounts, read, and some of its instructions. Not Token-2022, whose fees and hooks make what
//! arrives differ from what was sent.

use crate::account::Account;
use crate::bytes::Bytes;
use crate::cpi::{invoke, readable, writable, Signer};
use crate::fields::Field;
use crate::key::Key;

/// TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA
pub const TOKEN_PROGRAM: Key = Key([
    6, 221, 246, 225, 215, 101, 161, 147, 217, 203, 225, 70, 206, 235, 121, 172, 28, 180, 133, 237, 95, 91, 55, 145,
    58, 140, 245, 133, 126, 255, 0, 169,
]);

const MINT_SIZE: u64 = 82;
const MINT_INITIALIZED: usize = 45;

crate::record_type! {
    /// A token account.
    TokenAccount 165 {
        0 mint Key;
        32 owner Key;
        64 amount u64;
        108 state u8;
    }
}

const TRANSFER: u8 = 3;
const CLOSE_ACCOUNT: u8 = 9;
const INITIALIZE_ACCOUNT_3: u8 = 18;

/// Whether an account is an initialized mint.
pub fn is_mint(account: Account) -> bool {
    account.owner().is(&TOKEN_PROGRAM)
        && account.data_len() == MINT_SIZE
        && unsafe { Field::<bool>::new(account.data().add(MINT_INITIALIZED)) }.is_set()
}

/// Whether an account is an initialized token account; a frozen one is one, too.
pub fn is_token_account(account: Account) -> bool {
    account.owner().is(&TOKEN_PROGRAM) && account.data_len() == TokenAccount::SIZE && view(account).state().get() != 0
}

/// An account's data as a token account, unchecked.
#[inline(always)]
pub fn view(account: Account) -> TokenAccount {
    unsafe { TokenAccount::at(account.data()) }
}

/// Moves tokens. `authority` signed the transaction, or is an address of `signers`.
#[inline(always)]
pub fn transfer(from: Account, to: Account, authority: Account, amount: u64, signers: &[Signer]) {
    let data = Bytes::<9>::new().u8(TRANSFER).u64(amount);
    let accounts = [writable(from), writable(to), readable(authority).signing()];
    invoke(&TOKEN_PROGRAM, data.as_slice(), accounts, signers);
}

/// Closes an empty token account; its lamports go to `to`.
#[inline(always)]
pub fn close(account: Account, to: Account, authority: Account, signers: &[Signer]) {
    let data = Bytes::<1>::new().u8(CLOSE_ACCOUNT);
    let accounts = [writable(account), writable(to), readable(authority).signing()];
    invoke(&TOKEN_PROGRAM, data.as_slice(), accounts, signers);
}

/// Makes a new account of the token program a token account that `owner` controls.
#[inline(always)]
pub fn initialize(account: Account, mint: Account, owner: &Key) {
    let data = Bytes::<33>::new().u8(INITIALIZE_ACCOUNT_3).key(owner);
    invoke(&TOKEN_PROGRAM, data.as_slice(), [writable(account), readable(mint)], &[]);
}

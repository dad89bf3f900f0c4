//! Calls of the system program, in the runtime's C layouts.

use crate::account::{Account, Key, SYSTEM_PROGRAM};
use crate::sys::{self, Slice};

const CREATE_ACCOUNT: u32 = 0;
const ASSIGN: u32 = 1;
const TRANSFER: u32 = 2;
const ALLOCATE: u32 = 8;

#[repr(C)]
struct Meta {
    key: *const Key,
    writable: bool,
    signer: bool,
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

/// Pays `lamports` from `from`, who signed the transaction.
pub fn transfer(from: Account, to: Account, lamports: u64) {
    let mut data = Data::new(TRANSFER);
    data.u64(lamports);
    invoke(&data, &[signing(from), receiving(to)], &[info(from), info(to)], &[]);
}

/// Creates `account` with (lamports, size), paid by `payer`; `signer` are the seeds of its address.
pub fn create_account(payer: Account, account: Account, (lamports, size): (u64, u64), owner: &Key, signer: &[Slice]) {
    let mut data = Data::new(CREATE_ACCOUNT);
    data.u64(lamports);
    data.u64(size);
    data.key(owner);
    invoke(&data, &[signing(payer), signing(account)], &[info(payer), info(account)], signer);
}

pub fn allocate(account: Account, size: u64, signer: &[Slice]) {
    let mut data = Data::new(ALLOCATE);
    data.u64(size);
    invoke(&data, &[signing(account)], &[info(account)], signer);
}

pub fn assign(account: Account, owner: &Key, signer: &[Slice]) {
    let mut data = Data::new(ASSIGN);
    data.key(owner);
    invoke(&data, &[signing(account)], &[info(account)], signer);
}

#[inline(always)]
fn signing(account: Account) -> Meta {
    Meta { key: unsafe { &*(account.key() as *const Key) }, writable: true, signer: true }
}

#[inline(always)]
fn receiving(account: Account) -> Meta {
    Meta { key: unsafe { &*(account.key() as *const Key) }, writable: true, signer: false }
}

#[inline(always)]
fn info(account: Account) -> Info {
    Info {
        key: account.key(),
        lamports: account.lamports_at(),
        data_len: account.data_len(),
        data: account.data(),
        owner: account.owner(),
        rent_epoch: 0, // not looked at
        signer: account.is_signer(),
        writable: account.is_writable(),
        executable: false,
    }
}

/// An instruction of the system program.
struct Data {
    bytes: [u8; 52],
    len: usize,
}

impl Data {
    #[inline(always)]
    fn new(kind: u32) -> Data {
        let mut bytes = [0; 52];
        unsafe { (bytes.as_mut_ptr() as *mut u32).write_unaligned(kind) };
        Data { bytes, len: 4 }
    }

    #[inline(always)]
    fn u64(&mut self, value: u64) {
        unsafe { (self.bytes.as_mut_ptr().add(self.len) as *mut u64).write_unaligned(value) };
        self.len += 8;
    }

    #[inline(always)]
    fn key(&mut self, key: &Key) {
        unsafe { (self.bytes.as_mut_ptr().add(self.len) as *mut Key).write_unaligned(*key) };
        self.len += 32;
    }
}

#[inline(always)]
fn invoke(data: &Data, metas: &[Meta], infos: &[Info], signer: &[Slice]) {
    let instruction = Instruction {
        program: &SYSTEM_PROGRAM,
        metas: metas.as_ptr(),
        metas_len: metas.len() as u64,
        data: data.bytes.as_ptr(),
        data_len: data.len as u64,
    };
    let seeds = Slice { addr: signer.as_ptr() as *const u8, len: signer.len() as u64 };
    let signers: &[Slice] = if signer.is_empty() { &[] } else { core::slice::from_ref(&seeds) };
    unsafe {
        sys::invoke_signed(
            &instruction as *const Instruction as *const u8,
            infos.as_ptr() as *const u8,
            infos.len() as u64,
            signers,
        )
    }
}

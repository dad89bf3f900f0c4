//! What the runtime offers: its syscalls, and safe wrappers of those that programs use.

use crate::key::Key;
use crate::math;
use core::marker::PhantomData;

#[cfg(any(target_arch = "bpf", target_os = "solana"))]
mod calls {
    extern "C" {
        pub fn abort() -> !;
        pub fn sol_log_(message: *const u8, len: u64);
        pub fn sol_log_data(fields: *const u8, len: u64);
        pub fn sol_memcpy_(to: *mut u8, from: *const u8, len: u64);
        pub fn sol_memset_(to: *mut u8, byte: u8, len: u64);
        pub fn sol_get_clock_sysvar(out: *mut u8) -> u64;
        pub fn sol_get_rent_sysvar(out: *mut u8) -> u64;
        pub fn sol_get_sysvar(id: *const u8, out: *mut u8, offset: u64, len: u64) -> u64;
        pub fn sol_sha256(slices: *const u8, len: u64, out: *mut u8) -> u64;
        pub fn sol_try_find_program_address(
            seeds: *const u8,
            len: u64,
            program: *const u8,
            key: *mut u8,
            bump: *mut u8,
        ) -> u64;
        pub fn sol_invoke_signed_c(
            instruction: *const u8,
            infos: *const u8,
            infos_len: u64,
            signers: *const u8,
            signers_len: u64,
        ) -> u64;
    }
}

/// Off chain only what is pure runs: `cargo test` links, and any other call of the runtime is a bug.
#[cfg(not(any(target_arch = "bpf", target_os = "solana")))]
mod calls {
    macro_rules! absent {
        ($($name:ident($($arg:ident: $t:ty),*) -> $r:ty;)*) => {$(
            pub unsafe fn $name($(_: $t),*) -> $r { panic!(concat!(stringify!($name), " exists on chain only")) }
        )*};
    }
    pub unsafe fn sol_memcpy_(to: *mut u8, from: *const u8, len: u64) {
        core::ptr::copy_nonoverlapping(from, to, len as usize)
    }

    pub unsafe fn sol_memset_(to: *mut u8, byte: u8, len: u64) {
        core::ptr::write_bytes(to, byte, len as usize)
    }

    absent! {
        abort() -> !;
        sol_log_(message: *const u8, len: u64) -> ();
        sol_log_data(fields: *const u8, len: u64) -> ();
        sol_get_clock_sysvar(out: *mut u8) -> u64;
        sol_get_rent_sysvar(out: *mut u8) -> u64;
        sol_get_sysvar(id: *const u8, out: *mut u8, offset: u64, len: u64) -> u64;
        sol_sha256(slices: *const u8, len: u64, out: *mut u8) -> u64;
        sol_try_find_program_address(seeds: *const u8, len: u64, program: *const u8, key: *mut u8, bump: *mut u8) -> u64;
        sol_invoke_signed_c(instruction: *const u8, infos: *const u8, infos_len: u64, signers: *const u8, signers_len: u64) -> u64;
    }
}

/// A byte string as the syscalls take it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice<'a> {
    addr: *const u8,
    len: u64,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Slice<'a> {
    #[inline(always)]
    pub const fn new(bytes: &'a [u8]) -> Slice<'a> {
        Slice { addr: bytes.as_ptr(), len: bytes.len() as u64, bytes: PhantomData }
    }

    #[inline(always)]
    pub fn key(key: &'a Key) -> Slice<'a> {
        Slice::new(&key.0)
    }

    /// A number's bytes, little-endian.
    #[inline(always)]
    pub fn number<T: Number>(number: &'a T) -> Slice<'a> {
        Slice { addr: number as *const T as *const u8, len: core::mem::size_of::<T>() as u64, bytes: PhantomData }
    }
}

/// Numbers that are plain bytes in memory.
pub trait Number: Copy {}
impl Number for u8 {}
impl Number for u16 {}
impl Number for u32 {}
impl Number for u64 {}
impl Number for i8 {}
impl Number for i64 {}

#[cold]
pub fn abort() -> ! {
    unsafe { calls::abort() }
}

#[inline(always)]
pub fn log(message: &[u8]) {
    unsafe { calls::sol_log_(message.as_ptr(), message.len() as u64) }
}

#[inline(always)]
pub fn log_data(data: &[u8]) {
    let field = Slice::new(data);
    unsafe { calls::sol_log_data(&field as *const Slice as *const u8, 1) }
}

/// Copies `from`. Its length is not a constant, so the compiler would need memcpy, which the BPF back end lacks.
///
/// # Safety
/// `to` must have room, and must not overlap.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: &[u8]) {
    calls::sol_memcpy_(to, from.as_ptr(), from.len() as u64)
}

/// Sets `len` bytes.
///
/// # Safety
/// They must be writable.
#[inline(always)]
pub unsafe fn fill(to: *mut u8, byte: u8, len: u64) {
    calls::sol_memset_(to, byte, len)
}

/// The cluster's unix time in seconds.
#[inline(never)]
pub fn now() -> i64 {
    clock(4)
}

/// The current slot.
#[inline(never)]
pub fn slot() -> u64 {
    clock(0) as u64
}

/// A field of the clock: slot, start of the epoch, epoch, epoch of the leader schedule, unix time.
#[inline(always)]
fn clock(field: usize) -> i64 {
    let mut clock = [0i64; 5];
    unsafe {
        calls::sol_get_clock_sysvar(clock.as_mut_ptr() as *mut u8);
        core::ptr::read_volatile(&clock[field])
    }
}

/// Reads bytes of a sysvar from `offset` on; false where it has fewer, or the runtime does not know it.
#[inline(always)]
pub fn sysvar(id: &Key, offset: u64, out: &mut [u8]) -> bool {
    unsafe { calls::sol_get_sysvar(id.0.as_ptr(), out.as_mut_ptr(), offset, out.len() as u64) == 0 }
}

/// The rent-exempt minimum in lamports of an account that holds `size` bytes.
#[inline(never)]
pub fn rent_minimum(size: u64) -> u64 {
    let mut rent = [0u64; 3]; // lamports per byte-year, exemption threshold in years (f64), burn percentage
    let (price, years) = unsafe {
        calls::sol_get_rent_sysvar(rent.as_mut_ptr() as *mut u8);
        (core::ptr::read_volatile(&rent[0]), core::ptr::read_volatile(&rent[1]))
    };
    math::rent(price, years, size)
}

#[inline(always)]
pub fn sha256(slices: &[Slice]) -> Key {
    let mut out = Key([0; 32]);
    unsafe {
        calls::sol_sha256(slices.as_ptr() as *const u8, slices.len() as u64, out.0.as_mut_ptr());
    }
    out
}

/// The canonical program address of `seeds`; aborts where there is none (one in 2^255 cases).
#[inline(always)]
pub fn find_program_address(seeds: &[Slice], program: &Key) -> (Key, u8) {
    let (mut key, mut bump) = (Key([0; 32]), 0u8);
    let failed = unsafe {
        calls::sol_try_find_program_address(
            seeds.as_ptr() as *const u8,
            seeds.len() as u64,
            program.0.as_ptr(),
            key.0.as_mut_ptr(),
            &mut bump,
        )
    };
    if failed != 0 {
        abort()
    }
    (key, bump)
}

/// Calls another program with (address, number) of accounts and of signers. A failure there ends the transaction, so
/// there is nothing to return.
///
/// # Safety
/// The arguments must have the layouts of the runtime's C interface (see cpi.rs).
#[inline(always)]
pub unsafe fn invoke_signed(instruction: *const u8, infos: (*const u8, u64), signers: (*const u8, u64)) {
    calls::sol_invoke_signed_c(instruction, infos.0, infos.1, signers.0, signers.1);
}

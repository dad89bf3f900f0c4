//! The decloud round program: federated learning rounds under escrow.
//!
//! Accounts and arguments are Borsh with Anchor's discriminators and error codes, but nothing is deserialized: accounts
//! are read and written in place through typed fields (`state`). There is no allocator and no dependency, so the crate
//! builds with any Rust compiler that has a BPF target (see README.md).
#![cfg_attr(any(target_arch = "bpf", target_os = "solana"), no_std)]

pub mod account;
pub mod args;
pub mod cpi;
pub mod discriminator;
pub mod entry;
pub mod event;
pub mod fault;
pub mod ix;
pub mod math;
pub mod params;
pub mod pda;
pub mod round;
pub mod state;
pub mod sys;
pub mod validation;

/// Called by the runtime with the serialized accounts and instruction data (aligned ABI v1).
///
/// # Safety
/// `input` must be the runtime's input region.
#[cfg(any(target_arch = "bpf", target_os = "solana"))]
#[no_mangle]
pub unsafe extern "C" fn entrypoint(input: *mut u8) -> u64 {
    entry::run(input)
}

#[cfg(any(target_arch = "bpf", target_os = "solana"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    sys::abort_program()
}

//! What every decloud program for Solana needs and no rule of any of them: accounts, arguments, events, errors, derived
//! addresses, calls of other programs, exact arithmetic.
//!
//! Accounts and arguments are Borsh with Anchor's discriminators and error codes, but nothing is deserialized: accounts
//! are read and written in place through typed fields. There is no allocator and no dependency, so programs build with
//! any Rust compiler that has a BPF target. README.md says how a program is put together.
#![cfg_attr(any(target_arch = "bpf", target_os = "solana"), no_std)]

pub mod account;
pub mod args;
pub mod bytes;
pub mod context;
pub mod cpi;
pub mod discriminator;
pub mod entry;
pub mod event;
pub mod fault;
pub mod fields;
pub mod key;
pub mod loader;
pub mod math;
pub mod pda;
pub mod runtime;
pub mod slot_hashes;
pub mod system;
pub mod token;

#[cfg(any(target_arch = "bpf", target_os = "solana"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    runtime::abort()
}

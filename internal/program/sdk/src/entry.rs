//! The way in: finds accounts and arguments in the runtime's input and hands them to the program.

use crate::account::Account;
use crate::args::Args;
use crate::context::{Context, MAX_ACCOUNTS};
use crate::fault::{self, Fault, Name, Result, Text};
use crate::key::Key;
use core::mem::MaybeUninit;

/// What makes a program of instructions: see `entrypoint!`.
pub trait Program {
    /// The error of a sum that does not fit.
    const OVERFLOW: Fault;

    /// Runs the instruction with this discriminator; `instructions!` writes the body. Must be `#[inline(always)]`, as
    /// the others.
    fn run(context: &Context, discriminator: u64, args: Args) -> Result;

    /// What the log says of an error of the program's own.
    fn error_text(code: u32) -> Text;

    /// The account name as the log has it.
    fn account_name(name: Name) -> &'static str;
}

/// Makes the type, which is a `Program`, the one that the runtime calls.
#[macro_export]
macro_rules! entrypoint {
    ($program:ty) => {
        /// Called by the runtime with the serialized accounts and instruction data (aligned ABI v1).
        ///
        /// # Safety
        /// `input` must be the runtime's input region.
        #[cfg(any(target_arch = "bpf", target_os = "solana"))]
        #[no_mangle]
        pub unsafe extern "C" fn entrypoint(input: *mut u8) -> u64 {
            $crate::entry::run::<$program>(input)
        }
    };
}

/// The body of `Program::run`: for each instruction its name in the IDL, its name in the log, and its function. Those
/// called most stand first: they are found sooner.
#[macro_export]
macro_rules! instructions {
    ($context:ident, $discriminator:ident, $args:ident; $($name:literal $label:literal $run:path;)*) => {
        $(
            if $discriminator == const { $crate::discriminator::of(concat!("global:", $name)) } {
                $crate::runtime::log(concat!("Instruction: ", $label).as_bytes());
                return $run($context, $args);
            }
        )*
        Err($crate::fault::INSTRUCTION_UNKNOWN)
    };
}

/// Runs one instruction.
///
/// # Safety
/// `input` must be the runtime's input region.
#[inline(always)]
pub unsafe fn run<P: Program>(input: *mut u8) -> u64 {
    match dispatch::<P>(input) {
        Ok(()) => 0,
        Err(fault) => fail::<P>(fault),
    }
}

/// A record that starts with this is an account; any other value is the index of an earlier, equal one.
const NOT_DUPLICATE: u8 = 255;

#[inline(always)]
unsafe fn dispatch<P: Program>(input: *mut u8) -> Result {
    let mut accounts = [MaybeUninit::<Account>::uninit(); MAX_ACCOUNTS];
    let count = *(input as *const u64) as usize;
    let mut at = input.add(8);
    let mut i = 0;
    while i < count {
        let marker = *at;
        let (account, len) = if marker == NOT_DUPLICATE {
            let account = Account::new(at);
            (MaybeUninit::new(account), account.record_len())
        } else if (marker as usize) < MAX_ACCOUNTS {
            (accounts[marker as usize], 8)
        } else {
            (MaybeUninit::uninit(), 8) // the twin of an account beyond those in use is beyond them itself
        };
        if i < MAX_ACCOUNTS {
            accounts[i] = account;
        }
        at = at.add(len);
        i += 1;
    }
    let data_len = *(at as *const u64) as usize;
    let data = at.add(8);
    let program = &*(data.add(data_len) as *const Key);
    let context = Context::new(program, accounts, count.min(MAX_ACCOUNTS));

    if data_len < 8 {
        return Err(fault::INSTRUCTION_MISSING);
    }
    let discriminator = (data as *const u64).read_unaligned();
    P::run(&context, discriminator, Args::new(data.add(8), data_len - 8))
}

/// Logs the error and returns what the runtime makes of it.
#[cold]
#[inline(never)]
fn fail<P: Program>(fault: Fault) -> u64 {
    let code = if fault.code() == fault::OVERFLOW.code() { P::OVERFLOW.code() } else { fault.code() };
    let mut text = fault::text(code);
    if text.name.is_empty() {
        text = P::error_text(code);
    }
    if !text.name.is_empty() {
        let account = match fault.name() {
            Name::SYSTEM_PROGRAM => "system_program",
            name => P::account_name(name),
        };
        fault::log(&text, account);
    }
    Fault::new(code).exit_code()
}

//! Errors: Anchor's codes for what is wrong with instructions and accounts; a program adds its own from 6000 up.

use crate::runtime;
use core::num::NonZeroU64;

/// An error: its code in the low half; in the upper half the account it is about and a mark that keeps it from being 0.
#[derive(Clone, Copy)]
pub struct Fault(NonZeroU64);

/// What everything returns that can fail. The BPF back end returns nothing larger than a register: this just fits.
pub type Result<T = ()> = core::result::Result<T, Fault>;

const _: () = assert!(core::mem::size_of::<Result>() == 8);

/// What an error is about: one of the accounts that a program gives names to (see `account_names!`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name(pub u8);

impl Name {
    pub const NOBODY: Name = Name(0);
    pub const SYSTEM_PROGRAM: Name = Name(255);
}

/// What the log says of an error. Without a name it says nothing.
#[derive(Clone, Copy)]
pub struct Text {
    pub name: &'static str,
    pub number: &'static str,
    pub message: &'static str,
}

impl Text {
    pub const NONE: Text = Text { name: "", number: "", message: "" };
}

const MARK: u64 = 1 << 63;

impl Fault {
    pub const fn new(code: u32) -> Fault {
        match NonZeroU64::new(MARK | code as u64) {
            Some(bits) => Fault(bits),
            None => panic!(),
        }
    }

    /// The same error, about this account.
    #[inline(always)]
    pub const fn about(self, name: Name) -> Fault {
        match NonZeroU64::new(self.0.get() | (name.0 as u64) << 32) {
            Some(bits) => Fault(bits),
            None => self,
        }
    }

    #[inline(always)]
    pub const fn code(self) -> u32 {
        self.0.get() as u32
    }

    #[inline(always)]
    pub const fn name(self) -> Name {
        Name((self.0.get() >> 32) as u8)
    }

    /// What the entry point returns: the runtime reads 1 << 32 as the custom error 0.
    #[inline(always)]
    pub const fn exit_code(self) -> u64 {
        match self.code() {
            0 => 1 << 32,
            code => code as u64,
        }
    }
}

/// Declares errors, each with its code, its name and its message, and a function `text` that finds them by code.
#[macro_export]
macro_rules! errors {
    ($($const:ident $code:literal $name:literal $message:literal;)*) => {
        $(pub const $const: $crate::fault::Fault = $crate::fault::Fault::new($code);)*

        /// What the log says of the error with this code.
        #[inline(always)]
        pub fn text(code: u32) -> $crate::fault::Text {
            match code {
                $($code => $crate::fault::Text { name: $name, number: stringify!($code), message: $message },)*
                _ => $crate::fault::Text::NONE,
            }
        }
    };
}

/// Declares the names of a program's accounts, for its errors, and a function `text` that says them.
#[macro_export]
macro_rules! account_names {
    ($($const:ident $text:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Id { NOBODY, $($const,)* }

        const _: () = assert!(Id::NOBODY as u8 == $crate::fault::Name::NOBODY.0);

        $(pub const $const: $crate::fault::Name = $crate::fault::Name(Id::$const as u8);)*

        /// The name as the log has it.
        #[inline(always)]
        pub fn text(name: $crate::fault::Name) -> &'static str {
            match name.0 {
                $(x if x == Id::$const as u8 => $text,)*
                _ => "",
            }
        }
    };
}

errors! {
    ALREADY_IN_USE 0 "" ""; // the system program's error 0: such an account exists already
    INSTRUCTION_MISSING 100 "InstructionMissing" "Instruction discriminator not provided";
    INSTRUCTION_UNKNOWN 101 "InstructionFallbackNotFound" "Fallback functions are not supported";
    BAD_DATA 102 "InstructionDidNotDeserialize" "The program could not deserialize the given instruction";
    CONSTRAINT_MUT 2000 "ConstraintMut" "A mut constraint was violated";
    HAS_ONE 2001 "ConstraintHasOne" "A has one constraint was violated";
    CONSTRAINT_RAW 2003 "ConstraintRaw" "A raw constraint was violated";
    SEEDS 2006 "ConstraintSeeds" "A seeds constraint was violated";
    ADDRESS 2012 "ConstraintAddress" "An address constraint was violated";
    DUPLICATE 2040 "ConstraintDuplicateMutableAccount" "A duplicate mutable account constraint was violated";
    NO_DISCRIMINATOR 3001 "AccountDiscriminatorNotFound" "No discriminator was found on the account";
    WRONG_DISCRIMINATOR 3002 "AccountDiscriminatorMismatch" "Account discriminator did not match what was expected";
    BAD_ACCOUNT 3003 "AccountDidNotDeserialize" "Failed to deserialize the account";
    NOT_ENOUGH_KEYS 3005 "AccountNotEnoughKeys" "Not enough account keys given to the instruction";
    WRONG_OWNER 3007 "AccountOwnedByWrongProgram" "The given account is owned by a different program than expected";
    INVALID_PROGRAM_ID 3008 "InvalidProgramId" "Program ID was not as expected";
    NOT_SIGNER 3010 "AccountNotSigner" "The given account did not sign";
    NOT_SYSTEM_OWNED 3011 "AccountNotSystemOwned" "The given account is not owned by the system program";
    NOT_INITIALIZED 3012 "AccountNotInitialized" "The program expected this account to be already initialized";
}

/// A sum that does not fit. Anchor has no code for that, so each program has one of its own: the entry point replaces
/// this fault by `Program::OVERFLOW`.
pub const OVERFLOW: Fault = Fault::new(u32::MAX);

/// Writes an error to the log in Anchor's words, which its clients parse: what it is, and which account it is about, if
/// any.
#[cold]
#[inline(never)]
pub fn log(text: &Text, account: &str) {
    let mut line = Line { bytes: [0; 256], len: 0 };
    if account.is_empty() {
        line.add("AnchorError occurred.");
    } else {
        line.add("AnchorError caused by account: ");
        line.add(account);
        line.add(".");
    }
    line.add(" Error Code: ");
    line.add(text.name);
    line.add(". Error Number: ");
    line.add(text.number);
    line.add(". Error Message: ");
    line.add(text.message);
    line.add(".");
    runtime::log(unsafe { core::slice::from_raw_parts(line.bytes.as_ptr(), line.len) });
}

struct Line {
    bytes: [u8; 256],
    len: usize,
}

impl Line {
    #[inline(never)]
    fn add(&mut self, s: &str) {
        let n = s.len().min(self.bytes.len() - self.len);
        unsafe { runtime::copy(self.bytes.as_mut_ptr().add(self.len), s.as_bytes().get_unchecked(..n)) };
        self.len += n;
    }
}

//! Errors: Anchor's codes for faults of instructions and accounts, 6000 and up for decloud's own rules.

use crate::sys;
use core::num::NonZeroU64;

/// An error: its code in the low half; in the upper half the account it is about and a mark that keeps it from being 0.
#[derive(Clone, Copy)]
pub struct Fault(NonZeroU64);

pub type Result<T = ()> = core::result::Result<T, Fault>;

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
    pub const fn at(self, who: Who) -> Fault {
        match NonZeroU64::new(self.0.get() | (who as u64) << 32) {
            Some(bits) => Fault(bits),
            None => self,
        }
    }

    #[inline(always)]
    pub const fn code(self) -> u32 {
        self.0.get() as u32
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

macro_rules! faults {
    ($($name:ident $code:literal $label:literal $message:literal;)*) => {
        $(pub const $name: Fault = Fault::new($code);)*

        fn text(code: u32) -> (&'static str, &'static str, &'static str) {
            match code {
                $($code => ($label, stringify!($code), $message),)*
                _ => ("", "", ""),
            }
        }
    };
}

faults! {
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
    INVALID_ROUND_ID 6000 "InvalidRoundId" "The round id is not the next one: read the counter and try again";
    INVALID_CID 6001 "InvalidCid" "A CID is 46 to 64 ASCII bytes, and a gradient's is not the base model's";
    ZERO_REWARD 6002 "ZeroReward" "The reward is zero";
    ROUND_NOT_ACTIVE 6003 "RoundNotActive" "The round is not active";
    ROUND_HAS_PARTICIPANTS 6004 "RoundHasParticipants" "Somebody took part in the round already";
    NO_PREVALIDATION 6005 "NoPrevalidation" "The base model has too few validations, or its validation time is not over";
    NO_GRADIENTS 6006 "NoGradients" "The round has no gradients";
    NO_POSTVALIDATION 6007 "NoPostvalidation" "A gradient has too few validations";
    PREVALIDATION_CLOSED 6008 "PrevalidationClosed" "Pre-validation is closed";
    ROUND_NOT_FINALIZED 6009 "RoundNotFinalized" "The round is not finalized";
    REWARD_ALREADY_CLAIMED 6010 "RewardAlreadyClaimed" "The reward was claimed already";
    NOT_VALIDATED 6011 "NotValidated" "Not validated";
    TOO_EARLY 6012 "TooEarly" "Too early";
    INVALID_RATING 6013 "InvalidRating" "A rating is 100 to 500";
    RATING_TOO_LOW 6014 "RatingTooLow" "The trainer's rating is below the round's minimum";
    INVALID_ACCURACY 6015 "InvalidAccuracy" "An accuracy is at most 10000";
    INSUFFICIENT_STAKE 6016 "InsufficientStake" "The validator's stake is below the minimum";
    VALIDATOR_SLOTS_FULL 6017 "ValidatorSlotsFull" "24 validators scored this already";
    CONFLICT_OF_INTEREST 6018 "ConflictOfInterest" "The signer may not act in this role here";
    DEADLINE_PASSED 6019 "DeadlinePassed" "The deadline has passed";
    REVEAL_REQUIRED 6020 "RevealRequired" "The round takes only committed and revealed scores";
    COMMIT_CLOSED 6021 "CommitClosed" "The commit window is closed";
    BAD_REVEAL 6022 "BadReveal" "The revealed score does not match the commitment";
    NOT_OUTLIER 6023 "NotOutlier" "The validation is not an outlier";
    STAKE_LOCKED 6024 "StakeLocked" "The stake is locked";
    NOTHING_TO_WITHDRAW 6025 "NothingToWithdraw" "There is nothing to withdraw";
    INVALID_PARAMETER 6026 "InvalidParameter" "A parameter is out of range";
    MATH_OVERFLOW 6027 "MathOverflow" "Arithmetic overflow";
    TRAINER_SLOTS_FULL 6028 "TrainerSlotsFull" "The round has 255 gradients already";
    ALREADY_SETTLED 6029 "AlreadySettled" "The rating was settled already";
    ALREADY_SLASHED 6030 "AlreadySlashed" "The validation was slashed already";
    REVEAL_CLOSED 6031 "RevealClosed" "The reveal window is closed";
    COMMITMENTS_OPEN 6032 "CommitmentsOpen" "Somebody has committed to a score in this round";
}

macro_rules! names {
    ($($name:ident $label:literal,)*) => {
        /// The account that an error is about, for the log.
        #[derive(Clone, Copy)]
        #[repr(u8)]
        pub enum Who { Nobody, $($name,)* }

        fn label(bits: u64) -> &'static str {
            match (bits >> 32) as u8 {
                $(x if x == Who::$name as u8 => $label,)*
                _ => "",
            }
        }
    };
}

names! {
    RoundCounter "round_counter", Round "round", Vault "vault", Gradient "gradient", PreValidation "pre_validation",
    PostValidation "post_validation", Validation "validation", TrainerProfile "trainer_profile",
    ValidatorStake "validator_stake", Commitment "commitment", Authority "authority", Creator "creator",
    Trainer "trainer", Validator "validator", Reporter "reporter", Anyone "anyone", Treasury "treasury",
    SystemProgram "system_program", ProgramData "program_data",
}

/// Writes the error to the log in Anchor's words, which its clients parse.
#[cold]
#[inline(never)]
pub fn log(fault: Fault) {
    let (name, number, message) = text(fault.code());
    if name.is_empty() {
        return;
    }
    let account = label(fault.0.get());
    let mut line = Line { bytes: [0; 256], len: 0 };
    if account.is_empty() {
        line.add("AnchorError occurred.");
    } else {
        line.add("AnchorError caused by account: ");
        line.add(account);
        line.add(".");
    }
    line.add(" Error Code: ");
    line.add(name);
    line.add(". Error Number: ");
    line.add(number);
    line.add(". Error Message: ");
    line.add(message);
    line.add(".");
    sys::log(unsafe { core::slice::from_raw_parts(line.bytes.as_ptr(), line.len) });
}

struct Line {
    bytes: [u8; 256],
    len: usize,
}

impl Line {
    #[inline(never)]
    fn add(&mut self, s: &str) {
        let n = s.len().min(self.bytes.len() - self.len);
        unsafe { sys::copy(self.bytes.as_mut_ptr().add(self.len), s.as_bytes().get_unchecked(..n)) };
        self.len += n;
    }
}

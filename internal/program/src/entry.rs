//! The way in: finds accounts and arguments in the runtime's input and hands them to the instruction.

use crate::account::{Account, Context, Key, MAX_ACCOUNTS};
use crate::args::Args;
use crate::discriminator;
use crate::fault::{self, Result};
use crate::{ix, sys};

/// A record that starts with this is an account; any other value is the index of an earlier, equal one.
const NOT_DUPLICATE: u8 = 255;

/// Runs one instruction.
///
/// # Safety
/// `input` must be the runtime's input region.
#[inline(always)]
pub unsafe fn run(input: *mut u8) -> u64 {
    let mut accounts = [core::ptr::null_mut::<u8>(); MAX_ACCOUNTS];
    let count = *(input as *const u64) as usize;
    let mut at = input.add(8);
    let mut i = 0;
    while i < count {
        let marker = *at;
        let (record, len) = if marker == NOT_DUPLICATE {
            (at, Account::new(at).record_len())
        } else if (marker as usize) < MAX_ACCOUNTS {
            (accounts[marker as usize], 8)
        } else {
            (at, 8) // the twin of an account beyond those in use is beyond them itself
        };
        if i < MAX_ACCOUNTS {
            accounts[i] = record;
        }
        at = at.add(len);
        i += 1;
    }
    let data_len = *(at as *const u64) as usize;
    let data = at.add(8);
    let program = &*(data.add(data_len) as *const Key);
    let context = Context::new(program, accounts, count.min(MAX_ACCOUNTS));

    match dispatch(&context, data, data_len) {
        Ok(()) => 0,
        Err(fault) => {
            fault::log(fault);
            fault.exit_code()
        }
    }
}

#[inline(always)]
unsafe fn dispatch(context: &Context, data: *const u8, len: usize) -> Result {
    if len < 8 {
        return Err(fault::INSTRUCTION_MISSING);
    }
    let args = Args::new(data.add(8), len - 8);
    let wanted = (data as *const u64).read_unaligned();

    macro_rules! instructions {
        ($($name:literal $label:literal $run:path;)*) => {$({
            const THIS: u64 = discriminator::of(concat!("global:", $name));
            if wanted == THIS {
                sys::log(concat!("Instruction: ", $label).as_bytes());
                return $run(context, args);
            }
        })*};
    }
    instructions! {
        "postvalidate" "Postvalidate" ix::validate::postvalidate;
        "prevalidate" "Prevalidate" ix::validate::prevalidate;
        "submit_gradient" "SubmitGradient" ix::submit::submit_gradient;
        "claim_validator_post" "ClaimValidatorPost" ix::claim::claim_validator_post;
        "claim_validator_pre" "ClaimValidatorPre" ix::claim::claim_validator_pre;
        "claim_trainer" "ClaimTrainer" ix::claim::claim_trainer;
        "settle_rating" "SettleRating" ix::settle::settle_rating;
        "create_round" "CreateRound" ix::create::create_round;
        "configure_round" "ConfigureRound" ix::configure::configure_round;
        "finalize_round" "FinalizeRound" ix::finalize::finalize_round;
        "force_finalize" "ForceFinalize" ix::finalize::force_finalize;
        "withdraw_remainder" "WithdrawRemainder" ix::withdraw::withdraw_remainder;
        "cancel_round" "CancelRound" ix::cancel::cancel_round;
        "create_trainer_profile" "CreateTrainerProfile" ix::profile::create_trainer_profile;
        "initialize" "Initialize" ix::initialize::initialize;
        "reveal_postvalidation" "RevealPostvalidation" ix::commit::reveal_postvalidation;
        "reveal_prevalidation" "RevealPrevalidation" ix::commit::reveal_prevalidation;
        "commit_validation" "CommitValidation" ix::commit::commit_validation;
        "close_commitment" "CloseCommitment" ix::commit::close_commitment;
        "stake" "Stake" ix::stake::stake;
        "request_unstake" "RequestUnstake" ix::stake::request_unstake;
        "withdraw_stake" "WithdrawStake" ix::stake::withdraw_stake;
        "slash_validator" "SlashValidator" ix::slash::slash_validator;
        "close_gradient" "CloseGradient" ix::close::close_gradient;
        "close_validation" "CloseValidation" ix::close::close_validation;
        "close_round" "CloseRound" ix::close::close_round;
        "update_protocol" "UpdateProtocol" ix::protocol::update_protocol;
        "propose_authority" "ProposeAuthority" ix::protocol::propose_authority;
        "accept_authority" "AcceptAuthority" ix::protocol::accept_authority;
    }
    Err(fault::INSTRUCTION_UNKNOWN)
}

//! The decloud round program: federated learning rounds under escrow.
#![cfg_attr(any(target_arch = "bpf", target_os = "solana"), no_std)]

pub mod committee;
pub mod error;
pub mod fair;
pub mod ix;
pub mod math;
pub mod name;
pub mod params;
pub mod round;
pub mod stakes;
pub mod state;
pub mod validation;

use sdk::args::Args;
use sdk::context::Context;
use sdk::entry::Program;
use sdk::fault::{Fault, Name, Result, Text};

pub struct Decloud;

sdk::entrypoint!(Decloud);

impl Program for Decloud {
    const OVERFLOW: Fault = error::MATH_OVERFLOW;

    #[inline(always)]
    fn run(context: &Context, discriminator: u64, args: Args) -> Result {
        sdk::instructions! { context, discriminator, args;
            "postvalidate" "Postvalidate" ix::validate::postvalidate;
            "prevalidate" "Prevalidate" ix::validate::prevalidate;
            "submit_gradient" "SubmitGradient" ix::submit::submit_gradient;
            "assert_terms" "AssertTerms" ix::terms::assert_terms;
            "claim_validator_post" "ClaimValidatorPost" ix::claim::claim_validator_post;
            "claim_validator_pre" "ClaimValidatorPre" ix::claim::claim_validator_pre;
            "claim_trainer" "ClaimTrainer" ix::claim::claim_trainer;
            "settle_rating" "SettleRating" ix::settle::settle_rating;
            "create_round" "CreateRound" ix::create::create_round;
            "configure_round" "ConfigureRound" ix::configure::configure_round;
            "configure_fair" "ConfigureFair" ix::fair::configure_fair;
            "reveal_holdout" "RevealHoldout" ix::holdout::reveal_holdout;
            "draw_committee" "DrawCommittee" ix::draw::draw_committee;
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
            "slash_commitment" "SlashCommitment" ix::unopened::slash_commitment;
            "close_gradient" "CloseGradient" ix::close::close_gradient;
            "close_validation" "CloseValidation" ix::close::close_validation;
            "close_round" "CloseRound" ix::close::close_round;
            "update_protocol" "UpdateProtocol" ix::protocol::update_protocol;
            "propose_authority" "ProposeAuthority" ix::protocol::propose_authority;
            "accept_authority" "AcceptAuthority" ix::protocol::accept_authority;
            "set_source" "SetSource" ix::source::set_source;
            "close_source" "CloseSource" ix::close::close_source;
        }
    }

    #[inline(always)]
    fn error_text(code: u32) -> Text {
        error::text(code)
    }

    #[inline(always)]
    fn account_name(name: Name) -> &'static str {
        name::text(name)
    }
}

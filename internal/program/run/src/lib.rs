//! The decloud run program: members improve one model together over many epochs, and a treasury pays them.
#![cfg_attr(any(target_arch = "bpf", target_os = "solana"), no_std)]

pub mod bitmap;
pub mod config;
pub mod draw;
pub mod epoch;
pub mod error;
pub mod ix;
pub mod member;
pub mod name;
pub mod purse;
pub mod roster;
pub mod run;
pub mod state;
pub mod tally;

use sdk::args::Args;
use sdk::context::Context;
use sdk::entry::Program;
use sdk::fault::{Fault, Name, Result, Text};

pub struct DecloudRun;

sdk::entrypoint!(DecloudRun);

impl Program for DecloudRun {
    const OVERFLOW: Fault = error::MATH_OVERFLOW;

    #[inline(always)]
    fn run(context: &Context, discriminator: u64, args: Args) -> Result {
        sdk::instructions! { context, discriminator, args;
            "tick" "Tick" ix::tick::tick;
            "submit_update" "SubmitUpdate" ix::submit::submit_update;
            "seen" "Seen" ix::vote::seen;
            "commit_vote" "CommitVote" ix::vote::commit_vote;
            "reveal_vote" "RevealVote" ix::vote::reveal_vote;
            "claim" "Claim" ix::claim::claim;
            "ready" "Ready" ix::leave::ready;
            "join_run" "JoinRun" ix::join::join_run;
            "leave_run" "LeaveRun" ix::leave::leave_run;
            "slash" "Slash" ix::slash::slash;
            "prune" "Prune" ix::prune::prune;
            "add_stake" "AddStake" ix::stake::add_stake;
            "withdraw_stake" "WithdrawStake" ix::stake::withdraw_stake;
            "top_up" "TopUp" ix::fund::top_up;
            "withdraw_surplus" "WithdrawSurplus" ix::fund::withdraw_surplus;
            "set_paused" "SetPaused" ix::pause::set_paused;
            "set_future_epoch_rates" "SetFutureEpochRates" ix::rates::set_future_epoch_rates;
            "create_run" "CreateRun" ix::create::create_run;
            "update_config" "UpdateConfig" ix::update::update_config;
            "update_model" "UpdateModel" ix::update::update_model;
            "update_metadata" "UpdateMetadata" ix::update::update_metadata;
            "propose_authority" "ProposeAuthority" ix::authority::propose_authority;
            "accept_authority" "AcceptAuthority" ix::authority::accept_authority;
            "authorization_create" "AuthorizationCreate" ix::authorization::authorization_create;
            "authorization_grantor_update" "AuthorizationGrantorUpdate" ix::authorization::authorization_grantor_update;
            "authorization_grantee_update" "AuthorizationGranteeUpdate" ix::authorization::authorization_grantee_update;
            "authorization_close" "AuthorizationClose" ix::authorization::authorization_close;
            "close_run" "CloseRun" ix::close::close_run;
            "close_member" "CloseMember" ix::close::close_member;
            "initialize" "Initialize" ix::protocol::initialize;
            "update_protocol" "UpdateProtocol" ix::protocol::update_protocol;
            "propose_protocol_authority" "ProposeProtocolAuthority" ix::protocol::propose_protocol_authority;
            "accept_protocol_authority" "AcceptProtocolAuthority" ix::protocol::accept_protocol_authority;
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

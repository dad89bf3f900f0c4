//! The protocol's parameters, and the terms that a creator may choose: their layouts and ranges.

use crate::error;
use crate::math::{MAX_VALIDATIONS, WHOLE};
use crate::state::Round;
use sdk::args::Args;
use sdk::fault::Result;

pub const YEAR: i64 = 365 * 86_400;
const MAX_FEE: u16 = 1_000;

/// Room that a stake must stay locked for beyond a round's deadline, so that outliers can be slashed: 12 hours.
const SLASH_TIME: i64 = 43_200;

/// The same beyond the last reveal, which may come after the deadline: 6 hours. Where stakes are locked for a day, the room
/// beyond the deadline leaves that much anyway.
const REVEAL_SLASH_TIME: i64 = 21_600;
const MIN_SUBMISSION_TIME: i64 = 60;
const MAX_ROUND_TIME: i64 = 30 * 86_400;

/// The parameters, Borsh, in the order of update_protocol. Packed: it is read and written as the bytes are.
#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Params {
    pub fee_bps: u16,
    pub validator_share_bps: u16,
    pub force_finalize_after: i64,
    pub validation_window: i64,
    pub base_window: i64,
    pub commit_window: i64,
    pub min_prevalidations: u8,
    pub min_postvalidations: u8,
    pub min_reward: u64,
    pub min_validator_stake: u64,
    pub unstake_cooldown: i64,
    pub outlier_tolerance: u16,
    pub slash_bps: u16,
    pub reporter_share_bps: u16,
    pub claim_period: i64,
}

/// Bytes of `Params` in Borsh.
pub const PARAMS_LEN: usize = 76;

const _: () = assert!(core::mem::size_of::<Params>() == PARAMS_LEN);

pub const DEFAULTS: Params = Params {
    fee_bps: 200,
    validator_share_bps: 1_000,
    force_finalize_after: 43_200,
    validation_window: 3_600,
    base_window: 0,
    commit_window: 1_800,
    min_prevalidations: 1,
    min_postvalidations: 1,
    min_reward: 1,
    min_validator_stake: 0,
    unstake_cooldown: 86_400,
    outlier_tolerance: 500,
    slash_bps: 1_000,
    reporter_share_bps: 1_000,
    claim_period: 180 * 86_400,
};

/// The terms of configure_round, in their order.
#[derive(Clone, Copy)]
pub struct Options {
    pub deadline: i64,
    pub base_window: i64,
    pub validation_window: i64,
    pub commit_window: i64,
    pub min_prevalidations: u8,
    pub min_postvalidations: u8,
    pub min_validator_stake: u64,
    pub commit_reveal: bool,
    pub reward_rule: u8,
}

/// Bytes of `Options` in Borsh.
pub const OPTIONS_LEN: usize = 44;

impl Options {
    #[inline(always)]
    pub fn read(args: &mut Args) -> Result<Options> {
        Ok(Options {
            deadline: args.i64()?,
            base_window: args.i64()?,
            validation_window: args.i64()?,
            commit_window: args.i64()?,
            min_prevalidations: args.u8()?,
            min_postvalidations: args.u8()?,
            min_validator_stake: args.u64()?,
            commit_reveal: args.bool()?,
            reward_rule: args.u8()?,
        })
    }

    /// The terms that `round` has now.
    #[inline(always)]
    pub fn of(round: Round) -> Options {
        Options {
            deadline: round.deadline().get(),
            base_window: round.base_window().get(),
            validation_window: round.validation_window().get(),
            commit_window: round.commit_window().get(),
            min_prevalidations: round.min_prevalidations().get(),
            min_postvalidations: round.min_postvalidations().get(),
            min_validator_stake: round.min_validator_stake().get(),
            commit_reveal: round.commit_reveal().is_set(),
            reward_rule: round.reward_rule().get(),
        }
    }

    /// Seconds from a round's creation to its first submission.
    pub fn opening(&self) -> i64 {
        if self.commit_reveal {
            2 * self.commit_window
        } else {
            self.base_window
        }
    }

    /// Whether a sealed round's times fit one created at `created_at`. Its stakes bind from the start of scoring, which is
    /// `publish` seconds after submissions closed: they must stay locked until six sittings are over, and the deadline.
    #[inline(always)]
    pub fn is_sealed_time(&self, created_at: i64, cooldown: i64, publish: u32) -> bool {
        let scoring = (12 * self.commit_window).max(self.validation_window - publish as i64);
        self.deadline >= created_at + MIN_SUBMISSION_TIME + self.base_window + self.validation_window
            && self.deadline <= created_at + MAX_ROUND_TIME
            && (self.min_validator_stake == 0 || scoring + REVEAL_SLASH_TIME <= cooldown)
    }

    /// Checks the ranges for a round created at `created_at` under a protocol with this stake and cooldown.
    #[inline(always)]
    pub fn check(&self, created_at: i64, min_stake: u64, cooldown: i64) -> Result {
        // The times first: sums of them cannot overflow then.
        accept(is_time(self.base_window) && is_time(self.validation_window) && is_time(self.commit_window))?;
        let earliest = MIN_SUBMISSION_TIME + self.opening() + self.validation_window;
        let fits = is_quorum(self.min_prevalidations)
            && is_quorum(self.min_postvalidations)
            && self.reward_rule <= 2
            && (!self.commit_reveal || self.commit_window > 0)
            && (self.reward_rule == 0 || (self.min_prevalidations >= 3 && self.min_postvalidations >= 3))
            && self.deadline >= created_at + earliest
            && self.deadline <= created_at + MAX_ROUND_TIME
            && self.min_validator_stake >= min_stake
            && (self.min_validator_stake == 0 || self.locks_stakes(created_at + cooldown));
        accept(fits)
    }

    /// Whether outliers can be slashed before their stakes unlock, which is at `unlocked` for who asked for that when the
    /// round was created. Committed scores are backed by a stake when they are revealed, a commit window after that at the
    /// earliest, and the last gradient's are revealed up to two commit windows after submissions closed.
    #[inline(always)]
    fn locks_stakes(&self, unlocked: i64) -> bool {
        let last_reveal = self.deadline - self.validation_window + 2 * self.commit_window;
        self.deadline + SLASH_TIME <= unlocked
            && (!self.commit_reveal || last_reveal + REVEAL_SLASH_TIME <= unlocked + self.commit_window)
    }
}

fn is_time(seconds: i64) -> bool {
    (0..=YEAR).contains(&seconds)
}

fn is_quorum(count: u8) -> bool {
    (1..=MAX_VALIDATIONS).contains(&count)
}

pub fn accept(fits: bool) -> Result {
    if fits {
        Ok(())
    } else {
        Err(error::INVALID_PARAMETER)
    }
}

impl Params {
    /// Checks the ranges of an update of `current`. Besides each parameter's own, a protocol that asks for a stake must
    /// keep it locked until the outliers of a default round can be slashed.
    pub fn check(&self, current: &Params) -> Result {
        let fits = self.fee_bps <= MAX_FEE
            && self.validator_share_bps <= WHOLE
            && self.outlier_tolerance <= WHOLE
            && self.slash_bps <= WHOLE
            && self.reporter_share_bps <= WHOLE
            && is_time(self.force_finalize_after)
            && is_time(self.validation_window)
            && is_time(self.base_window)
            && is_time(self.commit_window)
            && is_time(self.unstake_cooldown)
            && is_time(self.claim_period)
            && is_quorum(self.min_prevalidations)
            && is_quorum(self.min_postvalidations)
            && self.unstake_cooldown >= current.unstake_cooldown
            && (self.min_validator_stake == 0 || self.force_finalize_after + SLASH_TIME <= self.unstake_cooldown);
        accept(fits)
    }
}

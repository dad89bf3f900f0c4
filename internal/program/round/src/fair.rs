//! Fair rounds: their options, kept behind a round's other terms. All of these bytes are zero in a plain round.

use crate::math::WHOLE;
use crate::params::{accept, Options};
use crate::state::Round;
use sdk::args::Args;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::runtime::{self, Slice};

/// In a round's `fair_flags`.
pub const SEALED: u8 = 1;
pub const REVEALED: u8 = 2;

/// Scores of one test differ by rounding at least: 0.2 %.
const MIN_TOLERANCE: u16 = 20;

/// The options of configure_fair, in their order.
#[derive(Clone, Copy)]
pub struct FairOptions {
    pub sealed: bool,
    pub task: u8,
    pub committee: u8,
    pub outlier_tolerance: u16,
    pub publish_window: u32,
    pub submission_slots: u32,
    pub bond: u64,
    pub deadline: i64,
    pub holdout: Key,
}

/// Bytes of `FairOptions` in Borsh.
pub const OPTIONS_LEN: usize = 61;

impl FairOptions {
    #[inline(always)]
    pub fn read(args: &mut Args) -> Result<FairOptions> {
        Ok(FairOptions {
            sealed: args.bool()?,
            task: args.u8()?,
            committee: args.u8()?,
            outlier_tolerance: args.u16()?,
            publish_window: args.u32()?,
            submission_slots: args.u32()?,
            bond: args.u64()?,
            deadline: args.i64()?,
            holdout: *args.key()?,
        })
    }

    /// Checks the ranges for `round`, whose terms with the new deadline are `terms`. An option that the round would not
    /// follow is refused, not ignored.
    #[inline(always)]
    pub fn check(&self, terms: &Options, round: Round) -> Result {
        terms.check(round.created_at().get(), round.protocol_min_stake().get(), round.unstake_cooldown().get())?;
        accept(
            self.task == 0
                && self.submission_slots == 0
                && (MIN_TOLERANCE..=WHOLE).contains(&self.outlier_tolerance)
                && !self.sealed
                && self.has_no_sealed_options(),
        )
    }

    fn has_no_sealed_options(&self) -> bool {
        self.committee == 0 && self.publish_window == 0 && self.bond == 0 && self.holdout.is(&Key::ZERO)
    }

    #[inline(always)]
    pub fn write(&self, round: Round) {
        round.protocol_tolerance().set(round.outlier_tolerance().get());
        round.outlier_tolerance().set(self.outlier_tolerance);
        round.deadline().set(self.deadline);
    }
}

/// Whether configure_fair has set options since configure_round.
fn is_set(round: Round) -> bool {
    round.first_slot().get() > 0
}

/// Makes a round plain again, with the tolerance that the protocol had.
pub fn clear(round: Round) {
    if !is_set(round) {
        return;
    }
    round.outlier_tolerance().set(round.protocol_tolerance().get());
    let from = round.fair_flags().at();
    unsafe { runtime::fill(from, 0, Round::SIZE - FLAGS_AT) };
}

/// Where the fair options start in a round's account.
const FLAGS_AT: u64 = 852;

/// What the creator committed to as the key of a sealed test; once that is revealed, it stands in the hash's place.
#[inline(always)]
pub fn sealed_holdout(round: Round) -> Key {
    let key = round.holdout().get();
    if round.fair_flags().get() & REVEALED == 0 {
        return key;
    }
    runtime::sha256(&[Slice::key(&key)])
}

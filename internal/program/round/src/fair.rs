//! Fair rounds: their options, kept behind a round's other terms. All of these bytes are zero in a plain round.

use crate::error;
use crate::math::{MAX_VALIDATIONS, WHOLE};
use crate::params::{accept, Options};
use crate::round;
use crate::state::{Gradient, Round};
use sdk::args::Args;
use sdk::fault::Result;
use sdk::fields::Field;
use sdk::key::Key;
use sdk::runtime::{self, Slice};

/// In a round's `fair_flags`.
pub const SEALED: u8 = 1;
pub const REVEALED: u8 = 2;
pub const DRAWN: u8 = 4;

/// The tasks: heads of a model, and data that teach it. They are for those who look for rounds; no rule depends on them.
const DATA: u8 = 1;

/// Scores of one test differ by rounding at least: 0.2 %.
const MIN_TOLERANCE: u16 = 20;

/// The fewest scores whose consensus one of them can be far from.
const MIN_QUORUM: u8 = 3;
const MAX_PUBLICATION: u32 = 86_400;

/// So that 255 bonds fit a number.
const MAX_BOND: u64 = 1 << 55;

/// Times that validators may commit and reveal, one after the other.
pub const SITTINGS: u64 = 6;

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
        let (created, cooldown) = (round.created_at().get(), round.unstake_cooldown().get());
        if self.sealed {
            accept(terms.is_sealed_time(created, cooldown, self.publish_window))?;
        } else {
            terms.check(created, round.protocol_min_stake().get(), cooldown)?;
        }
        accept(
            self.task <= DATA
                && (MIN_TOLERANCE..=WHOLE).contains(&self.outlier_tolerance)
                && if self.sealed { self.fits_sealed(terms) } else { self.has_no_sealed_options() },
        )
    }

    fn fits_sealed(&self, terms: &Options) -> bool {
        terms.commit_reveal
            && terms.min_prevalidations >= MIN_QUORUM
            && terms.min_postvalidations >= MIN_QUORUM
            && (self.committee == 0 || self.fits_committee(terms))
            && (1..=MAX_PUBLICATION).contains(&self.publish_window)
            && self.bond <= MAX_BOND
    }

    /// A committee can give each subject its quorum, and is drawn by stakes.
    fn fits_committee(&self, terms: &Options) -> bool {
        let quorum = terms.min_prevalidations.max(terms.min_postvalidations);
        (quorum..=MAX_VALIDATIONS).contains(&self.committee) && terms.min_validator_stake > 0
    }

    fn has_no_sealed_options(&self) -> bool {
        self.committee == 0 && self.publish_window == 0 && self.bond == 0 && self.holdout.is(&Key::ZERO)
    }

    #[inline(always)]
    pub fn write(&self, round: Round) {
        round.protocol_tolerance().set(round.outlier_tolerance().get());
        round.outlier_tolerance().set(self.outlier_tolerance);
        round.deadline().set(self.deadline);
        round.fair_flags().set(if self.sealed { SEALED } else { 0 });
        round.task().set(self.task);
        round.committee().set(self.committee);
        round.bond().set(self.bond);
        round.publish_window().set(self.publish_window);
        round.submission_slots().set(self.submission_slots);
        round.holdout().set(self.holdout);
    }
}

/// Whether submissions are published, and scored, only after they closed.
#[inline(always)]
pub fn is_sealed(round: Round) -> bool {
    round.fair_flags().get() & SEALED != 0
}

/// Whether the slots are over in which the round takes submissions, counted from the one in which it was made fair.
pub fn are_slots_over(round: Round) -> bool {
    let slots = round.submission_slots().get() as u64;
    slots > 0 && runtime::slot() >= round.first_slot().get() + slots
}

/// Whether the key of a sealed test was revealed.
pub fn is_revealed(round: Round) -> bool {
    round.fair_flags().get() & REVEALED != 0
}

/// Whether the creator sealed a test.
pub fn has_holdout(round: Round) -> bool {
    is_revealed(round) || !round.holdout().is(&Key::ZERO)
}

/// Whether the creator's remainder is the treasury's: the key of the sealed test was not revealed, or nobody improved on
/// it. Withholding it, or sealing a test that nobody can pass, never pays.
pub fn forfeits_remainder(round: Round) -> bool {
    let useless = !is_revealed(round) || round.total_improvement().get() == 0;
    has_holdout(round) && round.gradients_count().get() > 0 && useless
}

/// When the scoring of a sealed round starts.
pub fn scoring_starts(round: Round) -> i64 {
    round::closes_at(round) + round.publish_window().get() as i64
}

/// When the last sitting of a sealed round ends.
pub fn scoring_ends(round: Round) -> i64 {
    scoring_starts(round) + 2 * SITTINGS as i64 * round.commit_window().get()
}

/// Whether each subject of a sealed round has its quorum.
pub fn all_scored(round: Round) -> bool {
    round::base_counts(round) && round.unvalidated_gradients().get() == 0
}

/// What is scored in a sealed round, and how many committed to a score of it in its latest sitting.
pub struct Subject {
    scores: u8,
    quorum: u8,
    commitments: Field<u8>,
    sitting: Field<u8>,
}

impl Subject {
    #[inline(always)]
    pub fn base(round: Round) -> Subject {
        Subject {
            scores: round.pre_count().get(),
            quorum: round.min_prevalidations().get(),
            commitments: round.base_commitments(),
            sitting: round.base_sitting(),
        }
    }

    #[inline(always)]
    pub fn gradient(round: Round, gradient: Gradient) -> Subject {
        Subject {
            scores: gradient.post_count().get(),
            quorum: round.min_postvalidations().get(),
            commitments: gradient.commitments(),
            sitting: gradient.sitting(),
        }
    }

    /// Scores that are revealed, or committed to in this sitting.
    pub fn taken(&self, sitting: u8) -> u8 {
        self.scores + if self.sitting.get() == sitting { self.commitments.get() } else { 0 }
    }

    pub fn count_commitment(&self, sitting: u8) {
        self.commitments.set(self.taken(sitting) - self.scores + 1);
        self.sitting.set(sitting);
    }
}

/// The sitting that takes commitments to a score of `subject` now. The later ones are for subjects below their quorum.
#[inline(always)]
pub fn sitting(round: Round, subject: &Subject, now: i64) -> Result<u8> {
    if round.gradients_count().get() == 0 {
        return Err(error::NO_GRADIENTS);
    }
    let start = scoring_starts(round);
    if now < start {
        return Err(error::COMMIT_CLOSED);
    }
    let sitting = (now - start) as u64 / (2 * round.commit_window().get()) as u64;
    if sitting >= SITTINGS || sitting > 0 && subject.scores >= subject.quorum {
        return Err(error::COMMIT_CLOSED);
    }
    Ok(sitting as u8)
}

/// When a sitting starts.
pub fn sitting_starts(round: Round, sitting: u8) -> i64 {
    scoring_starts(round) + 2 * sitting as i64 * round.commit_window().get()
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
    if !is_revealed(round) {
        return key;
    }
    runtime::sha256(&[Slice::key(&key)])
}

//! A round's own rules, shared by the instructions.

use crate::error;
use crate::fair;
use crate::math::{Ledger, Scores, Terms};
use crate::name;
use crate::state::{Gradient, Round, Vault};
use sdk::account::Account;
use sdk::context::Context;
use sdk::fault::{self, Result};

/// Layout of rounds that this program transacts with. Rounds of other programs end before this byte.
pub const VERSION: u8 = 1;

pub const ACTIVE: u8 = 0;
pub const FINALIZED: u8 = 1;
pub const CANCELLED: u8 = 2;

/// In `gradient_consensus`: too few validations to tell an outlier.
pub const NO_CONSENSUS: u16 = u16::MAX;

/// Validations that it takes to call one of them an outlier.
const OUTLIER_QUORUM: u8 = 3;

const PROPORTIONAL: u8 = 0;
const MARGINAL: u8 = 1;
const WIN_RATE: u8 = 2;

/// The round `id`.
#[inline(always)]
pub fn load(context: &Context, account: Account, id: u64) -> Result<Round> {
    let round = Round::load(context, account, name::ROUND)?;
    if round.version().get() != VERSION {
        return Err(fault::BAD_ACCOUNT.about(name::ROUND));
    }
    if round.id().get() != id {
        return Err(fault::SEEDS.about(name::ROUND));
    }
    Ok(round)
}

/// The round `id`, writable.
#[inline(always)]
pub fn load_writable(context: &Context, account: Account, id: u64) -> Result<Round> {
    let round = load(context, account, id)?;
    account.must_be_writable(name::ROUND)?;
    Ok(round)
}

/// A gradient of `round`, writable.
#[inline(always)]
pub fn load_gradient(context: &Context, account: Account, round: Round) -> Result<Gradient> {
    let gradient = Gradient::load(context, account, name::GRADIENT)?;
    account.must_be_writable(name::GRADIENT)?;
    if gradient.round_id().get() != round.id().get() {
        return Err(fault::SEEDS.about(name::GRADIENT));
    }
    Ok(gradient)
}

/// The vault of `round`, writable.
#[inline(always)]
pub fn load_vault(context: &Context, account: Account, round: Round) -> Result<Vault> {
    let vault = Vault::load(context, account, name::VAULT)?;
    account.must_be_writable(name::VAULT)?;
    if vault.round_id().get() != round.id().get() {
        return Err(fault::SEEDS.about(name::VAULT));
    }
    Ok(vault)
}

/// The signing creator of `round`.
pub fn check_creator(round: Round, account: Account) -> Result {
    account.must_sign(name::CREATOR)?;
    if round.creator().is(account.key()) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name::CREATOR))
    }
}

pub fn must_be_active(round: Round) -> Result {
    match round.status().get() {
        ACTIVE => Ok(()),
        _ => Err(error::ROUND_NOT_ACTIVE),
    }
}

pub fn must_be_finalized(round: Round) -> Result {
    match round.status().get() {
        FINALIZED => Ok(()),
        _ => Err(error::ROUND_NOT_FINALIZED),
    }
}

/// Fails once somebody scored, submitted or committed.
pub fn must_be_untouched(round: Round) -> Result {
    if round.pre_count().get() > 0 || round.gradients_count().get() > 0 || round.commitments().get() > 0 {
        return Err(error::ROUND_HAS_PARTICIPANTS);
    }
    Ok(())
}

/// When the round opens for submissions.
pub fn opens_at(round: Round) -> i64 {
    let created = round.created_at().get();
    if round.commit_reveal().is_set() && !fair::is_sealed(round) {
        created + 2 * round.commit_window().get()
    } else {
        created + round.base_window().get()
    }
}

/// When submissions close: the last gradient must still be scored.
pub fn closes_at(round: Round) -> i64 {
    round.deadline().get() - round.validation_window().get()
}

/// The consensus of the `len` > 0 sorted scores. In a sealed round it is the lower middle: one of the scores.
fn consensus_of(round: Round, scores: Scores, len: usize) -> u16 {
    if fair::is_sealed(round) {
        scores.get((len - 1) / 2)
    } else {
        scores.median(len)
    }
}

/// Whether the base model has its quorum.
pub fn base_counts(round: Round) -> bool {
    round.pre_count().get() >= round.min_prevalidations().get()
}

/// Takes a score of the base model into the consensus.
pub fn add_base_score(round: Round, accuracy: u16) {
    let n = round.pre_count().get();
    let scores = Scores(round.pre_accuracies().at());
    scores.insert(n as usize, accuracy);
    round.pre_count().set(n + 1);
    round.pre_accuracy_sum().set(round.pre_accuracy_sum().get() + accuracy as u64);
    round.total_validations().set(round.total_validations().get() + 1);
    round.consensus_accuracy().set(consensus_of(round, scores, n as usize + 1) as u64);
}

/// Takes a score of a gradient into its consensus, and its improvement into the round's total.
pub fn add_score(round: Round, gradient: Gradient, accuracy: u16) {
    let scores = Scores(gradient.post_accuracies().at());
    let n = gradient.post_count().get() + 1;
    scores.insert(n as usize - 1, accuracy);
    let consensus = consensus_of(round, scores, n as usize);
    gradient.post_count().set(n);
    gradient.post_accuracy_sum().set(gradient.post_accuracy_sum().get() + accuracy as u64);
    gradient.consensus_accuracy().set(consensus);
    round.total_validations().set(round.total_validations().get() + 1);

    let quorum = round.min_postvalidations().get();
    if n < quorum {
        return;
    }
    if n == quorum {
        round.unvalidated_gradients().set(round.unvalidated_gradients().get() - 1);
    }
    if n >= OUTLIER_QUORUM {
        Scores(round.gradient_consensus().at()).set(gradient.index().get() as usize, consensus);
    }
    if fair::is_sealed(round) {
        return; // the base is scored at the same time
    }
    let old = gradient.improvement().get();
    let new = (consensus as u64).saturating_sub(round.consensus_accuracy().get());
    gradient.improvement().set(new);
    round.total_improvement().set(round.total_improvement().get() - old + new);
    let improving = round.improving_gradients().get();
    match (old > 0, new > 0) {
        (false, true) => round.improving_gradients().set(improving + 1),
        (true, false) => round.improving_gradients().set(improving - 1),
        _ => {}
    }
}

/// The improvement of a gradient by the round's rule.
pub fn improvement(round: Round, gradient: Gradient) -> u64 {
    let index = gradient.index().get() as usize;
    if round.reward_rule().get() == MARGINAL {
        return above(round, index, best_before(round, index));
    }
    if fair::is_sealed(round) {
        return above(round, index, round.consensus_accuracy().get() as u16);
    }
    gradient.improvement().get()
}

/// By what a gradient shares the trainers' part: its improvement, or what it won.
pub fn weight(round: Round, gradient: Gradient, improvement: u64) -> u64 {
    if improvement > 0 && round.reward_rule().get() == WIN_RATE {
        return wins(round, gradient.index().get() as usize);
    }
    improvement
}

/// Twice the competitors that the improving gradient `index` beats, once those that it draws with, and 2; 0 where it does not
/// compete itself. All that score as it does compete as it does, and all above it too: the rest of the competitors are
/// below.
fn wins(round: Round, index: usize) -> u64 {
    let scores = Scores(round.gradient_consensus().at());
    let own = scores.get(index);
    let (mut best, mut above, mut equal) = (own, 0, 0);
    for i in 0..round.gradients_count().get() as usize {
        let score = scores.get(i);
        if score == own {
            equal += 1;
        } else if score > own && score != NO_CONSENSUS {
            above += 1;
            best = best.max(score);
        }
    }
    let base = round.consensus_accuracy().get() as u16;
    if own - base < half(best - base) {
        return 0;
    }
    2 * (round.improving_gradients().get() as u64 - above) - equal + 1
}

/// Half of an improvement, rounded up: the least that competes with it under the win rate.
fn half(improvement: u16) -> u16 {
    improvement / 2 + improvement % 2
}

/// How far the consensus of the gradient `index` is above `base`, where both count.
fn above(round: Round, index: usize, base: u16) -> u64 {
    match Scores(round.gradient_consensus().at()).get(index) {
        NO_CONSENSUS => 0,
        _ if !base_counts(round) => 0,
        own => own.saturating_sub(base) as u64,
    }
}

/// The bond that the trainer of a finalized gradient gets back: all of it where that improved the base, or either has no
/// quorum.
pub fn returned_bond(round: Round, gradient: Gradient) -> u64 {
    let index = gradient.index().get() as usize;
    let judged = base_counts(round) && Scores(round.gradient_consensus().at()).get(index) != NO_CONSENSUS;
    if judged && above(round, index, round.consensus_accuracy().get() as u16) == 0 {
        return 0;
    }
    round.bond().get()
}

fn best_before(round: Round, index: usize) -> u16 {
    let scores = Scores(round.gradient_consensus().at());
    let mut best = round.consensus_accuracy().get() as u16;
    for i in 0..index {
        let score = scores.get(i);
        if score != NO_CONSENSUS && score > best {
            best = score;
        }
    }
    best
}

/// Ends the round. Under the marginal rule the total becomes the best gradient's improvement, of which each gradient
/// gets the part by which it raised the best. Under the win rate only gradients with half of the best one's improvement
/// count. In a sealed round improvements are counted only now, and the bonds that are lost.
pub fn finalize(round: Round, now: i64) {
    round.status().set(FINALIZED);
    round.finalized_at().set(now);
    let (rule, sealed) = (round.reward_rule().get(), fair::is_sealed(round));
    if sealed && !base_counts(round) || rule == PROPORTIONAL && !sealed {
        return;
    }
    let scores = Scores(round.gradient_consensus().at());
    let base = round.consensus_accuracy().get() as u16;
    let least =
        if rule == WIN_RATE { half(best_before(round, round.gradients_count().get() as usize) - base) } else { 0 };
    let (mut best, mut improving, mut total, mut lost) = (base, 0u8, 0u64, 0u8);
    for i in 0..round.gradients_count().get() as usize {
        let score = scores.get(i);
        if score == NO_CONSENSUS {
            continue;
        }
        if score <= base {
            lost += 1;
        }
        if score > best && score - base >= least {
            improving += 1;
            total += (score - best) as u64;
            if rule == MARGINAL {
                best = score;
            }
        }
    }
    round.total_improvement().set(total);
    round.improving_gradients().set(improving);
    if sealed {
        round.bonds_lost().set(lost);
    }
}

/// What the scores of the base model, or of a gradient, are compared with: NO_CONSENSUS where there are too few.
pub fn measure(round: Round, gradient: Option<u8>) -> u16 {
    match gradient {
        Some(index) => Scores(round.gradient_consensus().at()).get(index as usize),
        None if round.pre_count().get() >= OUTLIER_QUORUM && base_counts(round) => round.consensus_accuracy().get() as u16,
        None => NO_CONSENSUS,
    }
}

/// Whether a score is an outlier, which can be slashed. In a sealed round who found nothing to score is none, and who
/// scored what others did not find neither: whoever publishes to half of the validators would have honest ones slashed.
pub fn is_outlier(round: Round, gradient: Option<u8>, accuracy: u32) -> bool {
    let consensus = measure(round, gradient);
    consensus != NO_CONSENSUS
        && !(fair::is_sealed(round) && (accuracy == 0 || consensus == 0))
        && is_far(round, accuracy, consensus)
}

/// Whether a score is not paid: it is an outlier, or in a sealed round only one of score and consensus is 0.
pub fn is_forfeit(round: Round, gradient: Option<u8>, accuracy: u32) -> bool {
    let consensus = measure(round, gradient);
    let absent = fair::is_sealed(round) && consensus != NO_CONSENSUS && (accuracy == 0) != (consensus == 0);
    absent || is_outlier(round, gradient, accuracy)
}

fn is_far(round: Round, accuracy: u32, consensus: u16) -> bool {
    accuracy.abs_diff(consensus as u32) > round.outlier_tolerance().get() as u32
}

/// The sum of all gradients' weights, 0 where nobody improved anything. Of n competitors each pair shares 2, and each has 2
/// besides.
fn weights(round: Round) -> u64 {
    if round.reward_rule().get() != WIN_RATE {
        return round.total_improvement().get();
    }
    let n = round.improving_gradients().get() as u64;
    n * (n + 1)
}

#[inline(always)]
pub fn terms(round: Round) -> Terms {
    Terms {
        reward: round.reward_amount().get(),
        validator_share_bps: round.validator_share_bps().get(),
        validations: round.total_validations().get(),
        weights: weights(round),
        improving: round.improving_gradients().get(),
        gradients: round.gradients_count().get(),
        bond: round.bond().get(),
        bonds_lost: round.bonds_lost().get(),
    }
}

#[inline(always)]
pub fn ledger(vault: Vault) -> Ledger {
    Ledger {
        paid: vault.paid_trainers().get() + vault.paid_validators().get(),
        fees: vault.fees().get(),
        forfeited: vault.forfeited().get(),
        withdrawn: vault.withdrawn().get(),
        trainer_claims: vault.trainer_claims().get(),
        validator_claims: vault.validator_claims().get(),
    }
}

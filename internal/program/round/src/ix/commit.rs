//! Commit-reveal: scores that nobody can copy from each other.

use crate::committee;
use crate::error;
use crate::fair::{self, Subject};
use crate::ix::close;
use crate::ix::validate;
use crate::name;
use crate::round;
use crate::state::{Commitment, Gradient, Round};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::key::Key;
use sdk::pda::{self, Seeds};
use sdk::runtime::{self, Slice};

/// Bytes of a commitment in a plain round.
const PLAIN_SIZE: u64 = 129;

/// Commits to a score of `subject`: a gradient's trainer, or 32 zero bytes for the base model.
#[inline(never)]
pub fn commit_validation(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let subject = args.key()?;
    let hash = args.key()?;

    let [round_account, gradient_account, stake_account, commitment_account, validator, system] =
        context.accounts::<6>()?;
    let round = round::load_writable(context, round_account, id)?;
    let gradient = load_subject(context, round, gradient_account, subject)?;
    let sealed = fair::is_sealed(round);
    if sealed && gradient.is_some() {
        gradient_account.must_be_writable(name::GRADIENT)?; // it counts the commitments of a sitting
    }
    let stake = validate::staked(context, stake_account, validator.key())?;
    let seeds = Seeds::new(b"commit").id(&id).key(subject).key(validator.key());
    let place = pda::place(context, commitment_account, &seeds, name::COMMITMENT)?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;
    if sealed {
        must_be_unscored(context, id, subject, validator)?;
    }

    round::must_be_active(round)?;
    let (now, window) = (runtime::now(), round.commit_window().get());
    let scored = match gradient {
        Some(gradient) => Subject::gradient(round, gradient),
        None => Subject::base(round),
    };
    // In a plain round no score is in before the commit window is over: no slot is taken yet.
    let (mut starts, mut sitting, mut taken) = (appearance(round, gradient), 0, 0);
    if sealed {
        sitting = fair::sitting(round, &scored, now)?;
        (starts, taken) = (fair::sitting_starts(round, sitting), scored.taken(sitting));
    }
    if !round.commit_reveal().is_set() || now < starts || now >= starts + window {
        return Err(error::COMMIT_CLOSED);
    }
    if subject.is(validator.key()) {
        return Err(error::CONFLICT_OF_INTEREST);
    }
    validate::check_validator(round, validator.key(), taken, stake)?;
    committee::check(round, validator.key(), stake_account, sitting)?;

    place.create(context, validator, if sealed { Commitment::SIZE } else { PLAIN_SIZE }, 0)?;
    let commitment = Commitment::init(commitment_account);
    commitment.round_id().set(id);
    commitment.subject().set(*subject);
    commitment.validator().set(*validator.key());
    commitment.hash().set(*hash);
    commitment.committed_at().set(now);
    commitment.bump().set(place.bump);
    commitment.reveal_ends().set(starts + 2 * window);
    if sealed {
        commitment.sealed().set(true);
        scored.count_commitment(sitting);
        // Nobody commits and finalizes at once.
        round.earliest_finalize().set(round.earliest_finalize().get().max(starts + 2 * window));
    }
    // It only matters whether there was one; nobody blocks a round by wrapping the counter.
    round.commitments().set(round.commitments().get().saturating_add(1));
    event!("ValidationCommitted").u64(id).key(subject).key(validator.key()).emit();
    Ok(())
}

/// In a later sitting of a sealed round the validator may have scored the subject already. It would commit to what it can
/// never reveal, take a place from others and be slashed for it.
#[inline(never)]
fn must_be_unscored(context: &Context, id: u64, subject: &Key, validator: Account) -> Result {
    let [_, _, _, _, _, _, score] = context.accounts::<7>()?;
    let seeds = if subject.is(&Key::ZERO) {
        Seeds::new(b"pre").id(&id).key(validator.key())
    } else {
        Seeds::new(b"post").id(&id).key(subject).key(validator.key())
    };
    pda::must_be_at(context, score, &seeds, name::SCORE)?;
    if score.is_vacant() {
        Ok(())
    } else {
        Err(fault::ALREADY_IN_USE)
    }
}

/// When the subject of a score appeared.
fn appearance(round: Round, gradient: Option<Gradient>) -> i64 {
    match gradient {
        Some(gradient) => gradient.submitted_at().get(),
        None => round.created_at().get(),
    }
}

/// The gradient that a score is about. For the base model the program's id stands in its place.
#[inline(always)]
fn load_subject(context: &Context, round: Round, account: Account, subject: &Key) -> Result<Option<Gradient>> {
    if subject.is(&Key::ZERO) {
        if !account.key().is(context.program) {
            return Err(fault::ADDRESS.about(name::GRADIENT));
        }
        return Ok(None);
    }
    let gradient = Gradient::load(context, account, name::GRADIENT)?;
    if gradient.round_id().get() != round.id().get() || !gradient.trainer().is(subject) {
        return Err(fault::SEEDS.about(name::GRADIENT));
    }
    Ok(Some(gradient))
}

#[inline(never)]
pub fn reveal_prevalidation(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let accuracy = args.u32()?;
    let salt = args.key()?;

    let [round_account, stake_account, pre_account, commitment_account, validator, system] = context.accounts::<6>()?;
    let round = round::load_writable(context, round_account, id)?;
    let stake = validate::staked(context, stake_account, validator.key())?;
    let seeds = Seeds::new(b"pre").id(&id).key(validator.key());
    let place = pda::place(context, pre_account, &seeds, name::PRE_VALIDATION)?;
    let commitment = load(context, commitment_account, id, &Key::ZERO, validator.key())?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    validate::check_accuracy(accuracy)?;
    round::must_be_active(round)?;
    check_window(round, commitment, round.created_at().get())?;
    check_reveal(context, commitment, accuracy, salt)?;
    if !fair::is_sealed(round) {
        validate::check_base(round, validator.key(), stake)?; // of a sealed round it was checked at the commitment
    }
    validate::create_pre(context, round, validator, &place, accuracy)?;
    commitment_account.close(validator)
}

#[inline(never)]
pub fn reveal_postvalidation(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let accuracy = args.u32()?;
    let salt = args.key()?;

    let [round_account, stake_account, gradient_account, post_account, commitment_account, validator, system] =
        context.accounts::<7>()?;
    let round = round::load_writable(context, round_account, id)?;
    let stake = validate::staked(context, stake_account, validator.key())?;
    let gradient = round::load_gradient(context, gradient_account, round)?;
    let trainer = gradient.trainer();
    let seeds = Seeds::new(b"post").id(&id).key(trainer.key()).key(validator.key());
    let place = pda::place(context, post_account, &seeds, name::POST_VALIDATION)?;
    let commitment = load(context, commitment_account, id, trainer.key(), validator.key())?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    validate::check_accuracy(accuracy)?;
    round::must_be_active(round)?;
    check_window(round, commitment, gradient.submitted_at().get())?;
    check_reveal(context, commitment, accuracy, salt)?;
    if !fair::is_sealed(round) {
        validate::check_gradient(round, gradient, validator.key(), stake)?;
    }
    validate::create_post(context, round, gradient, (validator, &place), accuracy)?;
    commitment_account.close(validator)
}

/// Rent back for a commitment that was never revealed. In a sealed round that may be slashed as long as the round is there:
/// then it takes the round as a third account, which must be closed.
#[inline(never)]
pub fn close_commitment(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let subject = args.key()?;
    let [commitment_account, validator] = context.accounts::<2>()?;
    let commitment = load(context, commitment_account, id, subject, validator.key())?;
    validator.must_pay(name::VALIDATOR)?;
    if commitment_account.data_len() > PLAIN_SIZE {
        let [_, _, round_account] = context.accounts::<3>()?;
        if close::load_round(context, round_account, id)?.is_some() {
            return Err(error::TOO_EARLY);
        }
    }
    if runtime::now() < commitment.reveal_ends().get() {
        return Err(error::TOO_EARLY);
    }
    commitment_account.close(validator)
}

/// What `validator` committed to about `subject`, writable.
#[inline(always)]
pub fn load(context: &Context, account: Account, id: u64, subject: &Key, validator: &Key) -> Result<Commitment> {
    let commitment = Commitment::load_from(context, account, PLAIN_SIZE, name::COMMITMENT)?;
    account.must_be_writable(name::COMMITMENT)?;
    if commitment.round_id().get() != id || !commitment.subject().is(subject) || !commitment.validator().is(validator) {
        return Err(fault::SEEDS.about(name::COMMITMENT));
    }
    Ok(commitment)
}

/// Reveals follow the commit window of a subject, for as long as that was; in a sealed round that of the commitment's own
/// sitting.
fn check_window(round: Round, commitment: Commitment, appeared: i64) -> Result {
    let (now, window) = (runtime::now(), round.commit_window().get());
    let ends = if fair::is_sealed(round) { commitment.reveal_ends().get() } else { appeared + 2 * window };
    if now < ends - window || now >= ends {
        return Err(error::REVEAL_CLOSED);
    }
    Ok(())
}

fn check_reveal(context: &Context, commitment: Commitment, accuracy: u32, salt: &Key) -> Result {
    let hash = runtime::sha256(&[
        Slice::new(b"decloud:v1"),
        Slice::key(context.program),
        Slice::number(&commitment.round_id().get()),
        Slice::key(commitment.subject().key()),
        Slice::key(commitment.validator().key()),
        Slice::number(&accuracy),
        Slice::key(salt),
    ]);
    if commitment.hash().is(&hash) {
        Ok(())
    } else {
        Err(error::BAD_REVEAL)
    }
}

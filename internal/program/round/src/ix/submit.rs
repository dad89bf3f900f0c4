//! submit_gradient: a trained head enters the round.

use crate::error;
use crate::fair;
use crate::ix::create::{check_cid, copy};
use crate::name;
use crate::round;
use crate::state::{Gradient, Round, TrainerProfile};
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::pda::{self, Seeds};
use sdk::runtime;
use sdk::system;

#[inline(never)]
pub fn submit_gradient(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let cid = args.string()?;

    let [round_account, profile_account, gradient_account, trainer, system] = context.accounts::<5>()?;
    let round = round::load_writable(context, round_account, id)?;
    let profile = TrainerProfile::load(context, profile_account, name::TRAINER_PROFILE)?;
    if !profile.trainer().is(trainer.key()) {
        return Err(fault::SEEDS.about(name::TRAINER_PROFILE));
    }
    let seeds = Seeds::new(b"gradient").id(&id).key(trainer.key());
    let place = pda::place(context, gradient_account, &seeds, name::GRADIENT)?;
    trainer.must_pay(name::TRAINER)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;
    let sealed = fair::is_sealed(round);
    if sealed {
        let [_, _, _, _, _, vault] = context.accounts::<6>()?;
        round::load_vault(context, vault, round)?;
    }

    check_cid(cid)?;
    if is_model(round, cid) {
        return Err(error::INVALID_CID);
    }
    let now = runtime::now();
    check_state(round, profile, now)?;
    if round.creator().is(trainer.key()) {
        return Err(error::CONFLICT_OF_INTEREST);
    }

    if sealed && round.bond().get() > 0 {
        let [_, _, _, _, _, vault] = context.accounts::<6>()?;
        system::transfer(trainer, vault, round.bond().get(), &[]);
    }
    place.create(context, trainer, Gradient::SIZE, 0)?;
    let index = round.gradients_count().get();
    let gradient = Gradient::init(gradient_account);
    gradient.round_id().set(id);
    gradient.trainer().set(*trainer.key());
    copy(cid, gradient.cid());
    gradient.cid_len().set(cid.len() as u8);
    gradient.bump().set(place.bump);
    gradient.index().set(index);
    gradient.submitted_at().set(now);
    if round.commit_reveal().is_set() && !sealed {
        let reveals_end = now + 2 * round.commit_window().get();
        round.earliest_finalize().set(round.earliest_finalize().get().max(reveals_end));
    }
    round.gradients_count().set(index + 1);
    round.unvalidated_gradients().set(round.unvalidated_gradients().get() + 1);

    event!("GradientSubmitted").u64(id).key(trainer.key()).string(cid).u8(index + 1).emit();
    Ok(())
}

fn check_state(round: Round, profile: TrainerProfile, now: i64) -> Result {
    round::must_be_active(round)?;
    // The base of a sealed round is scored together with the gradients.
    if now < round::opens_at(round) || !round::base_counts(round) && !fair::is_sealed(round) {
        return Err(error::NO_PREVALIDATION);
    }
    if now >= round::closes_at(round) {
        return Err(error::DEADLINE_PASSED);
    }
    if fair::are_slots_over(round) {
        return Err(error::SUBMISSIONS_CLOSED);
    }
    if profile.rating().get() < round.min_trainer_rating().get() {
        return Err(error::RATING_TOO_LOW);
    }
    if round.gradients_count().get() == u8::MAX {
        return Err(error::TRAINER_SLOTS_FULL);
    }
    Ok(())
}

/// Whether `cid` is the base model's.
fn is_model(round: Round, cid: &[u8]) -> bool {
    if round.model_cid_len().get() as usize != cid.len() {
        return false;
    }
    let model = round.model_cid().at();
    for (i, byte) in cid.iter().enumerate() {
        if unsafe { *model.add(i) } != *byte {
            return false;
        }
    }
    true
}

//! create_trainer_profile: who wants to submit needs a rating.

use crate::account::Context;
use crate::args::Args;
use crate::fault::{Result, Who};
use crate::ix::create::MAX_RATING;
use crate::pda::{self, Seeds};
use crate::state::TrainerProfile;

#[inline(never)]
pub fn create_trainer_profile(context: &Context, _: Args) -> Result {
    let [profile_account, trainer, system] = context.accounts::<3>()?;
    let seeds = Seeds::new(b"trainer_profile").key(trainer.key());
    let place = pda::place(context, profile_account, &seeds, Who::TrainerProfile)?;
    trainer.must_pay(Who::Trainer)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    place.create(context, trainer, TrainerProfile::SIZE, 0)?;
    let profile = TrainerProfile::init(profile_account);
    profile.trainer().set(*trainer.key());
    profile.rating().set(MAX_RATING);
    profile.bump().set(place.bump);
    Ok(())
}

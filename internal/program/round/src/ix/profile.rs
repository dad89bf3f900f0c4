//! create_trainer_profile: who wants to submit needs a rating.

use crate::ix::create::MAX_RATING;
use crate::name;
use crate::state::TrainerProfile;
use sdk::args::Args;
use sdk::context::Context;
use sdk::fault::Result;
use sdk::pda::{self, Seeds};

#[inline(never)]
pub fn create_trainer_profile(context: &Context, _: Args) -> Result {
    let [profile_account, trainer, system] = context.accounts::<3>()?;
    let seeds = Seeds::new(b"trainer_profile").key(trainer.key());
    let place = pda::place(context, profile_account, &seeds, name::TRAINER_PROFILE)?;
    trainer.must_pay(name::TRAINER)?;
    system.must_be_system_program()?;
    place.must_be_vacant()?;

    place.create(context, trainer, TrainerProfile::SIZE, 0)?;
    let profile = TrainerProfile::init(profile_account);
    profile.trainer().set(*trainer.key());
    profile.rating().set(MAX_RATING);
    profile.bump().set(place.bump);
    Ok(())
}

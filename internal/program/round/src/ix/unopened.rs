//! slash_commitment: who committed to scores of a sealed round and never revealed them is slashed for it, once.

use crate::error;
use crate::fair;
use crate::ix::claim;
use crate::ix::commit;
use crate::ix::slash;
use crate::name;
use crate::round;
use crate::stakes;
use crate::state::Unopened;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::pda::{self, Seeds};

/// The first call about a validator and round slashes, and leaves a mark of that; later ones close the other commitments.
/// Their rent is the validator's in any case.
#[inline(never)]
pub fn slash_commitment(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let subject = args.key()?;
    let [round_account, commitment_account, unopened_account, stake_account, validator, counter_account, treasury, reporter, system] =
        context.accounts::<9>()?;
    let round = round::load(context, round_account, id)?;
    commit::load(context, commitment_account, id, subject, validator.key())?;
    let seeds = Seeds::new(b"unopened").id(&id).key(validator.key());
    let place = pda::place(context, unopened_account, &seeds, name::UNOPENED)?;
    let is_first = unopened_account.is_vacant();
    if !is_first {
        Unopened::load(context, unopened_account, name::UNOPENED)?;
    }
    slash::check_stake(context, stake_account, validator.key())?;
    validator.must_be_writable(name::VALIDATOR)?;
    let counter = stakes::load_counter(context, counter_account)?;
    claim::check_treasury(round, treasury)?;
    for other in [round_account, commitment_account, unopened_account, stake_account, counter_account] {
        treasury.must_differ(other, name::TREASURY)?;
    }
    reporter.must_pay(name::REPORTER)?;
    system.must_be_system_program()?;

    round::must_be_finalized(round)?;
    if !fair::is_sealed(round) {
        return Err(error::NOT_OUTLIER);
    }
    let (mut taken, mut earned) = (0, 0);
    if is_first {
        if validator.same(reporter) {
            return Err(error::CONFLICT_OF_INTEREST);
        }
        place.create(context, reporter, Unopened::SIZE, 0)?;
        let unopened = Unopened::init(unopened_account);
        unopened.round_id().set(id);
        unopened.validator().set(*validator.key());
        unopened.reporter().set(*reporter.key());
        unopened.bump().set(place.bump);
        (taken, earned) = slash::take(round, stake_account, counter, reporter, treasury)?;
        unopened.slashed().set(taken);
    }
    commitment_account.close(validator)?;
    event!("CommitmentSlashed")
        .u64(id)
        .key(subject)
        .key(validator.key())
        .key(reporter.key())
        .u64(taken)
        .u64(earned)
        .emit();
    Ok(())
}

//! draw_committee: who may score a sealed round.

use crate::committee;
use crate::error;
use crate::name;
use crate::round;
use crate::state::RoundCounter;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::runtime;
use sdk::slot_hashes::Search;

/// By anybody, once submissions are over. The first call chooses a slot that is yet to come, the next one takes its hash;
/// where nobody came for that in time, it chooses another slot.
#[inline(never)]
pub fn draw_committee(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, counter_account, anyone] = context.accounts::<3>()?;
    let round = round::load_writable(context, round_account, id)?;
    let counter = RoundCounter::load(context, counter_account, name::ROUND_COUNTER)?;
    anyone.must_sign(name::ANYONE)?;

    round::must_be_active(round)?;
    if round.committee().get() == 0 {
        return Err(error::INVALID_PARAMETER);
    }
    if round.gradients_count().get() == 0 {
        return Err(error::NO_GRADIENTS);
    }
    if runtime::now() < round::closes_at(round) {
        return Err(error::TOO_EARLY);
    }
    if committee::is_drawn(round) {
        return Err(error::ALREADY_DRAWN);
    }
    if round.seed_slot().get() == 0 {
        committee::begin(round, counter.total_stake().get());
        return Ok(());
    }
    match committee::search_seed(round, round_account.key()) {
        Search::NotYet => Err(error::TOO_EARLY),
        Search::Forgotten => {
            committee::begin(round, counter.total_stake().get());
            Ok(())
        }
        Search::Found => {
            event!("CommitteeDrawn").u64(id).u64(round.total_stake().get()).key(round.seed().key()).emit();
            Ok(())
        }
    }
}

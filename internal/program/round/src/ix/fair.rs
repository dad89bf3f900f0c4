//! configure_fair: the options of a fair round, after configure_round and while nobody took part.

use crate::fair::{self, FairOptions, OPTIONS_LEN};
use crate::ix::configure;
use crate::params::Options;
use crate::round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::runtime;

#[inline(never)]
pub fn configure_fair(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let raw = args.rest();
    let options = FairOptions::read(&mut args)?;

    let round = configure::load(context, id)?;
    options.check(&Options { deadline: options.deadline, ..Options::of(round) }, round)?;
    configure::must_be_open(round)?;

    fair::clear(round);
    options.write(round);
    // In a sealed round every commitment moves it.
    let reveals_base = round.commit_reveal().is_set() && !options.sealed;
    round.earliest_finalize().set(if reveals_base { round::opens_at(round) } else { 0 });
    round.first_slot().set(runtime::slot().max(1)); // 0 stands for a round without fair options
    event!("FairConfigured").u64(id).raw(unsafe { raw.get_unchecked(..OPTIONS_LEN) }).emit();
    Ok(())
}

//! set_source: where a trainer keeps what it submitted, for those who look for it elsewhere than by its CID.

use crate::error;
use crate::name;
use crate::round;
use crate::state::{Gradient, Source};
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::pda::{self, Seeds};
use sdk::runtime;

/// Bytes of the longest source.
const MAX_SOURCE: usize = 128;

/// By the trainer of a gradient, as often as it likes while the round is active: what is kept there has to have the
/// gradient's CID in any case.
#[inline(never)]
pub fn set_source(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let text = args.string()?;
    let [round_account, gradient_account, source_account, trainer, system] = context.accounts::<5>()?;
    let round = round::load(context, round_account, id)?;
    let gradient = Gradient::load(context, gradient_account, name::GRADIENT)?;
    if gradient.round_id().get() != id || !gradient.trainer().is(trainer.key()) {
        return Err(fault::SEEDS.about(name::GRADIENT));
    }
    let seeds = Seeds::new(b"source").id(&id).key(trainer.key());
    let place = pda::place(context, source_account, &seeds, name::SOURCE)?;
    let is_first = source_account.is_vacant();
    if !is_first {
        Source::load(context, source_account, name::SOURCE)?;
    }
    trainer.must_pay(name::TRAINER)?;
    system.must_be_system_program()?;

    check(text)?;
    round::must_be_active(round)?;

    let source = if is_first {
        place.create(context, trainer, Source::SIZE, 0)?;
        Source::init(source_account)
    } else {
        Source::view(source_account)
    };
    source.round_id().set(id);
    source.trainer().set(*trainer.key());
    source.bump().set(place.bump);
    unsafe {
        runtime::fill(source.source().at(), 0, MAX_SOURCE as u64);
        runtime::copy(source.source().at(), text);
    }
    source.source_len().set(text.len() as u8);
    event!("SourceSet", 180).u64(id).key(trainer.key()).string(text).emit();
    Ok(())
}

/// Visible ASCII, without spaces: it can be shown anywhere as it is. What else a name holds is percent-encoded, as in any
/// address on the web.
fn check(text: &[u8]) -> Result {
    if (1..=MAX_SOURCE).contains(&text.len()) && text.iter().all(|b| (0x21..=0x7e).contains(b)) {
        Ok(())
    } else {
        Err(error::INVALID_SOURCE)
    }
}

//! assert_terms: lets a transaction fail where a round's terms are not those that its sender read.

use crate::error;
use crate::fair;
use crate::round;
use crate::state::Round;
use sdk::args::Args;
use sdk::context::Context;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::runtime::{self, Slice};

/// Fails unless the round's terms have this hash. Nobody signs: whoever stakes something on the terms puts it in front,
/// in the same transaction.
#[inline(never)]
pub fn assert_terms(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let expected = args.key()?;
    let [round_account] = context.accounts::<1>()?;
    let round = round::load(context, round_account, id)?;
    if hash(round).is(expected) {
        Ok(())
    } else {
        Err(error::TERMS_CHANGED)
    }
}

/// sha256 over "decloud:terms:v1" and every byte of the account that no participant changes: its terms, and what is
/// reserved, so that a term that gets its place there later is covered by the same hash. Zeros stand for what changes among
/// them while a round runs, and its hash for the key of a sealed test.
#[inline(always)]
fn hash(round: Round) -> Key {
    let end = unsafe { round.id().at().add(Round::SIZE as usize - 8) };
    let flags = round.fair_flags().get() & fair::SEALED;
    let zeros = [0u8; 48];
    let holdout = fair::sealed_holdout(round);
    runtime::sha256(&[
        Slice::new(b"decloud:terms:v1"),
        between(round.id().at(), round.status().at()),
        between(round.version().at(), round.finalized_at().at()),
        between(round.commit_reveal().at(), round.earliest_finalize().at()),
        between(round.protocol_min_stake().at(), round.fair_flags().at()),
        Slice::number(&flags),
        between(round.task().at(), round.bonds_lost().at()),
        Slice::new(&zeros[..1]), // bonds_lost
        between(round.bond().at(), round.total_stake().at()),
        Slice::new(&zeros), // total_stake, seed_slot, seed
        Slice::key(&holdout),
        Slice::new(&zeros[..2]), // base_commitments, base_sitting
        between(round.protocol_tolerance().at(), end),
    ])
}

/// The bytes of an account from one address to another, which is not below it.
#[inline(always)]
fn between<'a>(from: *mut u8, to: *mut u8) -> Slice<'a> {
    Slice::new(unsafe { core::slice::from_raw_parts(from, to as usize - from as usize) })
}

//! assert_terms: lets a transaction fail where a round's terms are not those that its sender read.

use crate::error;
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
/// reserved, so that a term that gets its place there later is covered by the same hash. What gets its place there and
/// changes while a round runs must be hashed as zero.
#[inline(always)]
fn hash(round: Round) -> Key {
    let start = round.id().at();
    let end = unsafe { start.add(Round::SIZE as usize - 8) };
    runtime::sha256(&[
        Slice::new(b"decloud:terms:v1"),
        between(start, round.status().at()),
        between(round.version().at(), round.finalized_at().at()),
        between(round.commit_reveal().at(), round.earliest_finalize().at()),
        between(round.protocol_min_stake().at(), end),
    ])
}

/// The bytes of an account from one address to another, which is not below it.
#[inline(always)]
fn between<'a>(from: *mut u8, to: *mut u8) -> Slice<'a> {
    Slice::new(unsafe { core::slice::from_raw_parts(from, to as usize - from as usize) })
}

//! The committee of a sealed round: lots decide who scores it, with chances by stake, once submissions are over.

use crate::error;
use crate::fair::DRAWN;
use crate::math;
use crate::round;
use crate::stakes;
use crate::state::{Round, ValidatorStake};
use sdk::account::Account;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::runtime::{self, Slice};
use sdk::slot_hashes::{self, Search};

/// Whether the round has its seed.
pub fn is_drawn(round: Round) -> bool {
    round.fair_flags().get() & DRAWN != 0
}

/// Takes the next slot's hash, which nobody knows yet, for the seed. The sum of the stakes stays what it was when the draw
/// began: nobody thins the committee out afterwards.
pub fn begin(round: Round, total_stake: u64) {
    if round.seed_slot().get() == 0 {
        round.total_stake().set(total_stake);
    }
    round.seed_slot().set(runtime::slot() + 1);
}

/// Makes the seed, where the slot has a hash. It is the round's own, so that those who are drawn in one round are not those
/// who are drawn in all rounds of that minute.
#[inline(never)]
pub fn search_seed(round: Round, id: &Key) -> Search {
    let mut hash = Key::ZERO;
    let search = slot_hashes::first_from(round.seed_slot().get(), &mut hash);
    if search == Search::Found {
        round.seed().set(runtime::sha256(&[Slice::new(b"decloud:seed"), Slice::key(id), Slice::key(&hash)]));
        round.fair_flags().set(round.fair_flags().get() | DRAWN);
    }
    search
}

/// Fails where the round has a committee and `validator` is not in it. Each sitting has one of twice the size of the last.
/// What was staked after submissions closed does not count.
#[inline(never)]
pub fn check(round: Round, validator: &Key, stake: Account, sitting: u8) -> Result {
    let seats = (round.committee().get() as u64) << sitting;
    if seats == 0 {
        return Ok(());
    }
    if !is_drawn(round) {
        return Err(error::NOT_DRAWN);
    }
    match stakes::since(stake) {
        Some(since) if since < round::closes_at(round) => {}
        _ => return Err(error::NOT_ELIGIBLE),
    }
    let amount = ValidatorStake::view(stake).amount().get();
    if math::is_drawn(lot(round, validator), round.total_stake().get(), seats, amount) {
        Ok(())
    } else {
        Err(error::NOT_ELIGIBLE)
    }
}

fn lot(round: Round, validator: &Key) -> u64 {
    let seed = round.seed().get();
    let hash = runtime::sha256(&[Slice::new(b"decloud:committee"), Slice::key(&seed), Slice::key(validator)]);
    unsafe { core::ptr::read_unaligned(hash.0.as_ptr() as *const u64) }
}

//! What verifiers do: say what they have, commit to what it gives, and reveal that.

use crate::bitmap;
use crate::error;
use crate::member;
use crate::name;
use crate::run::{self, COMMIT, REVEAL, SEEN, WITNESS};
use crate::state::{Ballots, Run, Verifier};
use crate::tally::{self, HAS_COMMITTED, HAS_REVEALED, HAS_SEEN};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::runtime::{self, Slice};

const MAX_ACCURACY: u16 = 10_000;

/// The accounts of all three, checked: run, ballots, member, wallet.
struct Caller {
    account: Account, // the run's
    run: Run,
    ballots: Ballots,
    slot: usize,
    wallet: Account,
}

impl Caller {
    #[inline(always)]
    fn of(context: &Context) -> Result<Caller> {
        let [account, ballots_account, member_account, wallet] = context.accounts::<4>()?;
        let run = run::load(context, account)?;
        let ballots = run::load_ballots(context, ballots_account, account)?;
        let member = member::load(context, member_account, (account, run), wallet)?;
        wallet.must_sign(name::WALLET)?;
        Ok(Caller { account, run, ballots, slot: member::place(member, run)?, wallet })
    }

    /// The caller as a verifier of this round, in this phase, who has not done what the bit says.
    #[inline(always)]
    fn verifier(&self, round: u32, phase: u8, bit: u8) -> Result<Verifier> {
        run::must_be_in(self.run, 1 << WITNESS)?;
        if round != self.run.round().get() {
            return Err(error::STALE_ROUND);
        }
        if self.run.phase().get() != phase {
            return Err(error::INVALID_STATE);
        }
        let i = tally::find(self.run, self.ballots, self.slot);
        if i >= tally::NOBODY {
            return Err(error::NOT_A_VERIFIER);
        }
        let verifier = tally::verifier(self.ballots, i);
        if verifier.status().get() & bit != 0 {
            return Err(error::ALREADY_DONE);
        }
        Ok(verifier)
    }
}

fn mark(verifier: Verifier, bit: u8) {
    verifier.status().set(verifier.status().get() | bit);
}

/// Which updates the verifier has, and serves.
#[inline(never)]
pub fn seen(context: &Context, mut args: Args) -> Result {
    let round = args.u32()?;
    let bitmap = args.key()?;
    let caller = Caller::of(context)?;
    let verifier = caller.verifier(round, SEEN, HAS_SEEN)?;
    if !bitmap::is_subset(&bitmap::of(&bitmap.0), &bitmap::words(caller.ballots.submitted())) {
        return Err(error::INVALID_BITMAP);
    }
    verifier.seen().set(bitmap.0);
    mark(verifier, HAS_SEEN);
    event!("UpdatesSeen").key(caller.account.key()).u8(caller.slot as u8).u32(round).key(bitmap).emit();
    Ok(())
}

/// Commits to what reveal_vote will say.
#[inline(never)]
pub fn commit_vote(context: &Context, mut args: Args) -> Result {
    let round = args.u32()?;
    let hash = args.key()?;
    let caller = Caller::of(context)?;
    let verifier = caller.verifier(round, COMMIT, HAS_COMMITTED)?;
    verifier.committed().set(hash.0);
    mark(verifier, HAS_COMMITTED);
    event!("VoteCommitted").key(caller.account.key()).u8(caller.slot as u8).u32(round).key(hash).emit();
    Ok(())
}

#[inline(never)]
pub fn reveal_vote(context: &Context, mut args: Args) -> Result {
    let round = args.u32()?;
    let digest = args.key()?;
    let included = args.key()?;
    let score = args.i8()?;
    let accuracy = args.u16()?;
    let salt = args.key()?;
    let caller = Caller::of(context)?;
    if digest.is(&Key::ZERO) {
        return Err(error::INVALID_DIGEST);
    }
    if !(-1..=1).contains(&score) || accuracy > MAX_ACCURACY {
        return Err(error::INVALID_SCORE);
    }
    let verifier = caller.verifier(round, REVEAL, HAS_REVEALED)?;
    if verifier.status().get() & HAS_COMMITTED == 0 {
        return Err(error::NOT_COMMITTED);
    }
    let hash = runtime::sha256(&[
        Slice::new(b"decloud:run:vote"),
        Slice::key(caller.account.key()),
        Slice::number(&caller.run.epoch().get()),
        Slice::number(&round),
        Slice::key(caller.wallet.key()),
        Slice::key(digest),
        Slice::key(included),
        Slice::number(&score),
        Slice::number(&accuracy),
        Slice::key(salt),
    ]);
    if !hash.is(&Key(verifier.committed().get())) {
        return Err(error::BAD_REVEAL);
    }
    if !bitmap::is_subset(&bitmap::of(&included.0), &bitmap::words(caller.ballots.accepted())) {
        return Err(error::INVALID_BITMAP);
    }

    verifier.digest().set(digest.0);
    verifier.included().set(included.0);
    verifier.score().set(score);
    verifier.accuracy().set(accuracy);
    mark(verifier, HAS_REVEALED);
    event!("VoteRevealed")
        .key(caller.account.key())
        .u8(caller.slot as u8)
        .u32(round)
        .key(digest)
        .key(included)
        .i8(score)
        .u16(accuracy)
        .emit();
    Ok(())
}

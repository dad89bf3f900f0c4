//! submit_update: the digest of what a member trained.

use crate::bitmap;
use crate::error;
use crate::member;
use crate::name;
use crate::run::{self, TRAIN, TRAINING};
use crate::state::{Ballots, Run};
use crate::tally;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;

#[inline(never)]
pub fn submit_update(context: &Context, mut args: Args) -> Result {
    let epoch = args.u32()?;
    let round = args.u32()?;
    let digest = args.key()?;
    let [run_account, ballots_account, member_account, wallet] = context.accounts::<4>()?;
    let run = run::load(context, run_account)?;
    let ballots = run::load_ballots(context, ballots_account, run_account)?;
    let member = member::load(context, member_account, (run_account, run), wallet)?;
    member_account.must_be_writable(name::MEMBER)?;
    wallet.must_sign(name::WALLET)?;
    if digest.is(&Key::ZERO) {
        return Err(error::INVALID_DIGEST);
    }
    let number = member::place(member, run)?;
    check_round(run, epoch, round)?;
    must_propose(run, ballots, number)?;

    let mut who = bitmap::words(ballots.submitted());
    if bitmap::has(&who, number) {
        return Err(error::ALREADY_DONE);
    }
    bitmap::add(&mut who, number);
    bitmap::store(ballots.submitted(), &who);
    let order = ballots.submissions().get();
    ballots.submissions().set(order + 1);
    member.update_round().set(round);
    member.update_digest().set(digest.0);
    member.update_order().set(order);
    event!("UpdateSubmitted")
        .key(run_account.key())
        .key(wallet.key())
        .u8(number as u8)
        .u32(round)
        .u16(order)
        .key(digest)
        .emit();
    Ok(())
}

fn check_round(run: Run, epoch: u32, round: u32) -> Result {
    run::must_be_in(run, 1 << TRAIN)?;
    if epoch != run.epoch().get() || round != run.round().get() {
        return Err(error::STALE_ROUND);
    }
    if run.phase().get() == TRAINING {
        Ok(())
    } else {
        Err(error::NOT_DRAWN)
    }
}

/// Everybody whom the round was drawn from trains; with voters only who was not drawn.
fn must_propose(run: Run, ballots: Ballots, slot: usize) -> Result {
    if !bitmap::has(&bitmap::words(run.drawn_from()), slot) {
        return Err(error::NOT_ACTIVE);
    }
    if run::by_vote(run) && tally::find(run, ballots, slot) < tally::NOBODY {
        return Err(error::NOT_A_PROPOSER);
    }
    Ok(())
}

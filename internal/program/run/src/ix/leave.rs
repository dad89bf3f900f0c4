//! ready and leave_run.

use crate::bitmap;
use crate::error;
use crate::member;
use crate::name;
use crate::roster::{self, ACTIVE, JOINED, LEAVING, LEFT};
use crate::run::{self, IDLE, WARMUP};
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::runtime;

/// Says in Warmup that the member has the model.
#[inline(never)]
pub fn ready(context: &Context, _: Args) -> Result {
    let [run_account, roster_account, ballots_account, member_account, wallet] = context.accounts::<5>()?;
    let run = run::load(context, run_account)?;
    let roster = roster::load(context, roster_account, run)?;
    let ballots = run::load_ballots(context, ballots_account, run_account)?;
    let member = member::load(context, member_account, (run_account, run), wallet)?;
    wallet.must_sign(name::WALLET)?;
    let number = member::place(member, run)?;
    let slot = member::slot(member, run, roster)?;
    run::must_be_in(run, 1 << WARMUP)?;
    if slot.status().get() != ACTIVE {
        return Err(error::NOT_ACTIVE);
    }
    let mut who = bitmap::words(ballots.submitted());
    if bitmap::has(&who, number) {
        return Err(error::ALREADY_DONE);
    }
    bitmap::add(&mut who, number);
    bitmap::store(ballots.submitted(), &who);
    ballots.submissions().set(ballots.submissions().get() + 1);
    event!("MemberReady").key(run_account.key()).key(wallet.key()).u8(number as u8).emit();
    Ok(())
}

/// Leaves at once while the member does not take part, else after the epoch.
#[inline(never)]
pub fn leave_run(context: &Context, _: Args) -> Result {
    let [run_account, roster_account, member_account, wallet] = context.accounts::<4>()?;
    let run = run::load(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let member = member::load(context, member_account, (run_account, run), wallet)?;
    wallet.must_sign(name::WALLET)?;
    let number = member::place(member, run)?;
    let slot = member::slot(member, run, roster)?;
    let status = match slot.status().get() {
        JOINED => LEFT,
        ACTIVE if run::is_in(run, IDLE) => LEFT,
        ACTIVE => LEAVING,
        _ => return Err(error::NOT_ACTIVE),
    };
    slot.status().set(status);
    if status == LEFT {
        slot.left_at().set(runtime::now());
    }
    event!("MemberLeft").key(run_account.key()).key(wallet.key()).u8(number as u8).u8(status).emit();
    Ok(())
}

//! set_paused: stops a run, now or after its epoch, and starts it.

use crate::bitmap;
use crate::config;
use crate::error;
use crate::roster::{self, ACTIVE, JOINED, LEAVING};
use crate::run::{self, CHANGEABLE, COOLDOWN, PAUSED, TRAIN, WAITING, WARMUP, WITNESS};
use crate::state::{Roster, Run};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::runtime;

const AT_ONCE: u16 = 1 << WAITING | 1 << WARMUP;
const LATER: u16 = 1 << TRAIN | 1 << WITNESS | 1 << COOLDOWN;

#[inline(never)]
pub fn set_paused(context: &Context, mut args: Args) -> Result {
    let paused = args.bool()?;
    let [account, roster_account, authority] = context.accounts::<3>()?;
    let run = run::load_writable(context, account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    run::check_authority(run, authority)?;
    let now = runtime::now();
    if paused {
        run::must_be_in(run, AT_ONCE | LATER)?;
        pause(run, account, roster, now);
    } else {
        run::must_be_in(run, CHANGEABLE)?;
        must_be_ready(run, now)?;
        resume(run, account, roster, now);
    }
    event!("PauseChanged")
        .key(account.key())
        .bool(paused)
        .bool(run.pause_pending().is_set())
        .u32(run.generation().get())
        .emit();
    Ok(())
}

#[inline(never)]
fn pause(run: Run, account: Account, roster: Roster, now: i64) {
    if run::is_in(run, LATER) {
        run.pause_pending().set(true);
        return;
    }
    roster::release(run);
    roster::let_go(roster, 1 << LEAVING, now);
    run::enter(run, account, PAUSED, now);
}

/// Whoever goes on joins again, and names the new generation: so nobody trains on terms that it did not read.
#[inline(never)]
fn resume(run: Run, account: Account, roster: Roster, now: i64) {
    if run.ends_at().get() == 0 {
        run.ends_at().set(now + config::of(run).run_time().get());
    }
    run.generation().set(run.generation().get() + 1);
    run.treasury_low().set(false);
    roster::let_go(roster, 1 << JOINED | 1 << ACTIVE, now);
    run::enter(run, account, WAITING, now);
}

fn must_be_ready(run: Run, now: i64) -> Result {
    if !config::is_set(run) {
        return Err(error::NO_CONFIG);
    }
    if !run::by_vote(run) && bitmap::is_empty(&bitmap::words(run.model())) {
        return Err(error::NO_MODEL);
    }
    if run::has_ended(run, now) {
        return Err(error::RUN_ENDED);
    }
    if run::is_done(run) {
        runtime::log(b"total_steps");
        return Err(error::INVALID_CONFIG);
    }
    if run.ends_at().get() == 0 && run.pool().get() < run.parent_pool().get() {
        return Err(error::POOL_TOO_SMALL);
    }
    Ok(())
}

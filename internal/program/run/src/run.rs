//! What instructions ask of a run.

use crate::config;
use crate::error;
use crate::name;
use crate::state::{Ballots, Run};
use sdk::account::Account;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};

/// Layout of runs that this program knows.
pub const VERSION: u8 = 1;

pub const UNINITIALIZED: u8 = 0;
pub const WAITING: u8 = 1;
pub const WARMUP: u8 = 2;
pub const TRAIN: u8 = 3;
pub const WITNESS: u8 = 4;
pub const COOLDOWN: u8 = 5;
pub const FINISHED: u8 = 6;
pub const PAUSED: u8 = 7;

// Phases of TRAIN.
pub const ARMED: u8 = 0;
pub const TRAINING: u8 = 1;

// Phases of WITNESS.
pub const SEEN: u8 = 0;
pub const COMMIT: u8 = 1;
pub const REVEAL: u8 = 2;

// Treasuries.
pub const POINTS: u8 = 0;
pub const SOL: u8 = 1;
pub const SPL: u8 = 2;

/// The verification by stake-weighted voters; the other one is 0, by witnesses.
pub const VOTE: u8 = 1;

#[inline(always)]
pub fn load(context: &Context, account: Account) -> Result<Run> {
    let run = Run::load(context, account, name::RUN)?;
    if run.version().get() != VERSION {
        return Err(fault::BAD_ACCOUNT.about(name::RUN));
    }
    Ok(run)
}

#[inline(always)]
pub fn load_writable(context: &Context, account: Account) -> Result<Run> {
    let run = load(context, account)?;
    account.must_be_writable(name::RUN)?;
    Ok(run)
}

/// The run's ballots, writable.
#[inline(always)]
pub fn load_ballots(context: &Context, account: Account, run: Account) -> Result<Ballots> {
    let ballots = Ballots::load(context, account, name::BALLOTS)?;
    account.must_be_writable(name::BALLOTS)?;
    if ballots.run().is(run.key()) {
        Ok(ballots)
    } else {
        Err(fault::SEEDS.about(name::BALLOTS))
    }
}

/// The signing authority of the run.
pub fn check_authority(run: Run, account: Account) -> Result {
    account.must_sign(name::AUTHORITY)?;
    if run.authority().is(account.key()) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name::AUTHORITY))
    }
}

/// Fails unless the run is in one of the states whose bits are set.
pub fn must_be_in(run: Run, states: u16) -> Result {
    if is_in(run, states) {
        Ok(())
    } else {
        Err(error::INVALID_STATE)
    }
}

#[inline(always)]
pub fn is_in(run: Run, states: u16) -> bool {
    states >> (run.state().get() & 7) & 1 != 0
}

/// The states in which terms may change.
pub const CHANGEABLE: u16 = 1 << UNINITIALIZED | 1 << PAUSED;

/// The states in which nobody takes part: who leaves is gone at once, and slots may be freed.
pub const IDLE: u16 = CHANGEABLE | 1 << WAITING | 1 << FINISHED;

#[inline(always)]
pub fn by_vote(run: Run) -> bool {
    run.verification().get() == VOTE
}

/// What counts towards total_steps: steps of the model, or rounds where members vote.
pub fn done_under(run: Run, verification: u8) -> u32 {
    if verification == VOTE {
        run.round().get()
    } else {
        run.step().get()
    }
}

/// Whether the run did all that it was to do.
pub fn is_done(run: Run) -> bool {
    done_under(run, run.verification().get()) >= config::of(run).total_steps().get()
}

/// Whether the time of the run, which begins with the first resume, is over.
pub fn has_ended(run: Run, now: i64) -> bool {
    let ends = run.ends_at().get();
    ends != 0 && now >= ends
}

/// Moves the run on to a state.
#[inline(never)]
pub fn enter(run: Run, account: Account, state: u8, now: i64) {
    run.state().set(state);
    run.phase().set(0);
    run.state_started_at().set(now);
    run.phase_started_at().set(now);
    event!("StateChanged")
        .key(account.key())
        .u8(state)
        .u32(run.epoch().get())
        .u32(run.round().get())
        .u32(run.step().get())
        .emit();
}

//! The configuration: what the program needs of it, and the ranges of its fields.

use crate::error;
use crate::run::{self, VOTE};
use crate::state::{Run, RunConfig};
use sdk::fault::Result;
use sdk::runtime;

const WHOLE: u16 = 10_000;
const YEAR: i64 = 365 * 86_400;
const MAX_VERIFIERS: u16 = 32;
const MAX_MEMBERS: u16 = 256;

/// Updates are counted by epoch in 16 bits.
const MAX_ROUNDS: u32 = u16::MAX as u32;

/// A run's configuration.
#[inline(always)]
pub fn of(run: Run) -> RunConfig {
    unsafe { RunConfig::at(run.config().at()) }
}

/// Whether the run was configured: times are positive then.
#[inline(always)]
pub fn is_set(run: Run) -> bool {
    of(run).warmup_time().get() > 0
}

/// Checks the fields for this run under this verification, in their order. The log names the one that is wrong.
#[inline(never)]
pub fn check(run: Run, config: RunConfig, verification: u8) -> Result {
    check_times(config)?;
    check_members(config, verification)?;
    let small = config.global_batch_size_start().get();
    want(config.verification_percent().get() == 0, "verification_percent")?;
    want(small > 0, "global_batch_size_start")?;
    want(small <= config.global_batch_size_end().get(), "global_batch_size_end")?;
    want(config.total_steps().get() > run::done_under(run, verification), "total_steps")?;
    want(is_time(config.waiting_for_members_extra_time().get()), "waiting_for_members_extra_time")?;
    check_stakes(run, config, verification)?;
    want(config.max_missed().get() > 0, "max_missed")?;
    let prune_after = config.prune_after().get();
    want(prune_after == 0 || is_time(prune_after), "prune_after")?;
    want((1..=10 * YEAR).contains(&config.run_time().get()), "run_time")
}

fn check_times(config: RunConfig) -> Result {
    let (rounds, epoch) = (config.rounds_per_epoch().get(), config.epoch_time().get());
    let warmup = config.warmup_time().get();
    want(is_time(warmup) && (epoch == 0 || warmup < epoch), "warmup_time")?;
    want(is_time(config.cooldown_time().get()), "cooldown_time")?;
    want(rounds <= MAX_ROUNDS && (rounds > 0) != (epoch != 0), "rounds_per_epoch")?;
    want(epoch == 0 || is_time(epoch), "epoch_time")?;
    want(is_time(config.max_round_train_time().get()), "max_round_train_time")?;
    want(is_time(config.round_witness_time().get()), "round_witness_time")
}

fn check_members(config: RunConfig, verification: u8) -> Result {
    let (min, first) = (config.min_clients().get(), config.init_min_clients().get());
    let least = if verification == VOTE { 2 } else { 1 };
    let witnesses = config.witness_nodes().get() as u16;
    want((least..=MAX_MEMBERS).contains(&min), "min_clients")?;
    want((min..=MAX_MEMBERS).contains(&first), "init_min_clients")?;
    want(witnesses <= min && witnesses <= MAX_VERIFIERS, "witness_nodes")
}

fn check_stakes(run: Run, config: RunConfig, verification: u8) -> Result {
    let (stake, voters) = (config.min_stake().get(), config.voters().get() as u16);
    let most = MAX_VERIFIERS.min(config.min_clients().get() - 1);
    if verification == VOTE {
        want((1..=most).contains(&voters), "voters")?;
        want(stake > 0, "min_stake")?;
    } else {
        want(voters <= MAX_VERIFIERS, "voters")?;
        want(stake == 0 || run.treasury().get() != run::POINTS, "min_stake")?;
    }
    want(config.slash_bps().get() <= WHOLE, "slash_bps")
}

fn is_time(seconds: i64) -> bool {
    (1..=YEAR).contains(&seconds)
}

fn want(fits: bool, field: &'static str) -> Result {
    if fits {
        return Ok(());
    }
    runtime::log(field.as_bytes());
    Err(error::INVALID_CONFIG)
}

//! The life of an epoch: who takes part, when a round starts, what the epoch pays.

use crate::bitmap::{self, Words, EMPTY};
use crate::config;
use crate::roster::{self, ACTIVE, JOINED, LEAVING, SLOTS};
use crate::run::{self, COOLDOWN, TRAIN, WARMUP};
use crate::state::{Ballots, Roster, Run, RunConfig, Slot, Verifier};
use sdk::account::Account;
use sdk::event;
use sdk::math::mul_div;
use sdk::runtime;

/// Slots from the start of a round to the one whose hash draws.
pub const SEED_DELAY: u64 = 8;

/// Begins an epoch where there are members and money enough. Those who took part last come first, then the others in the order of
/// their slots, as many as the pool can pay at the most.
#[inline(never)]
pub fn begin(run: Run, account: Account, roster: Roster, ballots: Ballots, now: i64) {
    let config = config::of(run);
    let need = least(run, config);
    let (active, joined) = eligible(roster, config.min_stake().get());
    let open = run.state_started_at().get() + config.waiting_for_members_extra_time().get();
    if active + joined < need || now < open {
        return;
    }
    let payable = payable(run).min(active + joined);
    if payable < need {
        say_low(run, account, need);
        return;
    }

    let mut taken = EMPTY;
    take(roster, config.min_stake().get(), &mut taken, (payable.min(active), payable.saturating_sub(active)));
    run.earning_rate().set(run.future_earning_rate().get());
    run.slashing_rate().set(run.future_slashing_rate().get());
    run.rate_shared().set(run.future_rate_shared().get());
    let reserved = cost(run, payable);
    run.pool().set(run.pool().get() - reserved);
    run.reserved().set(reserved);
    run.treasury_low().set(false);
    run.epoch_started_at().set(now);
    run.epoch_first_round().set(run.round().get() + 1);
    clear(ballots);
    run::enter(run, account, WARMUP, now);
    event!("EpochStarted").key(account.key()).u32(run.epoch().get()).raw(bitmap::bytes(&taken)).u64(reserved).emit();
}

/// Members that the next epoch needs.
fn least(run: Run, config: RunConfig) -> u64 {
    if run.epoch().get() == 0 {
        config.init_min_clients().get() as u64
    } else {
        config.min_clients().get() as u64
    }
}

fn is_eligible(slot: Slot, status: u8, min_stake: u64) -> bool {
    slot.status().get() == status && roster::effective(slot) >= min_stake
}

/// How many active ones, and how many who joined, could take part.
#[inline(always)]
fn eligible(roster: Roster, min_stake: u64) -> (u64, u64) {
    let (mut active, mut joined) = (0, 0);
    for i in 0..SLOTS {
        let slot = roster::slot(roster, i);
        active += is_eligible(slot, ACTIVE, min_stake) as u64;
        joined += is_eligible(slot, JOINED, min_stake) as u64;
    }
    (active, joined)
}

/// How many members the pool can pay an epoch at the rates to come, at the most.
#[inline(always)]
fn payable(run: Run) -> u64 {
    let (rate, pool) = (run.future_earning_rate().get(), run.pool().get());
    if rate == 0 || !roster::has_money(run) || run::by_vote(run) {
        return u64::MAX;
    }
    if run.future_rate_shared().is_set() {
        return if pool >= rate { u64::MAX } else { 0 };
    }
    pool / rate
}

/// What an epoch of so many members may cost at the current rates.
#[inline(always)]
fn cost(run: Run, members: u64) -> u64 {
    if !roster::has_money(run) || run::by_vote(run) {
        return 0;
    }
    let rate = run.earning_rate().get();
    if run.rate_shared().is_set() {
        rate
    } else {
        rate * members // at most the pool
    }
}

/// Says once that the pool cannot pay the next epoch.
#[inline(never)]
fn say_low(run: Run, account: Account, need: u64) {
    if run.treasury_low().is_set() {
        return;
    }
    run.treasury_low().set(true);
    let rate = run.future_earning_rate().get();
    let needed = if run.future_rate_shared().is_set() { rate } else { mul_div(rate, need, 1).unwrap_or(u64::MAX) };
    event!("TreasuryLow").key(account.key()).u64(run.pool().get()).u64(needed).emit();
}

/// Makes the first `places` (of those active, of those who joined) active, all other active ones joined, and zeroes what is counted by
/// epoch.
#[inline(never)]
fn take(roster: Roster, min_stake: u64, taken: &mut Words, places: (u64, u64)) {
    let (mut active, mut joined) = places;
    for i in 0..SLOTS {
        let slot = roster::slot(roster, i);
        slot.included().set(0);
        slot.rejected().set(0);
        let place = match slot.status().get() {
            ACTIVE => &mut active,
            JOINED => &mut joined,
            _ => continue,
        };
        if *place > 0 && roster::effective(slot) >= min_stake {
            *place -= 1;
            slot.status().set(ACTIVE);
            bitmap::add(taken, i);
        } else {
            slot.status().set(JOINED);
        }
    }
}

/// Empties the ballots.
#[inline(never)]
pub fn clear(ballots: Ballots) {
    bitmap::store(ballots.submitted(), &EMPTY);
    bitmap::store(ballots.accepted(), &EMPTY);
    ballots.submissions().set(0);
    unsafe { runtime::fill(ballots.verifiers().at(), 0, 32 * Verifier::SIZE) };
}

/// Starts a round among those active, and arms its draw.
#[inline(never)]
pub fn start_round(run: Run, account: Account, ballots: Ballots, active: &Words, now: i64) {
    clear(ballots);
    run.round().set(run.round().get() + 1);
    ballots.round().set(run.round().get());
    bitmap::store(run.drawn_from(), active);
    run.drawn().set(0);
    run.seed_slot().set(runtime::slot() + SEED_DELAY);
    run::enter(run, account, TRAIN, now);
}

/// Ends the rounds of the epoch: pays, ejects, and takes what is left of the reserve back.
#[inline(never)]
pub fn end(run: Run, account: Account, roster: Roster, now: i64) {
    let pay = Pay::of(run, roster, now);
    let mut last = (0, 0); // most members were included equally often: the same product is computed once
    let (mut earned, mut finishers, mut back, mut ejected) = (0u64, 0u16, 0u64, EMPTY);
    for i in 0..SLOTS {
        let slot = roster::slot(roster, i);
        let (included, rejected) = (slot.included().get(), slot.rejected().get());
        if rejected > included {
            eject(run, slot, now, &mut back);
            bitmap::add(&mut ejected, i);
        } else if is_finisher(slot, included) && !run::by_vote(run) {
            if included != last.0 {
                last = (included, pay.amount(included as u64));
            }
            earned += roster::book(slot, last.1, 0).0;
            finishers += 1;
        }
    }
    settle(run, earned, back);
    roster::release(run);
    run::enter(run, account, COOLDOWN, now);
    event!("EpochPaid")
        .key(account.key())
        .u32(run.epoch().get())
        .u16(finishers)
        .u64(earned)
        .raw(bitmap::bytes(&ejected))
        .emit();
}

/// Books what an epoch pays from the reserve, and what slashing takes off what was owed.
#[inline(always)]
fn settle(run: Run, earned: u64, back: u64) {
    if roster::has_money(run) {
        run.reserved().set(run.reserved().get() - earned);
        run.owed().set(run.owed().get() + earned - back);
        run.pool().set(run.pool().get() + back);
    }
}

/// Whether a member that was not rejected too often is paid.
fn is_finisher(slot: Slot, included: u16) -> bool {
    included > 0 && matches!(slot.status().get(), ACTIVE | LEAVING)
}

#[inline(never)]
fn eject(run: Run, slot: Slot, now: i64, back: &mut u64) {
    slot.status().set(roster::EJECTED);
    slot.left_at().set(now);
    *back += roster::book(slot, 0, run.slashing_rate().get()).1;
    slash(run, slot);
}

/// Makes a part of the effective stake due to be slashed.
#[inline(always)]
pub fn slash(run: Run, slot: Slot) {
    let bps = config::of(run).slash_bps().get() as u64;
    let part = mul_div(roster::effective(slot), bps, 10_000).unwrap_or(0); // bps ≤ 10,000: it fits
    slot.slash_due().set(slot.slash_due().get() + part);
}

/// What a finisher of the epoch earns.
struct Pay {
    rate: u64, // for an epoch without a fault
    rounds: u64,
    elapsed: u64, // of `length`; 0 where rounds count
    length: u64,
}

impl Pay {
    #[inline(always)]
    fn of(run: Run, roster: Roster, now: i64) -> Pay {
        let config = config::of(run);
        let mut rate = run.earning_rate().get();
        if run.rate_shared().is_set() {
            rate /= finishers(roster).max(1);
        }
        let rounds = config.rounds_per_epoch().get() as u64;
        if rounds > 0 {
            return Pay { rate, rounds, elapsed: 0, length: 0 };
        }
        let length = config.epoch_time().get() as u64;
        let elapsed = (now - run.epoch_started_at().get()).max(0) as u64;
        let rounds = (run.round().get() + 1 - run.epoch_first_round().get()) as u64;
        Pay { rate, rounds, elapsed: elapsed.min(length), length }
    }

    #[inline(always)]
    fn amount(&self, included: u64) -> u64 {
        let share = part(self.rate, included.min(self.rounds), self.rounds);
        if self.length == 0 {
            return share;
        }
        part(share, self.elapsed, self.length)
    }
}

/// ⌊a·b/c⌋ for b ≤ c < 2^32: rounds and seconds are no more than that.
#[inline(always)]
fn part(a: u64, b: u64, c: u64) -> u64 {
    let c = c.max(1); // it always is: no way to panic
    (a / c) * b + (a % c) * b / c
}

#[inline(always)]
fn finishers(roster: Roster) -> u64 {
    let mut count = 0;
    for i in 0..SLOTS {
        let slot = roster::slot(roster, i);
        let included = slot.included().get();
        count += (slot.rejected().get() <= included && is_finisher(slot, included)) as u64;
    }
    count
}

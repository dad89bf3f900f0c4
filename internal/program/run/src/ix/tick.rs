//! tick: the only thing that moves time. One transition at most a call; anybody may.

use crate::bitmap::{self, EMPTY};
use crate::config;
use crate::draw::{Hat, Lot};
use crate::epoch;
use crate::error;
use crate::roster::{self, LEAVING};
use crate::run::{self, *};
use crate::state::{Ballots, Roster, Run};
use crate::tally::{self, HAS_COMMITTED, HAS_REVEALED, HAS_SEEN};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;
use sdk::key::Key;
use sdk::runtime::{self, Slice};
use sdk::slot_hashes::{self, Search};

const MAX_VERIFIERS: usize = 32;

#[inline(never)]
pub fn tick(context: &Context, _: Args) -> Result {
    let [run_account, roster_account, ballots_account] = context.accounts::<3>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let ballots = run::load_ballots(context, ballots_account, run_account)?;
    let place = Place { run, account: run_account, roster, ballots, now: runtime::now() };
    match run.state().get() {
        WAITING => place.wait(),
        WARMUP => place.warm_up(),
        TRAIN if run.phase().get() == ARMED => place.draw(),
        TRAIN => place.train(),
        WITNESS => place.witness(),
        COOLDOWN => place.cool_down(),
        PAUSED if run::has_ended(run, place.now) => place.enter_idle(FINISHED),
        _ => return Err(error::RUN_HALTED),
    }
    Ok(())
}

struct Place {
    run: Run,
    account: Account,
    roster: Roster,
    ballots: Ballots,
    now: i64,
}

impl Place {
    fn enter_idle(&self, state: u8) {
        roster::let_go(self.roster, 1 << LEAVING, self.now);
        run::enter(self.run, self.account, state, self.now);
    }

    /// Whether so many seconds of the phase are over.
    fn is_over(&self, seconds: i64) -> bool {
        self.now >= self.run.phase_started_at().get() + seconds
    }

    #[inline(never)]
    fn wait(&self) {
        if run::has_ended(self.run, self.now) {
            self.enter_idle(FINISHED);
        } else {
            epoch::begin(self.run, self.account, self.roster, self.ballots, self.now);
        }
    }

    #[inline(never)]
    fn warm_up(&self) {
        let config = config::of(self.run);
        let mut active = EMPTY;
        let count = roster::active(self.roster, &mut active);
        if count < config.min_clients().get() as u64 {
            roster::release(self.run);
            self.enter_idle(WAITING);
            return;
        }
        let ready = bitmap::is_subset(&active, &bitmap::words(self.ballots.submitted()));
        if ready || self.is_over(config.warmup_time().get()) {
            epoch::start_round(self.run, self.account, self.ballots, &active, self.now);
        }
    }

    /// Draws the verifiers, once a slot behind the round's start has a hash. Where that was long ago, a later one decides.
    #[inline(never)]
    fn draw(&self) {
        let run = self.run;
        let mut hash = Key::ZERO;
        match slot_hashes::first_from(run.seed_slot().get(), &mut hash) {
            Search::NotYet => return,
            Search::Forgotten => return run.seed_slot().set(runtime::slot() + epoch::SEED_DELAY),
            Search::Found => {}
        }
        let seed = runtime::sha256(&[
            Slice::new(b"decloud:run:draw"),
            Slice::key(self.account.key()),
            Slice::number(&run.epoch().get()),
            Slice::number(&run.round().get()),
            Slice::key(&hash),
        ]);
        run.seed().set(seed.0);
        run.phase().set(TRAINING);
        run.phase_started_at().set(self.now);
        self.draw_verifiers(&seed);
    }

    #[inline(never)]
    fn draw_verifiers(&self, seed: &Key) {
        let run = self.run;
        let (mut lot, mut hat) = (Lot::new(seed), Hat::new(&bitmap::words(run.drawn_from())));
        let drawn = verifiers(run).min(hat.count());
        let mut slots = [0u8; MAX_VERIFIERS];
        for i in 0..drawn {
            let slot = hat.draw(&mut lot, i);
            slots[i & 31] = slot;
            let verifier = tally::verifier(self.ballots, i);
            verifier.slot().set(slot);
            let stake = roster::effective(roster::slot(self.roster, slot as usize));
            verifier.weight().set(if run::by_vote(run) { stake } else { 1 });
        }
        run.drawn().set(drawn as u8);
        event!("RoundDrawn", 160)
            .key(self.account.key())
            .u32(run.epoch().get())
            .u32(run.round().get())
            .key(seed)
            .string(unsafe { slots.get_unchecked(..drawn) })
            .emit();
    }

    #[inline(never)]
    fn train(&self) {
        let expected = expected(self.run);
        let all = self.ballots.submissions().get() as u32 >= expected;
        if all || self.is_over(config::of(self.run).max_round_train_time().get()) {
            run::enter(self.run, self.account, WITNESS, self.now);
        }
    }

    #[inline(never)]
    fn witness(&self) {
        let (run, ballots) = (self.run, self.ballots);
        let drawn = run.drawn().get() as usize & 63;
        let did = |bit| tally::count(ballots, drawn, bit);
        let phase = run.phase().get();
        let all = match phase {
            SEEN => did(HAS_SEEN) == drawn,
            COMMIT => did(HAS_COMMITTED) == drawn,
            _ => did(HAS_REVEALED) == did(HAS_COMMITTED),
        };
        if !all && !self.is_over(config::of(run).round_witness_time().get()) {
            return;
        }
        match phase {
            SEEN => {
                let mut accepted = EMPTY;
                tally::accept(run, ballots, &mut accepted);
                bitmap::store(ballots.accepted(), &accepted);
                self.enter_phase(COMMIT);
            }
            COMMIT => self.enter_phase(REVEAL),
            _ => self.end_round(),
        }
    }

    fn enter_phase(&self, phase: u8) {
        let run = self.run;
        run.phase().set(phase);
        run.phase_started_at().set(self.now);
        event!("PhaseChanged")
            .key(self.account.key())
            .u32(run.round().get())
            .u8(phase)
            .raw(bitmap::bytes(&bitmap::words(self.ballots.accepted())))
            .emit();
    }

    #[inline(never)]
    fn end_round(&self) {
        let run = self.run;
        tally::tally(run, self.account, self.roster, self.ballots, self.now);
        let mut active = EMPTY;
        let count = roster::active(self.roster, &mut active);
        let too_few = count < config::of(run).min_clients().get() as u64;
        if too_few
            || self.is_epoch_over()
            || run.pause_pending().is_set()
            || run::has_ended(run, self.now)
            || run::is_done(run)
        {
            epoch::end(run, self.account, self.roster, self.now);
        } else {
            epoch::start_round(run, self.account, self.ballots, &active, self.now);
        }
    }

    fn is_epoch_over(&self) -> bool {
        let (run, config) = (self.run, config::of(self.run));
        let rounds = config.rounds_per_epoch().get();
        if rounds > 0 {
            return run.round().get() + 1 - run.epoch_first_round().get() >= rounds;
        }
        self.now >= run.epoch_started_at().get() + config.epoch_time().get()
    }

    #[inline(never)]
    fn cool_down(&self) {
        let run = self.run;
        if !self.is_over(config::of(run).cooldown_time().get()) {
            return;
        }
        run.epoch().set(run.epoch().get() + 1);
        if run.pause_pending().is_set() {
            run.pause_pending().set(false);
            self.enter_idle(PAUSED);
        } else if run::is_done(run) || run::has_ended(run, self.now) {
            self.enter_idle(FINISHED);
        } else {
            self.enter_idle(WAITING);
        }
    }
}

/// How many verifiers a round has, where there are so many members.
fn verifiers(run: Run) -> usize {
    let config = config::of(run);
    let number = if run::by_vote(run) { config.voters() } else { config.witness_nodes() }.get() as usize;
    if number == 0 {
        MAX_VERIFIERS
    } else {
        number.min(MAX_VERIFIERS)
    }
}

/// How many updates a round may have: with voters only who was not drawn proposes one.
fn expected(run: Run) -> u32 {
    let from: u32 = bitmap::words(run.drawn_from()).iter().map(|word| count_ones(*word)).sum();
    if run::by_vote(run) {
        from - run.drawn().get() as u32
    } else {
        from
    }
}

fn count_ones(mut word: u64) -> u32 {
    let mut count = 0;
    while word != 0 {
        word &= word - 1;
        count += 1;
    }
    count
}

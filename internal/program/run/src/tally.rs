//! The end of a round: what the verifiers agree on, and who pays or is paid for it.

use crate::bitmap::{self, Words, EMPTY};
use crate::config;
use crate::epoch;
use crate::roster::{self, SLOTS};
use crate::run;
use crate::state::{Ballots, Roster, Run, Slot, Verifier};
use sdk::account::Account;
use sdk::event;
use sdk::math::mul_div;

// Bits of a verifier's status.
pub const HAS_SEEN: u8 = 1;
pub const HAS_COMMITTED: u8 = 2;
pub const HAS_REVEALED: u8 = 4;

// Outcomes of a round, as the event says them.
pub const FAILED: u8 = 0;
pub const ACCEPTED: u8 = 1;
pub const REJECTED: u8 = 2;
pub const INITIALIZED: u8 = 3;
pub const UNCHANGED: u8 = 4; // the quorum included nothing

/// Verifier `i`, of 32.
#[inline(always)]
pub fn verifier(ballots: Ballots, i: usize) -> Verifier {
    unsafe { Verifier::at(ballots.verifiers().at().add((i & 31) * Verifier::SIZE as usize)) }
}

/// What `find` returns for a slot that was not drawn.
pub const NOBODY: usize = 32;

/// The place of a slot among the verifiers.
#[inline(never)]
pub fn find(run: Run, ballots: Ballots, slot: usize) -> usize {
    let drawn = run.drawn().get() as usize & 63;
    (0..drawn).find(|i| verifier(ballots, *i).slot().get() as usize == slot).unwrap_or(NOBODY)
}

/// How many of the first `drawn` verifiers did what the bit says.
#[inline(never)]
pub fn count(ballots: Ballots, drawn: usize, bit: u8) -> usize {
    (0..drawn).filter(|i| verifier(ballots, *i).status().get() & bit != 0).count()
}

/// Whether these of a weight in all are enough: more than half of it with voters; with witnesses two thirds, and more
/// than half, but two of three.
pub fn is_quorum(run: Run, weight: u64, total: u64) -> bool {
    if run::by_vote(run) {
        return weight > total - weight;
    }
    let least = if total < 4 { (total / 2) + 1 } else { (2 * total / 3).max(total / 2 + 1) };
    weight >= least
}

/// Weight of all who were drawn.
#[inline(always)]
fn total(ballots: Ballots, drawn: usize) -> u64 {
    (0..drawn).map(|i| verifier(ballots, i).weight().get()).sum()
}

/// One word of what a verifier saw, and its weight.
#[derive(Clone, Copy)]
struct Sight {
    seen: u64,
    weight: u64,
}

/// Writes to `accepted` the updates that a quorum saw.
#[inline(never)]
pub fn accept(run: Run, ballots: Ballots, accepted: &mut Words) {
    let drawn = run.drawn().get() as usize & 31;
    let drawn = if drawn == 0 { 32 } else { drawn }; // in this state somebody was drawn
    let total = total(ballots, drawn);
    let submitted = bitmap::words(ballots.submitted());
    let mut sights = [Sight { seen: 0, weight: 0 }; 32];
    for word in 0..4 {
        for (i, sight) in sights.iter_mut().enumerate().take(drawn) {
            let verifier = verifier(ballots, i);
            *sight = Sight { seen: bitmap::words(verifier.seen())[word], weight: verifier.weight().get() };
        }
        let mut bits = submitted[word];
        while bits != 0 {
            let low = bits & bits.wrapping_neg();
            bits ^= low;
            if is_quorum(run, weight_of_those_who_saw(&sights, drawn, low), total) {
                accepted[word] |= low;
            }
        }
    }
}

/// 256 updates times 32 verifiers: this loop is what the largest runs spend most on.
#[inline(always)]
fn weight_of_those_who_saw(sights: &[Sight; 32], drawn: usize, update: u64) -> u64 {
    let mut weight = 0;
    for sight in unsafe { sights.get_unchecked(..drawn) } {
        if sight.seen & update != 0 {
            weight += sight.weight;
        }
    }
    weight
}

/// What a slot did in the round.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Role {
    Trainer = 0, // not drawn
    Silent = 1,
    Outside = 2, // revealed something else than the quorum
    Won = 3,     // in the quorum; with voters on the side of the verdict
    Lost = 4,    // in the quorum, on the other side
}

/// What a round came to.
struct Result {
    outcome: u8,
    initial: bool, // the round was to find the first model: no verdict, no pay
    included: Words,
    dropped: Words,
    roles: [Role; SLOTS],
}

/// Ends the round: sets the model, books who missed it and who was left out, and with voters pays and slashes.
#[inline(never)]
pub fn tally(run: Run, account: Account, roster: Roster, ballots: Ballots, now: i64) {
    let initial = run::by_vote(run) && bitmap::is_empty(&bitmap::words(run.model()));
    let mut result =
        Result { outcome: FAILED, initial, included: EMPTY, dropped: EMPTY, roles: [Role::Trainer; SLOTS] };
    let drawn = run.drawn().get() as usize & 63;
    let total = total(ballots, drawn);
    let popular = popular(ballots, drawn);
    let weight = weight_of(ballots, drawn, popular);
    let agreed = weight > 0 && is_quorum(run, weight, total);
    give_roles(ballots, drawn, if agreed { Some(popular) } else { None }, &mut result);
    if agreed {
        judge(run, ballots, drawn, popular, &mut result);
    } else {
        run.failed_rounds().set(run.failed_rounds().get() + 1);
    }
    book(run, roster, ballots, &mut result, now);
    event!("RoundTallied", 192)
        .key(account.key())
        .u32(run.epoch().get())
        .u32(run.round().get())
        .u8(result.outcome)
        .raw(bitmap::bytes(&bitmap::words(run.model())))
        .raw(bitmap::bytes(&result.included))
        .raw(bitmap::bytes(&result.dropped))
        .emit();
}

/// Whether two verifiers say the same: digest and who is included.
#[inline(always)]
fn agree(a: Verifier, b: Verifier) -> bool {
    bitmap::words(a.digest()) == bitmap::words(b.digest()) && bitmap::words(a.included()) == bitmap::words(b.included())
}

fn has_revealed(verifier: Verifier) -> bool {
    verifier.status().get() & HAS_REVEALED != 0
}

/// The verifier with whom the majority agrees, if there is a majority (Boyer and Moore, weighted).
#[inline(never)]
fn popular(ballots: Ballots, drawn: usize) -> usize {
    let (mut candidate, mut lead) = (0, 0u64);
    for i in 0..drawn {
        let next = verifier(ballots, i);
        if !has_revealed(next) {
            continue;
        }
        let weight = next.weight().get();
        if lead > 0 && agree(verifier(ballots, candidate), next) {
            lead += weight;
        } else if weight <= lead {
            lead -= weight;
        } else {
            (candidate, lead) = (i, weight - lead);
        }
    }
    candidate
}

/// Weight of all who agree with a verifier.
#[inline(never)]
fn weight_of(ballots: Ballots, drawn: usize, popular: usize) -> u64 {
    let mut sum = 0;
    for i in 0..drawn {
        let other = verifier(ballots, i);
        if has_revealed(other) && agree(verifier(ballots, popular), other) {
            sum += other.weight().get();
        }
    }
    sum
}

#[inline(never)]
fn give_roles(ballots: Ballots, drawn: usize, popular: Option<usize>, result: &mut Result) {
    for i in 0..drawn {
        let other = verifier(ballots, i);
        let won = match popular {
            Some(popular) => agree(verifier(ballots, popular), other),
            None => false,
        };
        result.roles[other.slot().get() as usize] = match has_revealed(other) {
            false => Role::Silent,
            true if won => Role::Won,
            true => Role::Outside,
        };
    }
}

/// What the quorum's ballot means: the outcome, and with voters who lost. Where nothing is included, nothing changes.
#[inline(never)]
fn judge(run: Run, ballots: Ballots, drawn: usize, popular: usize, result: &mut Result) {
    let ballot = verifier(ballots, popular);
    result.included = bitmap::words(ballot.included());
    result.outcome = ACCEPTED;
    if result.initial {
        result.outcome = INITIALIZED;
    } else if run::by_vote(run) && !verdict(ballots, drawn, result) {
        result.outcome = REJECTED;
        return;
    }
    if bitmap::is_empty(&result.included) {
        result.outcome = UNCHANGED;
        return;
    }
    run.previous_model().set(run.model().get());
    run.model().set(ballot.digest().get());
    if !result.initial {
        run.step().set(run.step().get() + 1);
    }
}

/// Whether the popular ballots' scores, weighted, are for the aggregate; who is on the other side has lost.
#[inline(always)]
fn verdict(ballots: Ballots, drawn: usize, result: &mut Result) -> bool {
    let (mut better, mut worse) = (0, 0);
    for i in 0..drawn {
        let voter = verifier(ballots, i);
        if result.roles[voter.slot().get() as usize] == Role::Won {
            match voter.score().get() {
                1 => better += voter.weight().get(),
                -1 => worse += voter.weight().get(),
                _ => {}
            }
        }
    }
    let accepted = better >= worse;
    for i in 0..drawn {
        let voter = verifier(ballots, i);
        let role = &mut result.roles[voter.slot().get() as usize];
        if *role == Role::Won && accepted != (voter.score().get() >= 0) {
            *role = Role::Lost;
        }
    }
    accepted
}

/// Books the round with everybody whom it was drawn from.
#[inline(never)]
fn book(run: Run, roster: Roster, ballots: Ballots, result: &mut Result, now: i64) {
    let from = bitmap::words(run.drawn_from());
    let submitted = bitmap::words(ballots.submitted());
    let vote = run::by_vote(run);
    let pot = Pot::of(run, roster, ballots, &submitted);
    let max_missed = config::of(run).max_missed().get();
    let mut paid = 0;
    for i in 0..SLOTS {
        if !bitmap::has(&from, i) {
            continue;
        }
        let slot = roster::slot(roster, i);
        let (role, handed_in) = (result.roles[i], bitmap::has(&submitted, i));
        let included = bitmap::has(&result.included, i);
        if vote {
            paid += settle(run, slot, &pot, side(result, role, included));
        }
        if result.outcome != FAILED && !result.initial {
            count_update(slot, role, handed_in, included);
        }
        let missed =
            if is_fault(vote, result.outcome, role, handed_in) { slot.missed().get().saturating_add(1) } else { 0 };
        slot.missed().set(missed);
        if missed >= max_missed {
            slot.status().set(roster::DROPPED);
            slot.left_at().set(now);
            bitmap::add(&mut result.dropped, i);
        }
    }
    run.pool().set(run.pool().get() - paid);
    run.owed().set(run.owed().get() + paid);
}

/// Whether a member did not do its part: with witnesses everybody trains, with voters who was not drawn. A witness whom the
/// quorum left outside did not do it either.
#[inline(always)]
fn is_fault(vote: bool, outcome: u8, role: Role, handed_in: bool) -> bool {
    match role {
        Role::Trainer => !handed_in,
        Role::Silent => true,
        Role::Outside if !vote && outcome != FAILED => true,
        _ => !vote && !handed_in,
    }
}

/// Counts an update as included or rejected; not that of a witness outside of the quorum.
#[inline(always)]
fn count_update(slot: Slot, role: Role, handed_in: bool, included: bool) {
    if handed_in && !included {
        slot.rejected().set(slot.rejected().get().saturating_add(1));
    } else if included && !matches!(role, Role::Silent | Role::Outside) {
        slot.included().set(slot.included().get().saturating_add(1));
    }
}

/// On which side of a vote a member is.
#[derive(PartialEq, Eq)]
enum Side {
    Neither,
    Winner,
    Loser,
}

#[inline(always)]
fn side(result: &Result, role: Role, included: bool) -> Side {
    let counts = result.outcome != FAILED && !result.initial;
    match role {
        Role::Silent => Side::Loser,
        _ if !counts => Side::Neither,
        Role::Won => Side::Winner,
        Role::Outside | Role::Lost => Side::Loser,
        Role::Trainer if !included => Side::Neither,
        Role::Trainer if result.outcome == REJECTED => Side::Loser,
        Role::Trainer => Side::Winner,
    }
}

/// What a round of a run with voters pays.
struct Pot {
    amount: u64,
    stakes: u64, // effective, of all who proposed or were drawn
}

impl Pot {
    #[inline(always)]
    fn of(run: Run, roster: Roster, ballots: Ballots, submitted: &Words) -> Pot {
        if !run::by_vote(run) {
            return Pot { amount: 0, stakes: 0 };
        }
        let mut stakes = total(ballots, run.drawn().get() as usize & 63);
        for i in 0..SLOTS {
            if bitmap::has(submitted, i) {
                stakes += roster::effective(roster::slot(roster, i));
            }
        }
        let begun = run.round().get() - 1; // before this one
        let left = config::of(run).total_steps().get().saturating_sub(begun).max(1);
        Pot { amount: run.pool().get() / left as u64, stakes }
    }
}

/// Pays a winner, and returns what is owed in addition; makes a part of a loser's stake due to be slashed.
#[inline(always)]
fn settle(run: Run, slot: Slot, pot: &Pot, side: Side) -> u64 {
    match side {
        Side::Neither => 0,
        Side::Winner => {
            let share = mul_div(pot.amount, roster::effective(slot), pot.stakes).unwrap_or(0); // e ≤ S: it fits
            roster::book(slot, share, 0).0
        }
        Side::Loser => {
            epoch::slash(run, slot);
            0
        }
    }
}

//! join_run: a wallet takes a slot.

use crate::config;
use crate::error;
use crate::ix::authorization::must_let_join;
use crate::member::{self, NO_SLOT};
use crate::name;
use crate::purse::{self, Purse};
use crate::roster::{self, DROPPED, EJECTED, FREE, JOINED, LEFT, SLOTS};
use crate::run::{self, FINISHED, IDLE};
use crate::state::{Member, Roster, Run, Slot};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::key::Key;
use sdk::pda::{self, Seeds};
use sdk::runtime;

#[inline(never)]
pub fn join_run(context: &Context, mut args: Args) -> Result {
    let generation = args.u32()?;
    let transport_key = args.key()?;
    let stake = args.u64()?;
    let [run_account, roster_account, member_account, authorization, wallet, payer, vault, system] =
        context.accounts::<8>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let seeds = Seeds::new(b"member").key(run_account.key()).key(wallet.key());
    let place = pda::place(context, member_account, &seeds, name::MEMBER)?;
    let is_new = member_account.is_vacant();
    if !is_new {
        Member::load(context, member_account, name::MEMBER)?;
    }
    must_let_join(context, authorization, run.join_authority().key(), wallet.key())?;
    wallet.must_pay(name::WALLET)?;
    payer.must_pay(name::PAYER)?;
    let purse = Purse::load(context, run, run_account, vault, 8)?;
    system.must_be_system_program()?;
    check(run, generation, stake)?;

    if is_new {
        place.create(context, payer, Member::SIZE, 0)?;
    }
    purse.take(wallet, stake);
    let member = Member::view(member_account);
    if is_new {
        Member::init(member_account);
        member.bump().set(place.bump);
        member.run().set(*run_account.key());
        member.wallet().set(*wallet.key());
        member.payer().set(*payer.key());
    }
    if is_new || !member::is_current(member, run) {
        empty(member, run);
    }
    let number = take_slot(run, roster, member)?;
    let slot = roster::slot(roster, number);
    slot.missed().set(0);
    slot.status().set(JOINED);
    purse::add(slot.stake(), stake)?;
    purse::add(run.stakes(), stake)?;
    if roster::effective(slot) < config::of(run).min_stake().get() {
        return Err(error::INSUFFICIENT_STAKE);
    }
    member.transport_key().set(transport_key.0);
    member.generation().set(generation);
    member.joined_epoch().set(run.epoch().get());
    event!("MemberJoined")
        .key(run_account.key())
        .key(wallet.key())
        .u8(number as u8)
        .u32(generation)
        .u64(slot.stake().get())
        .emit();
    Ok(())
}

fn check(run: Run, generation: u32, stake: u64) -> Result {
    if stake > 0 {
        purse::must_have_money(run)?;
    }
    run::must_be_in(run, !(1 << FINISHED))?;
    if generation == run.generation().get() {
        Ok(())
    } else {
        Err(error::STALE_TERMS)
    }
}

/// Makes the account one of this run, with nothing in it.
fn empty(member: Member, run: Run) {
    member.created_slot().set(run.created_slot().get());
    member.slot().set(NO_SLOT);
    member.update_round().set(0);
    member.update_digest().set(Key::ZERO.0);
    member.update_order().set(0);
    for total in [member.stake(), member.earned(), member.slashed(), member.claimed()] {
        total.set(0);
    }
}

/// The slot that the member takes: the one it left, or the first free one.
#[inline(always)]
fn take_slot(run: Run, roster: Roster, member: Member) -> Result<usize> {
    if member.slot().get() != NO_SLOT {
        must_be_let_back(run, member::slot(member, run, roster)?)?;
        return member::place(member, run);
    }
    let number = first_free(roster);
    if number >= SLOTS {
        return Err(error::ROSTER_FULL);
    }
    let slot = roster::slot(roster, number);
    slot.wallet().set(member.wallet().get());
    for (to, from) in [
        (slot.stake(), member.stake()),
        (slot.earned(), member.earned()),
        (slot.slashed(), member.slashed()),
        (slot.claimed(), member.claimed()),
    ] {
        to.set(from.get());
        from.set(0);
    }
    member.slot().set(number as u16);
    run.members().set(run.members().get() + 1);
    Ok(number)
}

/// Who left may come back at any time; who was dropped or ejected once its slot could be pruned.
#[inline(never)]
fn must_be_let_back(run: Run, slot: Slot) -> Result {
    match slot.status().get() {
        LEFT => Ok(()),
        DROPPED | EJECTED => {
            run::must_be_in(run, IDLE)?;
            must_be_gone_for_long(run, slot)
        }
        _ => Err(error::ALREADY_JOINED),
    }
}

/// Fails while the member keeps its slot.
pub fn must_be_gone_for_long(run: Run, slot: Slot) -> Result {
    let until = slot.left_at().get() + config::of(run).prune_after().get();
    if runtime::now() >= until {
        Ok(())
    } else {
        Err(error::NOT_GONE)
    }
}

#[inline(never)]
fn first_free(roster: Roster) -> usize {
    (0..SLOTS).find(|i| roster::slot(roster, *i).status().get() == FREE).unwrap_or(SLOTS)
}

/// The payer of an account, writable, whom its rent goes back to.
pub fn check_payer(account: Account, payer: &Key) -> Result {
    account.must_be_writable(name::PAYER)?;
    if account.key().is(payer) {
        Ok(())
    } else {
        Err(fault::HAS_ONE.about(name::PAYER))
    }
}

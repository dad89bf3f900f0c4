//! claim: points that are due, paid.

use crate::error;
use crate::ix::stake::must_be_positive;
use crate::member::{self, Totals};
use crate::name;
use crate::purse::{self, Purse};
use crate::roster;
use crate::run;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::Result;

#[inline(never)]
pub fn claim(context: &Context, mut args: Args) -> Result {
    let points = args.u64()?;
    let [run_account, roster_account, member_account, wallet, vault] = context.accounts::<5>()?;
    let run = run::load_writable(context, run_account)?;
    let roster = roster::load_writable(context, roster_account, run)?;
    let member = member::load(context, member_account, (run_account, run), wallet)?;
    member_account.must_be_writable(name::MEMBER)?;
    wallet.must_pay(name::WALLET)?;
    let purse = Purse::load(context, run, run_account, vault, 5)?;
    purse.must_pay(wallet.key())?;
    purse.must_hold_money()?;
    must_be_positive(points)?;
    let (earned, slashed, claimed) = match member::totals(member, run, roster)? {
        Totals::InSlot(slot) => (slot.earned(), slot.slashed(), slot.claimed()),
        Totals::InAccount(member) => (member.earned(), member.slashed(), member.claimed()),
    };
    let due = earned.get().saturating_sub(slashed.get()).saturating_sub(claimed.get());
    if points > due {
        return Err(error::INSUFFICIENT_POINTS);
    }
    claimed.set(claimed.get() + points); // at most what was earned
    purse::subtract(run.owed(), points)?;
    run.paid().set(run.paid().get().saturating_add(points));
    purse.pay(wallet, points)?;
    event!("PointsClaimed").key(run_account.key()).key(wallet.key()).u64(points).emit();
    Ok(())
}

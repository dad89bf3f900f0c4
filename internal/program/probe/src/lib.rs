//! A program for the tests of the sdk: it does on chain what no rule of the others needs yet, and logs what comes of it.
#![cfg_attr(any(target_arch = "bpf", target_os = "solana"), no_std)]

use sdk::account::Account;
use sdk::args::Args;
use sdk::context::{Context, MAX_ACCOUNTS};
use sdk::cpi::{self, readable, writable};
use sdk::entry::Program;
use sdk::event;
use sdk::fault::{Fault, Name, Result, Text};
use sdk::key::Key;
use sdk::pda::{self, Seeds};
use sdk::{math, runtime, slot_hashes, system};

pub struct Probe;

sdk::entrypoint!(Probe);

mod error {
    sdk::errors! {
        OVERFLOW 6000 "Overflow" "Arithmetic overflow";
    }
}

mod name {
    sdk::account_names! {
        SAFE "safe";
        ROSTER "roster";
    }
}

impl Program for Probe {
    const OVERFLOW: Fault = error::OVERFLOW;

    #[inline(always)]
    fn run(context: &Context, discriminator: u64, args: Args) -> Result {
        sdk::instructions! { context, discriminator, args;
            "product" "Product" product;
            "look" "Look" look;
            "relay" "Relay" relay;
            "open" "Open" open;
            "spend" "Spend" spend;
            "seeded" "Seeded" seeded;
            "time" "Time" time;
            "fill" "Fill" fill;
        }
    }

    #[inline(always)]
    fn error_text(code: u32) -> Text {
        error::text(code)
    }

    #[inline(always)]
    fn account_name(name: Name) -> &'static str {
        name::text(name)
    }
}

/// ⌊a·b/c⌋.
#[inline(never)]
fn product(_: &Context, mut args: Args) -> Result {
    let (a, b, c) = (args.u64()?, args.u64()?, args.u64()?);
    let result = math::mul_div(a, b, c).ok_or(sdk::fault::OVERFLOW)?;
    event!("Product").u64(result).emit();
    Ok(())
}

/// Logs of the first 16 accounts the first byte of the key and the flags.
#[inline(never)]
fn look(context: &Context, _: Args) -> Result {
    let mut seen = event!("Seen");
    for account in context.accounts::<MAX_ACCOUNTS>()? {
        seen = seen.u8(account.key().0[0]).bool(account.is_signer()).bool(account.is_writable());
    }
    seen.emit();
    Ok(())
}

/// Calls the program that is the first account with the 15 others and the rest of the data. The second account is this
/// program's safe and signs; the third is written, and the others are read.
#[inline(never)]
fn relay(context: &Context, mut args: Args) -> Result {
    let (id, bump) = (args.u64()?, args.u8()?);
    let [program, safe, third, others @ ..] = context.accounts::<MAX_ACCOUNTS>()?;
    let [a, b, c, d, e, f, g, h, i, j, k, l, m] = others.map(readable);
    let seeds = safe_seeds(&id).bump(&bump);
    cpi::invoke(
        program.key(),
        args.rest(),
        [readable(safe).signing(), writable(third), a, b, c, d, e, f, g, h, i, j, k, l, m],
        &[seeds.signer()],
    );
    Ok(())
}

/// Opens the safe with this number, without data, and puts lamports into it.
#[inline(never)]
fn open(context: &Context, mut args: Args) -> Result {
    let (id, lamports) = (args.u64()?, args.u64()?);
    let [safe, payer] = context.accounts::<2>()?;
    pda::must_be_at(context, safe, &safe_seeds(&id), name::SAFE)?;
    system::transfer(payer, safe, lamports, &[]);
    Ok(())
}

/// Pays from one safe to another, and lamports from both to the third account: two addresses sign.
#[inline(never)]
fn spend(context: &Context, mut args: Args) -> Result {
    let (first, second, lamports) = (args.u64()?, args.u64()?, args.u64()?);
    let [one, two, to] = context.accounts::<3>()?;
    let bumps = [bump(context, one, &first)?, bump(context, two, &second)?];
    let seeds = [safe_seeds(&first).bump(&bumps[0]), safe_seeds(&second).bump(&bumps[1])];
    let signers = [seeds[0].signer(), seeds[1].signer()];
    system::transfer(one, two, lamports, &signers);
    system::transfer(two, to, 2 * lamports, &signers);
    Ok(())
}

#[inline(always)]
fn bump(context: &Context, safe: Account, id: &u64) -> Result<u8> {
    pda::must_be_at(context, safe, &safe_seeds(id), name::SAFE)
}

#[inline(always)]
fn safe_seeds(id: &u64) -> Seeds<'_> {
    Seeds::new(b"safe").bytes(b"of").id(id)
}

/// Logs the address that the arguments, a string, give as a seed under the first account.
#[inline(never)]
fn seeded(context: &Context, mut args: Args) -> Result {
    let seed = args.string()?;
    let [base] = context.accounts::<1>()?;
    event!("Seeded").key(&pda::with_seed(base.key(), seed, context.program)).emit();
    Ok(())
}

/// Logs the slot and the time, and the hash of the first slot from another one on.
#[inline(never)]
fn time(_: &Context, mut args: Args) -> Result {
    let from = args.u64()?;
    let mut hash = Key::ZERO;
    let search = slot_hashes::first_from(from, &mut hash);
    event!("Time").u64(runtime::slot()).i64(runtime::now()).u8(search as u8).key(&hash).emit();
    Ok(())
}

/// Places in the roster.
const PLACES: usize = 256;

sdk::account_type! {
    /// An account of more than 10 kB: its places follow the fields.
    Roster 22056 {
        8 owner Key;
    }
}

sdk::record_type! {
    Place 86 {
        0 wallet Key;
        32 status u8;
        33 stake u64;
    }
}

/// Writes every place of a roster, the last one last.
#[inline(never)]
fn fill(context: &Context, mut args: Args) -> Result {
    let first = args.u64()?;
    let [account] = context.accounts::<1>()?;
    let roster = Roster::load(context, account, name::ROSTER)?;
    account.must_be_writable(name::ROSTER)?;
    for i in 0..PLACES {
        let place = unsafe { Place::at(account.data().add(40 + Place::SIZE as usize * i)) };
        place.wallet().set(*roster.owner().key());
        place.status().set(i as u8);
        place.stake().set(first + i as u64);
    }
    Ok(())
}

//! create_run: a run, its roster, its ballots and its vault.

use crate::error;
use crate::name;
use crate::purse::{self, check_token_program};
use crate::roster::SLOTS;
use crate::run::{SOL, SPL, VERSION};
use crate::state::{Ballots, Protocol, Roster, Run, Slot, Vault};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::fields::Field;
use sdk::key::Key;
use sdk::math::mul_div;
use sdk::pda::{self, Place, Seeds};
use sdk::runtime;
use sdk::token;

const _: () = assert!(Roster::SIZE == 40 + SLOTS as u64 * Slot::SIZE);

const WHOLE: u16 = 10_000;
pub const MAX_NAME: usize = 64;

// Where optional accounts stand.
const MINT: usize = 8;
const TOKEN_PROGRAM: usize = 9;
const PARENT: usize = 10;

#[inline(never)]
pub fn create_run(context: &Context, mut args: Args) -> Result {
    let id = args.string()?;
    let title = args.string()?;
    let join_authority = args.key()?;
    let treasury = args.u8()?;
    let parent_bps = args.u16()?;

    let [protocol_account, run_account, roster_account, ballots_account, vault_account, authority, payer, system] =
        context.accounts::<8>()?;
    let protocol = Protocol::load(context, protocol_account, name::PROTOCOL)?;
    check_id(id)?; // a longer one is no seed
    let run_place = pda::place(context, run_account, &Seeds::new(b"run").bytes(id), name::RUN)?;
    authority.must_sign(name::AUTHORITY)?;
    check_roster(context, roster_account, authority.key(), id)?;
    let of_run = |prefix| Seeds::new(prefix).key(run_account.key());
    let ballots_place = pda::place(context, ballots_account, &of_run(b"ballots"), name::BALLOTS)?;
    let vault_place = pda::place(context, vault_account, &of_run(b"vault"), name::VAULT)?;
    payer.must_pay(name::PAYER)?;
    system.must_be_system_program()?;
    let mint = check_mint(context, treasury)?;
    let parent = context.optional(PARENT);
    check_text(title, MAX_NAME)?;
    if !purse::is_treasury(treasury) || parent_bps > WHOLE || (parent.is_none() && parent_bps > 0) {
        return Err(error::INVALID_PARAMETER);
    }
    if let Some(parent) = parent {
        check_parent(parent, protocol, treasury)?;
    }
    run_place.must_be_vacant()?;
    ballots_place.must_be_vacant()?;
    vault_place.must_be_vacant()?;

    run_place.create(context, payer, Run::SIZE, 0)?;
    ballots_place.create(context, payer, Ballots::SIZE, 0)?;
    create_vault(context, &vault_place, payer, (run_account.key(), treasury), mint)?;

    let run = Run::init(run_account);
    run.version().set(VERSION);
    run.bump().set(run_place.bump);
    run.vault_bump().set(vault_place.bump);
    run.run_id_len().set(id.len() as u8);
    unsafe { runtime::copy(run.run_id().at(), id) };
    run.created_slot().set(runtime::slot());
    run.payer().set(*payer.key());
    set_name(run, title);
    run.authority().set(*authority.key());
    run.join_authority().set(*join_authority);
    run.treasury().set(treasury);
    if let Some(mint) = mint {
        run.mint().set(*mint.key());
    }
    run.vault().set(*vault_account.key());
    run.roster().set(*roster_account.key());
    if let Some(parent) = parent {
        derive(run, parent, parent_bps);
    }
    run.state_started_at().set(runtime::now());

    Roster::init(roster_account).run().set(*run_account.key());
    let ballots = Ballots::init(ballots_account);
    ballots.bump().set(ballots_place.bump);
    ballots.run().set(*run_account.key());
    ballots.created_slot().set(run.created_slot().get());
    if treasury == SOL {
        let vault = Vault::init(vault_account);
        vault.run().set(*run_account.key());
        vault.bump().set(vault_place.bump);
    }
    event!("RunCreated").key(run_account.key()).key(authority.key()).string(id).u8(treasury).emit();
    Ok(())
}

/// 1 to 32 bytes of a–z 0–9 - _ .
#[inline(never)]
fn check_id(id: &[u8]) -> Result {
    let fits = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if (1..=32).contains(&id.len()) && id.iter().all(fits) {
        Ok(())
    } else {
        Err(error::INVALID_RUN_ID)
    }
}

pub fn check_text(text: &[u8], most: usize) -> Result {
    if text.len() <= most {
        Ok(())
    } else {
        Err(error::TEXT_TOO_LONG)
    }
}

pub fn set_name(run: Run, title: &[u8]) {
    set_text(run.name(), title);
    run.name_len().set(title.len() as u8);
}

/// Writes a text that was found short enough, and zeroes behind it.
#[inline(always)]
pub fn set_text<const N: usize>(to: Field<[u8; N]>, text: &[u8]) {
    unsafe {
        runtime::fill(to.at(), 0, N as u64);
        runtime::copy(to.at(), text);
    }
}

/// A fresh account of the program, of the size and at the address that the authority and the run's id give.
#[inline(never)]
fn check_roster(context: &Context, account: Account, authority: &Key, id: &[u8]) -> Result {
    account.must_be_writable(name::ROSTER)?;
    if !account.key().is(&pda::with_seed(authority, id, context.program)) {
        return Err(fault::SEEDS.about(name::ROSTER));
    }
    if !account.owner().is(context.program) {
        let fault = if account.is_vacant() { fault::NOT_INITIALIZED } else { fault::WRONG_OWNER };
        return Err(fault.about(name::ROSTER));
    }
    if account.data_len() != Roster::SIZE || account.lamports() < runtime::rent_minimum(Roster::SIZE) {
        return Err(fault::BAD_ACCOUNT.about(name::ROSTER));
    }
    if sdk::fields::has_discriminator(account, 0) {
        Ok(())
    } else {
        Err(fault::ALREADY_IN_USE)
    }
}

/// The mint of a run with tokens. The program of its accounts is the classic one: others' fees and hooks break
/// the books.
#[inline(always)]
fn check_mint(context: &Context, treasury: u8) -> Result<Option<Account>> {
    if treasury != SPL {
        return Ok(None);
    }
    let mint = context.optional(MINT).ok_or(fault::NOT_ENOUGH_KEYS)?;
    let program = context.optional(TOKEN_PROGRAM).ok_or(fault::NOT_ENOUGH_KEYS)?;
    if !token::is_mint(mint) {
        return Err(error::INVALID_TOKEN_ACCOUNT.about(name::MINT));
    }
    check_token_program(program)?;
    Ok(Some(mint))
}

/// The vault: lamports are in an account of the program, tokens in one that the run controls; points need none.
#[inline(always)]
fn create_vault(
    context: &Context,
    place: &Place,
    payer: Account,
    (run, treasury): (&Key, u8),
    mint: Option<Account>,
) -> Result {
    if let Some(mint) = mint {
        place.create_for(&token::TOKEN_PROGRAM, payer, token::TokenAccount::SIZE, 0)?;
        token::initialize(place.account, mint, run);
    }
    if treasury == SOL {
        place.create(context, payer, Vault::SIZE, 0)?;
    }
    Ok(())
}

sdk::account_type! {
    /// What counts of a round of the round program, as that lays it out.
    Round 992 {
        48 model_cid [u8; 64];
        112 model_cid_len u8;
        114 reward_amount u64;
        132 status u8;
        163 version u8;
    }
}

const ROUND_VERSION: u8 = 1;
const ROUND_FINALIZED: u8 = 1;

/// A finalized round of the protocol's round program, whose version this program knows; its rewards are lamports.
#[inline(never)]
fn check_parent(account: Account, protocol: Protocol, treasury: u8) -> Result {
    let round = Round::view(account);
    let fits = treasury == SOL
        && account.owner().is(protocol.round_program().key())
        && Round::is_type_of(account)
        && account.data_len() >= Round::SIZE
        && round.version().get() == ROUND_VERSION
        && round.status().get() == ROUND_FINALIZED
        && round.model_cid_len().get() <= 64;
    if fits {
        Ok(())
    } else {
        Err(error::INVALID_PARENT.about(name::PARENT))
    }
}

/// Takes over the parent's model, and sets what the pool must hold at the first resume.
#[inline(always)]
fn derive(run: Run, account: Account, bps: u16) {
    let round = Round::view(account);
    run.parent().set(*account.key());
    run.parent_reward_bps().set(bps);
    let share = mul_div(round.reward_amount().get(), bps as u64, WHOLE as u64).unwrap_or(0); // bps ≤ 10,000: it fits
    run.parent_pool().set(share);
    run.package_cid_len().set(round.model_cid_len().get());
    unsafe { runtime::copy(run.package_cid().at(), &round.model_cid().get()) };
}

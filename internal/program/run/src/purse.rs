//! A run's money: lamports in an account of the program, or tokens in one of the token program that the run controls.

use crate::error;
use crate::name;
use crate::roster;
use crate::run::{self, SPL};
use crate::state::Run;
use sdk::account::Account;
use sdk::context::Context;
use sdk::fault::{self, Result};
use sdk::key::Key;
use sdk::pda::Seeds;
use sdk::runtime;
use sdk::system;
use sdk::token;

/// The vault of a run, and the token account on the other side of a payment where it holds tokens.
pub struct Purse {
    pub run: Run,
    account: Account, // the run's
    pub vault: Account,
    tokens: Option<Account>,
}

impl Purse {
    /// Checks the vault and, in a run with tokens, accounts `i` and `i` + 1 of the instruction: the token account and the token
    /// program.
    #[inline(always)]
    pub fn load(context: &Context, run: Run, account: Account, vault: Account, i: usize) -> Result<Purse> {
        check_vault(run, vault)?;
        let mut purse = Purse { run, account, vault, tokens: None };
        if run.treasury().get() == SPL {
            let tokens = context.optional(i).ok_or(fault::NOT_ENOUGH_KEYS)?;
            let program = context.optional(i + 1).ok_or(fault::NOT_ENOUGH_KEYS)?;
            check_tokens(run, vault, tokens, program)?;
            purse.tokens = Some(tokens);
        }
        Ok(purse)
    }

    /// Fails where the run has points only.
    pub fn must_hold_money(&self) -> Result {
        must_have_money(self.run)
    }

    /// Fails unless the token account, if there is one, is the wallet's: what is paid arrives where it belongs.
    pub fn must_pay(&self, wallet: &Key) -> Result {
        match self.tokens {
            Some(tokens) if !token::view(tokens).owner().is(wallet) => {
                Err(error::INVALID_TOKEN_ACCOUNT.about(name::TOKEN_ACCOUNT))
            }
            _ => Ok(()),
        }
    }

    /// Takes `amount` from the wallet, which signed, or from its token account.
    #[inline(never)]
    pub fn take(&self, wallet: Account, amount: u64) {
        if amount == 0 {
            return;
        }
        match self.tokens {
            Some(tokens) => token::transfer(tokens, self.vault, wallet, amount, &[]),
            None => system::transfer(wallet, self.vault, amount, &[]),
        }
    }

    /// Pays `amount` to the wallet, or to its token account.
    #[inline(never)]
    pub fn pay(&self, wallet: Account, amount: u64) -> Result {
        let Some(tokens) = self.tokens else { return self.vault.pay(wallet, amount) };
        if amount > 0 {
            let (id, bump) = (id(self.run), self.run.bump().get());
            let seeds = Seeds::new(b"run").bytes(id).bump(&bump);
            token::transfer(self.vault, tokens, self.account, amount, &[seeds.signer()]);
        }
        Ok(())
    }

    /// Pays everything to `wallet`, and the vault's rent to `payer`. Returns what that was.
    #[inline(always)]
    pub fn close(&self, wallet: Account, payer: Account) -> Result<u64> {
        if !roster::has_money(self.run) {
            return Ok(0);
        }
        let amount = self.balance()?;
        self.pay(wallet, amount)?;
        if self.tokens.is_none() {
            self.vault.close(payer)?;
            return Ok(amount);
        }
        let (id, bump) = (id(self.run), self.run.bump().get());
        let seeds = Seeds::new(b"run").bytes(id).bump(&bump);
        token::close(self.vault, payer, self.account, &[seeds.signer()]);
        Ok(amount)
    }

    /// What is in the vault, its rent aside.
    #[inline(always)]
    pub fn balance(&self) -> Result<u64> {
        if self.tokens.is_some() {
            return Ok(token::view(self.vault).amount().get());
        }
        let rent = runtime::rent_minimum(self.vault.data_len());
        self.vault.lamports().checked_sub(rent).ok_or(fault::OVERFLOW)
    }

    /// Pool, reserve, what is owed, and stakes.
    #[inline(always)]
    pub fn booked(&self) -> Result<u64> {
        let run = self.run;
        let sum = run.pool().get().checked_add(run.reserved().get()).ok_or(fault::OVERFLOW)?;
        let sum = sum.checked_add(run.owed().get()).ok_or(fault::OVERFLOW)?;
        sum.checked_add(run.stakes().get()).ok_or(fault::OVERFLOW)
    }
}

pub fn must_have_money(run: Run) -> Result {
    if roster::has_money(run) {
        Ok(())
    } else {
        Err(error::NO_TREASURY)
    }
}

/// The run's id, the seed of its address.
#[inline(always)]
pub fn id(run: Run) -> &'static [u8] {
    let len = (run.run_id_len().get() as usize).min(32);
    unsafe { core::slice::from_raw_parts(run.run_id().at(), len) }
}

fn check_vault(run: Run, vault: Account) -> Result {
    vault.must_be_writable(name::VAULT)?;
    if run.vault().is(vault.key()) {
        Ok(())
    } else {
        Err(fault::SEEDS.about(name::VAULT))
    }
}

#[inline(never)]
fn check_tokens(run: Run, vault: Account, tokens: Account, program: Account) -> Result {
    tokens.must_be_writable(name::TOKEN_ACCOUNT)?;
    tokens.must_differ(vault, name::TOKEN_ACCOUNT)?;
    if !token::is_token_account(tokens) || !token::view(tokens).mint().is(run.mint().key()) {
        return Err(error::INVALID_TOKEN_ACCOUNT.about(name::TOKEN_ACCOUNT));
    }
    check_token_program(program)
}

pub fn check_token_program(program: Account) -> Result {
    if program.key().is(&token::TOKEN_PROGRAM) {
        Ok(())
    } else {
        Err(fault::INVALID_PROGRAM_ID.about(name::TOKEN_PROGRAM))
    }
}

/// Adds `amount` to what the run keeps in a field, or fails where the sum does not fit.
#[inline(always)]
pub fn add(field: sdk::fields::Field<u64>, amount: u64) -> Result {
    field.set(field.get().checked_add(amount).ok_or(fault::OVERFLOW)?);
    Ok(())
}

/// Takes `amount` from it.
#[inline(always)]
pub fn subtract(field: sdk::fields::Field<u64>, amount: u64) -> Result {
    field.set(field.get().checked_sub(amount).ok_or(fault::OVERFLOW)?);
    Ok(())
}

/// Whether this is a treasury that a run can have.
pub fn is_treasury(kind: u8) -> bool {
    matches!(kind, run::POINTS | run::SOL | SPL)
}

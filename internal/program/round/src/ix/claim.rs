//! Claims: a trainer's reward, and a validator's per validation.

use crate::error;
use crate::ix::settle;
use crate::math;
use crate::name;
use crate::round;
use crate::state::{PostValidation, PreValidation, Round, Vault};
use sdk::account::Account;
use sdk::args::Args;
use sdk::context::Context;
use sdk::event;
use sdk::fault::{self, Result};
use sdk::pda::{self, Seeds};
use sdk::runtime;

#[inline(never)]
pub fn claim_trainer(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, gradient_account, profile_account, vault_account, treasury, trainer, system] =
        context.accounts::<7>()?;
    let round = round::load(context, round_account, id)?;
    let gradient = round::load_gradient(context, gradient_account, round)?;
    if !gradient.trainer().is(trainer.key()) {
        return Err(fault::SEEDS.about(name::GRADIENT));
    }
    let profile = settle::load_profile(context, profile_account, gradient)?;
    let pot = Pot::load_open_or_closed(context, round, vault_account, treasury)?;
    pot.check_treasury(&[round_account, gradient_account, profile_account])?;
    trainer.must_pay(name::TRAINER)?;
    system.must_be_system_program()?;

    round::must_be_finalized(round)?;
    if gradient.reward_claimed().is_set() {
        return Err(error::REWARD_ALREADY_CLAIMED);
    }
    let improvement = round::improvement(round, gradient);
    let weight = round::weight(round, gradient, improvement);
    let improvement = if weight > 0 { improvement } else { 0 }; // it is not paid for
    let bond = round::returned_bond(round, gradient);
    let is_owed = weight > 0 || bond > 0;
    gradient.reward_claimed().set(true);
    let mut net = 0;
    if pot.is_open() {
        net = pot.pay(trainer, round::terms(round).for_weight(weight))?;
        let vault = pot.vault;
        vault.paid_trainers().set(vault.paid_trainers().get() + net);
        vault_account.pay(trainer, bond)?; // beside the reward: it is booked nowhere
        if is_owed {
            vault.trainer_claims().set(vault.trainer_claims().get() + 1);
        }
    } else if is_owed {
        return Err(fault::NOT_INITIALIZED.about(name::VAULT)); // the claim period is over
    }
    // Who is owed nothing does not keep the vault open, and so may find it closed: that is no error either.
    event!("TrainerRewardClaimed").u64(id).key(trainer.key()).u64(net).u32(improvement as u32).emit();
    if !gradient.rating_settled().is_set() {
        settle::settle(round, gradient, profile);
    }
    Ok(())
}

#[inline(never)]
pub fn claim_validator_pre(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, pre_account, vault_account, treasury, validator, system] = context.accounts::<6>()?;
    let round = round::load(context, round_account, id)?;
    let pre = PreValidation::load(context, pre_account, name::PRE_VALIDATION)?;
    pre_account.must_be_writable(name::PRE_VALIDATION)?;
    if pre.round_id().get() != id || !pre.validator().is(validator.key()) {
        return Err(fault::SEEDS.about(name::PRE_VALIDATION));
    }
    let pot = Pot::load(context, round, vault_account, treasury)?;
    pot.check_treasury(&[round_account, pre_account])?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;

    round::must_be_finalized(round)?;
    if pre.reward_claimed().is_set() {
        return Err(error::REWARD_ALREADY_CLAIMED);
    }
    pre.reward_claimed().set(true);
    let net = pot.reward_validation(validator, round::is_forfeit(round, None, pre.accuracy().get()))?;
    event!("ValidatorRewardClaimed").u64(id).key(validator.key()).u64(net).string(b"pre").emit();
    Ok(())
}

#[inline(never)]
pub fn claim_validator_post(context: &Context, mut args: Args) -> Result {
    let id = args.u64()?;
    let [round_account, post_account, vault_account, treasury, validator, system] = context.accounts::<6>()?;
    let round = round::load(context, round_account, id)?;
    let post = PostValidation::load(context, post_account, name::POST_VALIDATION)?;
    post_account.must_be_writable(name::POST_VALIDATION)?;
    if post.round_id().get() != id || !post.validator().is(validator.key()) {
        return Err(fault::SEEDS.about(name::POST_VALIDATION));
    }
    let pot = Pot::load(context, round, vault_account, treasury)?;
    pot.check_treasury(&[round_account, post_account])?;
    validator.must_pay(name::VALIDATOR)?;
    system.must_be_system_program()?;

    round::must_be_finalized(round)?;
    if post.reward_claimed().is_set() {
        return Err(error::REWARD_ALREADY_CLAIMED);
    }
    post.reward_claimed().set(true);
    let forfeit = round::is_forfeit(round, Some(post.gradient_index().get()), post.accuracy().get());
    let net = pot.reward_validation(validator, forfeit)?;
    event!("ValidatorRewardClaimed").u64(id).key(validator.key()).u64(net).string(b"post").emit();
    Ok(())
}

/// Whether an account would be rent-exempt with `amount` more.
pub fn can_hold(account: Account, amount: u64) -> bool {
    amount == 0 || account.lamports().saturating_add(amount) >= runtime::rent_minimum(account.data_len())
}

/// The round's treasury, writable.
pub fn check_treasury(round: Round, treasury: Account) -> Result {
    treasury.must_be_writable(name::TREASURY)?;
    if round.treasury().is(treasury.key()) {
        Ok(())
    } else {
        Err(fault::ADDRESS.about(name::TREASURY))
    }
}

/// A round's vault and where its fees go.
pub struct Pot {
    round: Round,
    vault: Vault,
    account: Account,
    treasury: Account,
}

impl Pot {
    #[inline(always)]
    pub fn load(context: &Context, round: Round, account: Account, treasury: Account) -> Result<Pot> {
        let vault = round::load_vault(context, account, round)?;
        check_treasury(round, treasury)?;
        Ok(Pot { round, vault, account, treasury })
    }

    /// The same, where the vault may be closed: nothing may be paid from it or booked then.
    #[inline(always)]
    pub fn load_open_or_closed(context: &Context, round: Round, account: Account, treasury: Account) -> Result<Pot> {
        if !account.is_vacant() {
            return Pot::load(context, round, account, treasury);
        }
        let id = round.id().get();
        pda::must_be_at(context, account, &Seeds::new(b"vault").id(&id), name::VAULT)?;
        check_treasury(round, treasury)?;
        Ok(Pot { round, vault: Vault::view(account), account, treasury })
    }

    pub fn is_open(&self) -> bool {
        !self.account.is_vacant()
    }

    /// The treasury may be the claimant, but none of the instruction's other accounts.
    #[inline(always)]
    pub fn check_treasury(&self, others: &[Account]) -> Result {
        self.treasury.must_differ(self.account, name::TREASURY)?;
        for other in others {
            self.treasury.must_differ(*other, name::TREASURY)?;
        }
        Ok(())
    }

    /// Pays a gross reward less the fee, and returns the net. No honest claim fails over a treasury that cannot hold a
    /// fee: it is waived then.
    #[inline(always)]
    pub fn pay(&self, claimant: Account, gross: u64) -> Result<u64> {
        let fee = math::share(gross, self.round.fee_bps().get());
        let fee = if self.treasury_holds(fee) { fee } else { 0 };
        let net = gross - fee;
        self.account.pay(claimant, net)?;
        self.account.pay(self.treasury, fee)?;
        self.vault.fees().set(self.vault.fees().get() + fee);
        Ok(net)
    }

    /// Pays a validator for one validation, or forfeits its share, and returns the net.
    #[inline(always)]
    pub fn reward_validation(&self, validator: Account, forfeit: bool) -> Result<u64> {
        let gross = round::terms(self.round).per_validation();
        let vault = self.vault;
        if forfeit {
            self.forfeit_validation()?;
            return Ok(0);
        }
        vault.validator_claims().set(vault.validator_claims().get() + 1);
        let net = self.pay(validator, gross)?;
        vault.paid_validators().set(vault.paid_validators().get() + net);
        Ok(net)
    }

    /// Gives an outlier's share to the treasury; where that cannot take it, the share stays in the vault.
    pub fn forfeit_validation(&self) -> Result {
        let gross = round::terms(self.round).per_validation();
        let vault = self.vault;
        vault.validator_claims().set(vault.validator_claims().get() + 1);
        if !self.treasury_holds(gross) {
            vault.forfeited().set(vault.forfeited().get() + gross);
            return Ok(());
        }
        self.account.pay(self.treasury, gross)?;
        vault.fees().set(vault.fees().get() + gross);
        Ok(())
    }

    /// Whether the treasury would be rent-exempt with `amount` more.
    pub fn treasury_holds(&self, amount: u64) -> bool {
        can_hold(self.treasury, amount)
    }
}

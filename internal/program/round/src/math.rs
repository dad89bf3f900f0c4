//! The program's arithmetic: pure, checked, flooring, within what the BPF back end has (no 128-bit division).

use sdk::math::mul_high;

/// Basis points of a whole.
pub const WHOLE: u16 = 10_000;

/// Validations of one model at most.
pub const MAX_VALIDATIONS: u8 = 24;

/// ⌊amount·part/whole⌋, exact for part ≤ whole and (whole − 1)·part < 2^64; 0 for a whole of 0. Wholes are small here, and
/// this is cheaper than the sdk's product.
pub const fn fraction(amount: u64, part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    (amount / whole) * part + ((amount % whole) * part) / whole
}

/// ⌊amount·bps/10,000⌋ for bps ≤ 10,000.
pub const fn share(amount: u64, bps: u16) -> u64 {
    fraction(amount, bps as u64, WHOLE as u64)
}

/// Whether a lot falls on a stake: lots are spread evenly over all 64-bit numbers, so it does for `seats`·stake/total of them,
/// and for every lot where that is 1 or more.
pub const fn is_drawn(lot: u64, total: u64, seats: u64, stake: u64) -> bool {
    let saturated = mul_high(seats, stake) > 0;
    saturated || mul_high(lot, total) < seats.wrapping_mul(stake)
}

/// Little-endian u16s at any address.
#[derive(Clone, Copy)]
pub struct Scores(pub *mut u8);

impl Scores {
    #[inline(always)]
    pub fn get(self, i: usize) -> u16 {
        unsafe { (self.0.add(2 * i) as *const u16).read_unaligned() }
    }

    #[inline(always)]
    pub fn set(self, i: usize, value: u16) {
        unsafe { (self.0.add(2 * i) as *mut u16).write_unaligned(value) }
    }

    /// Adds a score to the `len` sorted ones; the place behind them must exist.
    pub fn insert(self, len: usize, value: u16) {
        let mut i = len;
        while i > 0 && self.get(i - 1) > value {
            self.set(i, self.get(i - 1));
            i -= 1;
        }
        self.set(i, value);
    }

    /// The median of the `len` > 0 sorted scores; of an even number the floor of the mean of the two middle ones.
    pub fn median(self, len: usize) -> u16 {
        let upper = self.get(len / 2) as u32;
        let lower = self.get((len - 1) / 2) as u32;
        ((lower + upper) / 2) as u16
    }
}

/// What a round promises, as its accounts say.
#[derive(Clone, Copy)]
pub struct Terms {
    pub reward: u64,
    pub validator_share_bps: u16,
    pub validations: u16,
    pub weights: u64, // by which the trainers share their part, all together: 0 where nobody improved anything
    pub improving: u8,
    pub gradients: u8,
    pub bond: u64,      // that each gradient put up
    pub bonds_lost: u8, // of gradients that were no better than the base
}

impl Terms {
    /// The validators' part of the reward.
    pub const fn validators(&self) -> u64 {
        share(self.reward, self.validator_share_bps)
    }

    /// The trainers' part of the reward.
    pub const fn trainers(&self) -> u64 {
        self.reward - self.validators()
    }

    /// Gross reward of one validation. Where nobody improved anything, no validation earns more than a 32nd of the pool:
    /// a lone one must not take it all.
    pub const fn per_validation(&self) -> u64 {
        let n = self.validations as u64;
        let among = if self.weights == 0 && n < 32 { 32 } else { n };
        self.validators() / among + if n > 0 { self.lost() / n } else { 0 }
    }

    /// The bonds that are lost, which the validators share: below 2^63.
    pub const fn lost(&self) -> u64 {
        self.bond * self.bonds_lost as u64
    }

    /// Claims of trainers that pay something: a share, or a bond.
    pub const fn trainer_claims(&self) -> u8 {
        if self.bond > 0 {
            self.gradients - self.bonds_lost
        } else {
            self.improving
        }
    }

    /// Gross reward of a gradient.
    pub const fn for_weight(&self, weight: u64) -> u64 {
        fraction(self.trainers(), weight, self.weights)
    }
}

/// What a vault has given out.
#[derive(Clone, Copy)]
pub struct Ledger {
    pub paid: u64, // net, to trainers and validators
    pub fees: u64,
    pub forfeited: u64,
    pub withdrawn: u64,
    pub trainer_claims: u8,
    pub validator_claims: u16,
}

impl Ledger {
    /// Lamports of the reward, and of the lost bonds, that are still in the vault.
    #[inline(always)]
    pub const fn held(&self, terms: &Terms) -> Option<u64> {
        let out = match self.paid.checked_add(self.fees) {
            Some(sum) => sum.checked_add(self.withdrawn),
            None => None,
        };
        match (out, terms.reward.checked_add(terms.lost())) {
            (Some(sum), Some(all)) => all.checked_sub(sum),
            _ => None,
        }
    }

    #[inline(always)]
    pub const fn all_claimed(&self, terms: &Terms) -> bool {
        self.validator_claims == terms.validations && self.trainer_claims == terms.trainer_claims()
    }

    /// Lamports that are left once nobody has a claim any more: bonds that were never claimed too.
    #[inline(always)]
    pub const fn rest(&self, terms: &Terms) -> Option<u64> {
        let bonds = terms.bond * terms.trainer_claims().saturating_sub(self.trainer_claims) as u64;
        match self.held(terms) {
            Some(held) => held.checked_add(bonds),
            None => None,
        }
    }

    /// Lamports that nobody has a claim to: what is held, less what is reserved for claims to come.
    #[inline(always)]
    pub const fn remainder(&self, terms: &Terms) -> Option<u64> {
        let v = terms.per_validation();
        let open = (terms.validations as u64).checked_sub(self.validator_claims as u64);
        let (Some(held), Some(open)) = (self.held(terms), open) else { return None };
        let mut reserved = v * open;
        if terms.weights > 0 && self.trainer_claims < terms.trainer_claims() {
            let to_validators = v * self.validator_claims as u64;
            let gross = self.paid + self.fees + self.forfeited;
            let Some(to_trainers) = gross.checked_sub(to_validators) else { return None };
            let Some(owed) = terms.trainers().checked_sub(to_trainers) else { return None };
            reserved += owed;
        }
        held.checked_sub(reserved)
    }
}

#[cfg(test)]
#[path = "math_tests.rs"]
mod tests;

use super::*;

/// A small generator: the tests must not need a crate.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

#[test]
fn fraction_is_exact() {
    let mut random = Random(88172645463325252);
    for _ in 0..200_000 {
        let x = random.next();
        let c = x % 2_550_000 + 1;
        let b = (x >> 40) % (c.min(10_000) + 1);
        assert_eq!(fraction(x, b, c) as u128, x as u128 * b as u128 / c as u128);
    }
}

#[test]
fn median_of_sorted_insertions() {
    let mut bytes = [0u8; 48];
    let scores = Scores(bytes.as_mut_ptr());
    for (i, (value, median)) in [(9, 9), (4, 6), (10_000, 9), (0, 6), (7, 7)].into_iter().enumerate() {
        scores.insert(i, value);
        assert_eq!(scores.median(i + 1), median);
    }
}

#[test]
fn draws_are_exact() {
    let mut random = Random(0x9e3779b97f4a7c15);
    for i in 0..200_000u64 {
        let (lot, seats) = (random.next(), (1 + random.below(24)) << random.below(6));
        let stake = random.next() >> random.below(64);
        let total = if i % 4 == 0 { random.next() >> random.below(64) } else { stake.saturating_mul(1 + random.below(1_000)) };
        let wide = (lot as u128 * total as u128) >> 64 < seats as u128 * stake as u128;
        assert_eq!(is_drawn(lot, total, seats, stake), wide, "{lot} {total} {seats} {stake}");
    }
    assert!(!is_drawn(0, 100, 24, 0));
    assert!(is_drawn(u64::MAX, u64::MAX, 24, u64::MAX));
    assert!(is_drawn(u64::MAX, 480, 16, 30), "a whole seat");
    assert!(!is_drawn(u64::MAX, 481, 16, 30));
}

/// 200,000 random rounds, each claimed, forfeited and withdrawn in a random order: the remainder never underflows, never
/// takes what is owed, and strands nothing once all have claimed.
#[test]
fn remainder_in_any_order() {
    let mut random = Random(0x9e3779b97f4a7c15);
    for _ in 0..200_000 {
        let improvements: Vec<u64> = (0..random.below(5)).map(|_| random.below(3) * random.below(5_000)).collect();
        let weights = if random.below(3) == 0 { win_rate(&improvements) } else { improvements };
        let bits = random.below(63); // reward and bonds together fit a number: they are lamports that exist
        // Of the gradients that improved nothing some lose their bond; the others had no quorum.
        let bond = random.below(2) * (random.next() >> (9 + random.below(55)));
        let idle = weights.iter().filter(|i| **i == 0).count() as u64;
        let bonds_lost = random.below(idle + 1) as u8;
        let terms = Terms {
            reward: 1 + (random.next() >> (1 + bits)),
            validator_share_bps: random.below(10_001) as u16,
            validations: 1 + random.below(8) as u16,
            weights: weights.iter().sum(),
            improving: weights.iter().filter(|i| **i > 0).count() as u8,
            gradients: weights.len() as u8,
            bond,
            bonds_lost,
        };
        interleave(&terms, weights, random.below(1_001) as u16, &mut random);
    }
}

/// The weights under the win rate, from its definition: of those with half of the best improvement each has 2, 2 for each
/// that it beats, and 1 for each that it draws with.
fn win_rate(improvements: &[u64]) -> Vec<u64> {
    let best = *improvements.iter().max().unwrap_or(&0);
    let competes = |d: u64| d > 0 && 2 * d >= best;
    let duel = |own: u64, other: u64| if other < own { 2 } else { (other == own) as u64 };
    let all: Vec<u64> = improvements.iter().copied().filter(|d| competes(*d)).collect();
    let weight = |own: u64| 2 + all.iter().map(|other| duel(own, *other)).sum::<u64>() - 1; // less the one with itself
    improvements.iter().map(|d| if competes(*d) { weight(*d) } else { 0 }).collect()
}

fn interleave(terms: &Terms, mut weights: Vec<u64>, fee_bps: u16, random: &mut Random) {
    let mut losers = terms.bonds_lost;
    let mut ledger = Ledger { paid: 0, fees: 0, forfeited: 0, withdrawn: 0, trainer_claims: 0, validator_claims: 0 };
    loop {
        let open = (terms.validations - ledger.validator_claims) as u64;
        let owed: u64 = weights.iter().map(|w| terms.for_weight(*w)).sum();
        let remainder = ledger.remainder(terms).expect("underflow");
        assert!(owed + open * terms.per_validation() + remainder <= ledger.held(terms).unwrap());
        if random.below(3) == 0 {
            ledger.withdrawn += remainder;
            assert_eq!(ledger.remainder(terms), Some(0));
        }
        let choices = open + weights.len() as u64;
        if choices == 0 {
            break;
        }
        let choice = random.below(choices);
        if choice < open {
            ledger.validator_claims += 1;
            match random.below(4) {
                0 => ledger.forfeited += terms.per_validation(),
                1 => ledger.fees += terms.per_validation(), // forfeited to the treasury
                _ => pay(&mut ledger, terms.per_validation(), fee_bps, random),
            }
        } else {
            let weight = weights.remove((choice - open) as usize);
            let loses = weight == 0 && losers > 0;
            losers -= loses as u8;
            if weight > 0 || terms.bond > 0 && !loses {
                ledger.trainer_claims += 1;
            }
            pay(&mut ledger, terms.for_weight(weight), fee_bps, random);
        }
    }
    assert!(ledger.all_claimed(terms));
    assert_eq!(ledger.remainder(terms), ledger.held(terms));
}

fn pay(ledger: &mut Ledger, gross: u64, fee_bps: u16, random: &mut Random) {
    let fee = if random.below(5) == 0 { 0 } else { share(gross, fee_bps) }; // waived where the treasury cannot hold it
    ledger.paid += gross - fee;
    ledger.fees += fee;
}

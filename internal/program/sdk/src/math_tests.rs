use super::*;

/// What `mul_div` must be.
fn exact(a: u64, b: u64, c: u64) -> Option<u64> {
    (a as u128 * b as u128).checked_div(c as u128)?.try_into().ok()
}

fn check(a: u64, b: u64, c: u64) {
    assert_eq!(mul_high(a, b), (a as u128 * b as u128 >> 64) as u64, "{a}·{b}");
    assert_eq!(mul_div(a, b, c), exact(a, b, c), "{a}·{b}/{c}");
}

/// Every power of two, its neighbours, their complements, and what lies at 32 bits.
fn edges() -> Vec<u64> {
    let mut list = vec![0, 3, 10_000, u64::MAX / 3, u64::MAX / 10_000, 0xffff_ffff_0000_0000, 0xffff_fffe_ffff_ffff];
    for k in 0..64 {
        let power = 1u64 << k;
        list.extend([power, power - 1, power + 1, !power, power.wrapping_neg()]);
    }
    list.sort();
    list.dedup();
    list
}

#[test]
fn mul_div_of_small_numbers() {
    for a in 0..48 {
        for b in 0..48 {
            for c in 0..48 {
                check(a, b, c);
            }
        }
    }
}

#[test]
fn mul_div_at_every_edge() {
    let edges = edges();
    assert!(edges.len() > 250);
    for a in &edges {
        for b in edges.iter().filter(|b| *b >= a) {
            for c in &edges {
                check(*a, *b, *c);
            }
        }
    }
}

/// Numbers of all sizes, and divisors just above and below where the quotient stops to fit.
#[test]
fn mul_div_of_random_numbers() {
    let mut state = 88172645463325252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> (state.wrapping_mul(0x9e3779b97f4a7c15) >> 58)
    };
    for _ in 0..1_000_000 {
        let (a, b, c) = (next(), next(), next());
        check(a, b, c);
        let high = mul_high(a, b);
        for c in [high, high.saturating_add(1), high.saturating_sub(1), a.max(b), a.wrapping_add(b)] {
            check(a, b, c);
        }
    }
}

#[test]
fn rent_of_both_forms_of_the_sysvar() {
    assert_eq!(rent(3480, 2f64.to_bits(), 0), 890_880);
    assert_eq!(rent(6960, 1f64.to_bits(), 0), 890_880);
    assert_eq!(rent(6960, 0.5f64.to_bits(), 0), 445_440);
    assert_eq!(rent(100, 1.5f64.to_bits(), 0), 25_600);
}

//! Arithmetic that programs share: pure, and within what the BPF back end has (no 128-bit multiplication or division).

use core::hint::black_box;

/// The lower half of a number.
const LOW: u64 = u32::MAX as u64;

/// ⌊a·b/c⌋, exact for all numbers; none where it does not fit or c is 0.
#[inline(always)] // an option is larger than a register
pub const fn mul_div(a: u64, b: u64, c: u64) -> Option<u64> {
    let (high, low) = (mul_high(a, b), a.wrapping_mul(b));
    if high == 0 && c > 0 {
        return Some(low / c);
    }
    if high < c {
        Some(div_wide(high, low, c))
    } else {
        None
    }
}

/// The upper 64 of the 128 bits of a·b.
#[inline(never)]
pub const fn mul_high(a: u64, b: u64) -> u64 {
    // The compiler must not see what this is: it would use the 128-bit multiplication that there is none of.
    let (a1, a0, b1, b0) = (black_box(a >> 32), a & LOW, b >> 32, b & LOW);
    let middle = a1 * b0 + ((a0 * b0) >> 32); // at most (2^32 - 1)^2 + 2^32 - 1: it fits
    let carry = a0 * b1 + (middle & LOW);
    a1 * b1 + (middle >> 32) + (carry >> 32)
}

/// ⌊(high·2^64 + low)/c⌋ for high < c: long division by two digits of 32 bits (Knuth's algorithm D).
#[inline(never)]
const fn div_wide(high: u64, low: u64, c: u64) -> u64 {
    let shift = c.leading_zeros(); // the estimates below are good where c's top bit is set
    let c = c << shift;
    let high = high << shift | (low >> 1) >> (63 - shift);
    let low = low << shift;
    let (first, rest) = div_digit(high, low >> 32, c);
    let (second, _) = div_digit(rest, low & LOW, c);
    first << 32 | second
}

/// Quotient and remainder of (rest·2^32 + next)/c for rest < c, next < 2^32 and c with its top bit set.
#[inline(always)]
const fn div_digit(rest: u64, next: u64, c: u64) -> (u64, u64) {
    let (c1, c0) = (c >> 32, c & LOW);
    let (mut quotient, mut left) = (rest / c1, rest % c1); // an estimate, at most 2 too large; at most 2^32 + 1, so that quotient·c0 fits
    while quotient * c0 > (left << 32 | next) {
        quotient -= 1;
        left += c1;
        if left > LOW {
            break;
        }
    }
    (quotient, (rest << 32 | next).wrapping_sub(quotient.wrapping_mul(c)))
}

/// Rent-exempt minimum: (128 + size)·price·years, where `years` is an f64. Solana has only ever had 2 and 1; what is no
/// power of two is rounded up to one, so that an account is exempt for sure.
pub const fn rent(price: u64, years: u64, size: u64) -> u64 {
    let exponent = ((years >> 52) & 0x7ff) as i32 - 1023 + ((years << 12 != 0) as i32);
    let base = (128 + size) * price;
    if exponent >= 0 {
        base << (exponent as u32 & 63)
    } else {
        base >> ((-exponent) as u32 & 63)
    }
}

#[cfg(test)]
#[path = "math_tests.rs"]
mod tests;

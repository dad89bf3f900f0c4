//! Arithmetic that programs share: pure, and within what the BPF back end has (no 128-bit multiplication or division).

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

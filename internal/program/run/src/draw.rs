//! The lot: who verifies a round.

use crate::bitmap::{self, Words};
use sdk::key::Key;
use sdk::runtime::{self, Slice};

/// The words of the lot: sha256(seed ‖ 0u32), sha256(seed ‖ 1u32) and so on, as little-endian u32.
pub struct Lot {
    seed: Key,
    block: Key,
    used: usize, // words of the block
    blocks: u32,
}

const WORDS: usize = 8;

impl Lot {
    #[inline(always)]
    pub fn new(seed: &Key) -> Lot {
        Lot { seed: *seed, block: Key::ZERO, used: WORDS, blocks: 0 }
    }

    #[inline(never)]
    fn word(&mut self) -> u32 {
        if self.used >= WORDS {
            self.block = runtime::sha256(&[Slice::key(&self.seed), Slice::number(&self.blocks)]);
            self.blocks += 1;
            self.used = 0;
        }
        let word = unsafe { (self.block.0.as_ptr() as *const u32).add(self.used).read_unaligned() };
        self.used += 1;
        word
    }

    /// A number below `bound` (1 to 256), each with the same probability.
    #[inline(always)]
    fn below(&mut self, bound: u64) -> usize {
        loop {
            let word = self.word() as u64;
            if word < fair(bound) {
                return (word % bound) as usize;
            }
        }
    }
}

/// 2³² − (2³² mod bound): below it every remainder comes up equally often.
#[inline(always)]
fn fair(bound: u64) -> u64 {
    (1 << 32) - (1 << 32) % bound
}

/// The slots of a set, ascending, and then as the lot has them (partial Fisher–Yates).
pub struct Hat {
    slots: [u8; 256],
    len: usize,
}

impl Hat {
    #[inline(always)]
    pub fn new(set: &Words) -> Hat {
        let mut hat = Hat { slots: [0; 256], len: 0 };
        for slot in 0..256 {
            if bitmap::has(set, slot) {
                hat.slots[hat.len & 255] = slot as u8;
                hat.len += 1;
            }
        }
        hat
    }

    pub fn count(&self) -> usize {
        self.len
    }

    /// The slot in place `i`, which the lot chooses among those from there on.
    #[inline(always)]
    pub fn draw(&mut self, lot: &mut Lot, i: usize) -> u8 {
        let other = i + lot.below((self.len - i) as u64);
        self.slots.swap(i & 255, other & 255);
        self.slots[i & 255]
    }
}

#[cfg(test)]
mod tests {
    use super::fair;

    #[test]
    fn every_remainder_is_as_likely() {
        for bound in 1..=256 {
            assert_eq!(fair(bound) % bound, 0);
            assert!(fair(bound) > (1 << 32) - bound && fair(bound) <= 1 << 32);
        }
    }
}

//! Sets of slots: slot s is bit s mod 8 of byte ⌊s/8⌋, which read as four little-endian words is bit s mod 64 of word ⌊s/64⌋.

use sdk::fields::Field;

pub type Bits = [u8; 32];

/// A set as words.
pub type Words = [u64; 4];

pub const EMPTY: Words = [0; 4];

#[inline(always)]
pub fn words(field: Field<Bits>) -> Words {
    unsafe { (field.at() as *const Words).read_unaligned() }
}

#[inline(always)]
pub fn store(field: Field<Bits>, words: &Words) {
    unsafe { (field.at() as *mut Words).write_unaligned(*words) }
}

/// The words of a set that stands in arguments.
#[inline(always)]
pub fn of(bytes: &Bits) -> Words {
    unsafe { (bytes.as_ptr() as *const Words).read_unaligned() }
}

/// A set as bytes.
#[inline(always)]
pub fn bytes(words: &Words) -> &[u8] {
    unsafe { core::slice::from_raw_parts(words.as_ptr() as *const u8, 32) }
}

#[inline(always)]
pub fn has(words: &Words, slot: usize) -> bool {
    words[slot >> 6 & 3] >> (slot & 63) & 1 != 0
}

#[inline(always)]
pub fn add(words: &mut Words, slot: usize) {
    words[slot >> 6 & 3] |= 1 << (slot & 63);
}

#[inline(always)]
pub fn is_subset(part: &Words, whole: &Words) -> bool {
    (part[0] & !whole[0]) | (part[1] & !whole[1]) | (part[2] & !whole[2]) | (part[3] & !whole[3]) == 0
}

#[inline(always)]
pub fn is_empty(words: &Words) -> bool {
    is_subset(words, &EMPTY)
}

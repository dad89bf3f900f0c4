//! The hashes of the last 512 slots that had a block, newest first: what nobody knew before.

use crate::key::Key;
use crate::runtime;

/// SysvarS1otHashes111111111111111111111111111
const SLOT_HASHES: Key = Key([
    6, 167, 213, 23, 25, 47, 10, 175, 198, 242, 101, 227, 251, 119, 204, 122, 218, 130, 197, 41, 208, 190, 59, 19, 110,
    45, 0, 85, 32, 0, 0, 0,
]);

/// Bytes of one entry: the slot and its hash.
const ENTRY: u64 = 40;

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    Found,
    /// No block is as late as that.
    NotYet,
    /// All entries are later: there may have been an earlier one.
    Forgotten,
}

/// Writes to `hash` that of the first slot from `slot` on that had a block.
#[inline(never)]
pub fn first_from(slot: u64, hash: &mut Key) -> Search {
    match find(number_at(0), slot, |i| number_at(8 + ENTRY * i)) {
        Ok(index) => {
            runtime::sysvar(&SLOT_HASHES, 8 + ENTRY * index + 8, &mut hash.0);
            Search::Found
        }
        Err(other) => other,
    }
}

/// The index of the oldest of `count` entries at or after `slot`. Slots fall with the index.
#[inline(always)]
fn find(count: u64, slot: u64, slot_at: impl Fn(u64) -> u64) -> Result<u64, Search> {
    if count == 0 || slot_at(0) < slot {
        return Err(Search::NotYet);
    }
    if slot_at(count - 1) > slot {
        return Err(Search::Forgotten);
    }
    // Entries up to `low` are at or after the slot, those from `high` on are before it.
    let (mut low, mut high) = (0, count);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if slot_at(middle) >= slot {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[inline(never)]
fn number_at(offset: u64) -> u64 {
    let mut number = [0; 8];
    runtime::sysvar(&SLOT_HASHES, offset, &mut number);
    unsafe { core::ptr::read_volatile(&u64::from_le_bytes(number)) }
}

#[cfg(test)]
mod tests {
    use super::{find, Search};

    /// Every set of slots up to 9, and every slot.
    #[test]
    fn finds_the_oldest_entry_from_a_slot_on() {
        for set in 0u32..1 << 10 {
            let slots: Vec<u64> = (0..10).rev().filter(|slot| set >> slot & 1 == 1).collect();
            for slot in 0..11 {
                let want = match slots.iter().rposition(|s| *s >= slot) {
                    None => Err(Search::NotYet),
                    Some(_) if *slots.last().unwrap() > slot => Err(Search::Forgotten),
                    Some(index) => Ok(index as u64),
                };
                assert_eq!(find(slots.len() as u64, slot, |i| slots[i as usize]), want, "{slots:?} {slot}");
            }
        }
    }
}

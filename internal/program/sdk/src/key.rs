//! Public keys.

/// A public key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Key(pub [u8; 32]);

impl Key {
    pub const ZERO: Key = Key([0; 32]);

    /// Equality in four words: the compiler's own comparison would call memcmp.
    #[inline(always)]
    pub fn is(&self, other: &Key) -> bool {
        let (a, b) = (self.0.as_ptr() as *const u64, other.0.as_ptr() as *const u64);
        unsafe {
            a.read_unaligned() == b.read_unaligned()
                && a.add(1).read_unaligned() == b.add(1).read_unaligned()
                && a.add(2).read_unaligned() == b.add(2).read_unaligned()
                && a.add(3).read_unaligned() == b.add(3).read_unaligned()
        }
    }
}

/// The system program's id is 32 zero bytes.
pub const SYSTEM_PROGRAM: Key = Key::ZERO;
